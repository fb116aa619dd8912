"""LLaMA-Factory: what its keys mean, checked against its own code and what its runs gave."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from schedlint.frameworks.signatures import recognise
from schedlint.plan import Origin
from schedlint.run import Run, load
from schedlint.source import ReadError, read, read_text

BASE = """\
model_name_or_path: Qwen/Qwen3-4B
stage: sft
do_train: true
finetuning_type: lora
dataset: alpaca_en_demo
template: qwen3
cutoff_len: 2048
output_dir: saves/out
per_device_train_batch_size: 1
gradient_accumulation_steps: 8
num_train_epochs: 1
"""
NEWEST = ("llamafactory==0.9.6", "transformers==5.8.0")


def run_of(
    more: str = "", without: str = "", packages: tuple[str, ...] = NEWEST, **told: int
) -> Run:
    """The run of the base config with further lines and without those of a key."""
    lines = [line for line in BASE.splitlines() if not without or not line.startswith(without)]
    text = "\n".join([*lines, more]) + "\n"
    return load(text=text, filename="train.yaml", assume=told, packages=packages)


def value(run: Run, name: str) -> object:
    """The value of a quantity under the newest versions, the framework's own words included."""
    return run.scenarios[0].plan[name].value


def fact(run: Run, name: str) -> object:
    """The value of a fact under the newest versions."""
    found = run.scenarios[0].fact(name)
    return None if found is None else found.value


# Rows.


def test_all_rows_train_without_a_validation_set() -> None:
    """Nothing is held out by default, and there is nothing to evaluate on."""
    run = run_of(dataset_rows=100)
    assert (value(run, "dataset_size"), value(run, "eval_dataset_size")) == (100, 0)
    assert fact(run, "eval_data") is False


@pytest.mark.parametrize(
    ("val_size", "train", "held_out"),
    [
        ("0.1", 90, 10),
        ("0.001", 99, 1),
        ("1", 99, 1),
        ("2.5", 98, 2),
        ("30", 70, 30),
        ("-1", 100, 0),
    ],
)
def test_val_size_is_a_fraction_or_a_count(val_size: str, train: int, held_out: int) -> None:
    """Up to one it is a fraction rounded up to rows, above it a count cut to whole rows."""
    run = run_of(f"val_size: {val_size}", dataset_rows=100)
    assert (value(run, "dataset_size"), value(run, "eval_dataset_size")) == (train, held_out)


def test_a_fraction_of_everything_is_refused_and_says_nothing() -> None:
    """A float of one is no test size that the split accepts."""
    run = run_of("val_size: 1.0", dataset_rows=100)
    assert value(run, "dataset_size") is None
    assert value(run, "eval_dataset_size") is None


def test_rows_follow_from_the_samples_left() -> None:
    """The split is inverted: beside a tenth held out, 720 samples were 800 or 801 rows."""
    stored = run_of("val_size: 0.1", dataset_size=720).plan["dataset_rows"]
    assert (stored.low, stored.high) == (800, 801)


def test_max_samples_caps_one_dataset() -> None:
    """Of 5,000 rows the first 1,000 are taken."""
    assert value(run_of("max_samples: 1000", dataset_rows=5000), "dataset_size") == 1000


def test_max_samples_does_not_multiply_a_smaller_dataset() -> None:
    """Of 500 rows there are no 1,000 to take."""
    assert value(run_of("max_samples: 1000", dataset_rows=500), "dataset_size") == 500


def test_max_samples_counts_for_each_dataset() -> None:
    """Two datasets give at most 2,000 rows, so a run of one epoch has at most 250 steps."""
    run = run_of("dataset: first, second\nmax_samples: 1000", without="dataset", world_size=1)
    assert run.plan["dataset_size"].high == 2000
    assert run.plan["total_steps"].high == 250


def test_a_list_of_datasets_is_counted_too() -> None:
    """`dataset` may be a list instead of one text with commas."""
    run = run_of("dataset: [first, second, third]\nmax_samples: 10", without="dataset")
    assert run.plan["dataset_size"].high == 30


@pytest.mark.parametrize(
    "more",
    [
        "dataset: a,b\nmix_strategy: interleave_under",
        "dataset: ${oc.env:DATA}",
        "dataset: a\nmax_samples: ${oc.env:CAP}",
        "dataset: a\ntokenized_path: saves/tokenized",
        "dataset: a\nstage: pt",
        "dataset: a\npacking: true",
    ],
)
def test_rows_that_cannot_be_followed_leave_the_samples_unknown(more: str) -> None:
    """Mixing, interpolations, tokenized data on disk and packing claim no number of samples."""
    without = "stage" if "stage" in more else ""
    lines = [
        line for line in BASE.splitlines() if not line.startswith(("dataset", without or "dataset"))
    ]
    text = "\n".join([*lines, more]) + "\n"
    run = load(text=text, filename="c.yaml", assume={"dataset_rows": 100}, packages=NEWEST)
    assert value(run, "dataset_size") is None


