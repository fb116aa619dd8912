"""accelerate's launch config: how many processes there are, and what they share.

Sources: accelerate `commands/launch.py:_validate_launch_command`, `launch_command`;
`utils/launch.py:prepare_multi_gpu_env`, `prepare_deepspeed_cmd_env`;
`commands/config/config_args.py:ClusterConfig`; `parallelism_config.py:ParallelismConfig`.
"""

from __future__ import annotations

import math
from typing import ClassVar

from schedlint.frameworks.accelerate.refusals import read_refusals
from schedlint.frameworks.accelerate.refused_plugins import CHANGES, size
from schedlint.frameworks.accelerate.under_trainer import read_against_trainer
from schedlint.frameworks.accelerate.unused import read_left_out, read_unused
from schedlint.frameworks.deepspeed import keys as deepspeed
from schedlint.frameworks.deepspeed.auto import read_automatics
from schedlint.frameworks.deepspeed.refusals import read_refusals_under_accelerate
from schedlint.frameworks.transformers import trainer
from schedlint.plan import Interval, Number, relation
from schedlint.plan.arithmetic import floor_div, times
from schedlint.reading.config import Config, Setting
from schedlint.reading.framework import Framework, Named
from schedlint.source import UNKNOWN, Document, Mapping, Scalar

TORCHRUN = {
    *("MULTI_GPU", "MULTI_NPU", "MULTI_MLU", "MULTI_SDAA", "MULTI_MUSA", "MULTI_XPU"),
    *("MULTI_HPU", "MULTI_NEURON", "FSDP", "DEEPSPEED", "MEGATRON_LM"),
}
"""Types that start `num_processes` processes. On CPU and TPU something else counts them."""


@relation("+0", says="floor({num_processes} / {num_machines}) × {num_machines}")
def world_size(num_processes: Number, num_machines: Number) -> Number:
    """Each machine starts the whole part of its share; what is left over starts nowhere."""
    return times(floor_div(num_processes, num_machines), num_machines)


class Accelerate(Framework):
    """The file of `accelerate launch --config_file`. Batches and steps stand in the script."""

    name = "accelerate"
    title = "Hugging Face accelerate"
    packages = ("accelerate",)
    renamed: ClassVar[dict[str, str]] = {
        "fsdp_backward_prefetch_policy": "fsdp_backward_prefetch",
    }
    versions = "1.1 to 1.15"
    changes = CHANGES
    words = trainer.WORDS
    applies = (
        "world_size",
        "data_parallel_size",
        "micro_batch_size",
        "gradient_accumulation_steps",
        "global_batch_size",
    )
    home = "https://huggingface.co/docs/accelerate/package_reference/cli"

    def read(self, config: Config) -> None:
        """Processes, what they share, and under DeepSpeed the batch sizes that it holds."""
        read_refusals(config)
        read_unused(config)
        read_left_out(config, *read_processes(config))
        read_parallelism(config)
        if not config.claims_on("model_parallel_size"):
            config.default("model_parallel_size", 1, "no tensor or context parallelism is given")
        config.relate(trainer.data_parallel_size)
        if config.setting("distributed_type").value == "DEEPSPEED":
            self.read_deepspeed(config)

    def read_deepspeed(self, config: Config) -> None:
        """DeepSpeed's engine holds the batch sizes together; accelerate fills in what is `auto`."""
        config.relate(trainer.global_batch_size)
        companion = config.companion("deepspeed")
        if companion is None:
            read_deepspeed_section(config)
        else:
            read_automatics(companion)
            named = config.setting("deepspeed_config.deepspeed_config_file")
            read_refusals_under_accelerate(companion, named)
            deepspeed.state_batches(companion)
            if not companion.has("gradient_accumulation_steps"):  # `DeepSpeedPlugin.__post_init__`
                why = "accelerate writes 1 where the DeepSpeed file has no accumulation"
                config.default("gradient_accumulation_steps", 1, why)
            deepspeed.read_precision(companion, "deepspeed_fp16", "deepspeed_bf16")

    def names(self, document: Document) -> tuple[Named, ...]:
        """The DeepSpeed file, which counts under that type only."""
        kind = document.find("distributed_type")
        entry = document.find("deepspeed_config.deepspeed_config_file")
        path = _text(entry.value) if entry is not None else None
        if path is None or kind is None or _text(kind.value) != "DEEPSPEED":
            return ()
        return (Named("deepspeed", path, "deepspeed_config.deepspeed_config_file"),)


def _text(node: object) -> str | None:
    value = node.value if isinstance(node, Scalar) else None
    return value if isinstance(value, str) else None


def read_launcher(config: Config) -> None:
    """Read what the launcher's file says about a Trainer's run.

    Where the Trainer names no DeepSpeed file itself, the launcher's DeepSpeed section counts: its
    accumulation must be the Trainer's (transformers `trainer.py:propagate_args_to_deepspeed`).
    """
    owner = config.within(config.reading.documents[0])
    read_refusals(config)
    read_unused(config)
    processes, machines = read_processes(config)
    if not owner.has("num_processes"):  # else TRL's command hands its own number on
        read_left_out(config, processes, machines)
    if not config.claims_on("model_parallel_size"):  # else DeepSpeed's tensor parallelism counts
        read_parallelism(config)
    read_against_trainer(config, owner)
    if config.setting("distributed_type").value != "DEEPSPEED":
        return
    if owner.setting("deepspeed").value is not None:
        return
    if not config.has("deepspeed_config.deepspeed_config_file"):
        read_deepspeed_section(config)


