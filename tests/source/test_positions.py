"""Spans and positions, counted by hand."""

from __future__ import annotations

import pytest

from schedlint.source import Document, Mapping, Scalar, Sequence, read_text

TRAINING = """\
# a run
model: "meta/llama"   # quoted
train:
  lr: 1e-5
  steps: &steps 1_000  # anchored

  stages:
  - name: one
    from: *steps
  - {name: 'two', list: [1, 2 , 3]}

empty:
tagged: !!str 5
text: |  # kept
  first
   second

# behind
last: plain text
  over lines
"""


@pytest.fixture(scope="module")
def document() -> Document:
    """Read the screenful above."""
    return read_text(TRAINING, "run.yaml").documents[0]


@pytest.mark.parametrize(
    ("path", "start", "source"),
    [
        ("model", (2, 8), '"meta/llama"'),
        ("train.lr", (4, 7), "1e-5"),
        ("train.steps", (5, 17), "1_000"),
        ("train.stages", (8, 3), None),
        ("train.stages.0", (8, 5), "name: one\n    from: *steps"),
        ("train.stages.0.name", (8, 11), "one"),
        ("train.stages.1", (10, 5), "{name: 'two', list: [1, 2 , 3]}"),
        ("train.stages.1.name", (10, 12), "'two'"),
        ("train.stages.1.list", (10, 25), "[1, 2 , 3]"),
        ("train.stages.1.list.1", (10, 29), "2"),
        ("empty", (12, 7), ""),
        ("tagged", (13, 15), "5"),
        ("text", (14, 7), "|  # kept\n  first\n   second"),
        ("last", (19, 7), "plain text\n  over lines"),
    ],
)
def test_value_span(
    document: Document, path: str, start: tuple[int, int], source: str | None
) -> None:
    """A value's span is its own source and starts where one sees it."""
    found = document.find(path)
    assert found is not None
    assert found.value.position == start
    if source is not None:
        assert found.value.source == source


def test_block_collection_ends_at_its_last_value(document: Document) -> None:
    """A block mapping ends with its last value, before blank lines and comments."""
    train = document.find("train")
    assert train is not None
    assert train.value.end_position == (10, 36)
    assert train.value.source.startswith("lr: 1e-5")
    assert train.value.source.endswith("3]}")


def test_alias_has_its_own_span_and_the_anchored_node(document: Document) -> None:
    """An alias stands where it is written and its value is the anchored node itself."""
    alias, anchor = document.find("train.stages.0.from"), document.find("train.steps")
    assert alias is not None
    assert anchor is not None
    assert alias.value is anchor.value
    assert alias.alias == "steps"
    assert document.text[alias.start : alias.end] == "*steps"
    assert document.position(alias.start) == (9, 11)
    assert anchor.alias is None
    assert anchor.value.anchor == "steps"


def test_keys_have_spans(document: Document) -> None:
    """A key is a node with a position of its own."""
    root = document.root
    assert isinstance(root, Mapping)
    keys = {entry.name: entry.key.position for entry in root.entries}
    assert keys == {
        "model": (2, 1),
        "train": (3, 1),
        "empty": (12, 1),
        "tagged": (13, 1),
        "text": (14, 1),
        "last": (19, 1),
    }


