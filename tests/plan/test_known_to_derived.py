"""Plans worked out by hand: what is known, and what follows from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import inf

import pytest

from schedlint.plan import WORDS, Claim, Interval, Number, Origin, Plan, Relation, Word, relation
from schedlint.plan.arithmetic import ceil_div, ceil_times, floor_div, ratio, times


@relation("+++", says="{micro_batch_size} × {gradient_accumulation_steps} × {data_parallel_size}")
def global_batch_size(
    micro_batch_size: Number, gradient_accumulation_steps: Number, data_parallel_size: Number
) -> Number:
    """Samples per optimizer step."""
    return times(micro_batch_size, gradient_accumulation_steps, data_parallel_size)


@relation("+-", says="ceil({dataset_size} / {global_batch_size})", even=ratio)
def steps_per_epoch(dataset_size: Number, global_batch_size: Number) -> Number:
    """Steps with a short last batch."""
    return ceil_div(dataset_size, global_batch_size)


@relation(
    "+-",
    says="floor({dataset_size} / {global_batch_size})",
    output="steps_per_epoch",
    even=ratio,
)
def full_steps(dataset_size: Number, global_batch_size: Number) -> Number:
    """Steps without a short last batch."""
    return floor_div(dataset_size, global_batch_size)


@relation("++", says="ceil({epochs} × {steps_per_epoch})", even=times)
def total_steps(epochs: Number, steps_per_epoch: Number) -> Number:
    """Steps of all epochs, the last one cut short."""
    return ceil_times(epochs, steps_per_epoch)


@relation("++", says="ceil({warmup_ratio} × {total_steps})")
def warmup_steps(warmup_ratio: Number, total_steps: Number) -> Number:
    """Warm-up as a share of the run."""
    return ceil_times(warmup_ratio, total_steps)


@relation("+-", says="{total_steps} / {steps_per_epoch}")
def total_epochs(total_steps: Number, steps_per_epoch: Number) -> Number:
    """Epochs that the steps make."""
    return ratio(total_steps, steps_per_epoch)


RATIO = Word("warmup_ratio", "of the run", "share of the steps that warm up", whole=False)
VOCABULARY = {**WORDS, "warmup_ratio": RATIO}
TRAINING = (global_batch_size, steps_per_epoch, total_steps, warmup_steps, total_epochs)


def stated(quantity: str, low: Number, high: Number | None = None) -> Claim:
    """A line of a file that gives a value, or a range of values."""
    interval = Interval(low, low if high is None else high)
    return Claim(quantity, interval, Origin.STATED, f"{quantity}: {low}")


def plan(
    known: Mapping[str, Number] | Sequence[Claim], relations: Sequence[Relation] = TRAINING
) -> Plan:
    """The plan of claims, or of values that a file states."""
    if isinstance(known, Mapping):
        known = [stated(name, value) for name, value in known.items()]
    return Plan(known, relations, VOCABULARY)


# The four questions that one set of formulas answers.


def test_samples_and_steps_of_one_epoch_give_the_batch() -> None:
    """10,000 samples in 1 epoch of 1,000 steps: 10 samples a step."""
    found = plan({"dataset_size": 10_000, "epochs": 1, "total_steps": 1000})
    assert found["global_batch_size"].interval == Interval(10, 10)
    assert found["steps_per_epoch"].value == 1000


def test_samples_and_steps_per_epoch_give_the_batch_that_fits_evenly() -> None:
    """100 steps an epoch are 100 samples a step, or 101; ten epochs are 1,000 steps."""
    found = plan({"dataset_size": 10_000, "steps_per_epoch": 100, "epochs": 10})
    assert found["global_batch_size"].interval == Interval(100, 101)
    assert found["global_batch_size"].value == 100
    assert found["total_steps"].value == 1000


def test_batch_sizes_give_the_number_of_ranks() -> None:
    """256 samples a step, 8 at a time, accumulated twice: 16 ranks."""
    found = plan(
        {"global_batch_size": 256, "micro_batch_size": 8, "gradient_accumulation_steps": 2}
    )
    assert found["data_parallel_size"].value == 16


def test_batch_sizes_that_do_not_multiply_contradict_each_other() -> None:
    """4 × 4 × 8 = 128 is not 32: the four claims, and no other, are the contradiction."""
    batch = [
        stated("global_batch_size", 32),
        stated("micro_batch_size", 4),
        stated("gradient_accumulation_steps", 4),
        stated("data_parallel_size", 8),
    ]
    others = [stated("dataset_size", 10_000), stated("epochs", 3), stated("eval_interval", 10)]
    found = plan([*others, *batch])
    (contradiction,) = found.contradictions
    assert set(contradiction.claims) == set(batch)
    assert found["dataset_size"].value == 10_000


def test_each_claim_of_a_contradiction_has_an_expected_value() -> None:
    """The other three claims say what the fourth would have to be: 64 samples, or a single rank."""
    claims = {
        name: stated(name, value)
        for name, value in (
            ("global_batch_size", 32),
            ("micro_batch_size", 4),
            ("gradient_accumulation_steps", 8),
            ("data_parallel_size", 2),
        )
    }
    found = plan(list(claims.values()))
    (contradiction,) = found.contradictions
    for name, value in (("global_batch_size", 64), ("data_parallel_size", 1)):
        assert found.expected(contradiction, claims[name]).value == value


# Each formula backwards.


@pytest.mark.parametrize(
    ("known", "quantity", "low", "high"),
    [
        # ceil(N / 32) = 313 from 312 × 32 + 1 to 313 × 32
        ({"global_batch_size": 32, "steps_per_epoch": 313}, "dataset_size", 9985, 10_016),
        # ceil(10,000 / b) = 3: 10,000 / 3 = 3,333.3 and 10,000 / 2 = 5,000
        ({"dataset_size": 10_000, "steps_per_epoch": 3}, "global_batch_size", 3334, 4999),
        # ceil(3 × s) = 1,221
        ({"epochs": 3, "total_steps": 1221}, "steps_per_epoch", 407, 407),
        # ceil(2.5 × s) = 1,000: 2.5 × 400 = 1,000, 2.5 × 399 = 997.5
        ({"epochs": 2.5, "total_steps": 1000}, "steps_per_epoch", 400, 400),
        # ceil(0.03 × T) = 37 from 0.03 × 1,201 = 36.03 to 0.03 × 1,233 = 36.99
        ({"warmup_ratio": 0.03, "warmup_steps": 37}, "total_steps", 1201, 1233),
        # ceil(0.07 × T) = 8 from 100, as 0.07 × 100 is 7.000000000000001, to 114
        ({"warmup_ratio": 0.07, "warmup_steps": 8}, "total_steps", 100, 114),
        ({"total_steps": 30, "total_epochs": Fraction(5, 2)}, "steps_per_epoch", 12, 12),
    ],
)
def test_inverse(known: Mapping[str, Number], quantity: str, low: int, high: int) -> None:
    """An input is every value that gives the known output, and no other."""
    assert plan(known)[quantity].interval == Interval(low, high)


@pytest.mark.parametrize(
    ("known", "low", "high"),
    [
        ({"steps_per_epoch": 407, "total_steps": 1221}, Fraction(1220, 407), Fraction(3)),
        ({"steps_per_epoch": 1, "total_steps": 1}, Fraction(0), Fraction(1)),
        ({"steps_per_epoch": 1000, "total_steps": 1}, Fraction(0), Fraction(1, 1000)),
    ],
)
def test_inverse_of_a_fraction(known: Mapping[str, Number], low: Fraction, high: Fraction) -> None:
    """A fractional input has bounds that are a little wide, and never narrow."""
    found = plan(known)["epochs"].interval
    assert low - Fraction(1, 10**12) <= found.low <= low
    assert high <= found.high <= high + Fraction(1, 10**12)


def test_epochs_that_fit_evenly_are_the_value() -> None:
    """1,221 steps of 407 an epoch are 3 epochs, although 2.999 would round to the same."""
    assert plan({"steps_per_epoch": 407, "total_steps": 1221})["epochs"].value == 3


def test_full_batches_are_inverted_by_their_own_rounding() -> None:
    """floor(10,000 / b) is 100 at 100, 99 at 101 and 98 at 102: 99 full batches are of 101."""
    found = plan({"dataset_size": 10_000, "steps_per_epoch": 99}, (full_steps,))
    assert found["global_batch_size"].interval == Interval(101, 101)


def test_nothing_fits_between_two_batch_sizes() -> None:
    """ceil(100 / b) is 50 at 2 and 34 at 3: no batch makes 40 steps, and two claims say so."""
    samples, steps = stated("dataset_size", 100), stated("steps_per_epoch", 40)
    (contradiction,) = plan([samples, steps]).contradictions
    assert set(contradiction.claims) == {samples, steps}


def test_factors_narrow_each_other_until_none_is_left() -> None:
    """No 2 to 10 times 2 to 10 is 53, a prime, which only both in turns can show; 49 is 7 × 7."""
    factors = [
        stated("micro_batch_size", 1),
        stated("gradient_accumulation_steps", 2, 10),
        stated("data_parallel_size", 2, 10),
    ]
    assert plan([*factors, stated("global_batch_size", 53)]).contradictions
    found = plan([*factors, stated("global_batch_size", 49)])
    assert not found.contradictions
    assert 7 in found["data_parallel_size"].interval


# Bounds that are missing, and bounds alone.


def test_nothing_known_leaves_all_open() -> None:
    """Without a claim every quantity has its least value and no upper bound."""
    found = plan({})
    for name in ("total_steps", "global_batch_size", "epochs"):
        assert found[name].interval == Interval(VOCABULARY[name].least, inf)
        assert found[name].origin is Origin.UNKNOWN


def test_one_known_factor_bounds_the_product() -> None:
    """Micro-batches of 4 on 8 ranks make at least 32 samples, however many are accumulated."""
    found = plan({"micro_batch_size": 4, "data_parallel_size": 8})
    assert found["global_batch_size"].interval == Interval(32, inf)


def test_unknown_ranks_bound_the_steps_from_above() -> None:
    """More ranks only make fewer steps: 1 to ceil(52,000 / 16) = 3,250 an epoch."""
    found = plan({"dataset_size": 52_000, "micro_batch_size": 4, "gradient_accumulation_steps": 4})
    assert found["steps_per_epoch"].interval == Interval(1, 3250)


def test_ranges_are_claims_too() -> None:
    """Between 4 and 8 ranks, 10,000 samples in batches of 10 a rank make 125 to 250 steps."""
    found = plan(
        [
            stated("micro_batch_size", 10),
            stated("gradient_accumulation_steps", 1),
            stated("data_parallel_size", 4, 8),
            stated("dataset_size", 10_000),
        ]
    )
    assert found["global_batch_size"].interval == Interval(40, 80)
    assert found["steps_per_epoch"].interval == Interval(125, 250)


def test_astronomic_numbers_are_no_contradiction() -> None:
    """A product beyond every search for its factors leaves them open, and not false."""
    found = plan({"global_batch_size": 10**30, "micro_batch_size": 10**3})
    assert not found.contradictions
    assert 10**27 in found["data_parallel_size"].interval
    assert not plan({"epochs": 0.5, "steps_per_epoch": 10**400}).contradictions


# Whole and least.


def test_counts_are_whole() -> None:
    """A count between 2.5 and 7.5 is 3 to 7; a fractional quantity keeps its bounds."""
    found = plan([stated("max_steps", 2.5, 7.5), stated("epochs", 2.5, 7.5)])
    assert found["max_steps"].interval == Interval(3, 7)
    assert found["epochs"].interval == Interval(2.5, 7.5)


def test_whole_float_is_its_integer() -> None:
    """`10.0` counts as 10, and is an integer from there on."""
    value = plan({"max_steps": 10.0})["max_steps"].value
    assert value == 10
    assert isinstance(value, int)


@pytest.mark.parametrize(("quantity", "value"), [("micro_batch_size", 0), ("max_steps", 2.5)])
def test_impossible_value_contradicts_itself(quantity: str, value: Number) -> None:
    """An empty batch or half a step is a contradiction of one claim."""
    claim = stated(quantity, value)
    (contradiction,) = plan([claim]).contradictions
    assert contradiction.claims == (claim,)
    assert contradiction.quantity == quantity


# Contradictions.


def test_lines_that_can_be_changed_are_kept_in_a_contradiction() -> None:
    """Of a default and a line that both explain it, the line is named."""
    default = Claim("max_steps", Interval.exactly(7), Origin.DEFAULT, "max_steps: 7")
    line, other = stated("max_steps", 7), stated("max_steps", 8)
    (contradiction,) = plan([line, default, other]).contradictions
    assert set(contradiction.claims) == {line, other}


def test_independent_contradictions_are_all_found() -> None:
    """Two quarrels are two contradictions, and the plan rests on neither."""
    found = plan(
        [
            stated("max_steps", 7),
            stated("eval_interval", 5),
            stated("max_steps", 8),
            stated("eval_interval", 6),
            stated("save_interval", 9),
        ]
    )
    quarrels = {frozenset(claim.text for claim in c.claims) for c in found.contradictions}
    assert quarrels == {
        frozenset({"max_steps: 7", "max_steps: 8"}),
        frozenset({"eval_interval: 5", "eval_interval: 6"}),
    }
    assert found["max_steps"].origin is Origin.UNKNOWN
    assert found["save_interval"].value == 9


def test_relations_that_hold_for_nothing_are_a_mistake() -> None:
    """A framework's formula that never gives a possible value is refused, not looped over."""

    @relation("+", says="0")
    def micro_batch_size(sequence_length: Number) -> Number:
        return 0

    with pytest.raises(ValueError, match="micro_batch_size"):
        plan({}, (micro_batch_size,))


# Relations that a framework writes down wrong.


@pytest.mark.parametrize("signs", ["+", "+++", "+x", ""])
def test_signs_fit_the_inputs(signs: str) -> None:
    """One of `+`, `-` and `0` for each input; anything else is refused where it is written."""
    with pytest.raises(ValueError, match="signs"):
        relation(signs, says="")(lambda total_steps, epochs: total_steps)


def test_relation_is_named_after_its_function() -> None:
    """Output and inputs come from the function; `output` overrides the name."""
    assert (steps_per_epoch.output, steps_per_epoch.inputs, steps_per_epoch.signs) == (
        "steps_per_epoch",
        ("dataset_size", "global_batch_size"),
        (1, -1),
    )
    assert full_steps.output == "steps_per_epoch"
