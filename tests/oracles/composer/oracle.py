"""Runs Composer's own Trainer on many small configs and writes what happened.

Runs only in the oracle's own environment, with one process and with two; imports Composer, torch
and the standard library. Of LLM Foundry there is one schedule: its `calculate_batch_size_info`
comes to one line (global batch divided by ranks), and what else a row compares is the Trainer's
own.

The environment is made with `PIP_NO_DEPS=1`: mosaicml 0.32.1 asks for a torch before 2.7.1, which
the index has with CUDA only, and does not need it for what runs here.
"""

# ruff: noqa: D102, E402, SIM905 (the framework's own hooks; torch is prepared before it comes)

from __future__ import annotations

import argparse
import contextlib
import importlib
import importlib.metadata
import io
import json
import logging
import os
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import types
import warnings
from typing import Any

os.environ.update(TOKENIZERS_PARALLELISM="false", HF_HUB_OFFLINE="1", CUDA_VISIBLE_DEVICES="")
warnings.simplefilter("ignore")

import torch

# torchvision's own operators are not in a wheel for another torch; its Python part names them.
_OPERATORS = torch.library.Library("torchvision", "DEF")
for _name in (
    "qnms roi_align qroi_align _roi_align_backward ps_roi_align _ps_roi_align_backward roi_pool "
    "_roi_pool_backward ps_roi_pool _ps_roi_pool_backward deform_conv2d _deform_conv2d_backward"
).split():
    _OPERATORS.define(f"{_name}(Tensor x) -> Tensor")
_OPERATORS.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")

from composer import Callback, Trainer
from composer.core import DataSpec
from composer.models import ComposerModel
from composer.optim import scheduler as schedulers
from composer.utils import dist
from torch.utils.data import DataLoader, TensorDataset

torch.set_num_threads(1)
logging.disable(logging.CRITICAL)

PACKAGES = ("mosaicml", "llm-foundry", "torch")
WORLD = int(os.environ.get("WORLD_SIZE", "1"))
LENGTH = 16
"""Tokens of a row."""
EPOCHS = 20
"""A loop that has gone round that often without a batch never ends."""
OWN_BATCH = "device_train_batch_size"
KEPT = (
    "scale_schedule_ratio",
    "train_subset_num_batches",
    "max_duration",
    "eval_interval",
    "save_interval",
    "precision",
)


def _foundry_schedule() -> Any:
    """LLM Foundry's own schedule, from its file: the package imports far more than it needs."""
    package = importlib.metadata.distribution("llm-foundry")
    for name in ("llmfoundry", "llmfoundry.utils", "llmfoundry.optim"):
        module = types.ModuleType(name)
        module.__path__ = [str(package.locate_file(name.replace(".", "/")))]
        sys.modules[name] = module
    scheduler = importlib.import_module("llmfoundry.optim.scheduler")
    return scheduler.InverseSquareRootWithWarmupScheduler


SCHEDULERS = {  # llm-foundry optim/__init__.py, and Composer's own without a warm-up
    "constant_with_warmup": schedulers.ConstantWithWarmupScheduler,
    "cosine_with_warmup": schedulers.CosineAnnealingWithWarmupScheduler,
    "linear_decay_with_warmup": schedulers.LinearWithWarmupScheduler,
    "inv_sqrt_with_warmup": _foundry_schedule(),
    "cosine": schedulers.CosineAnnealingScheduler,
    "linear": schedulers.LinearScheduler,
    "constant": schedulers.ConstantScheduler,
}
DRAWN = ("constant_with_warmup", "cosine_with_warmup", "linear_decay_with_warmup")
"""The schedules of configs that are not about a schedule."""


class NeverEnds(Exception):
    """The loop goes round without a batch."""