@pytest.mark.parametrize(
    ("text", "path", "offset"),
    [
        ("a:\nb: 1\n", "a", 2),
        ("a:   # none\nb: 1\n", "a", 2),
        ("{a: , b: 1}", "a", 3),
        ("{a, b: 1}", "a", 2),
        ("{a , b: 1}", "a", 2),
        ("- \n- 1\n", "0", 1),
        ("- - \n", "0.0", 3),
        ("? a\n? b\n", "a", 3),
        ("a: !!null\nb: 1", "a", 9),
        ("a: &x\nb: 1", "a", 5),
        ("{a: # - none\n , b: 1}", "a", 3),
    ],
)
def test_empty_value_stands_behind_its_indicator(text: str, path: str, offset: int) -> None:
    """A value that is not written stands right behind its colon, dash, tag or anchor."""
    found = read_text(text, "x.yaml").documents[0].find(path)
    assert found is not None
    assert isinstance(found.value, Scalar)
    assert (found.value.start, found.value.end) == (offset, offset)
    assert (found.value.text, found.value.style, found.value.value) == ("", "plain", None)


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("a: |\n  x\n\n\nb: 1\n", "|\n  x"),
        ("a: |+\n  x\n\n\nb: 1\n", "|+\n  x"),
        ("a: >-  # why\n  x\n", ">-  # why\n  x"),
        ("a: |\n  x  \n", "|\n  x  "),
        ("a: |2-\n    x\n", "|2-\n    x"),
        ("a: |\n\n\nb: 1\n", "|"),
        ("a: >-  # why\n\nb: 1\n", ">-"),
        ("a: |\r\n  x\r\nb: 1\r\n", "|\r\n  x"),
        ("a: |\n  x", "|\n  x"),
        ("a: |\r  x\rb: 1\r", "|\r  x"),
        ("a: |  # why\r\n\r\nb: 1", "|"),
        ("a: !t &x |\n  x\n", "|\n  x"),
    ],
)
def test_block_scalar_span(text: str, source: str) -> None:
    """A block scalar reaches from its indicator to its last line that is not blank."""
    found = read_text(text, "x.yaml").documents[0].find("a")
    assert found is not None
    assert found.value.source == source


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("a: &x\n- 1\n- 2\n\nb: 1", "- 1\n- 2"),
        ("a: !t # c\n  - 1\nb: 1", "- 1"),
        ("a: &x- !t {b: 1 }\n", "{b: 1 }"),
        ("a: &x\n  b: 1\n  c:\n", "b: 1\n  c:"),
        ("a:\n  ? b\n  : c\n", "? b\n  : c"),
        ("a: [b: 1 , 2]\n", "[b: 1 , 2]"),
        ("a: !!set\n  ? b\n", "? b"),
    ],
)
def test_collection_span_without_properties(text: str, source: str) -> None:
    """A collection's span leaves out its tag, its anchor and what follows it."""
    found = read_text(text, "x.yaml").documents[0].find("a")
    assert found is not None
    assert found.value.source == source


def test_pair_in_a_flow_sequence() -> None:
    """The mapping of a single pair in a flow sequence has no braces to span."""
    found = read_text("[a: {b: 1} , c]", "x.yaml").documents[0].find("0")
    assert found is not None
    assert found.value.source == "a: {b: 1}"


def test_columns_count_characters() -> None:
    """An emoji is one column, a byte order mark is none, offsets count both."""
    document = read_text("\ufeff🎉: é1\nb: 2", "x.yaml").documents[0]
    first, second = document.find("🎉"), document.find("b")
    assert first is not None
    assert second is not None
    assert (first.start, first.value.position) == (4, (1, 4))
    assert first.value.source == "é1"
    assert second.value.position == (2, 4)
    assert document.root is not None
    assert document.root.position == (1, 1)
    assert document.line_text(1) == "🎉: é1"


def test_line_ends_are_the_ones_of_editors() -> None:
    """Lines end at all three line ends but not at the Unicode ones."""
    document = read_text('{"a": "x\u2028y",\r"b": 1,\r\n"c": 2,\n"d": 3}', "x.json").documents[0]
    lines = {name: found.value.position.line for name in "abcd" if (found := document.find(name))}
    assert lines == {"a": 1, "b": 2, "c": 3, "d": 4}
    assert document.line_text(2) == '"b": 1,'
    with pytest.raises(IndexError):
        document.line_text(5)


def test_documents_share_the_files_offsets() -> None:
    """Each document of a file has its index, and positions count from the start of the file."""
    file = read_text("a: 1\n---\n---\n- x\n...\n", "x.yaml")
    assert [document.index for document in file.documents] == [0, 1, 2]
    assert file.documents[1].root is None
    last = file.documents[2].root
    assert isinstance(last, Sequence)
    assert last.items[0].value.position == (4, 3)


def test_find_tries_dotted_names_first() -> None:
    """A name that holds dots is found as such, and the way through the dots still works."""
    text = "a.b: 1\na: {b: 2, c: {d.e: 3}, 'x': [{y: 4}]}\n"
    document = read_text(text, "x.yaml").documents[0]
    values = {}
    for path in ("a.b", "a.c.d.e", "a.x.0.y", "a.x.1", "a.x.y", "a.c.d", "z", ""):
        found = document.find(path)
        values[path] = found.value.source if found else None
    assert values == {
        "a.b": "1",
        "a.c.d.e": "3",
        "a.x.0.y": "4",
        "a.x.1": None,
        "a.x.y": None,
        "a.c.d": None,
        "z": None,
        "": None,
    }
