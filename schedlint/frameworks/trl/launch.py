"""The processes that the command `trl` starts, from keys that it hands to accelerate's launcher.

Keys of the file that the trainer does not know go to the launcher: `num_processes`, and
`accelerate_config`, which is a path or the name of a file that TRL ships. Arguments go before what
stands in that file.

Sources: trl `cli.py:main`, since 0.29 `cli/commands/training.py:TrainingCommand.run`;
`cli/accelerate_config.py`; `accelerate_configs/*.yaml`; accelerate
`commands/launch.py:_validate_launch_command`.
"""

from __future__ import annotations

from schedlint.plan import Interval
from schedlint.reading.config import Config
from schedlint.reading.versions import Change

SFT_HANDS_ON = Change(
    "trl", "0.18", "trl sft hands num_processes and accelerate_config to the launcher"
)
EVERY_COMMAND_HANDS_ON = Change(
    "trl", "0.29", "every command of trl hands num_processes and accelerate_config to the launcher"
)
CHANGES = (SFT_HANDS_ON, EVERY_COMMAND_HANDS_ON)

OF_SFT = (
    "dataset_text_field",
    "max_seq_length",
    "packing",
    "packing_strategy",
    "eval_packing",
    "completion_only_loss",
    "assistant_only_loss",
)
"""Keys that only supervised training has."""
SHIPPED = ("fsdp1", "fsdp2", "multi_gpu", "zero1", "zero2", "zero3")
"""Names of launcher files that TRL ships, all for eight processes."""
SHIPPED_ALONE = "single_gpu"
"""The one that starts a single process, whatever number is given."""


def is_sft(config: Config) -> bool:
    """Whether a key of the file belongs to supervised training."""
    return any(config.has(key) for key in OF_SFT)


def hands_on(config: Config) -> bool:
    """Whether the command gives the launcher its keys."""
    if not config.has("num_processes") and not config.has("accelerate_config"):
        return False
    if is_sft(config):
        return config.since(SFT_HANDS_ON)
    return config.since(EVERY_COMMAND_HANDS_ON)


def read(config: Config) -> None:
    """State the processes; what the launcher's own file claims is read already."""
    named = config.setting("accelerate_config")
    processes = config.whole("num_processes", text_counts=True)
    file = config.companion("accelerate")
    if named.value == SHIPPED_ALONE:
        config.claim("world_size", Interval.exactly(1), named)
    elif file is not None and file.setting("distributed_type").value in ("NO", False):
        return
    elif processes.known:
        claims = config.reading.claims
        claims[:] = [claim for claim in claims if claim.quantity != "world_size"]
        config.state("world_size", processes)
    elif named.value in SHIPPED:
        config.claim("world_size", Interval.exactly(8), named)
