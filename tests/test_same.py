"""Two findings are the same where rule, file and key are, whatever lines have come between."""

from __future__ import annotations

from pathlib import Path

import pytest

from schedlint.reading.place import place_of
from schedlint.rules import Finding, Place, RenameKey, Severity
from schedlint.same import fingerprint, key_path, renamed
from schedlint.source import Document, Entry, Item, read_text

CONFIG = """\
output_dir: out
optim: {name: adamw, betas: [0.9, 0.95]}
callbacks:
- kind: save
  every: 100
- kind: stop
"""


def documents(text: str, path: str = "train.yaml") -> list[Document]:
    """The documents of a text."""
    return read_text(text, path).documents


def item(path: str, text: str = CONFIG, name: str = "train.yaml", index: int = 0) -> Item:
    """What stands at a path of keys and numbers."""
    found = documents(text, name)[index].find(path)
    assert found is not None
    return found


def place(path: str, text: str = CONFIG, name: str = "train.yaml", index: int = 0) -> Place:
    """The place of that."""
    return place_of(item(path, text, name, index))


def finding(at: Place, code: str = "SL999") -> Finding:
    """A finding at a place."""
    return Finding(code, "odd", Severity.ERROR, "odd", at)


@pytest.mark.parametrize(
    "path", ["output_dir", "optim", "optim.name", "optim.betas", "callbacks", "callbacks.1.kind"]
)
def test_path_of_a_key(path: str) -> None:
    """A key is told by the keys that lead to it."""
    assert key_path(place(path)) == tuple(path.split("."))


def test_path_of_an_item() -> None:
    """An item is told by its number."""
    assert key_path(place("optim.betas.1")) == ("optim", "betas", "1")


def test_path_of_a_list_item_is_within_it() -> None:
    """An item that begins with its first key stands where that one does, and in no other item."""
    first, second = key_path(place("callbacks.0")), key_path(place("callbacks.1"))
    assert (first[:2], second[:2]) == (("callbacks", "0"), ("callbacks", "1"))


def test_path_of_the_whole_file() -> None:
    """What is about no key has no path, in an empty document either."""
    (whole,) = documents("# nothing\n")
    assert key_path(Place(whole, 0, 0)) == ()
    (config,) = documents("# why\noutput_dir: out\n")
    assert key_path(Place(config, 0, 5)) == ()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.json", '{"optim": {"lr": 1}, "lr": 2}'),
        ("a.toml", "lr = 2\n[optim]\nlr = 1\n"),
        ("a.yaml", "optim:\n  lr: 1\nlr: 2\n"),
    ],
)
def test_path_in_every_format(name: str, text: str) -> None:
    """The same keys have the same paths in YAML, JSON and TOML."""
    assert key_path(place("optim.lr", text, name)) == ("optim", "lr")
    assert key_path(place("lr", text, name)) == ("lr",)


SHARED = "one: &it\n  lr: 1\ntwo: *it\nthree:\n  <<: *it\n  warmup: 2\nfour: &n 3\nfive: *n\n"


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("one.lr", ("one", "lr")),
        ("two", ("two",)),
        ("two.lr", ("one", "lr")),
        ("three.lr", ("one", "lr")),
        ("three.warmup", ("three", "warmup")),
        ("five", ("five",)),
    ],
)
def test_path_through_an_alias(path: str, expected: tuple[str, ...]) -> None:
    """An alias is a key of its own; what it stands for is told where it is written."""
    assert key_path(place(path, SHARED)) == expected


def test_node_that_holds_itself() -> None:
    """Aliases are not followed, and so not for ever."""
    for key in ("again", "x"):
        text = "loop: &l\n  again: *l\n  x: 1\n"
        assert key_path(place(f"loop.{key}", text)) == ("loop", key)


def test_other_lines_and_values_change_nothing() -> None:
    """Lines above, comments, values and the order of keys do not make another finding of it."""
    text = (
        "# new\nfirst: [1, 2]\ncallbacks:\n- every:    7 # seven\n  kind: save\n"
        "optim:\n  betas: []\n  name: sgd\n"
    )
    for path in ("callbacks.0.every", "callbacks.0.kind", "optim.name", "optim.betas"):
        assert fingerprint(finding(place(path, text))) == fingerprint(finding(place(path)))


def test_what_makes_another_finding() -> None:
    """Another rule, another file, another document and another key each do."""
    two = f"{CONFIG}---\n{CONFIG}"
    marks = {
        fingerprint(finding(place("optim.name"))),
        fingerprint(finding(place("optim.name"), "SL998")),
        fingerprint(finding(place("optim.name", name="other.yaml"))),
        fingerprint(finding(place("optim.name", two, index=1))),
        fingerprint(finding(place("optim.betas"))),
        fingerprint(finding(place("optim"))),
    }
    assert len(marks) == 6


def rename(path: str, name: str, text: str = CONFIG, file: str = "train.yaml") -> RenameKey:
    """An edit that renames the key at a path."""
    entry = item(path, text, file)
    assert isinstance(entry, Entry)
    return RenameKey(entry, name)


def test_renamed_key() -> None:
    """A finding below a key that has a new name is the one that it was."""
    moved = renamed([rename("optim", "optimizer")])
    new = CONFIG.replace("optim:", "optimizer:")
    for path in ("optim", "optim.name", "optim.betas.1"):
        after = finding(place(path.replace("optim", "optimizer"), new))
        assert fingerprint(after, moved) == fingerprint(finding(place(path)))
        assert fingerprint(after) != fingerprint(finding(place(path)))
    assert fingerprint(finding(place("output_dir", new)), moved) == fingerprint(
        finding(place("output_dir"))
    )


def test_renamed_within_a_renamed_key() -> None:
    """Where a key and the one around it are renamed at once, both old names are found."""
    moved = renamed([rename("optim", "optimizer"), rename("optim.name", "kind")])
    new = CONFIG.replace("optim: {name:", "optimizer: {kind:")
    after = finding(place("optimizer.kind", new))
    assert fingerprint(after, moved) == fingerprint(finding(place("optim.name")))


def test_renamed_elsewhere() -> None:
    """A new name is one at its own place, in its own document and file."""
    two = f"{CONFIG}---\n{CONFIG}"
    moved = renamed([rename("callbacks.0.kind", "type", two)])
    new = two.replace("- kind", "- type")
    assert fingerprint(finding(place("callbacks.0.type", new)), moved)[3] == (
        "callbacks",
        "0",
        "kind",
    )
    for at in (
        place("callbacks.1.type", new),
        place("callbacks.0.type", new, index=1),
        place("callbacks.0.type", new, "other.yaml"),
    ):
        assert fingerprint(finding(at), moved)[3][-1] == "type"


def test_renamed_in_a_file_that_is_reached_by_a_link(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The new name is found under whichever path the file is read again."""
    monkeypatch.chdir(tmp_path)
    Path("train.yaml").write_text(CONFIG)
    Path("link.yaml").symlink_to("train.yaml")
    moved = renamed([rename("optim", "optimizer")])
    new = CONFIG.replace("optim:", "optimizer:")
    after = finding(place("optimizer.name", new, "link.yaml"))
    assert fingerprint(after, moved) == fingerprint(finding(place("optim.name", name="link.yaml")))
