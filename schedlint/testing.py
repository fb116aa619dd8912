"""The test kit for rules: what the box's own rules are tested with, for everybody's.

    from schedlint.testing import check_rule

    def test_my_rule() -> None:
        check_rule(MyRule)

Every bad example must give exactly its finding, at its line and column, every good one nothing. The
examples go through the real recogniser, reader and solver.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from schedlint.engine import Report, check_paths
from schedlint.policy import Policy
from schedlint.reading.versions import parse_pin
from schedlint.rules import Example, Finding, Rule
from schedlint.run import read_companions
from schedlint.settings import SettingsFiles
from schedlint.told import Told, told

__all__ = ["check_example", "check_rule"]


def check_rule(kind: type[Rule]) -> None:
    """Run a rule on all its examples. Raises AssertionError that says which one failed, and how."""
    if not kind.bad or not kind.good:
        raise AssertionError(f"{kind.__name__} needs at least one bad and one good example")
    rule = kind()
    for number, example in enumerate(kind.bad, 1):
        _expect_bad(example, check_example(example, [rule]), f"{rule.code} bad example {number}")
    for number, example in enumerate(kind.good, 1):
        found = check_example(example, [rule]).findings
        if found:
            told_ = "\n".join(map(_told, found))
            raise AssertionError(f"{rule.code} good example {number} is not silent:\n{told_}")


def check_example(example: Example, rules: Sequence[Rule]) -> Report:
    """What some rules say of an example, as a command line with its files and flags would."""
    with tempfile.TemporaryDirectory() as folder:
        top = Path(folder)
        for name, text in {**example.files, example.file: example.config}.items():
            (top / name).parent.mkdir(parents=True, exist_ok=True)
            (top / name).write_bytes(text.encode())
        facts = told(example.flags)
        pins = tuple(parse_pin(spec, "example") for spec in example.packages)
        known = Told(facts.assumptions, pins, gpu=facts.gpu)
        beside = read_companions([top / name for name in example.beside])
        alone = SettingsFiles(isolated=True)
        policy = Policy(known, beside, rules=rules, settings=alone)
        report = check_paths([str(top / example.file)], policy)
        if report.notices or report.unreadable or report.crashed:
            problems = [*report.notices, *map(str, report.unreadable), *map(_told, report.findings)]
            raise AssertionError("the example cannot be checked:\n" + "\n".join(problems))
        return report


def _expect_bad(example: Example, report: Report, which: str) -> None:
    found = report.findings
    if len(found) != 1:
        told_ = "\n".join(map(_told, found)) or "nothing"
        raise AssertionError(f"{which} gives {len(found)} findings instead of one:\n{told_}")
    finding = found[0]
    position = finding.place.document.position(finding.place.start)
    expected = (example.found_in or example.file, example.line, example.column)
    if (finding.place.name, *position) != expected:
        raise AssertionError(
            f"{which} is found at another place than {expected}:\n{_told(finding)}"
        )
    if not example.message or example.message not in finding.message:
        raise AssertionError(f"{which}: the message lacks {example.message!r}:\n{_told(finding)}")


def _told(finding: Finding) -> str:
    line, column = finding.place.document.position(finding.place.start)
    return f"{finding.place.name}:{line}:{column} {finding.code} {finding.message}"
