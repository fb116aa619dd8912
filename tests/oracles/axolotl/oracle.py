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
from types import SimpleNamespace
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

import axolotl.utils.data.rl
import axolotl.utils.data.sft
import datasets
import torch
import transformers
from accelerate.parallelism_config import ParallelismConfig
from accelerate.state import PartialState
from axolotl.cli.config import load_cfg
from axolotl.common.datasets import load_datasets, load_preference_datasets
from axolotl.loaders import load_tokenizer
from axolotl.monkeypatch.data.batch_dataset_fetcher import apply_multipack_dataloader_patch
from axolotl.utils.distributed import _get_parallel_config_kwargs
from axolotl.utils.samplers import MultipackBatchSampler, get_dataset_lengths
from axolotl.utils.trainer import setup_trainer
from draws import BASIS, EDGES, Config, drawn
from tokenizers import Tokenizer, models, pre_tokenizers
from torch.utils.data import SequentialSampler
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast, TrainerCallback

ENVIRONMENT = dict(os.environ)
"""What the environment is before each run; Axolotl leaves settings in it."""
RANKS = 1
ROWS = {
    "rows": {"text": "a b c d"},
    "pairs": {"prompt": "a b", "chosen": " c", "rejected": " d"},
    "prompts": {"prompt": "a b"},
}
"""What the files of data hold, one row again and again."""
REWARD = "def reward(prompts, completions, **_):\n    return [float(len(c)) for c in completions]\n"


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
            self.plan["eval_interval"] = abs(state.eval_steps)  # what its remainder goes by
        if args.save_strategy == "steps":
            self.plan["save_interval"] = abs(state.save_steps)
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


def hold_processes(cfg: Any) -> None:
    """Hold the sizes that Axolotl's model loader works out against the processes, as accelerate."""
    sharded = bool(cfg.fsdp_config)
    sizes = _get_parallel_config_kwargs(RANKS, cfg.tensor_parallel_size, is_fsdp=sharded)
    run_of = SimpleNamespace(
        num_processes=RANKS, multi_device=RANKS > 1, is_fsdp2=sharded, is_main_process=False
    )
    ParallelismConfig(**sizes)._validate_accelerator(run_of)


def run(path: str, assume: dict[str, int]) -> dict[str, Any]:
    """Train, or plan where there are several ranks. Packed rows are noted in `assume`."""
    cfg = load_cfg(path)
    cfg.dataset_num_proc = None  # work on the data in this process
    data = load_preference_datasets(cfg=cfg) if cfg.rl else load_datasets(cfg=cfg)
    watch = Watch()
    watch.plan["counted_batch_size"] = cfg.batch_size
    streams = isinstance(data.train_dataset, datasets.IterableDataset)
    if cfg.sample_packing and not streams:
        assume["dataset_size"] = packed_rows(cfg, data.train_dataset)
        assume.pop("dataset_rows")
    elif not streams:
        watch.plan["dataset_size"] = len(data.train_dataset)
    if (cfg.tensor_parallel_size or 1) > 1 or cfg.fsdp_config:  # both need real processes
        hold_processes(cfg)
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
    if not streams:
        watch.plan["batches_per_epoch"] = len(trainer.get_train_dataloader())
    try:
        trainer.train()
    except Planned:
        return watch.plan
    return watch.ran()


def write_rows(name: str, sample: dict[str, str], size: int) -> None:
    """A file of data."""
    Path(f"{name}.jsonl").write_text((json.dumps(sample) + "\n") * size, encoding="utf-8")


def row(config: Config, ranks: int, size: int) -> dict[str, Any]:
    """One line of the table."""
    global RANKS  # noqa: PLW0603 (what the state of a real launch would say)
    RANKS = ranks
    os.environ.clear()
    os.environ.update(ENVIRONMENT, WORLD_SIZE=str(ranks))
    Path("train.yaml").write_text(json.dumps(config, indent=1), encoding="utf-8")
    for name, sample in ROWS.items():
        write_rows(name, sample, size)
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
    write_rows("test", ROWS["rows"], 4)
    Path("rewards.py").write_text(REWARD, encoding="utf-8")
    sys.path.append(SCRATCH.name)
    count_ranks()
    apply_multipack_dataloader_patch()  # as Axolotl's model loader does
    # Only read by later runs; writing it starts further processes for each row.
    for module in (axolotl.utils.data.sft, axolotl.utils.data.rl):
        module.save_preprocessed_dataset = lambda *_, **__: None
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
