"""One line a finding, for editors and grep: `train.yaml:14:1: error SL301 …`."""

from __future__ import annotations

from collections.abc import Iterator

from schedlint.engine import Report
from schedlint.reports.text import fixed, message, summary, where


def lines(report: Report) -> Iterator[str]:
    """The whole report."""
    for finding in report.fixed:
        yield fixed(finding)
    for finding in report.findings:
        kind = f"{finding.severity.value} {finding.code}"
        yield f"{where(finding)}: {kind} {message(finding)} [{finding.name}]"
    yield summary(report)
