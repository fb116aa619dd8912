"""SL308 milestone-beyond-the-schedule."""

from __future__ import annotations

from collections.abc import Iterator

from schedlint.plan import Quantity
from schedlint.rules import Example, Finding, Rule, Scenario, Severity

_RUNS = {"": "total_steps", "_epoch": "max_epochs"}
"""How long the run is, in the unit of a milestone."""
_LAST = "the last is not reached"


class MilestoneBeyondTheSchedule(Rule):
    """A stepwise schedule ends before its milestones, and the run goes on.

    **What.** The entry of the schedule has an `end` of its own, which was left behind when the run
    and the milestones were made longer. A milestone at that end, or behind it, never comes.

    **Why it costs you.** The rate stays high to the end of the run, and nothing is refused.

    **What to do.** Move `end` to the end of the run, or leave it out.

    **Silent** where the run ends there as well: milestone-beyond-the-end speaks of it.
    """

    code = "SL308"
    name = "milestone-beyond-the-schedule"
    severity = Severity.WARNING
    needs = ("milestones", "milestones_end")
    sources = (
        "mmengine optim/scheduler/param_scheduler.py:_ParamScheduler.step",
        "mmdet 3.3.0 configs/mask_rcnn/mask-rcnn_r50-caffe_fpn_ms-poly-3x_coco.py",
    )
    bad = (
        Example(
            """\
model = dict(type='Detector')
train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=24)
param_scheduler = [
    dict(type='MultiStepLR', begin=0, end=12, milestones=[16, 22], by_epoch=True),
]
""",
            line=4,
            column=39,
            message="ends at epoch 12 of 24, and the rate is to be lowered at 16 to 22",
            file="config.py",
        ),
        Example(
            """\
model = dict(type='Segmenter')
optim_wrapper = dict(optimizer=dict(type='SGD', lr=0.01), accumulative_counts=1)
train_cfg = dict(type='IterBasedTrainLoop', max_iters=40000)
param_scheduler = [
    dict(type='MultiStepLR', end=20000, milestones=[16000, 30000], by_epoch=False),
]
""",
            line=5,
            column=30,
            message="the last is not reached",
            file="config.py",
        ),
    )
    good = (
        Example(
            """\
model = dict(type='Detector')
train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=24)
param_scheduler = [
    dict(type='MultiStepLR', begin=0, end=24, milestones=[16, 22], by_epoch=True),
]
""",
            file="config.py",
        ),
    )

    def check(self, run: Scenario) -> Iterator[Finding]:
        for unit, whole in _RUNS.items():
            if f"milestones_end{unit}" in run.words and whole in run.words:
                first, last = run[f"first_milestone{unit}"], run[f"last_milestone{unit}"]
                yield from self._compare(run, first, last, run[f"milestones_end{unit}"], run[whole])

    def _compare(
        self, run: Scenario, first: Quantity, last: Quantity, end: Quantity, whole: Quantity
    ) -> Iterator[Finding]:
        if end.value is None or last.value is None:
            return
        if run.certainly(last >= end) and run.certainly(end < whole):
            missed = "none is reached" if run.certainly(first >= end) else _LAST
            points = f"{last}" if first.value == last.value else f"{first} to {last}"
            unit = "epoch" if whole.unit == "epochs" else "step"
            message = (
                f"the schedule ends at {unit} {end} of {whole}, and the rate is to be lowered at "
                f"{points}: {missed}"
            )
            yield self.found(run, message, end, last, end, whole)
