"""How the report of a check is shown: formats, files, colours, and how much of it."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path
from xml.etree import ElementTree

import pytest

from schedlint.cli.shown import Format
from tests.cli.conftest import Schedlint

WITH_SUMMARY = ("text", "concise", "github")


@pytest.mark.parametrize("name", [each.value for each in Format])
def test_every_format(schedlint: Schedlint, long_warmup: Path, name: str) -> None:
    """The finding is there, and the exit code does not depend on how it is shown."""
    outcome = schedlint("check", long_warmup, "--output-format", name)
    assert outcome.code == 1
    assert "SL301" in outcome.out


def test_formats_for_programs_are_what_they_say(schedlint: Schedlint, long_warmup: Path) -> None:
    """JSON, lines of JSON, and XML, of which other programs read every byte."""

    def out(name: str) -> str:
        return schedlint("check", long_warmup, "--output-format", name).out

    assert json.loads(out("json"))["findings"][0]["code"] == "SL301"
    assert json.loads(out("sarif"))["version"] == "2.1.0"
    assert [json.loads(line)["code"] for line in out("jsonl").splitlines()] == ["SL301"]
    assert json.loads(out("gitlab"))[0]["check_name"] == "SL301"
    assert ElementTree.fromstring(out("junit").encode()).tag == "testsuites"


def test_output_file(schedlint: Schedlint, long_warmup: Path) -> None:
    """The report goes to the file alone, and takes the place of an older one."""
    Path("report.json").write_text("old")
    outcome = schedlint(
        "check", long_warmup, "--output-format", "json", "--output-file", "report.json"
    )
    assert (outcome.code, outcome.out) == (1, "")
    assert json.loads(Path("report.json").read_text())["findings"][0]["code"] == "SL301"
    assert sorted(os.listdir()) == [".git", "report.json", "warmup.yaml"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no modes")
def test_output_file_keeps_its_mode(schedlint: Schedlint, long_warmup: Path) -> None:
    """A file that others may not read stays one."""
    Path("report.txt").write_text("old")
    os.chmod("report.txt", 0o600)
    assert schedlint("check", long_warmup, "--output-file", "report.txt").code == 1
    assert os.stat("report.txt").st_mode & 0o777 == 0o600


@pytest.mark.parametrize("target", ["no/such/folder/report.txt", "."])
def test_output_file_that_cannot_be_written(
    schedlint: Schedlint, long_warmup: Path, target: str
) -> None:
    """One line that names the file, and exit code 2."""
    outcome = schedlint("check", long_warmup, "--output-file", target)
    assert outcome.code == 2
    assert outcome.err.startswith(f"schedlint: {target}: cannot be written: ")
    assert outcome.err.count("\n") == 1


def test_full_disk_leaves_the_old_report(
    schedlint: Schedlint, long_warmup: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was there is whole, and nothing half-written lies beside it."""
    Path("report.txt").write_text("old")

    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    outcome = schedlint("check", long_warmup, "--output-file", "report.txt")
    assert outcome.code == 2
    assert "report.txt: cannot be written: No space left on device" in outcome.err
    assert Path("report.txt").read_text() == "old"
    assert sorted(os.listdir()) == [".git", "report.txt", "warmup.yaml"]


def test_statistics(schedlint: Schedlint, long_warmup: Path) -> None:
    """A line a rule in the place of the findings."""
    outcome = schedlint("check", long_warmup, "--statistics")
    assert outcome.code == 1
    assert outcome.out.startswith("1  SL301  warmup-outlasts-training")
    assert "│" not in outcome.out


@pytest.mark.parametrize("name", WITH_SUMMARY)
def test_quiet(schedlint: Schedlint, long_warmup: Path, clean: Path, name: str) -> None:
    """Findings and nothing else: no summary, no notices."""
    Path("other.yaml").write_text("a: 1\n")
    loud = schedlint("check", long_warmup, "other.yaml", "--output-format", name)
    quiet = schedlint("check", long_warmup, "other.yaml", "--output-format", name, "-q")
    assert "1 error in 1 file." in loud.out
    assert "not recognised" in loud.err
    assert "1 error in" not in quiet.out
    assert loud.out.startswith(quiet.out)
    assert quiet.err == ""
    assert schedlint("check", clean, "--output-format", name, "-q") == (0, "", "")


def test_what_cannot_be_read_is_told_quietly_too(schedlint: Schedlint) -> None:
    """A file that was asked for and is not there is no notice."""
    outcome = schedlint("check", "nowhere.yaml", "-q")
    assert (outcome.code, outcome.err) == (2, "schedlint: nowhere.yaml: no such file\n")


def test_verbose(schedlint: Schedlint, open_config: Path) -> None:
    """What could not be decided, for want of what, and where the edge lies."""
    outcome = schedlint("check", open_config, "-v", "--world-size", "1")
    line = next(line for line in outcome.err.splitlines() if "SL301" in line)
    assert line.startswith(
        "schedlint: open.yaml: SL301 warmup-outlasts-training needs dataset_size"
    )
    # 3 epochs of ceil(ceil(N / 4) / 4) steps: 666 × 3 = 1,998 ≤ 2,000 < 667 × 3, 16 rows a step.
    assert "dataset_size = 10,656 samples, no longer from 10,657 on" in line


def test_colours(schedlint: Schedlint, long_warmup: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """None in a pipe, unless they are forced; never where somebody asks for none."""
    assert "\x1b[" not in schedlint("check", long_warmup).out
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b[" in schedlint("check", long_warmup).out
    assert "\x1b[" not in schedlint("check", long_warmup, "--no-color").out
    assert "\x1b[" not in schedlint("check", long_warmup, "--output-format", "json").out
    schedlint("check", long_warmup, "--output-file", "report.txt")
    assert "\x1b[" not in Path("report.txt").read_text()
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[" not in schedlint("check", long_warmup).out


@pytest.mark.parametrize(
    "options", [["--output-format", "json"], ["--output-file", "x"], ["--statistics"]]
)
def test_patch_takes_no_other_form(
    schedlint: Schedlint, long_warmup: Path, options: list[str]
) -> None:
    """`--diff` prints a patch and nothing else."""
    outcome = schedlint("check", long_warmup, "--diff", *options)
    assert (outcome.code, outcome.out) == (2, "")
    assert "takes no other form of output" in outcome.err
