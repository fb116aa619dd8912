"""`schedlint rule`."""

from __future__ import annotations

import inspect
from enum import Enum
from typing import Annotated, Optional

import typer

from schedlint.built_in import BUILT_IN
from schedlint.cli import options
from schedlint.frameworks import names
from schedlint.rulebook import UnknownRule, in_the_box, select
from schedlint.rules import Example, Rule


class Format(str, Enum):
    """Text for people, JSON for programs."""

    TEXT = "text"
    JSON = "json"


def rule(
    selector: Annotated[
        Optional[str], typer.Argument(metavar="CODE|NAME", help="SL301, or its name.")
    ] = None,
    all_: Annotated[bool, typer.Option("--all", help="All rules.")] = False,
    output_format: Annotated[Format, typer.Option("--output-format")] = Format.TEXT,
) -> None:
    """Explain a rule: what, why it costs you, what to do, when it stays silent."""
    if (selector is None) is not all_:
        options.usage_error("name one rule, or give --all")
    rules = _all() if selector is None else [_one(selector)]
    if output_format is Format.JSON:
        import json

        print(json.dumps([_object(each) for each in rules], indent=2, ensure_ascii=False))
    elif all_:
        _print_list(rules)
    else:
        print(page(rules[0]))


def _print_list(rules: list[Rule]) -> None:
    """A line a rule, with the number of frameworks that it can find something for."""
    every = len(names())
    for each in rules:
        scope = "all" if (n := len(_scope(each))) == every else f"{n:3}"
        print(f"{each.code}  {each.severity.value:7}  {scope}  {each.name}: {_summary(each)}")
    print(f"{len(rules)} rules, {every} frameworks; the third column: how many each applies to")


def _scope(rule: Rule) -> list[str]:
    from schedlint.scope import applies_to  # it reads source; no other command needs that

    return names() if rule in BUILT_IN else applies_to(type(rule))


def page(rule: Rule) -> str:
    """A rule's page, from its docstring, its first bad example and its sources."""
    parts = [
        f"{rule.code} {rule.name} ({rule.severity.value})",
        inspect.cleandoc(rule.__doc__ or ""),
    ]
    parts.append(f"Applies to: {', '.join(_scope(rule))}")
    if rule.bad:
        example = rule.bad[0]
        lines = [*example.config.splitlines(), *_facts(example)]
        config = "\n".join(f"  {line}".rstrip() for line in lines)
        parts.append(f"Example ({example.file}, line {example.line}):\n\n{config}")
    if rule.sources:
        parts.append("\n  ".join(["Sources:", *rule.sources]))
    return "\n\n".join(parts)


def _facts(example: Example) -> list[str]:
    """What an example takes for granted, as the comment that a config may state it with."""
    facts = [*(f"{name}={value}" for name, value in example.flags.items()), *example.packages]
    return [f"# schedlint: {' '.join(facts)}"] if facts else []


def _summary(rule: Rule) -> str:
    return inspect.cleandoc(rule.__doc__ or "").split("\n\n")[0].replace("\n", " ")


def _all() -> list[Rule]:
    rules = [*(listed.load() for listed in in_the_box()), *BUILT_IN]
    return sorted(rules, key=lambda each: each.code)


def _one(selector: str) -> Rule:
    for each in BUILT_IN:
        if selector in (each.code, each.name):
            return each
    listed = in_the_box()
    try:
        found = select(listed, [selector])
    except UnknownRule as problem:
        options.usage_error(str(problem))
    if len(found) != 1:
        codes = ", ".join(each.code for each in found)
        options.usage_error(f"{selector} names {len(found)} rules: {codes}")
    return found[0].load()


def _object(rule: Rule) -> dict[str, object]:
    return {
        "code": rule.code,
        "name": rule.name,
        "severity": rule.severity.value,
        "summary": _summary(rule),
        "page": inspect.cleandoc(rule.__doc__ or ""),
        "frameworks": _scope(rule),
        "sources": list(rule.sources),
        "bad": [{"file": each.file, "config": each.config, "line": each.line} for each in rule.bad],
        "good": [{"file": each.file, "config": each.config} for each in rule.good],
    }
