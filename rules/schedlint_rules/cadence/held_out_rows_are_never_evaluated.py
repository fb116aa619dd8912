"""SL410 held-out-rows-are-never-evaluated."""

from __future__ import annotations

from collections.abc import Iterator

from schedlint.rules import Example, Finding, Related, Rule, Scenario, Severity, change


class HeldOutRowsAreNeverEvaluated(Rule):
    """Rows are held out of the training data, and nothing ever looks at them.

    **What.** A part of the data is set aside for validation, and no evaluation is asked for, in
    training or after it: `val_size` alone switches none on.

    **Why it costs you.** The model learns from fewer rows, the run is shorter than the data says,
    and there is no validation loss to show for it.

    **What to do.** Set `eval_strategy` (and `eval_steps`), or hold nothing out.

    **Fix.** Unsafe: holds none out, so that the run trains on all rows.

    **Silent** where predictions are made of the rows, or the split was made before.
    """

    code = "SL410"
    name = "held-out-rows-are-never-evaluated"
    severity = Severity.WARNING
    needs = ("held_out", "eval_strategy")
    sources = (
        "https://github.com/hiyouga/LlamaFactory/issues/4350",
        "llamafactory data/data_utils.py:split_dataset",
        "llamafactory train/sft/workflow.py:run_sft",
    )
    bad = (
        Example(
            """\
stage: sft
finetuning_type: lora
do_train: true
output_dir: out
dataset: rows
val_size: 0.1
""",
            line=6,
            column=1,
            message="val_size: 0.1 holds rows out",
            fixed="""\
stage: sft
finetuning_type: lora
do_train: true
output_dir: out
dataset: rows
val_size: 0
""",
        ),
    )
    good = (
        Example(
            """\
stage: sft
finetuning_type: lora
do_train: true
output_dir: out
dataset: rows
val_size: 0.1
eval_strategy: epoch
"""
        ),
        Example(
            """\
stage: sft
finetuning_type: lora
do_train: true
do_eval: true
output_dir: out
dataset: rows
val_size: 0.1
"""
        ),
    )

    def check(self, run: Scenario) -> Iterator[Finding]:
        held_out, strategy = run.fact("held_out"), run.fact("eval_strategy")
        if held_out is None or strategy is None or strategy.value != "no":
            return
        evaluations = run["evaluations"]
        if run.certainly(evaluations < 1):
            related = (Related(strategy.place, strategy.text),) if strategy.place else ()
            message = f"{held_out.text} holds rows out, and no evaluation looks at them"
            fix = change(held_out, 0, "all rows are trained on")
            yield self.found(run, message, held_out, held_out, strategy, related=related, fix=fix)
