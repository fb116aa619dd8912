"""Composer: LLM Foundry's YAML, its units of time, its loaders, schedules and refusals."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

import schedlint
from schedlint.frameworks.composer.cadence import at_samples, at_samples_of_short_batches
from schedlint.frameworks.composer.time import BadTime, Time, steps_of_samples, time_of
from schedlint.frameworks.signatures import recognise
from schedlint.run import Run
from schedlint.source import UNKNOWN, read, read_text

BATCH = {"global_train_batch_size": 8, "device_train_microbatch_size": 8}
KEPT = {"name": "finetuning"}
DROPPED = {"name": "finetuning", "drop_last": True}
COSINE = "cosine_with_warmup"


def load(
    loader: dict[str, object] = KEPT, samples: int | None = 40, world: int = 1, **keys: object
) -> Run:
    """Read a config of two epochs of 40 samples in batches of 8, with some keys changed."""
    config = {"train_loader": loader, "max_duration": "2ep", **BATCH, **keys}
    facts = {"world_size": world} | ({} if samples is None else {"dataset_size": samples})
    return schedlint.load(text=yaml.safe_dump(config), filename="train.yaml", assume=facts)


def values(run: Run, *names: str) -> list[object]:
    """Return the values of some quantities."""
    return [run.plan[name].value for name in names]


def bounds(run: Run, name: str) -> tuple[object, object]:
    """Return the least and the largest possible value."""
    return run.plan[name].low, run.plan[name].high


def fact(run: Run, name: str) -> object:
    """Return the value of a fact that must be there."""
    found = run.scenarios[0].fact(name)
    assert found is not None
    return found.value


def refused(run: Run) -> list[str]:
    """Return the keys whose values are refused."""
    return [refusal.setting.key for refusal in run.scenarios[0].refusals]


# Time strings.


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("1ep", (1, "ep")),
        ("100ba", (100, "ba")),
        ("4e9tok", (4_000_000_000, "tok")),
        ("0.05dur", (0.05, "dur")),
        ("1dur", (1.0, "dur")),
        ("1_0ba", (10, "ba")),
        ("2 EP", (2, "ep")),
        ("-1ba", (-1, "ba")),
        ("3iter", (3, "iter")),
        ("10sec", (10, "sec")),
        ("1h30m", (5400, "sec")),
        ("30m", (1800, "sec")),
        (7, (7, "ep")),
    ],
)
def test_time(text: object, time: tuple[float, str]) -> None:
    """A number through Python's float and a unit in any case; a bare number is of epochs."""
    assert time_of(text, "ep") == Time(*time)


@pytest.mark.parametrize(
    "text",
    ["3epochs", "5steps", "ep", "2ep ", "", "1.5ep", "1e-1ba", "infba", "nandur", "xba", 1.0, None],
)
def test_no_time(text: object) -> None:
    """Other units, fractions of whole things and bare floats are refused."""
    with pytest.raises(BadTime):
        time_of(text, "ep")


def test_bare_number_where_a_unit_must_stand() -> None:
    """A schedule does not say what a bare number counts."""
    with pytest.raises(BadTime, match="unit"):
        time_of(100, None)


# Batches and processes.


@pytest.mark.parametrize(
    ("micro", "world", "expected"),
    [
        (3, 1, [3, 3, 8]),
        (8, 1, [8, 1, 8]),
        (64, 1, [8, 1, 8]),
        (3, 2, [3, 2, 8]),
        (2, 4, [2, 1, 8]),
    ],
)
def test_micro_batches(micro: int, world: int, expected: list[int]) -> None:
    """The batch of a rank is cut into micro-batches, the last of which may be short."""
    run = load(world=world, device_train_microbatch_size=micro)
    names = ("micro_batch_size", "gradient_accumulation_steps", "global_batch_size")
    assert values(run, *names) == expected


def test_automatic_micro_batch_is_not_known() -> None:
    """The memory decides."""
    run = load(device_train_microbatch_size="auto")
    assert values(run, "micro_batch_size", "global_batch_size", "total_steps") == [None, 8, 10]


def test_ranks_must_divide_the_batch() -> None:
    """LLM Foundry refuses a global batch that would be cut off."""
    (contradiction,) = load(world=3).plan.contradictions
    assert {claim.quantity for claim in contradiction.claims} == {"global_batch_size", "world_size"}


