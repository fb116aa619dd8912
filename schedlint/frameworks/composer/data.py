"""The arithmetic of Composer's loaders: batches of a pass, and the micro-batches that they make.

Sources: llm-foundry `utils/config_utils.py:calculate_batch_size_info`;
`data/finetuning/dataloader.py:build_finetuning_dataloader`, `build_collate_fn`; torch
`utils/data/distributed.py:DistributedSampler`; streaming `base/dataset.py:StreamingDataset.__len__`
(every rank gets `ceil(samples / ranks)`); composer `core/state.py:State.dataloader_len`.
"""

from __future__ import annotations

from math import inf

from schedlint.plan import Number, Word, relation
from schedlint.plan.arithmetic import ceil_div, floor_div, floor_times, ratio, times

WORDS = (
    Word("device_batch_size", "samples", "samples per data-parallel rank and optimizer step", 1),
    Word("asked_micro_batch_size", "samples", "device_train_microbatch_size as stated", 1),
    Word("packing_ratio", "samples a row", "samples that are packed into a row", 1, whole=False),
    Word("loader_batch_size", "samples", "samples that the loaders draw per step, all ranks", 1),
    Word("loader_batches", "batches", "batches of the loader in one pass over the data"),
    Word("subset_batches", "batches", "batches of an epoch that count, where limited"),
    Word("samples_per_epoch", "samples", "samples in one epoch, repeated ones included"),
    Word("short_batches", "an epoch", "1 where a short last batch counts, 0 where it is dropped"),
    Word("spare_steps", "optimizer steps", "steps that the schedule goes on behind the run"),
    Word("spare_epochs", "epochs", "epochs that the schedule goes on behind the run"),
    Word("spare_tokens", "tokens", "tokens that the schedule goes on behind the run"),
    Word("spare_samples", "samples", "samples that the schedule goes on behind the run", 0, False),
)

# Batches.


@relation("++", says="{device_batch_size} × {data_parallel_size}")
def global_batch_size(device_batch_size: Number, data_parallel_size: Number) -> Number:
    """A global batch that the ranks do not divide is refused."""
    return times(device_batch_size, data_parallel_size)


@relation(
    "+-",
    says="ceil({device_batch_size} / {asked_micro_batch_size})",
    output="gradient_accumulation_steps",
    even=ratio,
)
def micro_batches(device_batch_size: Number, asked_micro_batch_size: Number) -> Number:
    return ceil_div(device_batch_size, asked_micro_batch_size)


@relation(
    "++",
    says="{asked_micro_batch_size}, at most the {device_batch_size} of a device",
)
def micro_batch_size(asked_micro_batch_size: Number, device_batch_size: Number) -> Number:
    return min(asked_micro_batch_size, device_batch_size)


@relation("+", says="{global_batch_size}", output="loader_batch_size")
def batch_of_samples(global_batch_size: Number) -> Number:
    return global_batch_size


@relation(
    "+++",
    says="floor({device_batch_size} × {packing_ratio}) × {data_parallel_size}",
    output="loader_batch_size",
)
def batch_of_packed_samples(
    device_batch_size: Number, packing_ratio: Number, data_parallel_size: Number
) -> Number:
    return times(floor_times(packing_ratio, device_batch_size), data_parallel_size)


# Batches of a pass.


@relation(
    "+-",
    says="ceil({dataset_size} / {loader_batch_size})",
    output="loader_batches",
    even=ratio,
)
def all_batches(dataset_size: Number, loader_batch_size: Number) -> Number:
    return ceil_div(dataset_size, loader_batch_size)


@relation(
    "+-",
    says="floor({dataset_size} / {loader_batch_size}) (drop_last)",
    output="loader_batches",
    even=ratio,
)
def full_batches(dataset_size: Number, loader_batch_size: Number) -> Number:
    return floor_div(dataset_size, loader_batch_size)


@relation(
    "+--",
    says="floor(ceil({dataset_size} / {data_parallel_size}) / {device_batch_size}) (drop_last)",
    output="loader_batches",
)
def full_batches_of_a_stream(
    dataset_size: Number, data_parallel_size: Number, device_batch_size: Number
) -> Number:
    """The ranks' shares are filled up to equal ones before batches are cut from them."""
    return floor_div(ceil_div(dataset_size, data_parallel_size), device_batch_size)


@relation(
    "+-+",
    says="{dataset_size} / {loader_batch_size}, rounded up or down",
    output="loader_batches",
)
def some_batches(dataset_size: Number, loader_batch_size: Number, short_batches: Number) -> Number:
    divide = ceil_div if short_batches >= 1 else floor_div
    return divide(dataset_size, loader_batch_size)


@relation("+", says="{loader_batches}, one step each", output="steps_per_epoch")
def every_batch(loader_batches: Number) -> Number:
    return loader_batches


@relation(
    "++",
    says="min({loader_batches}, {subset_batches})",
    output="steps_per_epoch",
)
def subset_of_batches(loader_batches: Number, subset_batches: Number) -> Number:
    return min(loader_batches, subset_batches)


# Micro-batches of a pass.


