"""The arithmetic: quantities, intervals, relations, the solver, and the proof of every number.

Knows numbers and nothing of files or frameworks.
"""

from schedlint.plan.claim import Claim, Origin
from schedlint.plan.edge import Edge, edge
from schedlint.plan.interval import ANY, Interval, Number
from schedlint.plan.numerals import numeral, span
from schedlint.plan.plan import Contradiction, Plan, Quantity, most
from schedlint.plan.proof import Step
from schedlint.plan.relation import Relation, relation
from schedlint.plan.verdict import Comparison, Verdict, certainly
from schedlint.plan.words import WORDS, Word

__all__ = [
    "ANY",
    "WORDS",
    "Claim",
    "Comparison",
    "Contradiction",
    "Edge",
    "Interval",
    "Number",
    "Origin",
    "Plan",
    "Quantity",
    "Relation",
    "Step",
    "Verdict",
    "Word",
    "certainly",
    "edge",
    "most",
    "numeral",
    "relation",
    "span",
]
