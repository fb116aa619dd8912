"""A plan: every quantity of a run, how far it is known, and why."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import inf

from schedlint.plan import proof
from schedlint.plan.claim import Cause, Claim, Inference, Origin, claims_behind
from schedlint.plan.interval import Interval, Number
from schedlint.plan.numerals import numeral, span
from schedlint.plan.relation import Relation
from schedlint.plan.solver import Domains, contradiction, solve
from schedlint.plan.verdict import Comparison, verdict
from schedlint.plan.words import Word


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Claims that cannot all be true, of which none can be left out, and the proof of it."""

    claims: tuple[Claim, ...]
    quantity: str
    """Where they collide: no value of this quantity fits them all."""
    because: tuple[proof.Step, ...]


class Quantity:
    """What a plan knows of one quantity.

    Comparing it with another quantity or a number gives a `Comparison`, which has three answers.
    """

    __slots__ = ("_causes", "_plan", "interval", "word")

    def __init__(self, plan: Plan, word: Word, interval: Interval, causes: tuple[Cause, ...]):
        self._plan = plan
        self._causes = causes
        self.word = word
        self.interval = interval

    @property
    def name(self) -> str:
        """Its name in the word list."""
        return self.word.name

    @property
    def unit(self) -> str:
        """What it is counted in."""
        return self.word.unit

    @property
    def low(self) -> Number:
        """The smallest possible value."""
        return self.interval.low

    @property
    def high(self) -> Number:
        """The largest possible value; infinity where there is no bound."""
        return self.interval.high

    @property
    def known(self) -> bool:
        """Whether only one value is possible."""
        return self.interval.known

    @property
    def value(self) -> Number | None:
        """The value, where one is known.

        Where several values give the same rounded count (100 and 101 samples a batch both make 100
        batches of 10,000 samples), the one that leaves no remainder; `interval` holds the others.
        """
        return self.interval.low if self.known else self._even_value()

    @property
    def origin(self) -> Origin:
        """Where it comes from: its claim's origin, or derived; unknown where nothing bounds it."""
        if self.value is None and self.high == inf:
            return Origin.UNKNOWN
        first = self._causes[0] if self._causes else None
        if isinstance(first, Claim) and all(cause is first for cause in self._causes):
            return first.origin
        return Origin.DERIVED

    @property
    def claim(self) -> Claim | None:
        """The claim that states it outright, if one does."""
        for cause in self._causes:
            if isinstance(cause, Claim):
                return cause
        return None

    @property
    def stated(self) -> bool:
        """Whether a line of a file says it outright."""
        return self.claim is not None and self.claim.origin is Origin.STATED

    @property
    def text(self) -> str:
        """The line that says it outright (`max_steps: 1000`); empty where none does."""
        return "" if self.claim is None else self.claim.text

    def claims(self) -> tuple[Claim, ...]:
        """All claims that it rests on."""
        return tuple(claims_behind(*self._causes))

    def why(self) -> tuple[proof.Step, ...]:
        """Its proof: every line that it rests on, each after those that it needs."""
        return proof.steps(self._causes, self._plan.least)

    def how(self) -> str:
        """The last line of its proof, short: `4 × 4 × 8`, or the text of the claim."""
        if not self._causes:
            return ""
        return proof.steps(self._causes, self._plan.least)[-1].text

    def _even_value(self) -> Number | None:
        cause = self._causes[0] if self._causes else None
        if not isinstance(cause, Inference) or cause.forwards or self.high == inf:
            return None
        rel = cause.relation
        others = {n: self._plan.interval(n) for n in (rel.output, *rel.inputs) if n != self.name}
        if rel.even is None or not all(box.known for box in others.values()):
            return None
        goal = others[rel.output].low
        for candidate in _few(self.interval):
            arguments = [candidate if n == self.name else others[n].low for n in rel.inputs]
            if rel.even(*arguments) == goal:
                return candidate
        return None

    def __lt__(self, other: Quantity | Number) -> Comparison:
        them, involved = self._with(other)
        mine = self.interval
        return Comparison(verdict(mine.high < them.low, mine.low >= them.high), *involved)

    def __le__(self, other: Quantity | Number) -> Comparison:
        them, involved = self._with(other)
        mine = self.interval
        return Comparison(verdict(mine.high <= them.low, mine.low > them.high), *involved)

    def __gt__(self, other: Quantity | Number) -> Comparison:
        return ~(self <= other)

    def __ge__(self, other: Quantity | Number) -> Comparison:
        return ~(self < other)

    def equals(self, other: Quantity | Number) -> Comparison:
        """Whether both are the same number. (`==` keeps Python's meaning.)"""
        them, involved = self._with(other)
        mine = self.interval
        same = mine.known and mine == them
        return Comparison(verdict(same, mine.meet(them).empty), *involved)

    def divides(self, other: Quantity) -> Comparison:
        """Whether `other` is a multiple of this one; certain only where both are known."""
        if not (self.known and other.known):
            return Comparison(verdict(False, False), self, other)
        multiple = self.low != 0 and other.low % self.low == 0
        return Comparison(verdict(multiple, not multiple), self, other)

    def _with(self, other: Quantity | Number) -> tuple[Interval, tuple[Quantity, ...]]:
        if isinstance(other, Quantity):
            return other.interval, (self, other)
        return Interval.exactly(other), (self,)

    def __str__(self) -> str:
        value = self.value
        return span(self.interval) if value is None else numeral(value)

    def __repr__(self) -> str:
        return f"<{self.name} {span(self.interval)} {self.unit}>"


