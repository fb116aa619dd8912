"""The tree of a document: scalars, sequences and mappings, each with its exact span.

Spans are offsets in characters into the whole file's text. A node that several aliases refer to is
one object: walk by identity, never by expansion.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from schedlint.source.lines import Position

if TYPE_CHECKING:
    from schedlint.source.document import Document

__all__ = ["Entry", "Item", "Mapping", "Node", "Scalar", "Sequence", "nodes"]

_UNRESOLVED = object()
_MERGE_TAG = "tag:yaml.org,2002:merge"


class Node:
    """A value in a document.

    `start` and `end` enclose exactly the node's own source: no tag, anchor, trailing blank, line
    end or comment. `tag` is the explicit tag after resolution (`!ref`, `tag:yaml.org,2002:str`)
    or None, `anchor` the name that aliases use or None.
    """

    __slots__ = ("anchor", "document", "end", "start", "tag")

    def __init__(
        self,
        document: Document,
        start: int,
        end: int,
        tag: str | None = None,
        anchor: str | None = None,
    ) -> None:
        self.document = document
        self.start = start
        self.end = end
        self.tag = tag
        self.anchor = anchor

    @property
    def position(self) -> Position:
        """Line and column of the first character."""
        return self.document.position(self.start)

    @property
    def end_position(self) -> Position:
        """Line and column right after the last character."""
        return self.document.position(self.end)

    @property
    def source(self) -> str:
        """The node as it is written."""
        return self.document.text[self.start : self.end]

    def __repr__(self) -> str:
        line, column = self.position
        return f"<{type(self).__name__} {self.document.path}:{line}:{column} {self.source[:40]!r}>"


class Scalar(Node):
    """A single value: `text` is what it says, `value` what the document's dialect makes of it.

    `style` tells how it is written. YAML: plain, single, double, literal, folded. JSON:
    json-string, json-number, json-word, json-key (without quotes). TOML: toml-string, toml-key
    (bare) and toml-value. Python: python-string, python-key and python-value.
    """

    __slots__ = ("_resolved_under", "_value", "style", "text")

    def __init__(
        self,
        document: Document,
        start: int,
        end: int,
        tag: str | None,
        anchor: str | None,
        text: str,
        style: str,
    ) -> None:
        self.document = document
        self.start = start
        self.end = end
        self.tag = tag
        self.anchor = anchor
        self.text = text
        self.style = style
        self._resolved_under: object = _UNRESOLVED

    @property
    def value(self) -> object:
        """None, bool, int, float, str, date, time, datetime or bytes, as the dialect reads it.

        What the dialect's reader would refuse (`!!int abc`) is a `Malformed`. A tag that the
        dialect does not know (`!ref`) is left to the framework: the value is the text then.
        """
        dialect = self.document.dialect
        if self._resolved_under is not dialect:
            self._value = dialect.resolve(self)
            self._resolved_under = dialect
        return self._value


class Item:
    """One place in a collection: the node there and the span of what is written there.

    For an alias, `alias` is its name, `start` and `end` enclose the `*name` token and `value` is
    the anchored node itself.
    """

    __slots__ = ("_token", "alias", "value")

    def __init__(
        self, value: Node, alias: str | None = None, token: tuple[int, int] | None = None
    ) -> None:
        self.value = value
        self.alias = alias
        self._token = token

    @property
    def start(self) -> int:
        """Offset of the value as written here."""
        return self.value.start if self._token is None else self._token[0]

    @property
    def end(self) -> int:
        """Offset right after the value as written here."""
        return self.value.end if self._token is None else self._token[1]


class Entry(Item):
    """A key with its value. `name` is the key's text; `merged` tells that it came through `<<`."""

    __slots__ = ("key", "merged", "name")

    def __init__(
        self,
        key: Node,
        value: Node,
        alias: str | None = None,
        token: tuple[int, int] | None = None,
        merged: bool = False,
    ) -> None:
        self.key = key
        self.name = key.text if isinstance(key, Scalar) else key.source
        self.merged = merged
        self.value = value
        self.alias = alias
        self._token = token

    def as_merged(self) -> Entry:
        """This entry as it appears in a mapping that merges its own."""
        return Entry(self.key, self.value, self.alias, self._token, merged=True)

    def __repr__(self) -> str:
        return f"<Entry {self.name!r}: {self.value!r}>"


class Sequence(Node):
    """A list of items, in the order written."""

    __slots__ = ("items",)

    def __init__(
        self,
        document: Document,
        start: int,
        end: int,
        tag: str | None = None,
        anchor: str | None = None,
    ) -> None:
        super().__init__(document, start, end, tag, anchor)
        self.items: list[Item] = []


