"""What the launcher's file is refused for, alone and with a Trainer's; what comes to nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

import schedlint
from schedlint.run import Run

LOCAL = {"compute_environment": "LOCAL_MACHINE", "main_training_function": "main"}
PACKAGES = ("accelerate==1.15.0", "transformers==5.23.0")


def load(kind: object, version: str = "1.15.0", **keys: object) -> Run:
    """Read a launch config that stands alone."""
    text = yaml.safe_dump({**LOCAL, "distributed_type": kind, "num_processes": 8, **keys})
    packages = (f"accelerate=={version}",)
    return schedlint.load(text=text, filename="accelerate.yaml", packages=packages)


def refused(run: Run) -> list[str]:
    """The keys of what is refused, in one class of versions."""
    (scenario,) = run.scenarios
    return [each.setting.key for each in scenario.refusals]


def ineffective(run: Run) -> dict[str, str]:
    """What has no effect: the fact and its line."""
    (scenario,) = run.scenarios
    facts = scenario.reading.facts
    names = ("unused_", "left_out_")
    return {name: fact.text for name, fact in facts.items() if name.startswith(names)}


@pytest.mark.parametrize(
    ("section", "keys"),
    [
        ({"cpu_ram_efficient_loading": True, "sync_module_states": False}, ["sync_module_states"]),
        ({"cpu_ram_efficient_loading": True}, []),
        ({"cpu_ram_efficient_loading": False, "sync_module_states": False}, []),
        ({"auto_wrap_policy": "TRANSFORMER_WRAP"}, ["auto_wrap_policy"]),
        ({"auto_wrap_policy": "transformer_based_wrap"}, []),
        ({"auto_wrap_policy": "${POLICY}"}, []),
        ({"backward_prefetch": "PRE"}, ["backward_prefetch"]),
        ({"backward_prefetch": "BACKWARD_PRE"}, []),
        ({"state_dict_type": "FULL"}, ["state_dict_type"]),
        ({"state_dict_type": "LOCAL_STATE_DICT"}, []),
        ({"state_dict_type": "LOCAL_STATE_DICT", "version": 2}, ["state_dict_type"]),
        ({"sharding_strategy": "FULL"}, ["sharding_strategy"]),
        ({"sharding_strategy": "FULL", "version": 2}, []),
        ({"sharding_strategy": 1}, []),
        ({"sharding_strategy": "_HYBRID_SHARD_ZERO2"}, []),
        ({"reshard_after_forward": "FULL_SHARD"}, []),
        ({"reshard_after_forward": "FULL_SHARD", "version": 2}, ["reshard_after_forward"]),
        ({"reshard_after_forward": "no", "version": 2}, []),
        (
            {"activation_checkpointing_offload": True, "version": 2},
            ["activation_checkpointing_offload"],
        ),
        (
            {"activation_checkpointing_offload": True, "activation_checkpointing": True},
            ["activation_checkpointing_offload"],
        ),
        (
            {
                "activation_checkpointing_offload": True,
                "activation_checkpointing": True,
                "version": 2,
            },
            [],
        ),
    ],
)
def test_fsdp(section: dict[str, object], keys: list[str]) -> None:
    """Options may stand with or without their prefix, and count under their type only."""
    long = {f"fsdp_{name}": value for name, value in section.items()}
    assert refused(load("FSDP", fsdp_config=section)) == [f"fsdp_config.{key}" for key in keys]
    assert refused(load("FSDP", fsdp_config=long)) == [f"fsdp_config.fsdp_{key}" for key in keys]
    assert refused(load("MULTI_GPU", fsdp_config=long)) == []


def sizes(**given: object) -> dict[str, object]:
    """The sizes of the section, as its keys are written."""
    return {f"parallelism_config_{name}": value for name, value in given.items()}


@pytest.mark.parametrize(
    ("given", "keys"),
    [
        ({"tp_size": 2, "dp_shard_size": 4}, []),
        ({"cp_size": 2, "sp_size": 2, "dp_shard_size": 2}, ["sp_size"]),
        ({"tp_size": 2, "dp_replicate_size": 4}, ["dp_replicate_size"]),
        ({"tp_size": 2, "dp_replicate_size": 2, "dp_shard_size": 2}, []),
        ({"cp_backend": "ring"}, ["cp_backend"]),
        ({"sp_backend": "deepspeed"}, []),
        ({"sp_backend": "torch"}, ["sp_backend"]),
    ],
)
def test_parallelism(given: dict[str, object], keys: list[str]) -> None:
    """What excludes each other."""
    run = load("FSDP", parallelism_config=sizes(**given))
    assert refused(run) == [f"parallelism_config.parallelism_config_{key}" for key in keys]


@pytest.mark.parametrize(
    ("version", "given", "keys"),
    [
        (2, {"tp_size": 8}, ["parallelism_config"]),
        (1, {"tp_size": 8}, []),
        (2, {"cp_size": 8}, []),
        (2, {"dp_shard_size": 8}, []),
        (2, {"tp_size": 1}, []),
    ],
)
def test_fsdp_needs_something_to_shard_over(
    version: int, given: dict[str, object], keys: list[str]
) -> None:
    """Version 2 does, since 1.15."""
    config: dict[str, Any] = {
        "fsdp_config": {"fsdp_version": version},
        "parallelism_config": sizes(**given),
    }
    assert refused(load("FSDP", **config)) == keys
    assert refused(load("FSDP", "1.14.0", **config)) == []


@pytest.mark.parametrize(
    ("section", "keys"),
    [
        ({"zero_stage": 4}, ["zero_stage"]),
        ({"zero_stage": "auto"}, ["zero_stage"]),
        ({"zero_stage": "3"}, []),
        ({"offload_optimizer_device": "gpu"}, ["offload_optimizer_device"]),
        ({"offload_optimizer_device": "CPU"}, []),
    ],
)
def test_deepspeed_section(section: dict[str, object], keys: list[str]) -> None:
    """It becomes a DeepSpeed config, whose models check it."""
    run = load("DEEPSPEED", deepspeed_config=section)
    assert refused(run) == [f"deepspeed_config.{key}" for key in keys]
    assert refused(load("MULTI_GPU", deepspeed_config=section)) == []


# What comes to nothing.

SHARDED = {"zero_stage": 3}


@pytest.mark.parametrize(
    ("kind", "keys", "found"),
    [
        ("MULTI_GPU", {"deepspeed_config": SHARDED}, {"unused_sharding": "deepspeed_config: {…}"}),
        ("MULTI_GPU", {"deepspeed_config": {}}, {}),
        ("DEEPSPEED", {"deepspeed_config": SHARDED}, {}),
        ("${TYPE}", {"deepspeed_config": SHARDED}, {}),
        (
            "DEEPSPEED",
            {"fsdp_config": {"fsdp_version": 2}},
            {"unused_sharding": "fsdp_config: {…}"},
        ),
        (
            "DEEPSPEED",
            {"deepspeed_config": {"zero_stage": 2, "offload_param_device": "cpu"}},
            {"unused_offload": "deepspeed_config.offload_param_device: cpu"},
        ),
        (
            "DEEPSPEED",
            {"deepspeed_config": {"zero_stage": 3, "offload_param_device": "cpu"}},
            {},
        ),
        (
            "DEEPSPEED",
            {
                "deepspeed_config": {
                    **SHARDED,
                    "offload_param_device": "nvme",
                    "offload_param_nvme_path": "/nvme",
                }
            },
            {"unused_offload": "deepspeed_config.offload_param_nvme_path: /nvme"},
        ),
        ("NO", {}, {"left_out_processes": "num_processes: 8"}),
        ("MULTI_GPU", {"num_machines": 3}, {"left_out_processes": "num_processes: 8"}),
        ("MULTI_GPU", {"num_machines": 2}, {}),
        ("MULTI_CPU", {"num_machines": 3}, {}),
        ("DEEPSPEED", {"num_machines": 3}, {}),  # the hostfile counts
    ],
)
def test_what_has_no_effect(kind: object, keys: dict[str, Any], found: dict[str, str]) -> None:
    """Sections of another type, offloads that do not happen, processes that do not start."""
    assert ineffective(load(kind, **keys)) == found


# Beside a Trainer's file.

TRAINER = {"output_dir": "out", "per_device_train_batch_size": 8}


def run(folder: Path, trainer: dict[str, Any], launcher: dict[str, Any]) -> Run:
    """Read both files of a run."""
    paths = [folder / "train.yaml", folder / "accelerate.yaml"]
    for path, keys in zip(paths, ({**TRAINER, **trainer}, {**LOCAL, **launcher}), strict=True):
        path.write_text(yaml.safe_dump(keys))
    return schedlint.load(paths[0], packages=PACKAGES, companions=paths[1:])


def launch(kind: str, precision: str | None = None, **section: object) -> dict[str, Any]:
    """A launcher's file."""
    given = {"mixed_precision": precision} if precision else {}
    engine = {"deepspeed_config": section} if section else {}
    return {"distributed_type": kind, "num_processes": 8, **given, **engine}


