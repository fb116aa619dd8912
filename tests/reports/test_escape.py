"""What a file contains must not reach a terminal as commands, and takes the room that it takes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedlint.reports.escape import harmless, width


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("a\tb", "a b"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("\x00\x07\x7f\x9b", "\\x00\\x07\\x7f\\x9b"),
        ("a\r\nb", "a\\x0d\\x0ab"),
        ("\u202edrowssap", "\\u202edrowssap"),
        ("\u2028", "\\u2028"),
        ("\U000e0041", "\\U000e0041"),
        ("\ud800", "\\ud800"),
        ("日本 é 🙂", "日本 é 🙂"),
    ],
)
def test_harmless(text: str, shown: str) -> None:
    """Signs that a terminal or an editor would obey are shown as Python would write them."""
    assert harmless(text) == shown


@given(st.text())
def test_harmless_is_printable(text: str) -> None:
    """Nothing that is left does anything; what was harmless is left alone."""
    shown = harmless(text)
    assert shown.isprintable()
    assert harmless(shown) == shown


@pytest.mark.parametrize(
    ("text", "columns"),
    [("", 0), ("abc", 3), ("日本", 4), ("é", 1), ("e\u0301", 1), ("ﾊ", 1), ("한", 2), ("🙂", 2)],
)
def test_width(text: str, columns: int) -> None:
    """Wide signs take two columns, accents on top of others none."""
    assert width(text) == columns
