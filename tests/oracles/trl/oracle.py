"""Trains tiny models with TRL's own trainers and writes down how many steps they made.

Every row is a config file that TRL's parser reads. With one process the trainer runs to its end;
with more, the number of processes is put into accelerate's state, so that TRL's config class, its
samplers and accelerate's loaders cut the data as on that many ranks, and the run is stopped at its
beginning: the row then holds what the trainer planned.
"""

# ruff: noqa: D102, E402 (the trainer's own events; the environment is set before it is imported)

from __future__ import annotations

import argparse
import json
import logging
import os
import random
import sys
import tempfile
import warnings
from collections import Counter
from importlib.metadata import version
from pathlib import Path
from typing import Any

os.environ.update(
    HF_HUB_OFFLINE="1",
    HF_DATASETS_OFFLINE="1",
    TOKENIZERS_PARALLELISM="false",
    HF_DATASETS_DISABLE_PROGRESS_BARS="1",
    ACCELERATE_USE_CPU="true",
)
SCRATCH = tempfile.TemporaryDirectory()
os.environ["HF_HOME"] = SCRATCH.name

import accelerate
import datasets
import torch
import transformers
import trl
from accelerate.state import PartialState
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast, TrainerCallback
from trl import ModelConfig, ScriptArguments, TrlParser

Config = dict[str, Any]
VERSION = tuple(int(part) for part in trl.__version__.split(".")[:2])
RANKS = 1


# The machine that a run believes to be on.


def count_ranks() -> None:
    """Have accelerate's state say `RANKS` processes; nothing else of it is distributed."""
    begin = PartialState.__init__

    def with_ranks(self: PartialState, *args: Any, **kwargs: Any) -> None:
        begin(self, *args, **kwargs)
        self.num_processes = RANKS

    PartialState.__init__ = with_ranks


