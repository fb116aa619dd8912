"""From findings to mended files: which fixes are made, in which order, and which are not."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

from schedlint.engine import Report, check_paths
from schedlint.fixes.proof import edited
from schedlint.fixing import MAX_PASSES, Mended, mend
from schedlint.policy import Policy
from schedlint.reading.place import place_of
from schedlint.reading.versions import parse_pin
from schedlint.rules import (
    DeleteKey,
    Edit,
    Finding,
    Fix,
    InsertKey,
    RenameKey,
    Rule,
    Scenario,
    SetValue,
    Severity,
)
from schedlint.run import read_companions
from schedlint.source import Document, Entry, SourceFile, read, value_of
from schedlint.told import Told

CONFIG = """\
output_dir: out  # where
per_device_train_batch_size: 4
max_steps: 100
save_steps: 50
seed: 1
data_seed: 1
"""
OPEN = CONFIG.replace("max_steps: 100\n", "")
"""Nobody knows how many steps that is."""
DEEPSPEED = '{\n  "train_micro_batch_size_per_gpu": 4,\n  "zero_optimization": {"stage": 2}\n}\n'
ACCELERATE = (
    "compute_environment: LOCAL_MACHINE\ndistributed_type: DEEPSPEED\nnum_processes: 8\n"
    "deepspeed_config:\n  deepspeed_config_file: ds.json\n"
)
ONE_VERSION = Told(pins=(parse_pin("transformers==4.57.6", "test"),))


class Keys:
    """The values of a document by their paths; None where nothing is."""

    def __init__(self, document: Document) -> None:
        self.document = document

    def __getitem__(self, path: str) -> object:
        item = self.document.find(path)
        return None if item is None else value_of(item.value)


STAGE = "zero_optimization.stage"
Seen = Callable[[Keys], object]


def always(keys: Keys) -> bool:
    """Whatever a file says."""
    return True


class Wants(Rule):
    """A rule that finds a key where `seen` says so, and has an edit for it, or none.

    `open_`: it cannot decide something about every run.
    """

    severity = Severity.ERROR

    def __init__(
        self,
        code: str,
        key: str,
        seen: Seen,
        edit: Callable[[Entry], Edit | tuple[Edit, ...]] | None = None,
        *,
        safe: bool = True,
        open_: bool = False,
    ) -> None:
        self.code = code  # type: ignore[misc]
        self.name = f"rule-{code[-3:]}"  # type: ignore[misc]
        self.key = key
        self.seen = seen
        self.edit = edit
        self.safe = safe
        self.open_ = open_
        self.calls = 0

    def check(self, run: Scenario) -> Iterator[Finding]:
        """Look at every file of the run."""
        self.calls += 1
        if self.open_:
            run.certainly(run["total_steps"] < 10)
        for document in run.documents:
            entry = document.find(self.key)
            if isinstance(entry, Entry) and self.wrong(run, document):
                edits = () if self.edit is None else self.edit(entry)
                made = edits if isinstance(edits, tuple) else (edits,)
                fix = Fix("mend it", made, self.safe) if made else None
                yield self.found(run, f"{self.key} is wrong", place_of(entry), fix=fix)

    def wrong(self, run: Scenario, document: Document) -> bool:
        """Whether there is something to find in a file."""
        return bool(self.seen(Keys(document)))


def turns(code: str, key: str, old: object, new: int, **named: bool) -> Wants:
    """A rule that finds a key of one value and writes another."""
    return Wants(code, key, lambda keys: keys[key] == old, lambda e: SetValue(e, new), **named)


def finds(code: str, key: str, value: object, **named: bool) -> Wants:
    """A rule that finds a key of a value and has no fix."""
    return Wants(code, key, lambda keys: keys[key] == value, **named)


def adds(code: str, name: str, behind: str = "seed", **named: bool) -> Wants:
    """A rule that finds that a key is missing and puts it behind another."""
    return Wants(code, behind, lambda keys: keys[name] is None, lambda e: InsertKey(e, name, 1))


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a project with one config, in which the test runs."""
    (tmp_path / ".git").mkdir()
    (tmp_path / "train.yaml").write_text(CONFIG)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def fixed(
    *rules: Rule,
    paths: Sequence[str] = (".",),
    unsafe: bool = False,
    known: Told = ONE_VERSION,
    beside: Sequence[str] = (),
    alone: str | None = None,
) -> Mended:
    """Check some paths and make the fixes."""
    companions = read_companions(beside)
    policy = Policy(known, companions, rules=rules)
    report = check_paths(paths, policy)
    return mend(paths, policy, report, unsafe=unsafe, to_disk=alone is None, alone=alone)


def codes(findings: Sequence[Finding]) -> list[tuple[str, str]]:
    """File and code of some findings."""
    return [(finding.path, finding.code) for finding in findings]


def left(mended: Mended) -> list[tuple[str, str]]:
    """Code and reason of what is left."""
    return [(finding.code, finding.not_fixed) for finding in mended.left.findings]


def now(path: str = "train.yaml") -> str:
    """The text of a file."""
    return Path(path).read_bytes().decode()


# ---- which come first


def test_fixes_that_are_not_in_each_others_way(project: Path) -> None:
    """All are made, and no other line of the file changes."""
    mended = fixed(turns("SL991", "seed", 1, 2), turns("SL992", "data_seed", 1, 3))
    assert now() == CONFIG.replace("seed: 1\ndata_seed: 1", "seed: 2\ndata_seed: 3")
    assert codes(mended.left.fixed) == [("train.yaml", "SL991"), ("train.yaml", "SL992")]
    assert mended.left.findings == []


