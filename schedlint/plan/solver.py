"""From claims and relations to the narrowest intervals that they allow.

All relations are applied, forwards and inverted, until nothing narrows any more. Each formula is
monotone in its inputs, so two evaluations give its image of a box of intervals, and bisection gives
the part of an input that can still lead into the output's interval. Every step keeps all values
that are possible: what the solver derives always contains the truth, and never widens.

An empty interval means that the claims contradict each other. `contradiction` reduces them to a set
of which none can be left out.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from math import inf

from schedlint.plan.claim import Bound, Cause, Claim, Inference, Origin, Side
from schedlint.plan.interval import Interval, Number
from schedlint.plan.relation import Relation
from schedlint.plan.words import Word

_FARTHEST = 1 << 62
"""Bisection looks for an integer bound no farther than this; no training counts that far."""
_NARROWINGS = 64
"""How often one bound may move. Claims without a solution can otherwise creep for ever."""
_HALVINGS = 48
"""Precision of an inverted bound of a fractional quantity, coarser than a double's rounding."""


class Domains:
    """What is still possible for each quantity, with the cause of either bound."""

    __slots__ = ("_moves", "empty", "high", "low", "words")

    def __init__(self, words: Mapping[str, Word]) -> None:
        self.words = words
        self.low: dict[str, Bound] = {}
        self.high: dict[str, Bound] = {}
        self.empty: str | None = None
        self._moves: dict[str, int] = {}

    def __getitem__(self, quantity: str) -> Interval:
        low, high = self.low.get(quantity), self.high.get(quantity)
        return Interval(
            self.words[quantity].least if low is None else low.value,
            inf if high is None else high.value,
        )

    def bound(self, quantity: str, side: Side) -> Bound | None:
        """One end of an interval; None where nothing has set it."""
        return (self.low if side is Side.LOW else self.high).get(quantity)

    def narrow(self, quantity: str, interval: Interval, cause: Cause) -> bool:
        """Meet `quantity` with `interval`; whether anything changed."""
        before = self[quantity]
        low, high = interval
        if self.words[quantity].whole:
            low, high = _whole(low, high)
        changed = False
        if low > before.low:
            self.low[quantity] = Bound(quantity, Side.LOW, low, cause)
            changed = True
        if high < before.high:
            self.high[quantity] = Bound(quantity, Side.HIGH, high, cause)
            changed = True
        if changed:
            after = self[quantity]
            if after.empty:
                self.empty = quantity
            self._moves[quantity] = self._moves.get(quantity, 0) + 1
        return changed and self._moves[quantity] <= _NARROWINGS


