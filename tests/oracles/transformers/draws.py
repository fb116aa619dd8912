"""Configs for the oracle: every branch of the Trainer's arithmetic, its edges first."""

from __future__ import annotations

from math import ceil

SIZES = (1, 2, 3, 5, 7, 8, 11, 15, 16, 19, 25, 31, 40, 63, 64, 65, 100, 128)
BATCHES = (None, 1, 2, 3, 4, 5, 8, 16, 64)
GROUPS = (None, None, 1, 2, 2, 3, 4, 5, 8)
EPOCHS = (None, 0.1, 0.25, 0.5, 1, 1.0, 1.1, 1.5, 2, 2.5, 3, 3.7, 4, 5)
STEPS = (1, 2, 3, 5, 7, 10, 15, 20, 28)
INTERVALS = (1, 2, 3, 4, 5, 7, 10, 50, 1.0, 2.0, 0.1, 0.25, 0.3, 0.34, 0.5, 0.6, 0.9)
DELAYS = (0, 1, 2, 3, 5, 0.5, 1.2, 1.4, 50)
MOST_BATCHES = 120
"""Micro-batches per rank that a run may take: more teach nothing."""

SCHEDULES = (
    ("linear", {}),
    ("cosine", {}),
    ("cosine", {"num_cycles": 1.5}),
    ("cosine_with_restarts", {"num_cycles": 2}),
    ("polynomial", {"power": 2.0}),
    ("constant", {}),
    ("constant_with_warmup", {}),
    ("inverse_sqrt", {}),
    ("cosine_with_min_lr", {"min_lr": 0.0001}),
    ("cosine_with_min_lr", {"min_lr_rate": 0.1}),
    ("warmup_stable_decay", {"num_decay_steps": 2}),
    ("warmup_stable_decay", {"num_decay_steps": 2, "num_stable_steps": 3}),
)

MISTAKES = (
    {"fp16": True, "bf16": True},
    {"gradient_accumulation_steps": 0},
    {"gradient_accumulation_steps": -1},
    {"per_device_train_batch_size": 0},
    {"per_device_train_batch_size": -2},
    {"gradient_accumulation_steps": 2.5},
    {"eval_strategy": "steps", "eval_steps": 2.5},
    {"save_steps": 1.5},
    {"logging_steps": 2.5},
    {"save_steps": 0},
    {"save_steps": -1},
    {"eval_strategy": "steps", "logging_steps": 0},
    {"logging_steps": 0},
    {"logging_steps": 0, "logging_strategy": "epoch"},
    {"warmup_steps": -1},
    {"warmup_steps": 10.0},
    {"warmup_steps": 0.5},
    {"warmup_ratio": 1.5},
    {"warmup_ratio": -0.1},
    {"warmup_ratio": 0.1},
    {"load_best_model_at_end": True},
    {"load_best_model_at_end": True, "eval_strategy": "epoch"},
    {"load_best_model_at_end": True, "eval_strategy": "steps", "eval_steps": 2, "save_steps": 3},
    {"load_best_model_at_end": True, "eval_strategy": "steps", "eval_steps": 0.5, "save_steps": 2},
    {"load_best_model_at_end": True, "eval_strategy": "steps", "eval_steps": 2, "save_steps": 0.5},
    {
        "load_best_model_at_end": True,
        "eval_strategy": "steps",
        "eval_steps": 0.2,
        "save_steps": 0.5,
    },
    {
        "load_best_model_at_end": True,
        "eval_strategy": "steps",
        "eval_steps": 0.2,
        "save_steps": 0.4,
    },
    {"load_best_model_at_end": True, "eval_strategy": "steps", "eval_steps": 2, "save_steps": 4},
    {"load_best_model_at_end": True, "eval_strategy": "epoch", "save_strategy": "epoch"},
    {"load_best_model_at_end": True, "eval_strategy": "epoch", "save_strategy": "best"},
    {"save_strategy": "best", "eval_strategy": "epoch"},
    {"save_strategy": "best", "eval_strategy": "epoch", "metric_for_best_model": "loss"},
    {"eval_strategy": "stepz"},
    {"eval_strategy": False},
    {"save_strategy": False},
    {"logging_strategy": False},
    {"save_strategy": "never"},
    {"lr_scheduler_type": "linaer"},
    {"lr_scheduler_type": "reduce_lr_on_plateau"},
    {"lr_scheduler_type": "reduce_lr_on_plateau", "eval_strategy": "epoch"},
    {"lr_scheduler_type": "cosine_with_min_lr"},
    {
        "lr_scheduler_type": "cosine_with_min_lr",
        "lr_scheduler_kwargs": {"min_lr": 0.0001, "min_lr_rate": 0.1},
    },
    {"lr_scheduler_type": "warmup_stable_decay"},
    {"lr_scheduler_type": "polynomial", "lr_scheduler_kwargs": {"lr_end": 0.01}},
    {"lr_scheduler_type": "cosine", "lr_scheduler_kwargs": {"min_lr": 0.0001}},
    {"dataloader_prefetch_factor": 2},
    {
        "gradient_accumulation_steps": 2,
        "accelerator_config": {"gradient_accumulation_kwargs": {"num_steps": 2}},
    },
    {"learning_rate": "1e-3"},
    {"max_steps": "5"},
    {"max_steps": 5.5},
    {"max_steps": 10.0},
    {"num_train_epochs": "2"},
    {"warmup_step": 10},
    {"evaluation_strategy": "epoch"},
    {"max_steps": 0, "save_steps": 0.5},
    {"max_steps": 0},
    {"max_steps": -5},
    {"num_train_epochs": 0},
    {"num_train_epochs": -1},
    {"eval_strategy": "epoch", "no data": True},
    {"eval_on_start": True, "no data": True},
    {"optim": "adam"},
    {"dataloader_drop_last": True, "per_device_train_batch_size": 512},
    {"dataloader_drop_last": True, "per_device_train_batch_size": 512, "max_steps": 5},
)
"""What is refused by some version, or taken in another way than one would think."""


