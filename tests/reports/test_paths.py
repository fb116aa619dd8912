"""Forges get the names that they know files by."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from schedlint.reports.paths import from_top


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty folder in which the test runs."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("train.yaml", "train.yaml"),
        ("./train.yaml", "train.yaml"),
        ("conf//a.yaml", "conf/a.yaml"),
        ("conf/../a.yaml", "a.yaml"),
        ("..a.yaml", "..a.yaml"),
        ("..a/b.yaml", "..a/b.yaml"),
        (" a\nb::c ", " a\nb::c "),
        ("\udce9.yaml", "\udce9.yaml"),
    ],
)
def test_from_the_working_directory(work: Path, path: str, name: str) -> None:
    """Without a repository, names begin in the working directory."""
    assert from_top(path) == name
    assert from_top(os.path.join(os.getcwd(), path)) == name


@pytest.mark.parametrize("kind", ["folder", "file"])
def test_from_the_top_of_the_repository(
    work: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """In a folder of a repository or of a linked work tree, the name begins at its top."""
    git = work / ".git"
    git.mkdir() if kind == "folder" else git.write_text("gitdir: elsewhere\n")
    (work / "sub" / "deep").mkdir(parents=True)
    monkeypatch.chdir("sub/deep")
    assert from_top("a.yaml") == "sub/deep/a.yaml"
    assert from_top("../a.yaml") == "sub/a.yaml"
    assert from_top("../../a.yaml") == "a.yaml"


def test_outside(work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of somewhere else keeps its whole path."""
    (work / "here").mkdir()
    monkeypatch.chdir("here")
    outside = os.path.join(os.path.dirname(os.getcwd()), "a.yaml")
    assert from_top("../a.yaml") == outside.replace(os.sep, "/")


def test_working_directory_behind_a_link(work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that is named by a way with a link in it is found to lie inside all the same."""
    (work / "real").mkdir()
    (work / "way").symlink_to("real")
    monkeypatch.chdir("real")
    assert from_top(str(work / "way" / "a.yaml")) == "a.yaml"
