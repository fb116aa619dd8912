"""JSON: values as Python's json reads them, exact spans, and lenient readings."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedlint.source import Mapping, Node, ReadError, Scalar, nodes, read_text
from schedlint.source.limits import MAX_DEPTH

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(VALUES, st.booleans(), st.sampled_from([None, 1, "\t"]))
def test_values_are_jsons(
    construct: Callable[[Node | None], object],
    value: object,
    ascii_only: bool,
    indent: int | str | None,
) -> None:
    """What json writes is read back as json reads it, and each node's source reads as itself."""
    text = json.dumps(value, ensure_ascii=ascii_only, indent=indent)
    if "\\u0000" not in text or ascii_only:
        file = read_text(text, "x.json")
        root = file.documents[0].root
        assert root is not None
        assert repr(construct(root)) == repr(json.loads(text))
        assert file.deviations == []
        for node in nodes(root):
            assert repr(construct(node)) == repr(json.loads(node.source))


def test_spans() -> None:
    """Keys, values and collections have the spans that one sees."""
    document = read_text('{"a": [1, {"b": "c\\n"}],\n "a": -0.5e3}', "x.json").documents[0]
    root = document.root
    assert isinstance(root, Mapping)
    assert [entry.value.source for entry in root.entries] == ['[1, {"b": "c\\n"}]', "-0.5e3"]
    assert [entry.key.position for entry in root.entries] == [(1, 2), (2, 2)]
    assert [(dead.value.source, winner.value.source) for dead, winner in root.duplicates()] == [
        ('[1, {"b": "c\\n"}]', "-0.5e3")
    ]
    found = document.find("a")
    assert found is not None
    assert isinstance(found.value, Scalar)
    assert found.value.value == -500.0


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ('"\\ud83c\\udf89"', "🎉"),
        ('"\\ud800"', "\ud800"),
        ("-0", 0),
        ("1e3", 1000.0),
        ("NaN", None),
        ("-Infinity", float("-inf")),
        ("true", True),
        ("12345678901234567890", 12345678901234567890),
    ],
)
def test_scalars(source: str, value: object) -> None:
    """Scalars are what Python's json makes of them."""
    root = read_text(source, "x.json").documents[0].root
    assert isinstance(root, Scalar)
    if source == "NaN":
        assert root.value != root.value
    else:
        assert (type(root.value), root.value) == (type(value), value)


LENIENT = """\
{
  // to be tuned
  "fp16": true, # or bf16
  lr: 1e-3, /* a
  block */
  "list": [1, 2,],
}
"""


def test_lenient_reading(construct: Callable[[Node | None], object]) -> None:
    """Comments, trailing commas and simple keys without quotes are read and listed."""
    file = read_text(LENIENT, "x.json")
    assert construct(file.documents[0].root) == {"fp16": True, "lr": 1e-3, "list": [1, 2]}
    written = [(LENIENT[each.start : each.end], each.what) for each in file.deviations]
    assert written == [
        ("// to be tuned", "a comment"),
        ("# or bf16", "a comment"),
        ("lr", "a key without quotes"),
        ("/* a\n  block */", "a comment"),
        (",", "a trailing comma"),
        (",", "a trailing comma"),
    ]
    assert [text for _, _, text in file.comments()] == [" to be tuned", " or bf16", " a\n  block "]


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ('{"fp16": true "x": 1}', (1, 15), "expected ',' or '}' after the value of \"fp16\""),
        ('{"a": [1 2]}', (1, 10), "expected ',' or ']' after item 1 of the list, found '2'"),
        ('{"a" 1}', (1, 6), "expected ':' after the key \"a\", found '1'"),
        ('{"a": }', (1, 7), "expected a value for \"a\", found '}'"),
        ('{"a": 1', (1, 8), "found the end of the file"),
        ("", (1, 1), "expected a value, found the end of the file"),
        ("[1] x", (1, 5), "expected the end of the file, found 'x'"),
        ('{"a": "b', (1, 7), "the quote opened here is never closed"),
        ('{"a": "b\n"}', (1, 9), "control character"),
        ('["\\q"]', (1, 3), "an escape that JSON does not know"),
        ("{'a': 1}", (1, 2), "expected a key in double quotes or '}', found \"'\""),
        ("[1, 2,", (1, 7), "expected a value, found the end of the file"),
        ('{"a": True}', (1, 7), "expected a value for \"a\", found 'True'"),
        ("[01]", (1, 3), "expected ',' or ']' after item 1 of the list, found '1'"),
        ("{,}", (1, 2), "expected a key"),
        ("[1,,]", (1, 4), "expected a value, found ','"),
    ],
)
def test_refusals(text: str, place: tuple[int, int], words: str) -> None:
    """What no reader accepts is refused in the strict reader's words, at its place."""
    with pytest.raises(ReadError) as caught:
        read_text(text, "x.json")
    assert words in caught.value.message
    assert (caught.value.line, caught.value.column) == place


def test_depth_is_limited() -> None:
    """Deep nesting is one clear refusal."""
    with pytest.raises(ReadError, match=f"nested deeper than {MAX_DEPTH} levels") as caught:
        read_text("[" * 100_000, "x.json")
    assert caught.value.column == MAX_DEPTH + 1


def test_merge_keys_mean_nothing() -> None:
    """`<<` is a name like any other in JSON."""
    root = read_text('{"<<": {"a": 1}}', "x.json").documents[0].root
    assert isinstance(root, Mapping)
    assert set(root.effective()) == {"<<"}
