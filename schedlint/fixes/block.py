"""Keys that stand on lines of their own: YAML's blocks, and the statements of TOML."""

from __future__ import annotations

import re

from schedlint.fixes.edits import Value
from schedlint.fixes.refusal import EditRefused
from schedlint.fixes.spelling import separator, spelled, spelled_key
from schedlint.source import Document, Entry, Mapping, Scalar

__all__ = ["insertion", "without"]

_LINE_END = re.compile(r"\r\n|\n|\r|\Z")
_REST = re.compile(r"[ \t]*(#[^\r\n]*)?")
_FIRST_OF_ITEM = re.compile(r" *(?:- +)+")
_BLANK = re.compile(r"[ \t]*")
_TOML_PREFIX = re.compile(
    r"""[ \t]*(?:(?:[A-Za-z0-9_-]+|"(?:[^"\\\n]|\\.)*"|'[^'\n]*')[ \t]*\.[ \t]*)*"""
)


def insertion(holder: Mapping, index: int, name: str, value: Value) -> tuple[int, int, str]:
    """A line with a key and its value below the one of an entry: where, and the text."""
    entry = holder.entries[index]
    document = entry.key.document
    text, toml = document.text, document.file.format == "toml"
    start = _line_start(document, entry.key.start)
    before = text[start : entry.key.start]
    if toml and not _TOML_PREFIX.fullmatch(before):
        raise EditRefused("a key can only be put beside one that has a line of its own")
    if not toml and not _leads_a_line(before):
        raise EditRefused("a key can only be put beside one that has a line of its own")
    _, end, newline = _line_of_end(entry)
    indent = before if toml else " " * len(before)
    assert isinstance(entry.key, Scalar), "a key on a line of its own"
    line = indent + spelled_key(name, entry.key) + separator(entry) + spelled(value, document)
    if newline:
        return end, end, line + newline
    return end, end, document.file.newline + line


def without(holder: Mapping, index: int) -> tuple[int, int, str]:
    """The stretch that goes with an entry, and what is left of it: nothing."""
    entry = holder.entries[index]
    document = entry.key.document
    if len(holder.entries) == 1:
        raise EditRefused(f"{entry.name} is the only key of its object")
    start = _line_start(document, entry.key.start)
    before = document.text[start : entry.key.start]
    if document.file.format == "toml":
        if not _TOML_PREFIX.fullmatch(before):
            raise EditRefused(f"{entry.name} does not have a line of its own")
    elif not _leads_a_line(before):
        raise EditRefused(f"{entry.name} does not have a line of its own")
    comment, end, _ = _line_of_end(entry)
    if _FIRST_OF_ITEM.fullmatch(before) and document.file.format != "toml":
        if comment or index + 1 == len(holder.entries):
            raise EditRefused(f"{entry.name} shares its line with the sign of a list item")
        return entry.key.start, holder.entries[index + 1].key.start, ""
    if comment:
        return entry.key.start, comment, ""
    return start, end, ""


def _leads_a_line(before: str) -> bool:
    return bool(_BLANK.fullmatch(before) or _FIRST_OF_ITEM.fullmatch(before))


def _line_start(document: Document, offset: int) -> int:
    text = document.text
    start = max(text.rfind(sign, 0, offset) for sign in "\r\n") + 1
    return 1 if start == 0 and document.file.had_bom else start


def _line_of_end(entry: Entry) -> tuple[int, int, str]:
    """Where a comment begins behind an entry (0: none), where the line ends, and in what."""
    text = entry.key.document.text
    end = entry.value.end if entry.alias is None else entry.end
    rest = _REST.match(text, end)
    assert rest is not None, "it matches nothing, too"
    line_end = _LINE_END.match(text, rest.end())
    if line_end is None:
        raise EditRefused(f"something else follows {entry.name} on its line")
    return (rest.start(1) if rest[1] else 0), line_end.end(), line_end[0]
