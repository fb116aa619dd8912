"""Which groups of completions Axolotl refuses for GRPO, before TRL is asked.

Source: axolotl `utils/schemas/validation.py:check_grpo_batch_size_divisibility`; the number of
processes comes from `cli/config.py:load_cfg`.
"""

from __future__ import annotations

from schedlint.frameworks.axolotl.fields import count
from schedlint.frameworks.axolotl.versions import (
    GROUPS_FILL_A_BATCH,
    GROUPS_FILL_ALL_BATCHES,
    certainly_lacks,
)
from schedlint.plan import Number
from schedlint.reading.config import Config, Setting
from schedlint.source import UNKNOWN


def refuse(config: Config) -> None:
    """A group is of two at least, divides what is generated at once, and goes to every process."""
    group = count(config, "trl.num_generations")
    if config.word("rl").value != "grpo" or group.number is None:
        return
    if group.number < 2:
        config.refuse(group, "the completions of a prompt are compared: it takes 2 or more")
    elif not certainly_lacks(config, GROUPS_FILL_A_BATCH):
        refuse_batch(config, group, group.number)


def refuse_batch(config: Config, group: Setting, size: Number) -> None:
    """Until 0.21 it is the batch of one process that counts."""
    told, ranks = count(config, "trl.generation_batch_size"), config.told.get("world_size", 1)
    micro, steps = (
        count(config, key) for key in ("micro_batch_size", "gradient_accumulation_steps")
    )
    if UNKNOWN in (told.value, micro.value, steps.value):
        return
    held = (micro.number or 1) * (steps.number or 1) if told.number is None else told.number
    if held <= 0 or (held % size == 0 and held >= size * ranks):
        return
    by_all = config.since(GROUPS_FILL_ALL_BATCHES)
    if not by_all and not config.since(GROUPS_FILL_A_BATCH):
        return
    text = f"{micro.text}, {steps.text}" if told.number is None else told.text
    if by_all and told.number is None:
        held *= ranks
    if held % size == 0 and held < size * ranks:
        config.refuse(
            group, f"{held} completions ({text}) are no group for each of {ranks} processes"
        )
    elif held % size and not by_all and told.number is None:
        config.refuse(group, f"it does not divide {held} completions of a process ({text})")
