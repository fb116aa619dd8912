"""Keys that have another name today: the new one was there before the old one went."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from schedlint.frameworks import by_name, names
from schedlint.frameworks.lightning.refusals import ACCELERATORS, SHARES
from schedlint.reading.config import Instead, Setting
from schedlint.reading.versions import Lifetime, release
from schedlint.schemas import Section, section

RENAMED = [
    (name, old, new)
    for name in names()
    for old, new in by_name(name).renamed.items()
    if section(name) is not None
] + [("lightning", old, new) for old, new in SHARES.items()]
RENAMED += [("lightning", old, "devices") for old in ACCELERATORS]
RENAMED += [
    ("transformers", "warmup_ratio", "warmup_steps"),
    ("transformers", "adafactor", "optim"),
]


def sections(here: Section, depth: int = 4) -> Iterator[Section]:
    """A section and those below it."""
    yield here
    for name in set(here.names.values()) if depth else ():
        below = here.below(name)
        if below is not None:
            yield from sections(below, depth - 1)


def lifetimes(here: Section, name: str) -> tuple[Lifetime, ...]:
    """When a key of a section was there."""
    known = here.get(name)
    return () if known is None else known.lifetimes


@pytest.mark.parametrize(("framework", "old", "new"), RENAMED)
def test_the_new_name_was_there_when_the_old_one_went(framework: str, old: str, new: str) -> None:
    """As the released versions have it: no version knows neither of them."""
    whole = section(framework)
    assert whole is not None
    homes = [each for each in sections(whole) if old in each.names.values()]
    assert homes
    for home in homes:
        (*_, ended) = lifetimes(home, old)
        (*_, begun) = lifetimes(home, new)
        assert ended.until and not begun.until
        assert begun.since is None or release(begun.since) <= release(ended.until)


@pytest.mark.parametrize(
    ("framework", "old", "value", "instead"),
    [
        ("lightning", "gpus", 2, Instead("devices", beside=(("accelerator", "gpu"),))),
        ("lightning", "gpus", -1, Instead("devices", beside=(("accelerator", "gpu"),))),
        ("lightning", "gpus", 0, None),  # the processor, or nothing at all
        ("lightning", "gpus", 2.0, None),  # refused under either name
        ("lightning", "tpu_cores", 8, Instead("devices", beside=(("accelerator", "tpu"),))),
        ("lightning", "tpu_cores", -1, None),  # only 1, 8 or one core of a list
        ("lightning", "train_percent_check", 0.5, Instead("limit_train_batches", 0.5)),
        ("lightning", "train_percent_check", 1.0, Instead("limit_train_batches", 1.0)),
        ("lightning", "train_percent_check", 0, Instead("limit_train_batches", 0.0)),
        ("lightning", "train_percent_check", 1, None),  # all of it up to 0.7, then one batch
        ("lightning", "train_percent_check", 2, None),  # no share
        ("lightning", "overfit_pct", 0.0, Instead("overfit_batches", 0.0)),
        ("lightning", "overfit_pct", 0.5, None),  # validated on its own data up to 0.7, then not
        ("lightning", "nb_sanity_val_steps", 0, Instead("num_sanity_val_steps")),
        ("lightning", "nb_sanity_val_steps", -1, None),  # none at that time, today all
        ("lightning", "checkpoint_callback", False, Instead("enable_checkpointing")),
        ("lightning", "checkpoint_callback", None, None),  # on, off or refused, by version
        ("trl", "max_seq_length", 512, Instead("max_length")),
        ("trl", "max_seq_length", None, None),  # no limit up to 0.15, then the default
        ("transformers", "evaluation_strategy", None, None),  # the default; today it is refused
        ("transformers", "per_gpu_eval_batch_size", 4, Instead("per_device_eval_batch_size")),
        ("transformers", "per_gpu_eval_batch_size", 0, None),  # as good as not given
        ("transformers", "warmup_ratio", 0.1, Instead("warmup_steps")),
        ("transformers", "warmup_ratio", 0, Instead("warmup_steps")),
        ("transformers", "warmup_ratio", 1.0, None),  # the whole run, today a single step
        ("transformers", "adafactor", True, Instead("optim", "adafactor")),
        ("transformers", "adafactor", False, None),
        ("axolotl", "evaluation_strategy", "steps", None),  # still its key
    ],
)
def test_values_that_mean_the_same(
    framework: str, old: str, value: object, instead: Instead | None
) -> None:
    """Where the value alone would mean something else today, it is converted or left alone."""
    assert by_name(framework).instead_of(Setting(old, value)) == instead
