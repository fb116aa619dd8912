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
import draws
import launch
import rollouts
import rows
import torch
import transformers
import trl
from accelerate.state import PartialState
from draws import VERSION, Config, Draw
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import (
    LlamaConfig,
    LlamaForCausalLM,
    LlamaForSequenceClassification,
    PreTrainedTokenizerFast,
    TrainerCallback,
)
from trl import ModelConfig, ScriptArguments, TrlParser

RANKS = 1


# The machine that a run believes to be on.


def count_ranks() -> None:
    """Have accelerate's state say `RANKS` processes; nothing else of it is distributed."""
    begin = PartialState.__init__

    def with_ranks(self: PartialState, *args: Any, **kwargs: Any) -> None:
        begin(self, *args, **kwargs)
        self.num_processes = RANKS

    PartialState.__init__ = with_ranks


def told(_: argparse.ArgumentParser, message: str) -> None:
    """What the parser stops with; its own `error` writes that to the screen."""
    raise SystemExit(message)


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
    shape.num_labels = 1
    LlamaForSequenceClassification(shape).save_pretrained(f"{folder}-reward")


# Runs.


class Planned(Exception):
    """The run was to be planned only."""


class Watch(TrainerCallback):
    """Counts what happens, and stops a run of several ranks before its first step."""

    def __init__(self) -> None:
        self.count: Counter[str] = Counter()
        self.plan: dict[str, int | float] = {}
        self.batches: int | None = None
        self.saved: set[int] = set()

    def on_train_begin(self, args, state, control, **kwargs):
        self.plan = {
            "total_steps": state.max_steps,
            **({} if self.batches is None else {"batches_per_epoch": self.batches}),
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
        length = getattr(args, "max_seq_length", None) or getattr(args, "max_length", None)
        if length is not None:
            self.plan["sequence_length"] = length
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
    "kto": trl.KTOConfig,
    "reward": trl.RewardConfig,
    "grpo": trl.GRPOConfig,
    "rloo": trl.RLOOConfig,
    **rollouts.CONFIGS,
}
TRAINERS = {
    "sft": trl.SFTTrainer,
    "dpo": trl.DPOTrainer,
    "kto": trl.KTOTrainer,
    "reward": trl.RewardTrainer,
    "grpo": trl.GRPOTrainer,
    "rloo": trl.RLOOTrainer,
}
TEXTS: dict[str, dict[str, Any]] = {
    "sft": {"text": "a b c d"},
    "dpo": {"prompt": "a b", "chosen": " c", "rejected": " d"},
    "kto": {"prompt": "a b", "completion": " c", "label": True},
    "reward": {"chosen": "a b c", "rejected": "a b d"},
    "grpo": {"prompt": "a b"},
    "rloo": {"prompt": "a b"},
    "ppo": {"input_ids": [3, 4]},
    "old_rloo": {"input_ids": [3, 4]},
}


def rows_of(kind: str, size: int) -> datasets.Dataset:
    """As many samples as asked for, in the form that the trainer wants."""
    return datasets.Dataset.from_dict({name: [it] * size for name, it in TEXTS[kind].items()})


def read(draw: Draw) -> tuple[Any, ...]:
    """The config file, as TRL's own scripts read it: the script's keys, the trainer's, the rest."""
    types = [ScriptArguments, CONFIGS[draw.kind], ModelConfig]
    if VERSION >= (0, 22):
        types.append(trl.DatasetMixtureConfig)
    # What `trl` starts passes over the launcher's keys; before 0.29 only `sft.py` did.
    lenient = draw.ranks is None and (draw.kind == "sft" or VERSION >= (0, 29))
    more = {"return_remaining_strings": True} if lenient else {}
    return TrlParser(types).parse_args_and_config(["--config", "train.yaml"], **more)


def data(draw: Draw, parsed: tuple[Any, ...]) -> dict[str, Any]:
    """The training and evaluation data, as the script `sft.py` takes them."""
    script, args = parsed[:2]
    if VERSION >= (0, 22) and parsed[3].datasets:
        found = trl.get_dataset(parsed[3])
        held_out = found[script.dataset_test_split] if args.eval_strategy != "no" else None
        return {"train_dataset": found["train"], "eval_dataset": held_out, "mixture": found}
    train = rows_of(draw.kind, draw.size)
    return {
        "train_dataset": train.to_iterable_dataset() if is_streamed(script) else train,
        "eval_dataset": rows_of(draw.kind, 8) if args.eval_strategy != "no" else None,
    }


