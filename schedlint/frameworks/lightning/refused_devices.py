"""What Lightning stops at of accelerators, strategies and their devices.

Accelerators and strategies that a project registers itself have names of their own: of names, only
those that an older Lightning had are refused here.

Sources: lightning `pytorch/trainer/connectors/accelerator_connector.py:
_check_config_and_set_final_flags`, `_check_device_config_and_set_final_flags`,
`_check_strategy_and_fallback`, `_validate_precision_choice`; `fabric/accelerators/cpu.py:
_parse_cpu_cores`; `fabric/utilities/device_parser.py:_check_data_type`;
`pytorch/strategies/deepspeed.py:setup_environment`, `init_deepspeed`,
`_format_batch_size_and_grad_accum_config`.
"""

from __future__ import annotations

from schedlint.frameworks.lightning.changes import CHECKED_MORE, REMOVED, since_any
from schedlint.frameworks.lightning.layout import Layout
from schedlint.reading.config import Setting
from schedlint.source import Mapping, Sequence

DEEPSPEED_CONFIG = "strategy.init_args.config"
"""Where DeepSpeedStrategy gets its JSON file, or what would stand in it."""

_WITHOUT_CUDA = ("cpu", "tpu", "mps")
_DDP = {"ddp", "ddp2", "ddp_spawn", "ddp_cpu", "dp"}
"""Strategies that were named under `accelerator` until 1.6."""
_OLD = {
    "dp": "ddp",
    "ddp2": "ddp",
    "ddp_sharded": "fsdp or deepspeed",
    "ddp_sharded_spawn": "fsdp or deepspeed",
    "ddp_fully_sharded": "fsdp",
    "fsdp_native": "fsdp",
    "fsdp_native_full_shard_offload": "fsdp_cpu_offload",
    "tpu_spawn": "xla",
    "tpu_spawn_debug": "xla_debug",
}
"""Strategies that 2.0 removed, and what takes their place."""
_OF_MODEL_PARALLEL = ("32-true", "bf16-mixed", "bf16-true", "16-true")
_LONG = {"64": "64-true", "32": "32-true", "16": "16-mixed", "bf16": "bf16-mixed"}


def refuse_devices(layout: Layout) -> None:
    """Record every accelerator, strategy and number of devices that is refused."""
    _refuse_counts(layout)
    if layout.direct:
        _refuse_null(layout)
        _refuse_names(layout)
        _refuse_pairs(layout)
    _refuse_in_deepspeed(layout)


def _refuse_counts(layout: Layout) -> None:
    """On a CPU they are a count of processes."""
    config, devices = layout.config, layout.trainer.setting("devices")
    value = devices.value
    listed = isinstance(value, Sequence) or (isinstance(value, str) and "," in value)
    negative = devices.number is not None and devices.number < 0
    if isinstance(value, Sequence) and not value.items:
        if since_any(config, CHECKED_MORE):
            config.refuse(devices, "it names no device at all")
    elif layout.setting("accelerator").value == "cpu" and (listed or negative):
        config.refuse(devices, "on a CPU it is a whole number above 0, no list of devices")


def _refuse_null(layout: Layout) -> None:
    """Until 2.0, null left the choice to Lightning."""
    for key in ("accelerator", "strategy", "devices"):
        setting = layout.trainer.setting(key)
        if setting.stated and setting.value is None and since_any(layout.config, REMOVED):
            layout.config.refuse(setting, "since 2.0 it is auto where Lightning is to choose")


def _refuse_names(layout: Layout) -> None:
    config = layout.config
    strategy, accelerator = (layout.trainer.setting(key) for key in ("strategy", "accelerator"))
    instead = _OLD.get(strategy.value.lower()) if isinstance(strategy.value, str) else None
    if instead is not None and since_any(config, REMOVED):
        config.refuse(strategy, f"2.0 removed it; use {instead}")
    named = accelerator.value
    if isinstance(named, str) and named in _DDP and since_any(config, REMOVED):
        config.refuse(accelerator, "that is a strategy; it goes under strategy")


def _refuse_pairs(layout: Layout) -> None:
    """Sharding needs CUDA; DeepSpeed clips by norm alone; some precisions are not for all."""
    config, trainer = layout.config, layout.trainer
    name, accelerator = own_strategy(layout), trainer.setting("accelerator")
    elsewhere = accelerator.value in _WITHOUT_CUDA
    if elsewhere and name.startswith("deepspeed"):
        config.refuse(trainer.setting("strategy"), "DeepSpeed runs on CUDA alone")
    if elsewhere and name.startswith("fsdp") and since_any(config, REMOVED):
        config.refuse(trainer.setting("strategy"), "FSDP runs on CUDA alone")
    clipping = trainer.setting("gradient_clip_algorithm")
    if name.startswith("deepspeed") and str(clipping.value).lower() == "value":
        config.refuse(clipping, "DeepSpeed clips by norm alone")
    precision = trainer.setting("precision")
    if name == "modelparallelstrategy" and _is_other(precision):
        config.refuse(precision, f"ModelParallelStrategy has {', '.join(_OF_MODEL_PARALLEL)}")


def own_strategy(layout: Layout) -> str:
    """The name of a strategy of Lightning's, short or as a class, in lower case; or nothing."""
    value = layout.trainer.setting("strategy").value
    if isinstance(value, Mapping):
        made = layout.made("strategy")
        return made.name.lower() if made is not None and made.own else ""
    return value.lower() if isinstance(value, str) else ""


def _is_other(precision: Setting) -> bool:
    value = precision.value
    if not isinstance(value, (str, int)) or isinstance(value, bool):
        return False
    return _LONG.get(str(value), str(value)) not in _OF_MODEL_PARALLEL


def _refuse_in_deepspeed(layout: Layout) -> None:
    """The strategy raises."""
    config = layout.config
    beside, inline = config.companion("deepspeed"), layout.setting(DEEPSPEED_CONFIG).value
    if isinstance(inline, Mapping):
        beside = config.within(config.document, inline)
    if beside is not None and beside.has("gradient_accumulation_steps"):
        steps = beside.setting("gradient_accumulation_steps")
        config.refuse(steps, "Lightning fills it in from accumulate_grad_batches")
