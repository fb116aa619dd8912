"""What MMCV 1.x stops at: when it builds the runner and its hooks, or at the first iteration.

Only what this file shows counts: a key that is missing may stand in the config that it builds on.

Sources: mmcv `runner/hooks/lr_updater.py`, `optimizer.py`, `evaluation.py`;
`runner/base_runner.py:BaseRunner.__init__`, `register_lr_hook`, `register_logger_hooks`;
mmdet `utils/compat_config.py:compat_runner_args`.
"""

from __future__ import annotations

from schedlint.frameworks.mmcv.changes import SHORT_PERIODS, since
from schedlint.frameworks.mmcv.parts import CUMULATIVE, MMCVParts
from schedlint.frameworks.mmcv.schedule import policy_of, total_of
from schedlint.frameworks.mmengine.parts import Loop, type_of
from schedlint.reading.config import Config, Setting
from schedlint.source import UNKNOWN, Mapping, Sequence, value_of
from schedlint.source.python import TUPLE_TAG

_WARMUPS = ("constant", "linear", "exp")
_FLOORS = {"CosineAnnealing", "FlatCosineAnnealing", "CosineRestart", "LinearAnnealing"}
"""Policies that need exactly one of `min_lr` and `min_lr_ratio`."""
_BY_ITERATION = ("Cyclic", "OneCycle")
_FRACTIONS = {"OneCycle": "pct_start", "FlatCosineAnnealing": "start_percent"}
_NEEDED = {
    "Step": "step",
    "Exp": "gamma",
    "Inv": "gamma",
    "CosineRestart": "periods",
    "OneCycle": "max_lr",
}


def read_refusals(parts: MMCVParts) -> None:
    """Record every key and value that is refused, for itself or for its neighbour."""
    _refuse_length(parts)
    _refuse_accumulation(parts)
    _refuse_evaluation(parts)
    _refuse_log(parts)
    section = parts.config.setting("lr_config")
    if not isinstance(section.value, Mapping):
        return
    if not parts.config.has("lr_config.policy") and not parts.open("lr_config"):
        parts.config.refuse(section, "policy is missing")
    _refuse_warmup(parts)
    policy = policy_of(parts.config)
    if policy is not None:
        _refuse_policy(parts, policy)


def _refuse_length(parts: MMCVParts) -> None:
    config = parts.config
    epochs, iterations = config.whole("runner.max_epochs"), config.whole("runner.max_iters")
    if epochs.number is not None and iterations.number is not None:
        config.refuse(iterations, "max_epochs is given as well, and only one of the two may be")
    total = config.whole("total_epochs")
    differ = None not in (total.number, epochs.number) and total.number != epochs.number
    if differ and parts.detector:
        config.refuse(total, f"it must be the same as runner.max_epochs, which is {epochs.value}")


def _refuse_accumulation(parts: MMCVParts) -> None:
    config, kind = parts.config, type_of(parts.config, "optimizer_config")
    every = config.setting("optimizer_config.cumulative_iters")
    if not every.stated or every.value is UNKNOWN:
        return
    if kind in CUMULATIVE and (not isinstance(every.value, int) or every.value <= 0):
        config.refuse(every, "it must be a whole number above 0")
    elif kind is None and not parts.open("optimizer_config"):
        needed = "type: GradientCumulativeOptimizerHook"
        config.refuse(every, f"OptimizerHook does not take it; write {needed} beside it")


def _refuse_evaluation(parts: MMCVParts) -> None:
    """A project may have a hook of its own; MMDetection's builds on MMCV's."""
    every = parts.config.whole("evaluation.interval")
    if parts.detector and every.number is not None and every.number <= 0:
        parts.config.refuse(every, "it must be above 0; leave evaluations out with --no-validate")


def _refuse_log(parts: MMCVParts) -> None:
    section = parts.config.setting("log_config")
    if isinstance(section.value, Mapping) and not parts.open("log_config"):
        for name in ("interval", "hooks"):
            if not parts.config.has(f"log_config.{name}"):
                parts.config.refuse(section, f"{name} is missing")


def _refuse_warmup(parts: MMCVParts) -> None:
    config = parts.config
    kind = config.word("lr_config.warmup")
    if not isinstance(kind.value, str):
        return
    if kind.value not in _WARMUPS:
        config.refuse(kind, f"it must be one of {', '.join(_WARMUPS)}, or None")
        return
    length, ratio = config.real("lr_config.warmup_iters"), config.real("lr_config.warmup_ratio")
    if length.number is not None and length.number <= 0:
        config.refuse(length, "it must be above 0, or warmup None")
    elif not length.stated and not parts.open("lr_config"):
        config.refuse(kind, "warmup_iters is missing beside it")
    if ratio.number is not None and not 0 < ratio.number <= 1:
        config.refuse(ratio, "it must lie above 0 and not above 1")
    in_epochs = config.flag("lr_config.warmup_by_epoch")
    if in_epochs.value is True and parts.loop is Loop.ITERATIONS:
        config.refuse(in_epochs, "IterBasedRunner never begins an epoch: count it in iterations")


