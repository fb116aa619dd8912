"""The plan of a run over all the versions that are still possible."""

from __future__ import annotations

from collections.abc import Iterator

from schedlint.plan import Contradiction, Interval, Number, Origin, Plan, Quantity, Step
from schedlint.reading.versions import describe
from schedlint.scenario import Scenario


class VersionedQuantity(Quantity):
    """A quantity that differs between the versions that are still possible."""

    __slots__ = ("by_versions",)

    def __init__(self, plan: Plan, by_versions: tuple[tuple[str, Quantity], ...]) -> None:
        intervals = [quantity.interval for _, quantity in by_versions]
        hull = Interval(min(i.low for i in intervals), max(i.high for i in intervals))
        super().__init__(plan, by_versions[0][1].word, hull, ())
        self.by_versions = by_versions

    @property
    def value(self) -> Number | None:
        """None: there is no one value."""
        return None

    @property
    def origin(self) -> Origin:
        """Unknown, since the version that decides is."""
        return Origin.UNKNOWN

    def how(self) -> str:
        """Each value with the versions that have it."""
        return "; ".join(f"{quantity} ({versions})" for versions, quantity in self.by_versions)

    def why(self) -> tuple[Step, ...]:
        """The proofs for all versions, one after the other."""
        return tuple(
            step._replace(text=f"{step.text} ({versions})") if step is steps[-1] else step
            for versions, quantity in self.by_versions
            for steps in (quantity.why(),)
            for step in steps
        )


class Outlook:
    """What holds in every scenario: `outlook["total_steps"]`."""

    def __init__(self, scenarios: list[Scenario]) -> None:
        self._scenarios = scenarios
        self._names = scenarios[0].framework.applies

    def __getitem__(self, name: str) -> Quantity:
        groups: list[tuple[list[Scenario], Quantity]] = []
        for scenario in self._scenarios:
            quantity = scenario.plan[name]
            same = next((group for group, known in groups if _equal(known, quantity)), None)
            if same is None:
                groups.append(([scenario], quantity))
            else:
                same.append(scenario)
        if len(groups) == 1:
            return groups[0][1]
        told = tuple((_versions(scenarios), quantity) for scenarios, quantity in groups)
        return VersionedQuantity(self._scenarios[0].plan, told)

    def __iter__(self) -> Iterator[str]:
        """The common words that apply to the framework, in their order."""
        return iter(self._names)

    @property
    def contradictions(self) -> tuple[Contradiction, ...]:
        """The contradictions under the newest versions."""
        return self._scenarios[0].plan.contradictions


def _versions(scenarios: list[Scenario]) -> str:
    return describe(ranges for scenario in scenarios for ranges in scenario.ranges)


def _equal(one: Quantity, other: Quantity) -> bool:
    return one.interval == other.interval and one.value == other.value
