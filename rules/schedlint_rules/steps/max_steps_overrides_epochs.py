"""SL102 max-steps-overrides-epochs."""

from __future__ import annotations

from collections.abc import Iterator

from schedlint.plan import Verdict
from schedlint.rules import Example, Finding, Rule, Scenario, Severity, removal


class MaxStepsOverridesEpochs(Rule):
    """Both a number of steps and a number of epochs are given, and the steps win without a word.

    **What.** The file states epochs and a positive `max_steps`. The trainer counts steps; the
    epochs have no effect.

    **Why it costs you.** The run ends long before the epochs that the file promises, or goes on
    long after them, and warm-up and decay are laid out over the wrong length.

    **What to do.** Keep the one that you mean; `max_steps: -1` lets the epochs count.

    **Fix.** Safe, for trainers that ignore the epochs: removes them.

    **Silent** where both come to the same number of steps.
    """

    code = "SL102"
    name = "max-steps-overrides-epochs"
    severity = Severity.WARNING
    needs = ("max_steps", "epochs")
    sources = (
        "https://github.com/artidoro/qlora/issues/87",
        "transformers trainer.py:Trainer.set_initial_training_values",
    )
    bad = (
        Example(
            """\
output_dir: out
per_device_train_batch_size: 8
num_train_epochs: 2
max_steps: 10000
""",
            line=3,
            column=1,
            message="max_steps: 10000 ends the run",
            fixed="""\
output_dir: out
per_device_train_batch_size: 8
max_steps: 10000
""",
        ),
        Example(
            """\
output_dir: out
per_device_train_batch_size: 8
num_train_epochs: 2
max_steps: 10000
""",
            line=3,
            column=1,
            message="would be 250 steps",
            flags={"world_size": 1, "dataset_size": 1000},
            packages=("transformers==4.57.6",),
            fixed="""\
output_dir: out
per_device_train_batch_size: 8
max_steps: 10000
""",
        ),
    )
    good = (
        Example(
            """\
output_dir: out
per_device_train_batch_size: 8
num_train_epochs: 2
max_steps: -1
"""
        ),
        Example(
            """\
output_dir: out
per_device_train_batch_size: 8
max_steps: 10000
"""
        ),
        Example("dataset_size: 10000\nepochs: 1\nmax_steps: 1000\n"),
        Example(
            """\
output_dir: out
per_device_train_batch_size: 8
num_train_epochs: 2
max_steps: 250
""",
            flags={"world_size": 1, "dataset_size": 1000},
            packages=("transformers==4.57.6",),
        ),
    )

    def check(self, run: Scenario) -> Iterator[Finding]:
        if not run.plan.derives("epoch_steps"):
            return
        limit, epochs, total = run["max_steps"], run["epochs"], run["total_steps"]
        if not (limit.stated and epochs.stated and total.value == limit.value):
            return
        asked = run["epoch_steps"]
        if asked.equals(limit).verdict is Verdict.CERTAINLY:
            return
        would = f" (which would be {asked} steps)" if asked.known else ""
        message = f"{limit.text} ends the run; {epochs.text}{would} does not count"
        # Elsewhere the shorter of both ends the run, or without epochs it has a default of them.
        dead = "transformers" in run.framework.packages and "num_train_epochs" in epochs.text
        fix = removal(epochs, "the run stays as it is", safe=True) if dead else None
        yield self.found(run, message, epochs, epochs, total, fix=fix)
