"""From edits to the stretches of text that change."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise, starmap
from typing import NamedTuple, Protocol

from schedlint.fixes import block, flow, statements
from schedlint.fixes.edits import (
    DeleteKey,
    Edit,
    InsertKey,
    RenameKey,
    SetValue,
    Value,
    document_of,
    holder_of,
)
from schedlint.fixes.lines import Stretch
from schedlint.fixes.mentions import mentions
from schedlint.fixes.refusal import EditRefused
from schedlint.fixes.replacement import replacement
from schedlint.fixes.spelling import spelled_key
from schedlint.source import Document, Entry, Mapping, Scalar
from schedlint.source.tree import merge_sources

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
    insertions: dict[int, list[InsertKey]] = {}  # those beside one key become one
    found: list[Splice] = []
    for edit in edits:
        if isinstance(edit, InsertKey):
            insertions.setdefault(id(edit.beside.key), []).append(edit)
        else:
            found += _splices(edit)
    for together in insertions.values():
        found += _inserted(together)
    found.sort()
    for one, other in pairwise(found):
        if one.end > other.start or one[:2] == other[:2]:
            raise EditRefused("two of the edits are in each other's way")
    return tuple(found)


def spliced(text: str, splices: Iterable[Splice]) -> str:
    """The text with splices made that do not overlap."""
    parts, done = [], 0
    for start, end, new in sorted(splices):
        parts += [text[done:start], new]
        done = end
    return "".join([*parts, text[done:]])


def _splices(edit: SetValue | RenameKey | DeleteKey) -> Iterator[Splice]:
    document = _document(edit)
    if isinstance(edit, SetValue):
        return starmap(Splice, replacement(edit.item, edit.value, document))
    if isinstance(edit, RenameKey):
        return _renamed(edit, document)
    holder, index = _place(edit.entry, document)
    return starmap(Splice, _style(holder).without(holder, index))


def _inserted(edits: list[InsertKey]) -> Iterator[Splice]:
    """The splices of insertions beside one key, in their order."""
    holder, index = _place(edits[0].beside, _document(edits[0]))
    for edit in edits:
        there = holder.get(edit.name)
        if there is not None and not there.merged:
            raise EditRefused(f"{edit.name} is there already")
    pairs = [(edit.name, edit.value) for edit in edits]
    return starmap(Splice, _style(holder).insertion(holder, index, pairs))


def _document(edit: Edit) -> Document:
    document = document_of(edit)
    if document.file.format == "python":
        raise EditRefused("a Python file is not rewritten")
    return document


def _place(entry: Entry, document: Document) -> tuple[Mapping, int]:
    holder, index = holder_of(entry, document)
    assert isinstance(holder, Mapping), "an entry stands in a mapping"
    return holder, index


class _Style(Protocol):
    """How the keys of an object are written."""

    def insertion(
        self, holder: Mapping, index: int, pairs: list[tuple[str, Value]]
    ) -> list[Stretch]: ...

    def without(self, holder: Mapping, index: int) -> list[Stretch]: ...


def _style(holder: Mapping) -> _Style:
    if flow.is_flow(holder):
        return flow
    return statements if holder.document.file.format == "toml" else block


def _renamed(edit: RenameKey, document: Document) -> Iterator[Splice]:
    key, (holder, index) = edit.entry.key, _place(edit.entry, document)
    if not isinstance(key, Scalar) or key.source.startswith("*") or merge_sources(edit.entry):
        raise EditRefused("only a key that is written out can be renamed")
    there = holder.get(edit.name)  # what is merged counts: which of the two is meant, is not said
    if there is not None and there.key is not key:
        raise EditRefused(f"{edit.name} is there already")
    keys = mentions(holder.entries[index], holder) if document.file.format == "toml" else [key]
    return (Splice(each.start, each.end, spelled_key(edit.name, each)) for each in keys)
