"""The report for programs: one JSON object. Lines and columns are 1-based, columns count
characters. All of it is ASCII, so that no encoding of the output can spoil it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from fractions import Fraction
from math import inf

from schedlint.engine import Report
from schedlint.outlook import VersionedQuantity
from schedlint.plan import Contradiction, Number, Quantity, Step
from schedlint.reports.links import page_url
from schedlint.rules import Finding, Fix, Place
from schedlint.run import Run
from schedlint.undecided import Undecided

JsonObject = dict[str, object]


def lines(report: Report) -> Iterator[str]:
    """The report of `check`."""
    from schedlint import __version__

    yield dumps(
        {
            "version": __version__,
            "files": {"checked": len(report.checked), "skipped": len(report.passed_over)},
            "findings": [finding_object(finding) for finding in report.findings],
            "fixed": [finding_object(finding) for finding in report.fixed],
            "undecided": [_undecided(each) for each in report.undecided],
        },
        indent=2,
    )


def derived(runs: list[tuple[str, Run | None]]) -> str:
    """The report of `derive`: a list with one object a file."""
    return dumps([_run(path, run) for path, run in runs], indent=2)


def dumps(value: object, indent: int | None = None) -> str:
    """JSON in which nothing is left that a terminal, or the CI job that prints it, would obey."""
    text = json.dumps(value, indent=indent)
    return text.replace("##", r"#\u0023").replace("\x7f", r"\u007f")


def finding_object(finding: Finding) -> JsonObject:
    """One finding."""
    return {
        "code": finding.code,
        "name": finding.name,
        "severity": finding.severity.value,
        "message": finding.message,
        "file": finding.path,
        "framework": finding.framework or None,
        "versions": finding.versions or None,
        **_span(finding.place),
        "because": _because(finding.because),
        "related": [
            {"file": place.path, **_point(place, place.start), "message": text}
            for place, text in finding.related
        ],
        "fix": None if finding.fix is None else _fix(finding.fix),
        "not_fixed": finding.not_fixed or None,
        "url": page_url(finding.code),
    }


def _span(place: Place) -> JsonObject:
    return {"start": _point(place, place.start), "end": _point(place, place.end)}


def _point(place: Place, offset: int) -> JsonObject:
    line, column = place.document.position(offset)
    return {"line": line, "column": column}


def _because(steps: tuple[Step, ...]) -> list[JsonObject]:
    return [_step(step) for step in steps]


def _step(step: Step) -> JsonObject:
    place = None if step.claim is None else step.claim.place
    where = {"file": place.path, "line": place.line} if isinstance(place, Place) else {}
    return {"text": str(step), **where}


def _fix(fix: Fix) -> JsonObject:
    from schedlint.fixes.edits import document_of
    from schedlint.fixes.splices import splices_of

    document = document_of(fix.edits[0])
    places = [(Place(document, start, end), text) for start, end, text in splices_of(fix.edits)]
    return {
        "applicability": "safe" if fix.safe else "unsafe",
        "title": fix.title,
        "edits": [{"file": place.path, **_span(place), "text": text} for place, text in places],
    }


def _undecided(undecided: Undecided) -> JsonObject:
    return {
        "code": undecided.rule.code,
        "file": undecided.path,
        "needs": list(undecided.needs),
        "edge": undecided.edge() or None,
    }


def _run(path: str, run: Run | None) -> JsonObject:
    if run is None:
        return {"file": path, "framework": None, "files": [path], "quantities": {}}
    report: JsonObject = {
        "file": path,
        "framework": run.framework.name,
        "files": list(run.files),
        "quantities": {name: _quantity(run.plan[name]) for name in run.plan},
    }
    if run.plan.contradictions:
        report["contradictions"] = [_contradiction(each) for each in run.plan.contradictions]
    return report


def _contradiction(contradiction: Contradiction) -> JsonObject:
    return {"because": _because(contradiction.because)}


def _quantity(quantity: Quantity) -> JsonObject:
    found: JsonObject = {
        "value": _number(quantity.value),
        "low": _number(quantity.low),
        "high": _number(quantity.high),
        "unit": quantity.unit,
        "origin": quantity.origin.value,
        "because": _because(quantity.why()) if quantity.value is not None else [],
    }
    if isinstance(quantity, VersionedQuantity):
        found["by_version"] = {
            versions: _number(each.value) for versions, each in quantity.by_versions
        }
    return found


def _number(value: Number | None) -> int | float | None:
    if value is None or value in (inf, -inf):
        return None
    if isinstance(value, Fraction):
        return value.numerator if value.denominator == 1 else float(value)
    return value
