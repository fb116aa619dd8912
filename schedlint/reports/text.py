"""The report for people: each finding with its code frame, then a summary line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from schedlint.engine import Report
from schedlint.plan import WORDS
from schedlint.reports.escape import harmless, inert
from schedlint.reports.frame import frame
from schedlint.reports.style import PLAIN, Part, Style
from schedlint.rules import Finding, Severity


def lines(report: Report, style: Style = PLAIN) -> Iterator[str]:
    """The whole report."""
    return inert(_lines(report, style))


def _lines(report: Report, style: Style) -> Iterator[str]:
    for finding in report.fixed:
        yield fixed(finding, style)
    if report.fixed:
        yield ""
    for finding in report.findings:
        yield from _finding(finding, style)
        yield ""
    yield summary(report)


def heading(finding: Finding, style: Style = PLAIN) -> str:
    """`train.yaml:14:1  error SL301 warmup-outlasts-training`."""
    at = style.painted(where(finding), Part.PATH)
    return f"{at}  {rating(finding, style)} {harmless(finding.name)}"


def rating(finding: Finding, style: Style = PLAIN) -> str:
    """`error SL301`."""
    severity, code = finding.severity, style.code(harmless(finding.code))
    return style.rated(f"{severity.value} {code}", severity)


def where(finding: Finding) -> str:
    """`train.yaml:14:1`."""
    line, column = finding.place.document.position(finding.place.start)
    return f"{harmless(finding.path)}:{line}:{column}"


def fixed(finding: Finding, style: Style = PLAIN) -> str:
    """`train.yaml:3:1  fixed SL701 number-is-text: write 2.0e-5`, at the place that it had."""
    assert finding.fix is not None, "only a fix mends"
    title = harmless(finding.fix.title)
    at, done = style.painted(where(finding), Part.PATH), style.painted("fixed", Part.FIX)
    code, name = style.code(harmless(finding.code)), harmless(finding.name)
    return f"{at}  {done} {code} {name}: {title}"


def _finding(finding: Finding, style: Style) -> Iterator[str]:
    yield heading(finding, style)
    yield f"  {message(finding)}"
    yield ""
    yield from frame(finding, style)
    yield ""
    about = [harmless(finding.framework), f"why: schedlint rule {harmless(finding.code)}"]
    yield "  " + " · ".join(part for part in about if part)
    if finding.fix is not None:
        kind = style.painted(f"{'safe' if finding.fix.safe else 'unsafe'} fix", Part.FIX)
        yield f"  {kind}: {harmless(finding.fix.title)}"
    if finding.not_fixed:
        yield f"  not fixed: {harmless(finding.not_fixed)}"


def message(finding: Finding) -> str:
    """The message in one line, with the versions that it is about."""
    about = f" ({finding.versions})" if finding.versions else ""
    return harmless(finding.message + about)


def summary(report: Report) -> str:
    """`1 error, 2 warnings in 3 files. 1 check undecided (needs eval_dataset_size).`"""
    counts = Counter(finding.severity for finding in report.findings)
    found = ", ".join(counted(counts[s], s.value) for s in Severity if counts[s])
    checked = counted(len(report.checked), "file")
    if not report.checked:
        text = "Nothing checked." if report.unreadable else "No training config found."
    else:
        text = f"{found} in {checked}." if found else f"Nothing found in {checked}."
    return f"{text}{_fixes(report)}{_unreadable(report)}{_undecided(report)}"


def _fixes(report: Report) -> str:
    """` Fixed 2 findings. 1 can be fixed with --fix, 2 more with --unsafe-fixes.`"""
    done = f" Fixed {counted(len(report.fixed), 'finding')}." if report.fixed else ""
    fixes = [each.fix for each in report.findings if each.fix is not None and not each.not_fixed]
    safe = sum(fix.safe for fix in fixes)
    offers = []
    if safe:
        offers.append(f"{safe} can be fixed with --fix")
    if unsafe := len(fixes) - safe:
        more = f"{unsafe} more" if safe else f"{unsafe} can be fixed"
        offers.append(f"{more} with --unsafe-fixes")
    return f"{done} {', '.join(offers)}." if offers else done


def _unreadable(report: Report) -> str:
    if not report.unreadable:
        return ""
    return f" {counted(len(report.unreadable), 'file')} could not be read."


def _undecided(report: Report) -> str:
    if not report.undecided:
        return ""
    needed = {name for each in report.undecided for name in each.needs}
    needs = [name for name in WORDS if name in needed]
    count = counted(len(report.undecided), "check")
    verb = "needs" if len(report.undecided) == 1 else "need"
    return f" {count} undecided ({verb} {', '.join(needs)})."


def counted(number: int, noun: str) -> str:
    """`1 error`, `2 errors`."""
    plural = noun if number == 1 or noun == "info" else f"{noun}s"
    return f"{number} {plural}"
