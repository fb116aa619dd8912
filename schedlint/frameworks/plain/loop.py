"""The arithmetic of a plain training loop: a `DataLoader`, epochs, a step every few batches.

What loops do differently is a quantity here (`short_batches`, `short_steps`, `limit_wins`): where
the config does not decide it, the numbers that depend on it are intervals that hold for all loops.

Sources: torch `utils/data/dataloader.py:DataLoader` (`drop_last=False`), `utils/data/sampler.py:
BatchSampler.__len__`, `utils/data/distributed.py:DistributedSampler.__init__` (every rank gets
`ceil(samples / ranks)`).
"""

from __future__ import annotations

from collections.abc import Mapping

from schedlint.frameworks.transformers import trainer
from schedlint.plan import Number, Word, relation
from schedlint.plan.arithmetic import ceil_div, ceil_times, floor_div, floor_times, ratio, times
from schedlint.reading.config import Config, Setting
from schedlint.reading.milestones import WORDS as MILESTONES

WORDS = (
    *MILESTONES,
    Word("samples_per_epoch", "samples", "samples in one pass, repeated ones included"),
    Word("epoch_steps", "optimizer steps", "optimizer steps that the epochs asked for would take"),
    Word("warmup_ratio", "of the run", "fraction of the steps that warm up", whole=False),
    Word("warmup_epochs", "epochs", "epochs of learning-rate warm-up"),
    Word(
        "short_batches", "an epoch", "1 where the short last batch of an epoch counts, 0 where not"
    ),
    Word("short_steps", "an epoch", "1 where a short last accumulation makes a step, 0 where not"),
    Word(
        "limit_wins",
        "",
        "1 where max_steps counts whatever the epochs, 0 where the first to end does",
    ),
    Word("ratio_rounds_up", "", "1 where a fraction of the steps is rounded up, 0 where down"),
)

APPLIES = (
    "dataset_size",
    "sequence_length",
    "world_size",
    "data_parallel_size",
    "micro_batch_size",
    "gradient_accumulation_steps",
    "global_batch_size",
    "tokens_per_step",
    "batches_per_epoch",
    "steps_per_epoch",
    "epochs",
    "max_steps",
    "total_steps",
    "total_epochs",
    "samples_seen",
    "tokens_seen",
    "warmup_steps",
    "decay_steps",
    "eval_interval",
    "save_interval",
    "log_interval",
)
"""The common words that mean something for a plain loop."""

# Batches. Each formula stands twice, by a rank's batch and by the global one, so that either is
# derived from the samples directly, with the value that leaves no remainder.


@relation("+", says="{world_size} (every process has its own data)")
def data_parallel_size(world_size: Number) -> Number:
    return world_size


def _batches(dataset_size: Number, micro_batch_size: Number, data_parallel_size: Number) -> Number:
    return ratio(dataset_size, times(micro_batch_size, data_parallel_size))


def _batches_of_global(
    dataset_size: Number, gradient_accumulation_steps: Number, global_batch_size: Number
) -> Number:
    return ratio(times(dataset_size, gradient_accumulation_steps), global_batch_size)


@relation(
    "+--",
    says="ceil({dataset_size} / ({micro_batch_size} × {data_parallel_size})), "
    "the last may be short",
    output="batches_per_epoch",
    even=_batches,
)
def all_batches(
    dataset_size: Number, micro_batch_size: Number, data_parallel_size: Number
) -> Number:
    return ceil_div(dataset_size, times(micro_batch_size, data_parallel_size))


@relation(
    "++-",
    says="ceil({dataset_size} × {gradient_accumulation_steps} / {global_batch_size}), "
    "the last may be short",
    output="batches_per_epoch",
    even=_batches_of_global,
)
def all_batches_of_global(
    dataset_size: Number, gradient_accumulation_steps: Number, global_batch_size: Number
) -> Number:
    return ceil_div(times(dataset_size, gradient_accumulation_steps), global_batch_size)


