"""Colours and links are added to a report, and change nothing else in it."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given

from schedlint.engine import Report
from schedlint.reports import concise, links, text
from schedlint.reports.style import PLAIN, Part, Style
from schedlint.rules import Severity
from tests.reports.conftest import Checked
from tests.reports.made import NAMES, TEXTS, found, hostile, mending

LONG = "output_dir: out\nper_device_train_batch_size: 4\nmax_steps: 100\nwarmup_steps: 200\n"
COLOURED = Style(colours=True)
LINKED = Style(colours=True, links=True)


def seen(lines: list[str]) -> list[str]:
    """What a terminal shows of some lines: without SGR and OSC 8, which must be complete."""
    shown = []
    for line in lines:
        unlinked = re.sub(r"\x1b\]8;;[\x20-\x7e]*\x1b\\", "", line)
        assert unlinked.count("\x1b[0m") * 2 == unlinked.count("\x1b[")
        shown.append(re.sub(r"\x1b\[[0-9;]+m", "", unlinked))
    return shown


@pytest.fixture
def pages(monkeypatch: pytest.MonkeyPatch) -> str:
    """Return the address of a documentation that is there for a test."""
    monkeypatch.setattr(links, "DOCUMENTATION", "https://docs.example/")
    return links.DOCUMENTATION


def test_colours(checked: Checked) -> None:
    """Path bold, an error red, the frame blue, what it rests on cyan, a fix green."""
    lines = list(text.lines(checked(LONG), COLOURED))
    assert lines[0] == (
        "\x1b[1mtrain.yaml:4:1\x1b[0m  \x1b[1;31merror SL301\x1b[0m warmup-outlasts-training"
    )
    assert "  \x1b[34m3 │\x1b[0m max_steps: 100" in lines
    assert f"    \x1b[34m│\x1b[0m \x1b[36m{'─' * 14}\x1b[0m" in lines
    assert f"    \x1b[34m│\x1b[0m \x1b[1;31m{'^' * 17}\x1b[0m" in lines
    assert any(line.startswith("  \x1b[32munsafe fix\x1b[0m: ") for line in lines)


@pytest.mark.parametrize(
    ("severity", "colour"),
    [(Severity.ERROR, "1;31"), (Severity.WARNING, "1;33"), (Severity.INFO, "1;36")],
)
def test_severities_differ(severity: Severity, colour: str) -> None:
    """Each severity has its colour."""
    report = Report(findings=[found(severity=severity)], checked=["train.yaml"])
    (line, _) = concise.lines(report, COLOURED)
    assert f" \x1b[{colour}m{severity.value} SL301\x1b[0m it is so" in line


def test_links(checked: Checked, pages: str) -> None:
    """A code leads to its rule's page."""
    expected = "\x1b]8;;https://docs.example/rules/SL301/\x1b\\SL301\x1b]8;;\x1b\\"
    report = checked(LONG)
    report.fixed = report.findings
    for lines in (text.lines(report, LINKED), concise.lines(report, LINKED)):
        coded = [line for line in lines if "SL301" in line and "why:" not in line]
        assert len(coded) == 2
        assert all(expected in line for line in coded)


def test_no_links_without_pages(checked: Checked) -> None:
    """While there is no documentation on the web, codes are no links."""
    assert links.DOCUMENTATION is None, "the test is about its absence"
    assert not any("\x1b]" in line for line in text.lines(checked(LONG), LINKED))


def test_a_plugins_code_is_no_link(pages: str) -> None:
    """The pages are those of the box's rules."""
    assert LINKED.code("ACME7") == "ACME7"


def test_nothing_is_painted_where_nothing_is() -> None:
    """No sequence stands around an empty text."""
    assert COLOURED.painted("", Part.PATH) == ""


@given(TEXTS, NAMES)
def test_the_text_is_the_same(words: str, name: str) -> None:
    """Without its sequences, a coloured report is the plain one, and has no others."""
    report = hostile(words, name)
    report.fixed = [replace(report.findings[0], fix=mending(words))]
    for format_ in (text, concise):
        plain = list(format_.lines(report))
        assert seen(list(format_.lines(report, LINKED))) == plain
        assert list(format_.lines(report, PLAIN)) == plain
        assert not any("\x1b" in line for line in plain)
