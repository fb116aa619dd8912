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
        Example(
            """\
model = dict(type='Segmenter')
train_cfg = dict(type='IterBasedTrainLoop', max_iters=20000)
optim_wrapper = dict(optimizer=dict(type='SGD', lr=0.0001), accumulative_counts=1)
param_scheduler = [dict(type='PolyLR', eta_min=0.001, power=0.9, by_epoch=False)]
""",
            line=4,
            column=40,
            message="lies above the learning rate of 0.0001",
            file="config.py",
        ),
        Example(
            """\
trainer: {max_epochs: 100, accelerator: gpu}
optimizer: {class_path: torch.optim.AdamW, init_args: {lr: 0.0001}}
lr_scheduler:
  class_path: torch.optim.lr_scheduler.CosineAnnealingLR
  init_args: {T_max: 100, eta_min: 0.001}
""",
            line=5,
            column=27,
            message="eta_min: 0.001 lies above optimizer.init_args.lr: 0.0001",
        ),
        Example(
            """\
model: resnet50
epochs: 100
batch_size: 128
opt: sgd
sched: cosine
lr: 0.0001
min_lr: 0.001
""",
            line=7,
            column=1,
            message="min_lr: 0.001 lies above lr: 0.0001",
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
