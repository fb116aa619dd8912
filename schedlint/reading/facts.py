"""What a rule can ask besides numbers, in one vocabulary for all frameworks.

A framework fills in those that it has. A value that the file leaves to something outside (an
interpolation) is `UNKNOWN`; a fact that the framework does not have is absent.
"""

from __future__ import annotations

from typing import NamedTuple

from schedlint.plan import Origin
from schedlint.reading.place import Place

FACTS = {
    "best_model": "the best checkpoint is loaded at the end",
    "bf16": "bfloat16 mixed precision is on",
    "best_not_loaded": "why the best checkpoint is not loaded in the end, where it is asked for",
    "cooldown_ignored": "why the schedule ignores cool-down, where it does",
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
    "held_out": "training rows are held out, for evaluations in training and nothing else",
    "interval_of_one": "what an interval of one comes to, where another one may be meant",
    "launcher_precision": "mixed precision that the launcher asks for: no, fp16, bf16 or fp8",
    "left_out_processes": "why fewer processes start than the launcher's file says",
    "learning_rate": "the peak learning rate that the file states, or None",
    "limit_of_one": "a limit of one batch that the loader may read as all batches",
    "lr_base": "learning rate for a batch of lr_base_size, where no other is stated",
    "lr_base_scale": "how the base learning rate grows with the batch: linear or sqrt",
    "lr_base_size": "batch that the base learning rate is meant for",
    "lr_scaling": "the learning rate is scaled with the batch",
    "metric_for_best_model": "the metric that tells the best checkpoint",
    "min_learning_rate": "the rate that the schedule ends at or keeps above",
    "milestones": "where a stepwise schedule lowers the rate, in its own unit",
    "num_machines": "machines that the launcher spreads its processes over",
    "num_processes": "processes that the launcher starts, on all machines",
    "packing": "several samples are packed into one row",
    "precision": "the precision as its framework names it, such as bf16-mixed or 16-true",
    "ratio_counts_steps": "a share of the run that counts steps, as it is not below 1",
    "recipe_base_batch": "batch that the learning rate is meant for, where nothing scales the rate",
    "recipe_rates": "learning rates that the framework ships for recipe_base_batch",
    "replaced_scheduler": "the schedule that another file's takes the place of",
    "resumed_batch": "the batch of a checkpoint that counts and not the config's",
    "resumed_from": "the checkpoint that the run goes on from",
    "resumed_schedule": "the schedule that goes on from a checkpoint and follows the run's length",
    "save_folder": "where checkpoints go, where the framework saves none unless told",
    "save_strategy": "when checkpoints are written: no, steps, epoch or best",
    "save_total_limit": "how many checkpoints are kept",
    "schedule_stands_still": "why the schedule never changes the learning rate, where it does not",
    "scheduler": "the learning-rate schedule's name",
    "scheduler_interval": "what the schedule advances by: step or epoch",
    "streaming": "the data has no known length",
    "unused_offload": "why an offload that a file asks for does not happen",
    "unused_precision": "why a precision that a file asks for is not the one in force",
    "unused_rate": "why a learning rate that a file states is not the peak",
    "unused_sharding": "why a section that shards the model is not in force",
    "tf32": "matrix products in TF32 are on",
    "unpacked_horizon": "the steps are planned from the samples before packing",
    "warmup_ignored": "why the schedule ignores warm-up, where it does",
    "warmup_not_counted": "of two lengths of the warm-up, the one that does not count",
    "warmup_twice": "which of two lengths of the warm-up counts, and which does not",
    "zero_as_unset": "what counts instead of a zero that the framework takes for not given",
    "zero_stage": "stage of ZeRO: 0 to 3, None where the file has no such section",
}


class Fact(NamedTuple):
    """A fact's value, where it stands, and whether a file states it."""

    name: str
    value: object
    origin: Origin
    text: str
    place: Place | None = None
