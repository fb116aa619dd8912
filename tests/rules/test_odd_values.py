"""Whatever stands where a value goes, no framework and no rule fails on it."""

from __future__ import annotations

import random

import pytest

from schedlint.engine import Report, check_run
from schedlint.rulebook import in_the_box
from schedlint.rules import Example
from schedlint.run import Run, load
from schedlint.source import Mapping, ReadError
from schedlint.source.tree import nodes

RULES = [listed.load() for listed in in_the_box()]
EXAMPLES = [
    example
    for rule in RULES
    for example in (*rule.bad, *rule.good)
    if not example.file.endswith(".py")
]
ODD = (
    *(".inf", ".nan", "-1", "0", "1e400", "9" * 30, "null", '""', "[]", "{}", "[1, a]", "{a: 1}"),
    *("true", '"text"', "1.5", "-0.0", "[[1]]", "2020-01-01", "${x}", "!!int abc", "0x1F"),
    *("[null]", "[.inf]", "{type: null}", "1:30", "010"),
)


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_no_value_crashes_anything(number: int) -> None:
    """Each value of an example is replaced by two odd ones, a fixed choice for each example."""
    example = EXAMPLES[number]
    draw, framework = random.Random(number), _load(example, example.config).framework.name
    checked = 0
    for start, end in _values(example):
        for odd in draw.sample(ODD, 2):
            text = example.config[:start] + odd + example.config[end:]
            try:
                run = _load(example, text, framework)
            except ReadError:  # no such value in JSON, or in a flow collection
                continue
            report = Report()
            check_run(run, RULES, report)
            assert not report.crashed, text
            checked += 1
    assert checked


def _load(example: Example, text: str, framework: str | None = None) -> Run:
    packages = example.packages
    return load(
        text=text, filename=example.file, isolated=True, packages=packages, framework=framework
    )


def _values(example: Example) -> list[tuple[int, int]]:
    """Where every value stands, keys and the whole aside."""
    root = _load(example, example.config).document.root
    every = list(nodes(root))
    mappings = [node for node in every if isinstance(node, Mapping)]
    keys = {entry.key.start for mapping in mappings for entry in mapping.entries}
    return [(n.start, n.end) for n in every if n is not root and n.start not in keys]
