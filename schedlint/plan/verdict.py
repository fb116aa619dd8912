"""Comparisons that know when they cannot tell."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from schedlint.plan.plan import Quantity


class Verdict(Enum):
    """The three answers to a question about quantities."""

    CERTAINLY = "certainly"
    """It holds for every value that is still possible."""
    CERTAINLY_NOT = "certainly not"
    CANNOT_TELL = "cannot tell"


class Comparison:
    """A question about quantities, its verdict, and the quantities that the verdict rests on."""

    __slots__ = ("quantities", "verdict")

    def __init__(self, verdict: Verdict, *quantities: Quantity) -> None:
        self.verdict = verdict
        self.quantities = quantities

    def __bool__(self) -> NoReturn:
        raise TypeError("a comparison of quantities has three answers: ask certainly(...) instead")

    def __invert__(self) -> Comparison:
        opposite = {
            Verdict.CERTAINLY: Verdict.CERTAINLY_NOT,
            Verdict.CERTAINLY_NOT: Verdict.CERTAINLY,
            Verdict.CANNOT_TELL: Verdict.CANNOT_TELL,
        }
        return Comparison(opposite[self.verdict], *self.quantities)


def verdict(always: bool, never: bool) -> Verdict:
    """The verdict of a question that holds for all, for none, or for some possible values."""
    if always:
        return Verdict.CERTAINLY
    return Verdict.CERTAINLY_NOT if never else Verdict.CANNOT_TELL


def certainly(comparison: Comparison) -> bool:
    """Whether it holds for every value that is still possible."""
    return comparison.verdict is Verdict.CERTAINLY
