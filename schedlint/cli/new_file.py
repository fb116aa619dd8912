"""A file that a command writes where it was asked to: whole, or not at all."""

from __future__ import annotations

import os
import stat
from contextlib import suppress

from schedlint.cli import options

__all__ = ["write_output"]


def write_output(path: str, data: bytes) -> None:
    """Put `data` into a file, in the place of one that is there. Leaves with code 2, with what was
    there as it was, where that cannot be done.

    What is no regular file (a pipe, `/dev/stdout`) is written to as it is.
    """
    try:
        target = os.path.realpath(path)
        if os.path.exists(target) and not stat.S_ISREG(os.stat(target).st_mode):
            with open(target, "wb") as stream:
                stream.write(data)
            return
        _replace(target, data)
    except OSError as error:
        options.usage_error(f"{path}: cannot be written: {error.strerror or error}")


def _replace(target: str, data: bytes) -> None:
    folder, name = os.path.split(target)
    temporary = os.path.join(folder, f".{name[:40]}.{os.getpid()}.schedlint")
    try:
        # The mode is that of the file which is there, else left to the user's own mask.
        with open(temporary, "xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileNotFoundError):
            os.chmod(temporary, stat.S_IMODE(os.stat(target).st_mode))
        os.replace(temporary, target)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise
