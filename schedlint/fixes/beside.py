"""A key with its value, written as the one beside it is: quotes, blanks, and columns."""

from __future__ import annotations

import re
from typing import NamedTuple

from schedlint.fixes.edits import Value
from schedlint.fixes.refusal import EditRefused
from schedlint.fixes.spelling import spelled, spelled_key
from schedlint.source import Entry, Mapping, Scalar

__all__ = ["written_beside"]

_SIGN = re.compile(r"([ \t]*)[:=]([ \t]*)(?![ \t\r\n]|\Z)")


def written_beside(holder: Mapping, index: int, name: str, value: Value) -> str:
    """`name: value` in the style of an entry of the same object."""
    entry = holder.entries[index]
    if not isinstance(entry.key, Scalar) or entry.key.source.startswith("*"):
        raise EditRefused("a key can only be put beside one that is written out")
    document = holder.document
    key = spelled_key(name, entry.key)
    old = entry.value if isinstance(entry.value, Scalar) and entry.alias is None else None
    sign = "=" if document.file.format == "toml" else ":"
    before, after = _blanks(holder, index, key)
    return f"{key}{before}{sign}{after}{spelled(value, document, old)}"


class _Blanks(NamedTuple):
    """The blanks around the sign between a key and its value, and where they end."""

    before: str
    after: str
    sign_at: int
    value_at: int


def _blanks(holder: Mapping, index: int, key: str) -> tuple[str, str]:
    """What stands around the sign: one blank or none, or as many as keep a column."""
    mine = _blanks_of(holder.entries[index])
    if mine is None:
        toml = holder.document.file.format == "toml"
        return (" ", " ") if toml else ("", " ")
    near = [
        holder.entries[each] for each in (index - 1, index + 1) if 0 <= each < len(holder.entries)
    ]
    others = [each for entry in near if (each := _blanks_of(entry)) is not None]
    before, after = mine.before[:1], mine.after[:1]
    if _in_column([(each.sign_at, each.before) for each in (mine, *others)]):
        before = " " * max(mine.sign_at - len(key), len(before))
    if _in_column([(each.value_at, each.after) for each in (mine, *others)]):
        after = " " * max(mine.value_at - len(key) - len(before) - 1, 1)
    in_json_style = key.startswith('"') and holder.source.startswith("{")
    needed = holder.document.file.format == "yaml" and not in_json_style
    return before, after or " " * needed


def _blanks_of(entry: Entry) -> _Blanks | None:
    match = _SIGN.match(entry.key.document.text, entry.key.end)
    if match is None:
        return None
    before, after = match.groups()
    sign_at = entry.key.end - entry.key.start + len(before)
    return _Blanks(before, after, sign_at, sign_at + 1 + len(after))


def _in_column(places: list[tuple[int, str]]) -> bool:
    """Whether something stands in one column in neighbouring lines, and not by chance."""
    columns = {column for column, _ in places}
    return len(places) > 1 and len(columns) == 1 and any(len(blanks) > 1 for _, blanks in places)
