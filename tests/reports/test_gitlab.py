"""GitLab's code quality report is what its documentation and its own schema ask for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given

from schedlint.engine import Report
from schedlint.reports import gitlab
from schedlint.reports.escape import harmless
from schedlint.rules import Severity
from tests.reports.conftest import Checked
from tests.reports.made import NAMES, TEXTS, found, hostile
from tests.reports.runner import logging_commands

LONG = "output_dir: out\nper_device_train_batch_size: 4\nmax_steps: 100\nwarmup_steps: 200\n"

# What `doc/ci/testing/code_quality.md` says of each property; stricter than the parser.
SCHEMA = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["description", "check_name", "fingerprint", "severity", "location"],
        "additionalProperties": False,
        "properties": {
            "description": {"type": "string", "minLength": 1},
            "check_name": {"type": "string", "minLength": 1},
            "fingerprint": {"type": "string", "pattern": "^[0-9a-f]+$"},
            "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
            "location": {
                "type": "object",
                "required": ["path", "lines"],
                "additionalProperties": False,
                "properties": {
                    "path": {"type": "string", "minLength": 1},
                    "lines": {
                        "type": "object",
                        "required": ["begin"],
                        "additionalProperties": False,
                        "properties": {"begin": {"type": "integer", "minimum": 1}},
                    },
                },
            },
        },
    },
}

pytestmark = pytest.mark.usefixtures("repository")


def read(report: Report) -> Any:
    """The report as GitLab reads it: ASCII without a byte order mark, valid, each name once."""
    text = "\n".join(gitlab.lines(report))
    assert text.isascii()
    assert not logging_commands(text)
    issues = json.loads(text)
    jsonschema.validate(issues, SCHEMA)
    assert len({issue["fingerprint"] for issue in issues}) == len(issues)
    return issues


def test_whole_issue(checked: Checked) -> None:
    """Every property of a finding."""
    (issue,) = read(checked(LONG))
    assert issue.pop("fingerprint")
    assert issue == {
        "description": "warmup-outlasts-training: warm-up takes 200 of the 100 steps that will "
        "run: the learning rate never gets past its peak",
        "check_name": "SL301",
        "severity": "critical",
        "location": {"path": "train.yaml", "lines": {"begin": 4}},
    }


def test_nothing() -> None:
    """Without findings the list is empty, and still a list."""
    assert read(Report(checked=["a.yaml"])) == []


@pytest.mark.parametrize(
    ("severity", "name"),
    [(Severity.ERROR, "critical"), (Severity.WARNING, "major"), (Severity.INFO, "info")],
)
def test_severities(severity: Severity, name: str) -> None:
    """Ours in the words that GitLab has."""
    (issue,) = read(Report(findings=[found(severity=severity)]))
    assert issue["severity"] == name


def test_below_the_top(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """GitLab knows files from the top of the repository."""
    (repository / "sub").mkdir(exist_ok=True)
    monkeypatch.chdir(repository / "sub")
    (issue,) = read(Report(findings=[found(path="a.yaml")]))
    assert issue["location"]["path"] == "sub/a.yaml"


def test_twins() -> None:
    """GitLab shows one of several issues with one fingerprint: none may share it."""
    assert len(read(Report(findings=[found(), found()]))) == 2


def test_every_rule(every_rule: Report) -> None:
    """What every rule finds in its example is valid."""
    assert len(read(every_rule)) == len(every_rule.findings)


@given(TEXTS, NAMES)
def test_anything(words: str, name: str) -> None:
    """Whatever a file holds and is called; a name that is no text has a question mark instead."""
    (issue,) = read(hostile(words, name))
    assert issue["description"] == f"a-name: {harmless(words)}"
    stand_ins = ["?" if 0xD800 <= ord(sign) < 0xE000 else sign for sign in name]
    assert issue["location"]["path"] == "".join(stand_ins)
