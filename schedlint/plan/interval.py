"""Intervals of exact numbers: what is still possible for a quantity."""

from __future__ import annotations

from fractions import Fraction
from math import inf
from typing import NamedTuple, TypeAlias

Number: TypeAlias = "int | Fraction | float"
"""An exact number. A float appears only as ±infinity (a missing bound) or where the framework
itself computes in double precision. Python compares int, Fraction and float exactly.
"""


class Interval(NamedTuple):
    """All numbers from `low` to `high`, both included; `[8, 8]` is known, `[1, inf]` is not."""

    low: Number
    high: Number

    @classmethod
    def exactly(cls, value: Number) -> Interval:
        """The interval that holds this one value."""
        return cls(value, value)

    @property
    def known(self) -> bool:
        """Whether a single value is left."""
        return self.low == self.high

    @property
    def empty(self) -> bool:
        """Whether no value is left."""
        return self.low > self.high

    def __contains__(self, value: object) -> bool:
        return isinstance(value, (int, Fraction, float)) and self.low <= value <= self.high

    def meet(self, other: Interval) -> Interval:
        """What both allow; empty when they contradict each other."""
        return Interval(max(self.low, other.low), min(self.high, other.high))

    def hull(self, other: Interval) -> Interval:
        """The smallest interval that holds both."""
        return Interval(min(self.low, other.low), max(self.high, other.high))

    def within(self, other: Interval) -> bool:
        """Whether `other` holds all of it."""
        return other.low <= self.low and self.high <= other.high


ANY = Interval(-inf, inf)
