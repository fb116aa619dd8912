"""From which value of a missing fact on something would hold."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

_FARTHEST = 1 << 40
_STRIDE = 4
_BETWEEN = (1.1, 1.3, 1.7, 2.3, 3.1)


class Edge(NamedTuple):
    """Two neighbours with different answers."""

    last_before: int
    first_after: int
    holds_below: bool
    """Whether it holds at `last_before`; else it holds from `first_after` on."""


def edge(holds: Callable[[int], bool], least: int) -> Edge | None:
    """The last place at which `holds` changes its answer, from `least` up to the largest value that
    training knows.

    What comes before does not matter: where a run without samples is no run, the answer there is
    another one for another reason. Meant for questions that settle. None where the answer is the
    same all the way, and where it still changes far out, as that of a remainder does.
    """
    probes = [least]
    while probes[-1] < _FARTHEST:
        probes.append(max(1, probes[-1]) * _STRIDE)
    after = holds(probes[-1])
    last = next((at for at in reversed(probes[:-1]) if holds(at) is not after), None)
    if last is None:
        return None
    first = max(1, last) * _STRIDE
    if any(holds(int(first * far) + 1) is not after for far in _BETWEEN):
        return None
    while first - last > 1:
        middle = (first + last) // 2
        if holds(middle) is after:
            first = middle
        else:
            last = middle
    return Edge(last, first, not after)
