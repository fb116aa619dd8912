"""`rule`, `frameworks`, the version and the help."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from schedlint import __version__
from schedlint.built_in import BUILT_IN
from schedlint.frameworks import names
from schedlint.rulebook import in_the_box
from tests.cli.conftest import Schedlint


def test_version(schedlint: Schedlint) -> None:
    """The version, and nothing else."""
    assert schedlint("--version") == (0, f"schedlint {__version__}\n", "")


def test_help(schedlint: Schedlint) -> None:
    """Every command with a line that is not cut off."""
    outcome = schedlint("--help")
    assert outcome.code == 0
    for command in ("check", "derive", "rule", "frameworks"):
        assert f"\n  {command} " in outcome.out
        assert schedlint(command, "-h").code == 0
    assert "..." not in outcome.out.split("Commands:")[1]


@pytest.mark.parametrize("selector", ["SL301", "warmup-outlasts-training"])
def test_page(schedlint: Schedlint, selector: str) -> None:
    """A rule's page has its name, what to do, an example and its sources."""
    outcome = schedlint("rule", selector)
    assert outcome.code == 0
    assert outcome.out.startswith("SL301 warmup-outlasts-training (error)\n")
    for part in ("**What to do.**", "Example (train.yaml, line 5):", "\nSources:\n  https://"):
        assert part in outcome.out


@pytest.mark.parametrize("rule", BUILT_IN, ids=lambda rule: rule.code)
def test_page_of_what_no_rule_finds(schedlint: Schedlint, rule: object) -> None:
    """What schedlint itself finds has a page, too: every report points to one."""
    code = rule.code  # type: ignore[attr-defined]
    outcome = schedlint("rule", code)
    assert outcome.code == 0
    assert outcome.out.startswith(f"{code} ")


def test_example_can_be_tried(schedlint: Schedlint, folder: Path) -> None:
    """What a page shows as an example is found where it says so, facts and all."""
    page = schedlint("rule", "SL301").out
    example = page.split("line 5):\n\n")[1].split("\n\n")[0]
    (folder / "train.yaml").write_text("".join(f"{line[2:]}\n" for line in example.splitlines()))
    outcome = schedlint("check", "train.yaml")
    assert outcome.out.startswith("train.yaml:5:1  error SL301")


def test_all_rules(schedlint: Schedlint) -> None:
    """One line a rule, sorted by code, those of schedlint itself included."""
    lines = schedlint("rule", "--all").out.splitlines()
    codes = [line.split()[0] for line in lines[:-1]]
    assert lines[-1].startswith(f"{len(codes)} rules, ")
    assert codes == sorted({*(r.code for r in in_the_box()), *(r.code for r in BUILT_IN)})


def test_rules_as_json(schedlint: Schedlint) -> None:
    """The same for programs."""
    rules = json.loads(schedlint("rule", "--all", "--output-format", "json").out)
    assert len(rules) == len(in_the_box()) + len(BUILT_IN)
    by_code = {rule["code"]: rule for rule in rules}
    assert by_code["SL301"]["severity"] == "error"
    assert by_code["SL301"]["bad"][0]["line"] == 5


def test_frameworks(schedlint: Schedlint) -> None:
    """Every framework, and what is known of the versions of one."""
    lines = schedlint("frameworks").out.splitlines()
    assert [line.split()[0] for line in lines] == names()
    one = schedlint("frameworks", "transformers").out
    assert "  from transformers 4.52 " in one
