from __future__ import annotations

import csv
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import schedlint
from schedlint import frameworks
from schedlint.run import Run
from schedlint.source import Document, ReadError, read, read_text

ROOT = Path(__file__).resolve().parents[2]


def load(text: str, **assume: int) -> Run:
    """The run of a plain config."""
    return schedlint.load(text=text, framework="generic", assume=assume)


def flat(**numbers: object) -> str:
    """A flat config with some numbers."""
    return "".join(f"{name}: {value}\n" for name, value in numbers.items())


def values(run: Run, *names: str) -> dict[str, object]:
    """The values of some quantities."""
    return {name: run.plan[name].value for name in names}


def framework_of(text: str, name: str = "config.yaml") -> str | None:
    """The name of the framework that a text is recognised as."""
    found = frameworks.recognised(read_text(text, name).documents[0])
    return None if found is None else found.name


# The founding examples.


def test_batch_size_follows_from_samples_and_steps() -> None:
    """10,000 samples once in 1,000 steps are batches of 10."""
    run = schedlint.load(ROOT / "examples" / "generic-batch-from-steps.yaml")
    assert run.framework.name == "generic"
    assert not run.plan.contradictions
    assert values(run, "micro_batch_size", "global_batch_size", "total_epochs", "samples_seen") == {
        "micro_batch_size": 10,
        "global_batch_size": 10,
        "total_epochs": 1,
        "samples_seen": 10_000,
    }


def test_steps_per_epoch_and_epochs_give_batch_and_total() -> None:
    """10,000 samples in 100 steps are batches of 100 or 101; 10 epochs see each 10 times."""
    run = schedlint.load(ROOT / "examples" / "generic-epochs.yaml")
    for name in ("micro_batch_size", "global_batch_size"):
        batch = run.plan[name]
        assert (batch.value, batch.low, batch.high) == (100, 100, 101)
    assert values(run, "total_steps", "total_epochs", "samples_seen") == {
        "total_steps": 1_000,
        "total_epochs": 10,
        "samples_seen": 100_000,
    }


@pytest.mark.parametrize("name", ["steps", "total_steps", "num_steps", "max_steps", "max_iters"])
def test_every_name_of_the_total_gives_the_batch(name: str) -> None:
    """Without a batch size, samples, epochs and steps give it, whatever the steps are called."""
    run = load(flat(dataset_size=10_000, epochs=1, **{name: 1_000}))
    assert values(run, "micro_batch_size", "total_steps") == {
        "micro_batch_size": 10,
        "total_steps": 1_000,
    }


@given(batch=st.integers(1, 512), steps=st.integers(2, 2_000), epochs=st.integers(1, 20))
def test_any_two_of_samples_batch_and_steps_give_the_third(
    batch: int, steps: int, epochs: int
) -> None:
    """Of samples = batch × steps an epoch, each one is derived from the two others."""
    numbers = {"dataset_size": batch * steps, "batch_size": batch, "epochs": epochs}
    total = epochs * steps
    assert load(flat(**numbers)).plan["total_steps"].value == total
    no_batch = load(flat(**{**numbers, "batch_size": "null"}, steps=total))
    assert no_batch.plan["micro_batch_size"].value == batch
    no_samples = load(flat(**{**numbers, "dataset_size": "null"}, steps=total))
    assert no_samples.plan["dataset_size"].value == batch * steps


# The data loader.


@pytest.mark.parametrize(
    ("drop_last", "batches"), [("", 313), ("drop_last: false", 313), ("drop_last: true", 312)]
)
def test_drop_last_decides_over_the_short_batch(drop_last: str, batches: int) -> None:
    """10,000 samples are 312 batches of 32 and a short one, which counts unless it is dropped."""
    run = load(flat(dataset_size=10_000, batch_size=32, epochs=2) + drop_last)
    assert values(run, "batches_per_epoch", "total_steps") == {
        "batches_per_epoch": batches,
        "total_steps": 2 * batches,
    }


