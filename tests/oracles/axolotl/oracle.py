"""Runs Axolotl from the config file to the last step on a tiny model and notes what came of it.

Everything is Axolotl's own: `load_cfg` reads and normalises the file, `load_datasets` tokenises,
splits, packs and counts, the builder makes the trainer, the trainer trains. Only the model and the
tokenizer are made here, and nothing is saved. With several processes `WORLD_SIZE` says so, which is
where Axolotl looks, and accelerate's state; the run is then stopped before its first step.
"""

# ruff: noqa: D102, E402 (the trainer's own events; the environment is set before it is imported)

from __future__ import annotations

import argparse
import gc
import itertools
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

SCRATCH = tempfile.TemporaryDirectory()
os.environ.update(
    AXOLOTL_DO_NOT_TRACK="1",
    HF_HUB_OFFLINE="1",
    HF_DATASETS_OFFLINE="1",
    HF_HOME=SCRATCH.name,
    TOKENIZERS_PARALLELISM="false",
    WANDB_MODE="disabled",
)

import axolotl.utils.data.sft
import datasets
import torch
import transformers
from accelerate.state import PartialState
from axolotl.cli.config import load_cfg
from axolotl.common.datasets import load_datasets
from axolotl.loaders import load_tokenizer
from axolotl.monkeypatch.data.batch_dataset_fetcher import apply_multipack_dataloader_patch
from axolotl.utils.samplers import MultipackBatchSampler, get_dataset_lengths
from axolotl.utils.trainer import setup_trainer
from tokenizers import Tokenizer, models, pre_tokenizers
from torch.utils.data import SequentialSampler
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast, TrainerCallback

Config = dict[str, Any]
ENVIRONMENT = dict(os.environ)
"""What the environment is before each run; Axolotl leaves settings in it."""
RANKS = 1
SAMPLE = "a b c d"


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

    def on_train_begin(self, args, state, control, **kwargs):
        self.plan["total_steps"] = max(state.max_steps, 0)  # below 0 for a negative num_epochs
        self.plan["warmup_steps"] = args.get_warmup_steps(state.max_steps)
        self.plan["log_interval"] = state.logging_steps
        if args.eval_strategy == "steps":
            self.plan["eval_interval"] = state.eval_steps
        if args.save_strategy == "steps":
            self.plan["save_interval"] = state.save_steps
        if RANKS > 1:
            raise Planned

    def on_optimizer_step(self, args, state, control, **kwargs):
        self.count["steps"] += 1

    def on_evaluate(self, args, state, control, **kwargs):
        self.count["evaluations"] += 1

    def on_save(self, args, state, control, **kwargs):
        self.count["checkpoints"] += 1

    def ran(self) -> dict[str, Any]:
        """What happened; where fewer steps ran than planned, that is kept aside."""
        done = {name: self.count[name] for name in ("evaluations", "checkpoints")}
        if self.count["steps"] == self.plan["total_steps"]:
            return {**self.plan, **done}
        return {**self.plan, "executed": {"total_steps": self.count["steps"], **done}}


def packed_rows(cfg: Any, dataset: datasets.Dataset) -> int:
    """How many rows of `sequence_len` tokens the samples fill, by Axolotl's packer."""
    sampler = MultipackBatchSampler(
        SequentialSampler(dataset),
        lengths=get_dataset_lengths(dataset),
        batch_size=1,
        batch_max_len=cfg.sequence_len,
        group_size=cfg.sample_packing_group_size,
        bin_size=cfg.sample_packing_bin_size,
        num_processes=1,
    )
    return len(sampler)


