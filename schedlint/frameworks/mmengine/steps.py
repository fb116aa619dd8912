"""The arithmetic of MMEngine's train loops: from its iterations to optimizer steps.

MMEngine counts iterations, which are micro-batches, or epochs; the optimizer steps every
`accumulative_counts` iterations, counted across the epochs, and at the last iteration of the run
(mmengine `optim/optimizer/optimizer_wrapper.py:OptimWrapper.should_update`). This is the only place
where iterations become steps.

Sources: mmengine `runner/loops.py:EpochBasedTrainLoop`, `IterBasedTrainLoop`;
`dataset/sampler.py:DefaultSampler`, `InfiniteSampler`; `runner/runner.py:Runner.scale_lr`;
`optim/scheduler/param_scheduler.py`.
"""

from __future__ import annotations

from functools import cache
from math import inf

from schedlint.frameworks.transformers import trainer
from schedlint.plan import Number, Relation, Word, relation
from schedlint.plan.arithmetic import ceil_div, floor_div, floor_times, ratio, times
from schedlint.reading.milestones import WORDS as MILESTONES

_SHARED = ("loader_batch_size", "samples_per_epoch", "learning_rate")

WORDS = (
    *(word for word in trainer.WORDS if word.name in _SHARED),
    Word("max_epochs", "epochs", "epochs asked for, as the train loop counts them"),
    Word("iterations", "micro-batches", "micro-batches per rank over the whole run"),
    Word("epoch_length", "micro-batches", "length of the train loader, as schedules convert by it"),
    Word("rounds_up", "", "1 where a part of an optimizer step counts as one, 0 where not"),
    Word("warmup_end", "micro-batches", "micro-batches to the end of the warm-up's range"),
    Word("warmup_epochs", "epochs", "epochs to the end of the warm-up's range", whole=False),
    Word("warmup_stuck", "", "1 where nothing ever lets the warm-up end"),
    *MILESTONES,
    Word("milestones_end", "optimizer steps", "step at which a stepwise schedule ends"),
    Word("milestones_end_epoch", "epochs", "epoch at which a stepwise schedule ends"),
    Word("schedule_epochs", "epochs", "epochs to the end of the last decay", whole=False),
    Word("scheduler_frequency", "epochs", "epochs from one step of the schedule to the next", 1),
    Word("complete_epochs", "epochs", "epochs that the schedule gets to see"),
    Word("eval_epochs", "epochs", "epochs between two evaluations", 1),
    Word("eval_iterations", "micro-batches", "micro-batches between two evaluations", 1),
    Word("eval_begin", "as the run counts", "first epoch or micro-batch that is evaluated"),
    Word("save_epochs", "epochs", "epochs between two checkpoints", 1),
    Word("save_iterations", "micro-batches", "micro-batches between two checkpoints", 1),
    Word("timed_checkpoints", "times", "checkpoints that come at their interval or at the end"),
    Word("best_checkpoints", "times", "checkpoints of a new best score"),
    Word("base_batch_size", "samples", "batch that the learning rate was tuned for", 1),
    Word("scaled_learning_rate", "per step", "learning rate after auto_scale_lr", whole=False),
)

# Batches and epochs.


@relation(
    "+-0",
    says="floor(ceil({dataset_size} / {data_parallel_size}) / {micro_batch_size}) (drop_last)",
    output="batches_per_epoch",
)
def full_batches(
    dataset_size: Number, data_parallel_size: Number, micro_batch_size: Number
) -> Number:
    """The sampler fills the ranks' shares up to equal ones before the loader drops the rest."""
    return floor_div(ceil_div(dataset_size, data_parallel_size), micro_batch_size)


@relation(
    "+-",
    says="ceil({dataset_size} / {micro_batch_size}), without a sampler every rank reads all",
    output="batches_per_epoch",
)
def batches_of_all(dataset_size: Number, micro_batch_size: Number) -> Number:
    return ceil_div(dataset_size, micro_batch_size)


@relation(
    "+-",
    says="floor({dataset_size} / {micro_batch_size}), without a sampler every rank reads all",
    output="batches_per_epoch",
)
def full_batches_of_all(dataset_size: Number, micro_batch_size: Number) -> Number:
    return floor_div(dataset_size, micro_batch_size)


@relation("+", says="{batches_per_epoch}")
def epoch_length(batches_per_epoch: Number) -> Number:
    return batches_per_epoch


