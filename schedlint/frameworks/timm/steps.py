"""timm's units: its schedules count epochs or updates, its lengths are epochs, a step is an update.

The one place where they become optimizer steps. `create_scheduler_v2` gives the number of epochs
that `train.py` runs; how many optimizer steps an epoch makes follows from its loader, which always
drops the last short batch, and from its gradient accumulation.

Sources: timm `scheduler/scheduler_factory.py:create_scheduler_v2`, `scheduler/cosine_lr.py:
CosineLRScheduler.get_cycle_length`, `data/loader.py:create_loader`, `data/distributed_sampler.py:
RepeatAugSampler`; pytorch-image-models `train.py:main`, `train_one_epoch`; torch
`utils/data/distributed.py:DistributedSampler`.
"""

from __future__ import annotations

from math import inf

from schedlint.plan import Number, Word, relation
from schedlint.plan.arithmetic import ceil_div, ceil_times, floor_div, times
from schedlint.reading.milestones import WORDS as MILESTONES

WORDS = (
    Word("aug_repeats", "times", "repetitions of a sample among the ranks", whole=False),
    Word("updates_per_epoch", "updates", "optimizer steps per epoch as the schedule counts them"),
    Word("warmup_epochs", "epochs", "epochs of learning-rate warm-up", whole=False),
    Word("prefix_epochs", "epochs", "epochs of warm-up that come before the schedule"),
    Word("cycles", "times", "cycles of the learning-rate schedule", 1),
    Word("cycle_mul", "(factor)", "length of a cycle over that of the one before", whole=False),
    Word("cooldown_epochs", "epochs", "epochs at the lowest learning rate after the schedule"),
    Word("decay_epochs", "epochs", "epochs between two decays, or of the decay", 1, whole=False),
    *MILESTONES,
    Word("stable_epochs", "epochs", "epochs at the peak between warm-up and decay", whole=False),
    Word("horizon_epochs", "epochs", "epochs until the schedule is over, warm-up included"),
    Word("scheduled_epochs", "epochs", "epochs after which training ends, with those done before"),
    Word("start_epoch", "epochs", "epochs done before this run"),
    Word("other_epochs", "epochs", "epochs of warm-up before and cool-down after the schedule"),
    Word("end_epoch", "epochs", "epochs after which this run ends, with those done before"),
    Word("stop_epoch", "epochs", "epochs after which the run is stopped", 1),
    Word("val_interval", "epochs", "epochs between two validations", 1),
    Word("recovery_interval", "optimizer steps", "steps between two recovery checkpoints", 1),
    Word("epochs_saved", "times", "checkpoints at the end of an epoch"),
    Word("learning_rate", "per step", "peak of the learning rate", whole=False),
    Word("lr_base", "per step", "learning rate for a batch of lr_base_size", whole=False),
    Word("lr_base_size", "samples", "batch that the base learning rate is meant for", 1),
)

# Batches of a rank.


@relation(
    "+--",
    says="floor(ceil({dataset_size} / {data_parallel_size}) / {micro_batch_size}), "
    "the short last batch is dropped",
)
def batches_per_epoch(
    dataset_size: Number, data_parallel_size: Number, micro_batch_size: Number
) -> Number:
    return floor_div(ceil_div(dataset_size, data_parallel_size), micro_batch_size)


_ROUND = 256
"""`selected_round` of `RepeatAugSampler`."""


def _selected(dataset_size: Number, data_parallel_size: Number) -> Number:
    """A rank's share of the samples, of whole 256s only."""
    return floor_div(times(floor_div(dataset_size, _ROUND), _ROUND), data_parallel_size)


@relation(
    "00-+",
    says="floor({dataset_size} samples over {data_parallel_size} ranks, rounded as "
    "RepeatAugSampler does, / {micro_batch_size}), each seen {aug_repeats} times",
    output="batches_per_epoch",
)
def batches_of_repeated_samples(
    dataset_size: Number, data_parallel_size: Number, micro_batch_size: Number, aug_repeats: Number
) -> Number:
    """A rank takes its share of the samples, repetitions among them."""
    if dataset_size >= _ROUND:
        selected = _selected(dataset_size, data_parallel_size)
    else:
        selected = ceil_div(dataset_size, data_parallel_size)
    repeated = ceil_div(ceil_times(aug_repeats, dataset_size), data_parallel_size)
    return floor_div(min(selected, repeated), micro_batch_size)


@relation(
    "+--",
    says="floor(floor({dataset_size} / 256) × 256 / {data_parallel_size} / {micro_batch_size}), "
    "as RepeatAugSampler rounds",
    output="batches_per_epoch",
)
def batches_of_whole_rounds(
    dataset_size: Number, data_parallel_size: Number, micro_batch_size: Number
) -> Number:
    """Before 1.0.31 fewer than 256 samples made no batch."""
    return floor_div(_selected(dataset_size, data_parallel_size), micro_batch_size)


# Optimizer steps of an epoch.


@relation(
    "+-",
    says="ceil({batches_per_epoch} / {gradient_accumulation_steps})",
    output="updates_per_epoch",
)
def updates_per_epoch(batches_per_epoch: Number, gradient_accumulation_steps: Number) -> Number:
    return ceil_div(batches_per_epoch, gradient_accumulation_steps)