def test_tensor_parallel_ranks_share_samples() -> None:
    """How many ranks see different data is then not the number of processes."""
    run = load(world=4, tp_config={"strategy": "ffn", "tensor_parallel_degree": 2})
    assert values(run, "data_parallel_size", "global_batch_size") == [None, 8]


def test_device_batch_counts_only_without_the_global_one() -> None:
    """LLM Foundry overwrites `device_train_batch_size`."""
    assert values(load(device_train_batch_size=2), "global_batch_size") == [8]
    text = "train_loader: {name: text}\nmax_duration: 1ep\ndevice_train_batch_size: 4\n"
    text += "device_train_microbatch_size: 4\n"
    run = schedlint.load(text=text, filename="train.yaml", assume={"world_size": 2})
    assert values(run, "global_batch_size") == [8]


# Data.


@pytest.mark.parametrize(
    ("loader", "samples", "world", "steps", "seen"),
    [
        (KEPT, 50, 1, 7, 100),
        (KEPT, 50, 4, 7, 104),
        (DROPPED, 50, 1, 6, 96),
        (DROPPED, 15, 2, 1, 16),
        ({"name": "text", "drop_last": True}, 15, 2, 2, 32),
        ({**DROPPED, "dataset": {"streams": {}}}, 15, 2, 2, 32),
    ],
)
def test_batches_of_a_pass(
    loader: dict[str, object], samples: int, world: int, steps: int, seen: int
) -> None:
    """Ranks get equal shares: filled up, or cut off with drop_last; a stream always fills up."""
    run = load(loader, samples, world)
    assert values(run, "steps_per_epoch", "total_steps", "samples_seen") == [steps, 2 * steps, seen]


def test_stream_that_keeps_its_last_batch_repeats_samples() -> None:
    """How many is not known, only that a batch holds no more than the others."""
    run = load({"name": "text", "drop_last": False}, 50)
    assert values(run, "total_steps", "samples_seen") == [14, None]


def test_drop_last_that_is_not_stated() -> None:
    """The text loader wants it: without it, the last batch may count or not."""
    assert bounds(load({"name": "text"}, 50), "steps_per_epoch") == (6, 7)


@pytest.mark.parametrize(("subset", "steps"), [(3, 3), (100, 7), (-1, 7), (0, 0)])
def test_subset_of_batches(subset: int, steps: int) -> None:
    """The smaller of both counts; -1 is all."""
    assert values(load(KEPT, 50, train_subset_num_batches=subset), "steps_per_epoch") == [steps]


@pytest.mark.parametrize(
    ("ratio", "steps"), [(2.0, 4), (1.3, 5), (1, 7), (None, 7), ("auto", None)]
)
def test_packed_rows_take_more_samples(ratio: object, steps: int | None) -> None:
    """A batch of 8 rows draws `int(8 × ratio)` samples."""
    run = load({**KEPT, "dataset": {"packing_ratio": ratio}}, 50)
    assert values(run, "steps_per_epoch") == [steps]
    assert fact(run, "packing") is (ratio not in (None, 1))


def test_packed_samples_are_not_counted() -> None:
    """Whether the clock counts rows or samples is not known: a run in samples is bounded."""
    run = load({**DROPPED, "dataset": {"packing_ratio": 2.0}}, 50, max_duration="96sp")
    assert bounds(run, "total_steps") == (12, 96)


# Duration.


@pytest.mark.parametrize(
    ("duration", "samples", "steps"),
    [
        ("7ba", 40, 7),
        ("1e1ba", 40, 10),
        (2, 40, 10),
        ("51sp", 16, 7),
        ("51sp", 19, 8),
        ("38sp", 19, 6),
        ("40sp", 19, 7),
        ("1sp", 19, 1),
    ],
)
def test_duration(duration: object, samples: int, steps: int) -> None:
    """Samples are counted as the batches hold them, the short one of 3 in 19 too."""
    assert values(load(KEPT, samples, max_duration=duration), "total_steps") == [steps]


def test_duration_in_samples_without_data() -> None:
    """Full batches need no data; short ones only make a run longer."""
    assert values(load(DROPPED, None, max_duration="96sp"), "total_steps") == [12]
    assert bounds(load(KEPT, None, max_duration="96sp"), "total_steps") == (12, 96)