def test_packed_rows_are_no_more_than_the_rows() -> None:
    """In sft each packed row holds at least one sample."""
    run = run_of("packing: true\nmax_samples: 1000", dataset_rows=5000)
    assert run.plan["dataset_size"].high == 1000


# Rows of local files.


def project(folder: Path, info: dict[str, object], **files: object) -> Path:
    """Write a project with a config of the named datasets; the config's path."""
    (folder / "pyproject.toml").write_text("", encoding="utf-8")
    (folder / "data").mkdir()
    (folder / "data" / "dataset_info.json").write_text(json.dumps(info), encoding="utf-8")
    for name, rows in files.items():
        text = rows if isinstance(rows, str) else json.dumps(rows)
        (folder / "data" / f"{name}.json").write_text(text, encoding="utf-8")
    path = folder / "train.yaml"
    path.write_text(BASE.replace("alpaca_en_demo", ",".join(info)), encoding="utf-8")
    return path


def rows(count: int) -> list[dict[str, str]]:
    """Rows in the alpaca format."""
    return [{"instruction": f"say {n}", "input": "", "output": str(n)} for n in range(count)]


def test_local_rows_are_measured(tmp_path: Path) -> None:
    """A JSON list and JSON Lines in the project are counted together."""
    lines = "\n".join(json.dumps(row) for row in rows(5)) + "\n"
    info: dict[str, object] = {"one": {"file_name": "one.json"}, "two": {"file_name": "two.json"}}
    run = load(project(tmp_path, info, one=rows(12), two=lines), packages=NEWEST)
    kept = run.scenarios[0].plan["kept_rows"]
    assert (kept.value, kept.origin) == (17, Origin.MEASURED)
    assert value(run, "dataset_size") == 17


def test_num_samples_of_the_dataset_info_counts(tmp_path: Path) -> None:
    """`num_samples` draws exactly that many rows, more than there are as well."""
    path = project(tmp_path, {"one": {"file_name": "one.json", "num_samples": 83}}, one=rows(40))
    assert value(load(path, packages=NEWEST), "dataset_size") == 83


@pytest.mark.parametrize(
    "entry",
    [
        {"hf_hub_url": "a/b", "file_name": "one.json"},
        {"file_name": "one.json", "split": "test"},
        {"file_name": "absent.json"},
        {"file_name": "one.parquet"},
        {"file_name": "../../outside.json"},
        {"file_name": 3},
    ],
)
def test_rows_elsewhere_are_not_measured(tmp_path: Path, entry: dict[str, object]) -> None:
    """Hubs, other splits, missing, foreign and outside files leave the rows unknown."""
    (tmp_path / "outside.json").write_text("[{}]", encoding="utf-8")
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    run = load(project(inner, {"one": entry}, one=rows(3)), packages=NEWEST)
    assert value(run, "dataset_size") is None


@pytest.mark.parametrize("text", ["[1, 2]", '{"a": [1, 2]}\n[', "[" * 100_000, "\ud7ff nonsense"])
def test_a_file_that_is_no_rows_is_not_measured(tmp_path: Path, text: str) -> None:
    """What is neither a list of objects nor JSON Lines is passed over, however it is nested."""
    run = load(project(tmp_path, {"one": {"file_name": "one.json"}}, one=text), packages=NEWEST)
    assert value(run, "dataset_size") is None


def test_a_file_written_again_is_counted_again(tmp_path: Path) -> None:
    """The count follows the file."""
    path = project(tmp_path, {"one": {"file_name": "one.json"}}, one=rows(3))
    assert value(load(path, packages=NEWEST), "dataset_size") == 3
    (tmp_path / "data" / "one.json").write_text(json.dumps(rows(40)), encoding="utf-8")
    assert value(load(path, packages=NEWEST), "dataset_size") == 40


# Sequences and packing.


@pytest.mark.parametrize(
    ("stage", "more", "packed", "length"),
    [
        ("sft", "", False, 2048),
        ("sft", "packing: true", True, 2048),
        ("sft", "packing: false\nneat_packing: true", True, 2048),
        ("pt", "", True, 2048),
        ("pt", "packing: false", False, 2048),
        ("pt", "packing: true", True, 2047),
        ("dpo", "packing: true", False, 2047),
        ("kto", "", False, 2048),
    ],
)
def test_packing_and_length_by_stage(stage: str, more: str, packed: bool, length: int) -> None:
    """pt packs by itself, sft when asked, other stages never; asking costs all but sft a token."""
    run = run_of(f"stage: {stage}\n{more}", without="stage")
    assert fact(run, "packing") is packed
    assert value(run, "sequence_length") == length