MIXED = {"unused_precision": "mixed_precision: fp16"}


@pytest.mark.parametrize(
    ("trainer", "launcher", "keys", "found"),
    [
        ({"bf16": True}, launch("MULTI_GPU", "fp16"), [], MIXED),
        ({"bf16": True}, launch("DEEPSPEED", "fp16", zero_stage=2), [], MIXED),
        ({"bf16": True}, launch("MULTI_GPU", "bf16"), [], {}),
        ({"bf16": True}, launch("MULTI_GPU", "no"), [], {}),
        ({"bf16": True}, launch("MULTI_GPU"), [], {}),
        ({"bf16": "${HALF}"}, launch("MULTI_GPU", "fp16"), [], {}),
        ({}, launch("MULTI_GPU", "bf16"), [], {}),
        ({"bf16": False}, launch("MULTI_GPU", "bf16"), [], {"unused_precision": "bf16: false"}),
        ({"bf16": False}, launch("MULTI_GPU", "no"), [], {}),
        ({}, launch("DEEPSPEED", "bf16", zero_stage=2), ["mixed_precision"], {}),
        ({}, launch("DEEPSPEED", "no", zero_stage=2), [], {}),
        ({"bf16": True}, launch("DEEPSPEED", "bf16", zero_stage=2), [], {}),
        ({"bf16_full_eval": True}, launch("DEEPSPEED", "bf16", zero_stage=2), [], {}),
    ],
)
def test_precision(
    tmp_path: Path,
    trainer: dict[str, Any],
    launcher: dict[str, Any],
    keys: list[str],
    found: dict[str, str],
) -> None:
    """The Trainer's half type counts; with DeepSpeed, one of the launcher alone is refused."""
    both = run(tmp_path, trainer, launcher)
    assert refused(both) == keys
    assert ineffective(both) == found


