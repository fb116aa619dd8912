"""`schedlint init`: what it tells of a project, what it writes, and when it writes nothing."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from schedlint.cli.app import app
from schedlint.fixes.write import WriteError
from schedlint.setting_up.addition import Addition, write_addition
from tests.cli.conftest import CLEAN, LONG_WARMUP, OPEN, Schedlint

AXOLOTL = "base_model: x\ndatasets: [{path: x}]\nmicro_batch_size: 2\nnum_epochs: 3\n"
HOOKS = "repos:\n- repo: local\n  hooks:\n  - {id: a, name: a, entry: a, language: system}\n"


@pytest.fixture
def project(folder: Path) -> Path:
    """Return a project with configs of two frameworks, and files that are none."""
    (folder / "configs" / "7b").mkdir(parents=True)
    for number in range(4):
        (folder / f"configs/{number}.yaml").write_text(OPEN)
    (folder / "configs/7b/sft.yml").write_text(AXOLOTL)
    (folder / "broken.yaml").write_text("per_device_train_batch_size: [\n")
    (folder / "ci.yaml").write_text("on: push\n")
    return folder


@pytest.fixture
def asking(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let somebody be there to be asked."""
    monkeypatch.setattr("schedlint.cli.init._can_ask", lambda: True)


def files(folder: Path) -> dict[str, bytes]:
    """Every file of a project."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_what_it_tells(schedlint: Schedlint, project: Path) -> None:
    """Configs by framework, the broken ones, and the facts that their checks lack."""
    lines = schedlint("init").out.splitlines()
    assert lines[0] == "5 training configs of 2 frameworks; 1 other file passed over."
    assert "  axolotl         1  configs/7b/sft.yml" in lines
    shown = "configs/0.yaml, configs/1.yaml, configs/2.yaml and 1 more"
    assert f"  transformers    4  {shown}" in lines
    assert "1 config cannot be parsed: broken.yaml" in lines
    assert any(line.startswith("  dataset_size ") for line in lines)
    assert "Nothing tells the versions of: axolotl, transformers" in lines


def test_nobody_to_ask(schedlint: Schedlint, project: Path) -> None:
    """Without a terminal it shows what it would write, says so, and is done."""
    before = files(project)
    outcome = schedlint("init")
    assert outcome.code == 0
    assert "schedlint.toml: new\n\n    # Settings of schedlint" in outcome.out
    assert '    fail-on = "warning"\n' in outcome.out
    assert "        - id: schedlint\n" in outcome.out
    assert "schedlint.toml was not written: there is nobody to ask; --yes writes it" in outcome.err
    assert files(project) == before


def test_yes(schedlint: Schedlint, project: Path) -> None:
    """With --yes both files are there, valid, and what was there is as it was."""
    before = files(project)
    outcome = schedlint("init", "--yes")
    assert (outcome.code, outcome.err) == (0, "")
    assert "Wrote schedlint.toml.\n" in outcome.out
    assert "Wrote .pre-commit-config.yaml.\n" in outcome.out
    after = files(project)
    assert {name: after[name] for name in before} == before
    assert set(after) - set(before) == {"schedlint.toml", ".pre-commit-config.yaml"}
    assert b'# files = ["configs/*"]' in after["schedlint.toml"]
    yaml.safe_load(after[".pre-commit-config.yaml"])
    assert schedlint("check", "configs").code == 0


def test_the_second_time_nothing_is_left_to_do(schedlint: Schedlint, project: Path) -> None:
    """Settings and hooks that are there are left alone."""
    schedlint("init", "--yes")
    before = files(project)
    outcome = schedlint("init", "--yes")
    assert (outcome.code, outcome.err) == (0, "")
    assert "\nschedlint.toml holds settings already: nothing to do.\n" in outcome.out
    assert "\n.pre-commit-config.yaml runs schedlint already: nothing to do.\n" in outcome.out
    assert files(project) == before


@pytest.mark.usefixtures("asking")
@pytest.mark.parametrize(
    ("answers", "written"),
    [
        ("y\ny\n", {"schedlint.toml", ".pre-commit-config.yaml"}),
        ("y\nn\n", {"schedlint.toml"}),
        ("\ny\n", {".pre-commit-config.yaml"}),
        ("n\nn\n", set()),
        ("n\n", set()),
        ("", set()),
    ],
)
def test_each_file_is_asked_for(project: Path, answers: str, written: set[str]) -> None:
    """Only what is answered with yes is written; an end of the answers is none."""
    before = files(project)
    result = CliRunner().invoke(app, ["init"], input=answers)
    assert result.exit_code == 0
    assert "Write schedlint.toml? [y/N]" in result.stdout
    after = files(project)
    assert set(after) - set(before) == written
    assert {name: after[name] for name in before} == before


def _read(terminal: int) -> bytes:
    """What was printed to a terminal; nothing, once nobody has it open any more."""
    try:
        return os.read(terminal, 4096)
    except OSError:
        return b""


@pytest.mark.skipif(os.name == "nt", reason="no pseudo-terminals there")
def test_on_a_terminal(project: Path) -> None:
    """On a real terminal it waits for the answers, and writes what was said yes to."""
    import pty

    ours, theirs = pty.openpty()
    top = Path(__file__).resolve().parents[2]
    paths = os.pathsep.join([str(top), str(top / "rules")])
    command = [sys.executable, "-c", "from schedlint.cli import main; main()", "init"]
    with subprocess.Popen(
        command,
        cwd=project,
        env={**os.environ, "PYTHONPATH": paths},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    ) as running:
        os.close(theirs)
        os.write(ours, b"n\ny\n")
        shown = b"".join(iter(lambda: _read(ours), b""))
        assert running.wait(timeout=60) == 0
    os.close(ours)
    assert b"Write schedlint.toml? [y/N]: " in shown
    assert not (project / "schedlint.toml").exists()
    assert (project / ".pre-commit-config.yaml").exists()


def test_settings_in_pyproject(schedlint: Schedlint, project: Path) -> None:
    """A pyproject.toml without our table gets it at its end, and nothing else changes."""
    before = b"[project]\r\nname = 'x'  # y\r\n"
    (project / "pyproject.toml").write_bytes(before)
    outcome = schedlint("init", "-y")
    assert outcome.code == 0
    assert "pyproject.toml: the table [tool.schedlint] is to be added\n" in outcome.out
    after = (project / "pyproject.toml").read_bytes()
    assert after.startswith(before + b"\r\n# Settings of schedlint.")
    assert b"\r\n[tool.schedlint]\r\n" in after
    assert after.count(b"\n") == after.count(b"\r\n")
    assert not (project / "schedlint.toml").exists()


@pytest.mark.parametrize("name", ["schedlint.toml", ".schedlint.toml", "pyproject.toml"])
def test_settings_that_are_there(schedlint: Schedlint, project: Path, name: str) -> None:
    """Settings of any kind keep others from being begun, and they count while looking."""
    table = "[tool.schedlint]\n" if name == "pyproject.toml" else ""
    (project / name).write_text(f'{table}exclude = ["configs/7b"]\n')
    outcome = schedlint("init", "-y")
    assert f"\n{name} holds settings already: nothing to do.\n" in outcome.out
    assert outcome.out.startswith("4 training configs of 1 framework; ")


def test_settings_above(schedlint: Schedlint, project: Path) -> None:
    """Settings of a folder above would be hidden by new ones, so none are begun."""
    (project / "schedlint.toml").write_text("")
    (project / "configs/pyproject.toml").write_text("[project]\nname = 'x'\n")
    outcome = schedlint("init", "configs", "-y")
    assert "\nschedlint.toml holds settings already: nothing to do.\n" in outcome.out
    assert "Wrote .pre-commit-config.yaml.\n" in outcome.out


def test_a_folder_of_the_project(schedlint: Schedlint, project: Path) -> None:
    """Settings and hook go to the project's top, wherever in it one looks."""
    outcome = schedlint("init", "configs/7b", "-y")
    assert outcome.code == 0
    assert outcome.out.startswith("1 training config of 1 framework; 0 other files passed over.\n")
    assert (project / "schedlint.toml").exists()
    assert (project / ".pre-commit-config.yaml").exists()


