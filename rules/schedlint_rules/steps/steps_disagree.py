"""SL103 steps-disagree."""

from __future__ import annotations

from collections.abc import Iterator

from schedlint.rules import Example, Finding, Rule, Scenario, Severity
from schedlint_rules.contradiction import contradictions, finding


class StepsDisagree(Rule):
    """Numbers of steps, epochs, samples and batches that cannot all be true.

    **What.** The file states the same number twice in different units, and the two do not fit.

    **Why it costs you.** One of them wins, and the run is longer or shorter than the other says.

    **What to do.** Change the line that is wrong; better, state only what the others do not imply.

    **Fix.** Safe: `auto` in a DeepSpeed file, where the trainer fills it in. Unsafe: the value that
    the other numbers leave, where that is one or a limit.

    **Silent** while a fact is missing that could make them fit.
    """

    code = "SL103"
    name = "steps-disagree"
    severity = Severity.ERROR
    needs = ("contradictions",)
    sources = ("https://github.com/Lightning-AI/pytorch-lightning/issues/4406",)
    bad = (
        Example(
            """\
dataset_size: 10000
batch_size: 100
epochs: 10
steps_per_epoch: 250
""",
            line=4,
            column=1,
            message="steps_per_epoch: 250, but the other numbers leave 0 to 100 optimizer steps",
            fixed="""\
dataset_size: 10000
batch_size: 100
epochs: 10
steps_per_epoch: 100
""",
        ),
    )
    good = (
        Example(
            """\
dataset_size: 10000
batch_size: 100
epochs: 10
steps_per_epoch: 100
"""
        ),
    )

    def check(self, run: Scenario) -> Iterator[Finding]:
        for each in contradictions(run, "steps"):
            yield finding(self, run, each)
