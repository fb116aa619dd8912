"""What a rule could not decide: which fact is missing, and from which value on it would report."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from schedlint.plan import (
    WORDS,
    Claim,
    Edge,
    Interval,
    Origin,
    Plan,
    Quantity,
    edge,
    numeral,
)
from schedlint.rules import Rule
from schedlint.scenario import Scenario


class Undecided(NamedTuple):
    """A check that could be decided if `needs` were known."""

    rule: Rule
    scenario: Scenario
    needs: tuple[str, ...]

    @property
    def path(self) -> str:
        """The config's file."""
        return self.scenario.document.path

    def edge(self) -> str:
        """Where the edge lies, in words; empty where several facts are missing or there is none.

        Costs a few dozen solutions of the plan: asked for only where it is shown.
        """
        if len(self.needs) != 1:
            return ""
        (name,) = self.needs
        try:
            found = edge(lambda value: self._reports(name, value), WORDS[name].least)
        except Exception:  # noqa: BLE001 (the run was checked; a value that nobody states may fail)
            return ""
        return "" if found is None else _in_words(name, self.rule.name, found)

    def _reports(self, name: str, value: int) -> bool:
        claim = Claim(name, Interval.exactly(value), Origin.ASSUMED, f"{name}={value}")
        return next(iter(self.rule.check(self.scenario.assuming(claim))), None) is not None


def undecided_of(rule: Rule, scenario: Scenario) -> Iterator[Undecided]:
    """The check that a rule left open in a scenario, if it left one open."""
    open_ = [q for comparison in scenario.undecided for q in comparison.quantities if not q.known]
    # Most rules leave nothing open: the formulas are gone through for the others only.
    needs = missing(scenario.plan, open_) if open_ else ()
    if needs:
        yield Undecided(rule, scenario, needs)


def missing(plan: Plan, quantities: list[Quantity]) -> tuple[str, ...]:
    """The unknown common words that no formula gives and on which some quantities rest.

    A quantity that no formula gives or takes and that nothing states is absent rather than missing.
    """
    formulas: dict[str, set[str]] = {}
    for rel in plan.relations:
        formulas.setdefault(rel.output, set()).update(rel.inputs)
    known = set(formulas).union(*formulas.values())
    leaves, seen = set[str](), set[str]()
    pending = [quantity.name for quantity in quantities if quantity.name in known]
    while pending:
        name = pending.pop()
        if name in seen or plan[name].value is not None:
            continue
        seen.add(name)
        inputs = formulas.get(name)
        if inputs:
            pending.extend(inputs)
        else:
            leaves.add(name)
    return tuple(name for name in WORDS if name in leaves)


def _in_words(name: str, rule: str, found: Edge) -> str:
    unit = WORDS[name].unit
    last, first = numeral(found.last_before), numeral(found.first_after)
    if found.holds_below:
        return f"{rule} would be reported at {name} = {last} {unit}, no longer from {first} on"
    return f"{rule} would be reported from {name} = {first} {unit} on, not yet at {last}"
