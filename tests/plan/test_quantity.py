"""What can be asked of a quantity: its value, its origin, and questions with three answers."""

from __future__ import annotations

from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedlint.plan import (
    ANY,
    WORDS,
    Claim,
    Comparison,
    Interval,
    Number,
    Origin,
    Plan,
    Quantity,
    Verdict,
    certainly,
    relation,
)
from schedlint.plan.arithmetic import ceil_div, ratio

YES, NO, CANNOT_TELL = Verdict.CERTAINLY, Verdict.CERTAINLY_NOT, Verdict.CANNOT_TELL


@relation("+-", says="ceil({dataset_size} / {global_batch_size})", even=ratio)
def steps_per_epoch(dataset_size: Number, global_batch_size: Number) -> Number:
    """Steps with a short last batch."""
    return ceil_div(dataset_size, global_batch_size)


def quantity(low: Number, high: Number, name: str = "max_steps") -> Quantity:
    """A quantity of which a range is known."""
    claim = Claim(name, Interval(low, high), Origin.STATED, f"{name}: {low} to {high}")
    return Plan([claim], (), WORDS)[name]


intervals = st.tuples(st.integers(0, 9), st.integers(0, 9)).map(sorted)


@given(intervals, intervals)
def test_comparisons_are_certain_just_where_all_values_agree(
    mine: list[int], theirs: list[int]
) -> None:
    """A verdict is what counting through all pairs of possible values gives."""
    one, other = quantity(mine[0], mine[1]), quantity(theirs[0], theirs[1], "warmup_steps")
    pairs = [(a, b) for a in range(mine[0], mine[1] + 1) for b in range(theirs[0], theirs[1] + 1)]
    questions = {
        one < other: {a < b for a, b in pairs},
        one <= other: {a <= b for a, b in pairs},
        one > other: {a > b for a, b in pairs},
        one >= other: {a >= b for a, b in pairs},
        one.equals(other): {a == b for a, b in pairs},
    }
    for comparison, answers in questions.items():
        expected = CANNOT_TELL if len(answers) == 2 else YES if True in answers else NO
        assert comparison.verdict is expected
        assert certainly(comparison) is (answers == {True})
        assert comparison.quantities == (one, other)


@given(intervals, intervals)
def test_divides_is_certain_only_where_both_are_known(mine: list[int], theirs: list[int]) -> None:
    """A multiple of a known number is one; of anything else nobody can tell."""
    one, other = quantity(mine[0], mine[1]), quantity(theirs[0], theirs[1], "warmup_steps")
    verdict = one.divides(other).verdict
    if one.value is None or other.value is None:
        assert verdict is CANNOT_TELL
    else:
        multiples = {int(one.value) * factor for factor in range(10)}
        if one.value:
            assert verdict is (YES if other.value in multiples else NO)


def test_comparison_with_a_number() -> None:
    """The other side may be a plain number; the verdict then rests on one quantity."""
    one = quantity(5, 8)
    comparison = one < 9
    assert comparison.verdict is YES
    assert comparison.quantities == (one,)
    assert (one < 5).verdict is NO
    assert (one < 7).verdict is CANNOT_TELL


def test_comparison_with_an_unknown_cannot_tell() -> None:
    """A missing bound decides nothing, unless the least value does."""
    steps = quantity(5, inf)
    assert (steps < 100).verdict is CANNOT_TELL
    assert (steps >= 5).verdict is YES
    assert (steps < 5).verdict is NO


def test_comparison_has_no_truth_value() -> None:
    """`if a < b` would have to guess for *cannot tell*, so it raises."""
    with pytest.raises(TypeError, match="certainly"):
        bool(quantity(1, 2) < 3)
    with pytest.raises(TypeError):
        assert quantity(1, 2).equals(1)


@pytest.mark.parametrize(("before", "after"), [(YES, NO), (NO, YES), (CANNOT_TELL, CANNOT_TELL)])
def test_opposite(before: Verdict, after: Verdict) -> None:
    """`~` turns certainty around and leaves doubt."""
    one = quantity(1, 2)
    opposite = ~Comparison(before, one)
    assert opposite.verdict is after
    assert opposite.quantities == (one,)


