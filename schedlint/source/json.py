"""JSON: a scanner that keeps every position and every duplicate key.

Strict first. Where that fails, once more with what lenient readers allow: comments, trailing
commas, simple keys without quotes. Each of those is a deviation of the file; if the text makes no
sense even so, the strict reader's complaint stands.
"""

from __future__ import annotations

import re
from json.decoder import JSONDecodeError, scanstring  # type: ignore[attr-defined]

from schedlint.source.dialect import JSON
from schedlint.source.document import Deviation, Document, SourceFile
from schedlint.source.errors import ReadError
from schedlint.source.limits import MAX_DEPTH
from schedlint.source.tree import Entry, Item, Mapping, Scalar, Sequence

__all__ = ["read_json"]

_BLANK = re.compile(r"[ \t\n\r]*")
_COMMENT = re.compile(r"(//|#)[^\r\n]*|/\*(?s:.*?)\*/")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?")
_WORD = re.compile(r"true|false|null|NaN|Infinity|-Infinity")
_SIMPLE_KEY = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*")
_FOUND = re.compile(r"[A-Za-z0-9_$.+-]{1,20}|(?s:.)")


def read_json(file: SourceFile) -> None:
    """Fill in the one document of a JSON file; ReadError when it is not JSON."""
    try:
        reader = _Reader(file, lenient=False)
    except ReadError as strict:
        try:
            reader = _Reader(file, lenient=True)
        except ReadError:
            raise strict from None
    file.documents.append(reader.document)
    file.deviations.extend(reader.deviations)


class _Reader:
    """One pass over the text. What may come next depends on the innermost open collection."""

    def __init__(self, file: SourceFile, *, lenient: bool) -> None:
        self.file = file
        self.text = file.text
        self.lenient = lenient
        self.document = Document(file, 0, JSON)
        self.deviations: list[Deviation] = []
        self.offset = 1 if file.had_bom else 0
        self.open: list[Mapping | Sequence] = []
        self.keys: list[Scalar] = []  # the key in progress of each open mapping
        self.read()

    def read(self) -> None:
        self.value("a value")
        while self.open:
            top = self.open[-1]
            if isinstance(top, Mapping):
                self.next_entry(top)
            else:
                self.next_item(top)
        if self.peek():
            raise self.error("expected the end of the file")

    def peek(self) -> str:
        """The next character that counts; empty at the end of the text."""
        self.offset = _end(_BLANK, self.text, self.offset)
        while self.lenient and (comment := _COMMENT.match(self.text, self.offset)):
            self.deviations.append(Deviation(*comment.span(), "a comment"))
            self.offset = _end(_BLANK, self.text, comment.end())
        return self.text[self.offset : self.offset + 1]

    def next_entry(self, top: Mapping) -> None:
        if top.entries and not self.comma("}", f'the value of "{top.entries[-1].name}"'):
            return
        if self.peek() == "}":
            self.close()
            return
        key = self.key(top)
        if self.peek() != ":":
            raise self.error(f"expected ':' after the key \"{key.text}\"")
        self.offset += 1
        self.keys.append(key)
        self.value(f'a value for "{key.text}"')

    def next_item(self, top: Sequence) -> None:
        if top.items and not self.comma("]", f"item {len(top.items)} of the list"):
            return
        if self.peek() == "]":
            self.close()
            return
        self.value("a value")

    def comma(self, closing: str, after: str) -> bool:
        """Pass a comma and tell whether the collection goes on; close it where it ends."""
        character = self.peek()
        if character == closing:
            self.close()
            return False
        if character != ",":
            raise self.error(f"expected ',' or '{closing}' after {after}")
        comma = self.offset
        self.offset += 1
        if self.peek() != closing:
            return True
        if not self.lenient:
            self.offset = comma
            raise self.error(f"the ',' after {after} is followed by '{closing}'", found=False)
        self.deviations.append(Deviation(comma, comma + 1, "a trailing comma"))
        self.close()
        return False

    def key(self, top: Mapping) -> Scalar:
        if self.peek() == '"':
            return self.string()
        match = _SIMPLE_KEY.match(self.text, self.offset) if self.lenient else None
        if match is None:
            ending = "" if top.entries else " or '}'"
            raise self.error(f"expected a key in double quotes{ending}")
        self.deviations.append(Deviation(*match.span(), "a key without quotes"))
        return self.scalar(match.end(), match[0], "json-key")

    def value(self, expected: str) -> None:
        character = self.peek()
        if character == "{":
            self.begin(Mapping(self.document, self.offset, self.offset))
        elif character == "[":
            self.begin(Sequence(self.document, self.offset, self.offset))
        elif character == '"':
            self.place(self.string())
        elif match := _WORD.match(self.text, self.offset):
            self.place(self.scalar(match.end(), match[0], "json-word"))
        elif match := _NUMBER.match(self.text, self.offset):
            self.place(self.scalar(match.end(), match[0], "json-number"))
        else:
            raise self.error(f"expected {expected}")

    def string(self) -> Scalar:
        try:
            text, end = scanstring(self.text, self.offset + 1, True)
        except JSONDecodeError as error:
            self.offset = error.pos
            raise self.error(_string_problem(error.msg), found=False) from None
        return self.scalar(end, text, "json-string")

    def scalar(self, end: int, text: str, style: str) -> Scalar:
        start, self.offset = self.offset, end
        return Scalar(self.document, start, end, None, None, text, style)

    def begin(self, node: Mapping | Sequence) -> None:
        if len(self.open) >= MAX_DEPTH:
            raise self.error(f"nested deeper than {MAX_DEPTH} levels", found=False)
        self.place(node)
        self.open.append(node)
        self.offset += 1

    def close(self) -> None:
        self.offset += 1
        self.open.pop().end = self.offset

    def place(self, node: Mapping | Sequence | Scalar) -> None:
        if not self.open:
            self.document.root = node
        elif isinstance(top := self.open[-1], Mapping):
            top.entries.append(Entry(self.keys.pop(), node))
        else:
            top.items.append(Item(node))

    def error(self, message: str, *, found: bool = True) -> ReadError:
        """A complaint about what stands at the current offset."""
        if found:
            match = _FOUND.match(self.text, self.offset)
            message += f", found {repr(match[0]) if match else 'the end of the file'}"
        return ReadError(self.file.path, message, *self.file.lines.position(self.offset))


def _end(pattern: re.Pattern[str], text: str, offset: int) -> int:
    match = pattern.match(text, offset)
    return offset if match is None else match.end()


def _string_problem(message: str) -> str:
    """The words of json.decoder.scanstring, which end in the start of a place, in ours."""
    if message.startswith("Unterminated string"):
        return "the quote opened here is never closed"
    if message.startswith("Invalid control character"):
        return "a line end, tab or other control character inside a string: write it as an escape"
    return "an escape that JSON does not know: double the backslash"
