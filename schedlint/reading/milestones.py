"""Milestones of a stepwise schedule: the points of the run at which it lowers the rate."""

from __future__ import annotations

from schedlint.plan import Interval, Word
from schedlint.reading.config import Config, Setting
from schedlint.source import Sequence, value_of

WORDS = (
    Word("first_milestone", "optimizer steps", "step at which a schedule first lowers the rate"),
    Word("last_milestone", "optimizer steps", "step at which a schedule last lowers the rate"),
    Word("first_milestone_epoch", "epochs", "epoch in which a schedule first lowers the rate"),
    Word("last_milestone_epoch", "epochs", "epoch in which a schedule last lowers the rate"),
)


def read_milestones(
    config: Config, setting: Setting, *, in_epochs: bool, per_step: int = 1
) -> None:
    """Claim the first and the last of a list of whole numbers; anything else claims nothing.

    `per_step`: how many of what they count make an optimizer step.
    """
    config.fact("milestones", setting)
    numbers = _whole_numbers(setting.value)
    if numbers:
        unit = "_epoch" if in_epochs else ""
        first, last = (-(-number // per_step) for number in (min(numbers), max(numbers)))
        config.claim(f"first_milestone{unit}", Interval.exactly(first), setting)
        config.claim(f"last_milestone{unit}", Interval.exactly(last), setting)


def _whole_numbers(listed: object) -> list[int]:
    """The items of a list where all are whole numbers above 0; nothing otherwise."""
    if not isinstance(listed, Sequence):
        return []
    values = [value_of(item.value) for item in listed.items]
    numbers = [v for v in values if isinstance(v, int) and not isinstance(v, bool) and v > 0]
    return numbers if len(numbers) == len(values) else []
