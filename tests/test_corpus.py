"""About 1,500 real configs, where they are at hand: recognised, derived and checked whole."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from schedlint.engine import check_paths
from schedlint.fixing import mend
from schedlint.frameworks import recognised
from schedlint.policy import Policy
from schedlint.reading.versions import parse_pin
from schedlint.rulebook import in_the_box
from schedlint.rules import Severity
from schedlint.run import Run, run_of
from schedlint.settings import SettingsFiles
from schedlint.source import ReadError, read
from schedlint.told import Told, told

OURS = ("accelerate", "axolotl", "composer", "deepspeed", "lightning", "llama-factory", "trl")

KNOWN_MISSES = {
    # A cloud file (machines, secrets), no training config.
    "axolotl-ai-cloud+axolotl/examples/cloud/modal.yaml": None,
    # A merge of weights: no batch, no steps, no data.
    "hiyouga+LLaMA-Factory/examples/v1/train_lora/export_lora.yaml": None,
    # accelerate's launch configs that are labelled as DeepSpeed files.
    "modelscope+ms-swift/examples/ascend/train/qwen3_5/fsdp2.json": "accelerate",
    "modelscope+ms-swift/examples/ascend/train/qwen3_8/qwen3_8_27b_fsdp2.json": "accelerate",
    "modelscope+ms-swift/examples/train/multi-gpu/fsdp2_lora/fsdp2.json": "accelerate",
    "modelscope+ms-swift/examples/train/multi-gpu/fsdp_qlora/fsdp_offload.json": "accelerate",
    # Arguments of ms-swift and a fragment of its FSDP settings, labelled as DeepSpeed files.
    "modelscope+ms-swift/examples/yaml/deepspeed/sft.json": None,
    "modelscope+ms-swift/swift/config/fsdp2.json": None,
    # Labelled ms-swift, and one of accelerate's launch configs.
    "modelscope+ms-swift/examples/train/multi-node/accelerate/multi_node.yaml": "accelerate",
}
"""Files that are not recognised as what their label says, with what they are recognised as."""


@pytest.fixture(scope="module")
def labelled(shared: Path) -> list[tuple[str, str]]:
    """Path and label of every file."""
    with (shared / "corpus" / "MANIFEST.csv").open(encoding="utf-8") as table:
        return [(row["file"], row["label"]) for row in csv.DictReader(table)]


@pytest.fixture(scope="module")
def names(shared: Path, labelled: list[tuple[str, str]]) -> dict[str, str | None]:
    """What each readable file is recognised as."""
    return {
        file: framework
        for file, _ in labelled
        for framework in [_recognised(shared / "corpus" / file)]
    }


def _recognised(path: Path) -> str | None:
    try:
        documents = read(path).documents
    except ReadError as error:
        assert error.line is not None, "a real config that cannot be read has a position"
        return None
    found = [framework for document in documents if (framework := recognised(document))]
    return found[0].name if found else None


def test_files_of_our_frameworks_are_recognised(
    labelled: list[tuple[str, str]], names: dict[str, str | None]
) -> None:
    """Each labelled file is recognised as what it is; the misses are known, one by one."""
    missed = {
        file: names[file] for file, label in labelled if label in OURS and names[file] != label
    }
    assert missed == {file: name for file, name in KNOWN_MISSES.items() if file in missed}
    hits, all_ = Counter[str](), Counter[str]()
    for file, label in labelled:
        all_[label] += label in OURS and KNOWN_MISSES.get(file) != "accelerate"
        hits[label] += label in OURS and names[file] == label
    assert sum(hits.values()) >= 0.98 * sum(all_.values())


def test_no_other_file_is_taken(
    labelled: list[tuple[str, str]], names: dict[str, str | None]
) -> None:
    """No workflow, package or config of another framework is recognised as anything."""
    taken = defaultdict(list)
    for file, label in labelled:
        if label not in OURS and names[file] is not None and file not in KNOWN_MISSES:
            taken[names[file]].append(file)
    assert not taken


def _runs(shared: Path, labelled: list[tuple[str, str]], known: Told) -> Iterator[tuple[str, Run]]:
    for file, label in labelled:
        if label in OURS and file not in KNOWN_MISSES:
            for document in read(shared / "corpus" / file).documents:
                run = run_of(document, known)
                if run is not None:
                    yield file, run


def test_every_config_has_a_batch_or_says_what_is_missing(
    shared: Path, labelled: list[tuple[str, str]]
) -> None:
    """Without any fact: the global batch size, or a lower bound of it (or it does not apply)."""
    for file, run in _runs(shared, labelled, Told()):
        for name in run.plan:
            str(run.plan[name])
            run.plan[name].why()
        if "global_batch_size" in run.plan:
            assert run.plan["global_batch_size"].low >= 1, file


def test_every_config_has_a_batch_once_the_processes_are_known(
    shared: Path, labelled: list[tuple[str, str]]
) -> None:
    """With the number of processes, all have one, but for those that leave it to something else."""
    known = told({"world_size": 64, "dataset_size": 100_000})
    open_ = [
        file
        for file, run in _runs(shared, labelled, known)
        if "global_batch_size" in run.plan
        and run.framework.name not in ("deepspeed", "accelerate")
        and run.plan["global_batch_size"].value is None
        and not run.plan.contradictions
    ]
    assert open_ == []


def test_every_finding_is_judged(shared: Path) -> None:
    """All rules over all files: nothing crashes, and each finding is one that has been judged."""
    rules = [listed.load() for listed in in_the_box()]
    corpus = shared / "corpus"
    report = check_paths([str(corpus)], Policy(rules=rules))
    assert not report.crashed
    assert not report.unreadable
    assert len(report.checked) > 250
    found = {
        (Path(each.path).relative_to(corpus).as_posix(), each.place.line, each.code)
        for each in report.findings
        if each.severity is not Severity.INFO
    }
    judged = yaml.safe_load((Path(__file__).parent / "judged.yaml").read_text(encoding="utf-8"))
    assert found == {(each["file"], each["line"], each["code"]) for each in judged}


FACTS = (
    ({"dataset_size": 500, "world_size": 8}, ("transformers==5.23.0", "lightning==2.2.0")),
    ({"dataset_size": 20_000, "world_size": 64}, ("transformers==4.46.3", "axolotl==0.18.0")),
    ({"dataset_size": 100_000, "world_size": 1, "gpu": "V100"}, ("transformers==4.57.6",)),
)
"""Facts that leave many of the configs with something to mend."""


@pytest.mark.parametrize(("facts", "packages"), FACTS)
def test_fixes_settle(shared: Path, facts: dict[str, object], packages: tuple[str, ...]) -> None:
    """Every fix is made or says why not; nothing crashes, and a second time changes nothing."""
    known = told(facts)
    pins = tuple(parse_pin(each, "test") for each in packages)
    policy = Policy(
        Told(known.assumptions, pins, gpu=known.gpu), settings=SettingsFiles(isolated=True)
    )
    corpus = [str(shared / "corpus")]
    mended = mend(corpus, policy, check_paths(corpus, policy), unsafe=True)
    left = [each for each in mended.left.findings if each.fix is not None]
    print(f"{len(mended.left.fixed)} fixed in {len(mended.after)} files, {len(left)} not fixed")
    assert not mended.left.crashed
    assert mended.unsettled == []
    assert mended.left.fixed
    assert [each.message for each in left if not each.not_fixed] == []
    texts = policy.texts.copy()
    for path, file in mended.after.items():
        texts.put(path, file.text, file.encoding)
    again = mend(corpus, policy.reading(texts), mended.left, unsafe=True)
    assert again.after == {}
