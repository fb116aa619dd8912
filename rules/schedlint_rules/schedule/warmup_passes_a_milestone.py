"""SL307 warmup-passes-a-milestone."""

from __future__ import annotations

from collections.abc import Iterator

from schedlint.rules import Example, Finding, Rule, Scenario, Severity

_UNITS = {"first_milestone": "warmup_steps", "first_milestone_epoch": "warmup_epochs"}


class WarmupPassesAMilestone(Rule):
    """Warm-up is still going on when the schedule first lowers the rate.

    **What.** The first milestone of a stepwise schedule comes before the end of the warm-up.

    **Why it costs you.** The rate is lowered on its way up and never reaches its peak; some
    schedules refuse it, or shift what follows.

    **What to do.** End the warm-up before the first milestone: often one of both counts epochs and
    the other one steps.

    **Silent** while either is not known.
    """

    code = "SL307"
    name = "warmup-passes-a-milestone"
    severity = Severity.WARNING
    needs = ("milestones", "warmup_steps")
    sources = (
        "https://github.com/PaddlePaddle/PaddleX/issues/115",
        "mmengine optim/scheduler/param_scheduler.py:MultiStepParamScheduler",
    )
    bad = (
        Example(
            """\
model = dict(type='Segmenter')
optim_wrapper = dict(optimizer=dict(type='SGD', lr=0.01), accumulative_counts=1)
train_cfg = dict(type='IterBasedTrainLoop', max_iters=20000)
param_scheduler = [
    dict(type='LinearLR', start_factor=0.001, by_epoch=False, begin=0, end=10000),
    dict(type='MultiStepLR', milestones=[8000, 11000], by_epoch=False),
]
""",
            line=5,
            column=72,
            message="the rate is first lowered at step 8,000",
            file="config.py",
        ),
    )
    good = (
        Example(
            """\
model = dict(type='Segmenter')
optim_wrapper = dict(optimizer=dict(type='SGD', lr=0.01), accumulative_counts=1)
train_cfg = dict(type='IterBasedTrainLoop', max_iters=20000)
param_scheduler = [
    dict(type='LinearLR', start_factor=0.001, by_epoch=False, begin=0, end=500),
    dict(type='MultiStepLR', milestones=[8000, 11000], by_epoch=False),
]
""",
            file="config.py",
        ),
    )

    def check(self, run: Scenario) -> Iterator[Finding]:
        for name, warm in _UNITS.items():
            if name in run.words and warm in run.words:
                first, warmup = run[name], run[warm]
                if run.certainly(warmup > first):
                    unit = "step" if warm == "warmup_steps" else "epoch"
                    message = (
                        f"warm-up lasts to {unit} {warmup}, and the rate is first lowered at "
                        f"{unit} {first}: it never reaches its peak"
                    )
                    yield self.found(run, message, warmup, first, warmup)
                    return
