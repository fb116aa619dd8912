"""SL311 warmup-is-given-twice."""

from __future__ import annotations

from collections.abc import Iterator

from schedlint.rules import Example, Finding, Rule, Scenario, Severity, removal


class WarmupIsGivenTwice(Rule):
    """Warm-up is given as a number of steps and as a share of the run, and one of them counts.

    **What.** `warmup_steps` and `warmup_ratio` stand in the same file. Before transformers 5.0 the
    steps win, from 5.0 on the ratio does.

    **Why it costs you.** An update of the library changes the schedule, and the line that you
    change next time may be the dead one.

    **What to do.** Keep the one that is meant.

    **Fix.** Safe: removes the one that does not count.

    **Silent** where one of them is 0, and where the framework refuses both together.
    """

    code = "SL311"
    name = "warmup-is-given-twice"
    severity = Severity.WARNING
    needs = ("warmup_twice",)
    sources = (
        "https://github.com/axolotl-ai-cloud/axolotl/pull/2897",
        "transformers training_args.py:TrainingArguments.get_warmup_steps",
    )
    bad = (
        Example(
            """\
output_dir: out
per_device_train_batch_size: 8
warmup_steps: 100
warmup_ratio: 0.1
""",
            line=4,
            column=1,
            message="warmup_steps: 100 counts, warmup_ratio: 0.1 does not",
            packages=("transformers==4.57.6",),
            fixed="""\
output_dir: out
per_device_train_batch_size: 8
warmup_steps: 100
""",
        ),
        Example(
            """\
output_dir: out
per_device_train_batch_size: 8
warmup_steps: 100
warmup_ratio: 0.1
""",
            line=4,
            column=1,
            message="warmup_ratio: 0.1 counts, warmup_steps: 100 does not",
            packages=("transformers==5.4.0",),
            fixed="""\
output_dir: out
per_device_train_batch_size: 8
warmup_ratio: 0.1
""",
        ),
    )
    good = (
        Example(
            """\
output_dir: out
per_device_train_batch_size: 8
warmup_steps: 0
warmup_ratio: 0.1
""",
            packages=("transformers==4.57.6",),
        ),
    )

    def check(self, run: Scenario) -> Iterator[Finding]:
        twice = run.fact("warmup_twice")
        if twice is not None:
            message = f"warm-up is given in steps and as a ratio: {twice.value}"
            fix = removal(run.fact("warmup_not_counted"), "the run stays as it is", safe=True)
            yield self.found(run, message, twice, twice, fix=fix)
