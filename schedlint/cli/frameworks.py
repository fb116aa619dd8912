"""`schedlint frameworks`."""

from __future__ import annotations

from typing import Annotated, Optional

import typer

from schedlint.cli import options
from schedlint.frameworks import UnknownFramework, by_name, names
from schedlint.reading.framework import Framework


def frameworks(
    name: Annotated[
        Optional[str], typer.Argument(metavar="NAME", help="Show what changed between versions.")
    ] = None,
) -> None:
    """List the frameworks, or the differences between the versions of one that the formulas
    know.
    """
    if name is None:
        known = [by_name(each) for each in names()]
        width = max(len(each.name) for each in known)
        for each in known:
            print(f"{each.name:{width}}  {each.title}, {each.versions}")
        return
    try:
        found = by_name(name)
    except UnknownFramework as problem:
        options.usage_error(str(problem))
    _show(found)


def _show(framework: Framework) -> None:
    print(f"{framework.name}: {framework.title}, {framework.versions}")
    print(f"  {framework.home}")
    print()
    if not framework.changes:
        print("  No differences between versions are known.")
        return
    print("  Known differences between versions:")
    width = max(len(f"{change.package} {change.version}") for change in framework.changes)
    for change in sorted(framework.changes, key=lambda each: (each.package, each.release)):
        print(f"  from {f'{change.package} {change.version}':{width}}  {change.what}")
