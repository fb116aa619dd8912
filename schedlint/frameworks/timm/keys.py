"""timm: what its `train.py` reads with `-c` and writes as `args.yaml`.

A flat mapping of the script's arguments. Text under an argument with a type is converted as on the
command line, so that `lr: 5e-4` is a number although YAML reads text. What an argument means in
optimizer steps stands in `timm_steps.py`.

Sources: pytorch-image-models `train.py:_parse_args`, `main`, `train_one_epoch`; timm
`scheduler/scheduler_factory.py:create_scheduler_v2`, `data/dataset_factory.py:create_dataset`,
`data/loader.py:create_loader`, `utils/checkpoint_saver.py:CheckpointSaver`.
"""

from __future__ import annotations

from typing import ClassVar

from schedlint.frameworks.timm import steps
from schedlint.frameworks.timm.arguments import (
    CHANGES,
    PACKAGE,
    SHORT_GROUP_IS_ONE_STEP,
    SMALL_SETS_ARE_REPEATED,
    STOP_EPOCH,
    VAL_INTERVAL,
    count,
    has_argument,
)
from schedlint.frameworks.timm.refusals import find_gone, read_refusals
from schedlint.frameworks.timm.run import is_whole_run, read_run
from schedlint.frameworks.timm.schedule import read_schedule
from schedlint.frameworks.transformers import trainer
from schedlint.plan import Interval, Word
from schedlint.reading.config import Config, Setting
from schedlint.reading.framework import Framework
from schedlint.reading.versions import Change
from schedlint.source import UNKNOWN, Sequence

ITERABLE = ("tfds/", "wds/", "hfids/")
"""Data sets that are read as a stream; how many batches they make depends on their workers."""


class Timm(Framework):
    """Arguments of `train.py`."""

    name = "timm"
    title = "timm (pytorch-image-models)"
    packages: ClassVar[tuple[str, ...]] = (PACKAGE,)
    versions = "0.9 to 1.0.31"
    changes: ClassVar[tuple[Change, ...]] = CHANGES
    words: ClassVar[tuple[Word, ...]] = steps.WORDS
    applies = (
        "dataset_size",
        "world_size",
        "data_parallel_size",
        "micro_batch_size",
        "gradient_accumulation_steps",
        "global_batch_size",
        "batches_per_epoch",
        "steps_per_epoch",
        "epochs",
        "total_steps",
        "total_epochs",
        "samples_seen",
        "warmup_steps",
        "decay_steps",
        "eval_interval",
        "save_interval",
        "log_interval",
        "evaluations",
        "checkpoints",
    )
    home = "https://huggingface.co/docs/timm/training_script"

    def read(self, config: Config) -> None:
        fixed = _batches_are_fixed(config)
        _read_batches(config, fixed)
        _read_data(config, fixed)
        short_groups = _read_steps(config)
        read_schedule(config, short_groups)
        read_run(config)
        _read_cadence(config)
        _read_learning_rate(config)
        _read_precision(config)
        read_refusals(config, config.word("sched", default="cosine"), _is_iterable(config))
        find_gone(config)


# Batches and data.


def _batches_are_fixed(config: Config) -> bool:
    """Whether every batch is `batch_size`: not where sizes or sequence lengths are scheduled."""
    sizes = config.setting("train_img_sizes")
    return sizes.value is None and config.flag("naflex_loader").value is False


def _read_batches(config: Config, fixed: bool) -> None:
    accumulation = count(config, "grad_accum_steps", 1)
    number = accumulation.number
    if isinstance(number, int):
        config.claim("gradient_accumulation_steps", Interval.exactly(max(1, number)), accumulation)
    if fixed:
        config.state("micro_batch_size", count(config, "batch_size", 128))
    config.relate(trainer.every_process, trainer.global_batch_size)


def _read_data(config: Config, fixed: bool) -> None:
    dataset = config.word("dataset", default="")
    if _is_iterable(config):
        config.fact("streaming", dataset._replace(value=True))
    elif dataset.value is not UNKNOWN and fixed:
        _read_map_data(config)


def _is_iterable(config: Config) -> bool:
    name = config.word("dataset", default="").value
    return isinstance(name, str) and name.lower().startswith(ITERABLE)


def _read_map_data(config: Config) -> None:
    """How many batches one pass over a data set of known length makes."""
    repeats = config.real("aug_repeats", default=0, text_counts=True)
    if repeats.number == 0:
        config.relate(steps.batches_per_epoch)
    elif repeats.known and config.since(SMALL_SETS_ARE_REPEATED):
        config.state("aug_repeats", repeats)
        config.relate(steps.batches_of_repeated_samples)
    elif (repeats.number or 0) >= 1:
        config.relate(steps.batches_of_whole_rounds)
    config.relate(steps.samples_seen)


