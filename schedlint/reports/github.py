"""Annotations for GitHub Actions: workflow commands, which the runner reads from the log.

Sources: the toolkit's `packages/core/src/command.ts` (escapes) and the runner's `ActionCommand.cs`
(what reads them).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from schedlint.engine import Report
from schedlint.reports.escape import harmless
from schedlint.reports.paths import from_top
from schedlint.reports.proof import proof
from schedlint.reports.text import message, summary
from schedlint.rules import Finding, Severity

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}
_IN_DATA = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_IN_PROPERTY = {**_IN_DATA, ":": "%3A", ",": "%2C"}


def lines(report: Report) -> Iterator[str]:
    """A command for each file that cannot be read and each finding, then the summary."""
    for error in report.unreadable:
        where = {"file": _file(error.path), "title": "schedlint: cannot be read"}
        yield _command("error", where, harmless(error.message))
    for finding in report.findings:
        text = [message(finding), *_below(finding)]
        yield _command(_COMMANDS[finding.severity], _properties(finding), "\n".join(text))
    yield summary(report)


def _below(finding: Finding) -> list[str]:
    rest = list(proof(finding))
    return ["", *rest] if rest else []


def _properties(finding: Finding) -> dict[str, str]:
    """Where it is. The last column is the last that belongs to it, and columns are for one line."""
    document = finding.place.document
    line, column = document.position(finding.place.start)
    last, behind = document.position(finding.place.end)
    found = {"file": _file(finding.path), "line": str(line), "endLine": str(last)}
    if last == line:
        found |= {"col": str(column), "endColumn": str(max(column, behind - 1))}
    return {**found, "title": harmless(f"{finding.code} {finding.name}")}


def _file(path: str) -> str:
    """The file for the runner, which loses an equals sign at the start of a value."""
    name = from_top(path)
    return f"./{name}" if name.startswith("=") else name


def _command(name: str, properties: dict[str, str], data: str) -> str:
    told = ",".join(f"{key}={_escaped(text, _IN_PROPERTY)}" for key, text in properties.items())
    return f"::{name} {told}::{_escaped(data, _IN_DATA)}"


def _escaped(text: str, escapes: dict[str, str]) -> str:
    """The toolkit's escapes; what a terminal would obey is harmless besides, line ends apart."""
    parts = (part if part in "\r\n" else harmless(part) for part in re.split(r"([\r\n])", text))
    return "".join(escapes.get(sign, sign) for sign in "".join(parts))
