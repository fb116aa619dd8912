"""How often Composer evaluates and saves: whenever the clock passes a multiple, and at the end.

Sources: composer `utils/misc.py:create_interval_scheduler`;
`callbacks/checkpoint_saver.py:CheckpointSaver`; `core/evaluator.py:Evaluator.eval_interval`.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from functools import cache
from math import inf

from schedlint.frameworks.composer import time as composer_time
from schedlint.frameworks.composer.time import Kind
from schedlint.frameworks.transformers import trainer
from schedlint.plan import Number, Relation, relation
from schedlint.plan.arithmetic import ceil_div, floor_div, times

COUNTS = {composer_time.EVALUATION: "timed_evaluations", composer_time.SAVE: "checkpoints"}
"""What is counted of each kind."""


@cache
def counting(kind: Kind, rel: Relation) -> Relation:
    """A formula of this module, in the words of evaluations or of checkpoints."""
    return replace(composer_time.about(kind, rel), output=COUNTS[kind])


@relation("+-", says="ceil({total_steps} / {time_steps}), the last step included", output="count")
def at_steps(total_steps: Number, time_steps: Number) -> Number:
    """The end counts even where no step was made."""
    return max(ceil_div(total_steps, time_steps), 1)


@relation("+-", says="ceil({epochs} / {time_epochs}), the last epoch included", output="count")
def at_epochs(epochs: Number, time_epochs: Number) -> Number:
    return ceil_div(epochs, time_epochs)


@relation(
    "++-",
    says="times that {total_steps} steps of {global_batch_size} pass a multiple of {time_samples}"
    ", and the last step",
    output="count",
)
def at_samples(total_steps: Number, global_batch_size: Number, time_samples: Number) -> Number:
    """Full batches. The last step counts whether it passes a multiple or not."""
    if total_steps in (0, inf):
        return max(total_steps, 1)
    before = times(total_steps - 1, global_batch_size)
    return min(total_steps, floor_div(before, time_samples) + 1)


@relation(
    "00000",
    says="times that {total_steps} steps of at most {global_batch_size}, {samples_per_epoch} in "
    "the {steps_per_epoch} of an epoch, pass a multiple of {time_samples}, and the last step",
    output="count",
)
def at_samples_of_short_batches(
    total_steps: Number,
    steps_per_epoch: Number,
    samples_per_epoch: Number,
    global_batch_size: Number,
    time_samples: Number,
) -> Number:
    """The last batch of an epoch holds what is left: it may pass no multiple by itself."""
    if steps_per_epoch == 0 or inf in (total_steps, steps_per_epoch, global_batch_size):
        return max(total_steps, 1)
    epochs, rest = divmod(max(total_steps - 1, 0), steps_per_epoch)
    if time_samples < global_batch_size:
        short = samples_per_epoch - times(steps_per_epoch - 1, global_batch_size)
        return total_steps - _silent(epochs, samples_per_epoch, short, time_samples)
    before = times(epochs, samples_per_epoch) + times(rest, global_batch_size)
    return floor_div(before, time_samples) + 1


def _silent(epochs: Number, samples: Number, short: Number, interval: Number) -> Number:
    """How many of the epochs before the last end with a batch that passes no multiple."""
    if short >= interval:
        return 0
    unit = Fraction(interval).denominator
    samples, short, interval = int(samples * unit), int(short * unit), int(interval * unit)
    ends = _sum_of_floors(int(epochs), interval, samples, samples)
    return int(epochs) - (ends - _sum_of_floors(int(epochs), interval, samples, samples - short))


def _sum_of_floors(count: int, divisor: int, slope: int, start: int) -> int:
    """The sum of `floor((slope × i + start) / divisor)` over i from 0, in as many rounds as
    Euclid's algorithm takes: a run may have more epochs than a loop has time for.
    """
    total = 0
    while count > 0:
        total += (slope // divisor) * (count * (count - 1) // 2) + (start // divisor) * count
        slope, start = slope % divisor, start % divisor
        highest = slope * count + start
        if highest < divisor:
            break
        count, start = divmod(highest, divisor)
        divisor, slope = slope, divisor
    return total


ONE_MORE = {
    False: trainer.only_timed_evaluations,
    True: trainer.timed_and_extra_evaluations,
}
"""The evaluations altogether, by whether there is one before the first step."""
