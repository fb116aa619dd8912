"""Which rule speaks of a contradiction (exactly one), at which line, and in which words."""

from __future__ import annotations

from collections.abc import Iterator

from schedlint.plan import WORDS, Claim, Contradiction, Quantity, span
from schedlint.rules import Finding, Place, Related, Rule, Scenario

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
    return rule.found(run, message, main, expected, main, related=related)


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
