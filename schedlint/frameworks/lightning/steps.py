"""The arithmetic of Lightning's fit loop: samples → loader → batches → steps → the run.

Lightning counts in micro-batches within an epoch (`limit_train_batches`, `val_check_interval`) and
in optimizer steps over the run (`max_steps`, `every_n_train_steps`). Here, and for evaluations and
checkpoints in `lightning_events.py`, the one is turned into the other. The last batch of an epoch
always steps, so the accumulation starts anew with each epoch, and within an epoch that is cut after
`r` steps, `r × accumulation` batches ran.

Sources: lightning `pytorch/loops/fit_loop.py:setup_data`, `done`, `skip`;
`loops/training_epoch_loop.py:_should_accumulate`, `_is_training_done`;
`trainer/connectors/data_connector.py:_parse_num_batches`; torch
`utils/data/distributed.py:DistributedSampler` (each rank gets `ceil(samples / ranks)`).
"""

from __future__ import annotations

from dataclasses import replace
from math import inf

from schedlint.plan import Number, Word, relation
from schedlint.plan.arithmetic import ceil_div, floor_div, floor_times, ratio, times
from schedlint.reading.milestones import WORDS as MILESTONES

WORDS = (
    Word("devices", "processes", "devices that a machine gives to the run", 1),
    Word("num_nodes", "machines", "machines that take part", 1),
    Word("module_batch_size", "samples", "batch size that the data module is given", 1),
    Word("batch_is_shared", "", "1 where the ranks share the module's batch, 0 where each has it"),
    Word("short_batches", "an epoch", "1 where a short last batch counts, 0 where it is dropped"),
    Word("loader_batches", "micro-batches", "batches of the loader, before any limit"),
    Word("limit_batches", "micro-batches", "batches that an epoch is limited to"),
    Word("limit_share", "of the loader", "share of the batches that an epoch takes", whole=False),
    Word("samples_per_epoch", "samples", "samples in one pass, repeated ones included"),
    Word("steps_of_max_epochs", "optimizer steps", "steps that max_epochs would take"),
    Word("steps_in_time", "optimizer steps", "steps that max_time leaves time for"),
    Word("complete_epochs", "epochs", "epochs that run to their last batch"),
    Word("check_every_epochs", "epochs", "epochs from one with validation to the next", 1),
    Word("eval_batches", "micro-batches", "micro-batches between two evaluations", 1),
    Word("eval_share", "of an epoch", "share of an epoch between two evaluations", whole=False),
    Word("timed_evaluations", "times", "evaluations that there are where there is data for them"),
    Word("steps_evaluated", "optimizer steps", "optimizer steps after which there is a validation"),
    Word("save_every_epochs", "epochs", "epochs between two checkpoints", 1),
    *MILESTONES,
    Word("schedule_epochs", "epochs", "horizon of a schedule that advances once an epoch"),
    Word("scheduler_frequency", "epochs", "epochs between two advances of the schedule", 1),
)

# Processes and the batch.


@relation("++", says="{devices} × {num_nodes}")
def world_size(devices: Number, num_nodes: Number) -> Number:
    return times(devices, num_nodes)


@relation(
    "+--",
    says="{module_batch_size}, or that over {data_parallel_size} ranks",
    output="micro_batch_size",
)
def batch_of_each_or_all(
    module_batch_size: Number, data_parallel_size: Number, batch_is_shared: Number
) -> Number:
    """Some data modules divide the batch by `trainer.world_size` and some do not."""
    if batch_is_shared < 1:
        return module_batch_size
    return max(floor_div(module_batch_size, data_parallel_size), 1)


# Batches.


@relation(
    "+--+",
    says="ceil({dataset_size} / {data_parallel_size}) samples in batches of {micro_batch_size}, "
    "the last kept or dropped",
)
def loader_batches(
    dataset_size: Number,
    data_parallel_size: Number,
    micro_batch_size: Number,
    short_batches: Number,
) -> Number:
    divide = ceil_div if short_batches >= 1 else floor_div
    return divide(ceil_div(dataset_size, data_parallel_size), micro_batch_size)


all_batches = replace(loader_batches, output="batches_per_epoch")
"""Without a limit an epoch takes all of the loader."""


@relation("++", says="min({loader_batches}, {limit_batches})", output="batches_per_epoch")
def limited_batches(loader_batches: Number, limit_batches: Number) -> Number:
    return min(loader_batches, limit_batches)


@relation("++", says="floor({loader_batches} × {limit_share})", output="batches_per_epoch")
def share_of_batches(loader_batches: Number, limit_share: Number) -> Number:
    return floor_times(limit_share, loader_batches)


# Steps.


@relation(
    "+-",
    says="floor({batches_per_epoch} / {gradient_accumulation_steps}) (DeepSpeed accumulates)",
    output="steps_per_epoch",
)
def steps_of_deepspeed(batches_per_epoch: Number, gradient_accumulation_steps: Number) -> Number:
    """A strategy with `handles_gradient_accumulation` does not step on the last batch as such."""
    return floor_div(batches_per_epoch, gradient_accumulation_steps)


