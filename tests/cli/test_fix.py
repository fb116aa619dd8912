"""`--fix`, `--unsafe-fixes` and `--diff`: what is written, what is told, and how it ends."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from typer.testing import CliRunner

from schedlint.cli.app import app
from schedlint.reading.place import place_of
from schedlint.rules import (
    DeleteKey,
    Edit,
    Finding,
    Fix,
    InsertKey,
    RenameKey,
    Rule,
    Scenario,
    SetValue,
    Severity,
)
from schedlint.source import Entry, value_of
from tests.cli.conftest import CLEAN
from tests.test_architecture import loaded

CONFIG = """\
output_dir: out  # größe
per_device_train_batch_size: 4
learning_rate: 2e-5
max_steps: 100
save_steps: 50
seed: 1
"""
FIXED = CONFIG.replace("2e-5", "2.0e-5")
DEEPSPEED = '{"train_micro_batch_size_per_gpu": 4, "zero_optimization": {"stage": "2"}}\n'

ONLY = ("--select", "SL701")
"""Other rules may have their own opinion of these configs, and fixes."""


class Outcome(NamedTuple):
    """How a command ended."""

    code: int
    out: bytes
    err: str


def run(*arguments: str, stdin: bytes = b"") -> Outcome:
    """Run a command in the working directory."""
    result = CliRunner().invoke(app, arguments, input=stdin)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Outcome(result.exit_code, result.stdout_bytes, result.stderr)


def written(path: str, text: str | bytes = CONFIG) -> Path:
    """Write a file that was last changed long ago."""
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(text if isinstance(text, bytes) else text.encode())
    os.utime(target, ns=(1, 1))
    return target


def untouched(path: str | Path) -> bool:
    """Whether a file is still the one that was written, by its time stamp."""
    return os.stat(path).st_mtime_ns == 1


class Own(Rule):
    """A rule that finds a key of a value as long as `more` is not there, with an edit for it."""

    severity = Severity.ERROR

    def __init__(
        self,
        code: str,
        key: str,
        old: object,
        edit: Callable[[Entry], Edit] | None,
        safe: bool,
    ) -> None:
        self.code = code  # type: ignore[misc]
        self.name = f"rule-{code[-3:]}"  # type: ignore[misc]
        self.key = key
        self.old = old
        self.edit = edit
        self.safe = safe

    def load(self) -> Rule:
        """As the box lists it."""
        return self

    def check(self, run: Scenario) -> Iterator[Finding]:
        """Look at the config and its companions."""
        run.certainly(run["dataset_size"] < 10)  # what others find then is no news to it
        for document in run.documents:
            entry = document.find(self.key)
            if not isinstance(entry, Entry) or document.find("more"):
                continue
            if value_of(entry.value) == self.old:
                fix = self.edit and Fix("do so", (self.edit(entry),), self.safe)
                yield self.found(run, f"{self.key} is wrong", place_of(entry), fix=fix)


@pytest.fixture
def box(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Return a function that adds a rule to an empty box."""
    rules: list[Own] = []

    def add(
        code: str,
        key: str,
        old: object,
        edit: Callable[[Entry], Edit] | None = None,
        *,
        safe: bool = True,
    ) -> None:
        rules.append(Own(code, key, old, edit, safe))

    for module in ("schedlint.policy", "schedlint.cli.check"):
        monkeypatch.setattr(f"{module}.in_the_box", lambda: tuple(rules))
    return add


@pytest.fixture
def three(box: Callable[..., None]) -> None:
    """Fill the box: `seed: 1` has a safe fix, `save_steps: 50` an unsafe one, `max_steps` none."""
    box("SL991", "seed", 1, lambda entry: SetValue(entry, 2))
    box("SL992", "save_steps", 50, lambda entry: SetValue(entry, 25), safe=False)
    box("SL993", "max_steps", 100)


# ---- what is fixed, what is left, and what is told


def test_everything_is_fixed(folder: Path) -> None:
    """The file is mended, the report says so at the place that it was, and the code is 0."""
    written("train.yaml")
    done = run("check", "--fix", *ONLY, "train.yaml")
    assert Path("train.yaml").read_text() == FIXED
    assert done == (
        0,
        b"train.yaml:3:1  fixed SL701 number-is-text: write 2.0e-5\n\n"
        b"Nothing found in 1 file. Fixed 1 finding.\n",
        "",
    )


def test_second_time(folder: Path) -> None:
    """What has been fixed is not fixed again, and the file not touched."""
    written("train.yaml", FIXED)
    assert run("check", "--fix", *ONLY, "train.yaml") == (0, b"Nothing found in 1 file.\n", "")
    assert untouched("train.yaml")


def test_nothing_is_fixed_without_the_option(three: None, folder: Path) -> None:
    """A plain check tells how many fixes there are of each kind, and writes nothing."""
    written("train.yaml")
    done = run("check", "train.yaml")
    offer = b" 1 can be fixed with --fix, 1 more with --unsafe-fixes."
    assert (done.code, offer in done.out) == (1, True)
    assert untouched("train.yaml")


