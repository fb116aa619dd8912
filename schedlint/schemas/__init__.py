"""The keys that each framework knows, and in which of its releases: `schemas/<framework>.json`.

The files are JSON Schemas (draft 2020-12) that `python -m tests.schemas` reads from the frameworks'
own source. What no schema has a word for stands under `x-…`: `x-since` and `x-until` (the first
release that may know a key, and the first that does not any more), `x-unknown` (what becomes of a
key that is not known in an object) and `x-values` (what the framework does to the values there).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from schedlint.reading.versions import Lifetime
from schedlint.schemas.slips import count_slips, is_slip_of_keys
from schedlint.source import Entry, Mapping, Node, Sequence

FOLDER = Path(__file__).parent

Schema = dict[str, Any]


@dataclass(frozen=True)
class Known:
    """A key that a framework knows or has known."""

    name: str
    schema: Schema
    lifetimes: tuple[Lifetime, ...]
    """For each package that has it: between which releases."""

    @cached_property
    def types(self) -> frozenset[str]:
        """The JSON types of its values; none where any value may stand there."""
        return frozenset(_types(self.schema))


class Section:
    """An object in a framework's config, and the schemas of the same file that it builds on."""

    def __init__(
        self,
        parts: list[tuple[Schema, tuple[str, ...]]],
        path: str = "",
        values: str | None = None,
    ) -> None:
        self._parts = parts
        self.path = path
        own = (part["x-values"] for part, _ in parts if "x-values" in part)
        self.values = next(own, values)
        """What the framework does to values: `raw`, `argparse`, `pydantic`, `jsonargparse`."""
        self._known: dict[str, Known | None] = {}
        self._below: dict[tuple[str, bool], Section | None] = {}

    @cached_property
    def unknown(self) -> str | None:
        """What becomes of unknown keys: `refused`, `ignored`, `elsewhere`; None: not told."""
        return next((part["x-unknown"] for part, _ in self._parts if "x-unknown" in part), None)

    def get(self, name: str) -> Known | None:
        """The key of that name. Where several schemas have it, all its lifetimes count."""
        if name not in self._known:
            self._known[name] = self._get(name)
        return self._known[name]

    def _get(self, name: str) -> Known | None:
        found = [(part["properties"][name], packages) for part, packages in self._having(name)]
        if not found:
            return None
        lifetimes = [life for schema, packages in found for life in _lifetimes(schema, packages)]
        return Known(name, found[0][0], tuple(lifetimes))

    @cached_property
    def names(self) -> dict[str, str]:
        """The names of all keys, of whatever release, each under what it is without its signs."""
        return {
            _plain(name): name for part, _ in self._parts for name in part.get("properties", ())
        }

    def nearest(self, name: str, *, within: int) -> str | None:
        """The key that a name may be a slip of; None where none is near enough.

        Near are names that differ in case, `-` or `_` only, or in `within` slips of the hand.
        """
        if (same := self.names.get(_plain(name))) is not None:
            return same
        slips = {
            each: count_slips(name, each, within)
            for each in self.names.values()
            if abs(len(each) - len(name)) <= within
        }
        near = min(slips, key=lambda each: slips[each], default=name)
        return near if slips.get(near, within + 1) <= within else None

    def is_slip(self, name: str, near: str) -> bool:
        """Whether a name is hardly another word: only signs too many, too few or swapped."""
        return _plain(name) == _plain(near) or is_slip_of_keys(name, near)

    def below(self, name: str, *, item: bool = False) -> Section | None:
        """The object under a key, or each object of the list there."""
        if (name, item) not in self._below:
            self._below[name, item] = self._inner(name, item)
        return self._below[name, item]

    def _inner(self, name: str, item: bool) -> Section | None:
        parts = []
        for part, packages in self._having(name):
            schema = part["properties"][name]
            schema = schema.get("items", {}) if item else schema
            if "properties" in schema:
                parts.append((schema, packages))
        return Section(parts, f"{self.path}{name}.", self.values) if parts else None

    def _having(self, name: str) -> Iterator[tuple[Schema, tuple[str, ...]]]:
        for part, packages in self._parts:
            if name in part.get("properties", ()):
                yield part, packages


def frameworks() -> list[str]:
    """The frameworks that have a schema."""
    return sorted(path.stem for path in FOLDER.glob("*.json"))


@cache
def load(framework: str) -> Schema | None:
    """The schema of a framework as it is stored, not to be changed; None where there is none."""
    path = FOLDER / f"{framework}.json"
    if not path.exists():
        return None
    found: Schema = json.loads(path.read_text(encoding="utf-8"))
    return found


@cache
def section(framework: str) -> Section | None:
    """The whole config of a framework; None where no schema has been made."""
    schema = load(framework)
    if schema is None:
        return None
    parts = [schema, *filter(None, map(load, schema.get("x-builds-on", ())))]
    return Section([(part, tuple(part["x-packages"])) for part in parts])


@cache
def looked_at(framework: str) -> dict[str, tuple[str, str]]:
    """Package → the oldest and the newest release that its schemas were read from."""
    schema = load(framework) or {}
    parts = filter(None, [schema, *map(load, schema.get("x-builds-on", ()))])
    return {name: (span[0], span[1]) for p in parts for name, span in p["x-packages"].items()}


def walk(section: Section, node: Node | None) -> Iterator[tuple[Entry, Section, Mapping]]:
    """Every key that stands where the schema has something to say, and the object it stands in.

    What comes through a merge key belongs to the mapping that it is written in, and is left out.
    """
    if not isinstance(node, Mapping):
        return
    for entry in node.effective().values():
        if entry.merged:
            continue
        yield entry, section, node
        inner = section.below(entry.name)
        if inner is not None:
            yield from walk(inner, entry.value)
        items = section.below(entry.name, item=True)
        if items is not None and isinstance(entry.value, Sequence):
            for item in entry.value.items:
                yield from walk(items, item.value)


def bundled(framework: str) -> Schema | None:
    """The schema as one document: what it builds on is held within."""
    schema = load(framework)
    if schema is None:
        return None
    base = {name: load(name) for name in schema.get("x-builds-on", ())}
    if not base:
        return schema
    return {**schema, "allOf": [{"$ref": f"#/$defs/{name}"} for name in base], "$defs": base}


def _types(schema: Schema) -> Iterator[str]:
    """The types that a schema names; nothing at all where one of its parts allows anything."""
    if "anyOf" in schema:
        parts = [list(_types(part)) for part in schema["anyOf"]]
        if all(parts):
            for part in parts:
                yield from part
    elif "enum" in schema:
        yield from {_TYPES[type(value)] for value in schema["enum"]}
    elif "type" in schema:
        named = schema["type"]
        yield from [named] if isinstance(named, str) else named


_TYPES = {str: "string", bool: "boolean", int: "integer", float: "number", type(None): "null"}


def _plain(name: str) -> str:
    return name.replace("-", "").replace("_", "").lower()


def _lifetimes(schema: Schema, packages: tuple[str, ...]) -> Iterator[Lifetime]:
    since, until = schema.get("x-since"), schema.get("x-until")
    own = schema.get("x-package")
    for package in [own] if own else packages:
        first = since.get(package) if isinstance(since, dict) else since
        end = until.get(package) if isinstance(until, dict) else until
        yield Lifetime(package, first, end)