def test_unknown_drop_last_leaves_both() -> None:
    """An interpolated drop_last gives the numbers with and without the short batch."""
    run = load(flat(dataset_size=10_000, batch_size=32, epochs=1, drop_last="${drop}"))
    batches = run.plan["batches_per_epoch"]
    assert (batches.low, batches.high, batches.value) == (312, 313, None)


def test_dropping_loader_sees_only_full_batches() -> None:
    """With drop_last an epoch sees 312 × 32 of the 10,000 samples."""
    run = load(flat(dataset_size=10_000, batch_size=32, epochs=3, drop_last="true"))
    assert run.plan["samples_seen"].value == 3 * 312 * 32


def test_ranks_share_the_samples() -> None:
    """Four processes with batches of 32 make ceil(10,000 / 128) = 79 steps."""
    run = load(flat(dataset_size=10_000, batch_size=32, epochs=1), world_size=4)
    assert values(run, "global_batch_size", "total_steps") == {
        "global_batch_size": 128,
        "total_steps": 79,
    }


def test_dropping_on_several_ranks_may_fill_or_cut_the_shares() -> None:
    """Of 15 samples on 2 ranks, a sampler that fills up makes a batch of 8, one that cuts none."""
    run = load(flat(dataset_size=15, batch_size=8, epochs=1, num_gpus=2, drop_last="true"))
    batches = run.plan["batches_per_epoch"]
    assert (batches.low, batches.high) == (0, 1)


# Processes and accumulation.


def test_one_process_is_a_default_that_says_so() -> None:
    """Nothing says how many processes there are: one, as a default that names the flag."""
    world = load(flat(batch_size=32, epochs=1)).plan["world_size"]
    assert (world.value, world.origin.value) == (1, "default")
    assert "--world-size" in world.how()


def test_told_processes_beat_the_default() -> None:
    """A told world size is no contradiction of the default, nor is a told data-parallel size."""
    for told in ("world_size", "data_parallel_size"):
        run = load(flat(batch_size=32, epochs=1), **{told: 8})
        assert not run.plan.contradictions
        assert run.plan["global_batch_size"].value == 256


def test_two_batch_sizes_leave_the_processes_open() -> None:
    """A global batch of 256 beside batches of 32 is 8 batches, over processes or accumulated."""
    text = flat(batch_size=32, global_batch_size=256, epochs=1)
    assert values(load(text), "world_size", "gradient_accumulation_steps") == {
        "world_size": None,
        "gradient_accumulation_steps": None,
    }
    assert load(text, world_size=4).plan["gradient_accumulation_steps"].value == 2
    assert load(text + "grad_accum_steps: 8").plan["world_size"].value == 1


def test_equal_batch_sizes_say_only_the_global_one() -> None:
    """`batch_size` equal to the global batch may be that one: 8 processes are no contradiction."""
    run = load(flat(batch_size=256, total_batch_size=256, epochs=1), world_size=8)
    assert not run.plan.contradictions
    assert run.plan["micro_batch_size"].value == 32


def test_own_batch_beats_the_loose_name() -> None:
    """Beside `micro_batch_size`, `batch_size` may mean anything and claims nothing."""
    run = load(flat(micro_batch_size=4, batch_size=128, epochs=1))
    assert run.plan["micro_batch_size"].value == 4
    assert not run.plan.contradictions


@pytest.mark.parametrize(
    ("gpus", "world"),
    [
        ("num_gpus: 8", 8),
        ("num_gpus: 8\nnum_nodes: 1", 8),
        ("num_gpus: 8\nnum_nodes: 2", None),
        ("world_size: 16\nnum_nodes: 2", 16),
        ("num_nodes: 2", None),
        ("gpus: [0, 1]", None),
    ],
)
def test_gpus_of_several_nodes_are_unknown(gpus: str, world: int | None) -> None:
    """A number of GPUs on several nodes may be one node's or all; a list of them is no number."""
    assert load(flat(batch_size=32, epochs=1) + gpus).plan["world_size"].value == world


