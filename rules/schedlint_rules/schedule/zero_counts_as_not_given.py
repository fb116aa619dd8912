"""SL310 zero-counts-as-not-given."""

from __future__ import annotations

from collections.abc import Iterator

from schedlint.rules import Example, Finding, Rule, Scenario, Severity, removal


class ZeroCountsAsNotGiven(Rule):
    """A zero that this version of the framework reads as if the key were not there.

    **What.** Axolotl 0.10 to 0.12 asks `if cfg.warmup_steps` and not whether it is null: a warm-up
    of no steps is no answer, and the next key or the default decides.

    **Why it costs you.** The run warms up for up to 100 steps although the file says that it does
    not, and differs from the same file under another version. Nothing is said in the log.

    **What to do.** Take 0.13 or later, which reads the zero, or write `warmup_ratio: 0.000001`,
    which is rounded down to no step.

    **Fix.** Unsafe, though the run stays as it is: removes the key, which asks for something else.

    **Silent** where the version is not known, and where the schedule has no warm-up at all.
    """

    code = "SL310"
    name = "zero-counts-as-not-given"
    severity = Severity.WARNING
    needs = ("zero_as_unset",)
    sources = (
        "axolotl core/builders/base.py:_configure_warmup_and_logging",
        "https://github.com/axolotl-ai-cloud/axolotl/issues/3254",
    )
    bad = (
        Example(
            """\
base_model: some-org/some-model
datasets: [{path: some-org/rows, type: alpaca}]
micro_batch_size: 2
gradient_accumulation_steps: 2
warmup_steps: 0
""",
            line=5,
            column=1,
            message="counts as not given: the default",
            packages=("axolotl==0.12.2",),
            fixed="""\
base_model: some-org/some-model
datasets: [{path: some-org/rows, type: alpaca}]
micro_batch_size: 2
gradient_accumulation_steps: 2
""",
        ),
        Example(
            """\
base_model: some-org/some-model
datasets: [{path: some-org/rows, type: alpaca}]
micro_batch_size: 2
gradient_accumulation_steps: 2
warmup_steps: 0
warmup_ratio: 0.1
""",
            line=5,
            column=1,
            message="warmup_ratio: 0.1",
            packages=("axolotl==0.10.0",),
            fixed="""\
base_model: some-org/some-model
datasets: [{path: some-org/rows, type: alpaca}]
micro_batch_size: 2
gradient_accumulation_steps: 2
warmup_ratio: 0.1
""",
        ),
    )
    good = (
        Example(
            """\
base_model: some-org/some-model
datasets: [{path: some-org/rows, type: alpaca}]
micro_batch_size: 2
gradient_accumulation_steps: 2
warmup_steps: 0
""",
            packages=("axolotl==0.13.1",),
        ),
        Example(
            """\
base_model: some-org/some-model
datasets: [{path: some-org/rows, type: alpaca}]
micro_batch_size: 2
gradient_accumulation_steps: 2
warmup_steps: 0
""",
            packages=("axolotl==0.9.2",),
        ),
        Example(
            """\
base_model: some-org/some-model
datasets: [{path: some-org/rows, type: alpaca}]
micro_batch_size: 2
gradient_accumulation_steps: 2
lr_scheduler: constant
warmup_steps: 0
""",
            packages=("axolotl==0.12.2",),
        ),
    )

    def check(self, run: Scenario) -> Iterator[Finding]:
        zero, ignored = run.fact("zero_as_unset"), run.fact("warmup_ignored")
        if zero is None or ignored is not None:
            return
        message = f"{zero.text} counts as not given: {zero.value} takes its place"
        fix = removal(zero, "the run stays as it is")
        yield self.found(run, message, zero, zero, run["warmup_steps"], fix=fix)
