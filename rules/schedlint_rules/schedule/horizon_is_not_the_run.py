"""SL302 horizon-is-not-the-run."""

from __future__ import annotations

from collections.abc import Iterator

from schedlint.rules import Example, Finding, Rule, Scenario, Severity, change_number


class HorizonIsNotTheRun(Rule):
    """The learning-rate schedule is laid out over another number of steps than will run.

    **What.** The scheduler's own total (`total_num_steps`, `decay_steps`, `T_max`) is stated as a
    number and differs from the length of the run.

    **Why it costs you.** Too small, and the rate sits at its floor for the rest of the run, or the
    scheduler raises; too large, and the rate never comes down. Both cost the run its end, and
    nothing says so.

    **What to do.** Set the horizon to the number of steps, or let the trainer fill it in. A
    schedule that advances once an epoch wants epochs.

    **Fix.** Unsafe: the length of the run.

    **Silent** while the length of the run is not known.
    """

    code = "SL302"
    name = "horizon-is-not-the-run"
    severity = Severity.WARNING
    needs = ("decay_steps",)
    sources = (
        "https://github.com/vLAR-group/GrowSP/issues/11",
        "deepspeed runtime/lr_schedules.py:WarmupDecayLR",
        "lightning pytorch/cli.py:LightningCLI.configure_optimizers",
    )
    bad = (
        Example(
            """\
{
  "train_micro_batch_size_per_gpu": 4,
  "scheduler": {
    "type": "WarmupDecayLR",
    "params": {
      "total_num_steps": 1000,
      "warmup_num_steps": 100
    }
  }
}
""",
            line=6,
            column=7,
            message="1,000 steps, the run has 5,000",
            file="ds.json",
            flags={"total_steps": 5000},
            fixed="""\
{
  "train_micro_batch_size_per_gpu": 4,
  "scheduler": {
    "type": "WarmupDecayLR",
    "params": {
      "total_num_steps": 5000,
      "warmup_num_steps": 100
    }
  }
}
""",
        ),
        Example(
            """\
num_samples: 1712
trainer:
  epochs: 400
  batch_size: 8
lr_scheduler:
  type: OneCycleLR
  interval: step
  args:
    max_lr: 0.1
    total_steps: 60000
""",
            line=10,
            column=5,
            message="60,000 steps, the run has 85,600",
            fixed="""\
num_samples: 1712
trainer:
  epochs: 400
  batch_size: 8
lr_scheduler:
  type: OneCycleLR
  interval: step
  args:
    max_lr: 0.1
    total_steps: 85600
""",
        ),
        Example(
            """\
seed_everything: 1
trainer:
  max_epochs: 10
lr_scheduler:
  class_path: torch.optim.lr_scheduler.CosineAnnealingLR
  init_args:
    T_max: 20000
""",
            line=7,
            column=5,
            message="20,000 epochs, the run has 10",
            fixed="""\
seed_everything: 1
trainer:
  max_epochs: 10
lr_scheduler:
  class_path: torch.optim.lr_scheduler.CosineAnnealingLR
  init_args:
    T_max: 10
""",
        ),
    )
    good = (
        Example(
            """\
{
  "train_micro_batch_size_per_gpu": 4,
  "scheduler": {"type": "WarmupDecayLR", "params": {"total_num_steps": 5000}}
}
""",
            file="ds.json",
            flags={"total_steps": 5000},
        ),
        Example(
            """\
{
  "train_micro_batch_size_per_gpu": 4,
  "scheduler": {"type": "WarmupDecayLR", "params": {"total_num_steps": 1000}}
}
""",
            file="ds.json",
        ),
    )

    def check(self, run: Scenario) -> Iterator[Finding]:
        if "schedule_epochs" in run.words:
            yield from self._in_epochs(run)
        horizon, total = run["decay_steps"], run["total_steps"]
        if not horizon.stated:
            return
        if run.certainly(horizon < total):
            effect = "the learning rate has ended before the run"
        elif run.certainly(horizon > total):
            effect = "the learning rate never comes down to its end"
        else:
            return
        message = f"the schedule is laid out over {horizon} steps, the run has {total}: {effect}"
        fix = change_number(horizon, total.low, "as the run") if total.known else None
        yield self.found(run, message, horizon, total, horizon, fix=fix)

    def _in_epochs(self, run: Scenario) -> Iterator[Finding]:
        """A horizon of epochs needs no number of steps to be compared."""
        horizon, asked, done = run["schedule_epochs"], run["epochs"], run["complete_epochs"]
        if not horizon.stated or not run.certainly(run["scheduler_frequency"].equals(1)):
            return
        if run.certainly(horizon > asked):
            effect, epochs = "the learning rate never comes down to its end", asked
        elif run.certainly(horizon < done):
            effect, epochs = "the learning rate has ended before the run", done
        else:
            return
        message = f"the schedule is laid out over {horizon} epochs, the run has {epochs}: {effect}"
        fix = change_number(horizon, epochs.low, "as the run") if epochs.known else None
        yield self.found(run, message, horizon, epochs, horizon, fix=fix)
