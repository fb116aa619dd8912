"""Facts that the files do not hold: flags, settings and comments that state them.

A fact is a quantity (`world_size=8`), the version of a package (`transformers==4.57.6`), the
framework (`framework=axolotl`) or the accelerator (`gpu=V100`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from schedlint.plan import WORDS, Claim, Interval, Number, Origin
from schedlint.reading.place import Place
from schedlint.reading.versions import Pin

_NUMERAL = re.compile(r"[+-]?(\d[\d_]*\.?\d*|\.\d+)([eE][+-]?\d\d?)?|\d+/0*[1-9]\d*", re.ASCII)
_MOST = 10**15
"""Nothing in training is counted beyond this; a larger number is a slip."""


class FactError(ValueError):
    """A fact that names nothing known or has a value that cannot be; says so in one line."""


class Assumption(NamedTuple):
    """A quantity that somebody has told, and how (`--world-size`)."""

    quantity: str
    value: Number
    text: str
    place: Place | None = None

    def claim(self) -> Claim:
        """The claim that it makes on a plan."""
        interval = Interval.exactly(self.value)
        return Claim(self.quantity, interval, Origin.ASSUMED, self.text, self.place)


@dataclass(frozen=True, slots=True)
class Told:
    """Everything that was told about a run from outside its files."""

    assumptions: tuple[Assumption, ...] = ()
    pins: tuple[Pin, ...] = ()
    framework: str | None = None
    gpu: str | None = None

    def over(self, weaker: Told) -> Told:
        """Both together; where they tell the same thing differently, this one counts."""
        mine = {assumption.quantity for assumption in self.assumptions}
        pinned = {pin.package for pin in self.pins}
        return Told(
            self.assumptions + tuple(a for a in weaker.assumptions if a.quantity not in mine),
            self.pins + tuple(pin for pin in weaker.pins if pin.package not in pinned),
            self.framework or weaker.framework,
            self.gpu or weaker.gpu,
        )


NOTHING_TOLD = Told()


def assumption(name: str, value: str | float, text: str, place: Place | None = None) -> Assumption:
    """A quantity of the word list with its value; `text` says who tells it.

    Raises FactError for an unknown name (with the nearest known one) and an impossible value.
    """
    word = WORDS.get(name)
    if word is None:
        raise FactError(f"{name!r} is not a quantity{_nearest(name)}")
    number = _number(value)
    if number is None or (word.whole and number != int(number)):
        kind = "a whole number" if word.whole else "a number"
        raise FactError(f"{name} needs {kind}, found {value!r}")
    if number > _MOST:
        raise FactError(f"{name} cannot be that large: {value}")
    if number < word.least:
        raise FactError(f"{name} is at least {word.least}, found {value}")
    return Assumption(name, int(number) if word.whole else number, text, place)


def told(assume: Mapping[str, object]) -> Told:
    """The facts of a mapping such as `{"world_size": 8, "gpu": "V100"}`."""
    assumptions = tuple(
        assumption(
            name, value if isinstance(value, (int, float)) else str(value), f"{name}={value}"
        )
        for name, value in assume.items()
        if name != "gpu"
    )
    gpu = assume.get("gpu")
    return Told(assumptions, gpu=None if gpu is None else str(gpu))


def _number(value: str | float) -> Number | None:
    text = str(value).strip()
    if len(text) > 100 or not _NUMERAL.fullmatch(text):
        return None
    number = Fraction(text.replace("_", ""))
    return int(number) if number.denominator == 1 else number


def _nearest(name: str) -> str:
    import difflib  # only a mistake needs it

    near = difflib.get_close_matches(name, [*WORDS, "gpu"], n=1, cutoff=0.5)
    return f"; did you mean {near[0]}?" if near else "; schedlint derive shows their names"
