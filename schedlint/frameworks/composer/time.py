"""Composer's time strings (`1ep`, `100ba`, `64sp`, `4e9tok`, `0.05dur`) and what they are in steps.

The one converter of Composer's clock to optimizer steps: a batch of the loader is a step. Epochs
count whole passes; samples and tokens count what the batches really held, so a time in them is
over with the first batch that reaches it; a fraction is one of `max_duration`, in its own unit.

Sources: composer `core/time.py:Time.from_timestring`; `optim/scheduler.py:_convert_time`;
`utils/misc.py:create_interval_scheduler`; `trainer/trainer.py:Trainer._train_loop`.
"""

from __future__ import annotations

import math
import re
from dataclasses import replace
from functools import cache
from math import inf
from typing import NamedTuple

from schedlint.plan import Number, Relation, Word, relation
from schedlint.plan.arithmetic import ceil_div, ceil_times, floor_div, floor_times, ratio, times

_TIME = re.compile(r"^(.+)(iter|ep|ba|sp|tok|dur|sec)$", re.IGNORECASE)
_WALL_CLOCK = re.compile(r"(?=.)(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?")


class Time(NamedTuple):
    """A time string: a whole number of a unit, or a fraction (`dur`)."""

    value: int | float
    unit: str

    def scaled(self, factor: float) -> Time:
        """Composer `Time.__mul__`: cut off to a whole number, but for a fraction.

        A length that no float holds stays what it is: no run reaches it either way.
        """
        length = times(factor, self.value)
        if self.unit == "dur" or factor == 1 or abs(length) == inf:
            return self
        return Time(int(length), self.unit)


class BadTime(ValueError):
    """What Composer cannot read as a time; says why in one line."""


def time_of(value: object, whole: str | None) -> Time:
    """Read a time string, or a whole number of `whole` (None where a unit must be written).

    Raises BadTime for what Composer refuses (`Time.from_input`, `from_timestring`).
    """
    if isinstance(value, int):
        if whole is None:
            raise BadTime("a time needs its unit, such as 100ba or 1ep")
        return Time(value, whole)
    if not isinstance(value, str):
        raise BadTime("a time is a text such as 100ba, or a whole number of epochs")
    return _time_of_text(value)


def _time_of_text(text: str) -> Time:
    if clock := _WALL_CLOCK.fullmatch(text):
        hours, minutes, seconds = (int(part or 0) for part in clock.groups())
        return Time(3600 * hours + 60 * minutes + seconds, "sec")
    found = _TIME.match(text)
    if found is None:
        raise BadTime("no time string: a number with iter, ep, ba, sp, tok or dur")
    try:
        number = float(found[1])
    except ValueError:
        raise BadTime(f"{found[1]!r} is no number") from None
    unit = found[2].lower()
    if not math.isfinite(number):
        raise BadTime(f"{found[1]} is no length")
    if unit == "dur":
        return Time(number, unit)
    if number != int(number):
        raise BadTime(f"{unit} counts whole numbers")
    return Time(int(number), unit)


class Kind(NamedTuple):
    """What a time is about: how its words begin, and the common word that it becomes."""

    prefix: str
    steps: str


DURATION = Kind("duration", "total_steps")
WARMUP = Kind("warmup", "warmup_steps")
HORIZON = Kind("horizon", "decay_steps")
EVALUATION = Kind("eval", "eval_interval")
SAVE = Kind("save", "save_interval")
LOG = Kind("log", "log_interval")


def _words(kind: Kind, what: str) -> tuple[Word, ...]:
    return (
        Word(f"{kind.prefix}_epochs", "epochs", f"{what}, in epochs"),
        Word(f"{kind.prefix}_samples", "samples", f"{what}, in samples", whole=False),
        Word(f"{kind.prefix}_tokens", "tokens", f"{what}, in tokens"),
        Word(f"{kind.prefix}_ratio", "of the run", f"{what}, of the run", whole=False),
    )


WORDS = (
    *_words(DURATION, "length of the run")[1:3],
    *_words(WARMUP, "warm-up"),
    *_words(HORIZON, "horizon of the schedule"),
    *_words(EVALUATION, "between evaluations"),
    *_words(SAVE, "between checkpoints"),
    *_words(LOG, "between log lines"),
    Word("tokens_per_sample", "tokens", "tokens that a sample counts, padding left out", 0, False),
    Word("interval_rounds_up", "", "1 where a batch more lies between two of each, 0 where not"),
)


@cache
def about(kind: Kind, rel: Relation) -> Relation:
    """A formula of this module, in the words of a kind of time."""

    def named(word: str) -> str:
        epochs = "epochs" if kind is DURATION else f"{kind.prefix}_epochs"
        word = kind.steps if word == "time_steps" else word
        word = epochs if word == "time_epochs" else word
        return word.replace("time_", f"{kind.prefix}_")

    says = re.sub(r"\{(\w+)\}", lambda found: "{" + named(found[1]) + "}", rel.says)
    within = None if rel.within is None else tuple(about(kind, each) for each in rel.within)
    return replace(
        rel,
        output=named(rel.output),
        inputs=tuple(map(named, rel.inputs)),
        says=says,
        within=None if within is None else (within[0], within[1]),
    )


