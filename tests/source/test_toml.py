"""TOML: the library's values, our spans."""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedlint.source import Mapping, Node, ReadError, Scalar, nodes, read_text

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

DOCUMENTS = [
    "",
    "# only\n",
    "a = 1\nb.c = 2\nb.d.e = 'x'\n\"q.z\" = true\n",
    "a = [1, 2, # three\n  [3.5, 'x'],\n]\n",
    "t = {a = 1, b.c = [2], d = {}}\n",
    "[x.y]\na = 0x1F\n[x]\nb = 1_000\n[x.z.w]\n",
    "[[a]]\nb = 1\n[[a]]\n[a.c]\nd = 2\n[[a.e]]\n[[a.e]]\nf = 3\n",
    "s = \"\"\"\nfirst \\\n   second\"\"\"\nl = '''\nraw \\n'''\n",
    'q = """"x"""""\nr = \'\'\'\'x\'\'\'\'\'\ne = ""\nf = ""\n',
    "d = 1979-05-27\nt = 07:32:00\ndt = 1979-05-27 07:32:00Z\nz = 1979-05-27T07:32:00-08:00\n",
    "f = [1e5, -2.5E-3, inf, -inf, +1.0, 0b101, 0o17]\n",
    'esc = "a\\u00e9\\"\\t#"  # not "this"\n\'k # k\' = 1\n',
    'a = 1\r\nb = """x\r\ny"""\r\n[t]\r\nc = 3\r\n',
    "  [ a . 'b' ] \n  c  =  1\n",
]


@pytest.mark.parametrize("text", DOCUMENTS)
def test_values_are_the_librarys(construct: Callable[[Node | None], object], text: str) -> None:
    """The tree holds exactly what tomllib reads."""
    document = read_text(text, "x.toml").documents[0]
    assert repr_sorted(construct(document.root)) == repr_sorted(tomllib.loads(text))


@pytest.mark.parametrize("text", DOCUMENTS)
def test_scalar_spans(text: str) -> None:
    """A value's source, read alone, is the value; a key's source is the key."""
    document = read_text(text, "x.toml").documents[0]
    assert document.root is not None
    for node in nodes(document.root):
        if isinstance(node, Mapping):
            for entry in node.entries:
                assert tomllib.loads(f"{entry.key.source} = 1") == {entry.name: 1}
                if isinstance(entry.value, Scalar):
                    alone = tomllib.loads(f"v = {entry.value.source}")["v"]
                    assert alone == entry.value.value


def repr_sorted(value: object) -> str:
    """A text for comparing: types and values, without the order of keys."""
    if isinstance(value, dict):
        return repr(sorted((key, repr_sorted(each)) for key, each in value.items()))
    if isinstance(value, list):
        return repr([repr_sorted(each) for each in value])
    return repr(value)


NAMES = st.text(alphabet="ab-_1", min_size=1, max_size=3) | st.just('"x.y # z"') | st.just("'q'")
SCALARS = st.sampled_from(["1", "-2.5e3", "true", "'a#b'", '"c]d\\n"', '"""e"f\n"""', "1979-05-27"])
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda each: "[" + ", # c\n ".join(each) + "]")
        | st.dictionaries(NAMES, inner, max_size=3).map(
            lambda each: "{" + ", ".join(f"{key} = {value}" for key, value in each.items()) + "}"
        )
    ),
    max_leaves=6,
)
LINES = st.one_of(
    st.tuples(st.lists(NAMES, min_size=1, max_size=3), VALUES).map(
        lambda pair: f"{' . '.join(pair[0])} = {pair[1]}  # end"
    ),
    st.lists(NAMES, min_size=1, max_size=3).map(lambda parts: f"[{'.'.join(parts)}]"),
    st.lists(NAMES, min_size=1, max_size=3).map(lambda parts: f"[[{'.'.join(parts)}]]"),
)


@given(st.lists(LINES, max_size=6).map("\n".join))
def test_generated_documents(construct: Callable[[Node | None], object], text: str) -> None:
    """Whatever tomllib accepts we locate with the same values; what it refuses we refuse."""
    try:
        expected = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        with pytest.raises(ReadError) as caught:
            read_text(text, "x.toml")
        assert caught.value.line is not None
        return
    root = read_text(text, "x.toml").documents[0].root
    assert repr_sorted(construct(root)) == repr_sorted(expected)


def test_spans_of_tables() -> None:
    """A table spans its header and statements, an implied one the part that implies it."""
    text = "[a.b]\nx = 1\n\n[[c]]\ny = 2\n[[c]]\nz = 3 # end\n"
    document = read_text(text, "x.toml").documents[0]
    sources = {}
    for path in ("a", "a.b", "c", "c.0", "c.1", "c.1.z"):
        found = document.find(path)
        assert found is not None
        sources[path] = found.value.source
    assert sources == {
        "a": "a",
        "a.b": "[a.b]\nx = 1",
        "c": "[[c]]\ny = 2\n[[c]]\nz = 3",
        "c.0": "[[c]]\ny = 2",
        "c.1": "[[c]]\nz = 3",
        "c.1.z": "3",
    }
    found = document.find("c.1.z")
    assert found is not None
    assert found.value.position == (7, 5)


def test_byte_order_mark() -> None:
    """A byte order mark takes no column."""
    found = read_text("\ufeffa = 1", "x.toml").documents[0].find("a")
    assert found is not None
    assert found.value.position == (1, 5)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("a = 1\nb = \n", (2, 5)),
        ("a = 1\na = 2\n", (2, 6)),
        ("[a\n", (1, 3)),
        ("a = [1, 2", (1, 10)),
    ],
)
def test_refusals(text: str, place: tuple[int, int]) -> None:
    """What tomllib refuses is refused at the place that it names."""
    with pytest.raises(ReadError, match="not TOML") as caught:
        read_text(text, "x.toml")
    assert (caught.value.line, caught.value.column) == place


@pytest.mark.parametrize(
    "text", ["a = " + "[" * 25_000, "a = " + "{a=" * 25_000, "a." * 100_000 + "a = 1"]
)
def test_depth_is_limited(text: str) -> None:
    """Deep nesting is one clear refusal, and a quick one."""
    with pytest.raises(ReadError, match="nested deeper than 200 levels") as caught:
        read_text(text, "x.toml")
    assert caught.value.line == 1


@pytest.mark.parametrize("text", ['a = "\\q"', "a = 1\na.b = 2", "[[a]]\n[a]\n", "a = 1\n[[a]]"])
def test_refusals_that_have_a_shape(text: str) -> None:
    """What looks like TOML but is none is refused in tomllib's words, with a line."""
    with pytest.raises(ReadError, match="not TOML") as caught:
        read_text(text, "x.toml")
    assert caught.value.line == text.rstrip().count("\n") + 1


def test_long_integer() -> None:
    """An integer that Python refuses to read is refused at its place."""
    with pytest.raises(ReadError, match="not TOML") as caught:
        read_text("b = 1\na = " + "9" * 5000, "x.toml")
    assert (caught.value.line, caught.value.column) == (2, 5)