def test_stated_quantity_is_its_claim() -> None:
    """Value, origin, words, and the line that says so."""
    claim = Claim("max_steps", Interval(1000, 1000), Origin.STATED, "max_steps: 1000")
    steps = Plan([claim], (), WORDS)["max_steps"]
    assert steps.value == 1000
    assert steps.origin is Origin.STATED
    assert steps.claim is claim
    assert steps.how() == "max_steps: 1000"
    assert (steps.name, steps.unit) == ("max_steps", "optimizer steps")
    assert str(steps) == "1,000"
    assert repr(steps) == "<max_steps 1,000 optimizer steps>"


@pytest.mark.parametrize("origin", [Origin.STATED, Origin.DEFAULT, Origin.ASSUMED, Origin.MEASURED])
def test_origin_of_a_claim_is_the_quantity_s(origin: Origin) -> None:
    """Whoever claims a number is where it comes from."""
    claim = Claim("max_steps", Interval(7, 7), origin, "7")
    assert Plan([claim], (), WORDS)["max_steps"].origin is origin


def test_derived_quantity() -> None:
    """A formula's result is derived and has no claim of its own."""
    claims = [
        Claim("dataset_size", Interval(100, 100), Origin.STATED, "100 samples"),
        Claim("global_batch_size", Interval(8, 8), Origin.STATED, "8 a step"),
    ]
    steps = Plan(claims, (steps_per_epoch,), WORDS)["steps_per_epoch"]
    assert steps.value == 13
    assert steps.origin is Origin.DERIVED
    assert steps.claim is None
    assert steps.how() == "ceil(100 / 8)"
    assert set(steps.claims()) == set(claims)


def test_unknown_quantity() -> None:
    """Nothing claimed: no value, no proof, no words."""
    steps = Plan([], (), WORDS)["max_steps"]
    assert (steps.value, steps.origin, steps.claim) == (None, Origin.UNKNOWN, None)
    assert (steps.how(), steps.why(), steps.claims()) == ("", (), ())
    assert str(steps) == "unknown"


def test_range_without_an_even_fit_has_no_value() -> None:
    """33 steps of 100 samples are batches of 4 or none: of several, none is preferred by chance."""
    claims = [
        Claim("dataset_size", Interval(101, 101), Origin.STATED, "101 samples"),
        Claim("steps_per_epoch", Interval(3, 3), Origin.STATED, "3 steps"),
    ]
    batch = Plan(claims, (steps_per_epoch,), WORDS)["global_batch_size"]
    assert batch.interval == Interval(34, 50)
    assert batch.value is None
    assert str(batch) == "34 to 50"


def test_even_fit_does_not_narrow_the_interval() -> None:
    """100 is shown, 100 to 101 is what questions are asked of."""
    claims = [
        Claim("dataset_size", Interval(10_000, 10_000), Origin.STATED, "10,000 samples"),
        Claim("steps_per_epoch", Interval(100, 100), Origin.STATED, "100 steps"),
    ]
    batch = Plan(claims, (steps_per_epoch,), WORDS)["global_batch_size"]
    assert batch.value == 100
    assert not batch.known
    assert (batch > 100).verdict is CANNOT_TELL


def test_word_that_nobody_declared_is_an_error() -> None:
    """A misspelt quantity does not read as unknown."""
    with pytest.raises(KeyError, match="max_stepz"):
        Plan([], (), WORDS)["max_stepz"]


@given(intervals, intervals, st.integers(-1, 10))
def test_intervals_are_sets(one: list[int], other: list[int], value: int) -> None:
    """Meet, hull, within and membership are those of the sets of numbers between the ends."""
    mine, theirs = Interval(*one), Interval(*other)
    assert (value in mine.meet(theirs)) is (value in mine and value in theirs)
    assert mine.within(mine.hull(theirs))
    assert theirs.within(mine.hull(theirs))
    assert mine.meet(theirs).empty is set(range(one[0], one[1] + 1)).isdisjoint(
        range(other[0], other[1] + 1)
    )
    assert mine.within(ANY)
    assert mine.known is (one[0] == one[1])
    assert "text" not in mine