def _read_steps(config: Config) -> bool:
    """Optimizer steps of an epoch; whether a short last group can make two of them.

    It takes a group of at least three batches, short of a whole one.
    """
    accumulation = count(config, "grad_accum_steps", 1).number
    several = accumulation is None or accumulation > 3
    if several and not config.since(SHORT_GROUP_IS_ONE_STEP):
        config.relate(steps.updates_per_epoch, steps.steps_with_short_group)
        return True
    config.relate(trainer.steps_rounded_up, steps.updates_per_epoch)
    return False


# Validations, checkpoints, log lines.


def _read_cadence(config: Config) -> None:
    config.state("log_interval", count(config, "log_interval", 50))
    every = config.state("val_interval", _validation_interval(config))
    split = config.setting("val_split", default="validation")
    config.fact("eval_strategy", _strategy(split, every))
    config.fact("save_strategy", every._replace(value="epoch"))
    config.fact("save_total_limit", count(config, "checkpoint_hist", 10))
    config.relate(steps.save_interval)
    validates = split.known and split.value != ""
    if validates:
        config.relate(steps.eval_interval)
    elif split.value is not UNKNOWN:
        config.claim("evaluations", Interval.exactly(0), split)
    _count_saved(config, validates)


def _strategy(split: Setting, every: Setting) -> Setting:
    """Validation comes by epochs, or where it has no split not at all."""
    if split.value is None or split.value == "":
        return split._replace(value="no")
    return every._replace(value="epoch") if split.known else split


def _validation_interval(config: Config) -> Setting:
    """Epochs between two; every epoch where the script has no such argument."""
    if not has_argument(config, VAL_INTERVAL):
        return Setting("val_interval", 1, default=True)
    return count(config, "val_interval", 1)


def _count_saved(config: Config, validates: bool) -> None:
    """A validated epoch is saved as well; `save_epochs` (from 1.0.31 on) adds epochs to both."""
    if _saves_more(config):
        return
    config.relate(steps.epochs_saved if is_whole_run(config) else steps.epochs_saved_from_start)
    if validates:
        config.relate(steps.evaluations)
    recovery = count(config, "recovery_interval", 0)
    if recovery.value is None or recovery.number == 0:
        config.relate(steps.checkpoints)
    elif count(config, "grad_accum_steps", 1).number == 1:
        config.state("recovery_interval", recovery)
        config.relate(steps.checkpoints_and_recovery)


def _saves_more(config: Config) -> bool:
    """Whether `save_epochs` names an epoch."""
    more = config.setting("save_epochs").value
    empty = more is None or (isinstance(more, Sequence) and not more.items)
    return not empty and has_argument(config, STOP_EPOCH)


# Learning rate and precision.

_WITH_FLOOR = ("cosine", "tanh", "poly", "plateau")
"""Schedules that end at `min_lr` (`scheduler/scheduler_factory.py:create_scheduler_v2`)."""


def _read_learning_rate(config: Config) -> None:
    """`lr`, or where it is nothing or 0 the base rate scaled to the global batch."""
    rate = config.fact("learning_rate", config.real("lr", text_counts=True))
    floor = config.real("min_lr", text_counts=True)
    if floor.stated and config.word("sched", default="cosine").value in _WITH_FLOOR:
        config.fact("min_learning_rate", floor)
    base = config.fact("lr_base", config.real("lr_base", default=0.1, text_counts=True))
    size = config.fact("lr_base_size", count(config, "lr_base_size", 256))
    scale = config.fact("lr_base_scale", _scaling(config))
    if rate.number:
        config.state("learning_rate", rate)
    elif (rate.value is None or rate.number == 0) and scale.known and _batches_are_fixed(config):
        config.state("lr_base", base)
        config.state("lr_base_size", size)
        by_root = scale.value == "sqrt"
        config.relate(steps.square_root_rate if by_root else steps.linear_rate)


def _scaling(config: Config) -> Setting:
    """`linear` or `sqrt`; where nothing is said, as the optimizer's name has it."""
    scale = config.word("lr_base_scale", default="")
    if scale.value != "" and scale.value is not None:
        return scale
    optimizer = config.word("opt", default="sgd")
    if not isinstance(optimizer.value, str):
        return scale._replace(value=UNKNOWN)
    adaptive = any(name in optimizer.value.lower() for name in ("ada", "lamb"))
    return optimizer._replace(value="sqrt" if adaptive else "linear")


def _read_precision(config: Config) -> None:
    """Mixed precision is one switch and a type."""
    amp = config.flag("amp")
    kind = config.word("amp_dtype", default="float16")
    for fact, name in (("fp16", "float16"), ("bf16", "bfloat16")):
        if amp.value is True:
            spot = kind if kind.stated else amp
            on = kind.value == name if kind.known else UNKNOWN
            config.fact(fact, spot._replace(value=on))
        else:
            config.fact(fact, amp)


FRAMEWORK = Timm()
