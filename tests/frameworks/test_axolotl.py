"""Axolotl: its own count of steps, and the Trainer underneath."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import schedlint
from schedlint.frameworks.axolotl import steps
from schedlint.frameworks.signatures import recognise
from schedlint.plan import Number
from schedlint.run import Run
from schedlint.source import UNKNOWN, read

RECENT = ("axolotl==0.18.0",)
BATCH = {"micro_batch_size": "2", "gradient_accumulation_steps": "4"}


def axolotl(
    keys: Mapping[str, str] | None = None,
    packages: tuple[str, ...] = RECENT,
    **assume: Number,
) -> Run:
    """A run of a config with two samples a micro-batch, four of them a step, and these keys."""
    lines = {
        "base_model": "m",
        "datasets": "[{path: d, type: alpaca}]",
        "sequence_len": "512",
        **BATCH,
        **(keys or {}),
    }
    text = "".join(f"{key}: {value}\n" for key, value in lines.items() if value != "absent")
    return schedlint.load(text=text, filename="train.yaml", assume=assume, packages=packages)


def values(run: Run, *names: str) -> tuple[Number | None, ...]:
    """Return the values of some quantities, None for each that is not known."""
    return tuple(run.plan[name].value for name in names)


def fact(run: Run, name: str) -> object:
    """Return the value of a fact that must be there."""
    found = run.scenarios[0].fact(name)
    assert found is not None
    return found.value


# Batches and processes.


def test_batch_counts_every_rank() -> None:
    """1000 rows, three epochs, 2 × 4 × 8 samples a step: 46.9 steps are 47."""
    run = axolotl({"num_epochs": "3"}, world_size=8, dataset_size=1000)
    assert values(run, "global_batch_size", "counted_batch_size", "total_steps") == (64, 64, 47)


@pytest.mark.parametrize(
    ("keys", "ranks"),
    [
        ({}, 8),
        ({"tensor_parallel_size": "2"}, 4),
        ({"context_parallel_size": "4"}, 2),
        ({"sequence_parallel_degree": "4"}, 2),
        ({"context_parallel_size": "2", "tensor_parallel_size": "2"}, 2),
        ({"tensor_parallel_size": "null", "context_parallel_size": "0"}, 8),
        ({"dp_shard_size": "4", "expert_parallel_size": "2"}, 8),
    ],
)
def test_processes_that_share_a_model_are_one_rank(keys: dict[str, str], ranks: int) -> None:
    """Context and tensor parallelism divide the processes; sharding and experts do not."""
    assert values(axolotl(keys, world_size=8), "data_parallel_size") == (ranks,)


def test_unknown_parallelism_leaves_the_ranks_open() -> None:
    """An interpolated size may be anything from one on."""
    ranks = axolotl({"tensor_parallel_size": "${tp}"}, world_size=8).plan["data_parallel_size"]
    assert (ranks.value, ranks.high) == (None, 8)


def test_more_tensor_ranks_than_processes_contradict() -> None:
    """Eight ranks a tensor on four processes leave a batch of none."""
    assert axolotl({"tensor_parallel_size": "8"}, world_size=4).plan.contradictions


def test_batch_size_without_accumulation_only_counts() -> None:
    """`batch_size` counts 32 steps, but a step trains on micro_batch_size samples."""
    keys = {"batch_size": "32", "gradient_accumulation_steps": "absent", "num_epochs": "1"}
    run = axolotl(keys, world_size=1, dataset_size=1000)
    assert values(run, "gradient_accumulation_steps", "global_batch_size") == (1, 2)
    assert values(run, "counted_batch_size", "total_steps") == (32, 32)


@pytest.mark.parametrize("nothing", ["null", "0", "~"])
def test_accumulation_of_nothing_follows_batch_size(nothing: str) -> None:
    """`gradient_accumulation_steps` null or 0 becomes batch_size // micro_batch_size."""
    keys = {"batch_size": "33", "gradient_accumulation_steps": nothing}
    assert values(axolotl(keys), "gradient_accumulation_steps") == (16,)


def test_batch_size_below_the_micro_batch_contradicts() -> None:
    """1 // 2 micro-batches a step are none."""
    keys = {"batch_size": "1", "gradient_accumulation_steps": "null"}
    assert axolotl(keys).plan.contradictions


@pytest.mark.parametrize(
    ("keys", "total"),
    [({}, 375), ({"fsdp_config": "{fsdp_version: 2}"}, 47), ({"fsdp": "[full_shard]"}, 47)],
)
def test_ddp_off_counts_one_rank_unless_sharded(keys: dict[str, str], total: int) -> None:
    """`ddp: false` leaves the other ranks out of the count; FSDP brings them in again."""
    run = axolotl({"ddp": "false", "num_epochs": "3", **keys}, world_size=8, dataset_size=1000)
    assert values(run, "total_steps", "global_batch_size") == (total, 64)


