"""From bytes to text: encodings, limits and refusals."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from schedlint.source import ReadError, read, read_text
from schedlint.source.limits import MAX_BYTES


def write(folder: Path, data: bytes, name: str = "x.yaml") -> Path:
    """Put bytes into a file."""
    path = folder / name
    path.write_bytes(data)
    return path


@pytest.mark.parametrize(
    ("data", "encoding", "had_bom"),
    [
        ("é: 1\n".encode(), "utf-8", False),
        (b"\xef\xbb\xbf" + "é: 1\n".encode(), "utf-8", True),
        (b"\xff\xfe" + "é: 1\n".encode("utf-16-le"), "utf-16-le", True),
        (b"\xfe\xff" + "é: 1\n".encode("utf-16-be"), "utf-16-be", True),
    ],
)
def test_encodings(tmp_path: Path, data: bytes, encoding: str, had_bom: bool) -> None:
    """UTF-8 and UTF-16 are read, and the text encodes to the same bytes again."""
    file = read(write(tmp_path, data))
    assert (file.encoding, file.had_bom, file.format) == (encoding, had_bom, "yaml")
    assert file.encode(file.text) == data
    found = file.documents[0].find("é")
    assert found is not None
    assert found.value.position == (1, 4)


@pytest.mark.parametrize(
    ("data", "place", "words"),
    [
        (b"a: 1\nb: \xe9\n", (2, 4), "not UTF-8 text: byte 0xe9 at offset 8"),
        ("é: \xe9".encode() + b"\xff", (1, 5), "byte 0xff at offset 6"),
        (b"a: 1\n\x00\x01", (2, 1), "binary"),
        (b"\xff\xfea\x00b", (1, 2), "not UTF-16 text"),
        ("a: 1".encode("utf-16-le"), (1, 2), "binary"),
    ],
)
def test_not_text(tmp_path: Path, data: bytes, place: tuple[int, int], words: str) -> None:
    """Bytes that are no text are refused at the first wrong one."""
    with pytest.raises(ReadError) as caught:
        read(write(tmp_path, data))
    assert words in caught.value.message
    assert (caught.value.line, caught.value.column) == place


def test_missing(tmp_path: Path) -> None:
    """A file that is not there is said to be that, without a place."""
    with pytest.raises(ReadError, match="no such file") as caught:
        read(tmp_path / "x.yaml")
    assert caught.value.line is None
    assert str(caught.value) == f"{tmp_path / 'x.yaml'}: no such file"


def test_folder(tmp_path: Path) -> None:
    """A folder is no file."""
    with pytest.raises(ReadError, match="is a folder"):
        read(tmp_path)


def test_pipe_is_not_waited_for(tmp_path: Path) -> None:
    """A named pipe is refused before it is opened."""
    os.mkfifo(tmp_path / "x.yaml")
    with pytest.raises(ReadError, match="not a regular file"):
        read(tmp_path / "x.yaml")


def test_circle_of_links(tmp_path: Path) -> None:
    """Links in a circle are one refusal."""
    (tmp_path / "a.yaml").symlink_to(tmp_path / "b.yaml")
    (tmp_path / "b.yaml").symlink_to(tmp_path / "a.yaml")
    with pytest.raises(ReadError, match="cannot be read"):
        read(tmp_path / "a.yaml")


def test_no_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that may not be read is said to be that."""
    path = write(tmp_path, b"a: 1")

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("builtins.open", refuse)
    with pytest.raises(ReadError, match="no permission"):
        read(path)


def test_too_large(tmp_path: Path) -> None:
    """A file above the limit is refused unread."""
    with pytest.raises(ReadError, match="larger than 10 MB"):
        read(write(tmp_path, b"#" * (MAX_BYTES + 1)))
    with pytest.raises(ReadError, match="larger than 10 MB"):
        read_text("#" * (MAX_BYTES + 1), "x.yaml")


@pytest.mark.parametrize("name", ["x.yaml", "x.json"])
def test_too_many_values(name: str) -> None:
    """A text with more values than a config could hold is refused before it takes memory."""
    with pytest.raises(ReadError, match="more than 1,000,000 values"):
        read_text("[" + "1," * 1_000_001 + "1]", name)


@pytest.mark.parametrize(
    ("name", "format"),
    [("a.yaml", "yaml"), ("a.YML", "yaml"), ("a.JSON", "json"), ("a.toml", "toml"), ("a", "yaml")],
)
def test_format_by_suffix(name: str, format: str) -> None:
    """The suffix decides the format."""
    text = "" if format != "json" else "{}"
    assert read_text(text, name).format == format


def test_format_can_be_given() -> None:
    """A given format overrules the suffix, and an unknown one is the caller's mistake."""
    assert read_text("{}", "x.yaml", "json").format == "json"
    with pytest.raises(ValueError, match="yaml, json, toml and python"):
        read_text("{}", "x.yaml", "ini")


@pytest.mark.parametrize(
    ("text", "newline"), [("a\nb\n", "\n"), ("a\r\nb\r\n", "\r\n"), ("a\rb\r", "\r"), ("a", "\n")]
)
def test_newline(text: str, newline: str) -> None:
    """A file's line end is the one that it uses most."""
    assert read_text(text, "x.yaml").newline == newline


def test_json_needs_no_yaml() -> None:
    """Reading JSON imports no YAML parser, and reading YAML no second one."""
    program = (
        "import sys; from schedlint.source import read_text; before = set(sys.modules); "
        "read_text('{\"a\": 1}', 'x.json'); assert 'yaml' not in set(sys.modules) - before; "
        "read_text('a: 1', 'x.yaml').documents[0].find('a').value.value; "
        "unwanted = {'ruamel.yaml', 'jsonschema', 'tomllib', 'logging'}; "
        "assert not unwanted & (set(sys.modules) - before)"
    )
    root = Path(__file__).resolve().parents[2]
    subprocess.run([sys.executable, "-c", program], check=True, cwd=root)
