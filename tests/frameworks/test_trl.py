"""TRL: what its keys mean, checked against its own code and what its runs gave."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedlint.frameworks.signatures import recognise
from schedlint.frameworks.trl.keys import OWN_LOOP
from schedlint.plan import Quantity, Verdict
from schedlint.run import Run, load
from schedlint.source import ReadError, read, read_text

HEAD = """\
model_name_or_path: Qwen/Qwen3-0.6B
dataset_name: trl-lib/tldr
output_dir: out
num_train_epochs: 1
"""
GRPO = f"{HEAD}max_completion_length: 256\n"
SFT = f"{HEAD}dataset_train_split: train\n"
NEWEST = ("trl==1.16.0", "transformers==5.23.0")


def load_lines(text: str, more: str, packages: tuple[str, ...], told: dict[str, int]) -> Run:
    """The run of a config with further lines."""
    return load(text=f"{text}{more}\n", filename="c.yaml", assume=told, packages=packages)


def grpo(more: str, *packages: str, **told: int) -> Run:
    """A run of GRPO, under the newest versions unless others are given."""
    return load_lines(GRPO, more, packages or NEWEST, told)


def sft(more: str, *packages: str, **told: int) -> Run:
    """A run of SFT, under the newest versions unless others are given."""
    return load_lines(SFT, more, packages or NEWEST, told)


def quantity(run: Run, name: str) -> Quantity:
    """A quantity under the newest versions, the framework's own words included."""
    return run.scenarios[0].plan[name]


def value(run: Run, name: str) -> object:
    """Its value."""
    return quantity(run, name).value


def fact(run: Run, name: str) -> object:
    """The value of a fact under the newest versions."""
    found = run.scenarios[0].fact(name)
    return None if found is None else found.value


def shape(batch: int, accumulation: int, generations: int, *more: str) -> str:
    """The keys that make the shape of a GRPO batch."""
    lines = (
        f"per_device_train_batch_size: {batch}",
        f"gradient_accumulation_steps: {accumulation}",
        f"num_generations: {generations}",
        *more,
    )
    return "\n".join(lines)


# Rounds.


@pytest.mark.parametrize(
    ("prompts", "keys", "generation", "per_round", "steps"),
    [
        (10, shape(4, 1, 4), 4, 1, 10),
        (10, shape(4, 2, 4), 8, 2, 5),
        (10, shape(4, 2, 4, "num_iterations: 2"), 8, 2, 10),
        (10, shape(4, 1, 4, "steps_per_generation: 4"), 16, 4, 8),
        (10, shape(4, 4, 4, "steps_per_generation: 2"), 8, 2, 3),
        (11, shape(4, 4, 4, "steps_per_generation: 3"), 12, 3, 3),
        (16, shape(8, 8, 8, "generation_batch_size: 64"), 64, 8, 2),
    ],
)
def test_shapes_that_were_run(
    prompts: int, keys: str, generation: int, per_round: int, steps: int
) -> None:
    """Generation batch, prompts a round and steps are those of TRL 1.16 on one process."""
    run = grpo(keys, world_size=1, dataset_size=prompts)
    assert value(run, "generation_batch_size") == generation
    assert value(run, "prompts_per_round") == per_round
    assert value(run, "total_steps") == steps


def test_a_generation_batch_is_cut_into_micro_batches() -> None:
    """64 completions by eight a device are eight micro-batches."""
    run = grpo(shape(8, 1, 8, "generation_batch_size: 64"), world_size=1)
    assert value(run, "steps_per_generation") == 8


