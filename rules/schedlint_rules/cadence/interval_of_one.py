"""SL406 interval-of-one."""

from __future__ import annotations

from collections.abc import Iterator

from schedlint.rules import Example, Finding, Rule, Scenario, Severity, change, value_at


class IntervalOfOne(Rule):
    """An interval of one, which comes after every batch or step where once was meant.

    **What.** In Lightning a whole number under `val_check_interval` counts batches, a fraction is a
    share of the epoch: `1` and `1.0` are as far apart as a batch and an epoch. In transformers
    `eval_steps` and `save_steps` are fractions of the run below 1 only: `1.0` is every step.

    **Why it costs you.** The whole validation set is run through, or a checkpoint is written, after
    every single step; training crawls, and nothing says why.

    **What to do.** Write what the message names.

    **Fix.** Unsafe: `1.0`, once an epoch.

    **Silent** about a whole 1 in transformers, which says what it does.
    """

    code = "SL406"
    name = "interval-of-one"
    severity = Severity.WARNING
    needs = ("interval_of_one",)
    sources = (
        "https://github.com/Lightning-AI/pytorch-lightning/issues/9435",
        "lightning pytorch/trainer/connectors/data_connector.py:DataConnector",
        "transformers trainer_callback.py:TrainerState.compute_steps",
    )
    bad = (
        Example(
            """\
trainer:
  max_epochs: 10
  val_check_interval: 1
""",
            line=3,
            column=3,
            message="after every batch",
            fixed="""\
trainer:
  max_epochs: 10
  val_check_interval: 1.0
""",
        ),
        Example(
            """\
output_dir: out
per_device_train_batch_size: 8
eval_strategy: steps
eval_steps: 1.0
""",
            line=4,
            column=1,
            message="is every step",
        ),
    )
    good = (
        Example(
            """\
trainer:
  max_epochs: 10
  val_check_interval: 1.0
"""
        ),
        Example(
            """\
output_dir: out
per_device_train_batch_size: 8
eval_strategy: steps
eval_steps: 0.5
"""
        ),
    )

    def check(self, run: Scenario) -> Iterator[Finding]:
        one = run.fact("interval_of_one")
        if one is not None:
            is_whole = isinstance(value_at(one), int)
            fix = change(one, 1.0, "once an epoch") if is_whole else None
            yield self.found(run, f"{one.text} {one.value}", one, one, fix=fix)
