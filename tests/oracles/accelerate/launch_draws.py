"""Launch configs at random from a seed, with a DeepSpeed file for some."""

from __future__ import annotations

BASE = {"compute_environment": "LOCAL_MACHINE", "main_training_function": "main"}


def draws(rng):
    """Every kind of launch, then mistakes."""
    for _ in range(30):
        yield (plain(rng),)
    for _ in range(25):
        yield (parallel(rng),)
    for _ in range(4):
        yield (megatron(rng),)
    for _ in range(15):
        yield (with_stage(rng),)
    for _ in range(40):
        yield with_file(rng)
    for config in (*mistakes(), *quoted(), *over_machines()):
        yield (config,)
    yield from file_mistakes()


def plain(rng):
    """Nothing but processes."""
    kind = rng.choice(("NO", "MULTI_GPU", "MULTI_GPU", "FSDP", "MULTI_NPU"))
    config = {**BASE, "distributed_type": kind, **counted(rng)}
    if kind == "NO" and rng.random() < 0.5:
        config["num_machines"] = 1
        del config["num_processes"]
    if rng.random() < 0.5:
        config["mixed_precision"] = rng.choice(("no", "bf16", "fp16"))
    if rng.random() < 0.2:
        config["use_cpu"] = rng.random() < 0.5
    return config


def counted(rng):
    """Processes over machines, also where they do not divide."""
    machines = rng.choice((1, 1, 1, 2, 3))
    config = {"num_processes": rng.choice((1, 2, 3, 4, 7, 8, 16)), "num_machines": machines}
    if rng.random() < 0.5:
        config["machine_rank"] = 0
    if machines > 1:
        config |= {"main_process_ip": "10.0.0.1", "main_process_port": 29517}
    return config


def parallel(rng):
    """Ranks that share a model, mostly in numbers that fit."""
    sizes = {"dp_replicate": 1, "dp_shard": rng.choice((1, 2, 2, 2, 4)), "tp": 1, "cp": 1}
    sizes["dp_replicate"] = rng.choice((1, 1, 2))
    sizes[rng.choice(("tp", "cp"))] = rng.choice((1, 2, 4))
    total = 1
    for size in sizes.values():
        total *= size
    if rng.random() < 0.15:
        total += 1
    section = {f"parallelism_config_{name}_size": size for name, size in sizes.items()}
    defaults = {"cp_backend": "torch", "sp_size": 1, "sp_backend": "deepspeed"}
    section |= {f"parallelism_config_{name}": value for name, value in defaults.items()}
    section["parallelism_config_cp_comm_strategy"] = "allgather"
    return {
        **BASE,
        "distributed_type": "FSDP",
        "num_processes": total,
        "num_machines": 1,
        "fsdp_config": {"fsdp_version": 2},
        "parallelism_config": section,
    }


def megatron(rng):
    """Tensor and pipeline parallelism of Megatron-LM."""
    config = {**BASE, "distributed_type": "MEGATRON_LM", "num_machines": 1, "num_processes": 8}
    degrees = {"tp": rng.choice((1, 2, 4)), "pp": rng.choice((1, 2))}
    config["megatron_lm_config"] = {
        f"megatron_lm_{name}_degree": degree for name, degree in degrees.items()
    }
    return config


def with_stage(rng):
    """DeepSpeed without a file of its own."""
    section = {"zero_stage": rng.randrange(4)}
    if rng.random() < 0.8:
        section["gradient_accumulation_steps"] = rng.choice((1, 2, 4))
    if rng.random() < 0.5:
        section["gradient_clipping"] = 1.0
    return {**BASE, "distributed_type": "DEEPSPEED", "deepspeed_config": section, **standard(rng)}


def standard(rng):
    """One machine, or several that torchrun starts."""
    return {"num_processes": rng.choice((1, 2, 4, 8)), "num_machines": 1}


def with_file(rng):
    """DeepSpeed with a file of its own, with some of the batch sizes."""
    config = {**BASE, "distributed_type": "DEEPSPEED", **standard(rng)}
    config["deepspeed_config"] = {"deepspeed_config_file": "ds.json", "zero3_init_flag": False}
    micro, steps = rng.choice((1, 2, 4)), rng.choice((1, 1, 2, 3))
    whole = {
        "train_batch_size": micro * steps * config["num_processes"],
        "train_micro_batch_size_per_gpu": micro,
        "gradient_accumulation_steps": steps,
    }
    ds = {"zero_optimization": {"stage": rng.choice((0, 1, 2, 3))}}
    for key, number in whole.items():
        if rng.random() < 0.75:
            ds[key] = number
    if rng.random() < 0.2:
        ds["train_micro_batch_size_per_gpu"] = "auto"
    if "train_micro_batch_size_per_gpu" not in ds and "train_batch_size" not in ds:
        ds["train_batch_size"] = whole["train_batch_size"]
    return config, ds


