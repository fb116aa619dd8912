"""How many evaluations and checkpoints a Lightning run of so many steps and batches has.

Validation counts micro-batches, checkpoints count optimizer steps or epochs; what they are counted
from is in `lightning_steps.py`.

Sources: lightning `pytorch/loops/training_epoch_loop.py:_should_check_val_fx`;
`loops/fit_loop.py:setup_data`; `callbacks/model_checkpoint.py`.
"""

from __future__ import annotations

from math import inf, lcm

from schedlint.plan import Number, relation
from schedlint.plan.arithmetic import ceil_div, floor_div, floor_times, times

# Evaluations.


@relation("++", says="{check_every_epochs} × {steps_per_epoch}", output="eval_interval")
def evaluate_at_epoch_ends(check_every_epochs: Number, steps_per_epoch: Number) -> Number:
    return max(times(check_every_epochs, steps_per_epoch), 1)


@relation("+-", says="{eval_batches} / {gradient_accumulation_steps}", output="eval_interval")
def evaluate_after_batches(eval_batches: Number, gradient_accumulation_steps: Number) -> Number:
    """Only for intervals that end where an accumulation ends."""
    return max(floor_div(eval_batches, gradient_accumulation_steps), 1)


@relation("++", says="max(floor({batches_per_epoch} × {eval_share}), 1)", output="eval_batches")
def eval_batches_of_share(batches_per_epoch: Number, eval_share: Number) -> Number:
    return max(floor_times(eval_share, batches_per_epoch), 1)


@relation(
    "+-",
    says="floor({complete_epochs} / {check_every_epochs}), one an epoch",
    output="timed_evaluations",
)
def evaluations_at_epoch_ends(complete_epochs: Number, check_every_epochs: Number) -> Number:
    return floor_div(complete_epochs, check_every_epochs)


@relation(
    "++-",
    says="at most {total_steps} × {gradient_accumulation_steps} / {eval_batches}",
    output="timed_evaluations",
)
def most_evaluations(
    total_steps: Number, gradient_accumulation_steps: Number, eval_batches: Number
) -> Number:
    return floor_div(times(total_steps, gradient_accumulation_steps), eval_batches)


@relation("+", says="at least 0", output="timed_evaluations")
def no_evaluations(total_steps: Number) -> Number:
    return 0


@relation(
    "000000",
    says="every {eval_batches} of {batches_per_epoch} batches in every {check_every_epochs}. "
    "epoch, in {total_steps} steps",
    output="timed_evaluations",
    within=(no_evaluations, most_evaluations),
)
def evaluations_within_epochs(
    total_steps: Number,
    steps_per_epoch: Number,
    batches_per_epoch: Number,
    gradient_accumulation_steps: Number,
    eval_batches: Number,
    check_every_epochs: Number,
) -> Number:
    """The count starts anew with each epoch; what is left of it is not evaluated."""
    if steps_per_epoch == 0:
        return 0
    if total_steps == inf:
        return inf if eval_batches <= batches_per_epoch else 0
    epochs, rest = divmod(total_steps, steps_per_epoch)
    count = floor_div(epochs, check_every_epochs) * floor_div(batches_per_epoch, eval_batches)
    if rest and (epochs + 1) % check_every_epochs == 0:
        count += floor_div(times(rest, gradient_accumulation_steps), eval_batches)
    return count


@relation(
    "00000",
    says="every {eval_batches} batches of the whole run, {batches_per_epoch} an epoch",
    output="timed_evaluations",
    within=(no_evaluations, most_evaluations),
)
def evaluations_across_epochs(
    total_steps: Number,
    steps_per_epoch: Number,
    batches_per_epoch: Number,
    gradient_accumulation_steps: Number,
    eval_batches: Number,
) -> Number:
    """With `check_val_every_n_epoch: null` the batches are counted on from epoch to epoch."""
    if steps_per_epoch == 0 or total_steps == inf:
        return times(total_steps, steps_per_epoch)
    epochs, rest = divmod(total_steps, steps_per_epoch)
    batches = times(epochs, batches_per_epoch) + times(rest, gradient_accumulation_steps)
    return floor_div(batches, eval_batches)


@relation("++", says="{timed_evaluations}, if there is data for them")
def evaluations(timed_evaluations: Number, eval_dataset_size: Number) -> Number:
    """Whether there is a validation loader stands in the code; without data nothing is counted."""
    return timed_evaluations if eval_dataset_size > 0 else 0


# Checkpoints.


@relation("+-", says="floor({total_steps} / {save_interval}); the last step is not added")
def checkpoints(total_steps: Number, save_interval: Number) -> Number:
    return floor_div(total_steps, save_interval)


@relation("++", says="{save_every_epochs} × {steps_per_epoch}", output="save_interval")
def save_at_epoch_ends(save_every_epochs: Number, steps_per_epoch: Number) -> Number:
    return max(times(save_every_epochs, steps_per_epoch), 1)


@relation("+-", says="floor({complete_epochs} / {save_every_epochs})", output="checkpoints")
def checkpoints_of_epochs(complete_epochs: Number, save_every_epochs: Number) -> Number:
    """Where no epoch is cut."""
    return floor_div(complete_epochs, save_every_epochs)


@relation(
    "+--",
    says="floor(ceil({total_steps} / {steps_per_epoch}) / {save_every_epochs}), "
    "the end of a cut epoch included",
    output="checkpoints",
)
def checkpoints_at_epoch_ends(
    total_steps: Number, steps_per_epoch: Number, save_every_epochs: Number
) -> Number:
    return floor_div(ceil_div(total_steps, steps_per_epoch), save_every_epochs)


@relation("+", says="{evaluations}, one with each", output="checkpoints")
def checkpoints_with_evaluations(evaluations: Number) -> Number:
    return evaluations


@relation("++", says="{evaluations}, but one a step", output="checkpoints")
def checkpoints_with_some_evaluations(evaluations: Number, steps_evaluated: Number) -> Number:
    """Several evaluations between two optimizer steps write one checkpoint."""
    return min(evaluations, steps_evaluated)


@relation(
    "+00+",
    says="{complete_epochs} epochs, one in every {check_every_epochs}. that is a "
    "{save_every_epochs}. too",
    output="checkpoints",
)
def checkpoints_of_evaluated_epochs(
    complete_epochs: Number,
    check_every_epochs: Number,
    save_every_epochs: Number,
    eval_dataset_size: Number,
) -> Number:
    """Saved after the validation of an epoch, where both intervals fall on it."""
    both = lcm(int(check_every_epochs), int(save_every_epochs))
    return floor_div(complete_epochs, both) if eval_dataset_size > 0 else 0
