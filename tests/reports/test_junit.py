"""JUnit's XML is what CI servers read, whatever stands in a file."""

from __future__ import annotations

import re
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest
from hypothesis import given

from schedlint.engine import Report
from schedlint.reports import junit
from schedlint.reports.escape import harmless
from schedlint.source import ReadError
from tests.reports.conftest import Checked
from tests.reports.made import NAMES, TEXTS, found, hostile
from tests.reports.runner import commands, logging_commands

LONG = "output_dir: out\nper_device_train_batch_size: 4\nmax_steps: 100\nwarmup_steps: 200\n"

# From the schema that Jenkins checks with: the attributes of an element that must be there, those
# that may be, and the elements in it.
COUNTS = {"tests", "failures", "errors"}
STRUCTURE = {
    "testsuites": (set[str](), {"name", "time", *COUNTS}, {"testsuite"}),
    "testsuite": ({"name", *COUNTS}, {"skipped", "time"}, {"testcase"}),
    "testcase": ({"name"}, {"classname", "time"}, {"failure", "error"}),
    "failure": (set[str](), {"type", "message"}, set[str]()),
    "error": (set[str](), {"type", "message"}, set[str]()),
}
# The characters that XML 1.0 allows.
CHARACTERS = re.compile("[\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]*")


def read(report: Report) -> Element:
    """The document as a server reads it, after a look at its form."""
    text = "\n".join(junit.lines(report))
    assert text.isascii()
    assert text.startswith('<?xml version="1.0" encoding="UTF-8"?>\n<testsuites ')
    assert commands(text) == []
    assert logging_commands(text) == []
    root = ElementTree.fromstring(text.encode())
    assert root.tag == "testsuites"
    for element in root.iter():
        _expect_form(element)
    _expect_counts(root, list(root.iter("testcase")))
    for suite in root:
        _expect_counts(suite, list(suite))
        names = [case.get("name") for case in suite]
        assert len(set(names)) == len(names) > 0
    return root


def _expect_form(element: Element) -> None:
    needed, allowed, inside = STRUCTURE[element.tag]
    assert needed <= set(element.attrib) <= needed | allowed
    assert {child.tag for child in element} <= inside
    for text in (*element.attrib.values(), element.text or "", element.tail or ""):
        assert CHARACTERS.fullmatch(text)


def _expect_counts(element: Element, cases: list[Element]) -> None:
    assert element.get("tests") == str(len(cases))
    for kind, count in (("failure", "failures"), ("error", "errors")):
        assert element.get(count) == str(sum(case.find(kind) is not None for case in cases))


def test_a_finding_and_a_clean_file(checked: Checked) -> None:
    """A suite a file; a finding is a failed case, a file without any a case that passes."""
    report = checked(LONG)
    report.checked.append("clean.yaml")
    suite, clean = read(report)
    assert suite.attrib == {
        "name": "train.yaml",
        "tests": "1",
        "failures": "1",
        "errors": "0",
        "skipped": "0",
        "time": "0",
    }
    (case,) = suite
    assert case.attrib == {
        "name": "SL301 warmup-outlasts-training: warmup_steps",
        "classname": "train.yaml",
        "time": "0",
    }
    (failure,) = case
    message = (
        "warm-up takes 200 of the 100 steps that will run: "
        "the learning rate never gets past its peak"
    )
    assert failure.attrib == {"type": "error", "message": message}
    assert (failure.text or "").split("\n") == [
        f"train.yaml:4:1: {message}",
        "train.yaml:3: max_steps: 100",
        "train.yaml:4: warmup_steps: 200",
        "unsafe fix: warmup_steps: 3 (3% of 100 steps)",
    ]
    (case,) = clean
    assert (case.get("name"), list(case)) == ("no findings", [])


def test_unreadable() -> None:
    """A file that cannot be read is an error of the run, no failed case."""
    root = read(Report(checked=["a.yaml"], unreadable=[ReadError("b.yaml", "no such file")]))
    assert (root.get("tests"), root.get("failures"), root.get("errors")) == ("2", "0", "1")
    error = root.find("testsuite/testcase/error")
    assert error is not None
    assert (error.get("message"), error.text) == ("no such file", "no such file")


def test_nothing() -> None:
    """Without files there are no suites."""
    assert list(read(Report())) == []


def test_twins() -> None:
    """Servers tell cases by their names: of two alike, the second is numbered."""
    (suite,) = read(Report(findings=[found(), found()]))
    assert [case.get("name") for case in suite] == ["SL301 a-name", "SL301 a-name (2)"]


def test_long_keys(checked: Checked) -> None:
    """A long path of keys is shown by its end."""
    report = checked(f"{'k' * 300}: 1\n{LONG}wramup_steps: 3\n".replace("k" * 300, "é" * 300))
    for suite in read(report):
        assert all(len(case.get("name", "")) < 160 for case in suite)


def test_every_rule(every_rule: Report) -> None:
    """What every rule finds in its example is well formed and counted."""
    assert read(every_rule).get("failures") == str(len(every_rule.findings))


@given(TEXTS, NAMES)
def test_anything(words: str, name: str) -> None:
    """Whatever a file holds and is called comes out of the document as it is shown elsewhere."""
    (suite,) = read(hostile(words, name))
    assert suite.get("name") == harmless(name)
    (case,) = suite
    (failure,) = case
    assert failure.get("message") == harmless(words)
    lines = (failure.text or "").split("\n")
    assert lines[0] == f"{harmless(name)}:1:1: {harmless(words)}"


@pytest.mark.parametrize("sign", [chr(code) for code in range(1, 32)] + ["\ufffe", "\ud800"])
def test_what_xml_forbids(sign: str) -> None:
    """Control characters are shown as escapes; XML has none for most of them."""
    (suite,) = read(hostile(f"a{sign}b", "x"))
    shown = "a b" if sign == "\t" else f"a{harmless(sign)}b"
    assert suite[0][0].get("message") == shown
