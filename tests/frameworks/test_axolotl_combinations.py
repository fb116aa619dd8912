"""Keys that Axolotl refuses together, as its own `validate_config` did, and their near misses."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
import yaml

import schedlint
from schedlint.run import load

HEAD = {
    "base_model": "some-org/some-model",
    "datasets": [{"path": "rows.jsonl", "type": "completion"}],
    "micro_batch_size": 2,
    "gradient_accumulation_steps": 2,
    "num_epochs": 2,
}
SHORT = {
    "@fa2": "attn_implementation: flash_attention_2",
    "@checkpointing": "gradient_checkpointing: true",
    "@reentrant": "gradient_checkpointing_kwargs: {use_reentrant: true}",
    "@moe": "quantize_moe_experts: true",
    "@several": "datasets: [{path: a, type: completion}, {path: b, type: completion}]",
    "@liger": "plugins: [axolotl.integrations.liger.LigerPlugin]",
    "@cce": "plugins: [axolotl.integrations.cut_cross_entropy.CutCrossEntropyPlugin]",
}


def refused(lines: str, version: str) -> list[str]:
    """The keys that are refused; ` | ` stands for the end of a line."""
    more = "\n".join(SHORT.get(line, line) for line in lines.split(" | "))
    text = yaml.safe_dump({**HEAD, **yaml.safe_load(more)})
    run = load(text=text, filename="c.yaml", packages=(f"axolotl=={version}",))
    return [refusal.setting.key for refusal in run.scenarios[0].refusals]


@pytest.mark.parametrize(
    ("bad", "key", "good"),
    [
        ("warmup_ratio: 0.1 | rl: simpo", "warmup_ratio", "warmup_steps: 10 | rl: simpo"),
        ("do_bench_eval: true", "do_bench_eval", "do_bench_eval: true | eval_steps: 2"),
        (
            "pretraining_dataset: [{path: rows}]",
            "pretraining_dataset",
            "pretraining_dataset: [{path: rows}] | max_steps: 9",
        ),
        ("streaming: true", "streaming", "streaming: true | max_steps: 9"),
        (
            "val_set_size: 0.1 | pretraining_dataset: [{path: rows}] | max_steps: 9",
            "val_set_size",
            "val_set_size: 0 | pretraining_dataset: [{path: rows}] | max_steps: 9",
        ),
        (
            "include_tokens_per_second: true | pretraining_dataset: [{path: rows}] | max_steps: 9",
            "include_tokens_per_second",
            "include_tokens_per_second: true",
        ),
        (
            "dataset_exact_deduplication: true | streaming: true | max_steps: 9",
            "dataset_exact_deduplication",
            "dataset_exact_deduplication: true",
        ),
        (
            "dataset_exact_deduplication: true | skip_prepare_dataset: true",
            "dataset_exact_deduplication",
            "skip_prepare_dataset: true",
        ),
        (
            "pretrain_multipack_buffer_size: 9 | streaming_multipack_buffer_size: 9",
            "pretrain_multipack_buffer_size",
            "pretrain_multipack_buffer_size: 9",
        ),
        (
            "push_dataset_to_hub: me/rows",
            "push_dataset_to_hub",
            "push_dataset_to_hub: me/rows | hf_use_auth_token: true",
        ),
        ("chat_template: jinja", "chat_template", "chat_template: jinja | chat_template_jinja: x"),
        ("tokens: [x] | tokenizer_use_mistral_common: true", "tokens", "tokens: [x]"),
        (
            "eval_sample_packing: true | rl: kto | remove_unused_columns: false",
            "eval_sample_packing",
            "rl: kto | remove_unused_columns: false",
        ),
        ("rl: kto", "rl", "rl: kto | remove_unused_columns: false"),
        (
            "eval_table_size: 2 | sample_packing: true",
            "eval_table_size",
            "eval_table_size: 2 | sample_packing: true | eval_sample_packing: false",
        ),
        (
            "do_causal_lm_eval: true | eval_sample_packing: true",
            "do_causal_lm_eval",
            "do_causal_lm_eval: true | eval_sample_packing: false",
        ),
        (
            "batch_flattening: true | sample_packing: true | @fa2",
            "batch_flattening",
            "batch_flattening: auto | sample_packing: true",
        ),
        ("load_in_8bit: true", "load_in_8bit", "load_in_8bit: true | adapter: lora"),
        ("load_in_4bit: true", "load_in_4bit", "load_in_4bit: true | adapter: qlora"),
        (
            "load_in_8bit: true | load_in_4bit: true | adapter: qlora",
            "load_in_8bit",
            "load_in_4bit: true | adapter: qlora",
        ),
        ("adapter: qlora", "adapter", "adapter: lora"),
        ("gptq: true | load_in_4bit: true | adapter: qlora", "gptq", "gptq: true | adapter: lora"),
        (
            "lora_o_kernel: true | adapter: lora | load_in_8bit: true",
            "lora_o_kernel",
            "lora_o_kernel: true | adapter: lora",
        ),
        (
            "lora_mlp_kernel: true | adapter: lora | trust_remote_code: true",
            "lora_mlp_kernel",
            "lora_mlp_kernel: false | adapter: lora | trust_remote_code: true",
        ),
        (
            "lora_dropout: 0.1 | lora_target_parameters: [a] | adapter: lora",
            "lora_dropout",
            "lora_dropout: 0 | lora_target_parameters: [a] | adapter: lora",
        ),
        (
            "lora_target_linear: true | @moe | adapter: lora | load_in_8bit: true",
            "lora_target_linear",
            "@moe | adapter: lora | load_in_8bit: true",
        ),
        (
            "@moe | adapter: lora",
            "quantize_moe_experts",
            "quantize_moe_experts: false | adapter: lora",
        ),
        (
            "use_onebitllms: true | adapter: lora",
            "use_onebitllms",
            "use_onebitllms: false | adapter: lora",
        ),
        (
            "flash_attn_fuse_mlp: true | adapter: lora",
            "flash_attn_fuse_mlp",
            "flash_attn_fuse_mlp: true",
        ),
        (
            "peft_layers_pattern: [a] | adapter: lora",
            "peft_layers_pattern",
            "peft_layers_pattern: [a] | peft_layers_to_transform: [1] | adapter: lora",
        ),
        (
            "unfrozen_parameters: [a] | adapter: lora | peft_layers_to_transform: [1]",
            "unfrozen_parameters",
            "unfrozen_parameters: [a] | adapter: lora",
        ),
        (
            "lr_groups: [{name: a, modules: [b], lr: 0.1}] | loraplus_lr_ratio: 2 | adapter: lora",
            "lr_groups",
            "lr_groups: [{name: a, modules: [b], lr: 0.1}]",
        ),
        (
            "relora: true | adapter: lora",
            "relora",
            "relora: true | jagged_restart_steps: 9 | adapter: lora",
        ),
        (
            "relora: true | jagged_restart_steps: 9 | adapter: lora | lr_scheduler: one_cycle",
            "relora",
            "jagged_restart_steps: 9 | lr_scheduler: one_cycle",
        ),
        (
            "model_quantization_config: Mxfp4Config | load_in_8bit: true | adapter: lora",
            "model_quantization_config",
            "model_quantization_config: Mxfp4Config | adapter: lora",
        ),
        (
            "qat: {weight_dtype: int8} | load_in_8bit: true | adapter: lora",
            "qat",
            "qat: {weight_dtype: int8}",
        ),
        ("deepspeed: a.json | fsdp: [full_shard]", "deepspeed", "fsdp: [full_shard]"),
        ("deepcompile: true", "deepcompile", "deepcompile: false"),
        ("optimizer: muon | deepspeed: a.json", "optimizer", "optimizer: muon"),
        ("optimizer: flash_adamw | deepspeed: a.json", "optimizer", "optimizer: flash_adamw"),
        (
            "optimizer: q_galore_adamw8bit | adapter: lora",
            "optimizer",
            "optimizer: q_galore_adamw8bit",
        ),
        (
            "optimizer: adamw_8bit | fsdp_config: {offload_params: false} | fsdp_version: 2",
            "optimizer",
            "optimizer: adamw_8bit | fsdp_config: {offload_params: false} | fsdp_version: 1",
        ),
        (
            "load_in_8bit: true | adapter: lora | rl: dpo | fsdp_version: 2",
            "load_in_8bit",
            "load_in_8bit: true | adapter: lora | rl: simpo | fsdp_version: 2",
        ),
        (
            "fsdp: [full_shard] | base_model: tiiuae/falcon-7b",
            "fsdp",
            "base_model: tiiuae/falcon-7b",
        ),
        (
            "@checkpointing | base_model: mosaicml/mpt-7b",
            "gradient_checkpointing",
            "base_model: mosaicml/mpt-7b",
        ),
        (
            "context_parallel_size: 2 | sample_packing: true | @fa2",
            "context_parallel_size",
            "context_parallel_size: 1 | sample_packing: true",
        ),
        ("max_memory: {0: 1} | gpu_memory_limit: 1", "max_memory", "gpu_memory_limit: 1"),
        (
            "@checkpointing | @reentrant | unfrozen_parameters: [a]",
            "gradient_checkpointing_kwargs.use_reentrant",
            "@checkpointing | unfrozen_parameters: [a]",
        ),
        (
            "activation_offloading: true",
            "activation_offloading",
            "activation_offloading: true | @checkpointing",
        ),
        (
            "selective_checkpointing: true",
            "selective_checkpointing",
            "selective_checkpointing: true | @checkpointing",
        ),
        (
            "torch_compile_options: {}",
            "torch_compile_options",
            "torch_compile_options: {} | torch_compile: true",
        ),
        ("flash_optimum: true | fp16: true", "flash_optimum", "fp16: true"),
        ("save_safetensors: false", "save_safetensors", "save_safetensors: true"),
        (
            "cut_cross_entropy: true | liger_cross_entropy: true | bf16: true",
            "cut_cross_entropy",
            "liger_cross_entropy: true",
        ),
        (
            "chunked_cross_entropy: true | liger_fused_linear_cross_entropy: true",
            "chunked_cross_entropy",
            "chunked_cross_entropy: true",
        ),
        (
            "@liger | liger_cross_entropy: true | liger_fused_linear_cross_entropy: true",
            "liger_cross_entropy",
            "liger_cross_entropy: true",
        ),
        (
            "@cce | cut_cross_entropy: true",
            "cut_cross_entropy",
            "@cce | cut_cross_entropy: true | bf16: true",
        ),
        (
            "@liger | liger_swiglu: true | liger_glu_activation: true",
            "liger_swiglu",
            "@liger | liger_swiglu: true",
        ),
        (
            "@liger | liger_rms_norm: true | tensor_parallel_size: 2",
            "liger_rms_norm",
            "@liger | liger_rms_norm: true | tensor_parallel_size: 1",
        ),
        (
            "@liger | liger_glu_activation: true | tiled_mlp: true",
            "liger_glu_activation",
            "@liger | liger_glu_activation: 1 | tiled_mlp: true",
        ),
        (
            "noisy_embedding_alpha: 5 | neftune_noise_alpha: 5",
            "noisy_embedding_alpha",
            "noisy_embedding_alpha: 5",
        ),
        ("rl: ebft", "rl", "rl: dpo"),
        ("datasets: []", "datasets", "datasets: [{path: rows}]"),
        (
            'lora_target_modules: ["*_proj"] | adapter: lora',
            "lora_target_modules",
            'lora_target_modules: [".*_proj"] | adapter: lora',
        ),
        (
            "optimizer: paged_adamw_8bit | fsdp_config: {offload_params: true}",
            "optimizer",
            "optimizer: paged_adamw_8bit | fsdp_config: {offload_params: true, version: 2}",
        ),
        (
            "optimizer: adamw_8bit | fsdp_config: {fsdp_offload_params: true}",
            "optimizer",
            'optimizer: paged_adamw_8bit | fsdp_config: {offload_params: 1} | fsdp_version: "2"',
        ),
        (
            "dpo_loss_type: [sigmoid] | rl: kto | remove_unused_columns: false",
            "dpo_loss_type",
            "dpo_loss_type: [sigmoid] | rl: dpo",
        ),
        (
            "dpo_loss_weights: [1] | rl: dpo",
            "dpo_loss_weights",
            "dpo_loss_weights: [1.0] | dpo_loss_type: [sigmoid] | rl: dpo",
        ),
        (
            "trl: {multi_objective_aggregation: sum_then_normalize} | rl: gdpo",
            "trl.multi_objective_aggregation",
            "trl: {multi_objective_aggregation: normalize_then_sum} | rl: gdpo",
        ),
        ("max_packed_sequence_len: 4", "max_packed_sequence_len", "max_packed_sequence_len: 0"),
        ("rope_scaling: {type: linear}", "rope_scaling", "rope_scaling:"),
        ("s2_attention: true", "s2_attention", "s2_attention: false"),
        ("flash_attn_rms_norm: true", "flash_attn_rms_norm", "flash_attn_rms_norm: false"),
        ("rpo_alpha: 0", "rpo_alpha", "rpo_alpha:"),
        ("dpo_norm_loss: false", "dpo_norm_loss", "dpo_norm_loss:"),
        ("dpo_use_logits_to_keep: false", "dpo_use_logits_to_keep", "dpo_use_logits_to_keep:"),
        (
            "dpo_generate_during_eval: false",
            "dpo_generate_during_eval",
            "dpo_generate_during_eval:",
        ),
        (
            "flash_attention: true | attn_implementation: sdpa",
            "flash_attention",
            "flash_attention: false | attn_implementation: sdpa",
        ),
        (
            "attn_implementation: flash",
            "attn_implementation",
            "attn_implementation: some-org/kernel",
        ),
        (
            "datasets: [{path: rows, type: sharegpt.load}]",
            "type",
            "datasets: [{path: rows, type: chat_template}]",
        ),
        (
            "streaming: true | sample_packing: true | max_steps: 9 | @several",
            "sample_packing",
            "streaming: true | sample_packing: true | max_steps: 9",
        ),
        ("neftune_noise_alpha: 0", "neftune_noise_alpha", "neftune_noise_alpha: 5"),
        (
            "rl: grpo | trl: {num_generations: 3}",
            "trl.num_generations",
            "rl: grpo | trl: {num_generations: 4}",
        ),
        ("optimizer: adamw_torchh", "optimizer", "optimizer: adamw_torch"),
        ("output_dir:", "output_dir", "output_dir: out"),
        (
            "batch_size: 4 | micro_batch_size: | gradient_accumulation_steps:",
            "batch_size",
            "batch_size: 4 | micro_batch_size: 2 | gradient_accumulation_steps:",
        ),
        ("gradient_accumulation_steps:", "micro_batch_size", "gradient_accumulation_steps: 1"),
    ],
)
def test_these_do_not_go_together(bad: str, key: str, good: str) -> None:
    """Run: each was refused by 0.18.0, and the third column accepted."""
    assert refused(bad, "0.18.0") == [key]
    assert refused(good, "0.18.0") == []


@pytest.mark.parametrize(
    ("bad", "key", "good"),
    [
        ("deepspeed: a.json | fsdp_config: {version: 2}", "deepspeed", "fsdp_config: {version: 2}"),
        (
            "optimizer: adamw_8bit | fsdp_config: {offload_params: false}",
            "optimizer",
            "optimizer: adamw_torch_8bit | fsdp_config: {offload_params: false}",
        ),
        ("fsdp_version: 1", "fsdp_version", "fsdp_version: 2"),
        (
            "fsdp_config: {fsdp_forward_prefetch: false}",
            "fsdp_config.fsdp_forward_prefetch",
            "fsdp_config: {fsdp_backward_prefetch: null}",
        ),
        (
            "tensor_parallel_size: 2 | optimizer: adamw_8bit",
            "tensor_parallel_size",
            "tensor_parallel_size: 1 | optimizer: adamw_8bit",
        ),
        ("use_dft: true | rl: dpo", "use_dft", "use_dft: true"),
    ],
)
def test_new_in_0_20(bad: str, key: str, good: str) -> None:
    """Read from the validators of 0.20.0, which knows FSDP2 only."""
    assert refused(bad, "0.20.0") == [key]
    assert refused(good, "0.20.0") == []


@pytest.mark.parametrize(
    ("bad", "key", "good"),
    [
        ("torch_compile: true | deepspeed: a.json", "torch_compile", "torch_compile: true"),
    ],
)
def test_gone_with_0_13(bad: str, key: str, good: str) -> None:
    """Read from the validators of 0.12.2."""
    assert refused(bad, "0.12.2") == [key]
    assert refused(good, "0.12.2") == []


@pytest.mark.parametrize(
    ("bad", "key", "good"),
    [
        ("optimizer: polora", "optimizer", "optimizer: polora | adapter: lora"),
        (
            "fp8_config: {recipe: tensorwise}",
            "fp8_config",
            "fp8_config: {recipe: tensorwise} | fp8: true",
        ),
    ],
)
def test_new_in_0_19(bad: str, key: str, good: str) -> None:
    """Read from the validators of 0.19.0."""
    assert refused(bad, "0.19.0") == [key]
    assert refused(good, "0.19.0") == []


@pytest.mark.parametrize(
    ("bad", "key", "good"),
    [
        (
            "flash_attention: true | sdp_attention: true",
            "flash_attention",
            "flash_attention: true | sdp_attention: false",
        ),
    ],
)
def test_gone_with_0_17(bad: str, key: str, good: str) -> None:
    """Read from the validators of 0.16.1."""
    assert refused(bad, "0.16.1") == [key]
    assert refused(good, "0.16.1") == []


# The whole check.


def findings(
    folder: Path, lines: str, *packages: str, **told: int | Fraction
) -> list[tuple[str, str, str]]:
    """Code, severity and message of what is found."""
    path = folder / "c.yaml"
    more = yaml.safe_load(lines.replace(" | ", "\n"))
    path.write_text(yaml.safe_dump({**HEAD, **more}), encoding="utf-8")
    found = schedlint.check([path], assume=told, packages=packages)
    return [(each.code, str(each.severity), each.message) for each in found]


def test_what_a_version_before_0_13_brought_holds_where_none_is_known(tmp_path: Path) -> None:
    """As the counting does; what is newer is worth knowing, and what is gone is not told."""
    [(_, severity, message)] = findings(tmp_path, "streaming: true")
    assert (severity, message) == (
        "error",
        "streaming: true is refused: a stream has no end: give max_steps",
    )
    [(code, severity, _)] = findings(tmp_path, "activation_offloading: true")
    assert (code, severity) == ("SL704", "error")
    [(code, severity, _)] = findings(tmp_path, "fsdp_version: 1")
    assert (code, severity) == ("SL704", "info")
    assert findings(tmp_path, "torch_compile: true | deepspeed: a.json") == []


def test_what_is_told_is_not_missing(tmp_path: Path) -> None:
    """An option of the command line may give what the file lacks; `--max-steps` says so."""
    assert findings(tmp_path, "streaming: true", max_steps=100) == []
    assert findings(tmp_path, "streaming: true | max_steps: ${STEPS}") == []


def test_text_that_pydantic_reads_as_false_is_neither_given_nor_missing(tmp_path: Path) -> None:
    """Validators before and after the conversion see two different things."""
    for text in ('"false"', '"no"'):
        assert findings(tmp_path, f"sample_packing: {text} | rl: dpo") == []


@pytest.mark.parametrize(
    ("version", "keys", "ranks", "refuses"),
    [
        ("0.18.0", "micro_batch_size: 2 | gradient_accumulation_steps: 4", 8, True),
        ("0.18.0", "micro_batch_size: 2 | gradient_accumulation_steps: 16", 8, False),
        ("0.18.0", "micro_batch_size: 1 | gradient_accumulation_steps: 2", 2, True),
        ("0.21.0", "micro_batch_size: 1 | gradient_accumulation_steps: 2", 2, True),
        ("0.21.0", "micro_batch_size: 2 | gradient_accumulation_steps: 4", 8, False),
        ("0.16.1", "micro_batch_size: 1 | gradient_accumulation_steps: 2", 2, False),
    ],
)
def test_groups_of_completions(version: str, keys: str, ranks: int, *, refuses: bool) -> None:
    """Groups of four: until 0.21 the batch of one process must hold one for each process."""
    more = yaml.safe_load(keys.replace(" | ", "\n"))
    text = yaml.safe_dump({**HEAD, **more, "rl": "grpo", "trl": {"num_generations": 4}})
    run = load(
        text=text,
        filename="c.yaml",
        packages=(f"axolotl=={version}",),
        assume={"world_size": ranks},
    )
    assert [each.setting.key for each in run.scenarios[0].refusals] == (
        ["trl.num_generations"] if refuses else []
    )


@pytest.mark.parametrize(
    ("more", "refuses"),
    [
        ("", True),
        ("max_steps: 9", False),
        ("val_set_size: 0.1", False),
        ("gradient_accumulation_steps: 512", False),
        ("sample_packing: false", False),
    ],
)
def test_an_estimate_of_the_packing_makes_a_float(more: str, *, refuses: bool) -> None:
    """Run: the Trainer stopped at 87.0 steps, and went by epochs where the count was negative."""
    packed = {"sequence_len": 512, "sample_packing": True, "sample_packing_eff_est": 0.9}
    text = yaml.safe_dump({**HEAD, **packed, **(yaml.safe_load(more) or {})})
    data = {"dataset_rows": 1000, "mean_sample_length": Fraction(112369, 1000), "world_size": 1}
    run = load(text=text, filename="c.yaml", packages=("axolotl==0.18.0",), assume=data)
    assert [each.setting.key for each in run.scenarios[0].refusals] == (
        ["sample_packing_eff_est"] if refuses else []
    )


def test_a_plugin_from_elsewhere_brings_keys_of_its_own(tmp_path: Path) -> None:
    """At the top of the file only: no unknown key is told there."""
    slip = "warmup_step: 5"
    assert [code for code, *_ in findings(tmp_path, slip)] == ["SL706"]
    own = f"plugins: [axolotl.integrations.liger.LigerPlugin] | {slip}"
    assert [code for code, *_ in findings(tmp_path, own)] == ["SL706"]
    assert findings(tmp_path, f"plugins: [our.plugin.Plugin] | {slip}") == []
    assert findings(tmp_path, f"plugins: ${{PLUGINS}} | {slip}") == []
