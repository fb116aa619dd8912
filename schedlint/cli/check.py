"""`schedlint check`."""

from __future__ import annotations

import sys
from enum import Enum
from importlib import import_module
from typing import Annotated, Optional

import typer

from schedlint.cli import options
from schedlint.engine import Report, check_paths
from schedlint.frameworks import UnknownFramework
from schedlint.policy import Policy
from schedlint.rulebook import UnknownRule, in_the_box, select
from schedlint.rules import Severity
from schedlint.settings import SettingsError


class Format(str, Enum):
    """How findings are shown; each is a module of `schedlint.reports`."""

    TEXT = "text"
    CONCISE = "concise"
    JSON = "json"


class FailOn(str, Enum):
    """The lowest severity that makes the exit code 1."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"
    NEVER = "never"


Selectors = Optional[list[str]]


def check(
    paths: Annotated[
        Optional[list[str]], typer.Argument(metavar="[PATH]...", help="Files and folders.")
    ] = None,
    output_format: Annotated[Format, typer.Option("--output-format")] = Format.TEXT,
    chosen: Annotated[
        Selectors, typer.Option("--select", metavar="CODES", help="Codes, prefixes or names.")
    ] = None,
    ignored: Annotated[Selectors, typer.Option("--ignore", metavar="CODES")] = None,
    fail_on: Annotated[
        Optional[FailOn],
        typer.Option(
            "--fail-on", help="Lowest severity that makes the exit code 1 (default: warning)."
        ),
    ] = None,
    config: options.Config = None,
    isolated: options.Isolated = False,
    framework: options.Framework = None,
    package: options.Package = None,
    world_size: options.WorldSize = None,
    dataset_rows: options.DatasetRows = None,
    dataset_size: options.DatasetSize = None,
    sequence_length: options.SequenceLength = None,
    assume: options.Assume = None,
    with_: options.With = None,
) -> None:
    """Find what cannot be true, will be refused or will silently not happen."""
    flags = {
        "world_size": world_size,
        "dataset_rows": dataset_rows,
        "dataset_size": dataset_size,
        "sequence_length": sequence_length,
    }
    known = options.facts(framework, package, flags, assume)
    settings = options.settings(config, isolated)
    policy = Policy(known, options.companions(with_), _split(chosen), _split(ignored), settings)
    try:
        select(in_the_box(), policy.chosen, policy.ignored)
        report = check_paths(paths or ["."], policy)
        least = fail_on or FailOn(settings.above("schedlint.toml").fail_on)
    except (SettingsError, UnknownRule, UnknownFramework) as problem:
        options.usage_error(str(problem))
    for line in import_module(f"schedlint.reports.{output_format.value}").lines(report):
        print(line)
    sys.stdout.flush()
    for notice in (*report.notices, *map(str, report.unreadable)):
        options.say(notice)
    raise typer.Exit(exit_code(report, least))


def exit_code(report: Report, fail_on: FailOn) -> int:
    """2 where something could not be checked, 1 where something was found, else 0."""
    if report.unreadable or report.crashed:
        return 2
    if fail_on is FailOn.NEVER:
        return 0
    least = Severity(fail_on.value).weight
    return int(any(finding.severity.weight >= least for finding in report.findings))


def _split(selectors: Selectors) -> list[str]:
    """`--select SL1,SL301 --select SL4` as three selectors."""
    return [part.strip() for text in selectors or () for part in text.split(",") if part.strip()]
