"""Axolotl: the fields of `AxolotlInputConfig`, its mix-ins, and the arguments of its plugins."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, cast

from packaging.version import Version

from tests.schemas.classes import (
    NO_DEFAULT,
    Key,
    Keys,
    Schema,
    bases,
    fields,
    members,
    parse,
)
from tests.schemas.history import IGNORED, PYDANTIC, REFUSED, Framework
from tests.schemas.releases import Source, releases

# 0.5.0 and 0.5.1 were released without their source.
_FIRST = "0.5.1.post1"

_FILES = (
    *(f"utils/config/models/input/v0_4_1/{name}.py" for name in ("__init__", "trl")),
    *(
        f"utils/schemas/{name}.py"
        for name in (
            "config",
            "datasets",
            "deprecated",
            "diffusion",
            "dynamic_checkpoint",
            "enums",
            "export",
            "fp8",
            "fsdp",
            "integrations",
            "model",
            "multimodal",
            "peft",
            "quantization",
            "training",
            "trl",
            "vllm",
        )
    ),
)

# Folder below `integrations` → the class that the plugin's `get_input_args` names. Its fields count
# where `plugins` lists the plugin (`integrations/config.py:merge_input_args`).
_PLUGINS = {
    "context_parallel": "ContextParallelArgs",
    "coreweave": "CoreWeaveArgs",
    "cut_cross_entropy": "CutCrossEntropyArgs",
    "densemixer": "DenseMixerArgs",
    "diffusion": "DiffusionArgs",
    "diffusion_decision": "DiffusionDecisionArgs",
    "expert_parallel": "ExpertParallelArgs",
    "grokfast": "GrokfastArgs",
    "hatchery": "HatcheryArgs",
    "kd": "KDArgs",
    "kernels": "KernelsArgs",
    "liger": "LigerArgs",
    "llm_compressor": "LLMCompressorArgs",
    "lm_eval": "LMEvalArgs",
    "mora": "MoraArgs",
    "nemo_gym": "NemoGymArgs",
    "spectrum": "SpectrumArgs",
    "swanlab": "SwanLabConfig",
}

# `utils/schemas/quantization.py:validate_ao_dtype`: text instead of the enum's values.
_AO_DTYPE: Schema = {
    "enum": ["int4", "int8", "float8_e4m3fn", "fp8", "float8", "nvfp4", "mxfp4", "ternary"]
}

_TYPES: dict[str, Schema] = {
    "TorchAOQuantDType": _AO_DTYPE,
    "TorchIntDType": _AO_DTYPE,
    "FP8Recipe": {"enum": ["tensorwise", "rowwise", "rowwise_with_gw_hp"]},
    "Resampling": {"type": "integer"},
    # Enums of transformers, and unions with any text: which names there are is not told here.
    "SchedulerType": {"type": "string"},
    "OptimizerNames": {"type": "string"},
    "CustomSupportedOptimizers": {"type": "string"},
}

# What is accepted beside the annotated type: by a release before the newest, or by a validator
# that runs before the type's own (`multimodal.py:convert_image_resize_algorithm`).
_ALSO: dict[str, Schema] = {
    "datasets[].type.field_label": {"type": "boolean"},
    "fix_untrained_tokens": {"type": "boolean"},
    "gradient_checkpointing": {"enum": ["unsloth"]},
    "image_resize_algorithm": {"type": "string"},
    "kd_trainer": {"type": "boolean"},
    "trl.use_vllm": {"type": "null"},
}

# `chat_template` is the name of a template, or begins so. (In a data set it is any text.)
_FALLBACK = "^tokenizer_default_fallback_"

# Until 0.12.2 `fsdp_config` was a free mapping, with and without the prefix `fsdp_`. These keys
# were read: by `utils/trainer.py:setup_fsdp_envs`, `train.py`, and by transformers
# (`training_args.py:TrainingArguments.__post_init__`, `trainer.py`), which are handed it whole.
_FREE_FSDP: dict[str, Schema] = {
    # Some of them reach the environment as text, where "true" is as good.
    **{
        name: {"type": ["boolean", "string", "null"]}
        for name in (
            "activation_checkpointing",
            "cpu_ram_efficient_loading",
            "forward_prefetch",
            "limit_all_gathers",
            "offload_params",
            "reshard_after_forward",
            "sync_module_states",
            "use_orig_params",
            "xla",
            "xla_fsdp_grad_ckpt",
            "xla_fsdp_v2",
        )
    },
    **{
        name: {"type": ["string", "null"]}
        for name in (
            "auto_wrap_policy",
            "backward_prefetch",
            "buffer_dtype",
            "compute_dtype",
            "final_state_dict_type",
            "state_dict_type",
        )
    },
    "min_num_params": {"type": ["integer", "null"]},
    "transformer_layer_cls_to_wrap": {"type": ["string", "array", "null"]},
    "xla_fsdp_settings": {"type": ["object", "string", "null"]},
}

# Read until 0.4.0, when no model checked the file (`cfg.…` throughout the source). The first
# release that is looked at stands for those before it, so these keys end a little too late.
_BEFORE = (
    "base_model_ignore_patterns",
    "collator_pad_to_longest",
    "debug",
    "eval_table_max_new_tokens",
    "gptq_disable_exllama",
    "gptq_groupsize",
    "gptq_model_v1",
    "gradient_checkpointing_ratio",
    "landmark_attention",
    "load_4bit",
    "log_sweep_max_lr",
    "log_sweep_min_lr",
    "peft_adapter",
    "push_to_hub_model_id",
    "rl_adapter_ref_model",
    "xpos_rope",
)

# No fields, but read all the same. `lm_eval/cli.py:lm_eval` takes the file without the model; the
# others are looked at by a validator that runs before the fields are filled.
_SWITCH: Schema = {"type": ["boolean", "null"]}
_NO_FIELDS: dict[str, dict[str, Schema]] = {
    "integrations/kernels/args.py": {
        "lora_exclude_modules": {"type": ["array", "string", "null"]},
    },
    "integrations/lm_eval/cli.py": {
        "apply_chat_template": _SWITCH,
        "fewshot_as_multiturn": _SWITCH,
        "revision": {},
    },
    "utils/config/models/input/v0_4_1/__init__.py": {"inference": _SWITCH},
    "utils/schemas/peft.py": {"inference": _SWITCH},
}

# Sections whose own keys are left out, to keep the schema small: few files have them.
_SHUT = (
    "coreweave",
    "diffusion",
    "diffusion_decision",
    "diffusion_lm",
    "dynamic_checkpoint",
    "ebft",
    "export",
    "hatchery",
    "llmcompressor",
    "mora",
    "pretraining_dataset[].type",
    "selective_checkpointing",
)

# The mark of a model's name in the schema of a type, until its fields are put in.
_MARK = "x-model"


def input_config(source: Source) -> Keys:
    """The keys of one release: those of the core, and those of all plugins that come with it."""
    trees = _Trees(source)
    found: Keys = {}
    for name in ("AxolotlInputConfig", *_PLUGINS.values()):
        found = {**trees.keys(name), **found}
    # The items of `test_datasets` are of the same classes as those of `datasets`: see `repeats`.
    out = tuple(f"{section}." for section in ("test_datasets[]", *_SHUT))
    found = {path: key for path, key in found.items() if not path.startswith(out)}
    if found and "FSDPConfig" in trees.models:
        found |= _prefixed(found)
    elif found:
        found |= {
            f"fsdp_config.{prefix}{name}": Key(schema)
            for name, schema in _FREE_FSDP.items()
            for prefix in ("", "fsdp_")
        }
        found["fsdp_config.fsdp_version"] = Key({"type": ["integer", "string", "null"]})
    if str(source.release.version) == _FIRST:
        found |= {name: Key({}) for name in _BEFORE}
    found |= _without_fields(source)
    found = {
        name: key._replace(aliases=()) for path, key in found.items() for name in _names(path, key)
    }
    found["chat_template"] = Key(
        {
            "anyOf": [
                trees.enums["ChatTemplate"],
                {"type": "string", "pattern": _FALLBACK},
                {"type": "null"},
            ]
        }
    )
    for path in _ALSO.keys() & found.keys():
        found[path] = found[path]._replace(schema=_union([found[path].schema, _ALSO[path]]))
    return found


def _without_fields(source: Source) -> Keys:
    found: Keys = {}
    for file, keys in _NO_FIELDS.items():
        text = source.text(f"axolotl/{file}") or ""
        for name, schema in keys.items():
            if f'data.get("{name}")' in text or f"=cfg.{name}," in text:
                found[name] = Key(schema)
    return found


def _names(path: str, key: Key) -> list[str]:
    """A key's path and those of its aliases; an alias may be older than the field's own name."""
    parent, dot, _ = path.rpartition(".")
    return [path, *(f"{parent}{dot}{alias}" for alias in key.aliases)]


def _prefixed(found: Keys) -> Keys:
    """`validation.py:check_fsdp_config_kwargs_prefix` takes `fsdp_` off the keys of the section."""
    return {
        path.replace(".", ".fsdp_"): key
        for path, key in found.items()
        if path.startswith("fsdp_config.") and path != "fsdp_config.fsdp_version"
    }


class _WithLists(ast.NodeTransformer):
    """Until 0.6.0 lists are written `conlist(item, min_length=1)`: `list[item]` says it too."""

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.func, ast.Name) and node.func.id == "conlist":
            return ast.Subscript(ast.Name("list", ast.Load()), node.args[0], ast.Load())
        return node


class _Trees:
    """The classes of one release."""

    def __init__(self, source: Source) -> None:
        files = [*_FILES, *(f"integrations/{folder}/args.py" for folder in _PLUGINS)]
        self._tree_of: dict[str, ast.Module] = {}
        self.enums: dict[str, Schema] = {}
        for file in files:
            tree = _WithLists().visit(parse(source.text(f"axolotl/{file}") or ""))
            for node in ast.walk(tree):
                if isinstance(node, ast.ClassDef):
                    self._tree_of[node.name] = tree
                    if "Enum" in bases(tree, node.name):
                        self.enums[node.name] = members(tree, node.name)
        self.models = {name for name in self._tree_of if self._is_model(name)}
        marks: dict[str, Schema] = {name: {"type": "object", _MARK: [name]} for name in self.models}
        self._types: Mapping[str, Schema] = {**self.enums, **marks, **_TYPES}

    def keys(self, name: str, prefix: str = "") -> Keys:
        """The keys of a model and of the models that its fields hold; empty without the class."""
        found: Keys = {}
        for key, value in self._fields(name).items():
            path = f"{prefix}{key}"
            default = NO_DEFAULT if value.default is None else value.default
            found[path] = Key(_unmarked(_union([value.schema])), default, value.aliases)
            for model, item in _held(value.schema):
                for each, inner in self.keys(model, f"{path}{item}.").items():
                    before = found.get(each)
                    both = [inner.schema] if before is None else [before.schema, inner.schema]
                    found[each] = (before or inner)._replace(schema=_union(both))
        return found

    def _fields(self, name: str) -> Keys:
        """The fields with those of the bases; of two with one name, the one that Python takes."""
        tree = self._tree_of.get(name)
        if tree is None:
            return {}
        found = fields(tree, name, self._types)
        for base in bases(tree, name):
            found = {**self._fields(base), **found}
        # The first base goes before the second: what is found once is not replaced.
        return found

    def _is_model(self, name: str) -> bool:
        if name not in self._tree_of:
            return name == "BaseModel"
        return any(map(self._is_model, bases(self._tree_of[name], name)))


def _parts(schema: Schema) -> Iterator[Schema]:
    """What a schema allows, one type or enum at a time."""
    if "anyOf" in schema:
        for part in schema["anyOf"]:
            yield from _parts(part)
    elif isinstance(schema.get("type"), list):
        for name in schema["type"]:
            yield {**schema, "type": name}
    else:
        yield schema


def _union(schemas: Iterable[Schema]) -> Schema:
    """One schema for what any of them allows, as short as it goes."""
    parts = [part for schema in schemas for part in _parts(schema)]
    if any("type" not in part and "enum" not in part for part in parts):
        return {}
    types = list(dict.fromkeys(part["type"] for part in parts if "type" in part))
    if "number" in types and "integer" in types:
        types.remove("integer")
    values = _values(parts, any_text="string" in types)
    allowed = _allowed(parts, types)
    if not values:
        return allowed
    if types in ([], ["null"]):
        return {"enum": [*values, *([None] if types else [])]}
    return {"anyOf": [{"enum": values}, allowed]}


def _values(parts: list[Schema], *, any_text: bool) -> list[Any]:
    """The single values that are allowed, without text where all text is."""
    found: list[Any] = []
    for value in (value for part in parts for value in part.get("enum", ())):
        if value not in found and not (any_text and isinstance(value, str)):
            found.append(value)
    return found


def _allowed(parts: list[Schema], types: list[str]) -> Schema:
    """A schema of types alone; items are told where every array tells them."""
    if not types:
        return {}
    allowed: Schema = {"type": types[0] if len(types) == 1 else types}
    arrays = [part for part in parts if part.get("type") == "array"]
    if arrays and all(part.get("items") for part in arrays):
        items = _union(part["items"] for part in arrays)
        allowed |= {"items": items} if items else {}
    models = [name for part in parts for name in part.get(_MARK, ())]
    return allowed | ({_MARK: list(dict.fromkeys(models))} if models else {})


def _held(schema: Schema) -> Iterator[tuple[str, str]]:
    """The models that a value may be, each with `[]` where it is an item of the value."""
    for part in _parts(schema):
        for name in part.get(_MARK, ()):
            yield name, ""
        for inner in _parts(part.get("items", {})):
            for name in inner.get(_MARK, ()):
                yield name, "[]"


def _unmarked(schema: Schema) -> Schema:
    def clean(value: object) -> object:
        if isinstance(value, list):
            return [clean(each) for each in value]
        if isinstance(value, dict):
            return {word: clean(inner) for word, inner in value.items() if word != _MARK}
        return value

    return cast("Schema", clean(schema))


_SECTIONS = (
    "",
    "datasets[]",
    "datasets[].type",
    "lr_groups[]",
    "peft",
    "peft.loftq_config",
    "pretraining_dataset[]",
    "qat",
    "quantization",
    "role_boundaries[]",
    "special_tokens",
    "test_datasets[]",
    "trl",
    "vllm",
    # Until 0.12.2 a free mapping that was handed to transformers, where nothing reads other keys
    # either. Since 0.20.0 `validation.py:check_fsdp_version` refuses some that only FSDP1 knew.
    "fsdp_config",
)

FRAMEWORK = Framework(
    name="axolotl",
    title="Axolotl: AxolotlInputConfig",
    packages={"axolotl": input_config},
    sampled=lambda package: [each for each in releases(package) if each.version >= Version(_FIRST)],
    # `utils/config/__init__.py:validate_config` goes on with what `model_dump` gives of the model,
    # and no model allows other keys: they are gone without a word. A plugin from elsewhere may know
    # them (`integrations/config.py:merge_input_args`): one that `plugins` lists, and since 0.21.0
    # one that is installed with an entry point.
    unknown={
        **dict.fromkeys(_SECTIONS, IGNORED),
        # `extra="forbid"` in `schemas/fp8.py:FP8Config`, and in
        # `integrations/context_parallel/args.py:ContextParallelConfig`, whose plugin is always on.
        "fp8_config": REFUSED,
        "context_parallel": REFUSED,
    },
    repeats={"test_datasets[]": "datasets[]"},
    # Pydantic's rules; some numbers are text first (`training.py:convert_learning_rate`).
    values={"": PYDANTIC},
)