@relation("++", says="{epochs} × {steps_per_epoch}", even=times)
def steps_of_max_epochs(epochs: Number, steps_per_epoch: Number) -> Number:
    return times(epochs, steps_per_epoch)


@relation("+", says="{steps_of_max_epochs}", output="total_steps")
def total_of_epochs(steps_of_max_epochs: Number) -> Number:
    return steps_of_max_epochs


@relation("+", says="{max_steps}", output="total_steps")
def total_of_max_steps(max_steps: Number) -> Number:
    return max_steps


@relation(
    "++",
    says="{max_steps}, if there are batches ({steps_per_epoch} steps an epoch)",
    output="total_steps",
)
def total_if_batches(max_steps: Number, steps_per_epoch: Number) -> Number:
    return max_steps if steps_per_epoch > 0 else 0


@relation("++", says="min({max_steps}, {steps_of_max_epochs})", output="total_steps")
def total_of_both(max_steps: Number, steps_of_max_epochs: Number) -> Number:
    return min(max_steps, steps_of_max_epochs)


@relation("++", says="min({steps_of_max_epochs}, what max_time allows)", output="total_steps")
def total_of_epochs_in_time(steps_of_max_epochs: Number, steps_in_time: Number) -> Number:
    return min(steps_of_max_epochs, steps_in_time)


@relation("++", says="min({max_steps}, what max_time allows)", output="total_steps")
def total_of_max_steps_in_time(max_steps: Number, steps_in_time: Number) -> Number:
    return min(max_steps, steps_in_time)


@relation(
    "+++",
    says="min({max_steps}, {steps_of_max_epochs}, what max_time allows)",
    output="total_steps",
)
def total_of_both_in_time(
    max_steps: Number, steps_of_max_epochs: Number, steps_in_time: Number
) -> Number:
    return min(max_steps, steps_of_max_epochs, steps_in_time)


@relation("+", says="{epochs} (nothing else ends the run)", output="complete_epochs")
def every_epoch_is_complete(epochs: Number) -> Number:
    return epochs


@relation(
    "++",
    says="{epochs}, if there are batches ({steps_per_epoch} steps an epoch)",
    output="complete_epochs",
)
def epochs_if_batches(epochs: Number, steps_per_epoch: Number) -> Number:
    return epochs if steps_per_epoch > 0 else 0


@relation("+-", says="floor({total_steps} / {steps_per_epoch})")
def complete_epochs(total_steps: Number, steps_per_epoch: Number) -> Number:
    return floor_div(total_steps, steps_per_epoch)


@relation("+", says="{complete_epochs}, none of them cut", output="total_epochs")
def whole_epochs(complete_epochs: Number) -> Number:
    return complete_epochs


@relation("+-", says="floor({total_steps} / {steps_per_epoch})", output="total_epochs")
def epochs_at_least(total_steps: Number, steps_per_epoch: Number) -> Number:
    return floor_div(total_steps, steps_per_epoch)


@relation("+-", says="ceil({total_steps} / {steps_per_epoch})", output="total_epochs")
def epochs_at_most(total_steps: Number, steps_per_epoch: Number) -> Number:
    return ceil_div(total_steps, steps_per_epoch)


@relation(
    "0000",
    says="{total_steps} steps of {gradient_accumulation_steps} of {batches_per_epoch} batches, "
    "{steps_per_epoch} an epoch",
    output="total_epochs",
    within=(epochs_at_least, epochs_at_most),
)
def epochs_and_a_part(
    total_steps: Number,
    steps_per_epoch: Number,
    batches_per_epoch: Number,
    gradient_accumulation_steps: Number,
) -> Number:
    """The part of a cut epoch is that of its batches."""
    if steps_per_epoch == 0 or total_steps == inf:
        return times(total_steps, steps_per_epoch)
    epochs, rest = divmod(total_steps, steps_per_epoch)
    return epochs + ratio(times(rest, gradient_accumulation_steps), batches_per_epoch)


@relation(
    "+0++",
    says="min(ceil({dataset_size} / {data_parallel_size}), {batches_per_epoch} × "
    "{micro_batch_size}) × {data_parallel_size}",
)
def samples_per_epoch(
    dataset_size: Number,
    data_parallel_size: Number,
    batches_per_epoch: Number,
    micro_batch_size: Number,
) -> Number:
    """The sampler fills the ranks' shares up to equal ones."""
    share = ceil_div(dataset_size, data_parallel_size)
    return times(min(share, times(batches_per_epoch, micro_batch_size)), data_parallel_size)


# Schedule.


@relation(
    "+++",
    says="{schedule_epochs} × {scheduler_frequency} × {steps_per_epoch}",
    output="decay_steps",
)
def decay_of_epochs(
    schedule_epochs: Number, scheduler_frequency: Number, steps_per_epoch: Number
) -> Number:
    """A schedule of `interval: epoch` advances at the end of an epoch."""
    return times(schedule_epochs, scheduler_frequency, steps_per_epoch)
