"""The judges of JSON and TOML: Python's json and tomllib."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from typing import Any

from tests.fixes.judge import Change, Judge, Path, Place, Token, Wanted

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

__all__ = ["JsonJudge", "TomlJudge"]


class _Digits(str):
    """A number as it is written: where nothing is to change, no digit may."""

    __slots__ = ()


class _Pairs(list[Any]):
    """An object with its keys in order, those given twice included."""


_JSON_TOKEN = re.compile(
    r"""(?P<comment>(?://|\#)[^\r\n]*|/\*(?s:.*?)\*/)
    |(?P<string>"(?:[^"\\]|\\.)*")|(?P<word>[^\s"{}\[\]:,/\#]+)|(?P<sign>[{}\[\]:,])""",
    re.X,
)
_TOML_TOKEN = re.compile(
    r"""(?P<comment>\#[^\r\n]*)
    |\"{3}(?s:[^\\]|\\.)*?\"{3,5}|'{3}(?s:.)*?'{3,5}|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'
    |[^\s"'\#=,\[\]{}]+""",
    re.X,
)


class JsonJudge(Judge):
    """Python's json; what lenient readers allow is taken out before."""

    def places(self) -> list[Place]:
        """All that can be edited, in the order of the text."""
        return _places(_json(self.text))

    def verdict(self, change: Change, after: str) -> str:
        """What is wrong with the data of a new text."""
        expected = _json(self.text)
        *around, index = map(int, change.place.path)
        holder = expected
        for step in around:
            holder = holder[step][1] if isinstance(holder, _Pairs) else holder[step]
        if not change.place.is_entry:
            holder[index] = Wanted(change.value)
        else:
            _make_pair(change, holder, index)
        try:
            return "" if _same(expected, _json(after)) else "other data"
        except ValueError as error:
            return f"json cannot read it: {error}"

    def tokens(self, text: str) -> Iterator[Token]:
        """Strings, words and comments."""
        for match in _JSON_TOKEN.finditer(text):
            if match.lastgroup != "sign":
                yield Token(*match.span(), is_comment=match.lastgroup == "comment")


def _make_pair(change: Change, pairs: _Pairs, index: int) -> None:
    name, value = pairs[index]
    if change.kind == "delete":
        del pairs[index]
    elif change.kind == "insert":
        pairs.insert(index + 1, (change.name, Wanted(change.value)))
    else:
        renamed = change.kind == "rename"
        pairs[index] = (change.name, value) if renamed else (name, Wanted(change.value))


def _json(text: str) -> Any:
    """The data of a text, its numbers as they are written."""
    strict, is_key = [""], False
    for match in _JSON_TOKEN.finditer(text.removeprefix("\ufeff")):
        kind, token = match.lastgroup, match[0]
        if kind == "comment":
            continue
        if token in "}]" and strict[-1] == ",":
            strict.pop()
        if kind == "word" and strict[-1] in "{,":
            is_key = True
        elif token == ":" and is_key:
            strict[-1], is_key = json.dumps(strict[-1]), False
        else:
            is_key = False
        strict.append(token)
    return json.loads(
        " ".join(strict),
        object_pairs_hook=_Pairs,
        parse_int=_Digits,
        parse_float=_Digits,
        parse_constant=_Digits,
    )


class TomlJudge(Judge):
    """Python's tomllib."""

    def places(self) -> list[Place]:
        """All that can be edited, in the order of the text."""
        return _places(_toml(self.text))

    def verdict(self, change: Change, after: str) -> str:
        """What is wrong with the data of a new text."""
        expected = _toml(self.text)
        *around, last = change.place.path
        holder = expected
        for step in around:
            holder = holder[step]
        if change.kind == "set":
            holder[last] = Wanted(change.value)
        elif change.kind == "insert":
            holder[change.name] = Wanted(change.value)
        elif change.kind == "rename":
            holder[change.name] = holder.pop(last)
        else:
            del holder[last]
        try:
            return "" if _same(expected, _toml(after)) else "other data"
        except tomllib.TOMLDecodeError as error:
            return f"tomllib cannot read it: {error}"

    def named(self, place: Place) -> int:
        """A table may be named in each header and key of what it holds."""
        return place.tokens + 2

    def tokens(self, text: str) -> Iterator[Token]:
        """Strings, bare keys, other values, and comments."""
        for match in _TOML_TOKEN.finditer(text.removeprefix("\ufeff")):
            shift = text.startswith("\ufeff")
            start, end = match.span()
            yield Token(start + shift, end + shift, is_comment=match.lastgroup == "comment")


def _toml(text: str) -> Any:
    return tomllib.loads(text.removeprefix("\ufeff"), parse_float=_Digits)


def _places(data: Any, path: Path = ()) -> list[Place]:
    """The places below, each with those below it. A dict has names for its keys, pairs numbers."""
    found: list[Place] = []
    for step, value in _steps(data):
        below = _places(value, (*path, step))
        inner = sum(each.tokens + 3 for each in below if len(each.path) == len(path) + 2)
        tokens = inner if isinstance(value, (list, dict)) else 1
        is_entry = isinstance(data, (_Pairs, dict))
        found += [Place(0, (*path, step), is_entry, is_alias=False, tokens=tokens), *below]
    return found


def _steps(data: Any) -> list[tuple[int | str, Any]]:
    if isinstance(data, dict):
        return list(data.items())
    if isinstance(data, _Pairs):
        return [(number, value) for number, (_, value) in enumerate(data)]
    return list(enumerate(data)) if isinstance(data, list) else []


def _same(expected: Any, found: Any) -> bool:
    """Whether data are as expected, types included. Tables have no order."""
    if isinstance(expected, Wanted):
        return expected.is_met_by(_number(found) if isinstance(found, _Digits) else found)
    if type(expected) is not type(found):
        return False
    if isinstance(expected, dict):
        return expected.keys() == found.keys() and all(
            _same(value, found[name]) for name, value in expected.items()
        )
    if isinstance(expected, (list, tuple)):
        return len(expected) == len(found) and all(map(_same, expected, found))
    return bool(expected == found)


def _number(digits: str) -> int | float:
    return int(digits) if digits.lstrip("-").isdecimal() else float(digits.replace("_", ""))
