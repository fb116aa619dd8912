"""Trains a tiny model with timm's own loader, scheduler, optimizer and saver, and counts.

Runs only in a virtual environment with timm. The package does not hold `train.py`; its loop over
epochs and batches is written down here, between real objects of the package: `create_loader` (with
torch's `DistributedSampler` or timm's `RepeatAugSampler` in a process group that sends nothing),
`create_optimizer_v2`, `create_scheduler_v2` fed by `scheduler_kwargs`, and `CheckpointSaver`.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import random
import sys
import tempfile
from argparse import Namespace
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"

import timm
import torch
from draws import rows
from timm.data import create_loader
from timm.optim import create_optimizer_v2
from timm.scheduler import create_scheduler_v2
from timm.scheduler.scheduler_factory import scheduler_kwargs
from timm.utils import CheckpointSaver
from torch.testing._internal.distributed.fake_pg import FakeStore

RELEASE = tuple(map(int, timm.__version__.split(".")[:3]))
PACKAGES = ("timm", "torch", "torchvision")

ARGUMENTS = {
    "batch_size": (int, 128),
    "grad_accum_steps": (int, 1),
    "opt": (str, "sgd"),
    "sched": (str, "cosine"),
    "sched_on_updates": (None, False),
    "lr": (float, None),
    "lr_base": (float, 0.1),
    "lr_base_size": (int, 256),
    "lr_base_scale": (str, ""),
    "lr_cycle_mul": (float, 1.0),
    "lr_cycle_decay": (float, 0.5),
    "lr_cycle_limit": (int, 1),
    "lr_k_decay": (float, 1.0),
    "warmup_lr": (float, 1e-5),
    "min_lr": (float, 0.0),
    "epochs": (int, 300),
    "start_epoch": (int, None),
    "decay_milestones": (int, [90, 180, 270]),
    "decay_epochs": (float, 90.0),
    "warmup_epochs": (int, 5),
    "warmup_prefix": (None, False),
    "cooldown_epochs": (int, 0),
    "patience_epochs": (int, 10),
    "decay_rate": (float, 0.1),
    "aug_repeats": (float, 0),
    "val_split": (str, "validation"),
    "val_interval": (int, 1),
    "recovery_interval": (int, 0),
    "log_interval": (int, 50),
    "checkpoint_hist": (int, 10),
    "amp": (None, False),
    "amp_dtype": (str, "float16"),
    "seed": (int, 42),
    "model": (str, "resnet50"),
    "eval_metric": (str, "top1"),
}
"""The arguments of `train.py` that matter here: type and default."""


class Images(torch.utils.data.Dataset):
    """As many pictures as asked for, all black."""

    transform = None

    def __init__(self, size: int) -> None:
        self.size = size

    def __len__(self) -> int:
        return self.size

    def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
        return torch.zeros(3, 1, 1, dtype=torch.uint8), 0


class Clock:
    """Follows a scheduler's own count of epochs or updates, and how often the optimizer steps."""

    def __init__(self, optimizer: torch.optim.Optimizer, scheduler: object) -> None:
        self.steps = self.warm = self.before_end = self.now = 0
        self.warmup = getattr(scheduler, "warmup_t", 0)
        length = getattr(scheduler, "get_cycle_length", None)
        self.end = None if length is None else length()
        if self.end is not None and RELEASE < (1, 0, 12) and scheduler.warmup_prefix:
            self.end += self.warmup  # get_cycle_length left it out
        optimizer.register_step_pre_hook(self._count)
        if scheduler is not None:
            self._follow(scheduler)

    def _count(self, *_: object) -> None:
        self.steps += 1
        self.warm += self.now < self.warmup
        self.before_end += self.end is not None and self.now < self.end

    def _follow(self, scheduler: object) -> None:
        name = "step" if getattr(scheduler, "t_in_epochs", True) else "step_update"
        real = getattr(scheduler, name)

        def step(*values: int, **named: object) -> object:
            self.now = values[0] if values else named["num_updates"]
            return real(*values, **named)

        setattr(scheduler, name, step)


def arguments(config: dict) -> Namespace:
    """What argparse makes of the file's values: text goes through the argument's type."""
    values = {}
    for name, (kind, default) in ARGUMENTS.items():
        value = config.get(name, default)
        values[name] = kind(value) if kind and isinstance(value, str) else value
    return Namespace(**values)


def batches(args: Namespace, size: int, world: int) -> object:
    """The real training loader of one rank."""
    return create_loader(
        Images(size),
        input_size=(3, 8, 8),
        batch_size=args.batch_size,
        is_training=True,
        no_aug=True,
        num_aug_repeats=args.aug_repeats,
        num_workers=0,
        persistent_workers=False,
        distributed=world > 1,
        device=torch.device("cpu"),
    )


def rate(args: Namespace, world: int) -> float:
    """`lr`, or the base rate scaled to the global batch."""
    if args.lr:
        return args.lr
    ratio = float(args.batch_size) * world * args.grad_accum_steps / args.lr_base_size
    scale = args.lr_base_scale
    if not scale:
        scale = "sqrt" if any(name in args.opt.lower() for name in ("ada", "lamb")) else "linear"
    return args.lr_base * (ratio**0.5 if scale == "sqrt" else ratio)


def groups(count: int, accumulation: int) -> list[bool]:
    """Whether the optimizer steps after each batch of an epoch."""
    if RELEASE >= (1, 0, 31):
        return [(n + 1) % accumulation == 0 or n == count - 1 for n in range(count)]
    steps, size, short = [], accumulation, count % accumulation
    for n in range(count):
        steps.append(n == count - 1 or (n + 1) % size == 0)
        if n >= count - short:
            size = short
    return steps


