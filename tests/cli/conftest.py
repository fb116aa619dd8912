"""The command line as tests use it: in a folder of their own, with what it printed and how it
ended."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from typer.testing import CliRunner

from schedlint.cli.app import app


class Outcome(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    err: str


Schedlint = Callable[..., Outcome]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty project in which the test runs."""
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def schedlint(folder: Path) -> Schedlint:
    """Return a function that runs a command in the folder."""

    def run(*arguments: str | os.PathLike[str]) -> Outcome:
        result = CliRunner().invoke(app, [os.fspath(each) for each in arguments])
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Outcome(result.exit_code, result.stdout, result.stderr)

    return run


CLEAN = """\
output_dir: out
per_device_train_batch_size: 4
learning_rate: 2.0e-5
max_steps: 1000
warmup_steps: 10
save_steps: 100
"""

LONG_WARMUP = """\
output_dir: out
per_device_train_batch_size: 4
max_steps: 100
warmup_steps: 200
save_steps: 50
"""

OPEN = """\
output_dir: out
per_device_train_batch_size: 4
gradient_accumulation_steps: 4
num_train_epochs: 3.0
warmup_steps: 2000
save_steps: 50
"""


@pytest.fixture
def clean(folder: Path) -> Path:
    """Return a config in which nothing is wrong."""
    return _written(folder / "clean.yaml", CLEAN)


@pytest.fixture
def long_warmup(folder: Path) -> Path:
    """Return a config whose warm-up (line 4) is longer than its run (line 3)."""
    return _written(folder / "warmup.yaml", LONG_WARMUP)


@pytest.fixture
def open_config(folder: Path) -> Path:
    """Return a config that says nothing of processes and samples."""
    return _written(folder / "open.yaml", OPEN)


def _written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return Path(path.name)
