"""`lr_config`: which policy, what it counts, its warm-up and its milestones.

Sources: mmcv `runner/base_runner.py:register_lr_hook`; `runner/hooks/lr_updater.py`;
`runner/iter_based_runner.py:IterBasedRunner.run`.
"""

from __future__ import annotations

from itertools import pairwise

from schedlint.frameworks.mmcv import steps
from schedlint.frameworks.mmcv.parts import MMCVParts
from schedlint.frameworks.mmengine import steps as mmengine
from schedlint.frameworks.mmengine.parts import Loop
from schedlint.frameworks.transformers import trainer
from schedlint.plan import Interval
from schedlint.reading.config import Config, Setting
from schedlint.reading.milestones import read_milestones
from schedlint.source import Sequence, value_of

_WHOLE_RUN = {"Poly", "CosineAnnealing", "LinearAnnealing", "FlatCosineAnnealing"}
"""Policies that end with the run."""
_FROM_THE_PEAK = {"Fixed", "Step", "Exp", "Inv", "CosineRestart", *_WHOLE_RUN}
"""Policies that never raise the rate themselves: only `warmup` does."""
_WITH_FLOOR = {"Poly", "CosineAnnealing", "FlatCosineAnnealing", "CosineRestart", "LinearAnnealing"}
_NUMBERS = ("warmup_ratio", "min_lr", "min_lr_ratio", "gamma", "power", "max_lr", "div_factor")


def policy_of(config: Config) -> str | None:
    """The policy as the hooks are named; one in lower case gets a capital."""
    name = config.word("lr_config.policy").value
    if not isinstance(name, str):
        return None
    return name.title() if name == name.lower() else name


def read_schedule(parts: MMCVParts) -> None:
    """Warm-up and decay of the learning rate."""
    config, policy = parts.config, policy_of(parts.config)
    for name in _NUMBERS:
        config.real(f"lr_config.{name}")
    if policy is None:
        return
    config.fact("scheduler", config.word("lr_config.policy"))
    floor = config.real("lr_config.min_lr")
    scaled = config.flag("auto_scale_lr.enable").value is not False
    if policy in _WITH_FLOOR and floor.number is not None and not scaled:
        config.fact("min_learning_rate", floor)
    by_epoch = parts.by_epoch("lr_config")
    if policy not in _FROM_THE_PEAK or not isinstance(by_epoch.value, bool):
        return
    if parts.loop is Loop.ITERATIONS and by_epoch.value:
        if policy != "Fixed":
            reason = "IterBasedRunner never begins an epoch, and by_epoch waits for one"
            config.fact("schedule_stands_still", by_epoch._replace(value=reason))
        return
    _read_warmup(parts)
    if policy == "Step":
        _read_steps(parts, by_epoch.value)
    elif policy in _WHOLE_RUN and parts.loop is not Loop.UNKNOWN:
        config.relate(trainer.decay_steps)
    elif policy == "CosineRestart":
        _read_restarts(parts, by_epoch.value)


def _read_warmup(parts: MMCVParts) -> None:
    """`warmup_iters` iterations, whatever the policy counts; or epochs (`warmup_by_epoch`)."""
    config = parts.config
    kind = config.word("lr_config.warmup", default=None)
    if not kind.stated and parts.open("lr_config"):
        return
    if kind.value is None:
        config.default("warmup_steps", 0, "lr_config.warmup is not given: no warm-up")
        return
    in_epochs = parts.flag("lr_config", "warmup_by_epoch", False)
    length, ratio = config.whole("lr_config.warmup_iters"), config.real("lr_config.warmup_ratio")
    if not isinstance(kind.value, str) or not isinstance(in_epochs.value, bool):
        return
    if ratio.number == 1:
        config.claim("warmup_steps", Interval.exactly(0), ratio)
        return
    config.relate(steps.warmup_of_iterations)
    if in_epochs.value:
        config.state("warmup_epochs", length)
        config.relate(steps.warmup_end)
    else:
        config.state("warmup_end", length)


def _read_steps(parts: MMCVParts, by_epoch: bool) -> None:
    """A list is where the rate falls, if it rises; a number is how often."""
    config, step = parts.config, parts.config.setting("lr_config.step")
    per_step = 1 if by_epoch else parts.accumulation
    if per_step is None or parts.loop is Loop.UNKNOWN:
        return
    if isinstance(step.value, Sequence):
        values = [value_of(item.value) for item in step.value.items]
        numbers = [value for value in values if isinstance(value, int)]
        if len(numbers) == len(values) and all(one <= other for one, other in pairwise(numbers)):
            read_milestones(config, step, in_epochs=by_epoch, per_step=per_step)
    elif isinstance(step.value, int) and step.value > 0:
        name = "first_milestone_epoch" if by_epoch else "first_milestone"
        config.claim(name, Interval.exactly(-(-step.value // per_step)), step)


def total_of(periods: Setting) -> int | None:
    """The sum of a list of whole numbers."""
    items = periods.value.items if isinstance(periods.value, Sequence) else []
    values = [value_of(item.value) for item in items]
    numbers = [value for value in values if isinstance(value, int)]
    return sum(numbers) if numbers and len(numbers) == len(values) else None


def _read_restarts(parts: MMCVParts, by_epoch: bool) -> None:
    """The end of the last period is the end of the schedule."""
    config, periods = parts.config, parts.config.setting("lr_config.periods")
    total, accumulation = total_of(periods), parts.accumulation
    run, counted = parts.length.number, Loop.EPOCHS if by_epoch else Loop.ITERATIONS
    if total is None or (parts.loop is counted and run is not None and total < run):
        return  # the run raises where the periods end
    if not by_epoch:
        if accumulation is not None:
            config.claim("decay_steps", Interval.exactly(-(-total // accumulation)), periods)
    elif parts.loop is Loop.EPOCHS:
        config.state("schedule_epochs", periods._replace(value=total))
        config.default("scheduler_frequency", 1, "policies by epochs step once an epoch")
        config.relate(mmengine.decay_of_epochs)