# Epochs.


@relation("++", says="{time_epochs} × {steps_per_epoch}", output="time_steps", even=times)
def steps_of_epochs(time_epochs: Number, steps_per_epoch: Number) -> Number:
    return times(time_epochs, steps_per_epoch)


@relation("++", says="{time_epochs} × {steps_per_epoch}", output="time_steps")
def interval_of_epochs(time_epochs: Number, steps_per_epoch: Number) -> Number:
    """An interval has at least one step, also where an epoch has none."""
    return max(times(time_epochs, steps_per_epoch), 1)


# Samples and tokens.


@relation("+-", says="at least {time_samples} / {global_batch_size}", output="time_steps")
def fewest_steps(time_samples: Number, global_batch_size: Number) -> Number:
    return ceil_div(time_samples, global_batch_size)


@relation("+", says="at most {time_samples}", output="time_steps")
def most_steps(time_samples: Number) -> Number:
    return ceil_times(time_samples, 1)


@relation(
    "+00-",
    says="first step with {time_samples} samples: {global_batch_size} a step, "
    "{samples_per_epoch} in the {steps_per_epoch} of an epoch",
    output="time_steps",
    within=(fewest_steps, most_steps),
)
def steps_of_samples(
    time_samples: Number,
    steps_per_epoch: Number,
    samples_per_epoch: Number,
    global_batch_size: Number,
) -> Number:
    """The last batch of an epoch may be short, and counts what it holds."""
    if samples_per_epoch == 0 or inf in (time_samples, steps_per_epoch, samples_per_epoch):
        return ceil_div(time_samples, global_batch_size)
    epochs, rest = divmod(time_samples, samples_per_epoch)
    return times(epochs, steps_per_epoch) + min(ceil_div(rest, global_batch_size), steps_per_epoch)


@relation(
    "+-",
    says="ceil({time_samples} / {global_batch_size}), each batch is full",
    output="time_steps",
    even=ratio,
)
def steps_of_full_batches(time_samples: Number, global_batch_size: Number) -> Number:
    return ceil_div(time_samples, global_batch_size)


@relation(
    "+-+",
    says="{time_samples} / {global_batch_size}, now rounded up, now down",
    output="time_steps",
)
def interval_of_full_batches(
    time_samples: Number, global_batch_size: Number, interval_rounds_up: Number
) -> Number:
    """Where the batch does not divide it, some intervals have a step more than the others."""
    divide = ceil_div if interval_rounds_up >= 1 else floor_div
    return max(divide(time_samples, global_batch_size), 1)


@relation("+-", says="{time_tokens} / {tokens_per_sample}", output="time_samples")
def samples_of_tokens(time_tokens: Number, tokens_per_sample: Number) -> Number:
    return ratio(time_tokens, tokens_per_sample)


# Fractions of max_duration: warm-up and horizon are cut off, intervals rounded up.


@relation(
    "+++",
    says="floor({time_ratio} × {steps_per_epoch} × {epochs})",
    output="time_steps",
)
def steps_of_ratio_of_epochs(time_ratio: Number, steps_per_epoch: Number, epochs: Number) -> Number:
    return floor_times(times(time_ratio, steps_per_epoch), epochs)


@relation("++", says="floor({time_ratio} × {max_steps})", output="time_steps")
def steps_of_ratio(time_ratio: Number, max_steps: Number) -> Number:
    return floor_times(time_ratio, max_steps)


@relation("++", says="floor({time_ratio} × {duration_samples})", output="time_samples")
def samples_of_ratio(time_ratio: Number, duration_samples: Number) -> Number:
    return floor_times(time_ratio, duration_samples)


@relation("++", says="floor({time_ratio} × {duration_tokens})", output="time_tokens")
def tokens_of_ratio(time_ratio: Number, duration_tokens: Number) -> Number:
    return floor_times(time_ratio, duration_tokens)


@relation(
    "+++",
    says="ceil({epochs} × {time_ratio} × {steps_per_epoch})",
    output="time_steps",
)
def interval_of_ratio_of_epochs(
    time_ratio: Number, steps_per_epoch: Number, epochs: Number
) -> Number:
    return max(ceil_times(times(epochs, time_ratio), steps_per_epoch), 1)


@relation("++", says="ceil({max_steps} × {time_ratio})", output="time_steps")
def interval_of_ratio(time_ratio: Number, max_steps: Number) -> Number:
    return ceil_times(time_ratio, max_steps)


@relation("++", says="ceil({duration_samples} × {time_ratio})", output="time_samples")
def interval_samples_of_ratio(time_ratio: Number, duration_samples: Number) -> Number:
    return ceil_times(time_ratio, duration_samples)


@relation("++", says="ceil({duration_tokens} × {time_ratio})", output="time_tokens")
def interval_tokens_of_ratio(time_ratio: Number, duration_tokens: Number) -> Number:
    return ceil_times(time_ratio, duration_tokens)
