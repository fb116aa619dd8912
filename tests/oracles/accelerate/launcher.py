"""What `accelerate launch` makes of a config file: the processes, and what they are told."""

from __future__ import annotations

import json
import os
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

import yaml
from accelerate import ParallelismConfig
from accelerate.commands.launch import _validate_launch_command, launch_command_parser
from accelerate.utils import DeepSpeedPlugin, DistributedType
from accelerate.utils.launch import (
    prepare_deepspeed_cmd_env,
    prepare_multi_gpu_env,
    prepare_simple_launcher_cmd_env,
)
from deepspeed import comm
from deepspeed.runtime.config import DeepSpeedConfig
from torch.distributed.elastic.agent.server import WorkerSpec


def row(config, ds=None):
    """One row of the table."""
    text = config if isinstance(config, str) else yaml.safe_dump(config, sort_keys=False)
    told = {"file": "accelerate.yaml", "config": text}
    if ds is not None:
        told["files"] = {"ds.json": json.dumps(ds)}
        Path("ds.json").write_text(told["files"]["ds.json"], encoding="utf-8")
    try:
        return told | {"ran": launched(text)}
    except (AssertionError, AttributeError, TypeError, ValueError) as error:
        return told | {"refused": refusal(error)}


def refusal(error):
    """The kind of an error and its first line."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()] or [""]
    return f"{type(error).__name__}: {lines[0]}"[:150]


def launched(text):
    """Numbers of the run that a launch would start."""
    args, env = prepared(text)
    world = processes(args)
    with mock.patch.dict(os.environ, env):
        if args.use_deepspeed:
            return deepspeed_numbers(world)
        if args.use_megatron_lm:
            return {"world_size": world}
        if args.use_parallelism_config:
            return parallel_numbers(args, world)
    return {"world_size": world, "data_parallel_size": world}


def prepared(text):
    """The launcher's arguments after its checks, and the environment that it would set."""
    Path("accelerate.yaml").write_text(text, encoding="utf-8")
    command = ["--config_file", "accelerate.yaml", "train.py"]
    args, defaults, precision = _validate_launch_command(
        launch_command_parser().parse_args(command)
    )
    if args.use_deepspeed:
        fields = [*defaults.deepspeed_config, *(["mixed_precision"] if precision else [])]
        args.deepspeed_fields_from_accelerate_config = ",".join(fields)
        _, env = prepare_deepspeed_cmd_env(args)
    elif args.multi_gpu or args.use_fsdp or args.use_megatron_lm:
        env = prepare_multi_gpu_env(args)
    else:
        _, env = prepare_simple_launcher_cmd_env(args)
    return args, env


def processes(args):
    """All processes that start."""
    if not (args.use_deepspeed or args.multi_gpu or args.use_fsdp or args.use_megatron_lm):
        return 1
    local = int(args.nproc_per_node)
    # What torchrun asserts of them when it starts its agent.
    WorkerSpec("default", local, rdzv_handler=None, entrypoint=args.training_script)
    return local * int(getattr(args, "nnodes", 1))


def deepspeed_numbers(world):
    """Batch sizes where accelerate leaves none of them open."""
    config = DeepSpeedPlugin().deepspeed_config
    ran = {"world_size": world, "data_parallel_size": world}
    batch = ("train_batch_size", "train_micro_batch_size_per_gpu", "gradient_accumulation_steps")
    if "auto" in map(config.get, batch):
        if isinstance(steps := config[batch[2]], int):
            ran["gradient_accumulation_steps"] = steps
        return ran
    with (
        mock.patch.object(comm, "get_world_size", lambda *group: world),
        mock.patch.object(comm, "get_rank", lambda *group: 0),
    ):
        read = DeepSpeedConfig(config)
    return ran | {
        "global_batch_size": read.train_batch_size,
        "micro_batch_size": read.train_micro_batch_size_per_gpu,
        "gradient_accumulation_steps": read.gradient_accumulation_steps,
    }


def parallel_numbers(args, world):
    """Ranks that see different samples, of a config that fits the processes."""
    sizes = ParallelismConfig()
    sizes._validate_accelerator(
        SimpleNamespace(
            multi_device=True,
            num_processes=world,
            is_fsdp2=args.use_fsdp,
            distributed_type=DistributedType.FSDP if args.use_fsdp else DistributedType.MULTI_GPU,
        )
    )
    ran = {"world_size": world}
    return ran if sizes.sp_size > 1 else {**ran, "data_parallel_size": sizes.data_parallel_size}
