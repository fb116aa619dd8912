"""Draws configs for MMEngine: those that it accepts, and some that it refuses."""

from __future__ import annotations

import random


def config(rng, *, by_epoch=None, size=None):
    """A config that the framework accepts."""
    by_epoch = rng.random() < 0.55 if by_epoch is None else by_epoch
    drawn = {
        "work_dir": "out",
        "model": {"type": "Tiny"},
        "train_dataloader": train_dataloader(rng, by_epoch, size),
        "train_cfg": train_cfg(rng, by_epoch),
        "optim_wrapper": optim_wrapper(rng),
    }
    if rng.random() < 0.8:
        drawn["val_dataloader"] = {
            "sampler": {"type": "DefaultSampler"},
            "dataset": {"type": "Numbers", "size": 2},
        }
        drawn["val_cfg"] = rng.choice([{}, {"type": "ValLoop"}])
        drawn["val_evaluator"] = {"type": "Steady"}
    hooks = default_hooks(rng, by_epoch)
    if hooks:
        drawn["default_hooks"] = hooks
    schedulers = param_scheduler(rng, by_epoch)
    if schedulers is not None:
        drawn["param_scheduler"] = schedulers
    if rng.random() < 0.2:
        drawn["auto_scale_lr"] = {"base_batch_size": rng.choice([4, 16])}
        drawn["auto_scale_lr"].update(rng.choice([{}, {"enable": False}, {"enable": True}]))
    return drawn


def train_dataloader(rng, by_epoch, size):
    """A loader; by iterations it never drops all that it has, which would be a crash."""
    size = size or rng.choice([1, 2, 5, 7, 10, 12, 16, 19, 25, 31])
    loader = {
        "batch_size": rng.choice([1, 2, 3, 4, 5]),
        "sampler": {"type": "DefaultSampler"},
        "dataset": {"type": "Numbers", "size": size},
    }
    if not by_epoch and rng.random() < 0.35:
        loader["sampler"]["type"] = "InfiniteSampler"
    endless = loader["sampler"]["type"] == "InfiniteSampler"
    if rng.random() < 0.3 and (by_epoch or endless or size >= 20):
        loader["drop_last"] = rng.random() < 0.8
    batches = size // (loader["batch_size"] * 4)
    if rng.random() < 0.2 and by_epoch and batches:
        loader["num_batch_per_epoch"] = batches
    return loader


def optim_wrapper(rng):
    """An optimizer, and after how many micro-batches it steps."""
    wrapper = {"type": "OptimWrapper", "optimizer": {"type": "SGD", "lr": 0.1}}
    if rng.random() < 0.6:
        wrapper["accumulative_counts"] = rng.choice([1, 2, 3, 4, 5, 7, 40])
    if rng.random() < 0.3:
        del wrapper["type"]
    return wrapper


def train_cfg(rng, by_epoch):
    """A train loop."""
    cfg = {}
    if rng.random() < 0.5:
        cfg["by_epoch"] = by_epoch
    else:
        cfg["type"] = "EpochBasedTrainLoop" if by_epoch else "IterBasedTrainLoop"
    if by_epoch:
        cfg["max_epochs"] = rng.choice([0, 1, 2, 3, 5, 6, 8])
    else:
        cfg["max_iters"] = rng.choice([0, 1, 3, 7, 10, 18, 24])
    if rng.random() < 0.6:
        cfg["val_interval"] = rng.choice([1, 2, 3, 4, 30])
    if rng.random() < 0.4:
        cfg["val_begin"] = rng.choice([0, 1, 2, 4, 9])
    if rng.random() < 0.12:
        cfg["dynamic_intervals"] = sorted([(rng.choice([2, 4, 6]), 1), (rng.choice([3, 5, 8]), 2)])
    return cfg


def default_hooks(rng, by_epoch):
    """Checkpoints and log lines."""
    hooks = {}
    if rng.random() < 0.75:
        hook = {"type": "CheckpointHook"}
        if rng.random() < 0.85:
            hook["interval"] = rng.choice([-1, 0, 1, 1, 2, 3, 5])
        if rng.random() < 0.7:
            hook["by_epoch"] = by_epoch if rng.random() < 0.7 else not by_epoch
        if rng.random() < 0.4:
            hook["save_last"] = rng.random() < 0.4
        if rng.random() < 0.2:
            hook["save_begin"] = rng.choice([0, 1, 2, 5])
        if rng.random() < 0.2:
            hook["max_keep_ckpts"] = 1
        hooks["checkpoint"] = hook
    elif rng.random() < 0.3:
        hooks["checkpoint"] = None
    if rng.random() < 0.3:
        hooks["logger"] = {"type": "LoggerHook", "interval": rng.choice([1, 5, 50])}
    return hooks


