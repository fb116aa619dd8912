"""One formula held against counting: what the solver says of it, and every value tried by hand."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from math import inf

from hypothesis import assume, given
from hypothesis import strategies as st

from schedlint.plan import Claim, Interval, Number, Origin, Plan, Relation, Word, relation
from schedlint.plan.arithmetic import ceil_div, ceil_times, floor_div, times

MOST = 12
FORMULAS: list[tuple[str, Callable[..., Number]]] = [
    ("++", lambda a, b: a + b),
    ("++", lambda a, b: a * b),
    ("++", max),
    ("++", min),
    ("+-", ceil_div),
    ("+-", floor_div),
    ("+-", lambda a, b: max(floor_div(a, b), 1)),
    ("-+", lambda a, b: times(max(MOST - a, 0), b)),
    ("--", lambda a, b: max(60 - a * b, 0)),
]
WORDS = {name: Word(name, "", "", least) for name, least in (("out", 0), ("a", 1), ("b", 1))}

boxes = st.tuples(st.integers(1, MOST), st.integers(1, MOST)).map(sorted)
outputs = st.tuples(st.integers(0, 60), st.integers(0, 60)).map(sorted)


def claim(quantity: str, low: Number, high: Number) -> Claim:
    """Somebody's word that a quantity lies in a range."""
    return Claim(quantity, Interval(low, high), Origin.STATED, f"{quantity}: {low} to {high}")


def solve(signs: str, formula: Callable[..., Number], **known: list[int]) -> Plan:
    """The plan of `out = formula(a, b)` and of ranges."""
    moves = tuple({"+": 1, "-": -1}[sign] for sign in signs)
    formulas = [Relation("out", ("a", "b"), moves, formula, "{a}, {b}")]
    return Plan([claim(name, *span) for name, span in known.items()], formulas, WORDS)


def values(span: list[int]) -> range:
    """All integers of a range."""
    return range(span[0], span[1] + 1)


@given(st.sampled_from(FORMULAS), boxes, boxes)
def test_image_is_exact(
    kind: tuple[str, Callable[..., Number]], a: list[int], b: list[int]
) -> None:
    """The output lies between the smallest and the largest result, and reaches both."""
    signs, formula = kind
    results = [formula(*pair) for pair in product(values(a), values(b))]
    found = solve(signs, formula, a=a, b=b)
    assert found.interval("out") == Interval(min(results), max(results))


@given(st.sampled_from(FORMULAS), boxes, st.integers(1, MOST), outputs, st.booleans())
def test_inverse_is_exact(
    kind: tuple[str, Callable[..., Number]], box: list[int], known: int, out: list[int], first: bool
) -> None:
    """With the other input known, an input is just the values that lead into the output's range."""
    signs, formula = kind
    fitting = [
        value
        for value in values(box)
        if formula(*((value, known) if first else (known, value))) in values(out)
    ]
    open_input, other = ("a", "b") if first else ("b", "a")
    found = solve(signs, formula, **{open_input: box, other: [known, known], "out": out})
    assert bool(found.contradictions) is (not fitting)
    if fitting:
        assert found.interval(open_input) == Interval(min(fitting), max(fitting))


@given(st.sampled_from(FORMULAS), boxes, boxes, outputs)
def test_no_solution_is_lost(
    kind: tuple[str, Callable[..., Number]], a: list[int], b: list[int], out: list[int]
) -> None:
    """With both inputs open, every pair that leads into the output's range stays possible."""
    signs, formula = kind
    pairs = [pair for pair in product(values(a), values(b)) if formula(*pair) in values(out)]
    assume(pairs)
    found = solve(signs, formula, a=a, b=b, out=out)
    assert not found.contradictions
    for first, second in pairs:
        assert first in found.interval("a")
        assert second in found.interval("b")
        assert formula(first, second) in found.interval("out")


@given(st.floats(0.001, 2), st.integers(0, 5000))
def test_inverse_of_a_double_s_share_is_exact(share: float, steps: int) -> None:
    """The counts of which a share is `steps` are found in double precision, to the last one."""
    words = {
        "share": Word("share", "", "", whole=False),
        "all": Word("all", "", ""),
        "part": Word("part", "", ""),
    }
    part = Relation("part", ("share", "all"), (1, 1), ceil_times, "ceil({share} × {all})")
    plan = Plan([claim("share", share, share), claim("part", steps, steps)], [part], words)
    if plan.contradictions:
        around = round(steps / share)
        assert steps not in {ceil_times(share, n) for n in range(max(around - 3, 0), around + 4)}
        return
    low, high = plan.interval("all")
    assert ceil_times(share, low) == ceil_times(share, high) == steps
    assert low == 0 or ceil_times(share, low - 1) < steps
    assert ceil_times(share, high + 1) > steps


