"""The roundings of `schedlint.plan.arithmetic`, and their limits where a quantity has no bound."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedlint.plan import Number
from schedlint.plan.arithmetic import ceil_div, ceil_times, floor_div, floor_times, ratio, times

counts = st.integers(0, 10**6)
divisors = st.integers(1, 10**4)
fractions = st.fractions(0, 100, max_denominator=1000)
FAR = 10**40
"""A count so large that nothing in these tests tells it from infinity."""


@given(counts | fractions, divisors)
def test_divisions_round_their_exact_quotient(dividend: Number, divisor: int) -> None:
    """Whole and fractional dividends are rounded down, up, or not at all."""
    quotient = Fraction(dividend) / divisor
    assert floor_div(dividend, divisor) == math.floor(quotient)
    assert ceil_div(dividend, divisor) == math.ceil(quotient)
    assert ratio(dividend, divisor) == quotient


@given(st.integers(1, 10**6), divisors)
def test_division_of_something_boundless_is_boundless(divisor: int, dividend: int) -> None:
    """More samples make more batches, without end; the formula's value at infinity says so."""
    for division in (floor_div, ceil_div, ratio):
        assert division(inf, divisor) == inf
        assert division(FAR, divisor) > division(dividend, divisor)


@given(counts | fractions)
def test_division_by_something_boundless_is_its_limit(dividend: Number) -> None:
    """What is shared among ever more gets as small as the rounding lets it."""
    assert floor_div(dividend, inf) == floor_div(dividend, FAR) == 0
    assert ceil_div(dividend, inf) == ceil_div(dividend, FAR)
    assert ratio(dividend, inf) == 0


def test_one_sample_makes_a_batch_however_large_batches_are() -> None:
    """`ceil` never falls to 0 while there is something to round."""
    assert ceil_div(1, inf) == 1
    assert ceil_div(Fraction(1, 2), inf) == 1
    assert ceil_div(0, inf) == 0


@pytest.mark.parametrize("division", [floor_div, ceil_div, ratio])
def test_division_by_nothing_is_boundless(division: Callable[[Number, Number], Number]) -> None:
    """A divisor of 0 is the end of ever smaller divisors, and does not raise."""
    assert division(3, 0) == inf
    assert division(inf, 0) == inf
    assert division(0, 0) == 0


@pytest.mark.parametrize("division", [floor_div, ceil_div, ratio])
@given(
    dividends=st.tuples(*[st.integers(0, 50) | st.just(inf)] * 2),
    divisors=st.tuples(*[st.integers(0, 50) | st.just(inf)] * 2),
)
def test_divisions_are_monotone_up_to_infinity(
    division: Callable[[Number, Number], Number],
    dividends: tuple[Number, Number],
    divisors: tuple[Number, Number],
) -> None:
    """A larger dividend never lowers the quotient, a larger divisor never raises it."""
    assert division(min(dividends), max(divisors)) <= division(max(dividends), min(divisors))


@given(st.lists(counts, min_size=1, max_size=4))
def test_times_is_the_product(factors: list[int]) -> None:
    """Whole numbers are multiplied exactly."""
    assert times(*factors) == math.prod(factors)


def test_nothing_of_the_boundless_is_nothing() -> None:
    """0 × ∞ is 0 in either order, never a nan; anything else of ∞ is ∞."""
    assert times(0, inf) == times(inf, 0) == times(inf, 3, 0) == 0
    assert times(2, inf) == ceil_times(0.1, inf) == floor_times(0.1, inf) == inf
    assert ceil_times(0.0, inf) == floor_times(0.0, inf) == 0


def test_product_beyond_doubles_is_boundless() -> None:
    """An absurdly large count times a float has no double, and does not raise."""
    assert times(0.5, 10**400) == times(10**400, 0.5) == inf
    assert ceil_times(0.5, 10**400) == floor_times(1e300, 10**100) == inf


@pytest.mark.parametrize(
    ("factor", "count", "up", "down"),
    [
        (0.07, 100, 8, 7),  # 7.000000000000001
        (0.1, 3, 1, 0),
        (0.1, 30, 3, 3),  # 3.0, although 0.1 is more than a tenth
        (0.29, 100, 29, 28),  # 28.999999999999996
        (0.03, 1221, 37, 36),
        (1.1, 10, 11, 11),
        (1.1, 30, 33, 33),
        (1.1, 110, 122, 121),  # 121.00000000000001
        (3.0, 407, 1221, 1221),
    ],
)
def test_products_with_floats_round_as_doubles(
    factor: float, count: int, up: int, down: int
) -> None:
    """A ratio of a config is a double, and the framework multiplies it as one."""
    assert ceil_times(factor, count) == up
    assert floor_times(factor, count) == down


def test_products_with_fractions_are_exact() -> None:
    """What no framework rounded is not rounded here."""
    assert ceil_times(Fraction(7, 100), 100) == floor_times(Fraction(7, 100), 100) == 7
    assert ceil_times(Fraction(1, 3), 100) == 34
    assert floor_times(Fraction(1, 3), 100) == 33
