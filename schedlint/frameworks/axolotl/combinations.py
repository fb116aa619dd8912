"""Keys of one Axolotl config that its validators refuse together, as a table.

A row holds the terms that must all be met (see `terms.py`), why that is refused, and from (or
before) which release. The finding stands at the first term's key.

Sources: axolotl `utils/schemas/validation.py`, `utils/schemas/config.py`, `utils/schemas/peft.py`,
`utils/schemas/deprecated.py`, `utils/schemas/model.py`, `integrations/*/args.py`; before 0.8
`utils/config/models/input/v0_4_1`. Each row names its validator where its keys do not.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from schedlint.frameworks.axolotl.terms import first_keys, met
from schedlint.frameworks.axolotl.versions import PACKAGE, certainly_lacks, has
from schedlint.reading.config import Config
from schedlint.reading.versions import Change
from schedlint.source import Mapping


class Row(NamedTuple):
    """A combination that is refused. Without `why` the keys exclude each other.

    What only releases before `until` refuse is told where the version is known.
    """

    terms: str
    why: str = ""
    since: str | None = None
    until: str | None = None


KERNELS = "lora_mlp_kernel|lora_qkv_kernel|lora_o_kernel"
EIGHT_BIT = "adamw_8bit|adamw_bnb_8bit"
QUANTIZED = "load_in_8bit|load_in_4bit"
PREFERENCES = "rl=dpo|kto|orpo|ipo"
SECOND = '2|"2"'
FIRST_FSDP = "FSDP1 is gone: give fsdp_version: 2"

ROWS = (
    # Batch, steps, warm-up.
    Row("batch_size, gradient_accumulation_steps"),  # check_gas_bsz
    Row(  # check_batch_size_fields
        "batch_size, !micro_batch_size, !gradient_accumulation_steps",
        "it needs micro_batch_size or gradient_accumulation_steps as well",
    ),
    Row(
        "micro_batch_size, !gradient_accumulation_steps, !batch_size",
        "it needs gradient_accumulation_steps as well",
        until="0.19",
    ),
    Row(
        "gradient_accumulation_steps, !micro_batch_size, !batch_size",
        "it needs micro_batch_size as well",
        until="0.19",
    ),
    Row("warmup_ratio, warmup_steps"),  # check_warmup
    Row("warmup_ratio, rl=simpo", "SimPO takes warmup_steps instead"),  # check_simpo_warmup
    Row("saves_per_epoch, save_steps"),  # check_saves
    Row("evals_per_epoch, eval_steps"),  # check_evals
    Row("do_bench_eval, !evals_per_epoch, !eval_steps", "it needs evals_per_epoch or eval_steps"),
    # Data.
    Row("val_set_size, test_datasets"),  # check_val_w_test_datasets
    Row("val_set_size, pretraining_dataset", since="0.13"),  # check_pretraining_w_val_set_size
    Row("val_set_size, streaming", since="0.13"),  # check_streaming_w_val_set_size
    Row(  # check_pretraining_w_max_steps
        "pretraining_dataset, !max_steps", "a stream has no end: give max_steps"
    ),
    Row(  # check_streaming_w_max_steps
        "streaming, !max_steps, !pretraining_dataset",
        "a stream has no end: give max_steps",
        since="0.13",
    ),
    Row("include_tokens_per_second, pretraining_dataset", since="0.11"),  # pretrain_with_tps
    Row(  # check_deduplication_with_streaming
        "dataset_exact_deduplication, streaming|pretraining_dataset", since="0.13"
    ),
    Row("dataset_exact_deduplication, skip_prepare_dataset", since="0.15"),
    Row(  # check_multipack_buffer_size
        "pretrain_multipack_buffer_size, streaming_multipack_buffer_size", since="0.13"
    ),
    Row(  # check_push_ds_auth
        "push_dataset_to_hub, hf_use_auth_token!=true", "it needs hf_use_auth_token: true"
    ),
    Row(  # check_chat_template_config
        "chat_template=jinja, !chat_template_jinja", "it needs the template in chat_template_jinja"
    ),
    Row(  # check_mistral_common_incompatible_options
        "added_tokens_overrides|special_tokens|tokens|chat_template, tokenizer_use_mistral_common",
        since="0.10",
    ),
    # Packing.
    Row("sample_packing, rl"),  # check_sample_packing_w_rl
    Row("eval_sample_packing, rl=kto", since="0.6"),  # check_kto_config
    Row(  # check_eval_packing
        "eval_table_size, sample_packing, eval_sample_packing!=false",
        "with sample_packing it needs eval_sample_packing: false",
    ),
    Row("do_causal_lm_eval, eval_sample_packing"),  # check_causal_lm_evals
    Row("batch_flattening=true, sample_packing", since="0.7"),  # check_batch_flattening_fa
    Row("sample_packing, xformers_attention", until="0.9.1"),  # check_sample_packing_w_xformers
    Row("sample_packing, s2_attention", since="0.10", until="0.17"),
    # Adapters and quantization.
    Row(  # validate_adapter
        f"{QUANTIZED}, !adapter, !inference", "only an adapter trains on a quantized model"
    ),
    Row("load_in_8bit, adapter=qlora"),  # validate_qlora
    Row("gptq, adapter=qlora"),
    Row("adapter=qlora, !load_in_4bit, !merge_lora", "it needs load_in_4bit: true"),
    Row(f"{KERNELS}, adapter=lora, load_in_8bit", since="0.7"),  # check_lora_kernels_8bit
    Row(f"{KERNELS}, rl", since="0.10", until="0.16"),  # check_lora_kernels_rl
    Row(f"{KERNELS}, peft_use_dora", since="0.12", until="0.16"),  # check_lora_kernels_dora
    Row(f"{KERNELS}, trust_remote_code", since="0.15", until="0.21"),
    Row("lora_dropout, lora_target_parameters", since="0.15"),
    Row("lora_target_linear, quantize_moe_experts", since="0.15"),  # check_quantize_moe_experts
    Row(
        "quantize_moe_experts, adapter!=lora|qlora", "it needs adapter: lora or qlora", since="0.15"
    ),
    Row(
        "quantize_moe_experts, !load_in_4bit, !load_in_8bit",
        "it needs load_in_4bit or load_in_8bit",
        since="0.15",
    ),
    Row("use_onebitllms, adapter=lora|qlora", since="0.17"),  # check_onebitllms_lora
    Row("flash_attn_fuse_mlp, adapter=lora|qlora"),  # check_fused_lora
    Row("peft_layers_pattern, !peft_layers_to_transform", "it needs peft_layers_to_transform"),
    Row("unfrozen_parameters, adapter, peft_layers_to_transform"),  # check_frozen
    Row("lr_groups, loraplus_lr_ratio", since="0.8"),  # check_lr_groups
    Row("relora, !jagged_restart_steps", "it needs jagged_restart_steps", since="0.12"),
    Row("relora, deepspeed|fsdp|fsdp_config", since="0.12"),
    Row("relora, lr_scheduler=one_cycle", since="0.12"),
    Row(f"model_quantization_config, {QUANTIZED}", since="0.12"),
    Row(f"qat, peft|{QUANTIZED}", since="0.10"),  # check_qat_config
    # Several processes.
    Row("deepspeed, fsdp"),  # check_fsdp_deepspeed
    Row("deepspeed, fsdp_config", since="0.20"),
    Row("deepcompile, !deepspeed", "it is DeepSpeed's: give deepspeed as well", since="0.12"),
    Row(  # check_torch_compile_deepspeed
        "torch_compile, deepspeed", "with DeepSpeed it stands in DeepSpeed's own file", until="0.13"
    ),
    Row("optimizer=muon, deepspeed", since="0.8"),  # check_muon_deepspeed_fsdp
    Row("optimizer=muon, fsdp|fsdp_config", since="0.8", until="0.13"),
    Row("optimizer=muon_8bit, deepspeed", since="0.21"),
    Row("optimizer~flash_, deepspeed", since="0.16"),  # check_flashoptim_deepspeed_fsdp
    Row("optimizer=q_galore_adamw8bit, adapter|deepspeed", since="0.17"),  # check_qgalore
    Row("optimizer=polora, deepspeed", since="0.19"),  # check_polora
    Row("optimizer=polora, adapter!=lora|qlora", "it needs adapter: lora or qlora", since="0.19"),
    Row(  # check_fsdp2_w_8bit_optimizer
        f"optimizer={EIGHT_BIT}, fsdp_config",
        "FSDP2 does not go with it: take adamw_torch_8bit",
        since="0.20",
    ),
    Row(
        f"optimizer={EIGHT_BIT}, fsdp_config, fsdp_version=2",
        "FSDP2 does not go with it: take adamw_torch_8bit",
        since="0.12",
        until="0.20",
    ),
    Row(  # check_fsdp_offload_w_8bit_optimizer
        "optimizer~8bit, fsdp_config.offload_params|fsdp_config.fsdp_offload_params, "
        f"fsdp_version!={SECOND}, fsdp_config.fsdp_version!={SECOND}, "
        f"fsdp_config.version!={SECOND}",
        "FSDP1 does not offload with it",
        since="0.12",
        until="0.20",
    ),
    Row(f"{QUANTIZED}, {PREFERENCES}, fsdp_config", since="0.20"),  # …base_model_quant_rl
    Row(f"{QUANTIZED}, {PREFERENCES}, fsdp_version=2", since="0.12", until="0.20"),
    Row("fsdp_version=1", FIRST_FSDP, since="0.20"),  # check_fsdp_version
    Row("fsdp_config.fsdp_version=1", FIRST_FSDP, since="0.20"),
    Row("fsdp_config.version=1", FIRST_FSDP, since="0.20"),
    *(
        Row(
            f"+fsdp_config.{prefix}{key}",
            f"FSDP2 has no such key, and FSDP1 is gone: {instead}",
            since="0.20",
        )
        for prefix in ("", "fsdp_")
        for key, instead in (
            ("sharding_strategy", "give reshard_after_forward"),
            ("forward_prefetch", "remove it"),
        )
    ),
    Row("fsdp, base_model~falcon", "no Falcon model takes FSDP"),  # check_falcon_fsdp
    Row("fsdp_config, base_model~falcon", "no Falcon model takes FSDP", since="0.20"),
    Row(  # check_context_parallel_size
        "context_parallel_size>1, sample_packing, micro_batch_size>1",
        "with sample_packing it needs micro_batch_size: 1",
        since="0.12",
        until="0.20",
    ),
    Row("context_parallel_size>1, deepspeed, rl", since="0.21"),  # …context_parallel_deepspeed
    Row("tensor_parallel_size>1, expert_parallel_size>1", since="0.20"),
    Row(f"tensor_parallel_size>1, optimizer={EIGHT_BIT}|paged_adamw_8bit", since="0.20"),
    # Memory and speed.
    Row("max_memory!=null, gpu_memory_limit!=null"),  # check_mem_mismatch
    Row("gradient_checkpointing, base_model~mpt", "no MPT model takes it"),
    Row("gradient_checkpointing_kwargs.use_reentrant=true, unfrozen_parameters"),
    Row(
        "activation_offloading, !gradient_checkpointing",
        "it needs gradient_checkpointing",
        since="0.12",
    ),
    Row(
        "selective_checkpointing, !gradient_checkpointing",
        "it needs gradient_checkpointing",
        since="0.18",
    ),
    Row("torch_compile_options!=null, !torch_compile", "it needs torch_compile", since="0.18"),
    Row("torch_compile_regional, torch_compile, gradient_checkpointing", since="0.21"),
    Row("fp8_config!=null, !fp8", "it needs fp8: true", since="0.19"),  # check_fp8_config
    Row("fp8_enable_fsdp_float8_all_gather, !fsdp_config", "it needs fsdp_config", since="0.20"),
    Row("flash_optimum=true, fp16|bf16"),  # check_better_transformers
    Row("save_safetensors=false", "all is saved as safetensors", since="0.14"),
    # Losses and kernels.
    Row(  # check_cross_entropy_conflicts
        "cut_cross_entropy, "
        "chunked_cross_entropy|liger_cross_entropy|liger_fused_linear_cross_entropy",
        since="0.13",
    ),
    Row(
        "chunked_cross_entropy, liger_cross_entropy|liger_fused_linear_cross_entropy", since="0.13"
    ),
    Row("liger_cross_entropy, liger_fused_linear_cross_entropy", since="0.13"),
    Row(  # cut_cross_entropy: check_dtype_is_half
        "cut_cross_entropy, @cut_cross_entropy, !bf16, !fp16", "it needs bf16 or fp16", since="0.6"
    ),
    Row("liger_swiglu!=null, liger_glu_activation!=null, @liger"),  # check_deprecated_swiglu
    Row("liger_rms_norm, tensor_parallel_size>1, @liger", since="0.12"),
    Row("liger_fused_linear_cross_entropy, tensor_parallel_size>1, @liger", since="0.12"),
    Row(  # check_tiled_mlp_conflict
        "liger_glu_activation=true, tiled_mlp=true, !tiled_mlp_use_original_mlp, @liger",
        since="0.12",
    ),
    Row("use_scattermoe, use_sonicmoe, @kernels", since="0.15"),  # check_mutually_exclusive
    Row("use_dft, use_eaft", since="0.20"),  # check_custom_loss_conflicts
    Row(
        "use_dft|use_eaft, rl|reward_model|process_reward_model|cut_cross_entropy|"
        "liger_fused_linear_cross_entropy|chunked_cross_entropy",
        since="0.20",
    ),
    Row("noisy_embedding_alpha, neftune_noise_alpha", since="0.11"),  # check_neftune
    # Preferences and rewards.
    Row(  # check_kto_config
        "rl=kto, remove_unused_columns!=false, !skip_prepare_dataset",
        "it needs remove_unused_columns: false",
        since="0.6",
    ),
    Row("rl=ebft, !ebft", "it needs a section ebft", since="0.16"),  # check_ebft_config_required
    Row("dpo_loss_type!=null, rl!=dpo", "it is for rl: dpo only", since="0.17"),  # check_dpo
    Row("dpo_loss_weights!=null, rl!=dpo", "it is for rl: dpo only", since="0.17"),
    Row("dpo_loss_weights!=null, rl=dpo, dpo_loss_type=null", "it needs dpo_loss_type", "0.17"),
    Row(  # check_gdpo
        "trl.multi_objective_aggregation=sum_then_normalize, rl=gdpo",
        "that is GRPO's: with gdpo it is another",
        since="0.13.2",
    ),
    Row("trl.vllm_lora_sync, trl.use_vllm, trl.vllm_mode=colocate", since="0.21"),
    Row("trl.vllm_mode=colocate, trl.use_vllm, context_parallel_size>1", since="0.21"),
    # Keys that are there to be refused: `deprecated.py`.
    Row("max_packed_sequence_len", "it is gone: give sequence_len and sample_packing"),
    Row("rope_scaling", "it is gone: give it under model_config"),
    Row("s2_attention", "it is gone: remove it", since="0.17"),
    Row("flash_attn_rms_norm", "it is gone: remove it", since="0.17"),
    Row("rpo_alpha!=null", "it is gone: remove it", since="0.16"),
    Row("dpo_norm_loss!=null", "it is gone: remove it", since="0.16"),
    Row("dpo_use_logits_to_keep!=null", "it is gone: remove it", since="0.15"),
    Row("dpo_generate_during_eval!=null", "it is gone: remove it", since="0.15"),
)


def read(config: Config) -> None:
    """Record each combination of the table that the config holds."""
    names = config.root.effective() if isinstance(config.root, Mapping) else ()
    for row in dict.fromkeys(row for name in names for row in _rows_of().get(name, ())):
        settings = met(config, row.terms)
        if settings and _in_force(config, row):
            others = " and ".join(other.text for other in settings[1:])
            config.refuse(settings[0], row.why or f"it does not go with {others}")


@cache
def _rows_of() -> dict[str, list[Row]]:
    """The rows by the keys of their first term, at the top of the file."""
    found: dict[str, list[Row]] = {}
    for row in ROWS:
        for name in first_keys(row.terms):
            found.setdefault(name.partition(".")[0], []).append(row)
    return found


def _in_force(config: Config, row: Row) -> bool:
    if row.until is not None and not certainly_lacks(config, _change(row.until)):
        return False
    return row.since is None or has(config, _change(row.since))


def _change(version: str) -> Change:
    return Change(PACKAGE, version, "other keys exclude each other")
