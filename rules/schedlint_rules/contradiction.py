"""Which rule speaks of a contradiction (exactly one), at which line, and in which words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from math import inf, prod

from schedlint.plan import WORDS, Claim, Contradiction, Number, Quantity, span
from schedlint.rules import Finding, Fix, Place, Related, Rule, Scenario, change, change_number

_BATCH = {
    "world_size",
    "data_parallel_size",
    "model_parallel_size",
    "micro_batch_size",
    "loader_batch_size",
    "gradient_accumulation_steps",
    "global_batch_size",
    "generation_batch_size",
    "steps_per_generation",
    "train_batch_size",
}
_PROCESSES = {"world_size", "data_parallel_size", "model_parallel_size"}
_ORDER = list(WORDS)
_FIRST_CHANGED = (
    "gradient_accumulation_steps",
    "train_batch_size",
    "global_batch_size",
    "micro_batch_size",
)
"""Which number to change where several would do: what is trained changes least."""


def kind_of(contradiction: Contradiction) -> str:
    """`value` (one claim alone cannot be), `files`, `processes`, `batch` or `steps`."""
    if len(contradiction.claims) == 1:
        return "value"
    if len({place.path for place in map(_place, contradiction.claims) if place}) > 1:
        return "files"
    if all(claim.quantity in _PROCESSES for claim in contradiction.claims):
        return "processes"
    batch = all(claim.quantity in _BATCH for claim in contradiction.claims)
    return "batch" if batch else "steps"


def contradictions(run: Scenario, kind: str) -> Iterator[Contradiction]:
    """The contradictions of a run that are of a kind."""
    return (each for each in run.contradictions if kind_of(each) == kind)


def finding(rule: Rule, run: Scenario, contradiction: Contradiction) -> Finding:
    """The finding for a contradiction: the line to change, and what the others say instead."""
    main = to_change(contradiction)
    expected = run.plan.expected(contradiction, main)
    files = len({place.path for place in map(_place, contradiction.claims) if place}) > 1
    message = f"{_told(main, files)}, but {_instead(expected, files)}"
    related = tuple(
        Related(place, claim.text)
        for claim in contradiction.claims
        if claim is not main and (place := _place(claim)) is not None
    )
    fix = _fix(run, contradiction, main, expected)
    return rule.found(run, message, main, expected, main, related=related, fix=fix)


def _fix(
    run: Scenario, contradiction: Contradiction, main: Claim, expected: Quantity
) -> Fix | None:
    """Where the trainer fills a value in, `auto`; else the number that the others leave."""
    filled = {setting.place: setting for setting in run.fillable}
    automatic = [filled[c.place] for c in contradiction.claims if c.place in filled]
    if automatic:
        only = len(automatic) == 1
        return change(automatic[0], "auto", "the trainer fills it in", safe=only)
    if kind_of(contradiction) == "batch":
        return _batch_fix(run, contradiction)
    value = _nearest(main, expected)
    return None if value is None else change_number(main, value, "what the others leave")


def _batch_fix(run: Scenario, contradiction: Contradiction) -> Fix | None:
    """The one number that fits the others; of several, the accumulation that keeps the batch."""
    stated = [claim for claim in contradiction.claims if _place(claim) is not None]
    if not any(run.plan.expected(contradiction, claim).known for claim in stated):
        return _next_multiple(contradiction)
    ways = {claim.quantity: fix for claim, fix in _ways(run, contradiction)}
    if len(ways) == 1:
        (fix,) = ways.values()
        # A loop of one's own may read only some of the numbers, and refuses none.
        return replace(fix, safe=bool(run.framework.packages))
    return next((ways[name] for name in _FIRST_CHANGED if name in ways), None)


def _ways(run: Scenario, contradiction: Contradiction) -> Iterator[tuple[Claim, Fix]]:
    """The claims of which exactly one other value fits the rest, each with the fix."""
    for claim in contradiction.claims:
        expected = run.plan.expected(contradiction, claim)
        if _place(claim) is not None and expected.known and expected.low >= 1:
            fix = change_number(claim, expected.low, "what the others leave")
            if fix is not None:
                yield claim, fix


def _next_multiple(contradiction: Contradiction) -> Fix | None:
    """The next larger batch that splits into whole micro-batches for all ranks, as far as those
    are claimed.
    """
    batch = to_change(contradiction)
    parts = {each.quantity: each for each in contradiction.claims if each.interval.known}
    names = ("world_size", "data_parallel_size", "micro_batch_size")
    unit = prod(int(parts[name].interval.low) for name in names if name in parts)
    if batch.quantity not in ("global_batch_size", "train_batch_size") or unit < 2:
        return None
    whole = -(-int(batch.interval.low) // unit) * unit
    return change_number(batch, whole, f"a multiple of {unit}")


def _nearest(claim: Claim, expected: Quantity) -> Number | None:
    """The value nearest to a claim's among those that the others leave."""
    low, high = expected.interval.low, expected.interval.high
    value = low if claim.interval.high < low else high
    return value if value not in (inf, -inf) and value >= 1 else None


def to_change(contradiction: Contradiction) -> Claim:
    """The claim that follows most from the others, among those that stand in a file."""
    stated = [claim for claim in contradiction.claims if _place(claim) is not None]
    return max(reversed(stated or contradiction.claims), key=_how_derived)


def _how_derived(claim: Claim) -> int:
    return _ORDER.index(claim.quantity) if claim.quantity in _ORDER else len(_ORDER)


def _place(claim: Claim) -> Place | None:
    return claim.place if isinstance(claim.place, Place) else None


def _told(claim: Claim, with_file: bool) -> str:
    place = _place(claim)
    return f"{claim.text} ({place.name})" if with_file and place is not None else claim.text


def _instead(expected: Quantity, with_file: bool) -> str:
    """`4 × 4 × 8 = 128`, or the other claim where it says so outright."""
    claim = expected.claim
    if claim is not None:
        return _told(claim, with_file)
    if expected.known:
        return f"{expected.how()} = {expected} {expected.unit}"
    return f"the other numbers leave {span(expected.interval)} {expected.unit}"
