"""How many processes `trl` starts, by its own command line and accelerate's launcher."""

from __future__ import annotations

import argparse
import sys
from unittest import mock

import torch
import trl.cli
from accelerate.commands import launch
from draws import VERSION

GPUS = 8
"""GPUs of the machine that the launcher sees."""


def processes(kind: str) -> int:
    """All processes of `trl KIND --config train.yaml`; what the launcher refuses is raised."""
    seen: list[argparse.Namespace] = []
    if VERSION >= (0, 29):
        from trl.cli import accelerate_launcher

        start = accelerate_launcher.launch_training_script
        place = mock.patch.object(
            accelerate_launcher,
            "launch_training_script",
            lambda **told: start(**told, launch_command_fn=seen.append),
        )
    else:
        place = mock.patch.object(trl.cli, "launch_command", seen.append)
    with place, mock.patch.object(sys, "argv", ["trl", kind, "--config", "train.yaml"]):
        trl.cli.main()
    with (
        mock.patch.object(torch.cuda, "is_available", lambda: True),
        mock.patch.object(torch.cuda, "device_count", lambda: GPUS),
    ):
        args, _, _ = launch._validate_launch_command(seen[0])
    shared = args.use_deepspeed or args.multi_gpu or args.use_fsdp
    return int(args.num_processes) if shared else 1