def mistakes(rng, world):
    """Every mistake once, on a base that has none."""
    for mistake in MISTAKES:
        config, assume = _base(rng.choice((19, 40)), world)
        config["num_train_epochs"] = 2
        config |= mistake
        if config.pop("no data", False):
            assume["eval_dataset_size"] = 0
        yield config, assume


def draw(rng, world, version):
    """One config with the facts of its run."""
    while True:
        config, assume = _base(rng.choice(SIZES), world)
        _batches(rng, config, world)
        _duration(rng, config)
        if _micro_batches(config, assume) <= MOST_BATCHES:
            break
    _schedule(rng, config, version)
    _cadence(rng, config, version)
    if not {"per_device_train_batch_size", "num_train_epochs"} & config.keys():
        # Output folder and learning rate alone tell no framework.
        config.setdefault("lr_scheduler_type", "linear")
    return config, assume


def _base(size, world):
    config = {"output_dir": "out", "learning_rate": 0.001}
    return config, {"world_size": world, "dataset_size": size, "eval_dataset_size": 4}


def _give(config, key, value):
    if value is not None:
        config[key] = value


def _batches(rng, config, world):
    _give(config, "per_device_train_batch_size", rng.choice(BATCHES))
    accumulation = rng.choice(GROUPS)
    if accumulation and rng.random() < 0.08:
        inner = {"num_steps": accumulation}
        config["accelerator_config"] = {"gradient_accumulation_kwargs": inner}
    else:
        _give(config, "gradient_accumulation_steps", accumulation)
    if rng.random() < 0.25:
        config["dataloader_drop_last"] = True
    if rng.random() < (0.25 if world > 1 else 0.05):
        config["accelerator_config"] = {"split_batches": True}


def _duration(rng, config):
    kind = rng.random()
    if kind < 0.55 or kind > 0.93:
        _give(config, "num_train_epochs", rng.choice(EPOCHS))
    if kind > 0.55:
        config["max_steps"] = rng.choice(STEPS)
    elif kind < 0.1:
        config["max_steps"] = -1


def _micro_batches(config, assume):
    """An upper bound of the micro-batches that the run takes on each rank."""
    accumulation = config.get("gradient_accumulation_steps", 1)
    inner = config.get("accelerator_config", {}).get("gradient_accumulation_kwargs", {})
    accumulation *= inner.get("num_steps", 1)
    if config.get("max_steps", -1) >= 0:
        return config["max_steps"] * accumulation
    per_epoch = ceil(assume["dataset_size"] / config.get("per_device_train_batch_size", 8))
    return ceil(config.get("num_train_epochs", 3)) * per_epoch


def _schedule(rng, config, version):
    if rng.random() < 0.6:
        name, kwargs = rng.choice(SCHEDULES)
        if name == "warmup_stable_decay" and version < (4, 47):
            # Before 4.47 both parts are needed.
            kwargs = {"num_stable_steps": 3, **kwargs}
        config["lr_scheduler_type"] = name
        if kwargs:
            config["lr_scheduler_kwargs"] = kwargs
    if rng.random() < 0.6:
        config |= _warmup(rng, version)


def _warmup(rng, version):
    steps = {"warmup_steps": rng.choice((0, 1, 2, 3, 5, 50))}
    if version >= (5,):
        fraction = {"warmup_steps": rng.choice((0.0, 0.03, 0.1, 0.25, 0.5, 0.9, 1.0, 1.2, 2.0))}
        return rng.choice((steps, fraction))
    ratio = {"warmup_ratio": rng.choice((0.0, 0.03, 0.07, 0.1, 0.25, 0.5, 1.0))}
    return rng.choice((steps, ratio, ratio, {**steps, **ratio}))


def _cadence(rng, config, version):
    strategy = rng.choice((None, "no", "steps", "steps", "steps", "epoch", "epoch"))
    old_name = version < (4, 51) and rng.random() < 0.2
    _give(config, "evaluation_strategy" if old_name else "eval_strategy", strategy)
    if strategy in ("steps", "epoch"):
        if strategy == "steps" and rng.random() < 0.85:
            config["eval_steps"] = rng.choice(INTERVALS)
        if rng.random() < 0.3:
            config["eval_delay"] = rng.choice(DELAYS)
    if rng.random() < 0.1:
        config["eval_on_start"] = True
    saving = rng.choice((None, "no", "steps", "steps", "epoch", "epoch"))
    _give(config, "save_strategy", saving)
    if saving in (None, "steps") and rng.random() < 0.8:
        config["save_steps"] = rng.choice(INTERVALS)
    if rng.random() < 0.4:
        config["logging_steps"] = rng.choice(INTERVALS)
    if rng.random() < 0.1:
        config["logging_strategy"] = rng.choice(("no", "epoch", "steps"))
    if rng.random() < 0.15:
        _best_model(rng, config)


def _best_model(rng, config):
    """Mostly with checkpoints that are evaluated, as the trainer asks."""
    config["load_best_model_at_end"] = True
    strategy = config.get("eval_strategy", config.get("evaluation_strategy"))
    if strategy in ("steps", "epoch") and rng.random() < 0.8:
        config["save_strategy"] = strategy
        if strategy == "steps":
            every = config.get("eval_steps", 500)
            config["save_steps"] = every * rng.choice((1, 2, 3)) if every >= 1 else every
