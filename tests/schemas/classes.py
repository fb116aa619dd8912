"""The keys that a class of a framework's source declares: names, types, defaults.

Fields of dataclasses and pydantic models (`fields`), arguments of a function (`arguments`) and of
an argparse parser (`options`). Types become JSON Schemas; a type that is not known means anything.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Any, NamedTuple

Schema = dict[str, Any]

NO_DEFAULT = object()
"""That nothing, or nothing that a file could hold, is the default."""

_SIMPLE: dict[str, str] = {
    "int": "integer",
    "float": "number",
    "bool": "boolean",
    "str": "string",
    "None": "null",
    "list": "array",
    "List": "array",
    "tuple": "array",
    "Sequence": "array",
    "dict": "object",
    "Dict": "object",
    "Mapping": "object",
    "StrictStr": "string",
    "StrictInt": "integer",
    "StrictBool": "boolean",
    "PositiveInt": "integer",
    "PathLike": "string",
    "Path": "string",
}


class Key(NamedTuple):
    """What a release says of one key: the schema of its value, and its default."""

    schema: Schema
    default: object = NO_DEFAULT
    aliases: tuple[str, ...] = ()


Keys = dict[str, Key]


def parse(text: str) -> ast.Module:
    """The tree of a module's source."""
    return ast.parse(text)


def fields(tree: ast.Module, name: str, types: Mapping[str, Schema] | None = None) -> Keys:
    """The annotated fields of a class, without those of its bases; aliases of pydantic's `Field`.

    `types`: schemas of the project's own types, by name. Empty where there is no such class.
    """
    found: Keys = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and node.name == name:
            for line in node.body:
                if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name):
                    key = line.target.id
                    if _base(line.annotation) != "ClassVar" and not key.startswith("_"):
                        found[key] = _field(line, types or {})
    return found


def bases(tree: ast.Module, name: str) -> list[str]:
    """The names of a class's bases, as they are written, without their modules."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and node.name == name:
            return [_base(base) for base in node.bases]
    return []


def arguments(tree: ast.Module, name: str, types: Mapping[str, Schema] | None = None) -> Keys:
    """The arguments of a function, or of a class's `__init__` (`Trainer.__init__`)."""
    scope: list[ast.stmt] = tree.body
    *classes, function = name.split(".")
    for each in classes:
        found = [n for n in scope if isinstance(n, ast.ClassDef) and n.name == each]
        scope = found[0].body if found else []
    for node in scope:
        if isinstance(node, ast.FunctionDef) and node.name == function:
            return _arguments(node.args, types or {})
    return {}


def options(tree: ast.Module) -> Keys:
    """The options of every `add_argument` with a `--name`; `type=` and `action=` give the type."""
    found: Keys = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _base(node.func) == "add_argument":
            names = [a.value for a in node.args if isinstance(a, ast.Constant)]
            long = [n for n in names if isinstance(n, str) and n.startswith("--")]
            if long:
                words = {k.arg: k.value for k in node.keywords if k.arg}
                dest = words.get("dest")
                key = dest.value if isinstance(dest, ast.Constant) else long[0]
                found[str(key).lstrip("-").replace("-", "_")] = _option(words)
    return found


