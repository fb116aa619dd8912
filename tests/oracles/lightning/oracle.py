"""Runs PyTorch Lightning's own `LightningCLI`, `Trainer.fit` and `ModelCheckpoint` on tiny data.

Only the virtual environment of `requirements/VERSION.txt` runs this; it imports nothing of
schedlint. A config without `trainer._target_` goes through `LightningCLI`, as `main.py fit
--config train.yaml` does; one with it through `Trainer(**arguments)`, as Hydra's `instantiate`
does; one with `lightning.trainer` as the `main.py` of generative-models hands it over. Every number
is counted while the run goes on.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.metadata
import io
import json
import logging
import os
import random
import sys
import tempfile
import warnings
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

os.environ["CUDA_VISIBLE_DEVICES"] = ""
import torch
from lightning.pytorch import Callback, LightningDataModule, LightningModule, Trainer
from lightning.pytorch.callbacks import ModelCheckpoint
from lightning.pytorch.cli import LightningCLI
from torch.utils.data import DataLoader, Dataset

QUIET = {"logger": False, "enable_progress_bar": False, "enable_model_summary": False}
ROW: dict = {}
"""What the running row needs and its config does not hold: the code's own part of a run."""


class Numbers(Dataset):
    """So many samples."""

    def __init__(self, size: int):
        self.size = size

    def __len__(self) -> int:
        return self.size

    def __getitem__(self, index: int) -> torch.Tensor:
        return torch.full((2,), float(index % 7))


class Data(LightningDataModule):
    """The data module of a script: its sizes are not in the config."""

    def __init__(self, batch_size: int = 1, drop_last: bool = False):
        super().__init__()
        self.batch_size, self.drop_last = batch_size, drop_last

    def train_dataloader(self):
        """The samples, in order."""
        data = Numbers(ROW["dataset_size"])
        return DataLoader(data, batch_size=self.batch_size, drop_last=self.drop_last)

    def val_dataloader(self):
        """None where there is no data to validate on."""
        size = ROW["eval_dataset_size"]
        return DataLoader(Numbers(size), batch_size=1) if size else []


class Model(LightningModule):
    """One layer."""

    def __init__(self):
        super().__init__()
        self.layer = torch.nn.Linear(2, 1)

    def configure_model(self):
        """ModelParallelStrategy asks for it: there is nothing to divide on one process."""

    def training_step(self, batch, batch_idx):
        """Some loss."""
        return self.layer(batch).pow(2).mean()

    def validation_step(self, batch, batch_idx):
        """The metric that callbacks may ask for."""
        self.log("val_loss", self.layer(batch).pow(2).mean())

    def configure_optimizers(self):
        """With the config's own schedule, as Lightning's dictionary."""
        optimizer = torch.optim.SGD(self.parameters(), lr=1e-3)
        section = ROW.get("lr_scheduler")
        if section is None:
            return optimizer
        if "scheduler" not in section:
            return [optimizer], [instantiate(section, optimizer)]
        scheduler = instantiate(section["scheduler"], optimizer)
        return {"optimizer": optimizer, "lr_scheduler": {**section, "scheduler": scheduler}}


class PlainModel(Model):
    """The same without an optimizer of its own: the CLI makes it."""

    configure_optimizers = LightningModule.configure_optimizers


def instantiate(section: dict, *positional):
    """What Hydra's `instantiate` does with a `_target_`."""
    module, _, name = section["_target_"].rpartition(".")
    arguments = {key: value for key, value in section.items() if key != "_target_"}
    return getattr(importlib.import_module(module), name)(*positional, **arguments)