def test_cutoff_len_has_a_default() -> None:
    """Without `cutoff_len`, samples are cut to 2,048 tokens."""
    assert value(run_of(without="cutoff_len"), "sequence_length") == 2048


# Steps.


@pytest.mark.parametrize(("transformers", "steps"), [("4.51.3", 12), ("4.57.1", 13)])
def test_steps_round_with_the_transformers_version(transformers: str, steps: int) -> None:
    """100 batches under an accumulation of eight are 12 or 13 steps."""
    packages = ("llamafactory==0.9.4", f"transformers=={transformers}")
    run = run_of(packages=packages, dataset_size=100, world_size=1)
    assert value(run, "total_steps") == steps


def test_warmup_ratio_is_known_to_every_release() -> None:
    """No release goes with a transformers that has dropped `warmup_ratio`."""
    run = run_of("warmup_ratio: 0.1", packages=(), dataset_size=8000, world_size=1)
    assert run.plan["warmup_steps"].value == 100


def test_warmup_ratio_gone_where_the_version_says_so() -> None:
    """A pinned transformers without the key is believed."""
    run = run_of("warmup_ratio: 0.1", packages=("transformers==5.23.0",), dataset_size=80)
    assert value(run, "warmup_steps") == 0


def test_streaming_is_a_fact_and_steps_come_from_max_steps() -> None:
    """A stream runs for `max_steps`; data of a known size still has its epochs."""
    run = run_of("streaming: true\nmax_steps: 1000000", dataset_size=300_000, world_size=8)
    assert fact(run, "streaming") is True
    assert value(run, "total_steps") == 1_000_000


def test_ppo_says_its_batches_only() -> None:
    """PPO's steps are rollouts of another size: nothing is claimed of them."""
    run = run_of("stage: ppo", without="stage", dataset_size=800, world_size=2)
    assert value(run, "global_batch_size") == 16
    assert value(run, "total_steps") is None


def test_an_unknown_stage_says_its_batches_only() -> None:
    """A stage that is filled in elsewhere may be PPO."""
    run = run_of("stage: ${oc.env:STAGE}", without="stage", dataset_size=800, world_size=2)
    assert value(run, "global_batch_size") == 16
    assert value(run, "total_steps") is None
    assert value(run, "eval_dataset_size") is None


def test_megatron_divides_the_processes() -> None:
    """Tensor, pipeline and context parallelism share a copy of the model."""
    more = "tensor_model_parallel_size: 2\npipeline_model_parallel_size: 4"
    run = run_of(more, dataset_size=800, world_size=16)
    assert (value(run, "data_parallel_size"), value(run, "global_batch_size")) == (2, 16)
    assert value(run, "total_steps") is None


def test_expert_parallelism_divides_under_one_backend_only() -> None:
    """The file does not say which Megatron backend runs, so both sizes are possible."""
    run = run_of("expert_model_parallel_size: 2", world_size=8)
    quantity = run.plan["data_parallel_size"]
    assert (quantity.low, quantity.high) == (4, 8)


# Evaluations.

EVALUATING = "val_size: 4\neval_strategy: steps\neval_steps: 2"


def test_one_more_evaluation_after_training() -> None:
    """Five steps evaluate at 2, 4 and 5, and once more after training."""
    run = run_of(EVALUATING, dataset_size=40, world_size=1)
    assert value(run, "evaluations") == 4


def test_before_the_final_evaluation_of_the_trainer() -> None:
    """transformers before 5.4 evaluates at 2 and 4; the one after training stays."""
    run = run_of(EVALUATING, packages=("transformers==4.57.1",), dataset_size=40, world_size=1)
    assert value(run, "evaluations") == 3


def test_every_epoch_and_once_more() -> None:
    """Strategy epoch over one epoch evaluates twice."""
    run = run_of("val_size: 4\neval_strategy: epoch", dataset_size=40, world_size=1)
    assert value(run, "evaluations") == 2


@pytest.mark.parametrize(("more", "count"), [("", 0), ("do_eval: false", 0), ("do_eval: true", 1)])
def test_without_a_strategy_only_do_eval_evaluates(more: str, count: int) -> None:
    """`do_eval` alone evaluates once, after training."""
    run = run_of(f"val_size: 4\n{more}", dataset_size=40, world_size=1)
    assert value(run, "evaluations") == count


