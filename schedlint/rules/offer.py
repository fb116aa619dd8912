"""Fixes that a rule can offer, from the quantities and settings that it looks at.

Each function gives None where no file holds what would have to change, or holds it in a form that
is not simply a value: then the message has to do.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from schedlint.fixes import DeleteKey, InsertKey, RenameKey, SetValue, Value
from schedlint.plan import Claim, Number, Quantity
from schedlint.reading.config import Remedy
from schedlint.rules.model import Fix
from schedlint.rules.spots import Spot, entry_around, entry_of, item_of, items_of
from schedlint.source import Entry, Item, Mapping, Node, Scalar, value_of

__all__ = ["change", "change_items", "change_number", "remedied", "removal", "renaming", "spelled"]

_BATCHES = re.compile(r"([0-9][0-9_]*)ba")


def spelled(value: Value, old: Node) -> str:
    """A value as it would be written in the place of an old one, for messages and titles."""
    from schedlint.fixes.spelling import spelled as written

    return written(value, old.document, old if isinstance(old, Scalar) else None)


def change(spot: Spot | None, value: Value, why: str = "", *, safe: bool = False) -> Fix | None:
    """Give what stands at a spot another value. The title is the new line, and why."""
    item = item_of(spot)
    if item is None or not isinstance(item.value, Scalar):
        return None
    return Fix(_title(item, value, why), (SetValue(item, value),), safe)


def change_number(
    spot: Quantity | Claim, value: Number, why: str = "", *, safe: bool = False
) -> Fix | None:
    """Give a quantity another value where a file states it in the unit that it is counted in: as
    the number itself, or as Composer writes steps (`100ba`).
    """
    item, interval = item_of(spot), spot.interval
    if item is None or not isinstance(item.value, Scalar):
        return None
    written = value_of(item.value)
    if isinstance(written, str) and (match := _BATCHES.fullmatch(written)):
        same = int(match[1]) == interval.low
        return change(spot, f"{value}ba", why, safe=safe) if same else None
    if isinstance(written, bool) or not isinstance(written, (int, float)):
        return None
    number = int(value) if value == int(value) else float(value)
    is_it = written in (interval.low, interval.high)  # a limit is stated as its one end
    return change(spot, number, why, safe=safe) if is_it else None


def change_items(spot: Spot | None, values: Iterable[Value], title: str) -> Fix | None:
    """Give the items of a list other values, as many as there are."""
    edits = tuple(SetValue(item, v) for item, v in zip(items_of(spot), values, strict=True))
    return Fix(title, edits) if edits else None


def remedied(remedy: Remedy) -> Fix | None:
    """What ends a refusal."""
    setting, value, only = remedy
    return removal(setting, safe=only) if value is None else change(setting, value, safe=only)


def removal(spot: Spot | None, why: str = "", *, safe: bool = False) -> Fix | None:
    """Remove a key with its value. None where another line refers to it."""
    entry = entry_of(spot)
    if entry is None or _is_referred_to(entry):
        return None
    return Fix(_with(f"remove {_path(entry)}", why), (DeleteKey(entry),), safe)


def renaming(
    spot: Spot | None,
    name: str,
    value: Value | None = None,
    beside: tuple[tuple[str, Value], ...] = (),
    *,
    safe: bool = False,
) -> Fix | None:
    """Give a key another name, and another value where one is given, and put keys beside it that
    are not there. None where one is there with another value, and where another line refers to the
    key.
    """
    entry = entry_of(spot)
    if entry is None or _is_referred_to(entry):
        return None
    holder = entry.key.document.parent(entry.value)
    here = {each.name: each for each in holder.entries} if isinstance(holder, Mapping) else {}
    if any(key in here and value_of(here[key].value) != each for key, each in beside):
        return None
    beside = tuple((key, each) for key, each in beside if key not in here)
    kept = entry.value.source if value is None else spelled(value, entry.value)
    lines = [f"{name}: {kept if len(kept) <= 40 else '…'}"]
    lines += [f"{key}: {spelled(each, entry.key)}" for key, each in beside]
    new = () if value is None else (SetValue(entry, value),)
    added = tuple(InsertKey(entry, key, each) for key, each in beside)
    return Fix(" and ".join(lines), (RenameKey(entry, name), *new, *added), safe)


def _is_referred_to(entry: Entry) -> bool:
    """Whether its file may name the key in `${…}`, `{{…}}` or after `!ref`, on one line."""
    name = re.escape(entry.name)
    reference = rf"(?:\$\{{|\{{\{{|!ref)[^\n]*(?<![\w-]){name}(?![\w-])"
    return re.search(reference, entry.key.document.text) is not None


def _title(item: Item, value: Value, why: str) -> str:
    written = spelled(value, item.value)
    return _with(f"{_path(item)}: {written}" if isinstance(item, Entry) else written, why)


def _path(entry: Entry) -> str:
    """The entry's key with those around it."""
    around = entry_around(entry)
    return entry.name if around is None else f"{_path(around)}.{entry.name}"


def _with(text: str, why: str) -> str:
    return f"{text} ({why})" if why else text
