"""Runs MMEngine's own `Runner` on drawn configs and writes down what happened.

A tiny model on numbers, on the CPU. Configs of several processes run in as many real processes over
gloo. Only three things are replaced: the two seconds that the iteration loop sleeps whenever its
data starts anew, the collecting of facts about the machine, and the writing of log files.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import shutil
import sys
import tempfile
import warnings
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path

warnings.filterwarnings("ignore")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import torch  # noqa: E402
import torch.distributed as dist  # noqa: E402
import torch.multiprocessing as processes  # noqa: E402
from draws import BASES, rows, written  # noqa: E402
from mmengine.config import Config  # noqa: E402
from mmengine.evaluator import BaseMetric  # noqa: E402
from mmengine.hooks import Hook  # noqa: E402
from mmengine.model import BaseModel  # noqa: E402
from mmengine.optim import OptimWrapper  # noqa: E402
from mmengine.registry import (  # noqa: E402
    DATA_SAMPLERS,
    DATASETS,
    HOOKS,
    LOOPS,
    METRICS,
    MODELS,
    OPTIM_WRAPPERS,
)
from mmengine.runner import Runner, loops  # noqa: E402

torch.set_num_threads(1)

SEEN = {}
"""What the run that is going on has done so far."""


@DATASETS.register_module()
class Numbers(torch.utils.data.Dataset):
    """`size` numbers."""

    def __init__(self, size):
        self.size = size

    def __len__(self):
        return self.size

    def __getitem__(self, index):
        if index >= self.size:
            raise IndexError(index)
        return {"inputs": torch.tensor([float(index)])}


@MODELS.register_module()
class Tiny(BaseModel):
    """One weight."""

    def __init__(self):
        super().__init__()
        self.layer = torch.nn.Linear(1, 1)

    def forward(self, inputs, mode="tensor"):
        """The loss in training, something to score in evaluation."""
        if mode == "loss":
            SEEN["samples"] += len(inputs)
            SEEN["iterations"] += 1
            return {"loss": self.layer(torch.stack(inputs)).mean() * 1e-6}
        return [0.0]


@METRICS.register_module()
class Steady(BaseMetric):
    """The same score at every evaluation."""

    def process(self, data_batch, data_samples):
        """Note that there was a batch."""
        self.results.append(0.5)

    def compute_metrics(self, results):
        """Score them."""
        return {"acc": 0.5}


@HOOKS.register_module()
class Witness(Hook):
    """Notes every evaluation with the iteration after which it came."""

    def before_val(self, runner):
        """Note the evaluation."""
        SEEN["evaluations"].append(SEEN["iterations"])


DATA_SAMPLERS.register_module(module=torch.utils.data.BatchSampler)


@HOOKS.register_module()
class Quiet(Hook):
    """A project's own hook."""


@LOOPS.register_module()
class OwnTrainLoop(loops.EpochBasedTrainLoop):
    """A project's own loop."""


@LOOPS.register_module()
class OwnValLoop(loops.ValLoop):
    """A project's own validation."""


@OPTIM_WRAPPERS.register_module()
class OwnWrapper(OptimWrapper):
    """A project's own optimizer wrapper."""


def watch():
    """Have the framework's own steps and checkpoints noted."""
    step, save = OptimWrapper.step, Runner.save_checkpoint

    def noted_step(self, **arguments):
        SEEN["rates"].append(self.param_groups[0]["lr"])
        SEEN["windows"].append(SEEN["samples"])
        step(self, **arguments)

    def noted_save(self, out_dir, filename, *arguments, **named):
        SEEN["checkpoints"].append((SEEN["iterations"], "best" in filename))
        save(self, out_dir, filename, *arguments, **named)

    OptimWrapper.step = noted_step
    Runner.save_checkpoint = noted_save
    Runner._log_env = lambda self, env: None
    loops.time.sleep = lambda seconds: None
    logging.disable(logging.CRITICAL)


# Runs.


def text_of(drawn, form, by_hand):
    """The config as MMEngine itself dumps it, or as people write a Python one."""
    if by_hand:
        epochs = drawn["train_cfg"].get("max_epochs")
        first = f"max_epochs = {epochs!r}\n" if epochs is not None else ""
        lines = [f"{key} = {written(value)}" for key, value in drawn.items()]
        return first + "\n".join(lines).replace(f"max_epochs={epochs!r}", "max_epochs=max_epochs")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"train.{form}"
        Config(drawn, format_python_code=False).dump(path)
        return path.read_text(encoding="utf-8")


