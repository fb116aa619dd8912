"""Scalars against the loaders that the dialects stand for."""

from __future__ import annotations

import datetime
import math
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from schedlint.source import (
    JSON,
    OMEGACONF,
    YAML11,
    YAML12,
    Dialect,
    Malformed,
    Scalar,
    dialect,
    read_text,
)

PIECES = [*"0123456789", *"+-._:eExobaf~ =", "yes", "Off", "true", "null", "inf", "nan", "2001-"]
NUMBERS = st.lists(st.sampled_from(PIECES), min_size=1, max_size=7).map("".join)
DATES = st.from_regex(
    r"\A[0-9]{4}-[01]?[0-9]-[0-3]?[0-9]([Tt ][0-9]{1,2}:[0-9]{2}:[0-9]{2}(\.[0-9]{0,7})?"
    r"( ?(Z|[-+][01]?[0-9](:[0-5][0-9])?))?)?\Z"
)
TEXTS = st.one_of(NUMBERS, DATES, st.text(alphabet="abcnoyNOYtruefalse01._-", max_size=6))
TAGS = st.sampled_from(["", "", "", "!!int ", "!!float ", "!!bool ", "!!null ", "!!str ", "! "])
QUOTES = st.sampled_from(["{}", "{}", "{}", "'{}'", '"{}"'])


def resolve(text: str, under: Dialect) -> object:
    """The value of the only item of a list."""
    document = read_text(text, "x.yaml").documents[0]
    document.dialect = under
    found = document.find("0")
    assert found is not None
    assert isinstance(found.value, Scalar)
    return found.value.value


def same(ours: object, theirs: object) -> bool:
    """Equal in type and value, where not-a-number equals itself."""
    if isinstance(ours, float) and isinstance(theirs, float) and math.isnan(ours):
        return math.isnan(theirs)
    return type(ours) is type(theirs) and ours == theirs


def compare(text: str, under: Dialect, load: Any) -> None:
    """Hold a dialect against a loader: equal values, and malformed where the loader raises."""
    document = f"- {text}\n"
    try:
        if not isinstance(yaml.compose(document, yaml.SafeLoader).value[0], yaml.ScalarNode):
            return
    except yaml.YAMLError:
        return
    ours = resolve(document, under)
    try:
        theirs = load(document)[0]
    except Exception:  # noqa: BLE001 - loaders raise whatever their conversions raise
        assert isinstance(ours, Malformed)
    else:
        assert same(ours, theirs), (ours, theirs)


@settings(max_examples=400, deadline=None)
@given(TEXTS, TAGS, QUOTES)
def test_yaml11_is_pyyaml(text: str, tag: str, quote: str) -> None:
    """YAML11 reads every scalar as PyYAML's SafeLoader does."""
    compare(tag + quote.format(text), YAML11, yaml.safe_load)


@settings(max_examples=400, deadline=None)
@given(TEXTS, TAGS)
def test_yaml12_is_ruamel(text: str, tag: str) -> None:
    """YAML12 reads every plain scalar as ruamel.yaml's default does."""
    ruamel = pytest.importorskip("ruamel.yaml")
    if tag == "! " or text.endswith("="):
        return  # ruamel.yaml: a tag of its own kind, and an error for "="
    compare(tag + text, YAML12, lambda document: ruamel.YAML(typ="safe", pure=True).load(document))


@settings(max_examples=400, deadline=None)
@given(TEXTS, TAGS, QUOTES)
def test_omegaconf_is_omegaconf(text: str, tag: str, quote: str) -> None:
    """OMEGACONF reads every scalar as OmegaConf's own loader does."""
    pytest.importorskip("omegaconf")
    try:
        from omegaconf._yaml import get_yaml_loader
    except ImportError:  # before OmegaConf 2.4
        from omegaconf._utils import get_yaml_loader
    if tag == "! " and not text.strip():
        return  # OmegaConf 2.4 has libyaml read it, which disagrees with PyYAML's own parser
    loader = get_yaml_loader()

    def load(document: str) -> object:
        return yaml.load(document, loader)  # noqa: S506 - a subclass of SafeLoader

    compare(tag + quote.format(text), OMEGACONF, load)


