"""Lightning: what it refuses, each with the nearest config that it takes."""

from __future__ import annotations

from pathlib import Path

import pytest

from schedlint import check
from tests.frameworks.test_lightning import cli, found, hydra


def callbacks(*each: str) -> str:
    """A line of the trainer with some callbacks: their class, and arguments after a blank."""
    parts = (one.partition(" ") for one in each)
    made = (f"{{class_path: {name}, init_args: {{{args}}}}}" for name, _, args in parts)
    return f"callbacks: [{', '.join(made)}]"


VALUES = [
    # `setup.py:_determine_batch_limits`, `_init_debugging_flags`, `_init_profiler`
    ("limit_test_batches: 1.5", "limit_test_batches: 15"),
    ("limit_predict_batches: -1", "limit_predict_batches: 0"),
    ("limit_train_batches: 1.5", 'limit_train_batches: "10"'),
    ("fast_dev_run: -1", "fast_dev_run: 1"),
    ("profiler: nvtx", "profiler: Simple"),
    ("val_check_interval: 30m", 'val_check_interval: "00:00:30:00"'),
    ("val_check_interval: {hour: 1}", "val_check_interval: {hours: 1}"),
    # `trainer.py:Trainer.__init__`, `data_connector.py:on_trainer_init`, `timer.py:Timer`
    ("gradient_clip_algorithm: l2", "gradient_clip_algorithm: NORM"),
    ("reload_dataloaders_every_n_epochs: -1", "reload_dataloaders_every_n_epochs: 0"),
    ("max_time: 8h", 'max_time: "00:08:00:00"'),
    ('max_time: "8:00:00"', 'max_time: "0:08:00:00"'),
    ("max_time: {hour: 8}", "max_time: {hours: 8}"),
    ("max_time: 8h", f"{callbacks('Timer')}\n  max_time: 8h"),
    ("barebones: true\n  log_every_n_steps: 50", "barebones: true\n  log_every_n_steps: 0"),
    ("barebones: true\n  profiler: simple", "barebones: true\n  enable_model_summary: false"),
    # `accelerator_connector.py`
    ("devices: []", "devices: [0]"),
    ("devices: null", "devices: auto"),
    ("strategy: null", "strategy: auto"),
    ("strategy: dp", "strategy: ddp"),
    ("strategy: fsdp_native", "strategy: fsdp"),
    # `deepspeed.py:init_deepspeed`
    (
        "strategy: deepspeed_stage_2\n  gradient_clip_algorithm: value",
        "strategy: ddp\n  gradient_clip_algorithm: value",
    ),
    (
        "strategy: {class_path: lightning.pytorch.strategies.ModelParallelStrategy}"
        "\n  precision: 16-mixed",
        "strategy: {class_path: lightning.pytorch.strategies.ModelParallelStrategy}"
        "\n  precision: bf16-mixed",
    ),
]

CALLBACKS = [
    # By themselves.
    ("ModelCheckpoint every_n_epochs: -1", "ModelCheckpoint every_n_epochs: 0"),
    ("EarlyStopping mode: lowest, monitor: a", "EarlyStopping mode: min, monitor: a"),
    ("EarlyStopping patience: 3", "EarlyStopping monitor: a"),
    ("LearningRateMonitor logging_interval: steps", "LearningRateMonitor logging_interval: step"),
    ("Timer duration: 8h", "Timer duration: '00:08:00:00'"),
    ("Timer interval: steps", "Timer interval: step"),
    (
        "GradientAccumulationScheduler scheduling: {0: 0}",
        "GradientAccumulationScheduler scheduling: {0: 1}",
    ),
    (
        "GradientAccumulationScheduler scheduling: {}",
        "GradientAccumulationScheduler scheduling: {4: 2}",
    ),
    (
        "StochasticWeightAveraging swa_lrs: 0.01, swa_epoch_start: 1.5",
        "StochasticWeightAveraging swa_lrs: 0.01, swa_epoch_start: 15",
    ),
    ("StochasticWeightAveraging swa_lrs: 0", "StochasticWeightAveraging swa_lrs: 1"),
    ("StochasticWeightAveraging", "StochasticWeightAveraging swa_lrs: [0.01]"),
]

