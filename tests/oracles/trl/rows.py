"""Rows of TRL's oracle that are written out: lengths, packing, mixtures, launches, other loops."""

from __future__ import annotations

from collections.abc import Iterator

from draws import BASIS, TEXT, VERSION, Config, Draw

LENGTH = "max_length" if VERSION >= (0, 16) else "max_seq_length"
OWN_PRECISION = {key: value for key, value in TEXT.items() if key != "bf16"} | {"use_cpu": True}
PROMPTS: Config = {**BASIS, "max_completion_length": 2, "num_train_epochs": 1}
WITHOUT_NAME = {key: value for key, value in TEXT.items() if key != "dataset_name"}


def all_rows() -> list[Draw]:
    """Every row that is written out here."""
    return [
        *texts(),
        *packed(),
        *mixed(),
        *preferences(),
        *in_rounds(),
        *launched(),
        *rollouts(),
    ]


def texts() -> Iterator[Draw]:
    """Lengths, precisions and values that are text, of supervised training."""
    for more in (
        {},
        {"max_length": 16},
        {"max_length": "16"},
        {"max_length": None},
        {"max_seq_length": 16},
        {"max_seq_length": 16, "max_length": 8},
        {"max_steps": "four"},
        {"num_train_epochs": "1.5"},
        {"per_device_train_batch_size": "2.0"},
        {"dataloader_drop_last": "yes"},
    ):
        yield Draw("sft", {**TEXT, **more}, 1, 7)
    for more in ({}, {"bf16": None}, {"fp16": False}, {"fp16": "no"}):
        yield Draw("sft", {**OWN_PRECISION, **more}, 1, 7)
    yield Draw("sft", TEXT, 2, 9, rows=True)
    if VERSION >= (0, 19):
        yield Draw("sft", {**TEXT, "dataset_streaming": True, "max_steps": 3}, 1, 8)
        yield Draw("sft", {**TEXT, "dataset_streaming": True}, 1, 8)


def packed() -> Iterator[Draw]:
    """Packing, with the number of packed rows told and not told."""
    config = {**TEXT, "packing": True, LENGTH: 16}
    yield Draw("sft", config, 1, 20, packed=True)
    yield Draw("sft", {**config, "gradient_accumulation_steps": 2}, 2, 33, packed=True)
    yield Draw("sft", {**config, "packing": "yes"}, 1, 20, packed=True)
    yield Draw("sft", config, 1, 20, rows=True)
    yield Draw("sft", {**config, LENGTH: None}, 1, 20, rows=True)
    if VERSION >= (0, 19):
        yield Draw("sft", {**config, "packing_strategy": "wrapped"}, 1, 20, packed=True)


def mixed() -> Iterator[Draw]:
    """Mixtures of datasets, which older versions do not know."""
    one = {"path": "json", "data_files": "a.jsonl"}
    two = {"path": "json", "data_files": "b.jsonl"}
    files = {"a.jsonl": '{"text": "a b c d"}\n' * 9, "b.jsonl": '{"text": "a b"}\n' * 5}
    alone = {"a.jsonl": files["a.jsonl"]}
    sizes = (0.25, 3, 0.1, "0.25", "3", 1.0, 0, -1, 1.5, 13, None)
    if VERSION < (0, 22):
        yield Draw("sft", {**TEXT, "datasets": [one], "test_split_size": 3}, 1, 8, rows=True)
        return
    for size in sizes:
        config = {**WITHOUT_NAME, "datasets": [one, two], "test_split_size": size}
        yield Draw("sft", config, 1, 14, files, rows=True)
    evaluated = {"eval_strategy": "steps", "eval_steps": 2}
    yield Draw("sft", {**TEXT, "datasets": [one]}, 1, 9, alone, rows=True)
    for more in (
        {"datasets": [one, two], "test_split_size": 4, **evaluated},
        {"datasets": [one, two], **evaluated},
        {"datasets": [one | {"fraction": 0.5}, two | {"fraction": 0.5}]},
        {"datasets": [one | {"fraction": 0.5}, two | {"fraction": 0.5}], "test_split_size": 4},
        {"datasets": [one | {"fraction": 0.5}, two]},
    ):
        yield Draw("sft", {**WITHOUT_NAME, **more}, 1, 14, files, rows=True)
    for fraction in (0.5, 0, None):
        config = {**WITHOUT_NAME, "datasets": [one | {"fraction": fraction}]}
        yield Draw("sft", config, 1, 9, alone, rows=True)
    yield Draw("sft", {**TEXT, "datasets": []}, 1, 8, rows=True)
    yield Draw("sft", {**TEXT, "datasets": None, "max_steps": 2}, 1, 8, rows=True)


