"""From edits to the stretches of text that change."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import NamedTuple

from schedlint.fixes import block, flow
from schedlint.fixes.edits import (
    DeleteKey,
    Edit,
    InsertKey,
    RenameKey,
    SetValue,
    document_of,
    holder_of,
)
from schedlint.fixes.refusal import EditRefused
from schedlint.fixes.spelling import spelled, spelled_key
from schedlint.source import Document, Mapping, Scalar

__all__ = ["Splice", "spliced", "splices_of"]


class Splice(NamedTuple):
    """Put `text` in the place of the characters from `start` to `end` of a file's text."""

    start: int
    end: int
    text: str


def splices_of(edits: Iterable[Edit]) -> tuple[Splice, ...]:
    """The splices of some edits of one file, by position. Raises EditRefused where one cannot be
    made, or two are in each other's way.
    """
    found = sorted(_splice(edit) for edit in edits)
    for one, other in pairwise(found):
        if one.end > other.start or one.start == other.start:
            raise EditRefused("two of the edits are in each other's way")
    return tuple(found)


def spliced(text: str, splices: Iterable[Splice]) -> str:
    """The text with splices made that do not overlap."""
    parts, done = [], 0
    for start, end, new in sorted(splices):
        parts += [text[done:start], new]
        done = end
    return "".join([*parts, text[done:]])


def _splice(edit: Edit) -> Splice:
    document = document_of(edit)
    if document.file.format == "python":
        raise EditRefused("a Python file is not rewritten")
    if isinstance(edit, SetValue):
        return _set(edit, document)
    if isinstance(edit, RenameKey):
        return _rename(edit, document)
    entry = edit.beside if isinstance(edit, InsertKey) else edit.entry
    holder, index = holder_of(entry, document)
    assert isinstance(holder, Mapping), "an entry stands in a mapping"
    where = flow if flow.is_flow(holder) else block
    if isinstance(edit, DeleteKey):
        return Splice(*where.without(holder, index))
    return Splice(*where.insertion(holder, index, edit.name, edit.value))


def _set(edit: SetValue, document: Document) -> Splice:
    item = edit.item
    old = None if item.alias is not None else item.value
    start, end = (item.start, item.end) if old is None else (old.start, old.end)
    text = spelled(edit.value, document, old if isinstance(old, Scalar) else None)
    before = document.text[start - 1 : start]
    if start == end and before in (":", "-"):
        text = f" {text}"  # an empty value stands right behind its sign
    return Splice(start, end, text)


def _rename(edit: RenameKey, document: Document) -> Splice:
    key, (holder, index) = edit.entry.key, holder_of(edit.entry, document)
    assert isinstance(holder, Mapping), "an entry stands in a mapping"
    if not isinstance(key, Scalar) or key.source.startswith("*"):
        raise EditRefused("only a key that is written out can be renamed")
    others = (each for number, each in enumerate(holder.entries) if number != index)
    if any(each.name == edit.name for each in others):
        raise EditRefused(f"{edit.name} is there already")
    return Splice(key.start, key.end, spelled_key(edit.name, key))
