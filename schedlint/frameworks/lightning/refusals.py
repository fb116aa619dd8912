"""What Lightning stops at: in the parser, in `Trainer()`, at the first use.

What its callbacks stop at is in `refused_callbacks.py`, what does not run on the devices in
`refused_devices.py`.

Sources: lightning `pytorch/trainer/trainer.py:Trainer.__init__`; `trainer/setup.py:
_init_debugging_flags`, `_determine_batch_limits`, `_init_profiler`,
`_parse_time_interval_seconds`; `callbacks/timer.py:Timer.__init__`;
`loops/fit_loop.py:_FitLoop.__init__`, `setup_data`;
`trainer/connectors/data_connector.py:on_trainer_init`;
`core/optimizer.py:_configure_schedulers_automatic_opt`; Lightning's CHANGELOG, 2.0.0.
"""

from __future__ import annotations

import re

from schedlint.frameworks.lightning.changes import (
    BY_TIME,
    REMOVED,
    change_in_force,
    checks,
    since_any,
)
from schedlint.frameworks.lightning.layout import Kind, Layout
from schedlint.frameworks.lightning.limits import fast_dev_run, overfit_batches
from schedlint.frameworks.lightning.refused_callbacks import refuse_callbacks
from schedlint.frameworks.lightning.refused_devices import refuse_devices
from schedlint.plan import numeral
from schedlint.reading.config import Gone, Setting
from schedlint.source import UNKNOWN, Mapping

_INSTEAD = {
    "gpus": "use accelerator: gpu and devices",
    "tpu_cores": "use accelerator: tpu and devices",
    "num_processes": "use accelerator: cpu and devices",
    "resume_from_checkpoint": "give ckpt_path to fit",
    "replace_sampler_ddp": "use use_distributed_sampler",
    "auto_lr_find": "use the Tuner",
    "auto_scale_batch_size": "use the Tuner",
    "amp_backend": "use precision and plugins",
    "amp_level": "use precision and plugins",
    "auto_select_gpus": "use devices",
    "track_grad_norm": "log it in a hook of the module",
    "multiple_trainloader_mode": "use CombinedLoader",
}
"""Arguments that 2.0 removed, and what takes their place."""

RENAMED = {
    "checkpoint_callback": "enable_checkpointing",
    "default_save_path": "default_root_dir",
    "gradient_clip": "gradient_clip_val",
    "max_nb_epochs": "max_epochs",
    "min_nb_epochs": "min_epochs",
    "nb_gpu_nodes": "num_nodes",
    "nb_sanity_val_steps": "num_sanity_val_steps",
    "replace_sampler_ddp": "use_distributed_sampler",
    "row_log_interval": "log_every_n_steps",
}
"""Arguments that only changed their names."""

SHARES = {
    "overfit_pct": "overfit_batches",
    "test_percent_check": "limit_test_batches",
    "train_percent_check": "limit_train_batches",
    "val_percent_check": "limit_val_batches",
}
"""Shares of the batches that became limits, whole numbers of which are batches."""

ACCELERATORS = {"gpus": "gpu", "tpu_cores": "tpu"}
"""Arguments that became `devices`, and the accelerator that they meant."""

_LIMITS = (
    "limit_train_batches",
    "limit_val_batches",
    "limit_test_batches",
    "limit_predict_batches",
    "overfit_batches",
    "val_check_interval",
)
_WHOLE = (
    "max_epochs",
    "max_steps",
    "accumulate_grad_batches",
    "check_val_every_n_epoch",
    "num_nodes",
    "log_every_n_steps",
)
_PRECISIONS = (
    "64-true",
    "32-true",
    "16-true",
    "bf16-true",
    "16-mixed",
    "bf16-mixed",
    "transformer-engine",
    "transformer-engine-float16",
)
_SHORT = ("64", "32", "16", "bf16")


_PROFILERS = ("simple", "advanced", "pytorch", "xla")
_CLIPPING = ("norm", "value")
_BAREBONES: dict[str, tuple[object, ...]] = {
    "enable_checkpointing": (None, False),
    "logger": (None, False),
    "enable_progress_bar": (None, False),
    "log_every_n_steps": (None, 0),
    "enable_model_summary": (None, False),
    "num_sanity_val_steps": (None, 0),
    "fast_dev_run": (False, 0),
    "detect_anomaly": (None, False),
    "profiler": (None,),
}
"""What may stand beside `barebones: true`."""
_DURATION = re.compile(r"(\d+):(\d\d):(\d\d):(\d\d)")
_UNITS = {"days", "seconds", "microseconds", "milliseconds", "minutes", "hours", "weeks"}
"""Arguments of `datetime.timedelta`."""


def read_refusals(layout: Layout) -> None:
    """Record every key and value that is refused, for itself or for its neighbour."""
    _find_removed(layout)
    _refuse_numbers(layout)
    _refuse_others(layout)
    _refuse_words(layout)
    _refuse_times(layout)
    _refuse_barebones(layout)
    refuse_devices(layout)
    refuse_callbacks(layout)
    _refuse_schedule(layout)


def _find_removed(layout: Layout) -> None:
    removed = change_in_force(layout.config, REMOVED)
    layout.trainer.find_gone(Gone(key, removed, instead) for key, instead in _INSTEAD.items())