PAIRS = [
    ("enable_checkpointing: false", ("ModelCheckpoint",), "enable_checkpointing: true"),
    ("enable_progress_bar: false", ("RichProgressBar",), "enable_progress_bar: true"),
    ("logger: false", ("LearningRateMonitor",), "logger: true"),
    (
        "accumulate_grad_batches: 4",
        ("GradientAccumulationScheduler scheduling: {0: 2}",),
        "accumulate_grad_batches: 1",
    ),
    (
        "strategy: deepspeed",
        ("GradientAccumulationScheduler scheduling: {0: 2}",),
        "strategy: ddp",
    ),
    ("strategy: fsdp", ("StochasticWeightAveraging swa_lrs: 0.1",), "strategy: ddp"),
]

TWINS = [
    (("TQDMProgressBar", "RichProgressBar"), ("RichProgressBar",)),
    (
        ("ModelCheckpoint monitor: a", "ModelCheckpoint monitor: a, filename: b"),
        ("ModelCheckpoint monitor: a", "ModelCheckpoint monitor: b"),
    ),
    (
        ("ModelCheckpoint", "ModelCheckpoint every_n_epochs: 1, save_last: true"),
        ("ModelCheckpoint", "ModelCheckpoint every_n_train_steps: 100"),
    ),
    (
        ("EarlyStopping monitor: a", "EarlyStopping monitor: a, patience: 9"),
        ("EarlyStopping monitor: a", "EarlyStopping monitor: a, mode: max"),
    ),
]


@pytest.mark.parametrize(("bad", "good"), VALUES)
def test_values(tmp_path: Path, bad: str, good: str) -> None:
    """Values that `Trainer()` stops at."""
    assert "SL704" in found(tmp_path, cli("max_epochs: 2", bad))
    assert not {"SL701", "SL704"} & {*found(tmp_path, cli("max_epochs: 2", good))}


@pytest.mark.parametrize(("bad", "good"), CALLBACKS)
def test_callbacks(tmp_path: Path, bad: str, good: str) -> None:
    """Arguments that a callback stops at."""
    assert "SL704" in found(tmp_path, cli("max_epochs: 2", callbacks(bad)))
    assert found(tmp_path, cli("max_epochs: 2", callbacks(good))) == []


@pytest.mark.parametrize(("line", "beside", "good"), PAIRS)
def test_pairs(tmp_path: Path, line: str, beside: tuple[str, ...], good: str) -> None:
    """A callback that an argument excludes, or the other way round."""
    assert "SL704" in found(tmp_path, cli("max_epochs: 2", callbacks(*beside), line))
    assert found(tmp_path, cli("max_epochs: 2", callbacks(*beside), good)) == []


@pytest.mark.parametrize(("bad", "good"), TWINS)
def test_twins(tmp_path: Path, bad: tuple[str, ...], good: tuple[str, ...]) -> None:
    """Two callbacks of which there can be one, or that a checkpoint cannot tell apart."""
    assert "SL704" in found(tmp_path, cli("max_epochs: 2", callbacks(*bad)))
    assert found(tmp_path, cli("max_epochs: 2", callbacks(*good))) == []


@pytest.mark.parametrize("strategy", ["fsdp", "deepspeed_stage_3"])
def test_sharding_needs_cuda(tmp_path: Path, strategy: str) -> None:
    """Neither runs on a CPU."""
    line = f"strategy: {strategy}"
    assert "SL704" in found(tmp_path, hydra("max_epochs: 2", "accelerator: cpu", line))
    assert found(tmp_path, hydra("max_epochs: 2", "accelerator: gpu", line)) == []


def test_a_strategy_is_no_accelerator(tmp_path: Path) -> None:
    """`accelerator: ddp` was the way to say it until 1.6."""
    assert "SL704" in found(tmp_path, hydra("max_epochs: 2", "accelerator: ddp"))
    old = "pytorch-lightning==1.5.10"
    assert found(tmp_path, hydra("max_epochs: 2", "accelerator: ddp"), old) == []


def test_a_whole_number_is_converted_by_the_parser_alone(tmp_path: Path) -> None:
    """jsonargparse makes 1.0 of 1, Hydra hands it on."""
    text = "callbacks: [{_target_: lightning.pytorch.callbacks.StochasticWeightAveraging, %s}]"
    assert "SL704" in found(tmp_path, hydra("max_epochs: 2", text % "swa_lrs: 1"))
    assert found(tmp_path, hydra("max_epochs: 2", text % "swa_lrs: 1.0")) == []


