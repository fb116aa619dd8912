"""What the README shows is what the commands print."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from schedlint.cli.app import app

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
SHOWN = re.findall(r"^```console\n\$ schedlint (.*)\n((?:.*\n)*?)```$", README, re.MULTILINE)


def test_readme_shows_commands() -> None:
    """The README has commands with output to hold against the program."""
    assert len(SHOWN) >= 4


@pytest.mark.parametrize(("command", "output"), SHOWN, ids=[command for command, _ in SHOWN])
def test_output_in_readme(command: str, output: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each command of the README prints exactly what stands below it."""
    monkeypatch.chdir(ROOT)
    result = CliRunner().invoke(app, shlex.split(command))
    assert result.stdout == output
