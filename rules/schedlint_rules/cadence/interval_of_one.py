"""SL406 interval-of-one."""

from __future__ import annotations

from collections.abc import Iterator

from schedlint.rules import Example, Finding, Rule, Scenario, Severity


class IntervalOfOne(Rule):
    """A whole `1` where `1.0` is meant: validation after every batch instead of every epoch.

    **What.** In Lightning a whole number under `val_check_interval` counts batches, a fraction is a
    share of the epoch. `1` and `1.0` are as far apart as a batch and an epoch.

    **Why it costs you.** The whole validation set is run through after every single batch; training
    crawls, and nothing says why.

    **What to do.** Write `1.0`, or leave the key out.
    """

    code = "SL406"
    name = "interval-of-one"
    severity = Severity.WARNING
    needs = ("interval_of_one",)
    sources = ("lightning pytorch/trainer/connectors/data_connector.py:DataConnector",)
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
    )

    def check(self, run: Scenario) -> Iterator[Finding]:
        one = run.fact("interval_of_one")
        if one is not None:
            message = f"{one.text} validates after every batch; once an epoch is 1.0"
            yield self.found(run, message, one, one)
