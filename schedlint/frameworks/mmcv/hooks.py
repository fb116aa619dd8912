"""What MMCV's hooks do on their own time: evaluations, checkpoints, log lines.

Sources: mmcv `runner/hooks/evaluation.py:EvalHook`, `checkpoint.py:CheckpointHook`,
`logger/base.py:LoggerHook`; `runner/base_runner.py:register_checkpoint_hook`,
`register_logger_hooks`; mmdet `apis/train.py:train_detector`.
"""

from __future__ import annotations

from math import inf

from schedlint.frameworks.mmcv import steps
from schedlint.frameworks.mmcv.changes import SAVE_LAST, since
from schedlint.frameworks.mmcv.parts import MMCVParts
from schedlint.frameworks.mmengine import cadence
from schedlint.frameworks.mmengine.hooks import custom
from schedlint.frameworks.mmengine.parts import Loop, type_of
from schedlint.plan import Interval
from schedlint.reading.config import Setting
from schedlint.source import Mapping


def read_evaluations(parts: MMCVParts) -> None:
    """Evaluations at the interval alone, in what the runner counts.

    Without a section, it is for the project to say whether there are any.
    """
    config = parts.config
    section = config.setting("evaluation")
    if not isinstance(section.value, Mapping) or parts.loop is Loop.UNKNOWN:
        return
    in_epochs = parts.loop is Loop.EPOCHS
    by_epoch = config.setting("evaluation.by_epoch")
    if not parts.detector and by_epoch.stated and by_epoch.value is not in_epochs:
        return  # MMDetection sets it itself
    config.fact("eval_strategy", section._replace(value="epoch" if in_epochs else "steps"))
    every, start = parts.whole("evaluation", "interval", 1), config.setting("evaluation.start")
    config.state("eval_epochs" if in_epochs else "eval_iterations", every)
    moved = config.setting("evaluation.dynamic_intervals").value is not None
    if moved or type_of(config, "evaluation") is not None or not isinstance(every.value, int):
        return
    if in_epochs:
        config.relate(cadence.eval_interval)
    else:
        parts.claim_in_steps("eval_interval", every)
    if every.value > 0 and _start_is_known(parts, start):
        unit = ("max_epochs", "eval_epochs") if in_epochs else ("iterations", "eval_iterations")
        begin = start.value if isinstance(start.value, int) else None
        config.relate(steps.evaluations(*unit, begin))


def _start_is_known(parts: MMCVParts, start: Setting) -> bool:
    if not start.stated:
        return not parts.open("evaluation")
    value = start.value
    return value is None or (isinstance(value, int) and value >= 0)


def read_checkpoints(parts: MMCVParts) -> None:
    """`checkpoint_config`: without an interval only the last, and null is none at all."""
    config = parts.config
    hook = config.setting("checkpoint_config")
    if hook.stated and hook.value is None:
        config.fact("save_strategy", hook._replace(value="no"))
        config.claim("checkpoints", Interval.exactly(0), hook)
    elif isinstance(hook.value, Mapping) and type_of(config, hook.key) in (None, "CheckpointHook"):
        _read_checkpoints(parts, hook)


def _read_checkpoints(parts: MMCVParts, hook: Setting) -> None:
    config = parts.config
    config.fact("save_total_limit", config.whole("checkpoint_config.max_keep_ckpts"))
    by_epoch, every = parts.by_epoch(hook.key), parts.whole(hook.key, "interval", -1)
    last = parts.flag(hook.key, "save_last", True)
    if not isinstance(by_epoch.value, bool) or not isinstance(last.value, bool):
        return
    config.fact("save_strategy", by_epoch._replace(value="epoch" if by_epoch.value else "steps"))
    if not isinstance(every.value, int) or parts.loop is Loop.UNKNOWN:
        return
    output = "checkpoints"
    if _saves_more(parts):
        output = "timed_checkpoints"
        config.relate(cadence.timed_and_best_checkpoints)
    if by_epoch.value and parts.loop is Loop.ITERATIONS:
        # That runner never calls the hooks of an epoch of training.
        config.claim(output, Interval.exactly(0), by_epoch)
        return
    unit, word = ("max_epochs", "epochs") if by_epoch.value else ("iterations", "iterations")
    save_last = last.value and since(config, SAVE_LAST)
    if every.value <= 0:
        config.relate(cadence.last_checkpoint(unit, save_last, output))
        return
    config.state(f"save_{word}", every)
    config.relate(cadence.checkpoints(unit, f"save_{word}", 0, save_last, output))
    if by_epoch.value:
        config.relate(cadence.save_interval)
    else:
        parts.claim_in_steps("save_interval", every)


def _saves_more(parts: MMCVParts) -> bool:
    """Whether a new best score, or another hook, may write checkpoints of its own."""
    config = parts.config
    best = config.setting("evaluation.save_best", default=parts.default("evaluation", None))
    hooks = {type_of(each, "") for each in custom(config)}
    return best.value is not None or "CheckpointHook" in hooks


def read_logs(parts: MMCVParts) -> None:
    """A line every so many iterations of an epoch; a short epoch has one at its end."""
    config, accumulation = parts.config, parts.accumulation
    every = config.whole("log_config.interval")
    if not isinstance(every.value, int) or every.value <= 0:
        return
    if parts.loop is Loop.ITERATIONS:
        parts.claim_in_steps("log_interval", every)
    elif parts.loop is Loop.EPOCHS and accumulation:
        high = -(-every.value // accumulation)
        config.claim("log_interval", Interval(-inf, high), every)
