"""The report for people: the code frame and the summary."""

from __future__ import annotations

from dataclasses import replace

import pytest

from schedlint.engine import Report
from schedlint.reports import concise, text
from schedlint.reports.escape import width
from schedlint.rules import Related
from tests.reports.conftest import Checked

LONG = "output_dir: out\nper_device_train_batch_size: 4\nmax_steps: 100\nwarmup_steps: 200\n"


def shown(report: Report) -> list[str]:
    """The lines of the text report."""
    return list(text.lines(report))


def frame(report: Report) -> list[str]:
    """The lines of the code frames."""
    return [line for line in shown(report) if " │" in line]


def below(lines: list[str], mark: str) -> str:
    """What stands above a run of marks, by the columns of a terminal."""
    index = next(i for i, line in enumerate(lines) if mark * 2 in line)
    first, count = width(lines[index][: lines[index].index(mark)]), lines[index].count(mark)
    source = next(line for line in reversed(lines[:index]) if line.split("│")[0].strip())
    columns, found = 0, ""
    for sign in source:
        found += sign if first <= columns < first + count else ""
        columns += width(sign)
    return found


def test_whole_report(checked: Checked) -> None:
    """Heading, message, frame, where it comes from, and one line about everything."""
    facts = {"world_size": 8, "dataset_size": 52000}
    report = checked(
        "output_dir: out\nper_device_train_batch_size: 4\ngradient_accumulation_steps: 4\n"
        "num_train_epochs: 3.0\nwarmup_steps: 2000\nsave_steps: 50\n",
        **facts,
    )
    assert "\n".join(shown(report)) == (
        "train.yaml:5:1  error SL301 warmup-outlasts-training\n"
        "  warm-up takes 2,000 of the 1,221 steps that will run: "
        "the learning rate never gets past its peak\n"
        "\n"
        "  2 │ per_device_train_batch_size: 4\n"
        "    │ ────────────────────────────── loader_batch_size = 4 × 8 = 32\n"
        "    │                                batches_per_epoch = ceil(52,000 / 32) = 1,625\n"
        "  3 │ gradient_accumulation_steps: 4\n"
        "    │ ────────────────────────────── steps_per_epoch = ceil(1,625 / 4) = 407\n"
        "  4 │ num_train_epochs: 3.0\n"
        "    │ ───────────────────── total_steps = ceil(3.0 × 407) = 1,221\n"
        "  5 │ warmup_steps: 2000\n"
        "    │ ^^^^^^^^^^^^^^^^^^\n"
        "\n"
        "  with dataset_size=52000, world_size=8\n"
        "\n"
        "  transformers · why: schedlint rule SL301\n"
        "  unsafe fix: warmup_steps: 37 (3% of 1,221 steps)\n"
        "\n"
        "1 error in 1 file. 1 can be fixed with --unsafe-fixes."
    )


@pytest.mark.parametrize(
    "key", ["warmup_steps", '"warmup_steps"', "x: 1, warmup_steps", "日本: é, warmup_steps"]
)
def test_carets_below_the_entry(checked: Checked, key: str) -> None:
    """The carets stand below the entry, whatever stands before it on the line."""
    report = checked(f"{{per_device_train_batch_size: 4, max_steps: 100,\n{key}: 200}}\n")
    assert below(frame(report), "^") == f"{key.split(', ')[-1]}: 200"


def test_wide_signs_within_the_entry(checked: Checked) -> None:
    """Wide signs are underlined over both of their columns."""
    report = checked(LONG + 'run: "日本\n')
    lines = frame(report)
    assert lines  # the quote is never closed
    report = checked(LONG.replace("200", "200 # 日本語"))
    assert below(frame(report), "^") == "warmup_steps: 200"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_and_byte_order_mark(checked: Checked, end: str) -> None:
    """No line end and no byte order mark gets into the frame or moves it."""
    data = ("\ufeffwarmup_steps: 200\n" + LONG.replace("warmup_steps: 200\n", "")).replace(
        "\n", end
    )
    report = checked(data.encode())
    lines = shown(report)
    assert lines[0].startswith("train.yaml:1:1  error SL301")
    assert below(frame(report), "^") == "warmup_steps: 200"
    assert not any("\r" in line or "\ufeff" in line for line in lines)


def test_tabs(checked: Checked) -> None:
    """A tab takes one column, in the line and in the underline."""
    report = checked(LONG.replace("warmup_steps: 200", "warmup_steps:\t\t200\t# why"))
    assert below(frame(report), "^") == "warmup_steps:  200"
    assert "\t" not in "".join(shown(report))


def test_control_characters(checked: Checked) -> None:
    """What a terminal would obey is shown as an escape, and the carets allow for its length."""
    line = (
        '{"per_device_train_batch_size": 4, "x": "\u202e\x7f", "max_steps": 1, "warmup_steps": 2}'
    )
    report = checked(line, "train.json")
    assert "\\u202e\\x7f" in frame(report)[0]
    assert below(frame(report), "^") == '"warmup_steps": 2'
    assert all(each.isprintable() for each in shown(report))


def test_very_long_line(checked: Checked) -> None:
    """Of a long line, the part around the entry is shown, with a sign where something is left
    out."""
    much = ", ".join(f'"k{number}": {number}' for number in range(2000))
    line = (
        f'{{"per_device_train_batch_size": 4, "max_steps": 1, {much}, "warmup_steps": 2, '
        f'"z": {{{much}}}}}'
    )
    report = checked(line, "train.json")
    lines = frame(report)
    marked = next(i for i, each in enumerate(lines) if "^" in each)
    assert below(lines, "^") == '"warmup_steps": 2'
    source = lines[marked - 1].split("│ ")[1]
    assert source.startswith("…")
    assert source.endswith("…")
    assert all(width(each) < 120 for each in lines)