class Probe(Callback):
    """Counts what happens; the first process writes it down."""

    def __init__(self, path: Path):
        self.path = path
        self.evaluations = self.samples = 0
        self.window: list[int] = []
        self.epoch_steps, self.steps_before, self.full_step = None, 0, 0
        self.saved: set[int] = set()
        self.horizon_at = None

    def on_train_batch_end(self, trainer, module, outputs, batch, batch_idx):
        """Count samples; a step that took all its batches tells the global batch."""
        self.samples += len(batch) * trainer.world_size
        self.window.append(len(batch) * trainer.world_size)
        if not trainer.fit_loop.epoch_loop._should_accumulate():
            full = [trainer.datamodule.batch_size * trainer.world_size]
            if self.window == full * trainer.accumulate_grad_batches:
                self.full_step = sum(self.window)
            self.window = []
        self.look_at_schedule(trainer)

    def on_train_epoch_start(self, trainer, module):
        """Remember where the epoch begins."""
        self.look_at_schedule(trainer)
        self.steps_before = trainer.global_step

    def on_train_epoch_end(self, trainer, module):
        """Count the steps of the first whole epoch."""
        if self.epoch_steps is None and trainer.fit_loop.epoch_loop._num_ready_batches_reached():
            self.epoch_steps = trainer.global_step - self.steps_before

    def on_validation_end(self, trainer, module):
        """Count, but for the check before training."""
        self.evaluations += not trainer.sanity_checking

    def on_fit_end(self, trainer, module):
        """Write down what came of it."""
        self.look_at_schedule(trainer)
        ran = {
            "total_steps": trainer.global_step,
            "evaluations": self.evaluations,
            "checkpoints": len(SAVED),
            "samples_seen": self.samples,
        }
        if isinstance(trainer.num_training_batches, int):
            ran["batches_per_epoch"] = trainer.num_training_batches
        if self.epoch_steps is not None:
            ran["steps_per_epoch"] = self.epoch_steps
        if self.full_step:
            ran["global_batch_size"] = self.full_step
        if self.horizon_at is not None:
            ran["decay_steps"] = self.horizon_at
        if trainer.is_global_zero:
            self.path.write_text(json.dumps(ran))

    def look_at_schedule(self, trainer):
        """The optimizer step at which the schedule gets to the end of its horizon."""
        horizon = ROW.get("horizon")
        if horizon is None or self.horizon_at is not None or not trainer.lr_scheduler_configs:
            return
        if trainer.lr_scheduler_configs[0].scheduler.last_epoch == horizon:
            self.horizon_at = trainer.global_step


SAVED: set[int] = set()


def count_saves():
    """Count the steps at which a checkpoint is written, apart from the copy `last.ckpt`."""
    write = Trainer.save_checkpoint

    def save(self, filepath, *rest, **more):
        if not str(filepath).endswith("last.ckpt"):
            SAVED.add(self.global_step)
        return write(self, filepath, *rest, **more)

    Trainer.save_checkpoint = save


def run_cli(config: dict, folder: Path, probe: Probe) -> None:
    """`main.py fit --config train.yaml`."""
    path = folder / "train.yaml"
    path.write_text(json.dumps(config))
    defaults = {"default_root_dir": str(folder), "callbacks": [probe], **QUIET}
    model = PlainModel if "lr_scheduler" in config else Model
    LightningCLI(
        model,
        Data,
        args=["fit", "--config", str(path)],
        save_config_callback=None,
        trainer_defaults=defaults,
    )


def run_direct(config: dict, folder: Path, probe: Probe) -> None:
    """`Trainer(**arguments).fit(…)`."""
    arguments = {key: value for key, value in config["trainer"].items() if key != "_target_"}
    section = config.get("callbacks") or {}
    callbacks = [instantiate(each) for each in section.values() if each]
    ROW["lr_scheduler"] = config.get("lr_scheduler")
    trainer = Trainer(
        default_root_dir=str(folder), callbacks=[*callbacks, probe], **QUIET, **arguments
    )
    data = {key: value for key, value in config["data"].items() if key != "_target_"}
    trainer.fit(Model(), datamodule=Data(**data))


def run_script(config: dict, folder: Path, probe: Probe) -> None:
    """`target` and `params`, which generative-models' `main.py` hands over."""
    own = config["lightning"]
    callbacks = [make(each) for each in own.get("callbacks", {}).values()]
    saving = ModelCheckpoint(**own["modelcheckpoint"]["params"])
    trainer = Trainer(
        default_root_dir=str(folder),
        callbacks=[*callbacks, saving, probe],
        **QUIET,
        **own["trainer"],
    )
    trainer.fit(Model(), datamodule=Data(**config["data"]["params"]))


def make(section: dict):
    """What `instantiate_from_config` does."""
    return instantiate({"_target_": section["target"], **section.get("params", {})})


