"""The configs that the oracle trains: edges first, then drawn ones."""

from __future__ import annotations

import random
from collections.abc import Iterator

Draw = dict[str, object]

BASE = {
    "model": "resnet18",
    "opt": "sgd",
    "sched": "cosine",
    "lr": 0.1,
    "epochs": 3,
    "batch_size": 4,
    "warmup_epochs": 1,
}


def draw(config: Draw, size: int = 22, world: int = 1) -> Draw:
    """One row to run; a value of None takes the argument out of the file."""
    merged = {name: value for name, value in {**BASE, **config}.items() if value is not None}
    return {"config": merged, "assume": {"world_size": world, "dataset_size": size}}


def rows(random_: random.Random, release: tuple[int, ...]) -> Iterator[Draw]:
    """Every row for a release of timm."""
    yield from _edges()
    yield from _schedules(release)
    yield from _groups()
    yield from _refused(release)
    if release >= (1, 0, 31):
        yield from _since_wsd()
    else:
        yield from _fractions()
    for _ in range(100):
        yield _drawn(random_, release)


def _edges() -> Iterator[Draw]:
    yield draw({})
    yield draw({"grad_accum_steps": 2})
    yield draw({"grad_accum_steps": 3, "sched_on_updates": True, "cooldown_epochs": 1})
    yield draw({"warmup_prefix": True})
    yield draw({"warmup_prefix": True, "warmup_epochs": 0})
    yield draw({"lr": None, "lr_base": 0.1, "grad_accum_steps": 2})
    yield draw({"lr": None, "lr_base": 0.001, "opt": "adamw"})
    yield draw({"lr": None, "lr_base": 0.001, "opt": "lamb", "lr_base_scale": "linear"}, world=3)
    yield draw({"lr": 0, "lr_base_size": 100})
    yield draw({"amp": True, "amp_dtype": "bfloat16"})
    yield draw({"lr": "5e-2", "epochs": "2", "batch_size": "5"})
    yield draw({"grad_accum_steps": 0})
    yield draw({"batch_size": 30})
    yield draw({"batch_size": 22})
    yield draw({"batch_size": 8}, size=22, world=3)
    yield draw({"batch_size": 7}, size=22, world=3)
    yield draw({"warmup_epochs": 4, "epochs": 2})
    yield draw({"warmup_epochs": None, "epochs": 6})
    yield draw({"warmup_epochs": 0})
    for interval in (1, 2, 3, 7):
        yield draw({"val_interval": interval, "epochs": 5})
        yield draw({"val_interval": interval, "epochs": 6, "start_epoch": 2})
        yield draw({"val_interval": interval, "epochs": 6, "start_epoch": 3, "warmup_epochs": 5})
    yield draw({"start_epoch": 3, "epochs": 3})
    yield draw({"start_epoch": 5, "epochs": 3})
    yield draw({"val_split": ""})
    for interval in (1, 2, 5, 9):
        yield draw({"recovery_interval": interval})
    for start in (0, 1, 4):
        yield draw({"start_epoch": start, "epochs": 5, "sched_on_updates": True})
    yield draw({"start_epoch": 1, "warmup_epochs": 3, "sched_on_updates": True}, size=30, world=2)
    yield draw({"recovery_interval": 2, "grad_accum_steps": 2})
    for size, world, repeats in ((22, 2, 3), (255, 2, 3), (256, 3, 3), (700, 3, 1.5), (21, 4, 1)):
        yield draw({"aug_repeats": repeats, "epochs": 2}, size, world)


def _schedules(release: tuple[int, ...]) -> Iterator[Draw]:
    """Every schedule with its own arguments and, where it has cycles, with several."""
    for kind in _endless(release):
        yield draw({"sched": kind, "cooldown_epochs": 2, "decay_epochs": 2.4})
        yield draw({"sched": kind, "warmup_prefix": True, "warmup_epochs": 2})
    yield draw({"sched": "multistep", "decay_milestones": [2, 5], "epochs": 6})
    for kind in ("cosine", "tanh", "poly"):
        for growth in (1.0, 1.1, 1.5, 2, 0.5):
            config = {"sched": kind, "lr_cycle_limit": 2, "lr_cycle_mul": growth}
            yield draw({**config, "epochs": 5, "cooldown_epochs": 1})
            yield draw({**config, "epochs": 5, "sched_on_updates": True})
            yield draw({**config, "lr_cycle_limit": 3, "warmup_prefix": True})
    yield draw({"lr_cycle_mul": 0})
    for limit in (0, 4):
        yield draw({"lr_cycle_limit": limit, "cooldown_epochs": 2})


def _endless(release: tuple[int, ...]) -> list[str]:
    """Schedules without an end. The oldest plateau does not run with the torch of today."""
    return ["step", "multistep", *(["plateau"] if release >= (1, 0, 12) else [])]


def _groups() -> Iterator[Draw]:
    """Batches that leave a short group to accumulate at the end of an epoch."""
    for count in (7, 10, 11, 14, 15, 23):
        for accumulation in (4, 5, 6, 8):
            for by_updates in (False, True):
                config = {"batch_size": 1, "grad_accum_steps": accumulation, "warmup_epochs": 2}
                yield draw({**config, "sched_on_updates": by_updates, "epochs": 4}, count)


