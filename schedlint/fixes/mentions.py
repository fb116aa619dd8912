"""Where a key of TOML is named: that of a table may stand in several headers and dotted keys."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TypeAlias

from schedlint.fixes.edits import items_of, keys_above
from schedlint.fixes.lines import line_start
from schedlint.source import Document, Entry, Item, Mapping, Node, Scalar, Sequence

__all__ = ["mentions"]

_KEY = r"""(?:[A-Za-z0-9_-]+|"(?:[^"\\\n]|\\.)*"|'[^'\n]*')"""
_DOT = r"[ \t]*\.[ \t]*"
_PART = re.compile(_KEY)
_DOTTED = re.compile(rf"(?:{_KEY}{_DOT})+\Z")
_HEADER = re.compile(rf"\[\[?[ \t]*({_KEY}(?:{_DOT}{_KEY})*)")

_Spans: TypeAlias = "list[tuple[int, int]]"


def mentions(entry: Entry, holder: Mapping) -> list[Scalar]:
    """The key of an entry wherever it is written, as nodes of their own."""
    document, depth = entry.key.document, keys_above(holder)
    found = {(entry.key.start, entry.key.end)}
    for above, parts in _dotted(entry, depth):
        if 0 <= depth - above < len(parts):
            found.add(parts[depth - above])
    return [_key(document, start, end) for start, end in sorted(found)]


def _dotted(entry: Entry, depth: int) -> Iterator[tuple[int, _Spans]]:
    """The parts of the keys and headers of all that an entry holds, each with how many keys are
    above its first part.
    """
    pending: list[tuple[Item, int]] = [(entry, depth)]
    while pending:
        item, depth = pending.pop()
        if isinstance(item, Entry):
            parts = _parts(item.key)
            depth += 1
            yield depth - len(parts), parts
        node = item.value
        if isinstance(node, Mapping) and (header := _HEADER.match(node.document.text, node.start)):
            yield 0, _spans(node.document.text, *header.span(1))
        if isinstance(node, (Mapping, Sequence)):
            pending += [(each, depth) for each in items_of(node)]


def _parts(key: Node) -> _Spans:
    """A key with those before it in a dotted one."""
    text, line = key.document.text, line_start(key.document, key.start)
    before = _DOTTED.search(text, line, key.start)
    return _spans(text, key.start if before is None else before.start(), key.end)


def _spans(text: str, start: int, end: int) -> _Spans:
    return [part.span() for part in _PART.finditer(text, start, end)]


def _key(document: Document, start: int, end: int) -> Scalar:
    source = document.text[start:end]
    style = "toml-string" if source.startswith(('"', "'")) else "toml-key"
    return Scalar(document, start, end, None, None, source, style)
