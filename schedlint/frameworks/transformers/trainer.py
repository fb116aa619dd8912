"""The arithmetic of the Hugging Face `Trainer`, shared by all frameworks that train with it.

Sources: transformers `trainer.py:set_initial_training_values`, `_inner_training_loop`;
`training_args.py:get_warmup_steps`; `trainer_callback.py:DefaultFlowCallback`,
`TrainerState.compute_steps`; accelerate `data_loader.py:BatchSamplerShard`.
"""

from __future__ import annotations

from math import inf

from schedlint.frameworks.transformers import resume as trainer_resume
from schedlint.frameworks.transformers import short_groups as trainer_short_groups
from schedlint.plan import Number, Word, relation
from schedlint.plan.arithmetic import ceil_div, ceil_times, floor_div, ratio, times

WORDS = (
    Word("model_parallel_size", "processes", "processes that share one copy of the model", 1),
    Word("loader_batch_size", "samples", "samples per micro-batch, all ranks", 1),
    Word("samples_per_epoch", "samples", "samples in one pass, repeated ones included"),
    Word("epoch_steps", "optimizer steps", "optimizer steps that the epochs asked for would take"),
    *trainer_short_groups.WORDS,
    *trainer_resume.WORDS,
    Word("warmup_ratio", "of the run", "fraction of the steps that warm up", whole=False),
    Word("eval_batch_size", "samples", "evaluation samples per rank and forward pass", 1),
    Word("full_eval_batches", "micro-batches", "whole evaluation batches per rank"),
    Word("eval_ratio", "of the run", "fraction of the steps between evaluations", whole=False),
    Word("save_ratio", "of the run", "fraction of the steps between checkpoints", whole=False),
    Word("log_ratio", "of the run", "fraction of the steps between log lines", whole=False),
    Word("eval_delay", "optimizer steps", "steps before the first evaluation"),
    Word("eval_delay_epochs", "epochs", "epochs before the first evaluation", whole=False),
    Word("timed_evaluations", "times", "evaluations that come at their interval"),
    Word("extra_evaluations", "times", "evaluations before the first step or after the last"),
    Word("num_stable_steps", "optimizer steps", "steps at the peak of the learning rate"),
    Word("num_decay_steps", "optimizer steps", "steps in which the learning rate comes down"),
    Word("num_processes", "processes", "processes asked of the launcher", 1),
    Word("num_machines", "machines", "machines that the launcher spreads them over", 1),
    Word(
        "train_batch_size", "samples", "samples per optimizer step, as a DeepSpeed file counts", 1
    ),
    Word("trainer_warmup_steps", "optimizer steps", "warm-up that the trainer gives to DeepSpeed"),
    Word("warmup_num_steps", "optimizer steps", "warm-up asked of DeepSpeed's schedule", 1),
    Word("learning_rate", "per step", "peak of the learning rate", whole=False),
    Word("max_grad_norm", "(norm)", "norm that gradients are clipped to", whole=False),
    Word("weight_decay", "per step", "weight decay of the optimizer", whole=False),
    Word("adam_epsilon", "(number)", "epsilon of the optimizer", whole=False),
)

# Processes and batches.


@relation("+", says="{world_size}", output="data_parallel_size")
def every_process(world_size: Number) -> Number:
    return world_size


@relation("+-", says="{world_size} / {model_parallel_size}")
def data_parallel_size(world_size: Number, model_parallel_size: Number) -> Number:
    return floor_div(world_size, model_parallel_size)


@relation("+++", says="{micro_batch_size} × {gradient_accumulation_steps} × {data_parallel_size}")
def global_batch_size(
    micro_batch_size: Number, gradient_accumulation_steps: Number, data_parallel_size: Number
) -> Number:
    return times(micro_batch_size, gradient_accumulation_steps, data_parallel_size)


@relation("++", says="{micro_batch_size} × {data_parallel_size}")
def loader_batch_size(micro_batch_size: Number, data_parallel_size: Number) -> Number:
    return times(micro_batch_size, data_parallel_size)


@relation(
    "+-",
    says="ceil({dataset_size} / {loader_batch_size})",
    output="batches_per_epoch",
    even=ratio,
)
def all_batches(dataset_size: Number, loader_batch_size: Number) -> Number:
    return ceil_div(dataset_size, loader_batch_size)


@relation(
    "+-",
    says="floor({dataset_size} / {loader_batch_size}) (drop_last)",
    output="batches_per_epoch",
    even=ratio,
)
def full_batches(dataset_size: Number, loader_batch_size: Number) -> Number:
    return floor_div(dataset_size, loader_batch_size)


# Steps and epochs.


@relation(
    "+-",
    says="ceil({batches_per_epoch} / {gradient_accumulation_steps})",
    output="steps_per_epoch",
    even=ratio,
)
def steps_rounded_up(batches_per_epoch: Number, gradient_accumulation_steps: Number) -> Number:
    return ceil_div(batches_per_epoch, gradient_accumulation_steps)


