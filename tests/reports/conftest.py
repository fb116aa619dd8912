"""Reports of configs that are written where they are tested."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from schedlint.engine import Report, check_paths
from schedlint.policy import Policy
from schedlint.reading.versions import parse_pin
from schedlint.rulebook import in_the_box
from schedlint.run import Told
from schedlint.told import told

Checked = Callable[..., Report]


@pytest.fixture
def checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Checked:
    """Return a function that checks one text (or bytes) under a name, with all rules."""
    monkeypatch.chdir(tmp_path)
    rules = [listed.load() for listed in in_the_box()]

    def check(text: str | bytes, name: str = "train.yaml", **facts: object) -> Report:
        data = text if isinstance(text, bytes) else text.encode()
        (tmp_path / name).write_bytes(data)
        pins = (parse_pin("transformers==4.57.6", "test"),)
        known = told(facts).over(Told(pins=pins))
        return check_paths([name], Policy(known, rules=rules))

    return check
