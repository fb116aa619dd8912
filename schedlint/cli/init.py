"""`schedlint init`."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from schedlint.cli import options
from schedlint.plan import WORDS
from schedlint.reports.escape import harmless
from schedlint.settings import SettingsError, SettingsFiles

if TYPE_CHECKING:
    from schedlint.setting_up.addition import Addition
    from schedlint.setting_up.survey import Survey

_SHOWN = 3
"""How many files of a framework are named."""


def init(
    folder: Annotated[
        str, typer.Argument(metavar="[FOLDER]", help="The project's top folder.")
    ] = ".",
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Write without asking.")] = False,
) -> None:
    """Look through a project, and begin its settings and its pre-commit hook.

    It says which training configs there are and which facts they lack, and asks before it writes
    anything. Without a terminal to ask on and without --yes it shows what it would write, and
    writes nothing. Settings and hooks that are there already are left alone.

    The exit code is 2 where a file cannot be written or is better changed by hand, else 0.
    """
    from schedlint.setting_up.survey import survey

    if not os.path.isdir(folder):
        options.usage_error(f"{folder} is no folder")
    try:
        found = survey(folder)
        settings = SettingsFiles().above(os.path.join(folder, "config.yaml")).path
    except SettingsError as problem:
        options.usage_error(str(problem))
    for line in _told(found):
        print(harmless(line))
    # The second file is not looked at before the first is written: what it holds does not change.
    done = [_settings(folder, found, settings, yes), _hook(folder, yes)]
    if not all(done):
        raise typer.Exit(2)


# What was found.


def _told(found: Survey) -> Iterator[str]:
    """The survey in words."""
    yield _counts(found)
    if found.configs:
        yield ""
        width = max(map(len, found.configs))
        for name, paths in found.configs.items():
            yield f"  {name:{width}}  {len(paths):3}  {_some(paths)}"
    if found.broken:
        yield ""
        yield f"{_number(len(found.broken), 'config')} cannot be parsed: {_some(found.broken)}"
    yield from _lacking(found)


def _counts(found: Survey) -> str:
    others = f"{_number(found.passed_over, 'other file')} passed over"
    if not found.configs:
        return f"No training config found; {others}."
    kinds = _number(len(found.configs), "framework")
    return f"{_number(found.count, 'training config')} of {kinds}; {others}."


def _lacking(found: Survey) -> Iterator[str]:
    missing = found.missing()
    if missing:
        yield ""
        yield "Facts that the configs do not hold, and how many checks wait for each:"
        yield ""
        width = max(len(name) for name, _ in missing)
        for name, count in missing:
            yield f"  {name:{width}}  {count:3}  {WORDS[name].meaning}"
    if found.unpinned:
        yield ""
        yield f"Nothing tells the versions of: {', '.join(found.unpinned)}"


def _some(paths: list[str]) -> str:
    """The first few, and how many more there are."""
    more = len(paths) - _SHOWN
    shown = ", ".join(paths[:_SHOWN])
    return f"{shown} and {more} more" if more > 0 else shown


def _number(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


# What is written.


def _settings(folder: str, found: Survey, settings: str | None, yes: bool) -> bool:
    """Begin the settings; whether nothing is left to do by hand."""
    from schedlint.project import root_above
    from schedlint.setting_up.section import addition_of_settings

    if settings is not None:
        return _left(f"{settings} holds settings already")
    top = _shown(root_above(_real(folder)))
    return _made(lambda: addition_of_settings(top, found), yes)


def _hook(folder: str, yes: bool) -> bool:
    """Begin the hook; whether nothing is left to do by hand."""
    from schedlint.setting_up.hook import FILE, addition_of_hook, has_hook, installed_from

    real = _real(folder)
    tops = (each for each in (real, *real.parents) if (each / ".git").exists())
    top = next(tops, None)
    if top is None:
        return _left("No git repository, so no hook")
    if has_hook(str(top)):
        return _left(f"{os.path.normpath(os.path.join(_shown(top), FILE))} runs schedlint already")
    return _made(lambda: addition_of_hook(_shown(top), installed_from()), yes)


def _left(why: str) -> bool:
    print(f"\n{harmless(why)}: nothing to do.")
    return True


def _made(addition: Callable[[], Addition], yes: bool) -> bool:
    """Show an addition and write it, if that is wanted; whether nothing is left to do by hand."""
    from schedlint.setting_up.addition import ByHand

    try:
        made = addition()
    except ByHand as reason:
        print()
        sys.stdout.flush()
        options.say(f"{reason}; add by hand what follows")
        _print_indented(reason.text)
        return False
    verb = "new" if made.before is None else f"{made.what} is to be added"
    print(f"\n{harmless(made.path)}: {verb}")
    _print_indented(made.text)
    return _written(made) if _is_wanted(made, yes) else True


def _is_wanted(addition: Addition, yes: bool) -> bool:
    if yes:
        return True
    if not _can_ask():
        sys.stdout.flush()
        options.say(f"{addition.path} was not written: there is nobody to ask; --yes writes it")
        return False
    try:
        return typer.confirm(f"Write {harmless(addition.path)}?", default=False)
    except typer.Abort:
        print()
        return False


def _can_ask() -> bool:
    """Whether somebody sees the question and can answer it."""
    return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout))


def _written(addition: Addition) -> bool:
    from schedlint.fixes.write import WriteError
    from schedlint.setting_up.addition import write_addition

    try:
        write_addition(addition)
    except WriteError as error:
        sys.stdout.flush()
        options.say(f"{error.path} was not written: {error.reason}")
        return False
    print(f"Wrote {harmless(addition.path)}.")
    return True


def _print_indented(text: str) -> None:
    print()
    for line in text.splitlines():
        print(f"    {harmless(line)}".rstrip())
    print()


def _real(folder: str) -> Path:
    return Path(os.path.realpath(folder))


def _shown(folder: Path) -> str:
    """A folder as seen from here, where it is not too far off."""
    seen = os.path.relpath(folder, os.path.realpath("."))
    return str(folder) if seen.startswith(os.pardir) else seen
