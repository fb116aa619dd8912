"""Prints what came of each oracle's table at the end of the run."""

from __future__ import annotations

import pytest

from tests.oracles.agreement import Tally

_TALLIES: dict[str, Tally] = {}


@pytest.fixture
def record_tally() -> dict[str, Tally]:
    """Where a test puts its tally to have it printed."""
    return _TALLIES


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """`transformers 5.23.0: 312/312 exact, 0 wrong, 0 unknown`, a line a table."""
    if _TALLIES:
        terminalreporter.section("agreement with the frameworks' own code")
    for name in sorted(_TALLIES):
        terminalreporter.write_line(f"{name}: {_TALLIES[name]}")
