"""Python config files: what is data, what is unknown, and where each of them stands."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedlint.source import (
    UNKNOWN,
    Entry,
    Item,
    Mapping,
    Node,
    ReadError,
    Scalar,
    Sequence,
    read,
    read_text,
    value_of,
)
from schedlint.source.python import BASES, NAME_TAG, TUPLE_TAG


def root(text: str) -> Mapping:
    """The mapping of a module's names."""
    node = read_text(text, "config.py").documents[0].root
    assert isinstance(node, Mapping)
    return node


def found(text: str, path: str) -> Entry | Item:
    """What stands at a dotted path."""
    entry = read_text(text, "config.py").documents[0].find(path)
    assert entry is not None
    return entry


def value(text: str, path: str = "x") -> object:
    """The value at a dotted path."""
    return value_of(found(text, path).value)


def written(item: Item) -> str:
    """An item's value as it is written there."""
    return item.value.document.text[item.start : item.end]


def plain(node: Node) -> object:
    """A tree as Python's own values."""
    if isinstance(node, Mapping):
        return {name: plain(entry.value) for name, entry in node.effective().items()}
    if isinstance(node, Sequence):
        items = [plain(item.value) for item in node.items]
        return tuple(items) if node.tag == TUPLE_TAG else items
    return value_of(node)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("12", 12),
        ("1e-3", 0.001),
        ("-0.5", -0.5),
        ("'sgd'", "sgd"),
        ("'a' 'b'", "ab"),
        ("True", True),
        ("None", None),
        ("2 * 8 - 1", 15),
        ("7 // 2", 3),
        ("7 / 2", 3.5),
        ("(5)", 5),
        ("1_000", 1000),
    ],
)
def test_literals_and_their_arithmetic_are_values(source: str, expected: object) -> None:
    """Numbers are worked out, other literals are what they say, types included."""
    assert value(f"x = {source}") == expected
    assert type(value(f"x = {source}")) is type(expected)


@pytest.mark.parametrize(
    "source",
    [
        "open('x')",
        "1 if y else 2",
        "[i for i in range(3)]",
        "f'{y}'",
        "[*y, 1]",
        "{1, 2}",
        "1 / 0",
        "'a' + 'b'",
        "2 ** 9 ** 9",
        "1e308 * 10",
        "y.z",
        "SGD",
        "{{_base_.lr}}",
        "{{$LR:0.1}}",
        "'{{$LR:0.1}}'",
        "b'12'",
        "1j",
        "...",
        "dict(**y)",
        "lambda: 1",
    ],
)
def test_everything_else_is_unknown(source: str) -> None:
    """What only running the file could tell is UNKNOWN, and nothing is run."""
    assert value(f"x = {source}") is UNKNOWN


def test_a_file_is_never_run(tmp_path: Path) -> None:
    """Neither statements nor values have an effect."""
    path = tmp_path / "config.py"
    path.write_text(f"import os\nx = open({str(tmp_path / 'made')!r}, 'w')\nraise SystemExit\n")
    read(path)
    assert not (tmp_path / "made").exists()


def test_names_stand_for_what_was_last_assigned() -> None:
    """A name is followed, in arithmetic too; a later assignment counts from there on."""
    text = "n = 12\nx = dict(max_epochs=n, end=n - 2)\nn = 24\ny = n\n"
    assert plain(root(text)) == {"x": {"max_epochs": 12, "end": 10}, "n": 24, "y": 24}


def test_an_alias_stands_where_the_name_is_written() -> None:
    """The node is the one that was assigned; the place is that of the name."""
    text = "n = 12\nx = dict(max_epochs=n)\n"
    entry = found(text, "x.max_epochs")
    assert (entry.alias, written(entry), entry.value.source) == ("n", "n", "12")
    assert entry.value.document.position(entry.start) == (2, 21)


def test_mappings_in_both_notations() -> None:
    """`dict(a=1)` and `{"a": 1}` are the same; other mappings are merged in."""
    text = "base = dict(a=1, b=2)\nx = dict(base, b=3)\ny = {**base, 'c': 4}\nz = dict(**base)\n"
    tree = plain(root(text))
    assert tree == {
        "base": {"a": 1, "b": 2},
        "x": {"a": 1, "b": 3},
        "y": {"a": 1, "b": 2, "c": 4},
        "z": {"a": 1, "b": 2},
    }


def test_what_is_merged_behind_a_key_of_its_own_is_unknown() -> None:
    """In `{"a": 2, **base}` the later one wins, which the tree has no way to say."""
    assert value("base = dict(a=1)\nx = {'a': 2, **base}\n") is UNKNOWN


def test_lists_and_tuples_can_be_told_apart() -> None:
    """Some readers take one and refuse the other."""
    assert plain(root("x = [(1, 2), [3]]")) == {"x": [(1, 2), [3]]}


@pytest.mark.parametrize(
    "change",
    [
        "x['a'] = 2",
        "x['in']['b'] = 2",
        "x.update(a=2)",
        "y = x.pop('a')",
        "change(x)",
        "if True:\n    x = dict(a=2)",
        "for x in []:\n    pass",
        "x += 1",
        "x, y = 1, 2",
        "def f():\n    global x\n    x = 1",
    ],
)
def test_what_a_statement_may_have_changed_is_unknown(change: str) -> None:
    """After code that is not followed, nobody knows what the collection holds."""
    text = f"x = {{'a': 1, 'in': dict(b=1)}}\nz = 3\n{change}\n"
    assert value(text, "x") is UNKNOWN
    assert value(text, "z") == 3


