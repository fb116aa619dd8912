"""How the report of a check is shown: its format, where it goes, and how much of it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from importlib import import_module

from schedlint.cli import options
from schedlint.cli.output import print_lines
from schedlint.engine import Report
from schedlint.reports.escape import harmless
from schedlint.reports.style import PLAIN, Style

__all__ = ["Format", "Shown"]


class Format(str, Enum):
    """How findings are shown; each is a module of `schedlint.reports`."""

    TEXT = "text"
    CONCISE = "concise"
    JSON = "json"
    JSONL = "jsonl"
    SARIF = "sarif"
    GITHUB = "github"
    GITLAB = "gitlab"
    JUNIT = "junit"


_FOR_PEOPLE = (Format.TEXT, Format.CONCISE)
_WITH_SUMMARY = (*_FOR_PEOPLE, Format.GITHUB)


@dataclass(frozen=True, slots=True)
class Shown:
    """What the command line asks for."""

    format: Format = Format.TEXT
    file: str | None = None
    statistics: bool = False
    quiet: bool = False
    """Findings only: no summary, no notices."""
    verbose: bool = False
    """Also what could not be decided."""
    no_color: bool = False

    def show(self, report: Report, *, to_stderr: bool = False) -> None:
        """Print the report, or write it to the file. Leaves with code 2 where that fails."""
        if self.file is None:
            print_lines(self._lines(report, to_stderr), to_stderr=to_stderr)
            return
        from schedlint.cli.new_file import write_output

        text = "".join(f"{line}\n" for line in self._lines(report, to_stderr))
        write_output(self.file, text.encode("utf-8", "backslashreplace"))

    def say(self, report: Report) -> None:
        """What is no finding, on standard error: notices, and what could not be read."""
        notices = [] if self.quiet else report.notices
        for notice in (*notices, *map(str, report.unreadable)):
            options.say(notice)
        for line in _undecided(report) if self.verbose else ():
            options.say(line)

    def _lines(self, report: Report, to_stderr: bool) -> Iterable[str]:
        if self.statistics:
            from schedlint.reports.statistics import statistics

            return self._without_summary(statistics(report))
        module = import_module(f"schedlint.reports.{self.format.value}")
        if self.format not in _FOR_PEOPLE:
            lines: Iterable[str] = module.lines(report)
            return self._without_summary(lines) if self.format in _WITH_SUMMARY else lines
        return self._without_summary(module.lines(report, self._style(to_stderr)))

    def _style(self, to_stderr: bool) -> Style:
        if self.file is not None:
            return PLAIN
        from schedlint.reports.terminal import style_for

        stream = sys.stderr if to_stderr else sys.stdout
        return style_for(stream, os.environ, no_color=self.no_color)

    def _without_summary(self, lines: Iterable[str]) -> Iterable[str]:
        """The summary is the last line; it goes where findings alone are asked for."""
        if not self.quiet:
            return lines
        *kept, _ = lines
        while kept and not kept[-1]:
            kept.pop()
        return kept


def _undecided(report: Report) -> Iterator[str]:
    """`train.yaml: SL301 needs dataset_size: it would be reported at …`."""
    for each in report.undecided:
        edge = each.edge()
        needs = f"{each.rule.code} {each.rule.name} needs {', '.join(each.needs)}"
        yield harmless(f"{each.path}: {needs}{f': {edge}' if edge else ''}")
