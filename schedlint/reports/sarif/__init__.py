"""SARIF 2.1.0, which GitHub's code scanning and many editors read.

Source: the OASIS standard; the numbers of its sections stand beside what they ask for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from schedlint.engine import Report
from schedlint.reports import links
from schedlint.reports.escape import harmless
from schedlint.reports.fingerprints import fingerprints
from schedlint.reports.json import JsonObject, dumps
from schedlint.reports.sarif.descriptors import LEVELS, NOT_READ, NOTICE, NOTIFICATIONS, descriptors
from schedlint.reports.sarif.messages import message
from schedlint.reports.sarif.places import ROOT, Files, region
from schedlint.reports.text import message as one_line
from schedlint.rules import Finding, Fix, Place

_SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)


def lines(report: Report) -> Iterator[str]:
    """A log of one run."""
    yield dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [_run(report)]}, indent=2)


def _run(report: Report) -> JsonObject:
    files = Files(report)
    rules = descriptors(report.findings)
    numbers = {str(rule["id"]): number for number, rule in enumerate(rules)}
    named = zip(report.findings, fingerprints(report.findings), strict=True)
    return {
        "tool": {"driver": _driver(rules)},
        "invocations": [_invocation(report, files)],
        "originalUriBaseIds": {
            # Without its address, which differs between machines and may name somebody (3.14.14).
            ROOT: {"description": message("The top of the repository, or the working directory.")}
        },
        "artifacts": files.artifacts,
        "defaultEncoding": "UTF-8",
        "columnKind": "utf16CodeUnits",
        "newlineSequences": ["\r\n", "\n", "\r"],
        "results": [
            _result(finding, numbers[finding.code], fingerprint, files)
            for finding, fingerprint in named
        ],
    }


def _driver(rules: list[JsonObject]) -> JsonObject:
    from schedlint import __version__

    driver: JsonObject = {"name": "schedlint", "version": __version__}
    if re.fullmatch(r"\d+\.\d+\.\d+", __version__):
        driver["semanticVersion"] = __version__
    if links.DOCUMENTATION is not None:
        driver["informationUri"] = links.DOCUMENTATION
    driver["rules"] = rules
    driver["notifications"] = NOTIFICATIONS
    return driver


def _invocation(report: Report, files: Files) -> JsonObject:
    told: list[JsonObject] = [
        {
            "descriptor": NOT_READ,
            "level": "error",
            "message": message(harmless(str(error))),
            "locations": [{"physicalLocation": {"artifactLocation": files.location(error.path)}}],
        }
        for error in report.unreadable
    ]
    told += (
        {
            "descriptor": NOTICE,
            "level": "note",
            "message": message(harmless(notice)),
        }
        for notice in report.notices
    )
    successful = not (report.unreadable or report.crashed)
    return {"executionSuccessful": successful, "toolExecutionNotifications": told}


def _result(finding: Finding, number: int, fingerprint: str, files: Files) -> JsonObject:
    result: JsonObject = {
        "ruleId": finding.code,
        "ruleIndex": number,
        "level": LEVELS[finding.severity],
        "message": message(one_line(finding)),
        "locations": [_location(finding.place, files)],
        "relatedLocations": [
            {"id": number, **_location(place, files), "message": message(text)}
            for number, (place, text) in enumerate(dict.fromkeys(_related(finding)))
        ],
        "partialFingerprints": {"schedlintFinding/v1": fingerprint},
        "properties": {
            "framework": finding.framework or None,
            "because": [harmless(str(step)) for step in finding.because],
        },
    }
    if finding.fix is not None and not finding.not_fixed:
        result["fixes"] = [_fix(finding.fix, files)]
    return result


def _location(place: Place, files: Files) -> JsonObject:
    file = place.document.file
    where = {"artifactLocation": files.of(file)}
    return {"physicalLocation": {**where, "region": region(file, place.start, place.end)}}


def _related(finding: Finding) -> Iterator[tuple[Place, str]]:
    """Related places, then the places that the proof rests on, the finding's own included."""
    for place, text in finding.related:
        yield place, harmless(text) or harmless(place.name)
    for step in finding.because:
        if step.claim is not None and isinstance(step.claim.place, Place):
            yield step.claim.place, harmless(str(step))


def _fix(fix: Fix, files: Files) -> JsonObject:
    from schedlint.fixes.edits import document_of
    from schedlint.fixes.splices import splices_of

    file = document_of(fix.edits[0]).file
    replacements: list[JsonObject] = [
        {"deletedRegion": region(file, start, end), "insertedContent": {"text": text}}
        for start, end, text in splices_of(fix.edits)
    ]
    kind = "safe" if fix.safe else "unsafe"
    return {
        "description": message(f"{harmless(fix.title)} ({kind})"),
        "artifactChanges": [{"artifactLocation": files.of(file), "replacements": replacements}],
        "properties": {"applicability": kind},
    }