class Model(ComposerModel):
    """One number; counts its forward passes."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = torch.nn.Linear(1, 1)
        self.forwards = 0

    def forward(self, batch: Any) -> torch.Tensor:
        self.forwards += self.training
        return self.weight(batch[0][:, :1])

    def loss(self, outputs: Any, batch: Any) -> torch.Tensor:
        return outputs.mean()

    def eval_forward(self, batch: Any, outputs: Any = None) -> torch.Tensor:
        return self.forward(batch)


class Watch(Callback):
    """What happened: optimizer steps, evaluations, and the forward passes of the first epoch."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.steps = 0
        self.training = False
        self.evaluations = 0
        self.forwards_of_epoch = 0

    def step(self, *_: Any) -> None:
        """Count a step; one outside of a batch only prepares the optimizer for a checkpoint."""
        self.steps += self.training

    def batch_start(self, state: Any, logger: Any) -> None:
        self.training = True

    def batch_end(self, state: Any, logger: Any) -> None:
        self.training = False

    def eval_start(self, state: Any, logger: Any) -> None:
        self.evaluations += 1

    def epoch_end(self, state: Any, logger: Any) -> None:
        if int(state.timestamp.epoch) == EPOCHS and int(state.timestamp.batch) == 0:
            raise NeverEnds
        if int(state.timestamp.epoch) == 1:
            self.forwards_of_epoch = self.model.forwards


