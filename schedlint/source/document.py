"""A file's text with the documents read from it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from schedlint.source.limits import MAX_PATH
from schedlint.source.lines import LineTable, Position
from schedlint.source.tree import Entry, Item, Mapping, Node, Scalar, Sequence, nodes

if TYPE_CHECKING:
    from schedlint.source.dialect import Dialect

__all__ = [
    "Deviation",
    "Document",
    "Entry",
    "Item",
    "Mapping",
    "Node",
    "Position",
    "Scalar",
    "Sequence",
    "SourceFile",
]


class Deviation(NamedTuple):
    """A place where a text strays from its format and some readers still follow it.

    `start` and `end` are offsets into the text, `what` says it in words ("a comment").
    """

    start: int
    end: int
    what: str


class SourceFile:
    """A text, where it came from and what it holds.

    `text` is the whole file, a byte order mark and the line ends included, so that
    `encode(text)` gives the file's bytes back. `format` is yaml, json, toml or python, `encoding`
    utf-8, utf-16-le or utf-16-be.
    """

    __slots__ = (
        "_comments",
        "_lines",
        "deviations",
        "documents",
        "encoding",
        "format",
        "path",
        "text",
    )

    def __init__(self, path: str, text: str, format: str, encoding: str = "utf-8") -> None:
        self.path = path
        self.text = text
        self.format = format
        self.encoding = encoding
        self.documents: list[Document] = []
        self.deviations: list[Deviation] = []
        self._lines: LineTable | None = None
        self._comments: list[tuple[int, int, str]] | None = None

    @property
    def had_bom(self) -> bool:
        """Whether the text starts with a byte order mark."""
        return self.text.startswith("\ufeff")

    @property
    def newline(self) -> str:
        """The line end that the text uses most: `\\n`, `\\r\\n` or `\\r`."""
        both = self.text.count("\r\n")
        counts = {
            "\n": self.text.count("\n") - both,
            "\r\n": both,
            "\r": self.text.count("\r") - both,
        }
        return max(counts, key=lambda end: counts[end])

    def encode(self, text: str) -> bytes:
        """`text` in the bytes of this file's encoding."""
        return text.encode(self.encoding)

    @property
    def lines(self) -> LineTable:
        """Where the lines start; made when first asked for."""
        if self._lines is None:
            self._lines = LineTable(self.text)
        return self._lines

    def comments(self) -> Iterator[tuple[int, int, str]]:
        """Start, end and the text behind the comment sign of every comment, in file order."""
        if self._comments is None:
            from schedlint.source.comments import find_comments

            self._comments = find_comments(self)
        return iter(self._comments)


class Document:
    """One document of a file. `root` is None when it is empty, `index` counts from 0.

    `dialect` decides what scalars mean; any but a YAML document keeps its own whatever is set.
    """

    __slots__ = ("_dialect", "_parents", "file", "index", "root")

    def __init__(self, file: SourceFile, index: int, dialect: Dialect) -> None:
        self.file = file
        self.index = index
        self.root: Node | None = None
        self._dialect = dialect
        self._parents: dict[int, tuple[Node, bool]] | None = None

    @property
    def dialect(self) -> Dialect:
        """The reader whose rules decide what a scalar means."""
        return self._dialect

    @dialect.setter
    def dialect(self, dialect: Dialect) -> None:
        if self.file.format == "yaml":
            self._dialect = dialect

    @property
    def text(self) -> str:
        """The text of the whole file."""
        return self.file.text

    @property
    def path(self) -> str:
        """The path of the file."""
        return self.file.path

    def position(self, offset: int) -> Position:
        """Line and column of the character at `offset`."""
        return self.file.lines.position(offset)

    def line_text(self, line: int) -> str:
        """The text of a line without its end; IndexError when there is none."""
        return self.file.lines.line_text(line)

    def find(self, path: str, base: Node | None = None) -> Entry | Item | None:
        """What stands at a dotted path: names of mappings, 0-based indices of sequences.

        `a.b.0.c`, from the root or from `base`. Names that hold dots themselves are tried first.
        None when nothing is there.
        """
        start = self.root if base is None else base
        if len(path) > MAX_PATH:
            return None  # a node that holds itself would be gone through as often
        pending: list[tuple[Node | None, str, Item | None]] = [(start, path, None)]
        tried: set[tuple[int, int]] = set()
        while pending:
            node, rest, found = pending.pop()
            if not rest:
                return found
            if node is not None and (id(node), len(rest)) not in tried:
                tried.add((id(node), len(rest)))
                pending.extend((item.value, tail, item) for item, tail in _steps(node, rest))
        return None

    def parent(self, node: Node) -> Node | None:
        """The collection that holds `node`, or None for the root.

        None as well when aliases put the node into several places.
        """
        if self._parents is None:
            self._parents = _parents(self.root)
        parent, alone = self._parents.get(id(node), (None, False))
        return parent if alone else None


def _steps(node: Node, path: str) -> list[tuple[Item, str]]:
    """One step down from `node`, with the path that is left after it; the best step last."""
    first, _, rest = path.partition(".")
    if isinstance(node, Sequence):
        index = int(first) if first.isascii() and first.isdecimal() and len(first) < 10 else -1
        return [(node.items[index], rest)] if 0 <= index < len(node.items) else []
    if not isinstance(node, Mapping):
        return []
    plain = node.get(first)
    steps: list[tuple[Item, str]] = [] if plain is None else [(plain, rest)]
    for name in reversed(node.dotted_names()):
        if path == name or path.startswith(name + "."):
            steps.append((node.effective()[name], path[len(name) + 1 :]))
    return steps


def _parents(root: Node | None) -> dict[int, tuple[Node, bool]]:
    """Node identity to the collection around it and whether that is its only place."""
    parents: dict[int, tuple[Node, bool]] = {}
    for node in nodes(root) if root is not None else ():
        items = node.items if isinstance(node, Sequence) else ()
        for item in node.entries if isinstance(node, Mapping) else items:
            alone = item.alias is None and id(item.value) not in parents
            parents[id(item.value)] = (node, alone)
    return parents
