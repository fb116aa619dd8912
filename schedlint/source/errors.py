"""What can go wrong between a path and its documents: one error, in plain words."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from schedlint.source.document import SourceFile

__all__ = ["ReadError"]


class ReadError(Exception):
    """A file cannot be read as the format that it claims.

    `line` and `column` are 1-based and count characters; both are None when the trouble is not at a
    place in the text (no such file, no permission, too large). `file` holds the text, where it
    could be decoded.
    """

    def __init__(
        self, path: str, message: str, line: int | None = None, column: int | None = None
    ) -> None:
        self.path = path
        self.file: SourceFile | None = None
        self.message = message
        self.line = line
        self.column = column
        where = "" if line is None else f":{line}:{column}"
        super().__init__(f"{path}{where}: {message}")