def run(config: dict[str, Any], samples: int) -> dict[str, Any]:
    """Train with Composer as LLM Foundry's `train` calls it."""
    folder = tempfile.mkdtemp()
    model = Model()
    watch = Watch(model)
    optimizer = torch.optim.SGD(model.parameters(), lr=config["optimizer"]["lr"])
    optimizer.register_step_post_hook(watch.step)
    batch = config.get(OWN_BATCH) or config["global_train_batch_size"] // WORLD
    drop_last = config["train_loader"].get("drop_last", False)
    scheduler = dict(config.get("scheduler", {"name": "constant"}))
    schedule = SCHEDULERS[scheduler.pop("name")](**scheduler)
    evaluates = "eval_loader" in config
    saves = {"save_folder": folder} if "save_folder" in config else {}
    try:
        trainer = Trainer(
            model=model,
            train_dataloader=_loader(samples, batch, drop_last),
            eval_dataloader=_loader(4, 4, False) if evaluates else None,
            optimizers=optimizer,
            schedulers=schedule,
            callbacks=[watch],
            progress_bar=False,
            device="cpu",
            device_train_microbatch_size=_micro(config, batch),
            **saves,
            **{key: config[key] for key in KEPT if key in config},
        )
        if config.get("eval_first"):
            trainer.eval()
        trainer.fit()
        return _numbers(config, trainer, model, watch, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _loader(samples: int, batch: int, drop_last: bool) -> DataSpec:
    data = TensorDataset(torch.ones(samples, LENGTH))
    sampler = dist.get_sampler(data, drop_last=drop_last, shuffle=False)
    loader = DataLoader(data, batch_size=batch, drop_last=drop_last, sampler=sampler)
    return DataSpec(loader, get_num_tokens_in_batch=lambda batch: batch[0].numel())


def _micro(config: dict[str, Any], batch: int) -> Any:
    """LLM Foundry cuts a micro-batch down to the batch of a device."""
    micro = config.get("device_train_microbatch_size")
    return min(micro, batch) if isinstance(micro, int) else micro


def _numbers(
    config: dict[str, Any], trainer: Trainer, model: Model, watch: Watch, folder: str
) -> dict[str, Any]:
    state = trainer.state
    length = int(state.dataloader_len)
    numbers = {
        "global_batch_size": config.get(OWN_BATCH, 0) * WORLD or config["global_train_batch_size"],
        "steps_per_epoch": length,
        "total_steps": watch.steps,
        "samples_seen": int(state.timestamp.sample),
        "tokens_seen": int(state.timestamp.token),
        "evaluations": watch.evaluations,
        "checkpoints": len([name for name in os.listdir(folder) if name.startswith("ep")]),
    }
    scheduler, ratio = config.get("scheduler", {}), config.get("scale_schedule_ratio", 1.0)
    if "t_warmup" in scheduler:
        stretched = ratio if scheduler.get("scale_warmup") else 1.0
        numbers["warmup_steps"] = _steps_until(trainer, scheduler["t_warmup"], stretched)
    if "t_max" in scheduler:
        numbers["decay_steps"] = _steps_until(trainer, scheduler["t_max"], ratio)
    if watch.forwards_of_epoch:
        numbers["batches_per_epoch"] = watch.forwards_of_epoch
    return numbers


def _steps_until(trainer: Trainer, time: str, ratio: float) -> int:
    """The first step at which Composer's clock has reached a time of the schedule."""
    end = schedulers._convert_time(time, trainer.state, ratio)
    clock = trainer.state.timestamp.copy(
        epoch=0, batch=0, sample=0, token=0, epoch_in_iteration=0, token_in_iteration=0,
        batch_in_epoch=0, sample_in_epoch=0, token_in_epoch=0,
    )  # fmt: skip
    sizes = [len(batch[0]) for batch in trainer.state.train_dataloader]
    sizes = sizes[: int(trainer.state.dataloader_len)]
    steps = 0
    while clock < end:
        size = sizes[steps % len(sizes)] * WORLD
        clock = clock.to_next_batch(samples=size, tokens=size * LENGTH)
        steps += 1
    return steps


# Configs.

TIMES = {
    "max_duration": (
        "1ep 2ep 3ep 7ba 10ba 1ba 12ba 40sp 51sp 96sp 1sp 640tok 1000tok 1e1ba 2EP"
    ).split(),
    "t_warmup": "0ba 1ba 4ba 100ba 1ep 0.05dur 0.3dur 0.5dur 1dur 16sp 20sp 200tok".split(),
    "t_max": "1dur 1dur 1dur 9ba 20ba 2ep 4ep 0.9dur 96sp 2dur".split(),
    "interval": (
        "1ep 2ep 3ba 5ba 1ba 100ba 20sp 8sp 5sp 13sp 300tok 0.05dur 0.3dur 0.5dur 1.5dur 0ba -1ba"
    ).split(),
}
BROKEN: tuple[dict[str, Any], ...] = (
    {"max_duration": "3epochs"},
    {"max_duration": "1.5ep"},
    {"max_duration": "1dur"},
    {"max_duration": "1h"},
    {"max_duration": "10sec"},
    {"max_duration": "ep"},
    {"max_duration": "0ba"},
    {"max_duration": "-1ep"},
    {"eval_interval": "5steps"},
    {"eval_interval": "1e-1ba"},
    {"save_interval": "2.5ba"},
    {"device_train_microbatch_size": 0},
    {"device_train_microbatch_size": -1},
    {"device_train_microbatch_size": 1.5},
    {"t_warmup": 4},
    {"t_warmup": "4steps"},
    {"t_max": 100},
    {"max_duration": "2ep", "t_max": "9ba"},
    {"max_duration": "2ep", "t_max": "1ep"},
    {"max_duration": "10ba", "t_max": "0.5dur"},
    {"max_duration": "96sp", "t_max": "90sp", "t_warmup": "8sp"},
    {"max_duration": "96sp", "t_warmup": "4ba"},
    {"max_duration": "96sp", "t_warmup": "1ep"},
    {"max_duration": "10ba", "t_warmup": "16sp"},
    {"max_duration": "640tok", "t_max": "600tok", "t_warmup": "32tok"},
)


def configs(draw: random.Random) -> Any:
    """Configs with the samples that they are run on: broken values first, then drawn ones."""
    for broken in BROKEN:
        yield (
            _config(draw, **{"max_duration": "2ep", "t_warmup": "4ba", "t_max": None} | broken),
            40,
        )
    for duration in TIMES["max_duration"]:
        for interval in draw.sample(TIMES["interval"], 6):
            fixed = {"max_duration": duration, "eval_interval": interval, "t_max": None}
            yield _config(draw, **fixed), draw.choice((40, 50, 43))
    for other in others():
        config = _config(draw, max_duration="2ep", t_warmup="4ba", t_max=None, eval_interval="1ep")
        config |= {"train_loader": {"name": "finetuning", "drop_last": True}}
        config |= {"global_train_batch_size": 8, "device_train_microbatch_size": 8}
        yield {key: value for key, value in {**config, **other}.items() if value is not None}, 40
    for _ in range(55):
        yield _config(draw), draw.choice((40, 50, 16, 19, 8, 7, 33, 1))


def others() -> Any:
    """What the drawn configs have not: other schedules, a scaled run, a house's own keys."""
    root = {"name": "inv_sqrt_with_warmup", "t_scale": "2ba", "t_cooldown": "2ba"}
    for duration, warmup in (("10ba", "2ba"), ("10ba", "0.1dur"), ("2ep", "2ba"), ("10ba", "1ep")):
        yield {"max_duration": duration, "scheduler": {**root, "t_warmup": warmup}}
    for name in ("cosine", "linear"):
        for horizon in ({}, {"t_max": "9ba"}, {"t_max": "1ep"}, {"t_max": "0.5dur"}):
            yield {"scheduler": {"name": name, **horizon}}
    yield {"scheduler": {"name": "constant"}}
    yield {"scheduler": None}
    warm = {"name": "cosine_with_warmup", "t_warmup": "4ba"}
    for ratio in (0.5, 1.5):
        for more in ({}, {"t_max": "20ba"}, {"t_max": "4ep"}, {"scale_warmup": True}):
            yield {"scale_schedule_ratio": ratio, "scheduler": {**warm, **more}}
        yield {"scale_schedule_ratio": ratio, "max_duration": "10ba", "scheduler": warm}
    samples = {"name": "cosine_with_warmup", "t_warmup": "16sp", "t_max": "96sp"}
    yield {"max_duration": "10ba", "scheduler": samples}
    yield {"global_train_batch_size": None, OWN_BATCH: 8}
    yield {"global_train_batch_size": None, OWN_BATCH: 8, "max_duration": "7ba"}
    yield {"device_train_microbatch_size": "auto"}
    yield {"device_train_microbatch_size": None}
    for loader in ({"name": "mine"}, {"name": "mine", "drop_last": False}):
        yield {"train_loader": loader, "eval_loader": None, "eval_interval": None}
        yield {"train_loader": loader, "max_duration": "7ba"}
    for duration in (1.5, "1e999ba", "1.2.3ba", "2iter"):
        yield {"max_duration": duration}
    yield {"eval_interval": "1iter"}
    yield {"eval_interval": "0dur"}
    yield {"save_folder": "checkpoints", "save_interval": "0ba"}
    yield {"save_folder": "checkpoints", "save_interval": "0dur"}


def _config(draw: random.Random, **fixed: Any) -> dict[str, Any]:
    def pick(key: str, *choices: Any) -> Any:
        return fixed[key] if key in fixed else draw.choice(choices)

    duration = pick("max_duration", *TIMES["max_duration"], 1, 2)
    warmup = pick("t_warmup", *(_comparable(TIMES["t_warmup"], duration) * 4), *TIMES["t_warmup"])
    horizon = pick("t_max", *[None] * 12, *_comparable(TIMES["t_max"], duration), "2ep")
    scheduler = {"name": draw.choice(DRAWN), "t_warmup": warmup}
    if horizon is not None:
        scheduler["t_max"] = horizon
    config = {
        "max_seq_len": LENGTH,
        "train_loader": _train_loader(draw),
        "scheduler": scheduler,
        "optimizer": {"name": "decoupled_adamw", "lr": 6e-4},
        "max_duration": duration,
        "global_train_batch_size": draw.choice((8, 8, 8, 3, 16, 1)),
        "device_train_microbatch_size": pick("device_train_microbatch_size", 8, 3, 4, 1, 16),
        "precision": "fp32",
    }
    if draw.random() < 0.9 or "eval_interval" in fixed:
        config["eval_loader"] = {"name": "text"}
        config["eval_first"] = draw.random() < 0.2
    if draw.random() < 0.9 or "eval_interval" in fixed:
        config["eval_interval"] = pick("eval_interval", *TIMES["interval"], 1, 2, 500, 0)
    if draw.random() < 0.8 or "save_interval" in fixed:
        config["save_folder"] = "checkpoints"
        config["save_interval"] = pick("save_interval", *TIMES["interval"], 1, 2)
    if draw.random() < 0.15:
        config["train_subset_num_batches"] = draw.choice((2, 3, 100, -1))
    return config


def _train_loader(draw: random.Random) -> dict[str, Any]:
    """The text loader reads a stream, which repeats samples to fill its last batch: dropped."""
    name = draw.choice(("text", "finetuning"))
    if name == "finetuning" and draw.random() < 0.3:
        return {"name": name}  # keeps the last batch
    return {"name": name, "drop_last": name == "text" or draw.random() < 0.2}


def _comparable(times: list[str], duration: Any) -> list[str]:
    """Those that a schedule can compare with a run of that duration."""
    units = {"sp": ("sp", "dur"), "ok": ("tok", "dur")}.get(str(duration)[-2:], ("ba", "ep", "dur"))
    return [time for time in times if time.endswith(units)]


# Rows.


NOT_SANE = {"sane": False}
"""Warm-up as long as the run, or no step at all: accepted, and an error to schedlint."""


def row(config: dict[str, Any], samples: int) -> dict[str, Any] | None:
    """One line of the table; None for a run that never ends."""
    told = {"world_size": WORLD, "dataset_size": samples}
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            ran = run(config, samples)
            sane = 0 < ran["total_steps"] > ran.get("warmup_steps", 0)
            return {"config": config, "assume": told, "ran": ran, **({} if sane else NOT_SANE)}
    except NeverEnds:
        return None
    except Exception as error:  # noqa: BLE001 (whatever it is, the config is refused)
        message = str(error).strip().splitlines() or [type(error).__name__]
        return {"config": config, "assume": told, "refused": message[0][:150]}


def on_two_ranks(seed: int) -> list[dict[str, Any]]:
    """The rows of two processes, which this script starts again."""
    with tempfile.TemporaryDirectory() as folder:
        out = f"{folder}/rows"
        command = [sys.executable, __file__, "--seed", str(seed), "--out", out]
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = str(free.getsockname()[1])
        together = {"WORLD_SIZE": "2", "LOCAL_WORLD_SIZE": "2", "NODE_RANK": "0"}
        together |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}
        ranks = [
            subprocess.Popen(command, env={**os.environ, **together, "RANK": n, "LOCAL_RANK": n})
            for n in ("0", "1")
        ]
        codes = [rank.wait() for rank in ranks]
        if any(codes):
            raise SystemExit("a rank failed")
        with open(out, encoding="utf-8") as rows:
            return [json.loads(line) for line in rows]


