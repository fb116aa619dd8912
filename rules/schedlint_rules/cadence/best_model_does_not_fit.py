"""SL403 best-model-does-not-fit."""

from __future__ import annotations

from collections.abc import Iterator

from schedlint.plan import Quantity
from schedlint.rules import (
    Example,
    Fact,
    Finding,
    Fix,
    Rule,
    Scenario,
    Severity,
    change,
    change_number,
    item_of,
)


class BestModelDoesNotFit(Rule):
    """The best checkpoint is to be loaded at the end, but evaluations and checkpoints do not meet.

    **What.** `load_best_model_at_end` needs an evaluation for every checkpoint: the same strategy
    for both, and checkpoints at multiples of the evaluation interval.

    **Why it costs you.** The trainer refuses at start, after the job has waited for its machine.

    **What to do.** Evaluate whenever a checkpoint is written: the same strategy, and `save_steps` a
    multiple of `eval_steps`, both in steps or both fractions of the run.

    **Fix.** Unsafe: the nearest multiple, or evaluations as often as checkpoints.

    **Silent** where checkpoints are written on improvement (`save_strategy: best`).
    """

    code = "SL403"
    name = "best-model-does-not-fit"
    severity = Severity.ERROR
    needs = ("best_model",)
    sources = (
        "https://github.com/zjunlp/DeepKE/issues/394",
        "transformers training_args.py:TrainingArguments.__post_init__",
    )
    bad = (
        Example(
            """\
output_dir: out
per_device_train_batch_size: 8
max_steps: 300
eval_strategy: steps
eval_steps: 200
save_steps: 250
load_best_model_at_end: true
""",
            line=6,
            column=1,
            message="250 is no multiple of 200",
            fixed="""\
output_dir: out
per_device_train_batch_size: 8
max_steps: 300
eval_strategy: steps
eval_steps: 200
save_steps: 200
load_best_model_at_end: true
""",
        ),
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
            fixed="""\
output_dir: out
per_device_train_batch_size: 8
eval_strategy: steps
save_strategy: steps
load_best_model_at_end: true
""",
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
            fixed="""\
output_dir: out
per_device_train_batch_size: 8
eval_strategy: steps
eval_steps: 200
save_steps: 400
load_best_model_at_end: true
""",
        ),
        Example(
            """\
output_dir: out
per_device_train_batch_size: 8
eval_strategy: steps
eval_steps: 0.2
save_steps: 0.5
load_best_model_at_end: true
""",
            line=5,
            column=1,
            message="save_steps: 0.5 is no multiple of eval_steps: 0.2",
        ),
        Example(
            """\
output_dir: out
per_device_train_batch_size: 8
eval_strategy: steps
eval_steps: 100
save_steps: 0.5
load_best_model_at_end: true
""",
            line=5,
            column=1,
            message="save_steps: 0.5 is no multiple of eval_steps: 100",
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
            fix = _as_the_other(evaluated, saved)
            yield self.found(run, message, spot, best, evaluated, saved, fix=fix)
        elif saved.value == "steps":
            yield from self._intervals(run)

    def _intervals(self, run: Scenario) -> Iterator[Finding]:
        """The intervals as they are given: in steps, or as fractions of the run."""
        save, evaluation = _given(run, "save"), _given(run, "eval")
        if save is None or evaluation is None:
            return
        in_steps = save.word.whole and evaluation.word.whole
        if in_steps and run.certainly(~evaluation.divides(save)):
            message = (
                f"the best checkpoint is to be loaded, but of the checkpoints every {save} "
                f"steps not all are evaluated: {save} is no multiple of {evaluation}"
            )
        elif not in_steps and not _is_multiple(save, evaluation):
            message = (
                f"the best checkpoint is to be loaded, but not all checkpoints are evaluated: "
                f"{save.text} is no multiple of {evaluation.text}"
            )
        else:
            return
        fix = _multiple(run, save, evaluation) if in_steps else None
        yield self.found(run, message, save, save, evaluation, fix=fix)


def _given(run: Scenario, kind: str) -> Quantity | None:
    """The interval as the file or a default gives it."""
    names = (f"{kind}_interval", f"{kind}_ratio")
    given = (run[name] for name in names if name in run.words)
    return next((each for each in given if each.claim is not None), None)


def _is_multiple(save: Quantity, evaluation: Quantity) -> bool:
    """As transformers tests it: exactly, and between two fractions once more in millionths."""
    every_save, every_evaluation = float(save.low), float(evaluation.low)
    if every_save % every_evaluation == 0:
        return True
    both_fractions = not (save.word.whole or evaluation.word.whole)
    return both_fractions and every_save * 1_000_000 % (every_evaluation * 1_000_000) == 0


def _as_the_other(evaluated: Fact, saved: Fact) -> Fix | None:
    """Evaluations as often as checkpoints, where that is a strategy; else the other way round."""
    if saved.value in ("steps", "epoch") and item_of(evaluated):
        return change(evaluated, str(saved.value), "as the checkpoints")
    return change(saved, str(evaluated.value), "as the evaluations")


def _multiple(run: Scenario, save: Quantity, evaluation: Quantity) -> Fix | None:
    """The nearest multiple for which the run has room, where that is known. Never safe: the trainer
    takes those beyond the end as well, and saves at the end alone.
    """
    every, total = int(evaluation.low), run["total_steps"]
    room = total.low // every if total.known else save.low
    times = max(1, min(round(save.low / every), room))
    return change_number(save, int(times) * every, f"a multiple of {every}")
