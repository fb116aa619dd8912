"""Laws that hold for every network of monotone formulas, tried on random ones with a known truth.

A network is drawn together with a value for each quantity that makes all its formulas true. Claims
that hold these values are true; whatever the solver makes of them has to hold them too.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from schedlint.plan import Claim, Interval, Number, Origin, Plan, Relation, Word
from schedlint.plan.arithmetic import ceil_div, ceil_times, floor_div, floor_times, ratio, times

FORMULAS: dict[str, tuple[str, Callable[..., Number]]] = {
    "+": ("++", lambda a, b: a + b),
    "×": ("++", times),
    "ceil /": ("+-", ceil_div),
    "floor /": ("+-", floor_div),
    "/": ("+-", ratio),
    "max": ("++", max),
    "min": ("++", min),
    "at least 3": ("+", lambda a: max(a, 3)),
    "at most 9": ("+", lambda a: min(a, 9)),
    "50 less": ("-", lambda a: max(50 - a, 0)),
}
SHARES: dict[str, Callable[..., Number]] = {"ceil ×": ceil_times, "int ×": floor_times}


@dataclass
class Network:
    """Words and relations, and one value for each word that fits all relations."""

    words: dict[str, Word]
    relations: list[Relation]
    truth: dict[str, Number]

    def add(self, value: Number, *, whole: bool = True) -> str:
        """Declare a quantity that has this value; its name."""
        name = f"q{len(self.words)}"
        self.words[name] = Word(name, "things", "", int(value >= 1), whole)
        self.truth[name] = value
        return name

    def relate(
        self, output: str, inputs: Sequence[str], signs: str, formula: Callable[..., Number]
    ) -> None:
        """Declare a relation that is true of the values."""
        says = ", ".join(f"{{{name}}}" for name in inputs)
        moves = tuple({"+": 1, "-": -1}[sign] for sign in signs)
        self.relations.append(Relation(output, tuple(inputs), moves, formula, says))

    def value(self, inputs: Sequence[str], formula: Callable[..., Number]) -> Number:
        """What a formula gives for the true values."""
        return formula(*(self.truth[name] for name in inputs))

    def plan(self, claims: Sequence[Claim]) -> Plan:
        """What follows from some claims."""
        return Plan(claims, self.relations, self.words)

    def intervals(self, plan: Plan) -> dict[str, Interval]:
        """All that a plan knows."""
        return {name: plan.interval(name) for name in self.words}


@st.composite
def networks(draw: st.DrawFn) -> Network:
    """Formulas on top of each other, some of them tied back to earlier quantities."""
    found = Network({}, [], {})
    for value in draw(st.lists(st.integers(0, 200), min_size=2, max_size=4)):
        found.add(value)
    for _ in range(draw(st.integers(1, 5))):
        grow = draw(st.sampled_from((add_formula, add_formula, add_share, tie)))
        grow(draw, found)
    return found


def add_formula(draw: st.DrawFn, network: Network) -> None:
    """A new quantity, computed from one or two others."""
    kind = draw(st.sampled_from(sorted(FORMULAS)))
    signs, formula = FORMULAS[kind]
    whole = [name for name, word in network.words.items() if word.whole]
    inputs = draw(
        st.lists(st.sampled_from(whole), min_size=len(signs), max_size=len(signs), unique=True)
    )
    value = network.value(inputs, formula)
    assume(value < 10**12)
    network.relate(network.add(value, whole=kind != "/"), inputs, signs, formula)


def add_share(draw: st.DrawFn, network: Network) -> None:
    """A new share, a double as in a config, and that share of a count."""
    share = network.add(draw(st.floats(0, 3, allow_subnormal=False)), whole=False)
    formula = SHARES[draw(st.sampled_from(sorted(SHARES)))]
    whole = [name for name, word in network.words.items() if word.whole]
    inputs = [share, draw(st.sampled_from(whole))]
    network.relate(network.add(network.value(inputs, formula)), inputs, "++", formula)


def tie(draw: st.DrawFn, network: Network) -> None:
    """A second formula for a quantity that has one already: a cycle."""
    whole = sorted(name for name, word in network.words.items() if word.whole)
    output, base = draw(st.lists(st.sampled_from(whole), min_size=2, max_size=2, unique=True))
    offset = network.truth[output] - network.truth[base]
    network.relate(output, [base], "+", lambda a: a + offset)


def claim(quantity: str, low: Number, high: Number, origin: Origin = Origin.STATED) -> Claim:
    """Somebody's word that a quantity lies in a range."""
    return Claim(quantity, Interval(low, high), origin, f"{quantity}: {low} to {high}")


