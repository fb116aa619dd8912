"""The configs that the oracle trains: edges first, then drawn ones."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

Config = dict[str, Any]

BASIS: Config = {
    "base_model": "tiny",
    "datasets": [{"path": "rows.jsonl", "ds_type": "json", "type": "completion"}],
    "output_dir": "out",
    "sequence_len": 16,
    "learning_rate": 1e-3,
    "optimizer": "adamw_torch",
    "bf16": False,
    "fp16": False,
    "dataloader_num_workers": 0,
}
TEST = [{"path": "test.jsonl", "ds_type": "json", "type": "completion", "split": "train"}]


PAIRS = [{"path": "pairs.jsonl", "ds_type": "json"}]
PROMPTS = [{"path": "prompts.jsonl", "ds_type": "json"}]
STREAMED = [{"path": "json", "data_files": "rows.jsonl", "type": "pretrain"}]
WHOLE = {"micro_batch_size": 2, "gradient_accumulation_steps": 2, "num_epochs": 2}
MORE: list[Config] = [
    # Batches.
    {"auto_find_batch_size": True},
    {"auto_find_batch_size": False},
    {"accelerator_config": {"split_batches": True}},
    {"accelerator_config": {"split_batches": False}},
    {"use_ray": True},
    # Data.
    {"rl": True},
    {"rl": True, "dataloader_drop_last": True},
    {"rl": "nothing"},
    {"rl": "dpo", "sample_packing": True},
    {"sample_packing": "yes"},
    {"dataloader_drop_last": "yes"},
    {"dataset_exact_deduplication": True},
    {"dataset_exact_deduplication": False},
    {"dataset_shard_num": 2, "dataset_shard_idx": 0},
    {"dataset_shard_num": 2},
    {"datasets": [{**BASIS["datasets"][0], "shards": 2}]},
    {"datasets": [{**BASIS["datasets"][0], "preprocess_shards": 2}]},
    {"streaming": True},
    {"streaming": "yes", "max_steps": 4},
    {"streaming": True, "max_steps": 4, "save_strategy": "no"},
    {"streaming": True, "max_steps": 40, "warmup_ratio": 0.1, "save_steps": 10},
    {"streaming": True, "max_steps": 4, "num_epochs": 0, "save_steps": 2},
    {"streaming": True, "max_steps": 4, "test_datasets": TEST, "eval_steps": 2, "save_steps": 2},
    {"streaming": True, "max_steps": 4, "val_set_size": 2},
    {"streaming": True, "max_steps": -1},
    {"pretraining_dataset": STREAMED},
    {"pretraining_dataset": STREAMED, "max_steps": 4},
    {"pretraining_dataset": STREAMED, "max_steps": 4, "save_steps": 2, "warmup_ratio": 0.5},
    {"pretraining_dataset": STREAMED, "max_steps": 4, "val_set_size": 2},
    {"test_datasets": {"path": "test.jsonl"}},
    {"test_datasets": "test.jsonl", "eval_steps": 2},
    {"test_datasets": []},
    {"val_set_size": "many", "eval_steps": 2},
    {"val_set_size": "4"},
    {"val_set_size": 1.5},
    {"val_set_size": -1},
    {"val_set_size": 30},
    # Duration.
    {"num_epochs": 0},
    {"num_epochs": 0, "max_steps": 10},
    {"num_epochs": 0, "max_steps": 10, "warmup_ratio": 0.3},
    {"num_epochs": 0, "max_steps": 10, "warmup_ratio": -0.3},
    {"num_epochs": 0, "saves_per_epoch": 2},
    {"max_steps": "5"},
    {"max_steps": None},
    {"max_steps": -100},
    {"max_steps": "many"},
    {"max_steps": -5, "warmup_ratio": 0.3},
    # Schedule.
    {"lr_scheduler": ""},
    {"lr_scheduler": None},
    {"lr_scheduler": "constant", "warmup_steps": 3},
    {"lr_scheduler": "one_cycle"},
    {"lr_scheduler": "cosinee"},
    {"lr_scheduler": True},
    {"lr_scheduler": "cosine", "cosine_constant_lr_ratio": 0.8, "cosine_min_lr_ratio": 0.1},
    {"warmup_steps": 1},
    {"warmup_steps": "3"},
    {"warmup_steps": -3},
    {"warmup_steps": 2.5},
    {"warmup_steps": None, "warmup_ratio": "0.3"},
    {"warmup_ratio": -0.1},
    {"warmup_ratio": "many"},
    {"logging_steps": "3"},
    {"logging_steps": 2.5},
    # Checkpoints.
    {"saves_per_epoch": "2"},
    {"saves_per_epoch": 2.5},
    {"saves_per_epoch": -1},
    {"saves_per_epoch": "many"},
    {"saves_per_epoch": 2, "save_strategy": "sometimes"},
    {"save_steps": "3"},
    {"save_steps": 0},
    {"save_steps": 2.5},
    {"save_steps": -3},
    {"save_strategy": None},
    {"save_strategy": "steps"},
    {"save_strategy": "sometimes"},
    {"save_strategy": True},
    {"save_first_step": True},
    {"save_first_step": True, "save_steps": 4},
    {"dynamic_checkpoint": {"enabled": True}, "save_steps": 4},
    {"save_total_limit": 0},
    {"save_total_limit": 2, "save_steps": 1},
    {"eval_strategy": "sometimes"},
    {"eval_strategy": "no", "val_set_size": 0},
    {"early_stopping_patience": 2, "save_steps": 4, "eval_steps": 2},
    # Precision.
    {"bf16": "auto", "fp16": None},
    {"bf16": "auto", "fp16": False},
    {"bf16": "auto", "fp16": True},
    {"bf16": None, "fp16": None},
    {"bf16": True},
    {"fp16": True},
]
"""Runs of ten steps unless they say otherwise."""
EVALUATED: list[Config] = [
    {"evals_per_epoch": -1},
    {"eval_steps": "2"},
    {"eval_steps": 0.5},
    {"eval_steps": 0},
    {"eval_steps": 2.5},
    {"eval_steps": -2},
    {"eval_steps": "many"},
    {"eval_strategy": "sometimes"},
    {"eval_strategy": "epoch", "evals_per_epoch": 2},
    {"evaluation_strategy": "epoch"},
    {"evaluation_strategy": "steps", "eval_steps": 3},
    {"evaluation_strategy": "steps", "eval_strategy": "epoch"},
    {"save_strategy": "best", "metric_for_best_model": "loss", "eval_steps": 2},
    {"load_best_model_at_end": "yes", "save_steps": 4, "eval_steps": 2},
    {"load_best_model_at_end": True, "save_steps": 4, "eval_steps": 2},
    {"load_best_model_at_end": True, "save_steps": 3, "eval_steps": 2},
    {"load_best_model_at_end": True, "save_steps": 3},
    {"load_best_model_at_end": True, "save_steps": "many", "eval_steps": 1},
    {"load_best_model_at_end": False, "save_steps": 4, "eval_steps": 2},
    {"early_stopping_patience": 2, "save_steps": 4, "eval_steps": 2},
    {"early_stopping_patience": 2, "save_steps": 3, "eval_steps": 2},
    {"early_stopping_patience": 2, "save_steps": 0.3, "eval_steps": 0.1},
    {"early_stopping_patience": 2, "saves_per_epoch": 2, "evals_per_epoch": 2},
    {"early_stopping_patience": "many", "save_steps": 4, "eval_steps": 2},
]
"""Runs of eight steps with four rows held out."""
PREFERRED: list[Config] = [
    {},
    {"rl": "ipo"},
    {"rl": "orpo"},
    {"dataloader_drop_last": True},
    {"auto_find_batch_size": True},
    {"load_best_model_at_end": True},
    {"warmup_ratio": 0.2},
    {"num_epochs": 0, "max_steps": 4},
    {"max_steps": 40},
    {"max_steps": -1},
    {"max_steps": 3, "val_set_size": 0.1, "eval_steps": 2},
    {"val_set_size": 0.2, "evals_per_epoch": 2},
    {"val_set_size": 3},
    {"val_set_size": 1},
    {"test_datasets": PAIRS, "eval_strategy": "epoch"},
]
"""Runs on pairs of answers."""


def rounds() -> Iterator[tuple[Config, int, int]]:
    """GRPO and GDPO, whose completions are generated in rounds."""
    trl: Config = {"max_completion_length": 2, "reward_funcs": ["rewards.reward"]}
    basis = {**WHOLE, "rl": "grpo", "datasets": PROMPTS}
    for more in (
        {},
        {"rl": "gdpo"},
        {"num_epochs": 1.5},
        {"max_steps": 5},
        {"max_steps": -1},
        {"warmup_ratio": 0.5},
        {"warmup_ratio": 2},
        {"warmup_ratio": -1},
        {"warmup_steps": 3},
        {"logging_steps": 3},
        {"save_strategy": "no"},
        {"save_steps": 3},
        {"saves_per_epoch": 2},
        {"val_set_size": 0.25, "eval_steps": 2},
        {"val_set_size": 0.25, "eval_strategy": "epoch", "eval_batch_size": 4},
        {"val_set_size": 0.25, "eval_strategy": "epoch", "eval_batch_size": 3},
        {"val_set_size": 2, "eval_steps": 2},
    ):
        yield {**basis, "trl": {**trl, "num_generations": 2}, **more}, 1, 9
    for more in (
        {},
        {"num_generations": None},
        {"num_generations": 3},
        {"num_generations": 4},
        {"num_generations": 2, "generation_batch_size": 8},
        {"num_generations": 2, "generation_batch_size": 6},
        {"num_generations": 2, "generation_batch_size": 3},
        {"num_generations": 2, "generation_batch_size": "many"},
        {"num_generations": 2, "num_iterations": 2},
        {"num_generations": 2, "num_iterations": 0},
    ):
        yield {**basis, "trl": {**trl, **more}}, 1, 9
    two = {**trl, "num_generations": 2}
    yield {**basis, "rl": "gdpo", "trl": two, "tensor_parallel_size": 2}, 2, 9
    for ranks, size, more in ((2, 9, {}), (2, 60, {"generation_batch_size": 8}), (8, 99, {})):
        four = {**trl, "num_generations": 4, **more}
        yield {**basis, "gradient_accumulation_steps": 4, "trl": four}, ranks, size
        yield {**basis, "rl": "gdpo", "trl": four}, ranks, size


EDGES: list[tuple[Config, int, int]] = [
    ({"micro_batch_size": 2, "gradient_accumulation_steps": 4, "num_epochs": 3}, 1, 100),
    ({"micro_batch_size": 2, "gradient_accumulation_steps": 4, "num_epochs": 3}, 8, 1000),
    ({"micro_batch_size": 2, "gradient_accumulation_steps": 4, "num_epochs": 3,
      "tensor_parallel_size": 2}, 8, 1000),
    ({"micro_batch_size": 3, "gradient_accumulation_steps": 4, "num_epochs": 1}, 1, 100),
    ({"micro_batch_size": 2, "batch_size": 12, "num_epochs": 2}, 1, 33),
    ({"micro_batch_size": 8, "batch_size": 4, "gradient_accumulation_steps": None}, 1, 33),
    ({**WHOLE, "warmup_ratio": 0.1}, 1, 38),
    ({**WHOLE, "warmup_ratio": 10}, 1, 38),
    ({**WHOLE, "evals_per_epoch": 1, "num_epochs": 1, "val_set_size": 0.1}, 1, 20),
    ({**WHOLE, "saves_per_epoch": 1, "save_strategy": "no"}, 1, 20),
    ({**WHOLE, "max_steps": 30}, 1, 20),
    ({**WHOLE, "eval_steps": 3}, 1, 20),
    ({**WHOLE, "micro_batch_size": "2"}, 1, 20),
    ({**WHOLE, "num_epochs": "1.5"}, 1, 20),
    ({**WHOLE, "val_set_size": 1}, 1, 20),
    # Refused at the start.
    ({"micro_batch_size": 2}, 1, 20),
    ({"gradient_accumulation_steps": 2}, 1, 20),
    ({**WHOLE, "batch_size": 4}, 1, 20),
    ({**WHOLE, "micro_batch_size": 0}, 1, 20),
    ({**WHOLE, "micro_batch_size": -2}, 1, 20),
    ({**WHOLE, "micro_batch_size": 2.5}, 1, 20),
    ({**WHOLE, "max_steps": 2.5}, 1, 20),
    ({**WHOLE, "num_epochs": -1}, 1, 20),
    ({**WHOLE, "warmup_steps": 2, "warmup_ratio": 0.1}, 1, 20),
    ({**WHOLE, "save_steps": 2, "save_strategy": "epoch"}, 1, 20),
    ({**WHOLE, "save_steps": 2, "saves_per_epoch": 1}, 1, 20),
    ({**WHOLE, "eval_steps": 2, "eval_strategy": "epoch", "val_set_size": 2}, 1, 20),
    ({**WHOLE, "eval_steps": 2, "val_set_size": 0}, 1, 20),
    ({**WHOLE, "evals_per_epoch": 2, "eval_steps": 2, "val_set_size": 2}, 1, 20),
    ({**WHOLE, "eval_strategy": False}, 1, 20),
    ({**WHOLE, "save_strategy": "best"}, 1, 20),
    ({**WHOLE, "early_stopping_patience": 2, "val_set_size": 2}, 1, 20),
    ({**WHOLE, "logging_steps": 0}, 1, 20),
    ({**WHOLE, "bf16": "full"}, 1, 20),
    ({**WHOLE, "sample_packing": True, "sample_packing_eff_est": 0.9}, 1, 60),
    ({**WHOLE, "rl": "grpo", "trl": {"num_generations": 3}}, 1, 20),
    ({**WHOLE, "rl": "grpo", "trl": {"num_generations": 1}}, 1, 20),
    ({**WHOLE, "tensor_parallel_size": 4}, 2, 20),
    ({**WHOLE, "tensor_parallel_size": 2, "num_epochs": 1.5}, 4, 50),
    ({**WHOLE, "tensor_parallel_size": 3}, 8, 50),
    *(({**WHOLE, **more}, 1, 20) for more in MORE),
    *(({**WHOLE, "val_set_size": 4, **more}, 1, 20) for more in EVALUATED),
    *(({**WHOLE, "rl": "dpo", "datasets": PAIRS, **more}, 1, 19) for more in PREFERRED),
    *rounds(),
    ({"micro_batch_size": 2, "batch_size": 4, "auto_find_batch_size": True}, 1, 20),
    ({"micro_batch_size": 2, "batch_size": "many"}, 1, 20),
    ({**WHOLE, "gradient_accumulation_steps": 0, "batch_size": "4"}, 1, 20),
    ({**WHOLE, "sample_packing": True, "dataloader_drop_last": "yes"}, 1, 60),
    ({**WHOLE, "sample_packing": True, "eval_sample_packing": False}, 1, 60),
    ({**WHOLE, "sample_packing": True, "eval_sample_packing": False, "val_set_size": 4}, 2, 60),
    ({**WHOLE, "sample_packing": True, "num_epochs": 0, "max_steps": 8}, 1, 60),
    ({**WHOLE, "ddp": "no"}, 4, 50),
    ({**WHOLE, "ddp": None}, 4, 50),
    ({**WHOLE, "ddp": False, "fsdp_config": {"state_dict_type": "FULL_STATE_DICT"}}, 4, 50),
    ({**WHOLE, "context_parallel_size": "many"}, 4, 50),
    ({**WHOLE, "context_parallel_size": 1, "tensor_parallel_size": 2}, 4, 50),
    ({**WHOLE, "context_parallel_size": 2, "tensor_parallel_size": 2}, 4, 50),
    ({**WHOLE, "num_epochs": 300, "save_strategy": "steps"}, 1, 20),
]  # fmt: skip


def drawn(draw: random.Random) -> tuple[Config, int, int]:
    """A config, the number of processes and the number of rows."""
    ranks = draw.choice([1, 1, 1, 2, 3, 8])
    size = draw.choice([4, 7, 10, 16, 19, 25, 33]) * (ranks if draw.random() < 0.7 else 1)
    config = dict(BASIS)
    batches(draw, config, ranks)
    duration(draw, config)
    schedule(draw, config)
    cadence(draw, config)
    if draw.random() < 0.3:
        config["sample_packing"] = True
        size *= 3
        config.pop("test_datasets", None)
        if draw.random() < 0.15:
            config["sample_packing_eff_est"] = draw.choice([0.5, 0.9, 1.0])
    if draw.random() < 0.15:
        config["dataloader_drop_last"] = draw.choice([True, False])
    return config, ranks, size


def batches(draw: random.Random, config: Config, ranks: int) -> None:
    """Micro-batch, and accumulation or batch size or both."""
    config["micro_batch_size"] = draw.choice([1, 2, 3, 4])
    pick = draw.random()
    if pick < 0.75:
        config["gradient_accumulation_steps"] = draw.choice([1, 1, 2, 3, 4, 16])
    elif pick < 0.85:
        config["batch_size"] = draw.choice([4, 6, 12])
    else:
        config["batch_size"] = draw.choice([4, 6, 12])
        config["gradient_accumulation_steps"] = None
    if ranks > 1 and draw.random() < 0.15:
        config["ddp"] = draw.choice([False, True])


def duration(draw: random.Random, config: Config) -> None:
    """Epochs, and sometimes a limit of steps."""
    if draw.random() < 0.85:
        config["num_epochs"] = draw.choice([0.3, 0.5, 1, 1, 1.5, 2, 2.25, 3])
    if draw.random() < 0.25:
        config["max_steps"] = draw.choice([0, -1, 1, 2, 5, 9])


def schedule(draw: random.Random, config: Config) -> None:
    """Warm-up, schedule and log interval."""
    pick = draw.random()
    if pick < 0.3:
        config["warmup_steps"] = draw.choice([0, 1, 2, 3, 40])
    elif pick < 0.6:
        config["warmup_ratio"] = draw.choice([0.0, 0.03, 0.1, 0.2, 0.5])
    if draw.random() < 0.3:
        config["lr_scheduler"] = draw.choice(["cosine", "linear", "constant_with_warmup", "rex"])
    if draw.random() < 0.3:
        config["logging_steps"] = draw.choice([1, 2, 7])


def cadence(draw: random.Random, config: Config) -> None:
    """Evaluations and checkpoints: by steps, by fractions of the run, by epoch."""
    pick = draw.random()
    if pick < 0.35:
        config["val_set_size"] = draw.choice([0.1, 0.25, 0.05, 2, 3])
    elif pick < 0.5:
        config["test_datasets"] = TEST
    pick = draw.random()
    if pick < 0.3:
        config["evals_per_epoch"] = draw.choice([1, 2, 4])
    elif pick < 0.5:
        config["eval_steps"] = draw.choice([1, 2, 3, 0.25])
    elif pick < 0.65:
        config["eval_strategy"] = draw.choice(["steps", "epoch", "no"])
    pick = draw.random()
    if pick < 0.35:
        config["saves_per_epoch"] = draw.choice([1, 2, 4])
    elif pick < 0.55:
        config["save_steps"] = draw.choice([1, 2, 5, 0.25])
    elif pick < 0.75:
        config["save_strategy"] = draw.choice(["no", "epoch", "steps"])