def test_tokens_of_full_rows() -> None:
    """The text loader's rows are full; padding of other data counts no tokens."""
    text = {"name": "text", "drop_last": True, "dataset": {"max_seq_len": 16}}
    assert values(load(text, None, max_duration="1000tok"), "total_steps") == [8]
    padded = {**DROPPED, "dataset": {"max_seq_len": 16}}
    assert bounds(load(padded, None, max_duration="1000tok"), "total_steps") == (8, math.inf)


def test_mean_length_that_is_told_leaves_rows_open() -> None:
    """Rows that somebody says are shorter are not taken as full."""
    text = (
        "train_loader: {name: text, drop_last: true, dataset: {max_seq_len: 16}}\n"
        "max_duration: 1000tok\nglobal_train_batch_size: 8\n"
    )
    run = schedlint.load(text=text, filename="a.yaml", assume={"mean_sample_length": 10})
    assert bounds(run, "total_steps") == (8, math.inf)


def test_loop_without_a_batch_makes_no_step() -> None:
    """With drop_last and too little data the loop goes round and round."""
    assert values(load(DROPPED, 7, max_duration="10ba"), "total_steps") == [0]
    assert values(load(DROPPED, None, max_duration="10ba"), "total_steps") == [10]


@pytest.mark.parametrize("duration", ["1dur", "1h", "10sec", "3epochs", "1.5ep", 1.5])
def test_refused_durations(duration: object) -> None:
    """Neither a fraction of itself nor wall clock, and only what Composer can read."""
    run = load(max_duration=duration)
    assert refused(run) == ["max_duration"]
    assert values(run, "total_steps") == [None]


@pytest.mark.parametrize("duration", ["${length}", "1iter", None])
def test_durations_that_tell_nothing(duration: object) -> None:
    """An open reference, and iterations, which nothing here defines."""
    run = load(max_duration=duration)
    assert refused(run) == []
    assert values(run, "total_steps", "global_batch_size") == [None, 8]


def test_scaled_schedule() -> None:
    """`scale_schedule_ratio` stretches the run; warm-up in batches stays."""
    schedule = {"name": COSINE, "t_warmup": "4ba"}
    run = load(max_duration="21ba", scale_schedule_ratio=0.5, scheduler=schedule)
    assert values(run, "total_steps", "warmup_steps", "decay_steps") == [10, 4, 10]
    stretched = {**schedule, "scale_warmup": True}
    run = load(max_duration="21ba", scale_schedule_ratio=0.5, scheduler=stretched)
    assert values(run, "warmup_steps") == [None]


# Schedule.


@pytest.mark.parametrize(
    ("warmup", "duration", "steps"),
    [
        ("4ba", "2ep", 4),
        ("1ep", "2ep", 5),
        ("0.3dur", "2ep", 3),
        ("0.05dur", "2ep", 0),
        ("0.3dur", "7ba", 2),
        ("20sp", "96sp", 3),
        ("0.5dur", "51sp", 4),
        ("100ba", "2ep", 100),
    ],
)
def test_warmup(warmup: str, duration: str, steps: int) -> None:
    """A fraction is cut off in the unit of the run: 25 of 51 samples are reached in 4 batches."""
    run = load(max_duration=duration, scheduler={"name": COSINE, "t_warmup": warmup})
    assert values(run, "warmup_steps") == [steps]
    assert refused(run) == []


@pytest.mark.parametrize(
    ("schedule", "duration"),
    [
        ({"t_warmup": "16sp", "t_max": "2ep"}, "2ep"),
        ({"t_warmup": "16sp"}, "2ep"),
        ({"t_warmup": "4ba"}, "96sp"),
        ({"t_warmup": "1ep"}, "96sp"),
        ({"t_warmup": "4ba"}, "640tok"),
        ({"t_warmup": 4}, "2ep"),
        ({"t_warmup": "4steps"}, "2ep"),
        ({"name": "inv_sqrt_with_warmup", "t_warmup": "0.1dur"}, "2ep"),
        ({"name": "inv_sqrt_with_warmup", "t_warmup": "4ba"}, "2ep"),
    ],
)
def test_warmup_that_cannot_be_compared(schedule: dict[str, object], duration: str) -> None:
    """Warm-up and horizon count the same once epochs and fractions have become batches."""
    run = load(max_duration=duration, scheduler={"name": COSINE, **schedule})
    assert refused(run) == ["scheduler.t_warmup"]
    assert values(run, "warmup_steps") == [None]


