"""Versions of frameworks: what is known of them, and which differences that leaves open.

A framework's formulas, defaults and keys change with its version. Each such difference is a
`Change` with the version that brought it. A framework's file asks `since(CHANGE)` where the
difference matters; where the version in force does not decide the question, both answers are
followed, each as a branch with the versions that it is about. Only differences that a config really
meets make branches.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import permutations
from typing import NamedTuple

Release = tuple[int, ...]

_OLDEST: Release = ()
_NEWEST: Release = (1 << 30,)


class Change(NamedTuple):
    """A difference between versions of a package: from `version` on, `what`."""

    package: str
    version: str
    what: str

    @property
    def release(self) -> Release:
        """The version as numbers that compare."""
        return release(self.version)


def release(version: str) -> Release:
    """`"4.57.6"` as `(4, 57, 6)`; trailing zeros do not count, nor what follows a pre-release
    sign.
    """
    return _trimmed(_numbers(version))


def _numbers(version: str) -> Release:
    """The numbers before any sign of a pre-release, trailing zeros included."""
    found = re.match(r"v?(\d+(?:\.\d+)*)", version.strip())
    return tuple(map(int, found[1].split("."))) if found else ()


def _trimmed(numbers: Release) -> Release:
    """Without trailing zeros: 5, 5.0 and 5.0.0 are one release."""
    while numbers and numbers[-1] == 0:
        numbers = numbers[:-1]
    return numbers


class Range(NamedTuple):
    """Versions from `first` (included) to before `end`."""

    first: Release = _OLDEST
    end: Release = _NEWEST

    def since(self, change: Change) -> bool | None:
        """Whether every version in the range has the change; None when only some have."""
        if self.first >= change.release:
            return True
        return False if self.end <= change.release else None

    def meet(self, other: Range) -> Range:
        """The versions in both; from `first` on is before `end` no longer where there are none."""
        return Range(max(self.first, other.first), min(self.end, other.end))

    @property
    def empty(self) -> bool:
        """Whether no version is in it."""
        return self.first >= self.end

    def __str__(self) -> str:
        if self == Range():
            return "any version"
        if self.end == (*self.first, 0):
            return _dotted(self.first)
        since = f"after {_dotted(self.first)}" if _just_after(self.first) else _dotted(self.first)
        if self.end == _NEWEST:
            return since if _just_after(self.first) else f"{since} and later"
        until = f"{'up to' if _just_after(self.end) else 'to before'} {_dotted(self.end)}"
        return f"{since} {until}" if self.first else until.removeprefix("to ")


def _just_after(version: Release) -> bool:
    """Whether it stands for everything behind a release, as `>4.57` does: (4, 57, 0)."""
    return version[-1:] == (0,)


def _dotted(version: Release) -> str:
    """`(5,)` as `5.0`."""
    version = _trimmed(version)
    return ".".join(map(str, version if len(version) > 1 else (*version, 0)))


class Lifetime(NamedTuple):
    """Between which releases of a package something is there: `since` included, `until` not.

    None: as far back, or as far on, as anybody looked.
    """

    package: str
    since: str | None
    until: str | None

    def ended_before(self, known: Range) -> bool:
        """Whether it was gone before the first of some versions."""
        return self.until is not None and known.first >= release(self.until)

    def begins_after(self, known: Range) -> bool:
        """Whether it came after the last of some versions."""
        return self.since is not None and known.end <= release(self.since)


class SpecError(ValueError):
    """A version specification that cannot be read."""


@dataclass(frozen=True, slots=True)
class Pin:
    """What is known of one package's version, and who says so (`--package`, `uv.lock`)."""

    package: str
    range: Range
    spec: str
    origin: str


