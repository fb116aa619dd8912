"""Python config files as data: assignments and literals, read from the syntax tree, never run.

A name stands for what was last assigned to it, arithmetic of numbers is worked out, `dict(a=1)` and
`{"a": 1}` are mappings. Everything else (calls, conditions, comprehensions) is a scalar that nobody
knows the value of: its tag is `!python`, or `!name` where it is only a name (a class, say).

Source of the rule which names count: mmengine config/config.py:Config._file2dict.
"""

from __future__ import annotations

import ast
import math
import operator
import re
import warnings
from collections.abc import Callable, Iterable
from typing import TypeGuard

from schedlint.source.dialect import PYTHON
from schedlint.source.document import Document, SourceFile
from schedlint.source.errors import ReadError
from schedlint.source.limits import MAX_DEPTH
from schedlint.source.tree import Entry, Item, Mapping, Node, Scalar, Sequence, nodes

__all__ = ["BASES", "NAME_TAG", "TUPLE_TAG", "filled_in", "python_value", "read_python"]

NAME_TAG = "!name"
"""Of a scalar that is a name which the file does not assign: a class or a module."""

TUPLE_TAG = "tag:yaml.org,2002:python/tuple"
"""Of a sequence that is a tuple; PyYAML writes and reads the same tag."""

BASES = "read_base()"
"""The name of the entry that lists what a file imports with a star, or under `read_base()`."""

_CODE_TAG = "!python"
_PLACEHOLDER = re.compile(r"\{\{\s*\$([^{}\n]*)\}\}")
_WORD = re.compile(r"\w+")
_DEEPEST_SUM = 50
_LARGEST = 10**18

Number = int | float
Value = tuple[Node, str | None, tuple[int, int] | None]
"""What `Item` is made of: the node, and the name with its span where the file uses a name."""

_OPERATIONS: dict[type[ast.operator], Callable[[Number, Number], Number]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
}

_HARMLESS = frozenset(
    {"abs", "bool", "float", "int", "len", "list", "max", "min", "range", "round", "set", "sorted"}
    | {"str", "sum", "tuple", "copy", "copy.copy", "deepcopy", "copy.deepcopy"}
)
"""Functions that leave what they are given as it is."""


def read_python(file: SourceFile) -> None:
    """Fill in the one document of a Python file; ReadError when it is not Python."""
    document = Document(file, 0, PYTHON)
    statements = _parsed(file).body
    if statements:
        document.root = _Reader(document).read(statements)
    file.documents.append(document)


def python_value(text: str) -> object:
    """The value of a literal; ValueError or SyntaxError when it is none."""
    return ast.literal_eval(text)


def filled_in(text: str) -> str:
    """The text as Python may see it, every character in its place, without a byte order mark.

    `{{$NAME:default}}` is filled in from the environment first; here something unknown of the same
    length takes its place (mmengine config/config.py:Config._substitute_env_variables).
    """
    text = _PLACEHOLDER.sub(lambda found: "{{" + "_" * (len(found[0]) - 4) + "}}", text)
    return text.removeprefix("\ufeff")


def _parsed(file: SourceFile) -> ast.Module:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an invalid escape is the file's own business
            return ast.parse(filled_in(file.text))
    except SyntaxError as error:
        place = (error.lineno, max(error.offset or 1, 1)) if error.lineno else (None, None)
        raise ReadError(file.path, f"not Python: {error.msg}", *place) from error
    except ValueError as error:  # an integer of too many digits
        raise ReadError(file.path, f"not Python: {error}", 1, 1) from error
    except (RecursionError, MemoryError):
        message = f"nested deeper than {MAX_DEPTH} levels"
        raise ReadError(file.path, message, 1, 1) from None


