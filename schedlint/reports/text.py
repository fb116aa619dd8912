"""The report for people: each finding with its code frame, then a summary line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from schedlint.engine import Report
from schedlint.plan import WORDS
from schedlint.reports.escape import harmless
from schedlint.reports.frame import frame
from schedlint.rules import Finding, Severity


def lines(report: Report) -> Iterator[str]:
    """The whole report."""
    for finding in report.findings:
        yield from _finding(finding)
        yield ""
    yield summary(report)


def heading(finding: Finding) -> str:
    """`train.yaml:14:1  error SL301 warmup-outlasts-training`."""
    line, column = finding.place.document.position(finding.place.start)
    where = f"{harmless(finding.path)}:{line}:{column}"
    return f"{where}  {finding.severity.value} {finding.code} {finding.name}"


def _finding(finding: Finding) -> Iterator[str]:
    yield heading(finding)
    yield f"  {message(finding)}"
    yield ""
    yield from frame(finding)
    yield ""
    about = [finding.framework, f"why: schedlint rule {finding.code}"]
    yield "  " + " · ".join(part for part in about if part)
    if finding.fix is not None:
        yield f"  {'safe' if finding.fix.safe else 'unsafe'} fix: {harmless(finding.fix.title)}"


def message(finding: Finding) -> str:
    """The message in one line, with the versions that it is about."""
    about = f" ({finding.versions})" if finding.versions else ""
    return harmless(finding.message) + about


def summary(report: Report) -> str:
    """`1 error, 2 warnings in 3 files. 1 check undecided (needs eval_dataset_size).`"""
    counts = Counter(finding.severity for finding in report.findings)
    found = ", ".join(_counted(counts[s], s.value) for s in Severity if counts[s])
    checked = _counted(len(report.checked), "file")
    if not report.checked:
        text = "Nothing checked." if report.unreadable else "No training config found."
    else:
        text = f"{found} in {checked}." if found else f"Nothing found in {checked}."
    return f"{text}{_unreadable(report)}{_undecided(report)}"


def _unreadable(report: Report) -> str:
    if not report.unreadable:
        return ""
    return f" {_counted(len(report.unreadable), 'file')} could not be read."


def _undecided(report: Report) -> str:
    if not report.undecided:
        return ""
    needed = {name for each in report.undecided for name in each.needs}
    needs = [name for name in WORDS if name in needed]
    count = _counted(len(report.undecided), "check")
    verb = "needs" if len(report.undecided) == 1 else "need"
    return f" {count} undecided ({verb} {', '.join(needs)})."


def _counted(number: int, noun: str) -> str:
    plural = noun if number == 1 or noun == "info" else f"{noun}s"
    return f"{number} {plural}"
