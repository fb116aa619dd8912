"""The roundings that training loops use, exact, and with infinity as a bound that is missing.

A relation's formula is evaluated at the corners of intervals, so it must say what happens when a
quantity grows without bound: `ceil_div(1, inf)` is 1 because one sample still makes one batch.
"""

from __future__ import annotations

import math
from fractions import Fraction
from math import inf

from schedlint.plan.interval import Number


def floor_div(dividend: Number, divisor: Number) -> Number:
    """`floor(dividend / divisor)`; the limit where one of them is infinite."""
    if divisor == 0:
        return inf if dividend > 0 else 0
    if dividend == inf or divisor == inf:
        return 0 if divisor == inf else inf
    return dividend // divisor


def ceil_div(dividend: Number, divisor: Number) -> Number:
    """`ceil(dividend / divisor)`; the limit where one of them is infinite."""
    if divisor == 0:
        return inf if dividend > 0 else 0
    if dividend == inf or divisor == inf:
        return inf if divisor != inf else int(dividend > 0)
    return -(-dividend // divisor)


def ratio(dividend: Number, divisor: Number) -> Number:
    """`dividend / divisor` without rounding."""
    if divisor == 0:
        return inf if dividend > 0 else 0
    if dividend == inf or divisor == inf:
        return 0 if divisor == inf else inf
    return Fraction(dividend) / Fraction(divisor)


def times(*factors: Number) -> Number:
    """The product; nothing times infinity is nothing, and what no float can hold is infinite."""
    if 0 in factors:
        return 0
    product: Number = 1
    try:
        for factor in factors:
            product *= factor
    except OverflowError:  # an integer beyond 1e308 times a float
        return inf
    return product


def ceil_times(factor: Number, count: Number) -> Number:
    """`ceil(factor * count)`, in double precision where `factor` is a float, as the framework does.

    Double precision is part of the answer: `ceil(0.07 * 100)` is 8.
    """
    product = times(factor, count)
    return product if product == inf else math.ceil(product)


def floor_times(factor: Number, count: Number) -> Number:
    """`int(factor * count)`, in double precision where `factor` is a float."""
    product = times(factor, count)
    return product if product == inf else math.floor(product)
