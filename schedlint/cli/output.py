"""What commands print, where standard output may be closed, full or without a buffer."""

from __future__ import annotations

import errno
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import typer

from schedlint.cli import options


def print_lines(lines: Iterable[str], *, to_stderr: bool = False) -> None:
    """Print a report, and flush it, so that notices come after it."""
    stream = sys.stderr if to_stderr else sys.stdout
    with _to_the_end():
        for line in lines:
            print(line, file=stream)
        if stream is not None:  # closed by the caller: print is silent then, too
            stream.flush()


def print_bytes(data: bytes) -> None:
    """Print bytes as they are, line ends included."""
    if sys.stdout is None:
        options.usage_error("standard output is closed")
    rest = memoryview(data)
    with _to_the_end():
        sys.stdout.flush()
        while rest:
            # Without a buffer (PYTHONUNBUFFERED), a part may be all that is taken at once.
            rest = rest[sys.stdout.buffer.write(rest) :]
        sys.stdout.buffer.flush()


@contextmanager
def _to_the_end() -> Iterator[None]:
    """Leave with code 2 where not all can be written: no reader is to take a part for the whole.

    Where nobody reads on, the command just ends (click sees to that).
    """
    try:
        yield
    except OSError as error:
        if error.errno == errno.EPIPE:
            raise
        options.say(f"standard output: {error.strerror}")
        raise typer.Exit(2) from error
