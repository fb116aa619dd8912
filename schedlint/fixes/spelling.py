"""How a value is written: in its format, in the style of what it replaces, and so that the
document's own loader reads it.
"""

from __future__ import annotations

import json
import math
import re
from decimal import Decimal

from schedlint.fixes.edits import Value
from schedlint.source import JSON, OMEGACONF, TOML, YAML11, YAML12, Document, Scalar

__all__ = ["same_value", "spelled", "spelled_key", "spelled_number"]

_GROUPED = re.compile(r"[-+]?[0-9]{1,3}(?:_[0-9]{3})+")
_FLOAT = re.compile(r"([-+]?)([0-9]*\.?[0-9]*)(?:([eE])([-+]?)([0-9]+))?", re.A)
_WORD = r"[A-Za-z0-9_./@+=%-]+(?::[A-Za-z0-9_./@+=%-]+)*"
_PLAIN = re.compile(rf"(?![-+=%@]|\.\.\.){_WORD}(?: {_WORD})*")
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_BARE_JSON = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*")
_YAML = (YAML11, OMEGACONF, YAML12)
_ONE_LETTER_BOOLS = ("y", "Y", "n", "N")  # to YAML 1.1 as it is written, though not to PyYAML
_WORDS = {"true": "false", "yes": "no", "on": "off"}
_OPPOSITES = {**_WORDS, **{no: yes for yes, no in _WORDS.items()}}
_MOST_PLACES = 8  # as in 0.000001


def same_value(one: object, other: object) -> bool:
    """Whether two values are one, their types included."""
    return type(one) is type(other) and (one == other or repr(one) == repr(other))  # nan is not nan


def spelled(value: Value, document: Document, old: Scalar | None = None) -> str:
    """A value as it is written in a document, in the style of an old one where that is given.

    What says the value already stays as it is, unless it is a number that is text to PyYAML:
    which reader a framework has may depend on its version.
    """
    if old is not None and _says(old, value):
        return old.source
    if value is None:
        return "null"
    if isinstance(value, bool):
        return _bool(value, old)
    if isinstance(value, str):
        return _text(value, document, old)
    return spelled_number(value, document, old)


def _says(old: Scalar, value: Value) -> bool:
    """Whether an old value is the new one already, to PyYAML as well."""
    if old.tag is not None or not old.source or not same_value(old.value, value):
        return False
    is_yaml = isinstance(value, float) and old.document.file.format == "yaml"
    return not is_yaml or same_value(YAML11.resolve(old), value)


def _bool(value: bool, old: Scalar | None) -> str:
    """`true` or `false`, or the other word of the pair that the old one is of; in its case."""
    word, before = str(value).lower(), "" if old is None else old.text
    if old is None or old.document.file.format != "yaml" or before.lower() not in _OPPOSITES:
        return word
    if old.value is (not value):
        word = _OPPOSITES[before.lower()]
    return word.title() if before.istitle() else word.upper() if before.isupper() else word


def spelled_number(value: int | float, document: Document, old: Scalar | None = None) -> str:
    """A number. The digits stay as they were written where the value stays the same; `1e-05` gets
    the dot and the sign that YAML 1.1 needs to read a number.
    """
    before = "" if old is None else old.text.strip()
    if isinstance(value, int):
        grouped = _GROUPED.fullmatch(before) and document.dialect is not JSON
        return f"{value:_}" if grouped else str(value)
    if not math.isfinite(value):
        return _not_finite(value, document)
    digits = _FLOAT.fullmatch(before)
    if digits is None or not digits[2].strip("."):
        return _readable(repr(value), document)
    bare = old is not None and isinstance(old.value, float) and "." not in before
    if float(before) == value:
        return _readable(before, document)  # the same again: it is to be read by all
    return _readable(_digits(value, digits), document, bare=bare, like=digits)


