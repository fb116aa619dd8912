"""Files and places in them as SARIF names them."""

from __future__ import annotations

import os
from urllib.parse import quote

from schedlint.engine import Report
from schedlint.reports.json import JsonObject
from schedlint.reports.paths import from_top
from schedlint.source import SourceFile

ROOT = "%SRCROOT%"
"""What relative addresses start from."""

_IN_A_PATH = "/!$&'()*+,;=@"
"""What may stand in a path as it is (RFC 3986), a colon aside, which may not in the first part."""

_ENCODINGS = {"utf-16-le": "UTF-16LE", "utf-16-be": "UTF-16BE"}


class Files:
    """The files of a report: those that were checked, then others as they are spoken of."""

    def __init__(self, report: Report) -> None:
        self.artifacts: list[JsonObject] = []
        self._numbers: dict[str, int] = {}
        for path in report.checked:
            self._artifact(path)["roles"] = ["analysisTarget"]

    def of(self, file: SourceFile) -> JsonObject:
        """Where a file is that has been read, so that its encoding is known."""
        encoding = _ENCODINGS.get(file.encoding)
        if encoding is not None:
            self._artifact(file.path)["encoding"] = encoding
        return self.location(file.path)

    def location(self, path: str) -> JsonObject:
        """Where a file is: its address and its number among the artifacts."""
        self._artifact(path)
        return {**_address(path), "index": self._numbers[_uri(path)]}

    def _artifact(self, path: str) -> JsonObject:
        uri = _uri(path)
        if uri not in self._numbers:
            self._numbers[uri] = len(self.artifacts)
            self.artifacts.append({"location": _address(path)})
        return self.artifacts[self._numbers[uri]]


def region(file: SourceFile, start: int, end: int) -> JsonObject:
    """A stretch of a file: columns count UTF-16 code units, the last one is not part of it."""
    line, column = _position(file, start)
    last, behind = _position(file, end)
    return {"startLine": line, "startColumn": column, "endLine": last, "endColumn": behind}


def _position(file: SourceFile, offset: int) -> tuple[int, int]:
    line = file.lines.position(offset).line
    start = file.lines.offset(line, 1)
    if line > 1 and start == len(file.text):
        # Behind the last line end: the last line goes on there, no new one begins (3.30.2).
        line -= 1
        start = file.lines.offset(line, 1)
    before = file.text[start:offset]
    return line, 1 + len(before) + sum(sign > "\uffff" for sign in before)


def _address(path: str) -> JsonObject:
    uri = _uri(path)
    return {"uri": uri} if uri.startswith("file:") else {"uri": uri, "uriBaseId": ROOT}


def _uri(path: str) -> str:
    name = from_top(path)
    if not os.path.isabs(name):
        return quote(_bytes(name), safe=_IN_A_PATH)
    return "file://" + quote(_bytes(f"/{name.lstrip('/')}"), safe=f"{_IN_A_PATH}:")


def _bytes(name: str) -> bytes:
    """A name as the file system has it, or nearly so where it is no name of a file."""
    try:
        return name.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return name.encode("utf-8", "surrogatepass")
