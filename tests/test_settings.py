from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from schedlint.settings import Settings, SettingsError, SettingsFiles
from schedlint.settings.globs import matches


def write(path: Path, text: str) -> Path:
    """Write a file with its folders."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def settings(folder: Path, text: str) -> Settings:
    """The settings of a folder with a `schedlint.toml`."""
    write(folder / "schedlint.toml", text)
    return SettingsFiles().above(str(folder / "train.yaml"))


# Which file counts.


def test_without_a_file_the_defaults_hold(tmp_path: Path) -> None:
    """A project without settings has the defaults."""
    found = SettingsFiles().above(str(tmp_path / "train.yaml"))
    assert found == Settings()
    assert found.fail_on == "warning"
    assert found.facts_for("train.yaml").assumptions == ()


def test_nearest_file_wins(tmp_path: Path) -> None:
    """Each config has the settings of the nearest folder above it."""
    write(tmp_path / "schedlint.toml", 'ignore = ["SL1"]')
    write(tmp_path / "a" / "schedlint.toml", 'ignore = ["SL2"]')
    files = SettingsFiles()
    assert files.above(str(tmp_path / "a" / "b" / "train.yaml")).ignore == ("SL2",)
    assert files.above(str(tmp_path / "c" / "train.yaml")).ignore == ("SL1",)


def test_pyproject_counts_only_with_our_table(tmp_path: Path) -> None:
    """A `pyproject.toml` without [tool.schedlint] is passed over, even where it names us."""
    write(tmp_path / "pyproject.toml", '[tool.schedlint]\nignore = ["SL1"]')
    write(tmp_path / "a" / "pyproject.toml", '[project]\ndependencies = ["schedlint"]')
    write(tmp_path / "b" / "pyproject.toml", "this is not TOML")
    files = SettingsFiles()
    for folder in ("a", "b"):
        assert files.above(str(tmp_path / folder / "train.yaml")).ignore == ("SL1",)


def test_own_file_wins_over_pyproject(tmp_path: Path) -> None:
    """In one folder the hidden file comes first, then the plain one, then pyproject.toml."""
    train = str(tmp_path / "train.yaml")
    write(tmp_path / "pyproject.toml", '[tool.schedlint]\nignore = ["SL1"]')
    write(tmp_path / "schedlint.toml", 'ignore = ["SL2"]')
    assert SettingsFiles().above(train).ignore == ("SL2",)
    write(tmp_path / ".schedlint.toml", 'ignore = ["SL3"]')
    assert SettingsFiles().above(train).ignore == ("SL3",)


def test_named_file_counts_for_all(tmp_path: Path) -> None:
    """`--config` names the settings of every file, `--isolated` uses none."""
    write(tmp_path / "schedlint.toml", 'ignore = ["SL1"]')
    named = write(tmp_path / "elsewhere" / "mine.toml", 'ignore = ["SL2"]')
    train = str(tmp_path / "train.yaml")
    assert SettingsFiles(str(named)).above(train).ignore == ("SL2",)
    assert SettingsFiles(isolated=True).above(train) == Settings()


def test_named_file_must_hold_settings(tmp_path: Path) -> None:
    """A named pyproject.toml without our table, or no file, is an error."""
    named = write(tmp_path / "pyproject.toml", "[project]\n")
    with pytest.raises(SettingsError, match=r"has no table \[tool\.schedlint\]"):
        SettingsFiles(str(named))
    with pytest.raises(SettingsError, match="no such file"):
        SettingsFiles(str(tmp_path / "absent.toml"))


def test_looking_for_settings_loads_no_toml_reader(tmp_path: Path) -> None:
    """A project without settings costs no parser."""
    code = (
        "import sys; from schedlint.settings import SettingsFiles; SettingsFiles().above('a.yaml');"
        "print([m for m in ('tomllib', 'tomli', 'schedlint.settings.reading') if m in sys.modules])"
    )
    root = str(Path(__file__).resolve().parents[1])
    found = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={"PYTHONPATH": root},
        check=True,
        capture_output=True,
        text=True,
    )
    assert found.stdout == "[]\n"


# What stands in it.


def test_every_key_is_read(tmp_path: Path) -> None:
    """All keys arrive with their values."""
    found = settings(
        tmp_path,
        'packages = ["transformers==4.57.6", "trl>=0.15,<0.20"]\n'
        'select = ["SL3", "eval-never-runs"]\n'
        'ignore = ["SL404"]\n'
        'extend-select = ["SL5"]\n'
        'fail-on = "error"\n'
        'exclude = ["old"]\n'
        'include = ["*.cfg"]\n'
        'severity = { SL203 = "error" }\n'
        'plugins = ["./lint_rules"]\n'
        'required-version = ">=0.0.1"\n'
        'baseline = "known.json"\n',
    )
    assert [(pin.package, pin.spec) for pin in found.packages] == [
        ("transformers", "==4.57.6"),
        ("trl", "<0.20,>=0.15"),
    ]
    assert found.select == ("SL3", "eval-never-runs")
    assert (found.ignore, found.extend_select) == (("SL404",), ("SL5",))
    assert (found.fail_on, found.plugins) == ("error", ("./lint_rules",))
    assert (found.exclude, found.include) == (("old",), ("*.cfg",))
    assert found.severity == {"SL203": "error"}
    assert found.baseline is not None
    assert Path(found.baseline).resolve() == (tmp_path / "known.json").resolve()
    assert found.path is not None
    assert Path(found.folder).resolve() == tmp_path.resolve()


def test_select_is_none_where_it_is_not_given(tmp_path: Path) -> None:
    """An empty selection is another thing than none."""
    assert settings(tmp_path, "").select is None
    assert settings(tmp_path, "select = []").select == ()


def test_overrides_tell_facts_to_their_files(tmp_path: Path) -> None:
    """The facts of an override reach the files that its patterns match, and no other."""
    found = settings(
        tmp_path,
        'packages = ["axolotl==0.17.0", "torch==2.5"]\n'
        "[[overrides]]\n"
        'files = ["configs/7b/**/*.yaml"]\n'
        'framework = "axolotl"\n'
        'packages = ["axolotl==0.18.0"]\n'
        "world_size = 64\n"
        "dataset_size = 1_200_000\n"
        'gpu = "H100"\n'
        'ignore = ["SL404"]\n',
    )
    seven = str(tmp_path / "configs" / "7b" / "a" / "train.yaml")
    told = found.facts_for(seven)
    assert {a.quantity: a.value for a in told.assumptions} == {
        "world_size": 64,
        "dataset_size": 1_200_000,
    }
    assert (told.framework, told.gpu) == ("axolotl", "H100")
    assert {pin.package: pin.spec for pin in told.pins} == {"axolotl": "==0.18.0", "torch": "==2.5"}
    assert found.ignored_for(seven) == ("SL404",)
    other = str(tmp_path / "configs" / "70b" / "train.yaml")
    assert found.facts_for(other).assumptions == ()
    assert found.ignored_for(other) == ()


def test_facts_know_their_line(tmp_path: Path) -> None:
    """A told number cites the line of the settings that tells it."""
    found = settings(tmp_path, '[[overrides]]\nfiles = ["*.yaml"]\nworld_size = 64  # a pod\n')
    (fact,) = found.facts_for(str(tmp_path / "train.yaml")).assumptions
    assert fact.text == "world_size = 64"
    assert fact.place is not None
    assert (Path(fact.place.path).name, fact.place.line) == ("schedlint.toml", 3)


def test_later_overrides_win(tmp_path: Path) -> None:
    """Of two overrides for a file the later one counts where both tell the same."""
    found = settings(
        tmp_path,
        "[[overrides]]\n"
        'files = ["*.yaml"]\nworld_size = 8\nsequence_length = 2048\n'
        "[[overrides]]\n"
        'files = ["train.*"]\nworld_size = 16\n',
    )
    told = found.facts_for(str(tmp_path / "train.yaml"))
    assert {a.quantity: a.value for a in told.assumptions} == {
        "world_size": 16,
        "sequence_length": 2048,
    }


def test_house_framework_can_be_named_in_an_override(tmp_path: Path) -> None:
    """An override may name a framework that the same file defines."""
    found = settings(
        tmp_path,
        '[frameworks.house]\nrecognise = ["a.b"]\nmax_steps = "a.b"\n'
        '[[overrides]]\nfiles = ["*.yaml"]\nframework = "house"\n',
    )
    assert found.facts_for(str(tmp_path / "train.yaml")).framework == "house"
    (house,) = found.frameworks
    assert (house.name, house.recognise, house.keys) == ("house", ("a.b",), {"max_steps": "a.b"})


def test_extend_builds_on_another_file(tmp_path: Path) -> None:
    """What a file gives replaces the base's value; overrides and frameworks are added to it."""
    write(
        tmp_path / "base" / "schedlint.toml",
        'ignore = ["SL1"]\nfail-on = "error"\n'
        '[[overrides]]\nfiles = ["a/*.yaml"]\nworld_size = 8\n',
    )
    found = settings(
        tmp_path,
        'extend = "base/schedlint.toml"\nignore = ["SL2"]\n'
        '[[overrides]]\nfiles = ["*.yaml"]\nsequence_length = 512\n',
    )
    assert (found.ignore, found.fail_on) == (("SL2",), "error")
    told = found.facts_for(str(tmp_path / "base" / "a" / "train.yaml"))
    assert {a.quantity: a.value for a in told.assumptions} == {
        "world_size": 8,
        "sequence_length": 512,
    }


