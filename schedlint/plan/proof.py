"""The proof of a number: the lines it rests on and the arithmetic between them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from schedlint.plan.claim import Bound, Cause, Claim, Inference, claims_behind
from schedlint.plan.interval import Interval
from schedlint.plan.numerals import span

_BACKWARDS = "since "
"""How the text of a step begins that a formula gives backwards."""


class Step(NamedTuple):
    """One line of a proof: a claim with its place, or a piece of arithmetic."""

    quantity: str
    text: str
    interval: Interval
    claim: Claim | None = None
    rests_on: tuple[Claim, ...] = ()
    """The claims that a piece of arithmetic goes back to."""
    passes_on: bool = False
    """Whether it only hands a value on, as `8 / 1` does: true, but no news to a reader."""

    def __str__(self) -> str:
        if self.claim is not None:
            return self.text
        if self.text.startswith(_BACKWARDS):
            return f"{self.quantity} = {span(self.interval)}, {self.text}"
        known = span(self.interval)
        return f"{self.quantity} = {self.text}" + ("" if known == self.text else f" = {known}")


def steps(causes: tuple[Cause, ...], least: dict[str, int]) -> tuple[Step, ...]:
    """The lines behind some causes, each after the lines that it needs.

    `least` gives the smallest value that each quantity can have, for bounds that nothing has set.
    """
    lines: dict[int, Step] = {}
    for cause in _in_order_of_need(causes):
        if isinstance(cause, Claim):
            lines[id(cause)] = Step(cause.quantity, cause.text, cause.interval, cause)
        else:
            lines[id(cause)] = _inferred(cause, least)
    return tuple(dict.fromkeys(lines.values()))


def _in_order_of_need(causes: tuple[Cause, ...]) -> Iterator[Cause]:
    """Depth first, premises before what follows from them, without recursion."""
    seen: set[int] = set()
    stack: list[tuple[Cause, bool]] = [(cause, False) for cause in reversed(causes)]
    while stack:
        cause, ready = stack.pop()
        if ready:
            yield cause
        elif id(cause) not in seen:
            seen.add(id(cause))
            stack.append((cause, True))
            if isinstance(cause, Inference):
                stack.extend((bound.cause, False) for bound in reversed(cause.premises))


def _inferred(inference: Inference, least: dict[str, int]) -> Step:
    rel = inference.relation
    boxes = _boxes(inference.premises, (rel.output, *rel.inputs), least)
    words = {name: _shown(name, box) for name, box in boxes.items()}
    claims = tuple(claims_behind(inference))
    if inference.forwards:
        passes_on = _passes_on(inference)
        return Step(rel.output, rel.text(words), inference.result, None, claims, passes_on)
    shown = words | {inference.target: inference.target}
    text = f"{_BACKWARDS}{rel.text(shown)} = {words[rel.output]}"
    return Step(inference.target, text, inference.result, None, claims)


def _passes_on(inference: Inference) -> bool:
    """Whether the result is one of the numbers that went in, and all the others were 1."""
    values = {bound.value for bound in inference.premises}
    return values | {1} == {inference.result.low, inference.result.high, 1}


def _shown(name: str, box: Interval) -> str:
    """The value, or the quantity's name where nothing is known."""
    words = span(box)
    return name if words == "unknown" else words


def _boxes(
    premises: tuple[Bound, ...], names: tuple[str, ...], least: dict[str, int]
) -> dict[str, Interval]:
    boxes = {name: Interval(least[name], float("inf")) for name in names}
    for bound in premises:
        low, high = boxes[bound.quantity]
        low, high = (max(low, bound.value), high) if not bound.side.value else (low, bound.value)
        boxes[bound.quantity] = Interval(low, high)
    return boxes
