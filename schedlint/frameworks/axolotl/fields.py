"""What the keys of an Axolotl config say that several parts of its arithmetic ask for.

Sources: axolotl `utils/schemas/config.py:AxolotlInputConfig`, `utils/data/sft.py:prepare_datasets`,
`core/builders/causal.py:HFCausalTrainerBuilder.build`, `core/builders/rl.py`.
"""

from __future__ import annotations

import re
from enum import Enum

from schedlint.reading.config import Config, Setting
from schedlint.source import UNKNOWN, Sequence

WHOLE_TEXT = re.compile(r"\s*[+-]?\d+(\.0*)?\s*")
"""Text that pydantic takes for an integer."""


class Data(Enum):
    """What the training data is, as far as the count of steps depends on it."""

    ROWS = "rows"
    PACKED = "packed rows"
    STREAM = "a stream"
    PREFERENCES = "preferences"
    PROMPTS = "prompts that completions are generated for"


def count(config: Config, *keys: str, default: int | None = None) -> Setting:
    """An integer field: pydantic converts `"8"`, but not `"1e3"`."""
    text = config.setting(*keys).value
    converts = not isinstance(text, str) or WHOLE_TEXT.fullmatch(text) is not None
    return config.whole(*keys, default=default, text_counts=converts)


def epochs(config: Config) -> Setting:
    return config.real("num_epochs", default=1.0, text_counts=True)


def max_steps(config: Config) -> Setting:
    """`max_steps`; null and 0 count as not given."""
    setting = count(config, "max_steps")
    return setting._replace(value=0) if setting.value is None else setting


def accumulation(config: Config) -> Setting:
    """`gradient_accumulation_steps`; null and 0 (both shown as 0) leave it to `batch_size`."""
    setting = count(config, "gradient_accumulation_steps", default=1)
    return setting._replace(value=0) if setting.value is None else setting


def finds_batch_size(config: Config) -> bool:
    """Whether the Trainer may take a smaller micro-batch than the file says.

    Only `HFCausalTrainerBuilder.build` hands the key on.
    """
    supervised = config.word("rl").value in (None, UNKNOWN)
    return supervised and config.flag("auto_find_batch_size").value not in (False, None)


def shares_model(config: Config) -> bool:
    """Whether several processes may share one copy of the model."""
    keys = ("context_parallel_size", "sequence_parallel_degree", "tensor_parallel_size")
    return any(count(config, key).value not in (None, 0, 1) for key in keys)


def data(config: Config) -> Data | None:
    """What the training data is; None where that cannot be known."""
    task = config.word("rl").value
    if task is UNKNOWN:
        return None
    if task:
        return Data.PROMPTS if task in ("grpo", "ebft") else Data.PREFERENCES
    stream, packing = streaming(config).value, config.flag("sample_packing").value
    if UNKNOWN in (stream, packing):
        return None
    if stream:
        return Data.STREAM
    return Data.PACKED if packing else Data.ROWS


def streaming(config: Config) -> Setting:
    """`streaming`, or data to pre-train on, which is always streamed."""
    pretraining = config.setting("pretraining_dataset")
    if pretraining.value is None:
        return config.flag("streaming")
    return pretraining._replace(value=True)


def drop_last(config: Config) -> Setting:
    """`dataloader_drop_last`, which only supervised training hands on."""
    setting, task = config.flag("dataloader_drop_last"), config.word("rl").value
    if task is UNKNOWN:
        return setting._replace(value=UNKNOWN)
    if task:
        return Setting("dataloader_drop_last", False, default=True)
    return setting._replace(value=False) if setting.value is None else setting


def validation(config: Config) -> Setting:
    """`val_set_size`: below 1 a fraction of the rows, above 1 a count."""
    return config.real("val_set_size", default=0, text_counts=True)


def eval_data(config: Config) -> Setting:
    """Whether there is evaluation data: `test_datasets`, or rows split off the training data.

    A stream that is neither packed nor `pretraining_dataset` leaves `test_datasets` unread
    (`_prepare_streaming_dataset`).
    """
    stream, packing = config.flag("streaming"), config.flag("sample_packing").value
    if data(config) is Data.STREAM and not packing and streaming(config).key == "streaming":
        return stream._replace(value=False)
    test = config.setting("test_datasets")
    if isinstance(test.value, Sequence) and test.value.items:
        return test._replace(value=True)
    if test.value is not None and not isinstance(test.value, Sequence):
        return test._replace(value=UNKNOWN)
    size = validation(config)
    if size.default:
        return Setting("evaluation data (val_set_size, test_datasets)", False, default=True)
    return size._replace(value=UNKNOWN if size.number is None else size.number > 0)
