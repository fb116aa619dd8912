"""A new text in the place of a file: whole or not at all.

The text goes to a temporary file beside the target, is flushed to the disk, and takes the target's
name in one step. Whatever fails before that step leaves the file as it was.
"""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path

from schedlint.project import root_above

__all__ = ["WriteError", "write"]


class WriteError(Exception):
    """A file has not been written, and is as it was: why, in words."""

    def __init__(self, path: str, reason: str) -> None:
        self.path = path
        self.reason = reason
        super().__init__(f"{path}: not fixed: {reason}")


def write(path: str, before: bytes, after: bytes) -> None:
    """Put `after` in the place of a file that holds `before`. Raises WriteError, with the file as
    it was.

    A symbolic link stays one: its target is written, where that lies within the project. The mode
    is kept. A file that holds anything but `before` by now is left alone, and so is one that may
    not be written, though a new one could take its place.
    """
    target = os.path.realpath(path)
    try:
        _within_project(path, target)
        mode = _mode(path, target)
        _unchanged(path, target, before)
        _swap(path, target, before, after, mode)
    except OSError as error:
        raise WriteError(path, error.strerror or str(error)) from error


def _within_project(path: str, target: str) -> None:
    """The project is that of the path as it was given: a link must not lead out of it."""
    root = os.path.realpath(root_above(Path(os.path.abspath(path)).parent))
    if Path(root) not in Path(target).parents:
        raise WriteError(path, f"it is a link out of the project, to {target}")


def _mode(path: str, target: str) -> int:
    about = os.stat(target)
    if not about.st_mode & (stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH) or not os.access(
        target, os.W_OK
    ):
        raise WriteError(path, "it is read-only")
    if about.st_nlink > 1:
        raise WriteError(path, "it has several names (hard links), which a new file would part")
    return stat.S_IMODE(about.st_mode)


def _unchanged(path: str, target: str, before: bytes) -> None:
    with open(target, "rb") as file:
        if file.read(len(before) + 1) != before:
            raise WriteError(path, "it has changed meanwhile")


def _swap(path: str, target: str, before: bytes, after: bytes, mode: int) -> None:
    from tempfile import mkstemp  # only a fix needs it

    folder, name = os.path.split(target)
    handle, temporary = mkstemp(prefix=f".{name}.", suffix=".schedlint", dir=folder)
    try:
        with open(handle, "wb") as file:
            file.write(after)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, mode)
        _unchanged(path, target, before)  # once more: writing takes longer than looking
        os.replace(temporary, target)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise
    _flush_folder(folder)


def _flush_folder(folder: str) -> None:
    """Make the new name last through a power cut, where the system knows how."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    with suppress(OSError):  # the file is in its place; some file systems do not flush folders
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
