"""Keys between braces: JSON, YAML's flow style, and the inline tables of TOML."""

from __future__ import annotations

import re

from schedlint.fixes.edits import Value
from schedlint.fixes.refusal import EditRefused
from schedlint.fixes.spelling import separator, spelled, spelled_key
from schedlint.source import Entry, Mapping, Scalar

__all__ = ["insertion", "is_flow", "without"]

_OWN_LINE = re.compile(r"(?:\r\n|\n|\r)([ \t]*)\Z")
_LINE_GOES_ON = re.compile(r"[ \t]*,[ \t]*(?:\r\n|\n|\r)")
_COMMA = re.compile(r"\s*,")


def is_flow(holder: Mapping) -> bool:
    """Whether an object is written between braces."""
    return holder.document.text.startswith("{", holder.start)


def insertion(holder: Mapping, index: int, name: str, value: Value) -> tuple[int, int, str]:
    """A key and its value right behind an entry: where, and the text.

    On a line of its own where the entry has one, else on the same line.
    """
    entry = holder.entries[index]
    if not isinstance(entry.key, Scalar):
        raise EditRefused("a key can only be put beside one that is written out")
    text, end = holder.document.text, _end(entry)
    own_line = _OWN_LINE.search(text, holder.start, entry.key.start)
    between = separator(entry)
    gap = own_line[0] if own_line else _gap(holder, between)
    key, written = spelled_key(name, entry.key), spelled(value, holder.document)
    return end, end, f",{gap}{key}{between}{written}"


def without(holder: Mapping, index: int) -> tuple[int, int, str]:
    """The stretch that goes with an entry, and what is left of it: nothing."""
    entry, text = holder.entries[index], holder.document.text
    end = _end(entry)
    if index + 1 < len(holder.entries):
        own_line = _OWN_LINE.search(text, holder.start, entry.key.start)
        rest = _LINE_GOES_ON.match(text, end)
        if own_line and rest:
            return own_line.start(1), rest.end(), ""
        return entry.key.start, holder.entries[index + 1].key.start, ""
    if index:
        return _end(holder.entries[index - 1]), end, ""
    comma = _COMMA.match(text, end)
    return entry.key.start, end if comma is None else comma.end(), ""


def _end(entry: Entry) -> int:
    return entry.value.end if entry.alias is None else entry.end


def _gap(holder: Mapping, between: str) -> str:
    """What follows a comma of the object; without one, what follows the sign behind a key."""
    if len(holder.entries) > 1:
        comma = _COMMA.match(holder.document.text, _end(holder.entries[0]))
        if comma is not None:
            return " " * holder.document.text.startswith((" ", "\n", "\r"), comma.end())
    return " " * between.endswith(" ")