def mistakes():
    """What the launcher refuses, each in one way, and what it takes though it looks odd."""
    two = {**BASE, "distributed_type": "MULTI_GPU", "num_processes": 2, "num_machines": 1}
    yield {**two, "gradient_accumulation_steps": 4}
    yield {**two, "batch_size": 4}
    yield {**BASE, "machine_rank": 0, "num_machines": 1, "num_processes": 2}
    yield {**BASE, "distributed_type": "MULTI_GPU", "num_machines": 1}
    yield {**two, "num_processes": -1}
    yield {**two, "num_processes": 0}
    yield {**two, "mixed_precision": False}
    yield {**two, "mixed_precision": "fp32"}
    yield {**two, "distributed_type": "DDP"}
    yield {**two, "gpu_ids": "0"}
    yield {**two, "gpu_ids": "0,1"}
    yield {**two, "dynamo_backend": "NO"}
    yield {**two, "fp16": True}
    yield {**two, "num_processes": 1}
    yield {**two, "distributed_type": False}
    yield {**two, "distributed_type": "NO"}
    yield {**two, "deepspeed_config": {"zero_stage": 2, "gradient_accumulation_steps": 4}}


def quoted():
    """Numbers in quotes, which pass through the environment, and what does not pass."""
    two = {**BASE, "num_processes": 2, "num_machines": 1}
    gpus = {"distributed_type": "MULTI_GPU"}
    yield {**two, **gpus, "num_processes": "4"}
    yield {**two, **gpus, "num_processes": "4", "num_machines": 2}
    yield {**two, **gpus, "num_machines": "1"}
    yield {**two, "distributed_type": "NO", "num_processes": "4"}
    yield {**two, "distributed_type": "FSDP", "num_processes": "4"}
    degrees = {"megatron_lm_tp_degree": "2", "megatron_lm_pp_degree": 1}
    yield {**two, "distributed_type": "MEGATRON_LM", "megatron_lm_config": degrees}
    for steps in ("4", "auto", "four"):
        section = {"zero_stage": "2", "gradient_accumulation_steps": steps}
        yield {**two, "distributed_type": "DEEPSPEED", "deepspeed_config": section}
    for size in ("2", 2, 2.0, None):
        yield sharing(tp=size)
    yield sharing(sp=2)


def sharing(**sizes):
    """Four processes, in pairs that share a model."""
    sizes = {"dp_replicate": 1, "dp_shard": 2, "tp": 1, "cp": 1, "sp": 1, **sizes}
    section = {f"parallelism_config_{name}_size": size for name, size in sizes.items()}
    section |= {"parallelism_config_cp_backend": "torch"}
    section |= {"parallelism_config_sp_backend": "deepspeed"}
    counts = {"distributed_type": "FSDP", "num_processes": 4, "num_machines": 1}
    return {**BASE, **counts, "fsdp_config": {"fsdp_version": 2}, "parallelism_config": section}


def over_machines():
    """DeepSpeed over machines that torchrun starts, also where they do not divide."""
    for count, machines in ((8, 2), (7, 2), (6, 3)):
        yield {
            **BASE,
            "distributed_type": "DEEPSPEED",
            "num_processes": count,
            "num_machines": machines,
            "machine_rank": 0,
            "main_process_ip": "10.0.0.1",
            "main_process_port": 29517,
            "deepspeed_config": {"deepspeed_multinode_launcher": "standard", "zero_stage": 2},
        }


def file_mistakes():
    """DeepSpeed files that accelerate refuses or that DeepSpeed does."""
    two = {**BASE, "distributed_type": "DEEPSPEED", "num_processes": 2, "num_machines": 1}
    named = {"deepspeed_config_file": "ds.json"}
    zero = {"zero_optimization": {"stage": 2}}
    yield {**two, "deepspeed_config": named}, {"train_batch_size": 8, "steps_per_print": 10}
    for key, value in (
        ("gradient_accumulation_steps", 1),
        ("gradient_clipping", 1.0),
        ("zero_stage", 2),
        ("offload_optimizer_device", "none"),
    ):
        yield {**two, "deepspeed_config": {**named, key: value}}, {"train_batch_size": 8, **zero}
    yield (
        {**two, "deepspeed_config": named, "mixed_precision": "bf16"},
        {"train_batch_size": 8, **zero},
    )
    yield {**two, "deepspeed_config": named}, {"train_batch_size": 9, **zero}
    batch = {"train_batch_size": 16, "train_micro_batch_size_per_gpu": 2}
    yield {**two, "deepspeed_config": named}, {**batch, **zero}
    yield {**two, "deepspeed_config": named}, {**batch, **zero, "gradient_accumulation_steps": 4}
    yield (
        {**two, "deepspeed_config": named},
        {**batch, **zero, "gradient_accumulation_steps": "auto"},
    )
