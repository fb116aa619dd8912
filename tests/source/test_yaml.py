"""YAML trees: merges, aliases, refusals and hostile input."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import yaml

from schedlint.source import YAML12, Mapping, Node, ReadError, Scalar, read_text
from schedlint.source import yaml as yaml_reader
from schedlint.source.limits import MAX_DEPTH

MERGES = """\
base: &base {lr: 1, steps: 2}
more: &more {steps: 3, seed: 4, <<: *base}
one:
  <<: *base
  steps: 9
list:
  <<: [*base, *more]
nested: {<<: *more}
twice: {<<: *base, <<: *more}
quoted: {"<<": *base}
number: {<<: 1, a: 2}
"""


def root_of(text: str) -> Mapping:
    """Read a YAML text whose root is a mapping."""
    root = read_text(text, "x.yaml").documents[0].root
    assert isinstance(root, Mapping)
    return root


def test_earlier_mapping_of_a_merged_list_wins(construct: Callable[[Node], object]) -> None:
    """As the YAML merge key's definition has it, and PyYAML before 6.0.4."""
    entry = root_of(MERGES).get("list")
    assert entry is not None
    assert construct(entry.value) == {"lr": 1, "steps": 2, "seed": 4}


@pytest.mark.parametrize("name", ["one", "list", "nested", "twice"])
def test_merges_as_pyyaml(construct: Callable[[Node], object], name: str) -> None:
    """Merge keys give the values that PyYAML's SafeLoader gives."""
    if name == "list" and yaml.__version__ not in ("6.0", "6.0.1", "6.0.2", "6.0.3"):
        pytest.skip("PyYAML 6.0.4 lets the later mapping of a merged list win")
    entry = root_of(MERGES).get(name)
    assert entry is not None
    expected = yaml.safe_load(MERGES.split("quoted")[0])[name]
    assert construct(entry.value) == expected


def test_merged_entries_say_so() -> None:
    """An entry that came through `<<` is marked and keeps the place where it is written."""
    document = read_text(MERGES, "x.yaml").documents[0]
    merged, own, original = (document.find(path) for path in ("one.lr", "one.steps", "base.lr"))
    assert merged is not None
    assert original is not None
    assert getattr(merged, "merged") is True  # noqa: B009 - an Item has none
    assert getattr(own, "merged") is False  # noqa: B009
    assert getattr(original, "merged") is False  # noqa: B009
    assert merged.value is original.value
    one = document.find("one")
    assert one is not None
    assert isinstance(one.value, Mapping)
    assert [entry.name for entry in one.value.entries] == ["<<", "steps"]


def test_what_is_no_merge_stays_an_entry() -> None:
    """A quoted `<<`, and a `<<` without a mapping, are entries of that name."""
    root = root_of(MERGES)
    for name in ("quoted", "number"):
        entry = root.get(name)
        assert entry is not None
        assert isinstance(entry.value, Mapping)
        assert entry.value.get("<<") is not None
        assert entry.value.get("lr") is None


def test_merging_oneself_gains_nothing() -> None:
    """A mapping that merges itself, directly or around a corner, still has its own entries."""
    root = root_of("a: &a\n  <<: *a\n  b: 1\n  c: &c {<<: *a, d: 2}\n")
    inner = root.document.find("a.c")
    assert inner is not None
    assert isinstance(inner.value, Mapping)
    assert set(inner.value.effective()) == {"b", "c", "d"}
    outer = root.get("a")
    assert outer is not None
    assert isinstance(outer.value, Mapping)
    assert set(outer.value.effective()) == {"b", "c"}


def test_long_chain_of_merges() -> None:
    """A chain of merges longer than Python's stack is followed."""
    links = [f"k{i}: &k{i} {{<<: *k{i - 1}}}" for i in range(1, 1200)]
    last = root_of("\n".join(["k0: &k0 {a: 1}", *links])).get("k1199")
    assert last is not None
    assert isinstance(last.value, Mapping)
    assert last.value.get("a") is not None


def test_duplicates() -> None:
    """The dead entry is paired with the one that wins; the last one is found under the name."""
    root = root_of('a: 1\nb: 2\na: 3\na: 4\n1: x\n"1": y\n')
    pairs = [(dead.value.source, winner.value.source) for dead, winner in root.duplicates()]
    assert pairs == [("1", "4"), ("3", "4")]
    found = root.get("a")
    assert found is not None
    assert found.value.source == "4"


def test_duplicates_depend_on_the_dialect() -> None:
    """`yes` and `true` are one key in YAML 1.1 and two in YAML 1.2."""
    root = root_of("yes: 1\ntrue: 2\n")
    assert [(dead.name, winner.name) for dead, winner in root.duplicates()] == [("yes", "true")]
    root.document.dialect = YAML12
    assert root.duplicates() == []


def test_two_merge_keys_are_no_duplicates() -> None:
    """PyYAML applies each of several merge keys."""
    entry = root_of(MERGES).get("twice")
    assert entry is not None
    assert isinstance(entry.value, Mapping)
    assert entry.value.duplicates() == []


def test_names_are_the_keys_text() -> None:
    """A key that is no string is found under what is written; a complex key under its source."""
    root = root_of("1: a\ntrue: b\nnull: c\n? [x, y]\n: d\n")
    assert list(root.effective()) == ["1", "true", "null", "[x, y]"]


def test_alias_as_key() -> None:
    """A key that is an alias has the anchored text and its own place."""
    root = root_of("a: &k lr\n*k : 1\n")
    entry = root.get("lr")
    assert entry is not None
    assert entry.key.position == (2, 1)
    assert entry.key.source == "*k"