def test_safe_fixes(three: None, folder: Path) -> None:
    """What is left is reported, and how many more fixes there would be."""
    written("train.yaml")
    done = run("check", "--fix", "train.yaml", "--output-format", "concise")
    assert Path("train.yaml").read_text() == CONFIG.replace("seed: 1", "seed: 2")
    lines = done.out.decode().splitlines()
    assert lines[0] == "train.yaml:6:1  fixed SL991 rule-991: do so"
    assert [line.split()[2] for line in lines[1:3]] == ["SL993", "SL992"]
    assert " Fixed 1 finding. 1 can be fixed with --unsafe-fixes." in lines[-1]
    assert done.code == 1


@pytest.mark.parametrize("options", [["--unsafe-fixes"], ["--fix", "--unsafe-fixes"]])
def test_unsafe_fixes(three: None, folder: Path, options: list[str]) -> None:
    """Both kinds are made, with or without the other option; what has no fix is left."""
    written("train.yaml")
    done = run("check", *options, "train.yaml")
    new = CONFIG.replace("seed: 1", "seed: 2").replace("save_steps: 50", "save_steps: 25")
    assert Path("train.yaml").read_text() == new
    assert b" Fixed 2 findings." in done.out
    assert b"can be fixed" not in done.out
    assert (done.code, done.err) == (1, "")


def test_report_for_programs(three: None, folder: Path) -> None:
    """What was fixed has a list of its own, and is not among the findings."""
    written("train.yaml")
    done = run("check", "--fix", "train.yaml", "--output-format", "json")
    report = json.loads(done.out)
    assert [each["code"] for each in report["fixed"]] == ["SL991"]
    assert report["fixed"][0]["start"] == {"line": 6, "column": 1}
    assert [each["code"] for each in report["findings"]] == ["SL993", "SL992"]


def test_fix_that_is_not_made(box: Callable[..., None]) -> None:
    """A finding whose fix was tried in vain says why, in every format, and is not offered again."""
    box("SL991", "seed", 1, lambda entry: SetValue(entry, 1))
    written("train.yaml")
    done = run("check", "--fix", "train.yaml")
    assert b"\n  safe fix: do so\n  not fixed: the finding would still stand\n" in done.out
    assert b"can be fixed" not in done.out
    assert (done.code, untouched("train.yaml")) == (1, True)
    report = json.loads(run("check", "--fix", "train.yaml", "--output-format", "json").out)
    assert report["findings"][0]["not_fixed"] == "the finding would still stand"


@pytest.mark.parametrize(
    ("options", "fixed"),
    [
        (["--select", "SL701"], True),
        (["--select", "SL7"], True),
        (["--select", "number-is-text"], True),
        (["--select", "SL301"], False),
        (["--ignore", "SL701"], False),
        (["--select", "SL7", "--ignore", "number-is-text"], False),
        (["--framework", "transformers"], True),
        (["--framework", "mmengine"], False),
    ],
)
def test_only_what_is_reported_is_fixed(folder: Path, options: list[str], fixed: bool) -> None:
    """Options that choose rules or say what a file is choose the fixes as well."""
    written("train.yaml")
    run("check", "--fix", *options, "train.yaml")
    assert (Path("train.yaml").read_text() == FIXED) is fixed
    assert untouched("train.yaml") is not fixed


def test_only_some_files_are_written(folder: Path) -> None:
    """Below a folder, those with fixes change and no other, whichever lies between them."""
    names = [f"configs/{number % 7}/run{number:03}.yaml" for number in range(200)]
    for number, name in enumerate(names):
        written(name, CONFIG if number % 3 == 0 else FIXED)
    written("configs/ci.yaml", "on: push\nlearning_rate: 2e-5\n")
    done = run("check", "--fix", *ONLY, "configs")
    assert done.code == 0
    assert done.out.count(b"  fixed SL701 ") == 67
    assert done.out.endswith(b"Nothing found in 200 files. Fixed 67 findings.\n")
    assert {Path(name).read_text() for name in names} == {FIXED}
    assert [untouched(name) for name in names] == [bool(number % 3) for number in range(200)]
    assert untouched("configs/ci.yaml")
    assert not [name for _, _, files in os.walk(".") for name in files if "schedlint" in name]


MARK = "\ufeff"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("last", [True, False])
@pytest.mark.parametrize(
    ("mark", "encoding"), [("", "utf-8"), (MARK, "utf-8"), (MARK, "utf-16-le"), (MARK, "utf-16-be")]
)
def test_bytes(folder: Path, end: str, last: bool, mark: str, encoding: str) -> None:
    """Line ends, byte order mark and encoding stay: nothing changes but the number."""
    old = (mark + CONFIG.replace("\n", end)).removesuffix("" if last else end).encode(encoding)
    new = old.replace("2e-5".encode(encoding), "2.0e-5".encode(encoding))
    written("train.yaml", old)
    assert run("check", "--fix", *ONLY, "train.yaml").code == 0
    assert Path("train.yaml").read_bytes() == new != old


