"""What stands in the launcher's file and comes to nothing.

Sources: accelerate `commands/launch.py:launch_command`; `utils/launch.py:prepare_multi_gpu_env`,
`prepare_deepspeed_cmd_env`, which hand on no folder for NVMe;
`utils/dataclasses.py:DeepSpeedPlugin.__post_init__`.
"""

from __future__ import annotations

from schedlint.frameworks.deepspeed.zero import read_unused_offload
from schedlint.reading.config import Config, Setting
from schedlint.source import Mapping

SECTIONS = {
    "deepspeed_config": "DEEPSPEED",
    "fsdp_config": "FSDP",
    "megatron_lm_config": "MEGATRON_LM",
}
"""Sections that count under one type only."""


def read_unused(config: Config) -> None:
    """Record a section of another type, and an offload that nothing comes of."""
    if config.setting("compute_environment", default="LOCAL_MACHINE").value != "LOCAL_MACHINE":
        return
    kind = config.setting("distributed_type")
    # One process shards nothing, and nobody expects it to: the section is kept for later.
    if isinstance(kind.value, str) and kind.value.isidentifier() and kind.value != "NO":
        for section, its_type in SECTIONS.items():
            if kind.value != its_type and _holds_something(config, section):
                why = f"it counts under distributed_type: {its_type} only"
                config.fact("unused_sharding", config.setting(section)._replace(value=why))
                break
    if kind.value == "DEEPSPEED" and not config.has("deepspeed_config.deepspeed_config_file"):
        _read_offload(config)


def _holds_something(config: Config, section: str) -> bool:
    node = config.setting(section).value
    return isinstance(node, Mapping) and bool(node.effective())


def _read_offload(config: Config) -> None:
    stage = config.whole("deepspeed_config.zero_stage", default=2, text_counts=True)
    read_unused_offload(config, config.word("deepspeed_config.offload_param_device"), stage)
    for kind in ("optimizer", "param"):
        device = config.word(f"deepspeed_config.offload_{kind}_device")
        path = config.word(f"deepspeed_config.offload_{kind}_nvme_path")
        named = isinstance(path.value, str) and path.value.lower() != "none"
        if device.value == "nvme" and named:
            why = "the launcher hands no path on, and DeepSpeed gets none: use a DeepSpeed file"
            config.fact("unused_offload", path._replace(value=why))


def read_left_out(config: Config, processes: Setting, machines: Setting) -> None:
    """Record why fewer processes start than the file says: the rest of a division, or no type."""
    kind = config.setting("distributed_type").value
    count, over = processes.number, machines.number
    if count is None or count <= 1:
        return
    if kind in ("NO", False):
        why = "without a distributed type one process starts"
        config.fact("left_out_processes", processes._replace(value=why))
    elif over is not None and over > 1 and count % over:
        each = int(count // over)
        why = f"each of the {over:g} machines starts {each}, in all {each * int(over)}"
        config.fact("left_out_processes", processes._replace(value=why))