def test_alias_to_an_enclosing_node(construct: Callable[[Node], object]) -> None:
    """A node that holds itself is one object, not an endless tree."""
    root = root_of("a: &a [1, *a]\n")
    built = construct(root)
    assert isinstance(built, dict)
    assert built["a"][1] is built["a"]


def test_anchors_and_tags() -> None:
    """Tags are kept as resolved, anchors by name."""
    root = root_of("%TAG !e! tag:e.com,2000:\n---\na: !!str 1\nb: !ref <a>\nc: !e!x 1\nd: &q 1\n")
    tags = [(entry.value.tag, entry.value.anchor) for entry in root.entries]
    assert tags == [
        ("tag:yaml.org,2002:str", None),
        ("!ref", None),
        ("tag:e.com,2000:x", None),
        (None, "q"),
    ]


def test_second_anchor_of_a_name() -> None:
    """An anchor defined twice is noted, and aliases mean the nearer one, as YAML has it."""
    file = read_text("a: &x 1\nb: &x 2\nc: *x\n", "x.yaml")
    assert [(each.start, each.end) for each in file.deviations] == [(14, 15)]
    found = file.documents[0].find("c")
    assert found is not None
    assert found.value.source == "2"


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("a: 1\n b: 2\n", (2, 3), "':' is not allowed here"),
        ("a: b: c", (1, 5), "':' is not allowed here"),
        ("a: 'b\n", (2, 1), "quote opened on line 1 is never closed"),
        ("a:\n\tb: 1\n", (2, 1), "a tab"),
        ("a: [1,\n", (2, 1), "found the end of the file"),
        ("- a\nb: 2", (2, 1), "list that starts on line 1"),
        ("a:\n  - b\n c: 1", (3, 2), "mapping that starts on line 1"),
        ("a: *b", (1, 4), "*b refers to an anchor that is not defined above it"),
        ("a: &x 1\n---\nb: *x", (3, 4), "*x refers to"),
        ("{a: 1]", (1, 6), "expected ',' or '}'"),
        ("a: @x", (1, 4), "'@' cannot start a value"),
        ("a: \x01", (1, 4), "U+0001"),
        ("a: \ud800", (1, 4), "U+D800"),
        ("\ufeffa: \x01", (1, 4), "U+0001"),
        ("\ufeffa: @", (1, 4), "'@'"),
    ],
)
def test_refusals(text: str, place: tuple[int, int], words: str) -> None:
    """What is no YAML is refused once, in plain words, at its place."""
    with pytest.raises(ReadError) as caught:
        read_text(text, "x.yaml")
    assert (caught.value.line, caught.value.column) == place
    assert words in caught.value.message
    assert str(caught.value).startswith(f"x.yaml:{place[0]}:{place[1]}: ")


@pytest.mark.parametrize("opening", ["[", "{a: ", "- ", "? ", "{"])
def test_depth_is_limited(opening: str) -> None:
    """Deep nesting is refused at the first level too many, or where the C reader stops."""
    with pytest.raises(ReadError) as caught:
        read_text(opening * 25_000, "x.yaml")
    assert caught.value.message == f"nested deeper than {MAX_DEPTH} levels"
    assert caught.value.line == 1
    assert caught.value.column in (MAX_DEPTH * len(opening) + 1, 1000 * len(opening) + 1)


def test_allowed_depth_is_read() -> None:
    """The deepest nesting that is allowed is read."""
    text = "[" * MAX_DEPTH + "]" * MAX_DEPTH
    assert read_text(text, "x.yaml").documents[0].root is not None


def test_alias_bomb_is_shared() -> None:
    """A billion laughs are a few nodes."""
    lines = ["a0: &a0 [x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 50)]
    found = root_of("\n".join(lines)).get("a49")
    assert found is not None


def test_merge_bomb_is_refused() -> None:
    """Merges that would unfold without bound are refused before anything is unfolded."""
    lines = ["a0: &a0 {x: 1}"]
    lines += [f"a{i}: &a{i} {{<<: [*a{i - 1}, *a{i - 1}]}}" for i in range(1, 60)]
    with pytest.raises(ReadError, match="unfold to more than 1,000,000 entries"):
        read_text("\n".join(lines), "x.yaml")


def test_many_keys() -> None:
    """200,000 keys are read, found and compared."""
    root = root_of("".join(f"key{i}: {i}\n" for i in range(200_000)))
    assert len(root.entries) == 200_000
    found = root.get("key199999")
    assert found is not None
    assert found.value.position == (200_000, 12)
    assert root.duplicates() == []


def test_reader_written_in_python(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without libyaml the tree and its spans are the same."""
    text = MERGES + "z: |\n  x\n\n# c\ny: &q\n- !t {a: , b: *base}\n"
    expected = [repr(entry) for entry in root_of(text).entries]
    monkeypatch.setattr(yaml_reader, "_C_PARSER", None)
    assert [repr(entry) for entry in root_of(text).entries] == expected
    with pytest.raises(ReadError) as caught:
        read_text("\ufeffa: @", "x.yaml")
    assert (caught.value.line, caught.value.column) == (1, 4)


@pytest.mark.parametrize("text", ["", "# only\n", "\ufeff", "---\n", "\n\n"])
def test_empty_document(text: str) -> None:
    """A file with nothing in it has one document without a root."""
    documents = read_text(text, "x.yaml").documents
    assert [document.root for document in documents] == [None]


def test_scalar_root() -> None:
    """A document may be a single scalar."""
    root = read_text("--- 5\n", "x.yaml").documents[0].root
    assert isinstance(root, Scalar)
    assert root.value == 5
