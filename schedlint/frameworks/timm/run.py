"""Where a run of timm's `train.py` starts and ends, of all the epochs that its schedule has.

Sources: pytorch-image-models `train.py:main` (`start_epoch`, `resume`, `stop_epoch`).
"""

from __future__ import annotations

from schedlint.frameworks.timm import steps
from schedlint.frameworks.timm.arguments import STOP_EPOCH, count, has_argument
from schedlint.reading.config import Config, Setting


def read_run(config: Config) -> None:
    config.relate(steps.total_steps)
    if is_whole_run(config):
        config.relate(steps.total_epochs)
        return
    start, stop = count(config, "start_epoch"), _stop(config)
    config.state("start_epoch", start)
    if start.value is None and not _resumes(config):
        config.default("start_epoch", 0, "nothing is resumed: the run starts at epoch 0")
    config.state("stop_epoch", stop)
    config.relate(steps.end_epoch if stop.value is None else steps.end_at_stop)
    config.relate(steps.epochs_left)


def is_whole_run(config: Config) -> bool:
    """Whether all epochs of the schedule run, from the first to the last."""
    start = config.setting("start_epoch").value
    return start is None and _stop(config).value is None and not _resumes(config)


def stops_early(config: Config) -> bool:
    """Whether an epoch is given at which the run stops, whatever the schedule's length."""
    return _stop(config).value is not None


def _stop(config: Config) -> Setting:
    if not has_argument(config, STOP_EPOCH):
        return Setting("stop_epoch", None, default=True)
    return count(config, "stop_epoch")


def _resumes(config: Config) -> bool:
    """Whether a checkpoint tells where the run starts (or may do so)."""
    return config.setting("resume", default="").value not in (None, "", False)