def param_scheduler(rng, by_epoch):
    """None, one or two schedules."""
    kind = rng.randrange(8)
    if kind == 0:
        return None
    if kind == 1:
        return {"type": "MultiStepLR", "milestones": [2, 4], "by_epoch": by_epoch}
    warm = {"type": rng.choice(["LinearLR", "LinearLR", "ConstantLR"]), "begin": 0}
    warm["start_factor" if warm["type"] == "LinearLR" else "factor"] = rng.choice([0.1, 0.001, 0.5])
    mode = rng.choice(
        ["iterations", "iterations", "epochs", "converted"]
        if by_epoch
        else ["iterations", "iterations", "iterations", "epochs"]
    )
    if mode == "iterations":
        warm.update(by_epoch=False, end=rng.choice([1, 2, 3, 5, 9, 12]))
    elif mode == "epochs":
        warm.update(end=rng.choice([1, 2, 3]))
        if rng.random() < 0.5:
            warm["by_epoch"] = True
    else:
        warm.update(by_epoch=True, end=rng.choice([1, 2, 3]), convert_to_iter_based=True)
    if kind == 2 and mode != "epochs":
        del warm["end"]
    entries = [warm]
    if kind >= 5:
        entries.append({"type": "MultiStepLR", "milestones": [900], "by_epoch": by_epoch})
    if kind == 4:
        return [{"type": "CosineAnnealingLR", "by_epoch": by_epoch, "eta_min": 0.001}]
    return entries


VALIDATION = {
    "val_dataloader": {
        "sampler": {"type": "DefaultSampler"},
        "dataset": {"type": "Numbers", "size": 2},
    },
    "val_cfg": {},
    "val_evaluator": {"type": "Steady"},
}

BASES = {
    "base.py": {
        "train_cfg": {"by_epoch": False, "max_iters": 8},
        "optim_wrapper": {"optimizer": {"type": "SGD", "lr": 0.1}},
    },
    "epochs.py": {"train_cfg": {"by_epoch": True, "max_epochs": 2, "val_interval": 2}},
}
"""Files that others build on."""


def edges():
    """Parts that the drawn configs do not have, one at a time."""
    yield from hooks()
    yield from loops()
    yield from loaders()
    yield from schedules()
    yield from built_on()


def edge(by_epoch=True, size=10, **sections):
    """A config of three epochs or seven iterations with the sections given; None takes one out."""
    length = {"max_epochs": 3} if by_epoch else {"max_iters": 7}
    drawn = {
        "model": {"type": "Tiny"},
        "train_dataloader": loader(size),
        "train_cfg": {"by_epoch": by_epoch, **length},
        "optim_wrapper": {"optimizer": {"type": "SGD", "lr": 0.1}},
    }
    return {**drawn, **sections}


def loader(size=10, **keys):
    """A loader of batches of three."""
    sampler = {"type": "DefaultSampler"}
    dataset = {"type": "Numbers", "size": size}
    return {"batch_size": 3, "sampler": sampler, "dataset": dataset, **keys}


def hooks():
    """Hooks that save more, or none, and those of a project."""
    best = {"type": "CheckpointHook", "interval": 2, "save_best": "acc"}
    yield edge(**VALIDATION, default_hooks={"checkpoint": best})
    yield edge(False, **VALIDATION, default_hooks={"checkpoint": {**best, "by_epoch": False}})
    second = {"type": "CheckpointHook", "interval": 1, "save_last": False}
    yield edge(custom_hooks=[second])
    yield edge(**VALIDATION, custom_hooks=[{"type": "EarlyStoppingHook", "monitor": "acc"}])
    yield edge(default_hooks={"checkpoint": {"type": "Quiet"}})
    yield edge(default_hooks={"logger": {"type": "Quiet"}}, auto_scale_lr=None)
    still = {"default_hooks": {"param_scheduler": None}}
    yield edge(**still, param_scheduler=[{"type": "LinearLR", "start_factor": 0.5, "end": 2}])


