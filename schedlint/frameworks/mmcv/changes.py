"""The differences between versions of MMCV 1.x, which goes by two names: with its own operators it
is mmcv-full.
"""

from __future__ import annotations

from schedlint.reading.config import Config
from schedlint.reading.versions import Change


def _either(version: str, what: str) -> tuple[Change, Change]:
    return Change("mmcv", version, what), Change("mmcv-full", version, what)


SAVE_LAST = _either("1.3.0", "CheckpointHook saves at the end of the run as well")
SHORT_PERIODS = _either("1.2.0", "CosineRestart raises at the end of its periods, not one behind")
CHANGES = (*SAVE_LAST, *SHORT_PERIODS)


def since(config: Config, change: tuple[Change, Change]) -> bool:
    """Whether the version in force has the change, whichever of the two names it goes by."""
    plain, full = change
    return config.since(full if config.decides(full) else plain)
