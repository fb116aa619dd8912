"""Versions of Lightning: the code is published under two names, and what changed in it.

What only grew stricter with a release has a change here; the sources are the releases themselves.
"""

from __future__ import annotations

from schedlint.frameworks.lightning.layout import Layout
from schedlint.reading.config import Config
from schedlint.reading.versions import Change

_NAMES = ("lightning", "pytorch-lightning")


def _since(version: str, what: str) -> tuple[Change, ...]:
    return tuple(Change(name, version, what) for name in _NAMES)


STOPS_AFTER_VALIDATION = _since("0.8", "EarlyStopping looks at its metric after a validation")
CHECKED = _since("1.5", "the Trainer and its callbacks refuse more numbers that make no sense")
CHECKED_MORE = _since("1.6", "EarlyStopping needs a monitor; enable_progress_bar excludes a bar")
REMOVED = _since("2.0", "arguments of 1.x are gone, such as gpus and resume_from_checkpoint")
BY_TIME = _since("2.6", "val_check_interval may be a time")
CHANGES = (*STOPS_AFTER_VALIDATION, *CHECKED, *CHECKED_MORE, *REMOVED, *BY_TIME)

_OF_1_5 = (
    "strategy",
    "enable_checkpointing",
    "enable_progress_bar",
    "enable_model_summary",
    "detect_anomaly",
    "inference_mode",
    "use_distributed_sampler",
)
"""Arguments of the Trainer that came with 1.5 or later."""


def change_in_force(config: Config, changes: tuple[Change, ...]) -> Change:
    """Of a change to code that is published under two names, the one whose version is known."""
    return next((each for each in changes if config.decides(each)), changes[0])


def since_any(config: Config, changes: tuple[Change, ...]) -> bool:
    """Whether the version in force has the change, under whatever name."""
    return config.since(change_in_force(config, changes))


def known_before(config: Config, changes: tuple[Change, ...]) -> bool:
    """Whether the version in force is told, and older than the change."""
    change = change_in_force(config, changes)
    return config.decides(change) and not config.since(change)


def checks(layout: Layout) -> bool:
    """Whether the version in force checks as 1.5 does.

    An older one refuses a file with an argument that it does not know: it is refused either way.
    """
    return any(map(layout.trainer.has, _OF_1_5)) or since_any(layout.config, CHECKED)
