"""What transformers refuses at its start, beyond numbers that cannot be.

Sources: transformers `training_args.py:TrainingArguments.__post_init__`, `_validate_args`;
`trainer.py:Trainer.__init__`, `create_accelerator_and_postprocess`, `_inner_training_loop`;
`optimization.py:get_scheduler` and the schedules that it makes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from schedlint.frameworks.transformers import sharding
from schedlint.frameworks.transformers.changes import (
    SAVE_BEST,
    STABLE_STEPS_OPTIONAL,
    WARMUP_FRACTION,
)
from schedlint.reading.config import Config, Remedy, Setting
from schedlint.source import Mapping, value_of

if TYPE_CHECKING:
    from schedlint.frameworks.transformers.keys import Transformers

NEEDED = (
    "learning_rate",
    "num_train_epochs",
    "max_steps",
    "per_device_train_batch_size",
    "gradient_accumulation_steps",
    "save_steps",
    "logging_steps",
    "warmup_steps",
    "seed",
    "weight_decay",
    "adam_beta1",
    "adam_beta2",
    "adam_epsilon",
    "dataloader_num_workers",
)
"""Numbers without which the Trainer stops; a null that stands in the file replaces the default."""

STRATEGIES = ("no", "steps", "epoch")
WAITING_FOR_METRIC = ("reduce_lr_on_plateau", "greedy")
"""Schedules that follow the evaluations."""
SCHEDULES = (
    "linear",
    "cosine",
    "cosine_with_restarts",
    "polynomial",
    "constant",
    "constant_with_warmup",
    "inverse_sqrt",
    "cosine_with_min_lr",
    "cosine_warmup_with_min_lr",
    "warmup_stable_decay",
    *WAITING_FOR_METRIC,
)
"""`trainer_utils.py:SchedulerType`, of all versions."""
ARGUMENTS = {
    "linear": (),
    "cosine": ("num_cycles",),
    "cosine_with_restarts": ("num_cycles",),
    "polynomial": ("lr_end", "power"),
    "constant": (),
    "constant_with_warmup": (),
}
"""What `lr_scheduler_kwargs` may hold, for schedules that take the same in every version."""


def read(framework: Transformers, config: Config) -> None:
    """Record every setting that transformers would stop at."""
    read_strategies(config)
    read_intervals(framework, config)
    read_best(framework, config)
    read_scheduler(framework, config)
    if not config.has("deepspeed"):  # its file may have a schedule of its own
        read_scheduler_arguments(config)
    read_accumulation(config)
    read_loader(config)
    read_precision(config)
    read_warmup(framework, config)
    sharding.read(config)
    read_types(config)
    read_nulls(config)


def choose(config: Config, key: str, choices: tuple[str, ...]) -> None:
    """Refuse what is none of the choices; what cannot be known may be one."""
    setting = config.setting(key)
    value = setting.value
    if value is False and "no" in choices:
        why = 'YAML reads it as the boolean false: write "no" in quotes'
        config.refuse(setting, why, Remedy(setting, "no", only=True))
    elif isinstance(value, (str, bool)) and value not in choices:
        config.refuse(setting, f"it is none of {', '.join(choices)}")


def read_strategies(config: Config) -> None:
    for key in ("eval_strategy", "evaluation_strategy", "logging_strategy"):
        choose(config, key, STRATEGIES)
    by_best = config.setting("save_strategy").value == "best" and config.since(SAVE_BEST)
    choose(config, "save_strategy", (*STRATEGIES, "best") if by_best else STRATEGIES)


def read_intervals(framework: Transformers, config: Config) -> None:
    """A strategy by steps needs a number of them."""
    logging = framework.log_steps(config)
    if logging.number != 0:
        return
    if config.word("logging_strategy", default="steps").value == "steps":
        config.refuse(logging, "logging_strategy steps needs a number of steps")
    evaluating = config.setting("eval_steps").value in (None, 0)
    if evaluating and framework.eval_strategy(config).value == "steps":
        config.refuse(logging, "eval_strategy steps needs a number of steps here or in eval_steps")


def read_best(framework: Transformers, config: Config) -> None:
    """Without a metric nothing tells which checkpoint is the best."""
    saving = config.word("save_strategy")
    metric = config.setting("metric_for_best_model").value
    by_default = config.word("lr_scheduler_type").value in WAITING_FOR_METRIC
    by_default |= config.flag("load_best_model_at_end").value is not False
    if saving.value == "best" and metric is None and not by_default:
        config.refuse(saving, "it needs metric_for_best_model")


def read_scheduler(framework: Transformers, config: Config) -> None:
    scheduler = config.word("lr_scheduler_type")
    choose(config, "lr_scheduler_type", SCHEDULES)
    evaluates = framework.eval_strategy(config).value != "no"
    if scheduler.value in WAITING_FOR_METRIC and not evaluates:
        config.refuse(scheduler, "it follows the evaluations, and eval_strategy is no")


def read_scheduler_arguments(config: Config) -> None:
    scheduler = config.word("lr_scheduler_type", default="linear")
    arguments = config.setting("lr_scheduler_kwargs")
    given = _names(arguments)
    if given is None or not isinstance(scheduler.value, str):
        return
    name = scheduler.value
    if name in ("cosine_with_min_lr", "cosine_warmup_with_min_lr"):
        _refuse_minimum(config, scheduler, given)
    elif name == "warmup_stable_decay":
        _refuse_missing_parts(config, scheduler, given)
    elif name in ARGUMENTS:
        unknown = sorted(given - {*ARGUMENTS[name], "last_epoch"})
        if unknown:
            config.refuse(arguments, f"{name} takes no {', '.join(unknown)}")
    if name == "polynomial":
        _refuse_rising_end(config)


def _names(arguments: Setting) -> set[str] | None:
    """The arguments that are given and not null; None where that cannot be known."""
    if arguments.value is None:
        return set()
    if not isinstance(arguments.value, Mapping):
        return None
    entries = arguments.value.effective()
    return {name for name in entries if not _is_null(arguments.value, name)}


def _is_null(mapping: Mapping, name: str) -> bool:
    entry = mapping.get(name)
    return entry is None or value_of(entry.value) is None


def _refuse_minimum(config: Config, scheduler: Setting, given: set[str]) -> None:
    both = {"min_lr", "min_lr_rate"}
    if len(given & both) != 1:
        config.refuse(scheduler, "it needs one of min_lr and min_lr_rate in lr_scheduler_kwargs")


def _refuse_missing_parts(config: Config, scheduler: Setting, given: set[str]) -> None:
    needed = {"num_decay_steps"}
    if "num_stable_steps" not in given and not config.since(STABLE_STEPS_OPTIONAL):
        needed |= {"num_stable_steps"}
    missing = sorted(needed - given)
    if missing:
        config.refuse(scheduler, f"it needs {' and '.join(missing)} in lr_scheduler_kwargs")


def _refuse_rising_end(config: Config) -> None:
    start = config.real("learning_rate", default=5e-5).number
    end = config.real("lr_scheduler_kwargs.lr_end", default=1e-7)
    if start is not None and end.number is not None and end.number >= start:
        config.refuse(end, f"polynomial ends below learning_rate, which is {start:g}")


def read_accumulation(config: Config) -> None:
    """The accelerator's own number counts only where the other one is 1."""
    inner = config.whole("accelerator_config.gradient_accumulation_kwargs.num_steps")
    if inner.known and (config.whole("gradient_accumulation_steps", default=1).number or 1) > 1:
        config.refuse(inner, "gradient_accumulation_steps is above 1 as well")