@relation("+", says="at least {updates_per_epoch}", output="steps_per_epoch")
def least_steps(updates_per_epoch: Number) -> Number:
    return updates_per_epoch


@relation("+", says="at most {updates_per_epoch} + 1", output="steps_per_epoch")
def most_steps(updates_per_epoch: Number) -> Number:
    return updates_per_epoch + 1


@relation(
    "00+",
    says="{updates_per_epoch}, one more where the {batches_per_epoch} batches leave a short group "
    "of {gradient_accumulation_steps} that steps twice",
    output="steps_per_epoch",
    within=(least_steps, most_steps),
)
def steps_with_short_group(
    batches_per_epoch: Number, gradient_accumulation_steps: Number, updates_per_epoch: Number
) -> Number:
    """Before 1.0.31 the last, short group is counted by its own length, from the epoch's start.

    A batch of it, the first and the last left aside, whose number is a multiple of that length
    makes a step of its own.
    """
    if batches_per_epoch == inf or gradient_accumulation_steps == inf:
        return updates_per_epoch
    short = batches_per_epoch % gradient_accumulation_steps
    before = batches_per_epoch - short
    between = range(int(before) + 2, int(batches_per_epoch))
    return updates_per_epoch + sum(number % short == 0 for number in between)


# The run.


@relation("+", says="{scheduled_epochs}")
def total_epochs(scheduled_epochs: Number) -> Number:
    return scheduled_epochs


@relation("+", says="{scheduled_epochs}")
def end_epoch(scheduled_epochs: Number) -> Number:
    return scheduled_epochs


@relation("++", says="{stop_epoch}, not beyond {scheduled_epochs}", output="end_epoch")
def end_at_stop(stop_epoch: Number, scheduled_epochs: Number) -> Number:
    return min(stop_epoch, scheduled_epochs)


@relation(
    "+-", says="{end_epoch} less the {start_epoch} done before, at least 0", output="total_epochs"
)
def epochs_left(end_epoch: Number, start_epoch: Number) -> Number:
    return end_epoch if end_epoch == inf else max(end_epoch - start_epoch, 0)


@relation("++", says="{total_epochs} × {steps_per_epoch}")
def total_steps(total_epochs: Number, steps_per_epoch: Number) -> Number:
    return times(total_epochs, steps_per_epoch)


@relation(
    "++++",
    says="{total_epochs} × {batches_per_epoch} × {micro_batch_size} × {data_parallel_size}",
)
def samples_seen(
    total_epochs: Number,
    batches_per_epoch: Number,
    micro_batch_size: Number,
    data_parallel_size: Number,
) -> Number:
    return times(total_epochs, batches_per_epoch, micro_batch_size, data_parallel_size)


# Learning rate.


@relation("++-", says="{lr_base} × {global_batch_size} / {lr_base_size}", output="learning_rate")
def linear_rate(lr_base: Number, global_batch_size: Number, lr_base_size: Number) -> Number:
    return times(lr_base, _float_ratio(global_batch_size, lr_base_size))


@relation(
    "++-", says="{lr_base} × sqrt({global_batch_size} / {lr_base_size})", output="learning_rate"
)
def square_root_rate(lr_base: Number, global_batch_size: Number, lr_base_size: Number) -> Number:
    return times(lr_base, _float_ratio(global_batch_size, lr_base_size) ** 0.5)


def _float_ratio(dividend: Number, divisor: Number) -> float:
    """In double precision, as the script divides."""
    return 0.0 if divisor == inf else float(dividend) / float(divisor)


# Validations and checkpoints.


@relation("++", says="{val_interval} × {steps_per_epoch}", output="eval_interval")
def eval_interval(val_interval: Number, steps_per_epoch: Number) -> Number:
    return max(times(val_interval, steps_per_epoch), 1)


@relation("++", says="{val_interval} × {steps_per_epoch}", output="save_interval")
def save_interval(val_interval: Number, steps_per_epoch: Number) -> Number:
    return max(times(val_interval, steps_per_epoch), 1)


@relation("+-", says="ceil({total_epochs} / {val_interval}), the last epoch included")
def epochs_saved(total_epochs: Number, val_interval: Number) -> Number:
    return ceil_div(total_epochs, val_interval)


@relation(
    "+-0",
    says="multiples of {val_interval} after {start_epoch} up to {end_epoch}, and {end_epoch}",
    output="epochs_saved",
)
def epochs_saved_from_start(end_epoch: Number, start_epoch: Number, val_interval: Number) -> Number:
    if end_epoch <= start_epoch:
        return 0
    if end_epoch == inf:
        return inf
    return ceil_div(end_epoch, val_interval) - floor_div(start_epoch, val_interval)


@relation("+", says="{epochs_saved}")
def evaluations(epochs_saved: Number) -> Number:
    return epochs_saved


@relation("+", says="{epochs_saved}")
def checkpoints(epochs_saved: Number) -> Number:
    return epochs_saved


@relation(
    "+++-",
    says="{epochs_saved} + {total_epochs} × floor({steps_per_epoch} / {recovery_interval})",
    output="checkpoints",
)
def checkpoints_and_recovery(
    epochs_saved: Number, total_epochs: Number, steps_per_epoch: Number, recovery_interval: Number
) -> Number:
    """Recovery checkpoints count their steps anew in every epoch."""
    return epochs_saved + times(total_epochs, floor_div(steps_per_epoch, recovery_interval))
