"""How long timm's schedules are in epochs, and their warm-up and decay in optimizer steps.

Sources: timm `scheduler/scheduler_factory.py:create_scheduler_v2`, `scheduler/cosine_lr.py:
CosineLRScheduler.get_cycle_length`, `scheduler/scheduler.py:Scheduler.step_update`;
pytorch-image-models `train.py:train_one_epoch`.
"""

from __future__ import annotations

import math
from math import inf

from schedlint.plan import Number, relation
from schedlint.plan.arithmetic import ceil_times, floor_div, floor_times, times


def _cycle_length(length: Number, cycle_mul: Number, cycles: Number) -> Number:
    """`get_cycle_length`, in double precision as it is there; infinite beyond that.

    Lengths are whole there, so that rounding equal cycles down, too, changes none.
    """
    if cycle_mul == 1 or inf in (length, cycle_mul, cycles):
        return floor_times(length, cycles) if cycle_mul <= 1 else inf
    try:
        growth = math.pow(cycle_mul, cycles)
        return math.floor(-float(length) * (growth - 1) / (1 - float(cycle_mul)))
    except OverflowError:  # in one of the factors, or in their product
        return inf


@relation("+++", says="{epochs} × {cycles} + {prefix_epochs}")
def horizon_epochs(epochs: Number, cycles: Number, prefix_epochs: Number) -> Number:
    return times(epochs, cycles) + prefix_epochs


@relation(
    "++++",
    says="{cycles} cycles from {epochs}, each {cycle_mul} times the one before, + {prefix_epochs}",
    output="horizon_epochs",
)
def growing_horizon(
    epochs: Number, cycles: Number, cycle_mul: Number, prefix_epochs: Number
) -> Number:
    return _cycle_length(epochs, cycle_mul, cycles) + prefix_epochs


@relation(
    "++++",
    says="{cycles} cycles from {epochs}, each {cycle_mul} times the one before, "
    "+ {cooldown_epochs}",
    output="scheduled_epochs",
)
def growing_epochs_without_prefix(
    epochs: Number, cycles: Number, cycle_mul: Number, cooldown_epochs: Number
) -> Number:
    return _cycle_length(epochs, cycle_mul, cycles) + cooldown_epochs


@relation("+", says="{warmup_epochs} (warmup_prefix)")
def prefix_epochs(warmup_epochs: Number) -> Number:
    return warmup_epochs


@relation("++", says="{horizon_epochs} + {cooldown_epochs}")
def scheduled_epochs(horizon_epochs: Number, cooldown_epochs: Number) -> Number:
    return horizon_epochs + cooldown_epochs


@relation("+", says="{epochs}", output="scheduled_epochs")
def epochs_alone(epochs: Number) -> Number:
    return epochs


@relation("++", says="{epochs} + {prefix_epochs}", output="scheduled_epochs")
def epochs_and_warmup(epochs: Number, prefix_epochs: Number) -> Number:
    return epochs + prefix_epochs


@relation("+++", says="{epochs} × {cycles} + {cooldown_epochs}", output="scheduled_epochs")
def epochs_without_prefix(epochs: Number, cycles: Number, cooldown_epochs: Number) -> Number:
    """Before 1.0.12 a warm-up before the schedule did not lengthen training."""
    return times(epochs, cycles) + cooldown_epochs


@relation(
    "++++0",
    says="floor(({cycles} cycles from {epochs}, each {cycle_mul} times the one before, counted in "
    "{updates_per_epoch} updates an epoch + cool-down and prefix) / {updates_per_epoch})",
    output="scheduled_epochs",
)
def growing_epochs_by_updates(
    epochs: Number,
    cycles: Number,
    cycle_mul: Number,
    other_epochs: Number,
    updates_per_epoch: Number,
) -> Number:
    """A growing cycle need not end with an epoch: what is left over is cut off."""
    length = _cycle_length(times(epochs, updates_per_epoch), cycle_mul, cycles)
    return floor_div(length + times(other_epochs, updates_per_epoch), updates_per_epoch)


@relation("++", says="{cooldown_epochs} + {prefix_epochs}")
def other_epochs(cooldown_epochs: Number, prefix_epochs: Number) -> Number:
    return cooldown_epochs + prefix_epochs


@relation("+", says="{cooldown_epochs}", output="other_epochs")
def only_cooldown(cooldown_epochs: Number) -> Number:
    return cooldown_epochs