def spelled_key(name: str, old: Scalar) -> str:
    """A key, in the style of another one."""
    document, style = old.document, old.style
    if document.file.format == "json":
        return name if style == "json-key" and _BARE_JSON.fullmatch(name) else _quoted(name, '"')
    if document.file.format == "toml":
        bare = style == "toml-key" and _BARE.fullmatch(name)
        return name if bare else _quoted(name, old.source[:1])
    return _text(name, document, old)


def _digits(value: float, like: re.Match[str]) -> str:
    """The shortest digits that give the value: with an exponent where the old ones had one and the
    size asks for it; without where they have none but a dot, as long as there are few zeros.
    """
    if like[3] and value and (abs(value) < 0.01 or abs(value) >= 10_000):
        return _with_exponent(value)
    text = repr(value)
    places = format(Decimal(text), "f")
    few = "e" in text and "." in like[2] and len(places) <= _MOST_PLACES
    return places if few else text


def _with_exponent(value: float) -> str:
    """The shortest digits that give the value, as `3e-05`."""
    return next(
        text for digits in range(18) if float(text := f"{value:.{digits}e}") == value or digits > 16
    )


def _readable(
    text: str, document: Document, *, bare: bool = False, like: re.Match[str] | None = None
) -> str:
    """A float's digits as the document's loader reads them: `1.0e-5` for `1e-05`.

    `bare` tells that the loader reads such numbers without a dot, `like` how an exponent looks.
    """
    strict = document.dialect is JSON or document.dialect is TOML
    match = _FLOAT.fullmatch(text)
    assert match is not None, "digits"
    sign, mantissa, e, direction, exponent = match.groups(default="")
    if mantissa.startswith(".") and (strict or sign):
        mantissa = f"0{mantissa}"  # PyYAML takes -.5 for text
    if strict:
        mantissa = mantissa.lstrip("0") if mantissa.strip("0") else "0"
        mantissa = f"0{mantissa}" if mantissa.startswith(".") else mantissa
        mantissa += "0" * mantissa.endswith(".")
        sign = "" if sign == "+" else sign
    if "." not in mantissa and not (e and (bare or strict)):
        mantissa += ".0"
    if not e:
        return f"{sign}{mantissa}"
    if direction != "-":
        direction = "+" if not (bare or strict) or (like is not None and like[4] == "+") else ""
    width = len(like[5] or "") if like is not None and (like[5] or "").startswith("0") else 1
    power = (exponent.lstrip("0") or "0").rjust(width, "0")
    return f"{sign}{mantissa}{(like[3] if like else e) or e}{direction}{power}"


def _not_finite(value: float, document: Document) -> str:
    sign = "-" if value < 0 else ""
    if document.dialect is JSON:
        return "NaN" if math.isnan(value) else f"{sign}Infinity"
    dot = "" if document.dialect is TOML else "."
    return f"{dot}nan" if math.isnan(value) else f"{sign}{dot}inf"


def _text(value: str, document: Document, old: Scalar | None) -> str:
    if document.file.format == "json":
        return _quoted(value, '"')
    style = "" if old is None else old.style
    if document.file.format == "toml":
        return _quoted(value, old.source[:1] if old is not None and style == "toml-string" else "")
    if style == "single" or style == "double":
        return _quoted(value, "'" if style == "single" else '"')
    return value if _is_plain(value) else _quoted(value, '"')


def _quoted(value: str, quote: str) -> str:
    """In quotes; YAML's and TOML's double ones take JSON's escapes. What does not show is one."""
    if quote == "'" and "'" not in value and value.isprintable():
        return f"'{value}'"
    written = json.dumps(value, ensure_ascii=False)
    return written if written.isprintable() else "".join(map(_shown, written))


def _shown(character: str) -> str:
    code = ord(character)
    return character if character.isprintable() or code > 0xFFFF else f"\\u{code:04x}"


def _is_plain(value: str) -> bool:
    """Whether every YAML reader takes it for text without quotes."""
    if not _PLAIN.fullmatch(value) or value in _ONE_LETTER_BOOLS:
        return False
    return all(each.implicit_tag(value).endswith(":str") for each in _YAML)
