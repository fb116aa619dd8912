"""A file is written as a whole or not at all, whatever fails, and whenever the process ends."""

from __future__ import annotations

import errno
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any, BinaryIO

import pytest

from schedlint.fixes import write as module
from schedlint.fixes.write import WriteError, write

OLD = b"learning_rate: 2e-5\n" * 2_000
NEW = b"learning_rate: 2.0e-5\n" * 3_000
"""Both are longer than a buffer, so that half a file would be seen."""

posix = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
linux = pytest.mark.skipif(not hasattr(os, "listxattr"), reason="needs extended attributes")


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a file with the old text, alone in a project in which the test runs."""
    (tmp_path / ".git").mkdir()
    (tmp_path / "configs").mkdir()
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "configs" / "train.yaml"
    path.write_bytes(OLD)
    path.chmod(0o640)  # what a new file does not have: it is given explicitly
    return path


def beside(path: Path) -> list[str]:
    """What lies beside a file."""
    return [name for name in os.listdir(path.parent) if name != path.name]


def refused(path: str | Path) -> str:
    """Write the new text, expect that it is not done, and return why."""
    with pytest.raises(WriteError) as error:
        write(os.fspath(path), OLD, NEW)
    assert error.value.path == os.fspath(path)
    assert str(error.value) == f"{path}: not fixed: {error.value.reason}"
    return error.value.reason


# ---- whole or not at all


class Killed(BaseException):
    """What a process meets that is killed: nothing of it runs any more."""


class Machine:
    """The system as the writer calls it, of which one call fails, or all from that one on.

    Calls are counted from 1; with 0, none fails.
    """

    def __init__(self, failing: int, error: BaseException, *, for_good: bool = False) -> None:
        self.failing = failing
        self.error = error
        self.for_good = for_good
        self.calls: list[str] = []

    def __getattr__(self, name: str) -> Any:
        found = getattr(os, name)
        return self.watched(name, found) if callable(found) else found

    def called(self, name: str) -> None:
        """Note a call, which may be the one that fails."""
        self.calls.append(name)
        number = len(self.calls)
        if number == self.failing or (self.for_good and 0 < self.failing < number):
            raise self.error

    def watched(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """Give a function that is counted."""

        def call(*arguments: Any, **named: Any) -> Any:
            self.called(name)
            return function(*arguments, **named)

        return call

    def open_file(self, *arguments: Any) -> WatchedFile:
        """Open a file of which every call is counted."""
        self.called("open a file")
        return WatchedFile(self, open(*arguments))

    def install(self, monkeypatch: pytest.MonkeyPatch) -> Machine:
        """Put this in the place of the system."""
        monkeypatch.setattr(module, "os", self)
        monkeypatch.setattr(module, "open", self.open_file, raising=False)
        monkeypatch.setattr(tempfile, "mkstemp", self.watched("mkstemp", tempfile.mkstemp))
        return self


class WatchedFile:
    """An open file of which every call is counted."""

    def __init__(self, machine: Machine, file: BinaryIO) -> None:
        self.machine = machine
        self.file = file

    def __getattr__(self, name: str) -> Any:
        return self.machine.watched(name, getattr(self.file, name))

    def __enter__(self) -> WatchedFile:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if isinstance(error, Killed):
            # What is in its buffer is lost; the file itself must not be kept open, though.
            nowhere = os.open(os.devnull, os.O_RDWR)
            os.dup2(nowhere, self.file.fileno())
            os.close(nowhere)
        self.file.close()
        self.machine.called("close")


def number_of_calls(path: Path) -> int:
    """Write a file undisturbed and count the calls that it took."""
    with pytest.MonkeyPatch.context() as patch:
        machine = Machine(0, Killed()).install(patch)
        write(str(path), OLD, NEW)
    assert path.read_bytes() == NEW
    needed = {"stat", "access", "open a file", "read", "write", "flush", "fsync", "mkstemp"}
    assert needed | {"chmod", "replace", "close"} <= set(machine.calls), "the test sees them all"
    path.write_bytes(OLD)
    path.chmod(0o640)
    return len(machine.calls)


def test_new_text_takes_the_place(file: Path) -> None:
    """The file holds the new text, and nothing is left beside it."""
    write("configs/train.yaml", OLD, NEW)
    assert file.read_bytes() == NEW
    assert beside(file) == []


def test_end_before_every_call(file: Path) -> None:
    """The process ends before any one of its calls, without a chance to clean up: the file is the
    old or the new one."""
    found = []
    for number in range(1, number_of_calls(file) + 1):
        file.write_bytes(OLD)
        with pytest.MonkeyPatch.context() as patch, pytest.raises(Killed):
            Machine(number, Killed(), for_good=True).install(patch)
            write(str(file), OLD, NEW)
        found.append(file.read_bytes())
        for name in beside(file):
            (file.parent / name).unlink()
    assert set(found) == {OLD, NEW}
    assert found == sorted(found, key=[OLD, NEW].index), "once it is new it stays so"


@pytest.mark.parametrize("error", [KeyboardInterrupt(), MemoryError()])
def test_interruption_at_every_call(file: Path, error: BaseException) -> None:
    """Where the process lives on, it leaves nothing beside the file either."""
    for number in range(1, number_of_calls(file) + 1):
        file.write_bytes(OLD)
        with pytest.MonkeyPatch.context() as patch:
            machine = Machine(number, error).install(patch)
            with pytest.raises(type(error)):
                write(str(file), OLD, NEW)
        assert file.read_bytes() in (OLD, NEW)
        assert beside(file) == [], machine.calls[number - 1]


def test_failure_of_every_call(file: Path) -> None:
    """Whatever the system refuses, the file is whole, nothing is left, and the outcome is told
    truly: it is not written where an error is raised."""
    outcomes = set()
    for number in range(1, number_of_calls(file) + 1):
        file.write_bytes(OLD)
        file.chmod(0o640)
        with pytest.MonkeyPatch.context() as patch:
            machine = Machine(number, OSError(errno.EIO, "Input/output error")).install(patch)
            try:
                write(str(file), OLD, NEW)
                outcome = "written"
            except WriteError as error:
                assert "Input/output error" in error.reason
                outcome = "refused"
        assert (file.read_bytes() == NEW) == (outcome == "written"), machine.calls[number - 1]
        assert beside(file) == [], machine.calls[number - 1]
        outcomes.add((machine.calls[number - 1], outcome))
    assert {("write", "refused"), ("fsync", "refused"), ("replace", "refused")} <= outcomes
    assert ("fsync", "written") in outcomes, "of the folder: the file is in its place already"


@posix
def test_killed_between_any_two_system_calls(file: Path) -> None:
    """A process that the system kills, at each of its calls in turn, leaves the old or the new
    file, and what it leaves beside that is not in the way of the next one."""
    found = []
    for number in count(1):
        file.write_bytes(OLD)
        alive = killed_at(number, file)
        found.append(file.read_bytes())
        if alive:
            break
    assert set(found) == {OLD, NEW}
    assert found == sorted(found, key=[OLD, NEW].index), "once it is new it stays so"
    assert found.count(OLD) > 10
    assert found.count(NEW) > 1, "it was killed after the new name was given, too"
    assert beside(file), "some were killed with a file beside"
    file.write_bytes(OLD)
    write(str(file), OLD, NEW)
    assert file.read_bytes() == NEW


def killed_at(number: int, path: Path) -> bool:
    """Write a file in a process that is killed at its call of that number; whether it lived on."""
    child = os.fork()
    if child == 0:  # pragma: no cover (it never comes back)
        calls = count(1)

        def watch(frame: FrameType, event: str, called: object) -> None:
            if event == "c_call" and is_system_call(called) and next(calls) == number:
                os.kill(os.getpid(), signal.SIGKILL)

        try:
            sys.setprofile(watch)
            write(str(path), OLD, NEW)
        finally:
            sys.setprofile(None)
            os._exit(0 if path.read_bytes() == NEW else 1)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return False
    assert os.WEXITSTATUS(status) == 0
    return True


def is_system_call(called: object) -> bool:
    """Whether a built-in function is one of the system's, or of an open file."""
    homes = {getattr(called, "__module__", ""), type(getattr(called, "__self__", None)).__module__}
    return not homes.isdisjoint({"posix", "_io", "io"})


