"""Processes that train together, and what a refusal says."""

from __future__ import annotations

import json
import logging
import os
import socket
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import torch
from accelerate.state import PartialState
from accelerate.utils import DistributedType
from deepspeed.runtime.config import DeepSpeedConfigError

REFUSALS = (AssertionError, TypeError, ValueError, ZeroDivisionError, DeepSpeedConfigError)
"""What DeepSpeed and transformers stop with."""
if find_spec("deepspeed.elasticity"):  # gone since 0.19.8
    REFUSALS = (*REFUSALS, import_module("deepspeed.elasticity.config").ElasticityError)


def run(row, drawn, world):
    """`row(config)` of each config in `world` processes at once; the first one's answers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    torch.multiprocessing.spawn(_of_rank, (row, drawn, world, port), nprocs=world)
    return json.loads(Path("rows.json").read_text(encoding="utf-8"))


def _of_rank(rank, row, drawn, world, port):
    os.environ |= {
        "RANK": str(rank),
        "LOCAL_RANK": str(rank),
        "WORLD_SIZE": str(world),
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": str(port),
    }
    torch.set_num_threads(1)
    # accelerate counts processes of DeepSpeed on accelerators only: here the CPU is one.
    PartialState._prepare_backend = lambda *_: ("gloo", DistributedType.MULTI_CPU)
    logging.disable(logging.CRITICAL)
    folder = Path(f"{world}-{rank}")
    folder.mkdir(exist_ok=True)
    os.chdir(folder)
    rows = [row(*each) for each in drawn]
    if rank == 0:
        Path("../rows.json").write_text(json.dumps(rows), encoding="utf-8")


def refusal(error):
    """The kind of an error and its first line; a list of mismatches is told on the lines below."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()] or [""]
    told = lines[0] if len(lines) == 1 else f"{lines[0]} {lines[1]}"
    return f"{type(error).__name__}: {told}"[:150]
