"""MMEngine's parameter schedulers: which of them warm up, where the last decay ends.

Each entry of `param_scheduler` counts its own steps from `begin` on, one an epoch (`by_epoch`, the
default) or one an iteration; `convert_to_iter_based` turns epochs into iterations.

Sources: mmengine `runner/runner.py:Runner._build_param_scheduler`;
`registry/build_functions.py:build_scheduler_from_cfg`; `optim/scheduler/param_scheduler.py`;
`hooks/param_scheduler_hook.py:ParamSchedulerHook`.
"""

from __future__ import annotations

from enum import Enum
from math import inf
from typing import NamedTuple

from schedlint.frameworks.mmengine import steps
from schedlint.frameworks.mmengine.parts import Loop, Parts, type_of
from schedlint.frameworks.transformers import trainer
from schedlint.plan import Interval, Number, Relation
from schedlint.reading.config import Config, Setting
from schedlint.reading.milestones import read_milestones
from schedlint.source import UNKNOWN, Mapping, Sequence, value_of

_NUMBERS = ("start_factor", "end_factor", "factor", "eta_min", "eta_min_ratio", "gamma", "power")
_PLATEAU = "ReduceOnPlateauLR"
"""It steps with evaluations (`ParamSchedulerHook.after_val_epoch`), whatever the run counts."""
_STEADY = {
    *("MultiStepLR", "StepLR", "ExponentialLR", "CosineAnnealingLR", "CosineRestartLR", "PolyLR"),
    _PLATEAU,
}
"""Schedules that never raise the rate above where it starts."""


_WITH_FLOOR = ("CosineAnnealingLR", "CosineRestartLR", "PolyLR")
_LENGTHS = {"CosineAnnealingLR": "T_max", "OneCycleLR": "total_steps"}
"""Keys that tell a schedule's length, counted from its `begin`."""
_DECAYING = {*_LENGTHS, "PolyLR", "LinearLR", "ConstantLR"}


class Unit(Enum):
    """What a scheduler steps with."""

    ITERATION = "iteration"
    EPOCH = "epoch"
    CONVERTED = "epochs that are turned into iterations"
    UNKNOWN = "unknown"


class Scheduler(NamedTuple):
    """One entry of `param_scheduler`."""

    config: Config
    kind: str
    unit: Unit

    @property
    def begin(self) -> Setting:
        return self.config.real("begin", default=0)

    @property
    def end(self) -> Setting:
        """Where it ends; None where that is the length of the run."""
        return _whole(self.config.real("end"))

    @property
    def unit_setting(self) -> Setting:
        """The line that decides what it steps with; without one, that of its type."""
        return self.config.setting("by_epoch" if self.config.has("by_epoch") else "type")

    @property
    def warms_up(self) -> bool | None:
        """Whether the rate rises from the first step on to its full height; None if unknown."""
        if self.kind in _STEADY:
            return False
        if self.kind not in ("LinearLR", "ConstantLR"):
            return None
        name = "start_factor" if self.kind == "LinearLR" else "factor"
        first = self.config.real(name, default=1 / 3).number
        full = self.config.real("end_factor", default=1.0).number if self.kind == "LinearLR" else 1
        if first is None or full is None or self.unit is Unit.UNKNOWN:
            return None
        if first >= full:
            return False
        return True if self.begin.value == 0 and full == 1 else None

    def horizon(self) -> Setting | None:
        """Where the decay is over, counted from the run's first step.

        None where it has no end; a setting without a value where it is that of the run.
        """
        begin = self.begin.number
        if self.kind == "CosineRestartLR":
            return _sum(self.config.setting("periods"), begin)
        if self.kind in _LENGTHS:
            length = _whole(self.config.real(_LENGTHS[self.kind]))
            if length.number and begin is not None:
                return length._replace(value=begin + length.number)
            if length.stated and length.value not in (0, None):
                return length._replace(value=UNKNOWN)
        return self.end if self.kind in _DECAYING else None


def _whole(setting: Setting) -> Setting:
    """`3.0` as 3, and what is not whole as it is."""
    number = setting.number
    return (
        setting._replace(value=int(number))
        if number is not None and number == int(number)
        else setting
    )


def _sum(periods: Setting, begin: Number | None) -> Setting:
    listed = periods.value.items if isinstance(periods.value, Sequence) else []
    values = [value_of(item.value) for item in listed]
    lengths = [value for value in values if isinstance(value, int)]
    if begin is None or not values or len(lengths) < len(values):
        return periods._replace(value=UNKNOWN)
    return periods._replace(value=begin + sum(lengths))


