"""What a file contains, made harmless before a terminal shows it, and how wide it is there."""

from __future__ import annotations


def harmless(text: str) -> str:
    """Control characters and other signs that a terminal would obey, as escapes; tabs as blanks."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else _escaped(c) for c in text)


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
