"""Edits at any place of a document, and what becomes of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeVar

from schedlint.fixes import DeleteKey, Edit, EditRefused, InsertKey, RenameKey, SetValue, Value
from schedlint.fixes.proof import edited
from schedlint.source import Entry, Item, Mapping, Node, SourceFile, read_text
from schedlint.source import Sequence as List
from tests.fixes.data_judges import JsonJudge, TomlJudge
from tests.fixes.judge import Change, Judge, Place
from tests.fixes.yaml_judge import YamlJudge

__all__ = ["JUDGES", "KINDS", "NAMES", "VALUES", "Outcome", "change_at", "tried"]

T = TypeVar("T")
Pick = Callable[[Sequence[T]], T]

JUDGES: dict[str, type[Judge]] = {"yaml": YamlJudge, "json": JsonJudge, "toml": TomlJudge}

KINDS = ("set", "set", "set", "rename", "insert", "delete")

VALUES: tuple[Value, ...] = (
    *(0, 7, -3, 20_000, 10**20),
    *(0.1, 1e-5, -2.5e-7, 1.0, 1e22, 123456.789, float("inf"), float("nan")),
    *(True, False),
    *("cosine", "bf16", "two words", "path/to-a.file", "10ba", "s3://bucket/x", "größer"),
    *(
        "",
        " ",
        "yes",
        "y",
        "null",
        "~",
        "1e-5",
        "0o17",
        "12:30",
        "2024-01-01",
        "<<",
        "=",
        "...",
        "---",
    ),
    *(
        "it's",
        'say "x"',
        "a: b",
        "a #b",
        "# a",
        "- a",
        "*a",
        "&a",
        "!a",
        "{a}",
        "[a, b]",
        "%a",
        "@a",
    ),
    *(
        "two\nlines",
        "a\ttab",
        "back\\slash",
        "no\u00a0break",
        "bell\x07",
        "漢字",
        "\U0001f600",
        "\u2028",
    ),
)

NAMES = ("max_steps", "new key", "on", "1", "x: y", "größe", "a.b", "null", "it's", "-", "<<", "")


class Outcome(NamedTuple):
    """What became of an edit: the new text, why it was refused, or what is wrong with it."""

    text: str = ""
    refused: str = ""
    faults: tuple[str, ...] = ()


def change_at(place: Place, kind: str, name: str, value: Value) -> Change:
    """A change of some kind, or one of a value where there is no key."""
    return Change(kind if place.is_entry else "set", place, name, value)


def tried(file: SourceFile, judge: Judge, change: Change) -> Outcome:
    """Make an edit, and have it judged. One that is made a second time must change nothing."""
    try:
        after = edited(file, [_edit(file, change)])
    except EditRefused as refusal:
        return Outcome(refused=_kind_of(str(refusal)))
    faults = judge.faults(change, after.text)
    if change.kind == "set" and not faults:
        again = read_text(after.text, file.path, file.format)
        if edited(again, [_edit(again, change)]).text != after.text:
            faults.append("once more changes more")
    return Outcome(after.text, faults=tuple(faults))


def _edit(file: SourceFile, change: Change) -> Edit:
    item = _item(file, change.place)
    if change.kind == "set":
        return SetValue(item, change.value)
    assert isinstance(item, Entry)
    if change.kind == "rename":
        return RenameKey(item, change.name)
    if change.kind == "insert":
        return InsertKey(item, change.name, change.value)
    return DeleteKey(item)


def _item(file: SourceFile, place: Place) -> Item:
    node, item = file.documents[place.document].root, None
    for step in place.path:
        item = _step(node, step)
        node = item.value
    assert item is not None
    return item


def _step(node: Node | None, step: int | str) -> Item:
    if isinstance(step, str):
        assert isinstance(node, Mapping)
        entry = node.get(step)
        assert entry is not None
        return entry
    assert isinstance(node, (Mapping, List))
    return node.entries[step] if isinstance(node, Mapping) else node.items[step]


_REASONS = (
    "would mean something else",
    "a comment on what",
    "is there already",
    "is the only key of its object",
    "follows .* on its line",
    "stands in brackets without braces",
    "would gain a line end",
    "does not have a line of its own",
    "would stand for something else",
    "a key would be one of the table",
    "the alias .* refers to an anchor",
    "ruamel.yaml cannot read it",
    "tomlkit cannot read it",
    "the new text cannot be read",
)


def _kind_of(reason: str) -> str:
    """A reason without names and numbers."""
    return next((each for each in _REASONS if re.search(each, reason)), reason)
