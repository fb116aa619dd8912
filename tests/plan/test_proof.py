"""Why a number is what it is: lines and arithmetic, each after those that it needs."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import inf

from schedlint.plan import (
    WORDS,
    Claim,
    Interval,
    Number,
    Origin,
    Plan,
    Relation,
    Step,
    Word,
    relation,
)
from schedlint.plan.arithmetic import ceil_div, ceil_times, ratio, times


@relation("++", says="{micro_batch_size} × {data_parallel_size}")
def global_batch_size(micro_batch_size: Number, data_parallel_size: Number) -> Number:
    """Samples per step."""
    return times(micro_batch_size, data_parallel_size)


@relation("+-", says="ceil({dataset_size} / {global_batch_size})", even=ratio)
def steps_per_epoch(dataset_size: Number, global_batch_size: Number) -> Number:
    """Steps with a short last batch."""
    return ceil_div(dataset_size, global_batch_size)


@relation("++", says="ceil({epochs} × {steps_per_epoch})")
def total_steps(epochs: Number, steps_per_epoch: Number) -> Number:
    """Steps of all epochs."""
    return ceil_times(epochs, steps_per_epoch)


RELATIONS = (total_steps, steps_per_epoch, global_batch_size)

MICRO = Claim("micro_batch_size", Interval(4, 4), Origin.STATED, "micro_batch_size: 4", "line 9")
RANKS = Claim("data_parallel_size", Interval(8, 8), Origin.ASSUMED, "--assume data_parallel_size=8")
SAMPLES = Claim("dataset_size", Interval(10_000, 10_000), Origin.ASSUMED, "--dataset-size 10000")
EPOCHS = Claim("epochs", Interval(3.0, 3.0), Origin.DEFAULT, "num_train_epochs is 3.0 by default")


def plan(*claims: Claim, relations: Sequence[Relation] = RELATIONS) -> Plan:
    """The plan of some claims."""
    return Plan(claims, relations, WORDS)


def needs(step: Step) -> set[str]:
    """The quantities whose lines must stand above the line of a step of `RELATIONS`."""
    relation_of = {rel.output: rel for rel in RELATIONS}
    return set() if step.claim else set(relation_of[step.quantity].inputs)


def test_proof_is_what_one_would_write_by_hand() -> None:
    """Every claim and every formula with its numbers, and the result in the last line."""
    steps = plan(MICRO, RANKS, SAMPLES, EPOCHS)["total_steps"].why()
    lines = [str(step) for step in steps]
    assert set(lines) == {
        "micro_batch_size: 4",
        "--assume data_parallel_size=8",
        "--dataset-size 10000",
        "num_train_epochs is 3.0 by default",
        "global_batch_size = 4 × 8 = 32",
        "steps_per_epoch = ceil(10,000 / 32) = 313",
        "total_steps = ceil(3.0 × 313) = 939",
    }
    assert lines[-1] == "total_steps = ceil(3.0 × 313) = 939"
    assert steps[-1].interval == Interval(939, 939)


def test_every_step_stands_after_those_it_needs() -> None:
    """A proof is read from the top, in whatever order claims and relations came."""
    for relations in (RELATIONS, RELATIONS[::-1]):
        found = plan(EPOCHS, SAMPLES, RANKS, MICRO, relations=relations)
        above: set[str] = set()
        for step in found["total_steps"].why():
            assert needs(step) <= above
            above.add(step.quantity)


def test_steps_of_claims_carry_them() -> None:
    """A line of a file can be shown at its place; arithmetic has none."""
    steps = plan(MICRO, RANKS)["global_batch_size"].why()
    assert [step.claim for step in steps] == [MICRO, RANKS, None]
    assert MICRO.place == "line 9"


def test_proof_leaves_out_what_it_does_not_rest_on() -> None:
    """The batch does not depend on samples and epochs."""
    batch = plan(SAMPLES, MICRO, EPOCHS, RANKS)["global_batch_size"]
    assert set(batch.claims()) == {MICRO, RANKS}


def test_backwards_step_says_which_formula_it_solves() -> None:
    """An inverted formula shows itself with the unknown by name, and the result it must have."""
    batch = Claim("global_batch_size", Interval(32, 32), Origin.STATED, "train_batch_size: 32")
    ranks = plan(MICRO, batch)["data_parallel_size"]
    assert ranks.value == 8
    assert ranks.how() == "since 4 × data_parallel_size = 32"
    assert set(ranks.claims()) == {MICRO, batch}


def test_backwards_step_holds_what_the_formula_says_and_nothing_else() -> None:
    """What a line says of a quantity does not slip into the step that bounds its other end."""
    least = Claim("data_parallel_size", Interval(2, inf), Origin.STATED, "at least 2 ranks")
    batch = Claim("global_batch_size", Interval(1, 32), Origin.STATED, "at most 32 samples")
    ranks = plan(MICRO, least, batch)["data_parallel_size"]
    assert ranks.interval == Interval(2, 8)
    (inverted,) = (step for step in ranks.why() if step.text.startswith("since "))
    assert inverted.interval == Interval(1, 8)


def test_unknown_inputs_are_called_by_their_name() -> None:
    """A bound from half of a formula's inputs says which half is missing."""
    assert plan(MICRO)["global_batch_size"].how() == "4 × data_parallel_size"


