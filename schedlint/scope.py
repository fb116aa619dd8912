"""Which frameworks a rule can find something for: those that fill in what it needs.

A rule names what it needs: quantities, facts, or one of a few words for what else a reading holds.
What a framework fills in stands in the source of its folder, and of those that it builds on.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from schedlint import frameworks, schemas
from schedlint.reading.framework import Framework
from schedlint.rules import Rule

_ALWAYS = {"contradictions", "misreadings"}
"""What any reading may hold."""
_CALLS = {"refuse": "refusals", "find_gone": "gone keys", "automatics": "automatics"}
"""Names in a framework's source → what it fills in with them."""


def applies_to(rule: type[Rule]) -> list[str]:
    """The names of the frameworks whose configs the rule can speak of."""
    return [name for name in frameworks.names() if all(_any(n, fills(name)) for n in rule.needs)]


def _any(need: str, filled: frozenset[str]) -> bool:
    return not filled.isdisjoint(need.split("|"))


@cache
def fills(name: str) -> frozenset[str]:
    """The quantities and facts that a framework's readings may hold."""
    framework = frameworks.by_name(name)
    found = set(_ALWAYS)
    for path in _sources(framework):
        found |= _named(ast.parse(path.read_text(encoding="utf-8")))
    if schemas.section(name) is not None:
        found |= {"schema", "gone keys"}
    if framework.gone:
        found.add("gone keys")
    return frozenset(found)


def _sources(framework: Framework) -> set[Path]:
    """The files of a framework, of those that it builds on, and what they read with of others."""
    own = {path for folder in _folders(framework) for path in folder.glob("*.py")}
    return own | {path for each in own for path in _readers(each)}


def _readers(path: Path) -> Iterator[Path]:
    """The files of other frameworks from which one takes a function that reads."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and any(n.name.startswith("read") for n in node.names):
            parts = (node.module or "").removeprefix(f"{frameworks.__name__}.").split(".")
            file = Path(frameworks.__file__).parent.joinpath(*parts).with_suffix(".py")
            if file.exists():
                yield file


def _folders(framework: Framework) -> set[Path]:
    """The folders of a framework's class and of the classes that it builds on."""
    modules = {kind.__module__ for kind in type(framework).__mro__}
    top = Path(frameworks.__file__).parent
    parts = (name.split(".") for name in modules if name.startswith(f"{frameworks.__name__}."))
    return {top / part[2] for part in parts}


def _named(tree: ast.Module) -> set[str]:
    """All that a module names in text, and what it calls."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            found.add(node.value)
        elif isinstance(node, ast.FunctionDef):
            found.add(node.name)  # a relation without another output is named after it
        elif isinstance(node, ast.Attribute) and node.attr in _CALLS:
            found.add(_CALLS[node.attr])
        elif isinstance(node, ast.Name) and node.id == "read_milestones":
            found.add("milestones")
    return found