# What is wrong in it.


@pytest.mark.parametrize(
    ("text", "where", "message"),
    [
        ("x = 1\nignor = []", "1:1", "unknown setting 'x'"),
        ("\nignor = []", "2:1", "unknown setting 'ignor'; did you mean ignore?"),
        ("extend_select = []", "1:1", "did you mean extend-select?"),
        ("ignore = 'SL1'", "1:10", "ignore needs a list of texts, found 'SL1'"),
        ("ignore = ['SL1', 2]", "1:18", "ignore needs a list of texts, found 2 in it"),
        ("fail-on = 'never ever'", "1:11", "fail-on needs one of error, warning, info, never"),
        (
            "severity = {SL1 = 'fatal'}",
            "1:19",
            "SL1 needs one of error, warning, info; found 'fatal'",
        ),
        ("severity = 3", "1:12", "severity needs a table, found 3"),
        ("packages = ['torch']", "1:13", "'torch' names no version"),
        ("baseline = 3", "1:12", "baseline needs a text, found 3"),
        ("required-version = '>=99'", "1:20", "asks for schedlint >=99"),
        ("overrides = 3", "1:1", "overrides needs tables: write [[overrides]]"),
        ("[[overrides]]\nworld_size = 8", "1:1", 'an override needs files = ["patterns"]'),
        ("[[overrides]]\nfiles = ['*']\nworld_siz = 8", "3:1", "did you mean world_size?"),
        ("[[overrides]]\nfiles = ['*']\nworld_size = 0", "3:14", "world_size is at least 1"),
        (
            "[[overrides]]\nfiles = ['*']\nworld_size = 1.5",
            "3:14",
            "world_size needs a whole number",
        ),
        ("[[overrides]]\nfiles = ['*']\nworld_size = '8'", "3:14", "world_size needs a number"),
        ("[[overrides]]\nfiles = ['*']\nworld_size = true", "3:14", "world_size needs a number"),
        ("[[overrides]]\nfiles = ['*']\nframework = 'trlx'", "3:13", "framework needs one of"),
        ("[frameworks.a]\nrecognise = ['b']\nmax_step = 'b'", "3:1", "did you mean max_steps?"),
        ("[frameworks.a]\nrecognise = ['b']\nmax_steps = 3", "3:13", "max_steps needs a text"),
        ("[frameworks.a]\nmax_steps = 'b'", "1:13", "a needs recognise"),
        ("[frameworks.trl]\nrecognise = ['b']", "1:13", "trl is a framework already"),
        ("extend = 'absent.toml'", "1:10", "extend names no file: absent.toml"),
        ("extend = 'schedlint.toml'", "1:10", "schedlint.toml extends this file in turn"),
        ("ignore = [", "1:11", "not TOML"),
    ],
)
def test_mistakes_name_their_place(tmp_path: Path, text: str, where: str, message: str) -> None:
    """Each mistake is one line with file, line, column and what would be right."""
    with pytest.raises(SettingsError) as caught:
        settings(tmp_path, text)
    line = str(caught.value)
    assert f"schedlint.toml:{where}: " in line
    assert message in line
    assert "\n" not in line


