"""SL403 best-model-does-not-fit."""

from __future__ import annotations

from collections.abc import Iterator

from schedlint.rules import Example, Finding, Rule, Scenario, Severity


class BestModelDoesNotFit(Rule):
    """The best checkpoint is to be loaded at the end, but evaluations and checkpoints do not meet.

    **What.** `load_best_model_at_end` needs an evaluation for every checkpoint: the same strategy
    for both, and checkpoints at multiples of the evaluation interval.

    **Why it costs you.** The trainer refuses at start, after the job has waited for its machine.

    **What to do.** Evaluate whenever a checkpoint is written: the same strategy, and `save_steps` a
    multiple of `eval_steps`.

    **Silent** where checkpoints are written on improvement (`save_strategy: best`), and about
    intervals that are fractions of the run.
    """

    code = "SL403"
    name = "best-model-does-not-fit"
    severity = Severity.ERROR
    sources = ("transformers training_args.py:TrainingArguments.__post_init__",)
    bad = (
        Example(
            """\
output_dir: out
per_device_train_batch_size: 8
eval_strategy: epoch
save_strategy: steps
load_best_model_at_end: true
""",
            line=4,
            column=1,
            message="save_strategy: steps",
        ),
        Example(
            """\
output_dir: out
per_device_train_batch_size: 8
eval_strategy: steps
eval_steps: 200
save_steps: 500
load_best_model_at_end: true
""",
            line=5,
            column=1,
            message="500 is no multiple of 200",
        ),
    )
    good = (
        Example(
            """\
output_dir: out
per_device_train_batch_size: 8
eval_strategy: steps
eval_steps: 200
save_steps: 400
load_best_model_at_end: true
"""
        ),
        Example(
            """\
output_dir: out
per_device_train_batch_size: 8
eval_strategy: steps
eval_steps: 0.1
save_steps: 0.3
load_best_model_at_end: true
""",
            flags={"world_size": 1, "dataset_size": 200},
        ),
    )

    def check(self, run: Scenario) -> Iterator[Finding]:
        evaluated, saved = run.fact("eval_strategy"), run.fact("save_strategy")
        best = run.fact("best_model")
        if evaluated is None or saved is None or best is None or best.value is not True:
            return
        if not isinstance(evaluated.value, str) or not isinstance(saved.value, str):
            return
        if saved.value != "best" and saved.value != evaluated.value:
            message = f"{best.text}, but evaluations and checkpoints do not go together: "
            message += f"{evaluated.text}, {saved.text}"
            spot = next((fact for fact in (saved, evaluated) if fact.place), best)
            yield self.found(run, message, spot, best, evaluated, saved)
        elif saved.value == "steps":
            yield from self._intervals(run)

    def _intervals(self, run: Scenario) -> Iterator[Finding]:
        """Only intervals in steps: fractions of the run are compared as fractions."""
        every_save, every_eval = run["save_interval"], run["eval_interval"]
        if every_save.claim is None or every_eval.claim is None:
            return
        if run.certainly(~every_eval.divides(every_save)):
            message = (
                f"the best checkpoint is to be loaded, but of the checkpoints every {every_save} "
                f"steps not all are evaluated: {every_save} is no multiple of {every_eval}"
            )
            yield self.found(run, message, every_save, every_save, every_eval)
