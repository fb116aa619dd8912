"""From paths to findings: every file read, every run checked, nothing lost on the way.

A rule that crashes and a file that cannot be read are reported like everything else, and the rest
goes on.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import compress, islice

from schedlint import discover
from schedlint.built_in import (
    CANNOT_BE_PARSED,
    COMMENT_NOT_UNDERSTOOD,
    FRAMEWORK_CRASHED,
    RULE_CRASHED,
)
from schedlint.directives import DirectiveProblem, directives
from schedlint.frameworks import UnknownFramework
from schedlint.policy import Policy
from schedlint.reading.versions import describe
from schedlint.rules import Finding, Place, Rule, Severity
from schedlint.run import Run, join
from schedlint.scenario import Scenario
from schedlint.settings import SettingsError
from schedlint.source import ReadError, SourceFile
from schedlint.undecided import Undecided, undecided_of

NOT_RECOGNISED = "not recognised as a training config; name its framework with --framework"


@dataclass
class Report:
    """What came out of a check."""

    findings: list[Finding] = field(default_factory=list)
    undecided: list[Undecided] = field(default_factory=list)
    checked: list[str] = field(default_factory=list)
    """The files of all runs."""
    passed_over: list[str] = field(default_factory=list)
    """Files that are no training config."""
    notices: list[str] = field(default_factory=list)
    """What somebody should know who named a file: it was not recognised, a companion is missing."""
    unreadable: list[ReadError] = field(default_factory=list)
    """Files that were asked for and cannot be read at all."""
    runs: list[tuple[str, ...]] = field(default_factory=list)
    """The files of each run."""
    open: set[tuple[str, str]] = field(default_factory=set)
    """The codes of the rules that could not decide something, each with the files it is about."""
    crashed: bool = False
    fixed: list[Finding] = field(default_factory=list)
    """What was found and has been mended, by `schedlint.fixing`."""


def check_paths(paths: Sequence[str], policy: Policy) -> Report:
    """Check all training configs among and below some paths.

    Raises SettingsError for settings that cannot be understood, UnknownRule and UnknownFramework
    for names that nothing has.
    """
    report = Report()
    candidates = (
        each for each in discover.configs(paths) if each.named or not policy.leaves_out(each.path)
    )
    found = [(each, run) for each in candidates for run in _runs(each, policy, report)]
    runs = join([run for candidate, run in found if candidate.named])
    report.notices += (line for run in runs for line in missing_companions(run))
    runs += [run for candidate, run in found if not candidate.named]
    companions = {os.path.realpath(path) for run in runs for path in run.files[1:]}
    for run in runs:
        if not companions or os.path.realpath(run.path) not in companions:
            check_run(run, policy.rules_for(run.path), report)
    # Runs that share a companion find the same there.
    once = {_order(each): each for each in reversed(report.findings)}.values()
    settled = (policy.settle(each) for each in once)
    report.findings = [with_possible_fix(each) for each in settled if each is not None]
    report.findings.sort(key=_order)
    report.checked = list(dict.fromkeys(report.checked))
    return report


def _runs(candidate: discover.Candidate, policy: Policy, report: Report) -> Iterator[Run]:
    """The runs of one file, usually one; what is wrong with the file goes into the report."""
    try:
        source = policy.texts.read(candidate.path)
    except ReadError as error:
        _unreadable(error, candidate, report)
        return
    runs = 0
    said = len(report.findings)
    for document in source.documents:
        try:
            run = policy.run_of(document)
        except (SettingsError, UnknownFramework):
            raise  # what the user has written is wrong, not this file
        except Exception as problem:  # noqa: BLE001 (no file may keep the others from being checked)
            _crashed(FRAMEWORK_CRASHED.of(problem, document), report)
            continue
        if run is not None:
            runs += 1
            yield run
        else:
            _spoken_to(directives(document, policy.house(document.path)).problems, report)
    if len(report.findings) > said:
        report.checked.append(candidate.path)
    elif not runs:
        _passed_over(candidate, source, report)


def _unreadable(error: ReadError, candidate: discover.Candidate, report: Report) -> None:
    """A file that was asked for is owed an answer; below a folder, what only looks like a config
    by its name is passed over.
    """
    if error.file is not None and (candidate.named or _looks_meant(error.file.text)):
        report.findings.append(CANNOT_BE_PARSED.of(error))
        report.checked.append(candidate.path)
    elif candidate.named:
        report.unreadable.append(error)
    else:
        report.passed_over.append(candidate.path)


def _looks_meant(text: str) -> bool:
    """Whether a text that cannot be parsed was to be a training config, and no template of one."""
    return discover.looks_like_training(text) and not discover.looks_like_template(text)


def _passed_over(candidate: discover.Candidate, source: SourceFile, report: Report) -> None:
    report.passed_over.append(candidate.path)
    if candidate.named:
        what = NOT_RECOGNISED if source.text.strip() else "is empty"
        report.notices.append(f"{candidate.path}: {what}")


def check_run(run: Run, rules: Iterable[Rule], report: Report) -> None:
    """Apply the rules to a run and add what they say to the report."""
    report.checked += run.files
    report.runs.append(run.files)
    for error in run.unreadable:
        _unreadable(error, discover.Candidate(error.path, named=True), report)
    _spoken_to(run.problems, report)
    try:
        plans = [scenario.plan for scenario in run.scenarios]
    except Exception as problem:  # noqa: BLE001 (a framework's file may come from a plugin, too)
        _crashed(FRAMEWORK_CRASHED.of(problem, run.document), report)
        return
    assert plans, "a run has at least one class of versions"
    answers = [answer for rule in rules if (answer := _apply(rule, run, report)) is not None]
    everywhere = _wrong_everywhere(answers)
    for answer in answers:
        report.findings += _over_versions(answer, run.scenarios, everywhere)


def missing_companions(run: Run) -> Iterator[str]:
    """A line for each companion that the config names and that is not there."""
    for named in run.missing:
        yield f"{run.path}: {named.key}: {named.path} is not in the project and was not read"


def _spoken_to(problems: Iterable[DirectiveProblem], report: Report) -> None:
    report.findings += (COMMENT_NOT_UNDERSTOOD.of(*problem) for problem in problems)


def _crashed(finding: Finding, report: Report) -> None:
    report.findings.append(finding)
    report.crashed = True


Answers = list[list[Finding]]
"""What one rule finds under each class of versions."""


def _apply(rule: Rule, run: Run, report: Report) -> Answers | None:
    """One rule under every class of versions; what it could not decide goes into the report."""
    answers = []
    for scenario in run.scenarios:
        scenario.undecided.clear()
        try:
            answers.append(list(rule.check(scenario)))
        except Exception as problem:  # noqa: BLE001 (a plugin may raise anything; the run goes on)
            _crashed(RULE_CRASHED.of(rule, problem, run.document), report)
            return None
        if scenario.undecided:
            report.open.update((rule.code, path) for path in run.files)
    if not any(answers):
        open_ = (each for scenario in run.scenarios for each in undecided_of(rule, scenario))
        report.undecided += islice(open_, 1)
    return answers


def _wrong_everywhere(answers: Sequence[Answers]) -> dict[Place, Severity]:
    """The places where every version that is possible has a finding, of whichever rules.

    With the severity that holds for all: the mildest version's worst.
    """
    worst: list[dict[Place, Severity]] = []
    for version in zip(*answers, strict=True):
        found: dict[Place, Severity] = {}
        for finding in (each for answer in version for each in answer):
            known = found.setdefault(finding.place, finding.severity)
            found[finding.place] = max(known, finding.severity, key=_weight)
        worst.append(found)
    return {
        place: min((found[place] for found in worst), key=_weight)
        for place in (worst[0] if worst else ())
        if all(place in found for found in worst)
    }


def _weight(severity: Severity) -> int:
    return severity.weight


def _over_versions(
    answers: Answers, scenarios: Sequence[Scenario], everywhere: Mapping[Place, Severity]
) -> Iterator[Finding]:
    """What stands under the versions that are possible, each finding in the wording of the newest.

    None is worse than what holds for its line under all of them: one that stands under some only is
    worth knowing, no more, unless the others have something else against that line. It says which
    versions its wording is true of; one that stands under all but with other numbers says whose it
    gives. A fix stays where all versions have the same one.
    """
    told: list[Finding] = []
    for answer in answers:
        for finding in answer:
            if any(_same(finding, other) for other in told):
                continue
            everybodys = everywhere.get(finding.place, Severity.INFO)
            severity = min(finding.severity, everybodys, key=_weight)
            alike = [[each for each in a if _same(finding, each)] for a in answers]
            wordings = [{each.message for each in same} for same in alike]
            said = [finding.message in each for each in wordings]
            agreed = all(any(each.fix == finding.fix for each in same) for same in alike)
            about = _versions(scenarios, said)
            fix = finding.fix if agreed else None
            if not all(wordings) or severity is not finding.severity:
                yield replace(finding, severity=severity, versions=about, fix=fix)
            elif not all(said):
                message = f"{finding.message} (numbers of {about})"
                yield replace(finding, message=message, fix=fix)
            else:
                yield replace(finding, fix=fix) if fix is not finding.fix else finding
        told += answer


def with_possible_fix(finding: Finding) -> Finding:
    """A finding without a fix that cannot be made. One that changes other places as well, through
    an anchor, or parts an alias from its anchor, is not safe.
    """
    if finding.fix is None:
        return finding
    from schedlint.fixes.edits import reach_of
    from schedlint.fixes.refusal import EditRefused
    from schedlint.fixes.splices import splices_of

    try:
        splices_of(finding.fix.edits)
    except EditRefused:
        return replace(finding, fix=None)
    reach = max(map(reach_of, finding.fix.edits), key=len)
    if finding.fix.safe and reach:
        fix = replace(finding.fix, title=f"{finding.fix.title}, {reach}", safe=False)
        return replace(finding, fix=fix)
    return finding


def _versions(scenarios: Sequence[Scenario], which: Iterable[object]) -> str:
    chosen = compress(scenarios, which)
    return describe(ranges for scenario in chosen for ranges in scenario.ranges)


def _same(one: Finding, other: Finding) -> bool:
    return one.place == other.place


def _order(finding: Finding) -> tuple[str, int, str, str]:
    return finding.path, finding.place.start, finding.code, finding.message
