"""What cannot be read or makes no sense: one clear message each, and never a traceback."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import CLEAN, LONG_WARMUP, Schedlint

BROKEN = "output_dir: out\nper_device_train_batch_size: 4\nwarmup_steps: [1, 2\n"


def real_command(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run schedlint as a process of its own."""
    code = "from schedlint.cli import main; main()"
    top = Path(__file__).resolve().parents[2]
    paths = os.pathsep.join([str(top), str(top / "rules")])
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )


def test_real_command_findings(folder: Path) -> None:
    """The process ends with 1 where something was found, and says nothing on standard error."""
    (folder / "warmup.yaml").write_text(LONG_WARMUP)
    done = real_command(folder, "check", "warmup.yaml")
    assert done.returncode == 1
    assert done.stdout.startswith("warmup.yaml:4:1  error SL301 warmup-outlasts-training\n")
    assert done.stderr == ""


def test_real_command_missing_file(folder: Path) -> None:
    """A file that is not there is one line on standard error and code 2."""
    done = real_command(folder, "check", "nowhere.yaml")
    assert (done.returncode, done.stderr) == (2, "schedlint: nowhere.yaml: no such file\n")


def test_real_command_wrong_option(folder: Path) -> None:
    """A wrong option is named, on standard error, without a traceback."""
    done = real_command(folder, "check", "--nonsense")
    assert done.returncode == 2
    assert "--nonsense" in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_real_command_on_a_narrow_console(folder: Path) -> None:
    """A console that cannot show box lines gets stand-ins and not a traceback."""
    (folder / "warmup.yaml").write_text(LONG_WARMUP)
    code = "from schedlint.cli import main; main()"
    top = Path(__file__).resolve().parents[2]
    done = subprocess.run(
        [sys.executable, "-c", code, "check", "warmup.yaml"],
        cwd=folder,
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(top), str(top / "rules")]),
            "PYTHONIOENCODING": "ascii",
        },
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr == b""
    assert done.stdout.isascii()


@pytest.mark.parametrize("text", [BROKEN, "a: b: c\n", "x: 'never closed\n", "\tx: 1\n"])
def test_named_file_that_is_no_yaml(schedlint: Schedlint, folder: Path, text: str) -> None:
    """A syntax error in a file that was named is a finding with a place and a code frame."""
    (folder / "x.yaml").write_text(text)
    outcome = schedlint("check", "x.yaml")
    assert outcome.code == 1
    assert outcome.out.startswith("x.yaml:")
    assert "error SL801 cannot-be-parsed\n" in outcome.out
    assert " │ " in outcome.out
    assert outcome.out.endswith("1 error in 1 file.\n")
    assert outcome.err == ""


def test_place_of_a_syntax_error(schedlint: Schedlint, folder: Path) -> None:
    """The place is where the reader stumbles: behind the key, at the second colon."""
    (folder / "x.yaml").write_text("first: 1\nsecond: third: 3\n")
    outcome = schedlint("check", "x.yaml")
    assert outcome.out.startswith("x.yaml:2:14  error SL801")
    frame = outcome.out.splitlines()[3:5]
    assert frame[0] == "  2 │ second: third: 3"
    assert frame[1].index("^") == frame[0].rindex(":")


def test_broken_json(schedlint: Schedlint, folder: Path) -> None:
    """Half a JSON file is the same kind of finding."""
    (folder / "ds.json").write_text('{"train_batch_size": 8,\n')
    outcome = schedlint("check", "ds.json")
    assert outcome.code == 1
    assert "SL801" in outcome.out


@pytest.mark.parametrize(
    "text",
    [
        '{"train_batch_size": GB_SIZE,\n "train_micro_batch_size_per_gpu": 4}\n',
        "learning_rate: {{ rate }}\nmax_steps: [\n",
    ],
)
def test_template_on_a_walk(schedlint: Schedlint, folder: Path, text: str) -> None:
    """What holds placeholders is no config yet; named, it is owed an answer."""
    (folder / "template.json").write_text(text, encoding="utf-8")
    done = schedlint("check", ".")
    assert (done.code, "SL801" in done.out) == (0, False)
    assert schedlint("check", "template.json").code == 1


