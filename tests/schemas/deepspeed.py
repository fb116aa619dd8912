"""deepspeed: the JSON config (`runtime/config.py:DeepSpeedConfig`).

Some sections are pydantic models (`_MODELS`). The rest is read key by key, most through constants:
which keys there are is told here (`_READ`), whether a release reads one is seen in its source.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import NamedTuple

from tests.schemas.classes import NO_DEFAULT, Key, Keys, Schema, arguments, fields, parse
from tests.schemas.history import IGNORED, PYDANTIC, RAW, REFUSED, Framework
from tests.schemas.releases import Release, Source, ends_of_minors, releases

_AUTO = {"const": "auto"}
"""What a trainer fills in; the models leave such a key out before they check the others
(`runtime/config_utils.py:DeepSpeedConfigModel.__init__`)."""

_LETTERS = {
    "i": "integer",
    "n": "number",
    "b": "boolean",
    "s": "string",
    "l": "array",
    "o": "object",
    "0": "null",
}


class _Model(NamedTuple):
    """A section that is a pydantic model: where its class stands, and when not where else."""

    section: str
    places: tuple[tuple[str, str], ...]


_MODELS = (
    _Model("zero_optimization", (("runtime/zero/config.py", "DeepSpeedZeroConfig"),)),
    _Model(
        "zero_optimization.offload_param",
        (("runtime/zero/offload_config.py", "DeepSpeedZeroOffloadParamConfig"),),
    ),
    _Model(
        "zero_optimization.offload_optimizer",
        (("runtime/zero/offload_config.py", "DeepSpeedZeroOffloadOptimizerConfig"),),
    ),
    _Model("zero_optimization.zenflow", (("runtime/zenflow/zenflow_config.py", "ZenFlowConfig"),)),
    _Model(
        "zero_optimization.leaf_module",
        (("runtime/zero/leaf_module_config.py", "DeepSpeedZeroLeafModuleConfig"),),
    ),
    _Model("fp16", (("runtime/precision_config.py", "DeepSpeedFP16Config"),)),
    _Model("bf16", (("runtime/precision_config.py", "DeepSpeedBF16Config"),)),
    _Model("bfloat16", (("runtime/precision_config.py", "DeepSpeedBF16Config"),)),
    _Model("tensorboard", (("monitor/config.py", "TensorBoardConfig"),)),
    _Model("wandb", (("monitor/config.py", "WandbConfig"),)),
    _Model("csv_monitor", (("monitor/config.py", "CSVConfig"),)),
    _Model("comet", (("monitor/config.py", "CometConfig"),)),
    _Model("comms_logger", (("comm/config.py", "CommsLoggerConfig"),)),
    _Model("hybrid_engine", (("runtime/config.py", "HybridEngineConfig"),)),
    _Model(
        "compile",
        (("compile/config.py", "CompileConfig"), ("runtime/compiler.py", "CompileConfig")),
    ),
    _Model("timers.throughput", (("utils/config.py", "DeepSpeedThroughputTimerConfig"),)),
    _Model("tensor_parallel", (("runtime/tensor_parallel/config.py", "TPTrainingConfig"),)),
    _Model("tensor_parallel.tp", (("runtime/tensor_parallel/config.py", "TPConfig"),)),
    _Model("tensor_parallel.tensor_parallel", (("runtime/tensor_parallel/config.py", "TPConfig"),)),
    _Model("weight_quantization", (("inference/config.py", "BaseQuantConfig"),)),
    _Model("weight_quantization", (("inference/config.py", "WeightQuantConfig"),)),
)

_OTHER_NAMES = {"tensor_parallel.tp": "tensor_parallel.tensor_parallel"}
"""Sections that are an alias of another."""

_OBJECT: Schema = {"type": "object"}
_MODEL_TYPES: dict[str, Schema] = {
    "ZeroStageEnum": {"type": "integer", "minimum": 0, "maximum": 3},
    "OffloadDeviceEnum": {"enum": ["none", "cpu", "nvme"]},
    "QuantTypeEnum": {"enum": ["asymmetric", "symmetric"]},
    "DeepSpeedZeroOffloadParamConfig": _OBJECT,
    "DeepSpeedZeroOffloadOptimizerConfig": _OBJECT,
    "DeepSpeedZeroLeafModuleConfig": _OBJECT,
    "ZenFlowConfig": _OBJECT,
    "TPConfig": _OBJECT,
    "PassName": {"type": "string"},
}

_FIXED: dict[str, Schema] = {
    # A list or one text (`leaf_module_config.py:_coerce_container_types`).
    **{
        f"zero_optimization.leaf_module.{name}": {"type": ["array", "string"]}
        for name in ("classes", "names", "name_suffixes")
    },
    "zero_optimization.leaf_module": {"type": ["object", "null"]},
    # torch.dtype: no text of a file becomes one.
    "tensor_parallel.dtype": {},
    # `inference/config.py`, before pydantic: text was compared.
    "weight_quantization.q_type": {"type": "string"},
    # The old form, `zero/config.py:read_zero_config_deprecated`.
    "zero_optimization": {"type": ["object", "boolean"]},
}


class _Section(NamedTuple):
    """A section that is read key by key, and the files that do it.

    `keys`: `name:types`, the types by `_LETTERS`, `@` for "auto" as well, `*` for anything. With a
    `!` the key counts wherever its section is read: its name alone says too little.
    """

    section: str
    files: tuple[str, ...]
    keys: str


_CONFIG = "runtime/config.py"
_PIPELINE = "runtime/data_pipeline/config.py"

_READ = (
    _Section(
        "",
        (_CONFIG,),
        """train_batch_size:i0@ train_micro_batch_size_per_gpu:i0@ gradient_accumulation_steps:i0@
        managed_gradient_accumulation:b steps_per_print:n0 dump_state:b disable_python_gc:b
        disable_allgather:b prescale_gradients:b gradient_predivide_factor:n
        gradient_allreduce_op:s gradient_clipping:n@ sparse_gradients:b
        zero_allow_untested_optimizer:b zero_force_ds_cpu_optimizer:b wall_clock_breakdown:b
        memory_breakdown:b use_data_before_expert_parallelism:b dataloader_drop_last:b
        log_level:s0 graph_harvesting:b vocabulary_size:i0 sequence_parallel_size:i
        communication_data_type:s0 seq_parallel_communication_data_type:s0
        seq_parallel_comm_data_type:s0
        optimizer:o scheduler:o checkpoint:o data_types:o torch_autocast:o pipeline:o
        hybrid_engine:o weight_quantization:o compile:o expert_parallel:o amp:o
        progressive_layer_drop:o eigenvalue:o sparse_attention:o elasticity:o""",
    ),
    _Section("", ("runtime/zero/config.py",), "zero_optimization:ob allgather_size:n"),
    _Section("", ("runtime/zero/config.py", _CONFIG), "fp16:o bf16:o bfloat16:o"),
    _Section("", ("runtime/precision_config.py",), "fp16:o bf16:o0 bfloat16:o"),
    _Section("", ("__init__.py",), "data_parallel_size:i sequence_parallel_size:i"),
    _Section("", ("runtime/compiler.py",), "compile:o"),
    _Section("", ("monitor/config.py",), "tensorboard:o wandb:o csv_monitor:o comet:o"),
    _Section("", ("comm/config.py",), "comms_logger:o"),
    _Section("", ("utils/config.py",), "timers:o"),
    _Section("", ("runtime/tensor_parallel/config.py",), "tensor_parallel:o"),
    _Section("", ("datastates/config.py",), "datastates_ckpt:*"),
    _Section("", ("compression/config.py",), "compression_training:o"),
    _Section("", ("nebula/config.py",), "nebula:o"),
    _Section("", ("autotuning/config.py",), "autotuning:o"),
    _Section("", ("profiling/config.py",), "flops_profiler:o"),
    _Section("", ("runtime/swap_tensor/aio_config.py",), "aio:o"),
    _Section("", ("runtime/activation_checkpointing/config.py",), "activation_checkpointing:o"),
    _Section("", (_CONFIG, _PIPELINE), "curriculum_learning:o"),
    _Section("", (_PIPELINE,), "data_efficiency:o"),
    _Section("optimizer", (_CONFIG,), "type:s! params:o! legacy_fusion:b"),
    _Section("scheduler", (_CONFIG,), "type:s! params:o!"),
    _Section(
        "fp16",
        (_CONFIG,),
        """enabled:b@! auto_cast:b loss_scale:n@ initial_scale_power:n@ loss_scale_window:n@
        hysteresis:n@ consecutive_hysteresis:b min_loss_scale:n@ fp16_master_weights_and_grads:b""",
    ),
    _Section("bf16", (_CONFIG,), "enabled:b@! immediate_grad_update:b"),
    _Section("bfloat16", (_CONFIG,), "enabled:b@! immediate_grad_update:b"),
    _Section("amp", (_CONFIG,), "enabled:b! opt_level:s!"),
    _Section("progressive_layer_drop", (_CONFIG,), "enabled:b! theta:n! gamma:n!"),
    _Section(
        "eigenvalue",
        (_CONFIG,),
        """enabled:b! verbose:b max_iter:i tol:n stability:n gas_boundary_resolution:i
        layer_name:s layer_num:i""",
    ),
    _Section(
        "sparse_attention",
        (_CONFIG,),
        """mode:s! block:i! different_layout_per_head:b! num_local_blocks:i! num_global_blocks:i!
        attention:s! horizontal_global_attention:b! num_different_global_patterns:i!
        num_random_blocks:i! local_window_blocks:l! global_block_indices:l!
        global_block_end_indices:l0! num_sliding_window_blocks:i!""",
    ),
    _Section(
        "elasticity",
        ("elasticity/config.py", _CONFIG),
        """enabled:b! max_train_batch_size:i micro_batch_sizes:l min_gpus:i max_gpus:i min_time:n
        version:n prefer_larger_batch:b ignore_non_elastic_batch_info:b model_parallel_size:i
        num_gpus_per_node:i""",
    ),
    _Section(
        "nebula",
        ("nebula/config.py",),
        """enabled:b! nebula_load_path:s0 enable_nebula_load:b persistent_storage_path:s0
        persistent_time_interval:n num_of_version_in_retention:i""",
    ),
    _Section(
        "flops_profiler",
        ("profiling/config.py",),
        """enabled:b! recompute_fwd_factor:n profile_step:i module_depth:i top_modules:i detailed:b
        output_file:s0""",
    ),
    _Section(
        "autotuning",
        ("autotuning/config.py",),
        """enabled:b! fast:b results_dir:s0 exps_dir:s0 overwrite:b start_profile_step:i
        end_profile_step:i metric:s metric_path:s0 tuner_type:s tuner_early_stopping:i
        tuner_num_trials:i arg_mappings:o0 model_info:o0 model_info_path:s0 mp_size:i
        max_train_batch_size:i0 min_train_batch_size:i max_train_micro_batch_size_per_gpu:i
        min_train_micro_batch_size_per_gpu:i num_tuning_micro_batch_sizes:i""",
    ),
    _Section(
        "autotuning.model_info",
        ("autotuning/config.py",),
        "profile:b! num_params:i0! hidden_size:i0! num_layers:i0!",
    ),
    _Section(
        "aio",
        ("runtime/swap_tensor/aio_config.py",),
        """block_size:i queue_depth:i thread_count:i intra_op_parallelism:i single_submit:b
        overlap_events:b use_gds:b""",
    ),
    _Section(
        "activation_checkpointing",
        ("runtime/activation_checkpointing/config.py",),
        """partition_activations:b contiguous_memory_optimization:b cpu_checkpointing:b
        number_checkpoints:i0 profile:b synchronize_checkpoint_boundary:b""",
    ),
    _Section(
        "checkpoint",
        (_CONFIG, "runtime/model_checkpointing/config.py"),
        """tag_validation:s load_universal:b use_node_local_storage:b parallel_write:o
        checkpoint_serialization:b writer:o0""",
    ),
    _Section("checkpoint.parallel_write", (_CONFIG,), "pipeline_stage:b"),
    _Section(
        "checkpoint.writer",
        ("runtime/model_checkpointing/config.py",),
        """type:s0! io_buffer_size:i io_buffer_double:b show_statistics:b data_parallel:s0
        decoupled:b io_multiplier:i""",
    ),
    _Section(
        "data_types",
        (_CONFIG,),
        "grad_accum_dtype:s0 param_dtype:s0 buffer_dtype:s0 keep_in_fp32_modules:l@",
    ),
    _Section("torch_autocast", (_CONFIG,), "enabled:b! dtype:s! lower_precision_safe_modules:l"),
    _Section(
        "pipeline",
        (_CONFIG,),
        """stages:*! partition:s! seed_layers:b! activation_checkpoint_interval:i!
        pipe_partitioned:b! grad_partitioned:b! use_reentrant:b!""",
    ),
    _Section("timers", ("utils/config.py",), "throughput:o"),
    _Section(
        "curriculum_learning",
        (_CONFIG, _PIPELINE),
        """enabled:b! curriculum_type:s! min_difficulty:i! max_difficulty:i! schedule_type:s!
        schedule_config:o!""",
    ),
    _Section(
        "data_efficiency",
        (_PIPELINE,),
        "enabled:b! seed:i! data_sampling:o! data_routing:o!",
    ),
    _Section(
        "data_efficiency.data_sampling",
        (_PIPELINE,),
        """enabled:b! num_epochs:i num_workers:i pin_memory:b curriculum_learning:o!
        dynamic_batching:o""",
    ),
    _Section(
        "data_efficiency.data_sampling.curriculum_learning",
        (_PIPELINE,),
        "enabled:b! data_cluster_path:s! curriculum_metrics:o!",
    ),
    _Section(
        "data_efficiency.data_sampling.dynamic_batching",
        (_PIPELINE,),
        """enabled:b! metrics_path:s! lr_scaling_method:s min_batch_size:i max_batch_size:i0
        sequence_picking_order:s max_tokens:i verbose:b""",
    ),
    _Section("data_efficiency.data_routing", (_PIPELINE,), "enabled:b! random_ltd:o"),
    _Section(
        "data_efficiency.data_routing.random_ltd",
        (_PIPELINE,),
        """enabled:b! total_layer_num:i! random_ltd_layer_num:i! random_ltd_layer_id:l!
        model_mask_name:s0! model_type:s! hidden_state_order:s! random_ltd_schedule:o!
        layer_token_lr_schedule:o! global_batch_size:i! micro_batch_size:i!""",
    ),
    _Section(
        "expert_parallel",
        ("module_inject/auto_ep_config.py",),
        """enabled:b! autoep_size:i expert_tensor_parallel_size:i validate_folding_routing:b
        async_split_plan:b preset_model:s0 moe_layer_pattern:s0 expert_pattern:s0 router_pattern:s0
        use_grouped_mm:b disable_triton_grouped_mm:b route_norm:b0 route_scale:n0 score_apply:s0
        combine_impl:s0 row_weighting_impl:s0 gate_up_impl:s0 comm_backend:s0 comm_num_sm:i
        comm_qp_margin:i comm_max_tokens_per_rank:i num_expert_groups:i0 num_limited_groups:i0
        score_func:s0 top_k:i@0 load_balance_coeff:n0 routed_scaling_factor:n@0 expert_w1:s0
        expert_w2:s0 expert_w3:s0 num_experts_attr:s0 top_k_attr:s0 has_shared_experts:b0
        shared_experts_pattern:s0 shared_experts_gate_pattern:s0 expert_activation:s0""",
    ),
)

_OPTIMIZER = """lr:n@ betas:l@ eps:n@ weight_decay:n@ momentum:n bias_correction:b amsgrad:b
    torch_adam:b adam_w_mode:b max_grad_norm:n fp32_optimizer_states:b freeze_step:i cuda_aware:b
    comm_backend_name:s max_coeff:n min_coeff:n"""
"""What most optimizers take; each has more, and none has all."""

_SCHEDULES = ("LRRangeTest", "OneCycle", "WarmupLR", "WarmupDecayLR", "WarmupCosineLR")
_SCHEDULE_LISTS = ("lr_range_test_min_lr", "cycle_min_lr", "cycle_max_lr", "warmup_min_lr")
"""Arguments with a rate for each group of parameters, or one for all."""
_SCHEDULE_TYPES: dict[str, str] = {
    **dict.fromkeys((*_SCHEDULE_LISTS, "warmup_max_lr"), "nl0@"),
    "lr_range_test_staircase": "b",
    "cycle_momentum": "b",
    "warmup_type": "s",
    "cycle_second_step_size": "n0",
    "cycle_second_stair_count": "n0",
    "last_batch_iteration": "i",
}


def ds_config(source: Source) -> Keys:
    """The keys of the file and of its sections, in one release."""
    constants = _Constants(source)
    found: Keys = {}
    for section in _READ:
        if not section.section or section.section in found:
            found |= _read(source, section, constants, found)
    if not _has_old_curriculum(source):
        found = {path: key for path, key in found.items() if not path.startswith("curriculum_l")}
    for model in _MODELS:
        if model.section in found or _OTHER_NAMES.get(model.section) in found:
            found |= _fields(source, model, constants)
    if "weight_quantization.q_groups" in found:
        # Before 0.15.0 these two stood without a type, which pydantic 1 took as fields as well.
        for name, kind, default in (("enabled", "boolean", True), ("num_bits", "integer", 8)):
            bare = Key(_or_auto({"type": kind}), default)
            found.setdefault(f"weight_quantization.{name}", bare)
    found |= {f"optimizer.params.{name}": Key(schema) for name, schema, _ in _words(_OPTIMIZER)}
    found |= _schedules(source)
    for path, schema in _FIXED.items():
        if path in found:
            found[path] = found[path]._replace(schema=schema)
    return found


def _schedules(source: Source) -> Keys:
    """The arguments of all schedules, with their default where all of them have the same."""
    tree = parse(source.text("deepspeed/runtime/lr_schedules.py") or "")
    found: Keys = {}
    for name in _SCHEDULES:
        for argument, key in arguments(tree, f"{name}.__init__").items():
            if argument != "optimizer":
                path = f"scheduler.params.{argument}"
                same = path not in found or found[path].default == key.default
                schema = _schema(_SCHEDULE_TYPES.get(argument, "n@"))
                found[path] = Key(schema, key.default if same else NO_DEFAULT)
    return found


def _has_old_curriculum(source: Source) -> bool:
    """Whether `curriculum_learning` is read at the top, not in `data_efficiency` only."""
    texts = (source.text(f"deepspeed/{path}") or "" for path in (_CONFIG, _PIPELINE))
    return any(re.search(r"def get_curriculum_(enabled_legacy|params\b)", text) for text in texts)


class _Constants:
    """Names of a release's constants → their values; those of a file's own folder come first."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._of: dict[str, dict[str, object]] = {}

    def of(self, path: str) -> dict[str, object]:
        """The constants that a module may name: its own and those of modules near it."""
        folder = path.rpartition("/")[0]
        files = [
            "runtime/constants.py",
            "runtime/data_pipeline/constants.py",
            "elasticity/constants.py",
            "runtime/zero/config.py",
            f"{folder}/constants.py",
            path,
        ]
        found: dict[str, object] = {}
        for file in files:
            found |= self._module(file)
        return found

    def _module(self, path: str) -> dict[str, object]:
        if path not in self._of:
            self._of[path] = {}
            for node in parse(self._source.text(f"deepspeed/{path}") or "").body:
                if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                    try:
                        value = ast.literal_eval(node.value)
                    except ValueError:
                        continue
                    self._of[path][node.targets[0].id] = value
        return self._of[path]


