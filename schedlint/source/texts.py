"""Where texts come from: the disk, unless another text stands in for a file."""

from __future__ import annotations

import os

from schedlint.source.document import SourceFile
from schedlint.source.errors import ReadError
from schedlint.source.limits import MAX_BYTES
from schedlint.source.read import decoded, parsed, read

__all__ = ["Texts"]


class Texts:
    """Reads files, and instead of some of them what stands in for them: standard input, or what a
    fix would write.

    A text stands in for a file by whatever path it is reached.
    """

    def __init__(self) -> None:
        self._instead: dict[str, tuple[str, str]] = {}

    def read(self, path: str | os.PathLike[str]) -> SourceFile:
        """Read a file, or what stands in for it. Raises ReadError as `schedlint.source.read`."""
        if not self._instead:
            return read(path)
        instead = self._instead.get(os.path.realpath(path))
        return read(path) if instead is None else parsed(os.fspath(path), *instead)

    def put(self, path: str, text: str, encoding: str = "utf-8") -> None:
        """Let a text stand in for a file from now on."""
        self._instead[os.path.realpath(path)] = (text, encoding)

    def put_bytes(self, path: str, data: bytes) -> None:
        """As `put`. Raises ReadError for bytes that are no text, or too many."""
        if len(data) > MAX_BYTES:
            raise ReadError(path, f"larger than {MAX_BYTES // 1_000_000} MB: not a config")
        self.put(path, *decoded(path, data))

    def keep(self, file: SourceFile) -> None:
        """Do not read a file from the disk again, unless something stands in for it already."""
        self._instead.setdefault(os.path.realpath(file.path), (file.text, file.encoding))

    def bytes_for(self, path: str) -> bytes:
        """What stands in for a file, as bytes, whether it can be parsed or not."""
        text, encoding = self._instead[os.path.realpath(path)]
        return text.encode(encoding)

    def drop(self, path: str) -> None:
        """Read a file from the disk again."""
        self._instead.pop(os.path.realpath(path), None)

    def copy(self) -> Texts:
        """The same, to put something into without changing this one."""
        other = Texts()
        other._instead = dict(self._instead)
        return other
