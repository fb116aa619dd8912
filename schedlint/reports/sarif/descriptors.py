"""What SARIF tells of a rule, from the rule's own page."""

from __future__ import annotations

from collections.abc import Iterable

from schedlint.built_in import BUILT_IN
from schedlint.reports.json import JsonObject
from schedlint.reports.links import page_url
from schedlint.reports.sarif.messages import literal, message
from schedlint.rulebook import in_the_box
from schedlint.rules import Finding, Rule, Severity

LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}

NOT_READ: JsonObject = {"id": "file-not-read", "index": 0}
NOTICE: JsonObject = {"id": "notice", "index": 1}
"""References to what the tool may say of its own work: descriptors of `NOTIFICATIONS`."""


def _notification(name: str, short: str, full: str) -> JsonObject:
    told = {"shortDescription": message(short), "fullDescription": message(full)}
    return {"id": name, **told, "help": message(full)}


NOTIFICATIONS = [
    _notification(
        "file-not-read",
        "A file that was asked for could not be read.",
        "A file that was asked for could not be read, so that nothing in it was checked.",
    ),
    _notification(
        "notice",
        "Something was not quite as it was asked for.",
        "A file was not recognised as a training config, or another one that it names is missing.",
    ),
]


def descriptors(findings: Iterable[Finding]) -> list[JsonObject]:
    """The rules behind some findings, by code; of a plugin's rule no more than its name is told."""
    names = {finding.code: finding.name for finding in findings}
    listed = {rule.code: rule for rule in in_the_box()}
    rules: dict[str, Rule] = {rule.code: rule for rule in BUILT_IN}
    rules |= {code: listed[code].load() for code in names if code in listed}
    return [
        {"id": code, "name": names[code], **(_told(rules[code]) if code in rules else {})}
        for code in sorted(names)
    ]


def _told(rule: Rule) -> JsonObject:
    from inspect import cleandoc  # too dear for a report without findings

    page = cleandoc(rule.__doc__ or "")
    paragraphs = [" ".join(part.split()) for part in page.split("\n\n")]
    more = [part.removeprefix("**What.** ") for part in paragraphs[1:2]]
    told: JsonObject = {
        "shortDescription": message(_plain(paragraphs[0])),
        "fullDescription": message(_plain(" ".join(paragraphs[:1] + more))),
        "help": {"text": literal(_plain(page)), "markdown": literal(page)},
        "defaultConfiguration": {"level": LEVELS[rule.severity]},
        # A finding holds for every value that the unknowns can have.
        "properties": {"precision": "very-high"},
    }
    url = page_url(rule.code)
    return told if url is None else {**told, "helpUri": url}


def _plain(page: str) -> str:
    """A page without its emphasis."""
    return page.replace("**", "")