def parse_pin(text: str, origin: str) -> Pin:
    """A requirement such as `transformers==4.57.6` or `trl>=0.15,<0.20`.

    Raises SpecError with what is wrong, in one line.
    """
    from packaging.requirements import InvalidRequirement, Requirement

    try:
        requirement = Requirement(text)
    except InvalidRequirement:
        example = "'transformers==4.57.6' or 'trl>=0.15,<0.20'"
        raise SpecError(f"{text!r} is no version specification such as {example}") from None
    if not requirement.specifier:
        raise SpecError(f"{text!r} names no version; write {requirement.name}==VERSION")
    known = Range()
    for part in requirement.specifier:
        known = known.meet(_allowed(part.operator, part.version))
    if known.empty:
        raise SpecError(f"{text!r} leaves no version")
    spec = str(requirement.specifier)
    return Pin(normalised(requirement.name), known, spec, origin)


def normalised(package: str) -> str:
    """A package's name as indexes compare it."""
    return re.sub(r"[-_.]+", "-", package).lower()


def _allowed(operator: str, version: str) -> Range:
    """The versions that one clause allows; `!=` leaves out too few to tell."""
    numbers = _numbers(version)
    this = _trimmed(numbers)
    after = (*this, 0)  # sorts behind `this` and before every later release
    if operator in ("==", "==="):
        return Range(this, _next(numbers) if version.endswith(".*") else after)
    if operator == "~=":
        return Range(this, _next(numbers[:-1]))
    bounds = {
        ">=": Range(first=this),
        ">": Range(first=after),
        "<": Range(end=this),
        "<=": Range(end=after),
    }
    return bounds.get(operator, Range())


def _next(version: Release) -> Release:
    """The first release that no longer starts with `version`."""
    return (*version[:-1], version[-1] + 1) if version else _NEWEST


Ranges = Mapping[str, Range]


@dataclass
class Branch:
    """One way through a framework's file: the versions that it is about so far.

    `since` answers for the newest versions first and remembers the branch not taken.
    """

    ranges: dict[str, Range]
    others: list[dict[str, Range]] = field(default_factory=list)
    told: Ranges = field(default_factory=dict)
    """All versions that are possible, on whichever way."""

    def decides(self, change: Change) -> bool:
        """Whether the versions that are known answer `since` without making a branch."""
        return self.ranges.get(change.package, Range()).since(change) is not None

    def may_have(self, change: Change) -> bool:
        """Whether some of all versions that are possible have the change, and others not."""
        return self.told.get(change.package, Range()).since(change) is None

    def since(self, change: Change) -> bool:
        """Whether these versions have the change; follows those that do where both are open."""
        known = self.ranges.get(change.package, Range())
        answer = known.since(change)
        if answer is not None:
            return answer
        self.others.append({**self.ranges, change.package: known._replace(end=change.release)})
        self.ranges[change.package] = known._replace(first=change.release)
        return True


def branches(pins: Iterable[Pin]) -> Iterator[Branch]:
    """All branches that the pinned versions leave open, the newest first.

    Each must be followed (its `since` asked) before the next one is taken.
    """
    known: dict[str, Range] = {}
    for pin in pins:
        known[pin.package] = pin.range.meet(known.get(pin.package, Range()))
    pending = [dict(known)]
    while pending:
        branch = Branch(pending.pop(0), told=known)
        yield branch
        pending.extend(reversed(branch.others))


def describe(regions: Iterable[Ranges]) -> str:
    """Versions in words: `transformers 4.52 and later`; regions that touch are told as one."""
    left = [dict(region) for region in regions]
    while (pair := _touching(left)) is not None:
        one, other, union = pair
        left = [region for region in left if region is not one and region is not other] + [union]
    return " or ".join(filter(None, map(_region, left)))


def _touching(regions: list[dict[str, Range]]) -> tuple[Ranges, Ranges, dict[str, Range]] | None:
    """Two regions that differ in one package only and touch there, with their union."""
    for one, other in permutations(regions, 2):
        packages = {*one, *other}
        differing = [p for p in packages if one.get(p, Range()) != other.get(p, Range())]
        if len(differing) == 1:
            low, high = one.get(differing[0], Range()), other.get(differing[0], Range())
            if low.end == high.first:
                return one, other, {**one, differing[0]: Range(low.first, high.end)}
    return None


def _region(ranges: Ranges) -> str:
    return ", ".join(f"{package} {known}" for package, known in ranges.items() if known != Range())