@relation("+--", says="{horizon_epochs} − {warmup_epochs} − {decay_epochs}")
def stable_epochs(horizon_epochs: Number, warmup_epochs: Number, decay_epochs: Number) -> Number:
    """What warm-up and decay leave of the schedule; less than nothing is refused."""
    return inf if horizon_epochs == inf else horizon_epochs - warmup_epochs - decay_epochs


@relation(
    "0+",
    says="the last multiple of {first_milestone_epoch} before {scheduled_epochs}",
    output="last_milestone_epoch",
)
def last_of_epochs(first_milestone_epoch: Number, scheduled_epochs: Number) -> Number:
    """Where the rate last falls; the first such epoch where the run ends before it."""
    first, run = first_milestone_epoch, scheduled_epochs
    return inf if inf in (first, run) else max(times(first, floor_div(run - 1, first)), first)


# Warm-up and decay.


@relation("++", says="{warmup_epochs} whole epochs × {steps_per_epoch}", output="warmup_steps")
def warmup_by_epochs(warmup_epochs: Number, steps_per_epoch: Number) -> Number:
    """The rate changes between epochs only: an epoch that starts in the warm-up is in it whole."""
    return times(ceil_times(warmup_epochs, 1), steps_per_epoch)


@relation(
    "+-+",
    says="what {start_epoch} earlier epochs leave of {warmup_epochs} × {steps_per_epoch}",
    output="warmup_steps",
)
def warmup_left_by_epochs(
    warmup_epochs: Number, start_epoch: Number, steps_per_epoch: Number
) -> Number:
    left = 0 if start_epoch == inf else max(ceil_times(warmup_epochs, 1) - start_epoch, 0)
    return times(left, steps_per_epoch)


@relation(
    "+-+",
    says="what {start_epoch} earlier epochs leave of {warmup_epochs} × {steps_per_epoch}",
    output="warmup_steps",
)
def warmup_left_by_updates(
    warmup_epochs: Number, start_epoch: Number, steps_per_epoch: Number
) -> Number:
    left = 0 if start_epoch == inf else max(warmup_epochs - start_epoch, 0)
    return ceil_times(left, steps_per_epoch)


@relation("++", says="ceil({warmup_epochs} × {steps_per_epoch})", output="warmup_steps")
def warmup_by_updates(warmup_epochs: Number, steps_per_epoch: Number) -> Number:
    return ceil_times(warmup_epochs, steps_per_epoch)


@relation("++", says="{horizon_epochs} × {steps_per_epoch}")
def decay_steps(horizon_epochs: Number, steps_per_epoch: Number) -> Number:
    return times(horizon_epochs, steps_per_epoch)


@relation(
    "++++0",
    says="{cycles} cycles from {epochs} × {updates_per_epoch}, each {cycle_mul} times the one "
    "before, + {prefix_epochs} epochs",
    output="decay_steps",
)
def growing_decay_by_updates(
    epochs: Number,
    cycles: Number,
    cycle_mul: Number,
    prefix_epochs: Number,
    updates_per_epoch: Number,
) -> Number:
    length = _cycle_length(times(epochs, updates_per_epoch), cycle_mul, cycles)
    return length + times(prefix_epochs, updates_per_epoch)


def _until(epochs: Number, steps: Number, updates: Number) -> Number:
    """Steps before the schedule has counted `epochs` times `updates`.

    It starts every epoch at a multiple of `updates` and is ahead of it at the end of one that makes
    a step more.
    """
    return times(epochs - 1, steps) + updates if epochs >= 1 else 0


@relation(
    "+++",
    says="({warmup_epochs} − 1) × {steps_per_epoch} + {updates_per_epoch}",
    output="warmup_steps",
)
def warmup_by_counted_updates(
    warmup_epochs: Number, steps_per_epoch: Number, updates_per_epoch: Number
) -> Number:
    return _until(warmup_epochs, steps_per_epoch, updates_per_epoch)


@relation(
    "+++",
    says="({horizon_epochs} − 1) × {steps_per_epoch} + {updates_per_epoch}",
    output="decay_steps",
)
def decay_by_counted_updates(
    horizon_epochs: Number, steps_per_epoch: Number, updates_per_epoch: Number
) -> Number:
    return _until(horizon_epochs, steps_per_epoch, updates_per_epoch)