@relation(
    "+-",
    says="ceil({dataset_size} / {micro_batch_size}), for all ranks alike",
    output="epoch_length",
)
def endless_epoch_length(dataset_size: Number, micro_batch_size: Number) -> Number:
    """`InfiniteSampler.__len__` is that of the whole data, though each rank sees its share."""
    return ceil_div(dataset_size, micro_batch_size)


@relation(
    "+-",
    says="floor({dataset_size} / {micro_batch_size}) (drop_last), for all ranks alike",
    output="epoch_length",
)
def endless_full_epoch_length(dataset_size: Number, micro_batch_size: Number) -> Number:
    return floor_div(dataset_size, micro_batch_size)


@relation("+", says="{max_epochs}", output="epochs")
def asked_epochs(max_epochs: Number) -> Number:
    return max_epochs


@relation("+", says="{max_epochs}")
def complete_epochs(max_epochs: Number) -> Number:
    return max_epochs


@relation("+", says="{max_epochs}", output="total_epochs")
def whole_epochs(max_epochs: Number) -> Number:
    return max_epochs


@relation("+-", says="{iterations} / {batches_per_epoch}", output="total_epochs")
def epochs_of_iterations(iterations: Number, batches_per_epoch: Number) -> Number:
    return ratio(iterations, batches_per_epoch)


@relation("+-", says="{samples_seen} / {dataset_size}", output="total_epochs")
def epochs_of_samples(samples_seen: Number, dataset_size: Number) -> Number:
    return ratio(samples_seen, dataset_size)


# Iterations and optimizer steps.


@relation("++", says="{max_epochs} × {batches_per_epoch}", even=times)
def iterations(max_epochs: Number, batches_per_epoch: Number) -> Number:
    return times(max_epochs, batches_per_epoch)


@relation(
    "+-",
    says="ceil({iterations} / {gradient_accumulation_steps}), counted across epochs",
    even=ratio,
)
def total_steps(iterations: Number, gradient_accumulation_steps: Number) -> Number:
    return ceil_div(iterations, gradient_accumulation_steps)


@relation("+", says="{total_steps}")
def max_steps(total_steps: Number) -> Number:
    return total_steps


def in_steps(iterations: Number, accumulation: Number, rounds_up: Number) -> Number:
    """The optimizer steps in so many iterations, where those before them may have begun one."""
    divide = ceil_div if rounds_up >= 1 else floor_div
    return divide(iterations, accumulation)


@relation(
    "+-+",
    says="{batches_per_epoch} / {gradient_accumulation_steps}, a rest goes on in the next epoch",
)
def steps_per_epoch(
    batches_per_epoch: Number, gradient_accumulation_steps: Number, rounds_up: Number
) -> Number:
    """Accumulation goes on across the epochs: not every epoch has as many steps."""
    return in_steps(batches_per_epoch, gradient_accumulation_steps, rounds_up)


# Samples.


@relation("+0", says="{dataset_size}, filled up to equal shares of {data_parallel_size} ranks")
def samples_per_epoch(dataset_size: Number, data_parallel_size: Number) -> Number:
    return times(ceil_div(dataset_size, data_parallel_size), data_parallel_size)


@relation(
    "++",
    says="{dataset_size} × {data_parallel_size}, without a sampler every rank reads all",
    output="samples_per_epoch",
)
def samples_of_all(dataset_size: Number, data_parallel_size: Number) -> Number:
    """`Runner.build_dataloader` builds no sampler of its own: nothing shares the data out."""
    return times(dataset_size, data_parallel_size)


@relation("++", says="{batches_per_epoch} × {loader_batch_size}", output="samples_per_epoch")
def full_samples_per_epoch(batches_per_epoch: Number, loader_batch_size: Number) -> Number:
    return times(batches_per_epoch, loader_batch_size)


@relation("++", says="{max_epochs} × {samples_per_epoch}", output="samples_seen")
def samples_of_epochs(max_epochs: Number, samples_per_epoch: Number) -> Number:
    return times(max_epochs, samples_per_epoch)


@relation("++", says="{iterations} × {loader_batch_size}", output="samples_seen")
def samples_of_full_batches(iterations: Number, loader_batch_size: Number) -> Number:
    return times(iterations, loader_batch_size)


@relation("+", says="at least 0", output="samples_seen")
def no_samples(iterations: Number) -> Number:
    return 0


