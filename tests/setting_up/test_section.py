"""The first settings are valid, in comments too, and added without changing anything else."""

from __future__ import annotations

import re
import sys
from collections import Counter
from pathlib import Path

import pytest

from schedlint.setting_up.addition import ByHand
from schedlint.setting_up.section import addition_of_settings, settings_text
from schedlint.setting_up.survey import Survey
from schedlint.settings import SettingsFiles

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

NOTHING = Survey()
MUCH = Survey(
    configs={"axolotl": ["a.yaml"]},
    needs={
        "": Counter({"world_size": 2}),
        "configs": Counter({"dataset_size": 1, "world_size": 3}),
        'odd "folder"\n[x]\udc80': Counter({"sequence_length": 1}),
        **{f"x/{n}": Counter({"world_size": 1}) for n in range(4)},
    },
    unpinned={"axolotl": 1},
)


def uncommented(text: str) -> str:
    """The settings with every example in force, and numbers for what waits for one."""
    text = re.sub(r"^# (?=\[|\w[\w-]* *= )", "", text, flags=re.MULTILINE)
    text = re.sub(r" = N\b", " = 1", text)
    return text.replace("==VERSION", "==0.18.0")


@pytest.mark.parametrize("name", ["schedlint.toml", "pyproject.toml"])
@pytest.mark.parametrize("found", [NOTHING, MUCH])
def test_every_line_can_be_used(tmp_path: Path, found: Survey, name: str) -> None:
    """The settings are understood as they are, and with all that stands in comments."""
    text = settings_text(found, "tool.schedlint" if name == "pyproject.toml" else "")
    for each in (text, uncommented(text)):
        (tmp_path / name).write_text(each, encoding="utf-8")
        settings = SettingsFiles().above(str(tmp_path / "a.yaml"))
        assert settings.fail_on == "warning"
    assert len(settings.overrides) == min(len(found.needs), 5)
    if found is MUCH:
        told = settings.facts_for(str(tmp_path / "configs/a.yaml"))
        assert {each.quantity for each in told.assumptions} == {"dataset_size", "world_size"}
        told = settings.facts_for(str(tmp_path / "a.yaml"))
        assert {each.quantity for each in told.assumptions} == {"world_size"}


@pytest.mark.parametrize(
    "before",
    [
        "",
        "[project]\nname = 'x'\n",
        "[project]\nname = 'x'",
        "[tool]\n",
        "[tool.ruff]\nline-length = 100\n# the end\n",
        "tool.ruff.line-length = 100\n",
        "[[tool.mypy.overrides]]\nmodule = 'x'\n\n\n",
        "[project]\r\nname = 'x'\r\n",
        "# only a comment",
    ],
)
def test_at_the_end(tmp_path: Path, before: str) -> None:
    """Every byte stays, and the file holds one table more."""
    (tmp_path / "pyproject.toml").write_bytes(before.encode())
    addition = addition_of_settings(str(tmp_path), MUCH)
    after = addition.after.decode()
    assert after.startswith(before)
    assert ("\r\n" in before) == ("\r\n" in after)
    assert "\r" not in after.replace("\r\n", "")
    read = tomllib.loads(after)
    assert read["tool"]["schedlint"] == {"fail-on": "warning"}


@pytest.mark.parametrize(
    ("before", "why"),
    [
        (b"[project\n", "cannot be read"),
        (b"\xff", "not UTF-8"),
        (b"tool = {ruff = {}}\n", "does not fit"),
        (b"tool = 3\n", "does not fit"),
        (b"[[tool]]\n", "does not fit"),
        (b"[tool]\nschedlint = 3\n", "does not fit"),
    ],
)
def test_what_is_left_to_a_person(tmp_path: Path, before: bytes, why: str) -> None:
    """A broken file, or one where a table has no place, is told with the text that should go in."""
    (tmp_path / "pyproject.toml").write_bytes(before)
    with pytest.raises(ByHand, match=why) as problem:
        addition_of_settings(str(tmp_path), MUCH)
    assert "[tool.schedlint]\n" in problem.value.text
    assert (tmp_path / "pyproject.toml").read_bytes() == before


def test_a_file_of_its_own(tmp_path: Path) -> None:
    """Without a pyproject.toml there is a new schedlint.toml."""
    addition = addition_of_settings(str(tmp_path), NOTHING)
    assert Path(addition.path) == tmp_path / "schedlint.toml"
    assert addition.before is None
    assert tomllib.loads(addition.after.decode()) == {"fail-on": "warning"}