def test_companion(folder: Path) -> None:
    """What is wrong in a file that the config names, or that is given with it, is mended there."""
    written("train.yaml", CLEAN + "deepspeed: ds.json\n")
    written("extra/run.yaml", CLEAN)
    for name in ("ds.json", "extra/ds.json"):
        written(name, DEEPSPEED.replace(": 4", ': "4"').replace('"2"', "2"))
    assert run("check", "--fix", *ONLY, "train.yaml").code == 0
    assert Path("ds.json").read_text() == DEEPSPEED.replace('"2"', "2")
    assert run("check", "--fix", *ONLY, "extra/run.yaml", "--with", "extra/ds.json").code == 0
    assert Path("extra/ds.json").read_text() == DEEPSPEED.replace('"2"', "2")
    assert untouched("train.yaml")
    assert untouched("extra/run.yaml")


# ---- one file by several ways, odd names


@pytest.mark.skipif(os.name == "nt", reason="needs symbolic links")
@pytest.mark.parametrize(
    "paths",
    [
        ["."],
        ["train.yaml", "link.yaml"],
        ["link.yaml", "train.yaml"],
        ["./train.yaml", "train.yaml", "{here}/train.yaml"],
        ["way/train.yaml", "train.yaml"],
        [".", "way", "{here}"],
    ],
)
def test_file_that_is_reached_twice(folder: Path, paths: list[str]) -> None:
    """However often and by whatever names a file is reached, it is mended once."""
    written("train.yaml", CONFIG + "deepspeed: ds.json\n")
    written("ds.json", DEEPSPEED.replace('"2"', "2"))
    Path("link.yaml").symlink_to("train.yaml")
    Path("way").symlink_to(".")
    done = run("check", "--fix", *ONLY, *(path.replace("{here}", str(folder)) for path in paths))
    assert (done.code, done.err) == (0, "")
    assert b" Fixed 1 finding." in done.out
    assert Path("train.yaml").read_text() == FIXED + "deepspeed: ds.json\n"
    assert os.readlink("link.yaml") == "train.yaml"


@pytest.mark.skipif(os.name == "nt", reason="no such names there")
@pytest.mark.parametrize(
    "name", ["two\nlines.yaml", "bell\a.yaml", "a b'\".yaml", "日本.yaml", "x" * 250 + ".yaml"]
)
def test_odd_names(folder: Path, name: str) -> None:
    """A file of any name is mended, and its name does no harm to a terminal."""
    written(name)
    done = run("check", "--fix", *ONLY, "--", name)
    assert (done.code, done.err, done.out.count(b"\n")) == (0, "", 3)
    assert b"\a" not in done.out
    assert Path(name).read_text() == FIXED
    Path(name).write_text(CONFIG)
    Path(name).chmod(0o444)
    done = run("check", "--fix", *ONLY, "--", name)
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert "\a" not in done.err


# ---- what cannot be written


def test_one_of_two_files_cannot_be_written(folder: Path) -> None:
    """The other is fixed; the report counts what was written, and the code is 2."""
    written("a.yaml").chmod(0o444)
    written("b.yaml")
    done = run("check", "--fix", *ONLY, ".")
    assert done.err == "schedlint: a.yaml: not fixed: it is read-only\n"
    assert done.code == 2
    text = done.out.decode()
    assert "b.yaml:3:1  fixed SL701" in text
    assert "a.yaml:3:1  error SL701" in text
    assert "\n  not fixed: it is read-only\n" in text
    assert text.splitlines()[-1].startswith("1 error in 2 files. Fixed 1 finding.")
    assert "can be fixed" not in text
    assert untouched("a.yaml")
    assert Path("b.yaml").read_text() == FIXED


def test_not_written_outweighs_fail_on(folder: Path) -> None:
    """What was to be written and was not is no success, whatever findings shall do."""
    written("a.yaml").chmod(0o444)
    assert run("check", "--fix", *ONLY, "a.yaml", "--fail-on", "never").code == 2
    assert run("check", *ONLY, "a.yaml", "--fail-on", "never").code == 0


