"""From what each release says to one JSON Schema: every key, and the releases that know it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from packaging.requirements import Requirement

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
    `datasets[].path` for the items of a list). `unknown` tells per section (`""` is the whole
    file) what becomes of keys that are not known there; a section that it leaves out is not
    looked into.
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
    repeats: dict[str, str] = field(default_factory=dict)
    """Section → the section that holds the same keys, which are read and described but once."""
    requires: tuple[str, ...] = ()
    """Packages whose demanded versions are written down, release by release (`x-requires`)."""


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
    if framework.requires:
        root["x-requires"] = _requirements(framework, archives)
    root["x-packages"] = {}
    found: dict[str, dict[str, _Known]] = {}
    for package, read in framework.packages.items():
        sampled = tuple(framework.sampled(package))
        root["x-packages"][package] = [str(sampled[0].version), str(sampled[-1].version)]
        for path, known in _histories(package, sampled, read, archives).items():
            found.setdefault(path, {})[package] = known
    for path, by_package in found.items():
        _place(root, path, by_package, said.get(path, ""))
    _mark(root, framework)
    return root


def _mark(root: Schema, framework: Framework) -> None:
    """Write down what is told of whole sections."""
    for path, other in framework.repeats.items():
        _section(root, path)["properties"] = _section(root, other)["properties"]
    for path, what in framework.unknown.items():
        _section(root, path)["x-unknown"] = what
    for path, what in framework.values.items():
        _section(root, path)["x-values"] = what


def _histories(
    package: str,
    sampled: tuple[Release, ...],
    read: Callable[[Source], Keys],
    archives: Callable[[Release], Source],
) -> dict[str, _Known]:
    """Each key of any release, with what the newest that knows it says of it."""
    # A package that was renamed has releases under another name too.
    every = sorted({each.version for each in (*releases(package), *sampled)})
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


def _requirements(
    framework: Framework, archives: Callable[[Release], Source]
) -> dict[str, list[list[str]]]:
    """For each package of `requires`: what the releases of the framework demand of it."""
    sampled = tuple(each for package in framework.packages for each in framework.sampled(package))
    return {name: _demanded(name, sampled, archives) for name in framework.requires}


def _demanded(
    name: str, sampled: tuple[Release, ...], archives: Callable[[Release], Source]
) -> list[list[str]]:
    """Which versions of a package the releases demand: `[first release, range]` at each change."""
    found: list[list[str]] = []
    for release in sampled:
        source = archives(release)
        lines = source.requirements().splitlines()
        source.close()
        demands = [Requirement(text) for text in map(_demand, lines) if text]
        own = [each for each in demands if each.name == name and _counts(each)]
        texts = {str(part) for each in own for part in each.specifier}
        versions = ",".join(sorted(texts, key=lambda text: (not text.startswith(">"), text)))
        if not found or found[-1][1] != versions:
            found.append([str(release.version), versions])
    return found


def _demand(line: str) -> str:
    """The requirement in a line of METADATA; empty where there is none."""
    head, _, rest = line.partition(":")
    return rest.strip() if head == "Requires-Dist" else ""


def _counts(demand: Requirement) -> bool:
    """Whether it counts without any extra, for a newer Python on Linux."""
    return demand.marker is None or demand.marker.evaluate(
        {"python_version": "3.12", "sys_platform": "linux", "extra": ""}
    )


def _place(root: Schema, path: str, known: dict[str, _Known], description: str) -> None:
    """Write down what is known of a key, by package; the first package tells its type."""
    parent, _, name = path.rpartition(".")
    key = next(iter(known.values())).key
    stands: Schema = {"description": description} if description else {}
    stands |= key.schema
    if key.default is not NO_DEFAULT:
        stands["default"] = key.default
    if all(each.until is not None for each in known.values()):
        stands["deprecated"] = True
    stands |= _versions(known)
    if len(root["x-packages"]) > len(known):
        stands["x-package"] = next(iter(known))
    properties = _section(root, parent).setdefault("properties", {})
    for each in (name, *key.aliases):
        if each not in properties:
            properties[each] = stands | properties.get(each, {})
        else:  # a section that one of its keys has made already
            properties[each] = {**stands, **properties[each]}


def _versions(known: dict[str, _Known]) -> Schema:
    """`x-since` and `x-until`: a version, or one for each package where they are not the same."""
    found: Schema = {}
    for word in ("since", "until"):
        versions = {package: getattr(each, word) for package, each in known.items()}
        told = {package: version for package, version in versions.items() if version is not None}
        if told:
            same = len(told) == len(known) and len(set(told.values())) == 1
            found[f"x-{word}"] = next(iter(told.values())) if same else told
    return found


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
