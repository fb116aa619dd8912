"""Which rules there are, and which of them a run uses.

The pack in the box keeps a table of code → module, so that a rule that is not selected is never
imported. Nothing is picked up from the environment: only the pack and the plugins that the settings
name.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from importlib import import_module
from types import ModuleType
from typing import NamedTuple

from schedlint.built_in import BUILT_IN, CANNOT_BE_PARSED, COMMENT_NOT_UNDERSTOOD
from schedlint.rules import Rule


class Listed(NamedTuple):
    """A rule that can be loaded: its code, its name, its module."""

    code: str
    name: str
    module: str

    def load(self) -> Rule:
        """Import the rule."""
        return rule_in(import_module(self.module))


class UnknownRule(ValueError):
    """No rule has that code, prefix or name."""

    def __init__(self, selector: str, known: Iterable[Listed | Rule]) -> None:
        from difflib import get_close_matches  # only a mistake needs it

        near = get_close_matches(selector, [rule.name for rule in known], n=1)
        hint = f"; did you mean {near[0]}?" if near else "; schedlint rule --all lists them"
        super().__init__(f"there is no rule {selector!r}{hint}")


def in_the_box() -> tuple[Listed, ...]:
    """The rules of the pack that comes with schedlint, sorted by code."""
    from schedlint_rules import MODULES

    return tuple(
        Listed(code, module.rpartition(".")[2].replace("_", "-"), f"schedlint_rules.{module}")
        for code, module in sorted(MODULES.items())
    )


def rule_in(module: ModuleType) -> Rule:
    """The rule that a module defines: exactly one class derived from `Rule`."""
    found = [
        value
        for value in vars(module).values()
        if isinstance(value, type)
        and issubclass(value, Rule)
        and value.__module__ == module.__name__
    ]
    if len(found) != 1:
        raise ImportError(f"{module.__name__} defines {len(found)} rules; one file holds one rule")
    return found[0]()


def select(
    rules: Sequence[Listed], chosen: Sequence[str] = (), ignored: Sequence[str] = ()
) -> tuple[Listed, ...]:
    """The rules that are chosen (all, where nothing is) and not ignored.

    A selector is a code (`SL301`), a prefix (`SL3`) or a name; `SL` and `ALL` mean every rule. The
    more special selector wins, as in other linters: `--select SL301 --ignore SL3` keeps SL301.
    Raises UnknownRule with the nearest known one.
    """
    known: list[Listed | Rule] = [*rules, *BUILT_IN]
    for selector in (*chosen, *ignored):
        if not any(_fit(selector, rule) for rule in known):
            raise UnknownRule(selector, known)
    return tuple(
        rule for rule in rules if _strength(rule, chosen or ("SL",)) > _strength(rule, ignored)
    )


def muted(ignored: Sequence[str]) -> frozenset[str]:
    """The codes of schedlint's own findings that are ignored.

    They come whatever is chosen: a file that cannot be parsed cannot be checked for anything else.
    That something has crashed cannot be ignored.
    """
    can_be = (CANNOT_BE_PARSED, COMMENT_NOT_UNDERSTOOD)
    return frozenset(rule.code for rule in can_be if _strength(rule, ignored))


def _fit(selector: str, rule: Listed | Rule) -> int:
    """How specially a selector names a rule; 0 when it does not."""
    if selector.upper() in ("SL", "ALL"):
        return 1
    if selector in (rule.name, rule.code) or selector.upper() == rule.code:
        return len(rule.code)
    upper = selector.upper()
    return len(upper) if upper.startswith("SL") and rule.code.startswith(upper) else 0


def _strength(rule: Listed | Rule, selectors: Sequence[str]) -> int:
    return max((_fit(selector, rule) for selector in selectors), default=0)
