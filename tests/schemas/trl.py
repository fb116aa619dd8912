"""TRL: the dataclasses that its scripts take from a file (`scripts/utils.py:TrlParser`).

One schema of all trainers' configs: which of them a file is for, only the command tells.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from packaging.version import Version

from tests.schemas.classes import NO_DEFAULT, Key, Keys, Schema, fields, parse
from tests.schemas.history import ARGPARSE, ELSEWHERE, RAW, REFUSED, Framework
from tests.schemas.releases import Source, ends_of_minors
from tests.schemas.transformers import lenient

_TRAINERS = """
a2po async_distillation async_grpo bco cpo distillation dpo dppo gfpo gkd gmpo gold grpo
grpo_with_replay_buffer iterative_sft iw_opd kto minillm nash_md online_dpo orpo papo ppo ppov2 prm
reward rloo sdft sdpo self_distillation server_distillation sft ssd tpo xpo
"""
_NAMES = _TRAINERS.split()

_FILES = (
    "trl/trainer/base_config.py",
    "trl/trainer/utils.py",
    *(f"trl/trainer/{name}_config.py" for name in _NAMES),
    *(f"trl/experimental/{name}/{name}_config.py" for name in _NAMES),
    "trl/trainer/model_config.py",
    # The scripts' own arguments; TrlParser is older than `trl/scripts`.
    "trl/commands/cli_utils.py",
    *(f"trl/commands/scripts/{name}.py" for name in ("bco", "cpo", "kto", "orpo")),
    "trl/utils.py",
    "trl/scripts/utils.py",
    *(f"trl/scripts/{name}.py" for name in _NAMES),
    *(f"trl/experimental/{name}/{name}.py" for name in _NAMES),
)

_OTHERS = ("ChatArguments", "DatasetConfig")
"""The chat command's arguments, and the items of `datasets`."""

_FROM_TRANSFORMERS = (
    "average_tokens_across_devices",
    "bf16",
    "gradient_accumulation_steps",
    "gradient_checkpointing",
    "ignore_data_skip",
    "learning_rate",
    "log_level",
    "logging_steps",
    "lr_scheduler_kwargs",
    "lr_scheduler_type",
    "max_grad_norm",
    "neftune_noise_alpha",
    "per_device_train_batch_size",
    "push_to_hub",
    "remove_unused_columns",
    "run_name",
    "seed",
    "torch_empty_cache_steps",
    "train_sampling_strategy",
    "use_liger_kernel",
)
"""Arguments of transformers with another default or help; the schema it builds on has them."""

_NUMBERS: Schema = {
    "anyOf": [{"type": ["number", "null"]}, {"type": "array", "items": {"type": "number"}}]
}
_TEXTS: Schema = {
    "anyOf": [{"type": ["string", "null"]}, {"type": "array", "items": {"type": "string"}}]
}

_TEXT: Schema = {"type": ["string", "null"]}
_BRANCH: Schema = {"type": ["string", "number", "null"]}

_TYPES: dict[str, Schema] = {
    # One, or one for each epoch or loss.
    **dict.fromkeys(("alpha", "beta", "mixture_coef"), _NUMBERS),
    "loss_type": _TEXTS,
    # A list of two since 0.22.
    "reward_clip_range": _NUMBERS,
    # `model_config.py:ModelConfig.__post_init__` takes the only one of a list out itself.
    "lora_target_modules": _TEXTS,
    "lora_modules_to_save": _TEXTS,
    "lora_target_parameters": _TEXTS,
    "data_files": {"type": ["string", "array", "object", "null"]},
    # true and false stand for the two oldest of its words.
    "scale_rewards": {"type": ["string", "boolean", "null"]},
    "f_divergence_type": {"type": ["string", "null"]},
    "pad_to_multiple_of": {"type": ["integer", "string", "null"]},
    # Numbers and names of branches.
    **dict.fromkeys(
        ("model_revision", "teacher_model_revision", "student_model_revision"), _BRANCH
    ),
    "lora_alpha": {"type": ["number", "null"]},
    "tools": {},
    **dict.fromkeys(("stop_token", "kl_penalty", "kl_estimator"), _TEXT),
}
"""What is taken in spite of the annotation, or in some releases or by some trainers only."""

_PARSER: dict[str, tuple[str, Key]] = {
    "env": ("0.8.0", Key({"type": "object"})),
    "accelerate_config": ("0.16.0", Key({"type": "string"})),
}
"""What the parser and the command take themselves, and the first release that does."""


def configs(source: Source) -> Keys:
    """The keys of one release."""
    found: dict[str, list[Key]] = {}
    for path in _FILES:
        for name, key in _parsed(source.text(path) or ""):
            found.setdefault(name, []).append(key)
    keys = {name: _one(several) for name, several in found.items()}
    keys = {name: key for name, key in keys.items() if name not in _FROM_TRANSFORMERS}
    for name, (since, key) in _PARSER.items():
        if source.release.version >= Version(since):
            keys[name] = key
    item = fields(parse(source.text("trl/scripts/utils.py") or ""), "DatasetConfig")
    keys |= {f"datasets[].{name}": key for name, key in item.items()}
    return {
        path: key._replace(schema=_TYPES.get(path.rpartition(".")[2], key.schema))
        for path, key in keys.items()
    }


def _parsed(text: str) -> Iterator[tuple[str, Key]]:
    """The fields of the classes of a module that a file may set."""
    tree = parse(text)
    for node in tree.body:
        name = node.name if isinstance(node, ast.ClassDef) else ""
        if name.endswith(("Config", "Arguments")) and name not in _OTHERS:
            yield from lenient(fields(tree, name)).items()


def _one(several: list[Key]) -> Key:
    """What any of the classes takes, and the default where it is the same for all."""
    parts: list[Schema] = []
    for key in several:
        parts += key.schema.get("anyOf", [key.schema])
    plain: list[str] = []
    rest: list[Schema] = []
    for part in parts:
        if set(part) == {"type"}:
            kinds = [part["type"]] if isinstance(part["type"], str) else part["type"]
            plain += kinds
        elif part not in rest:
            rest.append(part)
    if "object" in plain:  # `_VALID_DICT_FIELDS`: JSON as text
        plain += ["string", "null"]
    if "number" in plain:
        plain = [kind for kind in plain if kind != "integer"]
    plain = list(dict.fromkeys(plain))
    schemas: list[Schema] = [{"type": plain[0] if len(plain) == 1 else plain}] if plain else []
    schemas += rest
    first = several[0].default
    default = first if all(key.default == first for key in several) else NO_DEFAULT
    if any(not part for part in parts):
        return Key({}, default)
    return Key(schemas[0] if len(schemas) == 1 else {"anyOf": schemas}, default)


FRAMEWORK = Framework(
    name="trl",
    title="TRL: the arguments of its trainers' scripts",
    packages={"trl": configs},
    sampled=lambda package: ends_of_minors(package, "0.7.0"),
    unknown={
        # A script may add its own arguments, and `trl sft` hands the rest on to accelerate
        # (`cli/commands/training.py`). `TrlParser.parse_args_and_config` stops since 0.19, but not
        # in the scripts that come with it.
        "": ELSEWHERE,
        # `scripts/utils.py:DatasetMixtureConfig.__post_init__` makes a DatasetConfig of it.
        "datasets[]": REFUSED,
    },
    # `TrlParser.set_defaults_with_config` makes the file's values the options' defaults.
    values={"": ARGPARSE, "datasets[]": RAW},
    builds_on=("transformers",),
    requires=("transformers",),
)
