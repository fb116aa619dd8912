"""`schedlint check`."""

from __future__ import annotations

import os
import sys
from enum import Enum
from typing import Annotated, Optional

import typer

from schedlint.cli import options
from schedlint.cli.shown import Format, Shown
from schedlint.engine import Report, check_paths
from schedlint.frameworks import UnknownFramework
from schedlint.policy import Policy
from schedlint.rulebook import UnknownRule, in_the_box, select
from schedlint.rules import Severity
from schedlint.settings import SettingsError
from schedlint.source import ReadError
from schedlint.source.limits import MAX_BYTES


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
    fix: Annotated[bool, typer.Option("--fix", help="Apply the safe fixes.")] = False,
    unsafe_fixes: Annotated[
        bool,
        typer.Option("--unsafe-fixes", help="Apply those too that change what is trained."),
    ] = False,
    diff: Annotated[
        bool, typer.Option("--diff", help="Show what the fixes would change, and write nothing.")
    ] = False,
    output_format: Annotated[Format, typer.Option("--output-format")] = Format.TEXT,
    output_file: Annotated[
        Optional[str],
        typer.Option("--output-file", metavar="FILE", help="Write the report to a file."),
    ] = None,
    statistics: Annotated[
        bool, typer.Option("--statistics", help="Count the findings of each rule instead.")
    ] = False,
    quiet: Annotated[bool, typer.Option("-q", "--quiet", help="Findings, and no summary.")] = False,
    verbose: Annotated[
        bool, typer.Option("-v", "--verbose", help="Also tell what could not be decided.")
    ] = False,
    no_color: Annotated[bool, typer.Option("--no-color", help="Use no colours.")] = False,
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
    stdin_filename: Annotated[
        Optional[str],
        typer.Option("--stdin-filename", metavar="NAME", help="Read standard input as this file."),
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
    if diff and (output_format is not Format.TEXT or output_file or statistics):
        options.usage_error("--diff prints a patch and takes no other form of output")
    shown = Shown(output_format, output_file, statistics, quiet, verbose, no_color)
    targets = _targets(paths, stdin_filename, policy)
    try:
        select(in_the_box(), policy.chosen, policy.ignored)
        report = check_paths(targets, policy)
        least = fail_on or FailOn(settings.above("schedlint.toml").fail_on)
    except (SettingsError, UnknownRule, UnknownFramework) as problem:
        options.usage_error(str(problem))
    stdin, broken = stdin_filename is not None, False
    if diff:
        from schedlint.cli.fix import show_patch

        report, code = show_patch(targets, policy, report, unsafe=unsafe_fixes, stdin=stdin)
        shown.say(report)
        raise typer.Exit(code)
    if fix or unsafe_fixes:
        report, broken = _fixed(targets, policy, report, unsafe=unsafe_fixes, stdin=stdin)
    shown.show(report, to_stderr=stdin and (fix or unsafe_fixes))
    shown.say(report)
    raise typer.Exit(2 if broken else exit_code(report, least))


def _targets(paths: Selectors, stdin_filename: str | None, policy: Policy) -> list[str]:
    """The paths to check. Standard input takes the place of the file whose name it is given."""
    from_stdin = paths in (None, ["-"]) if stdin_filename is not None else False
    if not from_stdin:
        if stdin_filename is not None or "-" in (paths or ()):
            options.usage_error("standard input (-) is read alone, with --stdin-filename NAME")
        return paths or ["."]
    assert stdin_filename is not None, "asked above"
    if not stdin_filename or os.path.isdir(stdin_filename):
        options.usage_error(f"--stdin-filename {stdin_filename!r} names no file")
    try:
        policy.texts.put_bytes(stdin_filename, _standard_input())
    except ReadError as error:
        options.usage_error(str(error))
    return [stdin_filename]


def _standard_input() -> bytes:
    """All of it, or enough to see that it is too much."""
    if sys.stdin is None:
        options.usage_error("standard input is closed")
    try:
        return sys.stdin.buffer.read(MAX_BYTES + 1)
    except OSError as error:
        options.usage_error(f"standard input: {error.strerror}")


def _fixed(
    targets: list[str], policy: Policy, report: Report, *, unsafe: bool, stdin: bool
) -> tuple[Report, bool]:
    """What is left after fixing, and whether something could not be fixed or written.

    Nothing of it is imported where nothing can be fixed.
    """
    if not stdin and not any(each.fix is not None for each in report.findings):
        return report, False
    from schedlint.cli.fix import fix as make_fixes

    return make_fixes(targets, policy, report, unsafe=unsafe, stdin=stdin)


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
