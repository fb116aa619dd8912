"""What a rule is made of: the public API for the box's own rules and everybody else's.

    class WarmupOutlastsTraining(Rule):
        \"\"\"Warm-up is as long as the whole run, or longer. …\"\"\"

        code = "SL301"
        name = "warmup-outlasts-training"
        severity = Severity.ERROR

        def check(self, run: Scenario) -> Iterator[Finding]:
            warmup, total = run["warmup_steps"], run["total_steps"]
            if run.certainly(warmup >= total):
                yield self.found(run, f"warm-up takes {warmup} of the {total} steps …", warmup,
                total)

The docstring is the rule's page. `bad` and `good` are its examples and its tests at once; see
`schedlint.testing`.
"""

from __future__ import annotations

from schedlint.files import Use
from schedlint.fixes import DeleteKey, Edit, InsertKey, RenameKey, SetValue
from schedlint.plan import certainly
from schedlint.reading.config import Setting
from schedlint.reading.facts import Fact
from schedlint.reading.place import Place
from schedlint.rules.model import Example, Finding, Fix, Related, Severity
from schedlint.rules.offer import (
    change,
    change_items,
    change_number,
    remedied,
    removal,
    renaming,
    spelled,
)
from schedlint.rules.rule import Rule, proof_of
from schedlint.rules.spots import entry_around, entry_of, item_of, items_of, value_at
from schedlint.scenario import Scenario

__all__ = [
    "DeleteKey",
    "Edit",
    "Example",
    "Fact",
    "Finding",
    "Fix",
    "InsertKey",
    "Place",
    "Related",
    "RenameKey",
    "Rule",
    "Scenario",
    "SetValue",
    "Setting",
    "Severity",
    "Use",
    "certainly",
    "change",
    "change_items",
    "change_number",
    "entry_around",
    "entry_of",
    "item_of",
    "items_of",
    "proof_of",
    "remedied",
    "removal",
    "renaming",
    "spelled",
    "value_at",
]