def test_broken_file_on_a_walk_that_looks_like_training(schedlint: Schedlint, folder: Path) -> None:
    """Below a folder, a broken file is reported when it names keys of training."""
    (folder / "x.yaml").write_text(BROKEN)
    outcome = schedlint("check", ".")
    assert outcome.code == 1
    assert outcome.out.startswith("x.yaml:4:1  error SL801")


def test_broken_file_on_a_walk_of_another_kind(schedlint: Schedlint, folder: Path) -> None:
    """Templates of other tools end in .yaml, too: silence."""
    (folder / "chart.yaml").write_text("name: {{ .Values.name }}\nkind: {{ if }}\n")
    outcome = schedlint("check", ".")
    assert outcome == (0, "No training config found.\n", "")


@pytest.mark.parametrize("data", [b"\x7fELF\xff\x00\x01", b"a: caf\xe9\n", b"a: \xff\xff\n"])
def test_named_file_that_is_no_text(schedlint: Schedlint, folder: Path, data: bytes) -> None:
    """Bytes that are no text are one line on standard error and code 2."""
    (folder / "x.yaml").write_bytes(data)
    outcome = schedlint("check", "x.yaml")
    assert outcome.code == 2
    assert outcome.err.count("\n") == 1
    assert outcome.err.startswith("schedlint: x.yaml:1:")
    assert "not UTF-8 text" in outcome.err
    assert outcome.out == "Nothing checked. 1 file could not be read.\n"


def test_named_file_with_a_nul(schedlint: Schedlint, folder: Path) -> None:
    """A NUL character says that the file is binary."""
    (folder / "x.yaml").write_bytes(b"a: 1\nb: \x00\n")
    outcome = schedlint("check", "x.yaml")
    assert outcome.code == 1
    assert outcome.out.startswith("x.yaml:2:4  error SL801")
    assert "binary" in outcome.out


def test_files_on_a_walk_that_cannot_be_configs(schedlint: Schedlint, folder: Path) -> None:
    """Below a folder, bytes that are no text and links to nowhere are passed over in silence."""
    (folder / "x.yaml").write_bytes(b"\x89PNG\xff\x00")
    (folder / "gone.yaml").symlink_to("nowhere")
    (folder / "data.json").write_bytes(b"[" + b"1," * 5_000_001 + b"1]")
    assert schedlint("check", ".") == (0, "No training config found.\n", "")


@pytest.mark.parametrize("text", ["", "\n\n", " \n"])
def test_empty_file(schedlint: Schedlint, folder: Path, text: str) -> None:
    """A named file without content gets a notice, and code 0."""
    (folder / "x.yaml").write_text(text)
    outcome = schedlint("check", "x.yaml")
    assert outcome == (0, "No training config found.\n", "schedlint: x.yaml: is empty\n")


@pytest.mark.parametrize("text", ["- a\n- b\n", "just text\n", "name: ci\non: push\n", "42\n"])
def test_named_file_of_another_kind(schedlint: Schedlint, folder: Path, text: str) -> None:
    """A named file that is no training config gets one notice that says what to do, and code 0."""
    (folder / "x.yaml").write_text(text)
    outcome = schedlint("check", "x.yaml")
    assert outcome.code == 0
    assert outcome.err == (
        "schedlint: x.yaml: not recognised as a training config; "
        "name its framework with --framework\n"
    )


def test_missing_file_and_another(schedlint: Schedlint, long_warmup: Path) -> None:
    """A missing file makes the code 2; the other file is still checked."""
    outcome = schedlint("check", "nowhere.yaml", long_warmup)
    assert outcome.code == 2
    assert outcome.err == "schedlint: nowhere.yaml: no such file\n"
    assert "SL301" in outcome.out
    assert "\n1 error in 1 file." in outcome.out
    assert " 1 file could not be read." in outcome.out