def loader_length(prompts: int, round_size: int, generations: int, repeats: int, taken: int) -> int:
    """`RepeatSampler.__len__` of TRL 0.20 and later by the indices that all processes take."""
    chunk = round_size // generations
    sampled = (prompts // chunk) * chunk * generations * repeats
    return -(-sampled // taken)


@given(
    prompts=st.integers(0, 500),
    groups=st.integers(1, 4),
    generations=st.integers(2, 8),
    accumulation=st.integers(1, 6),
    steps=st.integers(1, 6),
    iterations=st.integers(1, 3),
    processes=st.integers(1, 4),
)
def test_batches_are_those_of_the_loader(
    prompts: int,
    groups: int,
    generations: int,
    accumulation: int,
    steps: int,
    iterations: int,
    processes: int,
) -> None:
    """The loader hands out rounds, each of which is cut into micro-batches."""
    batch = groups * generations
    rest = (f"steps_per_generation: {steps}", f"num_iterations: {iterations}")
    run = grpo(
        shape(batch, accumulation, generations, *rest), world_size=processes, dataset_size=prompts
    )
    round_size, repeats = batch * processes * steps, iterations * steps
    expected = loader_length(prompts, round_size, generations, repeats, round_size)
    assert value(run, "batches_per_epoch") == expected


def test_samples_seen_are_completions() -> None:
    """Eight micro-batches of four completions are 32, two of ten prompts are never drawn."""
    keys = shape(4, 1, 4, "steps_per_generation: 4")
    assert value(grpo(keys, world_size=1, dataset_size=10), "samples_seen") == 32


def test_rows_are_prompts() -> None:
    """Every stored row is a prompt."""
    assert value(grpo(shape(4, 1, 4), dataset_rows=10), "dataset_size") == 10


def test_a_default_of_eight_generations_and_two_for_rloo() -> None:
    """RLOO, known by a key of its own, draws two completions of a prompt."""
    assert value(grpo("per_device_train_batch_size: 8"), "num_generations") == 8
    assert value(grpo("normalize_advantages: true"), "num_generations") == 2


def test_both_generation_keys_relate_nothing() -> None:
    """TRL refuses both keys together: both are claimed, and no third number follows."""
    keys = shape(8, 1, 8, "generation_batch_size: 60", "steps_per_generation: 8")
    run = grpo(keys, world_size=1, dataset_size=100)
    assert run.scenarios[0].contradictions == ()
    claims = [
        quantity(run, name).claim for name in ("generation_batch_size", "steps_per_generation")
    ]
    assert [claim is not None and claim.place is not None for claim in claims] == [True, True]


def test_indivisible_groups_can_be_asked_for() -> None:
    """Four completions hold no group of eight, and 60 are no multiple of eight a device."""
    run = grpo(shape(4, 1, 8), world_size=1)
    groups = quantity(run, "num_generations").divides(quantity(run, "generation_batch_size"))
    assert groups.verdict is Verdict.CERTAINLY_NOT
    run = grpo(shape(8, 1, 2, "generation_batch_size: 60"), world_size=1)
    batches = quantity(run, "loader_batch_size").divides(quantity(run, "generation_batch_size"))
    assert batches.verdict is Verdict.CERTAINLY_NOT


def test_text_is_converted_as_argparse_does() -> None:
    """A quoted number is a number."""
    assert value(grpo('num_generations: "4"\nlearning_rate: 1e-6'), "num_generations") == 4


def test_split_batches_says_nothing_of_rounds() -> None:
    """How a split loader divides a round is not known."""
    run = grpo(shape(4, 1, 4, "split_batches: true"), world_size=2, dataset_size=10)
    assert value(run, "batches_per_epoch") is None


# Rounds of older versions.


@pytest.mark.parametrize(
    ("version", "generation"),
    [("0.15.2", 4), ("0.16.1", 4), ("0.17.0", 8), ("0.19.1", 8), ("0.20.0", 8), ("1.16.0", 8)],
)
def test_accumulation_counts_from_0_17(version: str, generation: int) -> None:
    """What must hold whole groups is one micro-batch before 0.17, then all accumulated ones."""
    run = grpo(shape(4, 2, 4), f"trl=={version}", "transformers==4.57.6", world_size=1)
    assert value(run, "generation_batch_size") == generation


@pytest.mark.parametrize(("version", "batches"), [("0.15.2", 11), ("0.19.1", 11), ("0.20.0", 8)])
def test_dropped_prompts_are_planned_before_0_20(version: str, batches: int) -> None:
    """Of eleven prompts in rounds of four, three are dropped; older versions plan them all."""
    keys = shape(4, 4, 4)
    packages = (f"trl=={version}", "transformers==4.53.2")
    run = grpo(keys, *packages, world_size=1, dataset_size=11)
    assert value(run, "batches_per_epoch") == batches


def test_an_incomplete_last_batch_before_0_20() -> None:
    """44 completions by eight are six batches, five with drop_last."""
    packages = ("trl==0.15.2", "transformers==4.51.3")
    run = grpo(shape(8, 1, 4), *packages, world_size=1, dataset_size=11)
    assert value(run, "total_steps") == 6
    dropping = shape(8, 1, 4, "dataloader_drop_last: true")
    run = grpo(dropping, *packages, world_size=1, dataset_size=11)
    assert value(run, "total_steps") == 5


def test_keys_that_an_old_version_does_not_know() -> None:
    """num_iterations means nothing in 0.15, the generation keys nothing before 0.18."""
    packages = ("trl==0.15.2", "transformers==4.51.3")
    keys = shape(4, 1, 4, "num_iterations: 3", "generation_batch_size: 64")
    run = grpo(keys, *packages, world_size=1, dataset_size=10)
    assert value(run, "batches_per_epoch") == 10
    assert value(run, "generation_batch_size") == 4


def test_only_versions_that_matter_make_scenarios() -> None:
    """Without accumulation, older rules of 0.15 to 0.19 are one."""
    keys = shape(4, 1, 4, "logging_steps: 1", "bf16: true")
    assert len(grpo(keys, "transformers==4.57.6").scenarios) == 2


# Evaluation in rounds.


@pytest.mark.parametrize(
    ("version", "known"), [("0.19.1", True), ("0.20.0", False), ("0.21.0", False), ("0.22.2", True)]
)
def test_evaluation_groups_are_there_where_they_are_checked(version: str, known: bool) -> None:
    """0.20 and 0.21 do not ask that the evaluation batch hold whole groups."""
    keys = shape(4, 1, 4, "per_device_eval_batch_size: 3", "eval_strategy: steps")
    run = grpo(keys, f"trl=={version}", "transformers==4.57.6", world_size=2)
    assert (value(run, "eval_loader_batch_size") == 6) is known


@pytest.mark.parametrize(
    ("more", "groups"), [("", 4), ("num_generations_eval: 2", 2), ("num_generations_eval: 0", 4)]
)
def test_generations_of_an_evaluation(more: str, groups: int) -> None:
    """Without its own number, or with none, an evaluation draws as many as training."""
    run = grpo(shape(4, 1, 4, "eval_strategy: steps", more), world_size=1)
    assert value(run, "num_generations_eval") == groups


def test_no_evaluation_no_groups() -> None:
    """The evaluation batch does not matter where nothing is evaluated."""
    assert value(grpo(shape(4, 1, 4), world_size=1), "eval_loader_batch_size") is None


# Which trainer.


def test_a_completion_length_alone_is_grpo_from_0_29() -> None:
    """Before, DPO had that key too, and nothing is said of the batches."""
    told = {"world_size": 1, "dataset_size": 16}
    assert value(grpo("bf16: true", *NEWEST, **told), "batches_per_epoch") == 16
    older = grpo("bf16: true", "trl==0.28.0", "transformers==4.57.6", **told)
    assert value(older, "batches_per_epoch") is None
    assert value(older, "global_batch_size") == 8


def test_a_completion_length_beside_a_length_of_rows_is_not_grpo() -> None:
    """DPO as it was: 100 rows by eight are 13 batches."""
    run = grpo(
        "max_length: 1024", "trl==0.20.0", "transformers==4.57.6", world_size=1, dataset_size=100
    )
    assert value(run, "batches_per_epoch") == 13
    assert value(run, "sequence_length") == 1024


def test_ppo_says_its_batches_only() -> None:
    """PPO and the first RLOO have a loop of their own."""
    run = sft("num_ppo_epochs: 4\ngradient_accumulation_steps: 2", world_size=2, dataset_size=800)
    assert value(run, "global_batch_size") == 32
    assert value(run, "total_steps") is None


@pytest.mark.parametrize("key", OWN_LOOP)
def test_every_key_of_a_loop_of_its_own_tells_it(key: str) -> None:
    """There `num_train_epochs` counts, and `max_steps` does not."""
    run = sft(f"{key}: 4\nmax_steps: 100", world_size=1, dataset_size=800)
    assert value(run, "total_steps") is None


@pytest.mark.parametrize("key", ["num_ppo_epochs", "total_episodes", "kl_coef", "rloo_k"])
def test_ppo_is_told_from_a_plain_trainer(key: str) -> None:
    """No other class of arguments has these keys."""
    text = f"output_dir: out\nper_device_train_batch_size: 8\n{key}: 4\n"
    assert load(text=text, filename="train.yaml").framework.name == "trl"


def test_ppo_is_not_held_against_its_deepspeed_file() -> None:
    """Only the Trainer's loop compares both, and fills in what is `auto`."""
    engine = "deepspeed: {gradient_accumulation_steps: 8, zero_optimization: {stage: 1}}"
    for key, held in (("packing: false", True), ("num_ppo_epochs: 4", False)):
        (scenario, *_) = sft(f"{key}\ngradient_accumulation_steps: 2\n{engine}").scenarios
        assert bool(scenario.fillable) is held


# Rows, lengths and packing.


def test_rows_are_samples_where_nothing_is_packed() -> None:
    """200 rows in batches of four, two accumulated, are 25 steps."""
    keys = "per_device_train_batch_size: 4\ngradient_accumulation_steps: 2"
    assert value(sft(keys, world_size=1, dataset_rows=200), "total_steps") == 25


@pytest.mark.parametrize("packing", ["packing: true", "packing: ${PACK}"])
def test_packed_rows_are_not_known(packing: str) -> None:
    """How many rows the packer makes does not follow from the number of rows."""
    assert value(sft(packing, dataset_rows=200), "dataset_size") is None


@pytest.mark.parametrize(
    ("version", "more", "length"),
    [
        ("1.16.0", "", 1024),
        ("1.16.0", "max_length: 64", 64),
        ("1.16.0", "max_length: null", None),
        ("1.16.0", "max_seq_length: 4096", 1024),
        ("0.19.1", "max_seq_length: 4096", 4096),
        ("0.19.1", "max_seq_length: 4096\nmax_length: 64", 4096),
        ("0.20.0", "max_seq_length: 4096\nmax_length: 64", 64),
        ("0.15.2", "max_length: 64", None),
        ("0.15.2", "max_length: 64\npacking: false", 1024),
        ("0.15.2", "max_length: 64\nbeta: 0.1", 64),
        ("0.16.0", "max_length: 64\npacking: false", 64),
    ],
)
def test_max_length_and_its_old_name(version: str, more: str, length: int | None) -> None:
    """max_seq_length counts before 0.20 and means nothing after; SFT knew no other before 0.16."""
    run = sft(more, f"trl=={version}", "transformers==4.57.6")
    assert value(run, "sequence_length") == length


@pytest.mark.parametrize(
    ("version", "more", "unpacked"),
    [
        ("0.7.4", "", True),
        ("0.7.5", "", None),
        ("0.7.4", "max_steps: 272", None),
    ],
)
def test_the_first_packing_planned_unpacked_rows(
    version: str, more: str, unpacked: bool | None
) -> None:
    """Before 0.7.5 the steps counted unpacked rows, unless max_steps said otherwise."""
    run = sft(f"packing: true\nmax_seq_length: 2048\n{more}", f"trl=={version}")
    assert fact(run, "unpacked_horizon") is unpacked
    assert fact(run, "packing") is True


MIXTURES = {
    "datasets:\n- path: a\n- path: b\ntest_split_size: 0.1": (900, 100),
    "datasets:\n- path: a\ntest_split_size: 30": (970, 30),
    "dataset_mixture:\n  datasets:\n  - id: a\n    weight: 1.0\n  test_split_size: 1000": (0, 1000),
    "dataset_mixture:\n  datasets:\n  - id: a\n  test_split_size: 0.25": (750, 250),
    "datasets:\n- path: a": (1000, None),
    "test_split_size: 0.1": (1000, None),
    "datasets:\n- path: a\n  fraction: 0.5\n- path: b\n  fraction: 0.5": (None, None),
    "dataset_mixture:\n  datasets:\n  - id: a\n    weight: 0.5\n  test_split_size: 50": (None, 50),
    "dataset_mixer:\n  a: 0.5": (None, None),
    "datasets:\n- path: a\n  fraction: 0.5": (1000, None),
    "datasets:\n- path: a\n  fraction: null\n- path: b": (1000, None),
    "datasets: []\ntest_split_size: 0.1": (1000, None),
    "datasets: ${MIXTURE}": (None, None),
    'datasets:\n- path: a\ntest_split_size: "0.1"': (900, 100),
}


@pytest.mark.parametrize("mixture", MIXTURES)
def test_a_mixture_may_be_split_and_sampled(mixture: str) -> None:
    """A test split is taken from whole datasets; sampled ones leave their rows unknown."""
    run = sft(f"per_device_train_batch_size: 4\n{mixture}", dataset_rows=1000)
    found = (value(run, "dataset_size"), value(run, "eval_dataset_size"))
    assert found == MIXTURES[mixture]


def test_a_mixture_means_nothing_before_0_22() -> None:
    """The script of 0.20 knows dataset_name only."""
    keys = "datasets:\n- path: a\ntest_split_size: 0.1"
    run = sft(keys, "trl==0.20.0", "transformers==4.57.6", dataset_rows=1000)
    assert value(run, "dataset_size") == 1000
    assert value(run, "eval_dataset_size") is None


# Defaults.


@pytest.mark.parametrize(
    ("version", "steps", "bf16"), [("0.18.2", 500, False), ("0.19.1", 10, True)]
)
def test_defaults_of_trl_from_0_19(version: str, steps: int, bf16: bool) -> None:
    """Log lines every ten steps and bfloat16 came with 0.19."""
    run = sft("max_length: 64", f"trl=={version}", "transformers==4.51.3")
    assert value(run, "log_interval") == steps
    assert fact(run, "bf16") is bf16


@pytest.mark.parametrize(
    ("more", "bf16"), [("fp16: true", False), ("bf16: false", False), ("bf16: null", True)]
)
def test_bf16_unless_something_else_is_said(more: str, bf16: bool) -> None:
    """fp16 or an explicit bf16 decides; null is the default."""
    assert fact(sft(more), "bf16") is bf16


def test_evaluations_come_with_log_lines_by_default() -> None:
    """Without eval_steps, 25 steps evaluate at 10, 20 and the last."""
    run = sft(
        "per_device_train_batch_size: 8\neval_strategy: steps", dataset_size=200, world_size=1
    )
    assert value(run, "eval_interval") == 10
    assert value(run, "evaluations") == 3


# The launcher.


def test_num_processes_is_handed_on() -> None:
    """`trl sft` gives the launcher its keys: four processes of eight are 32 samples."""
    assert value(sft("num_processes: 4"), "global_batch_size") == 32


def test_the_launcher_s_file_is_named(tmp_path: Path) -> None:
    """A path under accelerate_config is a companion; a shipped name is not."""
    launcher = "distributed_type: MULTI_GPU\nnum_processes: 2\n"
    (tmp_path / "acc.yaml").write_text(launcher, encoding="utf-8")
    config = tmp_path / "sft.yaml"
    config.write_text(f"{SFT}accelerate_config: acc.yaml\n", encoding="utf-8")
    run = load(config, packages=NEWEST)
    assert [Path(path).name for path in run.files] == ["sft.yaml", "acc.yaml"]
    assert value(run, "global_batch_size") == 16
    config.write_text(f"{SFT}accelerate_config: zero3\n", encoding="utf-8")
    assert not load(config, packages=NEWEST).missing


@pytest.mark.parametrize(
    ("text", "version", "batch"),
    [
        (SFT, "0.17.0", None),
        (SFT, "0.18.0", None),
        (f"{SFT}packing: false\n", "0.17.0", None),
        (f"{SFT}packing: false\n", "0.18.0", 32),
        (GRPO, "0.28.0", None),
        (GRPO, "0.29.0", 32),
    ],
)
def test_num_processes_counts_where_the_command_hands_it_on(
    text: str, version: str, batch: int | None
) -> None:
    """`trl sft` does since 0.18, the other commands since 0.29."""
    run = load_lines(text, "num_processes: 4", (f"trl=={version}", "transformers==4.57.6"), {})
    assert value(run, "global_batch_size") == batch


@pytest.mark.parametrize(
    ("more", "processes"),
    [
        ("accelerate_config: zero3", 8),
        ("accelerate_config: zero3\nnum_processes: 2", 2),
        ("accelerate_config: single_gpu\nnum_processes: 2", 1),
        ("accelerate_config: ours", None),
    ],
)
def test_the_launcher_s_files_that_trl_ships(more: str, processes: int | None) -> None:
    """All are for eight processes, but one; an argument goes before what the file says."""
    assert value(sft(more), "world_size") == processes


@pytest.mark.parametrize(
    ("kind", "version", "processes"),
    [("MULTI_GPU", "1.16.0", 3), ("'NO'", "1.16.0", 1), ("MULTI_GPU", "0.17.0", None)],
)
def test_num_processes_goes_before_the_launcher_s_file(
    tmp_path: Path, kind: str, version: str, processes: int | None
) -> None:
    """But a file for one process starts one, and before 0.18 nobody reads it."""
    launcher = f"distributed_type: {kind}\nnum_processes: 2\n"
    (tmp_path / "acc.yaml").write_text(launcher, encoding="utf-8")
    config = tmp_path / "sft.yaml"
    config.write_text(
        f"{SFT}packing: false\naccelerate_config: acc.yaml\nnum_processes: 3\n", encoding="utf-8"
    )
    run = load(config, packages=(f"trl=={version}", "transformers==4.57.6"))
    assert value(run, "world_size") == processes


# Recognition.


def recognised(path: Path) -> str | None:
    """The framework that a file is recognised as; none where it cannot be read."""
    try:
        signature = recognise(read(path).documents[0])
    except ReadError:
        return None
    return None if signature is None else signature.framework


@pytest.mark.parametrize(
    ("more", "framework"),
    [
        ("max_seq_length: 2048", "trl"),
        ("max_seq_length: 384\ndo_train: true", "transformers"),
        ("max_seq_length: 384\ndoc_stride: 128", "transformers"),
        ("num_train_epochs: 3", "transformers"),
        ("num_generations: 8", "trl"),
        ("use_peft: true", "trl"),
    ],
)
def test_scripts_of_transformers_are_not_trl(more: str, framework: str) -> None:
    """`dataset_name` and `model_name_or_path` alone are those of transformers' own scripts."""
    text = f"model_name_or_path: a\ndataset_name: b\nper_device_train_batch_size: 4\n{more}\n"
    signature = recognise(read_text(text, "c.yaml").documents[0])
    assert signature is not None
    assert signature.framework == framework


def corpus(shared: Path) -> list[tuple[str, Path]]:
    """The label and path of every file of the corpus."""
    with (shared / "corpus" / "MANIFEST.csv").open(encoding="utf-8") as table:
        return [(row["label"], shared / "corpus" / row["file"]) for row in csv.DictReader(table)]


def test_the_corpus_is_recognised(shared: Path) -> None:
    """Every recipe is recognised, and no other file."""
    for label, path in corpus(shared):
        assert (recognised(path) == "trl") == (label == "trl"), path


def test_the_corpus_gives_batches(shared: Path) -> None:
    """With the processes known each recipe has a global batch size, without them a lower bound."""
    for label, path in corpus(shared):
        if label == "trl":
            assert load(path).plan["global_batch_size"].low >= 1, path
            assert load(path, assume={"world_size": 8}).plan["global_batch_size"].known, path
