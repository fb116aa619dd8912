"""One line a finding, for editors and grep: `train.yaml:14:1: error SL301 …`."""

from __future__ import annotations

from collections.abc import Iterator

from schedlint.engine import Report
from schedlint.reports.escape import harmless, inert
from schedlint.reports.style import PLAIN, Part, Style
from schedlint.reports.text import fixed, message, rating, summary, where


def lines(report: Report, style: Style = PLAIN) -> Iterator[str]:
    """The whole report."""
    return inert(_lines(report, style))


def _lines(report: Report, style: Style) -> Iterator[str]:
    for finding in report.fixed:
        yield fixed(finding, style)
    for finding in report.findings:
        at = style.painted(where(finding), Part.PATH)
        name = harmless(finding.name)
        yield f"{at}: {rating(finding, style)} {message(finding)} [{name}]"
    yield summary(report)
