"""accelerate's loaders under the Trainer, one rank of the launch after the other.

Each rank trains in this process with its own shard of the data, as it would among the others.
"""

from __future__ import annotations

from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from unittest import mock

import torch
import yaml
from accelerate import Accelerator
from accelerate.state import AcceleratorState
from launcher import prepared, processes, refusal
from transformers import HfArgumentParser, Trainer, TrainerCallback, TrainingArguments
from transformers.trainer_callback import PrinterCallback, ProgressCallback
from transformers.utils import logging


class Line(torch.nn.Module):
    """A straight line, and how many samples each batch had."""

    def __init__(self):
        super().__init__()
        self.linear = torch.nn.Linear(1, 1)
        self.batches = []

    def forward(self, x):
        """Count the batch."""
        self.batches.append(len(x))
        return {"loss": self.linear(x).square().mean()}


class Points(torch.utils.data.Dataset):
    """`size` points of the line."""

    def __init__(self, size):
        self.size = size

    def __len__(self):
        return self.size

    def __getitem__(self, index):
        return {"x": torch.ones(1)}


class Watch(TrainerCallback):
    """Batches after each step, and steps after each epoch."""

    def __init__(self, model):
        self.model = model
        self.ends = []
        self.epochs = []

    def on_step_end(self, args, state, control, **kwargs):
        """Count the batches that the optimizer has seen."""
        self.ends.append(len(self.model.batches))

    def on_epoch_end(self, args, state, control, **kwargs):
        """Count the steps."""
        self.epochs.append(state.global_step)


def row(config, launch, size):
    """One row of the table; the number of processes is the launcher's."""
    text = yaml.safe_dump(launch, sort_keys=False)
    told = {"config": config, "files": {"accelerate.yaml": text}, "beside": ["accelerate.yaml"]}
    told["assume"] = {"dataset_size": size}
    world = processes(prepared(text)[0])
    Path("train.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    logging.set_verbosity(logging.CRITICAL)
    try:
        ranks = [train(rank, world, size) for rank in range(world)]
    except ValueError as error:
        return told | {"refused": refusal(error)}
    return told | joined(ranks, world)


def joined(ranks, world):
    """Numbers of the whole run: those of the first rank, and the samples of all."""
    ran = {"world_size": world, **ranks[0][0]}
    ran["samples_seen"] = sum(sum(batches) for _, batches, _ in ranks)
    _, batches, ends = ranks[0]
    if not batches:
        return {"ran": ran, "executed": {"total_steps": 0}, "sane": False}
    if ends and ran["batches_per_epoch"] > ends[0]:
        ran["micro_batch_size"] = batches[0]
        ran["global_batch_size"] = sum(sum(seen[: ends[0]]) for _, seen, ends in ranks)
    return {"ran": ran}


def train(rank, world, size):
    """Train one rank. Raises what is raised."""
    AcceleratorState._reset_state(True)
    with among(rank, world):
        args = HfArgumentParser(TrainingArguments).parse_yaml_file("train.yaml")[0]
        model = Line()
        watch = Watch(model)
        trainer = Trainer(model, args, train_dataset=Points(size), callbacks=[watch])
        trainer.remove_callback(PrinterCallback)
        trainer.remove_callback(ProgressCallback)
        batches = len(trainer.get_train_dataloader())
        trainer.train()
    ran = {"batches_per_epoch": batches, "total_steps": trainer.state.max_steps}
    if not batches:  # the run ends at once, whatever it planned
        return ran, [], []
    if len(watch.epochs) > 1:
        ran["steps_per_epoch"] = watch.epochs[0]
    ran["total_epochs"] = float(Fraction(trainer.state.epoch).limit_denominator(10_000))
    return ran, model.batches, watch.ends


@contextmanager
def among(rank, world):
    """The process takes itself for one of many."""
    with (
        mock.patch.object(Accelerator, "num_processes", world),
        mock.patch.object(Accelerator, "process_index", rank),
        mock.patch.object(TrainingArguments, "world_size", world),
        mock.patch.object(TrainingArguments, "process_index", rank),
    ):
        yield


def draws(rng):
    """Trainer config, launch config and number of samples."""
    for world in (1, 2, 3, 4, 8):
        for size in (1, 2 * world, 2 * world + 1, 40, 61):
            for _ in range(5 if world < 8 else 3):
                yield trainer(rng, world), launch(rng, world), size


def launch(rng, world):
    """A launch of so many processes."""
    kind = "NO" if world == 1 and rng.random() < 0.5 else rng.choice(("MULTI_GPU", "FSDP"))
    return {
        "compute_environment": "LOCAL_MACHINE",
        "distributed_type": kind,
        "num_machines": 1,
        "num_processes": world,
    }


def trainer(rng, world):
    """Arguments of the Trainer: the batches first."""
    config = {
        "output_dir": "out",
        "per_device_train_batch_size": rng.choice((1, 2, 3, 4, 8)),
        "learning_rate": 0.001,
        "save_strategy": "no",
        "report_to": "none",
    }
    if rng.random() < 0.4:
        config["dataloader_drop_last"] = rng.random() < 0.8
    if rng.random() < 0.4:
        split = rng.random() < 0.8
        config["accelerator_config"] = {"split_batches": split}
        if split and rng.random() < 0.8:
            config["per_device_train_batch_size"] = world * rng.choice((1, 2, 3))
    if rng.random() < 0.5:
        config["gradient_accumulation_steps"] = rng.choice((1, 2, 3, 5))
    if rng.random() < 0.3:
        config["max_steps"] = rng.choice((1, 4, 9))
    else:
        config["num_train_epochs"] = rng.choice((1, 2, 1.5))
    return config
