"""YAML: the parser's events become a tree with exact spans.

Events of libyaml, not PyYAML's `compose`: they cost half as much, say where an alias stands, and
do not recurse in C over the depth of the input. Nothing here recurses over it either.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import yaml

from schedlint.source.dialect import YAML11
from schedlint.source.document import Deviation, Document, SourceFile
from schedlint.source.errors import ReadError
from schedlint.source.limits import MAX_DEPTH, MAX_MERGED
from schedlint.source.tree import Entry, Item, Mapping, Node, Scalar, Sequence, merge_sources
from schedlint.source.yaml_errors import read_error

try:
    from yaml import _yaml
except ImportError:  # a PyYAML built without libyaml
    _C_PARSER: Any = None
else:
    _C_PARSER = _yaml.CParser

__all__ = ["HAS_C_READER", "read_yaml"]

HAS_C_READER: bool = _C_PARSER is not None
"""Whether libyaml reads; the reader written in Python is about 14 times slower."""

_STYLES = {None: "plain", "": "plain", "'": "single", '"': "double", "|": "literal", ">": "folded"}
_PROPERTIES = re.compile(r"(?:[&!]\S*|#[^\r\n\x85\u2028\u2029]*|\s+)*")
_BLOCK_HEADER = re.compile(r"[|>][-+0-9]*")
_LINE_END = re.compile(r"[\r\n]")
_COMMENT = re.compile(r"#[^\r\n\x85\u2028\u2029]*")


def read_yaml(file: SourceFile) -> None:
    """Fill in the documents of a YAML file; ReadError when it is not YAML."""
    builder = _Builder(file)
    try:
        for event in _events(file.text[builder.shift :]):
            builder.handlers[type(event)](event)
    except (yaml.YAMLError, UnicodeEncodeError) as error:
        raise read_error(file, error, builder.shift) from error
    if not file.documents:
        file.documents.append(Document(file, 0, YAML11))


def _events(text: str) -> Iterator[Any]:
    if _C_PARSER is None:
        yield from yaml.parse(text, Loader=yaml.SafeLoader)
        return
    parser = _C_PARSER(text)
    next_event = parser.get_event
    event = next_event()
    while event is not None:
        yield event
        event = next_event()


class _Builder:
    """Puts nodes into the innermost open collection, one event after the other."""

    def __init__(self, file: SourceFile) -> None:
        self.file = file
        self.text = file.text
        self.shift = 1 if file.had_bom else 0
        self.document: Document
        self.anchors: dict[str, Node] = {}
        self.open: list[tuple[Node, Node | None]] = []  # the collections around `top`, their keys
        self.top: Node | None = None
        self.key: Node | None = None  # of `top`, waiting for its value
        self.last = 0  # right after what was written last
        self.merging: dict[int, int] = {}  # mappings with `<<`: how many entries they unfold to
        self.merged = 0
        self.handlers = {
            yaml.StreamStartEvent: self.pass_over,
            yaml.StreamEndEvent: self.pass_over,
            yaml.DocumentStartEvent: self.start_document,
            yaml.DocumentEndEvent: self.end_document,
            yaml.ScalarEvent: self.scalar,
            yaml.AliasEvent: self.alias,
            yaml.SequenceStartEvent: self.start_sequence,
            yaml.MappingStartEvent: self.start_mapping,
            yaml.SequenceEndEvent: self.end_collection,
            yaml.MappingEndEvent: self.end_collection,
        }

    def pass_over(self, event: Any) -> None:
        """The stream's own start and end put nothing into the tree."""

    def start_document(self, event: Any) -> None:
        self.document = Document(self.file, len(self.file.documents), YAML11)
        self.file.documents.append(self.document)
        self.anchors = {}
        self.last = event.end_mark.index + self.shift

    def end_document(self, event: Any) -> None:
        root = self.document.root
        if isinstance(root, Scalar) and root.start == root.end and not root.tag and not root.anchor:
            self.document.root = None

    def scalar(self, event: Any) -> None:
        start = event.start_mark.index + self.shift
        end = event.end_mark.index + self.shift
        style = _STYLES[event.style]
        tag, anchor = event.tag, event.anchor
        if tag is not None or anchor is not None:
            start = self.after_properties(start, end)
        elif start == end and style == "plain":
            start = end = self.empty_place(start)
        if style == "literal" or style == "folded":
            end = self.block_scalar_end(start, end)
        node = Scalar(self.document, start, end, tag, anchor, event.value, style)
        if anchor is not None:
            self.define(anchor, node)
        self.place(node)
        self.last = end

    def alias(self, event: Any) -> None:
        start = event.start_mark.index + self.shift
        end = event.end_mark.index + self.shift
        node = self.anchors.get(event.anchor)
        if node is None:
            message = f"the alias *{event.anchor} refers to an anchor that is not defined above it"
            raise ReadError(self.file.path, message, *self.file.lines.position(start))
        if self.key is None and isinstance(self.top, Mapping) and isinstance(node, Scalar):
            # A key belongs where it is written, or its position would point at the anchor.
            node = Scalar(self.document, start, end, node.tag, None, node.text, node.style)
        self.place(node, event.anchor, (start, end))
        self.last = end

    def start_sequence(self, event: Any) -> None:
        self.start_collection(Sequence, event, "[", "-")

    def start_mapping(self, event: Any) -> None:
        self.start_collection(Mapping, event, "{", "?:")

    def start_collection(
        self, kind: type[Sequence] | type[Mapping], event: Any, bracket: str, indicators: str
    ) -> None:
        start = event.start_mark.index + self.shift
        end = event.end_mark.index + self.shift
        if end > start:
            # The mark covers the properties and, if there is one, the first indicator.
            start = end - 1 if self.text[end - 1] in bracket + indicators else end
        node = kind(self.document, start, start, event.tag, event.anchor)
        if event.anchor is not None:
            self.define(event.anchor, node)
        self.place(node)
        if self.top is not None:
            self.open.append((self.top, self.key))
        self.top, self.key = node, None
        self.last = start + 1 if self.text[start : start + 1] == bracket else start
        if len(self.open) >= MAX_DEPTH:
            message = f"nested deeper than {MAX_DEPTH} levels"
            raise ReadError(self.file.path, message, *self.file.lines.position(start))

    def end_collection(self, event: Any) -> None:
        node = self.top
        assert node is not None
        start, end = event.start_mark.index, event.end_mark.index
        if end > start and self.text[end + self.shift - 1] in "]}":
            self.last = end + self.shift
        node.end = self.last
        if id(node) in self.merging:
            self.count_merged(node)
        self.top, self.key = self.open.pop() if self.open else (None, None)

    def place(
        self, node: Node, alias: str | None = None, token: tuple[int, int] | None = None
    ) -> None:
        top = self.top
        if isinstance(top, Mapping):
            if self.key is None:
                self.key = node
                return
            entry = Entry(self.key, node, alias, token)
            top.entries.append(entry)
            if entry.name == "<<" or entry.key.tag is not None:
                self.merging[id(top)] = 0
            self.key = None
        elif isinstance(top, Sequence):
            top.items.append(Item(node, alias, token))
        else:
            self.document.root = node

    def define(self, anchor: str, node: Node) -> None:
        if anchor in self.anchors:
            what = f"the anchor &{anchor} defined a second time (PyYAML refuses that)"
            self.file.deviations.append(Deviation(node.start, node.end, what))
        self.anchors[anchor] = node

    def count_merged(self, node: Node) -> None:
        """Refuse merges that would unfold to more entries than a machine holds."""
        assert isinstance(node, Mapping)
        sources = [source for entry in node.entries for source in merge_sources(entry)]
        if not sources:
            return
        size = sum(max(self.merging.get(id(each), 0), len(each.entries)) for each in sources)
        self.merging[id(node)] = size + len(node.entries)
        self.merged += size
        if self.merged > MAX_MERGED:
            message = f"the merges (<<) unfold to more than {MAX_MERGED:,} entries"
            raise ReadError(self.file.path, message, *self.file.lines.position(node.start))

    def after_properties(self, start: int, end: int) -> int:
        """Where a scalar starts behind its tag and anchor."""
        match = _PROPERTIES.match(self.text, start, end)
        return start if match is None else match.end()

    def empty_place(self, offset: int) -> int:
        """Where an empty scalar stands: right behind the indicator that it belongs to.

        In a flow collection libyaml puts it at the next token instead.
        """
        if self.text[offset - 1 : offset] in (":", "-"):
            return offset
        gap = _COMMENT.sub(lambda comment: " " * len(comment[0]), self.text[self.last : offset])
        indicator = max(gap.rfind(each) for each in ":-?,")
        if indicator >= 0:
            return self.last + indicator + 1
        is_key = self.key is None and isinstance(self.top, Mapping)
        return offset if is_key else self.last

    def block_scalar_end(self, start: int, end: int) -> int:
        """Right behind the last line that is not blank, or behind the indicator alone."""
        text = self.text
        header = _BLOCK_HEADER.match(text, start)
        line_end = _LINE_END.search(text, start, end)
        stop = start + len(text[start:end].rstrip())
        while stop < end and text[stop] in " \t":
            stop += 1
        if header is not None and (line_end is None or stop <= line_end.start()):
            return header.end()
        return stop