@relation(
    "++",
    says="{steps_per_epoch} × {gradient_accumulation_steps}",
    output="batches_per_epoch",
)
def parts_of_full_batches(steps_per_epoch: Number, gradient_accumulation_steps: Number) -> Number:
    return times(steps_per_epoch, gradient_accumulation_steps)


@relation("+", says="at least {steps_per_epoch}", output="batches_per_epoch")
def fewest_parts(steps_per_epoch: Number) -> Number:
    return steps_per_epoch


@relation(
    "000000",
    says="{steps_per_epoch} batches in parts of {micro_batch_size}, the last may be short",
    output="batches_per_epoch",
    within=(fewest_parts, parts_of_full_batches),
)
def parts_of_all_batches(
    steps_per_epoch: Number,
    gradient_accumulation_steps: Number,
    samples_per_epoch: Number,
    device_batch_size: Number,
    data_parallel_size: Number,
    micro_batch_size: Number,
) -> Number:
    """The last batch of an epoch makes as many parts as its samples need."""
    before = max(steps_per_epoch - 1, 0)
    share = floor_div(samples_per_epoch, data_parallel_size) - times(before, device_batch_size)
    return times(before, gradient_accumulation_steps) + ceil_div(share, micro_batch_size)


# Samples.


@relation("++", says="{steps_per_epoch} × {global_batch_size}", output="samples_per_epoch")
def samples_of_full_batches(steps_per_epoch: Number, global_batch_size: Number) -> Number:
    return times(steps_per_epoch, global_batch_size)


@relation(
    "+0++",
    says="{dataset_size}, filled up to equal shares of {data_parallel_size} ranks, "
    "at most {steps_per_epoch} × {global_batch_size}",
    output="samples_per_epoch",
)
def samples_of_all_batches(
    dataset_size: Number,
    data_parallel_size: Number,
    steps_per_epoch: Number,
    global_batch_size: Number,
) -> Number:
    shares = times(ceil_div(dataset_size, data_parallel_size), data_parallel_size)
    return min(shares, times(steps_per_epoch, global_batch_size))


@relation("++", says="{total_steps} × {global_batch_size}", output="samples_seen")
def samples_of_full_steps(total_steps: Number, global_batch_size: Number) -> Number:
    return times(total_steps, global_batch_size)


@relation("+", says="at least {total_steps}", output="samples_seen")
def fewest_samples(total_steps: Number) -> Number:
    return total_steps


@relation(
    "+0++",
    says="{total_steps} steps of at most {global_batch_size}, {samples_per_epoch} in the "
    "{steps_per_epoch} of an epoch",
    within=(fewest_samples, samples_of_full_steps),
)
def samples_seen(
    total_steps: Number,
    steps_per_epoch: Number,
    samples_per_epoch: Number,
    global_batch_size: Number,
) -> Number:
    """Whole epochs, then the steps of the last one, whose batches are full but for its last."""
    if steps_per_epoch == 0 or total_steps == inf:
        return times(total_steps, steps_per_epoch)
    epochs, rest = divmod(total_steps, steps_per_epoch)
    return times(epochs, samples_per_epoch) + min(samples_per_epoch, times(rest, global_batch_size))


# The run.


@relation("+-", says="{total_steps} / {steps_per_epoch}")
def total_epochs(total_steps: Number, steps_per_epoch: Number) -> Number:
    return ratio(total_steps, steps_per_epoch)


@relation(
    "++",
    says="{max_steps}, of epochs of {steps_per_epoch}",
    output="total_steps",
)
def steps_unless_empty(max_steps: Number, steps_per_epoch: Number) -> Number:
    """Without a batch the loop goes round and round, and no step is ever made."""
    return max_steps if steps_per_epoch >= 1 else 0


@relation("+", says="{max_steps}", output="total_steps")
def steps_asked_for(max_steps: Number) -> Number:
    return max_steps


@relation("+", says="{sequence_length} (the text loader's rows are taken as full)")
def tokens_per_sample(sequence_length: Number) -> Number:
    return sequence_length


# Schedules that Composer refuses to end before the run.


@relation(
    "++",
    says="{total_steps} or more: a schedule that ends before the run is refused",
    output="decay_steps",
)
def no_end_before_the_run(total_steps: Number, spare_steps: Number) -> Number:
    return total_steps + spare_steps


@relation(
    "++",
    says="{epochs} or more: a schedule that ends before the run is refused",
    output="horizon_epochs",
)
def no_epoch_before_the_run(epochs: Number, spare_epochs: Number) -> Number:
    return epochs + spare_epochs


@relation(
    "++",
    says="{duration_samples} or more: a schedule that ends before the run is refused",
    output="horizon_samples",
)
def no_sample_before_the_run(duration_samples: Number, spare_samples: Number) -> Number:
    return duration_samples + spare_samples


@relation(
    "++",
    says="{duration_tokens} or more: a schedule that ends before the run is refused",
    output="horizon_tokens",
)
def no_token_before_the_run(duration_tokens: Number, spare_tokens: Number) -> Number:
    return duration_tokens + spare_tokens