def _read(source: Source, section: _Section, constants: _Constants, known: Keys) -> Keys:
    """The keys of a section that the release reads, with what it takes when one is missing."""
    read: dict[object, object] = {}
    for path in section.files:
        text = source.text(f"deepspeed/{path}")
        if text is not None:
            read |= _lookups(parse(text), constants.of(path), read)
    found: Keys = {}
    prefix = f"{section.section}." if section.section else ""
    for name, schema, surely in _words(section.keys):
        if surely or name in read:
            default = NO_DEFAULT if surely else read[name]
            key = Key(schema, default if _plain(default) else NO_DEFAULT)
            found[prefix + name] = known.get(prefix + name, key) if not section.section else key
    return found


_LOOKUPS = ("get", "get_scalar_param", "get_dict_param")


def _lookups(
    tree: ast.Module, constants: dict[str, object], before: dict[object, object]
) -> dict[object, object]:
    """Every text that stands in a function, alone or as a constant → its default in a look-up."""
    found = dict(before)
    for function in ast.walk(tree):
        if not isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)):
            continue
        for node in ast.walk(function):
            if isinstance(node, (ast.Constant, ast.Name)):
                text = _value(node, constants)
                if isinstance(text, str):
                    found.setdefault(text, NO_DEFAULT)
            elif isinstance(node, ast.Call) and _named(node.func) in _LOOKUPS and node.args[1:]:
                name, default = (_value(each, constants) for each in node.args[-2:])
                if isinstance(name, str):
                    found[name] = default
    return found