@dataclass
class Run:
    """The real objects of one run, and what has been counted."""

    args: Namespace
    loader: object
    model: torch.nn.Module
    optimizer: torch.optim.Optimizer
    scheduler: object
    saver: CheckpointSaver
    updates: int
    world: int
    samples: int = 0
    evaluations: int = 0
    checkpoints: int = 0

    def epoch(self, epoch: int) -> None:
        """Every batch of an epoch, as `train_one_epoch` does."""
        args, done = self.args, epoch * self.updates
        after = groups(len(self.loader), args.grad_accum_steps)
        for number, (pictures, _) in enumerate(self.loader):
            self.samples += len(pictures) * self.world
            self.model(pictures.flatten(1)).sum().backward()
            if not after[number]:
                continue
            self.optimizer.step()
            done += 1
            position = number // args.grad_accum_steps + 1
            if args.recovery_interval and position % args.recovery_interval == 0:
                self.saver.save_recovery(epoch, batch_idx=position - 1)
                self.checkpoints += 1
            if self.scheduler is not None:
                self.scheduler.step_update(num_updates=done, metric=0.0)

    def between(self, epoch: int, end: int) -> None:
        """Validation, checkpoint and schedule after an epoch, as `main` has them."""
        every = self.args.val_interval if RELEASE >= (1, 0, 23) else 1  # no such argument before
        metric = None
        if (epoch + 1) % every == 0 or epoch + 1 == end:
            metric = 0.0
            self.evaluations += bool(self.args.val_split)
            self.saver.save_checkpoint(epoch, metric=metric)
            self.checkpoints += 1
        if self.scheduler is not None:
            self.scheduler.step(epoch + 1, metric)


def train(config: dict, size: int, world: int) -> dict:
    """One run; its numbers in schedlint's words."""
    args = arguments(config)
    args.grad_accum_steps = max(1, args.grad_accum_steps)
    loader = batches(args, size, world)
    args.lr = rate(args, world)
    model = torch.nn.Linear(3, 2)
    optimizer = create_optimizer_v2(model, opt=args.opt, lr=args.lr)
    updates = (len(loader) + args.grad_accum_steps - 1) // args.grad_accum_steps
    scheduler, end = create_scheduler_v2(
        optimizer, **scheduler_kwargs(args, decreasing_metric=False), updates_per_epoch=updates
    )
    clock, start = Clock(optimizer, scheduler), args.start_epoch or 0
    if scheduler is not None and start > 0:
        if args.sched_on_updates:
            scheduler.step_update(start * updates)
        else:
            scheduler.step(start)
    with tempfile.TemporaryDirectory() as folder:
        saver = CheckpointSaver(model, optimizer, args, checkpoint_dir=folder, recovery_dir=folder)
        run = Run(args, loader, model, optimizer, scheduler, saver, updates, world)
        for epoch in range(start, end):
            run.epoch(epoch)
            run.between(epoch, end)
    return numbers(run, clock, start, end)


def numbers(run: Run, clock: Clock, start: int, end: int) -> dict:
    """What a run has come to. A warm-up or schedule that outlasts it has not been seen whole."""
    args = run.args
    ran = {
        "micro_batch_size": args.batch_size,
        "gradient_accumulation_steps": args.grad_accum_steps,
        "global_batch_size": args.batch_size * run.world * args.grad_accum_steps,
        "batches_per_epoch": len(run.loader),
        "total_epochs": max(end - start, 0),
        "total_steps": clock.steps,
        "samples_seen": run.samples,
        "evaluations": run.evaluations,
        "checkpoints": run.checkpoints,
        "learning_rate": args.lr,
    }
    if clock.now >= clock.warmup:
        ran["warmup_steps"] = clock.warm
    if end > start:
        ran["steps_per_epoch"] = clock.steps // (end - start)
    if clock.end is not None and start == 0 and clock.now >= clock.end:
        ran["decay_steps"] = clock.before_end
    return ran


def row(drawn: dict) -> dict:
    """A row of the table: what ran, or with what it was refused."""
    assume = drawn["assume"]
    try:
        ran = train(drawn["config"], assume["dataset_size"], assume["world_size"])
    except Exception as problem:  # noqa: BLE001 - whatever timm stops with
        message = f"{type(problem).__name__}: {problem}".splitlines()[0]
        return {**drawn, "refused": message[:150]}
    sane = ran.get("warmup_steps", ran["total_steps"]) < ran["total_steps"]
    sane = sane and drawn["config"].keys() <= ARGUMENTS.keys()  # others are passed over
    return {**drawn, "ran": ran, **({} if sane else {"sane": False})}


def main() -> None:
    """Draw, run and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    torch.set_num_threads(1)
    logging.disable(logging.CRITICAL)
    drawn = list(rows(random.Random(options.seed), RELEASE))
    lines = []
    for each in drawn:
        world = each["assume"]["world_size"]
        if torch.distributed.is_initialized():
            torch.distributed.destroy_process_group()
        torch.distributed.init_process_group("fake", store=FakeStore(), rank=0, world_size=world)
        lines.append(row(each))
    packages = [f"{name}=={version(name)}" for name in PACKAGES]
    made = {"framework": "timm", "packages": packages, "seed": options.seed, "rows": len(lines)}
    with options.out.open("w", encoding="utf-8") as out:
        for line in (made, *lines):
            out.write(json.dumps(line, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    sys.exit(main())
