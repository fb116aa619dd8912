"""From findings to files that are mended: fixes made in passes, proved, and only then written.

A pass makes, of each run's fixes, those that are not in each other's way: the first by position.
The run is checked again with the new texts standing in for the files. A fix stays if its finding
is gone and no new one has come; where a pass does not prove as a whole, those that do are picked
out. The rest comes in the next pass, until none of the fixes that are left proves on its own.
Nothing is written before all passes are done.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from schedlint.engine import Report, check_paths
from schedlint.fixes.edits import document_of, item_of
from schedlint.fixes.proof import edited
from schedlint.fixes.refusal import EditRefused
from schedlint.fixes.splices import Splice, splices_of
from schedlint.fixes.write import WriteError, write
from schedlint.policy import Policy
from schedlint.rules import Edit, Finding
from schedlint.run import NotRecognised
from schedlint.same import Fingerprint, fingerprint, renamed
from schedlint.source import ReadError, SourceFile, Texts

MAX_PASSES = 10
"""Passes that may leave as many findings as there were before."""

Runs: TypeAlias = "list[tuple[str, ...]]"
"""The files of some runs."""


@dataclass
class Mended:
    """What came of fixing: the report of what is left, what was fixed included, and the files."""

    left: Report
    unsettled: list[str] = field(default_factory=list)
    """A line for each run whose fixes go on for ever; its files are as they were."""
    before: dict[str, SourceFile] = field(default_factory=dict)
    """The files that change, as they were."""
    after: dict[str, SourceFile] = field(default_factory=dict)
    """The same files as they are to be."""
    unwritten: list[WriteError] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Scope:
    """Which fixes are to be made.

    `unsafe`: those too that change what is trained. `alone`: those of no other file than this one.
    """

    unsafe: bool = False
    alone: str | None = None

    def wants(self, finding: Finding) -> bool:
        """Whether a finding has a fix of the kind that is to be made."""
        return finding.fix is not None and (finding.fix.safe or self.unsafe)

    def holds(self, finding: Finding) -> bool:
        """Whether it has one that is to be made, its file considered."""
        return self.wants(finding) and (
            self.alone is None or _real_path(finding) == os.path.realpath(self.alone)
        )


def mend(
    paths: Sequence[str],
    policy: Policy,
    report: Report,
    *,
    unsafe: bool,
    to_disk: bool = False,
    alone: str | None = None,
) -> Mended:
    """Make the fixes of a report, which is what `check_paths` says of the same paths.

    `unsafe`: those too that change what is trained. `to_disk`: and write the files; one that cannot
    be written stays as it was. `alone`: change no other file than this one.
    """
    scope = Scope(unsafe, alone)
    mended = Mended(report)
    texts = policy.texts.copy()
    for companion in policy.beside:  # read for the report, and not read again
        texts.keep(companion.document.file)
    fixed: list[Finding] = []
    given_up: dict[Fingerprint, str] = {}
    to_mend = {_real_path(each) for each in report.findings if scope.holds(each)}
    for runs in _groups(report.runs):
        group = _Group(runs, policy, texts, scope)
        if not to_mend.isdisjoint(group.files):
            try:
                group.mend(mended)
            except ReadError as error:  # it was there when the report was made
                mended.unwritten.append(WriteError(error.path, error.message))
            fixed += group.fixed
            given_up.update(group.given_up)
    if to_disk:
        fixed = _write(mended, texts, fixed)
    if mended.after:
        mended.left = check_paths(paths, _reading(policy, texts))
    left = mended.left
    left.fixed = sorted(fixed, key=lambda each: (each.path, each.place.start))
    unwritten = {os.path.realpath(error.path): error.reason for error in mended.unwritten}
    left.findings = [
        replace(each, not_fixed=_why_left(each, scope, given_up, unwritten))
        for each in left.findings
    ]
    return mended


def _reading(policy: Policy, texts: Texts) -> Policy:
    """The same policy for other texts; a companion that was given and is gone is as it was."""
    try:
        return policy.reading(texts)
    except (ReadError, NotRecognised):
        return replace(policy, texts=texts)


def _write(mended: Mended, texts: Texts, fixed: list[Finding]) -> list[Finding]:
    """Write what was mended. A file that cannot be written stays as it was, and what was found in
    it is not fixed; the rest is.
    """
    for path, after in mended.after.items():
        before = mended.before[path]
        try:
            write(path, before.encode(before.text), after.encode(after.text))
        except WriteError as error:
            mended.unwritten.append(error)
            texts.drop(path)
    unwritten = {os.path.realpath(error.path) for error in mended.unwritten}
    return [each for each in fixed if _real_path(each) not in unwritten]


def _why_left(
    finding: Finding, scope: Scope, given_up: dict[Fingerprint, str], unwritten: dict[str, str]
) -> str:
    """Why a finding's fix was tried and not made; empty where it was not to be made."""
    if not scope.wants(finding):
        return ""
    if not scope.holds(finding):
        return "it lies in another file than standard input"
    return given_up.get(fingerprint(finding)) or unwritten.get(_real_path(finding), "")


