"""SL405 evaluation-has-no-batch."""

from __future__ import annotations

from collections.abc import Iterator

from schedlint.rules import Example, Finding, Rule, Scenario, Severity


class EvaluationHasNoBatch(Rule):
    """The evaluation data does not fill one batch, and incomplete batches are dropped.

    **What.** `dataloader_drop_last` is meant for training and holds for evaluation as well. With
    fewer evaluation samples than one batch over all ranks nothing is left to evaluate.

    **Why it costs you.** Evaluations happen and give no loss. What waits for one, the choice of the
    best checkpoint or a schedule that follows it, stops the run at the first evaluation; older
    versions stop in any case.

    **What to do.** Lower the evaluation batch, or keep incomplete batches.

    **Silent** while the evaluation samples or the number of processes are not known.
    """

    code = "SL405"
    name = "evaluation-has-no-batch"
    severity = Severity.WARNING
    needs = ("eval_batch_size",)
    sources = (
        "https://github.com/PaddlePaddle/PaddleNLP/pull/9472",
        "transformers trainer.py:Trainer.get_eval_dataloader, _determine_best_metric",
        "accelerate data_loader.py:DataLoaderShard.__iter__",
    )
    bad = (
        Example(
            """\
output_dir: out
per_device_train_batch_size: 2
dataloader_drop_last: true
eval_strategy: epoch
""",
            line=3,
            column=1,
            message="20 evaluation samples do not fill one batch of 8 on every rank (4)",
            flags={"world_size": 4, "eval_dataset_size": 20},
        ),
    )
    good = (
        Example(
            """\
output_dir: out
per_device_train_batch_size: 2
per_device_eval_batch_size: 5
dataloader_drop_last: true
eval_strategy: epoch
""",
            flags={"world_size": 4, "eval_dataset_size": 20},
        ),
        Example(
            """\
output_dir: out
per_device_train_batch_size: 2
eval_strategy: epoch
""",
            flags={"world_size": 4, "eval_dataset_size": 20},
        ),
    )

    def check(self, run: Scenario) -> Iterator[Finding]:
        drop_last = run.fact("drop_last")
        if "full_eval_batches" not in run.words or not run.fact_is("drop_last", True):
            return
        samples, batches = run["eval_dataset_size"], run["full_eval_batches"]
        asked = run.fact_is("eval_strategy", "steps", "epoch")
        if asked and samples.low >= 1 and run.certainly(batches < 1):
            message = (
                f"{samples} evaluation samples do not fill one batch of {run['eval_batch_size']} "
                f"on every rank ({run['data_parallel_size']}), and the rest is dropped"
            )
            severity = Severity.ERROR if _stops(run) else Severity.WARNING
            yield self.found(run, message, drop_last, samples, batches, severity=severity)


def _stops(run: Scenario) -> bool:
    """Whether something certainly waits for the loss of an evaluation after the first step."""
    waits = run.fact_is("best_model", True)
    waits |= run.fact_is("scheduler", "reduce_lr_on_plateau", "greedy")
    return waits and run.certainly(run["timed_evaluations"] > 0)
