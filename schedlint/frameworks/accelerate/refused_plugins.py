"""Values of the launcher's sections that accelerate's plugins refuse when the script starts.

What stands in a section goes through the environment: into `FullyShardedDataParallelPlugin`,
`ParallelismConfig` or `DeepSpeedPlugin`, with whatever quotes gone.

Sources: accelerate `utils/launch.py:prepare_multi_gpu_env`, `prepare_deepspeed_cmd_env`;
`utils/dataclasses.py:FullyShardedDataParallelPlugin.__post_init__`, `set_state_dict_type`,
`DeepSpeedPlugin.__post_init__`; `parallelism_config.py:ParallelismConfig.__post_init__`,
`_validate_accelerator`; deepspeed `runtime/zero/config.py`, `runtime/zero/offload_config.py`.
"""

from __future__ import annotations

from schedlint.reading.config import Config, Setting
from schedlint.reading.versions import Change
from schedlint.source import Mapping

PACKAGE = "accelerate"
SYNC_NEEDED = Change(PACKAGE, "0.24", "fsdp_cpu_ram_efficient_loading needs the states synced")
POLICY_CHECKED = Change(PACKAGE, "0.34", "words of the FSDP section are checked by name")
FSDP_TWO = Change(PACKAGE, "1.6", "fsdp_version is a key")
CHECKPOINT_OFFLOAD = Change(PACKAGE, "1.15", "activation_checkpointing_offload is a key")
PARALLELISM = Change(PACKAGE, "1.10", "parallelism_config is a section")
CONTEXT_BACKEND = Change(PACKAGE, "1.12", "cp_backend is a key")
SEQUENCE_PARALLELISM = Change(PACKAGE, "1.13", "sequence parallelism excludes context parallelism")
SHARD_NEEDED = Change(PACKAGE, "1.15", "FSDP needs a dimension of the sizes to shard over")
CHANGES = (
    *(SYNC_NEEDED, POLICY_CHECKED, FSDP_TWO, CHECKPOINT_OFFLOAD),
    *(PARALLELISM, CONTEXT_BACKEND, SEQUENCE_PARALLELISM, SHARD_NEEDED),
)

_STRATEGIES = ("FULL_SHARD", "SHARD_GRAD_OP", "NO_SHARD", "HYBRID_SHARD", "HYBRID_SHARD_ZERO2")
_POLICIES = ("TRANSFORMER_BASED_WRAP", "SIZE_BASED_WRAP", "NO_WRAP")
_PREFETCHES = ("BACKWARD_PRE", "BACKWARD_POST", "NO_PREFETCH")
_STATES = ("FULL_STATE_DICT", "SHARDED_STATE_DICT", "LOCAL_STATE_DICT")
_SWITCHES = ("y", "yes", "t", "true", "on", "1", "n", "no", "f", "false", "off", "0")


def read_plugins(config: Config) -> None:
    """Record what the sections that are in force are refused for."""
    kind = config.setting("distributed_type").value
    if kind == "FSDP":
        _read_fsdp(config)
    if kind == "DEEPSPEED" and not config.has("deepspeed_config.deepspeed_config_file"):
        _read_deepspeed(config)
    if kind in ("FSDP", "DEEPSPEED") or str(kind).startswith("MULTI_"):
        _read_parallelism(config)


# FSDP.


def option(config: Config, name: str) -> Setting:
    """An option of FSDP, whose name may stand with or without the prefix of its section."""
    return config.setting(f"fsdp_config.fsdp_{name}", f"fsdp_config.{name}")


def fsdp_version(config: Config) -> int | None:
    """The version of FSDP, 1 by default; None where it is another or cannot be known."""
    version = option(config, "version")
    if not version.stated:
        return 1
    return {"1": 1, "2": 2}.get(str(version.value))


def _read_fsdp(config: Config) -> None:
    version = fsdp_version(config)
    loads, syncs = option(config, "cpu_ram_efficient_loading"), option(config, "sync_module_states")
    if loads.value is True and syncs.value is False and config.since(SYNC_NEEDED):
        config.refuse(syncs, f"{loads.key} is on, which needs it")
    _choose(config, option(config, "auto_wrap_policy"), _POLICIES)
    _choose(config, option(config, "backward_prefetch"), _PREFETCHES)
    _choose(config, option(config, "state_dict_type"), _STATES)
    if version == 1:
        _choose(config, option(config, "sharding_strategy"), _STRATEGIES)
    elif version == 2:
        _read_version_two(config)
    _read_checkpoint_offload(config, version)


