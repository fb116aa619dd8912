"""Which frameworks a rule applies to: what it needs is known, and somebody fills it in."""

from __future__ import annotations

import pytest

from schedlint.frameworks import by_name, names
from schedlint.reading.facts import FACTS
from schedlint.rulebook import Listed, in_the_box
from schedlint.scope import applies_to, fills

RULES = in_the_box()
OTHERS = {
    "contradictions",
    "misreadings",
    "refusals",
    "gone keys",
    "automatics",
    "schema",
}
"""What readings hold besides quantities and facts."""


@pytest.mark.parametrize("listed", RULES, ids=lambda listed: listed.code)
def test_what_a_rule_needs_has_a_name(listed: Listed) -> None:
    """Quantities and facts of the vocabulary, and words for the rest."""
    words = {word for name in names() for word in by_name(name).vocabulary()}
    needs = {each for need in listed.load().needs for each in need.split("|")}
    assert needs <= {*FACTS, *words, *OTHERS}


@pytest.mark.parametrize("listed", RULES, ids=lambda listed: listed.code)
def test_every_rule_applies_somewhere(listed: Listed) -> None:
    """No rule needs what nobody fills in."""
    assert applies_to(type(listed.load()))


def test_what_frameworks_fill_in() -> None:
    """By their own folder, and by those that they build on."""
    assert {"warmup_steps", "best_model", "refusals", "schema"} <= fills("transformers")
    assert {"num_generations", "best_model"} <= fills("trl")
    assert "num_generations" not in fills("transformers")
    assert "schema" not in fills("generic")
