"""DeepSpeed's JSON on its own, and as the file that a Trainer's config names."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import schedlint
from schedlint.frameworks.deepspeed.elasticity import choose
from schedlint.frameworks.signatures import recognise
from schedlint.run import Run
from schedlint.source import UNKNOWN, read

ZERO = {"zero_optimization": {"stage": 2}}
MISLABELLED = {
    # Launch configs of accelerate, written as JSON.
    "modelscope+ms-swift/examples/ascend/train/qwen3_5/fsdp2.json",
    "modelscope+ms-swift/examples/ascend/train/qwen3_8/qwen3_8_27b_fsdp2.json",
    "modelscope+ms-swift/examples/train/multi-gpu/fsdp2_lora/fsdp2.json",
    "modelscope+ms-swift/examples/train/multi-gpu/fsdp_qlora/fsdp_offload.json",
    # Arguments of a trainer; and the FSDP part of such arguments.
    "modelscope+ms-swift/examples/yaml/deepspeed/sft.json",
    "modelscope+ms-swift/swift/config/fsdp2.json",
}
"""Corpus files that lie in a folder of DeepSpeed configs and are none."""


def load(config: dict[str, Any], *, packages: tuple[str, ...] = (), **assume: int) -> Run:
    """Read a DeepSpeed config that stands alone."""
    return schedlint.load(
        text=json.dumps({**ZERO, **config}),
        filename="ds_config.json",
        assume=assume,
        packages=packages,
    )


def values(run: Run, *names: str) -> list[object]:
    """Return the values of some quantities."""
    return [run.plan[name].value for name in names]


def fact(run: Run, name: str) -> object:
    """Return the value of a fact that must be there."""
    found = run.scenarios[0].fact(name)
    assert found is not None
    return found.value


def triple(run: Run) -> list[object]:
    """Return train batch, micro batch and accumulation."""
    return values(run, "global_batch_size", "micro_batch_size", "gradient_accumulation_steps")


def schedule(kind: str, **params: object) -> dict[str, Any]:
    """Build a config with a schedule."""
    scheduler = {"type": kind, "params": params}
    return {"train_micro_batch_size_per_gpu": 4, "scheduler": scheduler}


# The batch sizes.


@given(st.integers(1, 64), st.integers(1, 64), st.integers(1, 64), st.data())
def test_any_given_numbers_lead_to_the_same_triple(
    micro: int, steps: int, ranks: int, data: st.DataObject
) -> None:
    """Whichever numbers of a consistent triple are given, the others follow as in DeepSpeed."""
    total = micro * steps * ranks
    keys = {
        "train_batch_size": total,
        "train_micro_batch_size_per_gpu": micro,
        "gradient_accumulation_steps": steps,
    }
    pairs = [name for name in keys if data.draw(st.booleans(), label=name)]
    given_numbers = {name: keys[name] for name in pairs} if len(pairs) > 1 else keys
    assert triple(load(given_numbers, world_size=ranks)) == [total, micro, steps]


def test_one_number_alone_means_no_accumulation() -> None:
    """With the total or the micro batch alone DeepSpeed accumulates nothing."""
    assert triple(load({"train_batch_size": 32}, world_size=4)) == [32, 8, 1]
    assert triple(load({"train_micro_batch_size_per_gpu": 8}, world_size=4)) == [32, 8, 1]


def test_null_counts_as_not_given() -> None:
    """Null beside the total leaves the total alone."""
    config = {"train_batch_size": 32, "gradient_accumulation_steps": None}
    assert triple(load(config, world_size=2)) == [32, 16, 1]


def test_accumulation_alone_gives_no_batch() -> None:
    """Nothing is made up where neither total nor micro batch is given."""
    run = load({"gradient_accumulation_steps": 4}, world_size=2)
    assert triple(run) == [None, None, 4]


def test_auto_is_not_known() -> None:
    """A file with an auto is somebody else's to fill: no accumulation is assumed."""
    run = load({"train_micro_batch_size_per_gpu": 8, "bf16": {"enabled": "auto"}}, world_size=2)
    assert triple(run) == [None, 8, None]
    run = load({"train_batch_size": "auto", "train_micro_batch_size_per_gpu": "auto"}, world_size=2)
    assert triple(run) == [None, None, None]