@relation(
    "+--",
    says="floor({dataset_size} / ({micro_batch_size} × {data_parallel_size})) (drop_last)",
    output="batches_per_epoch",
    even=_batches,
)
def full_batches(
    dataset_size: Number, micro_batch_size: Number, data_parallel_size: Number
) -> Number:
    return floor_div(dataset_size, times(micro_batch_size, data_parallel_size))


@relation(
    "++-",
    says="floor({dataset_size} × {gradient_accumulation_steps} / {global_batch_size}) (drop_last)",
    output="batches_per_epoch",
    even=_batches_of_global,
)
def full_batches_of_global(
    dataset_size: Number, gradient_accumulation_steps: Number, global_batch_size: Number
) -> Number:
    return floor_div(times(dataset_size, gradient_accumulation_steps), global_batch_size)


@relation(
    "+--+",
    says="floor({dataset_size} / {data_parallel_size} / {micro_batch_size}) (drop_last), "
    "a rank's samples rounded up or down",
    output="batches_per_epoch",
)
def full_batches_of_ranks(
    dataset_size: Number,
    micro_batch_size: Number,
    data_parallel_size: Number,
    short_batches: Number,
) -> Number:
    """The sampler fills the ranks' shares up to equal ones, or cuts them."""
    share = ceil_div if short_batches >= 1 else floor_div
    return floor_div(share(dataset_size, data_parallel_size), micro_batch_size)


@relation(
    "+--+",
    says="{dataset_size} / ({micro_batch_size} × {data_parallel_size}), rounded up or down",
    output="batches_per_epoch",
)
def batches_with_or_without_the_last(
    dataset_size: Number,
    micro_batch_size: Number,
    data_parallel_size: Number,
    short_batches: Number,
) -> Number:
    divide = ceil_div if short_batches >= 1 else floor_div
    return divide(dataset_size, times(micro_batch_size, data_parallel_size))


# Steps and epochs.


@relation(
    "+-+",
    says="{batches_per_epoch} / {gradient_accumulation_steps}, rounded up or down",
    output="steps_per_epoch",
)
def steps_with_or_without_the_last(
    batches_per_epoch: Number, gradient_accumulation_steps: Number, short_steps: Number
) -> Number:
    divide = ceil_div if short_steps >= 1 else floor_div
    return divide(batches_per_epoch, gradient_accumulation_steps)


@relation(
    "+-",
    says="ceil({total_steps} / {epochs}), the last epoch may end early",
    output="steps_per_epoch",
    even=ratio,
)
def steps_of_an_epoch(total_steps: Number, epochs: Number) -> Number:
    return ceil_div(total_steps, epochs)


@relation("+", says="{max_steps}", output="total_steps")
def steps_of_max_steps(max_steps: Number) -> Number:
    return max_steps


@relation(
    "+++",
    says="{max_steps} at most; the epochs would take {epoch_steps}",
    output="total_steps",
)
def steps_of_both(max_steps: Number, epoch_steps: Number, limit_wins: Number) -> Number:
    return max_steps if limit_wins >= 1 else min(max_steps, epoch_steps)


# Samples.


@relation("+0", says="{dataset_size}, filled up to equal shares of {data_parallel_size} ranks")
def samples_per_epoch(dataset_size: Number, data_parallel_size: Number) -> Number:
    return times(ceil_div(dataset_size, data_parallel_size), data_parallel_size)


@relation(
    "+++",
    says="{batches_per_epoch} × {micro_batch_size} × {data_parallel_size}",
    output="samples_per_epoch",
)
def samples_of_full_batches(
    batches_per_epoch: Number, micro_batch_size: Number, data_parallel_size: Number
) -> Number:
    return times(batches_per_epoch, micro_batch_size, data_parallel_size)


# Warm-up.


@relation("++", says="{warmup_epochs} × {steps_per_epoch}", output="warmup_steps")
def warmup_of_epochs(warmup_epochs: Number, steps_per_epoch: Number) -> Number:
    return times(warmup_epochs, steps_per_epoch)


