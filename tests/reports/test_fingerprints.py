"""A finding is known again when lines move, and told from all others."""

from __future__ import annotations

from dataclasses import replace

import pytest

from schedlint.engine import Report
from schedlint.reports.fingerprints import fingerprints
from tests.reports.conftest import Checked
from tests.reports.made import found

LONG = "output_dir: out\nper_device_train_batch_size: 4\nmax_steps: 100\nwarmup_steps: 200\n"


def only(report: Report) -> str:
    """The fingerprint of the one finding."""
    (name,) = fingerprints(report.findings)
    assert len(name) == 64
    assert int(name, 16)
    return name


@pytest.mark.parametrize(
    "moved",
    [
        f"# a comment\n\n{LONG}",
        f"{LONG}save_steps: 50\n",
        "warmup_steps: 200\n" + LONG.replace("warmup_steps: 200\n", ""),
        LONG.replace("\n", "\r\n"),
        f"\ufeff{LONG}",
        LONG.replace("warmup_steps: 200", "warmup_steps: 200  # of 100"),
        LONG.replace("output_dir: out", "output_dir: elsewhere"),
    ],
)
def test_moved(checked: Checked, moved: str) -> None:
    """Comments, other keys, another order and other line ends change nothing."""
    before = only(checked(LONG))
    assert only(checked(moved)) == before


@pytest.mark.parametrize(
    "other",
    [
        LONG.replace("200", "300"),
        LONG.replace("100", "150"),
    ],
)
def test_other_values(checked: Checked, other: str) -> None:
    """With other numbers it is another finding."""
    before = only(checked(LONG))
    assert only(checked(other)) != before


def test_other_file(checked: Checked) -> None:
    """The same in another file is another finding; however a file is spelled, it is the same."""
    report = checked(LONG)
    before = only(report)
    assert only(checked(LONG, "other.yaml")) != before
    (finding,) = report.findings
    finding.place.document.file.path = "./train.yaml"
    assert only(report) == before


def test_what_is_told_outside_the_files_does_not_count(checked: Checked) -> None:
    """Neither flags nor the arithmetic that they lead to are part of it."""
    config = LONG.replace("max_steps: 100", "num_train_epochs: 1")
    one = checked(config, world_size=1, dataset_size=400)
    other = checked(config, world_size=2, dataset_size=700)
    assert one.findings[0].message != other.findings[0].message
    assert only(one) == only(other)


def test_twins_are_numbered() -> None:
    """Two findings that nothing tells apart have names of their own, in every report the same."""
    twins = [found(), found(), found("else", code="SL302"), found()]
    names = fingerprints(twins)
    assert len(set(names)) == 4
    assert names == fingerprints(twins)
    assert fingerprints(twins[:2]) == names[:2]


def test_no_part_runs_into_another() -> None:
    """Where one part ends and the next begins is part of the name."""
    one, other = found(path="ab", text="c"), found(path="a", text="bc")
    one = replace(one, place=one.place._replace(end=1))
    other = replace(other, place=other.place._replace(end=2))
    assert len(set(fingerprints([one, other]))) == 2


def test_every_rule(every_rule: Report) -> None:
    """No two findings of the rules' examples have one name."""
    names = fingerprints(every_rule.findings)
    assert len(set(names)) == len(names) > 40