def read_deepspeed_section(config: Config) -> None:
    """What stands for a DeepSpeed file; quotes around a number are gone in the environment.

    Source: accelerate `utils/dataclasses.py:DeepSpeedPlugin.__post_init__`, which reads it there.
    """
    steps = config.whole("deepspeed_config.gradient_accumulation_steps", text_counts=True)
    config.state("gradient_accumulation_steps", steps)
    stage = config.whole("deepspeed_config.zero_stage", default=2, text_counts=True)
    config.fact("zero_stage", stage)


def read_processes(config: Config) -> tuple[Setting, Setting]:
    """How many processes start; nothing where machines elsewhere decide (SageMaker, TPU, MPI).

    Gives what the file says of processes, where that is what starts, and of machines.

    On one machine torchrun gets the number as text, quoted or not; else it is divided first.
    """
    kind = config.fact("distributed_type", config.setting("distributed_type"))
    config.fact("launcher_precision", config.setting("mixed_precision", default="no"))
    machines = config.fact("num_machines", config.whole("num_machines", default=1))
    as_text = kind.value in TORCHRUN and machines.number == 1
    processes = config.whole("num_processes", default=-1, text_counts=as_text)
    config.fact("num_processes", processes)
    place = config.setting("compute_environment", default="LOCAL_MACHINE").value
    if place != "LOCAL_MACHINE" or config.has("mpirun_config.mpirun_hostfile"):
        return processes._replace(value=UNKNOWN), machines
    if kind.value == "NO" or kind.value is False:
        config.claim("world_size", Interval.exactly(1), kind)
    elif kind.value in TORCHRUN and not _counted_by_hostfile(config, machines):
        _state_world(config, processes, machines)
    else:
        return processes._replace(value=UNKNOWN), machines
    return processes, machines


def _counted_by_hostfile(config: Config, machines: Setting) -> bool:
    """DeepSpeed's own launcher takes the machines from its hostfile."""
    if config.setting("distributed_type").value != "DEEPSPEED" or machines.number == 1:
        return False
    return config.setting("deepspeed_config.deepspeed_multinode_launcher").value != "standard"


def _state_world(config: Config, processes: Setting, machines: Setting) -> None:
    count, over = processes.number, machines.number
    if count is None or over is None or count == -1:
        return
    if over >= 1 and count % over == 0:
        config.state("world_size", processes)
    else:
        config.state("num_processes", processes)
        config.state("num_machines", machines)
        config.relate(world_size)


SHARING = ("tp", "cp", "sp")
"""Sizes of `parallelism_config` whose ranks get the same samples."""


def read_parallelism(config: Config) -> None:
    """How many processes share a copy of the model.

    Their number times the data-parallel sizes must be all processes, but with DeepSpeed's sequence
    parallelism, or where all sizes are 1 (`ParallelismConfig._validate_accelerator`).
    """
    if config.setting("distributed_type").value == "MEGATRON_LM":
        degrees = [
            config.whole(f"megatron_lm_config.megatron_lm_{d}_degree", default=1, text_counts=True)
            for d in ("tp", "pp")
        ]
        _claim_product(config, "model_parallel_size", degrees, "megatron_lm_config")
    section = config.setting("parallelism_config")
    if not isinstance(section.value, Mapping) or _of_one_process(config):
        return
    sharing = [size(config, name) for name in SHARING]
    _claim_product(config, "model_parallel_size", sharing, "parallelism_config")
    spread = [size(config, name) for name in ("dp_replicate", "dp_shard")]
    sizes = [each.number for each in (*sharing, *spread)]
    if None not in sizes and sharing[-1].number == 1 and set(sizes) != {1}:
        _claim_product(config, "data_parallel_size", spread, "parallelism_config")
        _claim_product(config, "world_size", [*sharing, *spread], "parallelism_config")


def _of_one_process(config: Config) -> bool:
    """Whether the launch starts the script as it is, which then learns of no parallelism."""
    return config.setting("distributed_type").value in ("NO", False)


def _claim_product(config: Config, quantity: str, sizes: list[Setting], section: str) -> None:
    """Claim the product of sizes, at the only one that is not 1, or at their section.

    An unknown size leaves the quantity open: it is not the default of 1 either.
    """
    numbers = [each.number for each in sizes if each.number is not None]
    counting = [each for each in sizes if each.number != 1]
    if len(numbers) < len(sizes):
        config.claim(quantity, Interval(1, math.inf), counting[0])
    elif len(counting) == 1:
        config.state(quantity, counting[0])
    else:
        where = config.setting(section)
        config.claim(quantity, Interval.exactly(math.prod(numbers)), where)


FRAMEWORK = Accelerate()
