"""Epochs of the Trainer before transformers 4.52, where batches do not fill whole accumulations.

The plan rounds the steps of an epoch down, and the size of an epoch's last group is taken from the
number of samples instead of batches: some batches are left out, and an epoch makes more steps than
planned. What happens by epoch follows from the epochs that are really begun.

Sources: transformers 4.46 to 4.51 `trainer.py:_inner_training_loop` (`remainder`, `do_sync_step`);
huggingface/transformers#37777, mended by #37923.
"""

from __future__ import annotations

from math import gcd, inf

from schedlint.plan import Number, Word, relation
from schedlint.plan.arithmetic import ceil_div, ratio, times

WORDS = (
    Word("used_batches", "micro-batches", "micro-batches taken from an epoch, per rank"),
    Word("epochs_begun", "epochs", "epochs that the run begins, the last one included"),
    Word("last_epoch_batches", "micro-batches", "micro-batches of the last epoch, per rank"),
)

Reached = tuple[Number, Number]
"""Epochs begun, and micro-batches taken from the last of them."""


@relation(
    "000",
    says="of {batches_per_epoch} those in whole groups of {gradient_accumulation_steps}, and "
    "{dataset_size} mod {gradient_accumulation_steps} more",
)
def used_batches(
    dataset_size: Number, batches_per_epoch: Number, gradient_accumulation_steps: Number
) -> Number:
    if inf in (dataset_size, batches_per_epoch):
        return batches_per_epoch
    group = gradient_accumulation_steps
    remainder = dataset_size % group or group
    return min(batches_per_epoch, group * (batches_per_epoch // group) + remainder)


def reached(steps: Number, used: Number, batches: Number, group: Number) -> Reached:
    """From 4.47 on an epoch's last batch makes a step, if it is used.

    An epoch that makes none still ends, and the plan has one step an epoch then.
    """
    short = used == batches and batches % group > 0
    made = max(used // group + short, 1)
    epochs = ceil_div(steps, made)
    return epochs, min((steps - (epochs - 1) * made) * group, used)


def reached_counting_on(steps: Number, used: Number, batches: Number, group: Number) -> Reached:
    """Before 4.47 a group that an epoch leaves incomplete goes on in the next one.

    Only in epochs of a single group or less the last batch makes a step.
    """
    if batches < group and used == batches:
        return _reached_in_short_epochs(steps, batches, group)
    epochs = ceil_div(steps * group, used)
    return epochs, steps * group - (epochs - 1) * used


def _reached_in_short_epochs(steps: Number, batches: Number, group: Number) -> Reached:
    """Each epoch's last batch makes a step, and so does each batch that fills a group."""
    meet = group // gcd(int(batches), int(group))  # every so many epochs both are the same batch

    def made(epochs: Number) -> Number:
        return epochs + epochs * batches // group - epochs // meet

    low, high = 1, int(steps)
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if made(middle) >= steps else (middle + 1, high)
    if made(low) == steps:
        return low, batches
    before = (low - 1) * batches
    return low, (before // group + 1) * group - before


def _unbounded(steps: Number, used: Number, batches: Number) -> bool:
    return steps in (0, inf) or used in (0, inf) or batches == inf


@relation(
    "0000",
    says="epochs for {total_steps} steps of {gradient_accumulation_steps}, {used_batches} an epoch",
)
def epochs_begun(
    total_steps: Number,
    used_batches: Number,
    batches_per_epoch: Number,
    gradient_accumulation_steps: Number,
) -> Number:
    if _unbounded(total_steps, used_batches, batches_per_epoch):
        return ceil_div(total_steps, used_batches)
    return reached(total_steps, used_batches, batches_per_epoch, gradient_accumulation_steps)[0]


@relation(
    "0000",
    says="those of the last epoch that {total_steps} steps of {gradient_accumulation_steps} of "
    "{used_batches} batches take",
)
def last_epoch_batches(
    total_steps: Number,
    used_batches: Number,
    batches_per_epoch: Number,
    gradient_accumulation_steps: Number,
) -> Number:
    if _unbounded(total_steps, used_batches, batches_per_epoch):
        return used_batches
    return reached(total_steps, used_batches, batches_per_epoch, gradient_accumulation_steps)[1]


@relation("0000", says=epochs_begun.says + ", counted on", output="epochs_begun")
def epochs_begun_counting_on(
    total_steps: Number,
    used_batches: Number,
    batches_per_epoch: Number,
    gradient_accumulation_steps: Number,
) -> Number:
    if _unbounded(total_steps, used_batches, batches_per_epoch):
        return ceil_div(total_steps, used_batches)
    group = gradient_accumulation_steps
    return reached_counting_on(total_steps, used_batches, batches_per_epoch, group)[0]


@relation("0000", says=last_epoch_batches.says + ", counted on", output="last_epoch_batches")
def last_epoch_batches_counting_on(
    total_steps: Number,
    used_batches: Number,
    batches_per_epoch: Number,
    gradient_accumulation_steps: Number,
) -> Number:
    if _unbounded(total_steps, used_batches, batches_per_epoch):
        return used_batches
    group = gradient_accumulation_steps
    return reached_counting_on(total_steps, used_batches, batches_per_epoch, group)[1]


@relation("++-", says="{epochs_begun} - 1 + {last_epoch_batches} / {batches_per_epoch}")
def total_epochs(
    epochs_begun: Number, last_epoch_batches: Number, batches_per_epoch: Number
) -> Number:
    return max(epochs_begun - 1 + ratio(last_epoch_batches, batches_per_epoch), 0)


@relation(
    "+++++",
    says="{epochs_begun} epochs of {used_batches} batches of {loader_batch_size}, "
    "{samples_per_epoch} an epoch at most, {last_epoch_batches} batches in the last",
)
def samples_seen(
    epochs_begun: Number,
    last_epoch_batches: Number,
    used_batches: Number,
    loader_batch_size: Number,
    samples_per_epoch: Number,
) -> Number:
    whole = min(times(used_batches, loader_batch_size), samples_per_epoch)
    last = min(times(last_epoch_batches, loader_batch_size), samples_per_epoch)
    return times(max(epochs_begun - 1, 0), whole) + (last if epochs_begun else 0)


@relation("+", says="{epochs_begun}, one an epoch", output="timed_evaluations")
def evaluations_by_epoch(epochs_begun: Number) -> Number:
    return epochs_begun


@relation("+", says="{epochs_begun}, one an epoch", output="checkpoints")
def checkpoints_by_epoch(epochs_begun: Number) -> Number:
    return epochs_begun


EPOCHS = (used_batches, epochs_begun, last_epoch_batches, total_epochs, samples_seen)
EPOCHS_COUNTING_ON = (
    used_batches,
    epochs_begun_counting_on,
    last_epoch_batches_counting_on,
    total_epochs,
    samples_seen,
)
"""The relations for 4.47 to 4.51, and those for versions before."""