def test_quoted_number_claims_nothing() -> None:
    """Text is no number to DeepSpeed: it is recorded as a misreading."""
    run = load({"train_batch_size": "32"}, world_size=2)
    assert run.plan["global_batch_size"].value is None
    (misreading,) = run.scenarios[0].misreadings
    assert misreading.setting.key == "train_batch_size"


@pytest.mark.parametrize(
    ("config", "ranks"),
    [
        ({"train_batch_size": 100, "train_micro_batch_size_per_gpu": 8}, 4),
        ({"train_batch_size": 8, "gradient_accumulation_steps": 16}, 1),
        ({"train_batch_size": 4}, 8),
        ({"train_batch_size": 33.0}, 2),
        ({"train_micro_batch_size_per_gpu": 0}, 2),
        (
            {
                "train_batch_size": 32,
                "train_micro_batch_size_per_gpu": 4,
                "gradient_accumulation_steps": 4,
            },
            8,
        ),
    ],
)
def test_what_the_batch_assertion_refuses_contradicts_itself(
    config: dict[str, Any], ranks: int
) -> None:
    """Each remainder, zero and wrong product is a contradiction."""
    assert load(config, world_size=ranks).plan.contradictions


def test_remainder_is_proved_by_two_lines() -> None:
    """The proof of an indivisible total is its division."""
    run = load({"train_batch_size": 100, "train_micro_batch_size_per_gpu": 8}, world_size=4)
    (contradiction,) = run.plan.contradictions
    assert [step.text for step in contradiction.because] == [
        "train_batch_size: 100",
        "train_micro_batch_size_per_gpu: 8",
        "100 / 8",
    ]


# Ranks.


def test_sequence_parallel_ranks_see_the_same_samples() -> None:
    """Eight processes in pairs are four ranks."""
    config = {"train_micro_batch_size_per_gpu": 4, "sequence_parallel_size": 2}
    run = load(config, world_size=8)
    assert values(run, "data_parallel_size", "global_batch_size") == [4, 16]


def test_sequence_parallelism_that_leaves_a_rest_contradicts_itself() -> None:
    """Eight processes in groups of three are no whole number of ranks."""
    config = {"train_micro_batch_size_per_gpu": 4, "sequence_parallel_size": 3}
    assert load(config, world_size=8).plan.contradictions


def test_stated_mesh_gives_the_processes() -> None:
    """Both sizes together are the mesh that DeepSpeed sets up: four by two."""
    config = {
        "train_micro_batch_size_per_gpu": 4,
        "sequence_parallel_size": 2,
        "data_parallel_size": 4,
    }
    assert values(load(config), "world_size", "global_batch_size") == [8, 16]


def test_tensor_parallelism_leaves_the_batch_open() -> None:
    """DeepSpeed's count of the ranks ignores tensor parallelism: nothing is claimed then."""
    config = {"train_micro_batch_size_per_gpu": 4, "tensor_parallel": {"autotp_size": 2}}
    run = load(config, world_size=8)
    assert values(run, "data_parallel_size", "global_batch_size") == [None, None]


# Elasticity.


def elastic(**changes: object) -> dict[str, Any]:
    """Build the section of the worked example, changed."""
    section = {
        "enabled": True,
        "max_train_batch_size": 2000,
        "micro_batch_sizes": [3, 5],
        "max_gpus": 8,
        "version": 0.1,
    }
    return {"elasticity": {**section, **changes}}


def test_elasticity_chooses_the_batch_size() -> None:
    """1800 of at most 2000, whatever the ranks; on eight of them 45 times five."""
    assert triple(load(elastic())) == [1800, None, None]
    assert triple(load(elastic(), world_size=8)) == [1800, 5, 45]


