"""Composer's learning-rate schedules: warm-up, horizon, and what is refused of both.

Sources: composer `optim/scheduler.py:_raise_if_warmup_and_max_incompatible`,
`_raise_if_max_duration_exceeds_t_max`, `CosineAnnealingWithWarmupScheduler`; llm-foundry
`optim/__init__.py` (the names), `optim/scheduler.py:InverseSquareRootWithWarmupScheduler`.
"""

from __future__ import annotations

from schedlint.frameworks.composer import data
from schedlint.frameworks.composer.clock import Clock, read_time
from schedlint.frameworks.composer.time import HORIZON, WARMUP, Time
from schedlint.frameworks.transformers import trainer
from schedlint.reading.config import Config, Setting

INVERSE_SQUARE_ROOT = "inv_sqrt_with_warmup"
CHECKED = {
    "constant_with_warmup",
    "cosine_with_warmup",
    "linear_decay_with_warmup",
    "linear_with_warmup",
    "polynomial_with_warmup",
}
"""Schedules that compare `t_max` with the run and with `t_warmup`."""
DECAYING = {*CHECKED, "cosine", "linear", "linear_decay", "polynomial"} - {"constant_with_warmup"}
"""Schedules that fall until `t_max`."""
WITHOUT_WARMUP = {"constant", "cosine", "linear", "linear_decay", "polynomial", "multistep", "step"}


def read_schedule(config: Config, run: Clock, scale: float | None) -> None:
    """Read the section `scheduler`. `scale`: `scale_schedule_ratio`, None where it is unknown."""
    name = config.word("scheduler.name")
    if not config.has("scheduler"):
        return
    config.fact("scheduler", name)
    if name.value == INVERSE_SQUARE_ROOT:
        _refuse_inverse_square_root(config, run)
    setting, warmup = read_time(config, "scheduler.t_warmup", default=None, whole=None)
    if name.value in WITHOUT_WARMUP and not setting.stated:
        why = f"the schedule {name.value} has no warm-up"
        config.default("warmup_steps", 0, why)
    horizon = read_time(config, "scheduler.t_max", default="1dur", whole=None)
    stretched = scale != 1 and config.has("scheduler.scale_warmup")
    fits = warmup is not None and _fits(config, run, str(name.value), setting, warmup, horizon[1])
    if warmup is not None and fits and warmup.value >= 0 and not stretched:
        run.relate(config, WARMUP, setting, warmup)
    _read_horizon(config, run, str(name.value), *horizon, scale)


def _fits(
    config: Config, run: Clock, name: str, setting: Setting, warmup: Time, horizon: Time | None
) -> bool:
    """Whether the units of warm-up and schedule can be compared; otherwise they are refused."""
    if name == INVERSE_SQUARE_ROOT:
        if warmup.unit in ("dur", run.unit) and warmup.unit != "dur":
            return True
        if run.unit is not None:
            config.refuse(setting, "this schedule wants it in the unit of max_duration")
        return False
    if name not in CHECKED or horizon is None or run.unit is None:
        return True
    ours, theirs = run.unit_of(warmup), run.unit_of(horizon)
    if ours != theirs:
        why = f"t_warmup counts {ours}, the schedule's t_max {theirs}: they must be the same unit"
        config.refuse(setting, why)
    return ours == theirs


def _refuse_inverse_square_root(config: Config, run: Clock) -> None:
    """`_raise_if_units_dur`, `_raise_if_units_dont_match`, and the order of its two floors."""
    for key in ("scheduler.t_scale", "scheduler.t_cooldown"):
        setting, time = read_time(config, key, default=None, whole=None)
        if time is not None and (time.unit == "dur" or run.unit not in (None, time.unit)):
            config.refuse(setting, "this schedule wants it in the unit of max_duration")
    decay = config.real("scheduler.alpha_f_decay", default=0.0)
    cooldown = config.real("scheduler.alpha_f_cooldown", default=0.0)
    if decay.number is not None and cooldown.number is not None and decay.number < cooldown.number:
        config.refuse(cooldown if cooldown.stated else decay, "it is alpha_f_decay at most")


def _read_horizon(
    config: Config, run: Clock, name: str, setting: Setting, time: Time | None, scale: float | None
) -> None:
    if time is None or scale is None or (name not in DECAYING and not setting.stated):
        return
    if setting.stated and time.unit != "dur" and scale != 1:
        if time.unit == "ep":
            return  # scaled after it has become batches
        time = time.scaled(scale)
    if time == Time(1.0, "dur"):
        config.relate(trainer.decay_steps)
        return
    run.relate(config, HORIZON, setting, time)
    if name in CHECKED and scale == 1:
        _relate_end(config, run, time)


def _relate_end(config: Config, run: Clock, time: Time) -> None:
    """The schedule is refused where it ends before the run, in units that can be compared."""
    unit = run.unit if time.unit == "dur" else time.unit
    if unit == run.unit == "ep" and time.unit == "ep":
        config.relate(data.no_epoch_before_the_run)
    elif unit == run.unit == "sp":
        config.relate(data.no_sample_before_the_run)
    elif unit == run.unit == "tok":
        config.relate(data.no_token_before_the_run)
    elif unit in ("ba", "ep") and run.unit in ("ba", "ep"):
        config.relate(data.no_end_before_the_run)
