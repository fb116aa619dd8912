"""What an enabled section `elasticity` is refused for, in the versions that have it.

Sources: deepspeed 0.19.6 `elasticity/config.py:ElasticityConfig.__init__`;
`runtime/config.py:DeepSpeedConfig.__init__`.
"""

from __future__ import annotations

from collections.abc import Iterator

from schedlint.frameworks.deepspeed.zero import PACKAGE
from schedlint.reading.config import Config, Setting
from schedlint.reading.versions import Change
from schedlint.source import UNKNOWN, Sequence, value_of

ELASTICITY_GONE = Change(PACKAGE, "0.19.8", "elasticity, amp and other old sections are refused")

_BATCHES = ("train_batch_size", "train_micro_batch_size_per_gpu", "gradient_accumulation_steps")


def read_elasticity(config: Config) -> None:
    """Record it; where the section is gone, that is said of the whole of it."""
    if config.setting("elasticity.enabled").value is not True:
        return
    found = list(_refused(config))
    if found and not config.since(ELASTICITY_GONE):
        for setting, why in found:
            config.refuse(setting, why)


def _refused(config: Config) -> Iterator[tuple[Setting, str]]:
    """An elastic batch size takes no other beside it, not even null."""
    given = next((config.setting(key) for key in _BATCHES if config.has(key)), None)
    beside = config.setting("elasticity.ignore_non_elastic_batch_info").value
    if given is not None and beside in (None, False):
        yield given, "elasticity is enabled, which chooses the batch itself"
    sizes = config.setting("elasticity.micro_batch_sizes")
    if sizes.stated and not _are_sizes(sizes.value):
        yield sizes, "it is a list of positive whole numbers"
    least = config.setting("elasticity.min_gpus", default=1)
    most = config.setting("elasticity.max_gpus", default=10000)
    if least.number is not None and most.number is not None and least.number > most.number:
        yield (least if least.stated else most), f"{least.text}, but {most.text}"


def _are_sizes(node: object) -> bool:
    """Whether it may be a list of positive whole numbers."""
    if node is UNKNOWN:
        return True
    items = [value_of(item.value) for item in node.items] if isinstance(node, Sequence) else [None]
    return all(item is UNKNOWN or (isinstance(item, int) and item > 0) for item in items)
