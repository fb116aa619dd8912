"""SL201 batch-sizes-disagree."""

from __future__ import annotations

from collections.abc import Iterator

from schedlint.rules import Example, Finding, Rule, Scenario, Severity
from schedlint_rules.contradiction import contradictions, finding


class BatchSizesDisagree(Rule):
    """Batch sizes, accumulation and number of processes that cannot all be true.

    **What.** The global batch is micro-batch × accumulation × data-parallel ranks. The file states
    it and its parts, and they do not multiply up.

    **Why it costs you.** DeepSpeed refuses at start ("Check batch related parameters"), after the
    job has waited for its GPUs; other frameworks take one of the numbers and train with another
    batch than the file says.

    **What to do.** Change the number that is wrong, or leave one out: it follows from the others.

    **Fix.** Safe where one number alone can be changed, to one value, but for a training loop of
    one's own. Unsafe where several can: the accumulation that keeps the stated batch, or else the
    batch that the others make.

    **Silent** while the number of processes could still make them fit.
    """

    code = "SL201"
    name = "batch-sizes-disagree"
    severity = Severity.ERROR
    needs = ("contradictions",)
    sources = (
        "deepspeed runtime/config.py:DeepSpeedConfig._batch_assertion",
        "https://github.com/deepspeedai/DeepSpeed/issues/771",
    )
    bad = (
        Example(
            """\
{
  "train_batch_size": 32,
  "train_micro_batch_size_per_gpu": 4,
  "gradient_accumulation_steps": 4
}
""",
            line=2,
            column=3,
            message="4 × 4 × 8 = 128",
            file="ds.json",
            flags={"world_size": 8},
            fixed="""\
{
  "train_batch_size": 32,
  "train_micro_batch_size_per_gpu": 4,
  "gradient_accumulation_steps": 1
}
""",
        ),
        Example(
            """\
{
  "train_batch_size": 33,
  "train_micro_batch_size_per_gpu": 4,
  "gradient_accumulation_steps": 4
}
""",
            line=2,
            column=3,
            message="4 × 4 × 8 = 128",
            file="ds.json",
            flags={"world_size": 8},
            fixed="""\
{
  "train_batch_size": 128,
  "train_micro_batch_size_per_gpu": 4,
  "gradient_accumulation_steps": 4
}
""",
        ),
    )
    good = (
        Example(
            """\
{
  "train_batch_size": 128,
  "train_micro_batch_size_per_gpu": 4,
  "gradient_accumulation_steps": 4
}
""",
            file="ds.json",
            flags={"world_size": 8},
        ),
        Example(
            """\
{
  "train_batch_size": 32,
  "train_micro_batch_size_per_gpu": 4,
  "gradient_accumulation_steps": 4
}
""",
            file="ds.json",
        ),
    )

    def check(self, run: Scenario) -> Iterator[Finding]:
        for each in contradictions(run, "batch"):
            yield finding(self, run, each)