def loops():
    """Loops and wrappers of a project, and the intervals of an evaluation."""
    yield edge(train_cfg={"type": "OwnTrainLoop", "max_epochs": 3}, **VALIDATION)
    yield edge(train_cfg={"by_epoch": "yes", "max_epochs": 3})
    yield edge(**{**VALIDATION, "val_cfg": {"type": "OwnValLoop"}})
    for changes in ([(2, 1.0)], ((2, 1),)):
        train = {"by_epoch": True, "max_epochs": 5, "val_interval": 3, "dynamic_intervals": changes}
        yield edge(train_cfg=train, **VALIDATION)
    own = {"type": "OwnWrapper", "optimizer": {"type": "SGD", "lr": 0.1}}
    steps = [{"type": "PolyLR", "end": 6, "by_epoch": False}]
    iterations = {"checkpoint": {"type": "CheckpointHook", "interval": 2, "by_epoch": False}}
    yield edge(False, optim_wrapper=own, param_scheduler=steps, default_hooks=iterations)


def loaders():
    """Loaders without a sampler, and with one of batches."""
    cosine = [{"type": "CosineAnnealingLR", "T_max": 3}]
    for keys in ({}, {"drop_last": True}):
        yield edge(train_dataloader=loader(sampler=None, **keys), param_scheduler=cosine)
        yield edge(False, train_dataloader=loader(sampler=None, **keys))
    for dropped in (False, True):
        batches = {"type": "BatchSampler", "drop_last": dropped}
        yield edge(train_dataloader=loader(batch_sampler=batches))


def schedules():
    """Schedules without a warm-up, with a momentum, and with lengths that are none."""
    yield edge(param_scheduler=[{"type": "ConstantLR", "factor": 1.0, "end": 2}])
    yield edge(param_scheduler=[{"type": "LinearLR", "start_factor": 1.0, "end": 2}])
    restarts = {"type": "CosineRestartLR", "restart_weights": [1, 0.5], "eta_min": 0.0}
    yield edge(param_scheduler=[{**restarts, "periods": [2, 2]}])
    yield edge(param_scheduler=[{**restarts, "periods": [1.5, 2]}])
    warm = {"type": "LinearLR", "start_factor": 0.5, "by_epoch": False, "end": 3}
    momentum = {"type": "CosineAnnealingMomentum", "T_max": 3}
    sgd = {"optimizer": {"type": "SGD", "lr": 0.1, "momentum": 0.9}}
    yield edge(optim_wrapper=sgd, param_scheduler=[warm, momentum])
    own = {"type": "ExponentialParamScheduler", "param_name": "lr", "gamma": 0.9}
    yield edge(param_scheduler=[own])
    yield edge(param_scheduler=[{**warm, "by_epoch": "yes", "end": 2}])
    yield edge(param_scheduler=[{**warm, "end": 2.5}])
    converted = {**warm, "by_epoch": True, "end": 1, "convert_to_iter_based": True}
    yield edge(False, param_scheduler=[converted])
    for total in (3, 1):
        yield edge(param_scheduler=[{"type": "OneCycleLR", "eta_max": 0.1, "total_steps": total}])
    yield edge(param_scheduler=[{"type": "CosineAnnealingLR", "T_max": "3"}])
    yield edge(param_scheduler=[{"type": "LinearLR", "start_factor": 0, "end": 3}])
    yield edge(param_scheduler={"end": 2})


def built_on():
    """Configs that build on another file, which gives what they leave out."""
    whole = {"_delete_": True, "by_epoch": True, "max_epochs": 3}
    yield edge(_base_=["base.py"], train_cfg=whole, **VALIDATION)
    for train in ({"max_epochs": 3}, {"val_interval": 1}):
        yield edge(_base_=["epochs.py"], train_cfg=train, **VALIDATION)
    yield edge(_base_=["base.py"], train_cfg={"max_iters": 5})


