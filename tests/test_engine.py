"""From paths to findings: nothing is lost, nothing is told twice, and the order is one."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from schedlint import frameworks
from schedlint.engine import Report, check_paths
from schedlint.policy import Policy
from schedlint.reading.framework import Framework
from schedlint.reading.versions import parse_pin
from schedlint.rulebook import in_the_box, select
from schedlint.rules import Finding, Rule, Scenario, Severity
from schedlint.told import Told, told

CONFIG = "output_dir: out\nper_device_train_batch_size: 4\nmax_steps: 100\nsave_steps: 50\n"
DEEPSPEED = '{"train_micro_batch_size_per_gpu": 4, "zero_optimization": {"stage": 2}}'


class EveryConfig(Rule):
    """Finds every config, at its first key."""

    code = "SL998"
    name = "every-config"
    severity = Severity.WARNING

    def check(self, run: Scenario) -> Iterator[Finding]:
        """Report the run."""
        yield self.found(run, f"a config of {run.framework.name}", None)


class Crashes(Rule):
    """Fails on every config."""

    code = "SL997"
    name = "always-crashes"
    severity = Severity.ERROR

    def check(self, run: Scenario) -> Iterator[Finding]:
        """Fail after a first finding."""
        yield self.found(run, "told before the crash", None)
        raise KeyError("no\nsuch key")


Words = Callable[[Scenario], Iterator[tuple[str, str]]]


def rule(words: Words, *, level: Severity = Severity.ERROR) -> Rule:
    """A rule that reports what a function says of a scenario: a quantity and a message."""

    class FromWords(Rule):
        code = "SL996"
        name = "from-words"
        severity = level

        def check(self, run: Scenario) -> Iterator[Finding]:
            for quantity, message in words(run):
                yield self.found(run, message, run[quantity])

    return FromWords()


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty project in which the test runs."""
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def check(*paths: str, rules: Sequence[Rule] | None = None, known: Told | None = None) -> Report:
    """Check some paths with a rule that finds every config, or with the rules given."""
    return check_paths(
        paths, Policy(known or Told(), rules=[EveryConfig()] if rules is None else rules)
    )


def found(report: Report) -> list[tuple[str, str]]:
    """File and code of every finding."""
    return [(finding.path, finding.code) for finding in report.findings]


def test_rule_that_crashes(project: Path) -> None:
    """A crash is a finding that names the rule, in one line; the other rules are applied."""
    (project / "a.yaml").write_text(CONFIG)
    (project / "b.yaml").write_text(CONFIG)
    report = check(".", rules=[Crashes(), EveryConfig()])
    assert found(report) == [
        ("a.yaml", "SL901"),
        ("a.yaml", "SL998"),
        ("b.yaml", "SL901"),
        ("b.yaml", "SL998"),
    ]
    assert report.crashed
    assert report.findings[0].message == (
        "rule SL997 always-crashes failed with KeyError: 'no\\nsuch key'; its answer is missing"
    )
    assert "\n" not in report.findings[0].message


