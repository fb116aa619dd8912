"""Real mistakes, where they are at hand: how many are found, and their corrected twins silent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from schedlint.engine import Report, check_paths
from schedlint.policy import Policy
from schedlint.reading.versions import parse_pin
from schedlint.rulebook import in_the_box
from schedlint.rules import Severity
from schedlint.settings import SettingsFiles
from schedlint.told import Told, told

LEAST_FOUND = 53
"""A floor: found cases among all, of whatever framework. It only ever rises."""


def _check(paths: list[Path], flags: dict[str, Any]) -> Report:
    facts = told({name: value for name, value in flags.items() if name != "versions"})
    versions = flags.get("versions", {}).items()
    pins = tuple(parse_pin(f"{package}=={version}", "case") for package, version in versions)
    known = Told(facts.assumptions, pins, gpu=facts.gpu)
    rules = [listed.load() for listed in in_the_box()]
    policy = Policy(known, rules=rules, settings=SettingsFiles(isolated=True))
    return check_paths([str(path) for path in paths], policy)


def _loud(report: Report) -> Iterator[tuple[Path, int, str]]:
    for each in report.findings:
        if each.severity is not Severity.INFO:
            yield Path(each.path), each.place.line, each.message


@pytest.fixture(scope="module")
def cases(shared: Path) -> list[dict[str, Any]]:
    """The list of cases."""
    text = (shared / "cases" / "cases.yaml").read_text(encoding="utf-8")
    found: list[dict[str, Any]] = yaml.safe_load(text)
    return found


def _target(shared: Path, case: dict[str, Any], entry: dict[str, Any]) -> Path:
    """The file, or the folder whose files are given together."""
    file = Path(shared / "cases" / entry["file"])
    return file.parent if file.parent.name == case["id"] else file


def test_mistakes_are_found(shared: Path, cases: list[dict[str, Any]]) -> None:
    """At least as many of the cases are found as ever, at one of their lines."""
    found = Counter[str]()
    for case in cases:
        for entry in case["expect"]:
            report = _check([_target(shared, case, entry)], entry.get("flags") or {})
            places = {(path.name, line) for path, line, _ in _loud(report)}
            if {(Path(entry["file"]).name, line) for line in entry["lines"]} & places:
                found[case["framework"]] += 1
                break
    assert sum(found.values()) >= LEAST_FOUND, found


def test_corrected_twins_are_silent(shared: Path, cases: list[dict[str, Any]]) -> None:
    """With the same facts, the corrected config gives nothing at warning or above."""
    noise = {}
    for case in cases:
        twin = shared / "cases" / case["clean_twin"]
        flags = case["expect"][0].get("flags") or {}
        noise[case["id"]] = [message for _, _, message in _loud(_check([twin], flags))]
    assert {id: messages for id, messages in noise.items() if messages} == {}
