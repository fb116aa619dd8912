"""Offsets to lines and columns, as editors count them."""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import NamedTuple

__all__ = ["LineTable", "Position"]

_LINE_END = re.compile(r"\r\n|\n|\r")


class Position(NamedTuple):
    """A place in a text: line and column are 1-based, columns count characters."""

    line: int
    column: int


class LineTable:
    """Where each line of a text starts.

    Lines end at `\\n`, `\\r\\n` and a lone `\\r`, which is what editors show; libyaml would also
    count NEL, LS and PS. A byte order mark at the start takes no column.
    """

    __slots__ = ("_starts", "_text")

    def __init__(self, text: str) -> None:
        self._text = text
        self._starts = [0, *(end.end() for end in _LINE_END.finditer(text))]

    def position(self, offset: int) -> Position:
        """Line and column of the character at `offset` (the text's end included)."""
        line = bisect_right(self._starts, offset)
        column = offset - self._starts[line - 1] + 1
        if line == 1 and column > 1 and self._text.startswith("\ufeff"):
            column -= 1
        return Position(line, column)

    def offset(self, line: int, column: int) -> int:
        """The offset of a position, at most the end of its line's text."""
        start = self._starts[min(line, len(self._starts)) - 1]
        if line == 1 and self._text.startswith("\ufeff"):
            start += 1
        return min(start + column - 1, len(self._text))

    def line_text(self, line: int) -> str:
        """The text of a 1-based line without its line end and without a byte order mark.

        Raises IndexError when the text has no such line.
        """
        if not 1 <= line <= len(self._starts):
            raise IndexError(f"there is no line {line}")
        start = self._starts[line - 1]
        end = self._starts[line] if line < len(self._starts) else len(self._text)
        return self._text[start:end].rstrip("\r\n").removeprefix("\ufeff")