def run(config: dict, assume: dict, horizon: int | None) -> dict:
    """One row: the numbers that the run came to, or how it was refused."""
    ROW.clear()
    ROW.update(assume, horizon=horizon)
    SAVED.clear()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        probe = Probe(folder / "ran.json")
        go = run_direct if "_target_" in config.get("trainer", {}) else run_cli
        go = run_script if "lightning" in config else go
        text = io.StringIO()
        try:
            with redirect_stdout(text), redirect_stderr(text):
                go(config, folder, probe)
        except SystemExit:
            said = " ".join(text.getvalue().split())
            return {"refused": said[said.index("error:") :][:150]}
        except Exception as error:  # noqa: BLE001 - whatever Lightning stops with
            first = next(iter(str(error).strip().splitlines()), "")
            return {"refused": f"{type(error).__name__}: {first}"[:150]}
        if not probe.path.exists():
            return {"ran": {"total_steps": 0, "evaluations": 0, "checkpoints": 0}}
        return {"ran": json.loads(probe.path.read_text())}


TARGET = "lightning.pytorch.Trainer"
CALLBACKS = "lightning.pytorch.callbacks"
CHECKPOINT = f"{CALLBACKS}.ModelCheckpoint"
STOPPING = f"{CALLBACKS}.EarlyStopping"
STRATEGIES = "lightning.pytorch.strategies"


def cli(batch: int = 4, more_data: dict | None = None, **trainer) -> dict:
    """A config of LightningCLI."""
    data = {"batch_size": batch, **(more_data or {})}
    return {
        "seed_everything": 0,
        "trainer": {"accelerator": "cpu", "devices": 1, **trainer},
        "data": data,
    }


def direct(batch: int = 4, more_data: dict | None = None, **trainer) -> dict:
    """A config whose trainer and callbacks are made by Hydra."""
    data = {"_target_": "lit.Data", "batch_size": batch, **(more_data or {})}
    return {
        "trainer": {"_target_": TARGET, "accelerator": "cpu", "devices": 1, **trainer},
        "callbacks": {"model_checkpoint": {"_target_": CHECKPOINT}},
        "data": data,
    }


def saving(**arguments) -> list[dict]:
    """The callbacks of a CLI config with one ModelCheckpoint."""
    return [{"class_path": CHECKPOINT, "init_args": arguments}]


def scheduled(config: dict, kind: str, **arguments) -> dict:
    """A CLI config with a schedule at its top."""
    path = f"torch.optim.lr_scheduler.{kind}"
    section = {
        "optimizer": {"class_path": "torch.optim.SGD", "init_args": {"lr": 0.1}},
        "lr_scheduler": {"class_path": path, "init_args": arguments},
    }
    return {**config, **section}


def stepped(config: dict, kind: str, more: dict, **arguments) -> dict:
    """A Hydra config with Lightning's own dictionary for a schedule."""
    target = f"torch.optim.lr_scheduler.{kind}"
    return {**config, "lr_scheduler": {"scheduler": {"_target_": target, **arguments}, **more}}


def edges() -> list[tuple]:
    """Config, samples, validation samples and, where there is one, the schedule's horizon.

    A last False: how much data there is is not told.
    """
    two = {"max_epochs": 2}
    rows: list[tuple] = [
        (cli(**two, accumulate_grad_batches=4), 40, 2),
        (cli(**two, accumulate_grad_batches=12), 41, 2),
        (cli(max_epochs=3, max_steps=29), 40, 2),
        (cli(**two, val_check_interval=3), 40, 2),
        (cli(**two, val_check_interval=3, check_val_every_n_epoch=None), 40, 2),
        (cli(**two, val_check_interval=3, accumulate_grad_batches=4), 40, 2),
        (cli(2), 2, 1),
        (cli(max_steps=5), 40, 2),
        (cli(max_epochs=-1, max_steps=7), 12, 2),
        (cli(max_epochs=0), 40, 2),
        (cli(max_steps=0), 40, 2),
        (cli(max_epochs=3, max_steps=100), 40, 2),
        (cli(max_epochs=2, min_epochs=5, min_steps=99), 40, 2),
        (cli(**two), 3, 2),
        (cli(more_data={"drop_last": True}, **two), 3, 2),
        (cli(more_data={"drop_last": True}, **two), 41, 2),
        (cli(**two), 0, 2),
        (cli(**two, max_time="00:01:00:00"), 40, 2),
        (cli(max_steps=7, max_time={"hours": 1}), 40, 2),
        (direct(max_epochs=3, max_steps=29, max_time="00:01:00:00"), 40, 2),
    ]
    rows += limits() + validations() + schedules() + checkpoints() + ranks() + refusals()
    return rows + layouts() + composed() + other_callbacks() + other_ranks()


