"""`schedlint derive`."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from enum import Enum
from typing import Annotated, Optional

import typer

from schedlint.cli import options
from schedlint.engine import NOT_RECOGNISED, missing_companions
from schedlint.frameworks import UnknownFramework
from schedlint.outlook import Outlook
from schedlint.plan import WORDS
from schedlint.policy import Policy
from schedlint.reports import derive as report
from schedlint.reports.escape import harmless
from schedlint.run import Run
from schedlint.settings import SettingsError
from schedlint.source import ReadError, read
from schedlint.told import Assumption, FactError, Told, assumption


class Format(str, Enum):
    """Text for people, JSON for programs."""

    TEXT = "text"
    JSON = "json"


def derive(
    files: Annotated[list[str], typer.Argument(metavar="FILE...", help="Training configs.")],
    why: Annotated[
        Optional[str], typer.Option("--why", metavar="NAME", help="The proof of one number.")
    ] = None,
    sweep: Annotated[
        Optional[str],
        typer.Option("--sweep", metavar="NAME=A,B,C", help="Side by side for several values."),
    ] = None,
    output_format: Annotated[Format, typer.Option("--output-format")] = Format.TEXT,
    framework: options.Framework = None,
    package: options.Package = None,
    world_size: options.WorldSize = None,
    dataset_rows: options.DatasetRows = None,
    dataset_size: options.DatasetSize = None,
    sequence_length: options.SequenceLength = None,
    assume: options.Assume = None,
    with_: options.With = None,
    config: options.Config = None,
    isolated: options.Isolated = False,
) -> None:
    """Show the numbers that a config implies, and how each came about."""
    flags = {
        "world_size": world_size,
        "dataset_rows": dataset_rows,
        "dataset_size": dataset_size,
        "sequence_length": sequence_length,
    }
    if output_format is Format.JSON and (why or sweep):
        options.usage_error("--why and --sweep are shown as text; the JSON holds every proof")
    known = options.facts(framework, package, flags, assume)
    swept = None if sweep is None else _swept(sweep)
    settings = options.settings(config, isolated)
    runs, failed = _runs(files, Policy(known, options.companions(with_), settings=settings))
    if why is not None:
        _known_word(why, [run for _, run in runs if run is not None])
    if output_format is Format.JSON:
        from schedlint.reports import json

        print(json.derived(runs))
    else:
        _print(runs, why, swept)
    sys.stdout.flush()
    raise typer.Exit(2 if failed else 0)


def _known_word(name: str, runs: Sequence[Run]) -> None:
    """Leave with code 2 for a quantity that none of the runs has."""
    if name not in WORDS and not any(name in run.framework.vocabulary() for run in runs):
        try:
            assumption(name, 1, "")
        except FactError as problem:
            options.usage_error(f"--why: {problem}")


def _swept(sweep: str) -> list[Assumption]:
    """The values of a sweep such as `world_size=1,2,4,8`; leaves with code 2 for other text."""
    name, sign, values = sweep.partition("=")
    if not sign or not values:
        options.usage_error(f"--sweep {sweep}: write NAME=VALUE,VALUE,…")
    try:
        return [assumption(name, value, f"{name}={value}") for value in values.split(",")]
    except FactError as problem:
        options.usage_error(f"--sweep: {problem}")


def _runs(files: Sequence[str], policy: Policy) -> tuple[list[tuple[str, Run | None]], bool]:
    """Each file with its run (None: no training config), and whether one could not be read."""
    runs: list[tuple[str, Run | None]] = []
    failed = False
    for path in dict.fromkeys(files):
        try:
            documents = read(path).documents
            found = [run for document in documents if (run := policy.run_of(document))]
            solved = [run for run in found if run.plan.contradictions is not None]
        except ReadError as problem:
            options.say(str(problem))
            failed = True
        except (SettingsError, UnknownFramework) as problem:
            options.usage_error(str(problem))
        except Exception as problem:  # noqa: BLE001 (the other files are still shown)
            options.say(f"{path}: reading it failed with {type(problem).__name__}: {problem}")
            failed = True
        else:
            runs += [(path, run) for run in solved] or [(path, None)]
            failed |= _say_what_lacks(solved)
    return runs, failed


def _say_what_lacks(runs: Sequence[Run]) -> bool:
    """Name the companions that are not there or cannot be read; whether there is one of these."""
    for run in runs:
        for line in (*missing_companions(run), *map(str, run.unreadable)):
            options.say(line)
    return any(run.unreadable for run in runs)


def _print(
    runs: Sequence[tuple[str, Run | None]], why: str | None, swept: Sequence[Assumption] | None
) -> None:
    for number, (path, run) in enumerate(runs):
        if number:
            print()
        if run is None:
            print(f"{harmless(path)}: {NOT_RECOGNISED}")
            continue
        if why is not None:
            lines = _why(run, why)
        elif swept is not None:
            variants = [(each.value, _variant(run, each)) for each in swept]
            lines = report.sweep(run, swept[0].quantity, variants)
        else:
            lines = report.table(run)
        for line in lines:
            print(line)


def _why(run: Run, name: str) -> Iterator[str]:
    """The proof, under the file's name where the framework has such a quantity."""
    if name in run.framework.vocabulary():
        return report.why(run, name)
    return iter([f"{report.heading(run)}: {name} means nothing here"])


def _variant(run: Run, swept: Assumption) -> Outlook:
    """What a run would imply with another value of one quantity, whatever its files say of it."""
    other = replace(run, told=Told((swept,)).over(run.told))
    return Outlook([each.without_stated(swept.quantity) for each in other.scenarios])
