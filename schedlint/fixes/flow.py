"""Keys between braces: JSON, YAML's flow style, and the inline tables of TOML."""

from __future__ import annotations

import re

from schedlint.fixes.beside import written_beside
from schedlint.fixes.edits import Value
from schedlint.fixes.lines import Stretch, end_of, line_start, newline_before
from schedlint.source import Mapping

__all__ = ["insertion", "is_flow", "without"]

_COMMENT = {
    "yaml": r"#[^\r\n]*",
    "toml": r"#[^\r\n]*",
    "json": r"(?://|#)[^\r\n]*|/\*(?s:.*?)\*/",
}
_GAP = {name: re.compile(rf"(?:\s|{comment})*") for name, comment in _COMMENT.items()}
_ON_LINE = {name: re.compile(rf"(?:[ \t]*(?:{comment}))*") for name, comment in _COMMENT.items()}
_BLANK = re.compile(r"[ \t]*")
_LINE_END = re.compile(r"[ \t]*(?:\r\n|\n|\r|\Z)")


def is_flow(holder: Mapping) -> bool:
    """Whether an object is written between braces."""
    return holder.document.text.startswith("{", holder.start)


def insertion(holder: Mapping, index: int, pairs: list[tuple[str, Value]]) -> list[Stretch]:
    """Keys and values right behind an entry and the comment on it: each on a line of its own where
    the entry has one, else on the same line.
    """
    entry, text = holder.entries[index], holder.document.text
    new = [written_beside(holder, index, *pair) for pair in pairs]
    end, comma = end_of(entry), _comma(holder, index)
    on_line = _ON_LINE[holder.document.file.format]
    stop = _behind(on_line, text, end)
    if comma is not None and comma >= stop and not text[stop:comma].strip(" \t"):
        behind = _behind(on_line, text, comma + 1)
        at = behind if _LINE_END.match(text, behind) else comma + 1
        gap = _gap(holder, index, own_line=at > comma + 1)
        return [(at, at, "".join(f"{gap}{each}," for each in new))]
    gap = _gap(holder, index, own_line=stop > end and not text.endswith("*/", 0, stop))
    return _joined((end, end, ","), (stop, stop, ",".join(f"{gap}{each}" for each in new)))


def without(holder: Mapping, index: int) -> list[Stretch]:
    """The stretches that go with an entry: its line where it has one of its own, and the comma
    that parts it from another. Comments stay.
    """
    if len(holder.entries) == 1 and _is_bare(holder):
        return [(holder.start + 1, holder.end - 1, "")]
    text, comma = holder.document.text, _comma(holder, index)
    end = end_of(holder.entries[index])
    if comma is not None and text[end:comma].strip():
        rest = _behind(_BLANK, text, end)
        return [(holder.entries[index].key.start, rest, ""), (comma, comma + 1, "")]
    start, end = _taken(holder, index, end if comma is None else comma + 1)
    before = _comma(holder, index - 1) if index and comma is None else None
    if before is None:
        return [(start, end, "")]
    if text[before + 1 : start].strip() or not text.startswith(("}", "\r", "\n"), end):
        return [(before, before + 1, ""), (start, end, "")]  # a comment stays in its line
    line = _own_line(holder, before)
    return [(before if line is None else line - len(newline_before(text, line)), end, "")]


def _taken(holder: Mapping, index: int, end: int) -> tuple[int, int]:
    """From where to where an entry goes that ends, its comma included, at `end`. What follows on
    its line takes its place; with nothing there, its line goes, or the blanks before it.
    """
    text, start = holder.document.text, holder.entries[index].key.start
    blank, line_end = _behind(_BLANK, text, end), _LINE_END.match(text, end)
    if line_end is None and not text.startswith("}", blank):
        return start, blank
    line = _own_line(holder, start)
    if line is None and index == 0 and len(holder.entries) > 1:
        following = holder.entries[1].key.start
        return start, following if not text[end:following].strip() else end
    if line is None:
        while text[start - 1] in " \t":
            start -= 1
        return start, end
    if line_end is not None and text.startswith(",", end - 1):
        return line, line_end.end()
    return line - len(newline_before(text, line)), end if line_end is None else blank


def _comma(holder: Mapping, index: int) -> int | None:
    """Where the comma behind an entry stands, if there is one."""
    text = holder.document.text
    offset = _behind(_GAP[holder.document.file.format], text, end_of(holder.entries[index]))
    return offset if text.startswith(",", offset) else None


def _own_line(holder: Mapping, offset: int) -> int | None:
    """Where the line of a character begins, if it is the first on it."""
    line = line_start(holder.document, offset)
    blank = _BLANK.match(holder.document.text, line, offset)
    is_first = blank is not None and blank.end() == offset
    return line if line > holder.start and is_first else None


def _is_bare(holder: Mapping) -> bool:
    """Whether there is nothing around the only entry of an object, and no comment."""
    text, entry = holder.document.text, holder.entries[0]
    behind = text[end_of(entry) : holder.end - 1].strip()
    return not text[holder.start + 1 : entry.key.start].strip() and behind in ("", ",")


def _gap(holder: Mapping, index: int, *, own_line: bool) -> str:
    """What parts a new key from what is before it: a line end, or what follows a comma."""
    document, entry = holder.document, holder.entries[index]
    text, start = document.text, entry.key.start
    line = _own_line(holder, start)
    if line is None and not own_line:
        return _behind_comma(holder)
    if line is not None:
        return (newline_before(text, line) or document.file.newline) + text[line:start]
    following = holder.entries[index + 1].key.start if index + 1 < len(holder.entries) else start
    line = _own_line(holder, following)
    column = " " * (start - line_start(document, start))
    return document.file.newline + (column if line is None else text[line:following])


def _behind_comma(holder: Mapping) -> str:
    """What follows a comma of the object on its line; without one, what follows a key's sign."""
    text, first = holder.document.text, holder.entries[0]
    comma = _comma(holder, 0)
    if comma is not None and not text.startswith("}", comma + 1):
        return " " * text.startswith((" ", "\n", "\r"), comma + 1)
    return " " * (text[first.start - 1 : first.start] == " ")


def _behind(pattern: re.Pattern[str], text: str, offset: int) -> int:
    """Behind what a pattern, which may be nothing, finds at a place."""
    match = pattern.match(text, offset)
    return offset if match is None else match.end()


def _joined(one: Stretch, other: Stretch) -> list[Stretch]:
    """Two insertions, as one where they are in the same place."""
    return [(*one[:2], one[2] + other[2])] if one[:2] == other[:2] else [one, other]
