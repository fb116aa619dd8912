"""Whether two findings of two texts are the same one: rule, file and key, not line numbers."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import TypeAlias

from schedlint.fixes.edits import document_of
from schedlint.rules import Edit, Finding, Place, RenameKey
from schedlint.source import Entry, Item, Node, Sequence
from schedlint.source import Mapping as Object

KeyPath: TypeAlias = "tuple[str, ...]"

Fingerprint: TypeAlias = "tuple[str, str, int, KeyPath]"
"""Code, file, document, and the path of keys to what the finding is about."""

NOTHING_MOVED: Mapping[tuple[str, int, KeyPath], KeyPath] = {}


def fingerprint(
    finding: Finding, moved: Mapping[tuple[str, int, KeyPath], KeyPath] = NOTHING_MOVED
) -> Fingerprint:
    """What tells a finding from the others of its run. `moved` gives keys the names that they had
    before a fix, see `renamed`.
    """
    document = finding.place.document
    path = key_path(finding.place)
    file = os.path.realpath(document.path) if moved else ""
    for length in range(1, len(path) + 1):  # a key's new name is told below its parents' old ones
        old = moved.get((file, document.index, path[:length]))
        if old is not None:
            path = (*old, *path[length:])
    return finding.code, finding.path, document.index, path


def renamed(edits: Iterable[Edit]) -> dict[tuple[str, int, KeyPath], KeyPath]:
    """The new path of each key that edits rename, with the old one; the file by its real path."""
    moved = {}
    for edit in edits:
        if isinstance(edit, RenameKey):
            document = document_of(edit)
            old = key_path(Place(document, edit.entry.key.start, edit.entry.key.end))
            file = os.path.realpath(document.path)
            moved[file, document.index, (*old[:-1], edit.name)] = old
    return moved


def key_path(place: Place) -> KeyPath:
    """The keys and numbers that lead to what stands at a place: the innermost that holds it."""
    path: list[str] = []
    node: Node | None = place.document.root
    while node is not None:
        step = next((each for each in _steps(node) if _holds(each[1], place)), None)
        if step is None:
            break
        name, item = step
        path.append(name)
        node = None if item.alias is not None or item.value.start > place.start else item.value
    return tuple(path)


def _steps(node: Node) -> list[tuple[str, Item]]:
    if isinstance(node, Object):
        return [(entry.name, entry) for entry in node.entries]
    if isinstance(node, Sequence):
        return [(str(number), item) for number, item in enumerate(node.items)]
    return []


def _holds(item: Item, place: Place) -> bool:
    start = item.key.start if isinstance(item, Entry) else item.start
    end = item.end if item.alias is not None else max(item.value.end, item.end)
    return start <= place.start <= max(end, start) and place.start < max(end, start + 1)
