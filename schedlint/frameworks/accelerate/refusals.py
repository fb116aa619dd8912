"""Values of a launch config that accelerate refuses before anything starts.

Sources: accelerate `commands/config/config_args.py:BaseConfig.process_config`;
`commands/launch.py:_validate_launch_command`; `utils/launch.py:prepare_multi_gpu_env`;
`utils/dataclasses.py:DeepSpeedPlugin._deepspeed_config_checks`.
"""

from __future__ import annotations

from schedlint.frameworks.accelerate.refused_plugins import read_plugins
from schedlint.reading.config import Config
from schedlint.source import UNKNOWN

_PRECISIONS = ("no", "fp16", "bf16", "fp8")
_TYPES = ("NO", "DEEPSPEED", "FSDP", "MEGATRON_LM", "XLA", "TPU")
_OF_THE_FILE = (
    "gradient_accumulation_steps",
    "gradient_clipping",
    "zero_stage",
    "offload_optimizer_device",
    "offload_param_device",
    "offload_param_nvme_path",
    "offload_optimizer_nvme_path",
    "zero3_save_16bit_model",
)
"""Keys of `deepspeed_config` that may not stand beside a DeepSpeed file."""


def read_refusals(config: Config) -> None:
    """Record what the launcher stops at, whatever stands on its command line."""
    if config.setting("compute_environment", default="LOCAL_MACHINE").value != "LOCAL_MACHINE":
        return
    _read_type(config)
    _read_precision(config)
    named = config.setting("deepspeed_config.deepspeed_config_file").value
    if config.setting("distributed_type").value == "DEEPSPEED" and isinstance(named, str):
        refuse_doubled(config, "with a deepspeed_config_file it belongs into that file")
    read_plugins(config)


def _read_type(config: Config) -> None:
    kind = config.setting("distributed_type")
    if not kind.stated:
        counted = config.setting("num_processes", "num_machines")
        config.refuse(counted, "there is no distributed_type")
    elif not isinstance(kind.value, str):
        return
    elif kind.value.startswith("MULTI_"):
        _read_gpus(config, kind.value)
    elif kind.value not in _TYPES and kind.value.replace("_", "").isalnum():
        config.refuse(kind, "there is no such way to start processes")


def _read_gpus(config: Config, kind: str) -> None:
    gpus = config.word("gpu_ids")
    if kind == "MULTI_CPU" or config.whole("num_machines", default=1).number != 1:
        return
    if isinstance(gpus.value, str) and gpus.value.isdigit():
        config.refuse(gpus, f"{kind} needs at least two")


def _read_precision(config: Config) -> None:
    precision = config.setting("mixed_precision")
    value = precision.value
    if value is False:
        config.refuse(precision, 'the loader reads false, write "no" in quotes')
    elif isinstance(value, str) and value.isalnum() and value.lower() not in _PRECISIONS:
        config.refuse(precision, "it is one of no, fp16, bf16 and fp8")


def refuse_doubled(config: Config, why: str) -> None:
    """What a DeepSpeed file says cannot be said here as well, not even the same."""
    for key in _OF_THE_FILE:
        if config.has(f"deepspeed_config.{key}"):
            config.refuse(config.setting(f"deepspeed_config.{key}"), why)
    precision = config.setting("mixed_precision")
    if precision.value not in (None, UNKNOWN):
        config.refuse(precision, why)
