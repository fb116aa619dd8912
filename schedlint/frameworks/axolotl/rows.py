"""How many samples the rows of an Axolotl config make.

Rows dropped for their length or for want of labels cannot be known: that none is dropped is an
assumption, which the proof names.

Sources: axolotl `utils/data/sft.py:_handle_train_dataset_split`, `_apply_dataset_sharding`,
`utils/data/rl.py:prepare_preference_datasets`,
`utils/data/shared.py:create_train_validation_split`.
"""

from __future__ import annotations

from schedlint.frameworks.axolotl import rounds
from schedlint.frameworks.axolotl.fields import Data, count, data, eval_data, validation
from schedlint.frameworks.transformers import held_out
from schedlint.reading.config import Config
from schedlint.source import Mapping, Sequence


def read_rows(config: Config) -> None:
    """Relate training and evaluation samples to the rows, where the file decides it."""
    kind, has_eval = data(config), eval_data(config)
    if has_eval.value is False:
        config.state("eval_dataset_size", has_eval._replace(value=0))
    if kind not in (Data.ROWS, Data.PREFERENCES) and not rounds.are_drawn(config):
        return
    if rows_are_filtered(config):
        return
    config.relate(held_out.kept_rows)
    if has_eval.value is False or has_eval.key == "test_datasets":
        config.relate(held_out.all_rows_train)
    elif has_eval.value is True:
        hold_out(config, kind)


def hold_out(config: Config, kind: Data | None) -> None:
    """Below 1 a fraction; above 1 a count, which preference data does not take."""
    size = validation(config)
    number = size.number or 0
    if 0 < number < 1:
        held_out.split(config, size)
    elif number > 1 and kind is Data.ROWS:
        held_out.split(config, size._replace(value=int(number)))


def rows_are_filtered(config: Config) -> bool:
    """Whether the file asks for fewer rows than there are."""
    if config.flag("dataset_exact_deduplication").value not in (None, False):
        return True
    if count(config, "dataset_shard_num").value not in (None, 0) and config.has(
        "dataset_shard_idx"
    ):
        return True
    datasets = config.setting("datasets").value
    items = datasets.items if isinstance(datasets, Sequence) else ()
    entries = (item.value for item in items)
    return any(isinstance(entry, Mapping) and entry.get("shards") for entry in entries)