def run(text, form, number, world):
    """Train as the file says; what happened, or the message of a refusal."""
    folder = Path(tempfile.mkdtemp())
    path = folder / f"train.{form}"
    path.write_text(text, encoding="utf-8")
    for name, base in BASES.items():
        (folder / name).write_text(text_of(base, "py", True), encoding="utf-8")
    SEEN.update(samples=0, iterations=0, evaluations=[], checkpoints=[], rates=[], windows=[])
    try:
        cfg = Config.fromfile(str(path))
        cfg.work_dir = str(folder / "out")
        cfg.experiment_name = f"run{number}"
        cfg.log_level = "ERROR"
        cfg.custom_hooks = [*cfg.get("custom_hooks", []), {"type": "Witness"}]
        if world > 1:
            cfg.launcher = "pytorch"
            cfg.model_wrapper_cfg = {"type": "MMDistributedDataParallel", "device_ids": None}
        runner = Runner.from_cfg(cfg)
        runner.train()
    except Exception as error:  # noqa: BLE001 (whatever it raises is its refusal)
        message = (str(error).strip() or type(error).__name__).splitlines()[0]
        return {"refused": message.partition(" in <")[0][:150]}
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    # A run without a step, or one that warm-up fills, is accepted and still not what it says.
    sane = any(rate > full_rate(runner) - 1e-9 for rate in SEEN["rates"])
    return {"ran": happened(cfg, runner, world), **({} if sane else {"sane": False})}


def full_rate(runner):
    """The learning rate before any schedule."""
    group = runner.optim_wrapper.param_groups[0]
    return group.get("initial_lr", group["lr"])


def happened(cfg, runner, world):
    """The numbers of a run that has ended, in the words of the project."""
    ran = {
        "total_steps": len(SEEN["rates"]),
        "samples_seen": samples_of_all(world),
        "evaluations": len(SEEN["evaluations"]),
        "checkpoints": len(SEEN["checkpoints"]),
        **epochs_of(cfg, runner),
        **intervals_of(cfg),
        **batch_of(cfg, world),
    }
    if (cfg.get("auto_scale_lr") or {}).get("enable"):
        ran["scaled_learning_rate"] = full_rate(runner)
    by_epoch = isinstance(runner.train_loop, loops.EpochBasedTrainLoop)
    warmup = warmup_of(cfg, by_epoch, full_rate(runner))
    return ran if warmup is None else {**ran, "warmup_steps": warmup}


def samples_of_all(world):
    """The samples that all processes have seen."""
    if world == 1:
        return SEEN["samples"]
    every = [None] * world
    dist.all_gather_object(every, SEEN["samples"])
    return sum(every)


def epochs_of(cfg, runner):
    """Lengths of an epoch and of the run; an endless sampler has no epochs."""
    if (cfg.train_dataloader.sampler or {}).get("type") == "InfiniteSampler":
        return {}
    length, iterations = len(runner.train_dataloader), SEEN["iterations"]
    accumulation = cfg.optim_wrapper.get("accumulative_counts", 1)
    found = {"batches_per_epoch": length}
    if length % accumulation == 0:
        found["steps_per_epoch"] = length // accumulation
    if isinstance(runner.train_loop, loops.EpochBasedTrainLoop):
        found["total_epochs"] = runner.epoch
    elif length and iterations % length == 0:
        found["total_epochs"] = iterations // length
    return found


def intervals_of(cfg):
    """Optimizer steps between evaluations and between checkpoints, where they are the same."""
    accumulation = cfg.optim_wrapper.get("accumulative_counts", 1)
    saved = [at for at, best in SEEN["checkpoints"] if not best]
    evaluated = [] if "dynamic_intervals" in cfg.train_cfg else SEEN["evaluations"]
    found = {}
    for name, times in (("eval_interval", evaluated), ("save_interval", saved)):
        gaps = [later - one for one, later in pairwise(times)]
        regular = len(gaps) > 1 and len(set(gaps)) == 1
        if regular and gaps[0] and gaps[0] % accumulation == 0:
            found[name] = gaps[0] // accumulation
    return found


