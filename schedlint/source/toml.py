"""TOML: tomllib decides what is valid and what values are; this module finds where they stand."""

from __future__ import annotations

import re
import sys

from schedlint.source.dialect import TOML
from schedlint.source.document import Document, SourceFile
from schedlint.source.errors import ReadError
from schedlint.source.limits import MAX_DEPTH, MAX_DIGITS
from schedlint.source.tree import Entry, Item, Mapping, Scalar, Sequence

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

__all__ = ["read_toml", "toml_value"]

_BLANK = re.compile(r"[ \t]*")
_BLANK_LINES = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)*")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_STRING = re.compile(
    r'''"""(?s:[^\\]|\\.)*?"""(?:"{0,2})|"(?:[^"\\\n]|\\.)*"'''
    r"""|'''(?s:.)*?'''(?:'{0,2})|'[^'\n]*'"""
)
_OTHER = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[^\s,\]}#]*|[^\s,\[\]{}#]+")
_PLACE = re.compile(r" \(at (?:line ([0-9]+), column ([0-9]+)|end of document)\)\Z")
_LONG_NUMBER = re.compile(rf"[0-9_]{{{MAX_DIGITS},}}")


def read_toml(file: SourceFile) -> None:
    """Fill in the one document of a TOML file; ReadError when it is not TOML."""
    lost: _LostError | None = None
    document = Document(file, 0, TOML)
    try:
        _Locator(document).read()
    except _LostError as error:
        lost = error  # tomllib has better words for it
    try:
        tomllib.loads(file.text.removeprefix("\ufeff"))
    except tomllib.TOMLDecodeError as error:
        raise _read_error(file, str(error)) from error
    except ValueError as error:  # int() gives up on it
        match = _LONG_NUMBER.search(file.text)
        place = (None, None) if match is None else file.lines.position(match.start())
        raise ReadError(file.path, f"not TOML: {error}", *place) from error
    if lost is not None:
        place = file.lines.position(lost.offset)
        raise ReadError(file.path, "TOML that cannot be located", *place)
    file.documents.append(document)


def toml_value(source: str) -> object:
    """The value of one scalar as it is written; tomllib.TOMLDecodeError when it is none."""
    return tomllib.loads(f"value = {source}")["value"]


def _read_error(file: SourceFile, message: str) -> ReadError:
    match = _PLACE.search(message)
    words = "not TOML: " + _PLACE.sub("", message)
    if match is None or match[1] is None:
        return ReadError(file.path, words, *file.lines.position(len(file.text)))
    return ReadError(file.path, words, int(match[1]), int(match[2]))


class _LostError(Exception):
    """The text does not go on as TOML does."""

    def __init__(self, offset: int) -> None:
        self.offset = offset


