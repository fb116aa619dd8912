"""The options that several commands share, and what they come to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, NoReturn, Optional

import typer

from schedlint.frameworks import by_name, names
from schedlint.reading.framework import Companion
from schedlint.reading.versions import Pin, Range, SpecError, parse_pin
from schedlint.reports.escape import harmless
from schedlint.run import NotRecognised, read_companions
from schedlint.settings import SettingsError, SettingsFiles
from schedlint.source import ReadError
from schedlint.told import Assumption, FactError, Told, assumption

Framework = Annotated[
    Optional[str], typer.Option("--framework", metavar="NAME", help="Skip recognition.")
]
Package = Annotated[
    Optional[list[str]],
    typer.Option("--package", metavar="SPEC", help="A version in force: 'transformers==4.57.6'."),
]
WorldSize = Annotated[
    Optional[str], typer.Option("--world-size", metavar="N", help="Number of processes.")
]
DatasetRows = Annotated[
    Optional[str], typer.Option("--dataset-rows", metavar="N", help="Rows as stored.")
]
DatasetSize = Annotated[
    Optional[str],
    typer.Option("--dataset-size", metavar="N", help="Training samples in one pass."),
]
SequenceLength = Annotated[
    Optional[str], typer.Option("--sequence-length", metavar="N", help="Tokens per sample.")
]
Assume = Annotated[
    Optional[list[str]],
    typer.Option("--assume", metavar="NAME=VALUE", help="Any quantity, or gpu=NAME."),
]
With = Annotated[
    Optional[list[str]],
    typer.Option("--with", metavar="FILE", help="A companion of every file named."),
]

Config = Annotated[
    Optional[str], typer.Option("--config", metavar="FILE", help="The settings file.")
]
Isolated = Annotated[bool, typer.Option("--isolated", help="Use no settings.")]


def usage_error(message: str) -> NoReturn:
    """Say what is wrong with the command line and leave with code 2."""
    say(message)
    raise typer.Exit(2)


def say(message: str) -> None:
    """One line on standard error; what it quotes from files is made harmless."""
    typer.echo(f"schedlint: {harmless(message)}", err=True)


def facts(
    framework: str | None,
    packages: Sequence[str] | None,
    flags: dict[str, str | None],
    assume: Sequence[str] | None,
) -> Told:
    """What the command line tells about the runs; leaves with code 2 where it makes no sense."""
    try:
        pins = tuple(parse_pin(spec, "--package") for spec in packages or ())
        _fit_together(pins)
        _matter(pins)
        assumptions = [
            assumption(name, value, f"--{name.replace('_', '-')} {value}")
            for name, value in flags.items()
            if value is not None
        ]
        gpu = None
        for text in assume or ():
            name, sign, value = text.partition("=")
            if not sign or not value:
                usage_error(f"--assume {text}: write NAME=VALUE")
            if name == "gpu":
                gpu = value
            else:
                assumptions.append(_assumed(name, value))
    except (FactError, SpecError) as problem:
        usage_error(str(problem))
    _once(assumptions)
    return Told(tuple(assumptions), pins, framework, gpu)


def _matter(pins: Sequence[Pin]) -> None:
    """Say so where the version of a package makes no difference to any framework."""
    if all(pin.package in names() for pin in pins):
        return  # most frameworks are called as their packages: none need be imported
    known = sorted({package for name in names() for package in by_name(name).packages})
    for pin in pins:
        if pin.package not in known:
            say(f"--package {pin.package}: no framework depends on it; {_nearest(pin, known)}")


def _nearest(pin: Pin, known: Sequence[str]) -> str:
    from difflib import get_close_matches  # only a mistake needs it

    near = get_close_matches(pin.package, known, n=1)
    return f"did you mean {near[0]}?" if near else f"what counts are {', '.join(known)}"


def _fit_together(pins: Sequence[Pin]) -> None:
    """Leave with code 2 where several `--package` leave a package no version."""
    left: dict[str, Range] = {}
    for pin in pins:
        left[pin.package] = pin.range.meet(left.get(pin.package, Range()))
        if left[pin.package].empty:
            usage_error(f"--package: no version of {pin.package} fits all that is asked of it")


def _once(assumptions: Sequence[Assumption]) -> None:
    """Leave with code 2 where two options tell different values of one quantity."""
    told: dict[str, Assumption] = {}
    for each in assumptions:
        other = told.setdefault(each.quantity, each)
        if other.value != each.value:
            usage_error(f"{other.text} and {each.text} cannot both be true")


def _assumed(name: str, value: str) -> Assumption:
    return assumption(name, value, f"--assume {name}={value}")


def settings(config: str | None, isolated: bool) -> SettingsFiles:
    """Where the settings come from; leaves with code 2 where `--config` makes no sense."""
    if config is not None and isolated:
        usage_error("--config and --isolated exclude each other")
    try:
        return SettingsFiles(config, isolated)
    except SettingsError as problem:
        usage_error(str(problem))


def companions(paths: Sequence[str] | None) -> tuple[Companion, ...]:
    """The files given with `--with`; leaves with code 2 where one cannot be read or is of no
    kind.
    """
    try:
        return read_companions(paths or ())
    except (ReadError, NotRecognised) as problem:
        usage_error(str(problem))
