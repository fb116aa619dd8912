"""The Trainer on DeepSpeed's engine, in as many processes as accelerate's launcher would start."""

from __future__ import annotations

import json
import logging
import os
import socket
from pathlib import Path
from unittest import mock

import torch
import yaml
from accelerate.state import AcceleratorState, PartialState
from accelerate.utils import DistributedType
from launcher import prepared, refusal
from loaders import Line, Points, Watch
from transformers import HfArgumentParser, Trainer, TrainingArguments
from transformers.trainer_callback import PrinterCallback, ProgressCallback

BATCH = ("train_batch_size", "train_micro_batch_size_per_gpu", "gradient_accumulation_steps")
REFUSALS = (AssertionError, TypeError, ValueError)


def rows(rng):
    """The rows of all drawn configs, by the number of processes."""
    return [row for world in (1, 2) for row in _together(list(draws(rng, world)), world)]


def _together(drawn, world):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    torch.multiprocessing.spawn(_of_rank, (drawn, world, port), nprocs=world)
    return json.loads(Path("rows.json").read_text(encoding="utf-8"))


def _of_rank(rank, drawn, world, port):
    ranks = {"RANK": rank, "LOCAL_RANK": rank, "WORLD_SIZE": world, "MASTER_PORT": port}
    ranks = {name: str(value) for name, value in ranks.items()} | {"MASTER_ADDR": "127.0.0.1"}
    torch.set_num_threads(1)
    # accelerate counts processes of DeepSpeed on accelerators only: here the CPU is one.
    PartialState._prepare_backend = lambda *_: ("gloo", DistributedType.MULTI_CPU)
    os.environ.pop("ACCELERATE_USE_CPU", None)
    logging.disable(logging.CRITICAL)
    folder = Path(f"{world}-{rank}")
    folder.mkdir(exist_ok=True)
    os.chdir(folder)
    found = [row(*each, ranks) for each in drawn]
    if rank == 0:
        Path("../rows.json").write_text(json.dumps(found), encoding="utf-8")


def row(config, launch, ds, size, ranks):
    """One row of the table."""
    text = yaml.safe_dump(launch, sort_keys=False)
    told = {"config": config, "files": {"accelerate.yaml": text}, "beside": ["accelerate.yaml"]}
    told["assume"] = {"dataset_size": size}
    if ds is not None:
        told["files"]["ds.json"] = json.dumps(ds)
        Path("ds.json").write_text(told["files"]["ds.json"], encoding="utf-8")
    Path("train.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    AcceleratorState._reset_state()
    try:
        with mock.patch.dict(os.environ, {**prepared(text)[1], **ranks}):
            return told | {"ran": train(size, int(ranks["WORLD_SIZE"]))}
    except REFUSALS as error:
        return told | {"refused": refusal(error)}


def train(size, world):
    """Train, and count what the engine was given."""
    args = HfArgumentParser(TrainingArguments).parse_yaml_file("train.yaml")[0]
    model = Line()
    watch = Watch(model)
    trainer = Trainer(model, args, train_dataset=Points(size), callbacks=[watch])
    trainer.remove_callback(PrinterCallback)
    trainer.remove_callback(ProgressCallback)
    trainer.train()
    batches = len(trainer.get_train_dataloader())
    ran = {"world_size": world, "batches_per_epoch": batches}
    ran["total_steps"] = trainer.state.max_steps
    if batches > watch.ends[0]:
        ran["micro_batch_size"] = model.batches[0]
        ran["gradient_accumulation_steps"] = watch.ends[0]
        ran["global_batch_size"] = world * sum(model.batches[: watch.ends[0]])
    if trainer.deepspeed.global_steps != trainer.state.global_step:
        raise RuntimeError("the engine took other steps than the Trainer")
    return ran


def draws(rng, world):
    """Trainer config, launch config, DeepSpeed file and number of samples."""
    for _ in range(14 if world == 1 else 8):
        config, steps = trainer(rng), rng.choice((1, 2, 4))
        section = {"zero_stage": rng.choice((0, 1, 2, "2"))}
        section["gradient_accumulation_steps"] = rng.choice((steps, steps, str(steps)))
        if rng.random() < 0.8:
            config["gradient_accumulation_steps"] = rng.choice((steps, steps, steps, 3))
        yield config, launch(world, section), None, 40
    ds = {"zero_optimization": {"stage": 1}, **dict.fromkeys(BATCH, "auto")}
    named = {"deepspeed_config_file": "ds.json", "zero3_init_flag": False}
    for section, told in (({"zero_stage": 2}, "ds.json"), (named, "ds.json"), (named, None)):
        config = {**trainer(rng), "gradient_accumulation_steps": 2}
        config |= {"deepspeed": told} if told else {}
        yield config, launch(world, section), ds, 40


def launch(world, section):
    """A launch of so many processes on one machine."""
    return {
        "compute_environment": "LOCAL_MACHINE",
        "distributed_type": "DEEPSPEED",
        "num_machines": 1,
        "num_processes": world,
        "deepspeed_config": section,
    }


def trainer(rng):
    """Arguments of the Trainer."""
    return {
        "output_dir": "out",
        "per_device_train_batch_size": rng.choice((1, 2, 3)),
        "learning_rate": 0.001,
        "num_train_epochs": rng.choice((1, 2)),
        "save_strategy": "no",
        "report_to": "none",
    }
