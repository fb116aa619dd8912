"""The test kit for rules: what the box's own rules are tested with, for everybody's.

    from schedlint.testing import check_rule

    def test_my_rule() -> None:
        check_rule(MyRule)

Every bad example must give exactly its finding, at its line and column, every good one nothing. A
finding that rests on a comparison of two numbers must say both. A fix must give the text that the
example says, after which the rule is silent, and the rule's page must tell of it (`**Fix.**`). The
examples go through the real recogniser, reader, solver and fixer.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

from schedlint.engine import Report, check_paths
from schedlint.fixing import Mended, mend
from schedlint.plan import Comparison, Quantity
from schedlint.policy import Policy
from schedlint.reading.versions import parse_pin
from schedlint.rules import Example, Finding, Rule, Scenario
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
        which = f"{rule.code} bad example {number}"
        with _comparisons() as held, _checked(example, [rule]) as (paths, policy, report):
            _expect_bad(rule.code, example, report, which)
            _expect_both_numbers(report.findings[0], held, which)
            _expect_fix(example, mend(paths, policy, report, unsafe=True), which)
    for number, example in enumerate(kind.good, 1):
        found = check_example(example, [rule]).findings
        if found:
            told_ = "\n".join(map(_told, found))
            raise AssertionError(f"{rule.code} good example {number} is not silent:\n{told_}")
    _expect_fixes_explained(kind)


def check_example(example: Example, rules: Sequence[Rule]) -> Report:
    """What some rules say of an example, as a command line with its files and flags would."""
    with _checked(example, rules) as (_, _, report):
        return report


@contextmanager
def _checked(example: Example, rules: Sequence[Rule]) -> Iterator[tuple[list[str], Policy, Report]]:
    """An example in a folder of its own, as long as that is there: what is checked, and how."""
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
        paths = [str(top / example.file)]
        report = check_paths(paths, policy)
        if report.notices or report.unreadable or report.crashed:
            problems = [*report.notices, *map(str, report.unreadable), *map(_told, report.findings)]
            raise AssertionError("the example cannot be checked:\n" + "\n".join(problems))
        yield paths, policy, report


def _expect_bad(code: str, example: Example, report: Report, which: str) -> None:
    found = report.findings
    if len(found) != 1:
        told_ = "\n".join(map(_told, found)) or "nothing"
        raise AssertionError(f"{which} gives {len(found)} findings instead of one:\n{told_}")
    finding = found[0]
    at = f"{example.found_in or example.file}:{example.line}:{example.column} {code}"
    if not _told(finding).startswith(f"{at} "):
        raise AssertionError(f"{which}: expected {at}, found something else:\n{_told(finding)}")
    if not example.message or example.message not in finding.message:
        raise AssertionError(f"{which}: the message lacks {example.message!r}:\n{_told(finding)}")


def _expect_fix(example: Example, mended: Mended, which: str) -> None:
    """The fix gives the text that the example says, and the rule is silent then."""
    if any(each.not_fixed for each in mended.left.findings):
        reasons = "\n".join(each.not_fixed for each in mended.left.findings)
        raise AssertionError(f"{which}: the fix cannot be made:\n{reasons}")
    texts = [file.text for file in mended.after.values()]
    expected = [example.fixed] if example.fixed else []
    if texts != expected:
        got, wanted = "\n".join(texts) or "no fix", example.fixed or "no fix"
        raise AssertionError(f"{which}: expected\n{wanted}\nthe fix gives\n{got}")
    if expected and mended.left.findings:
        left = "\n".join(map(_told, mended.left.findings))
        raise AssertionError(f"{which}: left after the fix:\n{left}")


def _expect_fixes_explained(kind: type[Rule]) -> None:
    fixes = any(example.fixed for example in kind.bad)
    if fixes != ("**Fix.**" in (kind.__doc__ or "")):
        lacks = "does not tell of its fix" if fixes else "tells of a fix that no example shows"
        raise AssertionError(f"{kind.__name__}: the page (**Fix.**) {lacks}")


@contextmanager
def _comparisons() -> Iterator[list[Comparison]]:
    """The comparisons that rules ask for meanwhile, and that hold."""
    held: list[Comparison] = []
    certainly = Scenario.certainly

    def remember(scenario: Scenario, comparison: Comparison) -> bool:
        holds = certainly(scenario, comparison)
        if holds:
            held.append(comparison)
        return holds

    with patch.object(Scenario, "certainly", remember):
        yield held


def _expect_both_numbers(finding: Finding, held: list[Comparison], which: str) -> None:
    """One of the comparisons that led to the finding stands in its message with both its numbers.

    One of them, for a rule may ask for others first, which are not what it speaks of.
    """
    pairs = [each.quantities for each in held if len(each.quantities) == 2]
    if pairs and not any(all(_says(finding.message, q) for q in pair) for pair in pairs):
        numbers = " and ".join(f"{q.name} ({q})" for q in pairs[-1])
        raise AssertionError(f"{which}: the message does not say {numbers}:\n{_told(finding)}")


def _says(message: str, quantity: Quantity) -> bool:
    """Whether the number stands in a message, on its own or as the line that states it."""
    number = rf"(?<![\d.,]){re.escape(str(quantity))}(?![\d]|[.,]\d)"
    return bool(re.search(number, message) or (quantity.text and quantity.text in message))


def _told(finding: Finding) -> str:
    line, column = finding.place.document.position(finding.place.start)
    return f"{finding.place.name}:{line}:{column} {finding.code} {finding.message}"
