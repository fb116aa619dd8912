"""One run of the transformers `Trainer` on DeepSpeed's engine, watched from outside."""

from __future__ import annotations

import json
import math
from fractions import Fraction
from pathlib import Path

import torch
from accelerate.state import AcceleratorState
from processes import REFUSALS, refusal
from transformers import HfArgumentParser, Trainer, TrainerCallback, TrainingArguments
from transformers.trainer_callback import PrinterCallback, ProgressCallback
from transformers.utils import logging

WITHOUT_END = ("constant", "constant_with_warmup")


class Line(torch.nn.Module):
    """A straight line, and how many samples each batch had."""

    def __init__(self):
        super().__init__()
        self.linear = torch.nn.Linear(1, 1)
        self.batches = []

    def forward(self, x):
        """Count the batch."""
        if self.training:
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
    """The learning rate and the batches of every optimizer step, and how long an epoch is."""

    def __init__(self, model):
        self.model = model
        self.rates = []
        self.ends = []
        self.epochs = []

    def on_step_begin(self, args, state, control, optimizer=None, **kwargs):
        """Keep the learning rate of the step."""
        self.rates.append(optimizer.param_groups[0]["lr"])

    def on_step_end(self, args, state, control, **kwargs):
        """Count the batches that the optimizer has seen."""
        self.ends.append(len(self.model.batches))

    def on_epoch_end(self, args, state, control, **kwargs):
        """Count the steps."""
        self.epochs.append(state.global_step)


def row(config, ds, world, size):
    """One row of the table."""
    assume = {"world_size": world, "dataset_size": size}
    told = {"config": config, "files": {"ds.json": json.dumps(ds)}, "assume": assume}
    Path("train.yaml").write_text(json.dumps(config, indent=1), encoding="utf-8")
    Path("ds.json").write_text(told["files"]["ds.json"], encoding="utf-8")
    logging.set_verbosity(logging.CRITICAL)
    AcceleratorState._reset_state()
    try:
        return told | train(world, size, ds)
    except REFUSALS as error:
        return told | {"refused": refusal(error)}


def train(world, size, ds):
    """Run the config file; what happened, as a row's last keys. Raises what is raised."""
    torch.manual_seed(0)
    args = HfArgumentParser(TrainingArguments).parse_yaml_file("train.yaml")[0]
    model = Line()
    watch = Watch(model)
    trainer = Trainer(model, args, train_dataset=Points(size), callbacks=[watch])
    trainer.remove_callback(PrinterCallback)
    trainer.remove_callback(ProgressCallback)
    trainer.train()
    batches = len(trainer.get_train_dataloader())
    ran = {"batches_per_epoch": batches, "total_steps": trainer.state.max_steps}
    ran |= sizes(model.batches, watch.ends, batches, world)
    if len(watch.epochs) > 1:
        ran["steps_per_epoch"] = watch.epochs[0]
    row = {"ran": ran}
    steps = trainer.state.global_step
    if steps != ran["total_steps"] or trainer.deepspeed.global_steps != steps:
        row["executed"] = {"total_steps": steps, "engine": trainer.deepspeed.global_steps}
    if steps:
        ran["total_epochs"] = float(Fraction(trainer.state.epoch).limit_denominator(10_000))
    return row | scheduled(trainer, watch.rates, ds, ran)


def sizes(seen, ends, batches, world):
    """Batch sizes as the model saw them, where the first step took full batches."""
    found = {"samples_seen": world * sum(seen)}
    if ends and batches > ends[0]:
        found["global_batch_size"] = world * sum(seen[: ends[0]])
        found["micro_batch_size"] = seen[0]
        found["gradient_accumulation_steps"] = ends[0]
    return found


def scheduled(trainer, rates, ds, ran):
    """Warm-up and horizon: the Trainer's own schedule, or the one of DeepSpeed that replaces it."""
    total = ran["total_steps"]
    section = ds.get("scheduler")
    if section is None:
        warmup = trainer.args.get_warmup_steps(total)
        ran["warmup_steps"] = warmup
        if trainer.args.lr_scheduler_type not in WITHOUT_END:
            ran["decay_steps"] = total
        if 0 < warmup < len(rates):
            agree(peak(rates), warmup)
        return {} if warmup < max(total, 1) else {"sane": False}
    schedule = trainer.deepspeed.lr_scheduler
    warmup, horizon = schedule.warmup_num_steps, getattr(schedule, "total_num_steps", None)
    ran["warmup_steps"] = warmup
    if horizon is not None:
        ran["decay_steps"] = horizon
    late = 2 if section["params"].get("warmup_type") == "linear" else 1
    if warmup + late < len(rates) and (horizon is None or horizon > warmup):
        agree(peak(rates) + 1, warmup + late)
    return {} if warmup < total else {"sane": False}


def peak(rates):
    """The index of the highest rate, but for the last digits that a logarithm leaves."""
    return next(k for k, rate in enumerate(rates) if math.isclose(rate, max(rates), rel_tol=1e-9))


def agree(seen, told):
    """Raise where the learning rate did not do what the schedule told."""
    if seen != told:
        raise RuntimeError(f"the peak came at {seen}, not at {told}")