def limits() -> list[tuple]:
    """Rows about how many batches an epoch takes, and about the share after which it validates."""
    rows: list[tuple] = []
    two = {"max_epochs": 2}
    shares = (0.0, 0.05, 0.1, 0.25, 0.29, 0.3, 0.5, 0.57, 0.99, 1.0)
    for make in (cli, direct):
        for limit in (0, 1, 2, 3, 10, 11, 99, 10.0, *shares):
            rows.append((make(**two, limit_train_batches=limit), 40, 2))
        for limit in (3, 0.5):
            rows.append((make(**two, limit_train_batches=limit, accumulate_grad_batches=2), 41, 2))
        for overfit in (0, 1, 3, 0.2, 0.0):
            rows.append((make(**two, overfit_batches=overfit), 40, 2))
        for fast in (True, 1, 3, 0, False, 30):
            config = make(**two, fast_dev_run=fast, accumulate_grad_batches=2)
            if make is direct and fast:
                config["callbacks"] = {}
            rows.append((config, 40, 2))
        for interval in (1, 1.0, 0.0, 0.01, 0.25, 0.3, 0.5, 0.99, 2, 7, 10, 5.0):
            rows.append((make(**two, val_check_interval=interval), 40, 2))
        rows.append((make(**two, limit_val_batches=0), 40, 2))
        rows.append((make(**two), 40, 0))
        rows.append((make(**two, limit_val_batches=0, val_check_interval=50), 40, 2))
        rows.append((make(**two, val_check_interval=50), 40, 0))
    return rows


def validations() -> list[tuple]:
    """Rows about the epochs that validate."""
    rows: list[tuple] = []
    for check in (1, 2, 3, 5, None):
        for interval in (3, 10):
            more = {"check_val_every_n_epoch": check, "val_check_interval": interval}
            rows.append((cli(max_epochs=5, **more), 40, 2))
            rows.append((cli(max_steps=33, **more), 40, 2))
            kept = {"drop_last": False}
            rows.append((cli(4, kept, max_steps=13, accumulate_grad_batches=3, **more), 41, 2))
    rows.append((cli(max_epochs=3, check_val_every_n_epoch=None, val_check_interval=99), 40, 2))
    for more in ({"max_epochs": 2}, {"max_epochs": 2, "max_steps": 13}):
        rows.append((cli(**more, check_val_every_n_epoch=None), 40, 2))
    for check in (2, 3, 7):
        rows.append((cli(max_epochs=6, check_val_every_n_epoch=check), 40, 2))
        rows.append((cli(max_epochs=6, check_val_every_n_epoch=check), 40, 0))
        rows.append((cli(max_steps=25, check_val_every_n_epoch=check), 40, 2))
    return rows


def checkpoints() -> list[tuple]:
    """Rows about ModelCheckpoint."""
    rows: list[tuple] = []
    for every in (1, 3, 7, 20, 21, 0):
        for accumulation in (1, 3):
            more = {"accumulate_grad_batches": accumulation, "max_epochs": 2}
            rows.append((cli(**more, callbacks=saving(every_n_train_steps=every)), 40, 2))
    for every in (0, 1, 2, 3, 5):
        kept = saving(every_n_epochs=every)
        rows.append((cli(max_epochs=4, callbacks=kept), 40, 2))
        rows.append((cli(max_steps=35, callbacks=kept), 40, 2))
        rows.append((cli(max_epochs=6, check_val_every_n_epoch=3, callbacks=kept), 40, 2))
        rows.append((cli(max_epochs=4, val_check_interval=3, callbacks=kept), 40, 2))
    for more in ({"save_top_k": -1}, {"save_top_k": 0}, {"save_last": True}, {}):
        rows.append((cli(max_epochs=3, callbacks=saving(**more)), 40, 2))
        rows.append((cli(max_steps=25, callbacks=saving(every_n_train_steps=4, **more)), 40, 2))
    both = saving(every_n_train_steps=2) + saving(every_n_train_steps=6, filename="long-{step}")
    rows.append((cli(max_epochs=2, callbacks=both), 40, 2))
    rows.append((cli(max_epochs=2, enable_checkpointing=False), 40, 2))
    rows.append((cli(max_epochs=3, callbacks=saving(save_on_train_epoch_end=True)), 40, 2))
    hydra = {"model_checkpoint": {"_target_": CHECKPOINT, "every_n_train_steps": 4}}
    rows.append(({**direct(max_epochs=2), "callbacks": hydra}, 40, 2))
    return rows


