"""Runs DeepSpeed's own config class, engine and schedules, alone and under the Trainer.

Only a virtual environment with the pinned packages runs this:
`python oracle.py --seed 0 --out tables/0.19.8.jsonl`. Everything goes through files, as a user's
configs do, and runs on the CPU. Building DeepSpeed's CPU operator takes a compiler and, once, a few
minutes.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import tempfile
import warnings
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

os.environ |= {
    "DS_ACCELERATOR": "cpu",
    "TOKENIZERS_PARALLELISM": "false",
    "HF_HUB_OFFLINE": "1",
    "OMP_NUM_THREADS": "1",
}

import batches
import elastic
import processes
import schedules
import trainer_draws
import under_trainer

PACKAGES = ("deepspeed", "transformers", "accelerate", "torch")
TRAINED = {1: 40, 2: 22, 4: 12}
"""Drawn configs that are trained under the Trainer, by the number of processes."""


def main():
    """Draw, run, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    out, seed = options.out.resolve(), options.seed
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as scratch:
        os.chdir(scratch)
        rows = [batches.row(*drawn) for drawn in batches.draws(random.Random(f"{seed} batches"))]
        if find_spec("deepspeed.elasticity"):
            drawn = elastic.draws(random.Random(f"{seed} elastic"))
            rows += [batches.row(*each) for each in drawn]
        drawn = list(schedules.draws(random.Random(f"{seed} schedules")))
        rows += processes.run(schedules.row, drawn, 1)
        for world, count in TRAINED.items():
            rng = random.Random(f"{seed} trainer {world}")
            drawn = list(trainer_draws.draws(rng, world, count))
            rows += processes.run(under_trainer.row, drawn, world)
        os.chdir(out.parent)
    write(out, seed, rows)


def write(out, seed, rows):
    """The table: a line that says how it was made, then a row a line."""
    packages = [f"{name}=={version(name).partition('+')[0]}" for name in PACKAGES]
    head = {"framework": "deepspeed", "packages": packages, "seed": seed, "rows": len(rows)}
    lines = (json.dumps(line, separators=(",", ":")) for line in (head, *rows))
    out.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
