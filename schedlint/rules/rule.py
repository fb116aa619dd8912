"""The base of every rule: its metadata, its examples, and the finding with its proof."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from schedlint.plan import Claim, Contradiction, Interval, Quantity, Step
from schedlint.reading.facts import Fact
from schedlint.reading.place import Place
from schedlint.rules.model import Example, Finding, Fix, Related, Severity
from schedlint.rules.spots import Reason, Spot, place_of
from schedlint.scenario import Scenario

__all__ = ["Rule", "proof_of"]


class Rule:
    """A kind of mistake. Subclasses fill in the class variables and `check`."""

    code: ClassVar[str]
    """`SL` and three digits; never used again for anything else."""
    name: ClassVar[str]
    """What is wrong, in kebab case."""
    severity: ClassVar[Severity]
    needs: ClassVar[tuple[str, ...]] = ()
    """Quantities and facts without which it is always silent (`a|b`: without either); see
    `schedlint.scope`.
    """
    sources: ClassVar[tuple[str, ...]] = ()
    """Public reports of the mistake, or the framework's file and function."""
    bad: ClassVar[tuple[Example, ...]] = ()
    good: ClassVar[tuple[Example, ...]] = ()

    def check(self, run: Scenario) -> Iterator[Finding]:
        """Yield a finding for each mistake. Called once for each class of versions."""
        raise NotImplementedError

    def found(
        self,
        run: Scenario,
        message: str,
        at: Spot | None,
        *because: Reason,
        related: tuple[Related, ...] = (),
        fix: Fix | None = None,
        severity: Severity | None = None,
    ) -> Finding:
        """A finding at `at` (or the nearest line that it rests on), with the proof of `because`.

        Give the line that one would change; `because` names the quantities that the message speaks
        of.
        """
        steps = proof_of(*because)
        return Finding(
            self.code,
            self.name,
            severity or self.severity,
            message,
            _nearest_place(run, at, steps),
            run.framework.name,
            steps,
            related,
            fix,
        )


def proof_of(*because: Reason) -> tuple[Step, ...]:
    """The lines of proof behind quantities, facts, claims and contradictions, each once."""
    steps: list[Step] = []
    for thing in because:
        if isinstance(thing, Quantity):
            steps += thing.why()
        elif isinstance(thing, Contradiction):
            steps += thing.because
        elif isinstance(thing, Claim):
            steps.append(Step(thing.quantity, thing.text, thing.interval, thing))
        else:
            steps.append(_fact_step(thing))
    return tuple(dict.fromkeys(steps))


def _fact_step(fact: Fact) -> Step:
    claim = Claim(fact.name, Interval(0, 0), fact.origin, fact.text, fact.place)
    return Step(fact.name, fact.text, claim.interval, claim)


def _nearest_place(run: Scenario, at: Spot | None, steps: tuple[Step, ...]) -> Place:
    """The place of `at`; else of the first line of the proof; else the start of the config."""
    place = place_of(at)
    if place is not None:
        return place
    for step in steps:
        if step.claim is not None and isinstance(step.claim.place, Place):
            return step.claim.place
    root = run.document.root
    start = 0 if root is None else root.start
    return Place(run.document, start, start)
