"""Typed values of a settings table; whatever does not fit is an error with its place."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from schedlint.settings.errors import SettingsError
from schedlint.source import Entry, Mapping, Node, Scalar, Sequence


def fail(node: Node, message: str) -> SettingsError:
    """The error that something is wrong with a node."""
    return SettingsError(node.document.path, message, *node.position)


class Table:
    """A table of which every key is known. `what` names one of its keys in messages."""

    def __init__(self, node: Mapping, known: Collection[str], what: str = "setting") -> None:
        self.node = node
        for entry in node.entries:
            if entry.name not in known:
                raise fail(entry.key, _unknown(what, entry.name, known))

    def __contains__(self, name: str) -> bool:
        return self.entry(name) is not None

    def __iter__(self) -> Iterator[Entry]:
        return iter(self.node.entries)

    def entry(self, name: str) -> Entry | None:
        """The key with its value, or None where it is absent."""
        return self.node.get(name)

    def text(self, name: str) -> str | None:
        """A text, or None where the key is absent."""
        entry = self.entry(name)
        return None if entry is None else text(entry)

    def texts(self, name: str) -> tuple[str, ...] | None:
        """A list of texts, or None where the key is absent."""
        entry = self.entry(name)
        return None if entry is None else tuple(value for value, _ in located_texts(entry))

    def choice(self, name: str, among: tuple[str, ...]) -> str | None:
        """One of some words, or None where the key is absent."""
        entry = self.entry(name)
        return None if entry is None else chosen(entry, among)

    def table(self, name: str) -> Mapping | None:
        """A table, or None where the key is absent."""
        entry = self.entry(name)
        if entry is None:
            return None
        if isinstance(entry.value, Mapping):
            return entry.value
        raise fail(entry.value, f"{name} needs a table, found {shown(entry.value)}")

    def tables(self, name: str) -> list[Mapping]:
        """The tables of `[[name]]`; none where the key is absent."""
        entry = self.entry(name)
        if entry is None:
            return []
        items = [i.value for i in entry.value.items] if isinstance(entry.value, Sequence) else []
        found = [item for item in items if isinstance(item, Mapping)]
        if not isinstance(entry.value, Sequence) or len(found) != len(items):
            raise fail(entry.key, f"{name} needs tables: write [[{name}]]")
        return found


def text(entry: Entry) -> str:
    """The text under a key."""
    node = entry.value
    if not isinstance(node, Scalar) or not isinstance(node.value, str) or not node.value:
        raise fail(node, f"{entry.name} needs a text, found {shown(node)}")
    return node.value


def located_texts(entry: Entry) -> list[tuple[str, Node]]:
    """The texts of the list under a key, each with its node."""
    items = [i.value for i in entry.value.items] if isinstance(entry.value, Sequence) else None
    if items is None:
        raise fail(entry.value, f"{entry.name} needs a list of texts, found {shown(entry.value)}")
    found: list[tuple[str, Node]] = []
    for item in items:
        if not isinstance(item, Scalar) or not isinstance(item.value, str) or not item.value:
            raise fail(item, f"{entry.name} needs a list of texts, found {shown(item)} in it")
        found.append((item.value, item))
    return found


def chosen(entry: Entry, among: tuple[str, ...]) -> str:
    """The word under a key, one of some."""
    node = entry.value
    value = node.value if isinstance(node, Scalar) else None
    if value not in among:
        words = ", ".join(among)
        raise fail(node, f"{entry.name} needs one of {words}; found {shown(node)}")
    assert isinstance(value, str)
    return value


def shown(node: Node) -> str:
    """What stands there, short."""
    if isinstance(node, Mapping):
        return "a table"
    return "a list" if isinstance(node, Sequence) else " ".join(node.source.split())[:60]


def _unknown(what: str, name: str, known: Collection[str]) -> str:
    import difflib  # only a mistake needs it

    near = difflib.get_close_matches(name, known, n=1)
    hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}"
    return f"unknown {what} {name!r}; {hint}"
