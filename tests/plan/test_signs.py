"""Every formula of every framework moves with its inputs as its signs say.

The solver rests on this alone: a wrong sign makes it leave out possible values without a word.
"""

from __future__ import annotations

import importlib
import math
import pkgutil
from collections.abc import Iterator
from fractions import Fraction
from math import inf

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import schedlint.frameworks
from schedlint.plan import WORDS, Number, Relation, Word
from schedlint.reading.framework import Framework


def modules() -> Iterator[object]:
    """The module of each framework, and those that several share."""
    for found in pkgutil.walk_packages(schedlint.frameworks.__path__, "schedlint.frameworks."):
        yield importlib.import_module(found.name)


def vocabulary() -> dict[str, Word]:
    """The common words and those of all frameworks."""
    found = dict(WORDS)
    for module in modules():
        for value in vars(module).values():
            if isinstance(value, Framework):
                found |= value.vocabulary()
    return found


def relations() -> list[Relation]:
    """All relations, those that only bound another one included."""
    found = [value for module in modules() for value in vars(module).values()]
    distinct = {id(value): value for value in found if isinstance(value, Relation)}
    return list(distinct.values())


VOCABULARY = vocabulary()
RELATIONS = sorted(relations(), key=lambda rel: (rel.output, rel.says))


def described(rel: Relation) -> str:
    """The name of a test case."""
    return f"{rel.output} = {rel.says}"


def values(name: str) -> st.SearchStrategy[Number]:
    """What a quantity can be; small numbers, since roundings differ most between them."""
    word = VOCABULARY.get(name) or _of_a_template(name)
    if word.whole:
        return st.integers(word.least, word.least + 40) | st.integers(word.least, 10**6)
    share = st.floats(word.least, 3, allow_subnormal=False)
    return share | st.fractions(word.least, 10, max_denominator=50)


def _of_a_template(name: str) -> Word:
    """A quantity of a formula that is written once and used for several quantities."""
    return Word(name, "", "", least=1 if name.endswith("samples") else 0, whole="ratio" not in name)


@pytest.mark.parametrize("rel", [rel for rel in RELATIONS if any(rel.signs)], ids=described)
@settings(max_examples=30)
@given(data=st.data())
def test_formula_moves_as_its_signs_say(rel: Relation, data: st.DataObject) -> None:
    """A larger input never lowers the result where the sign is `+`, never raises it for `-`."""
    arguments = [data.draw(values(name), name) for name in rel.inputs]
    index = data.draw(st.sampled_from([i for i, sign in enumerate(rel.signs) if sign]))
    further = [*arguments]
    further[index] = arguments[index] + data.draw(st.integers(0, 50) | st.just(inf))
    before, after = rel.formula(*arguments), rel.formula(*further)
    assert before <= after if rel.signs[index] > 0 else before >= after


@pytest.mark.parametrize("rel", RELATIONS, ids=described)
@settings(max_examples=30)
@given(data=st.data(), highest=st.booleans())
def test_formula_is_a_number_where_bounds_are_missing(
    rel: Relation, data: st.DataObject, highest: bool
) -> None:
    """Boundless inputs that push the result one way give a number or infinity, and do not raise."""
    arguments = [
        data.draw(values(name) | st.just(inf) if (sign > 0) is highest and sign else values(name))
        for name, sign in zip(rel.inputs, rel.signs, strict=True)
    ]
    result = rel.formula(*arguments)
    assert isinstance(result, (int, float, Fraction))
    assert not math.isnan(result)