@relation(
    "+-",
    says="max(floor({batches_per_epoch} / {gradient_accumulation_steps}), 1)",
    output="steps_per_epoch",
    even=ratio,
)
def steps_rounded_down(batches_per_epoch: Number, gradient_accumulation_steps: Number) -> Number:
    if batches_per_epoch == 0:
        return 0
    return max(floor_div(batches_per_epoch, gradient_accumulation_steps), 1)


@relation("++", says="ceil({epochs} × {steps_per_epoch})", even=times)
def epoch_steps(epochs: Number, steps_per_epoch: Number) -> Number:
    return ceil_times(epochs, steps_per_epoch)


@relation("++", says="ceil({epochs} × {steps_per_epoch})", output="total_steps", even=times)
def steps_of_epochs(epochs: Number, steps_per_epoch: Number) -> Number:
    return ceil_times(epochs, steps_per_epoch)


@relation("+", says="{max_steps} (max_steps counts, not the epochs)", output="total_steps")
def steps_of_max_steps(max_steps: Number) -> Number:
    return max_steps


def position(steps: Number, batches: Number, accumulation: Number) -> tuple[Number, Number]:
    """Whole epochs after some steps, and micro-batches into the next one.

    An epoch's last step takes what is left of it, be it less than a whole accumulation.
    """
    epochs, rest = divmod(steps, ceil_div(batches, accumulation))
    return epochs, times(rest, accumulation)


@relation(
    "+-+",
    says="{total_steps} steps of {gradient_accumulation_steps} of {batches_per_epoch} batches",
)
def total_epochs(
    total_steps: Number, batches_per_epoch: Number, gradient_accumulation_steps: Number
) -> Number:
    """`state.epoch`, which counts in micro-batches (`trainer.py:_inner_training_loop`)."""
    if total_steps == inf or batches_per_epoch in (0, inf):
        return ratio(total_steps, batches_per_epoch)
    epochs, batches = position(total_steps, batches_per_epoch, gradient_accumulation_steps)
    return epochs + ratio(batches, batches_per_epoch)


# Samples and tokens.


@relation("+00", says="{dataset_size}, filled up to whole batches on every rank")
def samples_per_epoch(
    dataset_size: Number, loader_batch_size: Number, data_parallel_size: Number
) -> Number:
    """With several ranks the last batch is filled with samples from the start of the epoch."""
    if data_parallel_size == 1:
        return dataset_size
    return times(ceil_div(dataset_size, loader_batch_size), loader_batch_size)


@relation("+", says="{dataset_size} (even_batches: false)", output="samples_per_epoch")
def every_sample_once(dataset_size: Number) -> Number:
    return dataset_size


@relation("++", says="{batches_per_epoch} × {loader_batch_size}", output="samples_per_epoch")
def samples_of_full_batches(batches_per_epoch: Number, loader_batch_size: Number) -> Number:
    return times(batches_per_epoch, loader_batch_size)


@relation("++", says="at most {total_steps} × {global_batch_size}", output="samples_seen")
def most_samples(total_steps: Number, global_batch_size: Number) -> Number:
    return times(total_steps, global_batch_size)


@relation("+", says="at least 0", output="samples_seen")
def no_samples(total_steps: Number) -> Number:
    return 0


@relation(
    "+0++",
    says="{total_steps} steps of at most {global_batch_size}, {samples_per_epoch} an epoch",
    within=(no_samples, most_samples),
)
def samples_seen(
    total_steps: Number,
    steps_per_epoch: Number,
    samples_per_epoch: Number,
    global_batch_size: Number,
) -> Number:
    """Whole epochs, then the steps of the last one; the last batch of an epoch may be short."""
    if steps_per_epoch == 0 or total_steps == inf:
        return times(total_steps, steps_per_epoch)
    epochs, rest = divmod(total_steps, steps_per_epoch)
    return times(epochs, samples_per_epoch) + min(samples_per_epoch, times(rest, global_batch_size))


@relation("++", says="{global_batch_size} × {sequence_length}")
def tokens_per_step(global_batch_size: Number, sequence_length: Number) -> Number:
    return times(global_batch_size, sequence_length)


@relation("++", says="{samples_seen} × {sequence_length}")
def tokens_seen(samples_seen: Number, sequence_length: Number) -> Number:
    return times(samples_seen, sequence_length)


# Warm-up and schedule.


@relation("++", says="ceil({warmup_ratio} × {total_steps})", output="warmup_steps")
def warmup_of_ratio(warmup_ratio: Number, total_steps: Number) -> Number:
    return ceil_times(warmup_ratio, total_steps)


@relation("+", says="{total_steps}")
def decay_steps(total_steps: Number) -> Number:
    return total_steps


@relation(
    "+++", says="{warmup_steps} + {num_stable_steps} + {num_decay_steps}", output="decay_steps"
)
def horizon_of_parts(
    warmup_steps: Number, num_stable_steps: Number, num_decay_steps: Number
) -> Number:
    """`optimization.py:get_wsd_schedule`: the run's length only fills in a missing stable part."""
    return warmup_steps + num_stable_steps + num_decay_steps


# Evaluations, checkpoints, log lines.


def _interval(steps: Number) -> Number:
    """A run without steps comes to none; what would come every zero steps never comes."""
    return max(steps, 1)


