"""The batch sizes that DeepSpeed's config class works out, for any number of processes."""

from __future__ import annotations

import json
from pathlib import Path
from unittest import mock

from deepspeed import comm
from deepspeed.runtime.config import DeepSpeedConfig
from deepspeed.runtime.tensor_parallel.init_utils import load_ds_config
from processes import REFUSALS, refusal

TOTAL, MICRO, STEPS = (
    "train_batch_size",
    "train_micro_batch_size_per_gpu",
    "gradient_accumulation_steps",
)
WORLDS = (1, 2, 3, 4, 6, 8, 16, 24, 64)


def row(config, world):
    """One row: what the config class makes of the file."""
    told = {"file": "ds.json", "config": json.dumps(config), "assume": {"world_size": world}}
    path = Path("ds.json")
    path.write_text(told["config"], encoding="utf-8")
    with (
        mock.patch.object(comm, "get_world_size", lambda *group: world),
        mock.patch.object(comm, "get_rank", lambda *group: 0),
    ):
        try:
            read = DeepSpeedConfig(load_ds_config(str(path)))
        except REFUSALS as error:
            return told | {"refused": refusal(error)}
    return told | numbers(read)


def numbers(read):
    """The numbers in a config that was accepted; parts of a rank are kept apart."""
    ran = {
        "data_parallel_size": read.world_size,
        "global_batch_size": read.train_batch_size,
        "micro_batch_size": read.train_micro_batch_size_per_gpu,
        "gradient_accumulation_steps": read.gradient_accumulation_steps,
    }
    if not all(float(number).is_integer() for number in ran.values()):
        return {"ran": {}, "executed": ran, "sane": False}
    if read.steps_per_print:
        ran["log_interval"] = read.steps_per_print
    return {"ran": ran}


def draws(rng):
    """Configs with their number of processes: whole triples, broken ones, mistakes."""
    for _ in range(60):
        yield dressed(rng, triple(rng)), rng.choice(WORLDS)
    for _ in range(60):
        world = rng.choice(WORLDS)
        yield dressed(rng, fitting(rng, world)), world
    for _ in range(16):
        world, size = rng.choice((4, 6, 8)), rng.choice((1, 2, 3, 4))
        yield dressed(rng, {**fitting(rng, max(world // size, 1)), **shared(size)}), world
    for config in mistakes():
        yield {"zero_optimization": {"stage": 1}, **config}, 2


def fitting(rng, ranks):
    """Some of the numbers of a triple that multiplies up."""
    micro, steps = rng.choice((1, 2, 3, 4, 7, 16)), rng.choice((1, 1, 2, 3, 8))
    whole = {TOTAL: micro * steps * ranks, MICRO: micro, STEPS: steps}
    kept = rng.choice(((TOTAL, MICRO, STEPS), (TOTAL, MICRO), (TOTAL, STEPS), (MICRO, STEPS)))
    kept = rng.choice((kept, kept, (TOTAL,), (MICRO,)))
    return {
        key: rng.choice((number, number, float(number)))
        for key, number in whole.items()
        if key in kept
    }


def triple(rng):
    """Any numbers for any of the keys."""
    numbers = (1, 2, 3, 4, 5, 8, 12, 16, 30, 32, 64, 96, 100, 576)
    config = {}
    for key in (TOTAL, MICRO, STEPS):
        if rng.random() < 0.6:
            config[key] = rng.choice((*numbers, *numbers, 0, -4, None, 33.0))
    return config


def shared(size):
    """Ranks that share one sequence."""
    return {"sequence_parallel_size": size}


def dressed(rng, config):
    """The rest of a file, which says nothing of batches."""
    rest = {"zero_optimization": {"stage": rng.randrange(4)}}
    if rng.random() < 0.3:
        rest["steps_per_print"] = rng.choice((1, 10, 2000))
    if rng.random() < 0.3:
        rest["bf16"] = {"enabled": rng.random() < 0.5}
    if rng.random() < 0.3:
        rest["gradient_clipping"] = rng.choice((0.5, 1.0))
    return {**config, **rest}


def mistakes():
    """What is refused for other reasons than the batch sizes, and what is not."""
    batch = {TOTAL: 8}
    yield {**batch, "fp16": {"enabled": True}, "bf16": {"enabled": True}}
    yield {**batch, "fp16": {"enabled": True}, "bf16": {"enabled": False}}
    yield {**batch, "zero_optimization": {"stage": 4}}
    yield {**batch, "zero_optimization": {"stage": 2, "reduce_bucket": 1}}
    yield {**batch, "zero_optimization": {"stage": 2, "offload_optimizer": {"device": "gpu"}}}
    yield {**batch, "fp16": {"enabled": True, "los_scale": 0}}
    yield {**batch, "elasticity": {"enabled": True}}
    yield {**batch, "amp": {"enabled": True}}
    yield {**batch, "zero_optimization": True}
    yield {**batch, "zero_optimization": {"stage": "auto"}}
    yield {"train_batchsize": 8}
    yield {TOTAL: "8"}
    yield {TOTAL: 8, MICRO: "auto"}
    yield {TOTAL: "auto", MICRO: "auto", STEPS: "auto"}
