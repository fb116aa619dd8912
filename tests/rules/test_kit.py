"""The test kit itself: what it does not let pass."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from schedlint.rules import (
    Example,
    Finding,
    Fix,
    Rule,
    Scenario,
    Severity,
    change_number,
    removal,
)
from schedlint.testing import check_rule

LONG = "batch_size: 10\nmax_steps: 100\nwarmup_steps: 500\n"
SHORT = LONG.replace("500", "5")
BAD = Example(LONG, line=3, column=1, message="500 of 100")


class Warm(Rule):
    """A rule as a third party writes it, with everything in order."""

    code = "XY101"
    name = "warm-up-is-long"
    severity = Severity.ERROR
    message = "500 of 100 steps are warm-up"
    bad = (BAD,)
    good = (Example(SHORT),)

    def check(self, run: Scenario) -> Iterator[Finding]:
        """Report a warm-up as long as the run."""
        warmup, total = run["warmup_steps"], run["total_steps"]
        if run.certainly(total > 1) and run.certainly(warmup >= total):
            yield self.found(run, self.message, warmup, total, warmup)


def test_a_rule_in_order_passes() -> None:
    """All examples as they say, both numbers in the message."""
    check_rule(Warm)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"bad": ()}, "needs at least one bad and one good example"),
        ({"good": ()}, "needs at least one bad and one good example"),
        ({"bad": (Example(SHORT, line=3, column=1, message="500"),)}, "gives 0 findings"),
        ({"bad": (Example(LONG, line=1, column=1, message="500"),)}, "something else"),
        ({"bad": (Example(LONG, line=3, column=2, message="500"),)}, "something else"),
        ({"bad": (Example(LONG, line=3, column=1, message="600"),)}, "the message lacks '600'"),
        ({"bad": (Example(LONG, line=3, column=1),)}, "the message lacks"),
        ({"bad": (Example("name: Anna\n", line=1, column=1, message="500"),)}, "cannot be checked"),
        ({"bad": (Example("epochs: [\n", line=2, column=1, message="expected"),)}, "SL801"),
        ({"good": (Example(LONG),)}, "good example 1 is not silent"),
        ({"good": (Example("name: Anna\n"),)}, "cannot be checked"),
        ({"message": "500 of 1000: too long", "bad": (Example(LONG, 3, 1, "500 of"),)}, "(100)"),
        ({"message": "5,500 of 100: too long", "bad": (Example(LONG, 3, 1, "500 of"),)}, "(500)"),
    ],
)
def test_a_rule_that_is_not_in_order_fails(changes: dict[str, object], why: str) -> None:
    """Each slip is told by its name."""
    broken = type("Broken", (Warm,), changes)
    with pytest.raises(AssertionError) as caught:
        check_rule(broken)
    assert why in str(caught.value)


class Mending(Warm):
    """A rule that mends what it finds.

    **Fix.** Unsafe: a warm-up of five steps.
    """

    bad = (Example(LONG, line=3, column=1, message="500 of 100", fixed=SHORT),)
    steps = 5

    def check(self, run: Scenario) -> Iterator[Finding]:
        """Report a warm-up as long as the run, with its fix."""
        for finding in super().check(run):
            yield self.found(run, finding.message, finding.place, fix=self.fix(run))

    def fix(self, run: Scenario) -> Fix | None:
        """Five steps."""
        return change_number(run["warmup_steps"], self.steps)


class Removing(Mending):
    """A rule whose fix leaves a comment behind, and the finding where it was.

    **Fix.** Unsafe: without the run's length.
    """

    def fix(self, run: Scenario) -> Fix | None:
        """Another key than the one at fault."""
        return removal(run["max_steps"])


def test_a_fix_in_order_passes() -> None:
    """The text after the fix is as the example says."""
    check_rule(Mending)


@pytest.mark.parametrize(
    ("kind", "changes", "why"),
    [
        (Mending, {"bad": (BAD,)}, "expected\nno fix\nthe fix gives\n" + SHORT),
        (Mending, {"steps": 6}, "expected\n" + SHORT),
        (Mending, {"steps": 600}, "the finding would still stand"),
        (Mending, {"__doc__": "A page without the fix."}, "does not tell of its fix"),
        (Removing, {}, "the fix cannot be made"),
        (Warm, {"__doc__": "A page. **Fix.** None."}, "tells of a fix that no example shows"),
        (Warm, {"bad": Mending.bad}, "the fix gives\nno fix"),
    ],
)
def test_a_fix_that_is_not_in_order_fails(
    kind: type[Rule], changes: dict[str, object], why: str
) -> None:
    """A fix that is wrong, missing, or not written of."""
    with pytest.raises(AssertionError) as caught:
        check_rule(type("Broken", (kind,), changes))
    assert why in str(caught.value)