def is_streamed(script: Any) -> bool:
    """Whether the data are read as they come, without a length."""
    return getattr(script, "dataset_streaming", False)


def models_of(kind: str) -> dict[str, Any]:
    """The model that is trained and what judges it."""
    if kind in ("grpo", "rloo"):
        reward = lambda completions, **_: [float(len(text)) for text in completions]  # noqa: E731
        return {"model": "tiny", "reward_funcs": reward}
    if kind in ("dpo", "kto"):
        own = LlamaForCausalLM.from_pretrained
        return {"model": own("tiny"), "ref_model": own("tiny")}
    if kind == "reward":
        return {"model": LlamaForSequenceClassification.from_pretrained("tiny-reward")}
    return {"model": "tiny"}


def run(draw: Draw, line: dict[str, Any]) -> dict[str, Any]:
    """Train, or plan where there are several ranks."""
    parsed = read(draw)
    args = parsed[1]
    tokenizer = PreTrainedTokenizerFast.from_pretrained("tiny")
    if draw.kind in rollouts.CONFIGS:
        return rollouts.run(draw.kind, args, rows_of(draw.kind, draw.size), tokenizer)
    given = data(draw, parsed)
    mixture = given.pop("mixture", None)
    watch = Watch()
    trainer = TRAINERS[draw.kind](
        **models_of(draw.kind),
        **given,
        args=args,
        processing_class=tokenizer,
        callbacks=[watch],
    )
    trainer._save_checkpoint = lambda *_, **__: None
    if not is_streamed(parsed[0]):
        watch.batches = len(trainer.get_train_dataloader())
    if draw.packed:
        line["assume"]["dataset_size"] = len(trainer.train_dataset)
    try:
        trainer.train()
    except Planned:
        ran = watch.plan
    else:
        ran = watch.ran(trainer.state)
    if draw.ranks is None:
        ran["world_size"] = args.world_size
    if mixture is not None:
        sizes = {"train": "dataset_size", "test": "eval_dataset_size"}
        ran |= {sizes[name]: len(part) for name, part in mixture.items()}
    return ran


def row(draw: Draw) -> dict[str, Any]:
    """One line of the table."""
    global RANKS  # noqa: PLW0603 (what the state of a real launch would say)
    text = json.dumps(draw.config, indent=1)
    for name, content in {**draw.files, "train.yaml": text}.items():
        Path(name).write_text(content, encoding="utf-8")
    line: dict[str, Any] = {"config": draw.config}
    if draw.files:
        line["files"] = draw.files
    line["assume"] = {} if draw.ranks is None else {"world_size": draw.ranks}
    if not draw.config.get("dataset_streaming"):
        line["assume"]["dataset_rows" if draw.rows or draw.packed else "dataset_size"] = draw.size
    try:
        RANKS = draw.ranks or 1
        if draw.ranks is None:
            RANKS = launch.processes(draw.kind)
        line["ran"] = run(draw, line)
        executed = line["ran"].pop("executed", None)
        if executed is not None:
            line["executed"] = executed
        if executed is not None or not is_sane(draw.config, line["ran"]):
            line["sane"] = False
    except SystemExit as error:
        line["refused"] = f"the parser: {error.code}"
    except Exception as error:  # noqa: BLE001 (whatever it stops with is the row's result)
        line["refused"] = f"{type(error).__name__}: {error}".split("\n")[0][:150]
    return line


def is_sane(config: Config, ran: dict[str, Any]) -> bool:
    """Whether it trains what it says: there are steps, and the rate gets past its peak."""
    if "total_steps" not in ran:
        return True
    warms_up = config.get("lr_scheduler_type") != "constant"
    peak = ran["warmup_steps"] if warms_up else 0
    return ran.get("batches_per_epoch", 1) > 0 and peak < ran["total_steps"]


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
    argparse.ArgumentParser.error = told
    lines = [row(each) for each in [*draws.draws(options.seed), *rows.all_rows()]]
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
