"""timm's learning-rate schedules: how long they are, and how long training is with them.

Sources: timm `scheduler/scheduler_factory.py:create_scheduler_v2`, `scheduler/cosine_lr.py`,
`scheduler/wsd_lr.py`, `scheduler/multistep_lr.py`; pytorch-image-models `train.py:main`.
"""

from __future__ import annotations

from schedlint.frameworks.timm import epochs as lengths
from schedlint.frameworks.timm.arguments import (
    AMP,
    CYCLES,
    ENDLESS,
    PREFIX_LENGTHENS,
    STABLE,
    count,
    is_off,
)
from schedlint.frameworks.timm.run import is_whole_run, stops_early
from schedlint.plan import Interval, Relation
from schedlint.reading.config import Config, Setting
from schedlint.reading.milestones import read_milestones


def read_schedule(config: Config, short_groups: bool) -> None:
    kind = config.fact("scheduler", config.word("sched", default="cosine"))
    by_updates = config.flag("sched_on_updates").value
    config.state("epochs", count(config, "epochs", 300))
    _read_warmup(config, kind, by_updates, short_groups)
    lengthens = _read_prefix(config)
    if kind.value in ENDLESS:
        config.fact("cooldown_ignored", kind)
        config.relate(lengths.epochs_and_warmup if lengthens else lengths.epochs_alone)
        _read_decay(config, kind)
    elif kind.value in STABLE:
        _read_cooldown(config)
        config.default("cycles", 1, f"{kind.value} has one cycle")
        config.relate(lengths.horizon_epochs, lengths.scheduled_epochs)
        _read_decay(config, kind)
        config.relate(_decay_steps(by_updates, short_groups))
    elif kind.value in CYCLES:
        _read_cooldown(config)
        _read_cycles(config, lengthens, by_updates, short_groups)


def _read_warmup(config: Config, kind: Setting, by_updates: object, short_groups: bool) -> None:
    """How long the learning rate rises; `none` is no schedule at all.

    A run that is to stop early leaves the rest of the warm-up to a later one: nothing is said then.
    """
    warmup = config.state("warmup_epochs", count(config, "warmup_epochs", 5))
    by_epochs = by_updates is False or by_updates is None
    if kind.value == "none":
        config.fact("warmup_ignored", kind)
        config.claim("warmup_steps", Interval.exactly(0), kind)
    elif stops_early(config):
        return
    elif not is_whole_run(config):
        if by_epochs:
            config.relate(lengths.warmup_left_by_epochs)
        elif by_updates is True and not short_groups:
            config.relate(lengths.warmup_left_by_updates)
    elif by_epochs:
        config.relate(lengths.warmup_by_epochs)
    elif by_updates is True and not short_groups:
        config.relate(lengths.warmup_by_updates)
    elif by_updates is True and isinstance(warmup.number, int):
        config.relate(lengths.warmup_by_counted_updates)


def _read_prefix(config: Config) -> bool:
    """Warm-up before the schedule instead of over its start; whether training can be longer."""
    prefix = config.flag("warmup_prefix")
    if prefix.value is False or prefix.value is None:
        config.claim("prefix_epochs", Interval.exactly(0), prefix)
        return False
    warmup = count(config, "warmup_epochs", 5)
    if prefix.value is True:
        config.relate(lengths.prefix_epochs)
    if warmup.number == 0:
        return False
    return config.since(PREFIX_LENGTHENS)


def _read_cooldown(config: Config) -> None:
    config.state("cooldown_epochs", count(config, "cooldown_epochs", 0))


def _read_decay(config: Config, kind: Setting) -> None:
    """When the rate falls in steps, or how long it falls at the end.

    Below 1, a length is a fraction of the schedule and known by its rounding only.
    """
    if kind.value == "multistep":
        _read_milestones(config)
    elif kind.value == "step" or kind.value in STABLE:
        length = config.real("decay_epochs", text_counts=True)
        if length.number is not None and not 0 < length.number < 1:
            config.state("decay_epochs", length)
        if kind.value in STABLE:
            config.relate(lengths.stable_epochs)
        elif is_off(config, "warmup_prefix"):
            _read_interval(config, length)


def _read_milestones(config: Config) -> None:
    """A warm-up before the schedule moves its milestones: nothing is said of them then."""
    milestones = config.setting("decay_milestones")
    if not is_off(config, "warmup_prefix"):
        config.fact("milestones", milestones)
    elif milestones.stated:
        read_milestones(config, milestones, in_epochs=True)
    elif config.since(AMP):
        why = "decay_milestones is not given: 90, 180, 270 by default"
        config.default("first_milestone_epoch", 90, why)
        config.default("last_milestone_epoch", 270, why)


def _read_interval(config: Config, length: Setting) -> None:
    """The rate falls every so many epochs."""
    every = length.number
    if every is not None and every >= 1 and every == int(every):
        config.claim("first_milestone_epoch", Interval.exactly(int(every)), length)
    elif not length.stated and config.since(AMP):
        config.default("first_milestone_epoch", 90, "decay_epochs is not given: 90 by default")
    else:
        return
    config.relate(lengths.last_of_epochs)


def _read_cycles(config: Config, lengthens: bool, by_updates: object, short_groups: bool) -> None:
    limit = count(config, "lr_cycle_limit", 1)
    if isinstance(limit.number, int):
        config.claim("cycles", Interval.exactly(max(1, limit.number)), limit)
    growth = config.real("lr_cycle_mul", default=1.0, text_counts=True)
    late_prefix = not lengthens and config.flag("warmup_prefix").value is True
    if growth.number == 1:
        config.relate(lengths.horizon_epochs, _decay_steps(by_updates, short_groups))
        config.relate(lengths.epochs_without_prefix if late_prefix else lengths.scheduled_epochs)
    elif growth.number is not None and growth.number > 0:
        config.state("cycle_mul", growth)
        if by_updates is True:
            config.relate(lengths.only_cooldown if late_prefix else lengths.other_epochs)
            config.relate(lengths.growing_epochs_by_updates)
            config.relate(*[lengths.growing_decay_by_updates] * (not short_groups))
        elif by_updates is False or by_updates is None:
            _read_growing_epochs(config, late_prefix)


def _read_growing_epochs(config: Config, late_prefix: bool) -> None:
    config.relate(lengths.growing_horizon, lengths.decay_steps)
    config.relate(
        lengths.growing_epochs_without_prefix if late_prefix else lengths.scheduled_epochs
    )


def _decay_steps(by_updates: object, short_groups: bool) -> Relation:
    counted = by_updates is True and short_groups
    return lengths.decay_by_counted_updates if counted else lengths.decay_steps
