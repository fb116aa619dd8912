"""Configs of the Trainer, each with a DeepSpeed file beside it, at random from a seed."""

from __future__ import annotations

BATCH = ("train_batch_size", "train_micro_batch_size_per_gpu", "gradient_accumulation_steps")
DECAYING = ("WarmupDecayLR", "WarmupCosineLR")


def draws(rng, world, count):
    """Trainer config, DeepSpeed file, number of processes and number of samples."""
    if world == 1:
        for args, ds, size in mistakes():
            yield args, ds, world, size
    for _ in range(count):
        args = trainer(rng)
        size = rng.choice((1, 7, 16, 19, 40, 41, 64, 90))
        yield args, file(rng, args, world, size), world, size


def trainer(rng):
    """Arguments of the Trainer."""
    args = {
        "output_dir": "out",
        "per_device_train_batch_size": rng.choice((1, 2, 3, 4, 8)),
        "learning_rate": rng.choice((0.001, 0.002)),
        "deepspeed": "ds.json",
        "save_strategy": "no",
        "report_to": "none",
    }
    if rng.random() < 0.7:
        args["gradient_accumulation_steps"] = rng.choice((1, 2, 3, 4))
    if rng.random() < 0.3:
        args["max_steps"] = rng.choice((1, 5, 12, 30))
    else:
        args["num_train_epochs"] = rng.choice((1, 2, 3, 1.5, 0.4))
    if rng.random() < 0.6:
        args["warmup_steps"] = rng.choice((0, 1, 2, 3, 6, 0.1, 0.25))
    if rng.random() < 0.3:
        args["dataloader_drop_last"] = rng.random() < 0.6
    if rng.random() < 0.2:
        args["max_grad_norm"] = rng.choice((0.5, 1.0))
    if rng.random() < 0.2:
        args["weight_decay"] = rng.choice((0.0, 0.1))
    if rng.random() < 0.3:
        args["lr_scheduler_type"] = rng.choice(("cosine", "linear", "constant_with_warmup"))
    return args


def file(rng, args, world, size):
    """A DeepSpeed file that leaves to the Trainer, repeats or contradicts what it says."""
    micro, steps = args["per_device_train_batch_size"], args.get("gradient_accumulation_steps", 1)
    right = dict(zip(BATCH, (micro * steps * world, micro, steps), strict=True))
    ds = {"zero_optimization": {"stage": rng.choice((0, 1, 2))}}
    for key, number in right.items():
        if key != BATCH[2] or rng.random() < 0.9:
            set_one(rng, ds, key, number)
    if not set(ds) & set(BATCH[:2]):
        ds[BATCH[1]] = "auto"
    if rng.random() < 0.3:
        set_one(rng, ds, "gradient_clipping", args.get("max_grad_norm", 1.0))
    if rng.random() < 0.4:
        ds["optimizer"] = optimizer(rng, args)
    if rng.random() < 0.75:
        ds["scheduler"] = scheduler(rng, args, world, size)
    if rng.random() < 0.2:
        ds["bf16"] = {"enabled": "auto"}
    return ds


def set_one(rng, section, key, number, wrong=0.015):
    """Leave a key out, to the Trainer, or state a number, rarely another than the Trainer's."""
    draw = rng.random()
    if draw < wrong:
        section[key] = number + 1
    elif draw < 0.2:
        section[key] = number
    elif draw < 0.8:
        section[key] = "auto"


def optimizer(rng, args):
    """The section `optimizer`."""
    params = {"torch_adam": True}
    set_one(rng, params, "lr", args["learning_rate"])
    set_one(rng, params, "weight_decay", args.get("weight_decay", 0.0))
    set_one(rng, params, "eps", 1e-8, wrong=0)
    return {"type": "AdamW", "params": params}


