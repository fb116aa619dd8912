"""One real run of the transformers `Trainer` on a tiny model, watched from outside."""

from __future__ import annotations

import os
from fractions import Fraction

import torch
from torch.optim.optimizer import register_optimizer_step_post_hook
from transformers import HfArgumentParser, Trainer, TrainerCallback, TrainingArguments
from transformers.trainer_callback import PrinterCallback, ProgressCallback

WITHOUT_WARMUP = ("constant", "reduce_lr_on_plateau")
WITHOUT_END = (
    "constant",
    "constant_with_warmup",
    "inverse_sqrt",
    "reduce_lr_on_plateau",
    "greedy",
)


class Line(torch.nn.Module):
    """A straight line, and how many samples it was trained on."""

    def __init__(self):
        super().__init__()
        self.linear = torch.nn.Linear(1, 1)
        self.batches = []

    def forward(self, x, labels):
        """A batch, with its loss."""
        if self.training:
            self.batches.append(len(x))
        y = self.linear(x)
        return {"loss": ((y - labels) ** 2).mean(), "logits": y}


class Points(torch.utils.data.Dataset):
    """`size` points of the line."""

    def __init__(self, size):
        self.size = size

    def __len__(self):
        return self.size

    def __getitem__(self, index):
        x = torch.tensor([index / self.size])
        return {"x": x, "labels": 2 * x}


class Watch(TrainerCallback):
    """Counts what happens, by the trainer's own events and the optimizer's own steps."""

    def __init__(self):
        self.steps = 0
        self.rates = []
        self.evaluations = 0
        self.saved = set()

    def optimizer_stepped(self, optimizer, args, kwargs):
        """The optimizer's hook after each of its steps."""
        self.steps += 1
        self.rates.append(optimizer.param_groups[0]["lr"])

    def on_evaluate(self, args, state, control, **kwargs):
        """An evaluation is over."""
        self.evaluations += 1

    def on_save(self, args, state, control, **kwargs):
        """A checkpoint is written; a step written twice is one checkpoint."""
        self.saved.add(state.global_step)


class Planned(Trainer):
    """The trainer, unchanged, that keeps the lengths that it plans."""

    planned = None
    planned_per_epoch = None

    def create_scheduler(self, num_training_steps, optimizer=None):
        """Keep the steps that the schedule is laid out over."""
        self.planned = num_training_steps
        return super().create_scheduler(num_training_steps, optimizer)

    def set_initial_training_values(self, *args, **kwargs):
        """Keep the steps per epoch, where the version has this method."""
        values = super().set_initial_training_values(*args, **kwargs)
        self.planned_per_epoch = values[1]
        return values


def train(path, assume):
    """Run the config file on data of the sizes assumed; what happened, as a row's last keys.

    Raises what the framework raises.
    """
    # Weights and order are the same in every process and every time.
    torch.manual_seed(0)
    args = HfArgumentParser(TrainingArguments).parse_yaml_file(path)[0]
    watch = Watch()
    model = Line()
    evaluated = assume["eval_dataset_size"]
    trainer = Planned(
        model=model,
        args=args,
        train_dataset=Points(assume["dataset_size"]),
        eval_dataset=Points(evaluated) if evaluated else None,
        callbacks=[watch],
    )
    trainer.remove_callback(PrinterCallback)
    trainer.remove_callback(ProgressCallback)
    hook = register_optimizer_step_post_hook(watch.optimizer_stepped)
    try:
        trainer.train()
    finally:
        hook.remove()
    return _row(trainer, model, watch)


def _row(trainer, model, watch):
    """What happened; a run that ends before or after its own plan has that under `executed`."""
    args, state = trainer.args, trainer.state
    happened = {
        "evaluations": watch.evaluations,
        "checkpoints": len(watch.saved),
        "samples_seen": int(os.environ.get("WORLD_SIZE", "1")) * sum(model.batches),
        "total_epochs": float(Fraction(state.epoch).limit_denominator(10_000)),
    }
    ran = {
        "batches_per_epoch": len(trainer.get_train_dataloader()),
        "total_steps": max(trainer.planned, 0),
        **_intervals(args, state),
    }
    row = {"ran": ran}
    if watch.steps == ran["total_steps"]:
        ran |= happened
    else:
        row |= {"executed": {"total_steps": watch.steps, **happened}, "sane": False}
    ran |= _batches(model, args.gradient_accumulation_steps, ran["batches_per_epoch"])
    if (per_epoch := trainer.planned_per_epoch) is not None and ran["batches_per_epoch"]:
        ran["steps_per_epoch"] = per_epoch
    if (warmup := _warmup(trainer, watch)) is not None:
        ran["warmup_steps"] = warmup
        if warmup >= trainer.planned:
            row["sane"] = False
    if not watch.steps:
        row["sane"] = False
    if args.lr_scheduler_type not in WITHOUT_END:
        ran["decay_steps"] = _horizon(trainer)
    return row


def _intervals(args, state):
    found = {}
    kinds = {"eval": args.eval_strategy, "save": args.save_strategy, "log": args.logging_strategy}
    for kind, strategy in kinds.items():
        if strategy == "steps":
            steps = getattr(state, {"log": "logging"}.get(kind, kind) + "_steps")
            if steps >= 1:
                found[f"{kind}_interval"] = int(steps)
    return found


def _batches(model, accumulation, batches_per_epoch):
    """Batch sizes as the model saw them; where the epoch goes on, the first group is a full one."""
    ranks = int(os.environ.get("WORLD_SIZE", "1"))
    batches = model.batches
    if len(batches) < accumulation or batches_per_epoch <= accumulation:
        return {}
    return {
        "micro_batch_size": batches[0],
        "global_batch_size": ranks * sum(batches[:accumulation]),
    }


def _warmup(trainer, watch):
    """Steps before the learning rate is first at its peak; the planned number where it never is."""
    args = trainer.args
    if args.lr_scheduler_type in WITHOUT_WARMUP or not watch.steps:
        return None
    planned = args.get_warmup_steps(trainer.planned)
    # The stable part of warmup_stable_decay may have no room, and the peak none then.
    if args.lr_scheduler_type != "warmup_stable_decay" and planned < watch.steps:
        peak = watch.rates.index(max(watch.rates))
        if peak != planned:
            raise AssertionError(f"peak at {peak}, planned after {planned}: {watch.rates}")
    return planned


def _horizon(trainer):
    """Where the schedule ends: the planned length, unless its parts are given one by one."""
    kwargs = trainer.args.lr_scheduler_kwargs or {}
    if "num_stable_steps" not in kwargs:
        return max(trainer.planned, 0)
    factor = trainer.lr_scheduler.lr_lambdas[0]
    end = next(s for s in range(10**6) if all(factor(s + k) == factor(10**9) for k in range(3)))
    return end