def test_same_value_wanted_twice(project: Path) -> None:
    """Of two rules that want the same key otherwise, the first wins; the other has nothing left to
    find."""
    mended = fixed(turns("SL992", "seed", 1, 3), turns("SL991", "seed", 1, 2))
    assert now() == CONFIG.replace("\nseed: 1", "\nseed: 2")
    assert codes(mended.left.fixed) == [("train.yaml", "SL991")]
    assert mended.left.findings == []


def test_the_rest_comes_in_the_next_pass(project: Path) -> None:
    """Of two rules that put a key at the same place, both get it, one after the other."""
    mended = fixed(adds("SL991", "first"), adds("SL992", "second"))
    assert now() == CONFIG.replace("\nseed: 1\n", "\nseed: 1\nsecond: 1\nfirst: 1\n")
    assert [code for _, code in codes(mended.left.fixed)] == ["SL991", "SL992"]


def test_first_by_position(project: Path) -> None:
    """An edit of a whole key comes before one within it, whichever rule is first; what is within
    is gone then."""
    text = CONFIG + "accelerator_config: {split_batches: 1}\n"
    Path("train.yaml").write_text(text)
    inner = Wants("SL991", "accelerator_config.split_batches", always, lambda e: SetValue(e, 2))
    outer = Wants("SL992", "accelerator_config", always, DeleteKey)
    mended = fixed(inner, outer)
    assert now() == CONFIG
    assert codes(mended.left.fixed) == [("train.yaml", "SL992")]


def test_many_that_are_in_each_others_way(project: Path) -> None:
    """However many want the same place, it comes to an end: each pass leaves fewer."""
    number = MAX_PASSES + 5
    mended = fixed(*(adds(f"SL9{n:02}", f"key{n:02}") for n in range(number)))
    assert mended.unsettled == []
    new = "".join(f"key{n:02}: 1\n" for n in reversed(range(number)))
    assert now() == CONFIG.replace("\nseed: 1\n", f"\nseed: 1\n{new}")
    assert len(mended.left.fixed) == number


def test_order_of_what_was_fixed(project: Path) -> None:
    """What was fixed is told by file and line, whichever came first."""
    for name in ("z.yaml", "a.yaml"):
        Path(name).write_text(OPEN)
    later = Wants(
        "SL991",
        "seed",
        lambda k: k["save_steps"] == 51 and k["seed"] == 1,
        lambda e: SetValue(e, 2),
    )
    later.open_ = True
    first = turns("SL992", "save_steps", 51, 52)
    first.seen = lambda keys: keys["save_steps"] == 51 and keys["seed"] == 2
    first.open_ = True
    start = turns("SL993", "save_steps", 50, 51)
    mended = fixed(later, first, start, paths=["z.yaml", "a.yaml"])
    assert now("z.yaml") == OPEN.replace("50", "52").replace("\nseed: 1", "\nseed: 2")
    expected = ["SL993", "SL992", "SL991"]
    assert codes(mended.left.fixed) == [(p, c) for p in ("a.yaml", "z.yaml") for c in expected]


# ---- what does not come to an end


@pytest.mark.parametrize("circle", [2, 3, 4])
def test_rules_that_undo_each_other(project: Path, circle: int) -> None:
    """They are named, all of them and no other, soon, and their file stays as it was."""
    Path("train.yaml").write_text(OPEN)
    Path("train.yaml").chmod(0o444)  # it is not even tried
    rules = [
        turns(f"SL99{n}", "seed", n + 1, (n + 1) % circle + 1, open_=True) for n in range(circle)
    ]
    innocent = turns("SL981", "data_seed", 1, 2)
    mended = fixed(*rules, innocent)
    names = ", ".join(f"rule-99{n}" for n in range(circle))
    what = f"the fixes of {names} do not come to an end"
    assert mended.unsettled == [f"train.yaml: {what}; it is left as it was"]
    assert (mended.after, mended.unwritten) == ({}, [])
    assert now() == OPEN
    assert mended.left.fixed == []
    assert left(mended) == [("SL990", what), ("SL981", what)]
    # One check for the report, one before the first pass, one for the pass that also mends what
    # can be, and one for each of ten passes that mend nothing for good.
    assert rules[0].calls <= 13


def test_rule_that_is_never_content(project: Path) -> None:
    """A rule that mends one thing and finds the next for ever is named as well."""
    Path("train.yaml").write_text(OPEN)

    class Counts(Wants):
        def check(self, run: Scenario) -> Iterator[Finding]:
            run.certainly(run["total_steps"] < 10)
            last = list(run.document.root.entries)[-1]  # type: ignore[union-attr]
            fix = Fix("one more", (InsertKey(last, f"k{last.start}", 1),), safe=True)
            yield self.found(run, "one more is needed", place_of(last), fix=fix)

    mended = fixed(Counts("SL991", "", always))
    assert mended.unsettled == [
        "train.yaml: the fixes of rule-991 do not come to an end; it is left as it was"
    ]
    assert now() == OPEN


def test_the_other_files_are_fixed(project: Path) -> None:
    """A run whose fixes do not come to an end is not in the way of the others."""
    Path("train.yaml").write_text(OPEN)
    other = OPEN.replace("seed: 1", "seed: 7")
    Path("other.yaml").write_text(other)
    there = turns("SL991", "seed", 1, 2, open_=True)
    back = turns("SL992", "seed", 2, 1, open_=True)
    mended = fixed(there, back, turns("SL993", "seed", 7, 8))
    assert len(mended.unsettled) == 1
    assert now() == OPEN
    assert now("other.yaml") == other.replace("\nseed: 7", "\nseed: 8")
    assert codes(mended.left.fixed) == [("other.yaml", "SL993")]


