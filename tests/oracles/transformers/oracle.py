"""Runs the real `Trainer` on many small configs and writes what happened.

Only a virtual environment with the pinned transformers runs this:
`python oracle.py --seed 0 --out tables/4.57.6.jsonl`. Every config goes through a file and
`HfArgumentParser.parse_yaml_file`, as a user's does. Runs with two processes train under gloo.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import socket
import tempfile
import warnings
from importlib.metadata import version
from pathlib import Path

os.environ |= {
    "TOKENIZERS_PARALLELISM": "false",
    "HF_HUB_OFFLINE": "1",
    "OMP_NUM_THREADS": "1",
    "ACCELERATE_USE_CPU": "true",
}

import torch
from draws import draw, mistakes
from trained import train
from transformers.utils import logging

PACKAGES = ("transformers", "accelerate", "torch")
REFUSALS = (
    ArithmeticError,
    AttributeError,
    ImportError,
    LookupError,
    NameError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
)
"""How transformers stops; a failed assertion of the oracle's own is none of these."""
ROWS = {1: 195, 2: 42}
"""Drawn configs, by the number of processes; each mistake comes once more."""


def main():
    """Draw, run, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    release = tuple(map(int, version("transformers").split(".")[:2]))
    rows = []
    with tempfile.TemporaryDirectory() as scratch:
        out = options.out.resolve()
        for world, count in ROWS.items():
            rng = random.Random(f"{options.seed} {world}")
            drawn = list(mistakes(rng, world)) if world == 1 else []
            drawn += [draw(rng, world, release) for _ in range(count)]
            top = prepare(drawn, Path(scratch, str(world)))
            rows += in_one(drawn, top) if world == 1 else in_several(drawn, top, world)
        os.chdir(out.parent)
    write(out, options.seed, rows)


def write(out, seed, rows):
    """The table: a line that says how it was made, then a row a line."""
    packages = [f"{name}=={version(name).partition('+')[0]}" for name in PACKAGES]
    head = {"framework": "transformers", "packages": packages, "seed": seed, "rows": len(rows)}
    lines = (json.dumps(line, separators=(",", ":")) for line in (head, *rows))
    out.write_text("\n".join(lines) + "\n", encoding="utf-8")


def prepare(drawn, top):
    """A folder with its config file for every run, since several processes share it."""
    for number, (config, _) in enumerate(drawn):
        folder = top / str(number)
        folder.mkdir(parents=True)
        (folder / "train.yaml").write_text(json.dumps(config, indent=1), encoding="utf-8")
    return top


def in_one(drawn, top):
    """Run configs one after the other in this process, each in its folder."""
    torch.set_num_threads(1)
    logging.set_verbosity(logging.CRITICAL)
    warnings.simplefilter("ignore")
    rows = []
    for number, (config, assume) in enumerate(drawn):
        os.chdir(top / str(number))
        rows.append({"config": config, "assume": assume, **outcome(assume)})
    return rows


def in_several(drawn, top, world):
    """Run configs in `world` processes that train together."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    torch.multiprocessing.spawn(_of_rank, (drawn, top, world, port), nprocs=world)
    return json.loads((top / "rows.json").read_text(encoding="utf-8"))


def _of_rank(rank, drawn, top, world, port):
    os.environ |= {
        "RANK": str(rank),
        "LOCAL_RANK": str(rank),
        "WORLD_SIZE": str(world),
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": str(port),
    }
    rows = in_one(drawn, top)
    if rank == 0:
        (top / "rows.json").write_text(json.dumps(rows), encoding="utf-8")


def outcome(assume):
    """What came of the config file in this folder: what happened, or why it was refused."""
    try:
        return train("train.yaml", assume)
    except REFUSALS as error:
        return {"refused": f"{type(error).__name__}: {error}".splitlines()[0][:120]}


if __name__ == "__main__":
    main()
