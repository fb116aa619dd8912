"""SL404 evaluation-without-data."""

from __future__ import annotations

from collections.abc import Iterator

from schedlint.rules import Example, Finding, Rule, Scenario, Severity, change


class EvaluationWithoutData(Rule):
    """Evaluation is asked for, and there is nothing to evaluate on.

    **What.** A strategy or a start evaluation is given, and the run has no evaluation samples.

    **Why it costs you.** The Trainer of transformers, and what is built on it, stops before the
    first step, after model and data have been loaded.

    **What to do.** Give evaluation data, or set the strategy to `"no"`.

    **Fix.** Unsafe: no evaluations.

    **Silent** while it is not known whether there is evaluation data, and for frameworks that pass
    over an evaluation without data.
    """

    code = "SL404"
    name = "evaluation-without-data"
    severity = Severity.ERROR
    needs = ("eval_strategy", "eval_dataset_size")
    sources = (
        "https://github.com/hiyouga/LlamaFactory/issues/744",
        "transformers trainer.py:Trainer.__init__, get_eval_dataloader",
    )
    bad = (
        Example(
            """\
output_dir: out
per_device_train_batch_size: 8
eval_strategy: epoch
""",
            line=3,
            column=1,
            message="eval_strategy: epoch, but there are no evaluation samples",
            flags={"eval_dataset_size": 0},
            fixed="""\
output_dir: out
per_device_train_batch_size: 8
eval_strategy: "no"
""",
        ),
        Example(
            """\
output_dir: out
per_device_train_batch_size: 8
eval_on_start: true
""",
            line=3,
            column=1,
            message="there are no evaluation samples",
            flags={"eval_dataset_size": 0},
        ),
    )
    good = (
        Example(
            """\
output_dir: out
per_device_train_batch_size: 8
eval_strategy: epoch
""",
            flags={"eval_dataset_size": 100},
        ),
        Example(
            """\
output_dir: out
per_device_train_batch_size: 8
""",
            flags={"eval_dataset_size": 0},
        ),
    )

    def check(self, run: Scenario) -> Iterator[Finding]:
        strategy, samples = run.fact("eval_strategy"), run["eval_dataset_size"]
        if "transformers" not in run.framework.packages or samples.high >= 1:
            return
        if strategy is not None and strategy.value in ("steps", "epoch"):
            message = f"{strategy.text}, but there are no evaluation samples"
            fix = change(strategy, "no", "without evaluations")
            yield self.found(run, message, strategy, strategy, samples, fix=fix)
        elif run.certainly(run["evaluations"] > 0):
            evaluations = run["evaluations"]
            message = "evaluation is asked for, but there are no evaluation samples"
            yield self.found(run, message, evaluations, evaluations, samples)
