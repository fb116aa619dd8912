"""What a file contains must not reach a terminal or a CI job as commands, and takes the room that
it takes.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedlint.reports import concise, derive, text
from schedlint.reports.escape import harmless, inert, width
from schedlint.reports.statistics import statistics
from schedlint.run import load
from tests.reports.made import NAMES, TEXTS, hostile
from tests.reports.runner import commands, logging_commands


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("a\tb", "a b"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("\x00\x07\x7f\x9b", "\\x00\\x07\\x7f\\x9b"),
        ("a\r\nb", "a\\x0d\\x0ab"),
        ("\u202edrowssap", "\\u202edrowssap"),
        ("\u2028", "\\u2028"),
        ("\U000e0041", "\\U000e0041"),
        ("\ud800", "\\ud800"),
        ("日本 é 🙂", "日本 é 🙂"),
        ("# [1] ## a #", "# [1] ## a #"),
        ("##[group]x", "\\x23#[group]x"),
        ("a ##vso[x]", "a \\x23#vso[x]"),
        ("###[", "#\\x23#["),
    ],
)
def test_harmless(text: str, shown: str) -> None:
    """Signs that a terminal, an editor or a CI job would obey are shown as Python would write
    them."""
    assert harmless(text) == shown


@given(st.one_of(st.text(), TEXTS))
def test_harmless_is_printable(text: str) -> None:
    """Nothing that is left does anything; what was harmless is left alone."""
    shown = harmless(text)
    assert shown.isprintable()
    assert not logging_commands(shown)
    assert harmless(shown) == shown


@pytest.mark.parametrize(
    ("line", "printed"),
    [
        ("a::b", "a::b"),
        ("::error::x", "\\x3a:error::x"),
        ("  ::error::x", "  \\x3a:error::x"),
        (":::a::", "\\x3a::a::"),
        ("\x1b[1m::a::\x1b[0m", "\x1b[1m\\x3a:a::\x1b[0m"),
        ("train.yaml:1:1", "train.yaml:1:1"),
        ("## [x]", "## [x]"),
        ("a##[b", "a\\x23#[b"),
    ],
)
def test_inert(line: str, printed: str) -> None:
    """A line that begins like a command does not any more; others are as they were."""
    assert list(inert([line])) == [printed]


@given(TEXTS, NAMES)
def test_no_report_for_people_gives_commands(words: str, name: str) -> None:
    """Whatever a file holds and is called: a job that prints a report obeys none of it, and every
    line of it stays one."""
    report = hostile(words, name)
    for lines in (text.lines(report), concise.lines(report), statistics(report)):
        printed = list(lines)
        assert all(line.isprintable() for line in printed)
        assert commands("\n".join(printed)) == []
        assert logging_commands("\n".join(printed)) == []


def test_no_table_gives_commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What `derive` prints begins with the name of the file, whatever that is."""
    monkeypatch.chdir(tmp_path)
    config = "output_dir: out\nper_device_train_batch_size: 4\nmax_steps: 3\n"
    run = load(text=config, filename="::add-mask::x.yaml", isolated=True)
    sweep = derive.sweep(run, "world_size", [(1, run.plan), (2, run.plan)])
    for lines in (derive.table(run), derive.why(run, "max_steps"), sweep):
        first, *rest = lines
        assert first.startswith("\\x3a:add-mask::x.yaml · transformers")
        assert commands("\n".join([first, *rest])) == []


@pytest.mark.parametrize(
    ("text", "columns"),
    [("", 0), ("abc", 3), ("日本", 4), ("é", 1), ("e\u0301", 1), ("ﾊ", 1), ("한", 2), ("🙂", 2)],
)
def test_width(text: str, columns: int) -> None:
    """Wide signs take two columns, accents on top of others none."""
    assert width(text) == columns
