"""The check as a function, for programs."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from schedlint.engine import check_paths
from schedlint.policy import Policy
from schedlint.reading.versions import parse_pin
from schedlint.rules import Finding
from schedlint.run import read_companions
from schedlint.settings import SettingsFiles
from schedlint.told import Told, told


def check(
    paths: Sequence[str | os.PathLike[str]],
    *,
    assume: Mapping[str, object] | None = None,
    packages: Sequence[str] = (),
    companions: Sequence[str | os.PathLike[str]] = (),
    framework: str | None = None,
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
    config: str | None = None,
    isolated: bool = False,
) -> list[Finding]:
    """All findings about the training configs among and below some paths, sorted by file and place.

    `assume` holds facts that the files do not, `packages` versions in force, `companions` further
    files of every run, `select` and `ignore` rules by code, prefix or name. The nearest settings
    above each file count, or those of `config`, or none where `isolated`.

    Raises ReadError for a path that cannot be read, SettingsError for settings that cannot be
    understood, FactError, SpecError, UnknownRule and UnknownFramework for arguments that make no
    sense.
    """
    facts = told(assume or {})
    pins = tuple(parse_pin(spec, "packages") for spec in packages)
    known = Told(facts.assumptions, pins, framework, facts.gpu)
    settings = SettingsFiles(config, isolated)
    policy = Policy(known, read_companions(companions), select, ignore, settings)
    report = check_paths([os.fspath(path) for path in paths], policy)
    if report.unreadable:
        raise report.unreadable[0]
    return report.findings
