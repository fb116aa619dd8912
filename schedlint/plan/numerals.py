"""How numbers are written for a reader."""

from __future__ import annotations

from math import inf, log10

from schedlint.plan.interval import Interval, Number

_MOST_DIGITS = 30
"""Longer integers are no number of anything, and Python refuses to write the very long ones."""


def numeral(value: Number) -> str:
    """`12000` as `12,000`, `1/3` as `0.3333`, a missing bound as `∞`."""
    if value in (inf, -inf):
        return "∞" if value > 0 else "-∞"
    if isinstance(value, float):
        return f"{value:,}" if abs(value) < 1e15 else repr(value)
    whole = int(value)
    if abs(whole) >= 10**_MOST_DIGITS:
        return f"about {'-' if whole < 0 else ''}10^{round(log10(abs(whole)))}"
    return f"{whole:,}" if whole == value else _decimals(float(value))


def _decimals(value: float) -> str:
    """Four decimals, or four digits where four decimals would show next to nothing."""
    if abs(value) < 0.001:
        return f"{value:.4g}"
    return f"{value:,.4f}".rstrip("0").rstrip(".")


def span(interval: Interval) -> str:
    """An interval in words: `8`, `100 to 101`, `at least 1`, `unknown`."""
    low, high = interval
    if low == high:
        return numeral(low)
    if high == inf:
        return "unknown" if low in (-inf, 0, 1) else f"at least {numeral(low)}"
    if low == -inf:
        return f"at most {numeral(high)}"
    return f"{numeral(low)} to {numeral(high)}"
