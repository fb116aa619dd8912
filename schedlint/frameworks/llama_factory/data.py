"""The datasets of a LLaMA-Factory config that lie in the project, counted.

`dataset` names entries of `dataset_info.json` in `dataset_dir`. Rows are counted where every named
entry is a local JSON or JSON Lines file of the project, small enough to be read while one waits;
otherwise nothing is said. Data is parsed, never run.

Sources: llamafactory `data/parser.py:get_dataset_list`, `data/loader.py:_load_single_dataset`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from schedlint.project import find_named
from schedlint.source import UNKNOWN, Mapping, Node, ReadError, read, value_of

INFO = "dataset_info.json"
MAX_BYTES = 8 << 20
"""Larger data files are not read: a linter must not take longer than the question is worth."""
ELSEWHERE = ("hf_hub_url", "ms_hub_url", "om_hub_url", "script_url", "cloud_file_name")
"""Keys of an entry that is not a local file."""


def kept_rows(names: Sequence[str], folder: str, config: str, cap: int | None) -> int | None:
    """How many rows a run takes of the named datasets, at most `cap` of each; None if unknown.

    `folder` is the `dataset_dir`, `config` the path of the config that names it.
    """
    info = find_named(os.path.join(folder, INFO), config)
    if info is None:
        return None
    entries = _entries(info, *_state(info))
    total = 0
    for name in names:
        rows = _rows_of(entries.get(name), Path(info).resolve().parent, config)
        if rows is None:
            return None
        total += rows if cap is None else min(rows, cap)
    return total


def _state(path: str) -> tuple[int, int]:
    """What changes when a file is written again: what was read of it is kept until then."""
    state = os.stat(path)
    return state.st_size, state.st_mtime_ns


@lru_cache(maxsize=8)
def _entries(info: str, size: int, changed: int) -> dict[str, Node]:
    """The entries of a `dataset_info.json`; none where it cannot be read."""
    try:
        root = read(info).documents[0].root
    except ReadError:
        return {}
    if not isinstance(root, Mapping):
        return {}
    return {name: entry.value for name, entry in root.effective().items()}


def _rows_of(entry: Node | None, folder: Path, config: str) -> int | None:
    """The rows of one entry of `dataset_info.json`, `num_samples` counted as the loader does."""
    if not isinstance(entry, Mapping) or any(entry.get(key) is not None for key in ELSEWHERE):
        return None
    said = {name: value_of(found.value) for name, found in entry.effective().items()}
    file, split = said.get("file_name"), said.get("split", "train")
    if not isinstance(file, str) or split != "train" or UNKNOWN in said.values():
        return None
    path = find_named(str(folder / file), config)
    if path is None or not path.endswith((".json", ".jsonl")):
        return None
    wanted = said.get("num_samples")
    if wanted is not None:
        return wanted if isinstance(wanted, int) and wanted > 0 else None
    return _count(path, *_state(path))


@lru_cache(maxsize=64)
def _count(path: str, size: int, changed: int) -> int | None:
    """The rows of a JSON list of objects or of JSON Lines; None for anything else."""
    if size > MAX_BYTES:
        return None
    try:
        text = Path(path).read_text(encoding="utf-8")
        if text.lstrip().startswith("["):
            rows = json.loads(text)
        else:
            rows = [json.loads(line) for line in text.splitlines() if line.strip()]
    except (OSError, ValueError, RecursionError):
        return None
    return len(rows) if all(isinstance(row, dict) for row in rows) else None