def test_long_value(checked: Checked) -> None:
    """An entry longer than what is shown is underlined as far as it is shown."""
    report = checked("output_dir: out\nx: [" + "1, " * 200 + "\n")
    assert all(width(each) < 120 for each in frame(report))


def test_two_marks_on_one_line_share_it(checked: Checked) -> None:
    """A file of one line is not shown once for each of its entries."""
    report = checked(
        '{"per_device_train_batch_size": 4, "max_steps": 1, "warmup_steps": 2}', "a.json"
    )
    assert frame(report) == [
        '  1 │ {"per_device_train_batch_size": 4, "max_steps": 1, "warmup_steps": 2}',
        "    │ " + " " * 35 + "─" * len('"max_steps": 1') + "  " + "^" * len('"warmup_steps": 2'),
    ]


def test_marks_that_overlap(checked: Checked) -> None:
    """Where one marked place lies within another, the carets of the finding are seen."""
    report = checked(LONG)
    (finding,) = report.findings
    whole = finding.place._replace(start=0, end=len("output_dir: out"))
    part = whole._replace(start=len("output_dir: "))
    report.findings = [replace(finding, place=part, because=(), related=(Related(whole, ""),))]
    assert frame(report) == ["  1 │ output_dir: out", "    │ ────────────^^^"]


def test_end_of_the_file(checked: Checked) -> None:
    """A mistake that is noticed at the end has a caret there, and no blanks behind it."""
    report = checked("output_dir: out\nx: [1,\n")
    assert frame(report) == ["  3 │", "    │ ^"]


def test_no_trailing_blanks(checked: Checked) -> None:
    """No line of any report ends in a blank."""
    for config in (LONG, "output_dir: out\nx: [1,\n", LONG + "fp16: true\nbf16: true\n"):
        report = checked(config)
        assert report.findings
        for line in (*text.lines(report), *concise.lines(report)):
            assert line == line.rstrip()


def test_related_places_say_what_they_are(checked: Checked) -> None:
    """A second place is underlined with its own words behind it."""
    report = checked(LONG)
    (finding,) = report.findings
    document = finding.place.document
    place = finding.place._replace(start=0, end=len("output_dir: out"))
    report.findings = [replace(finding, related=(Related(place, "written\x07 here"),))]
    lines = frame(report)
    assert lines[:2] == ["  1 │ output_dir: out", "    │ ─────────────── written\\x07 here"]
    assert document.path == "train.yaml"


@pytest.mark.parametrize(("safe", "word"), [(True, "safe"), (False, "unsafe")])
def test_fix_is_named(checked: Checked, safe: bool, word: str) -> None:
    """The last line of a finding offers its fix."""
    report = checked(LONG)
    report.findings = [
        replace(each, fix=replace(each.fix, title="warmup_steps: 3", safe=safe))
        for each in report.findings
        if each.fix is not None
    ]
    assert f"  {word} fix: warmup_steps: 3" in shown(report)


def test_summary_counts(checked: Checked) -> None:
    """One is singular, several are plural, the worst comes first."""
    one = checked(LONG)
    assert (
        text.summary(one) == "1 error in 1 file. 1 can be fixed with --unsafe-fixes. "
        "1 check undecided (needs dataset_size, world_size)."
    )
    one.findings = [replace(each, fix=None) for each in one.findings]
    (finding,) = one.findings
    more = Report(findings=[finding, finding], checked=["a.yaml", "b.yaml", "c.yaml"])
    assert text.summary(more) == "2 errors in 3 files."
    assert text.summary(Report()) == "No training config found."
    assert text.summary(Report(checked=["a"])) == "Nothing found in 1 file."
    more.undecided = one.undecided * 2
    assert text.summary(more).endswith(" 2 checks undecided (need dataset_size, world_size).")


def test_fixes_are_counted(checked: Checked) -> None:
    """What --fix would make, what only --unsafe-fixes would, and what has been made."""
    report = checked(LONG)
    (finding,) = report.findings
    assert finding.fix is not None
    safe, unsafe = (replace(finding, fix=replace(finding.fix, safe=each)) for each in (True, False))
    counted = {
        (safe,): "1 error in 1 file. 1 can be fixed with --fix.",
        (unsafe,): "1 error in 1 file. 1 can be fixed with --unsafe-fixes.",
        (safe, unsafe, unsafe): "3 errors in 1 file. 1 can be fixed with --fix, "
        "2 more with --unsafe-fixes.",
        (replace(safe, not_fixed="why"),): "1 error in 1 file.",
    }
    for findings, expected in counted.items():
        assert text.summary(Report(findings=list(findings), checked=["a"])) == expected
    done = Report(checked=["a"], fixed=[safe, unsafe])
    assert text.summary(done) == "Nothing found in 1 file. Fixed 2 findings."


def test_concise(checked: Checked) -> None:
    """One line a finding, as compilers write it, then the summary."""
    lines = list(concise.lines(checked(LONG)))
    assert lines[0] == (
        "train.yaml:4:1: error SL301 warm-up takes 200 of the 100 steps that will run: "
        "the learning rate never gets past its peak [warmup-outlasts-training]"
    )
    assert len(lines) == 2
