"""SL703 impossible-value."""

from __future__ import annotations

from collections.abc import Iterator

from schedlint.rules import Example, Finding, Rule, Scenario, Severity
from schedlint_rules.contradiction import contradictions


class ImpossibleValue(Rule):
    """A number that cannot be: a batch of no samples, half a step.

    **What.** The value lies outside of what the quantity can be at all.

    **Why it costs you.** The framework stops, often late and with a message about something else (a
    division by zero, an empty loader), or takes the value for "not set".

    **What to do.** State a possible value, or remove the line where the default is meant.
    """

    code = "SL703"
    name = "impossible-value"
    severity = Severity.ERROR
    needs = ("contradictions",)
    sources = ("https://github.com/huggingface/transformers/pull/32020",)
    bad = (
        Example(
            """\
output_dir: out
per_device_train_batch_size: 8
gradient_accumulation_steps: 0
""",
            line=3,
            column=1,
            message="is at least 1",
        ),
    )
    good = (
        Example(
            """\
output_dir: out
per_device_train_batch_size: 8
gradient_accumulation_steps: 1
"""
        ),
    )

    def check(self, run: Scenario) -> Iterator[Finding]:
        for each in contradictions(run, "value"):
            (claim,) = each.claims
            word = run.plan.words[claim.quantity]
            limit = f"is at least {word.least}" + (" and whole" if word.whole else "")
            message = f"{claim.text} cannot be: {claim.quantity} ({word.meaning}) {limit}"
            yield self.found(run, message, claim, each)
