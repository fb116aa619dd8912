"""The report for programs has the shape that is promised to them."""

from __future__ import annotations

import json as standard_json
from dataclasses import replace
from typing import Any

from schedlint import __version__
from schedlint.engine import Report
from schedlint.reports import json
from schedlint.rules import Fix, Related, SetValue, entry_of
from tests.reports.conftest import Checked

LONG = "output_dir: out\nper_device_train_batch_size: 4\nmax_steps: 100\nwarmup_steps: 200\n"


def parsed(report: Report) -> Any:
    """The report as a program reads it."""
    return standard_json.loads("\n".join(json.lines(report)))


def test_shape(checked: Checked) -> None:
    """Every key is there, with positions that count from one."""
    report = parsed(checked(LONG))
    assert set(report) == {"version", "files", "findings", "fixed", "undecided"}
    assert report["version"] == __version__
    assert report["files"] == {"checked": 1, "skipped": 0}
    (finding,) = report["findings"]
    assert finding["because"][0].keys() >= {"text"}
    assert {"text": "warmup_steps: 200", "file": "train.yaml", "line": 4} in finding["because"]
    expected = {
        "code": "SL301",
        "name": "warmup-outlasts-training",
        "severity": "error",
        "message": "warm-up takes 200 of the 100 steps that will run: "
        "the learning rate never gets past its peak",
        "file": "train.yaml",
        "framework": "transformers",
        "start": {"line": 4, "column": 1},
        "end": {"line": 4, "column": 18},
        "related": [],
        "not_fixed": None,
    }
    assert {key: finding[key] for key in expected} == expected
    assert "url" in finding
    assert "fix" in finding


def test_columns_count_characters(checked: Checked) -> None:
    """Neither bytes nor the columns of a terminal."""
    report = parsed(
        checked("{per_device_train_batch_size: 4, max_steps: 100,\n日本🙂: é, warmup_steps: 200}\n")
    )
    (finding,) = report["findings"]
    assert (finding["start"], finding["end"]) == (
        {"line": 2, "column": 9},
        {"line": 2, "column": 26},
    )


def test_file_that_cannot_be_parsed(checked: Checked) -> None:
    """A finding without a framework and without a proof."""
    report = parsed(checked("a: b: c\n"))
    (finding,) = report["findings"]
    assert (finding["code"], finding["framework"], finding["because"]) == ("SL801", None, [])
    assert finding["start"] == {"line": 1, "column": 5}


def test_related_and_fix(checked: Checked) -> None:
    """Other places with their words, edits with their spans."""
    report = checked(LONG)
    (finding,) = report.findings
    place = finding.place
    entry = entry_of(place)
    assert entry is not None
    report.findings = [
        replace(
            finding,
            related=(Related(place, "here"),),
            fix=Fix("warmup_steps: 3", (SetValue(entry, 3),)),
        )
    ]
    (told,) = parsed(report)["findings"]
    assert told["related"] == [{"file": "train.yaml", "line": 4, "column": 1, "message": "here"}]
    assert told["fix"] == {
        "applicability": "unsafe",
        "title": "warmup_steps: 3",
        "edits": [
            {
                "file": "train.yaml",
                "start": {"line": 4, "column": 15},
                "end": {"line": 4, "column": 18},
                "text": "3",
            }
        ],
    }


def test_undecided(checked: Checked) -> None:
    """What is missing; the edge where one fact alone is missing."""
    config = "output_dir: out\nper_device_train_batch_size: 4\nwarmup_steps: 2000\n"
    (both,) = [u for u in parsed(checked(config))["undecided"] if u["code"] == "SL301"]
    assert both == {
        "code": "SL301",
        "file": "train.yaml",
        "needs": ["dataset_size", "world_size"],
        "edge": None,
    }
    (one,) = [u for u in parsed(checked(config, world_size=1))["undecided"] if u["code"] == "SL301"]
    assert one["needs"] == ["dataset_size"]
    # ceil(N / 4) steps an epoch, 3 epochs: 666 × 3 = 1,998 ≤ 2,000 < 667 × 3
    assert "dataset_size = 2,664 samples, no longer from 2,665 on" in one["edge"]


def test_control_characters_are_json(checked: Checked) -> None:
    """A program gets the text itself, escaped as JSON escapes."""
    lines = "\n".join(json.lines(checked(b'a: "\x1b"\n', "\x1b.yaml")))
    assert "\x1b" not in lines
    assert standard_json.loads(lines)["findings"][0]["file"] == "\x1b.yaml"
