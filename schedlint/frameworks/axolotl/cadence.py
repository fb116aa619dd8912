"""When an Axolotl run evaluates and writes checkpoints.

Sources: axolotl `utils/config/__init__.py:normalize_config` (times per epoch),
`core/builders/base.py:_configure_save_and_eval_strategy`,
`core/builders/causal.py:HFCausalTrainerBuilder.build` (best model).
"""

from __future__ import annotations

from schedlint.frameworks.axolotl import rounds, steps
from schedlint.frameworks.axolotl.fields import Data, count, data, epochs, eval_data
from schedlint.frameworks.transformers import trainer
from schedlint.frameworks.transformers.cadence import INTERVALS
from schedlint.frameworks.transformers.changes import FINAL_EVALUATION
from schedlint.frameworks.transformers.keys import Transformers
from schedlint.plan import Relation
from schedlint.reading.config import Config, Setting
from schedlint.reading.versions import Change
from schedlint.source import UNKNOWN

PINS_FINAL_EVALUATION = Change(
    "axolotl",
    "0.16",
    "needs transformers 5.4: one more evaluation at the last step (strategy steps)",
)


def times_per_epoch(config: Config, kind: str) -> Setting:
    """`saves_per_epoch` or `evals_per_epoch` as a fraction of the run.

    None where none is given, and where the fraction would be 1 or more: Axolotl drops it then.
    """
    asked, length = count(config, f"{kind}s_per_epoch"), epochs(config).number
    if asked.value is UNKNOWN or (asked.number and not length):
        return asked._replace(value=UNKNOWN)
    if not asked.number or length is None:
        return asked._replace(value=None)
    share = 1.0 / (asked.number * length)
    return asked._replace(value=share if share < 1 else None)


def every(config: Config, kind: str) -> Setting:
    """What is handed on as `save_steps` or `eval_steps`; None for nothing."""
    share = times_per_epoch(config, kind)
    if share.value is not None:
        return share
    given = config.real(f"{kind}_steps", text_counts=True)
    return given._replace(value=None) if given.number == 0 else given


def read_interval(framework: Transformers, config: Config, kind: str, interval: Setting) -> None:
    """An interval in steps, as a fraction of the run, or as times per epoch."""
    per_epoch = f"{kind}s_per_epoch"
    if interval.key != per_epoch:
        framework.interval(config, kind, interval)
    elif (interval.number or 0) > 0:
        config.state(per_epoch, count(config, per_epoch))
        config.relate(steps.SHARES[kind], INTERVALS[kind])


def relate_by_epoch(config: Config, *relations: Relation) -> None:
    """What happens with every epoch of the Trainer, where the length of one is known."""
    kind = data(config)
    if kind in (Data.ROWS, Data.PREFERENCES) or rounds.are_drawn(config):
        config.relate(*relations)
    elif kind is Data.PACKED:
        config.relate(*map(steps.by_pass, relations))


# Evaluations.


def read_evaluation(framework: Transformers, config: Config) -> None:
    """Any interval or strategy also switches on an evaluation before the first step."""
    has_data, interval = eval_data(config), every(config, "eval")
    if has_data.value is False:
        config.fact("eval_strategy", has_data._replace(value="no"))
        config.state("evaluations", has_data._replace(value=0))
    elif UNKNOWN in (has_data.value, interval.value):
        return
    elif interval.value is not None:
        config.fact("eval_strategy", interval._replace(value="steps"))
        read_interval(framework, config, "eval", interval)
        evaluate_by_steps(config)
        evaluate_at_start(config, interval)
    else:
        evaluate_by_strategy(config)


