"""Nothing is reported that does not hold for every value still possible.

A config is checked with a fact forgotten, and once more with the fact told, whatever it is: a
finding that stands without the fact must stand with it.
"""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from schedlint.engine import Report, check_run
from schedlint.frameworks import by_name, names
from schedlint.policy import Policy
from schedlint.reading.versions import parse_pin, release
from schedlint.rulebook import in_the_box
from schedlint.rules import Example, Severity
from schedlint.run import load, read_companions
from schedlint.schemas import looked_at
from schedlint.settings import SettingsFiles
from schedlint.source import read
from schedlint.told import Told, told

RULES = [listed.load() for listed in in_the_box()]
EXAMPLES = [example for rule in RULES for example in (*rule.bad, *rule.good)]

COUNTS = st.integers(1, 16) | st.sampled_from([64, 100, 1000, 50_000, 2_000_000])
FACTS = {
    "world_size": st.integers(1, 64),
    "dataset_size": COUNTS,
    "dataset_rows": COUNTS,
    "eval_dataset_size": st.integers(0, 3) | COUNTS,
    "sequence_length": COUNTS,
}

Found = set[tuple[str, str, int]]


class Checked(NamedTuple):
    """What came out: code, file and offset of all that is a warning or worse."""

    findings: Found
    contradictions: int


def _check(example: Example, facts: dict[str, object], packages: tuple[str, ...]) -> Checked:
    with tempfile.TemporaryDirectory() as folder:
        for name, text in {**example.files, example.file: example.config}.items():
            Path(folder, name).parent.mkdir(parents=True, exist_ok=True)
            Path(folder, name).write_bytes(text.encode())
        known = told(facts)
        pins = tuple(parse_pin(each, "test") for each in packages)
        beside = read_companions([Path(folder, name) for name in example.beside])
        policy = Policy(
            Told(known.assumptions, pins, gpu=known.gpu),
            beside,
            rules=RULES,
            settings=SettingsFiles(isolated=True),
        )
        report = Report()
        (run,) = [
            run
            for document in read(Path(folder, example.file)).documents
            if (run := policy.run_of(document)) is not None
        ]
        check_run(run, RULES, report)
        assert not report.crashed
        found = {
            (each.code, each.place.name, each.place.start)
            for each in report.findings
            if each.severity is not Severity.INFO
        }
        return Checked(found, max(len(each.contradictions) for each in run.scenarios))


def _places(findings: Found) -> set[tuple[str, int]]:
    return {(name, start) for _, name, start in findings}


def _harmless(with_it: Checked, without: Checked) -> Found:
    """Findings that stay true and are kept back, because nothing comes of them after all.

    SL102: the steps still count and the epochs do not, but they come to the same.
    """
    return {each for each in without.findings if each[0] == "SL102" and not with_it.findings}


def _framework(example: Example) -> str:
    return load(text=example.config, filename=example.file, isolated=True).framework.name


def _versions(framework: str) -> list[str]:
    """Versions on both sides of each difference that is known, as far back as the formulas go."""
    known = by_name(framework)
    oldest = release(next(iter(re.findall(r"[0-9.]+", known.versions)), "0"))
    told = [(c.package, c.version) for c in known.changes]
    told += [(p, v) for p, span in looked_at(framework).items() for v in span]
    own = known.packages[:1]
    return [f"{p}=={v}" for p, v in told if p not in own or release(v) >= oldest]


@pytest.mark.parametrize("example", EXAMPLES, ids=range(len(EXAMPLES)))
@settings(max_examples=8, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(data=st.data())
def test_a_forgotten_fact_brings_no_finding(example: Example, data: st.DataObject) -> None:
    """For any value of one fact that is not known."""
    framework = _framework(example)
    # A plain loop is one process, unless somebody tells otherwise: that is told in its proofs.
    facts = sorted(set(FACTS) - ({"world_size"} if framework == "generic" else set()))
    name = data.draw(st.sampled_from(facts), label="forgotten")
    value = data.draw(FACTS[name], label="in truth")
    others = {fact: known for fact, known in example.flags.items() if fact != name}
    without = _check(example, others, example.packages)
    with_it = _check(example, {**others, name: value}, example.packages)
    assume(with_it.contradictions <= without.contradictions)  # else it cannot be the truth
    assert without.findings - with_it.findings <= _harmless(with_it, without)


@pytest.mark.parametrize("example", EXAMPLES, ids=range(len(EXAMPLES)))
@settings(max_examples=8, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(data=st.data())
def test_a_forgotten_version_brings_no_finding(example: Example, data: st.DataObject) -> None:
    """For any version the same line is reported, if only for something else that is wrong there."""
    versions = _versions(_framework(example))
    if versions:
        version = data.draw(st.sampled_from(versions), label="in truth")
        without = _check(example, dict(example.flags), ())
        with_it = _check(example, dict(example.flags), (version,))
        assert _places(without.findings) <= _places(with_it.findings)


def test_the_names_are_those_of_frameworks() -> None:
    """Every example is a config of a framework that is known."""
    assert {_framework(example) for example in EXAMPLES} <= set(names())
