"""The arithmetic of MMCV 1.x's runners, where it is not MMEngine's.

They count iterations, which are micro-batches, or epochs; with a gradient-cumulative optimizer hook
the optimizer steps every `cumulative_iters` iterations, counted across the epochs, and at the last
iteration of the run (mmcv `runner/hooks/optimizer.py:GradientCumulativeOptimizerHook`), as in
MMEngine: `schedlint.frameworks.mmengine.steps` makes steps of iterations for both.

Sources: mmcv `runner/epoch_based_runner.py`, `iter_based_runner.py`; `runner/hooks/lr_updater.py`,
`evaluation.py`; mmdet `datasets/samplers/group_sampler.py:DistributedGroupSampler`.
"""

from __future__ import annotations

from math import inf

from schedlint.frameworks.mmengine import steps as mmengine
from schedlint.plan import Number, Relation, Word, relation
from schedlint.plan.arithmetic import ceil_div, floor_div, floor_times

_NOT_HERE = ("samples_per_epoch", "epoch_length", "warmup_stuck")

WORDS = (
    *(word for word in mmengine.WORDS if word.name not in _NOT_HERE),
    Word(
        "aspect_groups", "", "1 where the wide and the tall samples fill one more batch, 0 if not"
    ),
)


@relation(
    "+-+",
    says="ceil({dataset_size} / {loader_batch_size}), or one more: wide and tall samples apart",
)
def batches_per_epoch(
    dataset_size: Number, loader_batch_size: Number, aspect_groups: Number
) -> Number:
    """Each of the two groups is filled up to whole batches by itself."""
    return ceil_div(dataset_size, loader_batch_size) + min(aspect_groups, 1)


@relation(
    "+-",
    says="floor({warmup_end} / {gradient_accumulation_steps})",
    output="warmup_steps",
)
def warmup_of_iterations(warmup_end: Number, gradient_accumulation_steps: Number) -> Number:
    """The optimizer steps below the full rate, which iteration `warmup_iters` is the first to
    have.
    """
    return floor_div(warmup_end, gradient_accumulation_steps)


@relation("++", says="{warmup_epochs} × {batches_per_epoch} (warmup_by_epoch)")
def warmup_end(warmup_epochs: Number, batches_per_epoch: Number) -> Number:
    return floor_times(warmup_epochs, batches_per_epoch)


def evaluations(unit: str, every: str, start: int | None) -> Relation:
    """Evaluations at the multiples of an interval, or from `start` on at every interval from it.

    None comes at the end of the run for its own sake. A start of 0 asks for one before the first
    step as well, which an interval of 1 alone lets pass (`EvalHook.before_train_epoch`).
    """

    def formula(total: Number, interval: Number) -> Number:
        if total == inf:
            return inf
        begin = 0 if start is None else start
        counted = 0 if total < begin else floor_div(total - begin, interval) + (begin > 0)
        return counted + (1 if start == 0 and interval == 1 and total > 0 else 0)

    after = f" from {start} on" if start else ""
    says = f"every {{{every}}}{after} up to {{{unit}}}"
    return Relation("evaluations", (unit, every), (1, -1 if start is None else 0), formula, says)
