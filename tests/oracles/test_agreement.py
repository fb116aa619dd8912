"""What schedlint derives is what the frameworks' own code did, row by row, exactly."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.oracles.agreement import Tally, compare
from tests.oracles.reasons import REASONS
from tests.oracles.table import Table, tables


@pytest.mark.parametrize("table", tables(), ids=lambda t: f"{t.framework}-{t.version}")
def test_table(table: Table, tmp_path: Path, record_tally: dict[str, Tally]) -> None:
    """No number of the table differs, and every unknown one has its reason."""
    tally = Tally()
    for number, row in enumerate(table.rows()):
        folder = tmp_path / str(number)
        folder.mkdir()
        compare(row, folder, tally)
    record_tally[f"{table.framework} {table.version}"] = tally
    assert tally.wrong == []
    unexplained = set(tally.unknown) - set(REASONS.get(table.framework, {}))
    assert unexplained == set()


def test_readme_shows_the_figures(record_tally: dict[str, Tally]) -> None:
    """The README's table is what the tables above came to."""
    if len(record_tally) < len(tables()):
        pytest.skip("not all tables were held")
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    shown = re.findall(r"^\| (\S+ \d\S*) \| (\d+) \| (\d+) \| (\d+) \| (\d+) \|$", readme, re.M)
    figures = {
        name: (tally.rows, tally.exact, len(tally.wrong)) for name, tally in record_tally.items()
    }
    assert {name: tuple(map(int, rest[:3])) for name, *rest in shown} == figures


def test_every_reason_is_needed(record_tally: dict[str, Tally]) -> None:
    """What schedlint has learnt to tell leaves the list of reasons."""
    if len(record_tally) < len(tables()):
        pytest.skip("not all tables were held")
    for framework, reasons in REASONS.items():
        unknown = {
            what
            for name, tally in record_tally.items()
            if name.startswith(f"{framework} ")
            for what in tally.unknown
        }
        assert set(reasons) <= unknown, framework