def preferences() -> Iterator[Draw]:
    """What DPO and KTO ask for themselves."""
    config = {**BASIS, "max_length": 32, "per_device_train_batch_size": 2}
    losses = {"loss_type": ["sigmoid", "hinge"]}
    if VERSION >= (0, 20):
        yield Draw("dpo", {**config, **losses, "loss_weights": [0.5, 0.5]}, 1, 7)
        yield Draw("dpo", {**config, **losses, "loss_weights": [0.5]}, 1, 7)
        yield Draw("dpo", {**config, "loss_weights": [0.5, 0.5]}, 1, 7)
        yield Draw("dpo", {**config, "loss_type": "hinge", "loss_weights": [2.0]}, 1, 7)
    weights = {"desirable_weight": 1.0}
    for more in (
        weights,
        weights | {"per_device_train_batch_size": 1},
        weights | {"per_device_train_batch_size": 1, "loss_type": "apo_zero_unpaired"},
        weights | {"per_device_train_batch_size": 1, "loss_type": "kto"},
        {"per_device_train_batch_size": 1},
    ):
        yield Draw("kto", {**config, **more}, 1, 7)


def in_rounds() -> Iterator[Draw]:
    """Rounds whose keys are text, unknown to the version, or say nothing of the trainer."""
    four = {**PROMPTS, "num_generations": 4, "per_device_train_batch_size": 4}
    evaluated = {"eval_strategy": "steps", "eval_steps": 2, "per_device_eval_batch_size": 4}
    for more in (
        {"dataloader_drop_last": "yes"},
        {"accelerator_config": {"split_batches": True}},
        {"num_generations": "4", "gradient_accumulation_steps": "2"},
        {"num_generations": "1e1"},
        {**evaluated, "per_device_eval_batch_size": "4"},
        {**evaluated, "per_device_eval_batch_size": 6},
    ):
        yield Draw("grpo", {**four, **more}, 1, 5)
    if VERSION >= (0, 26):
        yield Draw("grpo", {**four, **evaluated, "num_generations_eval": "Infinity"}, 1, 5)
        yield Draw("grpo", {**four, **evaluated, "num_generations_eval": "2"}, 1, 5)
    if VERSION < (0, 18):
        yield Draw("grpo", {**four, "num_iterations": 3, "steps_per_generation": 2}, 1, 5)
        yield Draw("grpo", {**four, "num_iterations": 1, "generation_batch_size": 16}, 1, 5)
    eight = {**PROMPTS, "per_device_train_batch_size": 8}
    yield Draw("grpo", eight, 1, 5)
    if VERSION < (0, 29):
        yield Draw("dpo", {**eight, "per_device_train_batch_size": 2}, 1, 5)
        yield Draw("dpo", {**eight, "max_length": 32}, 1, 5)


def launched() -> Iterator[Draw]:
    """Processes that `trl` starts itself, from keys that it hands to the launcher.

    Before 0.18 the command knows no `--config`, and the scripts pass over the keys.
    """
    gpus = "compute_environment: LOCAL_MACHINE\ndistributed_type: {}\nnum_machines: 1\n"
    several = {"acc.yaml": gpus.format("MULTI_GPU") + "num_processes: 2\n"}
    alone = {"acc.yaml": gpus.format("'NO'") + "num_processes: 2\n"}
    file = {"accelerate_config": "acc.yaml"}
    if VERSION < (0, 18):
        yield Draw("sft", {**TEXT, **file}, 1, 20, several)
        yield Draw("sft", {**TEXT, "num_processes": 4}, 1, 20)
        return
    yield Draw("sft", {**TEXT, "num_processes": 4}, None, 20)
    yield Draw("sft", {**TEXT, **file}, None, 20, several)
    yield Draw("sft", {**TEXT, **file}, None, 20, alone)
    yield Draw("sft", {**TEXT, **file, "num_processes": 3}, None, 20, several)
    yield Draw("sft", {**TEXT, **file, "num_processes": 3}, None, 20, alone)
    for name in ("zero3", "fsdp2", "multi_gpu", "single_gpu", "nothing"):
        yield Draw("sft", {**TEXT, "accelerate_config": name}, None, 20)
    yield Draw("sft", {**TEXT, "accelerate_config": "zero3", "num_processes": 2}, None, 20)
    yield Draw("sft", {**TEXT, "accelerate_config": "single_gpu", "num_processes": 2}, None, 20)
    config = {**PROMPTS, "num_generations": 4, "per_device_train_batch_size": 4}
    yield Draw("grpo", {**config, "num_processes": 2}, None, 20)


def rollouts() -> Iterator[Draw]:
    """PPO, and RLOO as it was before 0.22: both train in loops of their own."""
    if VERSION >= (0, 22):
        return
    config = {
        **BASIS,
        "dataset_train_split": "train",
        "total_episodes": 16,
        "response_length": 2,
        "num_sample_generations": 0,
        "save_strategy": "no",
        "per_device_train_batch_size": 2,
        "gradient_accumulation_steps": 2,
    }
    for more in (
        {"num_ppo_epochs": 2},
        {"num_mini_batches": 2},
        {"num_mini_batches": 3},
        {"num_mini_batches": 3, "vf_coef": 0.1},
        {"num_mini_batches": 2, "vf_coef": 0.1},
        {"num_mini_batches": 1, "gradient_accumulation_steps": 4},
    ):
        yield Draw("ppo", {**config, **more}, 1, 64)
    for more in (
        {"rloo_k": 2},
        {"rloo_k": 2, "num_mini_batches": 2},
        {"rloo_k": 3},
        {"rloo_k": 3, "num_mini_batches": 3},
    ):
        yield Draw("old_rloo", {**config, **more}, 1, 64)
