"""Elastic batch sizes, which DeepSpeed works out itself up to 0.19.7; `batches.row` runs them."""

from __future__ import annotations

MICRO_BATCHES = ([1], [4], [2, 4, 6], [3, 5], [2, 3, 7], [8, 12, 16, 17], [6, 4, 2], [4, 4, 8])
ZERO = {"zero_optimization": {"stage": 1}}


def draws(rng):
    """Sections with their number of processes: of both versions, then mistakes."""
    for _ in range(32):
        yield file(section(rng)), rng.choice((1, 2, 3, 4, 6, 8, 12, 30))
    for _ in range(4):
        yield file({**section(rng), "version": rng.choice((0.2, None))}), rng.choice((1, 2, 4, 7))
    for config in mistakes():
        yield {**ZERO, **config}, 2


def file(section):
    """A whole file; a version of None is left to the default."""
    return {**ZERO, "elasticity": {k: v for k, v in section.items() if v is not None}}


def section(rng):
    """A section of the version that chooses the same for all numbers of processes.

    The limits lie below, at and above what the micro batches have in common.
    """
    found = {
        "enabled": True,
        "max_train_batch_size": rng.choice((10, 42, 64, 100, 500, 2000, 10_000, 816)),
        "micro_batch_sizes": rng.choice(MICRO_BATCHES),
        "version": 0.1,
    }
    if rng.random() < 0.4:
        found["min_gpus"] = rng.choice((1, 2, 4))
    if rng.random() < 0.6:
        found["max_gpus"] = rng.choice((4, 8, 64, 1500))
    if rng.random() < 0.4:
        found["prefer_larger_batch"] = rng.random() < 0.3
    return found


def mistakes():
    """What is refused, each in one way, and what is taken though it looks odd."""
    right = {"enabled": True, "max_train_batch_size": 2000, "micro_batch_sizes": [3, 5]}
    right |= {"max_gpus": 8, "version": 0.1}
    total = {"train_batch_size": 1000}
    yield {"elasticity": right, **total}
    yield {"elasticity": {**right, "ignore_non_elastic_batch_info": True}, **total}
    yield {"elasticity": {**right, "enabled": False}, **total}
    yield {"elasticity": {key: right[key] for key in right if key != "enabled"}, **total}
    for key, value in (
        ("max_train_batch_size", 4),
        ("micro_batch_sizes", [3, "auto"]),
        ("micro_batch_sizes", [3, -5]),
        ("micro_batch_sizes", 3),
        ("min_gpus", 9),
        ("max_gpus", 1),
        ("max_gpus", "auto"),
        ("model_parallel_size", 2),
        ("version", 0.3),
        ("max_train_batch_size", 2000.0),
    ):
        yield {"elasticity": {**right, key: value}}