@pytest.mark.parametrize(
    "keys",
    [
        {"ddp": "false", "fsdp_config": "${fsdp}"},
        {"ddp": "${ddp}"},
        {"use_ray": "true"},
        {"batch_size": "${b}"},
        {"auto_find_batch_size": "true"},
    ],
)
def test_count_of_an_unknown_batch_is_unknown(keys: dict[str, str]) -> None:
    """Where the batch that counts cannot be told from the file, neither can the steps."""
    run = axolotl(keys, world_size=2, dataset_size=1000)
    assert values(run, "counted_batch_size", "total_steps") == (None, None)


def test_searched_batch_size_is_an_upper_bound() -> None:
    """`auto_find_batch_size` takes what fits, up to the batch stated."""
    micro = axolotl({"auto_find_batch_size": "true"}).plan["micro_batch_size"]
    assert (micro.low, micro.high) == (1, 2)


def test_split_batches_leaves_the_micro_batch_open() -> None:
    """With `split_batches` the ranks share what the key gives."""
    run = axolotl({"accelerator_config": "{split_batches: true}"}, world_size=2)
    assert values(run, "micro_batch_size", "global_batch_size") == (None, None)


@pytest.mark.parametrize(
    ("text", "value"), [("'3'", 3), ("' 3.0 '", 3), ("'1e3'", None), ("1e3", None), ("${x}", None)]
)
def test_integers_are_converted_as_pydantic_does(text: str, value: int | None) -> None:
    """Digits as text count; a number in scientific notation is text that is refused."""
    assert values(axolotl({"micro_batch_size": text}), "micro_batch_size") == (value,)


def test_floats_are_converted_from_text() -> None:
    """YAML reads `1e-1` as text; the schema's float field takes it."""
    run = axolotl({"warmup_ratio": "1e-1", "max_steps": "200"}, world_size=1, dataset_size=8000)
    assert values(run, "warmup_steps") == (20,)
    assert not run.scenarios[0].misreadings


def test_sequence_length_has_a_default() -> None:
    """`sequence_len` is 512 where the file is silent."""
    assert values(axolotl({"sequence_len": "absent", "val_set_size": "0"}), "sequence_length") == (
        512,
    )


@pytest.mark.parametrize(("micro", "contradicts"), [("2", False), ("auto", False), ("4", True)])
def test_deepspeed_section_must_agree(micro: str, contradicts: bool) -> None:
    """A number in the DeepSpeed section must be the Trainer's own; `auto` takes it."""
    section = f"{{train_micro_batch_size_per_gpu: {micro}, gradient_accumulation_steps: 4}}"
    run = axolotl({"deepspeed": section}, world_size=2)
    assert bool(run.plan.contradictions) is contradicts


def test_deepspeed_file_is_named() -> None:
    """The path under `deepspeed` is a companion of the config."""
    run = axolotl({"deepspeed": "ds/zero2.json"})
    assert [named.path for named in run.framework.names(run.document)] == ["ds/zero2.json"]


# Steps.


@given(
    rows=st.integers(1, 10**7),
    epochs=st.floats(0.01, 100),
    batch=st.integers(1, 10**5),
)
def test_steps_are_rounded_once_in_double_precision(rows: int, epochs: float, batch: int) -> None:
    """`calculate_total_num_steps`: int(math.ceil(len(train_dataset) * num_epochs / batch_size))."""
    assert steps.steps_of_samples.formula(rows, epochs, batch) == math.ceil(rows * epochs / batch)


def test_steps_of_endless_data_are_endless() -> None:
    """A bound that is missing stays missing; one step remains of an endless batch."""
    count = steps.steps_of_samples.formula
    assert (count(math.inf, 1, 8), count(1000, 1, math.inf), count(0, 1, 8)) == (math.inf, 1, 0)


def test_batch_follows_from_steps_and_rows() -> None:
    """10,000 rows in 100 steps are 100 samples a step, although 101 would give 100 steps too."""
    keys = {"micro_batch_size": "${m}", "gradient_accumulation_steps": "1", "num_epochs": "1"}
    run = axolotl(keys, world_size=1, dataset_size=10000, total_steps=100)
    batch = run.plan["counted_batch_size"]
    assert (batch.low, batch.high, batch.value) == (100, 101, 100)


def test_run_can_end_inside_the_epochs() -> None:
    """33 rows of 32 a step, ten epochs: 11 steps are counted, but each epoch takes two."""
    keys = {"micro_batch_size": "32", "gradient_accumulation_steps": "1", "num_epochs": "10"}
    run = axolotl(keys, world_size=1, dataset_size=33)
    assert values(run, "total_steps", "steps_per_epoch", "total_epochs") == (11, 2, 5.5)
    assert values(run, "checkpoints") == (6,)


@pytest.mark.parametrize(
    ("keys", "total", "warmup", "log"),
    [
        ({"max_steps": "100"}, 100, 3, 1),
        ({"max_steps": "5000"}, 5000, 11, 1),
        ({"max_steps": "0"}, 375, 11, 1),
        ({"max_steps": "null"}, 375, 11, 1),
        ({"max_steps": "-1"}, 375, 0, 1),
        ({"max_steps": "-1", "warmup_ratio": "0.1"}, 375, 0, 1),
        ({"max_steps": "${n}"}, None, None, None),
    ],
)
def test_max_steps_replaces_the_epochs(
    keys: dict[str, str], total: int | None, warmup: int | None, log: int | None
) -> None:
    """Warm-up and log interval go by the smaller of both; -1 counts as a count of its own."""
    run = axolotl({"num_epochs": "3", **keys}, world_size=1, dataset_size=1000)
    assert values(run, "total_steps", "warmup_steps", "log_interval") == (total, warmup, log)


