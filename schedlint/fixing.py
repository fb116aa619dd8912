"""From findings to files that are mended: fixes made in passes, proved, and only then written.

A pass makes, of each run's fixes, those that are not in each other's way: the first by position.
The run is checked again with the new texts standing in for the files. A fix stays if its finding
is gone and no new one has come; where a pass does not prove as a whole, its fixes are tried one by
one. The rest comes in the next pass. Nothing is written before all passes are done.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from schedlint.engine import Report, check_paths
from schedlint.fixes.edits import document_of, item_of
from schedlint.fixes.proof import edited
from schedlint.fixes.refusal import EditRefused
from schedlint.fixes.splices import Splice, splices_of
from schedlint.fixes.write import WriteError, write
from schedlint.policy import Policy
from schedlint.rules import Edit, Finding
from schedlint.same import Fingerprint, fingerprint, renamed
from schedlint.source import SourceFile, Texts

MAX_PASSES = 10


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


def mend(
    paths: Sequence[str], policy: Policy, report: Report, *, unsafe: bool, to_disk: bool = False
) -> Mended:
    """Make the fixes of a report, which is what `check_paths` says of the same paths.

    `unsafe`: those too that change what is trained. `to_disk`: and write the files; one that cannot
    be written stays as it was.
    """
    mended = Mended(report)
    texts = policy.texts.copy()
    fixed: list[Finding] = []
    given_up: dict[Fingerprint, str] = {}
    for files in _groups(report.runs):
        if any(_applies(each, unsafe) for each in report.findings if each.path in files):
            group = _Group(files, policy, texts, unsafe)
            group.mend(mended)
            fixed += group.fixed
            given_up.update(group.given_up)
    if to_disk:
        for path in _write(mended):
            texts.drop(path)
            fixed = [each for each in fixed if _file(each).path != path]
    if mended.after:
        mended.left = check_paths(paths, policy.reading(texts))
    left = mended.left
    left.fixed = sorted(fixed, key=lambda each: (each.path, each.place.start))
    left.findings = [
        replace(each, not_fixed=given_up.get(fingerprint(each), "")) for each in left.findings
    ]
    return mended


def _write(mended: Mended) -> list[str]:
    """Write what was mended; the files that could not be written, which stay as they were."""
    for path, after in list(mended.after.items()):
        before = mended.before[path]
        try:
            write(path, before.encode(before.text), after.encode(after.text))
        except WriteError as error:
            mended.unwritten.append(error)
    return [error.path for error in mended.unwritten]


def _applies(finding: Finding, unsafe: bool) -> bool:
    return finding.fix is not None and (finding.fix.safe or unsafe)


def _groups(runs: Iterable[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """The files of runs that share none with others: each can be mended on its own."""
    groups: list[list[str]] = []
    for files in runs:
        joined = list(files)
        for group in [each for each in groups if not set(each).isdisjoint(files)]:
            groups.remove(group)
            joined = [*group, *joined]
        groups.append(list(dict.fromkeys(joined)))
    return [tuple(group) for group in groups]


class _Group:
    """Runs that share files, and their fixes."""

    def __init__(self, files: tuple[str, ...], policy: Policy, texts: Texts, unsafe: bool) -> None:
        self.files = files
        self.policy = policy
        self.texts = texts
        self.unsafe = unsafe
        self.given_up: dict[Fingerprint, str] = {}
        self.fixed: list[Finding] = []

    def mend(self, mended: Mended) -> None:
        """Make the fixes, pass after pass, and add what came of it; all or, where it does not
        settle, nothing.
        """
        texts = self.texts.copy()
        report = self.check(texts)
        started = {path: texts.read(path) for path in self.files}
        for _ in range(MAX_PASSES):
            batch = self.choose(report)
            if not batch:
                break
            texts, report = self.make(batch, texts, report)
        else:
            if names := sorted({each.name for each in self.choose(report)}):
                what = f"the fixes of {', '.join(names)} do not come to an end"
                mended.unsettled.append(f"{self.files[0]}: {what}; it is left as it was")
                self.fixed.clear()
                return
        self.keep(mended, started, texts)

    def keep(self, mended: Mended, started: dict[str, SourceFile], texts: Texts) -> None:
        for path, before in started.items():
            after = texts.read(path)
            if after.text != before.text:
                mended.before[path], mended.after[path] = before, after
                self.texts.put(path, after.text, after.encoding)

    def check(self, texts: Texts) -> Report:
        return check_paths(self.files, self.policy.reading(texts))

    def choose(self, report: Report) -> list[Finding]:
        """The fixes of a pass: of those in each other's way, the first by position."""
        chosen: list[Finding] = []
        taken: dict[str, list[Splice]] = {}
        changed: set[int] = set()  # anchored nodes: their aliases have changed with them
        for finding in report.findings:
            if not _applies(finding, self.unsafe) or fingerprint(finding) in self.given_up:
                continue
            splices = splices_of(_edits(finding))
            path = _file(finding).path
            if changed.isdisjoint(_aliased(finding)) and not _meet(
                splices, taken.setdefault(path, [])
            ):
                changed |= {id(item_of(edit).value) for edit in _edits(finding)}
                taken[path] += splices
                chosen.append(finding)
        return chosen

    def make(self, batch: list[Finding], texts: Texts, report: Report) -> tuple[Texts, Report]:
        """The texts with the fixes that prove, and what is left then."""
        try:
            tried = self.proved(batch, texts, report)
        except EditRefused as refusal:
            if len(batch) == 1:
                self.given_up[fingerprint(batch[0])] = str(refusal)
                return texts, report
        else:
            self.fixed += batch
            return tried
        for finding in batch:
            # What one has changed moves the others: they come in the next pass.
            before = len(self.fixed)
            texts, report = self.make([finding], texts, report)
            if len(self.fixed) > before:
                break
        return texts, report

    def proved(
        self, batch: Sequence[Finding], texts: Texts, report: Report
    ) -> tuple[Texts, Report]:
        """The texts with some fixes, and their report. Raises EditRefused where it is no proof."""
        new = texts.copy()
        files = {_file(finding).path: _file(finding) for finding in batch}
        for path, file in files.items():
            edits = [e for finding in batch if _file(finding).path == path for e in _edits(finding)]
            after = edited(file, edits)
            new.put(path, after.text, after.encoding)
        after_report = self.check(new)
        _expect_better(batch, report, after_report)
        return new, after_report


def _expect_better(batch: Sequence[Finding], before: Report, after: Report) -> None:
    """Raise EditRefused where a finding is not gone, or a new one has come.

    One of a rule that could not decide before is no new one: the mistake was there, and is seen
    now.
    """
    if after.crashed or after.unreadable:
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
        elif finding.code not in before.open:
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


def _meet(splices: Iterable[Splice], taken: Iterable[Splice]) -> bool:
    """Whether some splices touch others."""
    return any(
        one.start <= other.end and other.start <= one.end for one in splices for other in taken
    )