# ---- what is not made


def test_fix_that_brings_a_new_finding(project: Path) -> None:
    """It is not made, and the finding tells what would have come and where."""
    Path("train.yaml").write_text(OPEN)
    undecided = finds("SL993", "seed", 3, open_=True)
    mended = fixed(turns("SL991", "seed", 1, 2), finds("SL992", "seed", 2), undecided)
    assert now() == OPEN
    assert left(mended) == [("SL991", "it would bring SL992 rule-992 at train.yaml:4:1")]
    assert (mended.left.fixed, mended.after) == ([], {})


def test_fix_that_brings_its_own_finding_elsewhere(project: Path) -> None:
    """A rule that only moves its finding has mended nothing."""

    def other(entry: Entry) -> Edit:
        return InsertKey(entry, "again", 1)

    class Moves(Wants):
        def check(self, run: Scenario) -> Iterator[Finding]:
            entry = run.document.find("again") or run.document.find("seed")
            assert isinstance(entry, Entry)
            yield self.found(run, "here", place_of(entry), fix=Fix("on", (other(entry),), True))

    mended = fixed(Moves("SL991", "", always))
    assert now() == CONFIG
    assert left(mended) == [("SL991", "it would bring SL991 rule-991 at train.yaml:6:1")]


def test_fix_that_brings_one_more_of_the_same(project: Path) -> None:
    """One finding more at a key where there was one is a new one."""

    class Twice(Rule):
        code = "SL992"
        name = "twice"
        severity = Severity.WARNING

        def check(self, run: Scenario) -> Iterator[Finding]:
            entry = run.document.find("seed")
            assert isinstance(entry, Entry)
            for number in range(int(str(value_of(entry.value)))):
                yield self.found(run, f"found {number}", place_of(entry))

    mended = fixed(turns("SL991", "seed", 1, 2), Twice())
    assert now() == CONFIG
    assert ("SL991", "it would bring SL992 twice at train.yaml:5:1") in left(mended)
    assert codes(fixed(turns("SL991", "seed", 1, 0), Twice()).left.fixed) == [
        ("train.yaml", "SL991")
    ]


def test_fix_that_shows_what_could_not_be_decided(project: Path) -> None:
    """What a rule finds that could not decide before was there already: the fix is made."""
    Path("train.yaml").write_text(OPEN)
    mended = fixed(turns("SL991", "seed", 1, 2), finds("SL992", "seed", 2, open_=True))
    assert now() == OPEN.replace("\nseed: 1", "\nseed: 2")
    assert left(mended) == [("SL992", "")]
    assert codes(mended.left.fixed) == [("train.yaml", "SL991")]


def test_fix_that_does_not_help(project: Path) -> None:
    """A fix after which its finding stands as before is not made."""
    useless = Wants("SL991", "seed", lambda keys: keys["seed"] in (1, 2), lambda e: SetValue(e, 2))
    mended = fixed(useless)
    assert now() == CONFIG
    assert left(mended) == [("SL991", "the finding would still stand")]


def test_fix_after_which_the_file_is_another_kind(project: Path) -> None:
    """A fix that makes all findings go because nobody knows the file any more mends nothing."""
    key = "per_device_train_batch_size"
    rename = Wants("SL991", key, always, lambda e: RenameKey(e, "batch"))
    text = CONFIG.replace("output_dir", "out").replace("save_steps", "save").replace("max_", "m")
    Path("train.yaml").write_text(text)
    mended = fixed(rename, finds("SL992", "seed", 1))
    assert now() == text
    assert left(mended) == [
        ("SL991", "the file would be taken for another kind"),
        ("SL992", ""),
    ]


def test_unsafe_fixes(project: Path) -> None:
    """An unsafe fix is made where that is asked for, and where not, nothing is said against it."""
    rules = turns("SL991", "seed", 1, 2, safe=False), turns("SL992", "data_seed", 1, 2)
    mended = fixed(*rules)
    assert now() == CONFIG.replace("data_seed: 1", "data_seed: 2")
    assert left(mended) == [("SL991", "")]
    mended = fixed(*rules, unsafe=True)
    assert now() == CONFIG.replace("seed: 1", "seed: 2")
    assert left(mended) == []


def test_severity_does_not_matter(project: Path) -> None:
    """What is only worth knowing is fixed as well: severities say how bad it is."""
    Path("schedlint.toml").write_text('[severity]\nSL991 = "info"\nrule-992 = "error"\n')
    mended = fixed(turns("SL991", "seed", 1, 2), turns("SL992", "data_seed", 1, 2))
    assert now() == CONFIG.replace("seed: 1", "seed: 2")
    assert [each.severity for each in mended.left.fixed] == [Severity.INFO, Severity.ERROR]


class Boxed(NamedTuple):
    """A rule as the box lists it."""

    rule: Wants

    @property
    def code(self) -> str:
        """Its code."""
        return self.rule.code

    @property
    def name(self) -> str:
        """Its name."""
        return self.rule.name

    def load(self) -> Wants:
        """Give it."""
        return self.rule


IGNORE = 'ignore = ["SL991", "rule-993"]\n'