def make_model(folder: str) -> None:
    """A model of a few numbers, and a tokenizer of a few words."""
    words = {"<pad>": 0, "<eos>": 1, "<unk>": 2, "a": 3, "b": 4, "c": 5, "d": 6}
    tokenizer = Tokenizer(models.WordLevel(words, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="<pad>",
        eos_token="<eos>",
        unk_token="<unk>",
        model_input_names=["input_ids", "attention_mask"],
    ).save_pretrained(folder)
    shape = LlamaConfig(
        vocab_size=8,
        hidden_size=8,
        intermediate_size=8,
        num_hidden_layers=1,
        num_attention_heads=1,
        num_key_value_heads=1,
        max_position_embeddings=64,
        pad_token_id=0,
        eos_token_id=1,
        bos_token_id=1,
    )
    LlamaForCausalLM(shape).save_pretrained(folder)


# Runs.


class Planned(Exception):
    """The run was to be planned only."""


class Watch(TrainerCallback):
    """Counts what happens, and stops a run of several ranks before its first step."""

    def __init__(self) -> None:
        self.count: Counter[str] = Counter()
        self.plan: dict[str, int | float] = {}
        self.batches = 0
        self.saved: set[int] = set()

    def on_train_begin(self, args, state, control, **kwargs):
        self.plan = {
            "total_steps": state.max_steps,
            "batches_per_epoch": self.batches,
            "warmup_steps": args.get_warmup_steps(state.max_steps),
            "global_batch_size": args.per_device_train_batch_size
            * args.gradient_accumulation_steps
            * args.world_size,
        }
        if args.eval_strategy == "steps":
            self.plan["eval_interval"] = state.eval_steps
        if args.save_strategy == "steps":
            self.plan["save_interval"] = state.save_steps
        self.plan["log_interval"] = state.logging_steps
        if hasattr(args, "generation_batch_size"):
            self.plan["generation_batch_size"] = args.generation_batch_size
            self.plan["steps_per_generation"] = args.steps_per_generation
        if args.world_size > 1:
            raise Planned

    def on_optimizer_step(self, args, state, control, **kwargs):
        self.count["steps"] += 1

    def on_evaluate(self, args, state, control, **kwargs):
        self.count["evaluations"] += 1

    def on_save(self, args, state, control, **kwargs):
        self.saved.add(state.global_step)

    def ran(self, state: Any) -> dict[str, int | float]:
        """What happened; where fewer steps ran than planned, that is kept aside."""
        done = {
            "evaluations": self.count["evaluations"],
            "checkpoints": len(self.saved),
        }
        if self.count["steps"] == self.plan["total_steps"]:
            return {**self.plan, **done}
        return {**self.plan, "executed": {"total_steps": self.count["steps"], **done}}


CONFIGS = {
    "sft": trl.SFTConfig,
    "dpo": trl.DPOConfig,
    "grpo": trl.GRPOConfig,
    "rloo": trl.RLOOConfig,
}
TRAINERS = {
    "sft": trl.SFTTrainer,
    "dpo": trl.DPOTrainer,
    "grpo": trl.GRPOTrainer,
    "rloo": trl.RLOOTrainer,
}


def rows_of(kind: str, size: int) -> datasets.Dataset:
    """As many samples as asked for, in the form that the trainer wants."""
    texts = {
        "sft": {"text": "a b c d"},
        "dpo": {"prompt": "a b", "chosen": " c", "rejected": " d"},
        "grpo": {"prompt": "a b"},
        "rloo": {"prompt": "a b"},
    }[kind]
    return datasets.Dataset.from_dict({name: [text] * size for name, text in texts.items()})


def read(kind: str, path: str) -> Any:
    """The config file, as TRL's own scripts read it."""
    parser = TrlParser((ScriptArguments, CONFIGS[kind], ModelConfig))
    return parser.parse_args_and_config(["--config", path])[1]


def run(kind: str, size: int, path: str) -> dict[str, Any]:
    """Train, or plan where there are several ranks."""
    args = read(kind, path)
    tokenizer = PreTrainedTokenizerFast.from_pretrained("tiny")
    more: dict[str, Any] = {}
    if kind in ("grpo", "rloo"):
        more["reward_funcs"] = lambda completions, **_: [float(len(text)) for text in completions]
    if kind == "dpo":
        more["ref_model"] = LlamaForCausalLM.from_pretrained("tiny")
        more["model"] = LlamaForCausalLM.from_pretrained("tiny")
    watch = Watch()
    trainer = TRAINERS[kind](
        **{"model": "tiny", **more},
        args=args,
        train_dataset=rows_of(kind, size),
        eval_dataset=rows_of(kind, 8) if args.eval_strategy != "no" else None,
        processing_class=tokenizer,
        callbacks=[watch],
    )
    trainer._save_checkpoint = lambda *_, **__: None
    watch.batches = len(trainer.get_train_dataloader())
    try:
        trainer.train()
    except Planned:
        return watch.plan
    return watch.ran(trainer.state)


def row(kind: str, config: Config, ranks: int, size: int) -> dict[str, Any]:
    """One line of the table."""
    global RANKS  # noqa: PLW0603 (what the state of a real launch would say)
    RANKS = ranks
    Path("train.yaml").write_text(json.dumps(config, indent=1), encoding="utf-8")
    line: dict[str, Any] = {
        "config": config,
        "assume": {"world_size": ranks, "dataset_size": size},
    }
    try:
        line["ran"] = run(kind, size, "train.yaml")
        executed = line["ran"].pop("executed", None)
        if executed is not None:
            line["executed"] = executed
        if executed is not None or not is_sane(config, line["ran"]):
            line["sane"] = False
    except SystemExit as error:
        line["refused"] = f"the parser exits with {error.code}"
    except Exception as error:  # noqa: BLE001 (whatever it stops with is the row's result)
        line["refused"] = f"{type(error).__name__}: {error}".split("\n")[0][:150]
    return line


def is_sane(config: Config, ran: dict[str, Any]) -> bool:
    """Whether it trains what it says: there are steps, and the rate gets past its peak."""
    warms_up = config.get("lr_scheduler_type") != "constant"
    peak = ran["warmup_steps"] if warms_up else 0
    return ran["batches_per_epoch"] > 0 and peak < ran["total_steps"]


# Configs.


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


def draws(seed: int) -> list[tuple[str, Config, int, int]]:
    """What to run: the kind of training, the config, the ranks and the samples."""
    draw = random.Random(seed)
    basis = {
        "model_name_or_path": "tiny",
        "dataset_name": "rows",
        "output_dir": "out",
        "learning_rate": 1e-3,
        "bf16": False,
        "gradient_checkpointing": False,
        "report_to": "none",
    }
    text = {"dataset_text_field": "text", "per_device_train_batch_size": 2}
    found = [(kind, {**basis, **text, **more}, w, n) for kind, more, w, n in EDGES]
    for more, ranks, size in ROUND_EDGES:
        if VERSION >= (0, 18) or not more.keys() & {
            "steps_per_generation", "generation_batch_size", "num_iterations",
        }:  # fmt: skip
            config = {**basis, "max_completion_length": 2, "num_train_epochs": 1, **more}
            found.append(("grpo", config, ranks, size))
    for kind, make, count in (
        ("sft", sft, 70),
        ("dpo", dpo, 12),
        ("grpo", grpo, 70),
        ("rloo", rloo, 14 if VERSION >= (0, 22) else 0),
    ):
        found += [(kind, *make(draw)) for _ in range(count)]
    return found


def main() -> None:
    """Write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    out = options.out.resolve()
    quiet()
    os.chdir(SCRATCH.name)
    make_model("tiny")
    count_ranks()
    lines = [row(*each) for each in draws(options.seed)]
    packages = ("trl", "transformers", "accelerate", "torch", "datasets")
    head = {
        "framework": "trl",
        "packages": [f"{name}=={version(name).split('+')[0]}" for name in packages],
        "seed": options.seed,
        "rows": len(lines),
    }
    text = "".join(json.dumps(each, separators=(",", ":")) + "\n" for each in [head, *lines])
    out.write_text(text, encoding="utf-8")


def quiet() -> None:
    """One thread, and nothing on the screen."""
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    transformers.logging.set_verbosity(50)
    datasets.disable_progress_bars()
    logging.disable(logging.CRITICAL)
    transformers.logging.disable_progress_bar()
    accelerate.logging.logging.disable(logging.CRITICAL)
    sys.stderr = sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115


if __name__ == "__main__":
    main()
