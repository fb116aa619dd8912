"""GitLab's code quality report, which the merge request shows.

Source: GitLab's `doc/ci/testing/code_quality.md` and `json_schemas/codeclimate.json`.
"""

from __future__ import annotations

from collections.abc import Iterator

from schedlint.engine import Report
from schedlint.reports.escape import harmless
from schedlint.reports.fingerprints import fingerprints
from schedlint.reports.json import JsonObject, dumps
from schedlint.reports.paths import from_top
from schedlint.reports.text import message
from schedlint.rules import Finding, Severity

_SEVERITIES = {Severity.ERROR: "critical", Severity.WARNING: "major", Severity.INFO: "info"}


def lines(report: Report) -> Iterator[str]:
    """A list with an object a finding."""
    names = fingerprints(report.findings)
    found = [_object(*each) for each in zip(report.findings, names, strict=True)]
    yield dumps(found, indent=2)


def _object(finding: Finding, fingerprint: str) -> JsonObject:
    return {
        "description": f"{harmless(finding.name)}: {message(finding)}",
        "check_name": finding.code,
        "fingerprint": fingerprint,
        "severity": _SEVERITIES[finding.severity],
        "location": {"path": _path(finding), "lines": {"begin": finding.place.line}},
    }


def _path(finding: Finding) -> str:
    """The path; a name that is no text gets a stand-in, since GitLab takes the report as UTF-8."""
    return from_top(finding.path).encode("utf-8", "replace").decode()