REWRITE = """
import sys
from schedlint.fixes.write import write
path, texts = sys.argv[1], [b"a: 1\\n" * 400_000, b"bb: 22\\n" * 500_000]
while True:
    with open(path, "rb") as file:
        before = file.read()
    write(path, before, texts[before == texts[0]])
    print("once", flush=True)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")
def test_killed_at_any_moment(file: Path) -> None:
    """A process that rewrites a large file all the time is killed at random: the file is whole."""
    texts = [b"a: 1\n" * 400_000, b"bb: 22\n" * 500_000]
    file.write_bytes(texts[0])
    top = Path(__file__).resolve().parents[2]
    chance = random.Random(7)
    for _ in range(10):
        child = subprocess.Popen(
            [sys.executable, "-c", REWRITE, str(file)],
            env={**os.environ, "PYTHONPATH": str(top)},
            stdout=subprocess.PIPE,
        )
        assert child.stdout is not None
        with child.stdout:
            assert child.stdout.readline() == b"once\n"
            time.sleep(chance.uniform(0, 0.03))
            child.kill()
            assert child.wait() == -signal.SIGKILL
        assert file.read_bytes() in texts


# ---- what is in the way


@pytest.mark.parametrize("call", ["write", "flush", "fsync"])
def test_full_disk(file: Path, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    """A disk without room is told in the system's words, and the file is as it was."""
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    number = call_number(file, call)
    Machine(number, full).install(monkeypatch)
    assert refused("configs/train.yaml") == os.strerror(errno.ENOSPC)
    assert file.read_bytes() == OLD
    assert beside(file) == []


