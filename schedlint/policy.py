"""What applies to a file: the command line, then the comments in it, then the nearest settings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from schedlint.reading.framework import Companion
from schedlint.rulebook import in_the_box, muted, select
from schedlint.rules import Finding, Rule, Severity
from schedlint.run import Run, read_companions, run_of
from schedlint.settings import SettingsFiles
from schedlint.source import Document, Texts
from schedlint.told import Told

if TYPE_CHECKING:
    from schedlint.frameworks.plain.house import HouseFramework


@dataclass
class Policy:
    """How each file is to be read and checked.

    `chosen` and `ignored` are the rule selectors of the command line; `chosen` replaces what the
    settings select, `ignored` adds to what they ignore. `rules`, where given, are checked as they
    are, whatever else is said. `texts` is where files are read from.
    """

    known: Told = field(default_factory=Told)
    beside: Sequence[Companion] = ()
    chosen: Sequence[str] = ()
    ignored: Sequence[str] = ()
    settings: SettingsFiles = field(default_factory=SettingsFiles)
    rules: Sequence[Rule] | None = None
    texts: Texts = field(default_factory=Texts)
    _loaded: dict[tuple[tuple[str, ...], tuple[str, ...]], list[Rule]] = field(default_factory=dict)

    def run_of(self, document: Document) -> Run | None:
        """The run of a document, or None when it is no training config.

        Raises SettingsError, and UnknownFramework where the command line or the settings name one
        that is not there.
        """
        settings = self.settings.above(document.path)
        facts = settings.facts_for(document.path)
        return run_of(document, self.known, self.beside, settings.frameworks, facts, self.texts)

    def reading(self, texts: Texts) -> Policy:
        """The same policy for other texts, those of the companions given beside included."""
        beside = read_companions([each.document.path for each in self.beside], texts)
        return replace(self, texts=texts, beside=beside)

    def house(self, path: str) -> Sequence[HouseFramework]:
        """The frameworks that the settings add for a file."""
        return self.settings.above(path).frameworks

    def leaves_out(self, path: str) -> bool:
        """Whether the settings keep a file below a folder from being looked at."""
        settings = self.settings.above(path)
        return settings.excludes(path) or not settings.includes(path)

    def rules_for(self, path: str) -> list[Rule]:
        """The rules that are checked on a file. Raises UnknownRule for a selector of no rule."""
        if self.rules is not None:
            return list(self.rules)
        chosen, ignored = self._selectors(path)
        if (chosen, ignored) not in self._loaded:
            listed = select(in_the_box(), chosen, ignored)
            self._loaded[chosen, ignored] = [each.load() for each in listed]
        return self._loaded[chosen, ignored]

    def _selectors(self, path: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        settings = self.settings.above(path)
        chosen = tuple(self.chosen or settings.select or ())
        if chosen or settings.extend_select:
            chosen = (*(chosen or ("SL",)), *settings.extend_select)
        return chosen, (*self.ignored, *settings.ignored_for(path))

    def settle(self, finding: Finding) -> Finding | None:
        """A finding with the severity that the settings give it; None when its code is muted."""
        settings = self.settings.above(finding.path)
        if finding.code in muted((*self.ignored, *settings.ignored_for(finding.path))):
            return None
        severity = settings.severity.get(finding.code) or settings.severity.get(finding.name)
        return finding if severity is None else replace(finding, severity=Severity(severity))