ORIGINS = st.sampled_from((Origin.STATED, Origin.DEFAULT, Origin.ASSUMED, Origin.MEASURED))


@st.composite
def true_claims(draw: st.DrawFn, network: Network) -> list[Claim]:
    """Ranges around some of the true values, exact ones among them."""
    found = []
    for name, value in network.truth.items():
        below, above = draw(
            st.sampled_from(((0, 0), (0, 0), (0, 1), (5, 2), (0, inf), (inf, 0), (inf, inf)))
        )
        if (below, above) != (inf, inf):
            found.append(claim(name, value - below, value + above, draw(ORIGINS)))
    return draw(st.permutations(found))


@st.composite
def cases(draw: st.DrawFn) -> tuple[Network, list[Claim]]:
    """A network with true claims."""
    network = draw(networks())
    return network, draw(true_claims(network))


@st.composite
def quarrels(draw: st.DrawFn) -> tuple[Network, list[Claim]]:
    """A network with claims of which some may be false."""
    network, claims = draw(cases())
    for _ in range(draw(st.integers(1, 2))):
        name = draw(st.sampled_from(sorted(network.words)))
        value = network.truth[name] + draw(st.integers(1, 30))
        claims.append(claim(name, value, value, draw(ORIGINS)))
    return network, claims


def settled(network: Network, plan: Plan) -> bool:
    """Whether nothing narrows any more: a creeping network is given up before."""
    known = network.intervals(plan)
    again = network.plan([claim(name, *interval) for name, interval in known.items()])
    return network.intervals(again) == known


@given(cases())
def test_truth_is_never_lost(case: tuple[Network, list[Claim]]) -> None:
    """True claims contradict nothing, and every derived interval holds the true value."""
    network, claims = case
    plan = network.plan(claims)
    assert not plan.contradictions
    for name, value in network.truth.items():
        assert value in plan.interval(name), name


@given(cases())
def test_whole_quantities_have_integer_bounds(case: tuple[Network, list[Claim]]) -> None:
    """Counts are bounded by integers, and by none below the least that can exist."""
    network, claims = case
    plan = network.plan(claims)
    for name, word in network.words.items():
        low, high = plan.interval(name)
        assert low >= word.least
        if word.whole:
            assert isinstance(low, int)
            assert isinstance(high, int) or high == inf


@given(cases(), st.data())
def test_another_claim_widens_nothing(
    case: tuple[Network, list[Claim]], data: st.DataObject
) -> None:
    """Who knows more knows every quantity at least as well."""
    network, claims = case
    fewer = data.draw(st.lists(st.sampled_from(claims), unique=True)) if claims else []
    plan, weaker = network.plan(claims), network.plan(fewer)
    assume(settled(network, plan))
    for name in network.words:
        assert plan.interval(name).within(weaker.interval(name)), name


@given(cases(), st.data())
def test_order_does_not_matter(case: tuple[Network, list[Claim]], data: st.DataObject) -> None:
    """Claims and relations may be written in any order."""
    network, claims = case
    plan = network.plan(claims)
    assume(settled(network, plan))
    shuffled = Plan(
        data.draw(st.permutations(claims)),
        data.draw(st.permutations(network.relations)),
        network.words,
    )
    assert network.intervals(shuffled) == network.intervals(plan)


