"""`trainer_state.json` of a checkpoint: what the Trainer wrote of a run that another goes on from.

It is read as a part of the run that names it (`resume.py`) and is no config by itself.

Source: transformers `trainer_callback.py:TrainerState`.
"""

from __future__ import annotations

from schedlint.reading.config import Config
from schedlint.reading.framework import Framework


class TrainerState(Framework):
    """The state file of a checkpoint."""

    name = "trainer-state"
    title = "The Trainer's state in a checkpoint"
    dialect = "json"
    versions = "4.46 to 5.23"

    def read(self, config: Config) -> None:
        """Nothing: alone it says what was, not what will be."""


FRAMEWORK = TrainerState()
