"""How many processes a Lightning run has, and how many of them see data of their own.

Sources: lightning `pytorch/trainer/connectors/accelerator_connector.py`; `fabric/utilities/
device_parser.py:_normalize_parse_gpu_string_input`; `pytorch/accelerators/cpu.py`;
`pytorch/strategies/model_parallel.py`.
"""

from __future__ import annotations

from schedlint.frameworks.lightning import steps
from schedlint.frameworks.lightning.layout import Layout
from schedlint.frameworks.transformers import trainer as hf_trainer
from schedlint.reading.config import Setting
from schedlint.source import UNKNOWN, Mapping, Scalar, Sequence

_DATA_PARALLEL = ("auto", "ddp", "fsdp", "deepspeed", "single")
"""Strategies, short or as a class, under which each process has data of its own."""


def read_processes(layout: Layout) -> None:
    """Claim the devices and machines, and relate the ranks where the strategy tells them."""
    config = layout.config
    config.state("devices", _devices(layout))
    config.state("num_nodes", layout.whole("num_nodes", default=1))
    config.relate(steps.world_size)
    name = strategy(layout)
    if name == "ModelParallelStrategy":
        _read_model_parallel(layout)
    elif name is not None and name.lower().startswith(_DATA_PARALLEL):
        config.relate(hf_trainer.every_process)


def _read_model_parallel(layout: Layout) -> None:
    """`data_parallel_size: auto` is the number of machines (`strategies/model_parallel.py`)."""
    ranks = layout.trainer.setting("strategy.init_args.data_parallel_size", default="auto")
    if ranks.value == "auto":
        nodes = layout.whole("num_nodes", default=1)
        layout.config.state("data_parallel_size", nodes)
    elif isinstance(ranks.value, int):
        layout.config.state("data_parallel_size", ranks)


def one_process(layout: Layout) -> bool:
    """Whether the file says that there is one process alone."""
    nodes = layout.whole("num_nodes", default=1)
    return _devices(layout).number == 1 and nodes.number == 1


def _devices(layout: Layout) -> Setting:
    """How many devices a machine gives: a count, or a list of them, as a list or as text.

    `auto` and -1 take what there is; on a CPU `auto` is one process, and -1 is refused.
    """
    setting = layout.setting("devices", default="auto")
    value = setting.value
    if isinstance(value, Sequence):
        return setting._replace(value=len(value.items) or UNKNOWN)
    if isinstance(value, str) and "," in value:
        return setting._replace(value=len([each for each in value.split(",") if each.strip()]))
    if isinstance(value, str) and value.strip().isdigit():
        return setting._replace(value=int(value))
    if value == "auto" and layout.setting("accelerator").value == "cpu":
        return setting._replace(value=1)
    known = isinstance(value, int) and not isinstance(value, bool) and value >= 0
    return setting if known else setting._replace(value=UNKNOWN)


def strategy(layout: Layout) -> str | None:
    """The strategy's own name, short (`ddp_spawn`) or of its class; None if unknown."""
    value = layout.setting("strategy", default="auto").value
    if isinstance(value, Mapping):
        for key in ("class_path", "_target_"):
            entry = value.get(key)
            if entry is not None and isinstance(entry.value, Scalar):
                return entry.value.text.rpartition(".")[2]
    return value if isinstance(value, str) else None
