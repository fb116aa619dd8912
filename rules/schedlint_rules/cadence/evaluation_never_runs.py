"""SL401 evaluation-never-runs."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf

from schedlint.plan import Quantity, most
from schedlint.rules import Example, Finding, Rule, Scenario, Severity, change_number


class EvaluationNeverRuns(Rule):
    """Evaluation is asked for, and no evaluation will happen.

    **What.** The interval between evaluations is longer than the run (or than the part of it after
    the delay), so none falls into it.

    **Why it costs you.** The run ends without a single validation loss; early stopping and the
    choice of the best checkpoint have nothing to go by.

    **What to do.** Lower the interval below the number of steps, or give it as a fraction of the
    run.

    **Fix.** Unsafe: every tenth of the run, where the interval is given in steps.

    **Silent** while the length of the run is not known, and where the framework evaluates once more
    at the end (transformers from 5.4 on).
    """

    code = "SL401"
    name = "evaluation-never-runs"
    severity = Severity.WARNING
    needs = ("eval_interval", "eval_strategy")
    sources = (
        "https://github.com/NVIDIA-NeMo/NeMo/issues/14390",
        "transformers trainer_callback.py:DefaultFlowCallback.on_step_end",
    )
    bad = (
        Example(
            """\
output_dir: out
per_device_train_batch_size: 8
max_steps: 300
eval_strategy: steps
eval_steps: 500
""",
            line=5,
            column=1,
            message="every 500 steps, the run has 300",
            packages=("transformers==4.57.6",),
            fixed="""\
output_dir: out
per_device_train_batch_size: 8
max_steps: 300
eval_strategy: steps
eval_steps: 30
""",
        ),
    )
    good = (
        Example(
            """\
output_dir: out
per_device_train_batch_size: 8
max_steps: 300
eval_strategy: steps
eval_steps: 500
""",
            packages=("transformers==5.23.0",),
        ),
        Example(
            """\
output_dir: out
per_device_train_batch_size: 8
max_steps: 300
eval_strategy: steps
eval_steps: 100
""",
            packages=("transformers==4.57.6",),
        ),
    )

    def check(self, run: Scenario) -> Iterator[Finding]:
        if not run.fact_is("eval_strategy", "steps", "epoch"):
            return
        count, interval, total = run["evaluations"], run["eval_interval"], run["total_steps"]
        if not run.certainly(total < 1) and run.certainly(count < 1):
            tenth = max(1, total.low // 10)
            fix = change_number(interval, tenth, "a tenth of the run") if total.known else None
            message = _message(interval, total)
            yield self.found(run, message, interval, interval, total, count, fix=fix)


def _message(interval: Quantity, total: Quantity) -> str:
    if not interval.known or total.high == inf:
        return "evaluation is asked for, but none comes before the run ends"
    return f"evaluation comes every {interval} steps, the run has {most(total)}: it never comes"
