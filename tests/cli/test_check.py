"""`schedlint check`: what it finds, where, and how it ends."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import LONG_WARMUP, Schedlint

OVER_EPOCHS = """\
output_dir: out
per_device_train_batch_size: 4
max_steps: 100
num_train_epochs: 3.0
save_steps: 50
"""


def test_clean_config(schedlint: Schedlint, clean: Path) -> None:
    """Nothing found is code 0 and one line."""
    outcome = schedlint("check", clean)
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out.startswith("Nothing found in 1 file.")
    assert outcome.out.count("\n") == 1


def test_facts_from_the_command_line_decide(schedlint: Schedlint, open_config: Path) -> None:
    """What cannot be told without processes and samples can be told with them."""
    assert schedlint("check", open_config).code == 0
    arguments = ("check", open_config, "--world-size", "8", "--dataset-size")
    # 4 samples × 4 micro-batches × 8 ranks: ceil(ceil(52,000 / 32) / 4) × 3 = 1,221 < 2,000
    found = schedlint(*arguments, "52000", "--package", "transformers==4.57.6")
    assert found.code == 1
    assert "warm-up takes 2,000 of the 1,221 steps" in found.out
    assert "\n  with --dataset-size 52000, --world-size 8\n" in found.out
    # ceil(ceil(120,000 / 32) / 4) × 3 = 2,814 > 2,000
    assert schedlint(*arguments, "120000").code == 0


def test_numbers_that_differ_between_versions_say_whose_they_are(
    schedlint: Schedlint, open_config: Path
) -> None:
    """Before transformers 4.52 an epoch had 406 steps and not 407: the finding holds for both."""
    outcome = schedlint("check", open_config, "--world-size", "8", "--dataset-size", "52000")
    assert outcome.code == 1
    assert "of the 1,221 steps" in outcome.out
    assert "(numbers of transformers 4.52 and later)" in outcome.out


@pytest.mark.parametrize(
    ("fail_on", "code"), [("error", 0), ("warning", 1), ("info", 1), ("never", 0)]
)
def test_fail_on(schedlint: Schedlint, folder: Path, fail_on: str, code: int) -> None:
    """A warning makes the code 1 unless only errors shall."""
    (folder / "x.yaml").write_text(OVER_EPOCHS)
    outcome = schedlint("check", "x.yaml", "--fail-on", fail_on)
    assert "warning SL102" in outcome.out
    assert outcome.code == code


def test_unreadable_files_outweigh_fail_on(schedlint: Schedlint, clean: Path) -> None:
    """A file that could not be checked is no success, whatever findings shall do."""
    assert schedlint("check", clean, "nowhere.yaml", "--fail-on", "never").code == 2


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        ([], True),
        (["--select", "SL3"], True),
        (["--select", "SL1,SL301"], True),
        (["--select", "warmup-outlasts-training"], True),
        (["--select", "SL1"], False),
        (["--ignore", "SL301"], False),
        (["--ignore", "SL1", "--ignore", "warmup-outlasts-training"], False),
        (["--ignore", "SL3", "--select", "SL301"], True),
    ],
)
def test_selection(
    schedlint: Schedlint, long_warmup: Path, arguments: list[str], found: bool
) -> None:
    """Rules are chosen by code, prefix or name, comma separated or repeated."""
    outcome = schedlint("check", long_warmup, *arguments)
    assert ("SL301" in outcome.out) is found
    assert outcome.code == int(found)


def test_syntax_errors_come_whatever_is_chosen(schedlint: Schedlint, folder: Path) -> None:
    """A file that cannot be parsed cannot be checked for anything: only --ignore silences it."""
    (folder / "x.yaml").write_text("a: b: c\n")
    assert "SL801" in schedlint("check", "x.yaml", "--select", "SL301").out
    assert schedlint("check", "x.yaml", "--select", "SL801").code == 1
    assert schedlint("check", "x.yaml", "--ignore", "cannot-be-parsed").code == 0


def test_framework_skips_recognition(schedlint: Schedlint, folder: Path) -> None:
    """A file that says too little of itself is checked as what the option says."""
    (folder / "x.yaml").write_text("max_steps: 100\nwarmup_steps: 200\nsave_steps: 50\n")
    assert "transformers" not in schedlint("check", "x.yaml").out
    outcome = schedlint("check", "x.yaml", "--framework", "transformers")
    assert (outcome.code, outcome.err) == (1, "")
    assert "x.yaml:2:1  error SL301" in outcome.out


def test_companion_given_with_the_config(schedlint: Schedlint, folder: Path, clean: Path) -> None:
    """The processes of an accelerate file are those of the run."""
    (folder / "accelerate.yaml").write_text(
        "compute_environment: LOCAL_MACHINE\ndistributed_type: MULTI_GPU\nnum_processes: 8\n"
        "num_machines: 1\nmachine_rank: 0\nmixed_precision: bf16\n"
    )
    outcome = schedlint("derive", clean, "--with", "accelerate.yaml")
    assert outcome.out.startswith("clean.yaml · transformers · with accelerate.yaml\n")
    row = next(line for line in outcome.out.splitlines() if line.startswith("  world_size"))
    assert row.split()[:3] == ["world_size", "8", "processes"]
    assert row.endswith("accelerate.yaml, line 3")


def test_missing_companion(schedlint: Schedlint, clean: Path) -> None:
    """A companion that the config names and that is not there is a notice, not a failure."""
    clean.write_text(clean.read_text() + "deepspeed: configs/zero3.json\n")
    outcome = schedlint("check", clean)
    assert outcome.code == 0
    assert outcome.err == (
        "schedlint: clean.yaml: deepspeed: configs/zero3.json is not in the project "
        "and was not read\n"
    )


def test_broken_companion(schedlint: Schedlint, folder: Path, clean: Path) -> None:
    """A companion that cannot be parsed is found there: the run will stop at it."""
    clean.write_text(clean.read_text() + "deepspeed: ds.json\n")
    (folder / "ds.json").write_text('{"zero_optimization": {"stage": 2}\n')
    outcome = schedlint("check", clean)
    assert outcome.code == 1
    assert outcome.out.startswith("ds.json:2:1  error SL801")
    assert outcome.err == ""


def test_files_come_in_one_order(schedlint: Schedlint, folder: Path) -> None:
    """Findings are sorted by file and place, whichever order the files were named in."""
    for name in ("b.yaml", "a.yaml", "c.yaml"):
        (folder / name).write_text(LONG_WARMUP)
    one = schedlint("check", "c.yaml", "a.yaml", "b.yaml", "--output-format", "concise")
    other = schedlint("check", ".", "--output-format", "concise")
    assert one == other
    assert [line.split(":")[0] for line in one.out.splitlines()[:3]] == [
        "a.yaml",
        "b.yaml",
        "c.yaml",
    ]


def test_comment_states_facts(schedlint: Schedlint, open_config: Path) -> None:
    """A comment in the file is as good as an option."""
    facts = "# schedlint: world_size=8 dataset_size=52_000 transformers==4.57.6\n"
    open_config.write_text(facts + open_config.read_text())
    outcome = schedlint("check", open_config)
    assert outcome.code == 1
    assert "2,000 of the 1,221 steps" in outcome.out


def test_command_line_beats_comment(schedlint: Schedlint, open_config: Path) -> None:
    """Where both tell the same fact, the command line counts."""
    facts = "# schedlint: world_size=8 dataset_size=52_000\n"
    open_config.write_text(facts + open_config.read_text())
    assert schedlint("check", open_config, "--dataset-size", "120000").code == 0


def test_comment_that_nobody_understands(schedlint: Schedlint, clean: Path) -> None:
    """The word that means nothing is found at its own place."""
    clean.write_text(clean.read_text() + "# schedlint: world_size=8 wurld_size=4\n")
    outcome = schedlint("check", clean)
    assert outcome.code == 1
    assert outcome.out.startswith("clean.yaml:7:27  warning SL902 comment-not-understood\n")
    assert "did you mean world_size?" in outcome.out
    assert outcome.out.splitlines()[4].rstrip() == "    │ " + " " * 26 + "^" * len("wurld_size=4")


def test_comment_in_a_file_of_no_kind(schedlint: Schedlint, folder: Path) -> None:
    """A file that speaks to schedlint is owed an answer even when it is not recognised."""
    (folder / "x.yaml").write_text("# schedlint: framework=axolotle\nsteps: 3\n")
    outcome = schedlint("check", ".")
    assert outcome.code == 1
    assert outcome.out.startswith("x.yaml:1:14  warning SL902")
    assert "did you mean axolotl?" in outcome.out


def test_edge_is_where_the_answer_changes(schedlint: Schedlint, open_config: Path) -> None:
    """The last value at which it would be reported is reported, the next one is not."""
    arguments = ("check", open_config, "--world-size", "8", "--package", "transformers==4.57.6")
    report = json.loads(schedlint(*arguments, "--output-format", "json").out)
    (undecided,) = [each for each in report["undecided"] if each["code"] == "SL301"]
    # ceil(N / 128) × 3 ≤ 2,000 up to 666 steps an epoch: 666 × 128 samples
    assert undecided["needs"] == ["dataset_size"]
    assert undecided["edge"] == (
        "warmup-outlasts-training would be reported at dataset_size = 85,248 samples, "
        "no longer from 85,249 on"
    )
    assert "SL301" in schedlint(*arguments, "--dataset-size", "85248").out
    assert "SL301" not in schedlint(*arguments, "--dataset-size", "85249").out