def call_number(path: Path, call: str) -> int:
    """The number of a call, as it comes first when a file is written undisturbed."""
    with pytest.MonkeyPatch.context() as patch:
        machine = Machine(0, Killed()).install(patch)
        write(str(path), OLD, NEW)
    path.write_bytes(OLD)
    return machine.calls.index(call) + 1


@posix
def test_disk_that_fills_up_for_real(file: Path) -> None:
    """The system itself takes a part of the text only: the file is as it was."""
    import resource

    def limited() -> str:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (len(NEW) // 2, len(NEW) // 2))
        return reason_of(file)

    assert in_child(limited) == os.strerror(errno.EFBIG)
    assert file.read_bytes() == OLD
    assert beside(file) == []


def reason_of(path: Path) -> str:
    """Why a file cannot be written; empty where it can."""
    try:
        write(str(path), OLD, NEW)
    except WriteError as error:
        return error.reason
    return ""


def in_child(action: Callable[[], str]) -> str:
    """What a function returns in a process of its own, which it may spoil."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:  # pragma: no cover (it never comes back)
        try:
            os.write(writing, action().encode())
        except BaseException as error:
            os.write(writing, repr(error).encode())
            raise
        finally:
            os._exit(0)
    os.close(writing)
    with open(reading, "rb") as answer:
        said = answer.read().decode()
    os.waitpid(child, 0)
    return said


NOBODY = 65534


def as_nobody(action: Callable[[], str]) -> str:
    """What a function returns for a user who may do nothing special."""
    if os.geteuid() != 0:
        return action()

    def drop() -> str:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
        return action()

    return in_child(drop)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """Return a folder that every user can reach, which pytest's own are not."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(os.path.realpath(name))
        folder.chmod(0o777)
        (folder / ".git").mkdir()
        (folder / "train.yaml").write_bytes(OLD)
        (folder / "train.yaml").chmod(0o666)
        yield folder


@posix
def test_folder_that_takes_no_new_file(open_folder: Path) -> None:
    """A folder in which nothing can be made is told as the reason, not the file."""
    open_folder.chmod(0o555)
    reason = as_nobody(lambda: reason_of(open_folder / "train.yaml"))
    assert reason == f"no new file can be made in its folder ({os.strerror(errno.EACCES)})"
    assert (open_folder / "train.yaml").read_bytes() == OLD
    open_folder.chmod(0o777)


@posix
def test_file_that_may_not_be_written(open_folder: Path) -> None:
    """A file that its user may not write is left alone, though its folder would let him replace
    it."""
    path = open_folder / "train.yaml"
    path.chmod(0o444 if os.geteuid() else 0o644)
    assert as_nobody(lambda: reason_of(path)) == "it is read-only"
    assert path.read_bytes() == OLD
    assert beside(path) == [".git"]


def test_read_only_file(file: Path) -> None:
    """A file that nobody may write is left alone, even for the one user who could."""
    file.chmod(0o444)
    assert refused("configs/train.yaml") == "it is read-only"
    assert file.read_bytes() == OLD
    assert beside(file) == []


def test_read_only_file_system(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a disk is that takes nothing is told in the system's words."""
    number = call_number(file, "mkstemp")
    Machine(number, OSError(errno.EROFS, os.strerror(errno.EROFS))).install(monkeypatch)
    assert os.strerror(errno.EROFS) in refused("configs/train.yaml")
    assert file.read_bytes() == OLD


@pytest.mark.parametrize(
    "other", [OLD[:-1] + b"#", OLD + b"more\n", OLD[:-1], b"", OLD.replace(b"\n", b"\r\n")]
)
def test_file_that_has_changed(file: Path, other: bytes) -> None:
    """What somebody else has written since it was read stays."""
    file.write_bytes(other)
    assert refused("configs/train.yaml") == "it has changed meanwhile"
    assert file.read_bytes() == other
    assert beside(file) == []


def meanwhile(monkeypatch: pytest.MonkeyPatch, action: Callable[[], object]) -> None:
    """Let something happen while the new text is on its way to the disk."""
    fsync = os.fsync

    def slow(handle: int) -> None:
        fsync(handle)
        action()

    monkeypatch.setattr(os, "fsync", slow)


@pytest.mark.parametrize("change", ["in place", "by another file"])
def test_file_that_changes_while_it_is_written(
    file: Path, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    """What somebody else writes in the meantime stays."""

    def act() -> None:
        other = file if change == "in place" else file.parent.parent / "other"
        other.write_bytes(b"theirs\n")
        os.replace(other, file)

    meanwhile(monkeypatch, act)
    assert refused("configs/train.yaml") == "it has changed meanwhile"
    assert file.read_bytes() == b"theirs\n"
    assert beside(file) == []


def test_file_that_is_gone(file: Path) -> None:
    """A file that was deleted does not come back."""
    file.unlink()
    assert refused("configs/train.yaml") == os.strerror(errno.ENOENT)
    assert os.listdir(file.parent) == []


def test_file_that_goes_while_it_is_written(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that is deleted in the meantime does not come back."""
    meanwhile(monkeypatch, file.unlink)
    assert refused("configs/train.yaml") == os.strerror(errno.ENOENT)
    assert os.listdir(file.parent) == []


def test_folder_that_goes_while_it_is_written(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that is moved away takes its file along; both stay as they are."""
    meanwhile(monkeypatch, lambda: file.parent.rename(file.parent.parent / "moved"))
    assert refused("configs/train.yaml") == os.strerror(errno.ENOENT)
    assert (file.parent.parent / "moved" / "train.yaml").read_bytes() == OLD


@posix
def test_pipe_in_the_place_of_the_file(file: Path) -> None:
    """A pipe is not opened, which would wait for ever."""
    file.unlink()
    os.mkfifo(file)
    assert refused("configs/train.yaml") == "it is no regular file any more"


def test_folder_in_the_place_of_the_file(file: Path) -> None:
    """A folder is not replaced."""
    file.unlink()
    file.mkdir()
    assert refused("configs/train.yaml") == "it is no regular file any more"
    assert file.is_dir()


# ---- what stays


@posix
@pytest.mark.parametrize("mode", [0o600, 0o644, 0o664, 0o755, 0o640, 0o4755, 0o666])
def test_mode(file: Path, mode: int) -> None:
    """The new file may be read, written and run by whom the old one might, whatever the umask."""
    file.chmod(mode)
    umask = os.umask(0o077)
    try:
        write(str(file), OLD, NEW)
    finally:
        os.umask(umask)
    assert file.stat().st_mode & 0o7777 == mode
    assert file.read_bytes() == NEW


@posix
def test_mode_that_writing_takes_away(open_folder: Path) -> None:
    """The system drops some bits when an ordinary user writes: they are given last."""
    path = open_folder / "own.yaml"

    def act() -> str:
        path.write_bytes(OLD)
        path.chmod(0o4755)
        return reason_of(path)

    assert as_nobody(act) == ""
    assert (path.read_bytes(), path.stat().st_mode & 0o7777) == (NEW, 0o4755)


@posix
def test_owner(file: Path) -> None:
    """A file of another user stays his, where the user who fixes it may see to that."""
    if os.geteuid() != 0:
        pytest.skip("only root may give files away")
    os.chown(file, NOBODY, NOBODY)
    file.chmod(0o640)
    write(str(file), OLD, NEW)
    about = file.stat()
    assert (about.st_uid, about.st_gid, about.st_mode & 0o7777) == (NOBODY, NOBODY, 0o640)
    assert file.read_bytes() == NEW


@posix
def test_owner_who_would_lose_it(open_folder: Path) -> None:
    """A file of another user is left alone where a new one could not be his."""
    if os.geteuid() != 0:
        pytest.skip("only root can have a file of somebody else")
    path = open_folder / "train.yaml"
    assert as_nobody(lambda: reason_of(path)) == (
        "it belongs to another user or group, from whom a new file would take it"
    )
    assert (path.read_bytes(), path.stat().st_uid) == (OLD, 0)
    assert beside(path) == [".git"]


@linux
@pytest.mark.parametrize("name", ["user.note", "system.posix_acl_access"])
def test_access_list(file: Path, name: str) -> None:
    """Who else may read a file may read the new one, and nobody beyond: without its list, the mode
    would let the whole group."""
    # version 2; then tag, permissions and user: owner, user 1000, group, mask, others
    entries = [(1, 6, -1), (2, 6, 1000), (4, 0, -1), (16, 6, -1), (32, 0, -1)]
    packed = [tag.to_bytes(2, "little") + may.to_bytes(2, "little") for tag, may, _ in entries]
    users = [who.to_bytes(4, "little", signed=True) for _, _, who in entries]
    listed = (2).to_bytes(4, "little") + b"".join(map(bytes.__add__, packed, users))
    value = listed if "acl" in name else b"kept"
    try:
        os.setxattr(file, name, value)
    except OSError as error:
        pytest.skip(f"this file system keeps no {name}: {error}")
    mode = file.stat().st_mode
    write(str(file), OLD, NEW)
    assert os.getxattr(file, name) == value
    assert file.stat().st_mode == mode


@posix
@pytest.mark.parametrize("link", ["train.yaml", "../configs/train.yaml", "{file}", "second"])
def test_symbolic_link(file: Path, link: str) -> None:
    """A link stays what it is, its target is written; a link to a link as well."""
    (file.parent / "second").symlink_to("train.yaml")
    path = file.parent / "link.yaml"
    path.symlink_to(link.replace("{file}", str(file)))
    write("configs/link.yaml", OLD, NEW)
    assert os.readlink(path) == link.replace("{file}", str(file))
    assert not file.is_symlink()
    assert file.read_bytes() == NEW
    assert sorted(beside(file)) == ["link.yaml", "second"]


@posix
@pytest.mark.parametrize("way", ["file", "folder", "dots"])
def test_link_out_of_the_project(
    file: Path, tmp_path_factory: pytest.TempPathFactory, way: str
) -> None:
    """What lies outside the project is not written, whichever link leads there."""
    outside = tmp_path_factory.mktemp("outside") / "train.yaml"
    outside.write_bytes(OLD)
    link = file.parent / "link"
    link.symlink_to(outside if way == "file" else outside.parent)
    path = {"file": "configs/link", "folder": "configs/link/train.yaml"}.get(way)
    if path is None:  # the system goes up from where the link leads, not from where it stands
        (outside.parent / "below").mkdir()
        (file.parent / "deep").symlink_to(outside.parent / "below")
        path = "configs/deep/../train.yaml"
    assert refused(path) == f"it is a link out of the project, to {os.path.realpath(outside)}"
    assert outside.read_bytes() == OLD
    assert os.listdir(outside.parent) in (["train.yaml"], ["below", "train.yaml"]) or way == "dots"


@posix
def test_file_in_a_project_that_is_reached_by_a_link(file: Path) -> None:
    """A project may itself be reached through a link: nothing leads out of it then."""
    way = file.parent.parent.parent / f"{file.parent.parent.name}-link"
    way.symlink_to(file.parent.parent)
    write(str(way / "configs" / "train.yaml"), OLD, NEW)
    assert file.read_bytes() == NEW


def test_hard_link(file: Path) -> None:
    """A file with two names is left alone: a new one would bear one of them only."""
    os.link(file, file.parent / "twin.yaml")
    assert refused("configs/train.yaml").startswith("it has several names (hard links)")
    assert file.samefile(file.parent / "twin.yaml")
    assert file.read_bytes() == OLD


@pytest.mark.parametrize(
    "name", ["x" * 250 + ".yaml", "ü" * 125 + ".yaml", "a b\n'\"*.yaml", "-.yaml", ".hidden.yaml"]
)
def test_odd_name(file: Path, name: str) -> None:
    """The longest names and the strangest are written as any other."""
    path = file.parent / name
    try:
        file.rename(path)
    except OSError:
        pytest.skip("this file system has no such names")
    write(f"configs/{name}", OLD, NEW)
    assert path.read_bytes() == NEW
    assert beside(path) == []