def test_accumulation_that_leaves_a_rest_gives_both_counts() -> None:
    """79 batches by 4: loops that step on the rest take 20 steps, the others 19."""
    run = load(
        flat(dataset_size=10_000, batch_size=32, epochs=1, accumulate_grad_batches=4), world_size=4
    )
    steps = run.plan["steps_per_epoch"]
    assert (steps.low, steps.high) == (19, 20)


def test_steps_per_epoch_under_accumulation_is_no_optimizer_count() -> None:
    """With accumulation, a loop's steps an epoch may be micro-batches: they claim nothing."""
    run = load(flat(dataset_size=1_000, batch_size=10, epochs=1, steps_per_epoch=100, grad_accum=4))
    assert not run.plan.contradictions
    assert run.plan["steps_per_epoch"].value == 25


# Duration.


def test_max_steps_below_the_epochs_is_the_total() -> None:
    """Every loop stops at max_steps where the epochs would go on."""
    run = load(flat(dataset_size=10_000, batch_size=10, epochs=100, max_steps=1_000))
    assert run.plan["total_steps"].value == 1_000
    assert not run.plan.contradictions


def test_max_steps_above_the_epochs_leaves_the_total_open() -> None:
    """Loops differ in whether max_steps beats the epochs, and neither is a contradiction."""
    run = load(flat(dataset_size=10_000, batch_size=10, epochs=1, max_steps=5_000))
    total = run.plan["total_steps"]
    assert (total.low, total.high, total.value) == (1_000, 5_000, None)
    assert not run.plan.contradictions


def test_max_steps_is_a_limit_as_well_when_the_batch_is_told() -> None:
    """A batch size from a flag makes max_steps a limit just as one in the file does."""
    run = load(flat(dataset_size=10_000, epochs=100, max_steps=1_000), micro_batch_size=10)
    assert not run.plan.contradictions
    assert run.plan["total_steps"].value == 1_000


def test_processes_follow_where_all_else_is_told() -> None:
    """10,000 samples by 10 are 1,000 batches; 100 steps an epoch take 10 processes."""
    run = load(flat(dataset_size=10_000, batch_size=10, epochs=10, steps=1_000))
    assert not run.plan.contradictions
    assert run.plan["world_size"].value == 10


def test_more_steps_than_any_number_of_processes_makes() -> None:
    """10,000 samples by 10 are 1,000 steps an epoch at most: 10 epochs are no 20,000."""
    run = load(flat(dataset_size=10_000, batch_size=10, epochs=10, steps=20_000))
    (contradiction,) = run.plan.contradictions
    assert {claim.text for claim in contradiction.claims} == {
        "dataset_size: 10000",
        "batch_size: 10",
        "epochs: 10",
        "steps: 20000",
    }


@pytest.mark.parametrize("steps", [936, 937, 938, 939])
def test_rounding_is_no_contradiction(steps: int) -> None:
    """3 epochs of 312.5 batches are 936 to 939 steps, depending on where a loop rounds."""
    run = load(flat(dataset_size=10_000, batch_size=32, epochs=3, steps=steps))
    assert not run.plan.contradictions


@pytest.mark.parametrize("steps", [312, 313])
def test_steps_per_epoch_may_drop_the_short_batch(steps: int) -> None:
    """The config does not say whether its loader drops the short batch: both counts are right."""
    text = flat(batch_size=32, epochs=3, steps_per_epoch=steps)
    assert not load(text + "dataset_size: 10000").plan.contradictions
    assert not load(text, dataset_size=10_000).plan.contradictions


@pytest.mark.parametrize("off", ["-1", "0", "null"])
def test_no_limit_is_no_statement(off: str) -> None:
    """`max_steps: -1` and 0 mean that there is no limit: the epochs count."""
    run = load(flat(dataset_size=1_000, batch_size=10, epochs=2, max_steps=off))
    assert run.plan["total_steps"].value == 200