def _named(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _value(node: ast.expr, constants: dict[str, object]) -> object:
    """What a literal or a constant stands for; `pp_int(5e8)` is a number that prints well."""
    if isinstance(node, ast.Name):
        return constants.get(node.id, NO_DEFAULT)
    if isinstance(node, ast.Call) and _named(node.func) in ("Field", "pp_int") and node.args:
        value = _value(node.args[0], constants)
        return int(value) if isinstance(value, float) and value.is_integer() else value
    try:
        value = ast.literal_eval(node)
    except ValueError:
        return NO_DEFAULT
    return None if value is ... else value


def _plain(value: object) -> bool:
    return value is None or isinstance(value, (bool, int, float, str, list))


def _words(keys: str) -> Iterator[tuple[str, Schema, bool]]:
    for word in keys.split():
        name, _, letters = word.partition(":")
        yield name, _schema(letters.rstrip("!")), letters.endswith("!")


def _schema(letters: str) -> Schema:
    if letters == "*":
        return {}
    names = [_LETTERS[letter] for letter in letters.replace("@", "")]
    schema: Schema = {"type": names[0] if len(names) == 1 else names}
    return {"anyOf": [schema, _AUTO]} if "@" in letters and "string" not in names else schema


def _fields(source: Source, model: _Model, constants: _Constants) -> Keys:
    """The fields of a model; each may be "auto" instead, which leaves it out."""
    for path, name in model.places:
        tree = parse(source.text(f"deepspeed/{path}") or "")
        found = fields(tree, name, _MODEL_TYPES)
        if found:
            defaults = _defaults(tree, name, constants.of(path))
            return {
                f"{model.section}.{field}": key._replace(
                    schema=_or_auto(key.schema), default=defaults.get(field, NO_DEFAULT)
                )
                for field, key in found.items()
            }
    return {}


def _or_auto(schema: Schema) -> Schema:
    if not schema or "string" in str(schema.get("type")) or "object" in str(schema.get("type")):
        return schema
    if "enum" in schema:
        return {"enum": [*schema["enum"], "auto"]}
    return {"anyOf": [*schema.get("anyOf", [schema]), _AUTO]}


def _defaults(tree: ast.Module, name: str, constants: dict[str, object]) -> dict[str, object]:
    found = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and node.name == name:
            for line in node.body:
                if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name):
                    value = _default(line.value, constants)
                    if _plain(value):
                        found[line.target.id] = value
    return found


