"""One line a finding, for editors and grep: `train.yaml:14:1: error SL301 …`."""

from __future__ import annotations

from collections.abc import Iterator

from schedlint.engine import Report
from schedlint.reports.escape import harmless
from schedlint.reports.text import message, summary


def lines(report: Report) -> Iterator[str]:
    """The whole report."""
    for finding in report.findings:
        line, column = finding.place.document.position(finding.place.start)
        where = f"{harmless(finding.path)}:{line}:{column}"
        kind = f"{finding.severity.value} {finding.code}"
        yield f"{where}: {kind} {message(finding)} [{finding.name}]"
    yield summary(report)
