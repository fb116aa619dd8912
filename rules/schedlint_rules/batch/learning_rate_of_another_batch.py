"""SL205 learning-rate-of-another-batch."""

from __future__ import annotations

from collections.abc import Iterator
from math import isclose

from schedlint.plan import Number
from schedlint.rules import (
    Example,
    Finding,
    Place,
    Related,
    Rule,
    Scenario,
    Severity,
    change_number,
)

_ROUND = ("12", "15", "25")
"""Two digits that rates of recipes have, as 0.12 and 2.5e-5."""


class LearningRateOfAnotherBatch(Rule):
    """The learning rate is that of a recipe, and the recipe's batch is not the one that runs.

    **What.** The config's rate is meant for a batch that it states (`auto_scale_lr` with
    `base_batch_size`), or that its framework's recipes have (MMDetection: 8 GPUs of 2 samples).
    Nothing scales it, and the batch of this run is at most half of that one, or at least twice it.

    **Why it costs you.** A rate eight times too high makes the loss NaN within the warm-up, or
    quietly ruins the accuracy. One that is too low wastes most of the run.

    **What to do.** Scale the rate with the batch, as the recipes do: twice the batch, twice the
    rate. Or let the framework do it (`auto_scale_lr.enable`, `--auto-scale-lr`). Or, where the rate
    has been chosen for this batch, state that one as `base_batch_size`.

    **Fix.** Unsafe: the rate, scaled linearly.

    **Silent** while the batch is not known, where the rate is scaled, and where it looks scaled by
    hand: where the rate that it would come from is as round a number, or another rate of a recipe.
    """

    code = "SL205"
    name = "learning-rate-of-another-batch"
    severity = Severity.WARNING
    needs = ("recipe_base_batch",)
    sources = (
        "mmdet apis/train.py:auto_scale_lr",
        "mmengine runner/runner.py:Runner.scale_lr",
        "https://github.com/open-mmlab/mmdetection/issues/3446",
        "https://github.com/open-mmlab/mmdetection/issues/1081",
        "https://github.com/open-mmlab/mmdetection/issues/3240",
    )
    bad = (
        Example(
            """\
model:
  type: FasterRCNN
data:
  samples_per_gpu: 2
optimizer:
  type: SGD
  lr: 0.02
  momentum: 0.9
  weight_decay: 0.0001
lr_config:
  policy: step
  step: [8, 11]
total_epochs: 12
""",
            line=7,
            column=3,
            message="linear scaling gives 0.0025",
            flags={"world_size": 1},
            fixed="""\
model:
  type: FasterRCNN
data:
  samples_per_gpu: 2
optimizer:
  type: SGD
  lr: 0.0025
  momentum: 0.9
  weight_decay: 0.0001
lr_config:
  policy: step
  step: [8, 11]
total_epochs: 12
""",
        ),
        Example(
            """\
model = dict(type='Classifier')
train_dataloader = dict(batch_size=16)
train_cfg = dict(by_epoch=True, max_epochs=100)
optim_wrapper = dict(optimizer=dict(type='SGD', lr=0.1))
auto_scale_lr = dict(base_batch_size=256)
""",
            line=4,
            column=49,
            message="linear scaling gives 0.00625",
            file="config.py",
            flags={"world_size": 1},
        ),
        Example(
            """\
model = dict(type='CascadeRCNN')
train_dataloader = dict(batch_size=2)
train_cfg = dict(by_epoch=True, max_epochs=12)
optim_wrapper = dict(optimizer=dict(type='SGD', lr=0.02, weight_decay=0.0001))
auto_scale_lr = dict(enable=False, base_batch_size=16)
""",
            line=4,
            column=49,
            message="linear scaling gives 0.04",
            file="config.py",
            flags={"world_size": 16},
        ),
    )
    good = (
        Example(
            """\
model:
  type: FasterRCNN
data:
  samples_per_gpu: 2
optimizer:
  type: SGD
  lr: 0.0025
  momentum: 0.9
  weight_decay: 0.0001
lr_config:
  policy: step
  step: [8, 11]
total_epochs: 12
""",
            flags={"world_size": 1},
        ),
        Example(
            """\
model = dict(type='Classifier')
train_dataloader = dict(batch_size=16)
train_cfg = dict(by_epoch=True, max_epochs=100)
optim_wrapper = dict(optimizer=dict(type='SGD', lr=0.00625))
auto_scale_lr = dict(base_batch_size=256)
""",
            file="config.py",
            flags={"world_size": 1},
        ),
        Example(
            """\
model = dict(type='Classifier')
train_dataloader = dict(batch_size=16)
train_cfg = dict(by_epoch=True, max_epochs=100)
optim_wrapper = dict(optimizer=dict(type='SGD', lr=0.1))
auto_scale_lr = dict(enable=True, base_batch_size=256)
""",
            file="config.py",
            flags={"world_size": 1},
        ),
        Example(
            """\
model = dict(type='Classifier')
train_dataloader = dict(batch_size=16)
train_cfg = dict(by_epoch=True, max_epochs=100)
optim_wrapper = dict(optimizer=dict(type='SGD', lr=0.1), accumulative_counts=16)
auto_scale_lr = dict(base_batch_size=256)
""",
            file="config.py",
            flags={"world_size": 1},
        ),
    )

    def check(self, run: Scenario) -> Iterator[Finding]:
        base = run.fact("recipe_base_batch")
        if base is None or not isinstance(base.value, int):
            return
        rate, batch, meant = run["learning_rate"], run["global_batch_size"], base.value
        if not run.certainly(batch <= meant // 2) and not run.certainly(batch >= 2 * meant):
            return
        if not (rate.stated and rate.known and batch.known) or rate.low <= 0:
            return
        if _is_scaled(rate.low, rate.low * meant / batch.low, _rates(run)):
            return
        message = (
            f"{rate.text} is for a batch of {meant} ({base.text}), the run has {batch} samples a "
            f"step: linear scaling gives {rate.low * batch.low / meant:.6g}"
        )
        lines = (run["micro_batch_size"].claim, base)
        related = tuple(
            Related(line.place, line.text)
            for line in lines
            if line is not None and isinstance(line.place, Place)
        )
        scaled = float(f"{rate.low * batch.low / meant:.6g}")
        fix = change_number(rate, scaled, f"{meant} → {batch} samples a step")
        yield self.found(run, message, rate, rate, batch, base, related=related, fix=fix)


def _rates(run: Scenario) -> tuple[float, ...]:
    rates = run.fact("recipe_rates")
    return rates.value if rates is not None and isinstance(rates.value, tuple) else ()


def _is_scaled(rate: Number, origin: Number, shipped: tuple[float, ...]) -> bool:
    """Whether a rate may have been scaled already, from `origin` for the recipe's batch.

    People choose round rates: 0.0025 comes from 0.02, not the other way round, but 5e-5 may come
    from 2.5e-5.
    """
    if any(isclose(rate, each) for each in shipped):
        return any(isclose(origin, each) for each in shipped)
    before = _digits(origin)
    return len(before) <= len(_digits(rate)) or before in _ROUND


def _digits(number: Number) -> str:
    """Significant decimal digits: `2` of 0.02, `25` of 0.0025."""
    return f"{float(number):.5e}".partition("e")[0].replace(".", "").rstrip("0")
