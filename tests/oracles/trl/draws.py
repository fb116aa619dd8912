"""What the oracle of TRL runs: configs with their ranks and samples, drawn or written out."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any

import transformers
import trl

Config = dict[str, Any]
VERSION = tuple(int(part) for part in trl.__version__.split(".")[:2])


@dataclass
class Draw:
    """One row to be: the trainer, its config, the ranks and the samples.

    `files` lie beside the config. Without `ranks` `trl sft` starts the processes itself. `rows`
    tells schedlint the stored rows and not the samples, `packed` the samples that packing made.
    """

    kind: str
    config: Config
    ranks: int | None = 1
    size: int = 8
    files: dict[str, str] = field(default_factory=dict)
    rows: bool = False
    packed: bool = False


def common(draw: random.Random, size: int) -> Config:
    """Keys that every trainer has."""
    config: Config = {
        "model_name_or_path": "tiny",
        "dataset_name": "rows",
        "output_dir": "out",
        "learning_rate": draw.choice([1e-3, 2e-5, "1e-4"]),
        "bf16": False,
        "gradient_checkpointing": False,
        "report_to": "none",
    }
    pick = draw.random()
    if pick < 0.6:
        config["num_train_epochs"] = draw.choice([0.3, 0.5, 1, 1, 1.5, 2, 2.25, 3])
    elif pick < 0.85:
        config["max_steps"] = draw.choice([1, 2, 5, 7])
        if draw.random() < 0.5:
            config["num_train_epochs"] = draw.choice([1, 2])
    if draw.random() < 0.6:
        config["gradient_accumulation_steps"] = draw.choice([1, 2, 3, 4, 16])
    config["logging_steps"] = draw.choice([1, 5, 0.25, 500]) if draw.random() < 0.6 else 10
    if draw.random() < 0.15:
        del config["logging_steps"]
    warm_up(draw, config)
    cadence(draw, config)
    return config


def warm_up(draw: random.Random, config: Config) -> None:
    """Warm-up in steps or as a fraction, as far as the version at hand takes it."""
    pick = draw.random()
    if pick < 0.35:
        config["warmup_steps"] = draw.choice([0, 1, 3, 100])
    elif pick < 0.6 and transformers.__version__ >= "5":
        config["warmup_steps"] = draw.choice([0.03, 0.1, 0.5, 1.0])
    elif pick < 0.6:
        config["warmup_ratio"] = draw.choice([0.0, 0.03, 0.1, 0.5])
        if draw.random() < 0.3:
            config["warmup_steps"] = draw.choice([0, 2])
    if draw.random() < 0.4:
        kinds = ["cosine", "constant", "constant_with_warmup", "linear"]
        config["lr_scheduler_type"] = draw.choice(kinds)


def cadence(draw: random.Random, config: Config) -> None:
    """Evaluations and checkpoints: by steps, by fractions of the run, by epoch."""
    pick = draw.random()
    if pick < 0.35:
        config["eval_strategy"] = "steps"
        if draw.random() < 0.7:
            config["eval_steps"] = draw.choice([1, 2, 3, 7, 0.2, 0.5])
    elif pick < 0.5:
        config["eval_strategy"] = "epoch"
    if pick < 0.5 and draw.random() < 0.2:
        config["eval_on_start"] = True
    if pick < 0.5 and draw.random() < 0.2:
        config["eval_delay"] = draw.choice([1, 2, 3])
    pick = draw.random()
    if pick < 0.3:
        config["save_strategy"] = draw.choice(["no", "epoch"])
    elif pick < 0.7:
        config["save_steps"] = draw.choice([1, 2, 4, 6, 0.25, 0.4])
    if draw.random() < 0.1:
        config["load_best_model_at_end"] = True


def sft(draw: random.Random) -> tuple[Config, int, int]:
    """A config of supervised training, with the ranks and the samples."""
    ranks = draw.choice([1, 1, 1, 2, 3, 8])
    size = draw.choice([1, 2, 3, 4, 7, 10, 16, 19, 25, 33])
    config = common(draw, size)
    config["dataset_text_field"] = "text"
    if draw.random() < 0.8:
        config["per_device_train_batch_size"] = draw.choice([1, 2, 3, 4])
    if draw.random() < 0.3:
        config["dataloader_drop_last"] = draw.choice([True, False])
    if draw.random() < 0.5:
        config["max_length"] = draw.choice([8, 64])
    return config, ranks, size


def dpo(draw: random.Random) -> tuple[Config, int, int]:
    """A config of preference training, with the ranks and the samples."""
    config, ranks, size = sft(draw)
    del config["dataset_text_field"]
    config["max_length"] = 32
    config["beta"] = 0.1
    return config, 1 if draw.random() < 0.7 else ranks, size


def kto(draw: random.Random) -> tuple[Config, int, int]:
    """A config of KTO, with the ranks and the samples."""
    config, ranks, size = sft(draw)
    del config["dataset_text_field"]
    config["max_length"] = 32
    if draw.random() < 0.8:
        config["desirable_weight"] = 1.0
    return config, ranks, size


def reward(draw: random.Random) -> tuple[Config, int, int]:
    """A config of a reward model, with the ranks and the samples."""
    config, ranks, size = sft(draw)
    del config["dataset_text_field"]
    config["max_length"] = 32
    if draw.random() < 0.8:
        config["center_rewards_coefficient"] = 0.01
    return config, ranks, size


def grpo(draw: random.Random) -> tuple[Config, int, int]:
    """A config of GRPO, with the ranks and the prompts."""
    ranks = draw.choice([1, 1, 1, 1, 2, 4, 8])
    size = draw.choice([1, 3, 5, 8, 10, 11, 17])
    config = common(draw, size)
    config["max_completion_length"] = 2
    config["num_generations"] = draw.choice([2, 2, 2, 4, 4, 3])
    if draw.random() < 0.05:
        config["num_generations"] = draw.choice([0, 1])
    if draw.random() < 0.07:
        del config["num_generations"]
        config["num_iterations"] = 1
    if draw.random() < 0.9:
        config["per_device_train_batch_size"] = draw.choice([1, 2, 4, 4, 6, 8])
    rounds(draw, config, ranks)
    if draw.random() < 0.15:
        config["dataloader_drop_last"] = True
    if "eval_strategy" in config and draw.random() < 0.7:
        config["per_device_eval_batch_size"] = draw.choice([2, 4, 8, 12])
    if VERSION >= (0, 26) and "eval_strategy" in config and draw.random() < 0.3:
        config["num_generations_eval"] = draw.choice([1, 2, 4])
    return config, ranks, size


def rounds(draw: random.Random, config: Config, ranks: int) -> None:
    """How large a round is, from version 0.18 on."""
    if VERSION < (0, 18):
        return
    micro = config.get("per_device_train_batch_size", 8)
    pick = draw.random()
    if pick < 0.3:
        config["steps_per_generation"] = draw.choice([1, 2, 3, 4])
    elif pick < 0.55:
        factor = draw.choice([1, 2, 3, 4])
        config["generation_batch_size"] = micro * ranks * factor + draw.choice([0, 0, 0, 0, 2])
    elif pick < 0.6:
        config["generation_batch_size"] = micro * ranks * 2
        config["steps_per_generation"] = 2
    if draw.random() < 0.4:
        config["num_iterations"] = draw.choice([1, 2, 3])


def rloo(draw: random.Random) -> tuple[Config, int, int]:
    """A config of RLOO, with the ranks and the prompts."""
    config, ranks, size = grpo(draw)
    config["normalize_advantages"] = False
    if draw.random() < 0.4:
        config.pop("num_generations", None)
    return config, ranks, size


EDGES: list[tuple[str, Config, int, int]] = [
    ("sft", {"max_steps": 0}, 1, 8),
    ("sft", {"num_train_epochs": 0}, 1, 8),
    ("sft", {"num_train_epochs": 0.01}, 1, 8),
    ("sft", {"max_steps": -1, "num_train_epochs": 1}, 1, 8),
    ("sft", {"max_steps": 2.5}, 1, 8),
    ("sft", {"max_steps": "1e3"}, 1, 8),
    ("sft", {"gradient_accumulation_steps": 0}, 1, 8),
    ("sft", {"gradient_accumulation_steps": None}, 1, 8),
    ("sft", {"per_device_train_batch_size": 0}, 1, 8),
    ("sft", {"per_device_train_batch_size": 2.5}, 1, 8),
    ("sft", {"per_device_train_batch_size": "4"}, 1, 9),
    ("sft", {"per_device_train_batch_size": 16, "dataloader_drop_last": True}, 1, 8),
    ("sft", {"warmup_steps": 500, "max_steps": 4}, 1, 8),
    ("sft", {"save_strategy": False}, 1, 8),
    ("sft", {"eval_strategy": False}, 1, 8),
    ("sft", {"eval_strategy": "steps", "eval_steps": 200, "save_steps": 500,
             "load_best_model_at_end": True}, 1, 8),
    ("sft", {"eval_strategy": "epoch", "load_best_model_at_end": True}, 1, 8),
    ("sft", {"learning_rat": 1e-3}, 1, 8),
    ("sft", {"logging_steps": 0}, 1, 8),
    ("sft", {"warmup_steps": -1}, 1, 8),
    ("sft", {"fp16": True, "bf16": True, "use_cpu": True}, 1, 8),
]  # fmt: skip
ROUND_EDGES: list[tuple[Config, int, int]] = [
    ({"num_generations": 4, "per_device_train_batch_size": 4}, 1, 10),
    ({"num_generations": 4, "per_device_train_batch_size": 4,
      "gradient_accumulation_steps": 2}, 1, 10),
    ({"num_generations": 4, "per_device_train_batch_size": 4,
      "gradient_accumulation_steps": 2, "num_iterations": 2}, 1, 10),
    ({"num_generations": 4, "per_device_train_batch_size": 4, "steps_per_generation": 4}, 1, 10),
    ({"num_generations": 4, "per_device_train_batch_size": 4, "steps_per_generation": 2,
      "gradient_accumulation_steps": 4}, 1, 10),
    ({"num_generations": 4, "per_device_train_batch_size": 4, "steps_per_generation": 3,
      "gradient_accumulation_steps": 4}, 1, 11),
    ({"num_generations": 8, "per_device_train_batch_size": 8, "generation_batch_size": 64}, 1, 16),
    ({"num_generations": 8, "per_device_train_batch_size": 8, "generation_batch_size": 60}, 1, 16),
    ({"num_generations": 8, "per_device_train_batch_size": 8, "generation_batch_size": 64,
      "steps_per_generation": 8}, 1, 16),
    ({"num_generations": 8, "per_device_train_batch_size": 4}, 1, 16),
    ({"num_generations": 16, "per_device_train_batch_size": 4}, 4, 16),
    ({"num_generations": 16, "per_device_train_batch_size": 4}, 2, 16),
    ({"num_generations": 4, "per_device_train_batch_size": 8,
      "gradient_accumulation_steps": 2}, 1, 3),
    ({"num_generations": 4, "per_device_train_batch_size": 4, "auto_find_batch_size": True}, 1, 8),
]  # fmt: skip


BASIS: Config = {
    "model_name_or_path": "tiny",
    "dataset_name": "rows",
    "output_dir": "out",
    "learning_rate": 1e-3,
    "bf16": False,
    "gradient_checkpointing": False,
    "report_to": "none",
}
TEXT: Config = {**BASIS, "dataset_text_field": "text", "per_device_train_batch_size": 2}


def draws(seed: int) -> list[Draw]:
    """What to run: those written out and those drawn."""
    draw = random.Random(seed)
    found = [Draw(kind, {**TEXT, **more}, w, n) for kind, more, w, n in EDGES]
    for more, ranks, size in ROUND_EDGES:
        if VERSION >= (0, 18) or not more.keys() & {
            "steps_per_generation", "generation_batch_size", "num_iterations",
        }:  # fmt: skip
            config = {**BASIS, "max_completion_length": 2, "num_train_epochs": 1, **more}
            found.append(Draw("grpo", config, ranks, size))
    for kind, make, count in (
        ("sft", sft, 70),
        ("dpo", dpo, 12),
        ("grpo", grpo, 70),
        ("rloo", rloo, 14 if VERSION >= (0, 22) else 0),
        ("kto", kto, 10),
        ("reward", reward, 10),
    ):
        found += [Draw(kind, *make(draw)) for _ in range(count)]
    return found
