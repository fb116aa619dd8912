"""Claims and causes: why a quantity cannot be smaller or larger than it is.

A `Claim` comes from outside (a line of a file, a default, a flag). An `Inference` is a relation
applied to bounds that were there before. Both are immutable, so the causes of a number form a graph
without cycles from which its proof is read.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple, TypeAlias

from schedlint.plan.interval import Interval, Number
from schedlint.plan.relation import Relation


class Origin(str, Enum):
    """Where a number comes from."""

    STATED = "stated"
    """A line of a file says so."""
    DEFAULT = "default"
    """The framework assumes it where the file is silent."""
    ASSUMED = "assumed"
    """A flag, a setting or a comment says so."""
    MEASURED = "measured"
    """Counted in a local data file."""
    DERIVED = "derived"
    UNKNOWN = "unknown"

    __str__ = str.__str__


@dataclass(frozen=True, slots=True, eq=False)
class Claim:
    """A quantity lies in an interval, says somebody.

    `text` is what a reader would find there (`micro_batch_size: 4`, `--world-size 8`); `place` is
    where to find it, opaque to the plan; None when there is no place (a flag).
    """

    quantity: str
    interval: Interval
    origin: Origin
    text: str
    place: object | None = None


class Side(Enum):
    """Which end of an interval."""

    LOW = 0
    HIGH = 1


class Bound(NamedTuple):
    """One end of an interval, and why it is there."""

    quantity: str
    side: Side
    value: Number
    cause: Cause


@dataclass(frozen=True, slots=True, eq=False)
class Inference:
    """`relation`, with the bounds it was applied to."""

    relation: Relation
    target: str
    premises: tuple[Bound, ...]
    result: Interval
    """What it says of `target`, before that is met with what was known."""

    @property
    def forwards(self) -> bool:
        """Whether the relation gave its own output, and not one of its inputs."""
        return self.target == self.relation.output


Cause: TypeAlias = "Claim | Inference"


def claims_behind(*causes: Cause) -> Iterator[Claim]:
    """The claims that the causes rest on, each once, in the order in which a proof needs them."""
    seen: set[int] = set()
    stack: list[Cause] = list(reversed(causes))
    while stack:
        cause = stack.pop()
        if id(cause) in seen:
            continue
        seen.add(id(cause))
        if isinstance(cause, Claim):
            yield cause
        else:
            stack.extend(bound.cause for bound in reversed(cause.premises))
