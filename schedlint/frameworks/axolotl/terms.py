"""What a row of `combinations.py` asks of a config, in a few signs.

key, one|other    one of the keys is given: neither null, false, 0 nor empty
!key              the key is missing, or none of that
+key              the key stands in the file, whatever its value
key=a|b, key!=a   its value is one of these, or certainly none of them
key>1             its number is larger
key~text          its text holds this, in any case
@liger            `plugins` lists a plugin of Axolotl's own
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from schedlint.frameworks.axolotl.plugins import lists
from schedlint.reading.config import Config, Setting
from schedlint.source import UNKNOWN, Mapping, Sequence

_TERM = re.compile(r"([!+@]?)([\w.|]+)(?:(!=|=|>|~)(.+))?")
_VALUES: dict[str, object] = {
    "true": True,
    "false": False,
    "null": None,
    "1": 1,
    "2": 2,
    '"2"': "2",
}
_FALSE_TEXT = ("false", "no", "off", "0", "f", "n")
"""Text that counts as given until pydantic reads it as false: never told to be either."""


class _Term(NamedTuple):
    sign: str
    keys: tuple[str, ...]
    relation: str | None
    values: tuple[str, ...]


@cache
def _read(terms: str) -> tuple[_Term, ...]:
    found = []
    for text in terms.split(", "):
        match = _TERM.fullmatch(text)
        assert match is not None, f"no term: {text}"
        sign, keys, relation, values = match.groups()
        found.append(
            _Term(sign, tuple(keys.split("|")), relation, tuple((values or "").split("|")))
        )
    return tuple(found)


def first_keys(terms: str) -> tuple[str, ...]:
    """The keys that the first term, which the finding stands at, asks for."""
    return _read(terms)[0].keys


def met(config: Config, terms: str) -> list[Setting]:
    """The settings that meet the terms; none where a term is not certainly met."""
    found: list[Setting] = []
    for term in _read(terms):
        if term.sign == "@":
            if not lists(config, term.keys[0]):
                return []
        elif term.sign == "!":
            if not _is_missing(config, term.keys[0]):
                return []
        else:
            setting = next(_meeting(config, term), None)
            if setting is None:
                return []
            found.append(setting)
    return found


def _meeting(config: Config, term: _Term) -> Iterator[Setting]:
    for key in term.keys:
        setting = config.setting(key)
        if setting.value is not UNKNOWN and _meets(setting, term):
            yield setting


def _meets(setting: Setting, term: _Term) -> bool:
    value = setting.value
    if term.relation is None:
        false = isinstance(value, str) and value.lower() in _FALSE_TEXT
        return setting.stated if term.sign == "+" else is_given(setting) and not false
    if term.relation == ">":
        return (setting.number or 0) > int(term.values[0])
    if term.relation == "~":
        return isinstance(value, str) and term.values[0] in value.lower()
    same = any(_is(value, _VALUES.get(text, text)) for text in term.values)
    return same if term.relation == "=" else not same


def _is(value: object, other: object) -> bool:
    return type(value) is type(other) and value == other


def is_given(setting: Setting) -> bool:
    """Whether the file gives the key a value that counts: not null, 0, false or empty."""
    value = setting.value
    if not setting.stated or value is UNKNOWN:
        return False
    if isinstance(value, Mapping):
        return bool(value.entries)
    if isinstance(value, Sequence):
        return bool(value.items)
    return bool(value)


def _is_missing(config: Config, key: str) -> bool:
    """Whether the key has no value that counts; what somebody has told is there."""
    setting = config.setting(key)
    return key not in config.told and setting.value is not UNKNOWN and not is_given(setting)
