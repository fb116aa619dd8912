"""SL408 patience-outlasts-the-run."""

from __future__ import annotations

from collections.abc import Iterator

from schedlint.rules import Example, Finding, Rule, Scenario, Severity


class PatienceOutlastsTheRun(Rule):
    """Early stopping waits for longer than the run lasts.

    **What.** The run is stopped after so many evaluations without improvement; it has no more
    evaluations than that.

    **Why it costs you.** It never stops early: what looks like a limit on wasted hours is none.

    **What to do.** Lower the patience, or evaluate more often.

    **Silent** while the number of evaluations is not known.
    """

    code = "SL408"
    name = "patience-outlasts-the-run"
    severity = Severity.WARNING
    needs = ("early_stopping_patience", "evaluations")
    sources = ("transformers trainer_callback.py:EarlyStoppingCallback.check_metric_value",)
    bad = (
        Example(
            """\
base_model: m
datasets: [{path: p, type: alpaca}]
val_set_size: 0.1
sequence_len: 2048
micro_batch_size: 2
gradient_accumulation_steps: 1
max_steps: 1000
eval_steps: 500
save_steps: 500
early_stopping_patience: 5
""",
            line=10,
            column=1,
            message="the run has 3 evaluations",
        ),
    )
    good = (
        Example(
            """\
base_model: m
datasets: [{path: p, type: alpaca}]
val_set_size: 0.1
sequence_len: 2048
micro_batch_size: 2
gradient_accumulation_steps: 1
max_steps: 1000
eval_steps: 50
save_steps: 50
early_stopping_patience: 5
"""
        ),
    )

    def check(self, run: Scenario) -> Iterator[Finding]:
        patience, evaluations = run.fact("early_stopping_patience"), run["evaluations"]
        if patience is None or not isinstance(patience.value, int) or patience.value < 1:
            return
        if run.certainly(evaluations > 0) and run.certainly(evaluations <= patience.value):
            message = (
                f"early stopping waits for {patience.value} evaluations without improvement, "
                f"the run has {evaluations} evaluations"
            )
            yield self.found(run, message, patience, evaluations, patience)
