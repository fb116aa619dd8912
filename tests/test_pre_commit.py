"""The hooks of this repository under the real pre-commit, in a git repository of their own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

pytest.importorskip("pre_commit", reason="pre-commit is not installed")

TOP = Path(__file__).resolve().parents[1]
PARTS = ("pyproject.toml", "README.md", "LICENSE", ".pre-commit-hooks.yaml", "schedlint", "rules")
"""What the hooks are installed from."""

FIXABLE = """\
output_dir: out
per_device_train_batch_size: 4
learning_rate: 2e-5  # as in the paper
max_steps: 1000
warmup_steps: 10
save_steps: 100
"""
FIXED = FIXABLE.replace("2e-5", "2.0e-5")
WRONG = FIXED.replace("warmup_steps: 10\n", "warmup_steps: 2000\n")


class Hooks(NamedTuple):
    """A repository of hooks, and the environment in which pre-commit has installed them."""

    repository: Path
    revision: str
    env: dict[str, str]


class Project(NamedTuple):
    """A git repository that uses a hook."""

    folder: Path
    env: dict[str, str]

    def git(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run git in it."""
        return command(self.folder, self.env, "git", *arguments)

    def pre_commit(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run pre-commit in it."""
        return command(self.folder, self.env, sys.executable, "-m", "pre_commit", *arguments)

    def add(self, name: str, text: str) -> Path:
        """Write a file and stage it."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        assert self.git("add", ".").returncode == 0
        return path


def command(folder: Path, env: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, whatever that is."""
    return subprocess.run(
        words,
        cwd=folder,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
        encoding="utf-8",
        errors="replace",
        timeout=300,
        check=False,
    )


def environment(home: Path) -> dict[str, str]:
    """Nobody's settings of git, a home for pre-commit, and nothing of the tests' own paths."""
    left_out = ("GIT_", "PRE_COMMIT", "PYTHON", "VIRTUAL_ENV", "COV_")
    env = {name: value for name, value in os.environ.items() if not name.startswith(left_out)}
    for role in ("AUTHOR", "COMMITTER"):
        env |= {f"GIT_{role}_NAME": "Test", f"GIT_{role}_EMAIL": "test@example.org"}
    nowhere = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    return {**env, **nowhere, "PRE_COMMIT_HOME": str(home)}


@pytest.fixture(scope="module")
def hooks(tmp_path_factory: pytest.TempPathFactory) -> Hooks:
    """Commit this working tree to a repository of its own and let pre-commit install its hooks,
    once; skip where nothing can be installed.
    """
    if shutil.which("git") is None:
        pytest.skip("git is not installed")
    if not (TOP / ".pre-commit-hooks.yaml").is_file():
        pytest.skip("this is no checkout: there are no hooks")
    scratch = tmp_path_factory.mktemp("hooks")
    env = environment(scratch / "home")
    pip = (sys.executable, "-m", "pip", "download", "--retries", "1", "--timeout", "15")
    reached = command(scratch, env, *pip, "--no-deps", "-d", "got", "hatchling>=1.27")
    if reached.returncode != 0:
        pytest.skip(f"the package index cannot be reached: {reached.stdout.splitlines()[-1:]}")
    repository = scratch / "schedlint"
    repository.mkdir()
    for part in PARTS:
        if (TOP / part).is_dir():
            shutil.copytree(
                TOP / part, repository / part, ignore=shutil.ignore_patterns("__pycache__")
            )
        else:
            shutil.copy2(TOP / part, repository / part)
    made = Project(repository, env)
    for words in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "The hooks"]):
        assert made.git(*words).returncode == 0
    found = Hooks(repository, made.git("rev-parse", "HEAD").stdout.strip(), env)
    first = project_with(found, scratch / "first", "schedlint")
    installed = first.pre_commit("install-hooks")
    assert installed.returncode == 0, installed.stdout
    return found


def project_with(hooks: Hooks, folder: Path, hook: str) -> Project:
    """Make a git repository that uses a hook."""
    folder.mkdir()
    project = Project(folder, hooks.env)
    assert project.git("init", "-q").returncode == 0
    project.add(
        ".pre-commit-config.yaml",
        f"repos:\n- repo: {hooks.repository}\n  rev: {hooks.revision}\n  hooks:\n  - id: {hook}\n",
    )
    assert project.git("commit", "-q", "-m", "Use the hook").returncode == 0
    return project


def test_manifest(hooks: Hooks) -> None:
    """pre-commit finds nothing wrong with the file that describes the hooks."""
    project = Project(hooks.repository, hooks.env)
    done = project.pre_commit("validate-manifest", ".pre-commit-hooks.yaml")
    assert (done.returncode, done.stdout) == (0, "")


def test_what_can_be_fixed(hooks: Hooks, tmp_path: Path) -> None:
    """The first run mends the file and fails, so that somebody looks; with the mended file added,
    the second passes."""
    project = project_with(hooks, tmp_path / "project", "schedlint-fix")
    path = project.add("configs/train.yaml", FIXABLE)
    first = project.pre_commit("run")
    assert first.returncode == 1, first.stdout
    assert "- files were modified by this hook\n" in first.stdout
    assert "configs/train.yaml:3:1  fixed SL701 number-is-text: write 2.0e-5\n" in first.stdout
    assert path.read_text() == FIXED
    assert project.git("add", ".").returncode == 0
    second = project.pre_commit("run")
    assert second.returncode == 0, second.stdout
    assert second.stdout.rstrip().endswith("Passed")
    assert path.read_text() == FIXED


def test_what_cannot_be_fixed(hooks: Hooks, tmp_path: Path) -> None:
    """What no safe fix mends fails with its message, and the file is as it was."""
    project = project_with(hooks, tmp_path / "project", "schedlint-fix")
    path = project.add("train.yaml", WRONG)
    done = project.pre_commit("run")
    assert done.returncode == 1, done.stdout
    assert "- exit code: 1\n" in done.stdout
    assert "files were modified" not in done.stdout
    assert "train.yaml:5:1  error SL301 warmup-outlasts-training\n" in done.stdout
    assert "warm-up takes 2,000 of the 1,000 steps that will run" in done.stdout
    assert path.read_text() == WRONG


def test_hook_that_only_looks(hooks: Hooks, tmp_path: Path) -> None:
    """The other hook tells the same and writes nothing."""
    project = project_with(hooks, tmp_path / "project", "schedlint")
    path = project.add("train.yaml", FIXABLE)
    done = project.pre_commit("run")
    assert done.returncode == 1, done.stdout
    assert "train.yaml:3:1  error SL701 number-is-text\n" in done.stdout
    assert "files were modified" not in done.stdout
    assert path.read_text() == FIXABLE


@pytest.mark.parametrize("hook", ["schedlint", "schedlint-fix"])
def test_clean_files(hooks: Hooks, tmp_path: Path, hook: str) -> None:
    """A config in which nothing is wrong passes, and so do files that are no configs."""
    project = project_with(hooks, tmp_path / "project", hook)
    project.add("train.yaml", FIXED)
    project.add("ci.yaml", "on: push\nlearning_rate: 2e-5\n")
    project.add("package.json", '{"name": "x"}\n')
    project.add("notes.md", FIXABLE)
    done = project.pre_commit("run", "--all-files")
    assert done.returncode == 0, done.stdout
    assert done.stdout.rstrip().endswith("Passed")
    assert project.git("diff", "--stat").stdout == ""


def test_commit(hooks: Hooks, tmp_path: Path) -> None:
    """Installed as a hook of git, it keeps a commit back until the mended file is part of it."""
    project = project_with(hooks, tmp_path / "project", "schedlint-fix")
    assert project.pre_commit("install").returncode == 0
    path = project.add("train.yaml", FIXABLE)
    refused = project.git("commit", "-m", "Train")
    assert refused.returncode == 1, refused.stdout
    assert "fixed SL701" in refused.stdout
    assert path.read_text() == FIXED
    assert project.git("commit", "-a", "-m", "Train").returncode == 0
    assert project.git("show", "HEAD:train.yaml").stdout == FIXED
