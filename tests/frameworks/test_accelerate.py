"""accelerate's launch config on its own, and as the launcher of a Trainer's run."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
import yaml

import schedlint
from schedlint.frameworks.accelerate.keys import FRAMEWORK
from schedlint.frameworks.signatures import recognise
from schedlint.run import Run
from schedlint.source import UNKNOWN, read, read_text

LOCAL = {
    "compute_environment": "LOCAL_MACHINE",
    "distributed_type": "MULTI_GPU",
    "main_training_function": "main",
}


def load(**keys: object) -> Run:
    """Read a launch config that stands alone."""
    return schedlint.load(text=yaml.safe_dump({**LOCAL, **keys}), filename="accelerate.yaml")


def values(run: Run, *names: str) -> list[object]:
    """Return the values of some quantities."""
    return [run.plan[name].value for name in names]


def fact(run: Run, name: str) -> object:
    """Return the value of a fact that must be there."""
    found = run.scenarios[0].fact(name)
    assert found is not None
    return found.value


# Processes.


@pytest.mark.parametrize(
    ("keys", "world"),
    [
        ({"num_processes": 8}, 8),
        ({"num_processes": 1}, 1),
        ({"num_processes": 16, "num_machines": 2}, 16),
        ({"num_processes": 10, "num_machines": 4}, 8),
        ({"distributed_type": "FSDP", "num_processes": 4}, 4),
        ({"distributed_type": "NO"}, 1),
        ({"distributed_type": False, "num_processes": 8}, 1),
        ({"distributed_type": "DEEPSPEED", "num_processes": 4}, 4),
    ],
)
def test_world_size(keys: dict[str, object], world: int) -> None:
    """Each machine starts the whole part of its share; without a distributed type one starts."""
    assert load(**keys).plan["world_size"].value == world


@pytest.mark.parametrize(
    "keys",
    [
        {},
        {"num_processes": -1},
        {"num_processes": "$GPUS"},
        {"num_processes": 8, "num_machines": "$NODES"},
        {"num_processes": 8, "distributed_type": "XLA"},
        {"num_processes": 8, "distributed_type": "MULTI_CPU"},
        {"num_processes": 8, "distributed_type": "$KIND"},
        {"num_processes": 8, "compute_environment": "AMAZON_SAGEMAKER"},
        {"num_processes": 8, "mpirun_config": {"mpirun_hostfile": "hosts"}},
        {"num_processes": 8, "num_machines": 2, "distributed_type": "DEEPSPEED"},
    ],
)
def test_world_size_that_the_file_does_not_decide(keys: dict[str, object]) -> None:
    """TPUs, MPI, SageMaker and DeepSpeed's hostfile count elsewhere; unknown stays unknown."""
    assert load(**keys).plan["world_size"].value is None


def test_standard_launcher_of_deepspeed_counts_as_torchrun() -> None:
    """Without a hostfile the machines are those of the file."""
    section = {"deepspeed_multinode_launcher": "standard", "zero_stage": 2}
    run = load(
        distributed_type="DEEPSPEED", num_processes=16, num_machines=2, deepspeed_config=section
    )
    assert run.plan["world_size"].value == 16


def test_fewer_processes_than_machines_contradicts_itself() -> None:
    """Two processes on four machines start nowhere."""
    assert load(num_processes=2, num_machines=4).plan.contradictions


def test_facts() -> None:
    """Type, precision and the numbers as they stand are recorded."""
    run = load(num_processes=8, num_machines=2, mixed_precision="bf16")
    assert fact(run, "distributed_type") == "MULTI_GPU"
    assert fact(run, "launcher_precision") == "bf16"
    assert (fact(run, "num_processes"), fact(run, "num_machines")) == (8, 2)
    run = load(mixed_precision=False)
    assert fact(run, "launcher_precision") is False
    assert (fact(run, "num_processes"), fact(run, "num_machines")) == (-1, 1)


# What processes share.


def parallel(**sizes: object) -> dict[str, object]:
    """Build the parallelism section."""
    return {f"parallelism_config_{name}_size": size for name, size in sizes.items()}


