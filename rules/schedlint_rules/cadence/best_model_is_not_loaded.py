"""SL407 best-model-is-not-loaded."""

from __future__ import annotations

from collections.abc import Iterator

from schedlint.rules import Example, Finding, Fix, Rule, Scenario, Severity, change


class BestModelIsNotLoaded(Rule):
    """The best checkpoint is asked for, and the version in force does not load it.

    **What.** With `save_strategy: best`, transformers 4.50 to 5.3 writes the best checkpoint and
    forgets which one it was: `load_best_model_at_end` has nothing to load.

    **Why it costs you.** What is evaluated and uploaded after training is the last model, not the
    best; a line in the log is all that tells.

    **What to do.** Evaluate and save by steps or epochs, or take transformers 5.4 or later.

    **Fix.** Unsafe: checkpoints as often as evaluations.

    **Silent** under versions that load it, and where it is not asked for.
    """

    code = "SL407"
    name = "best-model-is-not-loaded"
    severity = Severity.WARNING
    needs = ("best_not_loaded",)
    sources = (
        "https://github.com/huggingface/transformers/issues/40221",
        "transformers trainer.py:Trainer._save_checkpoint",
    )
    bad = (
        Example(
            """\
output_dir: out
per_device_train_batch_size: 8
eval_strategy: epoch
save_strategy: best
metric_for_best_model: eval_loss
load_best_model_at_end: true
""",
            line=6,
            column=1,
            message="the best checkpoint is not loaded",
            packages=("transformers==4.55.4",),
            fixed="""\
output_dir: out
per_device_train_batch_size: 8
eval_strategy: epoch
save_strategy: epoch
metric_for_best_model: eval_loss
load_best_model_at_end: true
""",
        ),
    )
    good = (
        Example(
            """\
output_dir: out
per_device_train_batch_size: 8
eval_strategy: epoch
save_strategy: best
metric_for_best_model: eval_loss
load_best_model_at_end: true
""",
            packages=("transformers==5.23.0",),
        ),
        Example(
            """\
output_dir: out
per_device_train_batch_size: 8
eval_strategy: epoch
save_strategy: epoch
load_best_model_at_end: true
""",
            packages=("transformers==4.55.4",),
        ),
    )

    def check(self, run: Scenario) -> Iterator[Finding]:
        why = run.fact("best_not_loaded")
        if why is not None:
            message = f"the best checkpoint is not loaded in the end: {why.value}"
            yield self.found(run, message, why, fix=_fix(run))


def _fix(run: Scenario) -> Fix | None:
    evaluated, saved = run.fact("eval_strategy"), run.fact("save_strategy")
    if evaluated is None or saved is None or saved.value != "best":
        return None
    if evaluated.value not in ("steps", "epoch"):
        return None
    return change(saved, str(evaluated.value), "as the evaluations")
