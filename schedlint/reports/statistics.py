"""How often each rule has found something, and how much of it can be fixed."""

from __future__ import annotations

from collections.abc import Iterator

from schedlint.engine import Report
from schedlint.reports.escape import harmless, inert
from schedlint.reports.text import summary
from schedlint.rules import Finding


def statistics(report: Report) -> Iterator[str]:
    """A line a rule, the most frequent first, then the summary."""
    found: dict[str, list[Finding]] = {}
    for finding in report.findings:
        found.setdefault(finding.code, []).append(finding)
    order = sorted(found, key=lambda code: (-len(found[code]), code))
    gap = [""] if found else []
    return inert([*_table([found[code] for code in order]), *gap, summary(report)])


def _table(groups: list[list[Finding]]) -> Iterator[str]:
    digits = max((len(str(len(group))) for group in groups), default=0)
    names = max((len(harmless(group[0].name)) for group in groups), default=0)
    for group in groups:
        first, fixes = group[0], _fixes(group)
        name = f"{harmless(first.name):{names}}" if fixes else harmless(first.name)
        yield f"{len(group):>{digits}}  {harmless(first.code)}  {name}  {fixes}".rstrip()


def _fixes(group: list[Finding]) -> str:
    """`2 can be fixed`, `2 can be fixed, 1 of them only with --unsafe-fixes`."""
    fixes = [each.fix for each in group if each.fix is not None and not each.not_fixed]
    unsafe = sum(not fix.safe for fix in fixes)
    if not fixes:
        return ""
    if not unsafe:
        return f"{len(fixes)} can be fixed"
    if unsafe == len(fixes):
        return f"{unsafe} can be fixed with --unsafe-fixes"
    return f"{len(fixes)} can be fixed, {unsafe} of them with --unsafe-fixes"