@pytest.mark.parametrize(
    ("settings", "chosen", "ignored"),
    [
        ("", [], ["SL991", "rule-993"]),
        ("", ["SL992"], []),
        ('select = ["SL992"]\n', [], []),
        (IGNORE, [], []),
        (f'[[overrides]]\nfiles = ["train.*"]\n{IGNORE}', [], []),
    ],
)
def test_ignored_rules_fix_nothing(
    project: Path,
    monkeypatch: pytest.MonkeyPatch,
    settings: str,
    chosen: list[str],
    ignored: list[str],
) -> None:
    """What is not told is not touched, and what a rule that is ignored would find is no reason
    against a fix."""
    Path("schedlint.toml").write_text(settings)
    rules = turns("SL991", "seed", 1, 2), turns("SL992", "data_seed", 1, 2)
    box = tuple(map(Boxed, (*rules, finds("SL993", "data_seed", 2))))
    monkeypatch.setattr("schedlint.policy.in_the_box", lambda: box)
    policy = Policy(ONE_VERSION, chosen=chosen, ignored=ignored)
    mended = mend(["."], policy, check_paths(["."], policy), unsafe=True, to_disk=True)
    assert now() == CONFIG.replace("data_seed: 1", "data_seed: 2")
    assert codes(mended.left.fixed) == [("train.yaml", "SL992")]
    assert mended.left.findings == []


def test_excluded_files_are_not_fixed(project: Path) -> None:
    """What the settings leave out below a folder stays as it is."""
    Path("schedlint.toml").write_text('exclude = ["old/**"]\n')
    Path("old").mkdir()
    Path("old/train.yaml").write_text(CONFIG)
    fixed(turns("SL991", "seed", 1, 2))
    assert now("old/train.yaml") == CONFIG
    assert now() != CONFIG


# ---- where some prove and some do not


@pytest.mark.parametrize("bad", [0, 1, 7, 14, 15])
def test_one_bad_fix_among_many(project: Path, bad: int) -> None:
    """The good ones are made, wherever among them the bad one stands."""
    Path("train.yaml").write_text(CONFIG + "".join(f"k{n:02}: 1\n" for n in range(16)))
    before = now()
    rules = [turns(f"SL9{n:02}", f"k{n:02}", 1, 2) for n in range(16)]
    mended = fixed(*rules, finds("SL899", f"k{bad:02}", 2))
    assert mended.unsettled == []
    expected = [f"SL9{n:02}" for n in range(16) if n != bad]
    assert [code for _, code in codes(mended.left.fixed)] == expected
    after = before.replace(": 1\nk", ": 2\nk").removesuffix("1\n") + "2\n"
    head, _, tail = after.partition(f"k{bad:02}: 2")
    assert now() == head.replace("data_seed: 2", "data_seed: 1") + f"k{bad:02}: 1" + tail
    assert [code for code, _ in left(mended)] == [f"SL9{bad:02}"]


def test_nothing_but_bad_fixes(project: Path) -> None:
    """Each is told why it is not made, and nothing is written."""
    keys = ("seed", "data_seed", "save_steps")
    bad = [Wants(f"SL99{n}", key, always, lambda e: SetValue(e, 5)) for n, key in enumerate(keys)]
    mended = fixed(*bad)
    assert now() == CONFIG
    assert {reason for _, reason in left(mended)} == {"the finding would still stand"}
    assert len(left(mended)) == 3


def test_fixes_that_do_not_go_together(project: Path) -> None:
    """Of two fixes that prove each alone and not both, the first is made."""
    both = Wants("SL993", "seed", lambda keys: keys["seed"] == keys["data_seed"] == 2)
    mended = fixed(turns("SL991", "seed", 1, 2), turns("SL992", "data_seed", 1, 2), both)
    assert now() == CONFIG.replace("\nseed: 1", "\nseed: 2")
    assert codes(mended.left.fixed) == [("train.yaml", "SL991")]
    assert left(mended) == [("SL992", "it would bring SL993 rule-993 at train.yaml:5:1")]


def test_fixes_that_only_go_together(project: Path) -> None:
    """Two fixes that are wrong each alone and right together are made together."""
    differ = Wants("SL993", "seed", lambda keys: keys["seed"] != keys["data_seed"])
    mended = fixed(turns("SL991", "seed", 1, 2), turns("SL992", "data_seed", 1, 2), differ)
    assert now() == CONFIG.replace("seed: 1", "seed: 2")
    assert left(mended) == []


def test_fix_that_another_one_makes_possible(project: Path) -> None:
    """What cannot be made at first is tried again when something else has been mended."""
    Path("train.yaml").write_text(CONFIG + "x: 1\n")
    # `seed` may be 2 only where there is a key `ready`, which comes in two passes.
    rules = (
        turns("SL991", "seed", 1, 2),
        Wants("SL992", "seed", lambda keys: keys["seed"] == 2 and keys["ready"] is None),
        Wants("SL993", "x", lambda keys: keys["x"] == 1, lambda e: SetValue(e, 2)),
        Wants(
            "SL994",
            "x",
            lambda keys: keys["ready"] is None,
            lambda e: (SetValue(e, 2), InsertKey(e, "ready", 1)),
        ),
    )
    mended = fixed(*rules)
    assert left(mended) == []
    assert "seed: 2\n" in now()
    assert now().endswith("x: 2\nready: 1\n")


def test_second_in_the_way_of_a_bad_one(project: Path) -> None:
    """Where the first of two that want one place cannot be made, the second is."""
    bad = Wants("SL991", "seed", lambda keys: keys["seed"] != 3, lambda e: SetValue(e, 2))
    good = Wants("SL992", "seed", lambda keys: keys["seed"] != 3, lambda e: SetValue(e, 3))
    mended = fixed(bad, good)
    assert now() == CONFIG.replace("\nseed: 1", "\nseed: 3")
    assert codes(mended.left.fixed) == [("train.yaml", "SL992")]


