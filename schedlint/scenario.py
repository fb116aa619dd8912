"""One run under one class of versions: what a rule looks at."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from typing import NamedTuple

from schedlint.plan import Claim, Comparison, Contradiction, Origin, Plan, Quantity, Verdict
from schedlint.reading.config import Automatic, Gone, Misreading, Reading, Refusal, Setting
from schedlint.reading.facts import Fact
from schedlint.reading.framework import Framework, Unknown
from schedlint.reading.versions import Lifetime, Range, Ranges, describe
from schedlint.schemas import Known, Section, section, walk
from schedlint.schemas.conversion import misfits
from schedlint.source import Document, Entry, Mapping, nodes, value_of


class Use(NamedTuple):
    """A key that a file of the run holds, where its framework's schema has something to say."""

    setting: Setting
    section: Section
    beside: Mapping
    """The object that it stands in."""
    known: Known | None
    """What the schema says of it; None where no release has the key."""
    framework: Framework
    unknown: str | None
    """What becomes of unknown keys here: `refused`, `ignored`, `elsewhere`; None: not told."""
    instead: str
    """What to do with one that is near no other."""
    versions: str = ""
    """Which versions do that, where others are possible as well."""

    def is_raw(self, *types: str) -> bool:
        """Whether only values of these JSON types (and null) go there, and none is converted."""
        known = frozenset() if self.known is None else self.known.types
        return self.section.values == "raw" and bool(known) and known <= {*types, "null"}

    def misfits(self) -> bool:
        """Whether the value is certainly none that the key takes."""
        value, values = self.setting.value, self.section.values
        return self.known is not None and misfits(self.known, value, values)

    def nearest(self) -> str | None:
        """The known key that this one may be a slip of, where that one is not there itself.

        What a script may take itself must be very near.
        """
        name = self.setting.key.rpartition(".")[2]
        if len(name) < 5:  # too short: `lora` is not far from `loss`
            return None
        refused = self.unknown == "refused" and not self.versions
        slips = 2 if refused and len(name) > 8 else 1
        near = self.section.nearest(name, within=slips)
        if near is not None and not refused and not self.section.is_slip(name, near):
            return None
        return None if near is None or self.beside.get(near) is not None else near


class Duplicate(NamedTuple):
    """A key that stands twice in one object: what is lost, what wins, and whose file it is."""

    lost: Setting
    winner: Setting
    framework: Framework


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
        parts: Sequence[tuple[Framework, Document]] = (),
        told: Ranges | None = None,
    ) -> None:
        self.framework = framework
        self.parts = tuple(parts)
        self.told: Ranges = {} if told is None else told
        """All versions that are possible, whatever this scenario is about."""
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

    @cached_property
    def uses(self) -> tuple[Use, ...]:
        """Every key of the run's files that stands where a schema has something to say.

        What stands below a key that the version in force does not have is part of that key.
        """
        found: list[Use] = []
        absent: list[Entry] = []
        for use in self._uses():
            entry = use.setting.entry
            assert entry is not None, "what stands in a file has an entry"
            if not any(
                each.value.document is entry.value.document
                and each.start <= entry.key.start < each.end
                for each in absent
            ):
                found.append(use)
                if self.ended(use) or self.to_come(use):
                    absent.append(entry)
        return tuple(found)

    def _uses(self) -> Iterator[Use]:
        for framework, document in self.parts:
            whole = section(framework.name)
            fates: dict[str, tuple[str | None, str, str]] = {}
            for entry, here, beside in () if whole is None else walk(whole, document.root):
                if here.path not in fates:
                    path = here.path.removesuffix(".")
                    fates[here.path] = self._fate(framework.unknown(document, path, here.unknown))
                setting = Setting(here.path + entry.name, value_of(entry.value), entry)
                known = here.get(entry.name)
                yield Use(setting, here, beside, known, framework, *fates[here.path])

    def _fate(self, unknown: Unknown) -> tuple[str | None, str, str]:
        """What becomes of unknown keys, what to do with them, and which versions that is about."""
        becomes, change, before, instead = unknown
        if change is None:
            return becomes, instead, ""
        since = {known.get(change.package, Range()).since(change) for known in self.ranges}
        if since == {True}:
            return becomes, instead, ""
        if since == {False}:
            return before, instead, ""
        return becomes, instead, describe([{change.package: Range(first=change.release)}])

    def ended(self, use: Use) -> Lifetime | None:
        """When the framework forgot a key, if that was before all versions that are possible."""
        return self._outside(use, lambda lifetime, known: lifetime.ended_before(known))

    def to_come(self, use: Use) -> Lifetime | None:
        """When the framework learnt a key, if that was after all versions that are possible."""
        return self._outside(use, lambda lifetime, known: lifetime.begins_after(known))

    def _outside(self, use: Use, outside: Callable[[Lifetime, Range], bool]) -> Lifetime | None:
        """The last lifetime of a key if all are so; of packages, those whose version is told."""
        known = () if use.known is None else use.known.lifetimes
        lifetimes = [each for each in known if each.package in self.told]
        if not all(outside(each, self.told[each.package]) for each in lifetimes):
            return None
        return lifetimes[-1] if lifetimes else None

    def duplicates(self) -> Iterator[Duplicate]:
        """Every key that stands twice in one object."""
        for framework, document in self.parts:
            for node in () if document.root is None else nodes(document.root):
                if isinstance(node, Mapping):
                    for lost, winner in node.duplicates():
                        setting = Setting(lost.name, value_of(lost.value), lost)
                        wins = Setting(lost.name, value_of(winner.value), winner)
                        yield Duplicate(setting, wins, framework)

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
        other = Scenario(self.framework, self.reading, known, self.ranges[0], self.parts, self.told)
        other.ranges = self.ranges
        return other

    def without_stated(self, quantity: str) -> Scenario:
        """The same scenario as if no file told the value of a quantity; what bounds it stays."""
        claims = [c for c in self.reading.claims if c.quantity != quantity or not c.interval.known]
        reading = replace(self.reading, claims=claims)
        other = Scenario(
            self.framework, reading, self._claims, self.ranges[0], self.parts, self.told
        )
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
