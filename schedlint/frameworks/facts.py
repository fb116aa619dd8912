"""What a rule can ask besides numbers, in one vocabulary for all frameworks.

A framework fills in those that it has. A value that the file leaves to something outside (an
interpolation) is `UNKNOWN`; a fact that the framework does not have is absent.
"""

from __future__ import annotations

from typing import NamedTuple

from schedlint.frameworks.place import Place
from schedlint.plan import Origin

FACTS = {
    "best_model": "the best checkpoint is loaded at the end",
    "bf16": "bfloat16 mixed precision is on",
    "deepspeed_bf16": "bfloat16 is on in the DeepSpeed file of a trainer's run",
    "deepspeed_fp16": "float16 is on in the DeepSpeed file of a trainer's run",
    "distributed_type": "how the launcher starts its processes",
    "drop_last": "an incomplete last batch is left out",
    "early_stopping_patience": "evaluations without improvement before the run stops",
    "eval_data": "there is evaluation data",
    "eval_strategy": "when evaluations happen: no, steps or epoch",
    "fp16": "float16 mixed precision is on",
    "gpu": "the kind of accelerator, where somebody has told it",
    "gradient_clipping": "the norm that DeepSpeed clips gradients to",
    "launcher_precision": "mixed precision that the launcher asks for: no, fp16, bf16 or fp8",
    "metric_for_best_model": "the metric that tells the best checkpoint",
    "num_machines": "machines that the launcher spreads its processes over",
    "num_processes": "processes that the launcher starts, on all machines",
    "packing": "several samples are packed into one row",
    "save_strategy": "when checkpoints are written: no, steps, epoch or best",
    "save_total_limit": "how many checkpoints are kept",
    "scheduler": "the learning-rate schedule's name",
    "streaming": "the data has no known length",
    "unpacked_horizon": "the steps are planned from the samples before packing",
    "warmup_ignored": "why the schedule ignores warm-up, where it does",
    "zero_stage": "stage of ZeRO: 0 to 3, None where the file has no such section",
}


class Fact(NamedTuple):
    """A fact's value, where it stands, and whether a file states it."""

    name: str
    value: object
    origin: Origin
    text: str
    place: Place | None = None