def read_loader(config: Config) -> None:
    ahead = config.whole("dataloader_prefetch_factor")
    if ahead.known and config.whole("dataloader_num_workers", default=0).number == 0:
        config.refuse(ahead, "it needs dataloader_num_workers above 0")


def read_precision(config: Config) -> None:
    half = config.flag("fp16_full_eval")
    if half.value is True and config.flag("bf16_full_eval").value is True:
        config.refuse(half, "bf16_full_eval is on as well, and only one of the two may be")


def read_warmup(framework: Transformers, config: Config) -> None:
    """Before 5.0 the fraction is looked at whether it counts or not."""
    fraction = config.setting("warmup_ratio")
    if not fraction.stated or framework.ratio_is_gone(config):
        return
    number = config.real("warmup_ratio", text_counts=framework.text_counts).number
    if fraction.value is not None and (number is None or 0 <= number <= 1):
        return
    if not config.since(WARMUP_FRACTION):
        config.refuse(fraction, "before transformers 5.0 it must be a number from 0 to 1")


def read_types(config: Config) -> None:
    """Counts that must be integers, not only whole."""
    limit = config.setting("max_steps")
    if isinstance(limit.value, float) and limit.value > 0:
        config.refuse(limit, "it must be an integer, without a point or an exponent")


def read_nulls(config: Config) -> None:
    """A null is taken as it is, and compared or multiplied on the way to the first step."""
    for key in NEEDED:
        setting = config.setting(key)
        if setting.stated and setting.value is None:
            config.refuse(setting, "null takes the default's place: give a number or no key at all")
