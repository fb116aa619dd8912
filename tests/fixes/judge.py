"""A judge of edits that knows nothing of how they are made: PyYAML, Python's json and tomllib say
what is in a text before and after, and the tokens of a text are found here once more.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import takewhile
from typing import NamedTuple, TypeAlias

from schedlint.fixes import Value

__all__ = ["Change", "Judge", "Path", "Place", "Token", "Wanted"]

Path: TypeAlias = "tuple[int | str, ...]"
"""Numbers of entries and items as they are written, or names where a format has no order."""


class Place(NamedTuple):
    """Where an edit can be. What is there is written in so many tokens, or less."""

    document: int
    path: Path
    is_entry: bool
    is_alias: bool
    tokens: int


@dataclass(frozen=True)
class Change:
    """An edit as the judge knows it: set, rename, insert (a key behind the place) or delete."""

    kind: str
    place: Place
    name: str = ""
    value: Value = None


class Wanted:
    """A value that an edit is to put into the data."""

    def __init__(self, value: Value) -> None:
        self.value = value

    def is_met_by(self, found: object) -> bool:
        """Whether a value is it, its type included."""
        same = found == self.value or repr(found) == repr(self.value)  # nan is not nan
        return type(found) is type(self.value) and same


class Token(NamedTuple):
    """A value, a key, or anything else of which no character may change unasked."""

    start: int
    end: int
    is_comment: bool


class Judge(ABC):
    """What a text holds, as another reader sees it."""

    def __init__(self, text: str) -> None:
        self.text = text

    @abstractmethod
    def places(self) -> list[Place]:
        """All that can be edited, in the order of the text."""

    @abstractmethod
    def verdict(self, change: Change, after: str) -> str:
        """What is wrong with the data of a new text; empty if they are as they should be."""

    @abstractmethod
    def tokens(self, text: str) -> Iterator[Token]:
        """The tokens of a text, in order."""

    def named(self, place: Place) -> int:
        """In how many tokens, at most, a key is written."""
        return 1

    def faults(self, change: Change, after: str) -> list[str]:
        """What is wrong with a new text."""
        found = [
            self.verdict(change, after),
            _moved_comments(self, change, after),
            _touched(self, change, after),
        ]
        return [each for each in found if each]


def _moved_comments(judge: Judge, change: Change, after: str) -> str:
    old, new = ([*_comments(judge, text)] for text in (judge.text, after))
    if [comment for comment, _, _ in old] != [comment for comment, _, _ in new]:
        return "a comment is lost or another one"
    first, last, _ = _difference(judge.text, after)
    for (comment, code, start), (_, new_code, _) in zip(old, new, strict=True):
        line_end = judge.text.find("\n", start)
        touched = first <= (len(judge.text) if line_end < 0 else line_end) and last >= start
        same = _alike(change.kind, code, new_code) if touched else code == new_code
        if not same:
            return f"the comment {comment!r} is behind something else"
    return ""


def _alike(kind: str, code: str, new_code: str) -> bool:
    """Whether a comment on a line that an edit has touched is still on what it was on."""
    if kind == "insert":
        return _is_within(code, new_code)
    # What is deleted may have begun lines above: then the end of the line is as it was.
    alike = _is_within(code, new_code) or _is_within(new_code, code) or code[-1:] == new_code[-1:]
    return kind != "delete" or alike


def _comments(judge: Judge, text: str) -> Iterator[tuple[str, str, int]]:
    """Each comment, what stands before it on its line, and where that line starts."""
    for token in judge.tokens(text):
        if token.is_comment:
            start = max(text.rfind(sign, 0, token.start) for sign in "\r\n") + 1
            code = re.sub(r"[\s,]", "", text[start : token.start])
            yield text[token.start : token.end].rstrip(), code, start


def _is_within(code: str, other: str) -> bool:
    """Whether one text is another with something put into it."""
    rest = iter(other)
    return all(character in rest for character in code)


def _difference(old: str, new: str) -> tuple[int, int, int]:
    """From where to where a text has changed, and to where the new one has."""
    pairs = takewhile(lambda pair: pair[0] == pair[1], zip(old, new, strict=False))
    first = sum(1 for _ in pairs)
    ends = zip(reversed(old[first:]), reversed(new[first:]), strict=False)
    same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], ends))
    return first, len(old) - same, len(new) - same


def _touched(judge: Judge, change: Change, after: str) -> str:
    """An edit changes the tokens that it is about, and no other one, nor anything far from it."""
    first, last, new_last = _difference(judge.text, after)
    old, new = [*judge.tokens(judge.text)], [*judge.tokens(after)]
    lost, come = _written(judge.text, old), _written(after, new)
    lost, come = lost - come, come - lost
    named, value = judge.named(change.place), change.place.tokens
    allowed = {"set": (value, 1), "rename": (named, named), "insert": (0, 4)}
    most, most_new = allowed.get(change.kind, (value + 3, 0))
    if lost.total() > most or come.total() > most_new:
        return f"{[*lost]} have become {[*come]}"
    # Of what is in between, as much may be the same; equal neighbours blur where that begins.
    between = _touching(old, first, last), _touching(new, first, new_last)
    if between[0] > 2 * value + named + 4 or between[1] > 2 * value + named + 4:
        return f"{between[0]} tokens have become {between[1]}"
    return ""


def _written(text: str, tokens: Iterable[Token]) -> Counter[str]:
    return Counter(text[start:end] for start, end, is_comment in tokens if not is_comment)


def _touching(tokens: Iterable[Token], first: int, last: int) -> int:
    """How many tokens have a character in a stretch of text, or hold an empty one."""
    return sum(start < last and end > first for start, end, comment in tokens if not comment)