@relation(
    "+0++",
    says="{iterations} micro-batches of at most {loader_batch_size}, "
    "{samples_per_epoch} in {batches_per_epoch} of them",
    output="samples_seen",
    within=(no_samples, samples_of_full_batches),
)
def samples_of_iterations(
    iterations: Number,
    batches_per_epoch: Number,
    samples_per_epoch: Number,
    loader_batch_size: Number,
) -> Number:
    """Whole passes, then the batches of the last one; the last batch of a pass may be short."""
    if batches_per_epoch == 0 or iterations == inf:
        return times(iterations, batches_per_epoch)
    passes, rest = divmod(iterations, batches_per_epoch)
    return times(passes, samples_per_epoch) + min(samples_per_epoch, times(rest, loader_batch_size))


# Warm-up and decay. A scheduler over `end` of its own steps reaches its last value at step
# `end - 1`; it steps once an iteration, or once an epoch.


@relation(
    "+-",
    says="floor(({warmup_end} − 1) / {gradient_accumulation_steps})",
    output="warmup_steps",
)
def warmup_of_iterations(warmup_end: Number, gradient_accumulation_steps: Number) -> Number:
    """The optimizer steps that are made below the full rate."""
    return floor_div(max(warmup_end - 1, 0), gradient_accumulation_steps)


@relation(
    "++-",
    says="floor(({warmup_epochs} − 1) × {batches_per_epoch} / {gradient_accumulation_steps})",
    output="warmup_steps",
)
def warmup_of_epochs(
    warmup_epochs: Number, batches_per_epoch: Number, gradient_accumulation_steps: Number
) -> Number:
    below = times(max(warmup_epochs - 1, 0), batches_per_epoch)
    return floor_div(below, gradient_accumulation_steps)


@relation("++", says="int({warmup_epochs} × {epoch_length}) (convert_to_iter_based)")
def warmup_end(warmup_epochs: Number, epoch_length: Number) -> Number:
    return floor_times(warmup_epochs, epoch_length)


@relation("+", says="{iterations} (the whole run)", output="warmup_end")
def warmup_over_the_run(iterations: Number) -> Number:
    return iterations


@relation("+", says="{max_epochs} (the whole run)", output="warmup_epochs")
def warmup_over_all_epochs(max_epochs: Number) -> Number:
    return max_epochs


@relation("++", says="{total_steps} (the rate stays where warm-up starts)", output="warmup_steps")
def warmup_never_ends(warmup_stuck: Number, total_steps: Number) -> Number:
    return total_steps if warmup_stuck >= 1 else 0


@relation(
    "++-",
    says="ceil({schedule_epochs} × {batches_per_epoch} / {gradient_accumulation_steps})",
    output="decay_steps",
)
def decay_of_epochs(
    schedule_epochs: Number, batches_per_epoch: Number, gradient_accumulation_steps: Number
) -> Number:
    return ceil_div(times(schedule_epochs, batches_per_epoch), gradient_accumulation_steps)


@cache
def last_of_interval(unit: str, run: str, ends: bool) -> Relation:
    """Where a rate that falls every so often falls last; the first such point where none comes.

    `unit` is that of the milestones, `run` the word for the run's length in it; `ends` tells
    whether the schedule has an end of its own.
    """
    first, end = f"first_milestone{unit}", f"milestones_end{unit}"

    def formula(every: Number, total: Number, stop: Number = inf) -> Number:
        last = min(total, stop)
        if inf in (every, last):
            return inf
        return max(times(every, floor_div(last - 1, every)), every)

    inputs, signs = ((first, run, end), (0, 1, 1)) if ends else ((first, run), (0, 1))
    until = f" and {{{end}}}" if ends else ""
    says = f"the last multiple of {{{first}}} before {{{run}}}{until}"
    return Relation(f"last_milestone{unit}", inputs, signs, formula, says)


# Learning rate.


@relation(
    "+++-",
    says="{learning_rate} × {micro_batch_size} × {world_size} / {base_batch_size}",
)
def scaled_learning_rate(
    learning_rate: Number, micro_batch_size: Number, world_size: Number, base_batch_size: Number
) -> Number:
    """`Runner.scale_lr`, in its floats: gradient accumulation does not count."""
    real = times(micro_batch_size, world_size)
    if inf in (real, base_batch_size) or base_batch_size == 0:
        return times(learning_rate, ratio(real, base_batch_size))
    return times(learning_rate, float(real) / float(base_batch_size))