def test_very_negative_max_steps_contradicts() -> None:
    """int(0.03 × -50) is a warm-up of -1, which `TrainingArguments` refuses."""
    assert axolotl({"max_steps": "-50"}).plan.contradictions


@pytest.mark.parametrize("max_steps", ["100", "5000"])
def test_preference_training_warms_up_by_the_epochs(max_steps: str) -> None:
    """`load_preference_datasets` does not take the smaller of both: 375 steps give 11."""
    keys = {"rl": "dpo", "max_steps": max_steps, "num_epochs": "3"}
    run = axolotl(keys, world_size=1, dataset_size=1000)
    assert values(run, "total_steps", "warmup_steps") == (int(max_steps), 11)


def test_preference_training_with_negative_max_steps() -> None:
    """The Trainer counts the epochs, warm-up goes by Axolotl's count."""
    keys = {"rl": "kto", "max_steps": "-1", "num_epochs": "3"}
    run = axolotl(keys, world_size=1, dataset_size=1000)
    assert values(run, "total_steps", "warmup_steps") == (375, 11)


@pytest.mark.parametrize(("task", "total"), [("grpo", 1000), ("ebft", None)])
def test_generated_completions_are_not_counted(task: str, total: int | None) -> None:
    """Without a count the Trainer takes 0.03 of max_steps, rounded up, and logs every 500 steps.

    Of GRPO it counts the rounds itself: 8 completions of one prompt each.
    """
    run = axolotl({"rl": task, "max_steps": "110"}, world_size=1, dataset_size=1000)
    assert values(run, "total_steps", "warmup_steps", "log_interval") == (110, 4, 500)
    assert values(axolotl({"rl": task}, world_size=1, dataset_size=1000), "total_steps") == (total,)


@pytest.mark.parametrize(("ratio", "warmup"), [("0.1", 11), ("0", 0), ("10", None), ("-1", 0)])
def test_ratio_without_a_count(ratio: str, warmup: int | None) -> None:
    """A ratio is kept as a fraction of max_steps; one of 1 or more is left alone."""
    run = axolotl({"rl": "grpo", "max_steps": "110", "warmup_ratio": ratio}, world_size=1)
    assert values(run, "warmup_steps") == (warmup,)


def test_generations_are_told_to_rules() -> None:
    """A round of GRPO is the global batch unless it is given."""
    run = axolotl({"rl": "grpo", "trl": "{num_generations: 4}"}, world_size=2)
    assert values(run, "num_generations", "generation_batch_size") == (4, 16)
    given_round = axolotl({"rl": "grpo", "trl": "{generation_batch_size: 32}"}, world_size=2)
    assert values(given_round, "generation_batch_size") == (32,)


def test_rounds_make_the_batches_of_an_epoch() -> None:
    """9 prompts make 4 rounds of two, each trained on in two batches, twice."""
    trl = "{num_generations: 2, generation_batch_size: 4, num_iterations: 2}"
    keys = {"rl": "grpo", "trl": trl, "gradient_accumulation_steps": "2", "num_epochs": "2"}
    run = axolotl(keys, world_size=1, dataset_rows=9)
    assert values(run, "dataset_size", "batches_per_epoch", "total_steps") == (9, 16, 16)


def test_gdpo_is_counted_by_its_prompts() -> None:
    """30 prompts on two epochs make 15 steps, though one pass holds 60 batches of completions."""
    trl = "{num_generations: 4}"
    keys = {"rl": "gdpo", "trl": trl, "gradient_accumulation_steps": "2", "num_epochs": "2"}
    run = axolotl(keys, world_size=1, dataset_rows=30)
    expected = ("batches_per_epoch", "total_steps", "checkpoints")
    assert values(run, *expected) == (60, 15, 1)


def test_rounds_of_a_shared_model_are_not_counted() -> None:
    """Sequence parallelism has a sampler of its own."""
    keys = {"rl": "grpo", "context_parallel_size": "2"}
    assert values(axolotl(keys, world_size=2, dataset_size=1000), "batches_per_epoch") == (None,)


@pytest.mark.parametrize(("ratio", "warmup"), [("0.3", 3), ("absent", 1)])
def test_no_epochs_leave_the_warmup_to_the_trainer(ratio: str, warmup: int) -> None:
    """A count of zero is no count: the ratio is kept as a fraction of max_steps."""
    keys = {"num_epochs": "0", "max_steps": "10", "warmup_ratio": ratio}
    run = axolotl(keys, world_size=1, dataset_size=1000)
    assert values(run, "warmup_steps", "log_interval") == (warmup, 500)


