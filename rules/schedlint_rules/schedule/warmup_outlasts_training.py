"""SL301 warmup-outlasts-training."""

from __future__ import annotations

from collections.abc import Iterator

from schedlint.plan import Quantity, most, numeral
from schedlint.rules import Example, Finding, Fix, Rule, Scenario, Severity, change_number


class WarmupOutlastsTraining(Rule):
    """Warm-up takes as many steps as the whole run, or more.

    **What.** The learning rate is still rising when training ends: it reaches its peak at the last
    step or never.

    **Why it costs you.** Nothing refuses this and no log line says so. The model trains at a
    fraction of the learning rate that the file states. It comes from a recipe for more data, more
    epochs or fewer ranks than this run has.

    **What to do.** Lower the warm-up; a few per cent of the steps is usual. State it as a fraction
    where the framework takes one: it then follows the length of the run.

    **Fix.** Unsafe: a warm-up of 3% of the steps.

    **Silent** where the schedule ignores warm-up, and while the length of the run is not known.
    """

    code = "SL301"
    name = "warmup-outlasts-training"
    severity = Severity.ERROR
    needs = ("warmup_steps", "total_steps")
    sources = (
        "https://github.com/pytorch/torchtitan/issues/3033",
        "transformers optimization.py:get_linear_schedule_with_warmup",
    )
    bad = (
        Example(
            """\
output_dir: out
per_device_train_batch_size: 4
gradient_accumulation_steps: 4
num_train_epochs: 3.0
warmup_steps: 2000
""",
            line=5,
            column=1,
            message="2,000 of the 1,221 steps",
            flags={"world_size": 8, "dataset_size": 52000},
            packages=("transformers==4.57.6",),
            fixed="""\
output_dir: out
per_device_train_batch_size: 4
gradient_accumulation_steps: 4
num_train_epochs: 3.0
warmup_steps: 37
""",
        ),
        Example(
            """\
output_dir: out
per_device_train_batch_size: 4
max_steps: 100
warmup_steps: 100
""",
            line=4,
            column=1,
            message="100 of the 100 steps",
            fixed="""\
output_dir: out
per_device_train_batch_size: 4
max_steps: 100
warmup_steps: 3
""",
        ),
    )
    good = (
        Example(
            """\
output_dir: out
per_device_train_batch_size: 4
max_steps: 1250
warmup_steps: 125
"""
        ),
        Example(
            """\
output_dir: out
per_device_train_batch_size: 4
max_steps: 100
warmup_steps: 500
lr_scheduler_type: constant
"""
        ),
        Example(
            """\
output_dir: out
per_device_train_batch_size: 4
warmup_steps: 500
"""
        ),
    )

    def check(self, run: Scenario) -> Iterator[Finding]:
        warmup, total = run["warmup_steps"], run["total_steps"]
        if run.fact("warmup_ignored") is not None or run.certainly(total < 1):
            return
        if run.certainly(warmup > 0) and run.certainly(warmup >= total):
            message, fix = _message(warmup, total), _fix(warmup, total)
            yield self.found(run, message, warmup, total, warmup, fix=fix)


def _message(warmup: Quantity, total: Quantity) -> str:
    return (
        f"warm-up takes {numeral(warmup.low)} of the {most(total)} steps that will run: "
        "the learning rate never gets past its peak"
    )


def _fix(warmup: Quantity, total: Quantity) -> Fix | None:
    if not total.known or total.low <= 1:
        return None
    short = max(1, round(total.low * 0.03))
    return change_number(warmup, short, f"3% of {total} steps")
