"""Where in the files something stands."""

from __future__ import annotations

import os
from typing import NamedTuple

from schedlint.source import Document, Entry, Item, Mapping, Sequence, nodes


class Place(NamedTuple):
    """A stretch of one document: an entry of a mapping, an item of a list, or a comment."""

    document: Document
    start: int
    end: int

    @property
    def path(self) -> str:
        """The file."""
        return self.document.path

    @property
    def name(self) -> str:
        """The file's name without its folder."""
        return os.path.basename(self.path)

    @property
    def line(self) -> int:
        """The 1-based line on which it begins."""
        return self.document.position(self.start).line


def place_of(item: Item) -> Place:
    """An entry from its key to the end of its value, or an item.

    A merged entry stands where the merge took it from, an aliased one where it is used. A value
    over several lines is named by its first.
    """
    document = item.value.document
    start = item.key.start if isinstance(item, Entry) else item.start
    end = item.end
    line_end = len(document.text)
    for sign in "\r\n":
        found = document.text.find(sign, start, end)
        line_end = found if found != -1 and found < line_end else line_end
    return Place(document, start, min(end, line_end))


def item_at(place: Place) -> Item | None:
    """The entry or item of a document that stands at a place, as `place_of` tells it."""
    root = place.document.root
    for node in () if root is None else nodes(root):
        items = node.items if isinstance(node, Sequence) else ()
        for item in node.entries if isinstance(node, Mapping) else items:
            if place_of(item) == place:
                return item
    return None
