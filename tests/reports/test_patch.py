"""The patch is one that git takes, and gives the bytes that a fix would write."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from schedlint.reports.patch import patch
from schedlint.source import SourceFile
from schedlint.source.read import decoded

OLD = "".join(f"key{number}: {number}\n" for number in range(20))
NEW = OLD.replace("key9: 9", "key9: 99").replace("key0: 0\n", "").replace("19\n", "19\nlast: 1\n")


def source(path: str, data: bytes) -> SourceFile:
    """A file with some bytes, as it is read."""
    text, encoding = decoded(path, data)
    return SourceFile(path, text, "yaml", encoding)


def patch_of(*changes: tuple[str, bytes, bytes]) -> bytes:
    """The patch of some files, each with its path and its bytes before and after."""
    before = {path: source(path, old) for path, old, _ in changes}
    after = {path: source(path, new) for path, _, new in changes}
    return b"".join(patch(before, after))


def needs_git(monkeypatch: pytest.MonkeyPatch) -> None:
    """Skip the test without git; nobody's settings of git count."""
    if shutil.which("git") is None:
        pytest.skip("git is not installed")
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    for name in ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM"):
        monkeypatch.setenv(name, os.devnull)


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty git repository in which the test runs, with a folder `sub`."""
    needs_git(monkeypatch)
    monkeypatch.chdir(tmp_path)
    subprocess.run(["git", "init", "-q", "."], check=True, timeout=60)
    (tmp_path / "sub").mkdir()
    return tmp_path


def apply(text: bytes, *command: str) -> None:
    """Let git, or another command, apply a patch."""
    done = subprocess.run(
        command or ("git", "apply", "--whitespace=nowarn"),
        input=text,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode() + text.decode("utf-8", "replace")


def takes(path: str, old: bytes, new: bytes) -> None:
    """Expect that git makes the new file of the old one."""
    Path(path).write_bytes(old)
    apply(patch_of((path, old, new)))
    assert Path(path).read_bytes() == new


def test_shape(repository: Path) -> None:
    """Two headers, then hunks with three lines around what changes."""
    old, new = "a: 1\nb: 2\nc: 3\nd: 4\ne: 5\nf: 6\n", "a: 1\nb: 2\nc: 3\nd: 4\ne: 55\nf: 6\n"
    assert patch_of(("x.yaml", old.encode(), new.encode())).decode() == (
        "--- a/x.yaml\n+++ b/x.yaml\n@@ -2,5 +2,5 @@\n b: 2\n c: 3\n d: 4\n-e: 5\n+e: 55\n f: 6\n"
    )


def test_nothing() -> None:
    """Without a change there is no patch."""
    assert patch_of() == b""


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("last", [True, False])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16-le", "utf-16-be"])
def test_bytes(repository: Path, end: str, last: bool, encoding: str) -> None:
    """Line ends, the lack of the last one, byte order marks and UTF-16 come out as a fix writes
    them."""
    old, new = (text.replace("\n", end) for text in (OLD + "日: 'ü'\n", NEW + "日: 'ü'\n"))
    if encoding.startswith("utf-16"):
        old, new = f"\ufeff{old}", f"\ufeff{new}"
    old, new = (text if last else text.removesuffix(end) for text in (old, new))
    takes("x.yaml", old.encode(encoding), new.encode(encoding))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("a: 1", "a: 2"),
        ("a: 1\n", "a: 2"),
        ("a: 1", "a: 2\n"),
        ("a: 1\nb: 2\nc: 3\nd: 4\ne: 5", "a: 9\nb: 2\nc: 3\nd: 4\ne: 5"),
        ("a: 1\r\nb: 2\nc: 3\r", "a: 1\r\nb: 3\nc: 3\r"),
        ("a: 1\fb: 2\x85c: 3\u2028d: 4\n", "a: 1\fb: 2\x85c: 3\u2028d: 5\n"),
        ("-- a: 1\n++ b: 2\n@@ -1 +1 @@\n", "-- a: 1\n++ b: 3\n@@ -1 +1 @@\n"),
        ("--- a/x\n+++ b/x\n\\ No newline at end of file\n", "--- a/x\n+++ b/y\n\\ No\n"),
        ("\n\n\n", "\n\n\na: 1\n"),
    ],
)
def test_odd_lines(repository: Path, old: str, new: str) -> None:
    """Lines that look like a patch themselves, and line ends of every kind, are only text."""
    takes("x.yaml", old.encode(), new.encode())


NAMES = [
    "x.yaml",
    "a b.yaml",
    " lead and trail .yaml ",
    'quo"te.yaml',
    "apo'strophe.yaml",
    "back\\slash.yaml",
    "tab\tand\nnewline.yaml",
    "日本 größe.yaml",
    "no-break\u00a0space.yaml",
    "bell\a.yaml",
    "-dash.yaml",
    "b/a.yaml",
    "sub/x.yaml",
    os.fsdecode(b"latin-\xe9.yaml"),
]


@pytest.mark.parametrize("name", NAMES)
def test_names(repository: Path, name: str) -> None:
    """Whatever a file is called, git finds it."""
    try:
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).write_bytes(b"")
    except OSError:
        pytest.skip("this file system has no such names")
    takes(name, OLD.encode(), NEW.encode())


@pytest.mark.parametrize("name", [name for name in NAMES if name.replace(" ", "").isascii()])
def test_names_are_written_as_git_does(repository: Path, name: str) -> None:
    """The headers are those of git's own patch, quotes and all."""
    try:
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).write_text(OLD)
    except OSError:
        pytest.skip("this file system has no such names")
    subprocess.run(["git", "add", "."], check=True, timeout=60)
    Path(name).write_text(NEW)
    theirs = subprocess.run(["git", "diff"], check=True, capture_output=True, timeout=60).stdout
    headers = [line for line in theirs.split(b"\n") if line.startswith((b"--- ", b"+++ "))]
    assert patch_of((name, OLD.encode(), NEW.encode())).split(b"\n")[:2] == headers


