"""The releases of Axolotl that differ in what the arithmetic and the checks ask for."""

from __future__ import annotations

from schedlint.reading.config import Config
from schedlint.reading.versions import Change

PACKAGE = "axolotl"
COUNTS_STEPS = Change(
    PACKAGE, "0.13", "a packed epoch makes at least one step; warmup_steps 0 counts as given"
)
ZERO_IS_NO_WARMUP = Change(PACKAGE, "0.10", "warmup_steps 0 and warmup_ratio 0 count as not given")
PARALLEL_DIVIDES = Change(
    PACKAGE,
    "0.15",
    "context and tensor parallelism divide the batch, before that they multiply the packed steps",
)
ONE_ATTENTION = Change(PACKAGE, "0.8.1", "only one of the attention flags may be given")
PATTERNS = Change(PACKAGE, "0.16", "lora_target_modules are checked to be regular expressions")
ATTENTION_BY_NAME = Change(
    PACKAGE,
    "0.17",
    "attn_implementation takes known names only, and no flag beside it",
)
UNSLOTH_GONE = Change(PACKAGE, "0.17", "unsloth_… keys are refused where they are on")
GROUPS_FILL_A_BATCH = Change(
    PACKAGE, "0.17", "GRPO: trl.num_generations divides the batch of one process"
)
GROUPS_FILL_ALL_BATCHES = Change(
    PACKAGE, "0.21", "GRPO: trl.num_generations divides the batch of all processes"
)


def has(config: Config, change: Change) -> bool:
    """Whether the version has a change; an unknown one is taken to be 0.13 or later.

    What came after 0.13 makes a branch where the version is not known.
    """
    if change.release <= COUNTS_STEPS.release and not config.decides(change):
        return True
    return config.since(change)


def certainly_lacks(config: Config, change: Change) -> bool:
    """Whether it is known that the version is an older one."""
    return config.decides(change) and not config.since(change)
