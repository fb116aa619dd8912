"""From a path to its documents: bytes, text, tree. Whatever goes wrong is one ReadError."""

from __future__ import annotations

import os
import stat

from schedlint.source.document import SourceFile
from schedlint.source.errors import ReadError
from schedlint.source.limits import MAX_BYTES, MAX_SEPARATORS
from schedlint.source.lines import LineTable

__all__ = ["decoded", "format_of", "parsed", "read", "read_text"]

_FORMATS = {".json": "json", ".jsonc": "json", ".toml": "toml", ".py": "python"}
_UTF16 = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}


def format_of(path: str | os.PathLike[str]) -> str:
    """The format that a path's suffix stands for: json, toml, python, else yaml."""
    return _FORMATS.get(os.path.splitext(os.fspath(path))[1].lower(), "yaml")


def read(path: str | os.PathLike[str]) -> SourceFile:
    """Read a file. The suffix decides the format: `.json`, `.jsonc`, `.toml`, `.py`, else YAML.

    Raises ReadError with one message for whatever is wrong with it.
    """
    name = os.fspath(path)
    return parsed(name, *decoded(name, _bytes(name)))


def parsed(path: str, text: str, encoding: str) -> SourceFile:
    """The file of that path, with a text that has been decoded. Raises ReadError as `read`."""
    return _parse(SourceFile(path, text, format_of(path), encoding))


def read_text(text: str, path: str, format: str | None = None) -> SourceFile:
    """Read a text as if it stood in a file called `path`; `format` overrules the suffix.

    Raises ReadError as `read` does.
    """
    if len(text) > MAX_BYTES:
        raise ReadError(path, _too_large())
    return _parse(SourceFile(path, text, format or format_of(path)))


def _bytes(path: str) -> bytes:
    try:
        # Looked at before it is opened: opening a pipe would wait for ever.
        mode = os.stat(path).st_mode
        if stat.S_ISDIR(mode):
            raise ReadError(path, "is a folder, not a file")
        if not stat.S_ISREG(mode):
            raise ReadError(path, "is not a regular file")
        with open(path, "rb") as file:
            data = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise ReadError(path, "no such file") from None
    except PermissionError:
        raise ReadError(path, "no permission to read it") from None
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        reason = getattr(error, "strerror", None) or str(error)
        raise ReadError(path, f"cannot be read: {reason}") from None
    if len(data) > MAX_BYTES:
        raise ReadError(path, _too_large())
    return data


def decoded(path: str, data: bytes) -> tuple[str, str]:
    """The text of a file's bytes, byte order mark included, and its encoding. Raises ReadError."""
    encoding = _UTF16.get(data[:2], "utf-8")
    try:
        return data.decode(encoding), encoding
    except UnicodeDecodeError as error:
        before = data[: error.start].decode(encoding)
        position = LineTable(before).position(len(before))
        what = f"byte 0x{data[error.start]:02x} at offset {error.start}"
        name = encoding.upper().removesuffix("-LE").removesuffix("-BE")
        raise ReadError(path, f"not {name} text: {what}", *position) from None


def _parse(file: SourceFile) -> SourceFile:
    try:
        _read_into(file)
    except ReadError as error:
        error.file = file
        raise
    return file


def _read_into(file: SourceFile) -> None:
    nul = file.text.find("\0")
    if nul >= 0:
        message = f"a binary file, not text: NUL character at offset {nul}"
        raise ReadError(file.path, message, *file.lines.position(nul))
    if len(file.text) > MAX_SEPARATORS and sum(map(file.text.count, ",:\n")) > MAX_SEPARATORS:
        raise ReadError(file.path, f"more than {MAX_SEPARATORS:,} values: not a config")
    # Each reader is imported where it is used: a JSON file needs no YAML parser.
    if file.format == "json":
        from schedlint.source.json import read_json as reader
    elif file.format == "toml":
        from schedlint.source.toml import read_toml as reader
    elif file.format == "yaml":
        from schedlint.source.yaml import read_yaml as reader
    elif file.format == "python":
        from schedlint.source.python import read_python as reader
    else:
        raise ValueError(f"no format {file.format!r}: there are yaml, json, toml and python")
    reader(file)


def _too_large() -> str:
    return f"larger than {MAX_BYTES // 1_000_000} MB: not a config"
