"""What can be done to a document: four edits on its nodes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from schedlint.fixes.refusal import EditRefused
from schedlint.source import Document, Entry, Item, Mapping, Node, Sequence, nodes

__all__ = [
    "DeleteKey",
    "Edit",
    "InsertKey",
    "RenameKey",
    "SetValue",
    "Value",
    "document_of",
    "holder_of",
    "item_of",
    "reach_of",
]

Value: TypeAlias = "bool | int | float | str | None"


@dataclass(frozen=True, slots=True)
class SetValue:
    """Give an entry or an item another value.

    It is written in the style of what it replaces. At an alias (`*name`) the value takes the
    alias's place and the anchor stays as it is; at an anchor it changes for all aliases.
    """

    item: Item
    value: Value


@dataclass(frozen=True, slots=True)
class RenameKey:
    """Call an entry's key by another name."""

    entry: Entry
    name: str


@dataclass(frozen=True, slots=True)
class InsertKey:
    """Put a key right behind another one of the same object."""

    beside: Entry
    name: str
    value: Value


@dataclass(frozen=True, slots=True)
class DeleteKey:
    """Remove a key with its value. A comment behind it stays."""

    entry: Entry


Edit: TypeAlias = "SetValue | RenameKey | InsertKey | DeleteKey"


def item_of(edit: Edit) -> Item:
    """The entry or item that an edit is about."""
    if isinstance(edit, SetValue):
        return edit.item
    return edit.beside if isinstance(edit, InsertKey) else edit.entry


def document_of(edit: Edit) -> Document:
    """The document that an edit changes."""
    item = item_of(edit)
    return item.key.document if isinstance(item, Entry) else item.value.document


def holder_of(item: Item, document: Document) -> tuple[Mapping | Sequence, int]:
    """The collection in which an item is written, and its number there.

    An entry that came through a merge stands where the merge took it from. Raises EditRefused for
    an item that is not in the document.
    """
    for node in () if document.root is None else nodes(document.root):
        if isinstance(node, Mapping) and isinstance(item, Entry):
            for index, entry in enumerate(node.entries):
                if entry.key is item.key:
                    return node, index
        elif isinstance(node, Sequence) and not isinstance(item, Entry):
            for index, each in enumerate(node.items):
                if each is item:
                    return node, index
    raise EditRefused("what is to be changed is not in the document")


def reach_of(edit: Edit) -> str:
    """What an edit does beyond its own place, in words; empty where that is nothing.

    It changes other places where it lies within an anchored node that aliases or merges take up
    elsewhere; a value set at an alias parts it from its anchor.
    """
    document, item = document_of(edit), item_of(edit)
    root = document.root
    items = [each for node in (() if root is None else nodes(root)) for each in _items(node)]
    aliased = {id(each.value) for each in items if each.alias is not None}
    if not aliased:
        return ""
    if isinstance(edit, SetValue) and item.alias is not None:
        return f"in the place of *{item.alias}"
    around: Node | None = holder_of(item, document)[0]
    if isinstance(edit, SetValue) and id(item.value) in aliased:
        return _FOR_ALL
    written = _written_in(document)
    while around is not None:
        if id(around) in aliased:
            return _FOR_ALL
        around = written.get(id(around))
    return ""


_FOR_ALL = "for all that share it"


def _written_in(document: Document) -> dict[int, Node]:
    """Node identity to the collection in which it is written, aliases aside."""
    return {
        id(item.value): node
        for node in (() if document.root is None else nodes(document.root))
        for item in _items(node)
        if item.alias is None
    }


def _items(node: Node) -> list[Item]:
    if isinstance(node, Mapping):
        return list(node.entries)
    return node.items if isinstance(node, Sequence) else []