class _Locator:
    """One pass over the text, statement by statement."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.text = document.text
        self.offset = 1 if document.file.had_bom else 0
        self.root = Mapping(document, self.offset, self.offset)
        self.table = self.root  # the one that statements go into
        self.depth = 0  # of `table`
        self.array: Sequence | None = None  # the array that `table` is an item of
        self.index: dict[int, dict[str, Entry]] = {id(self.root): {}}

    def read(self) -> None:
        self.skip(_BLANK_LINES)
        self.root.start = self.root.end = self.offset
        while self.offset < len(self.text):
            if self.text.startswith("[", self.offset):
                self.header()
            else:
                self.statement()
            self.root.end = self.offset
            self.skip(_BLANK_LINES)
        self.document.root = self.root

    def header(self) -> None:
        start = self.offset
        brackets = "[[" if self.text.startswith("[[", start) else "["
        self.offset += len(brackets)
        parts = self.keys()
        self.expect("]" * len(brackets))
        self.depth = len(parts)
        holder = self.root
        for key in parts[:-1]:
            holder = self.enter(holder, key)
        if brackets == "[":
            self.array = None
            self.table = self.enter(holder, parts[-1])
        else:
            self.array = self.enter_array(holder, parts[-1], start)
            self.table = self.mapping(start)
            self.array.items.append(Item(self.table))
            self.array.end = self.offset
        self.table.start, self.table.end = start, self.offset

    def statement(self) -> None:
        waiting: list[Mapping | Sequence] = []
        self.begin_entry(self.table, waiting, self.depth)
        while waiting:
            self.go_on(waiting)
        self.table.end = self.offset
        if self.array is not None:
            self.array.end = self.offset

    def keys(self) -> list[Scalar]:
        """The parts of a dotted key."""
        parts = [self.key()]
        while self.skip(_BLANK).text.startswith(".", self.offset):
            self.offset += 1
            parts.append(self.key())
        self.check_depth(len(parts))
        return parts

    def key(self) -> Scalar:
        self.skip(_BLANK)
        if self.text.startswith(('"', "'"), self.offset):
            return self.string()
        return self.scalar(_BARE_KEY, "toml-key")

    def go_on(self, waiting: list[Mapping | Sequence]) -> None:
        """The next item or the end of the innermost open array or inline table."""
        depth = self.depth + len(waiting)
        self.check_depth(depth)
        top = waiting[-1]
        filled = top.entries if isinstance(top, Mapping) else top.items
        self.skip(_BLANK_LINES)
        if filled and self.text.startswith(",", self.offset):
            self.offset += 1
            self.skip(_BLANK_LINES)
        if self.text.startswith("}" if isinstance(top, Mapping) else "]", self.offset):
            self.offset += 1
            waiting.pop().end = self.offset
        elif isinstance(top, Sequence):
            self.begin(top, None, waiting)
        else:
            self.begin_entry(top, waiting, depth)

    def begin_entry(self, table: Mapping, waiting: list[Mapping | Sequence], depth: int) -> None:
        """A key, the equals sign and the start of the value."""
        parts = self.keys()
        self.check_depth(depth + len(parts))
        self.expect("=")
        self.skip(_BLANK)
        for key in parts[:-1]:
            table = self.enter(table, key)
        self.begin(table, parts[-1], waiting)

    def begin(
        self, holder: Mapping | Sequence, key: Scalar | None, waiting: list[Mapping | Sequence]
    ) -> None:
        """Put a value into its holder, and on the stack if it is a collection."""
        start = self.offset
        node: Mapping | Sequence | Scalar
        if self.text.startswith(("[", "{"), start):
            is_array = self.text[start] == "["
            node = Sequence(self.document, start, start) if is_array else self.mapping(start)
            waiting.append(node)
            self.offset += 1
        elif self.text.startswith(('"', "'"), start):
            node = self.string()
        else:
            node = self.scalar(_OTHER, "toml-value")
        if isinstance(holder, Sequence):
            holder.items.append(Item(node))
        elif key is not None:
            self.add(holder, Entry(key, node))

    def enter(self, table: Mapping, key: Scalar) -> Mapping:
        """The table called `key`: the one that is there, the newest of an array, or a new one."""
        entry = self.index[id(table)].get(key.text)
        if entry is None:
            entry = self.add(table, Entry(key, self.mapping(key.start, key.end)))
        found = entry.value
        if isinstance(found, Sequence) and found.items:
            found = found.items[-1].value
        if not isinstance(found, Mapping):
            raise _LostError(key.start)
        return found

    def enter_array(self, table: Mapping, key: Scalar, start: int) -> Sequence:
        entry = self.index[id(table)].get(key.text)
        if entry is None:
            entry = self.add(table, Entry(key, Sequence(self.document, start, self.offset)))
        if not isinstance(entry.value, Sequence):
            raise _LostError(key.start)
        return entry.value

    def add(self, table: Mapping, entry: Entry) -> Entry:
        table.entries.append(entry)
        self.index[id(table)][entry.name] = entry
        return entry

    def mapping(self, start: int, end: int | None = None) -> Mapping:
        node = Mapping(self.document, start, start if end is None else end)
        self.index[id(node)] = {}
        return node

    def string(self) -> Scalar:
        node = self.scalar(_STRING, "toml-string")
        if "\\" in node.text or node.text.startswith(('"""', "'''")):
            try:
                node.text = str(toml_value(node.text))
            except tomllib.TOMLDecodeError as error:
                raise _LostError(node.start) from error
        else:
            node.text = node.text[1:-1]
        return node

    def scalar(self, pattern: re.Pattern[str], style: str) -> Scalar:
        match = pattern.match(self.text, self.offset)
        if match is None:
            raise _LostError(self.offset)
        start, self.offset = match.span()
        return Scalar(self.document, start, self.offset, None, None, match[0], style)

    def skip(self, pattern: re.Pattern[str]) -> _Locator:
        match = pattern.match(self.text, self.offset)
        self.offset = self.offset if match is None else match.end()
        return self

    def expect(self, sign: str) -> None:
        self.skip(_BLANK)
        if not self.text.startswith(sign, self.offset):
            raise _LostError(self.offset)
        self.offset += len(sign)

    def check_depth(self, depth: int) -> None:
        if depth > MAX_DEPTH:
            position = self.document.position(self.offset)
            raise ReadError(self.document.path, f"nested deeper than {MAX_DEPTH} levels", *position)