def _default(node: ast.expr | None, constants: dict[str, object]) -> object:
    if node is None:
        return NO_DEFAULT
    if isinstance(node, ast.Call):
        words = {word.arg: word.value for word in node.keywords}
        if "default_factory" in words:
            return NO_DEFAULT
        if "default" in words:
            return _value(words["default"], constants)
    return _value(node, constants)


def _sampled(package: str) -> list[Release]:
    """The ends of the minor versions, and each of 0.19, where much was taken out."""
    chosen = {*ends_of_minors(package, "0.7.0")}
    chosen |= {each for each in releases(package) if each.version.release[:2] == (0, 19)}
    return sorted(chosen, key=lambda each: each.version)


_FORBIDDING = (
    "zero_optimization",
    "zero_optimization.offload_param",
    "zero_optimization.offload_optimizer",
    "zero_optimization.zenflow",
    "zero_optimization.leaf_module",
    "tensorboard",
    "wandb",
    "csv_monitor",
    "comet",
    "comms_logger",
    "hybrid_engine",
    "compile",
    "timers.throughput",
    "tensor_parallel",
    "tensor_parallel.tp",
    "tensor_parallel.tensor_parallel",
    "weight_quantization",
)

_PASSED_OVER = (
    "",
    # Models that forbid other keys since 0.17.1 (`runtime/precision_config.py`). Before that
    # `runtime/config.py` read them key by key.
    "fp16",
    "bf16",
    "bfloat16",
    # Each is read key by key, by `get_scalar_param` or `get`, and nothing looks at the rest.
    "optimizer",
    "scheduler",
    "eigenvalue",
    "elasticity",
    "nebula",
    "flops_profiler",
    "autotuning.model_info",
    "aio",
    "activation_checkpointing",
    "checkpoint",
    "checkpoint.parallel_write",
    "checkpoint.writer",
    "data_types",
    "torch_autocast",
    "timers",
    "data_efficiency",
    "expert_parallel",
)

FRAMEWORK = Framework(
    name="deepspeed",
    title="DeepSpeed: the JSON config",
    packages={"deepspeed": ds_config},
    # From 0.7.0 on `zero_optimization` is a model: before that it passed unknown keys over.
    sampled=_sampled,
    unknown={
        # `runtime/config.py:DeepSpeedConfig._initialize_params` asks for the keys that it knows.
        **dict.fromkeys(_PASSED_OVER, IGNORED),
        # `runtime/config_utils.py:DeepSpeedConfigModel`: extra = "forbid" in all releases; of the
        # monitors and the comms logger, until 0.8.0 and 0.14.5, a base of their own says the same.
        **dict.fromkeys(_FORBIDDING, REFUSED),
    },
    values={
        "": RAW,
        **dict.fromkeys((name for name in _FORBIDDING if name.count(".") == 0), PYDANTIC),
        "timers.throughput": PYDANTIC,
        # Raw before 0.17.1.
        "fp16": PYDANTIC,
        "bf16": PYDANTIC,
        "bfloat16": PYDANTIC,
    },
)