def read_schedule(parts: Parts, loop: Loop) -> None:
    """Warm-up and decay of the learning rate."""
    config = parts.config
    listed = config.setting("param_scheduler", default=parts.default("", None))
    if listed.value is None:
        config.default("warmup_steps", 0, "param_scheduler is not given: no warm-up")
        return
    schedulers = _schedulers(config, listed.value)
    if not schedulers:
        return
    config.fact("scheduler", schedulers[-1].config.word("type"))
    still = _stand_still(config, schedulers, loop)
    _read_warmup(config, schedulers, loop, still)
    if loop is not Loop.UNKNOWN and still is None:
        decaying = [each for each in schedulers if not each.warms_up]
        _read_floor(config, decaying)
        _read_decay(parts, decaying)
        _read_steps(parts, decaying, loop)


def _schedulers(config: Config, value: object) -> list[Scheduler]:
    """Those of the learning rate; none where the list holds something that is not known."""
    nodes = [item.value for item in value.items] if isinstance(value, Sequence) else [value]
    found = []
    for node in nodes:
        if not isinstance(node, Mapping) or node.get("type") is None:
            return []
        entry = config.within(config.document, node)
        kind = type_of(entry, "") or ""
        if not kind.endswith(("LR", "Momentum")):
            return []
        if kind.endswith("LR"):
            found.append(Scheduler(entry, kind, _unit(entry)))
            for name in _NUMBERS:
                entry.real(name)
    return found


def _unit(entry: Config) -> Unit:
    by_epoch = entry.flag("by_epoch", default=True).value
    converted = entry.flag("convert_to_iter_based").value
    if not isinstance(by_epoch, bool) or not isinstance(converted, bool):
        return Unit.UNKNOWN
    if not by_epoch:
        return Unit.UNKNOWN if converted else Unit.ITERATION
    return Unit.CONVERTED if converted else Unit.EPOCH


def _stand_still(config: Config, schedulers: list[Scheduler], loop: Loop) -> Setting | None:
    """The line for which no schedule ever moves; None where they do."""
    hook = config.setting("default_hooks.param_scheduler", default=UNKNOWN)
    if hook.value is None:
        reason, where = "no hook steps the schedulers", hook
    elif all(each.kind == _PLATEAU for each in schedulers):
        data = config.reading.facts.get("eval_data")
        if data is None or data.value is not False:
            return None
        reason = f"{_PLATEAU} waits for evaluations, and there are none"
        where = schedulers[-1].config.setting("type")
    elif _is_nothing(schedulers):
        reason = (
            "its peak eta_max is 0 where nothing else is given, and so is the rate from the start"
        )
        where = schedulers[-1].config.setting(
            "eta_max" if schedulers[-1].config.has("eta_max") else "type"
        )
    elif loop is Loop.ITERATIONS and all(
        each.unit is Unit.EPOCH and each.kind != _PLATEAU for each in schedulers
    ):
        # The only epoch of such a run ends with it.
        reason = "a run by iterations is one epoch to schedulers with by_epoch: true"
        where = schedulers[-1].unit_setting
    else:
        return None
    config.fact("schedule_stands_still", where._replace(value=reason))
    return where


def _is_nothing(schedulers: list[Scheduler]) -> bool:
    """`OneCycleLR` sets the rate itself, to parts of a peak that is 0 by default."""
    (*others, last) = schedulers
    peak = last.config.setting("eta_max", default=0)
    return (
        not others
        and last.kind == "OneCycleLR"
        and last.begin.value == 0
        and type(peak.value) in (int, float)
        and peak.value == 0
    )


def _read_warmup(
    config: Config, schedulers: list[Scheduler], loop: Loop, still: Setting | None
) -> None:
    warmups = [each for each in schedulers if each.warms_up]
    if any(each.warms_up is None for each in schedulers) or len(warmups) > 1:
        return
    if not warmups:
        config.default("warmup_steps", 0, "no entry of param_scheduler warms up")
        return
    (warmup,) = warmups
    stuck = still or _stuck(warmup, loop)
    if stuck is not None:
        config.claim("warmup_stuck", Interval.exactly(1), stuck)
        config.relate(steps.warmup_never_ends)
    elif warmup.unit is Unit.ITERATION:
        _state_end(config, warmup.end, "warmup_end", steps.warmup_over_the_run)
        config.relate(steps.warmup_of_iterations)
    elif loop is not Loop.UNKNOWN:
        _state_end(config, warmup.end, "warmup_epochs", steps.warmup_over_all_epochs)
        if warmup.unit is Unit.CONVERTED:  # by the loader's length, whatever the loop counts
            config.relate(steps.warmup_end, steps.warmup_of_iterations)
        else:
            config.relate(steps.warmup_of_epochs)