def test_framework_that_crashes(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A failure while a config is read is a finding; the other files are checked."""
    (project / "a.yaml").write_text(CONFIG)
    (project / "ds.json").write_text(DEEPSPEED)

    def read(self: Framework, config: object) -> None:
        raise RecursionError("too deep")

    monkeypatch.setattr(type(frameworks.by_name("transformers")), "read", read)
    report = check(".")
    assert found(report) == [("a.yaml", "SL903"), ("ds.json", "SL998")]
    assert report.crashed
    assert "RecursionError: too deep" in report.findings[0].message
    assert report.checked == ["a.yaml", "ds.json"]


def test_recognition_that_crashes(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A failure before the framework is known is the same finding."""
    (project / "a.yaml").write_text(CONFIG)

    def run_of(*arguments: object) -> None:
        raise TypeError("odd")

    monkeypatch.setattr(Policy, "run_of", run_of)
    report = check("a.yaml")
    assert found(report) == [("a.yaml", "SL903")]
    assert (report.crashed, report.checked, report.notices) == (True, ["a.yaml"], [])


@pytest.mark.parametrize(
    "paths",
    [
        (".",),
        ("train.yaml", "ds.json"),
        ("ds.json", "train.yaml"),
        ("./ds.json", "./train.yaml"),
        ("sub/../ds.json", "train.yaml"),
        ("{here}/ds.json", "train.yaml"),
        ("ds.json", "{here}/train.yaml"),
    ],
)
def test_companion_is_checked_with_its_run(project: Path, paths: Sequence[str]) -> None:
    """A companion of a run of the same call is not checked on its own, however it is named."""
    (project / "sub").mkdir()
    (project / "train.yaml").write_text(CONFIG + "deepspeed: ds.json\n")
    (project / "ds.json").write_text(DEEPSPEED)
    report = check(*(path.replace("{here}", str(project)) for path in paths))
    assert [os.path.basename(finding.path) for finding in report.findings] == ["train.yaml"]


def test_companion_alone(project: Path) -> None:
    """Without its run, the same file is a run of its own."""
    (project / "train.yaml").write_text(CONFIG + "deepspeed: ds.json\n")
    (project / "ds.json").write_text(DEEPSPEED)
    assert found(check("ds.json")) == [("ds.json", "SL998")]
    assert check("train.yaml").checked == ["train.yaml", "ds.json"]


def test_findings_in_a_shared_companion_come_once(project: Path) -> None:
    """Two runs with one companion find the same thing in it: it is told once."""
    for name in ("a.yaml", "b.yaml"):
        (project / name).write_text(CONFIG + "deepspeed: ds.json\n")
    (project / "ds.json").write_text(DEEPSPEED)

    class InTheCompanion(EveryConfig):
        def check(self, run: Scenario) -> Iterator[Finding]:
            place = self.found(run, "", None).place
            for document in run.documents[1:]:
                yield self.found(run, "seen", place._replace(document=document, start=0, end=1))

    report = check(".", rules=[InTheCompanion()])
    assert found(report) == [("ds.json", "SL998")]
    assert report.checked == ["a.yaml", "ds.json", "b.yaml"]


@pytest.mark.parametrize(
    "paths",
    [
        ("a.yaml", "a.yaml"),
        ("a.yaml", "./a.yaml", "sub/../a.yaml"),
        (".", "a.yaml"),
        ("a.yaml", "."),
        (".", "{here}"),
        ("{here}/a.yaml", "a.yaml"),
        ("link/a.yaml", "a.yaml"),
    ],
)
def test_paths_given_twice(project: Path, paths: Sequence[str]) -> None:
    """A file is checked once, however often and under whichever path it is named."""
    (project / "sub").mkdir()
    (project / "link").symlink_to(project)
    (project / "a.yaml").write_text(CONFIG)
    report = check(*(path.replace("{here}", str(project)) for path in paths))
    assert len(report.findings) == 1
    assert len(report.checked) == 1


def test_walk(project: Path) -> None:
    """Hidden folders, environments and packages are not entered, links to folders not followed;
    sorted."""
    for folder in ("b", "a", ".hidden", "node_modules", "env", "mine", "a/deep"):
        (project / folder).mkdir()
        for suffix in (".yaml", ".yml", ".txt"):
            (project / folder / f"x{suffix}").write_text(CONFIG)
    (project / "mine" / "pyvenv.cfg").touch()
    (project / "b" / "loop").symlink_to(project)
    (project / "c.JSON").write_text(DEEPSPEED)
    report = check(".")
    assert [finding.path for finding in report.findings] == [
        os.path.normpath(path)
        for path in (
            "a/deep/x.yaml",
            "a/deep/x.yml",
            "a/x.yaml",
            "a/x.yml",
            "b/x.yaml",
            "b/x.yml",
            "c.JSON",
        )
    ]


def test_several_documents(project: Path) -> None:
    """Each document of a file that is a config is a run; a bad comment is told once."""
    (project / "a.yaml").write_text(f"# schedlint: nonsense\n{CONFIG}---\nx: 1\n---\n{CONFIG}")
    report = check("a.yaml")
    assert found(report) == [("a.yaml", "SL902"), ("a.yaml", "SL998"), ("a.yaml", "SL998")]
    assert report.checked == ["a.yaml"]
    assert report.notices == []


def test_same_answer_twice(project: Path) -> None:
    """Two checks of the same files give the same findings in the same order."""
    for number in range(12):
        (project / f"{number}.yaml").write_text(CONFIG)
    first, second = check("."), check(*sorted(os.listdir(project), reverse=True))
    assert found(first) == found(second)
    assert found(first) == sorted(found(first))


EPOCHS = (
    "output_dir: out\nper_device_train_batch_size: 4\ngradient_accumulation_steps: 4\n"
    "num_train_epochs: 3.0\n"
)
FACTS = told({"world_size": 8, "dataset_size": 52_000})
"""407 steps an epoch since transformers 4.52, 406 before."""


def in_epoch(steps: int, message: str = "found") -> Rule:
    """A rule that reports an epoch of so many steps."""

    def words(run: Scenario) -> Iterator[tuple[str, str]]:
        if run.certainly(run["steps_per_epoch"].equals(steps)):
            yield "gradient_accumulation_steps", message

    return rule(words)


@pytest.mark.parametrize(
    ("steps", "versions"),
    [(407, "transformers 4.52 and later"), (406, "transformers before 4.52")],
)
def test_finding_for_some_versions(project: Path, steps: int, versions: str) -> None:
    """What holds under some of the possible versions only, the newest or not, is worth knowing,
    no more, and says which."""
    (project / "a.yaml").write_text(EPOCHS)
    (finding,) = check("a.yaml", rules=[in_epoch(steps)], known=FACTS).findings
    assert (finding.severity, finding.versions) == (Severity.INFO, versions)


@pytest.mark.parametrize(("version", "steps"), [("4.57.6", 407), ("4.40", 406)])
def test_finding_for_the_version_in_force(project: Path, version: str, steps: int) -> None:
    """With the version known there is nothing to restrict."""
    (project / "a.yaml").write_text(EPOCHS)
    known = FACTS.over(Told(pins=(parse_pin(f"transformers=={version}", "test"),)))
    (finding,) = check("a.yaml", rules=[in_epoch(steps)], known=known).findings
    assert (finding.severity, finding.versions) == (Severity.ERROR, "")
    other = 407 + 406 - steps
    assert check("a.yaml", rules=[in_epoch(other)], known=known).findings == []


def test_finding_for_all_versions(project: Path) -> None:
    """What holds under all keeps its severity; where numbers differ, it says whose they are."""
    (project / "a.yaml").write_text(EPOCHS)

    def words(run: Scenario) -> Iterator[tuple[str, str]]:
        yield "micro_batch_size", "the same"
        yield "gradient_accumulation_steps", f"{run['steps_per_epoch']} steps"

    known = FACTS.over(Told(pins=(parse_pin("transformers>=4.40", "test"),)))
    findings = check("a.yaml", rules=[rule(words)], known=known).findings
    assert [(f.severity, f.versions, f.message) for f in findings] == [
        (Severity.ERROR, "", "the same"),
        (Severity.ERROR, "", "407 steps (numbers of transformers 4.52 and later)"),
    ]


def test_a_line_that_is_wrong_in_every_version(project: Path) -> None:
    """Where each version has something against a line, none of it is only worth knowing."""
    (project / "a.yaml").write_text(EPOCHS)
    rules = [in_epoch(407, "new"), in_epoch(406, "old")]
    findings = check("a.yaml", rules=rules, known=FACTS).findings
    assert [(f.severity, f.versions) for f in findings] == [
        (Severity.ERROR, "transformers 4.52 and later"),
        (Severity.ERROR, "transformers before 4.52"),
    ]


def test_a_wording_names_its_own_versions(project: Path) -> None:
    """Where versions say different things, and one says nothing, none speaks for another."""
    text = f"{EPOCHS}warmup_steps: 100\nwarmup_ratio: 0.1\n"  # the steps count before 5.0
    (project / "a.yaml").write_text(text)
    rules = [listed.load() for listed in select(in_the_box(), ["SL311"])]
    (finding,) = check("a.yaml", rules=rules, known=FACTS).findings
    assert "warmup_ratio: 0.1 counts" in finding.message
    assert finding.versions == "transformers 5.0 to before 5.15"


@pytest.mark.parametrize(
    ("names", "runs"),
    [
        (["run.yaml", "ds.json"], 1),
        (["run.yaml"], 1),
        (["run.yaml", "ds.json", "other.yaml"], 3),
        (["run.yaml", "below/ds.json"], 2),
    ],
)
def test_files_that_are_named_together(project: Path, names: list[str], runs: int) -> None:
    """One config and its engine's file in one folder are one run; anything else is not joined."""
    for name in names:
        path = project / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(DEEPSPEED if name.endswith("json") else CONFIG)
    report = check(*names, rules=[EveryConfig()])
    assert len(report.findings) == runs
    assert {Path(each).name for each in report.checked} == {Path(each).name for each in names}


def test_a_companion_that_is_given_is_not_missing(project: Path) -> None:
    """The config names its engine's file at another place, and the file is given beside it."""
    (project / "run.yaml").write_text(f"{CONFIG}deepspeed: gone/ds.json\n")
    (project / "ds.json").write_text(DEEPSPEED)
    assert len(check("run.yaml", rules=[]).notices) == 1
    assert check("run.yaml", "ds.json", rules=[]).notices == []


def test_the_mildest_version_counts(project: Path) -> None:
    """A rule may think worse of one version than of another: what holds for all is the milder."""
    (project / "a.yaml").write_text(EPOCHS)

    class WorseSince452(Rule):
        code = "SL995"
        name = "worse-since"
        severity = Severity.ERROR

        def check(self, run: Scenario) -> Iterator[Finding]:
            new = run.certainly(run["steps_per_epoch"].equals(407))
            severity = Severity.ERROR if new else Severity.WARNING
            yield self.found(run, "found", run["micro_batch_size"], severity=severity)
            yield self.found(run, "more", run["micro_batch_size"], severity=Severity.INFO)

    findings = check("a.yaml", rules=[WorseSince452()], known=FACTS).findings
    assert [(f.message, f.severity) for f in findings] == [
        ("found", Severity.WARNING),
        ("more", Severity.INFO),
    ]


def test_several_findings_at_one_place(project: Path) -> None:
    """One rule may say two things of one line."""
    (project / "a.yaml").write_text(CONFIG)

    def words(run: Scenario) -> Iterator[tuple[str, str]]:
        yield "micro_batch_size", "one"
        yield "micro_batch_size", "two"

    report = check("a.yaml", rules=[rule(words)])
    assert [finding.message for finding in report.findings] == ["one", "two"]


def needing(*names: str) -> list[tuple[str, ...]]:
    """What a rule about the total of steps lacks in a config without facts."""

    def words(run: Scenario) -> Iterator[tuple[str, str]]:
        if run.certainly(run["total_steps"] < 10):
            yield "micro_batch_size", "few"

    known = told(dict.fromkeys(names, 8))
    report = check("a.yaml", rules=[rule(words)], known=known)
    return [each.needs for each in report.undecided]


def test_undecided(project: Path) -> None:
    """What could not be decided names the facts that are missing, in the order of the word
    list."""
    (project / "a.yaml").write_text(EPOCHS)
    assert needing() == [("dataset_size", "world_size")]
    assert needing("world_size") == [("dataset_size",)]
    assert needing("dataset_size") == []  # 8 samples make few steps on any number of ranks
    assert needing("dataset_size", "world_size") == []


def edge_of(words: Words, known: Told) -> str:
    """Where the edge of the one undecided check lies, in words."""
    (undecided,) = check("a.yaml", rules=[rule(words)], known=known).undecided
    return undecided.edge()


def test_edge(project: Path) -> None:
    """Where one fact alone is missing, the value at which the answer changes is told."""
    (project / "a.yaml").write_text(EPOCHS)
    known = told({"world_size": 1}).over(Told(pins=(parse_pin("transformers==4.57.6", "t"),)))

    def few(run: Scenario) -> Iterator[tuple[str, str]]:
        if run.certainly(run["total_steps"] < 10):
            yield "micro_batch_size", "few"

    def many(run: Scenario) -> Iterator[tuple[str, str]]:
        if run.certainly(run["total_steps"] > 10):
            yield "micro_batch_size", "many"

    def window(run: Scenario) -> Iterator[tuple[str, str]]:
        if run.certainly(run["dataset_size"] > 0) and run.certainly(run["total_steps"] < 10):
            yield "micro_batch_size", "few but some"

    # 16 samples a step, 3 epochs: 9 steps up to 48 samples, 12 from 49 on
    below = "from-words would be reported at dataset_size = 48 samples, no longer from 49 on"
    assert edge_of(few, known) == below
    assert edge_of(window, known) == below
    assert edge_of(many, known) == (
        "from-words would be reported from dataset_size = 49 samples on, not yet at 48"
    )


def test_no_edge(project: Path) -> None:
    """Where several facts are missing, or the rule fails on values that nobody states, there is
    none."""
    (project / "a.yaml").write_text(EPOCHS)

    def few(run: Scenario) -> Iterator[tuple[str, str]]:
        if run["dataset_size"].known and run["world_size"].known:
            raise ZeroDivisionError
        if run.certainly(run["total_steps"] < 10):
            yield "micro_batch_size", "few"

    assert edge_of(few, Told()) == ""
    assert edge_of(few, told({"world_size": 1})) == ""