def batch_of(cfg, world):
    """The samples of the largest step, where one step is sure to have whole micro-batches."""
    accumulation = cfg.optim_wrapper.get("accumulative_counts", 1)
    size = cfg.train_dataloader.dataset.size
    share = -(-size // world) if cfg.train_dataloader.sampler else size
    whole = min(share // cfg.train_dataloader.batch_size, SEEN["iterations"])
    if not SEEN["rates"] or accumulation > whole:
        return {}
    largest = max(later - one for one, later in pairwise([0, *SEEN["windows"]]))
    return {"global_batch_size": largest * world}


def warmup_of(cfg, by_epoch, full):
    """Optimizer steps below the full rate; None where the run never showed it."""
    entries = cfg.get("param_scheduler")
    if entries is None:
        return 0 if SEEN["rates"] else None
    first = entries[0] if isinstance(entries, list) else entries
    if first["type"] not in ("LinearLR", "ConstantLR"):
        return 0 if first["type"] == "MultiStepLR" else None
    below = [rate < full - 1e-9 for rate in SEEN["rates"]]
    if below and not all(below):
        return below.index(False)
    stuck = len(below) > 1 and len({round(rate, 9) for rate in SEEN["rates"]}) == 1
    never = first.get("end") == 1 or (not by_epoch and first.get("by_epoch", True))
    never |= cfg.get("default_hooks", {}).get("param_scheduler", {}) is None
    return len(below) if stuck and never and not first.get("convert_to_iter_based") else None


def work(rank, world, port, chosen, out):
    """Run the rows of one number of processes."""
    watch()
    if world > 1:
        os.environ.update(
            MASTER_ADDR="127.0.0.1",
            MASTER_PORT=str(port),
            RANK=str(rank),
            LOCAL_RANK=str(rank),
            WORLD_SIZE=str(world),
            LOCAL_WORLD_SIZE=str(world),
        )
        dist.init_process_group("gloo", rank=rank, world_size=world)
    results = {}
    for number, text, form in chosen:
        results[number] = run(text, form, number, world)
    if rank == 0:
        Path(out).write_text(json.dumps(results), encoding="utf-8")
    if world > 1:
        dist.destroy_process_group()


def main():
    """Draw, run and write the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", required=True)
    options = parser.parse_args()
    planned = []
    for number, (drawn, world) in enumerate(rows(options.seed)):
        changes = drawn["train_cfg"].get("dynamic_intervals", [None])
        tuples = isinstance(changes, tuple) or isinstance(changes[0], tuple)
        forms = ["py"] if tuples or "_base_" in drawn else ["py", "yaml", "json"]
        form = forms[number % len(forms)]
        by_hand = form == "py" and (number % 4 > 0 or "_base_" in drawn)
        planned.append((number, drawn, world, form, text_of(drawn, form, by_hand)))
    results = {}
    with tempfile.TemporaryDirectory() as folder:
        for world in (1, 2, 4):
            chosen = [(n, text, form) for n, _, w, form, text in planned if w == world]
            out = Path(folder) / f"{world}.json"
            port = 29500 + world
            processes.spawn(work, (world, port, chosen, str(out)), nprocs=world, join=True)
            results.update(json.loads(out.read_text(encoding="utf-8")))
    packages = [f"{name}=={version(name)}" for name in ("mmengine", "torch")]
    header = {"framework": "mmengine", "packages": packages, "seed": options.seed}
    lines = []
    for number, drawn, world, form, text in planned:
        size = drawn.get("train_dataloader", {}).get("dataset", {}).get("size")
        assume = (
            {"world_size": world} if size is None else {"world_size": world, "dataset_size": size}
        )
        files = {name: text_of(BASES[name], "py", True) for name in drawn.get("_base_", ())}
        row = {"file": f"train.{form}", "config": text, "assume": assume, **results[str(number)]}
        row |= {"files": files} if files else {}
        lines.append(json.dumps(row, separators=(",", ":")))
    with open(options.out, "w", encoding="utf-8") as file:
        print(json.dumps({**header, "rows": len(lines)}), *lines, sep="\n", file=file)


if __name__ == "__main__":
    sys.exit(main())
