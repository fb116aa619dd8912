"""GitHub's runner reads the annotations that are meant, and nothing else."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given

from schedlint.engine import Report
from schedlint.reports import github
from schedlint.reports.escape import harmless
from schedlint.rules import Severity
from schedlint.source import ReadError
from tests.reports.conftest import Checked
from tests.reports.made import NAMES, TEXTS, found, hostile
from tests.reports.runner import Command, commands

LONG = "output_dir: out\nper_device_train_batch_size: 4\nmax_steps: 100\nwarmup_steps: 200\n"

pytestmark = pytest.mark.usefixtures("repository")


def printed(report: Report) -> str:
    """The report as it stands in the log."""
    return "\n".join(github.lines(report))


def test_whole_command(checked: Checked) -> None:
    """File, lines, columns and title, then the message with its proof in one line."""
    command, summary = github.lines(checked(LONG))
    assert command == (
        "::error file=train.yaml,line=4,endLine=4,col=1,endColumn=17,"
        "title=SL301 warmup-outlasts-training::"
        "warm-up takes 200 of the 100 steps that will run: "
        "the learning rate never gets past its peak%0A%0A"
        "train.yaml:3: max_steps: 100%0A"
        "train.yaml:4: warmup_steps: 200%0A"
        "unsafe fix: warmup_steps: 3 (3%25 of 100 steps)"
    )
    assert summary.startswith("1 error in 1 file.")


@pytest.mark.parametrize(
    ("severity", "name"),
    [(Severity.ERROR, "error"), (Severity.WARNING, "warning"), (Severity.INFO, "notice")],
)
def test_severities(severity: Severity, name: str) -> None:
    """What is worth knowing is a notice."""
    (command,) = commands(printed(Report(findings=[found(severity=severity)])))
    assert command.name == name


def test_escapes() -> None:
    """By hand: the five signs in a property, three of them in the data."""
    line, _ = github.lines(Report(findings=[found("50%, a:b", "a,b:c%\r\n.yaml")]))
    assert line == (
        "::error file=a%2Cb%3Ac%25%0D%0A.yaml,line=1,endLine=1,col=1,endColumn=1,"
        "title=SL301 a-name::50%25, a:b"
    )


def test_several_lines() -> None:
    """Columns are for findings within one line."""
    (command,) = commands(printed(Report(findings=[found(text="ab\ncd\n", span=(1, 4))])))
    assert command.properties == {
        "file": "train.yaml",
        "line": "1",
        "endLine": "2",
        "title": "SL301 a-name",
    }


def test_last_column() -> None:
    """The last column belongs to the finding; an empty one has a single column."""
    for span, columns in {(1, 4): ("2", "4"), (2, 3): ("3", "3"), (2, 2): ("3", "3")}.items():
        (command,) = commands(printed(Report(findings=[found(text="abcdef", span=span)])))
        told = command.properties
        assert (told["col"], told["endColumn"]) == columns


def test_below_the_top(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """GitHub knows files from the top of the repository."""
    (repository / "sub").mkdir()
    monkeypatch.chdir(repository / "sub")
    (command,) = commands(printed(Report(findings=[found(path="a.yaml")])))
    assert command.properties["file"] == "sub/a.yaml"


def test_unreadable() -> None:
    """A file that cannot be read is an error of its own."""
    report = Report(unreadable=[ReadError("a\nb.yaml", "no such\nfile")])
    assert commands(printed(report)) == [
        Command(
            "error",
            {"file": "a\nb.yaml", "title": "schedlint: cannot be read"},
            "no such\\x0afile",
        )
    ]


@given(TEXTS, NAMES)
def test_anything(words: str, name: str) -> None:
    """Whatever a file holds and is called, the runner reads one annotation, and all of it."""
    report = hostile(words, name)
    log = printed(report)
    assert all(line.isprintable() for line in log.split("\n"))
    (command,) = commands(log)
    assert command.name == "error"
    place = ["line", "endLine", "col", "endColumn"][: 2 if re.search("[\r\n]", words) else 4]
    assert list(command.properties) == ["file", *place, "title"]
    lines = name.replace("\r", "\n").split("\n")
    told = command.properties["file"].removeprefix("./" if name.startswith("=") else "")
    assert told.replace("\r", "\n").split("\n") == [harmless(line) for line in lines]
    assert command.data.split("\n")[0] == harmless(words)
    assert command.properties["title"] == "SL301 a-name"
