"""What a finding rests on, line by line, for the formats that show no code frame."""

from __future__ import annotations

from collections.abc import Iterator

from schedlint.plan import Step
from schedlint.reports.escape import harmless
from schedlint.rules import Finding, Place


def proof(finding: Finding) -> Iterator[str]:
    """`train.yaml:4: warmup_steps: 200`, the arithmetic, related places, and the fix."""
    yield from dict.fromkeys(_grounds(finding))
    if finding.fix is not None:
        yield f"{'safe' if finding.fix.safe else 'unsafe'} fix: {harmless(finding.fix.title)}"
    if finding.not_fixed:
        yield f"not fixed: {harmless(finding.not_fixed)}"


def _grounds(finding: Finding) -> Iterator[str]:
    for step in finding.because:
        if not step.passes_on:
            yield _line(step)
    for place, message in finding.related:
        yield f"{_at(place)}: {harmless(message)}".removesuffix(": ")


def _line(step: Step) -> str:
    place = None if step.claim is None else step.claim.place
    return (
        f"{_at(place)}: {harmless(str(step))}" if isinstance(place, Place) else harmless(str(step))
    )


def _at(place: Place) -> str:
    return f"{harmless(place.path)}:{place.line}"
