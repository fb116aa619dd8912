"""Reports of configs that are written where they are tested."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from schedlint.engine import Report, check_paths
from schedlint.policy import Policy
from schedlint.reading.versions import parse_pin
from schedlint.rulebook import in_the_box
from schedlint.run import Told
from schedlint.testing import check_example
from schedlint.told import told

Checked = Callable[..., Report]


@pytest.fixture
def checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Checked:
    """Return a function that checks one text (or bytes) under a name, with all rules."""
    monkeypatch.chdir(tmp_path)
    rules = [listed.load() for listed in in_the_box()]

    def check(text: str | bytes, name: str = "train.yaml", **facts: object) -> Report:
        data = text if isinstance(text, bytes) else text.encode()
        (tmp_path / name).write_bytes(data)
        pins = (parse_pin("transformers==4.57.6", "test"),)
        known = told(facts).over(Told(pins=pins))
        return check_paths([name], Policy(known, rules=rules))

    return check


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Return the top of a repository, in which the tests of a module run."""
    top, before = tmp_path_factory.mktemp("repository"), Path.cwd()
    (top / ".git").mkdir()
    os.chdir(top)
    yield top
    os.chdir(before)


@pytest.fixture(scope="session")
def every_rule() -> Report:
    """Return a report with a finding of every rule in the box: its first bad example."""
    report = Report()
    for rule in (listed.load() for listed in in_the_box()):
        one = check_example(rule.bad[0], [rule])
        assert one.findings
        report.findings += one.findings
        report.checked += one.checked
    return report