@relation("+++", says="{warmup_ratio} × {total_steps}, rounded up or down", output="warmup_steps")
def warmup_of_ratio(warmup_ratio: Number, total_steps: Number, ratio_rounds_up: Number) -> Number:
    rounded = ceil_times if ratio_rounds_up >= 1 else floor_times
    return rounded(warmup_ratio, total_steps)


_BATCH = ("micro_batch_size", "global_batch_size")
_PROCESSES = {"world_size", "data_parallel_size"}

Given = Mapping[str, "Number | None"]
"""The quantities that the files or somebody else tell; None where the number cannot be known."""


def relate(config: Config, given: Given, drop_last: Setting) -> None:
    """Add the default claims and the relations of a plain loop that is told `given`.

    `drop_last` is true, false, None where the config does not say, or UNKNOWN.
    """
    config.relate(data_parallel_size)
    _relate_steps(config, given)
    _relate_batches(config, given, drop_last)
    config.relate(trainer.global_batch_size)
    known = {name: number for name, number in given.items() if number is not None}
    told = _PROCESSES & given.keys() or _batches_tell(given) or _all_is_told(known)
    if not told:
        config.default("world_size", 1, "one process unless told otherwise (--world-size)")
    config.relate(trainer.total_epochs, trainer.samples_seen)
    config.relate(trainer.tokens_per_step, trainer.tokens_seen)


def _batches_tell(given: Given) -> bool:
    """Whether the number of processes or of accumulated batches follows from two batch sizes."""
    return all(name in given for name in _BATCH)


def _relate_steps(config: Config, given: Given) -> None:
    accumulation = given.get("gradient_accumulation_steps")
    if "gradient_accumulation_steps" not in given and not _batches_tell(given):
        accumulation = 1
        config.default("gradient_accumulation_steps", 1, "no gradient accumulation is given")
    config.relate(trainer.steps_rounded_up if accumulation == 1 else steps_with_or_without_the_last)
    _relate_duration(config, given)


def _relate_duration(config: Config, given: Given) -> None:
    """The total of the steps from what was asked for.

    A stated total and whole epochs must agree up to the steps of the last epoch. `max_steps` beside
    epochs is the total where nothing else tells how long an epoch is, else only a limit.
    """
    epochs = given.get("epochs")
    whole, asked = isinstance(epochs, int), "epochs" in given
    if "total_steps" in given:
        config.relate(*[steps_of_an_epoch] * whole)
    elif "max_steps" not in given:
        config.relate(*[trainer.steps_of_epochs] * (whole or not asked))
    elif asked and (_length_is_told(given) or not whole):
        config.relate(steps_of_both, *[trainer.epoch_steps] * whole)
    else:
        config.relate(steps_of_max_steps, *[steps_of_an_epoch] * whole)


def _length_is_told(given: Given) -> bool:
    """Whether the steps of an epoch follow without knowing the steps of the run."""
    return any(name in given for name in (*_BATCH, "steps_per_epoch", "batches_per_epoch"))


def _relate_batches(config: Config, given: Given, drop_last: Setting) -> None:
    """How many batches the samples make.

    Without `drop_last` the short last batch counts, as in a `DataLoader`; but where samples, batch
    and steps are all told, the steps may also come from a loop that drops it.
    """
    alone = all(given.get(name, 1) == 1 for name in _PROCESSES) and not _batches_tell(given)
    if drop_last.value is True and alone:
        config.relate(full_batches_of_global, full_batches, samples_of_full_batches)
    elif drop_last.value is True:
        config.relate(full_batches_of_ranks, samples_of_full_batches)
    elif drop_last.value is False or (drop_last.value is None and not _all_is_told(given)):
        config.relate(all_batches_of_global, all_batches, samples_per_epoch)
    else:
        config.relate(batches_with_or_without_the_last)


def _all_is_told(given: Given) -> bool:
    """Whether samples, batch and steps of an epoch are all told, so that they can disagree.

    Nothing is then assumed of the number of processes: it follows.
    """
    steps = {"steps_per_epoch", "batches_per_epoch"} & given.keys()
    run = {"total_steps", "epochs"} <= given.keys()
    return "dataset_size" in given and any(b in given for b in _BATCH) and (bool(steps) or run)
