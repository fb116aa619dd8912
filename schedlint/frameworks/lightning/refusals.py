"""What Lightning stops at: in the parser, in `Trainer()`, in `ModelCheckpoint()`, at the first use.

Sources: lightning `pytorch/trainer/trainer.py:Trainer.__init__`; `trainer/setup.py:
_determine_batch_limits`; `loops/fit_loop.py:_FitLoop.__init__`, `setup_data`;
`trainer/connectors/data_connector.py:on_trainer_init`; `callbacks/model_checkpoint.py:
__validate_init_configuration`; `core/optimizer.py:_configure_schedulers_automatic_opt`; Lightning's
CHANGELOG, 2.0.0.
"""

from __future__ import annotations

from schedlint.frameworks.lightning.layout import Kind, Layout
from schedlint.plan import numeral
from schedlint.reading.config import Config, Gone, Setting
from schedlint.reading.versions import Change
from schedlint.source import UNKNOWN, Mapping, Sequence

_GONE = "arguments of 1.x are gone, such as gpus and resume_from_checkpoint"
REMOVED = (Change("lightning", "2.0", _GONE), Change("pytorch-lightning", "2.0", _GONE))

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

DEEPSPEED_CONFIG = "strategy.init_args.config"
"""Where DeepSpeedStrategy gets its JSON file, or what would stand in it."""

_LIMITS = ("limit_train_batches", "limit_val_batches", "overfit_batches", "val_check_interval")
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


def change_in_force(config: Config, changes: tuple[Change, ...]) -> Change:
    """Of a change to code that is published under two names, the one whose version is known."""
    return next((each for each in changes if config.decides(each)), changes[0])


def since_any(config: Config, changes: tuple[Change, ...]) -> bool:
    """Whether the version in force has the change, under whatever name."""
    return config.since(change_in_force(config, changes))


def read_refusals(layout: Layout) -> None:
    """Record every key and value that is refused, for itself or for its neighbour."""
    _find_removed(layout)
    _refuse_numbers(layout)
    _refuse_others(layout)
    _refuse_devices(layout)
    for made in layout.callbacks():
        if made.name == "ModelCheckpoint":
            _refuse_saving(layout.config, made.arguments)
    _refuse_schedule(layout)
    _refuse_in_deepspeed(layout)


def _find_removed(layout: Layout) -> None:
    removed = change_in_force(layout.config, REMOVED)
    layout.trainer.find_gone(Gone(key, removed, instead) for key, instead in _INSTEAD.items())


def _refuse_numbers(layout: Layout) -> None:
    config, trainer = layout.config, layout.trainer
    for key in _LIMITS:
        setting = trainer.real(key) if key != "val_check_interval" else trainer.setting(key)
        number = setting.number
        if number is not None and (number < 0 or (number > 1 and number % 1)):
            config.refuse(setting, "it has to be in [0.0, 1.0] or a whole number")
    for key in _WHOLE:
        setting = trainer.setting(key)
        counts = key == "max_steps" and layout.kind is not Kind.CLI
        if isinstance(setting.value, float) and not counts:
            config.refuse(setting, f"a whole number is needed, {numeral(setting.value)} is none")


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
    time = trainer.setting("max_time")
    if isinstance(time.value, (int, float)):
        config.refuse(time, 'it is "DD:HH:MM:SS" or a mapping such as {hours: 8}')


def _refuse_devices(layout: Layout) -> None:
    """On a CPU they are a count of processes (`fabric/accelerators/cpu.py:_parse_cpu_cores`)."""
    devices = layout.trainer.setting("devices")
    value = devices.value
    listed = isinstance(value, Sequence) or (isinstance(value, str) and "," in value)
    negative = devices.number is not None and devices.number < 0
    if layout.setting("accelerator").value == "cpu" and (listed or negative):
        layout.config.refuse(devices, "on a CPU it is a whole number above 0, no list of devices")


def _refuse_saving(config: Config, saving: Config) -> None:
    """Of the three triggers only one may be there; several best ones need a metric."""
    triggers = [saving.setting(key) for key in ("every_n_train_steps", "every_n_epochs")]
    triggers.append(saving.setting("train_time_interval"))
    given = [each for each in triggers if each.value not in (None, 0, UNKNOWN)]
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


def _refuse_in_deepspeed(layout: Layout) -> None:
    """`DeepSpeedStrategy._format_batch_size_and_grad_accum_config` raises."""
    config = layout.config
    beside, inline = config.companion("deepspeed"), layout.setting(DEEPSPEED_CONFIG).value
    if isinstance(inline, Mapping):
        beside = config.within(config.document, inline)
    if beside is not None and beside.has("gradient_accumulation_steps"):
        steps = beside.setting("gradient_accumulation_steps")
        config.refuse(steps, "Lightning fills it in from accumulate_grad_batches")