def test_shared_premise_is_one_line() -> None:
    """A claim that two formulas use is told once."""
    steps = plan(MICRO, RANKS, SAMPLES, EPOCHS)["steps_per_epoch"].why()
    assert len(steps) == len(set(steps))
    assert sum(step.claim is MICRO for step in steps) == 1


def test_long_proof_needs_no_deep_stack() -> None:
    """More steps than Python nests calls, each on the one before, are told in order."""
    names = [f"q{number}" for number in range(1100)]
    chain = [
        Relation(after, (before,), (1,), lambda value: value + 1, f"{{{before}}} + 1")
        for before, after in pairwise(names)
    ]
    words = {name: Word(name, "", "") for name in names}
    start = Claim("q0", Interval(0, 0), Origin.STATED, "q0: 0")
    last = Plan([start], chain, words)["q1099"]
    assert last.value == 1099
    assert len(last.why()) == 1100
    assert last.how() == "1,098 + 1"
    assert last.claims() == (start,)


def test_contradiction_tells_all_its_claims_and_where_they_collide() -> None:
    """30 is no multiple of 4 however many ranks there are; the two lines that say so are told."""
    batch = Claim("global_batch_size", Interval(30, 30), Origin.STATED, "train_batch_size: 30")
    (contradiction,) = plan(MICRO, batch, RANKS, SAMPLES).contradictions
    assert set(contradiction.claims) == {MICRO, batch}
    assert contradiction.quantity in {"data_parallel_size", "global_batch_size"}
    told = {step.claim for step in contradiction.because if step.claim}
    assert told == set(contradiction.claims)


def test_step_that_hands_a_value_on_is_no_news() -> None:
    """`8 × 1` is told apart from `ceil(100 / 10)`, whose result is one of its numbers by chance."""
    one = Claim("micro_batch_size", Interval(1, 1), Origin.DEFAULT, "1")
    ten = Claim("global_batch_size", Interval(10, 10), Origin.STATED, "10")
    hundred = Claim("dataset_size", Interval(100, 100), Origin.STATED, "100")
    assert plan(one, RANKS)["global_batch_size"].why()[-1].passes_on
    assert not plan(hundred, ten)["steps_per_epoch"].why()[-1].passes_on
    assert not plan(MICRO, RANKS)["global_batch_size"].why()[-1].passes_on


def test_contradiction_of_lines_shows_the_product_that_fails() -> None:
    """Three known factors and a product that none of them explains alone: 4 × 8 is not 64."""
    batch = Claim("global_batch_size", Interval(64, 64), Origin.STATED, "train_batch_size: 64")
    (contradiction,) = plan(MICRO, batch, RANKS).contradictions
    assert set(contradiction.claims) == {MICRO, RANKS, batch}
    assert "global_batch_size = 4 × 8 = 32" in [str(step) for step in contradiction.because]
