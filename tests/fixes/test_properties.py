"""Random edits of random documents in all styles: made as they were meant, or refused."""

from __future__ import annotations

import pytest
from hypothesis import assume, event, given, settings
from hypothesis import strategies as st

from schedlint.source import ReadError, SourceFile, read_text
from tests.fixes.judge import Change
from tests.fixes.random_edits import JUDGES, KINDS, NAMES, VALUES, change_at, tried
from tests.fixes.random_texts import json_texts, toml_texts, yaml_texts

REFUSALS = (
    "a comment on what",
    "a comment would be lost or moved",
    "a merge is not replaced by a value",
    "a merge would find no mapping any more",
    "a table is not replaced by a value",
    "does not have a line of its own",
    "stands in brackets without braces",
    "a key would be one of the table",
    "would gain a line end",
    "is the only key of its object",
    "is there already",
    "only a key that is written out can be renamed",
    "the alias .* refers to an anchor",
    "TOML has no null",
    "would be there twice",
    # A long text that keeps the line ends behind it, with the key behind it gone.
    "would mean something else",
)
"""The reasons that there are for a single edit of a text that can be read."""


def hold(text: str, format: str, draw: st.DataObject) -> None:
    """Make any edit of a text, and have it judged by another reader."""
    file = _read(text, format)
    judge = JUDGES[format](text)
    places = judge.places()
    assume(places)
    place, kind = draw.draw(st.sampled_from(places)), draw.draw(st.sampled_from(KINDS))
    name, value = draw.draw(st.sampled_from(NAMES)), draw.draw(st.sampled_from(VALUES))
    outcome = tried(file, judge, change_at(place, kind, name, value))
    event(outcome.refused or kind)
    assert outcome.faults == (), outcome.text
    assert outcome.refused in ("", *REFUSALS)


def _read(text: str, format: str) -> SourceFile:
    try:
        return read_text(text, f"run.{format}", format)
    except ReadError:
        assume(False)
        raise


@settings(max_examples=120)
@given(yaml_texts(), st.data())
def test_yaml(text: str, draw: st.DataObject) -> None:
    """To PyYAML the nodes differ where they should, and what is shared stays shared."""
    hold(text, "yaml", draw)


@settings(max_examples=80)
@given(json_texts(), st.data())
def test_json(text: str, draw: st.DataObject) -> None:
    """To Python's json the data differ where they should, in order, duplicates included."""
    hold(text, "json", draw)


@settings(max_examples=80)
@given(toml_texts(), st.data())
def test_toml(text: str, draw: st.DataObject) -> None:
    """To tomllib the data differ where they should."""
    hold(text, "toml", draw)


@pytest.mark.parametrize(
    ("format", "text", "number", "kind", "after", "fault"),
    [
        ("yaml", "a: 1 # b\nc: 2\n", 0, "set", "a: 7 # b\nc: 2\n", ""),
        ("yaml", "a: 1 # b\nc: 2\n", 0, "set", "a: 7\nc: 2\n", "a comment is lost"),
        ("yaml", "a: 1 # b\nc: 2\n", 0, "set", "a: 8 # b\nc: 2\n", "other data"),
        ("yaml", "a: 1 # b\nc: 2\n", 0, "set", "a: '7' # b\nc: 2\n", "other data"),
        ("yaml", "a: 1 # b\nc: 2\n", 0, "set", "a: 7 # b\nc: 3\n", "other data"),
        ("yaml", "a: 1\nc: 2_0\nd: 3\n", 0, "set", "a: 7\nc: 20\nd: 3\n", "other data"),
        ("yaml", "a: 1 # b\nc: 2\n", 0, "insert", "a: 1 # b\nz: 7\nc: 2\n", ""),
        ("yaml", "a: 1 # b\nc: 2\n", 0, "insert", "a: 1\nz: 7 # b\nc: 2\n", "something else"),
        ("yaml", "a: &x 1\nb: *x\n", 0, "set", "a: &x 7\nb: *x\n", ""),
        ("yaml", "a: &x 1\nb: *x\n", 0, "set", "a: &x 7\nb: 7\n", "stands for something else"),
        ("yaml", "a: &x 1\nb: *x\n", 1, "set", "a: &x 1\nb: 7\n", ""),
        ("yaml", "a: &x {c: 1}\nb: {<<: *x}\n", 0, "set", "a: &x 7\nb: {<<: *x}\n", "cannot load"),
        ("yaml", "a: 1\n", 0, "set", "a: [\n", "cannot read it"),
        ("json", '{"a": 1, "b": 2}', 1, "delete", '{"a": 1}', ""),
        ("json", '{"a": 1, "b": 2}', 1, "delete", '{"a": 1.0}', "other data"),
        ("json", '{"a": 1, "b": 2}', 0, "rename", '{"z": 1, "b": 2}', ""),
        ("json", '{"a": 1, "b": 2}', 0, "rename", '{"b": 2, "z": 1}', "other data"),
        ("json", '{"a": 1, "b": 2}', 0, "rename", '{"z": 1, "b": 2', "cannot read it"),
        ("json", '{"a": 1,\n"b": 2 // c\n}', 1, "delete", '{"a": 1\n// c\n}', ""),
        ("json", '{"a": 1,\n"b": 2 // c\n}', 1, "delete", '{"a": 1 // c\n}', "something else"),
        ("json", '{"a": 1} // b', 0, "set", '{"a": 7} // c', "a comment is lost"),
        ("toml", "a = 1\nb = 2\n", 0, "set", "a = 7\nb = 2\n", ""),
        ("toml", "a = 1\nb = 2.0\n", 0, "set", "a = 7\nb = 2.00\n", "other data"),
        ("toml", "a = 1\nb = '2'\nc = 3\n", 0, "set", 'a = 7\nb = "2"\nc = 3\n', "have become"),
        ("toml", "a = 1\n", 0, "set", "a = \n", "cannot read it"),
    ],
)
def test_the_judge(format: str, text: str, number: int, kind: str, after: str, fault: str) -> None:
    """The judge lets pass what is right, and nothing else."""
    judge = JUDGES[format](text)
    found = judge.faults(Change(kind, judge.places()[number], "z", 7), after)
    assert any(fault in each for each in found) if fault else found == []
