"""How numbers and intervals are written for a reader."""

from __future__ import annotations

from fractions import Fraction
from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedlint.plan import Interval, Number, numeral, span


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (0, "0"),
        (999, "999"),
        (12000, "12,000"),
        (1_000_000, "1,000,000"),
        (Fraction(12000), "12,000"),
        (Fraction(1, 3), "0.3333"),
        (Fraction(5, 2), "2.5"),
        (Fraction(12345, 2), "6,172.5"),
        (Fraction(1, 100_000), "1e-05"),
        (3.0, "3.0"),
        (0.03, "0.03"),
        (1e20, "1e+20"),
        (inf, "∞"),
        (-inf, "-∞"),
        (10**400, "about 10^400"),
        (Fraction(10**400, 3), "about 10^400"),
    ],
)
def test_numeral(value: Number, written: str) -> None:
    """Thousands are separated, fractions have four decimals, floats look as the file wrote them."""
    assert numeral(value) == written


@given(st.integers(-(10**29), 10**29))
def test_integers_are_written_in_full(value: int) -> None:
    """No digit of a count is lost."""
    assert int(numeral(value).replace(",", "")) == value


@given(st.fractions(Fraction(1, 10**9), 10**6))
def test_no_fraction_is_written_as_nothing(value: Fraction) -> None:
    """What is left is more than 0, and within the fourth digit."""
    written = float(numeral(value).replace(",", ""))
    assert written > 0
    assert abs(written - value) <= max(Fraction(1, 10_000), value / 1000)


def test_longest_integers_are_written_at_all() -> None:
    """Python refuses to print more than 4,300 digits; a config may hold two such factors."""
    assert numeral(10**8600) == "about 10^8600"


@pytest.mark.parametrize(
    ("interval", "written"),
    [
        (Interval(8, 8), "8"),
        (Interval(100, 101), "100 to 101"),
        (Interval(2000, inf), "at least 2,000"),
        (Interval(1, inf), "unknown"),
        (Interval(0, inf), "unknown"),
        (Interval(-inf, inf), "unknown"),
        (Interval(-inf, 7), "at most 7"),
        (Interval(Fraction(1, 4), Fraction(1, 2)), "0.25 to 0.5"),
    ],
)
def test_span(interval: Interval, written: str) -> None:
    """An interval is a number, a range, a bound, or unknown."""
    assert span(interval) == written