def schedules() -> list[tuple]:
    """Rows about the unit that a schedule advances by."""
    rows: list[tuple] = []
    for epochs in (1, 2, 3, 5):
        for accumulation in (1, 3):
            base = cli(max_epochs=5, accumulate_grad_batches=accumulation)
            rows.append((scheduled(base, "CosineAnnealingLR", T_max=epochs), 40, 2, epochs))
            polynomial = scheduled(base, "PolynomialLR", total_iters=epochs, power=1.0)
            rows.append((polynomial, 41, 2, epochs))
    one = scheduled(cli(max_epochs=4), "OneCycleLR", max_lr=0.1, total_steps=4)
    rows.append((one, 40, 2))
    for horizon in (3, 8, 20):
        for accumulation in (1, 4):
            base = direct(max_epochs=3, accumulate_grad_batches=accumulation)
            each = stepped(base, "CosineAnnealingLR", {"interval": "step"}, T_max=horizon)
            rows.append((each, 40, 2, horizon))
    base = direct(max_epochs=6)
    for more in ({}, {"interval": "epoch"}, {"interval": "epoch", "frequency": 2}):
        rows.append((stepped(base, "CosineAnnealingLR", more, T_max=2), 40, 2, 2))
    for frequency in (2, 3):
        more = {"interval": "step", "frequency": frequency}
        rows.append((stepped(base, "CosineAnnealingLR", more, T_max=4), 40, 2, 4))
    return rows


def ranks() -> list[tuple]:
    """Rows with several processes."""
    rows: list[tuple] = []
    for devices in (2, 3):
        for size in (40, 41):
            fork = {"strategy": "ddp_fork", "max_epochs": 2, "devices": devices}
            rows.append((cli(**fork), size, 2))
            rows.append((cli(**fork, accumulate_grad_batches=2), size, 2))
            rows.append((cli(more_data={"drop_last": True}, **fork), size, 2))
    rows.append((cli(max_epochs=1, strategy="ddp_fork", devices="2"), 8, 2))
    return rows


def layouts() -> list[tuple]:
    """Rows about where a file keeps its things, and about keys that no number comes from."""
    two = {"max_epochs": 2}
    alone = {"class_path": CHECKPOINT, "init_args": {"every_n_train_steps": 4}}
    unsigned = cli(**two, callbacks=saving(every_n_train_steps=4))
    del unsigned["seed_everything"]
    unbatched = cli(max_steps=7)
    del unbatched["data"]["batch_size"]
    own = {
        "trainer": {"accelerator": "cpu", "devices": 1, **two},
        "modelcheckpoint": {"params": {"every_n_train_steps": 3, "save_top_k": -1}},
    }
    data = {"target": "lit.Data", "params": {"batch_size": 4, "drop_last": False}}
    stop = {"target": STOPPING, "params": {"monitor": "val_loss", "patience": 99}}
    plain = {"_target_": "torch.optim.lr_scheduler.CosineAnnealingLR", "T_max": 2}
    rows: list[tuple] = [
        (cli(**two, callbacks=alone), 40, 2),
        (unsigned, 40, 2),
        (unbatched, 40, 2),
        ({"lightning": own, "data": data}, 41, 2),
        ({"lightning": {**own, "callbacks": {"stop": stop}}, "data": data}, 41, 2),
        ({**direct(**two), "callbacks": {"early_stopping": None}}, 40, 2),
        ({**direct(**two), "lr_scheduler": plain}, 40, 2),
        (scheduled(cli(**two), "MultiStepLR", milestones=[1, 2]), 40, 2),
        (cli(max_steps=7), 40, 2, None, False),
        (cli(max_epochs=3), 40, 2, None, False),
        (cli(**two, log_every_n_steps=0), 40, 2),
    ]
    for precision in (None, "16-mixed", "bf16-mixed", 32, "64-true"):
        rows.append((cli(**two, precision=precision), 40, 2))
    return rows