@pytest.mark.parametrize(
    ("line", "version"),
    [
        ("strategy: dp", "1.9.5"),
        ("strategy: null", "1.9.5"),
        ("fast_dev_run: -1", "1.0.8"),
        (callbacks("EarlyStopping patience: 3"), "1.5.10"),
        (callbacks("ModelCheckpoint", "ModelCheckpoint save_last: true"), "1.8.6"),
    ],
)
def test_what_older_versions_take(tmp_path: Path, line: str, version: str) -> None:
    """Lightning grew stricter; while the version is not told it is worth knowing, no more."""
    text = cli("max_epochs: 2", line)
    assert "SL704" not in found(tmp_path, text, f"pytorch-lightning=={version}")
    (finding,) = (each for each in check([tmp_path / "c.yaml"]) if each.code == "SL704")
    assert finding.severity.value == "info"
    assert "and later" in finding.versions


@pytest.mark.parametrize("line", ["limit_train_batches: 1.5", "limit_val_batches: -1"])
def test_limits_that_are_set_aside(tmp_path: Path, line: str) -> None:
    """`fast_dev_run` and `overfit_batches` take their place before anything is checked."""
    for over in ("fast_dev_run: true", "overfit_batches: 2"):
        assert "SL704" not in found(tmp_path, cli("max_epochs: 2", line, over))


@pytest.mark.parametrize("line", ["strategy: null", "devices: null", "strategy: dp"])
def test_a_script_may_choose_itself(tmp_path: Path, line: str) -> None:
    """What a script makes of null or of a name of its own is not known."""
    text = f"trainer:\n  max_epochs: 2\n  check_val_every_n_epoch: 1\n  {line}\n"
    assert "SL704" not in found(tmp_path, text)


# Unknown keys.


def test_a_script_may_keep_keys_of_its_own(tmp_path: Path) -> None:
    """Only where Lightning's own Trainer gets the section are unknown keys refused."""
    keys = ("max_epochs: 2", "accelerator: gpu", "of_our_own: 3")
    assert "SL706" in found(tmp_path, hydra(*keys))
    assert "SL706" not in found(tmp_path, hydra(*keys).replace("lightning.pytorch", "our"))
    script = "trainer:\n" + "".join(f"  {key}\n" for key in keys)
    assert "SL706" not in found(tmp_path, script)
    assert "SL706" in found(tmp_path, f"{script}  max_step: 3\n")


@pytest.mark.parametrize(("interval", "codes"), [("1", ["SL406"]), ("0.0", ["SL406"]), ("0.5", [])])
def test_validation_after_every_batch(tmp_path: Path, interval: str, codes: list[str]) -> None:
    """A share of nothing is one batch, and `fast_dev_run` validates once."""
    line = f"val_check_interval: {interval}"
    assert found(tmp_path, hydra("max_epochs: 2", line)) == codes
    assert found(tmp_path, hydra("max_epochs: 2", line, "fast_dev_run: true")) == []


@pytest.mark.parametrize(
    ("version", "monitor", "every", "refused"),
    [
        ("0.7.6", "val_loss", 2, True),
        ("0.7.6", "val_loss", 1, False),
        ("0.7.6", "loss", 2, False),
        ("0.8.1", "val_loss", 2, False),
        ("2.6.6", "val_loss", 2, False),
    ],
)
def test_epochs_without_validation_under_early_stopping(
    tmp_path: Path, version: str, monitor: str, every: int, refused: bool
) -> None:
    """Before 0.8 the callback wanted its metric after every epoch (`on_epoch_end`)."""
    file = tmp_path / "c.yaml"
    stopping = callbacks(f"pytorch_lightning.callbacks.EarlyStopping monitor: {monitor}")
    file.write_text(
        f"trainer:\n  max_epochs: 9\n  check_val_every_n_epoch: {every}\n  {stopping}\n"
    )
    codes = [each.code for each in check([str(file)], packages=[f"pytorch-lightning=={version}"])]
    assert ("SL704" in codes) is refused