class Mapping(Node):
    """Keys and values. `entries` holds them as written, duplicates and `<<` included."""

    __slots__ = ("_dotted", "_effective", "entries")

    def __init__(
        self,
        document: Document,
        start: int,
        end: int,
        tag: str | None = None,
        anchor: str | None = None,
    ) -> None:
        super().__init__(document, start, end, tag, anchor)
        self.entries: list[Entry] = []
        self._effective: dict[str, Entry] | None = None
        self._dotted: tuple[str, ...] | None = None

    def get(self, name: str) -> Entry | None:
        """The entry that a loader would see under `name`, or None."""
        return (self.effective() if self._effective is None else self._effective).get(name)

    def effective(self) -> dict[str, Entry]:
        """Name to entry, as a loader would see it.

        What is written beats what is merged, the last duplicate wins, and of several merge
        sources the earlier one (PyYAML constructor.py:SafeConstructor.flatten_mapping).
        """
        if self._effective is None:
            _merge(self)
        assert self._effective is not None
        return self._effective

    def dotted_names(self) -> tuple[str, ...]:
        """The names that hold a dot themselves, longest first."""
        if self._dotted is None:
            names = (name for name in self.effective() if "." in name)
            self._dotted = tuple(sorted(names, key=len, reverse=True))
        return self._dotted

    def duplicates(self) -> list[tuple[Entry, Entry]]:
        """Each entry that a later one with an equal key overrides, with the one that wins.

        Keys are compared as Python's dict compares what the dialect reads: `1` and `"1"` differ,
        `yes` and `true` are the same key in YAML 1.1.
        """
        last: dict[object, Entry] = {}
        for entry in self.entries:
            last[_identity(entry)] = entry
        if len(last) == len(self.entries):
            return []
        winners = ((entry, last[_identity(entry)]) for entry in self.entries)
        return [(entry, winner) for entry, winner in winners if entry is not winner]


def nodes(root: Node) -> Iterator[Node]:
    """Every node below and including `root` once, keys included, in no promised order."""
    seen = {id(root)}
    pending = [root]
    while pending:
        node = pending.pop()
        yield node
        for child in children(node):
            if id(child) not in seen:
                seen.add(id(child))
                pending.append(child)


def children(node: Node) -> Iterator[Node]:
    """The nodes directly below, keys included, as written."""
    if isinstance(node, Mapping):
        for entry in node.entries:
            yield entry.key
            yield entry.value
    elif isinstance(node, Sequence):
        for item in node.items:
            yield item.value


def merge_sources(entry: Entry) -> list[Mapping]:
    """The mappings that an entry merges into its own: empty when it is not a merge key."""
    if not _is_merge_key(entry.key):
        return []
    if isinstance(entry.value, Mapping):
        return [entry.value]
    if isinstance(entry.value, Sequence):
        return [item.value for item in entry.value.items if isinstance(item.value, Mapping)]
    return []


def _is_merge_key(key: Node) -> bool:
    if not isinstance(key, Scalar):
        return False
    return key.tag == _MERGE_TAG or (key.text == "<<" and key.style == "plain" and not key.tag)


def _identity(entry: Entry) -> object:
    """What tells an entry's key from the others of its mapping.

    Merge keys and keys that no loader can compare are each their own.
    """
    key = entry.key
    if not isinstance(key, Scalar) or _is_merge_key(key):
        return entry
    if key.tag is not None and not key.tag.startswith("tag:yaml.org,2002:"):
        return (key.tag, key.text)
    return key.value


def _merge(mapping: Mapping) -> None:
    """Fill in the effective entries of `mapping` and of all that it merges, sources first.

    A mapping that merges itself, directly or not, gains nothing from that.
    """
    pending = [mapping]
    begun: set[int] = set()
    while pending:
        current = pending[-1]
        waiting = [] if id(current) in begun else _unmerged_sources(current, begun)
        begun.add(id(current))
        if waiting:
            pending.extend(waiting)
            continue
        pending.pop()
        if current._effective is None:
            current._effective = _effective_entries(current)


def _unmerged_sources(mapping: Mapping, begun: set[int]) -> list[Mapping]:
    sources = [source for entry in mapping.entries for source in merge_sources(entry)]
    return [each for each in sources if each._effective is None and id(each) not in begun]


def _effective_entries(mapping: Mapping) -> dict[str, Entry]:
    merged: dict[str, Entry] = {}
    own: dict[str, Entry] = {}
    for entry in mapping.entries:
        sources = merge_sources(entry)
        if not sources:
            own[entry.name] = entry
        for source in reversed(sources):
            for name, found in (source._effective or {}).items():
                merged[name] = found.as_merged()
    return {**merged, **own}