def _refuse_numbers(layout: Layout) -> None:
    config, trainer = layout.config, layout.trainer
    for key in _LIMITS:
        setting = layout.real(key) if key != "val_check_interval" else trainer.setting(key)
        number = setting.number
        wrong = number is not None and (number < 0 or (number > 1 and number % 1 > 0))
        if wrong and not _set_aside(layout, key):
            config.refuse(setting, "it has to be in [0.0, 1.0] or a whole number")
    layout.real("gradient_clip_val")
    for key in _WHOLE:
        setting = trainer.setting(key)
        counts = key == "max_steps" and layout.kind is not Kind.CLI
        if isinstance(setting.value, float) and not counts:
            config.refuse(setting, f"a whole number is needed, {numeral(setting.value)} is none")

    fast = trainer.setting("fast_dev_run")
    if fast.number is not None and fast.number < 0 and checks(layout):
        config.refuse(fast, "it is a number of batches, 0 for none")
    every = trainer.setting("reload_dataloaders_every_n_epochs")
    if every.number is not None and every.number < 0:
        config.refuse(every, "it is a number of epochs, 0 for never")


def _set_aside(layout: Layout, key: str) -> bool:
    """Whether `overfit_batches` or `fast_dev_run` take the place of a limit, unseen."""
    if key == "overfit_batches":
        return False
    over = key in ("limit_train_batches", "limit_val_batches") and overfit_batches(layout)
    return bool(over or fast_dev_run(layout))


def _refuse_words(layout: Layout) -> None:
    """LightningCLI takes the path of a class as a profiler, too."""
    profiler = layout.trainer.setting("profiler")
    name = profiler.value
    if isinstance(name, str) and "." not in name and name.lower() not in _PROFILERS:
        layout.config.refuse(profiler, f"it is one of {', '.join(_PROFILERS)}")
    clipping = layout.trainer.setting("gradient_clip_algorithm")
    if isinstance(clipping.value, str) and clipping.value.lower() not in _CLIPPING:
        layout.config.refuse(clipping, "it is norm or value")


def _refuse_times(layout: Layout) -> None:
    """A `Timer` among the callbacks takes the place of `max_time`, unseen."""
    config, time = layout.config, layout.trainer.setting("max_time")
    if not any("Timer" in made.name for made in layout.callbacks()):
        if isinstance(time.value, (int, float)) or (
            isinstance(time.value, str) and not _DURATION.fullmatch(time.value.strip())
        ):
            config.refuse(time, 'it is "DD:HH:MM:SS" or a mapping such as {hours: 8}')
        _refuse_units(layout, time)
    interval = layout.trainer.setting("val_check_interval")
    text = interval.value
    if fast_dev_run(layout):
        return
    _refuse_units(layout, interval)
    if isinstance(text, str) and (layout.kind is not Kind.CLI or re.search("[A-Za-z]", text)):
        if not _is_interval(text):
            config.refuse(interval, 'it is a number of batches, a share or "DD:HH:MM:SS"')
        elif not since_any(config, BY_TIME):
            config.refuse(interval, "an interval of time came with 2.6; use a number or a share")


def _is_interval(text: str) -> bool:
    parts = text.split(":")
    return len(parts) == 4 and all(re.fullmatch(r"\s*[-+]?\d+\s*", part) for part in parts)


def _refuse_units(layout: Layout, setting: Setting) -> None:
    if isinstance(setting.value, Mapping):
        names = [name for name in setting.value.effective() if name not in _UNITS]
        if names and not any(name.startswith("_") for name in names):
            layout.config.refuse(setting, f"{names[0]} is no unit of time such as hours or minutes")


def _refuse_barebones(layout: Layout) -> None:
    """`Trainer(barebones=True)` switches all of these off, and stops where one is asked for."""
    if layout.trainer.setting("barebones").value is not True:
        return
    for key, without in _BAREBONES.items():
        setting = layout.trainer.setting(key)
        if setting.stated and setting.value is not UNKNOWN and setting.value not in without:
            layout.config.refuse(setting, "it is not there in a Trainer of barebones: true")


def _refuse_others(layout: Layout) -> None:
    config, trainer = layout.config, layout.trainer
    for key in ("max_steps", "accumulate_grad_batches"):
        setting = trainer.setting(key, default=1)
        if setting.value is None:
            config.refuse(setting, "a number is needed" + ", -1 for none" * (key == "max_steps"))
    accumulation = trainer.setting("accumulate_grad_batches")
    if isinstance(accumulation.value, Mapping):
        why = "since 2.0 it is one number; use the callback GradientAccumulationScheduler"
        config.refuse(accumulation, why)
    interval = trainer.setting("val_check_interval")
    every = trainer.setting("check_val_every_n_epoch", default=1)
    if every.value is None and isinstance(interval.value, float):
        config.refuse(interval, "across epochs val_check_interval is a whole number of batches")
    if every.value == 0:
        config.refuse(every, "the epochs are divided by it")
    precision = trainer.setting("precision")
    if isinstance(precision.value, (str, int)) and str(precision.value) not in (
        *_PRECISIONS,
        *_SHORT,
    ):
        config.refuse(precision, f"it is one of {', '.join(_PRECISIONS)}")


def _refuse_schedule(layout: Layout) -> None:
    found = layout.schedule()
    if found is None or not found[1].has("scheduler"):
        return
    config, (made, section) = layout.config, found
    interval, frequency = section.word("interval"), section.whole("frequency")
    if isinstance(interval.value, str) and interval.value not in ("step", "epoch"):
        config.refuse(interval, "a schedule advances by step or epoch")
    if frequency.number == 0:
        config.refuse(frequency, "the batches are divided by it")
    if made.name == "ReduceLROnPlateau" and not section.has("monitor"):
        config.refuse(section.setting("scheduler"), "it needs a monitor beside it")
