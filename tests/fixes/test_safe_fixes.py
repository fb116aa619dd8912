"""Safe fixes against the frameworks' own code: refused before and taken after, or the same run."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from schedlint.engine import check_paths
from schedlint.fixing import mend
from schedlint.policy import Policy
from schedlint.reading.versions import parse_pin
from schedlint.rulebook import in_the_box
from schedlint.rules import Rule
from schedlint.settings import SettingsFiles
from schedlint.told import Told, told

FOLDER = Path(__file__).parent / "safe"
GOT = re.compile(r"(run|read): \S")


@dataclass(frozen=True)
class Row:
    """A file, what the safe fixes make of it, and what the framework made of both."""

    id: str
    framework: str
    packages: list[str]
    got: str
    before: str
    fix: list[str] | str
    file: str = "train.yaml"
    files: dict[str, str] = field(default_factory=dict)
    told: dict[str, int] = field(default_factory=dict)
    run_on: str = ""
    was: dict[str, Any] = field(default_factory=dict)
    formerly: dict[str, Any] = field(default_factory=dict)
    # Of fixes that are made.
    after: str = ""
    files_after: dict[str, str] = field(default_factory=dict)
    is_: dict[str, Any] = field(default_factory=dict)
    # Of those that are not.
    why: str = ""
    would_be: str = ""
    would_be_files: dict[str, str] = field(default_factory=dict)
    would_be_ran: dict[str, Any] = field(default_factory=dict)


def rows(kind: str) -> list[Row]:
    """The rows of one list, of all frameworks; an unknown or missing field is a TypeError."""
    found = []
    for path in sorted(FOLDER.glob("*.yaml")):
        for row in yaml.safe_load(path.read_text(encoding="utf-8")).get(kind, []):
            found.append(Row(is_=row.pop("is", {}), **row))
    return found


MADE, NOT_MADE = rows("made"), rows("not_made")


@cache
def rules() -> tuple[Rule, ...]:
    """All rules in the box."""
    return tuple(listed.load() for listed in in_the_box())


def mended(row: Row, folder: Path) -> tuple[dict[str, str], set[str]]:
    """All files after the safe fixes, and the rules whose fixes were made."""
    files = {row.file: row.before, **row.files}
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    pins = tuple(parse_pin(package, "row") for package in row.packages)
    known = Told(told(row.told).assumptions, pins)
    policy = Policy(known, rules=rules(), settings=SettingsFiles(isolated=True))
    paths = [str(folder / row.file)]
    result = mend(paths, policy, check_paths(paths, policy), unsafe=False)
    after = {os.path.basename(path): file.text for path, file in result.after.items()}
    return {**files, **after}, {finding.code for finding in result.left.fixed}


@pytest.mark.parametrize("row", MADE, ids=lambda row: row.id)
def test_safe_fixes_give_what_was_run(row: Row, tmp_path: Path) -> None:
    """Exactly the text that the framework was given, by exactly the rules of the row."""
    files, codes = mended(row, tmp_path)
    assert files == {row.file: row.after or row.before, **row.files, **row.files_after}
    assert sorted(codes) == row.fix


@pytest.mark.parametrize("row", MADE, ids=lambda row: row.id)
def test_the_run_is_the_same_or_was_refused(row: Row) -> None:
    """The file is taken, and does what it did before, under any release that took it."""
    assert row.is_ and "refused" not in row.is_
    assert "refused" in row.was or row.was == row.is_
    formerly = {name: row.formerly[name] for name in row.formerly.keys() & row.is_.keys()}
    assert formerly == {name: row.is_[name] for name in formerly}


@pytest.mark.parametrize("row", NOT_MADE, ids=lambda row: row.id)
def test_what_would_be_another_run_is_not_made(row: Row, tmp_path: Path) -> None:
    """The safe fixes leave the files as they are."""
    assert row.why and (row.would_be or row.would_be_files)
    assert mended(row, tmp_path)[0] == {row.file: row.before, **row.files}


@pytest.mark.parametrize("row", NOT_MADE, ids=lambda row: row.id)
def test_what_is_not_made_has_a_reason_in_its_numbers(row: Row) -> None:
    """The runs differ, or one was refused, which leaves open what is meant."""
    if row.would_be_ran:
        refused = "refused" in row.was or "refused" in row.would_be_ran
        assert refused or row.was != row.would_be_ran


@pytest.mark.parametrize("row", [*MADE, *NOT_MADE], ids=lambda row: row.id)
def test_every_row_says_how_it_was_got(row: Row) -> None:
    """Run, or read where; what was run has numbers."""
    assert GOT.match(row.got)
    assert row.was or row.got.startswith("read") or not row.packages


def test_every_row_has_a_name_of_its_own() -> None:
    """No row stands twice."""
    names = [row.id for row in (*MADE, *NOT_MADE)]
    assert len(names) == len(set(names))


def test_every_rule_with_a_safe_fix_has_a_row() -> None:
    """A rule whose page promises a safe fix shows one that was run."""
    promised = {rule.code for rule in rules() if "**Fix.** Safe" in (rule.__doc__ or "")}
    assert promised == {code for row in MADE for code in row.fix}
