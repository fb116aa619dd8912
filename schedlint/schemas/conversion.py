"""What a framework makes of a value before it holds it against the type that it needs.

A value counts as fitting where any reading of the framework's could make it fit: what is left
cannot be right.
"""

from __future__ import annotations

from typing import Any

from schedlint.reading.config import AUTO
from schedlint.schemas import Known
from schedlint.source import UNKNOWN, Mapping, Sequence, value_of

_YES_OR_NO = frozenset({"0", "1", "on", "off", "t", "f", "true", "false", "y", "n", "yes", "no"})
"""pydantic's lax booleans, in any case."""
_NUMBERS = frozenset({"integer", "number"})


def misfits(known: Known, value: object, values: str | None) -> bool:
    """Whether a value is certainly none that the key takes, for a way to treat it (`x-values`).

    jsonschema has the last word, and is asked only about what looks wrong.
    """
    kind, types = _kind(value), known.types
    if kind is None or not types or not _is_checked(known, kind, values) or value == AUTO:
        return False
    listed = known.schema.get("enum")
    if value in listed if listed is not None else _takes(types, kind):
        return False
    readings = [value, *_readings(value, kind, types, values)]
    return not any(_valid(known, each) for each in readings)


def _is_checked(known: Known, kind: str, values: str | None) -> bool:
    """Whether anything ever holds such a value against its type.

    Without a check, only what is computed with fails, and a word that is looked up in a list.
    """
    if values in ("pydantic", "jsonargparse"):
        return True
    computed = known.types <= {*_NUMBERS, "null"}
    if values == "argparse":  # text goes through the option's type, anything else is left alone
        return computed and kind == "string"
    if values == "raw":
        looked_up = "enum" in known.schema and kind == "string"
        return looked_up or (computed and kind in ("string", "array", "object"))
    return False


def _kind(value: object) -> str | None:
    """The JSON type of a value as it was read; None where that is not known, and for a null."""
    if value is None or value is UNKNOWN:
        return None
    if isinstance(value, (Mapping, Sequence)):
        return "object" if isinstance(value, Mapping) else "array"
    kinds = {bool: "boolean", int: "integer", float: "number", str: "string"}
    return kinds.get(type(value))


def _takes(types: frozenset[str], kind: str) -> bool:
    return kind in types or (kind == "integer" and "number" in types)


def _readings(value: object, kind: str, types: frozenset[str], values: str | None) -> list[object]:
    """What the framework may make of the value."""
    if kind == "string":
        assert isinstance(value, str)
        return [] if values == "raw" else _read_text(value, types)
    if kind in ("integer", "number", "boolean"):
        assert isinstance(value, (int, float))
        whole = isinstance(value, int) or value.is_integer()  # neither nan nor infinite
        return [int(value), bool(value)] if whole else []
    return []


def _read_text(text: str, types: frozenset[str]) -> list[object]:
    found: list[object] = []
    if types & _NUMBERS:
        try:
            number = float(text)
        except ValueError:
            pass
        else:
            found += [number, int(number)] if number.is_integer() else [number]
    if "boolean" in types and text.lower() in _YES_OR_NO:
        found.append(True)
    return found


def _valid(known: Known, value: object) -> bool:
    from jsonschema import Draft202012Validator

    return bool(Draft202012Validator(known.schema).is_valid(_plain(value)))


def _plain(value: object) -> Any:
    """A node as Python's own mappings and lists; what is not known stands as nothing."""
    if isinstance(value, Mapping):
        return {name: _plain(value_of(e.value)) for name, e in value.effective().items()}
    if isinstance(value, Sequence):
        return [_plain(value_of(item.value)) for item in value.items]
    return None if value is UNKNOWN else value
