"""Where lines and entries begin and end."""

from __future__ import annotations

import re
from typing import NamedTuple, TypeAlias

from schedlint.fixes.refusal import EditRefused
from schedlint.source import Document, Entry, Item, Scalar, nodes

__all__ = ["Rest", "Stretch", "end_of", "line_start", "new_lines", "newline_before", "rest_of_line"]

Stretch: TypeAlias = "tuple[int, int, str]"
"""From where to where a text is replaced, and by what."""

_LINE_END = re.compile(r"\r\n|\n|\r|\Z")
_REST = re.compile(r"[ \t]*(#[^\r\n]*)?")


def end_of(item: Item) -> int:
    """Where the value of an item ends, as written there."""
    node = item.value
    if item.alias is not None:
        return item.end
    if not isinstance(node, Scalar) and node.document.file.format == "toml":
        # Dotted keys and headers write a table without brackets: it ends where its last value does.
        return max(each.end for each in nodes(node))
    return node.end


def line_start(document: Document, offset: int) -> int:
    """Where the line of a character begins, behind a byte order mark."""
    return offset - document.position(offset).column + 1


def newline_before(text: str, offset: int) -> str:
    """The line end right before a place; empty where there is none."""
    if text.endswith("\r\n", 0, offset):
        return "\r\n"
    return text[offset - 1 : offset] if text.endswith(("\n", "\r"), 0, offset) else ""


def new_lines(document: Document, at: int, lines: list[str]) -> Stretch:
    """Lines put where one begins, or behind the last that has no end; they end as it does."""
    newline = newline_before(document.text, at)
    if newline:
        return at, at, "".join(line + newline for line in lines)
    return at, at, "".join(document.file.newline + line for line in lines)


class Rest(NamedTuple):
    """What follows an entry on its line: where a comment begins, and where the next line does."""

    comment: int | None
    end: int


def rest_of_line(item: Item) -> Rest:
    """Raises EditRefused where something else follows an item."""
    document = item.key.document if isinstance(item, Entry) else item.value.document
    text = document.text
    rest = _REST.match(text, end_of(item))
    assert rest is not None, "it matches nothing, too"
    line_end = _LINE_END.match(text, rest.end())
    if line_end is None:
        name = item.name if isinstance(item, Entry) else "the item"
        raise EditRefused(f"something else follows {name} on its line")
    return Rest(rest.start(1) if rest[1] else None, line_end.end())