@pytest.mark.parametrize(
    ("sizes", "ranks"),
    [
        ({}, 8),
        ({"tp": 1, "cp": 1}, 8),
        ({"tp": 2, "dp_shard": 4}, 4),
        ({"cp": 8}, 1),
        ({"tp": 2, "cp": 2, "dp_shard": 2}, 2),
        ({"tp": 2, "dp_replicate": 2, "dp_shard": 2}, 4),
        ({"sp": 2}, 4),
        ({"tp": "$TP"}, None),
    ],
)
def test_data_parallel_size(sizes: dict[str, object], ranks: int | None) -> None:
    """Tensor, context and sequence parallel ranks see the same samples."""
    run = load(distributed_type="FSDP", num_processes=8, parallelism_config=parallel(**sizes))
    assert run.plan["data_parallel_size"].value == ranks
    assert not run.plan.contradictions


@pytest.mark.parametrize(
    "sizes", [{"tp": 2, "dp_shard": 2}, {"cp": 2}, {"dp_shard": 4}, {"tp": 7}, {"cp": 16}]
)
def test_sizes_must_multiply_to_all_processes(sizes: dict[str, object]) -> None:
    """Four, two, seven or sixteen are not eight; a size that is not given is one."""
    run = load(distributed_type="FSDP", num_processes=8, parallelism_config=parallel(**sizes))
    assert run.plan.contradictions


def test_sizes_give_the_processes() -> None:
    """Where the number of processes is left to the command line, the sizes imply it."""
    section = parallel(tp=2, dp_shard=4)
    run = load(distributed_type="FSDP", num_processes=-1, parallelism_config=section)
    assert values(run, "world_size", "data_parallel_size") == [8, 4]


def test_one_process_shares_nothing() -> None:
    """Without a distributed type the script learns of no parallelism."""
    run = load(distributed_type="NO", parallelism_config=parallel(tp=2))
    assert values(run, "world_size", "data_parallel_size") == [1, 1]


def test_megatron_degrees() -> None:
    """Tensor and pipeline ranks share a model."""
    section = {"megatron_lm_tp_degree": 2, "megatron_lm_pp_degree": 2}
    run = load(distributed_type="MEGATRON_LM", num_processes=8, megatron_lm_config=section)
    assert run.plan["data_parallel_size"].value == 2


# What is refused.


@pytest.mark.parametrize(
    ("keys", "refused"),
    [
        ({"num_processes": 2}, []),
        ({"num_processes": 2, "mixed_precision": False}, ["mixed_precision"]),
        ({"num_processes": 2, "mixed_precision": "fp32"}, ["mixed_precision"]),
        ({"num_processes": 2, "mixed_precision": "bf16"}, []),
        ({"num_processes": 2, "distributed_type": "DDP"}, ["distributed_type"]),
        ({"num_processes": 2, "gpu_ids": "0"}, ["gpu_ids"]),
        ({"num_processes": 2, "gpu_ids": "0,1"}, []),
        ({"num_processes": 2, "gpu_ids": "all"}, []),
        ({"num_processes": 4, "num_machines": 2, "gpu_ids": "0"}, []),
        ({"distributed_type": False, "gpu_ids": "0"}, []),
        ({"distributed_type": "MULTI_CPU", "gpu_ids": "0"}, []),
        ({"distributed_type": "${TYPE}", "mixed_precision": "${PRECISION}"}, []),
        ({"distributed_type": "DDP", "compute_environment": "AMAZON_SAGEMAKER"}, []),
    ],
)
def test_refusals(keys: dict[str, object], refused: list[str]) -> None:
    """Values that the launcher stops at."""
    assert [each.setting.key for each in load(**keys).scenarios[0].refusals] == refused


def test_missing_type_is_refused() -> None:
    """Without a distributed type the file is not read at all."""
    text = yaml.safe_dump({"machine_rank": 0, "num_machines": 1, "num_processes": 2})
    run = schedlint.load(text=text, filename="accelerate.yaml")
    assert [each.setting.key for each in run.scenarios[0].refusals] == ["num_processes"]


def test_deepspeed_file_stands_alone() -> None:
    """What belongs into the DeepSpeed file is not said beside it, the precision included."""
    section = {"deepspeed_config_file": "ds.json", "zero_stage": 2, "zero3_init_flag": True}
    run = load(distributed_type="DEEPSPEED", deepspeed_config=section, mixed_precision="no")
    keys = [each.setting.key for each in run.scenarios[0].refusals]
    assert keys == ["deepspeed_config.zero_stage", "mixed_precision"]
    run = load(distributed_type="MULTI_GPU", deepspeed_config=section, mixed_precision="no")
    assert not run.scenarios[0].refusals