@pytest.mark.parametrize(
    ("clipping", "norm", "fits"),
    [(1.0, None, True), (0.5, None, False), (0.5, 0.5, True), ("auto", 0.5, True), (0, 0.5, True)],
)
def test_clipping(tmp_path: Path, clipping: object, norm: float | None, fits: bool) -> None:
    """The launcher's norm must be the Trainer's."""
    trainer = {} if norm is None else {"max_grad_norm": norm}
    launcher = launch("DEEPSPEED", gradient_clipping=clipping)
    both = run(tmp_path, trainer, launcher)
    assert (not both.plan.contradictions) is fits


DS_FILE = '{"zero_optimization": {"stage": 2}, "train_batch_size": "auto"}'


def test_trainer_s_deepspeed_file_stands_alone(tmp_path: Path) -> None:
    """Beside it the launcher's section may not say what belongs into it."""
    (tmp_path / "ds.json").write_text(DS_FILE)
    own = {"deepspeed": "ds.json"}
    both = run(tmp_path, own, launch("DEEPSPEED", "no", zero_stage=2, zero3_init_flag=False))
    assert refused(both) == ["deepspeed_config.zero_stage", "mixed_precision"]
    both = run(tmp_path, own, launch("DEEPSPEED", zero3_init_flag=False))
    assert refused(both) == []
    both = run(tmp_path, own, launch("MULTI_GPU", "no"))
    assert refused(both) == []


def test_launcher_s_deepspeed_file_is_held_against_the_trainer(tmp_path: Path) -> None:
    """As one that the Trainer names itself."""
    (tmp_path / "ds.json").write_text(DS_FILE.replace("{", '{"fp16": {"enabled": true}, ', 1))
    launcher = launch("DEEPSPEED", deepspeed_config_file="ds.json")
    assert refused(run(tmp_path, {"bf16": True}, launcher)) == ["fp16.enabled"]
    assert refused(run(tmp_path, {"fp16": True}, launcher)) == []


def test_processes_that_trl_hands_on_itself(tmp_path: Path) -> None:
    """A number of its own takes the place of the launcher's."""
    launcher = {**launch("MULTI_GPU"), "num_machines": 3}
    assert "left_out_processes" in ineffective(run(tmp_path, {}, launcher))
    assert ineffective(run(tmp_path, {"num_processes": 6}, launcher)) == {}
