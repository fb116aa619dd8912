"""What LLaMA-Factory refuses at its start, by the condition in its own code."""

from __future__ import annotations

from pathlib import Path

import pytest

from schedlint.run import load

HEAD = """\
model_name_or_path: Qwen/Qwen3-4B
do_train: true
template: qwen3
cutoff_len: 2048
output_dir: saves/out
per_device_train_batch_size: 1
"""
EVALUATED = "val_size: 0.1\neval_strategy: steps\neval_steps: 10"
ZERO3 = """\
{"train_batch_size": "auto", "train_micro_batch_size_per_gpu": "auto",
 "gradient_accumulation_steps": "auto", "zero_optimization": {"stage": 3}}
"""
ZERO2 = ZERO3.replace("3", "2")


def refused(more: str, version: str = "0.9.5", engine: str = "") -> list[str]:
    """The keys that are refused, with `ds.json` beside the config where it is given."""
    lines = more.splitlines()
    dataset = [] if any(line.startswith("dataset:") for line in lines) else ["dataset: rows"]
    text = "\n".join([HEAD.rstrip(), *dataset, *lines, ""])
    packages = (f"llamafactory=={version}", "transformers==4.57.6")
    companions: list[Path] = []
    if engine:
        companions = [Path("ds.json").resolve()]
        companions[0].write_text(engine, encoding="utf-8")
    run = load(text=text, filename="c.yaml", packages=packages, companions=companions)
    return sorted({each.setting.key for each in run.scenarios[0].refusals})


REFUSED = [
    ("finetuning_type: qlora", "finetuning_type"),
    ("stage: sfft\nfinetuning_type: lora", "stage"),
    ("finetuning_type: lora\nstreaming: true", "streaming"),
    ("streaming: true\nmax_steps: 9\nval_size: 0.1", "val_size"),
    ("streaming: true\nmax_steps: 9\nmax_samples: 100", "max_samples"),
    ("stage: sft\nval_size: 0.1\neval_dataset: held_out", "val_size"),
    ("val_size: 1.0", "val_size"),
    ("mask_history: true\ntrain_on_prompt: true", "mask_history"),
    ("dataset: a,b\ninterleave_probs: 0.5,0.5", "interleave_probs"),
    ("dataset: a\ninterleave_probs: 0.5,0.5\nmix_strategy: interleave_under", "interleave_probs"),
    ("stage: pt\nneat_packing: true", "neat_packing"),
    ("stage: dpo\ntrain_on_prompt: true", "train_on_prompt"),
    ("stage: sft\ndo_predict: true\nval_size: 0.1", "do_predict"),
    (
        "predict_with_generate: true\ncompute_accuracy: true\nval_size: 0.1",
        "predict_with_generate",
    ),
    ("stage: rm\nload_best_model_at_end: true", "load_best_model_at_end"),
    ("stage: ppo\nfinetuning_type: lora", "stage"),
    ("stage: ppo\nreward_model: rm\nfinetuning_type: full", "finetuning_type"),
    ("stage: dpo\npref_loss: hinge\ndpo_label_smoothing: 0.1", "dpo_label_smoothing"),
    ("stage: kto\npissa_init: true", "pissa_init"),
    ("stage: dpo\npissa_init: true", "pissa_init"),
    ("finetuning_type: full\nuse_llama_pro: true", "use_llama_pro"),
    ("finetuning_type: full\nadapter_name_or_path: saves/lora", "adapter_name_or_path"),
    ("finetuning_type: full\nloraplus_lr_ratio: 16.0", "loraplus_lr_ratio"),
    ("finetuning_type: freeze\nuse_dora: true", "use_dora"),
    ("finetuning_type: lora\nuse_galore: true", "use_galore"),
    ("finetuning_type: full\nuse_galore: true\nuse_badam: true", "use_galore"),
    ("finetuning_type: full\nquantization_bit: 4", "quantization_bit"),
    ("quantization_bit: 4\nresize_vocab: true", "resize_vocab"),
    ("quantization_bit: 4\nadapter_name_or_path: a,b", "adapter_name_or_path"),
    (
        "quantization_bit: 4\nadapter_name_or_path: a\ncreate_new_adapter: true",
        "create_new_adapter",
    ),
    ("quantization_bit: 4\nfp8: true", "fp8"),
    ("stage: dpo\nref_model_quantization_bit: 3", "ref_model_quantization_bit"),
    ("finetuning_type: full\nuse_galore: true\ndeepspeed: ds.json", "use_galore"),
    ("early_stopping_steps: 3", "early_stopping_steps"),
    (f"{EVALUATED}\nearly_stopping_steps: 3", "early_stopping_steps"),
]


@pytest.mark.parametrize(("more", "key"), REFUSED)
def test_what_excludes_each_other_is_refused(more: str, key: str) -> None:
    """At the key that one would change."""
    assert refused(more) == [key]


ACCEPTED = [
    "streaming: true\nmax_steps: 9\nval_size: 100",
    "val_size: 1",
    "eval_dataset: held_out",
    "val_size: 1.0\ntokenized_path: saves/tokens",
    "dataset: a,b\ninterleave_probs: 0.5,0.5\nmix_strategy: interleave_over",
    "stage: sft\ntrain_on_prompt: true\nneat_packing: true",
    "stage: ppo\nreward_model: rm\nfinetuning_type: lora",
    "stage: ppo\nreward_model: rm\nreward_model_type: full\nfinetuning_type: full",
    "stage: dpo\npref_loss: sigmoid\ndpo_label_smoothing: 0.1",
    "stage: dpo\npref_loss: simpo\npissa_init: true",
    "finetuning_type: lora\nuse_dora: true\nquantization_bit: 4",
    "finetuning_type: oft\nquantization_bit: 4",
    "finetuning_type: full\nuse_galore: true",
    "finetuning_type: ${method}\nquantization_bit: 4",
    "stage: ${stage}\nneat_packing: true",
    f"{EVALUATED}\nearly_stopping_steps: 3\nmetric_for_best_model: loss",
    f"{EVALUATED}\nearly_stopping_steps: 3\nload_best_model_at_end: true",
]


@pytest.mark.parametrize("more", ACCEPTED)
def test_what_goes_together_is_not_refused(more: str) -> None:
    """The nearest lines that it takes."""
    assert refused(more) == []


@pytest.mark.parametrize(
    ("more", "before", "key"),
    [
        ("dataset: a,b\ninterleave_probs: 0.5,0.5", "0.8.2", "interleave_probs"),
        ("finetuning_type: full\nuse_rslora: true", "0.8.2", "use_rslora"),
        ("stage: dpo\ntrain_on_prompt: true", "0.8.3", "train_on_prompt"),
        ("finetuning_type: lora\nuse_badam: true", "0.7.1", "use_badam"),
        ("mask_history: true\ntrain_on_prompt: true", "0.8.3", "mask_history"),
        ("stage: kto\npissa_init: true", "0.8.2", "pissa_init"),
    ],
)
def test_older_versions_took_it(more: str, before: str, key: str) -> None:
    """Each check came with a release."""
    assert refused(more, before) == []
    assert refused(more) == [key]


@pytest.mark.parametrize("key", ["predict_with_generate", "pure_bf16", "use_unsloth", "pissa_init"])
def test_the_third_stage_cannot_do_all(
    key: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What DeepSpeed's file says counts; stage 2 is no obstacle."""
    monkeypatch.chdir(tmp_path)
    more = f"{key}: true\nval_size: 0.1\ndeepspeed: ds.json"
    assert refused(more, engine=ZERO3) == [key]
    assert refused(more, engine=ZERO2) == []
