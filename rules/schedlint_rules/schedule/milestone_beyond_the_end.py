"""SL306 milestone-beyond-the-end."""

from __future__ import annotations

from collections.abc import Iterator

from schedlint.plan import Quantity
from schedlint.rules import (
    Example,
    Finding,
    Fix,
    Rule,
    Scenario,
    Severity,
    change_items,
    items_of,
    value_at,
)

_ENDS = {"": ("total_steps",), "_epoch": ("scheduled_epochs", "max_epochs", "epochs")}
"""What a milestone of each unit is compared with: the first of these that the framework has."""


class MilestoneBeyondTheEnd(Rule):
    """A stepwise schedule is to lower the rate at a point that the run does not reach.

    **What.** The milestones of the schedule, or the last ones, lie behind the end of the run: the
    run was shortened, or they count something else than the schedule does.

    **Why it costs you.** The rate stays high to the end, and the model ends before the phase in
    which it would have settled.

    **What to do.** Move the milestones into the run, in the unit in which the schedule advances.

    **Fix.** Unsafe: all milestones in the same proportions, within the run.

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
trainer:
  max_epochs: 12
  accumulate_grad_batches: 1
lr_scheduler:
  class_path: torch.optim.lr_scheduler.MultiStepLR
  init_args:
    milestones: [16, 22]  # of the longer recipe
""",
            line=7,
            column=5,
            message="the rate is to be lowered at 16 to 22, the run has 12 epochs",
            fixed="""\
trainer:
  max_epochs: 12
  accumulate_grad_batches: 1
lr_scheduler:
  class_path: torch.optim.lr_scheduler.MultiStepLR
  init_args:
    milestones: [8, 11]  # of the longer recipe
""",
        ),
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
            fix = _fix(run, last, end)
            yield self.found(run, message, last, end, last, fix=fix)


def _fix(run: Scenario, last: Quantity, end: Quantity) -> Fix | None:
    """All milestones in the same proportions, the last at 11/12 of the run.

    So the common recipes place it (8 and 11 of 12 epochs, 16 and 22 of 24).
    """
    listed = run.fact("milestones")
    points = [point for item in items_of(listed) if isinstance(point := value_at(item), int)]
    if not end.known or not points or points[-1] != last.low:
        return None
    new = [round(point * 11 * end.low / (12 * points[-1])) for point in points]
    if new[0] < 1 or sorted(set(new)) != new or new[-1] >= end.low:
        return None
    return change_items(listed, new, f"lower the rate at {', '.join(map(str, new))} of {end}")
