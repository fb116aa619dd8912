"""What MMEngine's hooks do on their own time: checkpoints, log lines, stopping early.

Sources: mmengine `runner/runner.py:Runner.register_default_hooks`;
`hooks/checkpoint_hook.py:CheckpointHook`; `hooks/logger_hook.py:LoggerHook`;
`hooks/early_stopping_hook.py:EarlyStoppingHook`.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import inf
from typing import NamedTuple

from schedlint.frameworks.mmengine import cadence
from schedlint.frameworks.mmengine.parts import Loop, Parts, type_of
from schedlint.plan import Interval
from schedlint.reading.config import Config, Setting
from schedlint.source import Mapping, Sequence

_CHECKPOINT = "default_hooks.checkpoint"
_LOGGER = "default_hooks.logger"


class When(NamedTuple):
    """When the checkpoint hook saves, and the quantity that counts how often."""

    by_epoch: Setting
    begin: int
    last: bool
    output: str


def read_checkpoints(parts: Parts, loop: Loop) -> None:
    """The checkpoint hook, which comes by itself with an interval of one epoch.

    A config that names the hook without an interval gets the class's own default: only the last.
    """
    config = parts.config
    hook = config.setting(_CHECKPOINT)
    if hook.stated and hook.value is None:
        config.fact("save_strategy", hook._replace(value="no"))
        config.claim("checkpoints", Interval.exactly(0), hook)
    elif _is(config, hook, _CHECKPOINT, "CheckpointHook"):
        _read_checkpoints(
            parts, loop, parts.whole(_CHECKPOINT, "interval", -1 if hook.stated else 1)
        )


def _is(config: Config, hook: Setting, section: str, kind: str) -> bool:
    """Whether a default hook is there as the class of that name."""
    if not hook.stated:
        return True
    return isinstance(hook.value, Mapping) and type_of(config, section) in (None, kind)


def _read_checkpoints(parts: Parts, loop: Loop, every: Setting) -> None:
    config = parts.config
    config.fact("save_total_limit", config.whole(f"{_CHECKPOINT}.max_keep_ckpts"))
    by_epoch = parts.flag(_CHECKPOINT, "by_epoch", True)
    begin = parts.whole(_CHECKPOINT, "save_begin", 0)
    last = parts.flag(_CHECKPOINT, "save_last", True)
    if not isinstance(by_epoch.value, bool) or not isinstance(last.value, bool):
        return
    config.fact("save_strategy", by_epoch._replace(value="epoch" if by_epoch.value else "steps"))
    if not isinstance(every.value, int) or not isinstance(begin.value, int) or begin.value < 0:
        return
    if loop is Loop.UNKNOWN or (parts.sampler == "InfiniteSampler" and loop is Loop.EPOCHS):
        return
    output = "checkpoints"
    if _saves_more(parts):
        output = "timed_checkpoints"
        config.relate(cadence.timed_and_best_checkpoints)
    when = When(by_epoch, begin.value, last.value, output)
    _relate_checkpoints(parts, every, when, loop)


def _saves_more(parts: Parts) -> bool:
    """Whether a new best score, or another hook, may write checkpoints of its own."""
    default = parts.default(_CHECKPOINT, None)
    best = parts.config.setting(f"{_CHECKPOINT}.save_best", default=default)
    hooks = {type_of(each, "") for each in custom(parts.config)}
    return best.value is not None or "CheckpointHook" in hooks


def _relate_checkpoints(parts: Parts, every: Setting, when: When, loop: Loop) -> None:
    config, by_epoch = parts.config, when.by_epoch
    interval = every.number
    assert isinstance(interval, int)
    if by_epoch.value is True and loop is Loop.ITERATIONS:
        # To the hook, the whole run is the first and only epoch.
        first = interval > 0 and when.begin <= 1 and (1 - when.begin) % interval == 0
        place = by_epoch if by_epoch.stated else every
        config.claim(when.output, Interval.exactly(int(when.last or first)), place)
        return
    kind = "epochs" if by_epoch.value is True else "iterations"
    unit, word = ("max_epochs" if kind == "epochs" else kind), f"save_{kind}"
    if interval <= 0:
        config.relate(cadence.last_checkpoint(unit, when.last, when.output))
        return
    config.state(word, every)
    config.relate(cadence.checkpoints(unit, word, when.begin, when.last, when.output))
    if kind == "epochs":
        config.relate(cadence.save_interval)
    else:
        parts.claim_in_steps("save_interval", every)


def read_logs(parts: Parts, loop: Loop) -> None:
    """A line every so many iterations of an epoch; a short epoch has one at its end."""
    config = parts.config
    hook = config.setting(_LOGGER)
    if not _is(config, hook, _LOGGER, "LoggerHook"):
        return
    every, accumulation = parts.whole(_LOGGER, "interval", 10), parts.accumulation
    if loop is Loop.ITERATIONS:
        parts.claim_in_steps("log_interval", every)
    elif loop is Loop.EPOCHS and accumulation and isinstance(every.value, int) and every.value > 0:
        config.claim("log_interval", Interval(-inf, -(-every.value // accumulation)), every)


def read_custom_hooks(config: Config) -> None:
    """Early stopping counts evaluations."""
    for hook in custom(config):
        if type_of(hook, "") == "EarlyStoppingHook":
            config.fact("early_stopping_patience", hook.whole("patience", default=5))


def custom(config: Config) -> Iterator[Config]:
    """Each of the `custom_hooks` that the file shows."""
    hooks = config.setting("custom_hooks").value
    for item in hooks.items if isinstance(hooks, Sequence) else ():
        if isinstance(item.value, Mapping):
            yield config.within(config.document, item.value)