@pytest.mark.parametrize(
    ("text", "yaml11", "omegaconf", "yaml12"),
    [
        ("1e-5", "1e-5", 1e-5, 1e-5),
        ("1.0e-5", 1e-5, 1e-5, 1e-5),
        ("1.e5", "1.e5", 1e5, 1e5),
        ("yes", True, True, "yes"),
        ("010", 8, 8, 10),
        ("0o17", "0o17", "0o17", 15),
        ("1_000", 1000, 1000, 1000),
        ("1:30", 90, 90, "1:30"),
        ("2001-01-02", datetime.date(2001, 1, 2), "2001-01-02", datetime.date(2001, 1, 2)),
        ("~", None, None, None),
        ("'5'", "5", "5", "5"),
        ("!!str 5", "5", "5", "5"),
        ("!!float 1", 1.0, 1.0, 1.0),
        ('!!int "3"', 3, 3, 3),
        ("!!binary aGk=", b"hi", b"hi", b"hi"),
        ("!ref <a>", "<a>", "<a>", "<a>"),
    ],
)
def test_the_same_text_differs(
    text: str, yaml11: object, omegaconf: object, yaml12: object
) -> None:
    """Each dialect makes of a text what its loader documents."""
    for under, expected in ((YAML11, yaml11), (OMEGACONF, omegaconf), (YAML12, yaml12)):
        assert same(resolve(f"- {text}", under), expected), under


def test_yaml12_knows_n() -> None:
    """ruamel.yaml reads an explicit `!!bool n`, PyYAML refuses it."""
    assert resolve("- !!bool n", YAML12) is False
    assert isinstance(resolve("- !!bool n", YAML11), Malformed)


def test_yaml12_rounds_seconds() -> None:
    """ruamel.yaml rounds to microseconds, up to the next second, where PyYAML cuts off."""
    text = "- 2001-01-02 03:04:05.9999995"
    assert resolve(text, YAML11) == datetime.datetime(2001, 1, 2, 3, 4, 5, 999999)
    assert resolve(text, YAML12) == datetime.datetime(2001, 1, 2, 3, 4, 6)


@pytest.mark.parametrize(
    "text", ["!!int abc", "!!int ''", "0b_", "!!bool maybe", "2001-99-99", "=", "!!map x"]
)
def test_malformed(text: str) -> None:
    """A text that the loader would refuse is a Malformed with its text and a reason."""
    value = resolve(f"- {text}", YAML11)
    assert isinstance(value, Malformed)
    assert value.text in text
    assert value.reason


def test_too_many_digits() -> None:
    """An integer that Python refuses to read is malformed, not a crash."""
    assert isinstance(resolve("- " + "9" * 5000, YAML11), Malformed)
    root = read_text("9" * 5000, "x.json").documents[0].root
    assert isinstance(root, Scalar)
    assert isinstance(root.value, Malformed)


def test_dialect_can_be_changed() -> None:
    """A value follows the dialect that the document has when it is asked for."""
    root = read_text("1e3", "x.yaml").documents[0].root
    assert isinstance(root, Scalar)
    assert root.value == "1e3"
    root.document.dialect = YAML12
    assert root.value == 1000.0


def test_json_keeps_its_dialect() -> None:
    """A JSON document stays JSON whatever dialect the framework asks for."""
    root = read_text("1e3", "x.json").documents[0].root
    assert isinstance(root, Scalar)
    root.document.dialect = YAML11
    assert root.document.dialect is JSON
    assert root.value == 1000.0


def test_dialects_by_name() -> None:
    """Dialects are found by name, and an unknown name lists the known ones."""
    assert dialect("omegaconf") is OMEGACONF
    with pytest.raises(KeyError, match="yaml11"):
        dialect("yaml13")
