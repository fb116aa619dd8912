"""SL402 no-checkpoint-before-the-end."""

from __future__ import annotations

from collections.abc import Iterator

from schedlint.plan import most
from schedlint.rules import Example, Finding, Rule, Scenario, Severity, change_number


class NoCheckpointBeforeTheEnd(Rule):
    """Checkpoints are asked for, and none is written before the end of the run, or none at all.

    **What.** The stated interval between checkpoints is longer than the run.

    **Why it costs you.** A crash, a pre-emption or a full disk in the last minute loses everything.
    Where the framework does not save at the end by itself, nothing is kept at all.

    **What to do.** Lower the interval below the number of steps.

    **Fix.** Unsafe: every tenth of the run, where the interval is given in steps.

    **Silent** while the length of the run is not known, and where the interval is the framework's
    default. Where the last step is saved in any case it is worth knowing (info); where nothing is
    kept it is a warning.
    """

    code = "SL402"
    name = "no-checkpoint-before-the-end"
    severity = Severity.WARNING
    needs = ("save_strategy", "checkpoints")
    sources = (
        "https://github.com/openai/InfoGAN/issues/6",
        "transformers trainer_callback.py:DefaultFlowCallback.on_step_end",
    )
    bad = (
        Example(
            """\
output_dir: out
per_device_train_batch_size: 8
max_steps: 300
save_steps: 1000
""",
            line=4,
            column=1,
            message="save_steps: 1000, the run has 300 steps: only the last step is saved",
        ),
        Example(
            """\
batch_size: 10
max_steps: 5000
snapshot_interval: 10000
""",
            line=3,
            column=1,
            message="snapshot_interval: 10000, the run has 5,000 steps: no checkpoint comes",
            fixed="""\
batch_size: 10
max_steps: 5000
snapshot_interval: 500
""",
        ),
    )
    good = (
        Example(
            """\
output_dir: out
per_device_train_batch_size: 8
max_steps: 300
save_steps: 100
"""
        ),
        Example(
            """\
output_dir: out
per_device_train_batch_size: 8
max_steps: 300
"""
        ),
    )

    def check(self, run: Scenario) -> Iterator[Finding]:
        interval, total, count = run["save_interval"], run["total_steps"], run["checkpoints"]
        if not interval.stated or run.fact_is("save_strategy", "no", "best"):
            return
        if run.certainly(total < 1) or not run.certainly(interval > total):
            return
        saved = count.high == 1
        effect = "only the last step is saved" if saved else "no checkpoint comes before its end"
        message = f"{interval.text}, the run has {most(total)} steps: {effect}"
        severity = Severity.INFO if saved else Severity.WARNING
        tenth = max(1, total.low // 10)
        lost = total.known and not saved
        fix = change_number(interval, tenth, "a tenth of the run") if lost else None
        yield self.found(run, message, interval, interval, total, severity=severity, fix=fix)