@given(quarrels(), st.data())
def test_order_does_not_decide_whether_claims_fit(
    case: tuple[Network, list[Claim]], data: st.DataObject
) -> None:
    """The same relations in another order find the same contradictions."""
    network, claims = case
    plan = network.plan(claims)
    shuffled = Plan(claims, data.draw(st.permutations(network.relations)), network.words)
    assert [c.claims for c in shuffled.contradictions] == [c.claims for c in plan.contradictions]
    other = network.plan(data.draw(st.permutations(claims)))
    assert bool(other.contradictions) is bool(plan.contradictions)


@given(quarrels())
def test_contradiction_needs_each_of_its_claims(case: tuple[Network, list[Claim]]) -> None:
    """The claims of a contradiction cannot all be true, and without any one of them they can."""
    network, claims = case
    for contradiction in network.plan(claims).contradictions:
        (again,) = network.plan(contradiction.claims).contradictions
        assert set(again.claims) == set(contradiction.claims)
        for left_out in contradiction.claims:
            rest = [other for other in contradiction.claims if other is not left_out]
            assert not network.plan(rest).contradictions


@given(quarrels())
def test_contradiction_tells_each_of_its_claims(case: tuple[Network, list[Claim]]) -> None:
    """The proof holds every claim of the contradiction, and no other."""
    network, claims = case
    for contradiction in network.plan(claims).contradictions:
        told = {step.claim for step in contradiction.because if step.claim is not None}
        assert told == set(contradiction.claims)


@given(quarrels())
def test_contradictory_claims_are_set_aside(case: tuple[Network, list[Claim]]) -> None:
    """The numbers rest on the other claims, as if the contradictory ones had not been there."""
    network, claims = case
    plan = network.plan(claims)
    gone = {claim for contradiction in plan.contradictions for claim in contradiction.claims}
    rest = network.plan([claim for claim in claims if claim not in gone])
    assert not rest.contradictions
    assert network.intervals(plan) == network.intervals(rest)


@given(cases())
def test_claims_behind_a_number_are_enough_for_it(case: tuple[Network, list[Claim]]) -> None:
    """With nothing but the claims that it names, a quantity has the same interval."""
    network, claims = case
    plan = network.plan(claims)
    assume(settled(network, plan))
    for name in network.words:
        quantity = plan[name]
        assert network.plan(quantity.claims()).interval(name) == quantity.interval


@given(cases(), st.data())
def test_assuming_is_solving_afresh(case: tuple[Network, list[Claim]], data: st.DataObject) -> None:
    """A plan with further claims is the plan of all claims."""
    network, claims = case
    at = data.draw(st.integers(0, len(claims)))
    later = network.plan(claims[:at]).assuming(*claims[at:])
    assert network.intervals(later) == network.intervals(network.plan(claims))


@pytest.mark.parametrize("high", [10, 1000, inf])
def test_creeping_relations_end(high: Number) -> None:
    """`x = y + 1` with `y = x` has no solution and no step that shows it: it ends all the same."""
    words = {name: Word(name, "", "") for name in "xy"}
    relations = [
        Relation("x", ("y",), (1,), lambda y: y + 1, "{y} + 1"),
        Relation("y", ("x",), (1,), lambda x: x, "{x}"),
    ]
    started = time.process_time()
    plan = Plan([claim("x", 0, high)], relations, words)
    assert time.process_time() - started < 0.2
    assert bool(plan.contradictions) is (high == 10)


@settings(max_examples=30)
@given(cases())
def test_plans_are_fast(case: tuple[Network, list[Claim]]) -> None:
    """No network of this size takes a noticeable time, however it is tied together."""
    network, claims = case
    started = time.process_time()
    network.plan(claims)
    assert time.process_time() - started < 0.5