def _stuck(warmup: Scheduler, loop: Loop) -> Setting | None:
    """The line for which the rate stays where it starts; None where it rises.

    A schedule over one step only sets its first value.
    """
    if warmup.unit is Unit.EPOCH and loop is Loop.ITERATIONS:
        return warmup.unit_setting
    return warmup.end if warmup.unit is not Unit.CONVERTED and warmup.end.value == 1 else None


def _state_end(config: Config, end: Setting, word: str, whole_run: Relation) -> None:
    if end.value is None:
        config.relate(whole_run)
    elif word == "warmup_epochs" or isinstance(end.value, int):  # half a step is none
        config.state(word, end)


def _read_decay(parts: Parts, schedulers: list[Scheduler]) -> None:
    """The horizon, where the last entry is the last to end, and decays at all."""
    if not schedulers or any(each.unit is not schedulers[-1].unit for each in schedulers):
        return
    last = schedulers[-1]
    horizon = last.horizon()
    ends = [inf if each.end.value is None else each.end.number for each in schedulers]
    if horizon is None or None in ends or ends[-1] != max(end for end in ends if end is not None):
        return
    if horizon.value is None:
        parts.config.relate(trainer.decay_steps)
    elif horizon.number is not None:
        _state_horizon(parts, last.unit, horizon)


def _state_horizon(parts: Parts, unit: Unit, horizon: Setting) -> None:
    config, number, accumulation = parts.config, horizon.number, parts.accumulation
    if unit is Unit.ITERATION:
        if accumulation is not None and isinstance(number, int):
            config.claim("decay_steps", Interval.exactly(-(-number // accumulation)), horizon)
    elif unit is not Unit.UNKNOWN and parts.loop is Loop.EPOCHS:
        config.state("schedule_epochs", horizon)
        config.default("scheduler_frequency", 1, "schedules by epochs step once an epoch")
        if parts.sampler == "DefaultSampler":
            config.relate(steps.decay_of_epochs)


def _read_floor(config: Config, schedulers: list[Scheduler]) -> None:
    """The rate that a schedule ends at; a rate that is scaled with the batch is another one."""
    if config.flag("auto_scale_lr.enable").value is not False:
        return
    for each in schedulers:
        floor = each.config.real("eta_min")
        if each.kind in _WITH_FLOOR and floor.number is not None:
            config.fact("min_learning_rate", floor)


def _read_steps(parts: Parts, schedulers: list[Scheduler], loop: Loop) -> None:
    """The milestones of the one stepwise schedule; they count from its `begin` on."""
    stepwise = [each for each in schedulers if each.kind in ("MultiStepLR", "StepLR")]
    if len(stepwise) != 1 or stepwise[0].begin.value != 0:
        return
    (only,) = stepwise
    if only.unit is Unit.ITERATION and parts.accumulation is not None:
        _read_milestones(parts.config, only, in_epochs=False, per_step=parts.accumulation)
    elif only.unit in (Unit.EPOCH, Unit.CONVERTED) and loop is Loop.EPOCHS:
        _read_milestones(parts.config, only, in_epochs=True, per_step=1)


def _read_milestones(config: Config, only: Scheduler, *, in_epochs: bool, per_step: int) -> None:
    """A list of them, or one every so often; both end where the entry does.

    Where several iterations make a step, only a list of milestones is told in steps.
    """
    unit, run = ("_epoch", "max_epochs") if in_epochs else ("", "total_steps")
    ends = only.end.value is not None
    if ends and isinstance(only.end.value, int) and per_step == 1:
        config.claim(f"milestones_end{unit}", Interval.exactly(only.end.value), only.end)
    if only.kind == "MultiStepLR":
        milestones = only.config.setting("milestones")
        read_milestones(config, milestones, in_epochs=in_epochs, per_step=per_step)
        return
    every = only.config.whole("step_size")
    if isinstance(every.value, int) and every.value > 0 and per_step == 1:
        config.claim(f"first_milestone{unit}", Interval.exactly(every.value), every)
        config.relate(steps.last_of_interval(unit, run, ends))