# DeepSpeed.


def test_deepspeed_section_counts_under_its_type_only() -> None:
    """Under another type the section is ignored."""
    section = {"gradient_accumulation_steps": 5, "zero_stage": 3}
    run = load(distributed_type="DEEPSPEED", num_processes=4, deepspeed_config=section)
    assert run.plan["gradient_accumulation_steps"].value == 5
    assert fact(run, "zero_stage") == 3
    run = load(num_processes=4, deepspeed_config=section)
    assert run.plan["gradient_accumulation_steps"].value is None


def test_absent_accumulation_is_the_script_s() -> None:
    """Accelerate leaves it to the script; the stage is two by default."""
    run = load(distributed_type="DEEPSPEED", num_processes=4, deepspeed_config={})
    assert run.plan["gradient_accumulation_steps"].value is None
    assert fact(run, "zero_stage") == 2


def test_named_deepspeed_file_is_read(tmp_path: Path) -> None:
    """The batch sizes of the file hold for the processes of the launcher."""
    (tmp_path / "ds.json").write_text(
        '{"train_batch_size": "auto", "train_micro_batch_size_per_gpu": 2,'
        ' "gradient_accumulation_steps": 3, "zero_optimization": {"stage": 1}}'
    )
    section = {"deepspeed_config_file": "ds.json"}
    config = {**LOCAL, "distributed_type": "DEEPSPEED", "num_processes": 4}
    path = tmp_path / "accelerate.yaml"
    path.write_text(yaml.safe_dump({**config, "deepspeed_config": section}))
    run = schedlint.load(path)
    assert values(run, "micro_batch_size", "global_batch_size") == [2, 24]
    assert fact(run, "zero_stage") == 1
    assert [auto.setting.key for auto in run.scenarios[0].automatics] == ["train_batch_size"]


@pytest.mark.parametrize(
    ("batch", "micro"),
    [
        ({"train_batch_size": 16}, 4),
        ({"train_batch_size": 16, "train_micro_batch_size_per_gpu": 4}, 4),
        ({"train_batch_size": 16, "train_micro_batch_size_per_gpu": 2}, None),
    ],
)
def test_absent_accumulation_of_the_file_is_one(
    tmp_path: Path, batch: dict[str, int], micro: int | None
) -> None:
    """Accelerate writes one into the file; DeepSpeed refuses a total that needs two."""
    (tmp_path / "ds.json").write_text(json.dumps({**batch, "zero_optimization": {"stage": 1}}))
    section = {"deepspeed_config_file": "ds.json"}
    config = {**LOCAL, "distributed_type": "DEEPSPEED", "num_processes": 4}
    path = tmp_path / "accelerate.yaml"
    path.write_text(yaml.safe_dump({**config, "deepspeed_config": section}))
    plan = schedlint.load(path).plan
    assert bool(plan.contradictions) is (micro is None)
    if micro is not None:
        assert plan["micro_batch_size"].value == micro
        assert plan["gradient_accumulation_steps"].value == 1


@pytest.mark.parametrize(
    ("kind", "file", "named"),
    [
        ("DEEPSPEED", "ds.json", ["ds.json"]),
        ("MULTI_GPU", "ds.json", []),
        ("DEEPSPEED", 3, []),
        (False, "ds.json", []),
    ],
)
def test_names(kind: object, file: object, named: list[str]) -> None:
    """Only under the type DEEPSPEED a file belongs to the run."""
    text = yaml.safe_dump(
        {"distributed_type": kind, "deepspeed_config": {"deepspeed_config_file": file}}
    )
    (document,) = read_text(text, "accelerate.yaml").documents
    assert [name.path for name in FRAMEWORK.names(document)] == named


# As the launcher of a Trainer's run.

TRAINER = {
    "output_dir": "out",
    "per_device_train_batch_size": 4,
    "gradient_accumulation_steps": 2,
    "num_train_epochs": 1,
}


