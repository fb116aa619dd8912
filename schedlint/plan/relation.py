"""A relation: a framework's formula, written once and forwards.

    @relation("+-", says="max(ceil({batches_per_epoch} / {gradient_accumulation_steps}), 1)")
    def steps_per_epoch(batches_per_epoch: Number, gradient_accumulation_steps: Number) -> Number:
        return max(ceil_div(batches_per_epoch, gradient_accumulation_steps), 1)

The function's name is the quantity it gives, its parameters are the quantities it takes, and the
signs say how the result moves with each: `+` never falls, `-` never rises, `0` may do both. From
these the solver computes the formula's image of intervals and inverts it by bisection: no inverse
is written by hand.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from schedlint.plan.interval import Number

Formula = Callable[..., Number]


@dataclass(frozen=True, slots=True, eq=False)
class Relation:
    """`output = formula(*inputs)`, monotone in each input according to its sign.

    `says` is the formula for a reader, with `{input}` where a value goes. `even`, where given, is
    the formula without its rounding: of several inputs that give the same count it tells the one
    that leaves no remainder. `within`, where given, is a pair of monotone relations, of some of the
    same inputs, between which the result lies while an input of sign 0 is not known.
    """

    output: str
    inputs: tuple[str, ...]
    signs: tuple[int, ...]
    formula: Formula
    says: str
    even: Formula | None = None
    within: tuple[Relation, Relation] | None = None

    def text(self, values: Mapping[str, str]) -> str:
        """The formula with the values put in: `ceil(1,625 / 4)`."""
        return self.says.format_map(values)


def relation(
    signs: str,
    says: str,
    *,
    output: str | None = None,
    even: Formula | None = None,
    within: tuple[Relation, Relation] | None = None,
) -> Callable[[Formula], Relation]:
    """Make a relation of a formula; see the module's docstring.

    Raises ValueError when signs and parameters do not fit each other: a mistake in the framework's
    file, found on import.
    """

    def make(formula: Formula) -> Relation:
        code = formula.__code__
        inputs: tuple[str, ...] = code.co_varnames[: code.co_argcount]
        name = output or code.co_name
        if len(signs) != len(inputs) or set(signs) - set("+-0"):
            raise ValueError(f"{name}: signs {signs!r} do not fit the inputs {', '.join(inputs)}")
        directions = tuple({"+": 1, "-": -1, "0": 0}[sign] for sign in signs)
        return Relation(name, inputs, directions, formula, says, even, within)

    return make
