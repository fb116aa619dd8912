"""From what each release says to one JSON Schema: every key, and the releases that know it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from tests.schemas.classes import NO_DEFAULT, Key, Keys, Schema
from tests.schemas.releases import Release, Source, releases

DRAFT = "https://json-schema.org/draft/2020-12/schema"

REFUSED, IGNORED, ELSEWHERE = "refused", "ignored", "elsewhere"
"""What becomes of a key that is not known: the framework stops, passes it over in silence, or it
may belong to something else that reads the same file (a script's own arguments)."""

RAW, ARGPARSE, PYDANTIC, JSONARGPARSE = "raw", "argparse", "pydantic", "jsonargparse"
"""What the framework does to a value: takes it as the file's reader made it; converts text by the
option's type and leaves the rest; checks and converts all by pydantic's lax rules, or by
jsonargparse's."""


@dataclass(frozen=True)
class Framework:
    """Where a framework's keys stand in its source.

    `packages` reads the keys of a release by dotted path (`zero_optimization.stage`;
    `datasets[].path` for the items of a list). `unknown` tells per section (`""` is the whole file) what becomes of
    keys that are not known there; a section that it leaves out is not looked into.
    """

    name: str
    title: str
    packages: dict[str, Callable[[Source], Keys]]
    """Package → how to read its keys. Their keys are of one file, each with its own package."""
    sampled: Callable[[str], Iterable[Release]]
    """Which releases of a package to look at."""
    unknown: dict[str, str] = field(default_factory=dict)
    values: dict[str, str] = field(default_factory=dict)
    """Section → what the framework does to the values there and in the sections below."""
    builds_on: tuple[str, ...] = ()
    """Schemas whose keys the same file may hold, such as a trainer's own arguments."""


@dataclass
class _Known:
    key: Key
    since: str | None
    """The first release that may know it; None: all that were looked at."""
    until: str | None = None


def schema(
    framework: Framework, archives: Callable[[Release], Source], said: dict[str, str]
) -> Schema:
    """The JSON Schema of a framework; `said` holds a description for each dotted path."""
    root: Schema = {"$schema": DRAFT, "title": framework.title, "type": "object"}
    if framework.builds_on:
        root["x-builds-on"] = list(framework.builds_on)
    root["x-packages"] = {}
    for package, read in framework.packages.items():
        sampled = tuple(framework.sampled(package))
        root["x-packages"][package] = [str(sampled[0].version), str(sampled[-1].version)]
        for path, known in _histories(package, sampled, read, archives).items():
            _place(root, path, known, package, said.get(path, ""))
    for path, what in framework.unknown.items():
        _section(root, path)["x-unknown"] = what
    for path, what in framework.values.items():
        _section(root, path)["x-values"] = what
    return root


def _histories(
    package: str,
    sampled: tuple[Release, ...],
    read: Callable[[Source], Keys],
    archives: Callable[[Release], Source],
) -> dict[str, _Known]:
    """Each key of any release, with what the newest that knows it says of it."""
    every = [each.version for each in releases(package)]
    known: dict[str, _Known] = {}
    before: Keys | None = None
    last: Release | None = None
    for release in sampled:
        source = archives(release)
        now = read(source)
        source.close()
        assert now, f"{release.filename}: no key found"
        for path, key in now.items():
            if path not in known:
                # It may have come with any release after the last one that was looked at.
                since = None if last is None else str(every[every.index(last.version) + 1])
                known[path] = _Known(key, since)
            else:
                known[path].key, known[path].until = key, None
        for path in before or ():
            if path not in now:
                known[path].until = str(release.version)
        before, last = now, release
    return known


def _place(root: Schema, path: str, known: _Known, package: str, description: str) -> None:
    parent, _, name = path.rpartition(".")
    stands: Schema = {"description": description} if description else {}
    stands |= known.key.schema
    if known.key.default is not NO_DEFAULT:
        stands["default"] = known.key.default
    if known.until is not None:
        stands["deprecated"] = True
    since_until = {"x-since": known.since, "x-until": known.until}
    stands |= {word: version for word, version in since_until.items() if version is not None}
    if len(root["x-packages"]) > 1:
        stands["x-package"] = package
    properties = _section(root, parent).setdefault("properties", {})
    for each in (name, *known.key.aliases):
        if each not in properties:
            properties[each] = stands | properties.get(each, {})
        else:  # a section that one of its keys has made already
            properties[each] = {**stands, **properties[each]}


def _section(root: Schema, path: str) -> Schema:
    """The object schema at a dotted path, made where it is not there yet."""
    here = root
    for name in filter(None, path.split(".")):
        here = here.setdefault("properties", {}).setdefault(name.removesuffix("[]"), {})
        if name.endswith("[]"):
            here = here.setdefault("items", {})
    return here


def ordered(schema: Any) -> Any:
    """The schema with the properties of each object in the order of their names."""
    if isinstance(schema, list):
        return [ordered(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    found = {word: ordered(value) for word, value in schema.items()}
    if isinstance(found.get("properties"), dict):
        found["properties"] = dict(sorted(found["properties"].items()))
    return found
