"""What a project holds: its training configs by framework, and the facts that its checks lack."""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from schedlint.engine import Report, check_paths
from schedlint.plan import WORDS
from schedlint.policy import Policy
from schedlint.settings import SettingsFiles

__all__ = ["Survey", "survey"]

_OUTSIDE = (
    "dataset_rows",
    "dataset_size",
    "eval_dataset_size",
    "sequence_length",
    "mean_sample_length",
    "world_size",
)
"""What the data, the model and the launch say and a config often cannot; what else is missing, its
author has left out.
"""


@dataclass
class Survey:
    """What was found below a folder. Paths are relative to it, with slashes."""

    configs: dict[str, list[str]] = field(default_factory=dict)
    """The configs of each framework; files that belong to one of them do not count."""
    passed_over: int = 0
    """Files that are no training config."""
    broken: list[str] = field(default_factory=list)
    """Configs that cannot be parsed."""
    needs: dict[str, Counter[str]] = field(default_factory=dict)
    """For each folder with configs: what their checks lack, and how many wait for it."""
    unpinned: dict[str, int] = field(default_factory=dict)
    """Packages of which nobody says the version: how many configs each is about."""

    @property
    def count(self) -> int:
        """How many configs there are."""
        return sum(map(len, self.configs.values()))

    def missing(self) -> list[tuple[str, int]]:
        """The facts that are missing anywhere, in the order of the word list, with their checks."""
        total = sum(self.needs.values(), Counter[str]())
        return [(name, total[name]) for name in WORDS if total[name]]


def survey(folder: str) -> Survey:
    """Look through a folder, with the settings that its files have already.

    Raises SettingsError where these cannot be understood.
    """
    policy = Policy(settings=SettingsFiles())
    report = check_paths([folder], policy)
    found = Survey(passed_over=len(report.passed_over))
    _sort_configs(report, policy, folder, found)
    needs: dict[str, Counter[str]] = defaultdict(Counter)
    for each in report.undecided:
        outside = [name for name in each.needs if name in _OUTSIDE]
        needs[os.path.dirname(_below(each.path, folder))].update(outside)
    found.needs = {name: needs[name] for name in sorted(needs) if needs[name]}
    broken = {each.path for each in report.findings if each.code == "SL801"}
    found.broken = sorted(_below(path, folder) for path in broken)
    return found


def _sort_configs(report: Report, policy: Policy, folder: str, found: Survey) -> None:
    configs: dict[str, list[str]] = defaultdict(list)
    unpinned = Counter[str]()
    for path in dict.fromkeys(files[0] for files in report.runs):
        for framework, package in _frameworks_of(path, policy):
            configs[framework].append(_below(path, folder))
            unpinned.update(package)
    found.configs = {name: sorted(configs[name]) for name in sorted(configs)}
    found.unpinned = {name: unpinned[name] for name in sorted(unpinned)}


def _frameworks_of(path: str, policy: Policy) -> Iterable[tuple[str, list[str]]]:
    """The frameworks of a file's configs, each with its package where no version is known."""
    for document in policy.texts.read(path).documents:
        run = policy.run_of(document)
        if run is not None:
            own = run.framework.packages[:1]
            pinned = {pin.package for pin in run.told.pins}
            yield run.framework.name, [name for name in own if name not in pinned]


def _below(path: str, folder: str) -> str:
    return os.path.relpath(path, folder).replace(os.sep, "/")
