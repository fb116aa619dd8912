"""How Axolotl counts the steps of a run before it hands them to the Hugging Face Trainer.

Axolotl multiplies the batch out itself, works out how many steps the epochs make, and gives that
count to the Trainer as `max_steps`: the estimate is what stops the run. Warm-up and log interval
are shares of the same count. The Trainer's own loop, which decides where epochs end, stands in
`trainer.py`.

Sources: axolotl `utils/config/__init__.py:normalize_config`,
`utils/trainer.py:calculate_total_num_steps`,
`common/datasets.py:load_preference_datasets`, `utils/data/sft.py:_prepare_standard_dataset`,
`core/builders/base.py:_configure_warmup_and_logging`, `utils/samplers/multipack.py`.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from math import ceil, inf

from schedlint.frameworks.transformers import held_out, trainer
from schedlint.frameworks.trl import rounds as trl_rounds
from schedlint.plan import Number, Relation, Word, relation
from schedlint.plan.arithmetic import ceil_div, ceil_times, floor_div, floor_times, ratio, times

WORDS = (
    *trainer.WORDS,
    *trl_rounds.WORDS,
    *held_out.WORDS,
    Word(
        "rank_batch_size", "samples", "samples per rank and step that the steps are counted by", 1
    ),
    Word("counted_batch_size", "samples", "samples per step that the steps are counted by", 1),
    Word("packed_batches", "micro-batches", "packed micro-batches of one pass, all ranks"),
    Word("pass_steps", "optimizer steps", "optimizer steps that one pass over packed data takes"),
    Word("counted_steps", "optimizer steps", "steps that warm-up and log interval are shares of"),
    Word("asked_warmup_steps", "optimizer steps", "steps of warm-up that the file asks for"),
    Word("evals_per_epoch", "times", "evaluations asked for in each epoch"),
    Word("saves_per_epoch", "times", "checkpoints asked for in each epoch"),
)

# Batches.


@relation("++", says="{micro_batch_size} × {gradient_accumulation_steps}")
def rank_batch_size(micro_batch_size: Number, gradient_accumulation_steps: Number) -> Number:
    return times(micro_batch_size, gradient_accumulation_steps)


@relation(
    "+-",
    says="floor({rank_batch_size} / {micro_batch_size}), of batch_size",
    output="gradient_accumulation_steps",
    even=ratio,
)
def accumulation_of_batch_size(rank_batch_size: Number, micro_batch_size: Number) -> Number:
    return floor_div(rank_batch_size, micro_batch_size)


@relation("++", says="{rank_batch_size} × {data_parallel_size}")
def counted_batch_size(rank_batch_size: Number, data_parallel_size: Number) -> Number:
    return times(rank_batch_size, data_parallel_size)


@relation("+", says="{rank_batch_size} (ddp is off: one rank counts)", output="counted_batch_size")
def counted_batch_of_one_rank(rank_batch_size: Number) -> Number:
    return rank_batch_size


# Steps of the epochs.


def _even_epoch_steps(dataset_size: Number, epochs: Number, counted_batch_size: Number) -> Number:
    return ratio(times(dataset_size, epochs), counted_batch_size)


@relation(
    "++-",
    says="ceil({dataset_size} × {epochs} / {counted_batch_size}), rounded once over all epochs",
    output="epoch_steps",
    even=_even_epoch_steps,
)
def steps_of_samples(dataset_size: Number, epochs: Number, counted_batch_size: Number) -> Number:
    samples = times(dataset_size, epochs)
    if samples == inf or counted_batch_size == inf:
        return ceil_div(samples, counted_batch_size)
    return ceil(samples / counted_batch_size)


@relation("+-", says="floor({dataset_size} / {micro_batch_size})", even=ratio)
def packed_batches(dataset_size: Number, micro_batch_size: Number) -> Number:
    """`dataset_size` counts packed rows of `sequence_length` tokens; a short batch is dropped."""
    return floor_div(dataset_size, micro_batch_size)


@relation(
    "+-",
    says="floor({packed_batches} / {data_parallel_size})",
    output="batches_per_epoch",
    even=ratio,
)
def packed_batches_of_rank(packed_batches: Number, data_parallel_size: Number) -> Number:
    return floor_div(packed_batches, data_parallel_size)


@relation(
    "++-",
    says="max(floor({packed_batches} × {micro_batch_size} / {counted_batch_size}), 1)",
    output="steps_per_epoch",
)
def packed_steps_per_epoch(
    packed_batches: Number, micro_batch_size: Number, counted_batch_size: Number
) -> Number:
    return max(floor_div(times(packed_batches, micro_batch_size), counted_batch_size), 1)


@relation("++", says="floor({epochs} × {steps_per_epoch})", output="epoch_steps", even=times)
def packed_epoch_steps(epochs: Number, steps_per_epoch: Number) -> Number:
    return floor_times(epochs, steps_per_epoch)


@relation(
    "0+",
    says="floor({epochs} × {steps_per_epoch}) − ceil({epochs}) (dataloader_drop_last), at least 0",
    output="epoch_steps",
)
def packed_epoch_steps_less_last(epochs: Number, steps_per_epoch: Number) -> Number:
    return max(floor_times(epochs, steps_per_epoch) - ceil(epochs), 0)


@relation("+", says="{epoch_steps}", output="total_steps")
def steps_of_epochs(epoch_steps: Number) -> Number:
    return epoch_steps


@relation(
    "000",
    says="{epoch_steps} where that is above 0, else ceil({epochs} × {pass_steps})",
    output="total_steps",
)
def steps_of_epochs_or_passes(epoch_steps: Number, epochs: Number, pass_steps: Number) -> Number:
    """A count of none becomes a `max_steps` of -1: the Trainer then counts the epochs itself."""
    return epoch_steps if epoch_steps > 0 else ceil_times(epochs, pass_steps)


# The Trainer's own epochs over packed data.


@cache
def by_pass(of_epochs: Relation, output: str | None = None) -> Relation:
    """The same formula for packed data, where the planned `steps_per_epoch` is rounded down.

    The Trainer's epoch ends with the loader, after `pass_steps`: a last incomplete group of
    micro-batches makes a step.
    """
    inputs = tuple("pass_steps" if name == "steps_per_epoch" else name for name in of_epochs.inputs)
    says = of_epochs.says.replace("{steps_per_epoch}", "{pass_steps}")
    return replace(of_epochs, inputs=inputs, says=says, output=output or of_epochs.output)


pass_steps = by_pass(trainer.steps_rounded_up, "pass_steps")
total_passes = by_pass(trainer.total_epochs)
samples_seen_packed = by_pass(trainer.samples_seen)
steps_of_passes = by_pass(trainer.steps_of_epochs)

# What warm-up and log interval are shares of.


@relation("+", says="{epoch_steps}", output="counted_steps")
def counted_of_epochs(epoch_steps: Number) -> Number:
    return epoch_steps


@relation("++", says="min({epoch_steps}, {max_steps})", output="counted_steps")
def counted_of_smaller(epoch_steps: Number, max_steps: Number) -> Number:
    return min(epoch_steps, max_steps)


@relation("+", says="{max_steps}", output="counted_steps")
def counted_of_max_steps(max_steps: Number) -> Number:
    return max_steps


def _no_single_step(steps: Number) -> Number:
    return 2 if steps == 1 else steps


@relation("+", says="{asked_warmup_steps}, and 1 becomes 2", output="warmup_steps")
def warmup_as_asked(asked_warmup_steps: Number) -> Number:
    return _no_single_step(asked_warmup_steps)


@relation(
    "++",
    says="floor({warmup_ratio} × {counted_steps}), and 1 becomes 2",
    output="warmup_steps",
)
def warmup_of_share(warmup_ratio: Number, counted_steps: Number) -> Number:
    return _no_single_step(floor_times(warmup_ratio, counted_steps))


@relation(
    "+",
    says="min(floor(0.03 × {counted_steps}), 100), and 1 becomes 2 (no warm-up is given)",
    output="warmup_steps",
)
def warmup_by_default(counted_steps: Number) -> Number:
    return _no_single_step(min(floor_times(0.03, counted_steps), 100))


@relation(
    "+",
    says="max(min(floor(0.005 × {counted_steps}), 10), 1) (logging_steps is not given)",
    output="log_interval",
)
def log_interval_by_default(counted_steps: Number) -> Number:
    return max(min(floor_times(0.005, counted_steps), 10), 1)


# Evaluations and checkpoints.


def _share(times_per_epoch: Number, epochs: Number) -> Number:
    count = times(times_per_epoch, epochs)
    return inf if count == 0 else 1.0 / count


@relation("--", says="1 / ({evals_per_epoch} × {epochs})", output="eval_ratio")
def eval_share(evals_per_epoch: Number, epochs: Number) -> Number:
    return _share(evals_per_epoch, epochs)


@relation("--", says="1 / ({saves_per_epoch} × {epochs})", output="save_ratio")
def save_share(saves_per_epoch: Number, epochs: Number) -> Number:
    return _share(saves_per_epoch, epochs)


SHARES = {"eval": eval_share, "save": save_share}


@relation("+", says="{log_interval} (eval_steps is not given)", output="eval_interval")
def evaluate_when_logging(log_interval: Number) -> Number:
    return log_interval
