"""References within a document, and what cannot be known from it."""

from __future__ import annotations

import pytest

from schedlint.source import (
    OMEGACONF,
    UNKNOWN,
    Malformed,
    Mapping,
    Sequence,
    follow,
    read_text,
    value_of,
)

CONFIG = """\
a: {b: 3, list: [{x: 7}, 8], same: "${.b}", up: "${..top}", deep: {two: "${..b}"}}
top: 11
plain: ${a.b}
spaced: "${ a.b }"
chain: ${plain}
index: ${a.list[0].x}
item: ${a.list.1}
bracket: ${a[b]}
whole: ${a}
circle: ${corner}
corner: ${circle}
self: ${self}
missing: ${a.nothing}
environment: ${oc.env:HOME}
clock: ${now:%Y}
around: lr_${top}
two: ${top}${top}
jinja: "{{ x }}"
unquoted: {{ x }}
shell: $HOME
price: 5$
percent: "%(x)s"
todo: ???
text: hello
ref: !ref <a.b>
ref_bracket: !ref <a[list][0][x]>
ref_sum: !ref <a.b> * 2
new: !new:torch.nn.Linear
environment_tag: !ENV ${top}
code: !!python/name:x.y 5
forced: !!str 5
bad: !!int abc
shared: &s {p: "${..top}", q: "${.p}"}
again: *s
"""


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("a.b", 3),
        ("a.same", 3),
        ("a.up", 11),
        ("a.deep.two", 3),
        ("plain", 3),
        ("spaced", 3),
        ("chain", 3),
        ("index", 7),
        ("item", 8),
        ("bracket", 3),
        ("price", "5$"),
        ("percent", "%(x)s"),
        ("text", "hello"),
        ("ref", 3),
        ("ref_bracket", 7),
        ("forced", "5"),
    ],
)
def test_known(path: str, value: object) -> None:
    """A plain reference has the value of its target, text that refers to nothing is itself."""
    found = read_text(CONFIG, "x.yaml").documents[0].find(path)
    assert found is not None
    assert value_of(found.value) == value


@pytest.mark.parametrize(
    "path",
    [
        "circle",
        "self",
        "missing",
        "environment",
        "clock",
        "around",
        "two",
        "jinja",
        "unquoted",
        "shell",
        "todo",
        "ref_sum",
        "new",
        "environment_tag",
        "code",
        "shared.p",
        "shared.q",
    ],
)
def test_unknown(path: str) -> None:
    """What is filled in elsewhere, leads nowhere or could mean several places is unknown."""
    found = read_text(CONFIG, "x.yaml").documents[0].find(path)
    assert found is not None
    assert value_of(found.value) is UNKNOWN


def test_target_is_the_node() -> None:
    """A reference leads to the very node, which has the position to report."""
    document = read_text(CONFIG, "x.yaml").documents[0]
    chain, target, whole = (document.find(path) for path in ("chain", "a.b", "whole"))
    assert chain is not None
    assert target is not None
    assert whole is not None
    assert follow(chain.value) is target.value
    assert follow(target.value) is None
    assert isinstance(value_of(whole.value), Mapping)


def test_collections_are_themselves() -> None:
    """The value of a collection is its node."""
    document = read_text(CONFIG, "x.yaml").documents[0]
    found = document.find("a.list")
    assert found is not None
    assert value_of(found.value) is found.value
    assert isinstance(found.value, Sequence)


def test_malformed_is_passed_on() -> None:
    """A value that the loader refuses stays recognisable as that."""
    found = read_text(CONFIG, "x.yaml").documents[0].find("bad")
    assert found is not None
    assert isinstance(value_of(found.value), Malformed)


def test_target_is_read_under_the_dialect() -> None:
    """The target's value follows the document's dialect."""
    document = read_text("lr: 1e-5\nsame: ${lr}\n", "x.yaml").documents[0]
    document.dialect = OMEGACONF
    found = document.find("same")
    assert found is not None
    assert value_of(found.value) == 1e-5


def test_unknown_has_no_truth() -> None:
    """A test for truth that forgets the unknown fails aloud."""
    with pytest.raises(TypeError):
        bool(UNKNOWN)
    assert repr(UNKNOWN) == "unknown"


def test_long_chain_is_unknown() -> None:
    """A chain of references has a value up to a length that no config reaches."""
    links = [f"a{i}: ${{a{i - 1}}}" for i in range(1, 300)]
    document = read_text("\n".join(["a0: 5", *links]), "x.yaml").documents[0]
    near, far = document.find("a100"), document.find("a299")
    assert near is not None
    assert far is not None
    assert value_of(near.value) == 5
    assert value_of(far.value) is UNKNOWN


@pytest.mark.parametrize("length", [400, 500_000])
def test_endless_path_ends(length: int) -> None:
    """A long reference through a node that holds itself comes to an end."""
    path = ".".join(["a"] * length)
    document = read_text(f"a: &x {{a: *x, a.a: *x}}\nb: ${{{path}.c}}\n", "x.yaml").documents[0]
    found = document.find("b")
    assert found is not None
    assert value_of(found.value) is UNKNOWN
