"""The entry for pre-commit is added as text, and nothing else changes."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml

from schedlint.setting_up.addition import ByHand
from schedlint.setting_up.hook import (
    FILE,
    Source,
    addition_of_hook,
    has_hook,
    installed_from,
)

PLAIN = """\
# what runs before a commit
repos:
  - repo: https://example.org/a
    rev: v1
    hooks:
      - id: a  # the first

# later: more
"""


def added(folder: Path, text: str | bytes) -> str:
    """The file with the entry, of which everything else is proved to be as before."""
    before = text if isinstance(text, bytes) else text.encode()
    (folder / FILE).write_bytes(before)
    addition = addition_of_hook(str(folder))
    assert addition.before == before
    after = addition.after.decode("utf-8-sig")
    old, new = yaml.safe_load(before) or {}, yaml.safe_load(after)
    assert new["repos"][:-1] == (old.get("repos") or [])
    assert {**new, "repos": 0} == {**old, "repos": 0}
    assert new["repos"][-1]["hooks"][0]["id"] == "schedlint"
    for line in before.decode("utf-8-sig").splitlines():
        assert line in after.splitlines()
    return after


def test_behind_the_last_hook(tmp_path: Path) -> None:
    """The entry stands behind the last one, indented as they are; comments stay where they are."""
    lines = added(tmp_path, PLAIN).splitlines()
    assert lines[:6] == PLAIN.splitlines()[:6]
    assert lines[6:8] == ["  - repo: local", "    hooks:"]
    assert lines[-2:] == ["", "# later: more"]


@pytest.mark.parametrize(
    "text",
    [
        "repos:\n- repo: local\n  hooks:\n  - id: a\n",
        "repos:\n- repo: local\n  hooks:\n  - id: a",
        "repos:\n    -   repo: local\n        hooks:\n        -   id: a\n",
        "repos:\n- {repo: local, hooks: [{id: a}]}\n",
        "repos:\n- repo: local\n  hooks:\n  - id: a\n    args: [\n      b\n    ]\nci: {}\n",
        "repos:\n- repo: local\n  hooks:\n  - id: a\n    entry: |\n      one\n\n      two\n",
        "repos:\n- repo: local\n  hooks:\n  - id: a\n    entry: |\n      one\n\nexclude: x\n",
        "repos:\n- repo: local\n  hooks:\n  - id: a\n    entry: >-\n      one\n      two",
        "repos:\n- repo: local\n  hooks:\n  - id: a\n    args:\n",
        "---\nrepos:\n- repo: local\n  hooks:\n  - id: a\n...\n",
        "ci: {}\n\n\nrepos:\n\n- repo: local\n  hooks:\n  - id: 'a\n      b'\n",
        "# nothing yet\n",
        "",
        "x: &h [{id: a}]\nrepos:\n- repo: local\n  hooks: *h\n- repo: local\n  hooks: []\n",
    ],
)
def test_layouts(tmp_path: Path, text: str) -> None:
    """Whatever the indentation, and whatever follows, the list is one longer."""
    added(tmp_path, text)


@pytest.mark.parametrize("text", [PLAIN, "repos:\n- repo: local\n  hooks:\n  - id: a"])
def test_line_ends_and_a_mark(tmp_path: Path, text: str) -> None:
    """Lines that end as on Windows get company that does, and a byte order mark stays."""
    before = b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode()
    added(tmp_path, before)
    after = addition_of_hook(str(tmp_path)).after
    assert after.startswith(b"\xef\xbb\xbf")
    assert after.count(b"\n") == after.count(b"\r\n")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("repos: []\n", "no list of dashes"),
        ("repos: [{repo: local, hooks: [{id: a}]}]\n", "no list of dashes"),
        ("{repos: [{repo: local, hooks: [{id: a}]}]}\n", "no list of dashes"),
        ("fail_fast: true\n", "no list of dashes"),
        ("repos: text\n", "no list of dashes"),
        ("- a\n", "no list of dashes"),
        ("repos: [\n", "cannot be read"),
        ("repos:\n\t- a\n", "cannot be read"),
        ("repos: !!python/name:os.system\n", "cannot be read"),
        ("repos:\n- a\n---\nrepos:\n- b\n", "cannot be read"),
        (b"repos:\n- repo: \xff\n", "not UTF-8"),
        ("[" * 3000, "cannot be read"),
        # Of two lists the last counts; the first would get the entry.
        ("repos:\n- a\nrepos:\n- b\n", "no place"),
        # What an alias stands for ends where its anchor is.
        ("x: &h [{id: a}]\nrepos:\n- repo: local\n  hooks: *h\n", "no place"),
    ],
)
def test_what_is_left_to_a_person(tmp_path: Path, text: str | bytes, why: str) -> None:
    """Where no place is certain, the reason and the entry are told, and nothing is made."""
    before = text if isinstance(text, bytes) else text.encode()
    (tmp_path / FILE).write_bytes(before)
    with pytest.raises(ByHand, match=why) as problem:
        addition_of_hook(str(tmp_path))
    assert problem.value.text.startswith("- repo: local\n")
    assert (tmp_path / FILE).read_bytes() == before


def test_a_new_file(tmp_path: Path) -> None:
    """Without a file there is a new one with nothing but the hook."""
    addition = addition_of_hook(str(tmp_path))
    assert addition.before is None
    (repository,) = yaml.safe_load(addition.after)["repos"]
    assert repository["hooks"][0]["entry"] == "schedlint check"


def test_a_repository_of_ones_own(tmp_path: Path) -> None:
    """Where schedlint comes from a git repository, the entry names it and its revision."""
    addition = addition_of_hook(str(tmp_path), Source("https://example.org/x", "v0.1.0"))
    (repository,) = yaml.safe_load(addition.after)["repos"]
    hooks = [{"id": "schedlint"}]
    assert repository == {"repo": "https://example.org/x", "rev": "v0.1.0", "hooks": hooks}


COMMIT = "0" * 39 + "1"


@pytest.mark.parametrize(
    ("origin", "source"),
    [
        (None, None),
        ("{", None),
        ("[]", None),
        ({"url": "file:///home/me/schedlint", "dir_info": {}}, None),
        ({"url": "file:///x", "vcs_info": {"vcs": "git", "commit_id": COMMIT}}, None),
        ({"url": "https://example.org/x y", "vcs_info": {"commit_id": COMMIT}}, None),
        (
            {"url": "https://example.org/x", "vcs_info": {"commit_id": COMMIT}},
            Source("https://example.org/x", COMMIT),
        ),
        (
            {
                "url": "ssh://git@example.org/x.git",
                "vcs_info": {"commit_id": COMMIT, "requested_revision": "main"},
            },
            Source("ssh://git@example.org/x.git", COMMIT),
        ),
        (
            {
                "url": "https://example.org/x",
                "vcs_info": {"commit_id": COMMIT, "requested_revision": "v0.1.0"},
            },
            Source("https://example.org/x", "v0.1.0"),
        ),
    ],
)
def test_where_it_was_installed_from(
    monkeypatch: pytest.MonkeyPatch, origin: object, source: Source | None
) -> None:
    """What pip has written down counts where others reach it: a release's tag, or the commit."""
    text = origin if isinstance(origin, str) or origin is None else json.dumps(origin)
    installed = SimpleNamespace(read_text=lambda name: text)
    monkeypatch.setattr("importlib.metadata.distribution", lambda name: installed)
    assert installed_from() == source


@pytest.mark.parametrize(
    ("text", "there"),
    [
        ("repos:\n- repo: local\n  hooks:\n  - id: schedlint\n", True),
        ("repos:\n- repo: local\n  hooks:\n  - id: schedlint-fix\n", True),
        ("repos:\n- repo: https://example.org/schedlint\n  hooks: []\n", True),
        (PLAIN, False),
        ("repos:\n- repo: local\n  hooks: text\n- 3\n", False),
        ("repos: 3\n", False),
        ("- a\n", False),
        ("repos: [\n", False),
        (b"\xff", False),
    ],
)
def test_a_hook_that_is_there(tmp_path: Path, text: str | bytes, there: bool) -> None:
    """A hook of ours, or one from a repository of our name, is not added twice."""
    (tmp_path / FILE).write_bytes(text if isinstance(text, bytes) else text.encode())
    assert has_hook(str(tmp_path)) is there
