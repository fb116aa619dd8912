"""What edits make of a text: the text before, the edit, and the text after, written by hand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest

from schedlint.fixes import DeleteKey, Edit, EditRefused, InsertKey, RenameKey, SetValue, Value
from schedlint.fixes.edits import reach_of
from schedlint.fixes.proof import edited
from schedlint.source import (
    OMEGACONF,
    YAML12,
    Dialect,
    Entry,
    Item,
    Mapping,
    SourceFile,
    read,
    read_text,
)

Step: TypeAlias = "Callable[[SourceFile], Edit]"


def at(file: SourceFile, path: str) -> Item:
    """What stands at a path. `2/a.b` is in the second document, `a#2` the second `a` in a row."""
    number, _, rest = path.rpartition("/")
    document = file.documents[int(number or 1) - 1]
    around, _, last = rest.rpartition(".")
    name, _, which = last.partition("#")
    if not which and name != "<<":
        found = document.find(rest)
        assert found is not None, path
        return found
    holder = at(file, around).value if around else document.root
    assert isinstance(holder, Mapping)
    return [each for each in holder.entries if each.name == name][int(which or 1) - 1]


def key_at(file: SourceFile, path: str) -> Entry:
    """The entry at a path."""
    found = at(file, path)
    assert isinstance(found, Entry)
    return found


def put(path: str, value: Value) -> Step:
    """Set a value."""
    return lambda file: SetValue(at(file, path), value)


def rename(path: str, name: str) -> Step:
    """Rename a key."""
    return lambda file: RenameKey(key_at(file, path), name)


def insert(path: str, name: str, value: Value) -> Step:
    """Insert a key beside another one."""
    return lambda file: InsertKey(key_at(file, path), name, value)


def delete(path: str) -> Step:
    """Delete a key."""
    return lambda file: DeleteKey(key_at(file, path))


def outcome(
    text: str, steps: Step | list[Step], format: str = "yaml", dialect: Dialect | None = None
) -> str:
    """The text after some edits."""
    file = read_text(text, f"run.{format}", format)
    if dialect is not None:
        file.documents[0].dialect = dialect
    steps = steps if isinstance(steps, list) else [steps]
    return edited(file, [step(file) for step in steps]).text


Case: TypeAlias = "tuple[str, Step | list[Step], str]"

YAML_VALUES: list[Case] = [
    ("lr: 1e-5\n", put("lr", 1e-5), "lr: 1.0e-5\n"),
    ("lr: 1e-5  # low\n", put("lr", 3e-5), "lr: 3.0e-5  # low\n"),
    ("lr: 1.0e-05\n", put("lr", 2e-6), "lr: 2.0e-06\n"),
    ("lr: 1E-5\n", put("lr", 2e-5), "lr: 2.0E-5\n"),
    ("lr: 1.0e-4\n", put("lr", 0.5), "lr: 0.5\n"),
    ("lr: 0.0001\n", put("lr", 0.00002), "lr: 0.00002\n"),
    ("lr: 0.1\n", put("lr", 1e-9), "lr: 1.0e-9\n"),
    ("lr: -.5\n", put("lr", -0.5), "lr: -0.5\n"),
    ("lr: 1.\n", put("lr", 2.0), "lr: 2.0\n"),
    ("x: 1\n", put("x", float("inf")), "x: .inf\n"),
    ("x: 1\n", put("x", float("nan")), "x: .nan\n"),
    ("n: 1_000\n", put("n", 20_000), "n: 20_000\n"),
    ("n: 1000\n", put("n", 20_000), "n: 20000\n"),
    ("n: 5\n", put("n", -3), "n: -3\n"),
    ("on: True\n", put("on", False), "on: False\n"),
    ("on: true\n", put("on", False), "on: false\n"),
    ("on: TRUE\n", put("on", False), "on: FALSE\n"),
    ("on: yes\n", put("on", False), "on: no\n"),
    ("on: Off\n", put("on", True), "on: On\n"),
    ("on: 'true'\n", put("on", True), "on: true\n"),
    ("on: 1\n", put("on", True), "on: true\n"),
    ("a: ~\n", put("a", None), "a: ~\n"),
    ("a: x\n", put("a", None), "a: null\n"),
    ("a: x\n", put("a", "bf16"), "a: bf16\n"),
    ("a: 'x'\n", put("a", "bf16"), "a: 'bf16'\n"),
    ('a: "x"\n', put("a", "bf16"), 'a: "bf16"\n'),
    ('a: "x"\n', put("a", 5), "a: 5\n"),
    ("a: 5\n", put("a", "auto"), "a: auto\n"),
    ("a: 'x'\n", put("a", "it's"), 'a: "it\'s"\n'),
    ("a: x\n", put("a", "yes"), 'a: "yes"\n'),
    ("a: x\n", put("a", "y"), 'a: "y"\n'),
    ("a: x\n", put("a", "1e-5"), 'a: "1e-5"\n'),
    ("a: x\n", put("a", "0o10"), 'a: "0o10"\n'),
    ("a: x\n", put("a", "2024-01-01"), 'a: "2024-01-01"\n'),
    ("a: x\n", put("a", ""), 'a: ""\n'),
    ("a: x\n", put("a", "a: b"), 'a: "a: b"\n'),
    ("a: x\n", put("a", "a #b"), 'a: "a #b"\n'),
    ("a: x\n", put("a", "two\nlines"), 'a: "two\\nlines"\n'),
    ("a: x\n", put("a", "no\u00a0break"), 'a: "no\\u00a0break"\n'),
    ("a: 'x'\n", put("a", "größer"), "a: 'größer'\n"),
    ("max_duration: 1ep\n", put("max_duration", "10ba"), "max_duration: 10ba\n"),
    ("a: s3://a/b\n", put("a", "s3://c/d-e.bin"), "a: s3://c/d-e.bin\n"),
    ("a: ./x\n", put("a", "../y z"), "a: ../y z\n"),
]


@pytest.mark.parametrize(("text", "step", "expected"), YAML_VALUES)
def test_value_in_the_style_of_the_old_one(text: str, step: Step, expected: str) -> None:
    """Numbers, words and texts look as those before them, and read as what they are."""
    assert outcome(text, step) == expected


@pytest.mark.parametrize(
    ("text", "dialect", "value", "expected"),
    [
        ("lr: 1e-4\n", OMEGACONF, 2e-5, "lr: 2e-5\n"),
        ("lr: 1e-04\n", YAML12, 2e-5, "lr: 2e-05\n"),
        ("lr: 1e5\n", YAML12, 2e5, "lr: 2e5\n"),
        ("lr: 1\n", OMEGACONF, 1e-9, "lr: 1.0e-9\n"),
        ("on: yes\n", YAML12, False, "on: false\n"),
    ],
)
def test_value_as_the_loader_reads_it(
    text: str, dialect: Dialect, value: Value, expected: str
) -> None:
    """A loader that reads `1e-4` as a number gets its like; one that takes `yes` for text, none."""
    assert outcome(text, put(text.partition(":")[0], value), dialect=dialect) == expected


YAML_PLACES: list[Case] = [
    ("a:\n  b:\n    c: 1\n  d: 2\n", put("a.b.c", 5), "a:\n  b:\n    c: 5\n  d: 2\n"),
    ("a:\n- 1\n-   2\n", put("a.1", 5), "a:\n- 1\n-   5\n"),
    ("- a: 1\n  b: 2\n", put("0.b", 5), "- a: 1\n  b: 5\n"),
    ("- - 1\n  - 2\n", put("0.1", 5), "- - 1\n  - 5\n"),
    ("a: {b: 1, c: [1, 2 ]}\n", put("a.c.1", 5), "a: {b: 1, c: [1, 5 ]}\n"),
    ("a: {b: 1, c: 2}\n", put("a.b", "x, y"), 'a: {b: "x, y", c: 2}\n'),
    ('{"a":1,"b":{"c":2}}\n', put("b.c", 5), '{"a":1,"b":{"c":5}}\n'),
    ("a: &x 1\nb: *x\n", put("a", 5), "a: &x 5\nb: *x\n"),
    ("a: &x 1\nb: *x\n", put("b", 5), "a: &x 1\nb: 5\n"),
    ("a: &x 'p'\nb: [*x, *x]\n", put("b.0", "q"), "a: &x 'p'\nb: ['q', *x]\n"),
    (
        "base: &base\n  lr: 1\nrun:\n  <<: *base\n  steps: 2\n",
        put("run.lr", 5),
        "base: &base\n  lr: 5\nrun:\n  <<: *base\n  steps: 2\n",
    ),
    ("a:\n", put("a", 5), "a: 5\n"),
    ("a:", put("a", 5), "a: 5"),
    ("a:   # what\nb: 1\n", put("a", 5), "a: 5   # what\nb: 1\n"),
    ("a:\n  # b: 1\nc: 2\n", put("a", 5), "a: 5\n  # b: 1\nc: 2\n"),
    ("a: &x\nb: *x\n", put("a", 5), "a: &x 5\nb: *x\n"),
    ("a: !!null\nb: 1\n", put("a", 5), "a: 5\nb: 1\n"),
    ("-\n- 1\n", put("0", 5), "- 5\n- 1\n"),
    ("- \n- 1\n", put("0", 5), "- 5 \n- 1\n"),
    ("{a: , b: 1}\n", put("a", 5), "{a: 5 , b: 1}\n"),
    ("{a, b: 1}\n", put("a", 5), "{a: 5, b: 1}\n"),
    ("{a: 1, b}\n", put("b", 5), "{a: 1, b: 5}\n"),
    ("a: !!float 1\n", put("a", 2.0), "a: 2.0\n"),
    ("a: !ref <lr>\n", put("a", 5), "a: 5\n"),
    ("a: &x !ref <lr> # why\n", put("a", 5), "a: &x 5 # why\n"),
    ("a: !ref &x <lr>\n", put("a", 5), "a: &x 5\n"),
    ("[!ref <a>, !ref <b>]\n", put("1", 5), "[!ref <a>, 5]\n"),
    ("[ !ref <a> ]\n", put("0", 5), "[ 5 ]\n"),
    ("[a: 1, b: 2]\n", put("0", 5), "[5, b: 2]\n"),
    ("- !ref <a>\n- !ref <b>\n", put("1", 5), "- !ref <a>\n- 5\n"),
    ("a: |\n  one\n  two\n\nb: 1\n", put("a", "x"), "a: x\n\nb: 1\n"),
    ("a: |-  # kept\n  one\n  two\nb: 1\n", put("a", "x"), "a: x  # kept\nb: 1\n"),
    ("a: >\n  one\n  two", put("a", "x"), "a: x"),
    ("a: one\n  two\nb: 1\n", put("a", "x"), "a: x\nb: 1\n"),
    ('a: "one\n  two" # kept\n', put("a", "x"), 'a: "x" # kept\n'),
    ("a:\n  b: 1\n  c: 2\nd: 3\n", put("a", 5), "a: 5\nd: 3\n"),
    ("a:  # all\n  b: 1\nd: 3\n", put("a", 5), "a: 5  # all\nd: 3\n"),
    ("a: &x\n  b: 1\nd: *x\n", put("a", 5), "a: &x 5\nd: *x\n"),
    ("a: !new:x\n  b: 1\nd: 3\n", put("a", 5), "a: 5\nd: 3\n"),
    ("a:\n- 1\n- 2\nd: 3\n", put("a", 5), "a: 5\nd: 3\n"),
    ("- b: 1\n  c: 2\n- 3\n", put("0", 5), "- 5\n- 3\n"),
    ("-\n  b: 1\n- 3\n", put("0", 5), "- 5\n- 3\n"),
    ("a: [1,\n  2]\n", put("a", 5), "a: 5\n"),
    ("a:\t1\t# tab\n", put("a", 5), "a:\t5\t# tab\n"),
    ("a: 1\nb: 2\na: 3\n", put("a#1", 5), "a: 5\nb: 2\na: 3\n"),
    ("a: 1\nb: 2\na: 3\n", put("a#2", 5), "a: 1\nb: 2\na: 5\n"),
    ("a: 1\n---\na: 2\n...\n", put("2/a", 5), "a: 1\n---\na: 5\n...\n"),
    ("---\n---\na: 1\n", put("2/a", 5), "---\n---\na: 5\n"),
    ("a: &x |\n  long\nb: *x\n", put("b", "y z"), "a: &x |\n  long\nb: y z\n"),
    ("%YAML 1.1\n---\na: 1\n", put("a", 5), "%YAML 1.1\n---\na: 5\n"),
]


@pytest.mark.parametrize(("text", "step", "expected"), YAML_PLACES)
def test_value_in_its_place(text: str, step: Step, expected: str) -> None:
    """A value takes the place of another one, be that empty, tagged, anchored or of many lines."""
    assert outcome(text, step) == expected


YAML_RENAMES: list[Case] = [
    ("steps: 1  # n\n", rename("steps", "max_steps"), "max_steps: 1  # n\n"),
    ("'a': 1\n", rename("a", "b"), "'b': 1\n"),
    ('{"a":1}\n', rename("a", "b"), '{"b":1}\n'),
    ("a: 1\n", rename("a", "on"), '"on": 1\n'),
    ("a: 1\n", rename("a", "b: c"), '"b: c": 1\n'),
    ("a: 1\n", rename("a", "a"), "a: 1\n"),
    ("- a: 1\n  b: 2\n", rename("0.a", "c"), "- c: 1\n  b: 2\n"),
    ("a:\n  b: 1\n", rename("a", "c"), "c:\n  b: 1\n"),
    ("a : 1\n", rename("a", "b"), "b : 1\n"),
    ("? a\n: 1\n", rename("a", "b"), "? b\n: 1\n"),
    ("a: &x\n  k: 1\nb:\n  <<: *x\n", rename("b.k", "z"), "a: &x\n  z: 1\nb:\n  <<: *x\n"),
    ("a: 1\nb: 2\na: 3\n", rename("a#1", "c"), "c: 1\nb: 2\na: 3\n"),
]

YAML_INSERTIONS: list[Case] = [
    ("a: 1\nb: 2\n", insert("a", "z", 5), "a: 1\nz: 5\nb: 2\n"),
    ("a: 1", insert("a", "z", 5), "a: 1\nz: 5"),
    ("a: |-\n  b", insert("a", "z", 5), "a: |-\n  b\nz: 5"),
    ("a: 1\r\nb: 2\r\n", insert("a", "z", 5), "a: 1\r\nz: 5\r\nb: 2\r\n"),
    ("a: 1\r\nb: 2", insert("b", "z", 5), "a: 1\r\nb: 2\r\nz: 5"),
    ("\ufeffa: 1\n", insert("a", "z", 5), "\ufeffa: 1\nz: 5\n"),
    ("a: 1  # one\n# two\nb: 2\n", insert("a", "z", 5), "a: 1  # one\nz: 5\n# two\nb: 2\n"),
    ("a:\n  b: 1\n\nc: 2\n", insert("a.b", "z", 5), "a:\n  b: 1\n  z: 5\n\nc: 2\n"),
    ("a:\n  b: 1\n\nc: 2\n", insert("a", "z", 5), "a:\n  b: 1\nz: 5\n\nc: 2\n"),
    ("a:\n  b: 1\n  # d: 3\nc: 2\n", insert("a", "z", 5), "a:\n  b: 1\n  # d: 3\nz: 5\nc: 2\n"),
    ("a:\n\n  # d: 3", insert("a", "z", 5), "a:\n\n  # d: 3\nz: 5"),
    ("a:\n  b: 1\n# d: 3\nc: 2\n", insert("a", "z", 5), "a:\n  b: 1\nz: 5\n# d: 3\nc: 2\n"),
    ("a:\n- 1\n- 2\nc: 3\n", insert("a", "z", 5), "a:\n- 1\n- 2\nz: 5\nc: 3\n"),
    ("- a: 1\n  b: 2\n", insert("0.a", "z", 5), "- a: 1\n  z: 5\n  b: 2\n"),
    ("-   a: 1\n", insert("0.a", "z", 5), "-   a: 1\n    z: 5\n"),
    ("- - a: 1\n", insert("0.0.a", "z", 5), "- - a: 1\n    z: 5\n"),
    ("a: |\n  x\n\nb: 1\n", insert("a", "z", 5), "a: |\n  x\nz: 5\n\nb: 1\n"),
    ("a: |+\n  x\n\nb: 1\n", insert("a", "z", 5), "a: |+\n  x\n\nz: 5\nb: 1\n"),
    ("a: x\n  y\nb: 1\n", insert("a", "z", 5), "a: x\n  y\nz: 5\nb: 1\n"),
    ("a: &x 1\nb: *x\n", insert("b", "z", 5), "a: &x 1\nb: *x\nz: 5\n"),
    ("&k a: 1\nb: *k\n", insert("a", "z", 5), "&k a: 1\nz: 5\nb: *k\n"),
    (
        "a: &x\n  k: 1\nb:\n  <<: *x\n  c: 2\n",
        insert("b.<<", "z", 5),
        "a: &x\n  k: 1\nb:\n  <<: *x\n  z: 5\n  c: 2\n",
    ),
    (
        "a: &x\n  k: 1\nb:\n  <<: *x\n  c: 2\n",
        insert("b.c", "k", 5),
        "a: &x\n  k: 1\nb:\n  <<: *x\n  c: 2\n  k: 5\n",
    ),
    ("a: 1\n---\nb: 2\n", insert("1/a", "z", 5), "a: 1\nz: 5\n---\nb: 2\n"),
    ("a: 1\nb: 2\n", [insert("a", "z", 5), insert("a", "m", 6)], "a: 1\nz: 5\nm: 6\nb: 2\n"),
    ("a: 'x'\n", insert("a", "z", "why"), "a: 'x'\nz: 'why'\n"),
    ("a: True\n", insert("a", "z", False), "a: True\nz: False\n"),
    ("a: x\n", insert("a", "z", "why"), "a: x\nz: why\n"),
    ('"a": 1\n', insert("a", "z", 5), '"a": 1\n"z": 5\n'),
    ("a : 1\n", insert("a", "z", 5), "a : 1\nz : 5\n"),
    ("lr:    1\nsteps: 2\n", insert("lr", "z", 5), "lr:    1\nz:     5\nsteps: 2\n"),
    ("lr    : 1\nsteps : 2\n", insert("steps", "z", 5), "lr    : 1\nsteps : 2\nz     : 5\n"),
    ("lr:    1\nsteps: 2\n", insert("lr", "longer", 5), "lr:    1\nlonger: 5\nsteps: 2\n"),
    ("{a: 1, b: 2}\n", insert("a", "z", 5), "{a: 1, z: 5, b: 2}\n"),
    ("{a: 1, b: 2}\n", insert("b", "z", 5), "{a: 1, b: 2, z: 5}\n"),
    ("{ a: 1 }\n", insert("a", "z", 5), "{ a: 1, z: 5 }\n"),
    ("{a: 1,}\n", insert("a", "z", 5), "{a: 1, z: 5,}\n"),
    ("{a: 1,b: 2}\n", insert("a", "z", 5), "{a: 1,z: 5,b: 2}\n"),
    ("{a, b: 1}\n", insert("a", "z", 5), "{a, z: 5, b: 1}\n"),
    ('{"a":1}\n', insert("a", "z", 5), '{"a":1,"z":5}\n'),
    (
        "a: {\n  b: 1, # one\n  c: 2 # two\n}\n",
        insert("a.b", "z", 5),
        "a: {\n  b: 1, # one\n  z: 5,\n  c: 2 # two\n}\n",
    ),
    (
        "a: {\n  b: 1, # one\n  c: 2 # two\n}\n",
        insert("a.c", "z", 5),
        "a: {\n  b: 1, # one\n  c: 2, # two\n  z: 5\n}\n",
    ),
    ("{a: 1, # one\n b: 2}\n", insert("a", "z", 5), "{a: 1, # one\n z: 5,\n b: 2}\n"),
]

YAML_DELETIONS: list[Case] = [
    ("a: 1\nb: 2\n", delete("a"), "b: 2\n"),
    ("a: 1\nb: 2\n", delete("b"), "a: 1\n"),
    ("a: 1\nb: 2", delete("b"), "a: 1\n"),
    ("\ufeffa: 1\nb: 2\n", delete("a"), "\ufeffb: 2\n"),
    ("a: 1\r\nb: 2\r\nc: 3\r\n", delete("b"), "a: 1\r\nc: 3\r\n"),
    ("# top\na: 1  # one\nb: 2\n", delete("a"), "# top\n# one\nb: 2\n"),
    ("x:\n  a: 1  # one\n  b: 2\n", delete("x.a"), "x:\n  # one\n  b: 2\n"),
    ("a:\n  b: 1\n  c: 2\n\nd: 3\n", delete("a"), "\nd: 3\n"),
    ("- a: 1\n  b: 2\n", delete("0.a"), "- b: 2\n"),
    ("- a: 1\n  b: 2\n", delete("0.b"), "- a: 1\n"),
    ("- a: 1  # one\n  b: 2\n", delete("0.a"), "- # one\n  b: 2\n"),
    ("- a: 1\n  # two\n  b: 2\n", delete("0.a"), "-\n  # two\n  b: 2\n"),
    ("- a:\n    c: 1\n  b: 2\n", delete("0.a"), "- b: 2\n"),
    ("a: |\n  x\n  y\nb: 1\n", delete("a"), "b: 1\n"),
    ("a: |+\n  x\n\nb: 1\n", delete("a"), "b: 1\n"),
    ("a: [1,\n  2] # two\nb: 1\n", delete("a"), "# two\nb: 1\n"),
    ("a: 1\nb: 2\na: 3\n", delete("a#1"), "b: 2\na: 3\n"),
    ("a: 1\nb: &x 2\n", delete("b"), "a: 1\n"),
    ("a: &x\n  k: 1\nb:\n  <<: *x\n  c: 2\n", delete("b.<<"), "a: &x\n  k: 1\nb:\n  c: 2\n"),
    ("a: &x 1\nb: *x\nc: 2\n", delete("b"), "a: &x 1\nc: 2\n"),
    ("a:\nb: 1\n", delete("a"), "b: 1\n"),
    ("{a: 1, b: 2, c: 3}\n", delete("a"), "{b: 2, c: 3}\n"),
    ("{a: 1, b: 2, c: 3}\n", delete("b"), "{a: 1, c: 3}\n"),
    ("{a: 1, b: 2, c: 3}\n", delete("c"), "{a: 1, b: 2}\n"),
    ("x: { a: 1, b: 2 }\n", delete("x.b"), "x: { a: 1 }\n"),
    ("x: { a: 1 }\n", delete("x.a"), "x: {}\n"),
    ("x: {a: 1,}\n", delete("x.a"), "x: {}\n"),
    ("{a: 1, b: 2,}\n", delete("b"), "{a: 1,}\n"),
    ("{a: 1,\n b: 2, c: 3}\n", delete("a"), "{b: 2, c: 3}\n"),
    (
        "x: {\n  a: 1, # one\n  b: 2, # two\n  c: 3 # three\n}\n",
        delete("x.b"),
        "x: {\n  a: 1, # one\n  # two\n  c: 3 # three\n}\n",
    ),
    (
        "x: {\n  a: 1, # one\n  c: 3 # three\n}\n",
        delete("x.c"),
        "x: {\n  a: 1 # one\n  # three\n}\n",
    ),
    ("x: {\n  a: 1,\n  c: 3 # three\n}\n", delete("x.c"), "x: {\n  a: 1\n  # three\n}\n"),
    ("x: {\n  a: 1, # one\n  c: 3\n}\n", delete("x.c"), "x: {\n  a: 1 # one\n}\n"),
]


@pytest.mark.parametrize(
    ("text", "step", "expected"), [*YAML_RENAMES, *YAML_INSERTIONS, *YAML_DELETIONS]
)
def test_keys_of_yaml(text: str, step: Step | list[Step], expected: str) -> None:
    """Keys come, go and change their names with what belongs to them, and with nothing else."""
    assert outcome(text, step) == expected


INDENTED = """\
{
  "train": {
    "lr": 1e-05,
    "betas": [0.9, 0.95]
  },
  "fp16": {"enabled": true}
}
"""

LENIENT = """\
{
\t// the batch
\t"batch": 8, // of one GPU
\t"steps": 100, /* all */
\tlr: 0.1, # low
}
"""

JSON: list[Case] = [
    (INDENTED, put("train.lr", 3e-05), INDENTED.replace("1e-05", "3e-05")),
    (INDENTED, put("train.betas.1", 0.999), INDENTED.replace("0.95", "0.999")),
    (INDENTED, put("train.betas", 1), INDENTED.replace("[0.9, 0.95]", "1")),
    (INDENTED, put("fp16.enabled", False), INDENTED.replace("true", "false")),
    (INDENTED, put("fp16.enabled", None), INDENTED.replace("true", "null")),
    (INDENTED, put("fp16.enabled", "auto"), INDENTED.replace("true", '"auto"')),
    (INDENTED, rename("train.lr", "rate"), INDENTED.replace("lr", "rate")),
    (
        INDENTED,
        insert("train.lr", "eps", 1e-8),
        INDENTED.replace("1e-05,\n", '1e-05,\n    "eps": 1e-08,\n'),
    ),
    (
        INDENTED,
        insert("train.betas", "eps", 1),
        INDENTED.replace("0.95]\n", '0.95],\n    "eps": 1\n'),
    ),
    (INDENTED, insert("fp16", "z", 1), INDENTED.replace("e}\n", 'e},\n  "z": 1\n')),
    (INDENTED, insert("fp16.enabled", "z", 1), INDENTED.replace("e}", 'e, "z": 1}')),
    (
        INDENTED,
        [insert("fp16", "y", 1), insert("fp16", "z", 2)],
        INDENTED.replace("e}\n", 'e},\n  "y": 1,\n  "z": 2\n'),
    ),
    (INDENTED, delete("train.lr"), INDENTED.replace('    "lr": 1e-05,\n', "")),
    (INDENTED, delete("train.betas"), INDENTED.replace(',\n    "betas": [0.9, 0.95]', "")),
    (INDENTED, delete("fp16"), INDENTED.replace(',\n  "fp16": {"enabled": true}', "")),
    (INDENTED, delete("fp16.enabled"), INDENTED.replace('{"enabled": true}', "{}")),
    ('{"a":1,"b":2}', put("a", 2.5), '{"a":2.5,"b":2}'),
    ('{"a":1,"b":2}', insert("a", "z", "x"), '{"a":1,"z":"x","b":2}'),
    ('{"a":1,"b":2}', delete("a"), '{"b":2}'),
    ('{"a":1,"b":2}\n', delete("b"), '{"a":1}\n'),
    ('{\n\t"a" : 1\n}', insert("a", "z", 2), '{\n\t"a" : 1,\n\t"z" : 2\n}'),
    ('{\n  "a": 1\n}', delete("a"), "{}"),
    ('{\r\n "a": 1,\r\n "b": 2\r\n}\r\n', delete("b"), '{\r\n "a": 1\r\n}\r\n'),
    ('{\r\n "a": 1\r\n}', insert("a", "z", 2), '{\r\n "a": 1,\r\n "z": 2\r\n}'),
    ('{"a": 1,\n "b": 2}', insert("a", "z", 5), '{"a": 1, "z": 5,\n "b": 2}'),
    ('{"a": 1,\n "b": 2}', delete("b"), '{"a": 1}'),
    ('{"a": 1,\n "b": 2}', delete("a"), '{"b": 2}'),
    ('{"a": 1, "b": 2,\n "c": 3}', delete("b"), '{"a": 1,\n "c": 3}'),
    ('{ "a": 1\n, "b": 2\n}', delete("b"), '{ "a": 1\n}'),
    ('{"a": 1, "a": 2}', put("a#1", 5), '{"a": 5, "a": 2}'),
    ('{"a": 1, "a": 2}', delete("a#1"), '{"a": 2}'),
    ('{"a": 1}', put("a", float("nan")), '{"a": NaN}'),
    ('{"a": 1.0}', put("a", 1e22), '{"a": 1e22}'),
    ('{"a": "x"}', put("a", 'say "é"\n'), '{"a": "say \\"é\\"\\n"}'),
    ('{"a": 1}', put("a", "\ud800"), '{"a": "\\ud800"}'),
    ('{"a": 1}', rename("a", 'b"'), '{"b\\"": 1}'),
    ('[{"a": 1}, 2]', put("1", 3), '[{"a": 1}, 3]'),
    ("\ufeff{}\n".replace("{}", '{"a": 1}'), put("a", 2), '\ufeff{"a": 2}\n'),
    (LENIENT, put("lr", 0.2), LENIENT.replace("0.1", "0.2")),
    (LENIENT, rename("lr", "rate"), LENIENT.replace("lr", "rate")),
    (LENIENT, rename("lr", "the rate"), LENIENT.replace("lr", '"the rate"')),
    (
        LENIENT,
        insert("batch", "z", 1),
        LENIENT.replace("of one GPU\n", 'of one GPU\n\t"z": 1,\n'),
    ),
    (LENIENT, insert("lr", "z", 1), LENIENT.replace("# low\n", "# low\n\tz: 1,\n")),
    (LENIENT, delete("batch"), LENIENT.replace('"batch": 8, ', "")),
    (LENIENT, delete("steps"), LENIENT.replace('"steps": 100, ', "")),
    (LENIENT, delete("lr"), LENIENT.replace("lr: 0.1, ", "")),
    (
        '{\n "a": 1, // one\n // two\n "b": 2 // three\n}',
        delete("b"),
        '{\n "a": 1 // one\n // two\n // three\n}',
    ),
    (
        '{\n "a": 1, // one\n "b": 2 // two\n}',
        insert("b", "z", 3),
        '{\n "a": 1, // one\n "b": 2, // two\n "z": 3\n}',
    ),
    ('{\n "a": 1,\n "b": 2 // two\n}', delete("b"), '{\n "a": 1\n // two\n}'),
    ('{"a": 1, "b": 2 /* x */}', delete("b"), '{"a": 1 /* x */}'),
    ('{"a": 1 /* x */, "b": 2}', insert("a", "z", 3), '{"a": 1 /* x */, "z": 3, "b": 2}'),
    ('{"a": 1 /* x */, "b": 2}', delete("a"), '{/* x */ "b": 2}'),
    ('{"a": 1, "b": 2 /* x */}', insert("b", "z", 3), '{"a": 1, "b": 2, /* x */ "z": 3}'),
    ('{\n  // none\n  "a": 1\n}', delete("a"), "{\n  // none\n}"),
]


@pytest.mark.parametrize(("text", "step", "expected"), JSON)
def test_json(text: str, step: Step | list[Step], expected: str) -> None:
    """Any indentation or none; commas stay right, and comments where they were."""
    assert outcome(text, step, "json") == expected


TABLES = """\
# the run
seed = 42
lr = 1e-4  # low
name = 'a run'
optimizer.name = "adamw"
optimizer.betas = [
    0.9,  # first
    0.95,
]

