"""The check as a function, for programs."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from schedlint.engine import check_paths
from schedlint.facts import Told, told
from schedlint.frameworks.versions import parse_pin
from schedlint.rulebook import in_the_box, select
from schedlint.rules import Finding
from schedlint.run import read_companions


def check(
    paths: Sequence[str | os.PathLike[str]],
    *,
    assume: Mapping[str, object] | None = None,
    packages: Sequence[str] = (),
    companions: Sequence[str | os.PathLike[str]] = (),
    framework: str | None = None,
    chosen: Sequence[str] = (),
    ignored: Sequence[str] = (),
) -> list[Finding]:
    """All findings about the training configs among and below some paths, sorted by file and place.

    `assume` holds facts that the files do not, `packages` versions in force, `companions` further
    files of every run, `chosen` and `ignored` rules by code, prefix or name.

    Raises ReadError for a path that cannot be read, FactError, SpecError, UnknownRule and
    UnknownFramework for arguments that make no sense.
    """
    facts = told(assume or {})
    pins = tuple(parse_pin(spec, "packages") for spec in packages)
    known = Told(facts.assumptions, pins, framework, facts.gpu)
    rules = [listed.load() for listed in select(in_the_box(), chosen, ignored)]
    report = check_paths(
        [os.fspath(path) for path in paths], rules, known, read_companions(companions)
    )
    if report.unreadable:
        raise report.unreadable[0]
    return report.findings