@pytest.mark.parametrize("keys", [{"streaming": "true"}, {"pretraining_dataset": "[{path: p}]"}])
def test_stream_runs_for_max_steps(keys: dict[str, str]) -> None:
    """A stream has no epochs; warm-up is a share of max_steps."""
    run = axolotl({**keys, "max_steps": "200"}, world_size=1, dataset_size=80)
    assert values(run, "total_steps", "warmup_steps", "steps_per_epoch") == (200, 6, None)
    assert fact(run, "streaming") is True
    assert values(axolotl(keys, world_size=1, dataset_size=80), "total_steps") == (None,)


@pytest.mark.parametrize(
    "keys", [{"rl": "${rl}"}, {"sample_packing": "${p}"}, {"streaming": "${s}"}]
)
def test_unknown_kind_of_data_is_not_counted(keys: dict[str, str]) -> None:
    """Where the file leaves open what the data is, steps and their shares stay open."""
    run = axolotl({**keys, "num_epochs": "3"}, world_size=1, dataset_size=1000)
    assert values(run, "total_steps", "warmup_steps", "log_interval") == (None, None, None)
    assert run.plan["warmup_steps"].high == math.inf


KEYS = """
accelerator_config auto_find_batch_size batch_size bf16 context_parallel_size
cosine_constant_lr_ratio dataloader_drop_last dataset_exact_deduplication datasets ddp deepspeed
dynamic_checkpoint early_stopping_patience eval_steps eval_strategy evals_per_epoch fp16 fsdp
fsdp_config gradient_accumulation_steps learning_rate load_best_model_at_end logging_steps
lr_scheduler max_steps metric_for_best_model micro_batch_size num_epochs pretraining_dataset rl
sample_packing sample_packing_eff_est save_first_step save_steps save_strategy save_total_limit
saves_per_epoch sequence_len streaming tensor_parallel_size test_datasets trl use_ray val_set_size
warmup_ratio warmup_steps
"""


@pytest.mark.parametrize("value", ["${x}", "null", "[]", "{}", "text", "true", "2", "-1"])
@pytest.mark.parametrize("key", KEYS.split())
def test_any_value_under_any_key_is_read(key: str, value: str) -> None:
    """Whatever stands under a key, reading it raises nothing and keeps the order of bounds."""
    run = axolotl({key: value, "val_set_size": "0.1"}, world_size=2, dataset_size=1000)
    assert all(run.plan[name].low <= run.plan[name].high for name in run.plan)


# Packing.


def packed(keys: Mapping[str, str] | None = None, **assume: Number) -> Run:
    """Return a run of a config that packs its samples."""
    return axolotl({"sample_packing": "true", **(keys or {})}, RECENT, **assume)


