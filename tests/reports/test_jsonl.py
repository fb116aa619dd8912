"""One finding a line, each as the JSON report has it."""

from __future__ import annotations

import json

from hypothesis import given

from schedlint.engine import Report
from schedlint.reports import json as whole
from schedlint.reports import jsonl
from tests.reports.conftest import Checked
from tests.reports.made import NAMES, TEXTS, hostile
from tests.reports.runner import commands, logging_commands

TWO = "output_dir: out\nper_device_train_batch_size: 4\nmax_steps: 100\nwarmup_steps: 200\n"


def test_lines(checked: Checked) -> None:
    """Every line is the object that the whole report has at that position."""
    report = checked(f"{TWO}fp16: true\nbf16: true\n")
    lines = list(jsonl.lines(report))
    findings = json.loads("\n".join(whole.lines(report)))["findings"]
    assert [json.loads(line) for line in lines] == findings
    assert [finding["code"] for finding in findings] == ["SL301", "SL601"]


def test_nothing() -> None:
    """Without findings there are no lines."""
    assert list(jsonl.lines(Report(checked=["a.yaml"]))) == []


@given(TEXTS, NAMES)
def test_anything(words: str, name: str) -> None:
    """Whatever a file holds comes back as it was, and nobody on the way obeys it."""
    (line,) = jsonl.lines(hostile(words, name))
    assert line.isascii()
    assert line.isprintable()
    finding = json.loads(line)
    assert (finding["message"], finding["file"]) == (words, name)
    printed = "\n".join(whole.lines(hostile(words, name)))
    assert printed.isascii()
    for log in (line, printed):
        assert commands(log) == []
        assert logging_commands(log) == []
    assert json.loads(printed)["findings"] == [finding]