@pytest.mark.parametrize(
    "changes",
    [
        {"version": 0.2},
        {"enabled": "perhaps"},
        {"micro_batch_sizes": [3, "auto"]},
        {"micro_batch_sizes": []},
        {"micro_batch_sizes": [1999, 2000]},
        {"max_train_batch_size": "auto"},
        {"max_gpus": "auto"},
        {"min_gpus": 3000, "max_gpus": 4000},
    ],
)
def test_elasticity_claims_nothing_uncertain(changes: dict[str, object]) -> None:
    """Other versions of the choice, unknown parts and an empty choice claim nothing."""
    assert triple(load(elastic(**changes))) == [None, None, None]


def test_batch_keys_beside_elasticity_do_not_count() -> None:
    """Elasticity takes the keys over."""
    config = {**elastic(), "train_batch_size": 1000}
    assert load(config).plan["global_batch_size"].value == 1800


def test_elasticity_that_is_off_changes_nothing() -> None:
    """A section that is not enabled leaves the keys alone."""
    config = {**elastic(enabled=False), "train_batch_size": 1000}
    assert load(config).plan["global_batch_size"].value == 1000


@given(
    st.lists(st.integers(1, 6), min_size=1, max_size=3),
    st.integers(60, 400),
    st.integers(1, 4),
    st.integers(4, 50),
    st.booleans(),
)
def test_choice_is_the_best_candidate(
    micro_batches: list[int], limit: int, least: int, most: int, larger: bool
) -> None:
    """No multiple of a base within the limit by a listed factor allows more numbers of ranks."""

    def allowed(size: int) -> int:
        ranks = range(least, most + 1)
        return sum(any(size % (micro * n) == 0 for micro in micro_batches) for n in ranks)

    chosen = choose(tuple(micro_batches), limit, least, most, larger=larger)
    assert chosen.batch_size <= limit
    assert len(chosen.ranks) == allowed(chosen.batch_size) or not chosen.ranks
    for micro in micro_batches:
        factor = max(
            f for f in (1, 2, 4, 6, 12, 24, 36, 48, 60, 120, 180, 240, 360) if f * micro <= limit
        )
        assert len(chosen.ranks) >= allowed(factor * micro) or factor * micro == limit


@pytest.mark.parametrize(
    ("micro_batches", "limit", "least", "most", "size", "ranks"),
    [
        ((2, 4, 6), 2000, 1, 10000, 1680, 32),
        ((4,), 100, 1, 3, 96, 3),
        ((7, 9), 500, 2, 40, 420, 10),
        ((8, 12, 16, 17), 10000, 32, 1500, 9792, 23),
    ],
)
def test_choice_is_deepspeed_s(
    micro_batches: tuple[int, ...], limit: int, least: int, most: int, size: int, ranks: int
) -> None:
    """Batch size and count of ranks as `_get_compatible_gpus_v01` of 0.19.6 returned them."""
    chosen = choose(micro_batches, limit, least, most, larger=True)
    assert (chosen.batch_size, len(chosen.ranks)) == (size, ranks)


# Schedules.


@pytest.mark.parametrize("kind", ["WarmupLR", "WarmupDecayLR", "WarmupCosineLR"])
@pytest.mark.parametrize(("asked", "steps"), [(None, 1000), (1, 2), (2, 2), (50, 50)])
def test_warmup(kind: str, asked: int | None, steps: int) -> None:
    """The default is 1000 steps, and two are the least."""
    params = {} if asked is None else {"warmup_num_steps": asked}
    run = load(schedule(kind, **params))
    assert run.plan["warmup_steps"].value == steps
    assert fact(run, "scheduler") == kind


def test_warmup_of_none_depends_on_the_version() -> None:
    """Zero was taken for two before 0.19.3 and is refused since."""
    config = schedule("WarmupLR", warmup_num_steps=0)
    old = load(config, packages=("deepspeed==0.19.2",))
    assert old.plan["warmup_steps"].value == 2 and not old.plan.contradictions
    assert load(config, packages=("deepspeed==0.19.3",)).plan.contradictions
    assert len(load(config).scenarios) == 2


def test_versions_are_asked_for_only_where_they_matter() -> None:
    """A warm-up of ten is the same in all versions."""
    assert len(load(schedule("WarmupLR", warmup_num_steps=10)).scenarios) == 1


