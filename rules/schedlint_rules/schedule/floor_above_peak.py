"""SL309 floor-above-peak."""

from __future__ import annotations

from collections.abc import Iterator

from schedlint.rules import Example, Finding, Related, Rule, Scenario, Severity


class FloorAbovePeak(Rule):
    """The rate that the schedule is to end at lies above the rate that it begins with.

    **What.** The least learning rate (`min_lr`, `eta_min`) is larger than the learning rate itself:
    often one of the two was changed and the other one left as it was, or an exponent was mistyped.

    **Why it costs you.** The schedule turns around: the rate rises to the end instead of coming
    down, or stands still, and nothing tells so but the curve in the logs.

    **What to do.** Put the floor below the learning rate; a tenth of it is usual.

    **Silent** where the two are equal, and while either is not known.
    """

    code = "SL309"
    name = "floor-above-peak"
    severity = Severity.WARNING
    needs = ("min_learning_rate",)
    sources = (
        "transformers optimization.py:get_cosine_with_min_lr_schedule_with_warmup",
        "torch optim/lr_scheduler.py:ReduceLROnPlateau._reduce_lr",
    )
    bad = (
        Example(
            """\
output_dir: out
per_device_train_batch_size: 8
learning_rate: 0.00002
lr_scheduler_type: cosine_with_min_lr
lr_scheduler_kwargs: {min_lr: 0.0001}
""",
            line=5,
            column=23,
            message="min_lr: 0.0001 lies above learning_rate: 0.00002",
        ),
        Example(
            """\
output_dir: out
per_device_train_batch_size: 8
learning_rate: 0.00002
lr_scheduler_type: cosine_with_min_lr
lr_scheduler_kwargs: {min_lr_rate: 10}
""",
            line=5,
            column=23,
            message="min_lr_rate: 10 lies above",
        ),
    )
    good = (
        Example(
            """\
output_dir: out
per_device_train_batch_size: 8
learning_rate: 0.0002
lr_scheduler_type: cosine_with_min_lr
lr_scheduler_kwargs: {min_lr: 0.0001}
"""
        ),
        Example(
            """\
output_dir: out
per_device_train_batch_size: 8
lr_scheduler_type: cosine_with_min_lr
lr_scheduler_kwargs: {min_lr: 0.0001}
"""
        ),
    )

    def check(self, run: Scenario) -> Iterator[Finding]:
        floor, peak = run.fact("min_learning_rate"), run.fact("learning_rate")
        if floor is None or not isinstance(floor.value, (int, float)):
            return
        if peak is not None and isinstance(peak.value, (int, float)):
            if floor.value > peak.value:
                message = f"{floor.text} lies above {peak.text}: the rate never comes down"
                related = (Related(peak.place, peak.text),) if peak.place else ()
                yield self.found(run, message, floor, floor, peak, related=related)
        elif "learning_rate" in run.words and run.certainly(run["learning_rate"] < floor.value):
            rate = run["learning_rate"]
            message = f"{floor.text} lies above the learning rate of {rate}: it never comes down"
            yield self.found(run, message, floor, floor, rate)