def _groups(runs: Iterable[tuple[str, ...]]) -> list[Runs]:
    """Runs that share files, together: each group can be mended on its own."""
    runs = list(dict.fromkeys(runs))
    sharing: dict[str, Runs] = {}
    for files in runs:
        for path in files:
            sharing.setdefault(os.path.realpath(path), []).append(files)
    groups: list[Runs] = []
    grouped: set[tuple[str, ...]] = set()
    for files in runs:
        if files in grouped:
            continue
        group = [files]
        for each in group:  # it grows meanwhile
            grouped.add(each)
            others = [other for path in each for other in sharing.pop(os.path.realpath(path), ())]
            group += (other for other in dict.fromkeys(others) if other not in grouped)
        groups.append(group)
    return groups


class _Group:
    """Runs that share files, and their fixes."""

    def __init__(self, runs: Runs, policy: Policy, texts: Texts, scope: Scope) -> None:
        self.runs = runs
        self.policy = policy
        self.texts = texts
        self.scope = scope
        self.files: dict[str, str] = {}
        """Real path to the path by which it was reached first."""
        for path in (path for files in runs for path in files):
            self.files.setdefault(os.path.realpath(path), path)
        self.given_up: dict[Fingerprint, str] = {}
        self.fixed: list[Finding] = []

    def mend(self, mended: Mended) -> None:
        """Make the fixes, pass after pass, and add what came of it; all or, where it does not
        settle, nothing.

        Raises ReadError where a file cannot be read any more.
        """
        texts = self.texts.copy()
        started = {path: texts.read(path) for path in self.files.values()}
        for file in started.values():
            texts.keep(file)  # what is checked is what was read, once
        first = report = self.check(texts)
        turning: list[Finding] = []
        spare = MAX_PASSES
        while batch := self.choose(report):
            if not spare:
                self.leave(mended, first, [*turning, *batch])
                return
            made, texts, after = self.make(batch, texts, report)
            if made and len(after.findings) >= len(report.findings):
                spare -= 1
                turning += made
            self.fixed += made
            report = after
        self.keep(mended, started, texts)

    def leave(self, mended: Mended, first: Report, turning: Iterable[Finding]) -> None:
        """Make none of the fixes."""
        names = ", ".join(sorted({each.name for each in turning}))
        what = f"the fixes of {names} do not come to an end"
        mended.unsettled.append(f"{self.runs[0][0]}: {what}; it is left as it was")
        self.given_up = {fingerprint(f): what for f in first.findings if self.scope.holds(f)}
        self.fixed.clear()

    def keep(self, mended: Mended, started: dict[str, SourceFile], texts: Texts) -> None:
        """Let the new texts stand in for the files."""
        for path, before in started.items():
            after = texts.read(path)
            if after.text != before.text:
                mended.before[path], mended.after[path] = before, after
                self.texts.put(path, after.text, after.encoding)

    def check(self, texts: Texts) -> Report:
        """What is found in the runs, each by itself as in the first report."""
        policy = self.policy.reading(texts)
        return _together([check_paths(files, policy) for files in self.runs])

    def choose(self, report: Report) -> list[Finding]:
        """The fixes of a pass: of those in each other's way, the first by position."""
        chosen: list[Finding] = []
        taken: dict[str, list[Splice]] = {}
        changed: set[int] = set()  # anchored nodes: their aliases have changed with them
        read: dict[str, SourceFile] = {}
        for finding in report.findings:
            if not self.scope.holds(finding) or fingerprint(finding) in self.given_up:
                continue
            path, file = _real_path(finding), _file(finding)
            if path not in self.files or read.setdefault(path, file) is not file:
                continue  # read twice, for two runs: edits are of one tree
            splices = splices_of(_edits(finding))
            if changed.isdisjoint(_aliased(finding)) and not _meet(
                splices, taken.setdefault(path, [])
            ):
                changed |= {id(item_of(edit).value) for edit in _edits(finding)}
                taken[path] += splices
                chosen.append(finding)
        return chosen

    def make(
        self, batch: list[Finding], texts: Texts, report: Report
    ) -> tuple[list[Finding], Texts, Report]:
        """Those of some fixes that prove together, and the texts and the report with them.

        Where none does, none of them does on its own either: they are given up. Where some do, the
        others come again in the next pass, for what is made may help them.
        """
        made: list[Finding] = []
        refused: dict[Fingerprint, str] = {}
        tried = texts, report
        parts = [batch]
        while parts:
            part = parts.pop()
            try:
                tried = self.proved([*made, *part], texts, report)
            except EditRefused as refusal:
                half = len(part) // 2
                if half:
                    parts += [part[half:], part[:half]]
                else:
                    refused[fingerprint(part[0])] = str(refusal)
            else:
                made += part
        if not made:
            self.given_up.update(refused)
        return made, *tried

    def proved(
        self, batch: Sequence[Finding], texts: Texts, report: Report
    ) -> tuple[Texts, Report]:
        """The texts with some fixes, and their report. Raises EditRefused where it is no proof."""
        new = texts.copy()
        files = {_real_path(finding): _file(finding) for finding in batch}
        for path, file in files.items():
            edits = [edit for f in batch if _real_path(f) == path for edit in _edits(f)]
            after = _edited(file, edits)
            new.put(path, after.text, after.encoding)
        after_report = self.check(new)
        _expect_better(batch, report, after_report)
        if not after_report.crashed and self.kinds(files, texts) != self.kinds(files, new):
            raise EditRefused("the file would be taken for another kind")
        return new, after_report

    def kinds(self, paths: Iterable[str], texts: Texts) -> list[str | None]:
        """The framework of each document of some files."""
        policy = self.policy.reading(texts)
        runs = [policy.run_of(each) for path in paths for each in texts.read(path).documents]
        return [None if run is None else run.framework.name for run in runs]