def refusals():
    """Configs that the framework refuses, with what is done to an accepted one."""
    rng = random.Random(7)

    def base(by_epoch=True):
        drawn = config(rng, by_epoch=by_epoch, size=12)
        drawn["train_cfg"] = (
            {"by_epoch": True, "max_epochs": 3} if by_epoch else {"by_epoch": False, "max_iters": 6}
        )
        drawn["train_dataloader"].update(batch_size=3, sampler={"type": "DefaultSampler"})
        drawn["train_dataloader"].pop("num_batch_per_epoch", None)
        drawn["optim_wrapper"] = {"optimizer": {"type": "SGD", "lr": 0.1}}
        for key in ("param_scheduler", "default_hooks", "auto_scale_lr"):
            drawn.pop(key, None)
        return drawn

    def schedule(**entry):
        drawn = base(entry.pop("loop", True))
        drawn["param_scheduler"] = [entry]
        return drawn

    def train(by_epoch=True, **keys):
        drawn = base(by_epoch)
        drawn["train_cfg"].update(keys)
        return {**drawn, "train_cfg": {k: v for k, v in drawn["train_cfg"].items() if v != "none"}}

    def with_(section, **keys):
        drawn = base()
        drawn.setdefault(section, {}).update(keys)
        return drawn

    def without(*names):
        return {key: value for key, value in base().items() if key not in names}

    yield train(type="EpochBasedTrainLoop")
    yield train(max_iters=10)
    yield train(False, max_epochs=3)
    yield train(max_epochs=2.5)
    yield train(max_epochs="12")
    yield train(False, max_iters="12")
    yield train(max_epochs="none")
    yield train(val_intervall=2)
    yield {**base(), "train_cfg": {"max_epochs": 3}}
    yield with_("optim_wrapper", accumulative_counts=0)
    yield with_("optim_wrapper", accumulative_counts=-1)
    yield with_("optim_wrapper", accumulate=2)
    yield with_("optim_wrapper", optimizer={"type": "SGD", "lr": "1e-3"})
    yield with_("optim_wrapper", optimizer={"type": "SGD", "lr": -0.1})
    yield with_("train_dataloader", batch_size=0)
    yield with_("train_dataloader", batch_size="4")
    yield with_("auto_scale_lr", enable=True)
    yield without("optim_wrapper")
    yield without("train_dataloader")
    yield schedule(type="LinearLR", begin=5, end=5, by_epoch=False)
    yield schedule(type="LinearLR", begin=0, end=0, by_epoch=False)
    yield schedule(type="LinearLR", start_factor=1.5, end=2)
    yield schedule(type="LinearLR", start_factor=-0.1, end=2)
    yield schedule(type="ConstantLR", factor=2.0, end=2)
    yield schedule(type="CosineAnnealingLR", eta_min=0.001, eta_min_ratio=0.1)
    yield schedule(type="CosineRestartLR", periods=[1, 2], eta_min=0.0)
    yield schedule(type="LinearLR", end=2, by_epoch=False, convert_to_iter_based=True)
    yield schedule(type="MultiStepLR", millestones=[1])
    yield schedule(type="WarmupLR", end=2)
    yield schedule(end=2)
    yield schedule(type="OneCycleLR", eta_max=0.1, total_steps=5, by_epoch=False)
    yield with_("default_hooks", checkpoint={"type": "CheckpointHook", "save_begin": -1})
    yield with_("default_hooks", checkpoint={"type": "CheckpointHook", "intervall": 2})
    drawn = without("val_cfg", "val_evaluator")
    drawn["val_dataloader"] = dict(drawn["train_dataloader"])
    yield drawn
    for key, value in (("val_interval", 0), ("dynamic_intervals", [[2, 1]])):
        drawn = base()
        drawn["train_cfg"][key] = value
        drawn["val_dataloader"] = dict(drawn["train_dataloader"])
        drawn.update(val_cfg={}, val_evaluator={"type": "Steady"})
        yield drawn


def written(value):
    """A value in Python, with `dict(...)` as the configs of the OpenMMLab projects have it."""
    if isinstance(value, dict):
        return f"dict({', '.join(f'{key}={written(each)}' for key, each in value.items())})"
    if isinstance(value, list):
        return f"[{', '.join(map(written, value))}]"
    return repr(value)


def rows(seed):
    """All configs to run: number, processes, form, text, facts."""
    rng = random.Random(seed)
    for world, count in ((1, 70), (2, 27), (4, 14)):
        for _ in range(count):
            drawn = config(rng)
            yield drawn, world
    yield edge(train_dataloader=loader(sampler=None)), 2
    for drawn in (*edges(), *refusals()):
        yield drawn, 1
