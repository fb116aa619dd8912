"""SL104 resume-changes-the-run."""

from __future__ import annotations

from collections.abc import Iterator

from schedlint.plan import most
from schedlint.rules import Example, Finding, Rule, Scenario, Severity

_STATE = '{"epoch": 2.0, "global_step": 400, "max_steps": 1000, "num_train_epochs": 5}'
_OVER = '{"epoch": 5.0, "global_step": 1000, "max_steps": 1000, "num_train_epochs": 5}'
_BATCH = '{"global_step": 400, "max_steps": 1000, "num_train_epochs": 5, "train_batch_size": 12}'
_FILE = "checkpoint-400/trainer_state.json"
_CONFIG = """\
output_dir: out
per_device_train_batch_size: 8
resume_from_checkpoint: checkpoint-400
num_train_epochs: 5
"""
_LONGER = _CONFIG.replace("epochs: 5", "epochs: 10")
_BY_STEPS = _CONFIG.replace("num_train_epochs: 5", "max_steps: 1000")


class ResumeChangesTheRun(Rule):
    """The run goes on from a checkpoint, and its config is not that of the checkpoint's run.

    **What.** The state that lies in the checkpoint tells how long its run was planned to be and how
    far it came. The config asks for another length, or for one that is reached already, or for a
    batch that the checkpoint's takes the place of.

    **Why it costs you.** The schedule is laid out anew over the new length, as if the run had been
    planned so from the start: a rate that had come down jumps up again, or falls at once. A run
    that is over makes no step, and exits as if all were well.

    **What to do.** Choose the final length at the start. To train on after a finished run, begin a
    new one from its weights (`model_name_or_path`), with a schedule of its own.

    **Silent** where the checkpoint does not lie in the project, about schedules that do not depend
    on the run's length, and while the lengths may be the same.
    """

    code = "SL104"
    name = "resume-changes-the-run"
    severity = Severity.WARNING
    needs = ("resumed_from",)
    sources = (
        "https://github.com/huggingface/transformers/issues/4383",
        "transformers trainer.py:Trainer._init_training_state",
        "transformers trainer.py:Trainer._load_optimizer_and_scheduler",
    )
    bad = (
        Example(
            _LONGER,
            line=4,
            column=1,
            message="the run has 10 epochs, the checkpoint's was planned for 5 (1,000 steps)",
            files={_FILE: _STATE},
        ),
        Example(
            _BY_STEPS.replace("1000", "3000"),
            line=4,
            column=1,
            message="the run has 3,000 steps, the checkpoint's was planned for 1,000",
            files={_FILE: _STATE},
        ),
        Example(
            _BY_STEPS,
            line=4,
            column=1,
            message="the checkpoint is at step 1,000 of the 1,000 that the run has: it trains no",
            files={_FILE: _OVER},
        ),
        Example(
            _CONFIG,
            line=2,
            column=1,
            message="the checkpoint's batch of 12 takes its place",
            files={_FILE: _BATCH},
            packages=("transformers==4.57.6",),
        ),
    )
    good = (
        Example(_CONFIG, files={_FILE: _STATE}),
        Example(_BY_STEPS, files={_FILE: _STATE}),
        Example(f"{_LONGER}lr_scheduler_type: constant\n", files={_FILE: _STATE}),
        Example(_CONFIG, files={_FILE: _BATCH}, packages=("transformers==5.23.0",)),
        Example(_LONGER),
    )

    def check(self, run: Scenario) -> Iterator[Finding]:
        batch = run.fact("resumed_batch")
        if batch is not None:
            effect = f"the checkpoint's batch of {batch.value} takes its place"
            yield self.found(run, f"{batch.text} does not count: {effect}", batch, batch)
        elif run.fact("resumed_from") is not None and run["saved_step"].known:
            yield from self._compare(run)

    def _compare(self, run: Scenario) -> Iterator[Finding]:
        step, total, schedule = run["saved_step"], run["total_steps"], run.fact("resumed_schedule")
        stated = (run[name] for name in ("max_steps", "epochs") if run[name].stated)
        asked = next(stated, None) or run.fact("resumed_from")
        if run.certainly(total <= step):
            reached = f"the checkpoint is at step {step} of the {most(total)} that the run has"
            message = f"{reached}: it trains no more, or a single step"
            yield self.found(run, message, asked, step, total)
        elif schedule is not None and (differs := self._another_length(run)):
            saved = (run["saved_total_steps"], run["saved_epochs"])
            message = f"{differs}: {self._effect(run, schedule.value)}"
            yield self.found(run, message, asked, *saved, run["epochs"], total, schedule)

    def _effect(self, run: Scenario, schedule: object) -> str:
        total, saved = run["total_steps"], run["saved_total_steps"]
        if total.known and total.value == saved.value:
            return "an epoch has another length now, and its place in the data is another one"
        certain = total.low > saved.high or total.high < saved.low
        likely = "" if certain else "with epochs as long as before, "
        return f"{likely}from step {run['saved_step']} on the {schedule} schedule is another curve"

    def _another_length(self, run: Scenario) -> str:
        """How the run's length differs from what the checkpoint's run was planned for, if so."""
        total, saved = run["total_steps"], run["saved_total_steps"]
        if run.certainly(total > saved) or run.certainly(total < saved):
            return f"the run has {total} steps, the checkpoint's was planned for {saved}"
        epochs, planned = run["epochs"], run["saved_epochs"]
        if run["max_steps"].known or not (epochs.known and planned.known):
            return ""
        if planned.low - 1 < epochs.low <= planned.low:
            return ""
        before = f"{planned} ({saved} steps)"
        return f"the run has {epochs} epochs, the checkpoint's was planned for {before}"