[data]
"max length" = 1_024
paths = { train = "a", test = "b" }

  [data.loader]
  workers = 4

[[stages]]
steps = 100

[[stages]]
steps = 200 # more
"""

TOML: list[Case] = [
    (TABLES, put("seed", 7), TABLES.replace("42", "7")),
    (TABLES, put("lr", 2e-5), TABLES.replace("1e-4", "2e-5")),
    (TABLES, put("name", "b"), TABLES.replace("'a run'", "'b'")),
    (TABLES, put("name", "it's"), TABLES.replace("'a run'", '"it\'s"')),
    (TABLES, put("seed", "x"), TABLES.replace("42", '"x"')),
    (TABLES, put("seed", True), TABLES.replace("42", "true")),
    (TABLES, put("seed", 1e16), TABLES.replace("42", "1e16")),
    (TABLES, put("seed", float("-inf")), TABLES.replace("42", "-inf")),
    (TABLES, put("optimizer.name", "sgd"), TABLES.replace("adamw", "sgd")),
    (TABLES, put("optimizer.betas.1", 0.999), TABLES.replace("0.95", "0.999")),
    (TABLES, put("data.max length", 20_480), TABLES.replace("1_024", "20_480")),
    (TABLES, put("data.paths.test", "c"), TABLES.replace('"b"', '"c"')),
    (TABLES, put("stages.1.steps", 300), TABLES.replace("200", "300")),
    (TABLES, rename("seed", "random_seed"), TABLES.replace("seed", "random_seed")),
    (TABLES, rename("seed", "a seed"), TABLES.replace("seed", '"a seed"')),
    (TABLES, rename("data.max length", "n"), TABLES.replace("max length", "n")),
    (TABLES, rename("data.paths.test", "eval"), TABLES.replace("test", "eval")),
    (TABLES, rename("optimizer.name", "kind"), TABLES.replace("r.name", "r.kind")),
    (TABLES, rename("data.loader", "reader"), TABLES.replace("loader", "reader")),
    (TABLES, rename("stages.1.steps", "n"), TABLES.replace("steps = 200", "n = 200")),
    (TABLES, rename("optimizer", "opt"), TABLES.replace("optimizer", "opt")),
    (TABLES, rename("optimizer", "the opt"), TABLES.replace("optimizer", '"the opt"')),
    (TABLES, rename("data", "input"), TABLES.replace("data", "input")),
    (TABLES, rename("stages", "phases"), TABLES.replace("stages", "phases")),
    ("[a.b]\n[a.'c']\nb.c = 1\n", rename("a.c", "d"), "[a.b]\n[a.'d']\nb.c = 1\n"),
    (
        "[[a]]\nb.c = 1\n'b'.d = 2\n[[a]]\nb.c = 1\n",
        rename("a.0.b", "z"),
        "[[a]]\nz.c = 1\n'z'.d = 2\n[[a]]\nb.c = 1\n",
    ),
    (TABLES, insert("lr", "eps", 1e-8), TABLES.replace("low\n", "low\neps = 1e-8\n")),
    (TABLES, insert("name", "z", "x"), TABLES.replace("run'\n", "run'\nz = 'x'\n")),
    (
        TABLES,
        insert("optimizer.name", "lr", 0.1),
        TABLES.replace('adamw"\n', 'adamw"\noptimizer.lr = 0.1\n'),
    ),
    (TABLES, insert("optimizer", "z", 1), TABLES.replace("]\n\n[data]", "]\nz = 1\n\n[data]")),
    (TABLES, insert("stages", "z", 1), TABLES.replace("]\n\n[data]", "]\nz = 1\n\n[data]")),
    (TABLES, insert("data.loader", "z", 1), TABLES.replace('"b" }\n', '"b" }\nz = 1\n')),
    (TABLES, insert("data.paths", "z", 1), TABLES.replace('"b" }\n', '"b" }\nz = 1\n')),
    (TABLES, insert("data.paths.train", "z", 1), TABLES.replace('"a",', '"a", z = 1,')),
    (TABLES, insert("data.paths.test", "z", 1), TABLES.replace('"b" }', '"b", z = 1 }')),
    (
        TABLES,
        insert("data.loader.workers", "z", 1),
        TABLES.replace("workers = 4\n", "workers = 4\n  z = 1\n"),
    ),
    (TABLES, insert("stages.1.steps", "z", 1), TABLES.replace("# more\n", "# more\nz = 1\n")),
    (TABLES, delete("seed"), TABLES.replace("seed = 42\n", "")),
    (TABLES, delete("lr"), TABLES.replace("lr = 1e-4  ", "")),
    (TABLES, delete("optimizer.name"), TABLES.replace('optimizer.name = "adamw"\n', "")),
    (TABLES, delete("data.paths.test"), TABLES.replace(', test = "b"', "")),
    (TABLES, delete("data.loader.workers"), TABLES.replace("  workers = 4\n", "")),
    (TABLES, delete("data.loader"), TABLES.replace("  [data.loader]\n  workers = 4\n\n", "")),
    (TABLES, delete("stages.0.steps"), TABLES.replace("steps = 100\n", "")),
    ("a = 1\n\n[b]\nc = 1\n", delete("b"), "a = 1\n"),
    ("a = 1\n\n[b]\nc = 1\n\n[b.d]\ne = 1\n\n[f]\n", delete("b"), "a = 1\n\n[f]\n"),
    ("a = 1\n\n[[b]]\nc = 1\n\n[[b]]\nc = 2\n", delete("b"), "a = 1\n"),
    ("[b]\nc = 1\n\n[d]\n", delete("b"), "[d]\n"),
    ("[b]\nc = 1\n[d]\n", delete("b"), "[d]\n"),
    ("a.x = 1\nc = 2\n'a'.y = 3\n", delete("a.x"), "c = 2\n'a'.y = 3\n"),
    ("a = 1\n", delete("a"), ""),
    ("# one\na = 1 # two\n", delete("a"), "# one\n# two\n"),
    ("a = 1", insert("a", "z", 2), "a = 1\nz = 2"),
    ("a = 1\r\n", insert("a", "z", 2), "a = 1\r\nz = 2\r\n"),
    ("a=1\n", insert("a", "z", 2), "a=1\nz=2\n"),
    ("\ufeffa = 1\n", insert("a", "z", 2), "\ufeffa = 1\nz = 2\n"),
    ("lr    = 1\nsteps = 2\n", insert("lr", "z", 5), "lr    = 1\nz     = 5\nsteps = 2\n"),
    ("a = {b.c = 1, b.d = 2}\n", put("a.b.d", 3), "a = {b.c = 1, b.d = 3}\n"),
    ('a = """\none\ntwo"""\n', put("a", "x"), 'a = "x"\n'),
    ("a = '''x'''\n", put("a", "a\tb"), 'a = "a\\tb"\n'),
    ("a = 1\n", put("a", "del\x7f"), 'a = "del\\u007f"\n'),
    ("a = 2020-01-01\n", put("a", 3), "a = 3\n"),
]


@pytest.mark.parametrize(("text", "step", "expected"), TOML)
def test_toml(text: str, step: Step | list[Step], expected: str) -> None:
    """Statements, dotted keys, tables, arrays of them, and inline ones."""
    assert outcome(text, step, "toml") == expected


REFUSED: list[tuple[str, str, Step | list[Step], str]] = [
    ("yaml", "a:\n  b: 1  # one\nc: 2\n", delete("a"), "a comment on what a holds"),
    ("yaml", "a:\n  b: 1\n  # two\nc: 2\n", delete("a"), "a comment on what a holds"),
    ("yaml", "a:  # one\n  b: 1\nc: 2\n", delete("a"), "a comment would be lost"),
    ("yaml", "a:\n  # one\n  b: 1\nc: 2\n", delete("a"), "a comment would be lost"),
    ("yaml", "a:\n  # one\n  b: 1\nc: 2\n", put("a", 5), "a comment would be lost"),
    ("yaml", "a:\n  b: 1  # one\nc: 2\n", put("a", 5), "a comment on what a holds"),
    ("yaml", "a: [1, # one\n 2]\n", put("a", 5), "a comment would be lost"),
    ("json", '{"a": [1, /* one */ 2]}', put("a", 5), "a comment would be lost"),
    ("toml", "a = [1, # one\n 2]\n", put("a", 5), "a comment would be lost"),
    ("toml", "b = 1\n[a]\nc = 1 # one\n[d]\n", delete("a"), "a comment would be lost"),
    ("yaml", "a: 1\nb: 2\n", rename("a", "b"), "b is there already"),
    ("yaml", "a: 1\n'b': 2\n", rename("a", "b"), "b is there already"),
    ("yaml", "a: 1\nb: 2\n", insert("a", "b", 3), "b is there already"),
    ("json", '{"a": 1, "b": 2}', rename("a", "b"), "b is there already"),
    ("toml", "a = 1\n[b]\n", rename("a", "b"), "b is there already"),
    ("yaml", "x: &x {b: 1}\ny:\n  <<: *x\n  a: 2\n", rename("y.a", "b"), "b is there already"),
    ("yaml", "a: 1\nb: 2\n", [rename("a", "c"), rename("b", "c")], "c would be there twice"),
    ("yaml", "a: 1\n", [insert("a", "c", 1), insert("a", "c", 2)], "c would be there twice"),
    ("yaml", "a: 1\nb: 2\n", [put("a", 3), put("a", 4)], "in each other's way"),
    ("yaml", "x:\n  a: 1\n", delete("x.a"), "a is the only key of its object"),
    ("yaml", "- a: 1\n", delete("0.a"), "a is the only key of its object"),
    ("toml", "x.a = 1\n", delete("x.a"), "a is the only key of its object"),
    ("yaml", "x:\n  a: 1\n  b: 2\n", [delete("x.a"), delete("x.b")], "would mean something else"),
    ("yaml", "a: &x 1\nb: *x\n", delete("a"), "the alias *x refers to an anchor"),
    ("yaml", "a: &x 1\nb: &x 2\nc: *x\n", delete("b"), "*x would stand for something else"),
    ("yaml", "&x a: 1\nb: *x\n", rename("a", "c"), "*x would stand for something else"),
    ("yaml", "a: &x {k: 1}\nb: {<<: *x}\n", put("a", 5), "a merge would find no mapping"),
    ("yaml", "a: &x {k: 1}\nb: {<<: *x}\n", put("b.<<", 5), "a merge is not replaced"),
    ("yaml", "a: &x {k: 1}\nb: {<<: *x}\n", rename("b.<<", "c"), "a key that is written out"),
    ("yaml", "a: &x b\n*x : 1\n", rename("b", "c"), "a key that is written out"),
    ("yaml", "a: &x b\n*x : 1\n", insert("b", "c", 1), "a key can only be put beside one"),
    ("yaml", "[a: 1, b: 2]\n", insert("0.a", "c", 1), "a stands in brackets without braces"),
    ("yaml", "[\n a: 1, b\n]\n", insert("0.a", "c", 1), "a stands in brackets without braces"),
    ("yaml", "a: 1\u2028b: 2\n", delete("a"), "something else follows a on its line"),
    ("yaml", "a: |\n  b", insert("a", "c", 1), "the text of a would gain a line end"),
    ("yaml", "a:\n- >+\n  b", insert("a", "c", 1), "the text of a would gain a line end"),
    ("yaml", "? a\n? b\n", put("a", 5), "no sign that a value could stand behind"),
    ("toml", "a = 1\n", put("a", None), "TOML has no null"),
    ("toml", "[a]\nb = 1\n", put("a", 5), "a table is not replaced by a value"),
    ("toml", "[[a]]\nb = 1\n", put("a.0", 5), "a table is not replaced by a value"),
    ("toml", "[a]\nb = 1\n", insert("a", "c", 5), "behind the table a, a key would be one of"),
    ("yaml", "? a\n: 1\n? b\n: 2\n", delete("a"), "a does not have a line of its own"),
    ("python", "a = 1\n", put("a", 5), "a Python file is not rewritten"),
    ("yaml", "a: 1\n", put("a", "\ud800"), "cannot be read"),
    ("toml", "a = 1\n", put("a", "\ud800"), "cannot be read"),
]


@pytest.mark.parametrize(("format", "text", "step", "why"), REFUSED)
def test_refused(format: str, text: str, step: Step | list[Step], why: str) -> None:
    """What would lose a comment, a key or an anchor is not written, and says why."""
    with pytest.raises(EditRefused) as caught:
        outcome(text, step, format)
    assert why in str(caught.value)


def test_what_is_of_another_document_is_refused() -> None:
    """An item that the document does not hold cannot be found in it."""
    file, other = (read_text("a: 1\nb: 2\n", "run.yaml") for _ in range(2))
    stranger = key_at(other, "a")
    stranger.key.document = file.documents[0]
    with pytest.raises(EditRefused, match="not in the document"):
        edited(file, [DeleteKey(stranger)])


@pytest.mark.parametrize(
    ("text", "step", "reach"),
    [
        ("a: 1\n", put("a", 5), ""),
        ("a: &x 1\n", put("a", 5), ""),
        ("a: &x 1\nb: *x\n", put("a", 5), "for all that share it"),
        ("a: &x 1\nb: *x\n", put("b", 5), "in the place of *x"),
        ("a: &x 1\nb: *x\n", delete("b"), ""),
        ("a: &x 1\nb: *x\nc: 2\n", put("c", 5), ""),
        ("a: &x {k: 1}\nb: *x\n", put("a.k", 5), "for all that share it"),
        ("a: &x {k: {n: [1]}}\nb: *x\n", put("b.k.n.0", 5), "for all that share it"),
        ("a: &x {k: 1}\nb: *x\n", insert("a.k", "z", 5), "for all that share it"),
        ("a: &x {k: 1}\nb: *x\n", insert("b.k", "z", 5), "for all that share it"),
        ("a: &x {k: 1}\nb: *x\n", insert("a", "z", 5), ""),
        ("a: &x {k: 1}\nb:\n  <<: *x\n  c: 2\n", put("a.k", 5), "for all that share it"),
        ("a: &x {k: 1}\nb:\n  <<: *x\n  c: 2\n", put("b.k", 5), "for all that share it"),
        ("a: &x {k: 1}\nb:\n  <<: *x\n  c: 2\n", rename("b.k", "z"), "for all that share it"),
        ("a: &x {k: 1}\nb:\n  <<: [*x]\n  c: 2\n", delete("a.k"), "for all that share it"),
        ("a: &x {k: 1}\nb:\n  <<: *x\n  c: 2\n", put("b.c", 5), ""),
    ],
)
def test_reach(text: str, step: Step, reach: str) -> None:
    """An edit within what aliases and merges share changes more than its own place, and says so."""
    assert reach_of(step(read_text(text, "run.yaml"))) == reach


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16-le", "utf-16-be"])
def test_bytes_around_stay(tmp_path: Path, encoding: str) -> None:
    """Whatever the encoding, a new text is written in it, mark and line ends included."""
    mark = "" if encoding == "utf-8" else "\ufeff"
    text = mark + "# größer\r\nlr: 1e-5 # é\r\n\r\nname: 漢字"
    path = tmp_path / "run.yaml"
    path.write_bytes(text.encode(encoding.removesuffix("-sig")))
    file = read(path)
    after = edited(file, [put("lr", 1e-5)(file), put("name", "新")(file)])
    expected = mark + "# größer\r\nlr: 1.0e-5 # é\r\n\r\nname: " + '"新"'
    assert after.encode(after.text) == expected.encode(encoding.removesuffix("-sig"))


def test_several_edits_at_once() -> None:
    """A new name, a new value, and keys beside it, all of one entry."""
    text = "warmup: 5%  # of all\nsteps: 100\n"
    steps = [
        rename("warmup", "warmup_ratio"),
        put("warmup", 0.05),
        insert("warmup", "b", 1),
        insert("warmup", "c", 2),
        delete("steps"),
    ]
    assert outcome(text, steps) == "warmup_ratio: 0.05  # of all\nb: 1\nc: 2\n"
