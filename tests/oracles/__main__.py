"""Make an oracle's table anew: `python -m tests.oracles transformers --version 4.57.6`.

An oracle is a folder with `oracle.py`, which only the virtual environment runs, and one pinned
`requirements/VERSION.txt` for each version. Adding a version is adding such a file and running
this."""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

FOLDER = Path(__file__).parent


def main() -> None:
    """Run the oracles that the command line names."""
    names = sorted(path.parent.name for path in FOLDER.glob("*/oracle.py"))
    parser = argparse.ArgumentParser(prog="python -m tests.oracles", description=__doc__)
    parser.add_argument("name", choices=names)
    parser.add_argument("--version", help="one version; all that have requirements without it")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--environments", type=Path, help="keep the virtual environments here")
    options = parser.parse_args()
    requirements = sorted((FOLDER / options.name / "requirements").glob("*.txt"))
    chosen = [path for path in requirements if options.version in (None, path.stem)]
    if not chosen:
        versions = ", ".join(path.stem for path in requirements)
        parser.error(
            f"{options.name} has no requirements/{options.version}.txt; there are {versions}"
        )
    for path in chosen:
        _run(options.name, path, options.seed, options.environments)


def _run(name: str, requirements: Path, seed: int, keep: Path | None) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        environment = (keep or Path(scratch)) / f"{name}-{requirements.stem}"
        python = _python(environment, requirements)
        table = FOLDER / name / "tables" / f"{requirements.stem}.jsonl"
        table.parent.mkdir(exist_ok=True)
        command = [python, FOLDER / name / "oracle.py", "--seed", str(seed), "--out", table]
        subprocess.run(list(map(str, command)), check=True)
        print(f"{table}: {len(table.read_text(encoding='utf-8').splitlines()) - 1} rows")


def _python(environment: Path, requirements: Path) -> Path:
    """The environment's interpreter; the environment is made where it is not there yet."""
    python = environment / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    if not python.exists():
        venv.create(environment, with_pip=True)
        install = [python, "-m", "pip", "install", "-q"]
        subprocess.run(list(map(str, [*install, "-r", requirements])), check=True)
        alone = requirements.parent.parent / "without_dependencies" / requirements.name
        if alone.exists():  # packages whose own pins ask for far more than the oracle imports
            subprocess.run(list(map(str, [*install, "--no-deps", "-r", alone])), check=True)
    return python


main()
