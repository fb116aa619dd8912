"""TRL's mixtures of datasets: `datasets`, `fraction` and `test_split_size`.

The recipes of the alignment handbook write the same under `dataset_mixture`, with `weight`.

Sources: trl `scripts/utils.py:DatasetMixtureConfig`, `get_dataset`; datasets
`arrow_dataset.py:Dataset.train_test_split`.
"""

from __future__ import annotations

from schedlint.frameworks.transformers import held_out
from schedlint.reading.config import Config, Setting
from schedlint.reading.versions import Change
from schedlint.source import Mapping, Node, Sequence, value_of

MIXTURES = Change("trl", "0.22", "datasets is known, a mixture that the script loads")


def read(config: Config) -> None:
    """Which of the stored rows are trained on: all, or those that a mixture takes and leaves."""
    mixture = prefix(config)
    if mixture is None:
        config.relate(held_out.all_rows_train)
        if not config.has("dataset_mixer"):
            config.relate(held_out.kept_rows)
        return
    size = test_size(config, mixture)
    if size.value is None:
        config.relate(held_out.all_rows_train)
    held_out.split(config, size)
    refuse_split(config, size)
    datasets = config.setting(f"{mixture}datasets").value
    if isinstance(datasets, Sequence):
        read_shares(config, [item.value for item in datasets.items], mixture)


def prefix(config: Config) -> str | None:
    """Where a mixture stands in the config; None where there is none.

    An empty list is none: the script loads `dataset_name`.
    """
    if config.has("dataset_mixture.datasets"):
        return "dataset_mixture."
    datasets = config.setting("datasets")
    empty = isinstance(datasets.value, Sequence) and not datasets.value.items
    return "" if datasets.stated and not empty and config.since(MIXTURES) else None


def test_size(config: Config, mixture: str) -> Setting:
    """`test_split_size`; the parser makes text a float, which is a fraction and no count."""
    size = config.real(f"{mixture}test_split_size", text_counts=True)
    entry = size.entry
    if entry is not None and size.number is not None and isinstance(value_of(entry.value), str):
        return size._replace(value=float(size.number))
    return size


def refuse_split(config: Config, size: Setting) -> None:
    """A count of rows is 1 or more, a fraction is between 0 and 1."""
    number = size.number
    if number is None or (0 < number < 1) or (isinstance(number, int) and number >= 1):
        return
    config.refuse(size, "it must be a whole number of rows or a fraction between 0 and 1")


def read_shares(config: Config, datasets: list[Node], mixture: str) -> None:
    """Every row is kept where each dataset is taken whole, or where there is but one.

    `fraction` is a share of the mixture: that of a single dataset is the whole. The handbook's
    `weight` is a part of its dataset.
    """
    shares = [share for share in (_number(each, "fraction") for each in datasets) if share]
    if not mixture and 0 < len(shares) < len(datasets):
        config.refuse(config.setting("datasets"), "either all datasets have a fraction or none")
    alone = len(datasets) == 1 and not mixture
    if (alone or not shares) and all(_number(each, "weight") in (None, 1) for each in datasets):
        config.relate(held_out.kept_rows)


def _number(dataset: Node, key: str) -> object:
    entry = dataset.get(key) if isinstance(dataset, Mapping) else None
    return None if entry is None else value_of(entry.value)
