"""DeepSpeed's schedules, trained by its engine, with the learning rate of every optimizer step."""

from __future__ import annotations

import json
import math
from itertools import product
from pathlib import Path

import deepspeed
import torch
from processes import REFUSALS, refusal

WARMING = ("WarmupLR", "WarmupDecayLR", "WarmupCosineLR")
BATCH = {"train_micro_batch_size_per_gpu": 2, "zero_optimization": {"stage": 0}}


def row(config):
    """One row: a few steps of training on one process."""
    told = {"file": "ds.json", "config": json.dumps(config), "assume": {"world_size": 1}}
    Path("ds.json").write_text(told["config"], encoding="utf-8")
    try:
        return told | trained(config)
    except REFUSALS as error:
        return told | {"refused": refusal(error)}


def trained(config):
    """Numbers of a run that is long enough to see the schedule's turns."""
    model = torch.nn.Linear(1, 1)
    optimizer = None if "optimizer" in config else torch.optim.AdamW(model.parameters(), lr=0.002)
    engine, _, _, schedule = deepspeed.initialize(
        model=model, model_parameters=model.parameters(), optimizer=optimizer, config="ds.json"
    )
    ran = {
        "global_batch_size": engine.train_batch_size(),
        "micro_batch_size": engine.train_micro_batch_size_per_gpu(),
        "gradient_accumulation_steps": engine.gradient_accumulation_steps(),
    }
    kind, params = config["scheduler"]["type"], config["scheduler"].get("params", {})
    if kind in WARMING:
        return warmed(schedule, rates(engine, schedule.warmup_num_steps + 80), params, ran)
    if kind == "OneCycle":
        return cycled(schedule, rates(engine, int(schedule.total_size) + 20), params, ran)
    rates(engine, 5)
    return {"ran": ran}


def rates(engine, steps):
    """The learning rate of each of so many optimizer steps."""
    found = []
    while engine.global_steps < steps:
        batch = torch.ones(engine.train_micro_batch_size_per_gpu(), 1)
        engine.backward(engine(batch).square().mean())
        if engine.is_gradient_accumulation_boundary():
            found.append(engine.optimizer.param_groups[0]["lr"])
        engine.step()
    return found


def warmed(schedule, rates, params, ran):
    """Warm-up and horizon as the rates show them.

    The first two steps have the lowest rate. A logarithmic rise ends a step before a linear one,
    and a cosine a step before a line.
    """
    warmup, horizon = schedule.warmup_num_steps, getattr(schedule, "total_num_steps", None)
    ran["warmup_steps"] = warmup
    if horizon is not None:
        ran["decay_steps"] = horizon
    peak = first(rates, max(rates)) + 1
    executed = {"peak_step": peak, "peak": rates[peak - 1]}
    if horizon is not None and horizon <= warmup:
        return {"ran": ran, "executed": executed, "sane": False}
    if max(rates) > min(rates):
        ran["warmup_steps"] = peak - (2 if params.get("warmup_type") == "linear" else 1)
    if horizon is not None and len(rates) > horizon + 2 and max(rates) > min(rates):
        floor = first(rates, rates[-1], peak) + 1
        ran["decay_steps"] = floor - (1 if "Cosine" in type(schedule).__name__ else 2)
    return {"ran": ran, "executed": executed}


def first(rates, rate, start=0):
    """The index of a rate, but for the last digits that a logarithm leaves."""
    return next(k for k in range(start, len(rates)) if math.isclose(rates[k], rate, rel_tol=1e-9))


def cycled(schedule, rates, params, ran):
    """The first step has the lowest rate, then both halves follow.

    Without a falling half the peak itself is left out: then the plan counts.
    """
    peak = first(rates, max(rates))
    falls = schedule.second_step_size > 0
    ran["warmup_steps"] = peak if falls else int(schedule.first_step_size)
    if not (params.get("decay_step_size") and params.get("decay_lr_rate")):
        end = first(rates, rates[-1], peak)
        ran["decay_steps"] = end if falls else int(schedule.total_size)
    return {"ran": ran, "executed": {"peak_step": peak + 1}}


