"""SL704 value-is-refused."""

from __future__ import annotations

from collections.abc import Iterator

from schedlint.rules import Example, Finding, Rule, Scenario, Severity


class ValueIsRefused(Rule):
    """A value that the framework does not take: no time string, a unit that does not go there.

    **What.** The framework checks the value at its start, and stops.

    **Why it costs you.** The job has waited for its machine by then, and the message often names
    an inner function and not the line.

    **What to do.** State a value of the kind that the message names.

    **Silent** about values that are only known when the config is loaded (`${…}`).
    """

    code = "SL704"
    name = "value-is-refused"
    severity = Severity.ERROR
    needs = ("refusals",)
    sources = (
        "https://github.com/axolotl-ai-cloud/axolotl/issues/1653",
        "composer core/time.py:Time.from_timestring",
    )
    bad = (
        Example(
            """\
train_loader: {name: text, drop_last: true}
global_train_batch_size: 256
max_duration: 3epochs
""",
            line=3,
            column=1,
            message="max_duration: 3epochs is refused: no time string",
        ),
        Example(
            """\
train_loader: {name: text, drop_last: true}
global_train_batch_size: 256
max_duration: 1000ba
scheduler: {name: cosine_with_warmup, t_warmup: 6400sp}
""",
            line=4,
            column=39,
            message="they must be the same unit",
        ),
    )
    good = (
        Example(
            """\
train_loader: {name: text, drop_last: true}
global_train_batch_size: 256
max_duration: 1000ba
scheduler: {name: cosine_with_warmup, t_warmup: 100ba}
"""
        ),
    )

    def check(self, run: Scenario) -> Iterator[Finding]:
        for setting, why in run.refusals:
            yield self.found(run, f"{setting.text} is refused: {why}", setting)