def test_inverse_square_root_counts_as_the_run() -> None:
    """Its warm-up is in the unit of max_duration."""
    schedule = {"name": "inv_sqrt_with_warmup", "t_warmup": "1ep"}
    assert values(load(scheduler=schedule), "warmup_steps") == [5]


@pytest.mark.parametrize(
    ("horizon", "duration"),
    [("9ba", "2ep"), ("1ep", "2ep"), ("0.5dur", "10ba"), ("1ep", "7ba"), ("0.99dur", "10ba")],
)
def test_horizon_before_the_end_contradicts_the_run(horizon: str, duration: str) -> None:
    """Schedules with warm-up refuse to end before the run."""
    schedule = {"name": COSINE, "t_warmup": "2ba", "t_max": horizon}
    assert load(max_duration=duration, scheduler=schedule).plan.contradictions


def test_horizon_in_epochs_needs_no_data() -> None:
    """One epoch is less than two, however long they are."""
    schedule = {"name": COSINE, "t_warmup": "2ba", "t_max": "1ep"}
    assert load(KEPT, None, scheduler=schedule).plan.contradictions


@pytest.mark.parametrize(
    ("unit", "short", "enough"), [("sp", "90sp", "96sp"), ("tok", "90tok", "97tok")]
)
def test_horizon_in_the_unit_of_the_run(unit: str, short: str, enough: str) -> None:
    """Samples are compared with samples, and tokens with tokens."""
    schedule = {"name": COSINE, "t_warmup": f"8{unit}"}
    run = load(max_duration=f"96{unit}", scheduler={**schedule, "t_max": short})
    assert run.plan.contradictions
    run = load(max_duration=f"96{unit}", scheduler={**schedule, "t_max": enough})
    assert not run.plan.contradictions


@pytest.mark.parametrize(
    ("schedule", "steps"),
    [
        ({"name": COSINE, "t_warmup": "2ba"}, 10),
        ({"name": COSINE, "t_warmup": "2ba", "t_max": "20ba"}, 20),
        ({"name": COSINE, "t_warmup": "2ba", "t_max": "4ep"}, 20),
        ({"name": "cosine", "t_max": "1ep"}, 5),
        ({"name": "constant_with_warmup", "t_warmup": "2ba"}, None),
        ({"name": "of_the_house"}, None),
    ],
)
def test_horizon(schedule: dict[str, object], steps: int | None) -> None:
    """The whole run, or what is stated; without warm-up nobody compares it with the run."""
    run = load(scheduler=schedule)
    assert values(run, "decay_steps") == [steps]
    assert not run.plan.contradictions


def test_schedule_without_warmup() -> None:
    """Its warm-up is no step; of an unknown schedule nothing is known."""
    assert values(load(scheduler={"name": "cosine"}), "warmup_steps") == [0]
    assert values(load(scheduler={"name": "of_the_house"}), "warmup_steps") == [None]
    assert values(load(), "warmup_steps", "decay_steps") == [None, None]


# Evaluations and checkpoints.


@pytest.mark.parametrize(
    ("interval", "keys", "expected"),
    [
        ("3ba", {}, [3, 4]),
        ("5ba", {}, [5, 2]),
        ("1ep", {}, [5, 2]),
        (1, {}, [5, 2]),
        (500, {}, [2500, 1]),
        ("20sp", {}, [None, 4]),
        ("8sp", {}, [None, 10]),
        ("0.05dur", {}, [1, 10]),
        ("0.3dur", {}, [3, 4]),
        ("0.3dur", {"max_duration": "10ba"}, [3, 4]),
        ("0.3dur", {"max_duration": "96sp"}, [None, 4]),
        ("1ep", {"max_duration": "7ba"}, [5, 2]),
        ("1ep", {"max_duration": "12ba"}, [5, 3]),
        (0, {}, [None, 0]),
        ("-1ba", {}, [None, 0]),
    ],
)
def test_evaluations_and_checkpoints(
    interval: object, keys: dict[str, object], expected: list[object]
) -> None:
    """Each multiple that the clock passes, and the end unless it was just evaluated."""
    run = load(eval_loader={"name": "text"}, eval_interval=interval, **keys)
    assert values(run, "eval_interval", "evaluations") == expected
    run = load(save_folder="out", save_interval=interval, **keys)
    assert values(run, "save_interval", "checkpoints") == expected