def most(quantity: Quantity) -> str:
    """The number where it is known, else `at most N`, for messages about what a run reaches."""
    return numeral(quantity.high) if quantity.known else f"at most {numeral(quantity.high)}"


def _few(interval: Interval) -> Iterator[int]:
    """The integers of a short interval; none of a long one."""
    low, high = math.ceil(interval.low), math.floor(interval.high)
    if high - low <= 10_000:
        yield from range(low, high + 1)


class Plan:
    """The solved arithmetic of one run under one version of its framework.

    Claims that contradict each other are set aside together (nobody knows which of them is wrong)
    and reported in `contradictions`; the numbers rest on the other claims.

    Raises ValueError when the relations leave a quantity no value whatever is claimed: a mistake in
    the framework's file.
    """

    def __init__(
        self, claims: Iterable[Claim], relations: Sequence[Relation], words: Mapping[str, Word]
    ) -> None:
        self.words = words
        self.relations = tuple(relations)
        self.contradictions: tuple[Contradiction, ...] = ()
        self.claims = tuple(claims)
        self._domains = self._solve()

    def _solve(self) -> Domains:
        """Solve, setting contradicting claims aside until the rest fits together."""
        while True:
            domains = solve(self.claims, self.relations, self.words)
            if domains.empty is None:
                return domains
            culprits = contradiction(self.claims, self.relations, self.words)
            if not culprits:
                raise ValueError(f"the relations alone leave {domains.empty} no value")
            self.contradictions += (self._explain(culprits),)
            self.claims = tuple(claim for claim in self.claims if claim not in culprits)

    def _explain(self, culprits: tuple[Claim, ...]) -> Contradiction:
        domains = solve(culprits, self.relations, self.words)
        quantity = domains.empty or culprits[0].quantity
        causes = _causes(domains, quantity)
        return Contradiction(culprits, quantity, proof.steps(causes, self.least))

    @property
    def least(self) -> dict[str, int]:
        """The smallest value that each quantity can have."""
        return {name: word.least for name, word in self.words.items()}

    def derives(self, name: str) -> bool:
        """Whether a formula gives the quantity, so that it can follow from the others."""
        return any(relation.output == name for relation in self.relations)

    def interval(self, name: str) -> Interval:
        """What is still possible for a quantity."""
        return self._domains[name]

    def __getitem__(self, name: str) -> Quantity:
        """The quantity of that name. Raises KeyError for a word that nobody has declared."""
        word = self.words[name]
        return Quantity(self, word, self._domains[name], _causes(self._domains, name))

    def expected(self, contradiction: Contradiction, claim: Claim) -> Quantity:
        """What the other claims of a contradiction say of the quantity that one is about."""
        others = tuple(other for other in contradiction.claims if other is not claim)
        with_all = self.assuming(*others)
        if with_all.contradictions:
            with_all = Plan(others, self.relations, self.words)
        return with_all[claim.quantity]

    def assuming(self, *claims: Claim) -> Plan:
        """The same plan with further claims."""
        return Plan((*self.claims, *claims), self.relations, self.words)


def _causes(domains: Domains, name: str) -> tuple[Cause, ...]:
    bounds = (domains.low.get(name), domains.high.get(name))
    return tuple(dict.fromkeys(bound.cause for bound in bounds if bound is not None))