def test_our_table_in_pyproject_is_a_table(tmp_path: Path) -> None:
    """`schedlint = 3` under [tool] is an error at the 3."""
    write(tmp_path / "pyproject.toml", "[tool]\nschedlint = 3")
    with pytest.raises(SettingsError, match=r"pyproject\.toml:2:13: tool\.schedlint needs a table"):
        SettingsFiles().above(str(tmp_path / "train.yaml"))


# Patterns.


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("*.yaml", "train.yaml", True),
        ("*.yaml", "a/b/train.yaml", True),
        ("*.yaml", "train.yml", False),
        ("configs", "configs/a/b.yaml", True),
        ("configs/", "x/configs/b.yaml", True),
        ("configs/*.yaml", "configs/a.yaml", True),
        ("configs/*.yaml", "configs/a/b.yaml", False),
        ("configs/*.yaml", "x/configs/a.yaml", False),
        ("./configs/*.yaml", "configs/a.yaml", True),
        ("/train.yaml", "train.yaml", True),
        ("/train.yaml", "a/train.yaml", False),
        ("configs/**/*.yaml", "configs/a.yaml", True),
        ("configs/**/*.yaml", "configs/a/b/c.yaml", True),
        ("configs/**", "configs/a/b.yaml", True),
        ("**/small/*.yaml", "a/b/small/c.yaml", True),
        ("**/small/*.yaml", "small/c.yaml", True),
        ("train-?.yaml", "train-1.yaml", True),
        ("train-?.yaml", "train-10.yaml", False),
        ("train-[0-3].yaml", "train-2.yaml", True),
        ("train-[!0-3].yaml", "train-2.yaml", False),
        ("a+b(c).yaml", "a+b(c).yaml", True),
        ("a.yaml", "aXyaml", False),
        ("a[b", "a[b", True),
    ],
)
def test_patterns_match_as_in_gitignore(pattern: str, path: str, expected: bool) -> None:
    """Names match anywhere, paths from the settings' folder on, folders with all that they hold."""
    assert matches(path, [pattern]) is expected


def test_exclude_and_include(tmp_path: Path) -> None:
    """Excluded files are left out; with `include` only its files are asked for."""
    found = settings(tmp_path, 'exclude = ["old"]\ninclude = ["configs/**/*.yaml"]')
    assert found.excludes(str(tmp_path / "old" / "a.yaml"))
    assert not found.excludes(str(tmp_path / "configs" / "a.yaml"))
    assert found.includes(str(tmp_path / "configs" / "a.yaml"))
    assert not found.includes(str(tmp_path / "a.yaml"))
    assert Settings().includes("anything.yaml")
    assert not Settings().excludes("anything.yaml")