def run(path: str, assume: dict[str, int]) -> dict[str, Any]:
    """Train, or plan where there are several ranks. Packed rows are noted in `assume`."""
    cfg = load_cfg(path)
    cfg.dataset_num_proc = None  # work on the data in this process
    data = load_datasets(cfg=cfg)
    watch = Watch()
    watch.plan["counted_batch_size"] = cfg.batch_size
    if cfg.sample_packing:
        assume["dataset_size"] = packed_rows(cfg, data.train_dataset)
        assume.pop("dataset_rows")
    else:
        watch.plan["dataset_size"] = len(data.train_dataset)
    if (cfg.tensor_parallel_size or 1) > 1:  # its mesh needs real processes
        return {**watch.plan, "total_steps": data.total_num_steps}
    trainer = setup_trainer(
        cfg,
        data.train_dataset,
        data.eval_dataset,
        LlamaForCausalLM.from_pretrained("tiny"),
        load_tokenizer(cfg),
        None,
        data.total_num_steps,
    )
    trainer.add_callback(watch)
    trainer._save_checkpoint = lambda *_, **__: None
    args = trainer.args
    watch.plan["global_batch_size"] = (
        args.per_device_train_batch_size * args.gradient_accumulation_steps * args.world_size
    )
    watch.plan["batches_per_epoch"] = len(trainer.get_train_dataloader())
    try:
        trainer.train()
    except Planned:
        return watch.plan
    return watch.ran()


def row(config: Config, ranks: int, size: int) -> dict[str, Any]:
    """One line of the table."""
    global RANKS  # noqa: PLW0603 (what the state of a real launch would say)
    RANKS = ranks
    os.environ.clear()
    os.environ.update(ENVIRONMENT, WORLD_SIZE=str(ranks))
    Path("train.yaml").write_text(json.dumps(config, indent=1), encoding="utf-8")
    Path("rows.jsonl").write_text((json.dumps({"text": SAMPLE}) + "\n") * size, encoding="utf-8")
    assume = {"world_size": ranks, "dataset_rows": size}
    line: dict[str, Any] = {"config": config, "assume": assume}
    try:
        line["ran"] = run("train.yaml", assume)
    except Exception as error:  # noqa: BLE001 (whatever it stops with is the row's result)
        told = f"{type(error).__name__}: {error}".strip()
        lines = [part.strip() for part in told.split("\n") if "validation error" not in part]
        line["refused"] = " ".join(lines).split(" [type=")[0][:150]
        return line
    executed = line["ran"].pop("executed", None)
    if executed is not None:
        line["executed"] = executed
    ran = line["ran"]
    trains = executed is None and ran.get("batches_per_epoch", 1) > 0
    if not trains or ran.get("warmup_steps", 0) >= ran["total_steps"]:
        line["sane"] = False
    return line


# Configs.

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


WHOLE = {"micro_batch_size": 2, "gradient_accumulation_steps": 2, "num_epochs": 2}
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
]  # fmt: skip


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
    Path("test.jsonl").write_text((json.dumps({"text": SAMPLE}) + "\n") * 4, encoding="utf-8")
    count_ranks()
    apply_multipack_dataloader_patch()  # as Axolotl's model loader does
    # Only read by later runs; writing it starts further processes for each row.
    axolotl.utils.data.sft.save_preprocessed_dataset = lambda *_, **__: None
    gc.freeze()
    draw = random.Random(options.seed)
    inputs = [({**BASIS, **more}, ranks, size) for more, ranks, size in EDGES]
    inputs += [drawn(draw) for _ in range(112)]
    packages = ("axolotl", "transformers", "trl", "accelerate", "torch", "datasets", "pydantic")
    head = {
        "framework": "axolotl",
        "packages": [f"{name}=={version(name).split('+')[0]}" for name in packages],
        "seed": options.seed,
        "rows": len(inputs),
    }
    with out.open("w", encoding="utf-8") as table:
        for line in itertools.chain([head], itertools.starmap(row, inputs)):
            table.write(json.dumps(line, separators=(",", ":")) + "\n")
            table.flush()


def quiet() -> None:
    """One thread, and nothing on the screen."""
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    transformers.logging.set_verbosity(50)
    transformers.logging.disable_progress_bar()
    datasets.disable_progress_bars()
    logging.disable(logging.CRITICAL)
    sys.stderr = sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115


if __name__ == "__main__":
    main()
