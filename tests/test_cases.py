"""Real mistakes, where they are at hand: how many are found, and their corrected twins silent."""

from __future__ import annotations

import json
import shutil
import sys
from collections import Counter
from collections.abc import Iterator
from difflib import ndiff
from pathlib import Path
from typing import Any

import pytest
import yaml

from schedlint.engine import Report, check_paths
from schedlint.fixing import Mended, mend
from schedlint.policy import Policy
from schedlint.reading.versions import parse_pin
from schedlint.rulebook import in_the_box
from schedlint.rules import Severity
from schedlint.settings import SettingsFiles
from schedlint.told import Told, told

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

LEAST_FOUND = 53
"""A floor: found cases among all, of whatever framework. It only ever rises."""


def _policy(flags: dict[str, Any]) -> Policy:
    facts = told({name: value for name, value in flags.items() if name != "versions"})
    versions = flags.get("versions", {}).items()
    pins = tuple(parse_pin(f"{package}=={version}", "case") for package, version in versions)
    known = Told(facts.assumptions, pins, gpu=facts.gpu)
    rules = [listed.load() for listed in in_the_box()]
    return Policy(known, rules=rules, settings=SettingsFiles(isolated=True))


def _check(paths: list[Path], flags: dict[str, Any]) -> Report:
    return check_paths([str(path) for path in paths], _policy(flags))


def _loud(report: Report) -> Iterator[tuple[Path, int, str]]:
    for each in report.findings:
        if each.severity is not Severity.INFO:
            yield Path(each.path), each.place.line, each.message


@pytest.fixture(scope="module")
def cases(shared: Path) -> list[dict[str, Any]]:
    """The list of cases."""
    text = (shared / "cases" / "cases.yaml").read_text(encoding="utf-8")
    found: list[dict[str, Any]] = yaml.safe_load(text)
    return found


def _target(shared: Path, case: dict[str, Any], entry: dict[str, Any]) -> Path:
    """The file, or the folder whose files are given together."""
    file = Path(shared / "cases" / entry["file"])
    return file.parent if file.parent.name == case["id"] else file


def test_mistakes_are_found(shared: Path, cases: list[dict[str, Any]]) -> None:
    """At least as many of the cases are found as ever, at one of their lines."""
    found = Counter[str]()
    for case in cases:
        for entry in case["expect"]:
            report = _check([_target(shared, case, entry)], entry.get("flags") or {})
            places = {(path.name, line) for path, line, _ in _loud(report)}
            if {(Path(entry["file"]).name, line) for line in entry["lines"]} & places:
                found[case["framework"]] += 1
                break
    assert sum(found.values()) >= LEAST_FOUND, found


def test_corrected_twins_are_silent(shared: Path, cases: list[dict[str, Any]]) -> None:
    """With the same facts, the corrected config gives nothing at warning or above."""
    noise = {}
    for case in cases:
        twin = shared / "cases" / case["clean_twin"]
        flags = case["expect"][0].get("flags") or {}
        noise[case["id"]] = [message for _, _, message in _loud(_check([twin], flags))]
    assert {id: messages for id, messages in noise.items() if messages} == {}


AS_ITS_TWIN = {
    "axolotl-04",
    "axolotl-05",
    "axolotl-06",
    "axolotl-08",
    "deepspeed-05",
    "deepspeed-09",
    "deepspeed-12",
    "deepspeed-13",
    "generic-pytorch-01",
    "generic-pytorch-04",
    "keras-01",
    "lightning-02",
    "lightning-05",
    "lightning-08",
    "lightning-11",
    "lightning-12",
    "lightning-13",
    "llama-factory-03",
    "llama-factory-10",
    "llama-factory-11",
    "llama-factory-13",
    "llama-factory-15",
    "llm-foundry-01",
    "mmdetection-02",
    "mmdetection-04",
    "mmdetection-05",
    "transformers-01",
    "transformers-06",
    "transformers-10",
    "transformers-12",
    "trl-03",
    "trl-04",
    "trl-06",
    "trl-08",
    "trl-10",
    "trl-12",
}
"""Cases whose fixed files mean what the corrected twin means."""

OTHERWISE = {
    "axolotl-01": "60, the multiple of 30 nearest to the 50 that were asked for; the twin has 30",
    "deepspeed-02": "auto for the numbers that disagree; the twin adds keys that are auto anyway",
    "deepspeed-10": "accumulation that keeps the batch of 16; the twin has the batch of 8",
    "generic-tf-01": "a tenth of the run; the twin a fiftieth",
    "lightning-01": "devices for gpus; the twin also spells the precision as it is called today",
    "lightning-07": "5 batches, which is the epoch that the twin writes as 1.0",
    "lightning-09": "393 batches, an epoch; the twin validates twice in one",
    "llama-factory-07": "the epochs that do not count go; the twin shortens the run to the epochs",
    "llama-factory-14": "the renamed key; the twin also brings the interval inside the run",
    "qlora-01": "the epochs that do not count go, the run stays; the twin lets the epochs count",
    "torchtitan-01": "a warm-up of 3% of the steps; the twin also makes the run ten times as long",
    "transformers-13": "evaluations as often as checkpoints; the twin loads no best checkpoint",
}
"""Cases whose fix is another than the twin's, and how."""


def test_cases_are_fixed(shared: Path, cases: list[dict[str, Any]], tmp_path: Path) -> None:
    """Each fix mends its finding, touches few lines, and means what the twin means, or is known to
    be another way out.
    """
    alike, others = set(), set()
    for case in cases:
        entry = case["expect"][0]
        target = _target(shared, case, entry)
        copy = tmp_path / target.name
        _copy(target, copy)
        policy = _policy(entry.get("flags") or {})
        report = check_paths([str(copy)], policy)
        mended = mend([str(copy)], policy, report, unsafe=True, to_disk=True)
        if not mended.after:
            continue
        left = [each for each in mended.left.findings if each.fix is not None]
        assert [each.message for each in left if not each.versions] == [], case["id"]
        edits = sum(len(each.fix.edits) for each in mended.left.fixed if each.fix is not None)
        assert max(_changed(mended)) <= edits, case["id"]
        twin = shared / "cases" / case["clean_twin"]
        (alike if _data(copy) == _data(twin) else others).add(case["id"])
    assert (alike, others) == (AS_ITS_TWIN, set(OTHERWISE))


def _changed(mended: Mended) -> tuple[int, int]:
    """How many lines of all files went, and how many came."""
    signs = Counter[str]()
    for path, before in mended.before.items():
        after = mended.after[path]
        signs.update(line[0] for line in ndiff(before.text.splitlines(), after.text.splitlines()))
    return signs["-"], signs["+"]


def _copy(source: Path, target: Path) -> None:
    """The files without their modes: those at hand may be read-only."""
    if source.is_dir():
        shutil.copytree(source, target, copy_function=shutil.copyfile)
    else:
        shutil.copyfile(source, target)


def _data(path: Path) -> dict[str, object]:
    """What each file says, read as its suffix has it; files of other kinds as their bytes."""
    loaders = {
        ".yaml": yaml.safe_load,
        ".yml": yaml.safe_load,
        ".json": json.loads,
        ".toml": tomllib.loads,
    }
    files = sorted(path.rglob("*")) if path.is_dir() else [path]
    found: dict[str, object] = {}
    for file in files:
        if file.is_file():
            load = loaders.get(file.suffix, lambda text: text)
            name = str(file.relative_to(path)) if path.is_dir() else ""
            found[name] = load(file.read_text(encoding="utf-8"))
    return found
