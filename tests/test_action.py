"""The GitHub action: valid, safe against what its inputs hold, and its scripts do what they say."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

ACTION = Path(__file__).resolve().parents[1] / "action.yml"
if not ACTION.is_file():
    pytest.skip("this is no checkout: there is no action", allow_module_level=True)
DEFINED: dict[str, Any] = yaml.safe_load(ACTION.read_text(encoding="utf-8"))
STEPS: list[dict[str, Any]] = DEFINED["runs"]["steps"]
INSTALL, CHECK, UPLOAD, FAIL = STEPS

HOSTILE = "a b; touch hacked\n$(touch hacked)\n--`touch hacked`\n\n*\n"
"""What a pull request may bring into an input."""

RECORDER = """\
#!{python}
import json, os, sys
with open({calls!r}, "a") as file:
    file.write(json.dumps(sys.argv[1:]) + "\\n")
if sys.argv[1:3] == ["-m", "venv"]:
    os.makedirs(sys.argv[3] + "/bin")
    for name in ("python", "schedlint"):
        os.link(sys.argv[0], sys.argv[3] + "/bin/" + name)
if "--output-file" in sys.argv and {writes}:
    with open(sys.argv[sys.argv.index("--output-file") + 1], "w") as file:
        file.write("{{}}")
sys.exit({code})
"""

needs_bash = pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")


class Done(NamedTuple):
    """A step that was run: how it ended, what it called, and its outputs."""

    code: int
    calls: list[list[str]]
    outputs: str
    said: str


def run(
    step: dict[str, Any], folder: Path, code: int = 0, *, writes: bool = True, **env: str
) -> Done:
    """Run a step's script with stand-ins for Python and schedlint that write down their calls."""
    bin_, calls, outputs = folder / "bin", folder / "calls", folder / "outputs"
    bin_.mkdir()
    outputs.touch()
    text = RECORDER.format(python=sys.executable, calls=str(calls), code=code, writes=writes)
    for name in ("python3", "schedlint"):
        (bin_ / name).write_text(text)
        (bin_ / name).chmod(0o755)
    here = folder / "workspace"
    here.mkdir()
    done = subprocess.run(
        # As GitHub runs `shell: bash`.
        ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", step["run"]],
        cwd=here,
        env={
            "PATH": os.pathsep.join([str(bin_), os.environ["PATH"]]),
            "RUNNER_TEMP": str(folder),
            "GITHUB_OUTPUT": str(outputs),
            "GITHUB_ACTION_PATH": "/the/action",
            "BIN": str(bin_),
            **env,
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert not list(folder.rglob("hacked"))
    lines = calls.read_text().splitlines() if calls.exists() else []
    called = [json.loads(line) for line in lines]
    return Done(done.returncode, called, outputs.read_text(), done.stderr)


def inputs(**given: str) -> dict[str, str]:
    """The environment of the step that checks, with some inputs and the defaults of the others."""
    names = {
        "PATHS": "paths",
        "ARGUMENTS": "arguments",
        "FAIL_ON": "fail-on",
        "UPLOAD": "sarif",
        "SARIF_FILE": "sarif-file",
    }
    defaults = {name: DEFINED["inputs"][key]["default"] for name, key in names.items()}
    return {**defaults, **given}


def test_schema() -> None:
    """The public schema of actions finds nothing wrong with it."""
    if find_spec("check_jsonschema") is None:
        pytest.skip("check-jsonschema is not installed")
    command = (sys.executable, "-m", "check_jsonschema", "--builtin-schema")
    done = subprocess.run(
        [*command, "vendor.github-actions", str(ACTION)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_no_input_stands_in_a_script() -> None:
    """An expression in a script would be run as what it holds; in the environment it is text."""
    for step in STEPS:
        assert "${{" not in step.get("run", "")
        assert "shell" in step or "uses" in step


def test_every_input_is_used_and_every_use_is_an_input() -> None:
    """An input that is misspelt would be empty, and nothing would say so."""
    text = json.dumps(DEFINED["runs"])
    assert set(re.findall(r"inputs\.([\w-]+)", text)) == set(DEFINED["inputs"])


@needs_bash
@pytest.mark.parametrize(("version", "what"), [("", "/the/action"), ("0.1.0", "schedlint==0.1.0")])
def test_install(tmp_path: Path, version: str, what: str) -> None:
    """The version that is asked for, or the action's own, goes into an environment of its own."""
    done = run(INSTALL, tmp_path, VERSION=version)
    assert done.code == 0, done.said
    venv, pip = done.calls
    assert venv == ["-m", "venv", f"{tmp_path}/schedlint"]
    assert pip[:3] == ["-m", "pip", "install"]
    assert pip[-1] == what
    assert done.outputs == f"bin={tmp_path}/schedlint/bin\n"


@needs_bash
@pytest.mark.parametrize("version", [HOSTILE, "1 --index-url x", "@ https://example.org/x", "$(x)"])
def test_no_version(tmp_path: Path, version: str) -> None:
    """What is no version is not handed to pip."""
    done = run(INSTALL, tmp_path, VERSION=version)
    assert done.code == 2
    assert done.calls == []


@needs_bash
def test_check(tmp_path: Path) -> None:
    """Findings go to the file, and once more to the log; the step itself does not fail."""
    done = run(CHECK, tmp_path, 1, **inputs())
    assert done.code == 0, done.said
    first, second = done.calls
    report = ["--output-format", "sarif", "--output-file", "schedlint.sarif"]
    assert first == ["check", "--fail-on", "warning", *report, "--", "."]
    assert second == ["check", "--fail-on", "warning", "--output-format", "text", "--", "."]
    lines = done.outputs.splitlines()
    assert lines[0] == "exit-code=1"
    assert lines[2] == "schedlint.sarif"
    assert lines[1] == f"sarif-file<<{lines[3]}"


@needs_bash
def test_inputs_stay_text(tmp_path: Path) -> None:
    """Each line of an input is one word of the command, whatever signs it holds."""
    done = run(CHECK, tmp_path, **inputs(PATHS=HOSTILE, ARGUMENTS=HOSTILE, FAIL_ON="$(id)"))
    words = [line for line in HOSTILE.splitlines() if line]
    first = done.calls[0]
    assert first[:3] == ["check", "--fail-on", "$(id)"]
    assert first[3 : 3 + len(words)] == words
    assert first[first.index("--") + 1 :] == words


@needs_bash
def test_a_file_of_any_name(tmp_path: Path) -> None:
    """A name with line ends makes no output of its own."""
    done = run(CHECK, tmp_path, **inputs(SARIF_FILE="a\nexit-code=0\nb"))
    lines = done.outputs.splitlines()
    assert lines[1].removeprefix("sarif-file<<") == lines[-1]
    assert lines[2:-1] == ["a", "exit-code=0", "b"]


@needs_bash
def test_without_upload(tmp_path: Path) -> None:
    """Where nothing is uploaded the log holds annotations."""
    done = run(CHECK, tmp_path, **inputs(UPLOAD="false"))
    assert done.calls[1][3:5] == ["--output-format", "github"]


@needs_bash
def test_nothing_to_upload(tmp_path: Path) -> None:
    """A file that was there before is not taken for a report that could not be written."""
    (tmp_path / "old.sarif").write_text("{}")
    done = run(CHECK, tmp_path, 2, writes=False, **inputs(SARIF_FILE="../old.sarif"))
    assert done.outputs == "exit-code=2\n"
    assert "sarif-file != ''" in UPLOAD["if"]


@needs_bash
def test_no_paths(tmp_path: Path) -> None:
    """An empty input means the whole workspace."""
    done = run(CHECK, tmp_path, **inputs(PATHS=""))
    assert done.calls[0][-2:] == ["--", "."]


@needs_bash
@pytest.mark.parametrize("code", ["0", "1", "2"])
def test_the_job_ends_as_the_check(tmp_path: Path, code: str) -> None:
    """The last step has the exit code of the check, after the upload."""
    assert run(FAIL, tmp_path, CODE=code).code == int(code)