def _whole(low: Number, high: Number) -> tuple[Number, Number]:
    """The integers within: counts are whole even where a file writes `10.0`."""
    if not isinstance(low, int) and abs(low) != inf:
        low = int(-((-low) // 1))
    if not isinstance(high, int) and abs(high) != inf:
        high = int(high // 1)
    return low, high


def solve(
    claims: Iterable[Claim], relations: Sequence[Relation], words: Mapping[str, Word]
) -> Domains:
    """Narrow every quantity as far as the claims and relations allow.

    Stops at the first empty interval; `Domains.empty` then names the quantity.
    """
    domains = Domains(words)
    for claim in claims:
        domains.narrow(claim.quantity, claim.interval, claim)
        if domains.empty is not None:
            return domains
    users: dict[str, list[Relation]] = {}
    for rel in relations:
        for quantity in {rel.output, *rel.inputs}:
            users.setdefault(quantity, []).append(rel)
    queue = deque(relations)
    waiting = {id(rel) for rel in relations}
    while queue and domains.empty is None:
        rel = queue.popleft()
        waiting.discard(id(rel))
        changed = _apply(rel, domains)
        # An output alone that has narrowed has been held against the inputs already.
        done = rel if changed == [rel.output] else None
        for quantity in changed:
            for user in users[quantity]:
                if id(user) not in waiting and user is not done:
                    waiting.add(id(user))
                    queue.append(user)
    return domains


def _apply(rel: Relation, domains: Domains) -> list[str]:
    """Apply one relation in every direction; the quantities that it narrowed."""
    boxes = [domains[name] for name in rel.inputs]
    if any(not sign and not box.known for sign, box in zip(rel.signs, boxes, strict=True)):
        return [q for bounding in _envelope(rel) for q in _apply_bounding(*bounding, domains)]
    changed = []
    image = _image(rel, boxes)
    allowed = domains[rel.output]
    if not allowed.within(image) and domains.narrow(
        rel.output, image, _inference(rel, rel.output, domains, image)
    ):
        changed.append(rel.output)
    if domains.empty is None and not image.within(allowed):
        changed += _invert_all(rel, boxes, domains)
    return changed


def _invert_all(rel: Relation, boxes: list[Interval], domains: Domains) -> list[str]:
    """Narrow each open input to what can still lead into the output's interval."""
    allowed = domains[rel.output]
    changed = []
    for index, name in enumerate(rel.inputs):
        if boxes[index].known or not rel.signs[index]:
            continue
        possible = _invert(rel, index, boxes, allowed, domains.words[name])
        if not boxes[index].within(possible) and domains.narrow(
            name, possible, _inference(rel, name, domains, possible)
        ):
            changed.append(name)
        if domains.empty is not None:
            break
        boxes[index] = domains[name]
    return changed


def _envelope(rel: Relation) -> list[tuple[Relation, Side]]:
    if rel.within is None:
        return []
    return [(rel.within[0], Side.LOW), (rel.within[1], Side.HIGH)]


def _apply_bounding(rel: Relation, side: Side, domains: Domains) -> list[str]:
    """Bound a result from one side by a monotone formula that it never crosses."""
    image = _image(rel, [domains[name] for name in rel.inputs])
    interval = Interval(image.low, inf) if side is Side.LOW else Interval(-inf, image.high)
    cause = _inference(rel, rel.output, domains, interval)
    return [rel.output] if domains.narrow(rel.output, interval, cause) else []


def _image(rel: Relation, boxes: Sequence[Interval]) -> Interval:
    if all(box.known for box in boxes):
        return Interval.exactly(rel.formula(*(box.low for box in boxes)))
    lowest, highest = _corner_values(rel, boxes)
    return Interval(rel.formula(*lowest), rel.formula(*highest))


def _corner_values(rel: Relation, boxes: Sequence[Interval]) -> tuple[list[Number], list[Number]]:
    """The inputs that give the lowest and the highest result."""
    pairs = list(zip(rel.signs, boxes, strict=True))
    lowest = [box.low if sign >= 0 else box.high for sign, box in pairs]
    highest = [box.high if sign >= 0 else box.low for sign, box in pairs]
    return lowest, highest


def _invert(
    rel: Relation, index: int, boxes: Sequence[Interval], allowed: Interval, word: Word
) -> Interval:
    """The values of one input that can still lead into `allowed`, whatever the others are.

    What is known of this input itself only spares the search for a bound that would not be news, so
    that the answer rests on the other quantities alone, and is the same whenever it is asked.
    """
    lowest, highest = _corner_values(rel, boxes)

    def reaches(value: Number) -> bool:
        highest[index] = value
        return rel.formula(*highest) >= allowed.low

    def stays(value: Number) -> bool:
        lowest[index] = value
        return rel.formula(*lowest) <= allowed.high

    rising, falling = (reaches, stays) if rel.signs[index] > 0 else (stays, reaches)
    box = boxes[index]
    low: Number = word.least
    high: Number = inf
    if not rising(box.low):
        low = _turn(rising, word)[0]
    if not falling(box.high):
        high = _turn(lambda value: not falling(value), word)[1]
    return Interval(low, high)


def _turn(holds: Callable[[Number], bool], word: Word) -> tuple[Number, Number]:
    """Where `holds`, a predicate that once true stays true, turns true.

    The lowest value for which it may hold and the highest for which it may not: neighbours for
    whole quantities, close to each other for fractional ones.
    """
    below, step = word.least, 1
    if holds(below):
        return below, below - 1 if word.whole else below
    while not holds(below + step):
        below, step = below + step, step * 2
        if step > _FARTHEST:
            return below, inf
    if word.whole:
        above = _bisect(holds, below, below + step)
        return above, above - 1
    return _bisect_fraction(holds, below, step)


def _bisect(holds: Callable[[int], bool], below: int, above: int) -> int:
    """The first integer for which `holds`, which does not hold for `below` but for `above`."""
    while above - below > 1:
        middle = (below + above) // 2
        if holds(middle):
            above = middle
        else:
            below = middle
    return above


def _bisect_fraction(
    holds: Callable[[Number], bool], low: int, width: int
) -> tuple[Fraction, Fraction]:
    """The last value found for which `holds` does not hold, and the first for which it does.

    Both err to the wide side by one more halving, since a formula may round in double precision.
    """
    below, step = float(low), float(width)
    for _ in range(_HALVINGS):
        step /= 2
        if not holds(below + step):
            below += step
    return Fraction(below) - Fraction(step), Fraction(below) + 2 * Fraction(step)


def _inference(rel: Relation, target: str, domains: Domains, result: Interval) -> Inference:
    """`rel` applied to all that is known of its quantities but `target`."""
    premises = dict.fromkeys(
        bound
        for name in (rel.output, *rel.inputs)
        if name != target
        for side in Side
        if (bound := domains.bound(name, side)) is not None
    )
    return Inference(rel, target, tuple(premises), result)


_LEAVE_OUT_FIRST = (Origin.DEFAULT, Origin.ASSUMED, Origin.MEASURED, Origin.STATED)


def contradiction(
    claims: Sequence[Claim], relations: Sequence[Relation], words: Mapping[str, Word]
) -> tuple[Claim, ...]:
    """A smallest set of the claims that cannot all be true; empty when they can.

    Smallest means that none can be left out. Where there is a choice, lines of the files are kept
    and defaults left out, since a reader can change a line.
    """
    if solve(claims, relations, words).empty is None:
        return ()
    kept = list(claims)
    for claim in sorted(claims, key=lambda c: _LEAVE_OUT_FIRST.index(c.origin)):
        rest = [other for other in kept if other is not claim]
        if solve(rest, relations, words).empty is not None:
            kept = rest
    return tuple(kept)