def test_horizon_is_stated() -> None:
    """The decaying schedules end at total_num_steps; WarmupLR has no end."""
    for kind in ("WarmupDecayLR", "WarmupCosineLR"):
        assert load(schedule(kind, total_num_steps=20)).plan["decay_steps"].value == 20
    assert load(schedule("WarmupLR", total_num_steps=20)).plan["decay_steps"].value is None


def test_unknown_schedule_parameters_claim_nothing() -> None:
    """An auto leaves warm-up and horizon open."""
    run = load(schedule("WarmupDecayLR", warmup_num_steps="auto", total_num_steps="auto"))
    assert values(run, "warmup_steps", "decay_steps") == [None, None]


def test_one_cycle_rises_and_falls() -> None:
    """The first half warms up; both halves are the horizon, where nothing decays after them."""
    run = load(schedule("OneCycle", cycle_first_step_size=100))
    assert values(run, "warmup_steps", "decay_steps") == [100, 200]
    run = load(schedule("OneCycle", cycle_first_step_size=100, cycle_second_step_size=300))
    assert values(run, "warmup_steps", "decay_steps") == [100, 400]
    run = load(schedule("OneCycle"))
    assert values(run, "warmup_steps", "decay_steps") == [2000, 4000]


def test_one_cycle_that_goes_on_decaying_has_no_horizon() -> None:
    """A decay after the cycle never ends."""
    params = {"cycle_first_step_size": 100, "decay_step_size": 10, "decay_lr_rate": 0.1}
    run = load(schedule("OneCycle", **params))
    assert values(run, "warmup_steps", "decay_steps") == [100, None]


def test_schedule_of_torch_is_only_named() -> None:
    """Whatever else the schedule is, its numbers are not DeepSpeed's."""
    run = load(schedule("StepLR", step_size=10))
    assert fact(run, "scheduler") == "StepLR"
    assert values(run, "warmup_steps", "decay_steps") == [None, None]


def test_without_a_schedule_there_is_no_fact() -> None:
    """The script may bring its own."""
    assert load({"train_batch_size": 8}).scenarios[0].fact("scheduler") is None


# Facts.


def test_facts() -> None:
    """Precision, stage, clipping, loader and log interval are recorded."""
    run = load(
        {
            "train_batch_size": 8,
            "bf16": {"enabled": True},
            "gradient_clipping": 0.5,
            "dataloader_drop_last": True,
            "steps_per_print": 10,
        }
    )
    assert fact(run, "bf16") is True and fact(run, "fp16") is False
    assert fact(run, "zero_stage") == 2 and fact(run, "gradient_clipping") == 0.5
    assert fact(run, "drop_last") is True
    assert run.plan["log_interval"].value == 10


@pytest.mark.parametrize(
    ("section", "stage"), [(True, 1), (False, 0), ({}, 0), ({"stage": 3}, 3), (None, None)]
)
def test_zero_stage(section: object, stage: int | None) -> None:
    """The old true is stage one; an empty section is stage zero; without one there is none."""
    run = load({"train_batch_size": 8, "steps_per_print": 1, "zero_optimization": section})
    assert fact(run, "zero_stage") == stage


def test_every_auto_is_recorded_with_what_fills_it() -> None:
    """Transformers, accelerate or the model fill some; nothing fills the others."""
    run = load(
        {
            "train_batch_size": "auto",
            "zero_optimization": {"stage": "auto", "reduce_bucket_size": "auto"},
            "optimizer": {"type": "AdamW", "params": {"lr": "auto", "torch_adam": "auto"}},
        }
    )
    found = {auto.setting.key: auto.filled_by for auto in run.scenarios[0].automatics}
    assert found == {
        "train_batch_size": "per_device_train_batch_size",
        "zero_optimization.stage": "zero_stage",
        "zero_optimization.reduce_bucket_size": "the model's hidden_size",
        "optimizer.params.lr": "learning_rate",
        "optimizer.params.torch_adam": None,
    }