def test_no_repository(schedlint: Schedlint, project: Path) -> None:
    """Where there is no git repository there is no hook."""
    if any((above / ".git").exists() for above in project.parents):
        pytest.skip("temporary files lie in a repository")
    (project / ".git").rmdir()
    outcome = schedlint("init", "-y")
    assert outcome.code == 0
    assert "\nNo git repository, so no hook: nothing to do.\n" in outcome.out
    assert not (project / ".pre-commit-config.yaml").exists()


def test_a_hook_beside_others(schedlint: Schedlint, project: Path) -> None:
    """The entry goes behind the last one of the list."""
    (project / ".pre-commit-config.yaml").write_text(HOOKS + "fail_fast: true\n")
    assert schedlint("init", "-y").code == 0
    after = (project / ".pre-commit-config.yaml").read_text()
    assert after.startswith(HOOKS + "- repo: local\n")
    assert after.endswith("\nfail_fast: true\n")


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("pyproject.toml", "[project\n", "it cannot be read ("),
        (".pre-commit-config.yaml", "repos: []\n", "its repos are no list of dashes"),
        (".pre-commit-config.yaml", "repos: [\n", "it cannot be read ("),
    ],
)
def test_by_hand(schedlint: Schedlint, project: Path, name: str, text: str, why: str) -> None:
    """A file that cannot be added to is left alone, with the lines to add; the code is 2."""
    (project / name).write_text(text)
    outcome = schedlint("init", "-y")
    assert outcome.code == 2
    assert f"schedlint: {name}: {why}" in outcome.err
    assert outcome.err.rstrip().endswith("add by hand what follows")
    assert "fail-on" in outcome.out
    assert "- id: schedlint" in outcome.out
    assert (project / name).read_text() == text
    other = "schedlint.toml" if name == ".pre-commit-config.yaml" else ".pre-commit-config.yaml"
    assert f"Wrote {other}." in outcome.out