# ---- rules and files that fail


class Crashes(Rule):
    """Fails on every run, or on those that it does not like."""

    code = "SL997"
    name = "crashes"
    severity = Severity.ERROR

    def __init__(self, seen: Seen) -> None:
        self.seen = seen

    def check(self, run: Scenario) -> Iterator[Finding]:
        """Fail."""
        if self.seen(Keys(run.document)):
            raise KeyError("odd")
        return iter(())


def test_rule_that_crashes_anyway(project: Path) -> None:
    """A rule that fails as it failed before is not in the way of the fixes of others."""
    mended = fixed(turns("SL991", "seed", 1, 2), Crashes(always))
    assert now() == CONFIG.replace("\nseed: 1", "\nseed: 2")
    assert left(mended) == [("SL901", "")]
    assert mended.left.crashed


def test_rule_that_crashes_on_the_new_text(project: Path) -> None:
    """A fix after which another rule fails is not made."""
    rules = turns("SL991", "seed", 1, 2), Crashes(lambda keys: keys["seed"] == 2)
    mended = fixed(*rules)
    assert now() == CONFIG
    assert left(mended) == [("SL991", "the file could not be checked any more")]
    assert not mended.left.crashed


def test_rule_that_crashes_on_its_own_fix(project: Path) -> None:
    """A rule that fails on what it wanted has not mended anything; the others do."""

    class Fragile(Wants):
        def wrong(self, run: Scenario, document: Document) -> bool:
            if Keys(document)["seed"] == 2:
                raise ValueError("not that")
            return True

    mended = fixed(
        Fragile("SL991", "seed", always, lambda e: SetValue(e, 2)),
        turns("SL992", "data_seed", 1, 3),
    )
    assert now() == CONFIG.replace("data_seed: 1", "data_seed: 3")
    assert left(mended) == [("SL991", "the file could not be checked any more")]


