"""accelerate: the launcher's config file (`commands/config/config_args.py`).

`BaseConfig.from_yaml_file` makes a `ClusterConfig` or, with another `compute_environment`, a
`SageMakerConfig`. `commands/launch.py:_validate_launch_command` then sets every key of a nested
section as an option of the command line: what such a section may hold are those options, and what
`commands/config/cluster.py` writes into it.
"""

from __future__ import annotations

import ast
import re

from tests.schemas.classes import NO_DEFAULT, Key, Keys, Schema, fields, options, parse
from tests.schemas.history import IGNORED, RAW, REFUSED, Framework
from tests.schemas.releases import Source, ends_of_minors

_SECTIONS = {
    "fsdp_config": ("fsdp_",),
    "megatron_lm_config": ("megatron_lm_",),
    "dynamo_config": ("dynamo_",),
    "fp8_config": ("fp8_",),
    "mpirun_config": ("mpirun_",),
    "parallelism_config": ("parallelism_config_",),
    "deepspeed_config": ("deepspeed_", "zero", "offload_", "gradient_"),
    "ipex_config": ("ipex", "use_xpu"),
}
"""How the options begin that belong into a section."""

_SHORT = ("fsdp_config", "fp8_config", "dynamo_config")
"""Sections where a key may stand without the name of the section, which is put before it."""

_FLAG: Schema = {"type": ["boolean", "string", "null"]}
_WHOLE: Schema = {"type": ["integer", "string", "null"]}

# The launcher turns most values into text of its own: what a type leaves open it takes as well.
_TYPES: dict[str, Schema] = {
    # `multi_gpu_launcher` and `deepspeed_launcher` hand them on as text or through `int`.
    "num_processes": {"type": ["integer", "string"]},
    "machine_rank": _WHOLE,
    # Bare `NO` is false in YAML, which no enum is made of: it works.
    "distributed_type": {"type": ["string", "boolean"]},
    "compute_environment": {"type": "string"},
    "mixed_precision": {"type": ["string", "null"]},
    # `accelerate config` itself writes the text 'no'.
    "downcast_bf16": _FLAG,
    "main_process_port": _WHOLE,
    "debug": _FLAG,
    "use_cpu": _FLAG,
    "same_network": _FLAG,
    "tpu_use_cluster": _FLAG,
    "tpu_use_sudo": _FLAG,
    "enable_cpu_affinity": _FLAG,
    "main_training_function": {"type": ["string", "null"]},
    "commands": {"type": ["array", "string", "null"]},
    "command_file": {"type": ["array", "string", "null"]},
    "tpu_vm": {"type": ["array", "string", "null"]},
    "tpu_env": {"type": ["array", "string", "null"]},
    "pytorch_version": {"type": ["string", "number"]},
    "transformers_version": {"type": ["string", "number"]},
    "base_job_name": {"type": ["string", "null"]},
    "fsdp_config.fsdp_sharding_strategy": {"type": ["string", "integer", "null"]},
    "fsdp_config.fsdp_backward_prefetch": {"type": ["string", "integer", "null"]},
    "fsdp_config.fsdp_state_dict_type": {"type": ["string", "integer", "null"]},
    "fsdp_config.fsdp_version": _WHOLE,
    "fsdp_config.fsdp_reshard_after_forward": _FLAG,
    "fsdp_config.fsdp_ignored_modules": {},
    "fsdp_config.fsdp_transformer_layer_cls_to_wrap": {"type": ["string", "array", "null"]},
    "deepspeed_config.gradient_clipping": {"type": ["number", "string", "null"]},
    "fp8_config.override_linear_precision": {"type": ["array", "string", "null"]},
    "fp8_config.backend": {"type": ["string", "null"]},
    "parallelism_config.parallelism_config_sp_seq_length": _WHOLE,
}

_AS_TEXT: dict[str, Schema] = {
    "integer": _WHOLE,
    "number": {"type": ["number", "string", "null"]},
    "boolean": _FLAG,
    "string": {"type": ["string", "boolean", "null"]},
}
"""What a value may be where an option of that type stands: it goes through the environment."""


def launch_config(source: Source) -> Keys:
    """The keys of the file and of its sections, in one release."""
    found: Keys = {}
    text = source.text("accelerate/commands/config/config_args.py")
    assert text is not None
    tree = parse(text)
    for name in ("SageMakerConfig", "ClusterConfig", "BaseConfig"):
        found |= fields(tree, name)
    # `BaseConfig.process_config` makes other keys of them.
    for old, kind in (("fp16", "boolean"), ("dynamo_backend", "string")):
        if f'"{old}" in config_dict' in text:
            found[old] = Key({"type": kind})
    for section in _SECTIONS:
        if section in found:
            found |= _section(source, section)
    for path, schema in _TYPES.items():
        if path in found:
            found[path] = found[path]._replace(schema=schema)
    return {path: _open(key) if "." not in path else key for path, key in found.items()}