def configs_of_ranks(draw: random.Random) -> Any:
    """Configs whose batch the ranks divide. The loader has torch's own sampler, and no stream's."""
    durations = [time for time in TIMES["max_duration"] if not time.endswith("tok")]
    for _ in range(50):
        config = _config(draw, max_duration=draw.choice(durations))
        samples = draw.choice((40, 50, 19, 33, 43))
        config["global_train_batch_size"] = draw.choice((8, 6, 16))
        config["scheduler"] = {"name": "cosine_with_warmup", "t_warmup": "0.2dur"}
        config["train_loader"] = {"name": "finetuning", "drop_last": draw.random() < 0.3}
        yield config, samples


def main() -> None:
    """Write the table; a rank of two writes its rows only."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", required=True)
    options = parser.parse_args()
    draw = random.Random(options.seed)
    drawn = configs(draw) if WORLD == 1 else configs_of_ranks(draw)
    rows: dict[str, dict[str, Any]] = {}
    for config, samples in drawn:
        found = row(config, samples)
        if found is not None:
            rows.setdefault(json.dumps([config, samples]), found)
    lines = list(rows.values())
    if WORLD == 1:
        lines += on_two_ranks(options.seed)
        packages = [f"{name}=={importlib.metadata.version(name)}" for name in PACKAGES]
        head = {"framework": "composer", "packages": packages, "seed": options.seed}
        lines.insert(0, {**head, "rows": len(lines)})
    if os.environ.get("RANK", "0") == "0":
        with open(options.out, "w", encoding="utf-8") as out:
            for line in lines:
                out.write(json.dumps(line, separators=(",", ":")) + "\n")


main()
