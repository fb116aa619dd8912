"""The examples say what their comments promise."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

import schedlint
from schedlint.cli.app import app

EXAMPLES = Path(__file__).parent.parent / "examples"


def test_samples_epochs_and_steps_give_the_batch() -> None:
    """10,000 samples in 1 epoch of 1,000 steps are 10 a batch, each seen once."""
    plan = schedlint.load(EXAMPLES / "generic-batch-from-steps.yaml").plan
    assert plan["global_batch_size"].value == 10
    assert plan["samples_seen"].value == 10_000
    assert plan["total_epochs"].value == 1


def test_steps_per_epoch_give_the_batch_and_the_total() -> None:
    """10,000 samples in 100 steps are 100 a batch (101 gives the same count); 10 epochs, 1,000."""
    plan = schedlint.load(EXAMPLES / "generic-epochs.yaml").plan
    batch = plan["global_batch_size"]
    assert (batch.value, batch.low, batch.high) == (100, 100, 101)
    assert plan["total_steps"].value == 1_000
    assert plan["samples_seen"].value == 100_000


@pytest.mark.parametrize(
    ("stated", "asked", "value"),
    [
        ("batch_size: 10\nsteps: 1000", "dataset_size", 10_000),
        ("dataset_size: 10000\nsteps: 1000", "global_batch_size", 10),
        ("dataset_size: 10000\nbatch_size: 10", "total_steps", 1_000),
    ],
)
def test_two_give_the_third(stated: str, asked: str, value: int) -> None:
    """Given any two of samples, batch size and steps of one epoch, the third follows."""
    run = schedlint.load(text=f"epochs: 1\n{stated}\n", filename="train.yaml")
    assert run.plan[asked].value == value


def test_only_the_examples_with_mistakes_have_findings() -> None:
    """The warm-up that outlasts its training, and the config of another version."""
    findings = schedlint.check([EXAMPLES])
    assert {Path(f.path).name for f in findings} == {"outdated.yaml", "warmup.yaml"}
    assert [f.code for f in findings if Path(f.path).name == "warmup.yaml"] == ["SL301"]


def test_the_outdated_example_can_be_mended(tmp_path: Path) -> None:
    """Every finding of it has a safe fix, and after those it has none."""
    path = tmp_path / "outdated.yaml"
    path.write_bytes((EXAMPLES / "outdated.yaml").read_bytes())
    result = CliRunner().invoke(app, ["check", str(path), "--fix"])
    assert result.exit_code == 0, result.stdout
    assert "Fixed 4 findings" in result.stdout
    assert schedlint.check([path]) == []