def test_unknown_precision() -> None:
    """An auto in the precision is not known."""
    run = load({"train_batch_size": 8, "fp16": {"enabled": "auto"}})
    assert fact(run, "fp16") is UNKNOWN


def test_comments_are_read_as_deepspeed_reads_them() -> None:
    """Comments and trailing commas are read, and kept as deviations for strict readers."""
    text = '{\n  // batch\n  "train_micro_batch_size_per_gpu": 4,\n  "zero_optimization": {},\n}'
    run = schedlint.load(text=text, filename="ds.json", assume={"world_size": 2})
    assert run.plan["global_batch_size"].value == 8
    assert [d.what for d in run.document.file.deviations] == ["a comment", "a trailing comma"]


# What is refused.


def refused(run: Run) -> list[str]:
    """Return the keys of what is refused."""
    return [each.setting.key for each in run.scenarios[0].refusals]


@pytest.mark.parametrize(
    ("config", "keys"),
    [
        ({"zero_optimization": {"stage": 4}}, ["zero_optimization.stage"]),
        ({"zero_optimization": {"stage": "auto"}}, []),
        (
            {"zero_optimization": {"stage": 2, "offload_optimizer": {"device": "gpu"}}},
            ["zero_optimization.offload_optimizer.device"],
        ),
        ({"zero_optimization": {"stage": 3, "offload_param": {"device": "nvme"}}}, []),
        (schedule("WarmupLR", total_num_steps=30), ["scheduler.params.total_num_steps"]),
        (schedule("WarmupCosineLR", warmup_max_lr=1.0), ["scheduler.params.warmup_max_lr"]),
        (schedule("WarmupDecayLR", warmup_steps=5), ["scheduler.params.warmup_steps"]),
        (schedule("WarmupLR", warmup_num_steps=None), ["scheduler.params.warmup_num_steps"]),
        (schedule("WarmupDecayLR", warmup_max_lr=1.0), []),
        (schedule("StepLR", anything=1), []),
    ],
)
def test_refusals(config: dict[str, Any], keys: list[str]) -> None:
    """Stages, devices and parameters that do not exist; a script may add what is missing."""
    assert refused(load({"train_batch_size": 8, **config})) == keys


def test_gone_sections_depend_on_the_version() -> None:
    """The old sections are refused from two releases on, the others never."""
    config = {"train_batch_size": 8, "amp": {"enabled": False}, "nebula": {"enabled": False}}
    for version, gone in (("0.19.6", []), ("0.19.7", ["nebula"]), ("0.19.8", ["nebula", "amp"])):
        run = load(config, packages=(f"deepspeed=={version}",))
        assert [setting.key for setting, _ in run.scenarios[0].gone_keys] == gone


# As a part of a Trainer's run.

TRAINER = {
    "output_dir": "out",
    "per_device_train_batch_size": 8,
    "gradient_accumulation_steps": 2,
    "max_steps": 100,
    "learning_rate": 1e-4,
}


def train(deepspeed: dict[str, Any], *, packages: tuple[str, ...] = (), **keys: object) -> Run:
    """Read a Trainer's config of 100 steps on four processes with a DeepSpeed section in it."""
    config = {**TRAINER, **keys, "deepspeed": {**ZERO, **deepspeed}}
    return schedlint.load(
        text=json.dumps(config),
        filename="train.json",
        assume={"world_size": 4},
        packages=("transformers==5.23.0", *packages),
    )


def test_auto_takes_the_numbers_of_the_trainer() -> None:
    """All of it auto: the Trainer's plan stands."""
    keys = ("train_batch_size", "train_micro_batch_size_per_gpu", "gradient_accumulation_steps")
    run = train(dict.fromkeys(keys, "auto"))
    assert triple(run) == [64, 8, 2] and not run.plan.contradictions
    assert {auto.setting.key for auto in run.scenarios[0].automatics} == set(keys)