def test_fractional_epochs_leave_the_rounding_open() -> None:
    """Half an epoch of 313 steps is 156 or 157: no value is claimed."""
    run = load(flat(dataset_size=10_000, batch_size=32, epochs=0.5))
    assert run.plan["epochs"].value == Fraction(1, 2)
    assert run.plan["total_steps"].value is None


def simulated(
    samples: int, batch: int, ranks: int, accumulation: int, epochs: int, drop: bool, rest: bool
) -> tuple[int, int]:
    """Steps an epoch and in all of a loop that goes through the samples of one rank by hand."""
    share = len(range(0, samples, ranks))  # DistributedSampler: the first rank's, the others filled
    batches = [min(batch, share - first) for first in range(0, share, batch)]
    if drop:
        batches = [size for size in batches if size == batch]
    steps = waiting = 0
    for _ in batches:
        waiting += 1
        if waiting == accumulation:
            steps, waiting = steps + 1, 0
    steps += bool(waiting and rest)
    return steps, steps * epochs


@given(
    samples=st.integers(1, 400),
    batch=st.integers(1, 16),
    ranks=st.integers(1, 4),
    accumulation=st.integers(1, 4),
    epochs=st.integers(1, 4),
    drop=st.booleans(),
    rest=st.booleans(),
    stated=st.booleans(),
)
def test_every_loop_lies_within_the_plan(
    samples: int,
    batch: int,
    ranks: int,
    accumulation: int,
    epochs: int,
    drop: bool,
    rest: bool,
    stated: bool,
) -> None:
    """What a loop by hand does is possible in the plan, with its own totals stated or derived."""
    steps, total = simulated(samples, batch, ranks, accumulation, epochs, drop, rest)
    text = flat(
        num_examples=samples, batch_size=batch, num_gpus=ranks, grad_accum=accumulation
    ) + flat(epochs=epochs, drop_last=str(drop).lower())
    if stated and total:
        text += flat(total_steps=total)
    plan = load(text).plan
    assert not plan.contradictions
    assert plan["steps_per_epoch"].low <= steps <= plan["steps_per_epoch"].high
    assert plan["total_steps"].low <= total <= plan["total_steps"].high


# Names and places.


@pytest.mark.parametrize(
    ("section", "quantity", "number"),
    [
        ("data: {batch_size: 7}", "micro_batch_size", 7),
        ("dataset: {size: 700}", "dataset_size", 700),
        ("train: {epochs: 7}", "epochs", 7),
        ("optim: {warmup_steps: 7}", "warmup_steps", 7),
        ("lr_scheduler_params: {warmup_steps: 7}", "warmup_steps", 7),
        ("model: {seq_len: 7}", "sequence_length", 7),
        ("TRAIN: {BATCH_SIZE: 7}", "micro_batch_size", 7),
        ('"--train-batch-size": 7', "micro_batch_size", 7),
        ("logging: {log_every_n_steps: 7}", "log_interval", 7),
    ],
)
def test_names_are_found_one_level_down(section: str, quantity: str, number: int) -> None:
    """A plain name counts at the top and in any section that is about the training."""
    assert load(section).plan[quantity].value == number


@pytest.mark.parametrize(
    "section",
    [
        "val: {batch_size: 7}",
        "eval_loader: {batch_size: 7}",
        "sampling: {batch_size: 7}",
        "model: {batch_size: 7}",
        "lr_scheduler: {batch_size: 7}",
        "checkpoint: {batch_size: 7}",
        "stage1: {batch_size: 7}",
        "a: {b: {batch_size: 7}}",
        "batch_size: [7]",
        "batch_size: ${size}",
        "batch_size: true",
        "batch_size: 0",
        "train: {batch_size: 7}\nloader: {batch_size: 8}",
    ],
)
def test_what_is_about_something_else_claims_nothing(section: str) -> None:
    """Other sections, no numbers, and two places that disagree leave the batch unknown."""
    assert load(section).plan["micro_batch_size"].value is None


