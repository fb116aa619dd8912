"""Every number that a framework itself gave (`tests/worked/*.yaml`), asked of schedlint."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import yaml

import schedlint
from schedlint.plan.words import WORDS

FOLDER = Path(__file__).parent / "worked"
SOURCE = re.compile(r"\S+ \S.*, (run|rule|read)")


@dataclass(frozen=True)
class WorkedExample:
    """One row: a config with the facts around it, and what the framework made of them."""

    id: str
    about: str
    source: str
    file: str
    config: str
    files: Mapping[str, str] = field(default_factory=dict)
    companions: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    assume: Mapping[str, int | Fraction] = field(default_factory=dict)
    expect: Mapping[str, int | Fraction] = field(default_factory=dict)
    executed: Mapping[str, int | Fraction] = field(default_factory=dict)
    refused: bool = False

    @classmethod
    def from_row(cls, row: dict[str, Any]) -> WorkedExample:
        """Read one row of the YAML list; an unknown or missing field is a TypeError."""
        return cls(
            companions=tuple(row.pop("with", ())),
            assume=exact(row.pop("assume", {})),
            expect=exact(row.pop("expect", {})),
            executed=exact(row.pop("executed", {})),
            **row,
        )

    def write(self, folder: Path) -> tuple[Path, list[Path]]:
        """Write the config and what lies beside it; the config's path, and the companions'."""
        for name, text in {self.file: self.config, **self.files}.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8")
        return folder / self.file, [folder / name for name in self.companions]


def exact(numbers: Mapping[str, int | str]) -> dict[str, int | Fraction]:
    """Turn `"1/4"` into a Fraction; whole numbers stay what they are."""
    return {
        name: Fraction(value) if isinstance(value, str) else value
        for name, value in numbers.items()
    }


def read_examples() -> list[WorkedExample]:
    """All rows of all frameworks, in the order of the files."""
    return [
        WorkedExample.from_row(row)
        for path in sorted(FOLDER.glob("*.yaml"))
        for row in yaml.safe_load(path.read_text(encoding="utf-8"))
    ]


EXAMPLES = read_examples()
PLANNED = [pytest.param(example, id=example.id) for example in EXAMPLES if example.expect]
WITHOUT_RULE = set((FOLDER / "without-rule.txt").read_text(encoding="utf-8").split())
REFUSED = [
    pytest.param(
        example,
        id=example.id,
        marks=[pytest.mark.xfail(reason="no rule yet")] if example.id in WITHOUT_RULE else [],
    )
    for example in EXAMPLES
    if example.refused
]


@pytest.mark.parametrize("example", PLANNED)
def test_plan_has_the_framework_s_numbers(example: WorkedExample, tmp_path: Path) -> None:
    """Each quantity of the plan is exactly the number that the framework computed."""
    path, companions = example.write(tmp_path)
    run = schedlint.load(
        path, assume=example.assume, packages=example.packages, companions=companions
    )
    planned = {name: run.plan[name].value for name in example.expect}
    assert planned == example.expect, f"{example.id}: {example.about} ({example.source})"


@pytest.mark.parametrize("example", REFUSED)
def test_what_the_framework_refuses_is_an_error(example: WorkedExample, tmp_path: Path) -> None:
    """A config that the framework refuses at its start has at least one error."""
    path, companions = example.write(tmp_path)
    findings = schedlint.check(
        [path], assume=example.assume, packages=example.packages, companions=companions
    )
    severities = [str(finding.severity) for finding in findings]
    assert "error" in severities, f"{example.id}: {example.about} ({example.source})"


def test_ids_are_unique() -> None:
    """An id names one row among all files."""
    twice = [id for id, count in Counter(example.id for example in EXAMPLES).items() if count > 1]
    assert not twice


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.id)
def test_row_says_what_it_is(example: WorkedExample) -> None:
    """A row is one sentence, a source with its version, known words and something to hold."""
    assert example.about.endswith("."), example.id
    assert SOURCE.fullmatch(example.source), example.id
    assert {*example.assume, *example.expect, *example.executed} <= WORDS.keys(), example.id
    assert set(example.companions) <= example.files.keys(), example.id
    assert example.expect or example.refused, example.id


def test_readme_counts_the_rows() -> None:
    """The README's table has a line for every file, with its number of rows."""
    text = (FOLDER / "README.md").read_text(encoding="utf-8")
    stated = {name: int(rows) for name, rows in re.findall(r"^\| `(\S+)` \| (\d+) \|", text, re.M)}
    rows = {
        path.name: len(yaml.safe_load(path.read_text(encoding="utf-8")))
        for path in FOLDER.glob("*.yaml")
    }
    assert stated == rows