def test_broken_settings(schedlint: Schedlint, project: Path) -> None:
    """Settings that cannot be understood are told before anything else."""
    (project / "schedlint.toml").write_text("fail-on = 3\n")
    outcome = schedlint("init", "-y")
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.startswith("schedlint: schedlint.toml:1:11: fail-on needs one of")


def test_read_only(schedlint: Schedlint, project: Path) -> None:
    """A file that may not be written is left alone and named; the code is 2."""
    path = project / "pyproject.toml"
    path.write_text("[project]\nname = 'x'\n")
    path.chmod(0o444)
    outcome = schedlint("init", "-y")
    assert outcome.code == 2
    assert "schedlint: pyproject.toml was not written: it is read-only\n" in outcome.err
    assert path.read_text() == "[project]\nname = 'x'\n"
    assert "Wrote .pre-commit-config.yaml.\n" in outcome.out


def test_a_folder_that_takes_no_file(
    schedlint: Schedlint, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where no file can be made, the system's own words say why; nothing is left behind."""

    def refused(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    before = files(project)
    monkeypatch.setattr("schedlint.setting_up.addition.os.open", refused)
    outcome = schedlint("init", "-y")
    assert outcome.code == 2
    assert "schedlint: schedlint.toml was not written: Permission denied\n" in outcome.err
    assert files(project) == before


def test_a_link_out_of_the_project(schedlint: Schedlint, project: Path) -> None:
    """A file that lies elsewhere is not written through a link."""
    outside = project.parent / f"{project.name}.toml"
    outside.write_text("[project]\nname = 'x'\n")
    (project / "pyproject.toml").symlink_to(outside)
    outcome = schedlint("init", "-y")
    assert outcome.code == 2
    assert "it is a link out of the project" in outcome.err
    assert outside.read_text() == "[project]\nname = 'x'\n"


def test_a_new_file_takes_nobodys_place(tmp_path: Path) -> None:
    """A file that has come meanwhile stays, even one that is a link to nowhere."""
    path = tmp_path / "schedlint.toml"
    addition = Addition(str(path), "the settings", "a", None, b"a")
    path.symlink_to("nowhere")
    with pytest.raises(WriteError, match="come into being"):
        write_addition(addition)
    path.unlink()
    path.write_text("b")
    with pytest.raises(WriteError, match="come into being"):
        write_addition(addition)
    assert path.read_text() == "b"
    assert [each.name for each in tmp_path.iterdir()] == ["schedlint.toml"]


def test_a_file_system_without_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no second name can be given, the file is renamed into its place."""

    def refused(*_: object) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr("schedlint.setting_up.addition.os.link", refused)
    path = tmp_path / "schedlint.toml"
    write_addition(Addition(str(path), "the settings", "a", None, b"a"))
    assert path.read_bytes() == b"a"
    assert [each.name for each in tmp_path.iterdir()] == ["schedlint.toml"]


@pytest.mark.skipif(os.name == "nt", reason="no masks of modes there")
def test_the_mode_of_a_new_file(tmp_path: Path) -> None:
    """A new file has the mode that the user's mask leaves, as any other program's would."""
    mask = os.umask(0o027)
    try:
        path = tmp_path / "schedlint.toml"
        write_addition(Addition(str(path), "the settings", "a", None, b"a"))
        assert stat.S_IMODE(path.stat().st_mode) == 0o640
    finally:
        os.umask(mask)


def test_no_configs(schedlint: Schedlint, folder: Path) -> None:
    """A project without configs can begin all the same."""
    (folder / "ci.yaml").write_text("on: push\n")
    outcome = schedlint("init", "-y")
    assert outcome.code == 0
    assert outcome.out.startswith("No training config found; 1 other file passed over.\n")
    assert (folder / "schedlint.toml").read_text().count("overrides") == 0


def test_facts_that_are_known_are_not_missing(schedlint: Schedlint, folder: Path) -> None:
    """Nothing is said to be missing where nothing waits for it."""
    for name, text in {"a.yaml": CLEAN, "b.yaml": LONG_WARMUP}.items():
        (folder / name).write_text(f"# schedlint: world_size=8 dataset_size=52_000\n{text}")
    assert "Facts that the configs do not hold" not in schedlint("init").out


def test_no_folder(schedlint: Schedlint, folder: Path) -> None:
    """A file, or nothing at all, is wrong usage."""
    assert schedlint("init", "nowhere").code == 2


def test_hostile_names(schedlint: Schedlint, folder: Path) -> None:
    """What a file's name holds does not reach the terminal, and the settings stay valid."""
    odd = folder / 'a\x1b]0;x\x07"'
    odd.mkdir()
    (odd / "x.yaml").write_text(OPEN)
    outcome = schedlint("init", "-y")
    assert outcome.code == 0
    assert "\x1b" not in outcome.out
    assert schedlint("check", "--isolated").code == 0
    assert schedlint("check").code == 0