def composed() -> list[tuple]:
    """Rows with a list of defaults: what is not in this file may be in another."""
    waits = {"_target_": CHECKPOINT, "save_on_train_epoch_end": False}
    rows: list[tuple] = []
    for more in ({}, {"val_check_interval": 3}, {"max_steps": 7, "check_val_every_n_epoch": 1}):
        for callbacks in ({"model_checkpoint": {"_target_": CHECKPOINT}}, {"kept": waits}):
            config = {"defaults": ["_self_"], **direct(max_epochs=2, **more)}
            rows.append(({**config, "callbacks": callbacks}, 40, 2))
    return rows


def other_callbacks() -> list[tuple]:
    """Rows with callbacks that are not counted one by one."""
    two = {"max_epochs": 2}
    stopping = {"class_path": STOPPING, "init_args": {"monitor": "val_loss", "patience": 99}}
    growing = {"class_path": f"{CALLBACKS}.GradientAccumulationScheduler"}
    growing["init_args"] = {"scheduling": {"0": 2, "1": 4}}
    apart = saving(every_n_train_steps=2) + saving(every_n_train_steps=3, filename="b-{step}")
    across = {"check_val_every_n_epoch": None, "val_check_interval": 3}
    return [
        (cli(**two, callbacks=[stopping]), 40, 2),
        (cli(**two, callbacks=[growing]), 40, 2),
        (cli(**two, callbacks=apart), 40, 2),
        (cli(**two, callbacks=saving(train_time_interval="1:00:00")), 40, 2),
        (cli(**two, callbacks=saving(save_top_k=0, save_last=True)), 40, 2),
        (cli(**two, callbacks=saving(monitor="val_loss", every_n_train_steps=5)), 40, 2),
        (cli(**two, callbacks=saving(mode="maximum")), 40, 2),
        (cli(**two, **across, max_time="00:01:00:00"), 40, 2),
        (cli(**two, val_check_interval="00:01:00:00"), 40, 2),
        (cli(**two, accumulate_grad_batches={"0": 2}), 40, 2),
    ]


def other_ranks() -> list[tuple]:
    """Rows about how the devices and the strategy are written."""
    two = {"max_epochs": 2}
    forking = {"class_path": f"{STRATEGIES}.DDPStrategy", "init_args": {"start_method": "fork"}}
    parallel: dict = {"class_path": f"{STRATEGIES}.ModelParallelStrategy"}
    sized = {**parallel, "init_args": {"data_parallel_size": 1}}
    fork = {"strategy": "ddp_fork", "devices": 2}
    rows: list[tuple] = [
        (cli(**two, strategy=forking, devices=2), 41, 2),
        (cli(**two, use_distributed_sampler=False, **fork), 41, 2),
        (direct(max_steps=7, **fork), 41, 2),
        (direct(max_steps=7, more_data={"drop_last": False}, **fork), 41, 2),
        (cli(**two, strategy=parallel), 41, 2),
        (cli(**two, strategy=sized), 41, 2),
    ]
    for devices in ("auto", [0], [0, 1], "0,1", "0,", -1):
        rows.append((cli(**two, devices=devices), 40, 2))
    return rows