def _choose(config: Config, given: Setting, words: tuple[str, ...]) -> None:
    """Words count in any case; torch's own names may start with an underscore."""
    if not isinstance(given.value, str) or not given.value.replace("_", "").isalpha():
        return
    known = given.value.upper().removeprefix("_") in words
    if not known and config.since(POLICY_CHECKED):
        config.refuse(given, f"it is one of {', '.join(words)}")


def _read_version_two(config: Config) -> None:
    """It takes a switch where version 1 takes a strategy, and has no local state."""
    reshard = option(config, "reshard_after_forward")
    word = str(reshard.value).lower() if isinstance(reshard.value, str) else "true"
    other = word.replace("_", "").isalnum() and word not in _SWITCHES
    if other and config.since(FSDP_TWO):
        config.refuse(reshard, "with fsdp_version 2 it is true or false")
    state = option(config, "state_dict_type")
    local = isinstance(state.value, str) and state.value.upper() == "LOCAL_STATE_DICT"
    if local and config.since(FSDP_TWO):
        config.refuse(state, "fsdp_version 2 takes FULL_STATE_DICT and SHARDED_STATE_DICT")


def _read_checkpoint_offload(config: Config, version: int | None) -> None:
    offload = option(config, "activation_checkpointing_offload")
    if offload.value is not True:
        return
    if option(config, "activation_checkpointing").value in (None, False):
        if config.since(CHECKPOINT_OFFLOAD):
            config.refuse(offload, "it needs fsdp_activation_checkpointing: true as well")
    elif version == 1 and config.since(CHECKPOINT_OFFLOAD):
        config.refuse(offload, "it needs fsdp_version: 2")


# DeepSpeed, where no file of its own stands for it.


def _read_deepspeed(config: Config) -> None:
    stage = config.setting("deepspeed_config.zero_stage")
    number = stage.value if isinstance(stage.value, (str, int, float)) else None
    if number is not None and str(number).isalnum() and str(number) not in ("0", "1", "2", "3"):
        config.refuse(stage, "the stages are 0, 1, 2 and 3")
    for name in ("offload_optimizer_device", "offload_param_device"):
        device = config.setting(f"deepspeed_config.{name}")
        word = device.value.lower() if isinstance(device.value, str) else "none"
        if word.isalnum() and word not in ("none", "cpu", "nvme"):
            config.refuse(device, "the devices are none, cpu and nvme")


# Parallelism.


def size(config: Config, name: str) -> Setting:
    """A size as the environment hands it on, where quotes around it are gone."""
    key = f"parallelism_config.parallelism_config_{name}_size"
    return config.whole(key, default=1, text_counts=True)


def _read_parallelism(config: Config) -> None:
    if not isinstance(config.setting("parallelism_config").value, Mapping):
        return
    _read_backends(config)
    names = ("dp_replicate", "dp_shard", "tp", "cp", "sp")
    replicate, shard, tensor, context, sequence = (size(config, name) for name in names)
    if _above_one(context) and _above_one(sequence) and config.since(SEQUENCE_PARALLELISM):
        config.refuse(sequence, "cp_size is above 1 as well: only one of both can be")
    shared = tensor if _above_one(tensor) else context
    alone = _above_one(shared) and _above_one(replicate) and shard.number == 1
    if alone and config.since(PARALLELISM):
        config.refuse(replicate, f"beside {shared.key} it needs a dp_shard_size above 1")
    _read_shards(config, [replicate, shard, tensor, context, sequence])


def _read_backends(config: Config) -> None:
    for name, only, change in (
        ("cp_backend", "torch", CONTEXT_BACKEND),
        ("sp_backend", "deepspeed", SEQUENCE_PARALLELISM),
    ):
        backend = config.setting(f"parallelism_config.parallelism_config_{name}")
        word = isinstance(backend.value, str) and backend.value.isalnum()
        if word and backend.value != only and config.since(change):
            config.refuse(backend, f"there is {only} only")


def _read_shards(config: Config, sizes: list[Setting]) -> None:
    """FSDP 2 shards over dp_shard and cp together; all sizes of 1 are no sizes at all."""
    if config.setting("distributed_type").value != "FSDP" or fsdp_version(config) != 2:
        return
    numbers = [each.number for each in sizes]
    _, shard, _, context, sequence = numbers
    if None in numbers or (shard, context, sequence) != (1, 1, 1) or set(numbers) == {1}:
        return
    if config.since(SHARD_NEEDED):
        section = config.setting("parallelism_config")
        config.refuse(section, "FSDP needs a dp_shard_size or cp_size above 1 to shard over")


def _above_one(setting: Setting) -> bool:
    return (setting.number or 0) > 1
