"""The files of a run against what their frameworks know: keys, their lives, and keys given twice.

What is said here holds for all versions that are possible, and is found once for all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from schedlint.reading.config import Setting
from schedlint.reading.framework import Framework
from schedlint.reading.versions import Lifetime, Range, Ranges, describe, release
from schedlint.schemas import Known, Section, looked_at, section, walk
from schedlint.schemas.conversion import misfits
from schedlint.source import Document, Entry, Mapping, nodes, value_of


class Fate(NamedTuple):
    """What becomes of a key that is not known in an object."""

    unknown: str | None
    """`refused`, `ignored`, `elsewhere` (a script may take it); None: not told."""
    instead: str
    """What to do with one that is near no other."""
    versions: str = ""
    """Which versions do that, where others are possible as well."""
    certain: bool = True
    """Whether nothing that is installed could take such a key, unseen."""


@dataclass(frozen=True, slots=True)
class Use:
    """A key that a file of the run holds, where its framework's schema has something to say."""

    setting: Setting
    section: Section
    beside: Mapping
    """The object that it stands in."""
    known: Known | None
    """What the schema says of it; None where no release has the key."""
    framework: Framework
    fate: Fate
    """What becomes of unknown keys beside it."""
    covered: bool
    """Whether the schema was read from all versions that are possible, or from later ones, too."""
    ended: Lifetime | None
    """When the framework forgot the key, if that was before all versions that are possible."""
    to_come: Lifetime | None
    """When the framework learnt the key, if that was after all versions that are possible."""

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
        refused = self.fate.unknown == "refused" and not self.fate.versions
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


@dataclass
class Files:
    """The files of a run with their frameworks, and the versions that are possible."""

    parts: Sequence[tuple[Framework, Document]] = ()
    told: Ranges | None = None

    @cached_property
    def uses(self) -> tuple[Use, ...]:
        """Every key that stands where a schema has something to say.

        What stands below a key that the version in force does not have is part of that key.
        """
        found: list[Use] = []
        absent: list[Entry] = []
        for use in self._uses():
            entry = use.setting.entry
            assert entry is not None, "what stands in a file has an entry"
            if not any(_within(entry, each) for each in absent):
                found.append(use)
                if use.ended or use.to_come:
                    absent.append(entry)
        return tuple(found)

    def _uses(self) -> Iterator[Use]:
        for framework, document in self.parts:
            whole = section(framework.name)
            covered = self._covered(framework)
            fates: dict[str, Fate] = {}
            for entry, here, beside in () if whole is None else walk(whole, document.root):
                if here.path not in fates:
                    fates[here.path] = self._fate(framework, document, here)
                setting = Setting(here.path + entry.name, value_of(entry.value), entry)
                known = here.get(entry.name)
                ended = self._outside(known, Lifetime.ended_before)
                to_come = self._outside(known, Lifetime.begins_after)
                fate = fates[here.path]
                yield Use(setting, here, beside, known, framework, fate, covered, ended, to_come)

    def _covered(self, framework: Framework) -> bool:
        """A release that came after the schema may have keys that it does not know."""
        told = self.told or {}
        spans = looked_at(framework.name)
        known = [name for name in framework.packages if name in told and name in spans]
        return any(told[name].end <= (*release(spans[name][1]), 0) for name in known)

    def _fate(self, framework: Framework, document: Document, here: Section) -> Fate:
        path = here.path.removesuffix(".")
        becomes, change, before, instead, certain = framework.unknown(document, path, here.unknown)
        if change is None:
            return Fate(becomes, instead, certain=certain)
        since = (self.told or {}).get(change.package, Range()).since(change)
        if since is None:
            versions = describe([{change.package: Range(change.release)}])
            return Fate(becomes, instead, versions, certain)
        return Fate(becomes if since else before, instead, certain=certain)

    def _outside(
        self, key: Known | None, outside: Callable[[Lifetime, Range], bool]
    ) -> Lifetime | None:
        """The last lifetime of a key if all are so; of packages, those whose version is told."""
        if key is None or not self.told:
            return None
        lifetimes = [each for each in key.lifetimes if each.package in self.told]
        if not all(outside(each, self.told[each.package]) for each in lifetimes):
            return None
        return lifetimes[-1] if lifetimes else None

    @cached_property
    def duplicates(self) -> tuple[Duplicate, ...]:
        """Every key that stands twice in one object."""
        return tuple(self._duplicates())

    def _duplicates(self) -> Iterator[Duplicate]:
        for framework, document in self.parts:
            for node in () if document.root is None else nodes(document.root):
                if isinstance(node, Mapping):
                    for lost, winner in node.duplicates():
                        setting = Setting(lost.name, value_of(lost.value), lost)
                        wins = Setting(lost.name, value_of(winner.value), winner)
                        yield Duplicate(setting, wins, framework)


def _within(entry: Entry, outer: Entry) -> bool:
    same = entry.value.document is outer.value.document
    return same and outer.start <= entry.key.start < outer.end