def draws(rng):
    """Schedules of every kind, and what they refuse."""
    for kind, steps, shape in product(WARMING, (1, 2, 3, 10, 37), ("log", "linear")):
        params = {"warmup_num_steps": steps, **rise(rng, kind)}
        if rng.random() < 0.8 or shape == "linear":
            params["warmup_type"] = shape
        if kind != "WarmupLR":
            params["total_num_steps"] = rng.choice((1, 5, 11, 20, 38, 40, 60, 75))
        yield (schedule(rng, kind, params),)
    yield (schedule(rng, "WarmupLR", {}),)
    yield (schedule(rng, "WarmupDecayLR", {"total_num_steps": 1010}),)
    yield (schedule(rng, "WarmupCosineLR", {"total_num_steps": 1020}),)
    for first, second in product((1, 2, 7, 20), (None, 0, 3, 20)):
        yield (schedule(rng, "OneCycle", cycle(rng, first, second)),)
    for kind, params in mistakes():
        yield (schedule(rng, kind, params),)


def rise(rng, kind):
    """The rates between which a schedule rises."""
    if kind == "WarmupCosineLR":
        return rng.choice(({}, {"warmup_min_ratio": 0.1}, {"cos_min_ratio": 0.05}))
    low = rng.choice((0, 0.0001))
    return rng.choice(({}, {"warmup_max_lr": 0.003}, {"warmup_min_lr": low, "warmup_max_lr": 0.01}))


def cycle(rng, first, second):
    """A cycle; `None` leaves the second half to the first."""
    params = {"cycle_min_lr": 0.0001, "cycle_max_lr": 0.01, "cycle_first_step_size": first}
    if second is not None or rng.random() < 0.5:
        params["cycle_second_step_size"] = second
    if rng.random() < 0.4:
        params |= {"decay_step_size": rng.choice((0, 4)), "decay_lr_rate": rng.choice((0, 0.5))}
    return params


def schedule(rng, kind, params):
    """A whole file with the schedule."""
    config = {**BATCH, "scheduler": {"type": kind, "params": params}}
    if rng.random() < 0.4:
        config["gradient_accumulation_steps"] = rng.choice((1, 2, 3))
    if rng.random() < 0.4:
        config["optimizer"] = {"type": "AdamW", "params": {"lr": 0.002, "torch_adam": True}}
    return config


def mistakes():
    """Parameters that a schedule does not take, and other names of schedules."""
    horizon, cycle = {"total_num_steps": 30}, {"cycle_min_lr": 0.0001, "cycle_max_lr": 0.01}
    for steps in (0, -5, 10.0, "auto", None):
        yield "WarmupLR", {"warmup_num_steps": steps}
    yield "WarmupCosineLR", {"warmup_num_steps": 0, **horizon}
    yield "WarmupDecayLR", {"warmup_num_steps": 5}
    yield "WarmupCosineLR", {"warmup_num_steps": 5}
    yield "WarmupLR", {"warmup_num_steps": 5, **horizon}
    yield "WarmupCosineLR", {"warmup_num_steps": 5, "warmup_max_lr": 0.01, **horizon}
    yield "WarmupDecayLR", {"warmup_steps": 5, **horizon}
    yield "OneCycle", {"cycle_first_step_size": 5}
    yield "OneCycle", {**cycle, "cycle_first_step_size": 0}
    yield "OneCycle", {**cycle, "cycle_first_step_size": 5, "cycle_second_step_size": -1}
    yield "LRRangeTest", {"lr_range_test_step_size": 5}
    yield "StepLR", {"step_size": 2}
    yield "CosineAnnealingLR", {"T_max": 10}
    yield "LinearWarmup", {"warmup_num_steps": 5}
