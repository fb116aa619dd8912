"""SL704 value-is-refused."""

from __future__ import annotations

from collections.abc import Iterator

from schedlint.rules import Example, Finding, Rule, Scenario, Severity, remedied


class ValueIsRefused(Rule):
    """A value that the framework does not take: no time string, a unit that does not go there.

    **What.** The framework checks the value at its start, and stops.

    **Why it costs you.** The job has waited for its machine by then, and the message often names
    an inner function and not the line.

    **What to do.** State a value of the kind that the message names.

    **Fix.** Safe where one value alone fits the rest, as for `no`, which YAML reads as a boolean.
    Unsafe where one of several ways out is taken.

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
output_dir: out
per_device_train_batch_size: 8
eval_strategy: no  # the whole set is trained on
""",
            line=3,
            column=1,
            message='YAML reads it as the boolean false: write "no" in quotes',
            fixed="""\
output_dir: out
per_device_train_batch_size: 8
eval_strategy: "no"  # the whole set is trained on
""",
        ),
        Example(
            """\
base_model: m
datasets: [{path: p, type: alpaca}]
micro_batch_size: 2
gradient_accumulation_steps: 1
save_strategy: epoch
save_steps: 50
""",
            line=5,
            column=1,
            message="with save_steps: 50 it must be steps or left out",
            packages=("axolotl==0.18.0",),
            fixed="""\
base_model: m
datasets: [{path: p, type: alpaca}]
micro_batch_size: 2
gradient_accumulation_steps: 1
save_strategy: epoch
""",
        ),
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
        for setting, why, remedy in run.refusals:
            fix = None if remedy is None else remedied(remedy)
            yield self.found(run, f"{setting.text} is refused: {why}", setting, fix=fix)
