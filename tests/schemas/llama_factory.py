"""LLaMA-Factory: the dataclasses that `hparams/parser.py` shares a file out to.

The package was called llmtuner up to 0.7.0; the numbers go on. With `USE_V1=1` the classes of
`v1/config` take its place, and with `USE_MCA=1` the training arguments come from mcore_adapter.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from packaging.version import Version

from tests.schemas.classes import Key, Keys, Schema, fields, parse
from tests.schemas.history import RAW, REFUSED, Framework
from tests.schemas.releases import Release, Source, releases
from tests.schemas.transformers import lenient

_FILES = (
    "data_args",
    "evaluation_args",
    "finetuning_args",
    "generating_args",
    "model_args",
    "training_args",
)
_V1_FILES = ("data_args", "model_args", "sample_args", "training_args")
_NOT_PARSED = ("DatasetAttr",)
"""A class of an older `data_args.py` that describes a data set."""

_FROM_TRANSFORMERS = (
    "bf16",
    "full_determinism",
    "learning_rate",
    "logging_steps",
    "max_grad_norm",
    "max_steps",
    "num_train_epochs",
    "output_dir",
    "resume_from_checkpoint",
    "save_steps",
    "save_total_limit",
    "seed",
)
"""Keys of the evaluation and of v1 that the schema it builds on has."""

_TEXTS: Schema = {
    "anyOf": [{"type": ["string", "null"]}, {"type": "array", "items": {"type": "string"}}]
}
_CONFIG: Schema = {"type": ["object", "string", "null"]}
_TEXT: Schema = {"type": ["string", "null"]}
_WORD: Schema = {"type": "string"}
_NAMES: Schema = {"type": ["string", "number", "null"]}

_SEQ2SEQ: Keys = {
    "sortish_sampler": Key({"type": ["boolean", "null"]}, False),
    "predict_with_generate": Key({"type": ["boolean", "null"]}, False),
    "generation_max_length": Key({"type": ["integer", "null"]}, None),
    "generation_num_beams": Key({"type": ["integer", "null"]}, None),
    "generation_config": Key({"type": ["string", "null"]}, None),
}
"""What transformers `training_args_seq2seq.py:Seq2SeqTrainingArguments` adds."""

_TYPES: dict[str, Schema] = {
    # `finetuning_args.py:split_arg`, `data_args.py:split_arg`: text with commas, or a list.
    **dict.fromkeys(
        (
            "additional_target",
            "apollo_target",
            "dataset",
            "eval_dataset",
            "freeze_extra_modules",
            "freeze_trainable_modules",
            "galore_target",
            "lora_target",
            "name_module_trainable",
            "oft_target",
            "ref_model_checkpoint",
            "reward_model_checkpoint",
        ),
        _TEXTS,
    ),
    "interleave_probs": {"anyOf": [{"type": ["string", "null"]}, {"type": "array"}]},
    # Taken as they are: any number.
    "lora_alpha": {"type": ["number", "null"]},
    "neft_alpha": {"type": ["number", "null"]},
    "val_size": {"type": "number"},
    # A switch up to 0.7.0, a word since.
    "flash_attn": {"type": ["string", "boolean", "null"]},
    # `train/tuner.py:run_exp` knows no other; orpo from 0.6.2 to 0.7.1 only.
    "stage": {"enum": ["pt", "sft", "rm", "ppo", "dpo", "kto", "orpo"]},
    # `finetuning_args.py:FinetuningArguments.__post_init__` asserts it.
    "finetuning_type": {"enum": ["lora", "oft", "freeze", "full", "none"]},
    # `data/parser.py:get_dataset_list` takes the descriptions themselves as well.
    "dataset_dir": {"type": ["string", "object"]},
    # mcore_adapter takes a format here.
    "fp8": {"type": ["boolean", "string", "null"]},
    # `datasets.Dataset.map` takes null for everything at once.
    "preprocessing_batch_size": {"type": ["integer", "null"]},
    "export_quantization_maxlen": {"type": "integer"},
    **dict.fromkeys(("quantization_device_map", "rope_scaling"), _TEXT),
    **dict.fromkeys(
        (
            "batching_strategy",
            "download_mode",
            "infer_backend",
            "model_class",
            "quantization_method",
            "sample_backend",
        ),
        _WORD,
    ),
    **dict.fromkeys(
        (
            "dist_config",
            "init_config",
            "kernel_config",
            "lr_scheduler_config",
            "optim_config",
            "peft_config",
            "quant_config",
            "ray_init_kwargs",
            "resources_per_worker",
            "sglang_config",
            "vllm_config",
        ),
        _CONFIG,
    ),
    "model_revision": _NAMES,
    **dict.fromkeys(("ray_run_name", "swanlab_run_name", "swanlab_project"), _NAMES),
    "master_port": {"type": ["string", "integer", "null"]},
    # v1 has other ones of the same name.
    "template": {"type": ["string", "null"]},
}
"""What is taken in spite of the annotation, or in some releases only."""

_ANY: Schema = {}
_MCA_SINCE = Version("0.9.4")
_MCA = """
account_for_embedding_in_pipeline_split account_for_loss_in_pipeline_split
accumulate_allreduce_grads_in_fp32 additional_configs apply_rope_fusion bias_activation_fusion
calculate_per_token_loss check_for_nan_in_loss_and_grad ckpt_d2h_non_blocking ckpt_format
compile_warmup context_parallel_size cross_entropy_loss_fusion cuda_graph_impl cuda_graph_scope
ddp_average_in_collective ddp_bucket_size delay_grad_reduce distrib_optim_fully_reshardable
distrib_optim_fully_reshardable_mem_efficient expert_model_parallel_size
expert_tensor_parallel_size fp8_format fp8_param fp8_recipe micro_batch_size
moe_aux_loss_coeff moe_enable_routing_replay moe_expert_capacity_factor moe_grouped_gemm
moe_layer_recompute moe_pad_expert_input_to_capacity moe_router_dtype moe_shared_expert_overlap
moe_token_dispatcher_type moe_token_drop_policy mtp_num_layers optimizer optimizer_cpu_offload
optimizer_offload_fraction overlap_grad_reduce overlap_p2p_comm overlap_param_gather
pipeline_model_parallel_layout pipeline_model_parallel_size recompute_granularity recompute_method
recompute_modules recompute_num_layers save_hf_model save_merged_model sequence_packing
sequence_parallel tensor_model_parallel_size transformer_impl use_distributed_optimizer
use_flash_attn use_flash_attn_npu_batch_invariant variable_seq_lengths
virtual_pipeline_model_parallel_size
"""
"""What mcore_adapter `training_args.py:MegatronArguments` adds; it is not on the package index."""

_DEVELOPMENT_SINCE = Version("0.9.5")
_DEVELOPMENT = """
cp_mode cp_size custom_chat_template dist_timeout dp_size export_hf_on_finish extra_config
hyper_parallel_cp_size kt_config kt_cpu_activation kt_non_expert_weight_path masked_softmax_fusion
megatron_pretrained_checkpoint mixed_precision mp_replicate_size mp_shard_size
use_megatron_bridge use_packed_sequences
"""
"""Keys of the development version 0.9.6, which is installed from its repository."""


def hparams(source: Source) -> Keys:
    """The keys of one release."""
    keys: Keys = dict(_SEQ2SEQ)
    root = "llmtuner" if source.text("llmtuner/hparams/data_args.py") else "llamafactory"
    version = source.release.version
    if version >= _MCA_SINCE:
        keys |= {name: Key(_ANY) for name in _MCA.split()}
    if version >= _DEVELOPMENT_SINCE:
        keys |= {name: Key(_ANY) for name in _DEVELOPMENT.split()}
    for name in _V1_FILES:
        found = _parsed(source.text(f"{root}/v1/config/{name}.py") or "")
        keys |= {key: what for key, what in found.items() if key not in _FROM_TRANSFORMERS}
    for name in _FILES:
        found = _parsed(source.text(f"{root}/hparams/{name}.py") or "")
        keys |= {key: what for key, what in found.items() if key not in _FROM_TRANSFORMERS}
    return {name: key._replace(schema=_TYPES.get(name, key.schema)) for name, key in keys.items()}


def _parsed(text: str) -> Keys:
    """The fields of all classes of a module that a file may set."""
    tree = parse(text)
    found: Keys = {}
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and node.name not in _NOT_PARSED:
            internal = set(_internal(node))
            own = lenient(fields(tree, node.name)).items()
            found |= {name: key for name, key in own if name not in internal}
    return found


def _internal(node: ast.ClassDef) -> Iterator[str]:
    """The fields with `init=False`, which `HfArgumentParser.parse_dict` does not take."""
    for line in node.body:
        if isinstance(line, ast.AnnAssign) and isinstance(line.value, ast.Call):
            words = {word.arg: ast.unparse(word.value) for word in line.value.keywords}
            if words.get("init") == "False" and isinstance(line.target, ast.Name):
                yield line.target.id


def _sampled(package: str) -> Iterator[Release]:
    """All releases, under the old name first."""
    new = releases(package)
    for release in releases("llmtuner"):
        if Version("0.2.0") <= release.version < new[0].version:
            yield release
    yield from new


FRAMEWORK = Framework(
    name="llama-factory",
    title="LLaMA-Factory: the arguments of llamafactory-cli",
    packages={"llamafactory": hparams},
    sampled=_sampled,
    # `hparams/parser.py:_parse_args` → `HfArgumentParser.parse_dict`, unless ALLOW_EXTRA_ARGS is
    # set; `v1/config/arg_parser.py:get_args` does the same.
    unknown={"": REFUSED},
    # `HfArgumentParser.parse_dict` hands values on to the dataclasses as they are.
    values={"": RAW},
    builds_on=("transformers",),
    requires=("transformers",),
)
