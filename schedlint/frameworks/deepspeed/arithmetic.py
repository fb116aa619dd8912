"""The arithmetic of DeepSpeed: batch sizes and its own schedules.

Sources: deepspeed `runtime/config.py:DeepSpeedConfig.__init__`, `_set_batch_related_parameters`,
`_batch_assertion`; `runtime/lr_schedules.py:WarmupLR`, `OneCycle`; transformers
`integrations/deepspeed.py:HfTrainerDeepSpeedConfig`.
"""

from __future__ import annotations

from schedlint.plan import Number, Word, relation
from schedlint.plan.arithmetic import ratio, times

WORDS = (
    Word("sequence_parallel_size", "processes", "processes that share one sequence", 1),
    Word("samples_per_rank", "samples", "samples per optimizer step and rank", 1),
    Word("samples_per_forward", "samples", "samples per micro-batch, all ranks", 1),
    Word("micro_batches_per_step", "micro-batches", "micro-batches per step, all ranks", 1),
    Word("warmup_num_steps", "optimizer steps", "warm-up asked of the schedule", 1),
    Word("cycle_first_step_size", "optimizer steps", "rising half of the cycle", 1),
    Word("cycle_second_step_size", "optimizer steps", "falling half of the cycle"),
)

# Batch sizes. DeepSpeed rounds what it derives, and then refuses whatever had a remainder.


@relation("+-", says="{world_size} / {sequence_parallel_size}", output="data_parallel_size")
def data_parallel_size(world_size: Number, sequence_parallel_size: Number) -> Number:
    """Divided without rounding; no part of a rank can train."""
    return ratio(world_size, sequence_parallel_size)


@relation("+-", says="{global_batch_size} / {data_parallel_size}")
def samples_per_rank(global_batch_size: Number, data_parallel_size: Number) -> Number:
    """A whole number, or the config is refused."""
    return ratio(global_batch_size, data_parallel_size)


@relation("+-", says="{global_batch_size} / {micro_batch_size}")
def micro_batches_per_step(global_batch_size: Number, micro_batch_size: Number) -> Number:
    """A whole number, or the config is refused."""
    return ratio(global_batch_size, micro_batch_size)


@relation("+-", says="{global_batch_size} / {gradient_accumulation_steps}")
def samples_per_forward(global_batch_size: Number, gradient_accumulation_steps: Number) -> Number:
    """A whole number, or the config is refused."""
    return ratio(global_batch_size, gradient_accumulation_steps)


@relation(
    "+++",
    says="{micro_batch_size} × {gradient_accumulation_steps} × {world_size}",
    output="train_batch_size",
)
def train_batch_size(
    micro_batch_size: Number, gradient_accumulation_steps: Number, world_size: Number
) -> Number:
    """What a Trainer's `train_batch_size` must be: here tensor-parallel processes count too."""
    return times(micro_batch_size, gradient_accumulation_steps, world_size)


# Schedules.


@relation("+", says="max({warmup_num_steps}, 2)")
def warmup_steps(warmup_num_steps: Number) -> Number:
    """The steps of `WarmupLR.__init__`."""
    return max(warmup_num_steps, 2)


@relation("+", says="max({trainer_warmup_steps}, 1)", output="warmup_num_steps")
def filled_warmup(trainer_warmup_steps: Number) -> Number:
    """What the Trainer fills into `warmup_num_steps`, or compares with it."""
    return max(trainer_warmup_steps, 1)


@relation("+", says="{cycle_first_step_size}", output="warmup_steps")
def rising_steps(cycle_first_step_size: Number) -> Number:
    """The half of `OneCycle` in which the learning rate rises."""
    return cycle_first_step_size


@relation("++", says="{cycle_first_step_size} + {cycle_second_step_size}", output="decay_steps")
def cycle_steps(cycle_first_step_size: Number, cycle_second_step_size: Number) -> Number:
    """The whole cycle of `OneCycle`, after which the learning rate stays."""
    return cycle_first_step_size + cycle_second_step_size
