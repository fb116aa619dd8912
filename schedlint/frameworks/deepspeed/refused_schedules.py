"""Schedules of a DeepSpeed file that cannot be made, and a rate that one of them replaces.

Sources: deepspeed `runtime/lr_schedules.py:WarmupLR`, `WarmupDecayLR`, `WarmupCosineLR`,
`OneCycle`, `LRRangeTest`; `runtime/engine.py:DeepSpeedEngine._scheduler_from_config`.
"""

from __future__ import annotations

from schedlint.reading.config import Config, Setting
from schedlint.reading.versions import Change
from schedlint.source import Mapping

PACKAGE = "deepspeed"
POSITIVE_WARMUP = Change(
    PACKAGE,
    "0.19.3",
    "warmup_num_steps is a positive whole number, before that at least 2 is taken",
)
POSITIVE_STEP_SIZES = Change(
    PACKAGE, "0.19.4", "the step sizes of OneCycle and LRRangeTest are checked"
)
RATE_OF_OPTIMIZER = Change(
    PACKAGE, "0.17.2", "WarmupLR rises to the optimizer's rate, before that to 0.001"
)
CHANGES = (POSITIVE_WARMUP, POSITIVE_STEP_SIZES, RATE_OF_OPTIMIZER)

_RISE = {"warmup_num_steps", "warmup_type", "last_batch_iteration"}
_RATES = {"warmup_min_lr", "warmup_max_lr"}
PARAMETERS = {
    "WarmupLR": _RISE | _RATES,
    "WarmupDecayLR": _RISE | _RATES | {"total_num_steps"},
    "WarmupCosineLR": _RISE | {"total_num_steps", "warmup_min_ratio", "cos_min_ratio"},
    "OneCycle": {
        *("cycle_min_lr", "cycle_max_lr", "decay_lr_rate", "cycle_first_step_size"),
        *("cycle_second_step_size", "cycle_first_stair_count", "cycle_second_stair_count"),
        *("decay_step_size", "cycle_momentum", "cycle_min_mom", "cycle_max_mom"),
        *("decay_mom_rate", "last_batch_iteration"),
    },
    "LRRangeTest": {
        *("lr_range_test_min_lr", "lr_range_test_step_size", "lr_range_test_step_rate"),
        *("lr_range_test_staircase", "last_batch_iteration"),
    },
}
"""What DeepSpeed's own schedules take."""
_BY_LOWER_CASE = {name.lower(): name for name in PARAMETERS}
DEFAULT_RATE = 0.001
NEEDED = {
    "WarmupDecayLR": ("total_num_steps",),
    "WarmupCosineLR": ("total_num_steps",),
    "OneCycle": ("cycle_min_lr", "cycle_max_lr"),
}
"""What schedules cannot do without."""


def read_schedule(config: Config) -> None:
    """A schedule is found by its exact name, and called with exactly what the file has."""
    kind = config.word("scheduler.type")
    if not isinstance(kind.value, str):
        return
    right = _BY_LOWER_CASE.get(kind.value.lower())
    if right is not None and right != kind.value:
        config.refuse(kind, f"there is no such schedule: write {right}")
    taken = PARAMETERS.get(kind.value)
    params = config.setting("scheduler.params")
    if taken is None or not isinstance(params.value, Mapping):
        return
    for name in params.value.effective():
        if name not in taken:
            config.refuse(config.setting(f"scheduler.params.{name}"), f"{kind.value} has no such")
    _read_warmup(config)
    _read_step_sizes(config)
    read_replaced_rate(config, config.setting("optimizer.params.lr"))


def _read_warmup(config: Config) -> None:
    """DeepSpeed itself reads JSON; what stands in YAML goes through a script, which may fill it."""
    steps = config.setting("scheduler.params.warmup_num_steps")
    if steps.stated and steps.value is None and config.document.file.format == "json":
        config.refuse(steps, "it must be a positive whole number, or left out")


def _read_step_sizes(config: Config) -> None:
    falling = config.setting("scheduler.params.cycle_second_step_size")
    if (falling.number or 0) < 0 and config.since(POSITIVE_STEP_SIZES):
        config.refuse(falling, "it cannot be negative")
    step = config.setting("scheduler.params.lr_range_test_step_size")
    if step.number is not None and step.number <= 0 and config.since(POSITIVE_STEP_SIZES):
        config.refuse(step, "it must be above 0")


def read_replaced_rate(config: Config, rate: Setting) -> None:
    """Without `warmup_max_lr` the warm-up ends at 0.001, whatever rate is asked for."""
    kind = config.word("scheduler.type").value
    if kind not in ("WarmupLR", "WarmupDecayLR") or config.has("scheduler.params.warmup_max_lr"):
        return
    if not rate.stated or rate.number is None or rate.number == DEFAULT_RATE:
        return
    if kind == "WarmupDecayLR" or not config.since(RATE_OF_OPTIMIZER):
        why = f"{kind} rises to {DEFAULT_RATE} where it has no warmup_max_lr: state it there"
        config.fact("unused_rate", rate._replace(value=why))


def read_schedule_under_accelerate(config: Config) -> None:
    """DeepSpeed's own reader makes an integer of 10.0; the JSON reader of accelerate does not."""
    steps = config.setting("scheduler.params.warmup_num_steps")
    warming_up = str(config.word("scheduler.type").value).startswith("Warmup")
    if warming_up and isinstance(steps.value, float) and config.since(POSITIVE_WARMUP):
        config.refuse(steps, "it must be an integer, without a point or an exponent")


def read_missing(config: Config) -> None:
    """What a schedule needs, where no script can fill it in."""
    kind = config.word("scheduler.type")
    if kind.value in PARAMETERS and not config.has("scheduler.params"):
        config.refuse(kind, "it needs a section params beside it, an empty one at least")
        return
    for name in NEEDED.get(str(kind.value), ()):
        if not config.has(f"scheduler.params.{name}"):
            config.refuse(kind, f"it needs {name}, as a number or auto")