def refusals() -> list[tuple]:
    """Rows that Lightning stops at."""
    rows: list[tuple] = [
        (cli(max_epochs=1, gpus=1), 40, 2),
        (cli(max_epochs=2, resume_from_checkpoint="last.ckpt"), 40, 2),
        (cli(max_steps=1e1), 40, 2),
        (cli(max_epochs=2.5), 40, 2),
        (cli(max_epochs=-2), 40, 2),
        (cli(max_steps=-2), 40, 2),
        (cli(max_steps=None), 40, 2),
        (direct(max_steps="10"), 40, 2),
        (direct(max_epochs=2.0), 40, 2),
        (cli(max_epochs=1, accumulate_grad_batches=0), 40, 2),
        (cli(max_epochs=1, accumulate_grad_batches=2.0), 40, 2),
        (direct(max_epochs=1, accumulate_grad_batches=None), 40, 2),
        (cli(max_epochs=1, limit_train_batches=1.5), 40, 2),
        (cli(max_epochs=1, limit_train_batches=-1), 40, 2),
        (cli(max_epochs=1, limit_train_batches=0.01), 40, 2),
        (cli(max_epochs=1, overfit_batches=0.01), 40, 2),
        (cli(max_epochs=1, val_check_interval=0), 40, 2),
        (cli(max_epochs=1, val_check_interval=11), 40, 2),
        (cli(max_epochs=1, val_check_interval=1.5), 40, 2),
        (cli(max_epochs=1, val_check_interval=1.0, check_val_every_n_epoch=None), 40, 2),
        (cli(max_epochs=1, val_check_interval=0.5, check_val_every_n_epoch=None), 40, 2),
        (cli(max_epochs=1, check_val_every_n_epoch=0), 40, 2),
        (cli(max_epochs=1, limit_train_batches=5, val_check_interval=6), 40, 2),
        (cli(max_epochs=1, num_nodes=0), 40, 2),
        (cli(max_epochs=1, precision="fp16"), 40, 2),
        (cli(max_epochs=1, devices=0), 40, 2),
        (cli(max_epochs=1, max_time=60), 40, 2),
        (cli(max_epochs=1, strategy="nothing"), 40, 2),
        (cli(max_epochs=2, callbacks=saving(every_n_train_steps=2, every_n_epochs=1)), 40, 2),
        (cli(max_epochs=2, callbacks=saving(save_top_k=3)), 40, 2),
        (cli(max_epochs=2, callbacks=saving(save_top_k=-2)), 40, 2),
        (scheduled(cli(max_epochs=4), "OneCycleLR", max_lr=0.1, total_steps=2), 40, 2),
        (stepped(direct(max_epochs=2), "StepLR", {"interval": "batch"}, step_size=2), 40, 2),
        (stepped(direct(max_epochs=2), "StepLR", {"frequency": 0}, step_size=2), 40, 2),
        (stepped(direct(max_epochs=2), "ReduceLROnPlateau", {}), 40, 2),
    ]
    return rows


def drawn(draw: random.Random) -> tuple:
    """A random config with its data."""
    trainer: dict = {}
    if draw.random() < 0.7:
        trainer["max_epochs"] = draw.choice((1, 2, 3, 4))
    if draw.random() < 0.5 or not trainer:
        trainer["max_steps"] = draw.choice((1, 3, 5, 8, 13, 21))
    if draw.random() < 0.6:
        trainer["accumulate_grad_batches"] = draw.choice((1, 2, 3, 4, 7))
    if draw.random() < 0.3:
        trainer["limit_train_batches"] = draw.choice((2, 4, 0.3, 0.5, 0.75, 1.0, 100))
    size, batch = draw.randint(3, 60), draw.choice((1, 2, 3, 4, 8))
    if draw.random() < 0.4:
        trainer["val_check_interval"] = draw.choice((1, 2, 3, 0.2, 0.3, 0.5, 0.7, 1.0))
    if draw.random() < 0.3:
        trainer["check_val_every_n_epoch"] = draw.choice((1, 2, 3))
    more_data = {"drop_last": draw.random() < 0.5} if draw.random() < 0.8 else None
    make = draw.choice((cli, cli, direct))
    if make is cli and draw.random() < 0.5:
        kind = draw.choice(("every_n_train_steps", "every_n_epochs"))
        trainer["callbacks"] = saving(**{kind: draw.choice((1, 2, 3, 5))})
    return make(batch, more_data, **trainer), size, draw.choice((2, 2, 2, 0))


def main() -> None:
    """Write the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    count_saves()
    draw = random.Random(options.seed)
    cases = edges() + [drawn(draw) for _ in range(60)]
    names = ("lightning", "torch", "jsonargparse")
    packages = [f"{name}=={importlib.metadata.version(name).split('+')[0]}" for name in names]
    lines = []
    for config, size, held_out, *more in cases:
        horizon, told = (*more, *(None, True)[len(more) :])
        data = {"dataset_size": size, "eval_dataset_size": held_out}
        row = {"config": config, "assume": data if told else {}}
        row.update(run(config, data, horizon))
        if row.get("ran", {}).get("total_steps") == 0:
            row["sane"] = False
        lines.append(json.dumps(row, separators=(",", ":")))
        print(len(lines), lines[-1][-160:], file=sys.stderr)
    head = {
        "framework": "lightning",
        "packages": packages,
        "seed": options.seed,
        "rows": len(lines),
    }
    options.out.write_text("\n".join([json.dumps(head), *lines]) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
