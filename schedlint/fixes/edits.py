"""What can be done to a document: four edits on its nodes."""

from __future__ import annotations

from collections.abc import Sequence as Items
from dataclasses import dataclass
from functools import lru_cache
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
    "around",
    "document_of",
    "holder_of",
    "item_of",
    "items_of",
    "keys_above",
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

    def __post_init__(self) -> None:
        """Raises TypeError for a value that no config file holds."""
        _expect_value(self.value)


@dataclass(frozen=True, slots=True)
class RenameKey:
    """Call an entry's key by another name."""

    entry: Entry
    name: str


@dataclass(frozen=True, slots=True)
class InsertKey:
    """Put a key right behind another one of the same object: in TOML, before all [tables]."""

    beside: Entry
    name: str
    value: Value

    def __post_init__(self) -> None:
        """Raises TypeError for a value that no config file holds."""
        _expect_value(self.value)


@dataclass(frozen=True, slots=True)
class DeleteKey:
    """Remove a key with its value. A comment behind it stays."""

    entry: Entry


Edit: TypeAlias = "SetValue | RenameKey | InsertKey | DeleteKey"


def _expect_value(value: object) -> None:
    # A rule may be somebody else's: what is wrong with its fix is told where the rule made it.
    if value is not None and not isinstance(value, (bool, int, float, str)):
        raise TypeError(f"a value is a number, a text, true, false or null, not {value!r}")


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
    place = _layout(document).places.get(_mark(item))
    if place is None:
        raise EditRefused("what is to be changed is not in the document")
    return place


def around(node: Node) -> Node | None:
    """The collection in which a node is written, aliases aside; None for the root."""
    return _layout(node.document).around.get(id(node))


def keys_above(holder: Mapping) -> int:
    """How many keys lead to an object, from the root of its document."""
    count, node = 0, around(holder)
    while node is not None:
        count += isinstance(node, Mapping)
        node = around(node)
    return count


def reach_of(edit: Edit) -> str:
    """What an edit does beyond its own place, in words; empty where that is nothing.

    It changes other places where it lies within an anchored node that aliases or merges take up
    elsewhere; a value set at an alias parts it from its anchor.
    """
    document, item = document_of(edit), item_of(edit)
    layout = _layout(document)
    if not layout.shared:
        return ""
    if isinstance(edit, SetValue) and item.alias is not None:
        return f"in the place of *{item.alias}"
    if isinstance(edit, SetValue) and id(item.value) in layout.shared:
        return _FOR_ALL
    holder: Node | None = holder_of(item, document)[0]
    while holder is not None:
        if id(holder) in layout.shared:
            return _FOR_ALL
        holder = around(holder)
    return ""


_FOR_ALL = "for all that share it"


class _Layout:
    """Where what is in a document is written, and which nodes aliases take up elsewhere."""

    def __init__(self, root: Node | None) -> None:
        self.places: dict[int, tuple[Mapping | Sequence, int]] = {}
        self.around: dict[int, Node] = {}  # node identity to the collection that it is written in
        self.shared: set[int] = set()
        for node in () if root is None else nodes(root):
            if isinstance(node, (Mapping, Sequence)):
                for index, item in enumerate(items_of(node)):
                    self.add(node, index, item)

    def add(self, holder: Mapping | Sequence, index: int, item: Item) -> None:
        self.places[_mark(item)] = (holder, index)
        if item.alias is not None:
            self.shared.add(id(item.value))
        else:
            self.around[id(item.value)] = holder


def items_of(holder: Mapping | Sequence) -> Items[Item]:
    """What a collection holds, as written."""
    return holder.entries if isinstance(holder, Mapping) else holder.items


def _mark(item: Item) -> int:
    """What an item and its copies in merging mappings have in common."""
    return id(item.key if isinstance(item, Entry) else item)


@lru_cache(maxsize=4)
def _layout(document: Document) -> _Layout:
    """Kept for the documents looked at last: each of many edits asks for it, and it takes a walk
    over the whole tree.
    """
    return _Layout(document.root)
