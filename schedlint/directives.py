"""Comments in a config that speak to schedlint.

# schedlint: framework=axolotl axolotl==0.18.0 world_size=8 dataset_size=1_000_000
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from schedlint.frameworks import UnknownFramework, by_name
from schedlint.reading.place import Place
from schedlint.reading.versions import SpecError, parse_pin
from schedlint.source import Document
from schedlint.told import FactError, Told, assumption

if TYPE_CHECKING:
    from schedlint.frameworks.plain.house import HouseFramework

_SIGN = "schedlint:"
_WORD = re.compile(r"\S+")


class DirectiveProblem(NamedTuple):
    """A comment that speaks to schedlint but cannot be understood."""

    place: Place
    message: str


class Directives(NamedTuple):
    """What a file's comments tell."""

    told: Told
    problems: tuple[DirectiveProblem, ...]


def directives(document: Document, house: Sequence[HouseFramework] = ()) -> Directives:
    """Read the comments of a document's file; free when the file never says `schedlint:`.

    `house` are the frameworks that a comment may name beside those in the box.
    """
    told, problems = Told(), list[DirectiveProblem]()
    if _SIGN in document.text:
        for place in _words(document):
            try:
                told = _joined(told, _fact(place, house))
            except (FactError, SpecError, UnknownFramework) as problem:
                problems.append(DirectiveProblem(place, str(problem)))
    return Directives(told, tuple(problems))


def _words(document: Document) -> Iterator[Place]:
    """Every word of the comments that state facts."""
    for start, _, text in document.file.comments():
        if not text.lstrip().startswith(_SIGN):
            continue
        first = document.text.index(_SIGN, start) + len(_SIGN)
        end = document.text.index(text, start) + len(text)
        found = _WORD.finditer(document.text, first, end)
        words = [Place(document, *word.span()) for word in found]
        if words and not _text(words[0]).startswith("ignore"):
            yield from words


def _joined(told: Told, fact: Told) -> Told:
    both = told.over(fact)
    if both == told:
        raise FactError("told twice in this file; the first counts")
    return both


def _fact(place: Place, house: Sequence[HouseFramework]) -> Told:
    word = _text(place)
    if any(sign in word for sign in ("==", ">", "<", "~=", "!=")):
        return Told(pins=(parse_pin(word, "comment"),))
    name, sign, value = word.partition("=")
    if not sign or not value:
        raise FactError(f"{word!r} is not a fact; write NAME=VALUE or PACKAGE==VERSION")
    if name == "framework":
        return Told(framework=by_name(value, house).name)
    if name == "gpu":
        return Told(gpu=value)
    return Told((assumption(name, value, f"comment: {word}", place),))


def _text(place: Place) -> str:
    return place.document.text[place.start : place.end]
