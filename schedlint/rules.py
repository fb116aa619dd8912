"""What a rule is made of: the public API for the box's own rules and everybody else's.

    class WarmupOutlastsTraining(Rule):
        \"\"\"Warm-up is as long as the whole run, or longer. …\"\"\"

        code = "SL301"
        name = "warmup-outlasts-training"
        severity = Severity.ERROR

        def check(self, run: Scenario) -> Iterator[Finding]:
            warmup, total = run["warmup_steps"], run["total_steps"]
            if run.certainly(warmup >= total):
                yield self.found(run, f"warm-up takes {warmup} of the {total} steps …", warmup,
                total)

The docstring is the rule's page. `bad` and `good` are its examples and its tests at once; see
`schedlint.testing`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import ClassVar, NamedTuple, TypeAlias

from schedlint.files import Use
from schedlint.fixes import DeleteKey, Edit, InsertKey, RenameKey, SetValue, Value
from schedlint.plan import Claim, Contradiction, Interval, Quantity, Step, certainly
from schedlint.reading.config import Setting
from schedlint.reading.facts import Fact
from schedlint.reading.place import Place, item_at
from schedlint.scenario import Scenario
from schedlint.source import Entry, Item, Node, Scalar, value_of

__all__ = [
    "DeleteKey",
    "Edit",
    "Example",
    "Finding",
    "Fix",
    "InsertKey",
    "Place",
    "Related",
    "RenameKey",
    "Rule",
    "Scenario",
    "SetValue",
    "Setting",
    "Severity",
    "Use",
    "certainly",
    "entry_of",
    "item_of",
    "set_number",
    "spelled",
]


class Severity(str, Enum):
    """How bad it is. A style opinion is no finding."""

    ERROR = "error"
    """It will be refused, crash, or train something else than the file says."""
    WARNING = "warning"
    """A waste or a trap that holds for certain."""
    INFO = "info"
    """Worth knowing."""

    __str__ = str.__str__

    @property
    def weight(self) -> int:
        """A number to compare severities by; the worst is the largest."""
        return {"info": 1, "warning": 2, "error": 3}[self.value]


class Related(NamedTuple):
    """Another place that a finding is about, and what it is."""

    place: Place
    message: str


@dataclass(frozen=True, slots=True)
class Fix:
    """Edits that would mend a finding.

    Safe: the framework would do the same as before, or would have refused the file and only one
    value fits the rest. Unsafe: it changes what is trained, or picks one of several ways out.

    `title` says what it does, as in "write 2.0e-5". All edits are of one file, so that it is made
    as a whole or not at all.
    """

    title: str
    edits: tuple[Edit, ...]
    safe: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that a rule found, where, and its proof."""

    code: str
    name: str
    severity: Severity
    message: str
    place: Place
    framework: str = ""
    because: tuple[Step, ...] = ()
    related: tuple[Related, ...] = ()
    fix: Fix | None = None
    versions: str = ""
    """The versions that it is about, where it does not hold for all that are possible."""
    not_fixed: str = ""
    """Why its fix was tried and not made."""

    @property
    def path(self) -> str:
        """The file in which it stands."""
        return self.place.path


@dataclass(frozen=True, slots=True)
class Example:
    """A config with what a rule says of it: the documentation's example and the rule's test.

    For a bad example, `line`, `column` and `message` (a part of it) are what must be reported; for
    a good one nothing must be. `files` are companions by name, `flags` facts such as `world_size`.
    """

    config: str
    line: int = 0
    column: int = 0
    message: str = ""
    file: str = "train.yaml"
    found_in: str = ""
    """The file in which the finding stands, where it is not the config itself."""
    files: Mapping[str, str] = field(default_factory=dict)
    beside: tuple[str, ...] = ()
    """Which of `files` are given with `--with`."""
    flags: Mapping[str, object] = field(default_factory=dict)
    packages: tuple[str, ...] = ()
    fixed: str = ""
    """The text of the file after the finding's fix, where the rule offers one."""


Spot: TypeAlias = "Quantity | Fact | Setting | Claim | Place"
"""Anything of a run that has a place in its files."""

Reason: TypeAlias = "Quantity | Fact | Contradiction | Claim"
"""Anything of a run that has a proof."""


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
    place = _place(at)
    if place is not None:
        return place
    for step in steps:
        if step.claim is not None and isinstance(step.claim.place, Place):
            return step.claim.place
    root = run.document.root
    start = 0 if root is None else root.start
    return Place(run.document, start, start)


def item_of(spot: Spot | None) -> Item | None:
    """The entry or item of a file that a spot stands for; None where no file holds it."""
    if isinstance(spot, Setting):
        return spot.entry
    place = _place(spot)
    return None if place is None else item_at(place)


def entry_of(spot: Spot | None) -> Entry | None:
    """As `item_of`, for a key with its value."""
    item = item_of(spot)
    return item if isinstance(item, Entry) else None


def spelled(value: Value, old: Node) -> str:
    """A value as it would be written in the place of an old one, for messages and titles."""
    from schedlint.fixes.spelling import spelled as written

    return written(value, old.document, old if isinstance(old, Scalar) else None)


_BATCHES = re.compile(r"([0-9][0-9_]*)ba")


def set_number(quantity: Quantity, value: int) -> SetValue | None:
    """The edit that gives a quantity another value.

    None where no file states it in the unit that it is counted in: as the number itself, or as
    Composer writes steps (`100ba`).
    """
    item = item_of(quantity) if quantity.stated and quantity.known else None
    if item is None or not isinstance(item.value, Scalar):
        return None
    written = value_of(item.value)
    if isinstance(written, str) and (match := _BATCHES.fullmatch(written)):
        return SetValue(item, f"{value}ba") if int(match[1]) == quantity.low else None
    is_number = isinstance(written, (int, float)) and not isinstance(written, bool)
    return SetValue(item, value) if is_number and written == quantity.low else None


def _place(spot: Spot | None) -> Place | None:
    if spot is None or isinstance(spot, Place):
        return spot
    if isinstance(spot, Quantity):
        claims = (spot.claim, *spot.claims()) if spot.claim is not None else spot.claims()
        places = (claim.place for claim in claims if claim is not None)
        return next((place for place in places if isinstance(place, Place)), None)
    place = spot.place
    return place if isinstance(place, Place) else None
