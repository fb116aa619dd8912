"""The rules in the box: their examples, their metadata, their table."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import schedlint_rules

from schedlint.built_in import BUILT_IN
from schedlint.rulebook import Listed, in_the_box, select
from schedlint.rules import Rule
from schedlint.testing import check_rule

RULES = in_the_box()


@pytest.mark.parametrize("listed", RULES, ids=lambda listed: listed.code)
def test_examples(listed: Listed) -> None:
    """Every bad example gives its finding at its place, every good one nothing."""
    check_rule(type(listed.load()))


@pytest.mark.parametrize(
    "rule", [*(r.load() for r in RULES), *BUILT_IN], ids=lambda rule: rule.code
)
def test_metadata(rule: Rule) -> None:
    """A rule has a code of its family's form, a kebab-case name, a severity and a page."""
    assert re.fullmatch(r"SL[1-9]\d\d", rule.code)
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)+", rule.name)
    assert rule.severity is not None
    assert len((rule.__doc__ or "").split()) > 30


NO_REPORT_FOUND = {"SL308", "SL309", "SL408", "SL708"}
"""Rules for whose mistake no public report was found: known from configs and code alone."""


def test_a_report_is_linked() -> None:
    """Each page links a public report of somebody whom the mistake cost."""
    report = re.compile(r"https://github\.com/[\w.-]+/[\w.-]+/(issues|pull)/\d+")
    without = {
        listed.code
        for listed in RULES
        if not any(report.fullmatch(source) for source in listed.load().sources)
    }
    assert without == NO_REPORT_FOUND


def test_table_lists_the_folder() -> None:
    """The table of the pack holds every rule module that lies in it, and no other."""
    top = Path(schedlint_rules.__file__).parent
    modules = {
        ".".join(path.relative_to(top).with_suffix("").parts)
        for path in top.glob("*/*.py")
        if path.stem != "__init__"
    }
    assert modules == set(schedlint_rules.MODULES.values())


def test_table_agrees_with_the_rules() -> None:
    """Code and name in the table are those of the rule itself."""
    for listed in RULES:
        rule = listed.load()
        assert (rule.code, rule.name) == (listed.code, listed.name)


def test_codes_and_names_are_unique() -> None:
    """No code and no name stands for two rules."""
    rules = [*(listed.load() for listed in RULES), *BUILT_IN]
    assert len({rule.code for rule in rules}) == len(rules)
    assert len({rule.name for rule in rules}) == len(rules)


@pytest.mark.parametrize(
    ("chosen", "ignored", "expected"),
    [
        ([], [], {"SL101", "SL301", "SL302"}),
        (["SL3"], [], {"SL301", "SL302"}),
        (["SL3"], ["SL301"], {"SL302"}),
        (["SL301"], ["SL3"], {"SL301"}),
        (["warmup-outlasts-training"], [], {"SL301"}),
        ([], ["SL3"], {"SL101"}),
        (["ALL"], ["no-optimizer-step"], {"SL301", "SL302"}),
    ],
)
def test_selection(chosen: list[str], ignored: list[str], expected: set[str]) -> None:
    """The more special selector wins, whether it is a code, a prefix or a name."""
    rules = [rule for rule in RULES if rule.code in {"SL101", "SL301", "SL302"}]
    assert {rule.code for rule in select(rules, chosen, ignored)} == expected
