"""How often each rule has found something."""

from __future__ import annotations

from dataclasses import replace

from schedlint.engine import Report
from schedlint.reports.statistics import statistics
from tests.reports.made import found, mending


def test_table() -> None:
    """The most frequent first, then by code; what can be fixed is counted, with what it takes."""
    safe, unsafe = mending(safe=True), mending()
    often = [found(code="SL702", fix=fix) for fix in [safe] * 3 + [unsafe] * 2 + [None] * 5]
    once = [
        found(code="SL401", fix=unsafe),
        found(code="SL101", fix=safe),
        found(code="SL301", fix=None),
        found(code="SL201", fix=replace(safe)),
    ]
    once[0] = replace(once[0], name="a-longer-name")
    once[3] = replace(once[3], not_fixed="in the way")
    assert list(statistics(Report(findings=[*once, *often], checked=["a.yaml"]))) == [
        "10  SL702  a-name         5 can be fixed, 2 of them with --unsafe-fixes",
        " 1  SL101  a-name         1 can be fixed",
        " 1  SL201  a-name",
        " 1  SL301  a-name",
        " 1  SL401  a-longer-name  1 can be fixed with --unsafe-fixes",
        "",
        "14 errors in 1 file. 4 can be fixed with --fix, 3 more with --unsafe-fixes.",
    ]


def test_nothing() -> None:
    """Without findings the summary is all there is."""
    assert list(statistics(Report(checked=["a.yaml"]))) == ["Nothing found in 1 file."]
