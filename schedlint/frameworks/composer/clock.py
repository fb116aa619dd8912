"""Reading Composer's times into a plan: which claim, and which formula of `composer_time`."""

from __future__ import annotations

from typing import NamedTuple

from schedlint.frameworks.composer import cadence
from schedlint.frameworks.composer import time as formulas
from schedlint.frameworks.composer.time import DURATION, BadTime, Kind, Time, about, time_of
from schedlint.plan import Interval, Relation
from schedlint.reading.config import Config, Setting
from schedlint.source import UNKNOWN

_WORD = {"ep": "epochs", "sp": "samples", "tok": "tokens", "dur": "ratio"}


class Clock(NamedTuple):
    """What a run's times are counted against."""

    duration: Time | None = None
    """`max_duration`, where it is known."""
    full: bool = False
    """Whether every batch is known to be full."""

    @property
    def unit(self) -> str | None:
        """The unit of `max_duration`."""
        return None if self.duration is None else self.duration.unit

    def unit_of(self, time: Time) -> str | None:
        """The unit that a schedule compares a time in (`_convert_time`)."""
        unit = self.unit if time.unit == "dur" else time.unit
        return "ba" if unit == "ep" else unit

    def relate(self, config: Config, kind: Kind, setting: Setting, time: Time) -> None:
        """Claim a point in time, and relate it to the step that reaches it."""
        _claim(config, kind, setting, time)
        config.relate(*(about(kind, rel) for rel in self._point(time)))

    def _point(self, time: Time) -> tuple[Relation, ...]:
        if time.unit == "ep":
            return (formulas.steps_of_epochs,)
        if time.unit == "sp":
            return (self._of_samples,)
        if time.unit == "tok":
            return (formulas.samples_of_tokens, self._of_samples)
        of_samples = (formulas.samples_of_ratio, self._of_samples)
        of_tokens = (formulas.tokens_of_ratio, formulas.samples_of_tokens, self._of_samples)
        by_duration: dict[str | None, tuple[Relation, ...]] = {
            "ep": (formulas.steps_of_ratio_of_epochs,),
            "ba": (formulas.steps_of_ratio,),
            "sp": of_samples,
            "tok": of_tokens,
        }
        return by_duration.get(self.unit, ()) if time.unit == "dur" else ()

    @property
    def _of_samples(self) -> Relation:
        return formulas.steps_of_full_batches if self.full else formulas.steps_of_samples

    def relate_interval(self, config: Config, kind: Kind, setting: Setting, time: Time) -> None:
        """Claim an interval, and relate it to steps and to how often it comes."""
        _claim(config, kind, setting, time)
        config.relate(*(about(kind, rel) for rel in self._interval(time)))
        if kind in cadence.COUNTS and time.unit != "iter":
            config.relate(*(cadence.counting(kind, rel) for rel in self._count(time)))

    def _interval(self, time: Time) -> tuple[Relation, ...]:
        if time.unit == "ep":
            return (formulas.interval_of_epochs,)
        between = (formulas.interval_of_full_batches,) if self.full else ()
        if time.unit == "sp":
            return between
        if time.unit == "tok":
            return (formulas.samples_of_tokens, *between)
        of_tokens = (formulas.interval_tokens_of_ratio, formulas.samples_of_tokens)
        by_duration: dict[str | None, tuple[Relation, ...]] = {
            "ep": (formulas.interval_of_ratio_of_epochs,),
            "ba": (formulas.interval_of_ratio,),
            "sp": (formulas.interval_samples_of_ratio, *between),
            "tok": (*of_tokens, *between),
        }
        return by_duration.get(self.unit, ()) if time.unit == "dur" else ()

    def _count(self, time: Time) -> tuple[Relation, ...]:
        unit = self.unit if time.unit == "dur" else time.unit
        if unit in ("sp", "tok"):
            return (cadence.at_samples if self.full else cadence.at_samples_of_short_batches,)
        if time.unit == self.unit == "ep":
            return (cadence.at_epochs,)
        return (cadence.at_steps,) if unit in ("ep", "ba") else ()


def _claim(config: Config, kind: Kind, setting: Setting, time: Time) -> None:
    word = f"{kind.prefix}_{_WORD[time.unit]}" if time.unit in _WORD else kind.steps
    if kind is DURATION:
        word = {"ep": "epochs", "ba": "max_steps"}.get(time.unit, word)
    if time.unit in ("ba", *_WORD):
        config.claim(word, Interval.exactly(time.value), setting)


def read_time(
    config: Config, key: str, *, default: object, whole: str | None
) -> tuple[Setting, Time | None]:
    """The time under a key; None where it is absent, unknown or refused, which is recorded."""
    setting = config.setting(key, default=default)
    value = setting.value
    if value is UNKNOWN or value is None:
        return setting, None
    try:
        return setting, time_of(value, whole)
    except BadTime as refused:
        config.refuse(setting, str(refused))
        return setting, None


def refuse_share(config: Config, setting: Setting, time: Time) -> bool:
    """Whether an interval is nothing of the run, which Composer divides by.

    Source: `composer/utils/misc.py:create_interval_scheduler`.
    """
    refused = time.unit == "dur" and time.value == 0
    if refused:
        config.refuse(setting, "0 of the run is no interval: Composer divides by it")
    return refused