class _Reader:
    """One pass over the statements of a module.

    `bound` holds what each name stands for so far. A collection that a statement may have changed
    in a way that is not followed is `disturbed`: nobody knows what it holds.
    """

    def __init__(self, document: Document) -> None:
        self.document = document
        self.lines = document.file.lines
        self.bound: dict[str, Entry] = {}
        self.bases: list[Node] = []
        self.disturbed: set[int] = set()
        self.merges: list[tuple[Mapping, Mapping]] = []

    def read(self, statements: list[ast.stmt]) -> Mapping:
        for statement in statements:
            self.statement(statement)
        root = Mapping(self.document, self.span(statements[0])[0], self.span(statements[-1])[1])
        root.entries = [*self.base_entry(), *self.bound.values()]
        self.forget(root)
        return root

    # Statements.

    def statement(self, statement: ast.stmt) -> None:
        if isinstance(statement, ast.Assign):
            self.assign(statement.targets, statement.value, statement)
        elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
            self.assign([statement.target], statement.value, statement)
        elif isinstance(statement, (ast.Import, ast.ImportFrom)):
            self.imports(statement)
        elif isinstance(statement, ast.With) and _is_read_base(statement):
            self.bases += [self.name_of_module(each) for each in _imports(statement.body)]
        elif isinstance(statement, (ast.FunctionDef, ast.ClassDef)):
            self.definition(statement)
        elif not _does_nothing(statement):
            self.disturb(statement)

    def assign(self, targets: list[ast.expr], expression: ast.expr, whole: ast.stmt) -> None:
        names = [target for target in targets if isinstance(target, ast.Name)]
        if len(names) < len(targets):
            self.disturb(whole)
            return
        self.calls(expression)
        value = self.value(expression)
        for name in names:
            self.bind(name, *value)

    def bind(
        self, name: ast.Name, node: Node, alias: str | None, token: tuple[int, int] | None
    ) -> None:
        """From here on the name stands for the node; the line that said otherwise is dead."""
        key = self.scalar(name, name.id, "python-key")
        self.bound.pop(name.id, None)
        self.bound[name.id] = Entry(key, node, alias, token)

    def imports(self, statement: ast.Import | ast.ImportFrom) -> None:
        for alias in statement.names:
            self.bound.pop((alias.asname or alias.name).partition(".")[0], None)
        if isinstance(statement, ast.ImportFrom) and statement.names[0].name == "*":
            self.bases.append(self.name_of_module(statement))

    def definition(self, statement: ast.FunctionDef | ast.ClassDef) -> None:
        """A function is no setting; one that changes the module's names may do so at any time."""
        self.bound.pop(statement.name, None)
        if any(isinstance(node, ast.Global) for node in ast.walk(statement)):
            self.disturb(statement)

    def name_of_module(self, statement: ast.ImportFrom) -> Scalar:
        text = "." * statement.level + (statement.module or "")
        return self.scalar(statement, text, "python-value", NAME_TAG)

    def base_entry(self) -> Iterable[Entry]:
        if self.bases:
            first, last = self.bases[0], self.bases[-1]
            listed = Sequence(self.document, first.start, last.end)
            listed.items = [Item(node) for node in self.bases]
            key = Scalar(self.document, first.start, first.start, None, None, BASES, "python-key")
            yield Entry(key, listed)

    # What is not followed.

    def calls(self, expression: ast.expr) -> None:
        """A call may change the collections that it is given, and the one whose method it is."""
        for node in ast.walk(expression):
            if isinstance(node, ast.Call) and _dotted(node.func) not in ("dict", *_HARMLESS):
                self.disturb(node)

    def disturb(self, tree: ast.AST) -> None:
        """Forget all that a statement may have changed."""
        for node in ast.walk(tree):
            if isinstance(node, ast.Name) and node.id in self.bound:
                self.disturbed.update(map(id, nodes(self.bound[node.id].value)))
        for node in ast.walk(tree):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                self.bind(node, *self.code(node))
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Del):
                self.bound.pop(node.id, None)
            elif isinstance(node, ast.Global):
                self.forget_names(node.names)

    def forget_names(self, names: Iterable[str]) -> None:
        for name in names:
            entry = self.bound.get(name)
            if entry is not None:
                entry.value = self.unknown_like(entry.value)

    def forget(self, root: Mapping) -> None:
        """Put something unknown in the place of every collection that was disturbed."""
        for mapping, source in self.merges:
            if id(source) in self.disturbed:
                self.disturbed.add(id(mapping))
        for node in list(nodes(root)) if self.disturbed else ():
            items = node.items if isinstance(node, Sequence) else ()
            for item in node.entries if isinstance(node, Mapping) else items:
                if id(item.value) in self.disturbed and not isinstance(item.value, Scalar):
                    item.value = self.unknown_like(item.value)

    def unknown_like(self, node: Node) -> Scalar:
        start, end = node.start, node.end
        return Scalar(self.document, start, end, _CODE_TAG, None, node.source, "python-value")

    # Expressions.

    def value(self, expression: ast.expr) -> Value:
        if isinstance(expression, ast.Name) and expression.id in self.bound:
            return self.bound[expression.id].value, expression.id, self.span(expression)
        if isinstance(expression, (ast.List, ast.Tuple)):
            return self.sequence(expression)
        if isinstance(expression, ast.Dict):
            return self.display(expression)
        if isinstance(expression, ast.Call) and _dotted(expression.func) == "dict":
            return self.call(expression)
        if isinstance(expression, ast.Constant) and isinstance(expression.value, str):
            return self.scalar(expression, expression.value, "python-string"), None, None
        if _is_word(expression):
            return self.scalar(expression, repr(expression.value), "python-value"), None, None
        number = self.number(expression)
        if number is not None:
            return self.scalar(expression, repr(number), "python-value"), None, None
        return self.code(expression)

    def code(self, expression: ast.expr) -> Value:
        """A scalar whose value nobody knows."""
        name = _dotted(expression)
        if name is not None and name.partition(".")[0] not in self.bound:
            return self.scalar(expression, name, "python-value", NAME_TAG), None, None
        return self.scalar(expression, "", "python-value", _CODE_TAG), None, None

    def sequence(self, expression: ast.List | ast.Tuple) -> Value:
        if any(isinstance(element, ast.Starred) for element in expression.elts):
            return self.code(expression)
        tag = TUPLE_TAG if isinstance(expression, ast.Tuple) else None
        node = Sequence(self.document, *self.span(expression), tag)
        node.items = [Item(*self.value(element)) for element in expression.elts]
        return node, None, None

    def display(self, expression: ast.Dict) -> Value:
        """`{"a": 1, **other}`; a `**` after a key of its own would win over it: not followed."""
        node = Mapping(self.document, *self.span(expression))
        for key, value in zip(expression.keys, expression.values, strict=True):
            if key is not None:
                node.entries.append(Entry(self.value(key)[0], *self.value(value)))
            elif node.entries or not self.merge(node, value):
                return self.code(expression)
        return node, None, None

    def call(self, expression: ast.Call) -> Value:
        """`dict(a=1)`, `dict(other, a=1)`, `dict(**other, a=1)`: what is named always wins."""
        node = Mapping(self.document, *self.span(expression))
        others = [*expression.args, *(k.value for k in expression.keywords if k.arg is None)]
        if len(others) > 1 or not all(self.merge(node, other) for other in others):
            return self.code(expression)
        for keyword in expression.keywords:
            if keyword.arg is not None:
                start = self.span(keyword)[0]
                word = _WORD.match(self.document.text, start)
                end = start if word is None else word.end()
                key = Scalar(self.document, start, end, None, None, keyword.arg, "python-key")
                node.entries.append(Entry(key, *self.value(keyword.value)))
        return node, None, None

    def merge(self, node: Mapping, expression: ast.expr) -> bool:
        """Merge another mapping into this one, as YAML's `<<` does; False if it is unknown."""
        source, alias, token = self.value(expression)
        if not isinstance(source, Mapping):
            return False
        start = self.span(expression)[0]
        key = Scalar(self.document, start, start, None, None, "<<", "plain")
        node.entries.append(Entry(key, source, alias, token))
        self.merges.append((node, source))
        return True

    def number(self, expression: ast.expr, depth: int = 0) -> Number | None:
        """What a literal or the arithmetic of some comes to; None where it is something else."""
        found: Number | None = None
        if isinstance(expression, ast.Constant):
            found = _as_number(expression.value)
        elif isinstance(expression, ast.Name) and expression.id in self.bound:
            found = _number_of(self.bound[expression.id].value)
        elif isinstance(expression, ast.UnaryOp) and depth < _DEEPEST_SUM:
            operand = self.number(expression.operand, depth + 1)
            if operand is not None and isinstance(expression.op, (ast.USub, ast.UAdd)):
                found = -operand if isinstance(expression.op, ast.USub) else operand
        elif isinstance(expression, ast.BinOp) and depth < _DEEPEST_SUM:
            left = self.number(expression.left, depth + 1)
            right = self.number(expression.right, depth + 1)
            if left is not None and right is not None:
                found = _calculated(type(expression.op), left, right)
        return found if found is not None and abs(found) < _LARGEST else None

    # Places.

    def scalar(self, tree: ast.AST, text: str, style: str, tag: str | None = None) -> Scalar:
        return Scalar(self.document, *self.span(tree), tag, None, text, style)

    def span(self, tree: ast.AST) -> tuple[int, int]:
        """Where a piece of syntax stands, in characters."""
        return (
            self.offset(getattr(tree, "lineno"), getattr(tree, "col_offset")),  # noqa: B009
            self.offset(getattr(tree, "end_lineno"), getattr(tree, "end_col_offset")),  # noqa: B009
        )

    def offset(self, line: int, column: int) -> int:
        """The syntax tree counts columns in bytes of UTF-8."""
        text = self.lines.line_text(line)
        if not text.isascii():
            column = len(text.encode()[:column].decode())
        return self.lines.offset(line, column + 1)


