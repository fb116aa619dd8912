"""How a value is written: in its format, in the style of what it replaces, and so that the
document's own loader reads it.
"""

from __future__ import annotations

import json
import math
import re

from schedlint.fixes.edits import Value
from schedlint.source import JSON, OMEGACONF, TOML, YAML11, YAML12, Document, Entry, Scalar

__all__ = ["separator", "spelled", "spelled_key", "spelled_number"]

_GROUPED = re.compile(r"[-+]?[0-9]{1,3}(?:_[0-9]{3})+")
_PLAIN = re.compile(r"[A-Za-z_./][A-Za-z0-9_./@-]*(?: [A-Za-z0-9_./@-]+)*")
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_BARE_JSON = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*")
_YAML = (YAML11, OMEGACONF, YAML12)


def spelled(value: Value, document: Document, old: Scalar | None = None) -> str:
    """A value as it is written in a document, in the style of an old one where that is given."""
    yaml = document.file.format == "yaml"
    if value is None:
        return "null"
    if isinstance(value, bool):
        word = str(value)
        return word if yaml and old is not None and old.text.istitle() else word.lower()
    if isinstance(value, str):
        return _text(value, document, old)
    return spelled_number(value, document, old)


def spelled_number(value: int | float, document: Document, old: Scalar | None = None) -> str:
    """A number. The digits stay as they were written where the value stays the same; `1e-05` gets
    the dot and the sign that YAML 1.1 needs to read a number.
    """
    before = "" if old is None else old.text.strip()
    if isinstance(value, int):
        return (
            f"{value:_}"
            if _GROUPED.fullmatch(before) and document.dialect is not JSON
            else str(value)
        )
    if not math.isfinite(value):
        return _not_finite(value, document)
    if _is_float(before) and float(before) == value:
        return _readable(before, document)
    if "e" in before.lower() and value != 0:
        return _readable(_with_exponent(value), document)
    return _readable(repr(value), document)


def spelled_key(name: str, old: Scalar) -> str:
    """A key, in the style of another one."""
    document, style = old.document, old.style
    if document.file.format == "json":
        return name if style == "json-key" and _BARE_JSON.fullmatch(name) else json.dumps(name)
    if document.file.format == "toml":
        bare = style == "toml-key" and _BARE.fullmatch(name)
        return name if bare else _quoted(name, old.source[:1])
    return _text(name, document, old)


def separator(entry: Entry) -> str:
    """What stands between a key and its value, as beside an entry."""
    document = entry.key.document
    between = document.text[entry.key.end : entry.start]
    if document.file.format == "toml":
        return between if re.fullmatch(r"[ \t]*=[ \t]*", between) else " = "
    if document.file.format == "json":
        return between if re.fullmatch(r"[ \t]*:[ \t]*", between) else ": "
    return ": "


def _is_float(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return "_" not in text


def _with_exponent(value: float) -> str:
    """The shortest digits that give the value, as `3e-05`."""
    return next(
        text for digits in range(18) if float(text := f"{value:.{digits}e}") == value or digits > 16
    )


def _readable(text: str, document: Document) -> str:
    """A float's digits as the document's loader reads them: `1.0e-5` for `1e-05`."""
    sign = text[0] if text[0] in "+-" else ""
    mantissa, e, exponent = text[len(sign) :].lower().partition("e")
    if document.dialect is JSON or document.dialect is TOML:
        whole, dot, rest = mantissa.partition(".")
        mantissa = (whole.lstrip("0") or "0") + (f".{rest or '0'}" if dot else "")
        sign = "" if sign == "+" else sign
    if "." not in mantissa and document.dialect is not JSON:
        mantissa += ".0"
    if not e:
        return f"{sign}{mantissa}" if "." in mantissa else f"{sign}{mantissa}.0"
    direction = "-" if exponent.startswith("-") else "+"
    power = exponent.lstrip("+-").lstrip("0") or "0"
    if document.dialect is JSON and direction == "+":
        direction = ""
    return f"{sign}{mantissa}e{direction}{power}"


def _not_finite(value: float, document: Document) -> str:
    sign = "-" if value < 0 else ""
    if document.dialect is JSON:
        return "NaN" if math.isnan(value) else f"{sign}Infinity"
    dot = "" if document.dialect is TOML else "."
    return f"{dot}nan" if math.isnan(value) else f"{sign}{dot}inf"


def _text(value: str, document: Document, old: Scalar | None) -> str:
    if document.file.format == "json":
        return json.dumps(value)
    style = "" if old is None else old.style
    if document.file.format == "toml":
        return _quoted(value, "" if old is None else old.source[:1])
    if style == "single" or (style == "double" and value.isprintable()):
        return _quoted(value, "'" if style == "single" else '"')
    if style not in ("single", "double") and _is_plain(value):
        return value
    return _quoted(value, '"')


def _quoted(value: str, quote: str) -> str:
    """In quotes; YAML's and TOML's double ones take JSON's escapes."""
    if quote == "'" and "'" not in value and value.isprintable():
        return f"'{value}'"
    return json.dumps(value, ensure_ascii=False)


def _is_plain(value: str) -> bool:
    """Whether every YAML reader takes it for text without quotes."""
    if not _PLAIN.fullmatch(value):
        return False
    return all(each.implicit_tag(value).endswith(":str") for each in _YAML)