@relation("++", says="ceil({eval_ratio} × {total_steps})")
def eval_interval(eval_ratio: Number, total_steps: Number) -> Number:
    return _interval(ceil_times(eval_ratio, total_steps))


@relation("++", says="ceil({save_ratio} × {total_steps})")
def save_interval(save_ratio: Number, total_steps: Number) -> Number:
    return _interval(ceil_times(save_ratio, total_steps))


@relation("++", says="ceil({log_ratio} × {total_steps})")
def log_interval(log_ratio: Number, total_steps: Number) -> Number:
    return _interval(ceil_times(log_ratio, total_steps))


@relation("+", says="{steps_per_epoch} (every epoch)", output="eval_interval")
def evaluate_every_epoch(steps_per_epoch: Number) -> Number:
    return _interval(steps_per_epoch)


@relation("+", says="{steps_per_epoch} (every epoch)", output="save_interval")
def save_every_epoch(steps_per_epoch: Number) -> Number:
    return _interval(steps_per_epoch)


@relation("+-", says="floor({total_steps} / {eval_interval})", output="timed_evaluations")
def evaluations_by_steps(total_steps: Number, eval_interval: Number) -> Number:
    return floor_div(total_steps, eval_interval)


@relation(
    "+-",
    says="ceil({total_steps} / {eval_interval}), the last step included",
    output="timed_evaluations",
)
def evaluations_and_last(total_steps: Number, eval_interval: Number) -> Number:
    return ceil_div(total_steps, eval_interval)


@relation(
    "+0-",
    says="multiples of {eval_interval} from {eval_delay} to {total_steps}",
    output="timed_evaluations",
)
def evaluations_after_delay(
    total_steps: Number, eval_interval: Number, eval_delay: Number
) -> Number:
    before = floor_div(max(eval_delay - 1, 0), eval_interval)
    return max(floor_div(total_steps, eval_interval) - before, 0)


@relation(
    "+0-",
    says="multiples of {eval_interval} from {eval_delay} to {total_steps}, and the last step",
    output="timed_evaluations",
)
def evaluations_after_delay_and_last(
    total_steps: Number, eval_interval: Number, eval_delay: Number
) -> Number:
    if eval_delay > total_steps:
        return 0
    before = floor_div(max(eval_delay - 1, 0), eval_interval)
    return max(ceil_div(total_steps, eval_interval) - before, 0)


@relation(
    "+-",
    says="ceil({total_steps} / {steps_per_epoch}), one an epoch",
    output="timed_evaluations",
)
def evaluations_by_epoch(total_steps: Number, steps_per_epoch: Number) -> Number:
    return ceil_div(total_steps, steps_per_epoch)


@relation(
    "+-+-",
    says="one an epoch of {batches_per_epoch} batches from epoch {eval_delay_epochs} on, in "
    "{total_steps} steps of {gradient_accumulation_steps}",
    output="timed_evaluations",
)
def evaluations_by_epoch_after_delay(
    total_steps: Number,
    batches_per_epoch: Number,
    gradient_accumulation_steps: Number,
    eval_delay_epochs: Number,
) -> Number:
    """`eval_delay <= state.epoch` at each epoch's end, in double precision; the last epoch may end
    at a fraction.
    """
    if batches_per_epoch == inf:
        return int(total_steps > 0 and eval_delay_epochs == 0)
    if total_steps == inf or batches_per_epoch == 0:
        return ceil_div(total_steps, batches_per_epoch)
    epochs, batches = position(total_steps, batches_per_epoch, gradient_accumulation_steps)
    first = max(ceil_times(eval_delay_epochs, 1), 1)
    partial = batches > 0 and eval_delay_epochs <= float(epochs + batches / batches_per_epoch)
    return max(epochs - first + 1, 0) + partial


@relation("+", says="one after {total_steps} steps", output="checkpoints")
def last_checkpoint(total_steps: Number) -> Number:
    return min(total_steps, 1)


@relation("+-", says="ceil({total_steps} / {save_interval}), the last step included")
def checkpoints(total_steps: Number, save_interval: Number) -> Number:
    return ceil_div(total_steps, save_interval)


@relation("+-", says="ceil({total_steps} / {steps_per_epoch}), one an epoch", output="checkpoints")
def checkpoints_by_epoch(total_steps: Number, steps_per_epoch: Number) -> Number:
    return ceil_div(total_steps, steps_per_epoch)


@relation("+--", says="floor({eval_dataset_size} / ({eval_batch_size} × {data_parallel_size}))")
def full_eval_batches(
    eval_dataset_size: Number, eval_batch_size: Number, data_parallel_size: Number
) -> Number:
    return floor_div(eval_dataset_size, times(eval_batch_size, data_parallel_size))


@relation("+", says="{timed_evaluations}", output="evaluations")
def only_timed_evaluations(timed_evaluations: Number) -> Number:
    return timed_evaluations


@relation("++", says="{timed_evaluations} + {extra_evaluations}", output="evaluations")
def timed_and_extra_evaluations(timed_evaluations: Number, extra_evaluations: Number) -> Number:
    return timed_evaluations + extra_evaluations
