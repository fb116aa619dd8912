"""The files that a config names are looked for inside its project, and nowhere else."""

from __future__ import annotations

from pathlib import Path

import pytest

from schedlint.project import find_named, project_root


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a project with a config three folders down and a secret beside the project."""
    top = tmp_path / "project"
    (top / "configs" / "7b" / "sft").mkdir(parents=True)
    (top / ".git").mkdir()
    (top / "configs/7b/sft/train.yaml").write_text("a: 1\n")
    (tmp_path / "secret.json").write_text("{}")
    monkeypatch.chdir(top)
    return top


CONFIG = "configs/7b/sft/train.yaml"


@pytest.mark.parametrize("folder", [".", "configs", "configs/7b", "configs/7b/sft"])
def test_folders_above_up_to_the_root(project: Path, folder: str) -> None:
    """A trainer is started from any of the folders above its config."""
    (project / folder / "ds.json").write_text("{}")
    found = find_named("ds.json", CONFIG)
    assert found is not None
    assert Path(found) == Path(folder) / "ds.json"


def test_nearest_folder_wins(project: Path) -> None:
    """The config's own folder comes before those above it."""
    (project / "ds.json").write_text("{}")
    (project / "configs/7b/sft/ds.json").write_text("{}")
    assert find_named("ds.json", CONFIG) == "configs/7b/sft/ds.json"


def test_parts_of_a_path(project: Path) -> None:
    """Paths with folders and with .. are followed inside the project."""
    (project / "deepspeed").mkdir()
    (project / "deepspeed/zero3.json").write_text("{}")
    assert find_named("deepspeed/zero3.json", CONFIG) == "deepspeed/zero3.json"
    assert find_named("../../../deepspeed/zero3.json", CONFIG) == "deepspeed/zero3.json"
    assert find_named(str(project / "deepspeed/zero3.json"), CONFIG) == "deepspeed/zero3.json"


def test_absolute_config(project: Path) -> None:
    """Where the config was named by an absolute path, so is its companion."""
    (project / "ds.json").write_text("{}")
    found = find_named("ds.json", str(project / CONFIG))
    assert found is not None
    assert Path(found).is_absolute()
    assert Path(found).samefile(project / "ds.json")


@pytest.mark.parametrize(
    "named",
    [
        "../secret.json",
        "../../../../secret.json",
        "configs/../../secret.json",
        "{outside}/secret.json",
        "/etc/hostname",
        "link.json",
        "folder/secret.json",
        "",
        ".",
        "configs",
        "nowhere.json",
        "a\0b",
        "\ud800.json",
        "x" * 5000,
        "loop.json",
    ],
)
def test_nothing_outside(project: Path, named: str) -> None:
    """Neither .. nor absolute paths nor links lead out; what no path can hold is no file."""
    (project / "link.json").symlink_to(project.parent / "secret.json")
    (project / "folder").symlink_to(project.parent)
    (project / "loop.json").symlink_to("loop.json")
    assert find_named(named.replace("{outside}", str(project.parent)), CONFIG) is None


def test_link_inside(project: Path) -> None:
    """A link to a file of the project is as good as the file."""
    (project / "real.json").write_text("{}")
    (project / "link.json").symlink_to("real.json")
    assert find_named("link.json", CONFIG) == "real.json"


@pytest.mark.parametrize("mark", [".git", "pyproject.toml", "schedlint.toml", ".schedlint.toml"])
def test_root(tmp_path: Path, mark: str) -> None:
    """The nearest folder above that looks like a project's top."""
    (tmp_path / "inner" / "configs").mkdir(parents=True)
    (tmp_path / ".git").mkdir()
    (tmp_path / "inner" / mark).touch()
    assert project_root(str(tmp_path / "inner/configs/a.yaml")) == (tmp_path / "inner").resolve()


def test_root_without_a_mark(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The working directory where the file lies below it, else the file's own folder."""
    if any((above / ".git").exists() for above in tmp_path.resolve().parents):
        pytest.skip("temporary files lie in a repository")
    (tmp_path / "here/configs").mkdir(parents=True)
    (tmp_path / "there").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    assert project_root("configs/a.yaml") == (tmp_path / "here").resolve()
    assert project_root("../there/a.yaml") == (tmp_path / "there").resolve()
