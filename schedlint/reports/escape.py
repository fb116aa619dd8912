"""What a file contains, made harmless before a terminal or the log of a CI job shows it, and how
wide it is there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

_BRACKET_COMMAND = re.compile(r"#(?=#\w*\[)")
"""Azure Pipelines, TeamCity and GitHub obey `##vso[…]`, `##teamcity[…]` and `##[…]` anywhere in a
line."""
_COLON_COMMAND = re.compile(r"^((?:\s|\x1b\[[\d;]*m)*):(?=:)")
"""GitHub obeys `::name::…` at the start of a line; colours before it are passed over."""


def harmless(text: str) -> str:
    """Control characters and other signs that a terminal or a CI job would obey, as escapes; tabs
    as blanks.
    """
    if not text.isprintable():
        text = "".join(c if c.isprintable() else _escaped(c) for c in text)
    return _BRACKET_COMMAND.sub(r"\\x23", text) if "##" in text else text


def inert(lines: Iterable[str]) -> Iterator[str]:
    """Lines of harmless text and colours, none of which is a command to the job that prints it."""
    for line in lines:
        if "::" in line or "##" in line:
            yield _BRACKET_COMMAND.sub(r"\\x23", _COLON_COMMAND.sub(r"\1\\x3a", line))
        else:
            yield line


def width(text: str) -> int:
    """The columns of a terminal that a harmless text takes: two for each wide sign (日), none for
    an accent that goes on top of the sign before it.
    """
    if text.isascii():
        return len(text)
    from unicodedata import combining, east_asian_width  # only some files need it

    return sum(0 if combining(c) else 2 if east_asian_width(c) in "WF" else 1 for c in text)


def _escaped(sign: str) -> str:
    if sign == "\t":
        return " "
    number = ord(sign)
    if number < 0x100:
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"