def _open(key: Key) -> Key:
    """A field without a value may be empty, whatever its annotation says."""
    kind = key.schema.get("type")
    if key.default is None and isinstance(kind, str):
        return key._replace(schema={**key.schema, "type": [kind, "null"]})
    return key


def _section(source: Source, section: str) -> Keys:
    """The options that belong into a section, and what the questionnaire writes there."""
    prefixes = _SECTIONS[section]
    found: Keys = {}
    for name, key in options(parse(source.text("accelerate/commands/launch.py") or "")).items():
        if name.startswith(prefixes) and name not in ("deepspeed_fields_from_accelerate_config",):
            found[name] = _as_text(key)
    for name in _asked(parse(source.text("accelerate/commands/config/cluster.py") or ""), section):
        long = name if name.startswith(prefixes) or section not in _SHORT else prefixes[0] + name
        found.setdefault(long, Key(_FLAG if section == "ipex_config" else {}))
    if section == "fp8_config":
        for name in _read_from_environment(source.text("accelerate/utils/dataclasses.py") or ""):
            found.setdefault(name, Key({}))
    if section == "fsdp_config" and "fsdp_ignored_modules" in (
        source.text("accelerate/utils/launch.py") or ""
    ):
        found["fsdp_ignored_modules"] = Key({})
    if section not in _SHORT:
        return {f"{section}.{name}": key for name, key in found.items()}
    both = [_both(source, section, name, key) for name, key in found.items()]
    return {path: key for pairs in both for path, key in pairs}


def _both(source: Source, section: str, name: str, key: Key) -> list[tuple[str, Key]]:
    """A key with the name of its section before it and, where the release takes it, without."""
    launch = source.text("accelerate/commands/launch.py") or ""
    short = name.removeprefix(_SECTIONS[section][0])
    if section == "fsdp_config":
        return [(f"{section}.{name}", key._replace(aliases=(short,)))]
    if f'name == "{section}"' in launch or section == "fp8_config":
        return [(f"{section}.{name}", key), (f"{section}.{short}", key)]
    return [(f"{section}.{name}", key)]


def _read_from_environment(text: str) -> list[str]:
    """What fp8 recipes read there: `utils/launch.py:setup_fp8_env` hands on all that is `fp8_…`."""
    found = []
    for part in text.split('env_prefix = "ACCELERATE_FP8_"')[1:]:
        own = re.split(r"env_prefix = |\nclass ", part)[0]
        found += [
            f"fp8_{name.lower()}" for name in re.findall(r'env_prefix \+ "([A-Z0-9_]+)"', own)
        ]
    return found


def _as_text(key: Key) -> Key:
    kind = key.schema.get("type")
    default = key.default
    if default in ("true", "false"):
        return Key(_FLAG, default == "true")
    schema = _AS_TEXT[kind] if isinstance(kind, str) and kind in _AS_TEXT else {}
    return Key(schema, NO_DEFAULT if isinstance(default, tuple) else default)


def _asked(tree: ast.Module, section: str) -> list[str]:
    """Keys written as `section["key"] = …` or `section[prefix + "key"] = …`."""
    found = []
    for node in ast.walk(tree):
        targets = node.targets if isinstance(node, ast.Assign) else []
        for target in targets:
            if not isinstance(target, ast.Subscript) or not isinstance(target.value, ast.Name):
                continue
            if target.value.id != section:
                continue
            key = target.slice
            if isinstance(key, ast.BinOp) and isinstance(key.right, ast.Constant):
                found.append(f"{_SECTIONS[section][0]}{key.right.value!s}")
            elif isinstance(key, ast.Constant):
                found.append(str(key.value))
    return found


FRAMEWORK = Framework(
    name="accelerate",
    title="accelerate: the file of accelerate launch",
    packages={"accelerate": launch_config},
    sampled=lambda package: ends_of_minors(package, "0.12.0"),
    unknown={
        # `config_args.py:BaseConfig.from_yaml_file`, `from_json_file`: ValueError, "had unknown
        # keys"; before that check, the dataclass itself took no other argument.
        "": REFUSED,
        # `commands/launch.py:_validate_launch_command` sets what it finds, and nobody reads it.
        **dict.fromkeys(_SECTIONS, IGNORED),
    },
    # The dataclass takes them as they are; `utils/launch.py` writes most into the environment.
    values={"": RAW},
)
