"""What a rule looks at, and where in the files that stands."""

from __future__ import annotations

from typing import TypeAlias

from schedlint.plan import Claim, Contradiction, Quantity
from schedlint.reading.config import Setting
from schedlint.reading.facts import Fact
from schedlint.reading.place import Place, item_at
from schedlint.reading.place import place_of as place_of_item
from schedlint.source import Entry, Item, Mapping, Sequence, value_of

__all__ = [
    "Reason",
    "Spot",
    "entry_around",
    "entry_of",
    "item_of",
    "items_of",
    "place_of",
    "value_at",
]

Spot: TypeAlias = "Quantity | Fact | Setting | Claim | Place | Item"
"""Anything of a run that has a place in its files."""

Reason: TypeAlias = "Quantity | Fact | Contradiction | Claim"
"""Anything of a run that has a proof."""


def item_of(spot: Spot | None) -> Item | None:
    """The entry or item of a file that a spot stands for; None where no file holds it."""
    if isinstance(spot, Item):
        return spot
    if isinstance(spot, Setting):
        return spot.entry
    place = place_of(spot)
    return None if place is None else item_at(place)


def entry_of(spot: Spot | None) -> Entry | None:
    """As `item_of`, for a key with its value."""
    item = item_of(spot)
    return item if isinstance(item, Entry) else None


def place_of(spot: Spot | None) -> Place | None:
    """Where a spot stands; None where no file holds it."""
    if spot is None or isinstance(spot, Place):
        return spot
    if isinstance(spot, Item):
        return place_of_item(spot)
    if isinstance(spot, Quantity):
        claims = (spot.claim, *spot.claims()) if spot.claim is not None else spot.claims()
        places = (claim.place for claim in claims if claim is not None)
        return next((place for place in places if isinstance(place, Place)), None)
    place = spot.place
    return place if isinstance(place, Place) else None


def items_of(spot: Spot | None) -> list[Item]:
    """The items of a list that a file holds; none where it is no list."""
    item = item_of(spot)
    listed = None if item is None else item.value
    return listed.items if isinstance(listed, Sequence) else []


def entry_around(entry: Entry) -> Entry | None:
    """The entry whose object an entry stands in; None at the top, and within a list."""
    document = entry.key.document
    inner = document.parent(entry.value)
    outer = None if inner is None else document.parent(inner)
    entries = outer.entries if isinstance(outer, Mapping) else []
    return next((each for each in entries if each.value is inner), None)


def value_at(spot: Spot | None) -> object:
    """What the loader reads at a spot; None where no file holds it."""
    item = item_of(spot)
    return None if item is None else value_of(item.value)
