"""JUnit's XML, which every CI server shows: a suite a file, a failed case a finding.

Source: the schema that Jenkins checks it with, `junit-10.xsd` of the xUnit plugin.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from schedlint.engine import Report
from schedlint.reports.escape import harmless
from schedlint.reports.proof import proof
from schedlint.reports.text import message, where
from schedlint.rules import Finding
from schedlint.same import key_path
from schedlint.source import ReadError

_LONGEST = 100


def lines(report: Report) -> Iterator[str]:
    """The document, in ASCII: whatever the encoding of the output, it is what the head says."""
    root = Element("testsuites", {"name": "schedlint"})
    for path, findings in _by_file(report).items():
        suite = _suite(root, path, tests=max(1, len(findings)), failures=len(findings))
        names: Counter[str] = Counter()
        for finding in findings:
            _failed(suite, finding, names)
        if not findings:
            SubElement(suite, "testcase", _case(path, "no findings"))
    for error in report.unreadable:
        _unreadable(_suite(root, error.path, tests=1, errors=1), error)
    for count in ("tests", "failures", "errors"):
        root.set(count, str(sum(int(suite.get(count, "0")) for suite in root)))
    ElementTree.indent(root)
    yield '<?xml version="1.0" encoding="UTF-8"?>'
    yield _inert(ElementTree.tostring(root, "us-ascii", xml_declaration=False).decode("ascii"))


def _by_file(report: Report) -> dict[str, list[Finding]]:
    """The findings of every file that was checked, and of any other that has some."""
    files: dict[str, list[Finding]] = {path: [] for path in report.checked}
    for finding in report.findings:
        files.setdefault(finding.path, []).append(finding)
    return files


def _suite(root: Element, path: str, **counts: int) -> Element:
    numbers = {"tests": 0, "failures": 0, "errors": 0, "skipped": 0, **counts}
    told = {name: str(number) for name, number in numbers.items()}
    return SubElement(root, "testsuite", {"name": harmless(path), **told, "time": "0"})


def _case(path: str, name: str) -> dict[str, str]:
    return {"name": name, "classname": harmless(path), "time": "0"}


def _failed(suite: Element, finding: Finding, names: Counter[str]) -> None:
    """A case whose name stays when lines move; of the same name, the later ones are numbered."""
    name = harmless(f"{finding.code} {finding.name}: {_key(finding)}".removesuffix(": "))
    names[name] += 1
    number = f" ({names[name]})" if names[name] > 1 else ""
    case = SubElement(suite, "testcase", _case(finding.path, name + number))
    told = {"type": finding.severity.value, "message": message(finding)}
    text = (f"{where(finding)}: {message(finding)}", *proof(finding))
    _text(SubElement(case, "failure", told), text)


def _key(finding: Finding) -> str:
    key = ".".join(key_path(finding.place))
    return key if len(key) <= _LONGEST else f"…{key[-_LONGEST:]}"


def _unreadable(suite: Element, error: ReadError) -> None:
    case = SubElement(suite, "testcase", _case(error.path, "can be read"))
    told = harmless(error.message)
    _text(SubElement(case, "error", {"type": "unreadable", "message": told}), [told])


def _text(element: Element, told: Iterable[str]) -> None:
    element.text = "\n".join(told)


def _inert(xml: str) -> str:
    """The same document without what the CI job that prints it would take for a command."""
    xml = re.sub(r"(?m)^(\s*):(?=:)", r"\1&#58;", xml)
    return xml.replace("##", "#&#35;")
