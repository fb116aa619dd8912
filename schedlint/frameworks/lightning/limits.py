"""How many batches a Lightning epoch takes: `limit_train_batches` and what goes before it.

Sources: lightning `pytorch/trainer/setup.py:_init_debugging_flags`, `_determine_batch_limits`.
"""

from __future__ import annotations

from schedlint.frameworks.lightning.layout import Kind, Layout
from schedlint.reading.config import Setting
from schedlint.source import UNKNOWN


def batch_limit(setting: Setting) -> int | float | None:
    """A number of batches, or a share of them up to 1.0; None where it is not known.

    A whole number above 1 is a count, however it is written (`_determine_batch_limits`).
    """
    number = setting.number
    if isinstance(number, float) and number > 1:
        return int(number) if number.is_integer() else None
    return number if isinstance(number, (int, float)) and number >= 0 else None


def fast_dev_run(layout: Layout) -> Setting | None:
    """How many batches `fast_dev_run` asks for; None where it is off.

    A switch for tests is taken to be off where this file does not have it, whatever composes it.
    """
    setting = layout.trainer.setting("fast_dev_run", default=False)
    if setting.value is UNKNOWN:
        return setting
    batches = int(setting.value) if isinstance(setting.value, int) else 0
    return setting._replace(value=batches) if batches > 0 else None


def overfit_batches(layout: Layout) -> Setting | None:
    """The batches that `overfit_batches` asks for; None where it is off."""
    setting = layout.trainer.real("overfit_batches", default=0.0, text_counts=layout.converts)
    return None if setting.number == 0 or setting.value is None else setting


def train_limit(layout: Layout) -> Setting:
    """`overfit_batches` goes before `fast_dev_run`, and that before `limit_train_batches`."""
    first = overfit_batches(layout) or fast_dev_run(layout)
    if first is not None:
        return first
    limit = layout.real("limit_train_batches", default=1.0)
    return limit._replace(value=1.0) if limit.value is None else limit


def may_be_all(layout: Layout, limit: Setting) -> bool:
    """Whether jsonargparse may read one batch as all of them.

    `Optional[Union[int, float]]` comes from Python's cache of types in the order in which somebody
    wrote it first: where that was `float` first, 1 becomes 1.0.
    """
    one = isinstance(limit.value, int) and limit.value == 1
    return one and layout.kind is not Kind.HYDRA and limit.key == "limit_train_batches"