@pytest.mark.parametrize(
    "harmless", ["y = len(x)", "assert x", "y = copy.deepcopy(x)", "def f():\n    x = 1", "pass"]
)
def test_what_only_looks_at_a_value_leaves_it(harmless: str) -> None:
    """Not every call makes a value unknown."""
    assert plain(found(f"x = dict(a=1)\n{harmless}\n", "x").value) == {"a": 1}


def test_a_change_reaches_every_name_for_the_same_collection() -> None:
    """Two names for one dict are one dict; a merge has taken from it."""
    text = "x = dict(a=1)\ny = dict(part=x)\nz = dict(x, b=1)\ny['part']['a'] = 2\n"
    assert value(text, "x") is UNKNOWN
    assert value(text, "z") is UNKNOWN


def test_deleted_and_imported_names_are_no_settings() -> None:
    """`del` and `import` take a name away, functions and classes are none."""
    text = "a = 1\nb = 2\nc = 3\ndel a\nfrom m import b\ndef c(): pass\nd = 4\n"
    assert plain(root(text)) == {"d": 4}


def test_classes_are_names() -> None:
    """A class under `type` is unknown, and its name can be read."""
    node = found("x = dict(type=torch.optim.SGD)", "x.type").value
    assert isinstance(node, Scalar)
    assert (node.tag, node.text, value_of(node)) == (NAME_TAG, "torch.optim.SGD", UNKNOWN)


def test_bases_are_values() -> None:
    """`_base_` is a list like any other; imports under `read_base()` are listed too."""
    assert plain(root("_base_ = ['a.py', 'b.py']")) == {"_base_": ["a.py", "b.py"]}
    lazy = root("with read_base():\n    from .._base_.a import *\n    from .b import c\n")
    entry = lazy.get(BASES)
    assert entry is not None
    assert isinstance(entry.value, Sequence)
    assert [item.value.text for item in entry.value.items if isinstance(item.value, Scalar)] == [
        ".._base_.a",
        ".b",
    ]


def test_places_count_characters() -> None:
    """Python's own columns are bytes; ours are characters, behind any letter and sign."""
    text = "\ufeffschön = dict(größe='ü', lr=1e-3)  # Größe\n"
    entry = found(text, "schön.lr")
    assert isinstance(entry, Entry)
    assert (entry.key.source, entry.value.source) == ("lr", "1e-3")
    assert entry.key.position == (1, 25)
    assert entry.value.end_position == (1, 32)
    assert [comment[2] for comment in read_text(text, "config.py").comments()] == [" Größe"]


def test_keys_and_values_stand_where_they_are_written() -> None:
    """Over several lines, in both notations, with any line end."""
    text = "x = dict(\r\n    a=[1,\r\n       2],\r\n)\r\ny = {'b': 3}\r\n"
    assert found(text, "x.a").value.position == (2, 7)
    assert found(text, "x.a.1").value.position == (3, 8)
    entry = found(text, "y.b")
    assert isinstance(entry, Entry)
    assert (entry.key.source, entry.key.position) == ("'b'", (5, 6))


def test_comments_are_python_s_own() -> None:
    """A `#` in a string is none, wherever the string stands."""
    text = '"""doc # no"""\nx = f("# no")  # yes\n# {{$A}} also\n'
    comments = list(read_text(text, "config.py").comments())
    assert [text[start:end] for start, end, _ in comments] == ["# yes", "# {{$A}} also"]


@pytest.mark.parametrize(
    ("text", "place"),
    [("x = [1,\ny = 2\n", (1, 5)), ("x = 1\n  y = 2\n", (2, None)), ("print 'x'\n", (1, 1))],
)
def test_no_python_is_an_error_with_its_place(text: str, place: tuple[int, int | None]) -> None:
    """The words are Python's, the place is where it gave up."""
    with pytest.raises(ReadError, match="not Python") as caught:
        read_text(text, "config.py")
    assert caught.value.line == place[0]
    assert place[1] in (caught.value.column, None)


@pytest.mark.parametrize(
    "text",
    [
        "x = " + "[" * 25_000,
        "x = " + "-" * 100_000 + "1",
        "x = 1" + " + 1" * 100_000,
        "x = y" + ".z" * 50_000,
    ],
    ids=["brackets", "signs", "sums", "attributes"],
)
def test_depth_ends_in_one_error_or_an_unknown(text: str) -> None:
    """Whatever Python's parser makes of it: one error, or a value that nobody knows."""
    try:
        node = root(text)
    except ReadError:
        return
    assert plain(node) == {"x": UNKNOWN}


def test_an_empty_file_has_no_root() -> None:
    """As an empty document of any format."""
    assert read_text("# nothing\n", "config.py").documents[0].root is None


literals = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**9), 10**9)
    | st.text(max_size=5)
    | st.floats(allow_nan=False, allow_infinity=False, max_value=1e9, min_value=-1e9),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.tuples(inner, inner)
        | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(literals)
def test_any_literal_is_read_as_python_reads_it(literal: object) -> None:
    """What `repr` writes comes back, and each scalar's span read alone gives its value."""
    if any(sign in repr(literal) for sign in ("{{", "$", "???")):
        return  # a template to us, whatever Python says
    assert plain(found(f"x = {literal!r}", "x").value) == literal