def members(tree: ast.Module, name: str) -> Schema:
    """The values of an Enum of text as a schema; anything where there is no such class."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and node.name == name:
            values = [
                line.value.value
                for line in node.body
                if isinstance(line, ast.Assign) and isinstance(line.value, ast.Constant)
            ]
            return {"enum": values} if values else {}
    return {}


def schema_of(annotation: ast.expr | None, types: Mapping[str, Schema]) -> Schema:
    """The JSON Schema of an annotation; `{}` means anything."""
    if annotation is None:
        return {}
    if isinstance(annotation, ast.Constant):
        if annotation.value is None:
            return {"type": "null"}
        if isinstance(annotation.value, str):
            return schema_of(ast.parse(annotation.value, mode="eval").body, types)
        return {}
    if isinstance(annotation, ast.BinOp) and isinstance(annotation.op, ast.BitOr):
        return _any_of([schema_of(s, types) for s in (annotation.left, annotation.right)])
    name = _base(annotation)
    if name in types:
        return dict(types[name])
    if isinstance(annotation, ast.Subscript):
        return _subscript(name, annotation.slice, types)
    return {"type": _SIMPLE[name]} if name in _SIMPLE else {}


def _subscript(name: str, inner: ast.expr, types: Mapping[str, Schema]) -> Schema:
    parts = inner.elts if isinstance(inner, ast.Tuple) else [inner]
    if name == "Optional":
        return _any_of([schema_of(inner, types), {"type": "null"}])
    if name == "Union":
        return _any_of([schema_of(part, types) for part in parts])
    if name == "Annotated":
        return schema_of(parts[0], types)
    if name == "Literal":
        values = [_literal(part, NO_DEFAULT) for part in parts]
        return {} if NO_DEFAULT in values else {"enum": values}
    if name in ("list", "List", "Sequence"):
        return {"type": "array", "items": schema_of(parts[0], types)}
    return {"type": _SIMPLE[name]} if name in _SIMPLE else {}


def _any_of(schemas: list[Schema]) -> Schema:
    if any(not schema for schema in schemas):
        return {}
    if all(set(schema) == {"type"} for schema in schemas):
        names: list[str] = []
        for schema in schemas:
            kind = schema["type"]
            names += [kind] if isinstance(kind, str) else kind
        names = list(dict.fromkeys(names))
        return {"type": names[0] if len(names) == 1 else names}
    if all(set(schema) == {"enum"} or schema == {"type": "null"} for schema in schemas):
        return {"enum": [v for schema in schemas for v in schema.get("enum", [None])]}
    flat = [part for schema in schemas for part in schema.get("anyOf", [schema])]
    return {"anyOf": [part for n, part in enumerate(flat) if part not in flat[:n]]}


def _field(line: ast.AnnAssign, types: Mapping[str, Schema]) -> Key:
    schema, value = schema_of(line.annotation, types), line.value
    aliases: list[str] = []
    if isinstance(value, ast.Call):
        words = {k.arg: k.value for k in value.keywords}
        for word in ("alias", "validation_alias"):
            if word in words:
                aliases += [
                    n.value
                    for n in ast.walk(words[word])
                    if isinstance(n, ast.Constant) and isinstance(n.value, str)
                ]
        first = value.args[0] if value.args else None
        value = words.get("default", first)
        if "default_factory" in words:
            value = None
    default = NO_DEFAULT if value is None else _literal(value, NO_DEFAULT)
    return Key(schema, default, tuple(aliases))


def _arguments(args: ast.arguments, types: Mapping[str, Schema]) -> Keys:
    positional = [*args.posonlyargs, *args.args]
    defaults: list[ast.expr | None] = [None] * (len(positional) - len(args.defaults))
    pairs = [
        *zip(positional, [*defaults, *args.defaults], strict=True),
        *zip(args.kwonlyargs, args.kw_defaults, strict=True),
    ]
    return {
        arg.arg: Key(
            schema_of(arg.annotation, types),
            NO_DEFAULT if default is None else _literal(default, NO_DEFAULT),
        )
        for arg, default in pairs
        if arg.arg not in ("self", "cls")
    }


def _option(words: Mapping[str, ast.expr]) -> Key:
    action = words.get("action")
    kind = action.value if isinstance(action, ast.Constant) else None
    default = _literal(words["default"], NO_DEFAULT) if "default" in words else NO_DEFAULT
    if kind in ("store_true", "store_false"):
        return Key({"type": "boolean"}, kind == "store_false" if default is NO_DEFAULT else default)
    schema = schema_of(words.get("type"), {}) if "type" in words else {"type": "string"}
    if "nargs" in words:
        schema = {"type": "array", "items": schema}
    return Key(schema, default)


def _base(node: ast.expr) -> str:
    """The last name of a dotted, subscripted or called expression."""
    while isinstance(node, (ast.Subscript, ast.Call)):
        node = node.value if isinstance(node, ast.Subscript) else node.func
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _literal(node: ast.expr, otherwise: object) -> Any:
    try:
        return ast.literal_eval(node)
    except ValueError:
        return otherwise