def test_interval_in_samples_of_full_batches() -> None:
    """Twenty samples are two batches, or three; sixteen are two."""
    run = load(DROPPED, eval_loader={}, eval_interval="20sp")
    assert bounds(run, "eval_interval") == (2, 3)
    assert values(load(DROPPED, eval_loader={}, eval_interval="16sp"), "eval_interval") == [2]


def test_evaluations_by_epoch_need_no_data() -> None:
    """Both are counted in epochs."""
    run = load(KEPT, None, max_duration="5ep", eval_loader={}, eval_interval="2ep")
    assert values(run, "evaluations") == [3]


def test_evaluation_before_the_first_step() -> None:
    """`eval_first` is one more."""
    run = load(eval_loader={"name": "text"}, eval_interval="5ba", eval_first=True)
    assert values(run, "evaluations") == [3]


@pytest.mark.parametrize("loader", [{}, {"eval_loader": None}])
def test_without_evaluation_data(loader: dict[str, object]) -> None:
    """LLM Foundry evaluates on nothing else; a house may."""
    run = load(eval_interval="3ba", **loader)
    assert values(run, "evaluations") == [0]
    assert fact(run, "eval_strategy") == "no"
    assert values(load({"name": "ours"}, eval_interval="3ba"), "evaluations") == [None]


def test_evaluation_in_another_run() -> None:
    """The callback `async_eval` takes evaluations out of this run."""
    run = load(eval_loader={}, eval_interval="3ba", callbacks={"async_eval": {}})
    assert values(run, "evaluations") == [None]


def test_tasks_are_evaluated() -> None:
    """In-context tasks are evaluation data as well."""
    assert values(load(icl_tasks="tasks.yaml", eval_interval="5ba"), "evaluations") == [2]


def test_checkpoints() -> None:
    """Without a folder there are none; by default LLM Foundry saves every 1000ba, Composer 1ep."""
    assert values(load(save_interval="3ba"), "checkpoints") == [0]
    assert values(load(save_folder="out"), "save_interval", "checkpoints") == [1000, 1]
    assert values(load({"name": "ours"}, save_folder="out"), "save_interval") == [5]
    run = load(save_folder="out", save_num_checkpoints_to_keep=2)
    assert fact(run, "save_total_limit") == 2


@pytest.mark.parametrize("key", ["eval_interval", "save_interval", "console_log_interval"])
def test_refused_intervals(key: str) -> None:
    """Steps are no unit."""
    assert refused(load(eval_loader={}, save_folder="out", **{key: "5steps"})) == [key]


@pytest.mark.parametrize("key", ["eval_interval", "save_interval"])
def test_intervals_of_nothing_of_the_run(key: str) -> None:
    """Composer divides by a share of the run (`create_interval_scheduler`); 0 of another is so."""
    assert refused(load(eval_loader={}, save_folder="out", **{key: "0dur"})) == [key]
    assert refused(load(eval_loader={}, save_folder="out", **{key: "0.5dur"})) == []


def test_intervals_by_the_clock_are_not_counted() -> None:
    """How many come no file says: it is not none."""
    run = load(eval_loader={}, save_folder="out", eval_interval="3600sec", save_interval="1h")
    assert refused(run) == []
    assert values(run, "evaluations", "checkpoints") == [None, None]
    assert (fact(run, "eval_strategy"), fact(run, "save_strategy")) == ("steps", "steps")


def test_log_interval() -> None:
    """Every batch by default; epochs where it says so."""
    assert values(load(), "log_interval") == [1]
    assert values(load(console_log_interval="1ep"), "log_interval") == [5]


# Precision and numbers.


@pytest.mark.parametrize(
    ("keys", "fp16", "bf16"),
    [
        ({}, False, True),
        ({"precision": "amp_fp16"}, True, False),
        ({"precision": "fp32"}, False, False),
        ({"precision": "amp_fp8"}, False, False),
        ({"precision": "${p}"}, UNKNOWN, UNKNOWN),
    ],
)
def test_precision(keys: dict[str, object], fp16: object, bf16: object) -> None:
    """One key says which; amp_bf16 by default."""
    run = load(**keys)
    assert (fact(run, "fp16"), fact(run, "bf16")) == (fp16, bf16)