def test_two_places_that_agree_count() -> None:
    """The same number in two places is that number."""
    assert load("train: {batch_size: 7}\ndata: {batch_size: 7}").plan["micro_batch_size"].value == 7


def test_few_samples_are_no_training_set() -> None:
    """`num_samples: 16` beside batches of 64 is something else, such as samples to draw."""
    run = load(flat(num_samples=16, batch_size=64, epochs=2))
    assert run.plan["dataset_size"].value is None


# Warm-up, intervals, schedule.


def test_warmup_in_each_unit() -> None:
    """Warm-up counts steps, epochs of 100 steps, or a share of the 200 steps."""
    text = flat(dataset_size=1_000, batch_size=10, epochs=2)
    assert load(text + "warmup_steps: 30").plan["warmup_steps"].value == 30
    assert load(text + "warmup_epochs: 1").plan["warmup_steps"].value == 100
    share = load(text + "warmup_ratio: 0.127").plan["warmup_steps"]
    assert (share.low, share.high) == (25, 26)


def test_two_units_of_warmup_leave_it_open() -> None:
    """Which of two warm-ups counts is not known."""
    text = flat(dataset_size=1_000, batch_size=10, epochs=2, warmup_steps=0, warmup_ratio=0.1)
    assert load(text).plan["warmup_steps"].value is None


def test_period_of_unknown_unit_is_at_least_that_many_steps() -> None:
    """A snapshot every 10,000 steps or epochs comes no earlier than after 10,000 steps."""
    run = load(flat(batch_size=128, max_epoch=50, updates_per_epoch=100, snapshot_interval=10_000))
    assert run.plan["save_interval"].low == 10_000
    assert run.plan["save_interval"].value is None
    assert run.plan["total_steps"].value == 5_000


def test_period_under_accumulation_may_count_micro_batches() -> None:
    """With accumulation a period may be fewer optimizer steps than its number."""
    run = load(flat(batch_size=128, epochs=50, save_every=1_000, accum_steps=4))
    assert run.plan["save_interval"].low == 1


def test_one_cycle_stepped_by_steps_has_a_horizon() -> None:
    """torch's OneCycleLR ends after total_steps, or after epochs × steps_per_epoch."""
    text = "epochs: 3\nbatch_size: 8\nlr_scheduler: {type: OneCycleLR, interval: %s, args: {%s}}"
    by_total = load(text % ("step", "total_steps: 60000"))
    assert by_total.plan["decay_steps"].value == 60_000
    by_epochs = load(text % ("step", "epochs: 100, steps_per_epoch: 1000"))
    assert by_epochs.plan["decay_steps"].value == 100_000
    by_epoch = load(text % ("epoch", "total_steps: 3"))
    assert by_epoch.plan["decay_steps"].value is None


def test_schedule_s_own_epochs_are_not_the_run_s() -> None:
    """Arguments of a scheduler say nothing of the loop."""
    text = "trainer: {epochs: 3, batch_size: 8}\nscheduler: {name: OneCycleLR, epochs: 9}"
    run = load(text)
    assert run.plan["epochs"].value == 3
    assert run.scenarios[0].fact_is("scheduler", "OneCycleLR")


@pytest.mark.parametrize(
    ("rate", "read_as_text"),
    [("1e-4", True), ("1.0e-4", False), ("'1e-4'", False), ("auto", False)],
)
def test_rate_without_a_dot_is_text(rate: str, read_as_text: bool) -> None:
    """PyYAML reads `1e-4` as text; a quoted one was meant as text."""
    text = f"epochs: 3\nbatch_size: 8\noptimizer: {{type: Adam, args: {{lr: {rate}}}}}\n"
    misreadings = load(text).scenarios[0].misreadings
    assert [m.setting.key for m in misreadings] == ["optimizer.args.lr"] * read_as_text


