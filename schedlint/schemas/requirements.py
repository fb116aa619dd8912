"""Versions of other packages that follow from a framework's own: what its releases ask for."""

from __future__ import annotations

from collections.abc import Iterable

from schedlint.reading.versions import Pin, Range, normalised, parse_pin, release
from schedlint.schemas import load


def with_requirements(framework: str, packages: Iterable[str], pins: Iterable[Pin]) -> list[Pin]:
    """The versions that are told, and those that the told ones of a framework ask for.

    A package whose version is told itself is what it is told to be.
    """
    told = list(pins)
    own = [pin for pin in told if pin.package in map(normalised, packages)]
    if not own:
        return told
    asked = (load(framework) or {}).get("x-requires", {})
    for package, specs in asked.items():
        if package not in {pin.package for pin in told}:
            known = _asked_by(own[0].range, specs, package)
            if known is not None and not known.empty:
                told.append(Pin(package, known, str(known), f"{own[0].package} {own[0].spec}"))
    return told


def _asked_by(releases: Range, specs: list[list[str]], package: str) -> Range | None:
    """What any of some releases allows; None where one that is older than all told is among them.

    `specs`: the first release that asks for it, and what it asks for.
    """
    starts = [release(first) for first, _ in specs]
    if releases.first < starts[0]:
        return None
    allowed = [
        parse_pin(f"{package}{spec}", "").range
        for (_, spec), start, end in zip(specs, starts, [*starts[1:], None], strict=True)
        if start < releases.end and (end is None or end > releases.first)
    ]
    return Range(min(each.first for each in allowed), max(each.end for each in allowed))