@pytest.mark.parametrize(
    ("key", "right", "wrong"),
    [
        ("train_batch_size", 64, 32),
        ("train_micro_batch_size_per_gpu", 8, 4),
        ("gradient_accumulation_steps", 2, 1),
        ("gradient_clipping", 1.0, 0.5),
    ],
)
def test_numbers_must_be_those_of_the_trainer(key: str, right: float, wrong: float) -> None:
    """What transformers compares is compared."""
    rest = {"gradient_accumulation_steps": "auto"}
    assert not train({**rest, key: right}).plan.contradictions
    assert train({**rest, key: wrong}).plan.contradictions


@pytest.mark.parametrize(
    ("params", "fits"),
    [
        ({"lr": 1e-4, "eps": 1e-8, "weight_decay": 0}, True),
        ({"lr": 1e-3}, False),
        ({"eps": 1e-6}, False),
        ({"weight_decay": 0.1}, False),
        ({"lr": "auto"}, True),
        ({}, True),
    ],
)
def test_optimizer_must_be_that_of_the_trainer(params: dict[str, object], fits: bool) -> None:
    """The optimizer's numbers are compared with the Trainer's keys, or with its defaults."""
    config = {
        "gradient_accumulation_steps": "auto",
        "optimizer": {"type": "AdamW", "params": params},
    }
    assert (not train(config).plan.contradictions) is fits


def test_default_learning_rate_is_not_compared() -> None:
    """It is another one in each trainer."""
    optimizer = {"type": "AdamW", "params": {"lr": 1e-3}}
    run = train({"gradient_accumulation_steps": "auto", "optimizer": optimizer}, learning_rate=None)
    assert not run.plan.contradictions


def test_tried_batch_sizes_are_not_compared() -> None:
    """auto_find_batch_size: the file's batch sizes are not what runs."""
    config = {"train_micro_batch_size_per_gpu": 4, "gradient_accumulation_steps": "auto"}
    run = train(config, auto_find_batch_size=True)
    assert not run.plan.contradictions


def test_absent_accumulation_leaves_the_batch_open() -> None:
    """Accelerate writes one into the file: how many samples a step takes is not certain."""
    run = train({"train_micro_batch_size_per_gpu": "auto"})
    assert run.plan["global_batch_size"].value is None
    assert run.plan["total_steps"].value == 100
    run = train({"train_micro_batch_size_per_gpu": "auto"}, gradient_accumulation_steps=1)
    assert run.plan["global_batch_size"].value == 32


@pytest.mark.parametrize(
    ("batch", "steps", "fits"),
    [
        ({"train_batch_size": "auto", "train_micro_batch_size_per_gpu": "auto"}, 2, False),
        ({"train_batch_size": 64, "train_micro_batch_size_per_gpu": 8}, 2, False),
        ({"train_batch_size": "auto", "train_micro_batch_size_per_gpu": "auto"}, 1, True),
        ({"train_batch_size": "auto"}, 2, True),
        ({"train_batch_size": "auto", "train_micro_batch_size_per_gpu": None}, 2, True),
    ],
)
def test_both_batch_sizes_need_the_accumulation(
    batch: dict[str, object], steps: int, fits: bool
) -> None:
    """DeepSpeed multiplies both with the one that accelerate writes, and refuses the product."""
    run = train(batch, gradient_accumulation_steps=steps)
    assert bool(run.plan.contradictions) is not fits


@pytest.mark.parametrize(
    ("section", "keys"),
    [
        ({"zero_optimization": {}, "train_batch_size": "auto"}, []),
        ({"train_batch_size": "auto"}, ["deepspeed"]),
        ({"zero_optimization": {}, "gradient_accumulation_steps": "auto"}, ["deepspeed"]),
        (
            {"zero_optimization": {}, **schedule("WarmupDecayLR", warmup_num_steps="auto")},
            ["scheduler.type"],
        ),
    ],
)
def test_trainer_refuses_what_the_file_leaves_out(section: dict[str, Any], keys: list[str]) -> None:
    """Nothing fills in a section, a batch size or a horizon that is not there."""
    text = json.dumps({**TRAINER, "deepspeed": section})
    assert refused(schedlint.load(text=text, filename="train.json")) == keys


