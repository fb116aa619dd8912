"""One run under one class of versions: what a rule looks at."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import cached_property

from schedlint.files import Duplicate, Files, Use
from schedlint.plan import Claim, Comparison, Contradiction, Origin, Plan, Quantity, Verdict
from schedlint.reading.config import Automatic, Gone, Misreading, Reading, Refusal, Setting
from schedlint.reading.facts import Fact
from schedlint.reading.framework import Framework
from schedlint.reading.versions import Range, describe
from schedlint.source import Document

_DATA = ("dataset_rows", "dataset_size")


class Scenario:
    """The files of a run as its framework reads them, for some of its versions.

    Ask for quantities (`run["total_steps"]`) and facts (`run.fact("scheduler")`); `certainly`
    answers whether a comparison holds for every value that is still possible, and remembers the
    questions that could not be decided.
    """

    def __init__(
        self,
        framework: Framework,
        reading: Reading,
        claims: tuple[Claim, ...],
        ranges: dict[str, Range],
        files: Files | None = None,
    ) -> None:
        self.framework = framework
        self.files = Files() if files is None else files
        self.reading = reading
        self.ranges = [ranges]
        self.undecided: list[Comparison] = []
        self._claims = claims

    @cached_property
    def plan(self) -> Plan:
        """The solved arithmetic. What somebody tells of the data takes the place of counting it."""
        told = any(claim.quantity in _DATA for claim in self._claims)
        read = self.reading.claims
        kept = [c for c in read if c.origin is not Origin.MEASURED] if told else read
        claims = (*kept, *self._claims)
        return Plan(claims, self.reading.relations, self.framework.vocabulary())

    @cached_property
    def words(self) -> frozenset[str]:
        """The quantities that the framework knows: the common words and its own."""
        return frozenset(self.framework.vocabulary())

    @property
    def document(self) -> Document:
        """The config itself, not its companions."""
        return self.reading.documents[0]

    @property
    def documents(self) -> tuple[Document, ...]:
        """The config and its companions."""
        return tuple(self.reading.documents)

    @property
    def contradictions(self) -> tuple[Contradiction, ...]:
        """Sets of claims that cannot all be true."""
        return self.plan.contradictions

    @property
    def misreadings(self) -> tuple[Misreading, ...]:
        """Values that the loader reads as something else than the framework needs."""
        return tuple(self.reading.misreadings)

    @property
    def refusals(self) -> tuple[Refusal, ...]:
        """Values that the framework refuses at its start."""
        return tuple(self.reading.refusals)

    @property
    def gone_keys(self) -> tuple[tuple[Setting, Gone], ...]:
        """Keys of the config that the version in force does not know any more."""
        return tuple(self.reading.gone_keys)

    @property
    def going_keys(self) -> tuple[tuple[Setting, Gone], ...]:
        """Keys that have a new name already, and are gone in versions that are possible as well."""
        return tuple(self.reading.going_keys)

    @property
    def automatics(self) -> tuple[Automatic, ...]:
        """Every `auto`, and what fills it."""
        return tuple(self.reading.automatics)

    @property
    def fillable(self) -> tuple[Setting, ...]:
        """Values of a DeepSpeed file that the trainer would fill in were they `auto`."""
        return tuple(self.reading.fillable)

    @property
    def uses(self) -> tuple[Use, ...]:
        """Every key of the run's files that stands where a schema has something to say."""
        return self.files.uses

    @property
    def duplicates(self) -> tuple[Duplicate, ...]:
        """Every key that stands twice in one object."""
        return self.files.duplicates

    def __getitem__(self, quantity: str) -> Quantity:
        return self.plan[quantity]

    def fact(self, name: str) -> Fact | None:
        """A fact, or None where the framework does not have it."""
        return self.reading.facts.get(name)

    def fact_is(self, name: str, *values: object) -> bool:
        """Whether a fact is known and one of `values`."""
        fact = self.fact(name)
        return fact is not None and any(fact.value is v or fact.value == v for v in values)

    def certainly(self, comparison: Comparison) -> bool:
        """Whether it holds for every value still possible; where that cannot be told, remembers
        it.
        """
        if comparison.verdict is Verdict.CANNOT_TELL:
            self.undecided.append(comparison)
        return comparison.verdict is Verdict.CERTAINLY

    def assuming(self, *claims: Claim) -> Scenario:
        """The same scenario with further claims."""
        known = (*self._claims, *claims)
        other = Scenario(self.framework, self.reading, known, self.ranges[0], self.files)
        other.ranges = self.ranges
        return other

    def without_stated(self, quantity: str) -> Scenario:
        """The same scenario as if no file told the value of a quantity; what bounds it stays."""
        claims = [c for c in self.reading.claims if c.quantity != quantity or not c.interval.known]
        reading = replace(self.reading, claims=claims)
        other = Scenario(self.framework, reading, self._claims, self.ranges[0], self.files)
        other.ranges = self.ranges
        return other

    def same_as(self, other: Scenario) -> bool:
        """Whether the versions of both make no difference to this config."""
        return _substance(self.reading) == _substance(other.reading)

    def versions(self) -> str:
        """Which versions it is about: `transformers 4.52 and later`; empty for all."""
        return describe(self.ranges)


def _substance(reading: Reading) -> tuple[object, ...]:
    claims = tuple((c.quantity, c.interval, c.origin, c.text, c.place) for c in reading.claims)
    facts = tuple(reading.facts.items())
    return (
        claims,
        tuple(map(id, reading.relations)),
        facts,
        tuple(reading.misreadings),
        tuple(reading.refusals),
        tuple(reading.automatics),
        tuple(reading.gone_keys),
        tuple(reading.going_keys),
    )


def distinct(scenarios: Iterable[Scenario]) -> list[Scenario]:
    """Scenarios that differ, each with all the versions that it is about."""
    found: list[Scenario] = []
    for scenario in scenarios:
        same = next((other for other in found if other.same_as(scenario)), None)
        if same is None:
            found.append(scenario)
        else:
            same.ranges += scenario.ranges
    return found