@given(batches=st.integers(0, 10**6), micro=st.integers(1, 64), batch=st.integers(1, 4096))
def test_packed_epoch_is_rounded_down(batches: int, micro: int, batch: int) -> None:
    """`calculate_total_num_steps`: max(1, len(data_loader) * micro_batch_size // batch_size)."""
    formula = steps.packed_steps_per_epoch.formula
    assert formula(batches, micro, batch) == max(1, batches * micro // batch)


def test_packed_epochs() -> None:
    """110 packed micro-batches, four a step, three epochs: 81 steps; the loader's pass takes 28."""
    run = packed({"num_epochs": "3"}, world_size=1, batches_per_epoch=110)
    assert values(run, "steps_per_epoch", "total_steps", "pass_steps") == (27, 81, 28)
    assert values(run, "save_interval", "checkpoints", "warmup_steps") == (28, 3, 2)


def test_passes_of_a_long_packed_run_are_fewer_than_its_epochs() -> None:
    """40 epochs of 27 steps end in the 39th pass of 28 steps: 39 checkpoints."""
    run = packed({"num_epochs": "40"}, world_size=1, batches_per_epoch=110)
    assert values(run, "total_steps", "checkpoints") == (1080, 39)


def test_packed_rows_are_shared_by_the_ranks() -> None:
    """220 packed rows are 110 micro-batches, 13 a rank, and three steps of 64 rows."""
    run = packed(world_size=8, dataset_size=220)
    assert values(run, "packed_batches", "batches_per_epoch", "total_steps") == (110, 13, 3)


def test_packing_with_drop_last_takes_a_step_off_each_epoch() -> None:
    """`dataloader_drop_last` takes ceil(num_epochs) off the 81 steps."""
    keys = {"num_epochs": "3", "dataloader_drop_last": "true"}
    run = packed(keys, world_size=1, batches_per_epoch=110)
    assert values(run, "total_steps", "warmup_steps") == (78, None)


@pytest.mark.parametrize(
    ("keys", "total"),
    [
        ({"num_epochs": "2", "dataloader_drop_last": "true"}, 2),
        ({"num_epochs": "0.5"}, 1),
        ({"num_epochs": "2"}, 2),
    ],
)
def test_packed_count_of_none_leaves_the_epochs_to_the_trainer(
    keys: dict[str, str], total: int
) -> None:
    """Four packed micro-batches make one step a pass; a count of none becomes max_steps -1."""
    assert values(packed(keys, world_size=1, batches_per_epoch=4), "total_steps") == (total,)


def test_efficiency_estimate_is_not_counted() -> None:
    """`sample_packing_eff_est` counts tokens, which a config does not hold."""
    run = packed({"sample_packing_eff_est": "0.9"}, world_size=1, batches_per_epoch=110)
    assert values(run, "total_steps", "warmup_steps", "log_interval") == (None, None, None)
    keys = {"sample_packing_eff_est": "0.9", "max_steps": "50"}
    assert values(packed(keys, world_size=1, batches_per_epoch=110), "total_steps") == (50,)


def test_packing_is_off_in_preference_training() -> None:
    """Axolotl refuses both together; the count goes by samples."""
    run = packed({"rl": "dpo"}, world_size=1, dataset_size=1000)
    assert values(run, "total_steps") == (125,)


# Rows and samples.


@pytest.mark.parametrize(
    ("keys", "train", "evaluation"),
    [
        ({}, 1001, 0),
        ({"val_set_size": "0.05"}, 950, 51),
        ({"val_set_size": "'0.05'"}, 950, 51),
        ({"val_set_size": "200"}, 801, 200),
        ({"val_set_size": "200.9"}, 801, 200),
        ({"val_set_size": "0"}, 1001, 0),
        ({"test_datasets": "[{path: t}]"}, 1001, None),
        ({"val_set_size": "1"}, None, None),
        ({"val_set_size": "${v}"}, None, None),
        ({"val_set_size": "0.05", "rl": "dpo"}, 950, 51),
        ({"val_set_size": "200", "rl": "dpo"}, None, None),
        ({"val_set_size": "0.05", "sample_packing": "true"}, None, None),
        ({"dataset_exact_deduplication": "true"}, None, 0),
        ({"dataset_exact_deduplication": "false"}, 1001, 0),
        ({"dataset_shard_num": "4", "dataset_shard_idx": "0"}, None, 0),
        ({"dataset_shard_num": "4"}, 1001, 0),
        ({"val_set_size": "0.05", "rl": "grpo"}, 950, 51),
        ({"datasets": "[{path: d, shards: 4}]"}, None, 0),
    ],
)
def test_validation_split(keys: dict[str, str], train: int | None, evaluation: int | None) -> None:
    """ceil(0.05 × 1001) = 51 rows are split off; a count above 1 is cut to an integer."""
    run = axolotl(keys, dataset_rows=1001)
    assert values(run, "dataset_size", "eval_dataset_size") == (train, evaluation)


def test_split_names_its_assumption() -> None:
    """The proof says that no row may have been dropped."""
    run = axolotl({"val_set_size": "0.1"}, dataset_rows=1000)
    assert "no row is dropped" in run.plan["dataset_size"].how()


@pytest.mark.parametrize(("drop", "batches"), [("true", 500), ("false", 501), ("null", 501)])
def test_last_batch_can_be_left_out(drop: str, batches: int) -> None:
    """`dataloader_drop_last` leaves the single sample of the last batch out."""
    run = axolotl({"dataloader_drop_last": drop}, world_size=1, dataset_size=1001)
    assert values(run, "batches_per_epoch") == (batches,)


def test_preference_training_keeps_the_last_batch() -> None:
    """Only supervised training hands `dataloader_drop_last` on."""
    keys = {"dataloader_drop_last": "true", "rl": "dpo"}
    run = axolotl(keys, world_size=1, dataset_size=1001)
    assert (fact(run, "drop_last"), *values(run, "batches_per_epoch")) == (False, 501)


# Warm-up, schedule, log lines.


@pytest.mark.parametrize(
    ("keys", "rows", "warmup"),
    [
        ({"warmup_steps": "50", "warmup_ratio": "0.5"}, 8000, 50),
        ({"warmup_steps": "0", "warmup_ratio": "0.5"}, 8000, 0),
        ({"warmup_steps": "1"}, 8000, 2),
        ({"warmup_ratio": "0.1"}, 152, 2),
        ({"warmup_ratio": "0.0"}, 8000, 0),
        ({"warmup_ratio": "-0.1"}, 8000, 0),
        ({"warmup_ratio": "10"}, 8000, 10000),
        ({}, 80000, 100),
        ({}, 8000, 30),
        ({}, 320, 2),
        ({}, 264, 0),
        ({"warmup_steps": "null", "warmup_ratio": "null"}, 8000, 30),
        ({"warmup_steps": "${w}"}, 8000, None),
        ({"warmup_ratio": "${w}"}, 8000, None),
    ],
)
def test_warmup(keys: dict[str, str], rows: int, warmup: int | None) -> None:
    """Steps, else a ratio cut down, else 0.03 of at most 100; and one step becomes two."""
    run = axolotl({**keys, "num_epochs": "1"}, world_size=1, dataset_size=rows)
    assert values(run, "warmup_steps") == (warmup,)


@given(total=st.integers(1, 10**7))
def test_default_warmup_and_log_interval(total: int) -> None:
    """`_configure_warmup_and_logging`, written again."""
    warmup = min(int(0.03 * total), 100)
    assert steps.warmup_by_default.formula(total) == (2 if warmup == 1 else warmup)
    assert steps.log_interval_by_default.formula(total) == max(min(int(0.005 * total), 10), 1)


@pytest.mark.parametrize(
    ("keys", "interval"), [({}, 5), ({"logging_steps": "7"}, 7), ({"logging_steps": "${l}"}, None)]
)
def test_log_interval(keys: dict[str, str], interval: int | None) -> None:
    """Half a percent of 1000 steps, unless it is given."""
    run = axolotl(keys, world_size=1, dataset_size=8000)
    assert values(run, "log_interval") == (interval,)


def test_log_interval_of_zero_contradicts() -> None:
    """`TrainingArguments` refuses to log every 0 steps."""
    assert axolotl({"logging_steps": "0"}).plan.contradictions


@pytest.mark.parametrize(
    ("keys", "scheduler", "horizon"),
    [
        ({}, "cosine", 375),
        ({"lr_scheduler": "null"}, "cosine", 375),
        ({"lr_scheduler": "rex"}, "rex", 375),
        ({"lr_scheduler": "constant_with_warmup"}, "constant_with_warmup", None),
        ({"lr_scheduler": "${s}"}, UNKNOWN, None),
        ({"jagged_restart_steps": "100"}, "cosine", None),
        ({"cosine_constant_lr_ratio": "0.8"}, "cosine", None),
    ],
)
def test_schedule(keys: dict[str, str], scheduler: object, horizon: int | None) -> None:
    """Cosine is the default; restarts and a constant end have another horizon than the run."""
    run = axolotl({**keys, "num_epochs": "3"}, world_size=1, dataset_size=1000)
    assert (fact(run, "scheduler"), *values(run, "decay_steps")) == (scheduler, horizon)


def test_constant_schedule_ignores_warmup() -> None:
    """transformers `get_scheduler` gives a constant schedule no warm-up."""
    assert fact(axolotl({"lr_scheduler": "constant"}), "warmup_ignored") == "constant"


# Evaluations.


EVALUATED = {"val_set_size": "0.05", "num_epochs": "3"}


@pytest.mark.parametrize(
    ("keys", "strategy", "interval", "evaluations"),
    [
        ({}, "no", None, 0),
        ({"eval_steps": "100"}, "steps", 100, 5),
        ({"eval_steps": "0.1"}, "steps", 38, 11),
        ({"eval_steps": "0"}, "no", None, 0),
        ({"evals_per_epoch": "4"}, "steps", 32, 13),
        ({"evals_per_epoch": "4", "num_epochs": "0.25"}, "no", None, 0),
        ({"eval_strategy": "epoch"}, "epoch", 125, 4),
        ({"evaluation_strategy": "epoch"}, "epoch", 125, 4),
        ({"eval_strategy": "'no'"}, "no", None, 1),
        ({"eval_strategy": "steps", "logging_steps": "50"}, "steps", 50, 9),
        ({"eval_strategy": "null"}, "no", None, 0),
    ],
)
def test_evaluations(
    keys: dict[str, str], strategy: str, interval: int | None, evaluations: int
) -> None:
    """375 steps: one before the first step, those at the interval, and the last."""
    run = axolotl({**EVALUATED, **keys}, world_size=1, dataset_size=1000)
    assert fact(run, "eval_strategy") == strategy
    assert values(run, "eval_interval", "evaluations") == (interval, evaluations)


def test_packed_evaluations_by_epoch() -> None:
    """81 steps end in the third pass of 28: three evaluations and the first one."""
    run = packed({**EVALUATED, "eval_strategy": "epoch"}, world_size=1, batches_per_epoch=110)
    assert values(run, "eval_interval", "evaluations") == (28, 4)


@pytest.mark.parametrize(
    "keys",
    [
        {},
        {"val_set_size": "0"},
        {"test_datasets": "[]"},
        {"val_set_size": "0", "test_datasets": "~"},
    ],
)
def test_nothing_is_evaluated_without_data(keys: dict[str, str]) -> None:
    """`eval_steps` without validation rows evaluates nothing, and Axolotl does not say so."""
    run = axolotl({"eval_steps": "10", **keys}, world_size=1, dataset_size=1000)
    assert (fact(run, "eval_data"), fact(run, "eval_strategy")) == (False, "no")
    assert values(run, "evaluations", "eval_dataset_size") == (0, 0)


@pytest.mark.parametrize(
    "keys",
    [
        {"val_set_size": "${v}", "eval_steps": "10"},
        {"val_set_size": "0.1", "eval_steps": "${e}"},
        {"val_set_size": "0.1", "evals_per_epoch": "4", "num_epochs": "${n}"},
        {"val_set_size": "0.1", "eval_strategy": "no"},
        {"test_datasets": "${t}", "eval_steps": "10"},
    ],
)
def test_unknown_evaluations(keys: dict[str, str]) -> None:
    """What the file leaves open is not counted; a bare `no` is a boolean, which is refused."""
    run = axolotl(keys, world_size=1, dataset_size=1000)
    assert values(run, "evaluations") == (None,)


# Checkpoints and the best model.


@pytest.mark.parametrize(
    ("keys", "strategy", "interval", "checkpoints"),
    [
        ({}, "epoch", 125, 3),
        ({"save_strategy": "null"}, "epoch", 125, 3),
        ({"save_strategy": "'no'"}, "no", None, 0),
        ({"save_strategy": "steps"}, "steps", 500, 1),
        ({"save_strategy": "best"}, "best", None, None),
        ({"save_steps": "100"}, "steps", 100, 4),
        ({"saves_per_epoch": "2"}, "steps", 63, 6),
        ({"saves_per_epoch": "2", "save_strategy": "'no'"}, "steps", 63, 6),
        ({"saves_per_epoch": "1", "num_epochs": "1"}, "epoch", 125, 1),
        ({"save_first_step": "true"}, "epoch", 125, None),
        ({"dynamic_checkpoint": "{enabled: true}"}, "epoch", 125, None),
        ({"saves_per_epoch": "-1"}, "steps", None, None),
    ],
)
def test_checkpoints(
    keys: dict[str, str], strategy: str, interval: int | None, checkpoints: int | None
) -> None:
    """Times per epoch beat steps, which beat the strategy; without any of them every epoch."""
    run = axolotl({"num_epochs": "3", **keys}, world_size=1, dataset_size=1000)
    assert fact(run, "save_strategy") == strategy
    assert values(run, "save_interval", "checkpoints") == (interval, checkpoints)


@pytest.mark.parametrize(("limit", "kept"), [("absent", 4), ("0", 4), ("null", 4), ("2", 2)])
def test_four_checkpoints_are_kept_by_default(limit: str, kept: int) -> None:
    """`save_total_limit` nothing or 0 is 4."""
    assert fact(axolotl({"save_total_limit": limit}), "save_total_limit") == kept


MEETING = {"val_set_size": "0.1", "save_steps": "100", "eval_steps": "50"}


@pytest.mark.parametrize(
    ("keys", "best"),
    [
        (MEETING, False),
        ({**MEETING, "load_best_model_at_end": "true"}, True),
        ({**MEETING, "early_stopping_patience": "3"}, True),
        ({**MEETING, "load_best_model_at_end": "null"}, True),
        ({**MEETING, "load_best_model_at_end": "true", "eval_steps": "30"}, False),
        ({**MEETING, "load_best_model_at_end": "true", "val_set_size": "0"}, False),
        ({**MEETING, "load_best_model_at_end": "true", "save_steps": "absent"}, False),
        ({**MEETING, "load_best_model_at_end": "true", "save_steps": "${s}"}, UNKNOWN),
        ({**MEETING, "load_best_model_at_end": "${b}"}, UNKNOWN),
        ({**MEETING, "early_stopping_patience": "${p}"}, UNKNOWN),
        ({**MEETING, "load_best_model_at_end": "true", "rl": "${rl}"}, UNKNOWN),
        ({**MEETING, "load_best_model_at_end": "true", "rl": "dpo"}, False),
    ],
)
def test_best_model_needs_evaluations_at_the_checkpoints(
    keys: dict[str, str], best: object
) -> None:
    """`load_best_model_at_end` is off in silence where the intervals do not fit."""
    assert fact(axolotl(keys), "best_model") is best


@pytest.mark.parametrize(("evals", "best"), [("5", False), ("4", True)])
def test_best_model_goes_by_a_remainder_in_floats(evals: str, best: bool) -> None:
    """(1/3) % (1/15) is not 0 in double precision, (1/3) % (1/12) is."""
    keys = {
        "val_set_size": "0.1",
        "num_epochs": "3",
        "saves_per_epoch": "1",
        "evals_per_epoch": evals,
        "load_best_model_at_end": "true",
    }
    assert fact(axolotl(keys), "best_model") is best


# Precision.


@pytest.mark.parametrize(
    ("bf16", "fp16", "expected"),
    [
        ("absent", "absent", (UNKNOWN, UNKNOWN)),
        ("auto", "false", (UNKNOWN, False)),
        ("auto", "true", (False, True)),
        ("true", "true", (True, False)),
        ("false", "true", (False, True)),
        ("false", "absent", (False, False)),
        ("null", "absent", (False, False)),
        ("full", "absent", (UNKNOWN, False)),
    ],
)
def test_precision(bf16: str, fp16: str, expected: tuple[object, object]) -> None:
    """bf16 beats fp16; `auto` gives way to it, and is otherwise up to the machine."""
    run = axolotl({"bf16": bf16, "fp16": fp16})
    assert (fact(run, "bf16"), fact(run, "fp16")) == expected


# Versions.


@pytest.mark.parametrize(
    ("packages", "evaluations"),
    [
        (("axolotl==0.18.0",), 5),
        (("axolotl==0.15.0",), 4),
        (("transformers==5.14.1",), 5),
        (("transformers==4.57.6",), 4),
        (("axolotl==0.18.0", "transformers==5.3.0"), 4),
        ((), None),
    ],
)
def test_last_evaluation_needs_transformers_5_4(
    packages: tuple[str, ...], evaluations: int | None
) -> None:
    """transformers decides where it is known, else the one that Axolotl pins; else it is open."""
    keys = {**EVALUATED, "eval_steps": "100"}
    run = axolotl(keys, packages, world_size=1, dataset_size=1000)
    assert values(run, "evaluations") == (evaluations,)
    assert len(run.scenarios) == (2 if evaluations is None else 1)


def test_versions_make_no_branch_where_they_do_not_matter() -> None:
    """A config without evaluations is the same under all versions."""
    assert len(axolotl(packages=()).scenarios) == 1


@pytest.mark.parametrize(("package", "total"), [("axolotl==0.15.0", 54), ("axolotl==0.14.0", None)])
def test_packing_with_parallelism_changed_in_0_15(package: str, total: int | None) -> None:
    """Before, the steps of all processes were multiplied up: another rounding, not counted here."""
    keys = {"sample_packing": "true", "context_parallel_size": "2", "num_epochs": "2"}
    run = axolotl(keys, (package,), world_size=2, batches_per_epoch=110)
    assert values(run, "data_parallel_size", "total_steps") == (1, total)


def test_old_versions_count_otherwise() -> None:
    """Before 0.13 only batches are read: steps, warm-up and evaluations were others."""
    run = axolotl({"num_epochs": "3"}, ("axolotl==0.9.2",), world_size=8, dataset_size=1000)
    assert values(run, "global_batch_size", "total_steps") == (64, None)


@pytest.mark.parametrize(
    ("keys", "package", "warmup"),
    [
        ({"warmup_steps": "0"}, "axolotl==0.12.2", 37),
        ({"warmup_ratio": "0"}, "axolotl==0.12.2", 37),
        ({"warmup_steps": "0", "warmup_ratio": "0.1"}, "axolotl==0.10.0", 125),
        ({"warmup_steps": "5", "warmup_ratio": "0"}, "axolotl==0.12.2", 5),
        ({"warmup_steps": "0", "max_steps": "200"}, "axolotl==0.12.2", 6),
        ({"warmup_steps": "0", "sample_packing": "true"}, "axolotl==0.12.2", None),
        ({"warmup_steps": "0"}, "axolotl==0.13.1", 0),
        ({"warmup_steps": "0"}, "axolotl==0.9.2", None),
    ],
)
def test_a_warmup_of_zero_was_passed_over(
    keys: dict[str, str], package: str, warmup: int | None
) -> None:
    """From 0.10 to 0.12 the default is taken instead: 3% of 1250 steps, or the ratio."""
    run = axolotl({"num_epochs": "1", **keys}, (package,), world_size=1, dataset_size=10_000)
    assert values(run, "warmup_steps") == (warmup,)
    passed_over = package in ("axolotl==0.12.2", "axolotl==0.10.0") and "5" not in keys.values()
    assert (run.scenarios[0].fact("zero_as_unset") is not None) == passed_over


# Recognition and real configs.


def recognised(path: Path) -> list[str]:
    """Return the frameworks that a file's documents are configs of."""
    return [found.framework for document in read(path).documents if (found := recognise(document))]


def labelled(shared: Path) -> Iterator[tuple[Path, str]]:
    """Yield the files of the corpus with their labels."""
    corpus = shared / "corpus"
    with (corpus / "MANIFEST.csv").open(encoding="utf-8", newline="") as manifest:
        for row in csv.DictReader(manifest):
            yield corpus / row["file"], row["label"]


NOT_A_TRAINING_CONFIG = {"modal.yaml"}
"""Where to run, not what to train: machines, secrets and timeouts beside a training config."""


def test_real_configs_are_recognised(shared: Path) -> None:
    """Every real training config of Axolotl is recognised as one."""
    mine = [path for path, label in labelled(shared) if label == "axolotl"]
    missed = {path.name for path in mine if recognised(path) != ["axolotl"]}
    assert len(mine) > 100
    assert missed == NOT_A_TRAINING_CONFIG


def test_other_configs_are_not_taken_for_axolotl(shared: Path) -> None:
    """No config of another framework, and no file that is none, is recognised as Axolotl's."""
    kin = {"axolotl", "transformers", "trl", "llama-factory", "accelerate", "deepspeed", "none"}
    others = [path for path, label in labelled(shared) if label in kin - {"axolotl"}]
    assert others
    assert not [path.name for path in others if "axolotl" in _recognised_or_nothing(path)]


def _recognised_or_nothing(path: Path) -> list[str]:
    try:
        return recognised(path)
    except schedlint.ReadError:
        return []


def test_real_configs_have_a_global_batch(shared: Path) -> None:
    """With the processes known, every real config has its global batch."""
    for path, label in labelled(shared):
        if label == "axolotl" and path.name not in NOT_A_TRAINING_CONFIG:
            run = schedlint.load(path, assume={"world_size": 8}, packages=RECENT)
            assert run.plan["global_batch_size"].value is not None, path


def test_real_configs_lack_only_the_world_size(shared: Path) -> None:
    """Without the processes the global batch is open upwards, and nothing is made up."""
    path = next(path for path, label in labelled(shared) if label == "axolotl")
    batch = schedlint.load(path, packages=RECENT).plan["global_batch_size"]
    assert batch.low >= 1
    assert batch.high == math.inf