def train(tmp_path: Path, keys: dict[str, object], **launch: object) -> Run:
    """Read a Trainer's config with a launch config beside it."""
    path, beside = tmp_path / "train.json", tmp_path / "accelerate.yaml"
    path.write_text(json.dumps({**TRAINER, **keys}))
    beside.write_text(yaml.safe_dump({**LOCAL, **launch}))
    return schedlint.load(path, companions=[beside], packages=["transformers==5.23.0"])


def test_launcher_gives_the_processes(tmp_path: Path) -> None:
    """Four samples, accumulated twice, on eight processes of which two share a model."""
    run = train(tmp_path, {}, num_processes=8)
    assert values(run, "world_size", "global_batch_size") == [8, 64]
    run = train(tmp_path, {}, num_processes=8, parallelism_config=parallel(tp=2, dp_shard=4))
    assert values(run, "data_parallel_size", "global_batch_size") == [4, 32]


def test_unknown_parallelism_is_not_none(tmp_path: Path) -> None:
    """A size that is not known leaves the batch open."""
    run = train(tmp_path, {}, num_processes=8, parallelism_config=parallel(tp="$TP"))
    assert values(run, "world_size", "global_batch_size") == [8, None]


@pytest.mark.parametrize(("steps", "fits"), [(2, True), (4, False), (None, True)])
def test_accumulation_must_be_the_trainer_s(tmp_path: Path, steps: int | None, fits: bool) -> None:
    """A number in the section is compared with the Trainer's; without one it is filled in."""
    section = {} if steps is None else {"gradient_accumulation_steps": steps}
    run = train(
        tmp_path, {}, distributed_type="DEEPSPEED", num_processes=2, deepspeed_config=section
    )
    assert (not run.plan.contradictions) is fits


def test_trainer_s_own_deepspeed_file_comes_first(tmp_path: Path) -> None:
    """Where the Trainer brings a DeepSpeed config, the launcher's section is not used."""
    own = {"gradient_accumulation_steps": 2, "zero_optimization": {"stage": 1}}
    section = {"gradient_accumulation_steps": 4, "zero_stage": 3}
    run = train(
        tmp_path,
        {"deepspeed": own},
        distributed_type="DEEPSPEED",
        num_processes=2,
        deepspeed_config=section,
    )
    assert not run.plan.contradictions
    assert fact(run, "zero_stage") == 1


def test_precision_of_the_launcher_is_kept_apart(tmp_path: Path) -> None:
    """The Trainer's precision counts; the launcher's is another fact."""
    run = train(tmp_path, {"bf16": False}, num_processes=2, mixed_precision="bf16")
    assert fact(run, "bf16") is False and fact(run, "launcher_precision") == "bf16"


# Real files.


def labels(shared: Path) -> list[tuple[Path, str]]:
    """Return the corpus files with their labels."""
    with (shared / "corpus/MANIFEST.csv").open(encoding="utf-8") as manifest:
        return [(shared / "corpus" / r["file"], r["label"]) for r in csv.DictReader(manifest)]


def test_corpus_is_recognised(shared: Path) -> None:
    """Every launch config is recognised as one."""
    for path, label in labels(shared):
        if label == "accelerate":
            signature = recognise(read(path).documents[0])
            assert signature is not None and signature.framework == "accelerate", path


def test_nothing_else_is_recognised(shared: Path) -> None:
    """What else is taken for a launch config has its mandatory key: it is one, mislabelled."""
    for path, label in labels(shared):
        if label == "accelerate" or b"num_processes" not in path.read_bytes():
            continue
        for document in read(path).documents:
            signature = recognise(document)
            if signature is not None and signature.framework == "accelerate":
                assert document.find("distributed_type") is not None, path
                assert document.find("num_machines") is not None, path
                assert label in ("deepspeed", "ms-swift"), path


def test_corpus_gives_the_processes(shared: Path) -> None:
    """Each launch config of one machine that counts its processes gives the world size."""
    for path, label in labels(shared):
        if label != "accelerate":
            continue
        run = schedlint.load(path)
        assert not run.plan.contradictions, path
        if run.scenarios[0].fact_is("num_processes", -1):
            assert run.plan["world_size"].value in (None, 1), path
        else:
            assert run.plan["world_size"].value is not None, path
            assert run.plan["data_parallel_size"].value is not None, path
        assert fact(run, "distributed_type") is not UNKNOWN