def test_tensor_parallelism_of_the_file() -> None:
    """Two processes share a model: two ranks, while transformers compares all four processes."""
    config = {
        "tensor_parallel": {"autotp_size": 2},
        "train_batch_size": 64,
        "gradient_accumulation_steps": "auto",
    }
    run = train(config)
    assert values(run, "data_parallel_size", "global_batch_size") == [2, 32]
    assert not run.plan.contradictions


def decaying(**params: object) -> dict[str, Any]:
    """Build a DeepSpeed section with a decaying schedule."""
    scheduler = {"type": "WarmupDecayLR", "params": params}
    return {"gradient_accumulation_steps": "auto", "scheduler": scheduler}


AUTO = {"warmup_num_steps": "auto", "total_num_steps": "auto"}


def test_schedule_of_the_file_takes_the_place_of_the_trainer_s() -> None:
    """The Trainer's schedule is not used; its warm-up and steps fill the file's."""
    run = train(decaying(**AUTO), lr_scheduler_type="constant", warmup_steps=10)
    assert values(run, "warmup_steps", "decay_steps") == [10, 100]
    assert fact(run, "scheduler") == "WarmupDecayLR"
    assert run.scenarios[0].fact("warmup_ignored") is None


@pytest.mark.parametrize("version", ["4.57.6", "5.23.0"])
def test_no_warmup_is_filled_in_as_two_steps(version: str) -> None:
    """DeepSpeed warms up for at least two steps, whatever it is given."""
    config = {**TRAINER, "deepspeed": {**ZERO, **decaying(**AUTO)}}
    run = schedlint.load(
        text=json.dumps(config), filename="t.json", packages=[f"transformers=={version}"]
    )
    assert run.plan["warmup_steps"].value == 2


@pytest.mark.parametrize(
    ("versions", "steps", "refuses"),
    [
        (("0.19.6", "5.14.1"), "auto", True),
        (("0.19.6", "5.14.1"), 0, True),
        (("0.19.6", "5.23.0"), "auto", False),  # 1 is filled in
        (("0.19.2", "5.14.1"), "auto", False),  # 2 are taken at least
        ((), "auto", False),  # few pairs of versions do that
    ],
)
def test_no_warmup_is_refused_by_some_pairs_of_versions(
    versions: tuple[str, ...], steps: object, refuses: bool
) -> None:
    """The Trainer filled in its 0, which the engine does not take."""
    deepspeed = {**ZERO, **decaying(**AUTO | {"warmup_num_steps": steps})}
    pins = zip(("deepspeed", "transformers"), versions, strict=False)
    run = schedlint.load(
        text=json.dumps({**TRAINER, "deepspeed": deepspeed}),
        filename="t.json",
        packages=[f"{package}=={version}" for package, version in pins],
    )
    for scenario in run.scenarios:
        keys = [each.setting.key for each in scenario.refusals]
        assert ("scheduler.params.warmup_num_steps" in keys) is refuses


def test_warmup_by_ratio_is_filled_in() -> None:
    """A fraction is resolved first: 0.07 of 100 steps is eight in double precision."""
    run = train(decaying(**AUTO), warmup_steps=0.07)
    assert run.plan["warmup_steps"].value == 8


def test_absent_warmup_is_deepspeed_s_default() -> None:
    """An absent key is not filled: 1000 steps, not the Trainer's ten."""
    run = train(decaying(total_num_steps="auto"), warmup_steps=10)
    assert run.plan["warmup_steps"].value == 1000 and not run.plan.contradictions


@pytest.mark.parametrize(
    ("params", "fits"),
    [
        ({"warmup_num_steps": 10, "total_num_steps": 100}, True),
        ({"warmup_num_steps": 20, "total_num_steps": 100}, False),
        ({"warmup_num_steps": 10, "total_num_steps": 200}, False),
    ],
)
def test_schedule_s_numbers_must_be_those_of_the_trainer(
    params: dict[str, object], fits: bool
) -> None:
    """Literal warm-up and total are compared with what the Trainer computes."""
    assert (not train(decaying(**params), warmup_steps=10).plan.contradictions) is fits


