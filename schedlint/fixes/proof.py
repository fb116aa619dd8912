"""The proof of an edit: the new text, read again, is the old tree with the edit and nothing else.

Raises EditRefused for anything that differs; nothing has been written then.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from schedlint.fixes.edits import (
    DeleteKey,
    Edit,
    InsertKey,
    RenameKey,
    SetValue,
    Value,
    document_of,
    holder_of,
    item_of,
)
from schedlint.fixes.refusal import EditRefused
from schedlint.fixes.second_opinion import agree
from schedlint.fixes.spelling import same_value
from schedlint.fixes.splices import spliced, splices_of
from schedlint.source import (
    Document,
    Entry,
    Item,
    Mapping,
    Node,
    ReadError,
    Scalar,
    SourceFile,
    read_text,
)
from schedlint.source import Sequence as List
from schedlint.source.tree import merge_sources

__all__ = ["edited"]


def edited(file: SourceFile, edits: Sequence[Edit]) -> SourceFile:
    """A file with edits made and proved. Raises EditRefused where one cannot be."""
    splices = splices_of(edits)
    new = spliced(file.text, splices)
    try:
        after = read_text(new, file.path, file.format)
    except ReadError as error:
        raise EditRefused(f"the new text cannot be read: {error.message}") from error
    after.encoding = file.encoding
    if len(after.documents) != len(file.documents):
        raise EditRefused("the new text has another number of documents")
    expected = _Expected(edits)
    for old_document, new_document in zip(file.documents, after.documents, strict=True):
        new_document.dialect = old_document.dialect
        expected.compare(old_document, new_document)
    if _comments(file) != _comments(after):
        raise EditRefused("a comment would be lost or moved")
    agree(file, after)
    return after


def _comments(file: SourceFile) -> list[str]:
    return [text for _, _, text in file.comments()]


class _Expected:
    """The old tree as some edits change it, to compare a new one with, node by node."""

    def __init__(self, edits: Iterable[Edit]) -> None:
        self.values: dict[int, Value] = {}
        self.names: dict[int, str] = {}
        self.deleted: set[int] = set()
        self.inserted: dict[int, list[tuple[str, Value]]] = {}
        self.became: dict[int, Node] = {}  # old node identity to the new one, where it is written
        self.aliases: list[tuple[Item, Item]] = []
        for edit in edits:
            at = id(_as_written(edit))
            if isinstance(edit, SetValue):
                self.values[at] = edit.value
            elif isinstance(edit, RenameKey):
                self.names[at] = edit.name
            elif isinstance(edit, DeleteKey):
                self.deleted.add(at)
            elif isinstance(edit, InsertKey):
                self.inserted.setdefault(at, []).append((edit.name, edit.value))

    def compare(self, old: Document, new: Document) -> None:
        """Raise EditRefused where a new document is not the old one as edited."""
        if old.root is None or new.root is None:
            if old.root is not new.root:
                raise EditRefused("the new text is empty")
            return
        pending = [(old.root, new.root)]
        while pending:
            one, other = pending.pop()
            self.became[id(one)] = other
            pending += self.same(one, other)
        for before, after in self.aliases:
            if self.became.get(id(before.value)) is not after.value:
                raise EditRefused(f"*{before.alias} would stand for something else")

    def same(self, old: Node, new: Node) -> list[tuple[Node, Node]]:
        """Compare two nodes without those below; what is left to compare."""
        if type(old) is not type(new) or (old.tag, old.anchor) != (new.tag, new.anchor):
            raise _differs(old)
        if isinstance(old, Mapping) and isinstance(new, Mapping):
            return self.same_entries(old, new)
        if isinstance(old, List) and isinstance(new, List):
            if len(old.items) != len(new.items):
                raise _differs(old)
            items = zip(old.items, new.items, strict=True)
            return [pair for one, other in items for pair in self.same_value(one, other)]
        assert isinstance(old, Scalar) and isinstance(new, Scalar), "there are three kinds of nodes"
        if (old.source, old.text, old.style) != (new.source, new.text, new.style):
            raise _differs(old)
        return []

    def same_entries(self, old: Mapping, new: Mapping) -> list[tuple[Node, Node]]:
        """Compare two mappings entry by entry, in order."""
        expected: list[Entry | tuple[str, Value]] = []
        for entry in old.entries:
            if id(entry) not in self.deleted:
                expected.append(entry)
            expected += self.inserted.get(id(entry), ())
        if len(expected) != len(new.entries):
            raise _differs(old)
        pending: list[tuple[Node, Node]] = []
        found = self.in_order(expected, new) if new.document.file.format == "toml" else new.entries
        for one, other in zip(expected, found, strict=True):
            if isinstance(one, Entry):
                pending += self.same_key(one, other)
                pending += self.same_value(one, other)
                if len(merge_sources(one)) != len(merge_sources(other)):
                    raise EditRefused("a merge would find no mapping any more")
            elif not _is(other.key, one[0]) or not _is_plain(other, one[1]):
                raise _differs(old)
        self.once(old, new)
        return pending

    def in_order(
        self, expected: Iterable[Entry | tuple[str, Value]], new: Mapping
    ) -> Iterable[Entry]:
        """The entries of a table by their names: it has no order, and a name comes only once."""
        for one in expected:
            name = self.names.get(id(one), one.name) if isinstance(one, Entry) else one[0]
            found = new.get(name)
            if found is None:
                raise _differs(new)
            yield found

    def same_key(self, old: Entry, new: Entry) -> list[tuple[Node, Node]]:
        """Compare two keys."""
        name = self.names.get(id(old))
        if name is None and old.key.document.file.format == "toml":
            name = old.name  # the first of the places where a table is named may have gone
        if name is None:
            return [(old.key, new.key)]
        if not _is(new.key, name):
            raise _differs(old.key)
        return []

    def once(self, old: Mapping, new: Mapping) -> None:
        """Raise EditRefused where a name that an edit gave is there twice."""
        given = [self.names[id(each)] for each in old.entries if id(each) in self.names]
        given += [name for each in old.entries for name, _ in self.inserted.get(id(each), ())]
        names = Counter(each.name for each in new.entries) if given else Counter[str]()
        for name in given:
            if names[name] > 1:
                raise EditRefused(f"{name} would be there twice")

    def same_value(self, old: Item, new: Item) -> list[tuple[Node, Node]]:
        """Compare two values, or the new one with what was to be put there."""
        if id(old) in self.values:
            kept = None if old.alias is not None else old.value.anchor
            if new.value.anchor != kept or not _is_plain(new, self.values[id(old)]):
                raise _differs(old.value)
            if old.alias is None:
                self.became[id(old.value)] = new.value
            return []
        if old.alias != new.alias:
            raise _differs(old.value)
        if old.alias is not None:
            self.aliases.append((old, new))
            return []
        return [(old.value, new.value)]


def _as_written(edit: Edit) -> Item:
    """The item that an edit is about, as its collection holds it: a merged one is a copy."""
    item = item_of(edit)
    holder, index = holder_of(item, document_of(edit))
    return holder.entries[index] if isinstance(holder, Mapping) else holder.items[index]


def _is_plain(item: Item, value: Value) -> bool:
    """Whether a value is written out at an item, without a tag."""
    return item.alias is None and item.value.tag is None and _is(item.value, value)


def _is(node: Node, value: object) -> bool:
    """Whether a node is a scalar of exactly a value, its type included."""
    if not isinstance(node, Scalar):
        return False
    return same_value(node.value, value)


def _differs(node: Node) -> EditRefused:
    line, column = node.position
    return EditRefused(f"the new text would mean something else at {line}:{column}")
