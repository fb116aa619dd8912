"""A unified patch of what would change, as `git apply` and `patch` take it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping

from schedlint.source import SourceFile

_ESCAPES = dict(zip('\a\b\t\n\v\f\r"\\', 'abtnvfr"\\', strict=True))
_LAST_LINE = "\\ No newline at end of file\n"


def patch(before: Mapping[str, SourceFile], after: Mapping[str, SourceFile]) -> Iterator[bytes]:
    """The patch file by file; paths from the working directory, the lines of each file in its own
    bytes.
    """
    from difflib import unified_diff  # only a patch needs it

    for path in sorted(after):
        old, new = before[path], after[path]
        name = _relative(path)
        header = f"--- {_quoted(f'a/{name}')}\n+++ {_quoted(f'b/{name}')}\n"
        hunks = list(unified_diff(_lines(old), _lines(new), n=3))[2:]
        ended = (line if line.endswith("\n") else f"{line}\n{_LAST_LINE}" for line in hunks)
        yield header.encode() + "".join(ended).encode("latin-1")


def _relative(path: str) -> str:
    """The file itself, not a link to it: git does not write through one."""
    return os.path.relpath(os.path.realpath(path), os.path.realpath(".")).replace(os.sep, "/")


def _lines(file: SourceFile) -> list[str]:
    """The bytes of a file line by line as git counts them: a line ends at `\\n` and nothing else.

    Each byte is one character, so that UTF-16 is shown as it lies on the disk.
    """
    lines = file.encode(file.text).decode("latin-1").split("\n")
    return [f"{line}\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])


def _quoted(name: str) -> str:
    """A name as git writes it: in quotes where it holds what would end it."""
    if all(sign.isprintable() and sign not in '"\\' for sign in name):
        return f"{name}\t" if " " in name else name
    signs = (f"\\{_ESCAPES[sign]}" if sign in _ESCAPES else _octal(sign) for sign in name)
    return f'"{"".join(signs)}"'


def _octal(sign: str) -> str:
    if sign.isprintable():
        return sign
    return "".join(f"\\{byte:03o}" for byte in sign.encode("utf-8", "surrogateescape"))
