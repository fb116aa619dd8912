"""What Lightning's callbacks stop at, each by itself and beside others.

A project's own classes may take other arguments: only Lightning's own are looked at, and pairs only
where the Trainer gets them as they stand.

Sources: lightning `pytorch/callbacks/`: `model_checkpoint.py:__validate_init_configuration`,
`early_stopping.py`, `timer.py`, `lr_monitor.py:on_train_start`,
`gradient_accumulation_scheduler.py:__init__`, `on_train_start`, `stochastic_weight_avg.py:
__init__`, `setup`; `trainer/connectors/callback_connector.py:_configure_checkpoint_callbacks`,
`_configure_progress_bar`, `_validate_callbacks_list`.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from schedlint.frameworks.lightning.changes import (
    CHECKED_MORE,
    REMOVED,
    STOPS_AFTER_VALIDATION,
    checks,
    known_before,
    since_any,
)
from schedlint.frameworks.lightning.layout import Kind, Layout, Made
from schedlint.frameworks.lightning.refused_devices import own_strategy
from schedlint.reading.config import Remedy, Setting
from schedlint.source import UNKNOWN, Mapping, value_of

_DURATION = re.compile(r"(\d+):(\d\d):(\d\d):(\d\d)")
_BARS = ("ProgressBar", "TQDMProgressBar", "RichProgressBar")


def refuse_callbacks(layout: Layout) -> None:
    """Record every callback that is refused, for itself or for its neighbour."""
    for made in layout.callbacks():
        if made.name == "ModelCheckpoint":
            _refuse_saving(layout, made)
        elif made.own and made.name in _CHECKS:
            _CHECKS[made.name](layout, made)
    listed = layout.listed()
    _refuse_switched_off(layout, listed)
    _refuse_twins(layout, listed)
    for made in listed:
        _refuse_beside_the_trainer(layout, made)


# Each by itself.


def _refuse_saving(layout: Layout, made: Made) -> None:
    """Of the three triggers only one may be there; several best ones need a metric."""
    config, saving = layout.config, made.arguments
    triggers = [saving.setting(key) for key in ("every_n_train_steps", "every_n_epochs")]
    for each in triggers:
        if each.number is not None and each.number < 0 and checks(layout):
            config.refuse(each, "it is above 0, or 0 for never")
    triggers.append(saving.setting("train_time_interval"))
    given = [each for each in triggers if each.value not in (None, 0, UNKNOWN)]
    given = [each for each in given if each.number is None or each.number > 0]
    if len(given) > 1:
        config.refuse(given[-1], f"it excludes {given[0].text}")
    kept, monitor = saving.whole("save_top_k"), saving.setting("monitor")
    if kept.number is not None and kept.number < -1:
        config.refuse(kept, "it is -1 for all, or how many are kept")
    elif kept.number not in (None, -1, 0, 1) and monitor.value is None:
        config.refuse(kept, "without monitor it is -1, 0 or 1")
    mode: Setting = saving.setting("mode")
    if isinstance(mode.value, str) and mode.value not in ("min", "max"):
        config.refuse(mode, "it is min or max")


def _refuse_stopping(layout: Layout, made: Made) -> None:
    """`auto` was a mode in the oldest versions."""
    mode = made.arguments.setting("mode")
    other = isinstance(mode.value, str) and mode.value not in ("min", "max")
    if other and (mode.value != "auto" or checks(layout)):
        layout.config.refuse(mode, "it is min or max")
    _require(layout, made, "monitor", "it needs the monitor that tells when to stop")
    _refuse_skipped_epochs(layout, made)


def _refuse_monitor(layout: Layout, made: Made) -> None:
    interval = made.arguments.setting("logging_interval")
    if isinstance(interval.value, str) and interval.value not in ("step", "epoch"):
        layout.config.refuse(interval, "it is step, epoch or null")


def _refuse_timer(layout: Layout, made: Made) -> None:
    duration, interval = made.arguments.setting("duration"), made.arguments.setting("interval")
    text = duration.value
    if isinstance(text, str) and not _DURATION.fullmatch(text.strip()):
        layout.config.refuse(duration, 'it is "DD:HH:MM:SS" or a mapping such as {hours: 8}')
    if isinstance(interval.value, str) and interval.value not in ("step", "epoch"):
        layout.config.refuse(interval, "it is step or epoch")


def _refuse_accumulation(layout: Layout, made: Made) -> None:
    scheduling = made.arguments.setting("scheduling")
    if not isinstance(scheduling.value, Mapping):
        return
    factors = [value_of(entry.value) for entry in scheduling.value.effective().values()]
    if not factors:
        layout.config.refuse(scheduling, "it needs an epoch and its number of batches")
    elif any(isinstance(each, (int, float)) and each < 1 for each in factors) and checks(layout):
        layout.config.refuse(scheduling, "at least one batch goes into a step")


def _refuse_averaging(layout: Layout, made: Made) -> None:
    """jsonargparse may make floats of whole numbers: a start of 0 is then a share."""
    config, start, rate = (
        layout.config,
        *map(made.arguments.setting, ("swa_epoch_start", "swa_lrs")),
    )
    first, least = start.number, 0 if layout.kind is Kind.CLI else 1
    share = isinstance(first, float)
    if first is not None and not (0 <= first <= 1 if share else first >= least):
        config.refuse(start, "it is an epoch above 0, or a share of the run up to 1.0")
    whole = isinstance(rate.value, int) and layout.kind is not Kind.CLI
    if rate.number is not None and (rate.number <= 0 or whole):
        config.refuse(rate, "it is a rate above 0, with a decimal point, or a list of them")
    _require(layout, made, "swa_lrs", "it needs swa_lrs, the learning rate of the average")


def _require(layout: Layout, made: Made, key: str, why: str) -> None:
    """An argument without a default, unless another file may hold it."""
    if made.named is None or layout.composed or made.arguments.has(key):
        return
    if any(name.startswith("_") and name != "_target_" for name in _names(made)):
        return
    since = CHECKED_MORE if key == "monitor" else REMOVED
    if since_any(layout.config, since):
        layout.config.refuse(made.named, why)


def _names(made: Made) -> list[str]:
    root = made.arguments.root
    return list(root.effective()) if isinstance(root, Mapping) else []


_CHECKS: dict[str, Callable[[Layout, Made], None]] = {
    "EarlyStopping": _refuse_stopping,
    "LearningRateMonitor": _refuse_monitor,
    "Timer": _refuse_timer,
    "GradientAccumulationScheduler": _refuse_accumulation,
    "StochasticWeightAveraging": _refuse_averaging,
}


def _refuse_skipped_epochs(layout: Layout, made: Made) -> None:
    """Before 0.8 it looked for its metric after every epoch, and stopped where there was none.

    Source: pytorch-lightning 0.7 `callbacks/early_stopping.py:EarlyStopping.on_epoch_end`. Which
    metrics training itself reports no file says; one called val… is no such.
    """
    every = layout.whole("check_val_every_n_epoch", default=1)
    monitor = made.arguments.word("monitor").value
    strict = made.arguments.flag("strict", default=True).value
    validated = isinstance(monitor, str) and monitor.startswith("val") and strict is True
    skips = (every.number or 0) > 1 and validated
    if skips and known_before(layout.config, STOPS_AFTER_VALIDATION):
        why = f"EarlyStopping looks for {monitor} after every epoch before 0.8: evaluate each"
        layout.config.refuse(every, why, Remedy(every, 1))


# Beside others.


def _refuse_switched_off(layout: Layout, listed: list[Made]) -> None:
    """A callback, and the switch that says there is none of its kind."""
    config, trainer = layout.config, layout.trainer
    saving = trainer.setting("enable_checkpointing")
    if saving.value is False and any(made.name == "ModelCheckpoint" for made in listed):
        config.refuse(saving, "there is a ModelCheckpoint among the callbacks")
    bars = [made for made in listed if made.name in _BARS]
    bar = trainer.setting("enable_progress_bar")
    if len(bars) > 1 and bars[1].named is not None:
        config.refuse(bars[1].named, "there is one progress bar at most")
    elif bars and bar.value is False and since_any(config, CHECKED_MORE):
        config.refuse(bar, f"there is a {bars[0].name} among the callbacks")
    logger = trainer.setting("logger")
    if logger.value is False and any(made.name == "LearningRateMonitor" for made in listed):
        config.refuse(logger, "LearningRateMonitor among the callbacks needs a logger")


def _refuse_twins(layout: Layout, listed: list[Made]) -> None:
    """Two callbacks under one key in the checkpoint: their `state_key` is the same."""
    seen: dict[tuple[object, ...], Made] = {}
    for made in listed:
        key = _state_key(made)
        if key is None:
            continue
        if key in seen and made.named is not None and since_any(layout.config, REMOVED):
            what = "trigger" if made.name == "ModelCheckpoint" else "mode"
            layout.config.refuse(
                made.named,
                f"there is another {made.name} with the same monitor and {what}, and a checkpoint "
                "holds one: give one of them another, or remove it",
            )
        seen.setdefault(key, made)


def _state_key(made: Made) -> tuple[object, ...] | None:
    """What the callback is known by in a checkpoint; None where that cannot be told."""
    asked = made.arguments.setting
    key = [made.name, asked("monitor").value, asked("mode", default="min").value]
    if made.name == "ModelCheckpoint":
        names = ("every_n_train_steps", "every_n_epochs", "train_time_interval")
        steps, epochs, time = (asked(name).value for name in names)
        if steps is None and epochs is None and time is None:
            epochs = 1
        key += [steps or 0, epochs or 0, time]
    elif made.name != "EarlyStopping":
        return None
    plain = all(each is None or isinstance(each, (str, int)) for each in key)
    return tuple(key) if plain else None


def _refuse_beside_the_trainer(layout: Layout, made: Made) -> None:
    """What the Trainer does otherwise."""
    config, sharded = layout.config, own_strategy(layout).startswith(("fsdp", "deepspeed"))
    if made.name == "StochasticWeightAveraging" and sharded and since_any(config, REMOVED):
        config.refuse(layout.trainer.setting("strategy"), f"{made.name} averages no shards")
    if made.name != "GradientAccumulationScheduler":
        return
    if own_strategy(layout).startswith("deepspeed") and since_any(config, REMOVED):
        config.refuse(
            layout.trainer.setting("strategy"), f"DeepSpeed accumulates without {made.name}"
        )
    steps = layout.trainer.setting("accumulate_grad_batches")
    if steps.number is not None and steps.number != 1 and since_any(config, REMOVED):
        config.refuse(steps, f"{made.name} among the callbacks tells it: remove one of them")