def test_an_unknown_do_eval_leaves_the_evaluations_open() -> None:
    """Whether there is one after training is not in the file."""
    run = run_of("val_size: 4\ndo_eval: ${oc.env:EVAL}", dataset_size=40, world_size=1)
    assert value(run, "evaluations") is None


def test_facts_of_evaluation() -> None:
    """Patience is counted in evaluations, and an eval_dataset is evaluation data."""
    run = run_of("eval_dataset: identity\nearly_stopping_steps: 3")
    assert fact(run, "early_stopping_patience") == 3
    assert fact(run, "eval_data") is True


# The loader.


def misread(run: Run) -> set[str]:
    """The keys that some version reads as text, over all versions."""
    return {m.setting.key for scenario in run.scenarios for m in scenario.misreadings}


@pytest.mark.parametrize(
    ("version", "keys"),
    [("0.9.3", {"learning_rate"}), ("0.9.4", set()), ("0.7.2", {"learning_rate"})],
)
def test_an_exponent_without_a_dot_is_text_before_0_9_4(version: str, keys: set[str]) -> None:
    """PyYAML read 5e-5 as text, OmegaConf reads a number."""
    run = run_of("learning_rate: 5e-5", packages=(f"llamafactory=={version}",))
    assert misread(run) == keys


def test_without_a_version_both_are_followed() -> None:
    """The newest versions read a number; the older ones are a scenario of their own."""
    run = run_of("learning_rate: 5e-5", packages=("transformers==4.52.4",))
    assert [len(scenario.misreadings) for scenario in run.scenarios] == [0, 1]


def test_a_float_with_a_dot_is_a_number_to_all() -> None:
    """1.0e-5 makes no question of the version."""
    run = run_of("learning_rate: 1.0e-5", packages=("transformers==4.52.4",))
    assert len(run.scenarios) == 1
    assert misread(run) == set()


def test_loraplus_numbers_count_where_loraplus_is_on() -> None:
    """The embedding's learning rate is used with a LoRA+ ratio only."""
    embedding, old = "loraplus_lr_embedding: 1e-6", ("llamafactory==0.9.1",)
    assert misread(run_of(embedding, packages=old)) == set()
    ratio = f"loraplus_lr_ratio: 16.0\n{embedding}"
    assert misread(run_of(ratio, packages=old)) == {"loraplus_lr_embedding"}


def test_a_quoted_batch_size_is_a_misreading() -> None:
    """Values are not converted: a quoted number stays text and claims nothing."""
    run = run_of('per_device_train_batch_size: "2"', without="per_device", world_size=1)
    assert misread(run) == {"per_device_train_batch_size"}
    assert value(run, "micro_batch_size") is None


# Recognition.


@pytest.mark.parametrize(
    "text",
    [
        "model_name_or_path: a\ntemplate: qwen3\ninfer_backend: hf\nfinetuning_type: lora\n",
        "model_name_or_path: a\ntemplate: qwen3\nexport_dir: out\nfinetuning_type: lora\n",
    ],
)
def test_other_commands_are_not_recognised(text: str) -> None:
    """Inference, export and the other schema have keys of their own."""
    signature = recognise(read_text(text, "c.yaml").documents[0])
    assert signature is None or signature.framework != "llama-factory"


def corpus(shared: Path) -> list[tuple[str, Path]]:
    """The label and path of every file of the corpus."""
    with (shared / "corpus" / "MANIFEST.csv").open(encoding="utf-8") as table:
        return [(row["label"], shared / "corpus" / row["file"]) for row in csv.DictReader(table)]


def is_other_schema(path: Path) -> bool:
    """Whether a file of the project is written for `USE_V1=1`."""
    return "/examples/v1/" in path.as_posix()


def recognised(path: Path) -> str | None:
    """The framework that a file is recognised as; none where it cannot be read."""
    try:
        signature = recognise(read(path).documents[0])
    except ReadError:
        return None
    return None if signature is None else signature.framework


def test_the_corpus_is_recognised(shared: Path) -> None:
    """Every training config is recognised, of either schema, and no other file."""
    for label, path in corpus(shared):
        expected = label == "llama-factory" and path.name != "export_lora.yaml"
        assert (recognised(path) == "llama-factory") == expected, path


def test_the_corpus_gives_batches_and_names_what_is_missing(shared: Path) -> None:
    """With the processes known each config has a global batch size, without them a lower bound."""
    for label, path in corpus(shared):
        if label == "llama-factory" and not is_other_schema(path):
            assert load(path).plan["global_batch_size"].low >= 1, path
            assert load(path, assume={"world_size": 8}).plan["global_batch_size"].known, path
