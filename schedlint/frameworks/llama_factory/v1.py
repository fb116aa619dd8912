"""LLaMA-Factory's second trainer (`USE_V1=1`): another schema under the same roof.

It takes its batch as `micro_batch_size` and `global_batch_size`, and every pass over the data drops
the samples that do not fill a global batch.

Sources: LLaMA-Factory `src/llamafactory/v1/config/training_args.py:TrainingArguments`,
`v1/core/base_trainer.py:BaseTrainer.__init__`, `fit`, `v1/core/utils/batching.py:BatchGenerator`.
"""

from __future__ import annotations

from schedlint.frameworks.transformers import trainer
from schedlint.plan import Interval, Number, Word, relation
from schedlint.plan.arithmetic import floor_div, floor_times, times
from schedlint.reading.config import Config
from schedlint.source import UNKNOWN

WORDS = (Word("save_epochs", "epochs", "epochs between two checkpoints", whole=False),)

_ONLY_HERE = (
    "model_class",
    "dist_config",
    "kernel_config",
    "global_batch_size",
    "micro_batch_size",
)


@relation(
    "+-",
    says="floor({dataset_size} / {global_batch_size}), the rest is dropped",
    output="steps_per_epoch",
)
def steps_of_full_batches(dataset_size: Number, global_batch_size: Number) -> Number:
    return floor_div(dataset_size, global_batch_size)


@relation("++", says="{steps_per_epoch} × {gradient_accumulation_steps}")
def batches_per_epoch(steps_per_epoch: Number, gradient_accumulation_steps: Number) -> Number:
    return times(steps_per_epoch, gradient_accumulation_steps)


@relation("++", says="{total_steps} × {global_batch_size}", output="samples_seen")
def samples_of_full_steps(total_steps: Number, global_batch_size: Number) -> Number:
    return times(total_steps, global_batch_size)


@relation("++", says="{epochs} × {steps_per_epoch}", output="total_steps")
def steps_of_whole_epochs(epochs: Number, steps_per_epoch: Number) -> Number:
    return times(epochs, steps_per_epoch)


@relation("+-", says="floor({total_steps} / {save_interval})", output="checkpoints")
def checkpoints(total_steps: Number, save_interval: Number) -> Number:
    return floor_div(total_steps, save_interval)


@relation("++", says="max(1, int({steps_per_epoch} × {save_epochs}))", output="save_interval")
def save_interval(steps_per_epoch: Number, save_epochs: Number) -> Number:
    return max(1, floor_times(save_epochs, steps_per_epoch))


def is_v1(config: Config) -> bool:
    """Whether a config is of this schema."""
    return any(config.has(key) for key in _ONLY_HERE)


def read(config: Config) -> None:
    """Read a config of this schema."""
    _read_batches(config)
    _read_duration(config)
    _read_cadence(config)
    config.fact("bf16", config.flag("bf16", default=True))
    config.state("sequence_length", config.whole("cutoff_len", default=2048))
    config.relate(trainer.tokens_per_step, trainer.tokens_seen)


def _read_batches(config: Config) -> None:
    config.state("micro_batch_size", config.whole("micro_batch_size", default=1))
    total = config.whole("global_batch_size")
    config.state("global_batch_size", total)
    if total.value is None:
        config.default("gradient_accumulation_steps", 1, "global_batch_size is not given")
    config.relate(trainer.global_batch_size, trainer.loader_batch_size)
    ranks = config.whole("dp_size")
    config.state("data_parallel_size", ranks)
    if ranks.value is None:
        config.state("model_parallel_size", config.whole("cp_size", default=1))
        config.relate(trainer.data_parallel_size)


def _read_duration(config: Config) -> None:
    epochs = config.state("epochs", config.whole("num_train_epochs", default=3))
    strategy = config.word("batching_strategy", default="normal")
    if strategy.value == "normal":
        config.relate(steps_of_full_batches, batches_per_epoch, samples_of_full_steps)
        config.relate(trainer.total_epochs)
    limit = config.whole("max_steps")
    if limit.value is UNKNOWN:
        return
    if (limit.number or 0) > 0:
        config.state("max_steps", limit)
        config.relate(trainer.steps_of_max_steps)
        if epochs.stated:
            config.relate(trainer.epoch_steps)
    else:
        config.relate(steps_of_whole_epochs)


def _read_cadence(config: Config) -> None:
    config.state("log_interval", config.whole("logging_steps", default=1))
    by_epoch = config.real("save_epochs")
    every = config.whole("save_steps")
    if by_epoch.known:
        config.state("save_epochs", by_epoch)
        config.relate(save_interval, checkpoints)
    elif every.known:
        config.state("save_interval", every)
        config.relate(checkpoints)
    elif by_epoch.value is None and every.value is None:
        config.claim("checkpoints", Interval.exactly(0), every)
