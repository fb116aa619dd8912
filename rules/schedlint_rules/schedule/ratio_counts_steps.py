"""SL312 ratio-counts-steps."""

from __future__ import annotations

from collections.abc import Iterator

from schedlint.rules import Example, Finding, Rule, Scenario, Severity, renaming


class RatioCountsSteps(Rule):
    """A warm-up ratio that is not below 1, and is read as a number of steps.

    **What.** From transformers 5.0 to 5.14 `warmup_ratio` from 1 on is a number of steps. A ratio
    is a share of the run; before 5.0 the same line is refused, from 5.15 on there is no such key.

    **Why it costs you.** `warmup_ratio: 5`, meant as 5 %, warms up for five steps.

    **What to do.** Write the share (`0.05`), or the steps under `warmup_steps`.

    **Fix.** Unsafe, though the run stays as it is: calls it `warmup_steps`, which is what it does.

    **Silent** below 1.
    """

    code = "SL312"
    name = "ratio-counts-steps"
    severity = Severity.WARNING
    needs = ("ratio_counts_steps",)
    sources = (
        "https://github.com/huggingface/transformers/pull/41326",
        "transformers training_args.py:TrainingArguments.get_warmup_steps",
    )
    bad = (
        Example(
            """\
output_dir: out
per_device_train_batch_size: 8
warmup_ratio: 5
""",
            line=3,
            column=1,
            message="warmup_ratio: 5 counts steps",
            packages=("transformers==5.4.0",),
            fixed="""\
output_dir: out
per_device_train_batch_size: 8
warmup_steps: 5
""",
        ),
    )
    good = (
        Example(
            """\
output_dir: out
per_device_train_batch_size: 8
warmup_ratio: 0.05
""",
            packages=("transformers==5.4.0",),
        ),
    )

    def check(self, run: Scenario) -> Iterator[Finding]:
        ratio = run.fact("ratio_counts_steps")
        if ratio is not None:
            message = f"{ratio.text} counts steps, and is no share of the run: that is below 1"
            steps = int(ratio.value) if isinstance(ratio.value, (int, float)) else 0
            fix = renaming(ratio, "warmup_steps", steps)
            yield self.found(run, message, ratio, ratio, fix=fix)
