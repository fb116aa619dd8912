"""The proof: whatever the splices make of a text, nothing but the edit itself is let through."""

from __future__ import annotations

import inspect
import sys
import warnings

import pytest

from schedlint.fixes import DeleteKey, EditRefused, InsertKey, RenameKey, SetValue, proof
from schedlint.fixes.second_opinion import agree
from schedlint.source import Entry, SourceFile, read_text

TEXT = "a: 1 # b\nc: [2, {d: 3}]\ne: &x 4\nf: *x\n"


def key(file: SourceFile, path: str) -> Entry:
    """The entry at a path of the first document."""
    found = file.documents[0].find(path)
    assert isinstance(found, Entry)
    return found


def spliced_to(wrong: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let all splices end in one text."""
    monkeypatch.setattr(proof, "spliced", lambda text, splices: wrong)


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        (TEXT.replace("1", "8"), "something else at 1:4"),
        (TEXT.replace("1", "'7'"), "something else at 1:4"),
        (TEXT.replace("1", "7.0"), "something else at 1:4"),
        (TEXT.replace("1", "!!int 7"), "something else at 1:4"),
        (TEXT.replace("1", "&y 7"), "something else at 1:4"),
        (TEXT.replace("1", "[7]"), "something else at 1:4"),
        (TEXT.replace("1 # b", "7"), "a comment would be lost or moved"),
        (TEXT.replace("1 # b", "7 # c"), "a comment would be lost or moved"),
        (TEXT.replace("1", "7").replace("2", "9"), "something else at 2:5"),
        (TEXT.replace("1", "7").replace("2", "2, 2"), "something else at 2:4"),
        (TEXT.replace("1", "7").replace("3", "03"), "something else at 2:12"),
        (TEXT.replace("1", "7").replace("{d: 3}", "d"), "something else at 2:8"),
        (TEXT.replace("1", "7").replace("d", "g"), "something else at 2:9"),
        (TEXT.replace("1", "7").replace("&x", "&y").replace("*x", "*y"), "something else at 3:7"),
        (TEXT.replace("1", "7").replace("*x", "4"), "something else at 3:7"),
        (TEXT.replace("1", "7").replace("&x 4", "&x 4\ng: &x 4"), "something else at 1:1"),
        (TEXT.replace("1", "7") + "g: 1\n", "something else at 1:1"),
        (TEXT.replace("1", "7") + "---\ng: 1\n", "another number of documents"),
        (TEXT.replace("1", "["), "the new text cannot be read: "),
        ("# b\n", "the new text is empty"),
    ],
)
def test_set(monkeypatch: pytest.MonkeyPatch, wrong: str, why: str) -> None:
    """A value that is another one, or anything else that has changed."""
    file = read_text(TEXT, "run.yaml")
    spliced_to(wrong, monkeypatch)
    with pytest.raises(EditRefused) as caught:
        proof.edited(file, [SetValue(key(file, "a"), 7)])
    assert why in str(caught.value)


@pytest.mark.parametrize(
    "wrong",
    [
        "a: 1\nb: 2\n",
        "b: 2\nz: 1\n",
        "z: 1\nb: 2\nb: 2\n",
        "'z' : '1'\nb: 2\n",
    ],
)
def test_rename(monkeypatch: pytest.MonkeyPatch, wrong: str) -> None:
    """A key that is not renamed, or has moved, or another one."""
    file = read_text("a: 1\nb: 2\n", "run.yaml")
    spliced_to(wrong, monkeypatch)
    with pytest.raises(EditRefused, match="something else"):
        proof.edited(file, [RenameKey(key(file, "a"), "z")])


@pytest.mark.parametrize("wrong", ["a: 1\nb: 2\nz: 7\n", "a: 1\nz: '7'\nb: 2\n", "a: 1\nb: 2\n"])
def test_insert(monkeypatch: pytest.MonkeyPatch, wrong: str) -> None:
    """A key that is in another place, or has another value, or is not there."""
    file = read_text("a: 1\nb: 2\n", "run.yaml")
    spliced_to(wrong, monkeypatch)
    with pytest.raises(EditRefused, match="something else"):
        proof.edited(file, [InsertKey(key(file, "a"), "z", 7)])


@pytest.mark.parametrize("wrong", ["a = 1\n", "a = 1\ny = 7\n", "a = 1\nz = 7\n[b]\n"])
def test_insert_into_a_table(monkeypatch: pytest.MonkeyPatch, wrong: str) -> None:
    """A table has no order: a key of the right name counts, with the right value, and no more."""
    file = read_text("a = 1\n", "run.toml")
    spliced_to(wrong, monkeypatch)
    with pytest.raises(EditRefused, match="something else"):
        proof.edited(file, [InsertKey(key(file, "a"), "z", 7)])


@pytest.mark.parametrize("wrong", ["a: 1\nb: 2\nc: 3\n", "a: 1\n", "b: 2\nc: 4\n"])
def test_delete(monkeypatch: pytest.MonkeyPatch, wrong: str) -> None:
    """A key that is still there, or another one that is gone too or changed."""
    file = read_text("a: 1\nb: 2\nc: 3\n", "run.yaml")
    spliced_to(wrong, monkeypatch)
    with pytest.raises(EditRefused, match="something else"):
        proof.edited(file, [DeleteKey(key(file, "a"))])


@pytest.mark.parametrize(
    ("name", "text", "seen", "why"),
    [
        ("run.yaml", "a: 1\n", "a: 2\n", "ruamel.yaml sees something else at 1:4"),
        ("run.yaml", "a: 1\n", "a: [1]\n", "ruamel.yaml sees something else at 1:4"),
        ("run.yaml", "a: [1]\n", "a: {1: 2}\n", "ruamel.yaml sees something else at 1:4"),
        ("run.yaml", "a: {b: 1}\n", "a: [1]\n", "ruamel.yaml sees something else at 1:4"),
        ("run.yaml", "a: 1\n", "a: 1 # b\n", "ruamel.yaml sees other comments"),
        ("run.yaml", "a: 1\n", "a: 1\n--- 2\n", "ruamel.yaml sees another number of documents"),
        ("run.yaml", "a: 1\n", "a: [\n", "ruamel.yaml cannot read it"),
        ("run.toml", "a = 1\n", "a = 1.0\n", "tomlkit sees something else"),
        ("run.toml", "a = 1\n", "a = \n", "tomlkit cannot read it"),
        ("run.json", '{"a": 1}', '{"a": 1, "a": 1}', "json sees something else"),
        ("run.json", '{"a": 1}', '{"a": }', "json cannot read it"),
    ],
)
def test_second_reader(name: str, text: str, seen: str, why: str) -> None:
    """Another reader that sees something else is believed."""
    old, new = read_text(text, name), read_text(text, name)
    assert not [*new.comments()]
    new.text = seen
    with pytest.raises(EditRefused) as caught:
        agree(old, new)
    assert why in str(caught.value)


def test_deep_nesting_ends_in_a_refusal() -> None:
    """What we read without recursion is too deep for a reader that recurses."""
    file = read_text(f"a: {'[' * 190}{']' * 190}\n", "run.yaml")
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(len(inspect.stack()) + 150)
    try:
        with pytest.raises(EditRefused, match="nested too deep for a second reader"):
            agree(file, file)
    finally:
        sys.setrecursionlimit(limit)


def test_a_second_anchor_of_one_name_is_no_warning() -> None:
    """Nobody who fixes a file is told what another library thinks of it."""
    file = read_text("a: &x 1\nb: &x 2\nc: *x\n", "run.yaml")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        after = proof.edited(file, [SetValue(key(file, "a"), 5)])
    assert after.text == "a: &x 5\nb: &x 2\nc: *x\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("# one\u2028# two\na: 1\n", "# one\u2028# two\na: 5\n"),
        ("%YAML 1.1 # one\n---\na: 1 # two\n", "%YAML 1.1 # one\n---\na: 5 # two\n"),
    ],
)
def test_comments_that_not_every_reader_sees(text: str, expected: str) -> None:
    """Where the readers count otherwise, the second one's own view of the old text decides."""
    file = read_text(text, "run.yaml")
    assert proof.edited(file, [SetValue(key(file, "a"), 5)]).text == expected
