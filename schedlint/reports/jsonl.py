"""The findings for programs that read line by line: one JSON object a line."""

from __future__ import annotations

from collections.abc import Iterator

from schedlint.engine import Report
from schedlint.reports.json import dumps, finding_object


def lines(report: Report) -> Iterator[str]:
    """Each finding as the `json` format has it."""
    return (dumps(finding_object(finding)) for finding in report.findings)