def test_omegaconf_reads_exponents() -> None:
    """`6e-4` is a number to OmegaConf; in quotes it is text to the optimizer."""
    text = "train_loader: {name: text}\nmax_duration: 1ep\nglobal_train_batch_size: 8\n"
    text += "optimizer: {lr: %s}\n"
    assert not schedlint.load(text=text % "6e-4", filename="a.yaml").scenarios[0].misreadings
    assert schedlint.load(text=text % "'6e-4'", filename="a.yaml").scenarios[0].misreadings


def test_sequence_length_follows_references() -> None:
    """The loader's own length counts before the one at the top."""
    text = (
        "variables: {length: 512}\nmax_seq_len: 64\nglobal_train_batch_size: 8\n"
        "train_loader: {name: text, dataset: {max_seq_len: '${variables.length}'}}\n"
        "max_duration: 1ep\n"
    )
    run = schedlint.load(text=text, filename="a.yaml")
    assert values(run, "sequence_length", "tokens_per_step") == [512, 4096]


# The clock, by counting.

_SIZES = st.integers(1, 40)


def _counted(samples: int, batch: int) -> list[int]:
    """The sizes of the batches of a pass, the last one short."""
    return [min(batch, samples - start) for start in range(0, samples, batch)]


@given(_SIZES, st.integers(1, 9), st.integers(0, 200))
def test_steps_of_samples_by_counting(samples: int, batch: int, wanted: int) -> None:
    """The first batch that reaches so many samples."""
    sizes = _counted(samples, batch)
    steps = seen = 0
    while seen < wanted:
        seen += sizes[steps % len(sizes)]
        steps += 1
    assert steps_of_samples.formula(wanted, len(sizes), samples, batch) == steps


@given(_SIZES, st.integers(1, 9), st.integers(1, 80), st.fractions(min_value="1/8", max_value=99))
def test_passed_multiples_by_counting(
    samples: int, batch: int, steps: int, interval: object
) -> None:
    """Each step that passes a multiple, and the last one."""
    sizes = _counted(samples, batch)
    assert _fired(sizes, steps, interval) == at_samples_of_short_batches.formula(
        steps, len(sizes), samples, batch, interval
    )
    assert _fired([batch], steps, interval) == at_samples.formula(steps, batch, interval)


def _fired(sizes: list[int], steps: int, interval: object) -> int:
    seen = fired = 0
    for step in range(steps):
        before, seen = seen, seen + sizes[step % len(sizes)]
        fired += before // interval != seen // interval or step == steps - 1
    return fired


# Recognition.


@pytest.mark.parametrize(
    "text",
    [
        "train_loader: {name: finetuning}\nmax_seq_len: 8\n",
        "max_duration: 1ep\nscheduler: {t_warmup: 10ba}\n",
        "max_duration: 90ep\ndevice_train_microbatch_size: auto\n",
    ],
)
def test_recognised(text: str) -> None:
    """By the loader, by the schedule, or by the micro-batch of a device."""
    signature = recognise(read_text(text, "a.yaml").documents[0])
    assert signature is not None
    assert signature.framework == "composer"


@pytest.mark.parametrize(
    "text",
    [
        "max_duration: 1ep\nmodel: {max_sequence_length: 8}\nscheduler: {t_warmup: 2000}\n",
        "max_duration: 1000\ndevice_train_microbatch_size: 8\noptimizer: {learning_rate: 1e-4}\n",
        "parameters: {train_loader: {name: text}, max_duration: 1ep}\ncommand: train\n",
        "max_duration: 3\n",
    ],
)
def test_not_recognised(text: str) -> None:
    """OLMo has the same names for other things; a launcher's file holds a config among others."""
    signature = recognise(read_text(text, "a.yaml").documents[0])
    assert signature is None or signature.framework != "composer"


def test_corpus(shared: Path) -> None:
    """Every real config, and no launcher's file, is recognised and has a global batch."""
    with (shared / "corpus" / "MANIFEST.csv").open(encoding="utf-8") as table:
        labels = {row["file"]: row["label"] for row in csv.DictReader(table)}
    for file, label in labels.items():
        if not label.startswith("composer"):
            continue
        (document,) = read(shared / "corpus" / file).documents
        signature = recognise(document)
        assert (signature is not None) == (label == "composer"), file
        if signature is not None:
            assert signature.framework == "composer"
            run = schedlint.load(shared / "corpus" / file)
            assert run.plan["global_batch_size"].value is not None, file
