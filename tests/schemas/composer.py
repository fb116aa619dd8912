"""composer: LLM Foundry's training YAML, `TrainConfig` (`utils/config_utils.py`).

Before 0.9.0 a script of the repository that no release holds read the YAML key by key
(`scripts/train/train.py`); its keys are listed here.
"""

from __future__ import annotations

from packaging.version import Version

from tests.schemas.classes import Key, Keys, Schema, fields, parse
from tests.schemas.history import ARGPARSE, ELSEWHERE, Framework
from tests.schemas.releases import Source, ends_of_minors

_SCRIPT: dict[str, tuple[str, ...]] = {
    "0.1.0": (
        *("model", "tokenizer", "optimizer", "scheduler", "train_loader", "eval_loader"),
        *("global_train_batch_size", "device_train_batch_size", "device_eval_batch_size"),
        *("device_train_microbatch_size", "device_train_grad_accum", "n_gpus"),
        *("max_duration", "max_seq_len", "seed", "precision", "dist_timeout", "fsdp_config"),
        *("eval_interval", "eval_first", "eval_subset_num_batches", "icl_tasks"),
        *("loggers", "callbacks", "algorithms", "progress_bar", "log_to_console"),
        *("console_log_interval", "python_log_level", "run_name", "autoresume"),
        *("save_folder", "save_filename", "save_latest_filename", "save_interval"),
        *("save_num_checkpoints_to_keep", "save_overwrite"),
        *("load_path", "load_weights_only", "load_ignore_keys"),
        # Not read: other lines take their values from them.
        *("data_local", "data_remote", "global_seed", "variables"),
    ),
    "0.2.0": ("save_weights_only", "lora"),
    "0.3.0": (
        *("eval_gauntlet", "model_gauntlet", "icl_seq_len", "icl_subset_num_batches"),
        "max_split_size_mb",
    ),
    "0.4.0": (
        *("compile_config", "cuda_load_lazy", "load_strict_model_weights", "metadata"),
        "profiler",
    ),
    "0.5.0": ("log_config",),
    "0.6.0": ("code_paths",),
    "0.8.0": ("expandable_segments", "save_ignore_keys"),
}
"""First release → the keys that `scripts/train/train.py` reads from it on."""

_ENDED = {"lora": "0.5.0", "model_gauntlet": "0.5.0"}
_VARIABLES = ("data_local", "data_remote", "global_seed", "n_gpus", "device_train_grad_accum")
"""Keys that 0.9 took for variables, as it did with each that `TrainConfig` did not have."""

_SECTION: Schema = {"type": ["object", "null"]}
_NAMES: Schema = {"type": ["array", "null"], "items": {"type": "string"}}

_TYPES: dict[str, Schema] = {
    # `make_dataclass_and_log_config` parts the lists, sections and texts of these.
    "eval_loader": {"type": ["object", "array", "null"]},
    "icl_tasks": {"type": ["array", "string", "null"]},
    "eval_gauntlet": {"type": ["object", "string", "null"]},
    "eval_loaders": {"type": ["array", "null"]},
    "tokenizer": _SECTION,
    "lora": _SECTION,
    "model_gauntlet": {"type": ["object", "string", "null"]},
    "code_paths": _NAMES,
    "load_ignore_keys": _NAMES,
    "save_ignore_keys": _NAMES,
    "device_train_batch_size": {"type": "number"},
    "device_eval_batch_size": {"type": "number"},
    "device_train_microbatch_size": {"type": ["number", "string"]},
    "dist_timeout": {"type": "number"},
    # OmegaConf makes text of numbers.
    "run_name": {"type": ["string", "number", "null"]},
}
"""What the annotations do not tell, or tell too narrowly."""

_STRUCTURED = Version("0.9.0")


def train_config(source: Source) -> Keys:
    """The keys of one release of LLM Foundry."""
    version = source.release.version
    if version < _STRUCTURED:
        return _of_script(version)
    text = source.text("llmfoundry/utils/config_utils.py")
    assert text is not None
    found = fields(parse(text), "TrainConfig")
    if version < Version("0.10.0"):
        found |= _of_script(version, _VARIABLES)
    return {name: _typed(name, key) for name, key in found.items()}


def _of_script(version: Version, only: tuple[str, ...] = ()) -> Keys:
    names = [
        name for since, group in _SCRIPT.items() if version >= Version(since) for name in group
    ]
    return {
        name: _typed(name, Key({}))
        for name in only or names
        if name not in _ENDED or version < Version(_ENDED[name])
    }


def _typed(name: str, key: Key) -> Key:
    return key._replace(schema=_TYPES.get(name, key.schema))


FRAMEWORK = Framework(
    name="composer",
    title="LLM Foundry: TrainConfig",
    packages={"llm-foundry": train_config},
    sampled=lambda package: ends_of_minors(package, "0.1.0"),
    # LLM Foundry refuses an unknown key since 0.10.0 (`utils/config_utils.py:
    # make_dataclass_and_log_config`, "Unused parameters … found in cfg"). 0.9 took it for a
    # variable, 0.3 to 0.8 warned, and before that nothing was said. A transform that user code
    # registers may take keys of its own, and a house's own script hands Composer's Trainer others.
    unknown={"": ELSEWHERE},
    # `OmegaConf.structured` converts text to the field's type (`omegaconf/nodes.py`) since 0.9.0,
    # but for the two batch sizes that are reckoned with before (`calculate_batch_size_info`).
    values={"": ARGPARSE},
)
