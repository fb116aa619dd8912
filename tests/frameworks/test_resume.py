"""Runs that go on from a checkpoint, as the Trainer went on when it was resumed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from schedlint import check
from schedlint.rules import Finding
from schedlint.run import Run, load

STATE: dict[str, object] = {"global_step": 6, "max_steps": 8, "num_train_epochs": 2}
TRANSFORMERS = """\
output_dir: out
per_device_train_batch_size: 2
resume_from_checkpoint: checkpoint-6
"""
TRL = """\
model_name_or_path: some-org/some-model
dataset_name: some-org/rows
output_dir: out
max_length: 64
per_device_train_batch_size: 2
resume_from_checkpoint: checkpoint-6
max_steps: 20
"""
LLAMA_FACTORY = """\
model_name_or_path: some-org/some-model
stage: {stage}
do_train: true
finetuning_type: {method}
dataset: rows
cutoff_len: 64
output_dir: out
per_device_train_batch_size: 2
resume_from_checkpoint: checkpoint-6
max_steps: 20
"""


def write(folder: Path, text: str, state: dict[str, object] | str = STATE) -> Path:
    """A config with the state of its checkpoint in a folder."""
    written = state if isinstance(state, str) else json.dumps(state)
    (folder / "checkpoint-6").mkdir()
    (folder / "checkpoint-6" / "trainer_state.json").write_text(written, encoding="utf-8")
    (folder / "train.yaml").write_text(text, encoding="utf-8")
    return folder / "train.yaml"


def found(config: Path, version: str = "transformers==5.23.0", **told: int) -> list[Finding]:
    """What is said of the checkpoint."""
    facts = {"world_size": 1, **told}
    findings = check([config], assume=facts, packages=(version,))
    return [each for each in findings if each.code == "SL104"]


def run_of(config: Path) -> Run:
    """The run, in any version."""
    return load(config)


@pytest.mark.parametrize(
    ("more", "samples", "message"),
    [
        ("num_train_epochs: 2", 8, ""),  # 4 steps an epoch, as the checkpoint's
        ("num_train_epochs: 4", 8, "the run has 16 steps, the checkpoint's was planned for 8"),
        ("num_train_epochs: 1", 8, "the checkpoint is at step 6 of the 4 that the run has"),
        ("max_steps: 6", 8, "it trains no more, or a single step"),
        ("max_steps: 7", 8, "the run has 7 steps, the checkpoint's was planned for 8"),
        ("max_steps: 8", 8, ""),
        ("num_train_epochs: 4", 4, "an epoch has another length now"),
        ("max_steps: 20\nlr_scheduler_type: constant", 8, ""),
        ("max_steps: 6\nlr_scheduler_type: constant", 8, "it trains no more"),
    ],
)
def test_what_a_resumed_run_does(tmp_path: Path, more: str, samples: int, message: str) -> None:
    """The same lines on the real Trainer (4.57.6, 5.23.0) trained none, one or all steps left, and
    the rate left its curve where this says so.
    """
    said = found(write(tmp_path, f"{TRANSFORMERS}{more}\n"), dataset_size=samples)
    assert len(said) == bool(message)
    assert all(message in each.message for each in said)


def test_the_saved_batch_counts_up_to_5_1(tmp_path: Path) -> None:
    """A checkpoint with a batch of 3 (4.57.6 went on with it); one of 4 may be that of two GPUs."""
    config = write(tmp_path, f"{TRANSFORMERS}max_steps: 20\n", {**STATE, "train_batch_size": 3})
    (old,) = found(config, "transformers==4.57.6")
    assert old.place.line == 2
    assert "the checkpoint's batch of 3 takes its place" in old.message
    (new,) = found(config)
    assert new.place.line == 4


def test_a_saved_batch_of_several_devices_tells_nothing(tmp_path: Path) -> None:
    """The batch of a process is that of all its devices."""
    config = write(tmp_path, f"{TRANSFORMERS}max_steps: 20\n", {**STATE, "train_batch_size": 4})
    assert found(config, "transformers==4.57.6") == []


@pytest.mark.parametrize(
    "state",
    [
        "[]",
        "{",
        '{"global_step": 6}',
        '{"global_step": "6", "max_steps": 8, "num_train_epochs": 2}',
        '{"global_step": 6, "max_steps": -1, "num_train_epochs": 2}',
        '{"global_step": 6, "max_steps": 8, "num_train_epochs": 9223372036854775807}',
    ],
)
def test_a_state_that_tells_nothing(tmp_path: Path, state: str) -> None:
    """What cannot be read is passed over without a word: nobody wrote it by hand."""
    config = write(tmp_path, f"{TRANSFORMERS}num_train_epochs: 9\n", state)
    assert check([config]) == []


def test_a_checkpoint_elsewhere_is_not_missed(tmp_path: Path) -> None:
    """Checkpoints seldom lie in the project."""
    text = TRANSFORMERS.replace("checkpoint-6", "/checkpoints/run/checkpoint-6")
    (tmp_path / "train.yaml").write_text(text, encoding="utf-8")
    assert run_of(tmp_path / "train.yaml").missing == []


def test_a_state_is_no_config(tmp_path: Path) -> None:
    """It holds keys of one, and belongs to the run that names it."""
    config = write(tmp_path, TRANSFORMERS)
    assert [Path(each).name for each in run_of(config).files] == [
        "train.yaml",
        "trainer_state.json",
    ]
    assert check([config.parent / "checkpoint-6"]) == []


def test_trl_hands_it_on_since_1_14(tmp_path: Path) -> None:
    """Before that the scripts began anew."""
    config = write(tmp_path, TRL)
    assert len(found(config, "trl==1.16.0")) == 1
    assert found(config, "trl==1.14.0") == []


@pytest.mark.parametrize(
    ("stage", "method", "resumes"),
    [("sft", "full", True), ("rm", "lora", True), ("rm", "full", False)],
)
def test_llama_factory_resumes(tmp_path: Path, stage: str, method: str, resumes: bool) -> None:
    """A whole reward model cannot be resumed: the key is dropped with a warning."""
    config = write(tmp_path, LLAMA_FACTORY.format(stage=stage, method=method))
    assert len(found(config)) == resumes


def move_to_output(config: Path) -> Path:
    """Put the checkpoint where the config writes its own."""
    (config.parent / "out").mkdir()
    (config.parent / "checkpoint-6").rename(config.parent / "out" / "checkpoint-6")
    return config


def test_the_last_checkpoint_of_the_output(tmp_path: Path) -> None:
    """`true` stands for the one with the highest number."""
    text = TRANSFORMERS.replace("checkpoint-6", "true")
    config = move_to_output(write(tmp_path, f"{text}max_steps: 20\n"))
    assert len(found(config)) == 1
    (tmp_path / "out" / "checkpoint-10").mkdir()
    assert found(config) == []


@pytest.mark.parametrize(
    ("more", "resumes"),
    [("", True), ("overwrite_output_dir: true\n", False), ("resume_from_checkpoint: no\n", False)],
)
def test_llama_factory_goes_on_by_itself(tmp_path: Path, more: str, resumes: bool) -> None:
    """From what lies in `output_dir`, unless it is to be overwritten."""
    text = LLAMA_FACTORY.format(stage="sft", method="lora")
    text = text.replace("resume_from_checkpoint: checkpoint-6\n", more)
    assert len(found(move_to_output(write(tmp_path, text)))) == resumes
