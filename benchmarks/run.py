"""What a check costs, next to yamllint, to reading the YAML and to starting Python.

    python benchmarks/run.py [--runs N]

The commands to compare take turns, so that a machine that slows down slows all of them. Times are
CPU time (user and system); a ratio is the median over the rounds, each with its own two times.
The folder holds training configs of every framework in the corpus beside the checkout; without
it, copies of the repository's examples.
"""

from __future__ import annotations

import argparse
import csv
import json
import shutil
import subprocess
import sys
import tempfile
from collections import defaultdict
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from itertools import cycle, islice
from pathlib import Path
from statistics import median

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
CORPUS = ROOT.parent / "shared" / "corpus"
SMALL = HERE / "train.yaml"
FILES_PER_FRAMEWORK = 20
COPIES = 300
FEWEST_RUNS = 7

Commands = dict[str, list[str]]


@dataclass(frozen=True)
class Cost:
    """What one run of a command took: CPU time in milliseconds, peak memory in MB."""

    cpu_ms: float
    peak_mb: float


def python(*arguments: str | Path) -> list[str]:
    """Return the command line that gives `arguments` to the Python that runs the benchmark."""
    return [sys.executable, *map(str, arguments)]


def check(path: Path, *options: str) -> list[str]:
    """Return the command line that checks `path`."""
    return python("-m", "schedlint", "check", path, *options)


def yamllint(path: Path) -> Commands:
    """Return yamllint's command under its name; nothing where it is not installed."""
    if find_spec("yamllint") is None:
        return {}
    return {"yamllint": python("-m", "yamllint", "-d", "default", path)}


def cost(command: list[str]) -> Cost:
    """Run `command` once; findings (exit code 1) are no failure."""
    measured = subprocess.run(
        python("-I", "-S", HERE / "cost.py", *command), capture_output=True, text=True, check=True
    )
    code, seconds, peak = measured.stdout.split()
    if code not in ("0", "1"):
        sys.exit(f"exit code {code} from: {' '.join(command)}")
    return Cost(float(seconds) * 1e3, float(peak) / 1e6)


def measure(commands: Commands, runs: int) -> dict[str, list[Cost]]:
    """Run the commands in turn, `runs` rounds after one that only fills the caches."""
    for command in commands.values():
        cost(command)
    rounds = [{name: cost(command) for name, command in commands.items()} for _ in range(runs)]
    return {name: [each[name] for each in rounds] for name in commands}


def print_table(costs: dict[str, list[Cost]]) -> None:
    """Print one line a command; the first is the check that the others are compared with."""
    print(f"  {'command':<20}{'CPU ms':>9}{'check ÷ this':>15}{'peak MB':>10}")
    first = next(iter(costs.values()))
    for name, each in costs.items():
        cpu = median(run.cpu_ms for run in each)
        ratio = median(
            ours.cpu_ms / theirs.cpu_ms for ours, theirs in zip(first, each, strict=True)
        )
        peak = median(run.peak_mb for run in each)
        print(f"  {name:<20}{cpu:>9,.1f}{ratio:>15.3f}{peak:>10.1f}")


def checked_files(path: Path) -> str:
    """Check `path` once and say what was looked at; a check of nothing would prove nothing."""
    done = subprocess.run(
        check(path, "--output-format", "json"), capture_output=True, text=True, check=False
    )
    if done.returncode not in (0, 1) or not done.stdout:
        sys.exit(f"schedlint check {path} failed:\n{done.stderr}")
    report = json.loads(done.stdout)
    checked, findings = report["files"]["checked"], len(report["findings"])
    if not checked:
        sys.exit(f"schedlint check {path} recognised no file")
    return f"{checked:,} checked, {findings:,} findings"


def corpus_configs() -> list[Path]:
    """Return the YAML files of the corpus that are training configs, some for every framework."""
    by_framework = defaultdict(list)
    with (CORPUS / "MANIFEST.csv").open(encoding="utf-8", newline="") as manifest:
        for row in csv.DictReader(manifest):
            if row["label"] != "none" and row["file"].endswith(".yaml"):
                by_framework[row["label"]].append(CORPUS / row["file"])
    return [path for paths in by_framework.values() for path in paths[:FILES_PER_FRAMEWORK]]


def fill(folder: Path) -> str:
    """Copy the configs to be checked into `folder`; return where they come from."""
    if CORPUS.is_dir():
        for path in corpus_configs():
            target = folder / path.relative_to(CORPUS)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
        return "the corpus"
    examples = sorted((ROOT / "examples").rglob("*.yaml")) or [SMALL]
    for number, path in enumerate(islice(cycle(examples), COPIES)):
        shutil.copyfile(path, folder / f"{number:03}-{path.name}")
    return "copies of the examples"


def print_versions() -> None:
    """Print the versions that the figures belong to."""
    names = [f"Python {sys.version.split()[0]}"]
    for name in ("schedlint", "PyYAML", "yamllint"):
        try:
            names.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            names.append(f"{name} not installed")
    print(" · ".join(names))
    if find_spec("yamllint") is None:
        print("For the comparison with yamllint: python -m pip install yamllint")


def benchmark_small(runs: int) -> None:
    """Compare on one small config without a fault."""
    print(f"\none small config: {checked_files(SMALL)}")
    checks = {"schedlint check": check(SMALL), "check --fix": check(SMALL, "--fix")}
    bare = {"python -c pass": python("-c", "pass")}
    print_table(measure(checks | yamllint(SMALL) | bare, runs))


def benchmark_folder(runs: int) -> None:
    """Compare on a folder of several hundred configs."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        origin = fill(folder)
        count = sum(1 for _ in folder.rglob("*.yaml"))
        print(f"\na folder of {count:,} configs from {origin}: {checked_files(folder)}")
        compose = {"yaml.compose_all": python(HERE / "compose.py", folder)}
        print_table(measure({"schedlint check": check(folder)} | yamllint(folder) | compose, runs))


def main() -> None:
    """Print both comparisons."""
    parser = argparse.ArgumentParser(description="Compare what a check costs.")
    parser.add_argument("--runs", type=int, default=FEWEST_RUNS, help="rounds (at least 7)")
    runs = max(parser.parse_args().runs, FEWEST_RUNS)
    print_versions()
    print(f"CPU time, user and system: medians of {runs} rounds, the commands taking turns")
    benchmark_small(runs)
    benchmark_folder(runs)


if __name__ == "__main__":
    main()