def _refused(release: tuple[int, ...]) -> Iterator[Draw]:
    yield draw({"batch_size": 0})
    yield draw({"batch_size": -4})
    yield draw({"epochs": 0})
    yield draw({"epochs": -1, "sched": "tanh"})
    yield draw({"lr": None, "lr_base_size": 0})
    yield draw({"sched": "step", "decay_epochs": 0})
    yield draw({"sched": "plateau", "sched_on_updates": True})
    yield draw({"min_lr": -0.1})
    yield draw({"val_interval": 0})
    yield draw({"aug_repeats": 3})
    yield draw({"batch_size": 30, "sched_on_updates": True})
    yield draw({"epochs": "three"})
    yield draw({"batch_size": "4.0"})
    yield draw({"lr": "fast"})
    yield draw({"sched": "multistep", "decay_milestones": "2 4"})
    yield draw({"lr_cycle_limit": 2, "lr_cycle_mul": 1e200})
    if release >= (1, 0, 31):
        yield draw({"sched": "cosin"})
        yield draw({"sched": "wsd", "decay_epochs": 3})
        yield draw({"sched": "wsd", "epochs": 5, "warmup_epochs": 5, "decay_epochs": 1})
        yield draw({"sched": "rsqrt", "epochs": 5, "warmup_prefix": True, "decay_epochs": 6})
        yield draw({"sched": "wsd", "decay_epochs": 0})
        yield draw({"sched": "rsqrt", "warmup_epochs": 0, "decay_epochs": 1})
        yield draw({"sched": "wsd", "epochs": 3, "warmup_epochs": 4, "decay_epochs": 0.2})
    else:
        yield draw({"epochs": 2.5})
        yield draw({"cooldown_epochs": 0.5})
        if release >= (1, 0, 12):
            yield draw({"warmup_prefix": True, "warmup_epochs": 1.5})


def _since_wsd() -> Iterator[Draw]:
    """Schedules that 1.0.31 brought."""
    for kind in ("wsd", "rsqrt"):
        for prefix in (False, True):
            for length in (None, 1, 2, 0.5, 0.3):
                config = {"sched": kind, "epochs": 5, "warmup_prefix": prefix}
                config = {**config, "decay_epochs": 0.2 if length is None else length}
                yield draw({**config, "cooldown_epochs": 2})
                yield draw({**config, "sched_on_updates": True})
    for kind in ("constant", "none"):
        yield draw({"sched": kind, "cooldown_epochs": 2})
        yield draw({"sched": kind, "sched_on_updates": True, "grad_accum_steps": 2})
        yield draw({"sched": kind, "warmup_prefix": True, "warmup_epochs": 2})


def _fractions() -> Iterator[Draw]:
    """Fractions of an epoch, which a config file could give before its values were validated."""
    yield draw({"warmup_epochs": 1.5, "sched_on_updates": True, "grad_accum_steps": 5})
    yield draw({"warmup_prefix": "on"})
    yield draw({"aug_repeats": 0.5}, size=700, world=3)
    yield draw({"native_amp": True})
    yield draw({"sched_on_updates": "on", "lr_cycle_limit": 2, "lr_cycle_mul": 1.5})
    for warmup in (0.5, 1.5, 2.2):
        for accumulation in (1, 2):
            config = {"warmup_epochs": warmup, "grad_accum_steps": accumulation, "epochs": 4}
            yield draw(config)
            yield draw({**config, "sched_on_updates": True})


def _drawn(random_: random.Random, release: tuple[int, ...]) -> Draw:
    kinds = ["cosine", "tanh", "poly", *_endless(release)]
    if release >= (1, 0, 31):
        kinds += ["wsd", "rsqrt", "constant"]
    kind = random_.choice(kinds)
    epochs = random_.randint(1, 6)
    config: Draw = {
        "sched": kind,
        "epochs": epochs,
        "warmup_epochs": random_.choice((0, 1, 1, 2, 3)),
        "warmup_prefix": random_.random() < 0.4,
        "cooldown_epochs": random_.choice((0, 0, 1, 2)),
        "sched_on_updates": kind != "plateau" and random_.random() < 0.5,
        "batch_size": random_.randint(1, 6),
        "grad_accum_steps": random_.choice((1, 1, 2, 3, 4, 5, 7)),
        "val_interval": random_.choice((1, 1, 2, 3)),
        "lr_cycle_limit": random_.choice((1, 1, 1, 2, 3)),
        "lr_cycle_mul": random_.choice((1.0, 1.0, 1.0, 1.2, 2.0)),
        "amp": random_.random() < 0.5,
    }
    if kind in ("wsd", "rsqrt"):
        config |= {"epochs": epochs + 4, "decay_epochs": random_.choice((0.25, 1, 1))}
        config["warmup_epochs"] = max(1, int(config["warmup_epochs"]))  # type: ignore[call-overload]
    if random_.random() < 0.3:
        config |= {"lr": None, "opt": random_.choice(("sgd", "adamw", "lamb", "adafactor"))}
    world = random_.choice((1, 1, 2, 3))
    if release < (1, 0, 23):
        config["val_interval"] = 1
    return draw(config, random_.randint(8, 60), world)