def test_file_without_permission(schedlint: Schedlint, clean: Path) -> None:
    """A named file that may not be read is an error of its own."""
    clean.chmod(0)
    if os.access(clean, os.R_OK):
        pytest.skip("this user may read everything")
    outcome = schedlint("check", clean)
    assert (outcome.code, outcome.err) == (2, "schedlint: clean.yaml: no permission to read it\n")


def test_file_that_the_system_refuses(
    schedlint: Schedlint, clean: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the system says when a file cannot be opened is passed on in one line."""

    def refuse(*arguments: object, **named: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("builtins.open", refuse)
    outcome = schedlint("check", clean)
    assert (outcome.code, outcome.err) == (2, "schedlint: clean.yaml: no permission to read it\n")


def test_folder_without_configs(schedlint: Schedlint, folder: Path) -> None:
    """A folder with nothing to check is no mistake."""
    (folder / "notes.txt").write_text("per_device_train_batch_size: 4\n")
    assert schedlint("check", folder) == (0, "No training config found.\n", "")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--assume", "wurld_size=3"], "'wurld_size' is not a quantity; did you mean world_size?"),
        (["--assume", "world_size"], "--assume world_size: write NAME=VALUE"),
        (["--assume", "gpu="], "--assume gpu=: write NAME=VALUE"),
        (["--world-size", "eight"], "world_size needs a whole number, found 'eight'"),
        (["--world-size", "3.5"], "world_size needs a whole number, found '3.5'"),
        (["--world-size", "1/0"], "world_size needs a whole number, found '1/0'"),
        (["--world-size", "nan"], "world_size needs a whole number, found 'nan'"),
        (["--world-size", "1e999999999"], "world_size needs a whole number, found '1e999999999'"),
        (["--world-size", "1e40"], "world_size cannot be that large: 1e40"),
        (["--world-size", "0"], "world_size is at least 1, found 0"),
        (["--world-size", "-4"], "world_size is at least 1, found -4"),
        (["--dataset-size", "-1"], "dataset_size is at least 0, found -1"),
        (
            ["--world-size", "8", "--assume", "world_size=4"],
            "--world-size 8 and --assume world_size=4 cannot both be true",
        ),
        (["--select", "SL999"], "there is no rule 'SL999'; schedlint rule --all lists them"),
        (
            ["--select", "warmup-outlast-training"],
            "there is no rule 'warmup-outlast-training'; did you mean warmup-outlasts-training?",
        ),
        (["--ignore", "nonsense"], "there is no rule 'nonsense'; schedlint rule --all lists them"),
        (["--framework", "axolotle"], "there is no framework 'axolotle'; did you mean axolotl?"),
        (
            ["--package", "transformers"],
            "'transformers' names no version; write transformers==VERSION",
        ),
        (
            ["--package", "transformers=4.57"],
            "'transformers=4.57' is no version specification such as "
            "'transformers==4.57.6' or 'trl>=0.15,<0.20'",
        ),
        (["--package", "trl>=0.20,<0.15"], "'trl>=0.20,<0.15' leaves no version"),
        (
            ["--package", "trl>=0.20", "--package", "trl<0.15"],
            "--package: no version of trl fits all that is asked of it",
        ),
        (["--with", "nowhere.json"], "nowhere.json: no such file"),
        (
            ["--with", "other.yaml"],
            "other.yaml: not recognised as a training config; name it with --framework",
        ),
    ],
)
def test_wrong_usage(
    schedlint: Schedlint, folder: Path, clean: Path, arguments: list[str], message: str
) -> None:
    """Each mistake on the command line is one line on standard error and code 2, in both
    commands."""
    (folder / "other.yaml").write_text("- a\n- b\n")
    outcome = schedlint("check", clean, *arguments)
    assert outcome == (2, "", f"schedlint: {message}\n")
    if arguments[0] not in ("--select", "--ignore"):
        assert schedlint("derive", clean, *arguments) == outcome


def test_number_with_underscores_and_exponent(schedlint: Schedlint, open_config: Path) -> None:
    """Numbers are written as in Python and as in YAML."""
    outcome = schedlint("derive", open_config, "--dataset-size", "1_200_000", "--world-size", "1e2")
    lines = [line.split() for line in outcome.out.splitlines()]
    assert ["dataset_size", "1,200,000", "samples", "--dataset-size", "1_200_000"] in lines
    assert ["world_size", "100", "processes", "--world-size", "1e2"] in lines


def test_package_that_matters_to_no_framework(schedlint: Schedlint, clean: Path) -> None:
    """A version without any effect is said aloud, and the check goes on."""
    outcome = schedlint("check", clean, "--package", "transfomers==4.57.6")
    assert outcome.code == 0
    assert outcome.err == (
        "schedlint: --package transfomers: no framework depends on it; did you mean transformers?\n"
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--why", "total_stepz"], "--why: 'total_stepz' is not a quantity; did you mean"),
        (["--sweep", "world=1,2"], "--sweep: 'world' is not a quantity; did you mean world_size?"),
        (["--sweep", "world_size"], "--sweep world_size: write NAME=VALUE,VALUE,…"),
        (["--sweep", "world_size="], "--sweep world_size=: write NAME=VALUE,VALUE,…"),
        (["--sweep", "world_size=1,,2"], "--sweep: world_size needs a whole number, found ''"),
        (["--sweep", "world_size=0"], "--sweep: world_size is at least 1, found 0"),
        (["--why", "epochs", "--output-format", "json"], "--why and --sweep are shown as text"),
    ],
)
def test_wrong_usage_of_derive(
    schedlint: Schedlint, clean: Path, arguments: list[str], message: str
) -> None:
    """The options of `derive` alone are checked before anything is printed."""
    outcome = schedlint("derive", clean, *arguments)
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.startswith(f"schedlint: {message}")
    assert outcome.err.count("\n") == 1


def test_derive_on_broken_files(schedlint: Schedlint, folder: Path, clean: Path) -> None:
    """What cannot be read is told on standard error, the rest is still shown, the code is 2."""
    (folder / "broken.yaml").write_text(BROKEN)
    outcome = schedlint("derive", "broken.yaml", clean, "nowhere.yaml", ".")
    assert outcome.code == 2
    assert outcome.out.startswith("clean.yaml · transformers\n")
    errors = outcome.err.splitlines()
    assert errors[0].startswith("schedlint: broken.yaml:4:1: ")
    assert errors[1:] == [
        "schedlint: nowhere.yaml: no such file",
        "schedlint: .: is a folder, not a file",
    ]


def test_rule_that_does_not_exist(schedlint: Schedlint) -> None:
    """`rule` offers the nearest, says what a prefix stands for and wants one name or --all."""
    assert schedlint("rule", "no-optimiser-step").err == (
        "schedlint: there is no rule 'no-optimiser-step'; did you mean no-optimizer-step?\n"
    )
    several = schedlint("rule", "SL3")
    assert (several.code, several.out) == (2, "")
    assert "SL301, SL302" in several.err
    assert schedlint("rule").err == "schedlint: name one rule, or give --all\n"


def test_framework_that_does_not_exist(schedlint: Schedlint) -> None:
    """`frameworks` offers the nearest."""
    outcome = schedlint("frameworks", "deepspeeed")
    assert outcome.code == 2
    assert outcome.err.endswith("did you mean deepspeed?\n")


def test_strange_names_of_files_reach_no_terminal(schedlint: Schedlint, folder: Path) -> None:
    """A file's name may hold what a terminal would obey; messages show it as an escape."""
    name = "x\x1b[31m.yaml"
    (folder / name).write_text("- a\n")
    outcome = schedlint("check", name)
    assert "\x1b" not in outcome.err
    assert "x\\x1b[31m.yaml" in outcome.err
    (folder / name).write_text(CLEAN.replace("10\n", "2000\n"))
    for outcome in (schedlint("check", name), schedlint("derive", name)):
        assert "\x1b" not in outcome.out
        assert "x\\x1b[31m.yaml" in outcome.out