def _edited(file: SourceFile, edits: Sequence[Edit]) -> SourceFile:
    """A file with edits made and proved. Raises EditRefused, whatever goes wrong."""
    try:
        return edited(file, edits)
    except EditRefused:
        raise
    except Exception as problem:  # edits of a plugin, readers of others: anything may fail
        raise EditRefused(f"{type(problem).__name__}: {problem}") from problem


def _together(reports: Sequence[Report]) -> Report:
    """Several reports in one. What two of them find at one place is told once."""
    whole = Report(crashed=any(each.crashed for each in reports))
    once: dict[tuple[str, int, str, str], Finding] = {}
    for report in reports:
        whole.unreadable += report.unreadable
        whole.open |= report.open
        for each in report.findings:
            once.setdefault((each.path, each.place.start, each.code, each.message), each)
    whole.findings = [once[key] for key in sorted(once)]
    return whole


def _expect_better(batch: Sequence[Finding], before: Report, after: Report) -> None:
    """Raise EditRefused where a finding is not gone, or a new one has come.

    One of a rule that could not decide before is no new one: the mistake was there, and is seen
    now.
    """
    if after.crashed > before.crashed or len(after.unreadable) > len(before.unreadable):
        raise EditRefused("the file could not be checked any more")
    moved = renamed(edit for finding in batch for edit in _edits(finding))
    mended = Counter(map(fingerprint, batch))
    allowed = Counter(map(fingerprint, before.findings)) - mended
    for finding in after.findings:
        mark = fingerprint(finding, moved)
        if allowed[mark]:
            allowed[mark] -= 1
        elif mark in mended:
            raise EditRefused("the finding would still stand")
        elif (finding.code, finding.path) not in before.open:
            line, column = finding.place.document.position(finding.place.start)
            where = f"{finding.place.name}:{line}:{column}"
            raise EditRefused(f"it would bring {finding.code} {finding.name} at {where}")


def _edits(finding: Finding) -> tuple[Edit, ...]:
    assert finding.fix is not None, "only findings with a fix are chosen"
    return finding.fix.edits


def _aliased(finding: Finding) -> set[int]:
    """The nodes that the places of a fix are aliases of."""
    items = map(item_of, _edits(finding))
    return {id(item.value) for item in items if item.alias is not None}


def _file(finding: Finding) -> SourceFile:
    return document_of(_edits(finding)[0]).file


def _real_path(finding: Finding) -> str:
    """The file that a finding's fix changes, whichever path it was reached by."""
    return os.path.realpath(_file(finding).path)


def _meet(splices: Iterable[Splice], taken: Iterable[Splice]) -> bool:
    """Whether some splices touch others."""
    return any(
        one.start <= other.end and other.start <= one.end for one in splices for other in taken
    )
