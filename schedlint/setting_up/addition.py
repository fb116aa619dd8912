"""A text that is added to a file, or is a new one: shown first, written whole or not at all."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass

from schedlint.fixes.write import WriteError, write

__all__ = ["Addition", "ByHand", "line_end_of", "write_addition"]


class ByHand(Exception):
    """A file that is better left to a person: why, and the text that should go there."""

    def __init__(self, path: str, reason: str, text: str) -> None:
        self.path = path
        self.reason = reason
        self.text = text
        super().__init__(f"{path}: {reason}")


@dataclass(frozen=True)
class Addition:
    """What a file is to hold afterwards. `before` is None for a file that is not there yet."""

    path: str
    what: str
    """What is added, in words: `the table [tool.schedlint]`."""
    text: str
    """The added lines, as they are shown."""
    before: bytes | None
    after: bytes


def line_end_of(text: str) -> str:
    """The line end that a text uses: that of its first line."""
    line = text.partition("\n")[0]
    return "\r\n" if "\n" in text and line.endswith("\r") else "\n"


def write_addition(addition: Addition) -> None:
    """Write the file. Raises WriteError, with whatever was there as it was."""
    if addition.before is not None:
        write(addition.path, addition.before, addition.after)
        return
    try:
        _create(addition.path, addition.after)
    except FileExistsError as error:
        raise WriteError(addition.path, "it has come into being meanwhile") from error
    except OSError as error:
        raise WriteError(addition.path, error.strerror or str(error)) from error


def _create(path: str, data: bytes) -> None:
    """A new file, there as a whole or not at all, never in the place of another one."""
    folder, name = os.path.split(path)
    temporary = os.path.join(folder, f".{name.lstrip('.')}.{os.getpid()}.schedlint")
    # The mode is left to the user's own mask, which a temporary file of Python's would not follow.
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    try:
        with open(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        _name(temporary, path)
    finally:
        with suppress(OSError):
            os.unlink(temporary)


def _name(temporary: str, path: str) -> None:
    """Give a file its name, unless something has that name."""
    if os.path.lexists(path):
        raise FileExistsError(path)
    try:
        os.link(temporary, path)
    except FileExistsError:
        raise
    except (OSError, NotImplementedError, AttributeError):  # a file system without hard links
        os.rename(temporary, path)
