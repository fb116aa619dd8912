"""SL303 schedule-stands-still."""

from __future__ import annotations

from collections.abc import Iterator

from schedlint.rules import Example, Finding, Rule, Scenario, Severity


class ScheduleStandsStill(Rule):
    """A learning-rate schedule is stated, and nothing ever moves it.

    **What.** The schedule advances at an event that never comes while the run goes on: by epoch, in
    a run that counts iterations and is one epoch to its hooks.

    **Why it costs you.** The learning rate stays where it starts. Nothing is refused and no log
    line says so; the milestones that the file promises never come.

    **What to do.** Let the schedule count what the run counts: in MMEngine `by_epoch=False`, with
    its milestones and ends in iterations.

    **Silent** about a warm-up that never ends: warmup-outlasts-training speaks of it.
    """

    code = "SL303"
    name = "schedule-stands-still"
    severity = Severity.WARNING
    needs = ("schedule_stands_still",)
    sources = (
        "https://github.com/open-mmlab/mmocr/issues/670",
        "mmengine hooks/param_scheduler_hook.py:ParamSchedulerHook.after_train_epoch",
    )
    bad = (
        Example(
            """\
model = dict(type='Segmenter')
train_cfg = dict(type='IterBasedTrainLoop', max_iters=80000)
param_scheduler = [
    dict(type='MultiStepLR', milestones=[60000, 70000], by_epoch=True),
]
""",
            line=4,
            column=57,
            message="the learning rate never changes",
            file="config.py",
        ),
    )
    good = (
        Example(
            """\
model = dict(type='Segmenter')
train_cfg = dict(type='IterBasedTrainLoop', max_iters=80000)
param_scheduler = [
    dict(type='MultiStepLR', milestones=[60000, 70000], by_epoch=False),
]
""",
            file="config.py",
        ),
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
        still = run.fact("schedule_stands_still")
        if still is not None and run["warmup_steps"].low == 0:
            yield self.found(run, f"the learning rate never changes: {still.value}", still, still)