def evaluate_by_strategy(config: Config) -> None:
    strategy = config.word("eval_strategy", "evaluation_strategy")
    if strategy.value is None:
        none = config.fact("eval_strategy", Setting("eval_strategy", "no", default=True))
        config.state("evaluations", none._replace(value=0))
        return
    config.fact("eval_strategy", strategy)
    evaluate_at_start(config, strategy)
    if strategy.value == "no":
        config.state("timed_evaluations", strategy._replace(value=0))
    elif strategy.value == "steps":
        config.relate(steps.evaluate_when_logging)
        evaluate_by_steps(config)
    elif strategy.value == "epoch":
        relate_by_epoch(config, trainer.evaluate_every_epoch, trainer.evaluations_by_epoch)


def evaluate_at_start(config: Config, because: Setting) -> None:
    config.state("extra_evaluations", because._replace(value=1))
    config.relate(trainer.timed_and_extra_evaluations)


def evaluate_by_steps(config: Config) -> None:
    """The version of transformers decides; where only Axolotl's is known, the one that it needs."""
    known = config.decides(FINAL_EVALUATION)
    last_too = config.since(FINAL_EVALUATION if known else PINS_FINAL_EVALUATION)
    config.relate(trainer.evaluations_and_last if last_too else trainer.evaluations_by_steps)


# Checkpoints.


def read_saving(framework: Transformers, config: Config) -> None:
    """Without any key a checkpoint is written every epoch."""
    limit = count(config, "save_total_limit", default=4)
    config.fact("save_total_limit", limit._replace(value=4) if limit.value in (None, 0) else limit)
    interval = every(config, "save")
    if interval.value is UNKNOWN:
        return
    if interval.value is not None:
        config.fact("save_strategy", interval._replace(value="steps"))
        read_interval(framework, config, "save", interval)
        if saves_at_intervals_only(config):
            config.relate(trainer.checkpoints)
    else:
        save_by_strategy(framework, config)


def save_by_strategy(framework: Transformers, config: Config) -> None:
    strategy = config.word("save_strategy", default="epoch")
    if strategy.value is None:
        strategy = Setting("save_strategy", "epoch", default=True)
    config.fact("save_strategy", strategy)
    if strategy.value == "epoch":
        relate_by_epoch(config, trainer.save_every_epoch)
    elif strategy.value == "steps":
        framework.interval(config, "save", Setting("save_steps", 500, default=True))
    if not saves_at_intervals_only(config):
        return
    if strategy.value == "no":
        config.state("checkpoints", strategy._replace(value=0))
    elif strategy.value == "epoch":
        relate_by_epoch(config, trainer.checkpoints_by_epoch)
    elif strategy.value == "steps":
        config.relate(trainer.checkpoints)


def saves_at_intervals_only(config: Config) -> bool:
    """Whether nothing asks for checkpoints out of turn."""
    first = config.flag("save_first_step").value
    return first in (False, None) and not config.has("dynamic_checkpoint")


# The best checkpoint.


def read_best_model(config: Config) -> None:
    """Loading the best is switched off in silence where evaluations and checkpoints do not meet."""
    patience = count(config, "early_stopping_patience")
    config.fact("early_stopping_patience", patience)
    config.fact("metric_for_best_model", config.word("metric_for_best_model"))
    asked, task = config.flag("load_best_model_at_end"), config.word("rl").value
    if UNKNOWN in (task, asked.value, patience.value):
        config.fact("best_model", asked._replace(value=UNKNOWN))
    elif task:
        config.fact("best_model", Setting("load_best_model_at_end", False, default=True))
    elif asked.value is False and not patience.value:
        config.fact("best_model", asked)
    else:
        by = asked if asked.stated else patience
        config.fact("best_model", by._replace(value=evaluations_meet_checkpoints(config)))


def evaluations_meet_checkpoints(config: Config) -> object:
    """Whether every checkpoint is evaluated, by the remainder in floating point."""
    has_data, save, evaluate = eval_data(config), every(config, "save"), every(config, "eval")
    if UNKNOWN in (has_data.value, save.value, evaluate.value):
        return UNKNOWN
    if save.number is None or evaluate.number is None:
        return False
    return has_data.value is True and save.number % evaluate.number == 0