def _refuse_policy(parts: MMCVParts, policy: str) -> None:
    config, stated = parts.config, parts.config.setting("lr_config.policy")
    needed = _NEEDED.get(policy)
    if needed and not config.has(f"lr_config.{needed}") and not parts.open("lr_config"):
        config.refuse(stated, f"{needed} is missing beside it")
    by_epoch = config.flag("lr_config.by_epoch")
    if policy in _BY_ITERATION and by_epoch.value is True:
        config.refuse(by_epoch, f"the policy {policy} counts iterations only")
    if policy == "Step":
        _refuse_step(config)
    if policy in _FLOORS:
        _refuse_floor(parts, stated)
    if policy == "CosineRestart":
        _refuse_periods(parts)
    if policy == "Cyclic":
        _refuse_target(config)
    if policy == "OneCycle":
        _refuse_total(parts)
    fraction = config.setting(f"lr_config.{_FRACTIONS.get(policy, '')}")
    number = fraction.number
    if number is not None and not (isinstance(number, float) and 0 <= number <= 1):
        config.refuse(fraction, "it must be a float between 0 and 1, such as 0.3")


def _refuse_step(config: Config) -> None:
    """A list of whole numbers above 0, or one; a tuple and a float are neither."""
    step = config.setting("lr_config.step")
    if not step.stated or step.value is UNKNOWN:
        return
    if isinstance(step.value, Sequence):
        values = [value_of(item.value) for item in step.value.items]
        if step.value.tag == TUPLE_TAG:
            config.refuse(step, "it must be a list, and this is a tuple")
        elif any(value is not UNKNOWN and not _counts(value) for value in values):
            config.refuse(step, "all must be whole numbers above 0")
    elif not _counts(step.value):
        config.refuse(step, "it must be a whole number above 0, or a list of such")


def _counts(value: object) -> bool:
    return isinstance(value, int) and value > 0


def _refuse_floor(parts: MMCVParts, policy: Setting) -> None:
    config = parts.config
    floor, share = config.setting("lr_config.min_lr"), config.setting("lr_config.min_lr_ratio")
    if floor.value is UNKNOWN or share.value is UNKNOWN:
        return
    if floor.value is not None and share.value is not None:
        config.refuse(share, "min_lr is given as well, and only one of the two may be")
    elif floor.value is None and share.value is None and not parts.open("lr_config"):
        config.refuse(policy, "min_lr or min_lr_ratio is missing beside it")


def _refuse_periods(parts: MMCVParts) -> None:
    """As many weights as periods; and the run must not outlast them."""
    config = parts.config
    periods, weights = (config.setting(f"lr_config.{n}") for n in ("periods", "restart_weights"))
    if not isinstance(periods.value, Sequence):
        return
    many = len(periods.value.items)
    if isinstance(weights.value, Sequence):
        if len(weights.value.items) != many:
            config.refuse(periods, f"restart_weights must be as many, which is {many}")
            return
    elif not weights.stated and many != 1 and not parts.open("lr_config"):
        config.refuse(periods, "restart_weights must be as many, and is one by default")
        return
    _refuse_end(parts, periods)


def _refuse_end(parts: MMCVParts, periods: Setting) -> None:
    """`get_position_from_periods` raises in the first epoch or iteration behind the last one."""
    total, by_epoch, run = total_of(periods), parts.by_epoch("lr_config").value, parts.length.number
    counted = Loop.EPOCHS if by_epoch is True else Loop.ITERATIONS
    if total is None or run is None or by_epoch is UNKNOWN or parts.loop is not counted:
        return
    if total < run - 1 or (total < run and since(parts.config, SHORT_PERIODS)):
        unit = "epochs" if by_epoch else "iterations"
        parts.config.refuse(
            periods, f"they end after {total}, and the run of {run} {unit} raises there"
        )


def _refuse_total(parts: MMCVParts) -> None:
    total, run = parts.config.whole("lr_config.total_steps"), parts.length.number
    if parts.loop is not Loop.ITERATIONS or total.number is None or run is None:
        return
    if total.number < run:
        parts.config.refuse(total, f"it must not be below the {run} iterations of the run")


def _refuse_target(config: Config) -> None:
    target = config.setting("lr_config.target_ratio")
    if isinstance(target.value, Sequence) and target.value.tag != TUPLE_TAG:
        config.refuse(target, "it must be a tuple or a float, and this is a list")
    elif isinstance(target.value, int):
        config.refuse(target, "it must be a tuple or a float, such as 10.0")