def test_proof_that_crashes(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the proof itself fails, that fix is not made and says so; the others are made."""
    Path("other.yaml").write_text(CONFIG)

    def fails(file: SourceFile, edits: Sequence[Edit]) -> SourceFile:
        if file.path == "other.yaml":
            raise ValueError("odd")
        return edited(file, edits)

    monkeypatch.setattr("schedlint.fixing.edited", fails)
    mended = fixed(turns("SL991", "seed", 1, 2))
    assert now() == CONFIG.replace("\nseed: 1", "\nseed: 2")
    assert now("other.yaml") == CONFIG
    assert left(mended) == [("SL991", "ValueError: odd")]


def test_edits_of_two_files(project: Path) -> None:
    """A fix that wants to change two files is a mistake of its rule, and changes none."""
    Path("train.yaml").write_text(CONFIG + "deepspeed: ds.json\n")
    Path("ds.json").write_text(DEEPSPEED)

    class Both(Wants):
        def check(self, run: Scenario) -> Iterator[Finding]:
            train, companion = run.documents
            found = train.find("seed"), companion.find(STAGE)
            edits = tuple(SetValue(each, 3) for each in found if each is not None)
            assert len(edits) == 2
            yield self.found(run, "both", run.fact("x"), fix=Fix("both", edits, True))

    mended = fixed(Both("SL991", "", always))
    assert (now(), now("ds.json")) == (CONFIG + "deepspeed: ds.json\n", DEEPSPEED)
    (crash,) = mended.left.findings
    assert "a fix is of one file, 'both' is of 2" in crash.message
    assert (crash.code, mended.left.crashed, mended.left.fixed) == ("SL901", True, [])


def test_fixes_that_make_no_sense(project: Path) -> None:
    """Without edits, or with a value that no file holds: told as the rule's mistake."""

    class Empty(Wants):
        def check(self, run: Scenario) -> Iterator[Finding]:
            yield self.found(run, "empty", None, fix=Fix("nothing", (), True))

    mended = fixed(Empty("SL991", "", always), Wants("SL992", "seed", lambda e: SetValue(e, [1])))
    crashes = sorted(each.message for each in mended.left.findings)
    assert "'nothing' is of 0" in crashes[0]
    assert "not [1]" in crashes[1]
    assert now() == CONFIG


def test_edit_of_another_file_than_those_of_the_run(project: Path) -> None:
    """A fix of a file that does not belong to the run is not made, and not told as made."""
    Path("elsewhere.yaml").write_text("seed: 1\n")

    class Far(Wants):
        def check(self, run: Scenario) -> Iterator[Finding]:
            self.calls += 1
            if self.calls > 2:  # as if the fix had helped
                return
            entry = read("elsewhere.yaml").documents[0].find("seed")
            assert entry is not None
            yield self.found(run, "far", None, fix=Fix("far", (SetValue(entry, 2),), True))

    mended = fixed(Far("SL991", "", always), turns("SL992", "seed", 1, 2), paths=["train.yaml"])
    assert now("elsewhere.yaml") == "seed: 1\n"
    assert codes(mended.left.fixed) == [("train.yaml", "SL992")]


def test_companion_that_cannot_be_read(project: Path) -> None:
    """A companion that was unreadable before is not in the way of a fix of the config."""
    text = CONFIG + "deepspeed: ds.json\n"
    Path("train.yaml").write_text(text)
    Path("ds.json").write_bytes(b"\xff\xfe\xff")
    mended = fixed(turns("SL991", "seed", 1, 2), paths=["train.yaml"])
    assert now() == text.replace("\nseed: 1", "\nseed: 2")
    assert [error.path for error in mended.left.unreadable] == ["ds.json"]


# ---- several files


@pytest.fixture
def shared_companion(project: Path) -> None:
    """Let two configs name one DeepSpeed file."""
    for name in ("train.yaml", "other.yaml"):
        Path(name).write_text(CONFIG + "deepspeed: ds.json\n")
    Path("ds.json").write_text(DEEPSPEED)


def test_shared_companion(shared_companion: None) -> None:
    """What two configs share is mended once, and told once; both are checked with it."""
    mended = fixed(turns("SL991", STAGE, 2, 3), turns("SL992", "seed", 1, 2))
    assert now("ds.json") == DEEPSPEED.replace("2}", "3}")
    for name in ("train.yaml", "other.yaml"):
        assert now(name) == CONFIG.replace("\nseed: 1", "\nseed: 2") + "deepspeed: ds.json\n"
    assert codes(mended.left.fixed) == [
        ("ds.json", "SL991"),
        ("other.yaml", "SL992"),
        ("train.yaml", "SL992"),
    ]
    assert left(mended) == []


class ForOne(Wants):
    """Looks at the runs of one config only."""

    def __init__(self, config: str, *arguments: object) -> None:
        super().__init__(*arguments)  # type: ignore[arg-type]
        self.config = config

    def wrong(self, run: Scenario, document: Document) -> bool:
        """Whether there is something to find in a file of that run."""
        return run.document.path == self.config and super().wrong(run, document)


def test_shared_companion_that_each_run_wants_otherwise(shared_companion: None) -> None:
    """What is found in a shared file for one of the runs and what for another are both mended."""
    first = ForOne("other.yaml", "SL991", STAGE, lambda k: k[STAGE] == 2, lambda e: SetValue(e, 3))
    key = "train_micro_batch_size_per_gpu"
    second = ForOne("train.yaml", "SL992", key, lambda k: k[key] == 4, lambda e: SetValue(e, 8))
    mended = fixed(first, second)
    assert now("ds.json") == DEEPSPEED.replace("2}", "3}").replace(": 4", ": 8")
    assert len(mended.left.fixed) == 2


def test_shared_companion_that_one_run_needs_as_it_is(shared_companion: None) -> None:
    """What mends one run and breaks the other is not made."""
    needs = ForOne("train.yaml", "SL992", STAGE, lambda keys: keys[STAGE] == 3)
    mends = ForOne("other.yaml", "SL991", STAGE, lambda k: k[STAGE] == 2, lambda e: SetValue(e, 3))
    mended = fixed(mends, needs)
    assert now("ds.json") == DEEPSPEED
    assert left(mended) == [("SL991", "it would bring SL992 rule-992 at ds.json:3:25")]


def test_each_run_is_mended_as_it_was_found(shared_companion: None) -> None:
    """Files that share a companion are not taken for one run because they are mended together: an
    accelerate file beside the config that no option joins to it."""
    Path("other.yaml").write_text(ACCELERATE)

    class WithoutLauncher(Wants):
        def wrong(self, run: Scenario, document: Document) -> bool:
            files = [Path(each.path).name for each in run.documents]
            return files == ["train.yaml", "ds.json"] and super().wrong(run, document)

    edit = lambda entry: SetValue(entry, 2)  # noqa: E731
    mended = fixed(WithoutLauncher("SL991", "seed", lambda keys: keys["seed"] == 1, edit))
    assert codes(mended.left.fixed) == [("train.yaml", "SL991")]
    assert now() == CONFIG.replace("\nseed: 1", "\nseed: 2") + "deepspeed: ds.json\n"


@pytest.mark.parametrize("paths", [["train.yaml"], ["."]])
def test_companion_that_is_given(project: Path, paths: list[str]) -> None:
    """A file given with the config is mended with it, and read as it is to be by every run."""
    Path("extra").mkdir()
    Path("extra/ds.json").write_text(DEEPSPEED)

    class Sees(Wants):
        def wrong(self, run: Scenario, document: Document) -> bool:
            return any(Keys(each)[STAGE] == 3 for each in run.documents)

    sees = Sees("SL992", "seed", always, lambda e: SetValue(e, 2))
    mended = fixed(turns("SL991", STAGE, 2, 3, safe=False), paths=paths, beside=["extra/ds.json"])
    assert now("extra/ds.json") == DEEPSPEED
    rules = turns("SL991", STAGE, 2, 3), sees
    mended = fixed(*rules, paths=paths, beside=["extra/ds.json"])
    assert left(mended) == [("SL991", "it would bring SL992 rule-992 at train.yaml:5:1")]
    mended = fixed(rules[0], paths=paths, beside=["extra/ds.json"])
    assert now("extra/ds.json") == DEEPSPEED.replace("2}", "3}")
    assert codes(mended.left.fixed) == [("extra/ds.json", "SL991")]
    assert left(mended) == []


def test_one_file_only(shared_companion: None) -> None:
    """Where one file alone may change, what is found in its companion stays, and says why."""
    rules = turns("SL991", STAGE, 2, 3), turns("SL992", "seed", 1, 2)
    mended = fixed(*rules, paths=["train.yaml"], alone="train.yaml")
    assert list(mended.after) == ["train.yaml"]
    assert left(mended) == [("SL991", "it lies in another file than standard input")]
    assert codes(mended.left.fixed) == [("train.yaml", "SL992")]
    assert now("ds.json") == DEEPSPEED


def test_several_documents(project: Path) -> None:
    """Each document of a file is mended, also where another one cannot be."""
    text = f"{CONFIG}---\nother: thing\n---\n{CONFIG.replace('save_steps: 50', 'save_steps: 20')}"
    Path("train.yaml").write_text(text)
    never = Wants("SL992", "seed", lambda k: k["seed"] == 2 and k["save_steps"] == 20)
    mended = fixed(turns("SL991", "seed", 1, 2), never)
    assert now() == text.replace("\nseed: 1", "\nseed: 2", 1)
    line = text[: text.rindex("\nseed")].count("\n") + 2
    reason = f"it would bring SL992 rule-992 at train.yaml:{line}:1"
    assert left(mended) == [("SL991", reason)]


# ---- one file by several paths


def test_file_and_a_link_to_it(shared_companion: None) -> None:
    """A file that is reached by two names, and shares a companion with itself, is written once."""
    Path("other.yaml").unlink()
    Path("other.yaml").symlink_to("train.yaml")
    mended = fixed(turns("SL991", "seed", 1, 2), adds("SL992", "more"))
    new = CONFIG.replace("\nseed: 1\n", "\nseed: 2\nmore: 1\n") + "deepspeed: ds.json\n"
    assert now() == new
    assert Path("other.yaml").is_symlink()
    assert (mended.unwritten, left(mended), len(mended.after)) == ([], [], 1)
    assert len(mended.left.fixed) == 2


def test_renamed_key_in_a_file_that_is_read_twice(shared_companion: None) -> None:
    """What another rule finds at a key stays the same finding under both names of the file."""
    Path("other.yaml").unlink()
    Path("other.yaml").symlink_to("train.yaml")
    rename = Wants("SL991", "seed", always, lambda e: RenameKey(e, "random_seed"))
    both = (finds("SL992", key, 1) for key in ("seed", "random_seed"))
    mended = fixed(rename, *both)
    assert "\nrandom_seed: 1\n" in now()
    assert {code for code, _ in left(mended)} == {"SL992"}


def test_both_names_of_a_file_have_something_to_mend(project: Path) -> None:
    """What is found under one name of a file only is mended as well, and it is one change."""
    Path("other.yaml").symlink_to("train.yaml")
    edit = lambda entry: SetValue(entry, 2)  # noqa: E731
    one = ForOne("train.yaml", "SL991", "seed", lambda keys: keys["seed"] == 1, edit)
    other = ForOne("other.yaml", "SL992", "data_seed", lambda k: k["data_seed"] == 1, edit)
    mended = fixed(one, other)
    assert now() == CONFIG.replace("seed: 1", "seed: 2")
    assert len(mended.after) == 1
    assert mended.unwritten == []


def test_same_file_in_two_folders(project: Path) -> None:
    """Two folders of which one is a link to the other: the file is mended once."""
    Path("configs").mkdir()
    Path("configs/a.yaml").write_text(CONFIG)
    Path("linked").symlink_to("configs")
    mended = fixed(turns("SL991", "seed", 1, 2), paths=["configs", "linked/a.yaml", "linked"])
    assert now("configs/a.yaml") == CONFIG.replace("\nseed: 1", "\nseed: 2")
    assert codes(mended.left.fixed) == [("configs/a.yaml", "SL991")]


# ---- anchors


ANCHOR = CONFIG.replace("seed: 1\ndata_seed: 1", "seed: &s 1\ndata_seed: *s")


def test_anchor_and_alias_at_once(project: Path) -> None:
    """A value set at the anchor is the alias's as well: the alias is looked at again only then."""
    Path("train.yaml").write_text(ANCHOR)
    rules = turns("SL991", "seed", 1, 2), turns("SL992", "data_seed", 1, 3)
    mended = fixed(*rules, unsafe=True)
    assert now() == ANCHOR.replace("&s 1", "&s 2")
    assert codes(mended.left.fixed) == [("train.yaml", "SL991")]
    assert left(mended) == []


def test_alias_alone(project: Path) -> None:
    """A value set at an alias takes its place, and the anchor keeps its own."""
    Path("train.yaml").write_text(ANCHOR)
    mended = fixed(turns("SL992", "data_seed", 1, 3), unsafe=True)
    assert now() == ANCHOR.replace("*s", "3")
    (told,) = mended.left.fixed
    assert told.fix is not None
    assert told.fix.title == "mend it, in the place of *s"


@pytest.mark.parametrize("key", ["seed", "data_seed"])
def test_what_is_shared_is_not_safe(project: Path, key: str) -> None:
    """A fix that reaches further than its own line is not made among the safe ones."""
    Path("train.yaml").write_text(ANCHOR)
    mended = fixed(turns("SL991", key, 1, 2))
    assert now() == ANCHOR
    assert left(mended) == [("SL991", "")]


def test_anchor_that_another_place_needs(project: Path) -> None:
    """A fix at an anchor that brings a finding at an alias is not made."""
    Path("train.yaml").write_text(ANCHOR)
    mended = fixed(turns("SL991", "seed", 1, 2), finds("SL992", "data_seed", 2), unsafe=True)
    assert now() == ANCHOR
    assert left(mended) == [("SL991", "it would bring SL992 rule-992 at train.yaml:6:1")]


# ---- what happens meanwhile


def checked(*rules: Rule) -> tuple[Policy, Report]:
    """The first half of fixing: a policy and its report."""
    policy = Policy(ONE_VERSION, rules=rules)
    return policy, check_paths(["."], policy)


def test_file_that_has_changed_since_the_report(project: Path) -> None:
    """What is fixed is what the file says now."""
    policy, report = checked(turns("SL991", "seed", 1, 2))
    new = "# new\n" + CONFIG.replace("save_steps: 50", "save_steps: 10")
    Path("train.yaml").write_text(new)
    mended = mend(["."], policy, report, unsafe=False, to_disk=True)
    assert now() == new.replace("\nseed: 1", "\nseed: 2")
    assert mended.unwritten == []


def test_file_that_has_gone_since_the_report(project: Path) -> None:
    """It is told, the others are fixed, and it does not come back."""
    Path("other.yaml").write_text(CONFIG)
    policy, report = checked(turns("SL991", "seed", 1, 2))
    Path("train.yaml").unlink()
    mended = mend(["."], policy, report, unsafe=False, to_disk=True)
    assert [str(error) for error in mended.unwritten] == ["train.yaml: not fixed: no such file"]
    assert not Path("train.yaml").exists()
    assert now("other.yaml") == CONFIG.replace("\nseed: 1", "\nseed: 2")
    assert codes(mended.left.fixed) == [("other.yaml", "SL991")]


def test_companion_that_has_gone_since_the_report(project: Path) -> None:
    """A file that was given, and read, is not read again: the config is fixed without it."""
    Path("extra").mkdir()
    Path("extra/ds.json").write_text(DEEPSPEED)
    rules = [turns("SL991", "seed", 1, 2), turns("SL992", STAGE, 2, 3)]
    policy = Policy(ONE_VERSION, read_companions(["extra/ds.json"]), rules=rules)
    report = check_paths(["train.yaml"], policy)
    Path("extra/ds.json").unlink()
    mended = mend(["train.yaml"], policy, report, unsafe=False, to_disk=False)
    assert list(mended.after) == ["train.yaml", "extra/ds.json"]
    mended = mend(["train.yaml"], policy, report, unsafe=False, to_disk=True)
    assert [error.path for error in mended.unwritten] == ["extra/ds.json"]
    assert codes(mended.left.fixed) == [("train.yaml", "SL991")]
    assert now() == CONFIG.replace("\nseed: 1", "\nseed: 2")


def test_what_is_checked_is_what_was_read(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that is another one each time that it is checked, and the old one in between, is
    fixed as it was read."""
    policy, report = checked(turns("SL991", "seed", 1, 2))

    def check_other(paths: Sequence[str], policy: Policy) -> Report:
        Path("train.yaml").write_text(CONFIG.replace("save_steps: 50", "save_steps: 25"))
        report = check_paths(paths, policy)
        Path("train.yaml").write_text(CONFIG)
        return report

    monkeypatch.setattr("schedlint.fixing.check_paths", check_other)
    mended = mend(["."], policy, report, unsafe=False)
    assert mended.after["train.yaml"].text == CONFIG.replace("\nseed: 1", "\nseed: 2")


@pytest.mark.parametrize("call", [1, 2])
def test_file_that_changes_during_the_passes(project: Path, call: int) -> None:
    """What somebody else writes while fixes are looked for or proved stays, and is not called
    fixed."""

    class Slow(Wants):
        def check(self, run: Scenario) -> Iterator[Finding]:
            if self.calls == call:  # 1: the report is made; 2: a fix is proved
                Path("train.yaml").write_text(theirs)
            yield from super().check(run)

    theirs = CONFIG.replace("save_steps: 50", "save_steps: 25")
    slow = Slow("SL991", "seed", lambda keys: keys["seed"] == 1, lambda e: SetValue(e, 2))
    mended = fixed(slow)
    assert slow.calls > call + 1
    assert now() == theirs
    assert [error.reason for error in mended.unwritten] == ["it has changed meanwhile"]
    assert left(mended) == [("SL991", "it has changed meanwhile")]
    assert mended.left.fixed == []
    (finding,) = mended.left.findings
    assert finding.place.document.text == theirs


def test_one_of_two_files_cannot_be_written(project: Path) -> None:
    """The other one is fixed all the same; what is told as fixed is what was written."""
    Path("other.yaml").write_text(CONFIG)
    Path("train.yaml").chmod(0o444)
    mended = fixed(turns("SL991", "seed", 1, 2))
    assert now() == CONFIG
    assert now("other.yaml") == CONFIG.replace("\nseed: 1", "\nseed: 2")
    assert codes(mended.left.fixed) == [("other.yaml", "SL991")]
    assert codes(mended.left.findings) == [("train.yaml", "SL991")]
    assert left(mended) == [("SL991", "it is read-only")]


def test_companion_that_cannot_be_written(shared_companion: None) -> None:
    """The configs that share it are fixed, it is not."""
    Path("ds.json").chmod(0o444)
    mended = fixed(turns("SL991", STAGE, 2, 3), turns("SL992", "seed", 1, 2))
    assert now("ds.json") == DEEPSPEED
    assert [path for path, _ in codes(mended.left.fixed)] == ["other.yaml", "train.yaml"]
    assert left(mended) == [("SL991", "it is read-only")]


def test_fixing_twice(project: Path) -> None:
    """The second time there is nothing to do, and no file is touched."""
    rules = turns("SL991", "seed", 1, 2), adds("SL992", "more"), finds("SL993", "data_seed", 1)
    fixed(*rules)
    os.utime("train.yaml", ns=(1, 1))
    before = now()
    mended = fixed(*rules)
    assert (mended.after, mended.left.fixed) == ({}, [])
    assert now() == before
    assert os.stat("train.yaml").st_mtime_ns == 1
