"""Which files to look at: those that are named, and the likely ones below the folders that are
named.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import NamedTuple

SUFFIXES = (".yaml", ".yml", ".json", ".toml")
_PYTHON_CONFIG = re.compile(
    rb"^(?:train_cfg|optim_wrapper|param_scheduler|lr_config|optimizer_config|checkpoint_config"
    rb"|total_epochs)[ \t]*=",
    re.MULTILINE,
)
"""What the configs of MMEngine and MMCV assign, which are Python files; no other is a config."""
_LONGEST = 1_000_000
"""Bytes of a Python file that are looked at."""
_NOT_ENTERED = {"node_modules", "__pycache__", "site-packages", "venv", "env"}
_TRAINING = re.compile(
    r"^\W*(per_device_train_batch_size|gradient_accumulation_steps|micro_batch_size|num_train_epochs"
    r"|train_micro_batch_size_per_gpu|warmup_steps|learning_rate|num_epochs|max_steps)\W*:",
    re.MULTILINE,
)

_PLACEHOLDER = re.compile(
    r":[ \t]*(?:[A-Z][A-Z0-9]*_[A-Z0-9_]+|\{\{.*\}\}|\{%.*%\}|<\w+>|@\w+@)[ \t]*,?[ \t]*$",
    re.MULTILINE,
)
"""`"train_batch_size": GB_SIZE,`, `{{ batch }}`, `<batch>`, `@BATCH@`."""


class Candidate(NamedTuple):
    """A file to look at. `named`: the user has named it, so it is owed an answer."""

    path: str
    named: bool


def configs(paths: Sequence[str]) -> Iterator[Candidate]:
    """The files that are named, and the YAML, JSON and TOML files below the folders, sorted.

    A Python file comes where it is named, or assigns what OpenMMLab's configs do.

    Hidden folders, virtual environments and packages are not entered, symbolic links to folders not
    followed. A file comes once, however often it is named.
    """
    seen: set[tuple[str, str]] = set()
    real = cache(os.path.realpath)
    for path in paths:
        for candidate in _below(path) if os.path.isdir(path) else [Candidate(path, True)]:
            folder, name = os.path.split(candidate.path)
            key = (real(folder), name)
            if key not in seen:
                seen.add(key)
                yield candidate


def _below(folder: str) -> Iterator[Candidate]:
    for parent, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if _enters(parent, name))
        for name in sorted(files):
            path = os.path.normpath(os.path.join(parent, name))
            if name.lower().endswith(SUFFIXES) or (name.endswith(".py") and _is_config(path)):
                yield Candidate(path, False)


def _is_config(path: str) -> bool:
    """Whether a Python file looks like a config. One that cannot be opened was not asked for."""
    if not os.path.isfile(path):
        return False
    try:
        with open(path, "rb") as file:
            return _PYTHON_CONFIG.search(file.read(_LONGEST)) is not None
    except OSError:
        return False


def _enters(parent: str, name: str) -> bool:
    if name.startswith(".") or name in _NOT_ENTERED:
        return False
    return not os.path.exists(os.path.join(parent, name, "pyvenv.cfg"))


def looks_like_training(text: str) -> bool:
    """Whether a text that cannot be parsed names keys of a training config at a line's start."""
    return _TRAINING.search(text) is not None


def looks_like_template(text: str) -> bool:
    """Whether placeholders that something else fills in stand in a text where values go."""
    return _PLACEHOLDER.search(text) is not None
