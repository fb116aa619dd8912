"""Runs accelerate's launcher and loaders on many small configs and writes what happened.

Only a virtual environment with the pinned packages runs this:
`python oracle.py --seed 0 --out tables/1.15.0.jsonl`. A launch config goes through the launcher's
own checks up to the processes that it would start, not further.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import random
import tempfile
import warnings
from importlib.metadata import version
from pathlib import Path

os.environ |= {
    "DS_ACCELERATOR": "cpu",
    "TOKENIZERS_PARALLELISM": "false",
    "HF_HUB_OFFLINE": "1",
    "OMP_NUM_THREADS": "1",
    "ACCELERATE_USE_CPU": "true",
}

import engine
import launch_draws
import launcher
import loaders
import torch

PACKAGES = ("accelerate", "transformers", "deepspeed", "torch")


def main():
    """Draw, run, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    out, seed = options.out.resolve(), options.seed
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as scratch:
        os.chdir(scratch)
        rows = [launcher.row(*each) for each in launch_draws.draws(random.Random(f"{seed} launch"))]
        rows += [loaders.row(*each) for each in loaders.draws(random.Random(f"{seed} loaders"))]
        rows += engine.rows(random.Random(f"{seed} engine"))
        os.chdir(out.parent)
    write(out, seed, rows)


def write(out, seed, rows):
    """The table: a line that says how it was made, then a row a line."""
    packages = [f"{name}=={version(name).partition('+')[0]}" for name in PACKAGES]
    head = {"framework": "accelerate", "packages": packages, "seed": seed, "rows": len(rows)}
    lines = (json.dumps(line, separators=(",", ":")) for line in (head, *rows))
    out.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
