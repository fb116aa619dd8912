"""From a settings file to `Settings`: every key is known, every value has its type."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Any

from schedlint import frameworks
from schedlint.frameworks.plain.house import HouseFramework
from schedlint.plan.words import WORDS
from schedlint.reading.place import place_of
from schedlint.reading.versions import Pin, SpecError, parse_pin, release
from schedlint.settings.errors import SettingsError
from schedlint.settings.model import Override, Settings
from schedlint.settings.table import Table, chosen, fail, located_texts, shown, text
from schedlint.source import Entry, Mapping, Node, ReadError, Scalar, read
from schedlint.told import Assumption, FactError, Told, assumption

_KEYS = (
    "packages",
    "select",
    "ignore",
    "extend-select",
    "fail-on",
    "exclude",
    "include",
    "severity",
    "plugins",
    "required-version",
    "baseline",
    "extend",
    "overrides",
    "frameworks",
)
_OVERRIDE_KEYS = ("files", "framework", "packages", "ignore", "gpu", *WORDS)
_SEVERITIES = ("error", "warning", "info")


def read_settings(path: str, extending: tuple[str, ...] = ()) -> Settings | None:
    """The settings in a file, over those that it extends; None where it has no table of ours.

    Raises SettingsError for whatever cannot be understood.
    """
    node = _own_table(path)
    if node is None:
        return None
    table = Table(node, _KEYS)
    _check_version(table)
    base = _extended(table, path, (*extending, os.path.realpath(path)))
    settings = replace(base, path=path, **_plain_values(table, path))
    house = base.frameworks + tuple(_house_frameworks(table))
    names = [*(own.name for own in house), *frameworks.names()]
    overrides = tuple(_override(node, path, names) for node in table.tables("overrides"))
    return replace(settings, frameworks=house, overrides=base.overrides + overrides)


def _own_table(path: str) -> Mapping | None:
    try:
        root = read(path).documents[0].root
    except ReadError as error:
        raise SettingsError(path, error.message, error.line, error.column) from None
    if os.path.basename(path) == "pyproject.toml":
        tool = root.get("tool") if isinstance(root, Mapping) else None
        own = tool.value.get("schedlint") if tool and isinstance(tool.value, Mapping) else None
        if own is None:
            return None
        if not isinstance(own.value, Mapping):
            raise fail(own.value, f"tool.schedlint needs a table, found {shown(own.value)}")
        root = own.value
    return root if isinstance(root, Mapping) else None


def _check_version(table: Table) -> None:
    from schedlint import __version__  # the package imports this module in turn

    entry = table.entry("required-version")
    if entry is not None:
        wanted = text(entry)
        spec = wanted if wanted[0] in "<>=~!" else f"=={wanted}"
        first, end = _pin(entry.value, f"schedlint{spec}").range
        if not first <= release(__version__) < end:
            raise fail(entry.value, f"asks for schedlint {wanted}, this is {__version__}")


def _extended(table: Table, path: str, extending: tuple[str, ...]) -> Settings:
    """The settings that a file builds on: those of `extend`, or the defaults."""
    entry = table.entry("extend")
    if entry is None:
        return Settings()
    target = os.path.join(os.path.dirname(path), text(entry))
    if os.path.realpath(target) in extending:
        raise fail(entry.value, f"{text(entry)} extends this file in turn")
    if not os.path.isfile(target):
        raise fail(entry.value, f"extend names no file: {text(entry)}")
    base = read_settings(target, extending)
    if base is None:
        raise fail(entry.value, f"{text(entry)} has no table [tool.schedlint]")
    return base


def _plain_values(table: Table, path: str) -> dict[str, Any]:
    """The fields that are one value of the file, where it gives them."""
    baseline = table.text("baseline")
    packages = table.entry("packages")
    values = {
        "packages": None if packages is None else _pins(packages),
        "select": table.texts("select"),
        "ignore": table.texts("ignore"),
        "extend_select": table.texts("extend-select"),
        "fail_on": table.choice("fail-on", (*_SEVERITIES, "never")),
        "include": table.texts("include"),
        "exclude": table.texts("exclude"),
        "severity": _severities(table),
        "plugins": table.texts("plugins"),
        "baseline": baseline and os.path.join(os.path.dirname(path), baseline),
    }
    return {name: value for name, value in values.items() if value is not None}


def _severities(table: Table) -> dict[str, str] | None:
    node = table.table("severity")
    if node is None:
        return None
    return {entry.name: chosen(entry, _SEVERITIES) for entry in node.entries}


def _pins(packages: Entry) -> tuple[Pin, ...]:
    return tuple(_pin(item, spec) for spec, item in located_texts(packages))


def _pin(node: Node, spec: str) -> Pin:
    try:
        return parse_pin(spec, node.document.path)
    except SpecError as problem:
        raise fail(node, str(problem)) from None


def _house_frameworks(table: Table) -> list[HouseFramework]:
    node = table.table("frameworks")
    return [] if node is None else [_house_framework(entry) for entry in node.entries]


def _house_framework(entry: Entry) -> HouseFramework:
    if entry.name in frameworks.names():
        raise fail(entry.key, f"{entry.name} is a framework already; take another name")
    if not isinstance(entry.value, Mapping):
        raise fail(entry.value, f"a framework is a table, found {shown(entry.value)}")
    table = Table(entry.value, ("recognise", *WORDS), "word")
    keys = {each.name: text(each) for each in table if each.name != "recognise"}
    recognise = table.texts("recognise")
    if not recognise:
        raise fail(entry.key, f"{entry.name} needs recognise = [keys that its configs hold]")
    return HouseFramework(entry.name, recognise, keys)


def _override(node: Mapping, path: str, names: list[str]) -> Override:
    table = Table(node, _OVERRIDE_KEYS, "fact or setting")
    files = table.texts("files")
    if not files:
        raise fail(node, 'an override needs files = ["patterns"]')
    packages = table.entry("packages")
    told = Told(
        tuple(_fact(entry) for entry in table if entry.name in WORDS),
        () if packages is None else _pins(packages),
        table.choice("framework", tuple(names)),
        table.text("gpu"),
    )
    folder = os.path.dirname(os.path.abspath(path))
    return Override(folder, files, told, table.texts("ignore") or ())


def _fact(entry: Entry) -> Assumption:
    node = entry.value
    value = node.value if isinstance(node, Scalar) else None
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        raise fail(node, f"{entry.name} needs a number, found {shown(node)}")
    try:
        return assumption(entry.name, value, f"{entry.name} = {node.source}", place_of(entry))
    except FactError as problem:
        raise fail(node, str(problem)) from None
