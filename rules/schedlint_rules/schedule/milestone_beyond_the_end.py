"""SL306 milestone-beyond-the-end."""

from __future__ import annotations

from collections.abc import Iterator

from schedlint.plan import Quantity
from schedlint.rules import Example, Finding, Rule, Scenario, Severity

_ENDS = {"": ("total_steps",), "_epoch": ("scheduled_epochs", "max_epochs", "epochs")}
"""What a milestone of each unit is compared with: the first of these that the framework has."""


class MilestoneBeyondTheEnd(Rule):
    """A stepwise schedule is to lower the rate at a point that the run does not reach.

    **What.** The milestones of the schedule, or the last ones, lie behind the end of the run: the
    run was shortened, or they count something else than the schedule does.

    **Why it costs you.** The rate stays high to the end, and the model ends before the phase in
    which it would have settled.

    **What to do.** Move the milestones into the run, in the unit in which the schedule advances.

    **Silent** about a milestone at the very end, and while the end is not known.
    """

    code = "SL306"
    name = "milestone-beyond-the-end"
    severity = Severity.WARNING
    needs = ("milestones",)
    sources = (
        "https://github.com/facebookresearch/detectron2/issues/497",
        "torch optim/lr_scheduler.py:MultiStepLR.get_lr",
    )
    bad = (
        Example(
            """\
model = dict(type='Detector')
train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=6)
param_scheduler = [
    dict(type='MultiStepLR', milestones=[8, 11], by_epoch=True),
]
""",
            line=4,
            column=30,
            message="none is reached",
            file="config.py",
        ),
        Example(
            """\
model = dict(type='Detector')
train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=10)
param_scheduler = [
    dict(type='MultiStepLR', milestones=[8, 11], by_epoch=True),
]
""",
            line=4,
            column=30,
            message="the last is not reached",
            file="config.py",
        ),
    )
    good = (
        Example(
            """\
model = dict(type='Detector')
train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=12)
param_scheduler = [
    dict(type='MultiStepLR', milestones=[8, 11], by_epoch=True),
]
""",
            file="config.py",
        ),
    )

    def check(self, run: Scenario) -> Iterator[Finding]:
        for unit, ends in _ENDS.items():
            end = next((run[name] for name in ends if name in run.words), None)
            if end is not None and f"last_milestone{unit}" in run.words:
                first, last = run[f"first_milestone{unit}"], run[f"last_milestone{unit}"]
                yield from self._compare(run, first, last, end)

    def _compare(
        self, run: Scenario, first: Quantity, last: Quantity, end: Quantity
    ) -> Iterator[Finding]:
        if run.certainly(last > end):
            reached = "none is reached" if run.certainly(first > end) else "the last is not reached"
            points = f"{last}" if first.value == last.value else f"{first} to {last}"
            message = (
                f"the rate is to be lowered at {points}, the run has {end} {end.unit}: {reached}"
            )
            yield self.found(run, message, last, end, last)
