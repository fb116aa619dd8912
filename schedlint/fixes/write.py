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

    A symbolic link stays one: its target is written, where that lies within the project. Mode,
    owner and access lists are kept. A file that holds anything but `before` by now is left alone,
    and so is one that may not be written, though a new one could take its place.
    """
    target = os.path.realpath(path)
    try:
        _within_project(path, target)
        about = _writable(path, target)
        _swap(path, target, before, after, about)
    except OSError as error:
        raise WriteError(path, _words(error)) from error


def _words(error: OSError) -> str:
    return error.strerror or str(error)


def _within_project(path: str, target: str) -> None:
    """The project is that of the path as it was given: a link must not lead out of it."""
    root = os.path.realpath(root_above(Path(os.path.abspath(path)).parent))
    if Path(root) not in Path(target).parents:
        raise WriteError(path, f"it is a link out of the project, to {target}")


def _writable(path: str, target: str) -> os.stat_result:
    """What the system knows of a file that a new one may replace."""
    about = os.stat(target)
    if not stat.S_ISREG(about.st_mode):
        raise WriteError(path, "it is no regular file any more")
    if not about.st_mode & (stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH) or not os.access(
        target, os.W_OK
    ):
        raise WriteError(path, "it is read-only")
    if about.st_nlink > 1:
        raise WriteError(path, "it has several names (hard links), which a new file would part")
    return about


def _unchanged(path: str, target: str, before: bytes) -> None:
    with open(target, "rb") as file:
        if file.read(len(before) + 1) != before:
            raise WriteError(path, "it has changed meanwhile")


def _swap(path: str, target: str, before: bytes, after: bytes, about: os.stat_result) -> None:
    folder = os.path.dirname(target)
    handle, temporary = _beside(path, target)
    try:
        with open(handle, "wb") as file:
            file.write(after)
            file.flush()
            _make_alike(path, target, temporary, about)  # writing takes some modes away
            os.fsync(file.fileno())
        _unchanged(path, target, before)  # as late as can be
        os.replace(temporary, target)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise
    _flush_folder(folder)


def _beside(path: str, target: str) -> tuple[int, str]:
    """A new file beside the target, open for writing: its handle and its path."""
    from tempfile import mkstemp  # only a fix needs it

    folder, name = os.path.split(target)
    try:
        # No more of the name than leaves room for what is added to it.
        return mkstemp(prefix=f".{name[:40]}.", suffix=".schedlint", dir=folder)
    except OSError as error:
        reason = f"no new file can be made in its folder ({_words(error)})"
        raise WriteError(path, reason) from error


def _make_alike(path: str, target: str, temporary: str, about: os.stat_result) -> None:
    """Give a new file the owner, the mode and the access lists of the one that it replaces."""
    new = os.stat(temporary)
    if (new.st_uid, new.st_gid) != (about.st_uid, about.st_gid):
        try:
            os.chown(temporary, about.st_uid, about.st_gid)
        except OSError as error:
            reason = "it belongs to another user or group, from whom a new file would take it"
            raise WriteError(path, reason) from error
    _copy_attributes(target, temporary)
    mode = stat.S_IMODE(about.st_mode)
    if stat.S_IMODE(os.stat(temporary).st_mode) != mode:
        os.chmod(temporary, mode)


def _copy_attributes(target: str, temporary: str) -> None:
    """Lists of who may read and write, among others, as far as the system lets one set them."""
    if not hasattr(os, "listxattr"):
        return
    with suppress(OSError):  # some file systems know none
        for name in os.listxattr(target):
            with suppress(OSError):
                os.setxattr(temporary, name, os.getxattr(target, name))


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