@given(st.floats(0, 5), st.integers(1, 5000))
def test_inverse_holds_the_double_that_was_written(share: float, count: int) -> None:
    """Whatever double a config holds, it is among the shares that explain its result."""
    words = {
        "share": Word("share", "", "", whole=False),
        "all": Word("all", "", ""),
        "part": Word("part", "", ""),
    }
    part = Relation("part", ("share", "all"), (1, 1), ceil_times, "ceil({share} × {all})")
    steps = ceil_times(share, count)
    plan = Plan([claim("all", count, count), claim("part", steps, steps)], [part], words)
    low, high = plan.interval("share")
    assert low <= share <= high
    assert high - low <= 1 / count + 1e-9


# Formulas that are not monotone in an argument.

SAMPLES = {name: Word(name, "samples", "") for name in ("rows", "size", "rest", "padded")}
SAMPLES["size"] = Word("size", "samples", "", 1)


@relation("+", says="{rows}", output="padded")
def unpadded(rows: Number) -> Number:
    """Padding takes nothing away."""
    return rows


@relation("++", says="{rows} + {size} - 1", output="padded")
def padded_by_a_batch(rows: Number, size: Number) -> Number:
    """Padding adds less than a batch."""
    return rows + size - 1


@relation("+0", says="{rows} up to a multiple of {size}", within=(unpadded, padded_by_a_batch))
def padded(rows: Number, size: Number) -> Number:
    """Rows, filled up to whole batches: neither more nor less for a larger batch."""
    return times(ceil_div(rows, size), size)


@relation("00", says="{rows} mod {size}")
def rest(rows: Number, size: Number) -> Number:
    """What full batches leave over; no bound is given where something is not known."""
    return rows - times(floor_div(rows, size), size)


@given(st.integers(0, 500), st.integers(1, 60))
def test_formula_that_is_not_monotone_is_computed_where_it_is_known(rows: int, size: int) -> None:
    """With known inputs any formula is a number."""
    plan = Plan([claim("rows", rows, rows), claim("size", size, size)], [padded, rest], SAMPLES)
    assert plan["padded"].value == -(-rows // size) * size
    assert plan["rest"].value == rows % size
    assert plan["rest"].origin is Origin.DERIVED


@given(
    st.tuples(st.integers(0, 90), st.integers(0, 90)).map(sorted),
    st.tuples(st.integers(1, 9), st.integers(1, 9)).map(sorted),
)
def test_envelope_holds_all_results(rows: list[int], size: list[int]) -> None:
    """Where the argument is open, the result lies within the envelope; all that can occur does."""
    results = [-(-r // s) * s for r in values(rows) for s in values(size)]
    plan = Plan([claim("rows", *rows), claim("size", *size)], [padded, rest], SAMPLES)
    found = plan.interval("padded")
    assert Interval(min(results), max(results)).within(found)
    if size[0] < size[1]:
        assert found == Interval(rows[0], rows[1] + size[1] - 1)


def test_formula_without_an_envelope_says_nothing() -> None:
    """A remainder of an unknown batch may be anything."""
    plan = Plan([claim("rows", 100, 100)], [rest], SAMPLES)
    assert plan.interval("rest") == Interval(0, inf)
    assert plan["rest"].why() == ()


def test_formula_that_is_not_monotone_is_not_inverted_in_that_argument() -> None:
    """Batches of 40 and of 60 fill 100 rows up to 120, batches of 50 do not: none is left out."""
    plan = Plan([claim("rows", 100, 100), claim("padded", 120, 120)], [padded], SAMPLES)
    assert {40, 60} <= {size for size in range(1, 130) if size in plan.interval("size")}
    assert not plan.contradictions


def test_formula_is_inverted_in_its_monotone_argument() -> None:
    """Batches of 8 that fill up to 104 hold 97 to 104 rows."""
    plan = Plan([claim("size", 8, 8), claim("padded", 104, 104)], [padded], SAMPLES)
    assert plan.interval("rows") == Interval(97, 104)


def test_envelope_s_proof_says_what_it_rests_on() -> None:
    """A bound from an envelope shows the envelope's formula, not the one that it stands for."""
    plan = Plan([claim("rows", 100, 100), claim("size", 4, 8)], [padded], SAMPLES)
    lines = [str(step) for step in plan["padded"].why()]
    assert "padded = 100 = at least 100" in lines
    assert "padded = 100 + 4 to 8 - 1 = at most 107" in lines
