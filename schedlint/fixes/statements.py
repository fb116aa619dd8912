"""Keys on lines of their own, in TOML: statements, and tables under a header."""

from __future__ import annotations

import re

from schedlint.fixes.beside import written_beside
from schedlint.fixes.edits import Value
from schedlint.fixes.lines import Stretch, line_start, new_lines, rest_of_line
from schedlint.fixes.refusal import EditRefused
from schedlint.source import Entry, Mapping, Node, Sequence, nodes

__all__ = ["insertion", "is_table", "without"]

_PREFIX = re.compile(
    r"""[ \t]*(?:(?:[A-Za-z0-9_-]+|"(?:[^"\\\n]|\\.)*"|'[^'\n]*')[ \t]*\.[ \t]*)*"""
)
_BLANK_LINES = re.compile(r"(?:[ \t]*(?:\r\n|\n))+")
_LINE_END = re.compile(r"\r\n|\n")


def is_table(node: Node) -> bool:
    """Whether a node is written as statements, or as the tables of several headers: there is no
    one place that holds it.
    """
    if isinstance(node, Sequence):
        return bool(node.items) and _has_header(node.items[0].value)
    return isinstance(node, Mapping) and not node.document.text.startswith("{", node.start)


def _has_header(node: Node) -> bool:
    return isinstance(node, Mapping) and node.document.text.startswith("[", node.start)


def insertion(holder: Mapping, index: int, pairs: list[tuple[str, Value]]) -> list[Stretch]:
    """A line for each key and value, below the one of an entry: or, where that is a table with a
    header, below the last that is none. Behind the header they would be keys of the table.
    """
    index = _place_for_a_key(holder, index)
    entry, document = holder.entries[index], holder.document
    prefix, end = _prefix(entry), rest_of_line(entry).end
    lines = [prefix + written_beside(holder, index, *pair) for pair in pairs]
    return [new_lines(document, end, lines)]


def _place_for_a_key(holder: Mapping, index: int) -> int:
    if not _has_headers(holder.entries[index]):
        return index
    plain = [n for n, each in enumerate(holder.entries) if not _has_headers(each)]
    if not plain:
        name = holder.entries[index].name
        raise EditRefused(f"behind the table {name}, a key would be one of the table's")
    return plain[-1]


def _has_headers(entry: Entry) -> bool:
    """Whether an entry is a table that a header begins, or holds one."""
    return any(_has_header(node) for node in nodes(entry.value))


def without(holder: Mapping, index: int) -> list[Stretch]:
    """The stretch that goes with an entry."""
    entry, document = holder.entries[index], holder.document
    may_be_empty = holder is document.root or _has_header(holder)
    if len(holder.entries) == 1 and not may_be_empty:
        raise EditRefused(f"{entry.name} is the only key of its object")
    if is_table(entry.value):
        return [_table(entry)]
    prefix = _prefix(entry)
    start, rest = line_start(document, entry.key.start), rest_of_line(entry)
    if rest.comment is not None:
        return [(start + len(prefix) - len(prefix.lstrip()), rest.comment, "")]
    return [(start, rest.end, "")]


def _table(entry: Entry) -> Stretch:
    """All lines of a table, and the blank ones that part it from the next."""
    document = entry.key.document
    text = document.text
    start = line_start(document, min(entry.key.start, entry.value.start))
    end = rest_of_line(entry).end
    after = _BLANK_LINES.match(text, end)
    kept = len(text[:start].rstrip())
    line_end = _LINE_END.search(text, kept, start)
    alone = kept == line_start(document, 0) or line_end is None or line_end.end() < start
    if after is not None and alone:
        return start, after.end(), ""
    if end == len(text) and line_end is not None:
        return line_end.end(), end, ""
    return start, end, ""


def _prefix(entry: Entry) -> str:
    """What stands before a key on its line: the tables of a dotted one."""
    document = entry.key.document
    start = line_start(document, entry.key.start)
    prefix = _PREFIX.fullmatch(document.text, start, entry.key.start)
    if prefix is None:
        raise EditRefused(f"{entry.name} does not have a line of its own")
    return prefix[0]
