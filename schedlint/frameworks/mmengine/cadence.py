"""When MMEngine evaluates and saves, counted.

Sources: mmengine `runner/loops.py:EpochBasedTrainLoop.run`, `IterBasedTrainLoop.run`;
`hooks/hook.py:Hook.every_n_epochs`; `hooks/checkpoint_hook.py:CheckpointHook`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import inf

from schedlint.frameworks.mmengine.steps import in_steps
from schedlint.plan import Number, Relation, relation
from schedlint.plan.arithmetic import floor_div, times


def _interval(every: Number, batches: Number, accumulation: Number, rounds_up: Number) -> Number:
    return max(in_steps(times(every, batches), accumulation, rounds_up), 1)


@relation(
    "++-+",
    says="{eval_epochs} × {batches_per_epoch} / {gradient_accumulation_steps}",
)
def eval_interval(
    eval_epochs: Number,
    batches_per_epoch: Number,
    gradient_accumulation_steps: Number,
    rounds_up: Number,
) -> Number:
    return _interval(eval_epochs, batches_per_epoch, gradient_accumulation_steps, rounds_up)


@relation(
    "++-+",
    says="{save_epochs} × {batches_per_epoch} / {gradient_accumulation_steps}",
)
def save_interval(
    save_epochs: Number,
    batches_per_epoch: Number,
    gradient_accumulation_steps: Number,
    rounds_up: Number,
) -> Number:
    return _interval(save_epochs, batches_per_epoch, gradient_accumulation_steps, rounds_up)


def evaluations(unit: str, every: str, begin: int, changes: Sequence[tuple[int, int]]) -> Relation:
    """Evaluations at the multiples of an interval from `begin` on, and at the end of the run.

    `unit` is `max_epochs` or `iterations`, `every` the interval's word. `changes` are the rising
    milestones of `dynamic_intervals` with their intervals: each counts from one before it on, as
    the loop looks one ahead (`_decide_current_val_interval`).
    """

    def formula(total: Number, interval: Number, eval_begin: Number = begin) -> Number:
        first = max(eval_begin, 1)
        if total < first or total == inf:
            return 0 if total < first else inf
        counted: Number = 0
        for start, end, current in _stretches(first, total + 1, interval, changes):
            counted += floor_div(end - 1, current) - floor_div(start - 1, current)
            last = current
        return counted + (1 if total % last else 0)

    late = begin > 1
    inputs: tuple[str, ...] = (unit, every)
    signs: tuple[int, ...] = (1, 0 if changes or late else -1)
    after = " from {eval_begin} on" if late else ""
    other = ", at other intervals later" if changes else ""
    says = f"multiples of {{{every}}}{after} up to {{{unit}}}, and the last{other}"
    if late:
        inputs, signs = (*inputs, "eval_begin"), (*signs, 0)
    return Relation("evaluations", inputs, signs, formula, says)


def _stretches(
    start: Number, end: Number, interval: Number, changes: Sequence[tuple[int, int]]
) -> Iterator[tuple[Number, Number, Number]]:
    """The stretches of a run between two changes of the interval, ends excluded."""
    for milestone, later in changes:
        change = min(max(milestone - 1, 1), end)
        if change > start:
            yield start, change, interval
            start = change
        interval = later
    if end > start:
        yield start, end, interval


def checkpoints(unit: str, every: str, begin: int, save_last: bool, output: str) -> Relation:
    """Checkpoints every so often from `begin` on, and at the end of the run where `save_last`."""

    def formula(total: Number, interval: Number) -> Number:
        if total == inf:
            return inf
        after = total - begin
        counted: Number = 0
        if after >= 0:
            counted = floor_div(after, interval) + (1 if begin else 0)
        last = save_last and total > 0 and (after < 0 or after % interval != 0)
        return counted + (1 if last else 0)

    last = ", and the last" if save_last else ""
    after_ = f" after {begin}" if begin else ""
    says = f"every {{{every}}}{after_} up to {{{unit}}}{last}"
    sign = -1 if begin == 0 else 0
    return Relation(output, (unit, every), (1, sign), formula, says)


def last_checkpoint(unit: str, save_last: bool, output: str) -> Relation:
    """No checkpoint but the last, or none at all."""

    def formula(total: Number) -> Number:
        return min(total, 1) if save_last else 0

    says = f"only the last of {{{unit}}}" if save_last else "none is asked for"
    return Relation(output, (unit,), (1,), formula, says)


@relation("++", says="{timed_checkpoints} + {best_checkpoints}", output="checkpoints")
def timed_and_best_checkpoints(timed_checkpoints: Number, best_checkpoints: Number) -> Number:
    return timed_checkpoints + best_checkpoints
