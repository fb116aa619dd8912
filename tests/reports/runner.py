"""What GitHub's runner, and other CI servers, read from the lines that a job prints.

Written from the runner's `ActionCommand.cs` and `ActionCommandManager.cs`, not from what prints
the lines.
"""

from __future__ import annotations

import re
from typing import NamedTuple

REGISTERED = (
    *("add-mask", "add-matcher", "add-path", "debug", "echo", "endgroup", "error", "group"),
    *("notice", "remove-matcher", "save-state", "set-env", "set-output", "stop-commands"),
    "warning",
)


class Command(NamedTuple):
    """A command with its properties and its data."""

    name: str
    properties: dict[str, str]
    data: str


def commands(log: str) -> list[Command]:
    """The commands that the runner would obey."""
    lines = re.split(r"\r\n|\r|\n", log)
    return [command for line in lines if (command := _colons(line) or _brackets(line))]


def logging_commands(log: str) -> list[str]:
    """What Azure Pipelines and TeamCity would obey."""
    return re.findall(r"##(?:vso|teamcity)?\[", log)


def _colons(line: str) -> Command | None:
    """`::name key=value,key=value::data` at the start of a line."""
    line = line.lstrip()
    if not line.startswith("::") or "::" not in line[2:]:
        return None
    head, data = line[2:].split("::", 1)
    name, _, rest = head.partition(" ")
    if name.lower() not in REGISTERED:
        return None
    properties = {}
    for part in filter(None, rest.strip().split(",")):
        key, _, value = part.partition("=")
        value = value.lstrip("=")  # empty entries are left out
        if key and value:
            properties[key] = _unescaped(value, {"%0D": "\r", "%0A": "\n", "%3A": ":", "%2C": ","})
    return Command(name, properties, _unescaped(data, {"%0D": "\r", "%0A": "\n"}))


def _brackets(line: str) -> Command | None:
    """`##[name key=value;key=value]data` anywhere in a line."""
    start = line.find("##[")
    end = line.find("]", start)
    if start < 0 or end < 0:
        return None
    name = line[start + 3 : end].split(" ")[0]
    return Command(name, {}, line[end + 1 :]) if name.lower() in REGISTERED else None


def _unescaped(text: str, escapes: dict[str, str]) -> str:
    for escape, sign in (*escapes.items(), ("%25", "%")):
        text = text.replace(escape, sign)
    return text