@pytest.mark.skipif(os.name == "nt", reason="needs symbolic links")
def test_link_out_of_the_project(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """What a link leads to outside the project is read, and not written."""
    outside = written(str(tmp_path_factory.mktemp("outside") / "train.yaml"))
    Path("link.yaml").symlink_to(outside)
    done = run("check", "--fix", *ONLY, ".")
    assert done.err == (
        f"schedlint: link.yaml: not fixed: it is a link out of the project, to {outside}\n"
    )
    assert (done.code, untouched(outside)) == (2, True)


def test_file_that_cannot_be_read(folder: Path) -> None:
    """A missing file makes the code 2, and the others are fixed."""
    written("a.yaml")
    done = run("check", "--fix", *ONLY, "nowhere.yaml", "a.yaml")
    assert (done.code, done.err) == (2, "schedlint: nowhere.yaml: no such file\n")
    assert Path("a.yaml").read_text() == FIXED


@pytest.mark.parametrize("option", ["--fix", "--diff"])
def test_file_that_goes_meanwhile(
    folder: Path, monkeypatch: pytest.MonkeyPatch, option: str
) -> None:
    """A file that is gone when it is to be fixed is told in one line; the others are fixed."""
    from schedlint.cli import check as module

    written("a.yaml")
    written("b.yaml")

    def check_paths(paths: Any, policy: Any) -> Any:
        report = original(paths, policy)
        Path("a.yaml").unlink()
        return report

    original = module.check_paths
    monkeypatch.setattr(module, "check_paths", check_paths)
    done = run("check", option, *ONLY, "a.yaml", "b.yaml")
    assert done.code == 2
    assert done.err.count("a.yaml") == 1
    assert "schedlint: a.yaml: no such file\n" in done.err
    if option == "--fix":
        assert b" Fixed 1 finding." in done.out
        assert Path("b.yaml").read_text() == FIXED
    else:
        assert b"+learning_rate: 2.0e-5\n" in done.out
    assert not Path("a.yaml").exists()


@pytest.mark.parametrize("option", ["--fix", "--diff"])
def test_fixes_without_an_end(box: Callable[..., None], option: str) -> None:
    """Rules that undo each other are named on standard error, and the code is 2."""
    box("SL991", "seed", 1, lambda entry: SetValue(entry, 2))
    box("SL992", "seed", 2, lambda entry: SetValue(entry, 1))
    written("train.yaml")
    written("other.yaml", CONFIG.replace("seed: 1", "data_seed: 1"))
    done = run("check", option, ".")
    assert done.code == 2
    assert done.err.splitlines()[0] == (
        "schedlint: train.yaml: the fixes of rule-991, rule-992 do not come to an end; "
        "it is left as it was"
    )
    assert untouched("train.yaml")


# ---- the patch


def git_applies(patch: bytes) -> None:
    """Let git apply a patch in the working directory."""
    if shutil.which("git") is None:
        pytest.skip("git is not installed")
    alone = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    shutil.rmtree(".git", ignore_errors=True)
    subprocess.run(["git", "init", "-q", "."], env=alone, check=True, timeout=60)
    command = ["git", "-c", "core.autocrlf=false", "apply", "--whitespace=nowarn"]
    done = subprocess.run(
        command, input=patch, env=alone, capture_output=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("options", [["--diff"], ["--fix", "--diff"]])
def test_diff(folder: Path, options: list[str]) -> None:
    """The patch is all that is printed, nothing is written, and the code says that something
    would be."""
    written("train.yaml")
    done = run("check", *options, *ONLY, "train.yaml")
    lines = done.out.decode().splitlines()
    assert lines[:2] == ["--- a/train.yaml", "+++ b/train.yaml"]
    assert [line for line in lines[3:] if line[0] != " "] == [
        "-learning_rate: 2e-5",
        "+learning_rate: 2.0e-5",
    ]
    assert done.code == 1
    assert done.err == "schedlint: would fix 1 finding in 1 file\n"
    assert untouched("train.yaml")


def test_diff_of_nothing(three: None, folder: Path) -> None:
    """Where no fix would change anything, there is no patch and the code is 0, whatever is found;
    unsafe fixes are counted."""
    written("train.yaml", CONFIG.replace("seed: 1", "seed: 5"))
    done = run("check", "--diff", "train.yaml")
    assert done == (0, b"", "schedlint: would fix 1 finding with --unsafe-fixes\n")
    written("train.yaml", FIXED.replace("seed: 1", "seed: 5").replace("50", "30"))
    assert run("check", "--diff", "--unsafe-fixes", "train.yaml") == (0, b"", "")


def test_diff_with_unsafe_fixes(three: None, folder: Path) -> None:
    """They are in the patch where they are asked for, and counted where not."""
    written("train.yaml")
    done = run("check", "--diff", "train.yaml")
    assert b"save_steps: 25" not in done.out
    assert done.err == "schedlint: would fix 1 finding in 1 file, 1 more with --unsafe-fixes\n"
    done = run("check", "--diff", "--unsafe-fixes", "train.yaml")
    assert b"+save_steps: 25\n" in done.out
    assert done.err == "schedlint: would fix 2 findings in 1 file\n"
    assert (done.code, untouched("train.yaml")) == (1, True)


def test_diff_with_an_unreadable_file(folder: Path) -> None:
    """The code is 2 where something could not be read, patch or not."""
    written("train.yaml")
    done = run("check", "--diff", *ONLY, "nowhere.yaml", "train.yaml")
    assert (done.code, b"+learning_rate: 2.0e-5\n" in done.out) == (2, True)
    assert "schedlint: nowhere.yaml: no such file\n" in done.err


NAMES = ["train.yaml", "a b.yaml", "quo\"te's.yaml", "größe 日本.yaml", "two\nlines.yaml"]


@pytest.mark.parametrize("name", NAMES if os.name != "nt" else NAMES[:2])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("last", [True, False])
def test_diff_is_what_fix_writes(
    three: None, folder: Path, name: str, end: str, last: bool
) -> None:
    """git makes of the old file, by the patch, the very bytes that `--fix` writes."""
    text = CONFIG.replace("\n", end).removesuffix("" if last else end).encode()
    for path in (name, f"sub/{name}"):
        written(path, text)
    patch = run("check", "--diff", "--unsafe-fixes", ".").out
    assert run("check", "--unsafe-fixes", ".").code == 1
    by_fix = [Path(path).read_bytes() for path in (name, f"sub/{name}")]
    assert text not in by_fix
    for path in (name, f"sub/{name}"):
        written(path, text)
    git_applies(patch)
    assert [Path(path).read_bytes() for path in (name, f"sub/{name}")] == by_fix


def test_diff_below_the_top(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a subfolder of the repository, patch and git agree where the files lie."""
    written("train.yaml")
    written("configs/deep/train.yaml")
    git_applies(run("check", "--diff", *ONLY, "train.yaml").out)  # and makes the repository
    monkeypatch.chdir("configs")
    for path in ("deep", "../configs/deep/train.yaml", str(folder / "configs")):
        written("deep/train.yaml")
        patch = run("check", "--diff", *ONLY, path).out
        subprocess.run(["git", "apply"], input=patch, check=True, timeout=60)
        assert Path("deep/train.yaml").read_text() == FIXED


# ---- standard input


@pytest.mark.parametrize("path", [[], ["-"]])
def test_standard_input(folder: Path, path: list[str]) -> None:
    """The fixed text goes to standard output, the report to standard error, and no file changes."""
    written("train.yaml", "seed: 7\n")
    done = run(
        "check", "--fix", *ONLY, "--stdin-filename", "train.yaml", *path, stdin=CONFIG.encode()
    )
    assert done == (
        0,
        FIXED.encode(),
        "train.yaml:3:1  fixed SL701 number-is-text: write 2.0e-5\n\n"
        "Nothing found in 1 file. Fixed 1 finding.\n",
    )
    assert untouched("train.yaml")


def test_standard_input_as_a_file_that_is_not_there(folder: Path) -> None:
    """The name need not be that of a file, nor its folder be there."""
    done = run("check", "--fix", *ONLY, "--stdin-filename", "new/x.yaml", stdin=CONFIG.encode())
    assert (done.code, done.out) == (0, FIXED.encode())
    assert os.listdir(".") == [".git"]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (FIXED.encode(), 0),
        (CONFIG.encode("utf-16"), 0),
        ((MARK + CONFIG.replace("\n", "\r\n")).encode(), 0),
        (CONFIG.replace("\n", "\r").encode().removesuffix(b"\r"), 0),
        (b"", 0),
        (b"\n\n", 0),
        (b"on: push\nlearning_rate: 2e-5\n", 0),
        (b"per_device_train_batch_size: [4\nlearning_rate: 2e-5\n", 1),
        (b"a: 1\nb: \x00\n", 1),
        (b"\t{{ template }}\r\n", 1),
    ],
)
def test_standard_input_comes_out(folder: Path, data: bytes, code: int) -> None:
    """Whatever the text is, it comes out, changed in nothing but the number: an editor puts it in
    the place of its own."""
    done = run("check", "--fix", *ONLY, "--stdin-filename", "x.yaml", stdin=data)
    expected = data
    if code == 0 and b"per_device" in data.replace(b"\0", b""):
        for encoding in ("utf-16-le", "utf-8"):
            expected = expected.replace(
                "rate: 2e-5".encode(encoding), "rate: 2.0e-5".encode(encoding)
            )
        assert expected != data or data == FIXED.encode()
    assert (done.code, done.out) == (code, expected)


def test_standard_input_that_is_left(three: None, folder: Path) -> None:
    """What is left is told on standard error, and makes the code 1."""
    done = run("check", "--fix", "--stdin-filename", "x.yaml", stdin=CONFIG.encode())
    assert (done.code, done.out) == (1, CONFIG.replace("seed: 1", "seed: 2").encode())
    assert "x.yaml:4:1  error SL993 rule-993\n" in done.err
    done = run("check", "--unsafe-fixes", "--stdin-filename", "x.yaml", stdin=CONFIG.encode())
    assert b"save_steps: 25\n" in done.out


@pytest.mark.parametrize("output", ["json", "concise"])
def test_standard_input_in_other_formats(folder: Path, output: str) -> None:
    """Every format of the report goes to standard error then."""
    options = ("--fix", *ONLY, "--output-format", output, "--stdin-filename", "x.yaml")
    done = run("check", *options, stdin=CONFIG.encode())
    assert done.out == FIXED.encode()
    assert "SL701" in done.err
    if output == "json":
        assert json.loads(done.err)["fixed"][0]["file"] == "x.yaml"


def test_standard_input_and_its_companion(box: Callable[..., None]) -> None:
    """What is found in a file that the text names stays there: only the text is changed."""
    box("SL991", "zero_optimization.stage", "2", lambda entry: SetValue(entry, 2))
    written("ds.json", DEEPSPEED)
    text = f"{CONFIG}deepspeed: ds.json\n".encode()
    done = run("check", "--fix", "--stdin-filename", "x.yaml", stdin=text)
    assert (done.code, done.out, untouched("ds.json")) == (1, text, True)
    assert "\n  not fixed: it lies in another file than standard input\n" in done.err
    assert "Fixed" not in done.err
    assert run("check", "--diff", "--stdin-filename", "x.yaml", stdin=text)[:2] == (0, b"")


def test_standard_input_without_fixes(folder: Path) -> None:
    """A plain check of standard input reports to standard output."""
    done = run("check", *ONLY, "--stdin-filename", "x.yaml", "-", stdin=CONFIG.encode())
    assert (done.code, done.err) == (1, "")
    assert done.out.startswith(b"x.yaml:3:1  error SL701 number-is-text\n")


def test_patch_of_standard_input(folder: Path) -> None:
    """The patch is about the file of that name."""
    written("x.yaml", "seed: 7\n")
    done = run("check", "--diff", *ONLY, "--stdin-filename", "x.yaml", stdin=CONFIG.encode())
    assert (done.code, untouched("x.yaml")) == (1, True)
    written("x.yaml")
    git_applies(done.out)
    assert Path("x.yaml").read_text() == FIXED


@pytest.mark.parametrize("data", [b"a: caf\xe9\n", b"\xff\xfea", b"#" * 10_000_001])
def test_standard_input_that_is_no_config(folder: Path, data: bytes) -> None:
    """Bytes that are no text, or far too many, are one line, code 2, and nothing that an editor
    could take for a result."""
    done = run("check", "--fix", "--stdin-filename", "x.yaml", stdin=data)
    assert (done.code, done.out, done.err.count("\n")) == (2, b"", 1)
    assert done.err.startswith("schedlint: x.yaml:")


# ---- wrong usage


@pytest.mark.parametrize("fix", [[], ["--fix"], ["--diff"], ["--unsafe-fixes"]])
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["-"], "standard input (-) is read alone, with --stdin-filename NAME"),
        (["-", "train.yaml"], "standard input (-) is read alone, with --stdin-filename NAME"),
        (
            ["--stdin-filename", "x.yaml", "train.yaml"],
            "standard input (-) is read alone, with --stdin-filename NAME",
        ),
        (
            ["--stdin-filename", "x.yaml", "-", "train.yaml"],
            "standard input (-) is read alone, with --stdin-filename NAME",
        ),
        (["--stdin-filename", "sub"], "--stdin-filename 'sub' names no file"),
        (["--stdin-filename", "."], "--stdin-filename '.' names no file"),
        (["--stdin-filename", ""], "--stdin-filename '' names no file"),
    ],
)
def test_wrong_usage(folder: Path, fix: list[str], arguments: list[str], message: str) -> None:
    """What makes no sense is one line and code 2, and nothing is written or printed."""
    written("train.yaml")
    written("sub/train.yaml")
    done = run("check", *fix, *arguments, stdin=CONFIG.encode())
    assert done == (2, b"", f"schedlint: {message}\n")
    assert untouched("train.yaml")
    assert untouched("sub/train.yaml")


@pytest.mark.parametrize("output", ["json", "concise"])
def test_patch_in_another_format(folder: Path, output: str) -> None:
    """A patch has one form: a program that asks for another is not left guessing."""
    written("train.yaml")
    done = run("check", "--diff", "--output-format", output, "train.yaml")
    assert done == (2, b"", "schedlint: --diff prints a patch and takes no other form of output\n")


@pytest.mark.parametrize("option", [["--select", "SL999"], ["--framework", "nonsense"]])
def test_wrong_names_with_fixes(folder: Path, option: list[str]) -> None:
    """A name that nothing has is told before anything is written."""
    written("train.yaml")
    done = run("check", "--fix", *option, "train.yaml")
    assert (done.code, done.out, untouched("train.yaml")) == (2, b"", True)
    done = run("check", "--fix", *option, "--stdin-filename", "x.yaml", stdin=CONFIG.encode())
    assert (done.code, done.out) == (2, b"")


# ---- edits for programs


LINE_END = re.compile(r"\r\n|\n|\r")


def spliced(text: str, edits: list[dict[str, Any]]) -> str:
    """A text with edits made, by what the interface says of their positions and nothing else."""
    body = text.removeprefix(MARK)
    starts = [0, *(end.end() for end in LINE_END.finditer(body))]

    def offset(point: dict[str, int]) -> int:
        return starts[point["line"] - 1] + point["column"] - 1

    for edit in sorted(edits, key=lambda each: offset(each["start"]), reverse=True):
        body = body[: offset(edit["start"])] + edit["text"] + body[offset(edit["end"]) :]
    return text[: len(text) - len(text.removeprefix(MARK))] + body


EDITS: dict[str, tuple[str, object, Callable[[Entry], Edit]]] = {
    "set": ("seed", 1, lambda entry: SetValue(entry, 22)),
    "set text": ("output_dir", "🙂", lambda entry: SetValue(entry, "größer 日本")),
    "rename": ("max_steps", 100, lambda entry: RenameKey(entry, "Höchstens")),
    "insert": ("seed", 1, lambda entry: InsertKey(entry, "more", 1.5)),
    "insert behind the first": ("output_dir", "🙂", lambda entry: InsertKey(entry, "more", True)),
    "delete the first": ("output_dir", "🙂", DeleteKey),
    "delete": ("max_steps", 100, DeleteKey),
    "delete the last": ("seed", 1, DeleteKey),
}
KEYS = "per_device_train_batch_size"
TEXTS = {
    "x.yaml": f'output_dir: "🙂"  # größe 日本\n{KEYS}: 4\nmax_steps: 100\nseed: 1\n',
    "y.yaml": f'{{output_dir: "🙂", {KEYS}: 4, é: ü, max_steps: 100,\n 日: 本, seed: 1}}\n',
    "x.json": f'{{"output_dir": "🙂",\n "{KEYS}": 4, "é": "ü", "max_steps": 100, "seed": 1\n}}\n',
    "x.toml": f'output_dir = "🙂" # é\n{KEYS} = 4\nmax_steps = 100\nseed = 1\n',
}
FORMS = [
    ("\n", "", True, "utf-8"),
    ("\r\n", MARK, False, "utf-8"),
    ("\r\n", MARK, True, "utf-16-le"),
    ("\r", "", False, "utf-8"),
]
NAMES_AND_FORMS = [
    (name, *form)
    for name in TEXTS
    for form in FORMS
    if (name, form[0]) != ("x.toml", "\r")  # TOML knows no such line end
]


@pytest.mark.parametrize(("name", "end", "mark", "last", "encoding"), NAMES_AND_FORMS)
@pytest.mark.parametrize("kind", EDITS)
def test_edits_give_the_fixed_text(
    box: Callable[..., None], kind: str, name: str, end: str, mark: str, last: bool, encoding: str
) -> None:
    """A program that makes the edits of the report gets the text that `--fix` writes."""
    text = mark + TEXTS[name].replace("\n", end).removesuffix("" if last else end)
    written(name, text.encode(encoding))
    box("SL991", *EDITS[kind])
    options = (name, "--framework", "transformers")
    report = json.loads(run("check", *options, "--output-format", "json").out)
    (finding,) = report["findings"]
    edits = finding["fix"]["edits"]
    assert {each["file"] for each in edits} == {name}
    done = run("check", "--fix", *options)
    assert (done.code, b" Fixed 1 finding." in done.out) == (0, True)
    assert Path(name).read_bytes().decode(encoding) == spliced(text, edits) != text


def test_edits_of_several_findings(box: Callable[..., None]) -> None:
    """The edits of all findings are about the same text, and can be made together."""
    for number, (key, old, edit) in enumerate(
        EDITS[each] for each in ("set", "rename", "set text")
    ):
        box(f"SL99{number}", key, old, edit)
    written("x.yaml", TEXTS["x.yaml"])
    report = json.loads(run("check", "x.yaml", "--output-format", "json").out)
    edits = [edit for finding in report["findings"] for edit in finding["fix"]["edits"]]
    assert len(edits) == 3
    assert run("check", "--fix", "x.yaml").code == 0
    assert Path("x.yaml").read_text() == spliced(TEXTS["x.yaml"], edits)


# ---- what it costs, and where it prints


def test_clean_file_costs_nothing_more(tmp_path: Path) -> None:
    """Where there is nothing to fix, the option imports nothing."""
    (tmp_path / "clean.yaml").write_text(CLEAN)
    plain = loaded(tmp_path, "check", "clean.yaml")
    assert loaded(tmp_path, "check", "--fix", "clean.yaml") == plain
    assert loaded(tmp_path, "check", "--unsafe-fixes", "clean.yaml") == plain


TOP = Path(__file__).resolve().parents[2]


def process(*arguments: str, **named: Any) -> subprocess.CompletedProcess[bytes]:
    """Run schedlint as a process of its own."""
    env = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(TOP), str(TOP / "rules")]),
        **named.pop("env", {}),
    }
    if "stdout" not in named:
        named["stdout"] = subprocess.PIPE
    return subprocess.run(
        [sys.executable, "-m", "schedlint", *arguments],
        stderr=subprocess.PIPE,
        env=env,
        timeout=60,
        check=False,
        **named,
    )


WAYS = [
    ["check", "--fix", *ONLY, "train.yaml"],
    ["check", "--diff", *ONLY, "train.yaml"],
    ["check", "--fix", *ONLY, "--stdin-filename", "train.yaml"],
    ["check", "--diff", *ONLY, "--stdin-filename", "train.yaml", "-"],
]


@pytest.mark.parametrize("arguments", WAYS)
def test_narrow_console(folder: Path, arguments: list[str]) -> None:
    """A console that cannot show a sign is no reason to fail, nor to spoil the text."""
    written("train.yaml")
    ascii_only = {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0", "LC_ALL": "C"}
    done = process(*arguments, env=ascii_only, input=CONFIG.encode())
    assert done.returncode == int("--diff" in arguments)
    assert b"Traceback" not in done.stderr
    if "--diff" in arguments or "--stdin-filename" in arguments:
        assert "größe".encode() in done.stdout


@pytest.mark.skipif(os.name == "nt", reason="pipes differ there")
@pytest.mark.parametrize("arguments", WAYS)
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_closed_pipe(folder: Path, arguments: list[str], unbuffered: str) -> None:
    """Where nobody reads on, the command ends without a word; what was to be written is."""
    written("train.yaml")
    reading, writing = os.pipe()
    os.close(reading)
    with open(writing, "wb") as pipe:
        env = {"PYTHONUNBUFFERED": unbuffered}
        done = process(*arguments, stdout=pipe, env=env, input=CONFIG.encode())
    assert b"Traceback" not in done.stderr
    assert done.returncode == 1
    if arguments == WAYS[0]:
        assert Path("train.yaml").read_text() == FIXED


def shell(line: str, *arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """Run schedlint by a line of the shell, in which it is `"$@"`."""
    paths = os.pathsep.join([str(TOP), str(TOP / "rules")])
    return subprocess.run(
        ["/bin/sh", "-c", line, "sh", sys.executable, "-m", "schedlint", *arguments],
        input=stdin,
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        timeout=60,
        check=False,
    )


needs_shell = pytest.mark.skipif(not os.path.exists("/bin/sh"), reason="needs a shell")


@needs_shell
@pytest.mark.parametrize("arguments", WAYS)
def test_closed_output(folder: Path, arguments: list[str]) -> None:
    """Without a standard output, files are fixed in silence; a text that cannot be printed is told
    as lost."""
    written("train.yaml")
    done = shell('"$@" >&-', *arguments, stdin=CONFIG.encode())
    assert b"Traceback" not in done.stderr
    if arguments == WAYS[0]:
        assert (done.returncode, done.stderr) == (0, b"")
        assert Path("train.yaml").read_text() == FIXED
    else:
        assert (done.returncode, untouched("train.yaml")) == (2, True)
        assert done.stderr == b"schedlint: standard output is closed\n"


@needs_shell
@pytest.mark.parametrize("arguments", WAYS[2:])
def test_closed_input(folder: Path, arguments: list[str]) -> None:
    """Without a standard input there is nothing to read: one line, and code 2."""
    done = shell('"$@" <&-', *arguments)
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr == b"schedlint: standard input is closed\n"


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a device that is full")
@pytest.mark.parametrize("arguments", WAYS)
def test_full_output(folder: Path, arguments: list[str]) -> None:
    """Where the output finds no room, the code is 2: 1 would say that all of it is there."""
    written("train.yaml")
    with open("/dev/full", "wb") as full:
        done = process(*arguments, stdout=full, input=CONFIG.encode())
    assert (done.returncode, done.stderr.count(b"\n")) == (2, 1)
    assert done.stderr.startswith(b"schedlint: standard output: ")


@needs_shell
def test_output_that_takes_a_part(folder: Path) -> None:
    """Where a part of the text finds room and no buffer says so, the code is 2 all the same."""
    if sys.platform == "win32":
        pytest.skip("no such limits there")
    text = CONFIG.encode() + b"# more\n" * 1_000
    line = 'ulimit -f 1; PYTHONUNBUFFERED=1 "$@" > out.txt'
    done = shell(line, "check", "--fix", *ONLY, "--stdin-filename", "x.yaml", stdin=text)
    assert 0 < os.stat("out.txt").st_size < len(text)
    assert done.returncode == 2
    assert b"schedlint: standard output: " in done.stderr
