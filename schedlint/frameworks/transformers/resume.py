"""A run that goes on from a checkpoint, and what the checkpoint says of the run before.

The Trainer plans the steps anew from the config, and makes a new schedule for them; of the old one
the number of steps made is restored, and the rates of one step. From 4.36 to 5.1 the checkpoint's
batch size takes the place of the config's.

Sources: transformers `trainer.py:Trainer.train`, `_init_training_state` (before 5.0
`_inner_training_loop`), `_load_optimizer_and_scheduler`; `trainer_callback.py:TrainerState`.
Resumed with 4.57.6 and 5.23.0.
"""

from __future__ import annotations

import os
import re

from schedlint.plan import Word
from schedlint.project import find_folder
from schedlint.reading.config import Config, Setting
from schedlint.reading.framework import Named
from schedlint.reading.versions import Change
from schedlint.source import Document, Mapping, Scalar, value_of

STATE = "trainer-state"
FILE = "trainer_state.json"
KEY = "resume_from_checkpoint"

BATCH_RESTORED = Change(
    "transformers", "4.36", "on resume the checkpoint's batch size takes the config's place"
)
BATCH_OF_CONFIG = Change(
    "transformers",
    "5.2",
    "on resume the config's batch size counts (huggingface/transformers#43708)",
)
CHANGES = (BATCH_RESTORED, BATCH_OF_CONFIG)

WORDS = (
    Word("saved_step", "optimizer steps", "steps made when the checkpoint was written"),
    Word("saved_total_steps", "optimizer steps", "steps planned by the checkpoint's run", 1),
    Word("saved_epochs", "epochs", "epochs planned by the checkpoint's run, rounded up", 1),
)
_CHECKPOINT = re.compile(r"checkpoint-(\d+)")
_ENDLESS = 1 << 31
"""Epochs of a stream, which has none, are counted as the largest integer."""


def names(document: Document) -> tuple[Named, ...]:
    """The state file of the checkpoint that a config names; most lie outside the project."""
    given = said(document, KEY)
    if given is True:
        return latest(document)
    return (_state(given, KEY),) if isinstance(given, str) and given else ()


def latest(document: Document) -> tuple[Named, ...]:
    """The state file of the last checkpoint in `output_dir`."""
    output = said(document, "output_dir")
    folder = find_folder(output, document.path) if isinstance(output, str) and output else None
    try:
        found = [] if folder is None else os.listdir(folder)
    except OSError:  # no permission
        found = []
    steps = [int(number[1]) for number in map(_CHECKPOINT.fullmatch, found) if number]
    return (_state(f"{output}/checkpoint-{max(steps)}", "output_dir"),) if steps else ()


def said(document: Document, key: str) -> object:
    """The value of a key at the top; None where it is no scalar or not there."""
    root = document.root
    entry = root.get(key) if isinstance(root, Mapping) else None
    return value_of(entry.value) if entry and isinstance(entry.value, Scalar) else None


def _state(folder: str, key: str) -> Named:
    return Named(STATE, f"{folder}/{FILE}", key, expected=False)


def read(config: Config, batch: Setting, schedule: Setting | None) -> None:
    """State what the checkpoint says of its run.

    `batch` is the config's per device, `schedule` the one that is as long as the run, if it is.
    """
    state = config.companion(STATE)
    step, total = _count(state, "global_step"), _count(state, "max_steps")
    if state is None or step is None or total is None:
        return
    named = config.setting(KEY)
    config.fact("resumed_from", named if named.known else config.setting("output_dir"))
    saved = _count(state, "train_batch_size")
    if saved is not None and batch.number not in (None, saved.number) and _is_restored(config):
        _read_batch(config, batch, saved)
        return
    state.state("saved_step", step)
    state.state("saved_total_steps", total)
    epochs = _count(state, "num_train_epochs")
    if epochs is not None and (epochs.number or 0) < _ENDLESS:
        state.state("saved_epochs", epochs)
    if schedule is not None:
        config.fact("resumed_schedule", schedule)


def _count(state: Config | None, key: str) -> Setting | None:
    setting = None if state is None else state.setting(key)
    number = None if setting is None else setting.number
    return setting if isinstance(number, int) and number > 0 else None


def _is_restored(config: Config) -> bool:
    return config.since(BATCH_RESTORED) and not config.since(BATCH_OF_CONFIG)


def _read_batch(config: Config, batch: Setting, saved: Setting) -> None:
    """The saved batch is that of all devices of a process, which may have been several."""
    of_one, of_all = batch.number or 0, saved.number or 0
    if of_one < 1 or of_all % of_one:
        config.fact("resumed_batch", batch._replace(value=of_all))