def scheduler(rng, args, world, size):
    """The section `scheduler`; the literal horizon and warm-up are often the Trainer's own."""
    kind = rng.choice(("WarmupLR", *DECAYING, *DECAYING))
    params = {}
    total = planned(args, world, size)
    warmup = args.get("warmup_steps", 0)
    warmup = -int(-warmup * total // 1) if warmup < 1 else warmup
    if rng.random() < 0.9:
        params["warmup_num_steps"] = literal(rng, max(warmup, 1), 4)
    if kind in DECAYING:
        params["total_num_steps"] = literal(rng, max(total, 1), 25)
    if kind != "WarmupCosineLR":
        set_one(rng, params, "warmup_min_lr", 0, wrong=0)
        set_one(rng, params, "warmup_max_lr", args["learning_rate"])
    if rng.random() < 0.5:
        params["warmup_type"] = rng.choice(("log", "linear"))
    return {"type": kind, "params": params}


def literal(rng, right, wrong):
    """An `auto`, the number that the Trainer will have, or rarely another one."""
    return rng.choices(("auto", right, wrong), (60, 35, 5))[0]


def planned(args, world, size):
    """How many steps the Trainer will plan: a number that a file may state."""
    if args.get("max_steps", -1) > 0:
        return args["max_steps"]
    whole = size + (0 if args.get("dataloader_drop_last") else -1)
    batches = whole // (args["per_device_train_batch_size"] * world)
    batches += not args.get("dataloader_drop_last")
    steps = -(-batches // args.get("gradient_accumulation_steps", 1))
    return -int(-args["num_train_epochs"] * steps // 1)


def mistakes():
    """Files that do not fit the Trainer, each in one way, and some that do though they look odd."""
    args = {
        "output_dir": "out",
        "per_device_train_batch_size": 2,
        "gradient_accumulation_steps": 2,
        "learning_rate": 0.001,
        "max_steps": 10,
        "warmup_steps": 3,
        "deepspeed": "ds.json",
        "save_strategy": "no",
        "report_to": "none",
    }
    stage = {"zero_optimization": {"stage": 1}}
    auto = {**stage, **dict.fromkeys(BATCH, "auto")}
    adam = {"torch_adam": True}
    for ds in (
        {**auto, "train_batch_size": 8},
        {**auto, "train_micro_batch_size_per_gpu": 4},
        {**auto, "gradient_accumulation_steps": 1},
        {**auto, "gradient_clipping": 0.3},
        {**auto, "optimizer": {"type": "AdamW", "params": {"lr": 0.01, **adam}}},
        {**auto, "optimizer": {"type": "AdamW", "params": {"eps": 1e-6, **adam}}},
        {**auto, "optimizer": {"type": "AdamW", "params": {"weight_decay": 0.1, **adam}}},
        {**auto, "optimizer": {"type": "AdamW", "params": {"betas": [0.8, 0.99], **adam}}},
        {**auto, "scheduler": warming("WarmupLR", warmup_max_lr=0.01)},
        {**auto, "scheduler": warming("WarmupLR", warmup_num_steps=4)},
        {**auto, "scheduler": warming("WarmupDecayLR", total_num_steps=20)},
        {**auto, "scheduler": warming("WarmupDecayLR", warmup_num_steps="auto")},
        {**auto, "scheduler": warming("WarmupCosineLR", total_num_steps=10)},
        {**auto, "fp16": {"enabled": True}},
        {**auto, "bf16": {"enabled": True}},
        dict.fromkeys(BATCH, "auto"),
        {**stage, "train_batch_size": "auto"},
        {**stage, "train_micro_batch_size_per_gpu": "auto"},
        {**stage, "train_batch_size": "auto", "train_micro_batch_size_per_gpu": "auto"},
        {**stage, "train_micro_batch_size_per_gpu": 2, "gradient_accumulation_steps": None},
        {**stage, "gradient_accumulation_steps": "auto"},
        {**auto, "zero_optimization": {"stage": "auto"}},
        {**auto, "zero_optimization": {"stage": 1, "allgather_bucket_size": "auto"}},
    ):
        yield args, ds, 40
    yield (
        {**args, "warmup_steps": 0},
        {**auto, "scheduler": warming("WarmupLR", warmup_num_steps="auto")},
        40,
    )
    yield (
        {**args, "warmup_steps": 0},
        {**auto, "scheduler": warming("WarmupLR", warmup_num_steps=0)},
        40,
    )
    yield {**args, "accelerator_config": {"split_batches": True}}, auto, 40


def warming(kind, **params):
    """A section `scheduler`."""
    return {"type": kind, "params": params}
