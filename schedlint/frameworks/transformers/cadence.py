"""Evaluations, checkpoints and log lines of the Trainer.

Sources: transformers `training_args.py:TrainingArguments.__post_init__`;
`trainer_callback.py:DefaultFlowCallback`; `trainer.py:Trainer._save_checkpoint`.
"""

from __future__ import annotations

from math import ceil

from schedlint.frameworks.transformers import short_groups, trainer
from schedlint.frameworks.transformers.changes import (
    BEST_LOADED_AGAIN,
    BEST_NOT_LOADED,
    EVAL_STRATEGY_ONLY,
    FINAL_EVALUATION,
)
from schedlint.plan import Interval
from schedlint.reading.config import Config, Setting
from schedlint.reading.framework import Framework
from schedlint.source import UNKNOWN

INTERVALS = {
    "eval": trainer.eval_interval,
    "save": trainer.save_interval,
    "log": trainer.log_interval,
}


class Cadence(Framework):
    """When a framework built on the Trainer evaluates, saves and logs."""

    text_counts = False
    """Whether numbers written as text are converted before they are used."""
    default_log_steps = 500

    def epochs_are_whole(self, config: Config) -> bool:
        """Whether every epoch makes the planned number of steps."""
        raise NotImplementedError

    def read_cadence(self, config: Config) -> None:
        self.read_logging(config)
        self.read_evaluation(config)
        self.read_saving(config)
        best = config.fact("best_model", config.flag("load_best_model_at_end"))
        if best.value is True and config.word("save_strategy").value == "best":
            self.read_forgotten_best(config, best)
        config.fact("metric_for_best_model", config.word("metric_for_best_model"))

    def read_forgotten_best(self, config: Config, best: Setting) -> None:
        """`trainer.py:Trainer._save_checkpoint` notes the folder for steps and epoch only."""
        if config.since(BEST_NOT_LOADED) and not config.since(BEST_LOADED_AGAIN):
            why = "save_strategy: best forgets its checkpoint (transformers 4.50 to 5.3)"
            config.fact("best_not_loaded", best._replace(value=why))

    def log_steps(self, config: Config) -> Setting:
        return config.real(
            "logging_steps", default=self.default_log_steps, text_counts=self.text_counts
        )

    def read_logging(self, config: Config) -> None:
        if config.word("logging_strategy", default="steps").value == "steps":
            self.interval(config, "log", self.log_steps(config))

    def eval_strategy(self, config: Config) -> Setting:
        if config.has("evaluation_strategy") and not config.has("eval_strategy"):
            if config.since(EVAL_STRATEGY_ONLY):
                return Setting("eval_strategy", UNKNOWN)
            return config.word("evaluation_strategy", default="no")
        return config.word("eval_strategy", default="no")

    def read_evaluation(self, config: Config) -> None:
        strategy = config.fact("eval_strategy", self.eval_strategy(config))
        if strategy.value == "no":
            config.claim("timed_evaluations", Interval.exactly(0), strategy)
        elif strategy.value == "steps":
            self.evaluate_by_steps(config)
        elif strategy.value == "epoch":
            self.evaluate_by_epoch(config)
        self.read_extra_evaluations(config)

    def read_extra_evaluations(self, config: Config) -> None:
        """Those that come before the first step or after the last one."""
        at_start = config.flag("eval_on_start")
        if at_start.value is False:
            config.relate(trainer.only_timed_evaluations)
        elif at_start.value is True:
            config.claim("extra_evaluations", Interval.exactly(1), at_start)
            config.relate(trainer.timed_and_extra_evaluations)

    def evaluate_by_steps(self, config: Config) -> None:
        steps = config.real("eval_steps", text_counts=self.text_counts)
        if steps.value is None or steps.value == 0:
            log_steps = self.log_steps(config)
            key = f"eval_steps is not given, {log_steps.key}"
            steps = log_steps._replace(key=key) if log_steps.default else log_steps
        self.interval(config, "eval", steps)
        last_too = config.since(FINAL_EVALUATION)
        delay = config.real("eval_delay", default=0)
        if delay.number == 0:
            config.relate(
                trainer.evaluations_and_last if last_too else trainer.evaluations_by_steps
            )
        elif delay.number is not None:
            config.claim("eval_delay", Interval.exactly(ceil(max(delay.number, 0))), delay)
            config.relate(
                trainer.evaluations_after_delay_and_last
                if last_too
                else trainer.evaluations_after_delay
            )

    def evaluate_by_epoch(self, config: Config) -> None:
        config.relate(trainer.evaluate_every_epoch)
        whole, delay = self.epochs_are_whole(config), config.real("eval_delay", default=0)
        if delay.number == 0:
            config.relate((trainer if whole else short_groups).evaluations_by_epoch)
        elif delay.known and whole:
            config.state("eval_delay_epochs", delay)
            config.relate(trainer.evaluations_by_epoch_after_delay)

    def read_saving(self, config: Config) -> None:
        strategy = config.fact("save_strategy", config.word("save_strategy", default="steps"))
        if strategy.value == "no":
            config.claim("checkpoints", Interval.exactly(0), strategy)
        elif strategy.value == "steps":
            save_steps = config.real("save_steps", default=500, text_counts=self.text_counts)
            self.interval(config, "save", save_steps)
            only_last = save_steps.number is not None and save_steps.number <= 0
            config.relate(trainer.last_checkpoint if only_last else trainer.checkpoints)
        elif strategy.value == "epoch":
            config.relate(trainer.save_every_epoch)
            whole = self.epochs_are_whole(config)
            config.relate((trainer if whole else short_groups).checkpoints_by_epoch)

    def interval(self, config: Config, kind: str, setting: Setting) -> None:
        """An interval in steps, or below 1 as a fraction of all steps."""
        number = setting.number
        if isinstance(number, float) and number == 1 and kind in ("eval", "save"):
            # `trainer_callback.py:TrainerState.compute_steps`; seen in 4.57.6 and 5.23.0
            what = "is every step: a fraction of the run is below 1"
            config.fact("interval_of_one", setting._replace(value=what))
        if number is not None and 0 < number < 1:
            config.state(f"{kind}_ratio", setting)
            config.relate(INTERVALS[kind])
        elif number is not None and number >= 1:
            config.claim(f"{kind}_interval", Interval.exactly(number), setting)