@pytest.mark.parametrize("name", NAMES[:2])
def test_other_program(repository: Path, name: str) -> None:
    """GNU patch takes it, too."""
    if shutil.which("patch") is None:
        pytest.skip("patch is not installed")
    Path(name).write_text(OLD)
    apply(patch_of((name, OLD.encode(), NEW.encode())), "patch", "-p1", "--quiet")
    assert Path(name).read_text() == NEW


@pytest.mark.parametrize("path", ["./x.yaml", "sub/../x.yaml", "{here}/x.yaml", "sub//y.yaml"])
def test_paths(repository: Path, path: str) -> None:
    """However a file is named, the patch says where it lies below the working directory."""
    takes(path.replace("{here}", str(repository)), OLD.encode(), NEW.encode())


def test_from_a_subfolder(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Made and applied in a folder of the repository, it is about the files of that folder."""
    (repository / "x.yaml").write_text(OLD)
    monkeypatch.chdir("sub")
    takes("x.yaml", OLD.encode(), NEW.encode())
    assert (repository / "x.yaml").read_text() == OLD


def test_folder_that_is_reached_by_a_link(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A working directory behind a link is the one that git sees."""
    (repository / "way").symlink_to("sub")
    monkeypatch.chdir("way")
    takes(str(repository / "way" / "x.yaml"), OLD.encode(), NEW.encode())
    assert (repository / "sub" / "x.yaml").read_text() == NEW


@pytest.mark.parametrize("path", ["link.yaml", "way/x.yaml"])
def test_symbolic_link(repository: Path, path: str) -> None:
    """What a link leads to is patched: git writes through none."""
    Path("sub/x.yaml").write_text(OLD)
    Path("link.yaml").symlink_to("sub/x.yaml")
    Path("way").symlink_to("sub")
    subprocess.run(["git", "add", "."], check=True, timeout=60)
    apply(patch_of((path, OLD.encode(), NEW.encode())))
    assert Path("sub/x.yaml").read_text() == NEW
    assert Path("link.yaml").is_symlink()
    assert Path("way").is_symlink()


def test_several_files(repository: Path) -> None:
    """One patch of several files, in an order of their paths, whatever their encodings."""
    old, new = OLD.encode(), NEW.encode()
    wide = [f"\ufeff{text}".encode("utf-16-le") for text in (OLD, NEW)]
    changes = [("z.yaml", old, new), ("b.yaml", wide[0], wide[1]), ("c.yaml", old[:-1], new[:-1])]
    for path, before, _ in changes:
        Path(path).write_bytes(before)
    text = patch_of(*changes)
    assert text.index(b"b.yaml") < text.index(b"c.yaml") < text.index(b"z.yaml")
    apply(text)
    assert {path: Path(path).read_bytes() for path, *_ in changes} == {
        path: after for path, _, after in changes
    }


LINES = st.lists(st.sampled_from(["a: 1\n", "b: 2\r\n", "c: 3\r", "\n", "- x\n", "+ y\n", "# ü\n"]))


@given(old=LINES, new=LINES, last=st.sampled_from(["", "end"]))
@examples(max_examples=60)
def test_any_two_texts(
    tmp_path_factory: pytest.TempPathFactory, old: list[str], new: list[str], last: str
) -> None:
    """Whatever the two texts are, git makes the second of the first."""
    before, after = "".join(old) + last, "".join(new) + last
    assume(before and after and before != after)  # no fix makes a file or deletes one
    with pytest.MonkeyPatch.context() as monkeypatch:
        needs_git(monkeypatch)
        monkeypatch.chdir(tmp_path_factory.mktemp("any"))
        takes("x.yaml", before.encode(), after.encode())