def _calculated(kind: type[ast.operator], left: Number, right: Number) -> Number | None:
    operation = _OPERATIONS.get(kind)
    if operation is None:
        return None
    try:
        return operation(left, right)
    except ArithmeticError:  # by zero, or too large: Python would stop there
        return None


def _as_number(value: object) -> Number | None:
    """The value where it is a finite number, and no boolean."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _is_word(expression: ast.expr) -> TypeGuard[ast.Constant]:
    """`None`, `True` or `False`."""
    if not isinstance(expression, ast.Constant):
        return False
    return expression.value is None or isinstance(expression.value, bool)


def _number_of(node: Node) -> Number | None:
    if isinstance(node, Scalar) and node.tag is None and node.style == "python-value":
        return _as_number(node.value)
    return None


def _dotted(expression: ast.expr) -> str | None:
    """`torch.optim.SGD` of a name with attributes; None of anything else."""
    parts: list[str] = []
    while isinstance(expression, ast.Attribute):
        parts.append(expression.attr)
        expression = expression.value
    if not isinstance(expression, ast.Name):
        return None
    return ".".join([expression.id, *reversed(parts)])


def _does_nothing(statement: ast.stmt) -> bool:
    """Whether a statement changes no name: `pass`, a docstring, an assertion."""
    if isinstance(statement, ast.Expr):
        return isinstance(statement.value, ast.Constant)
    return isinstance(statement, (ast.Pass, ast.Assert, ast.AnnAssign))


def _is_read_base(statement: ast.With) -> bool:
    """`with read_base():`, under which a config imports the ones that it builds on."""
    call = statement.items[0].context_expr
    return isinstance(call, ast.Call) and _dotted(call.func) == "read_base"


def _imports(statements: list[ast.stmt]) -> list[ast.ImportFrom]:
    return [each for each in statements if isinstance(each, ast.ImportFrom)]