@pytest.mark.parametrize(
    ("version", "literal", "asked", "fits"),
    [
        ("5.17.0", 0, 0, True),
        ("5.17.0", 1, 0, False),
        ("5.17.0", 1, 1, True),
        ("5.18.0", 0, 0, False),
        ("5.18.0", 1, 0, True),
        ("5.18.0", 1, 1, True),
    ],
)
def test_least_warmup_depends_on_the_version(
    version: str, literal: int, asked: int, fits: bool
) -> None:
    """Since 5.18 transformers compares with at least one step, before with the number itself."""
    deepspeed = decaying(warmup_num_steps=literal, total_num_steps="auto")
    config = {**TRAINER, "warmup_steps": asked, "deepspeed": {**ZERO, **deepspeed}}
    run = schedlint.load(
        text=json.dumps(config), filename="t.json", packages=[f"transformers=={version}"]
    )
    assert (not run.plan.contradictions) is fits
    if fits:
        assert run.plan["warmup_steps"].value == 2


def test_other_schedule_of_the_file_leaves_warmup_and_horizon_open() -> None:
    """Neither the Trainer's warm-up nor its steps mean anything to it."""
    scheduler = {"type": "LRRangeTest", "params": {}}
    run = train({"gradient_accumulation_steps": "auto", "scheduler": scheduler}, warmup_steps=10)
    assert values(run, "warmup_steps", "decay_steps") == [None, None]


def test_precision_of_the_file_is_kept_apart() -> None:
    """The Trainer's precision and the file's are two facts."""
    run = train({"gradient_accumulation_steps": "auto", "bf16": {"enabled": True}}, bf16=False)
    assert fact(run, "bf16") is False and fact(run, "deepspeed_bf16") is True


def test_named_file_is_read(tmp_path: Path) -> None:
    """A path leads to the same as the section itself."""
    (tmp_path / "ds.json").write_text('{"train_micro_batch_size_per_gpu": 4}')
    (tmp_path / "train.json").write_text(json.dumps({**TRAINER, "deepspeed": "ds.json"}))
    run = schedlint.load(tmp_path / "train.json")
    assert len(run.scenarios[0].documents) == 2
    assert run.plan.contradictions


# Real files.


def labelled(shared: Path) -> list[Path]:
    """Return the corpus files that are labelled as DeepSpeed configs and are such."""
    with (shared / "corpus/MANIFEST.csv").open(encoding="utf-8") as manifest:
        rows = [row["file"] for row in csv.DictReader(manifest) if row["label"] == "deepspeed"]
    return [shared / "corpus" / name for name in rows if name not in MISLABELLED]


def test_corpus_is_recognised(shared: Path) -> None:
    """Every DeepSpeed file is recognised as one."""
    for path in labelled(shared):
        signature = recognise(read(path).documents[0])
        assert signature is not None and signature.framework == "deepspeed", path


def test_nothing_else_is_recognised(shared: Path) -> None:
    """No JSON or YAML file of another label is taken for a DeepSpeed file."""
    with (shared / "corpus/MANIFEST.csv").open(encoding="utf-8") as manifest:
        others = [row["file"] for row in csv.DictReader(manifest) if row["label"] != "deepspeed"]
    for name in others:
        path = shared / "corpus" / name
        if b"train_batch_size" not in path.read_bytes() and b"zero_opt" not in path.read_bytes():
            continue
        for document in read(path).documents:
            signature = recognise(document)
            assert signature is None or signature.framework != "deepspeed", name


def test_corpus_gives_a_batch_size(shared: Path) -> None:
    """With the processes told, each file that states a batch size has all three of them."""
    for path in labelled(shared):
        run = schedlint.load(path, assume={"world_size": 1})
        assert not run.plan.contradictions or "bsz24" in path.name, path
        keys = read(path).documents[0].root.effective()  # type: ignore[union-attr]
        stated = {"train_batch_size", "train_micro_batch_size_per_gpu"} & set(keys)
        if stated and not run.scenarios[0].automatics:
            assert None not in triple(run), path
        assert run.plan["global_batch_size"].low >= 1
