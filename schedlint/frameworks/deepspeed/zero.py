"""The section `zero_optimization`: its stage, what it refuses, and what it has no use for.

Sources: deepspeed `runtime/zero/config.py:DeepSpeedZeroConfig`, `runtime/zero/offload_config.py`;
`runtime/config_utils.py:DeepSpeedConfigModel._process_deprecated_field`;
`runtime/engine.py:DeepSpeedEngine._configure_zero_optimizer`.
"""

from __future__ import annotations

from schedlint.reading.config import AUTO, Config, Setting
from schedlint.reading.versions import Change
from schedlint.source import Mapping

PACKAGE = "deepspeed"
PARTS_IN_STAGE_THREE = Change(
    PACKAGE, "0.12.6", "an offload ratio below 1 is refused outside stage 3 (seen from here on)"
)
BUCKET_ABOVE_ZERO = Change(PACKAGE, "0.19.6", "a reduce_bucket_size of 0 is refused")
NORM_IN_STAGES = Change(PACKAGE, "0.19.7", "compute_grad_norm is a key, for stages 1 and 2")
CHANGES = (PARTS_IN_STAGE_THREE, BUCKET_ABOVE_ZERO, NORM_IN_STAGES)

_SECTION = "zero_optimization"
_DEVICES = ("none", "cpu", "nvme", AUTO)
_COUNTS = (
    *("reduce_bucket_size", "allgather_bucket_size", "sub_group_size", "zero_hpz_partition_size"),
    *("stage3_prefetch_bucket_size", "stage3_param_persistence_threshold"),
    *("stage3_model_persistence_threshold", "stage3_max_live_parameters"),
    *("stage3_max_reuse_distance", "offload_param.buffer_count", "offload_param.buffer_size"),
    *("offload_param.max_in_cpu", "offload_optimizer.buffer_count"),
)
"""Counts that may be 0 but not less."""
_REPLACED = (
    ("cpu_offload", "offload_optimizer"),
    ("cpu_offload_param", "offload_param"),
    ("stage3_gather_fp16_weights_on_model_save", "stage3_gather_16bit_weights_on_model_save"),
)
"""Old names, each with the new one that it may not stand beside."""


def zero_stage(config: Config) -> Setting:
    """The ZeRO stage; None without the section, 1 for the old `zero_optimization: true`.

    Quotes around the number do not matter to the section's model.
    """
    section = config.setting(_SECTION)
    if isinstance(section.value, bool):
        return section._replace(value=int(section.value))
    if not isinstance(section.value, Mapping):
        return section
    return config.whole(f"{_SECTION}.stage", default=0, text_counts=True)


def read_zero(config: Config) -> None:
    """Record what the section's models refuse, and an offload that nothing comes of."""
    stage = zero_stage(config)
    if stage.number is not None and stage.number not in (0, 1, 2, 3):
        config.refuse(stage, "the stages are 0, 1, 2 and 3")
    if not isinstance(config.setting(_SECTION).value, Mapping):
        return
    _read_devices(config)
    _read_counts(config)
    _read_replaced(config)
    _read_norm(config, stage)
    _read_parts(config, stage)
    read_unused_offload(config, config.setting(f"{_SECTION}.offload_param.device"), stage)


def _read_devices(config: Config) -> None:
    for section in ("offload_optimizer", "offload_param"):
        device = config.word(f"{_SECTION}.{section}.device")
        known = device.value in _DEVICES or not str(device.value).isalnum()
        if isinstance(device.value, str) and not known:
            config.refuse(device, "the devices are none, cpu and nvme")


def _read_counts(config: Config) -> None:
    for key in _COUNTS:
        count = config.setting(f"{_SECTION}.{key}")
        if (count.number or 0) < 0:
            config.refuse(count, "it cannot be negative")
    bucket = config.setting(f"{_SECTION}.reduce_bucket_size")
    if bucket.number == 0 and config.since(BUCKET_ABOVE_ZERO):
        config.refuse(bucket, "it must be above 0")


def _read_replaced(config: Config) -> None:
    """An `auto` counts as a key that is not there."""
    for old, new in _REPLACED:
        both = [config.setting(f"{_SECTION}.{key}") for key in (old, new)]
        if all(each.stated and each.value != AUTO for each in both):
            config.refuse(both[0], f"{new} is its new name, and stands there as well: remove it")


def _read_norm(config: Config, stage: Setting) -> None:
    norm = config.setting(f"{_SECTION}.compute_grad_norm")
    if norm.value is False and stage.number in (0, 3) and config.since(NORM_IN_STAGES):
        config.refuse(norm, "it can be off in stages 1 and 2 only")


def _read_parts(config: Config, stage: Setting) -> None:
    ratio = config.setting(f"{_SECTION}.offload_optimizer.ratio")
    if ratio.number is None:
        return
    if not 0 <= ratio.number <= 1:
        config.refuse(ratio, "it is a fraction from 0 to 1")
    elif ratio.number < 1 and stage.number in (0, 1, 2) and config.since(PARTS_IN_STAGE_THREE):
        config.refuse(ratio, "a part of the optimizer can be offloaded in stage 3 only")


def read_unused_offload(config: Config, device: Setting, stage: Setting) -> None:
    """Below stage 3 the parameters stay where they are: only stage 3 is given their device."""
    if device.value in ("cpu", "nvme") and stage.number in (0, 1, 2):
        why = f"parameters are offloaded in ZeRO stage 3 only, and this is stage {stage.number}"
        config.fact("unused_offload", device._replace(value=why))
