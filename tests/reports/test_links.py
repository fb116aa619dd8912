"""The address of the documentation is told in one place."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from schedlint.engine import Report
from schedlint.reports import jsonl, links
from tests.reports.made import found

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

PYPROJECT = Path(__file__).resolve().parents[2] / "pyproject.toml"


def test_the_address_is_the_projects() -> None:
    """What reports link to is what the package says of itself."""
    project = tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))["project"]
    assert project.get("urls", {}).get("Documentation") == links.DOCUMENTATION


def test_page_url(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page for every code of the box, none for others, none without a documentation."""
    monkeypatch.setattr(links, "DOCUMENTATION", None)
    assert links.page_url("SL301") is None
    monkeypatch.setattr(links, "DOCUMENTATION", "https://docs.example/")
    assert links.page_url("SL301") == "https://docs.example/rules/SL301/"
    for other in ("ACME1", "SL3", "SL3010", "SL301\x1b", ""):
        assert links.page_url(other) is None


@pytest.mark.parametrize(
    ("home", "url"),
    [(None, None), ("https://docs.example/", "https://docs.example/rules/SL301/")],
)
def test_json(monkeypatch: pytest.MonkeyPatch, home: str | None, url: str | None) -> None:
    """Programs get the address, or null."""
    monkeypatch.setattr(links, "DOCUMENTATION", home)
    (line,) = jsonl.lines(Report(findings=[found()]))
    assert json.loads(line)["url"] == url