def test_rate_in_a_file_for_omegaconf_is_a_number() -> None:
    """Interpolations show that another reader loads the file: nothing is read as text."""
    text = "epochs: 3\nbatch_size: 8\nlr: 1e-4\nwarmup_lr: ${lr}\n"
    assert not load(text).scenarios[0].misreadings


# Recognition.


@pytest.mark.parametrize(
    "text",
    [
        "batch_size: 32\nepochs: 10\n",
        "dataset_size: 100\nmax_steps: 10\n",
        "dataset_size: 100\nsteps_per_epoch: 10\n",
        "data: {batch_size: 32}\ntrain: {num_epochs: 10}\n",
    ],
)
def test_a_size_and_a_duration_make_a_config(text: str) -> None:
    """A batch or a number of samples and a duration are a plain training config."""
    assert framework_of(text) == "generic"


@pytest.mark.parametrize(
    "text",
    [
        "batch_size: 32\n",
        "epochs: 10\nlr: 0.1\n",
        "batch_size: many\nepochs: 10\n",
        "batch_size: 32\nepochs: [1, 2]\n",
        "val: {batch_size: 32}\nepochs: 10\n",
        "batch_size: 32\nepochs: 10\nmodel: {_component_: torchtune.models.llama3}\n",
        "batch_size: 32\nepochs: 10\ntensor_parallel_size: 2\n",
        "batch_size: 32\nepochs: 10\nnum_envs: 8\n",
        "batch_size: 32\nsteps: 10\njobs: {build: {}}\n",
        "- batch_size: 32\n- epochs: 10\n",
        "just text\n",
    ],
)
def test_anything_less_is_no_config(text: str) -> None:
    """Without both, with other values, or with a framework's own marks nothing is recognised."""
    assert framework_of(text) is None


def test_a_framework_s_config_stays_its_own() -> None:
    """Plain names beside a framework's own keys do not make a config plain."""
    assert (
        framework_of("per_device_train_batch_size: 4\nepochs: 3\nbatch_size: 2\n") == "transformers"
    )


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("config.json", '{"batch_size": 32, "epochs": 10}'),
        ("config.toml", "batch_size = 32\nepochs = 10\n"),
    ],
)
def test_every_format_is_recognised(name: str, text: str) -> None:
    """JSON and TOML configs are as plain as YAML ones."""
    assert framework_of(text, name) == "generic"


def documents(path: Path) -> Iterator[Document]:
    """The documents of a file, none where it cannot be read."""
    try:
        yield from read(path).documents
    except ReadError:
        return


def test_no_config_of_the_corpus_is_plain(shared: Path) -> None:
    """Files of frameworks and files that are no training configs are never taken for plain ones."""
    with (shared / "corpus" / "MANIFEST.csv").open(encoding="utf-8") as manifest:
        files = [row["file"] for row in csv.DictReader(manifest)]
    taken = []
    for file in files:
        for document in documents(shared / "corpus" / file):
            found = frameworks.recognised(document)
            if found is not None and found.name == "generic":
                taken.append(file)
    assert len(files) > 1_000
    assert not taken


@pytest.mark.parametrize(
    ("case", "dataset_size", "quantities"),
    [
        ("generic-pytorch-04", 1_712, {"total_steps": 85_600, "decay_steps": 60_000}),
        ("generic-pytorch-04.ok", 1_712, {"total_steps": 85_600, "decay_steps": 85_600}),
        ("generic-pytorch-06", 18_000, {"total_steps": 900_000, "decay_steps": 100_000}),
        ("generic-pytorch-06.ok", 18_000, {"total_steps": 900_000, "decay_steps": 900_000}),
    ],
)
def test_reported_mistakes_show_in_the_numbers(
    shared: Path, case: str, dataset_size: int, quantities: dict[str, int]
) -> None:
    """The schedules of two reports are shorter than their runs; the corrected ones are not."""
    path = shared / "cases" / "files" / f"{case}.yaml"
    run = schedlint.load(path, assume={"dataset_size": dataset_size})
    assert run.framework.name == "generic"
    assert values(run, *quantities) == quantities
