"""Lightning: what its keys mean. Expected numbers by hand from its fit loop and its own runs."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedlint import check
from schedlint.frameworks.lightning import events, steps
from schedlint.frameworks.signatures import recognise
from schedlint.plan import Quantity
from schedlint.run import Run, load
from schedlint.source import read_text

NEWEST = ("lightning==2.6.6",)


def cli(*trainer: str, more: str = "", batch: int | None = 4) -> str:
    """A config of LightningCLI with some lines of its trainer."""
    lines = "".join(f"  {line}\n" for line in trainer)
    data = "" if batch is None else f"data:\n  init_args:\n    batch_size: {batch}\n"
    return f"seed_everything: 0\ntrainer:\n  accelerator: gpu\n{lines}{data}{more}"


def hydra(*trainer: str, more: str = "") -> str:
    """A config whose trainer Hydra makes."""
    lines = "".join(f"  {line}\n" for line in trainer)
    made = f"trainer:\n  _target_: lightning.pytorch.Trainer\n{lines}"
    return f"{made}data:\n  _target_: lit.Data\n  batch_size: 8\n{more}"


def run_of(text: str, *packages: str, **told: object) -> Run:
    """The run of a config, under the newest version unless another is given."""
    return load(text=text, filename="c.yaml", assume=told, packages=packages or NEWEST)


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


def recognised(text: str) -> str | None:
    """The framework that a text is recognised as."""
    signature = recognise(read_text(text, "c.yaml").documents[0])
    return None if signature is None else signature.framework


# Recognition.


@pytest.mark.parametrize(
    "text",
    [
        cli("max_epochs: 2"),
        hydra("max_epochs: 2"),
        "trainer: {max_steps: 1000, val_check_interval: 100}\ndata: {batch_size: 16}\n",
        "trainer: {gpus: 1, max_epochs: 1, precision: 16}\n",
        "fit:\n  trainer: {max_epochs: 3}\n  model: {class_path: a.B}\n",
        "lightning: {trainer: {devices: '0,', max_epochs: 10}}\ndata: {target: a.B}\n",
    ],
)
def test_recognised(text: str) -> None:
    """By the Trainer's arguments, wherever the file keeps them."""
    assert recognised(text) == "lightning"


@pytest.mark.parametrize(
    "text",
    [
        "trainer: {max_epochs: 3, devices: 8}\nexp_manager: {name: a}\nmodel: {optim: {lr: 1}}\n",
        "trainer: {total_epochs: 3, n_gpus_per_node: 8, nnodes: 1}\ndata: {train_batch_size: 8}\n",
        "trainer: {epochs: 3, batch_size: 128}\ninput_features: []\noutput_features: []\n",
        "trainer: {devices: 1, num_nodes: 1, precision: 16}\ninference: {greedy: true}\n",
    ],
    ids=["NeMo", "verl", "Ludwig", "inference"],
)
def test_others_are_not_taken(text: str) -> None:
    """NeMo, verl and Ludwig have a `trainer` too, and a trainer without a length trains nothing."""
    assert recognised(text) != "lightning"


# Processes.


@pytest.mark.parametrize(
    ("devices", "count"),
    [("4", 4), ('"4"', 4), ("[0, 1]", 2), ('"0,1"', 2), ('"0,"', 1), ("auto", None), ("-1", None)],
)
def test_devices(devices: str, count: int | None) -> None:
    """A count, a list, a list as text; `auto` and -1 take what there is."""
    run = run_of(cli(f"devices: {devices}", "max_epochs: 1"))
    assert value(run, "world_size") == count


def test_nodes_multiply_the_devices() -> None:
    """Eight devices on two machines are 16 processes."""
    run = run_of(cli("devices: 8", "num_nodes: 2", "strategy: fsdp", "max_epochs: 1"))
    assert value(run, "world_size") == 16
    assert value(run, "global_batch_size") == 64


def test_a_cpu_is_one_process() -> None:
    """`auto` on a CPU is one (`CPUAccelerator.auto_device_count`)."""
    run = run_of("seed_everything: 0\ntrainer: {accelerator: cpu, max_epochs: 1}\n")
    assert value(run, "world_size") == 1


def test_model_parallel_ranks() -> None:
    """`data_parallel_size: auto` is the number of machines."""
    strategy = "strategy: {class_path: lightning.pytorch.strategies.ModelParallelStrategy}"
    run = run_of(cli("devices: 8", "num_nodes: 2", strategy, "max_epochs: 1"))
    assert value(run, "data_parallel_size") == 2


def test_an_unknown_strategy_tells_no_ranks() -> None:
    """A class of the house may share samples among processes."""
    run = run_of(cli("devices: 8", "strategy: {class_path: house.Strategy}", "max_epochs: 1"))
    assert value(run, "data_parallel_size") is None
    assert value(run, "steps_per_epoch") is None


# The batch.


def test_a_module_of_hydra_may_share_its_batch() -> None:
    """Some data modules divide `batch_size` by the processes: with several it is not known."""
    assert value(run_of(hydra("devices: 1", "max_epochs: 1")), "micro_batch_size") == 8
    several = quantity(run_of(hydra("devices: 4", "max_epochs: 1")), "micro_batch_size")
    assert (several.low, several.high) == (2, 8)


def test_accumulation_by_a_callback_is_not_known() -> None:
    """GradientAccumulationScheduler changes it with the epochs."""
    callbacks = (
        "callbacks:",
        "  - class_path: lightning.pytorch.callbacks.GradientAccumulationScheduler",
        "    init_args: {scheduling: {0: 4}}",
    )
    run = run_of(cli("max_epochs: 1", *callbacks))
    assert value(run, "gradient_accumulation_steps") is None


def test_text_is_a_number_to_the_cli_alone() -> None:
    """Jsonargparse parses a quoted number; Hydra hands the text to the Trainer."""
    assert value(run_of(cli("max_steps: '10'")), "total_steps") == 10
    run = run_of(hydra("max_steps: '10'"))
    assert [each.setting.key for each in run.scenarios[0].misreadings] == ["max_steps"]


# Batches and steps.


def test_a_short_last_batch_is_not_known() -> None:
    """The loader is in the code: 41 samples in batches of 4 are 10 or 11."""
    batches = quantity(
        run_of(cli("devices: 1", "max_epochs: 1"), dataset_size=41), "batches_per_epoch"
    )
    assert (batches.low, batches.high) == (10, 11)


@pytest.mark.parametrize(("drop_last", "batches"), [("true", 10), ("false", 11)])
def test_a_short_last_batch_that_is_told(drop_last: str, batches: int) -> None:
    """A data module may be told `drop_last`."""
    text = cli("devices: 1", "max_epochs: 1")
    text = text.replace("    batch", f"    drop_last: {drop_last}\n    batch")
    assert value(run_of(text, dataset_size=41), "batches_per_epoch") == batches


def test_an_own_sampler_is_not_known() -> None:
    """Without Lightning's sampler each rank may see all samples, or its share."""
    run = run_of(
        cli("devices: 2", "use_distributed_sampler: false", "max_epochs: 1"), dataset_size=40
    )
    assert value(run, "batches_per_epoch") is None


@pytest.mark.parametrize(
    ("limit", "batches"),
    [("3", 3), ("99", 10), ("1.0", 10), ("10.0", 10), ("0.29", 2), ("0.57", 5), ("null", 10)],
)
def test_limits_of_an_epoch(limit: str, batches: int) -> None:
    """A whole number is a count, a share is rounded down (int(10 × 0.57) is 5)."""
    text = cli("devices: 1", "max_epochs: 1", f"limit_train_batches: {limit}")
    run = run_of(text, dataset_size=40)
    assert value(run, "batches_per_epoch") == batches


def test_a_limit_of_one_depends_on_who_reads_it() -> None:
    """Hydra hands over one batch; LightningCLI may make it 1.0, which is all of them."""
    limited = ("devices: 1", "max_epochs: 1", "limit_train_batches: 1")
    assert value(run_of(hydra(*limited), dataset_size=80), "batches_per_epoch") == 1
    run = run_of(cli(*limited), dataset_size=40)
    assert (
        quantity(run, "batches_per_epoch").low,
        quantity(run, "batches_per_epoch").high,
    ) == (0, 10)
    assert fact(run, "limit_of_one") == 1


def test_a_limit_of_nothing_skips_training() -> None:
    """`limit_train_batches: 0` skips the fit loop."""
    run = run_of(cli("max_epochs: 5", "limit_train_batches: 0"), dataset_size=40)
    assert value(run, "total_steps") == 0
    assert value(run, "evaluations") == 0


def test_the_last_batch_of_an_epoch_steps() -> None:
    """Ten batches accumulated by four are three steps, in each epoch anew."""
    run = run_of(cli("devices: 1", "max_epochs: 2", "accumulate_grad_batches: 4"), dataset_size=40)
    assert value(run, "steps_per_epoch") == 3
    assert value(run, "total_steps") == 6


def test_deepspeed_does_not_step_at_the_end_of_an_epoch() -> None:
    """`handles_gradient_accumulation`: ten batches by four are two steps; the rest is open."""
    run = run_of(
        cli("devices: 1", "max_epochs: 2", "strategy: deepspeed", "accumulate_grad_batches: 4"),
        dataset_size=40,
    )
    assert value(run, "steps_per_epoch") == 2
    assert value(run, "samples_seen") is None
    assert value(run, "evaluations") is None


@given(
    st.integers(1, 200), st.integers(1, 9), st.integers(1, 9), st.integers(0, 1), st.integers(1, 9)
)
def test_loader_batches_lie_between_floor_and_ceiling(
    samples: int, ranks: int, batch: int, short: int, more: int
) -> None:
    """The ranks' shares are equal: never fewer batches than the samples fill."""
    batches = steps.loader_batches.formula(samples, ranks, batch, short)
    assert samples // (ranks * batch) <= batches <= -(-samples // ranks)
    assert steps.loader_batches.formula(samples + more, ranks, batch, short) >= batches


# Duration.


@pytest.mark.parametrize(
    ("lines", "total"),
    [
        (["max_epochs: 3"], 30),
        (["max_steps: 7"], 7),
        (["max_epochs: 3", "max_steps: 29"], 29),
        (["max_epochs: 3", "max_steps: 99"], 30),
        (["max_epochs: -1", "max_steps: 7"], 7),
        (["max_epochs: 3", "max_steps: -1"], 30),
        (["max_epochs: 2", "min_epochs: 5", "min_steps: 90"], 20),
        (["max_epochs: 0"], 0),
        (["max_steps: 0"], 0),
        (["max_epochs: 9", "fast_dev_run: true"], 1),
        (["max_epochs: 9", "fast_dev_run: 4"], 4),
        (["max_epochs: 9", "fast_dev_run: 99"], 10),
        (["max_epochs: 2", "overfit_batches: 3"], 6),
        (["max_epochs: 2", "overfit_batches: 0.5", "limit_train_batches: 2"], 10),
        ([], 10_000),
    ],
    ids=str,
)
def test_total_steps(lines: list[str], total: int) -> None:
    """Whichever limit comes first; 1,000 epochs without any."""
    run = run_of(cli("devices: 1", *lines), dataset_size=40)
    assert value(run, "total_steps") == total


@pytest.mark.parametrize(
    ("lines", "epochs"),
    [(["max_epochs: 3"], 3), (["max_steps: 30"], 3), (["max_steps: 25"], Fraction(5, 2))],
    ids=str,
)
def test_total_epochs(lines: list[str], epochs: int | Fraction) -> None:
    """Ten batches an epoch; of a cut one, the part that ran."""
    run = run_of(cli("devices: 1", *lines), dataset_size=40)
    assert value(run, "total_epochs") == epochs


def test_epochs_are_known_without_the_data() -> None:
    """Where nothing but the epochs ends the run."""
    assert value(run_of(cli("max_epochs: 3")), "total_epochs") == 3


def test_nothing_ends_an_endless_run() -> None:
    """max_epochs -1 alone goes on for ever: no total is claimed."""
    assert (
        value(run_of(cli("devices: 1", "max_epochs: -1"), dataset_size=40), "total_steps") is None
    )


def test_time_may_end_it_earlier() -> None:
    """With max_time the other limits are only a bound, and nothing is counted."""
    run = run_of(
        cli("devices: 1", "max_epochs: 3", "max_time: '00:12:00:00'"),
        dataset_size=40,
        eval_dataset_size=8,
    )
    assert (quantity(run, "total_steps").low, quantity(run, "total_steps").high) == (0, 30)
    assert value(run, "evaluations") is None
    assert value(run, "checkpoints") is None


def test_time_alone_has_no_epochs() -> None:
    """With max_time alone there are no 1,000 epochs."""
    run = run_of(cli("max_time: '00:12:00:00'"), dataset_size=40)
    assert value(run, "epochs") is None


def test_what_hydra_composes_elsewhere_is_not_known() -> None:
    """A config with a `defaults` list may get every other argument from another file."""
    text = "defaults:\n  - callbacks: default\n  - _self_\n" + hydra("max_steps: 50")
    run = run_of(text, dataset_size=80, world_size=1)
    total = quantity(run, "total_steps")
    assert (total.low, total.high) == (0, 50)
    assert value(run, "gradient_accumulation_steps") is None


def test_samples_of_whole_and_cut_epochs() -> None:
    """Two epochs of 41 samples and one step of 12."""
    text = cli("devices: 1", "max_steps: 9", "accumulate_grad_batches: 3")
    text = text.replace("    batch", "    drop_last: false\n    batch")
    assert value(run_of(text, dataset_size=41), "samples_seen") == 2 * 41 + 12


# Evaluations.


@pytest.mark.parametrize(
    ("lines", "count"),
    [
        (["max_epochs: 2"], 2),
        (["max_steps: 25"], 2),
        (["max_epochs: 2", "val_check_interval: 3"], 6),
        (["max_steps: 25", "val_check_interval: 3"], 7),
        (["max_epochs: 2", "val_check_interval: 0.3"], 6),
        (["max_epochs: 2", "val_check_interval: 0.01"], 20),
        (["max_epochs: 2", "val_check_interval: 5.0"], 4),
        (["max_epochs: 6", "check_val_every_n_epoch: 4"], 1),
        (["max_epochs: 6", "check_val_every_n_epoch: 7"], 0),
        (["max_steps: 25", "check_val_every_n_epoch: 3", "val_check_interval: 2"], 2),
        (["max_steps: 25", "check_val_every_n_epoch: 2", "val_check_interval: 2"], 5),
        (["max_epochs: 2", "check_val_every_n_epoch: null", "val_check_interval: 7"], 2),
        (["max_epochs: 2", "check_val_every_n_epoch: null"], 2),
        (["max_epochs: 2", "limit_val_batches: 0"], 0),
    ],
    ids=str,
)
def test_evaluations(lines: list[str], count: int) -> None:
    """Of ten batches an epoch: the count starts anew with each, unless it goes across."""
    run = run_of(cli("devices: 1", *lines), dataset_size=40, eval_dataset_size=8)
    assert value(run, "evaluations") == count


def test_without_validation_data_nothing_is_evaluated() -> None:
    """Whether there is a validation loader stands in the code."""
    text = cli("devices: 1", "max_epochs: 2")
    assert value(run_of(text, dataset_size=40, eval_dataset_size=0), "evaluations") == 0
    unknown = quantity(run_of(text, dataset_size=40), "evaluations")
    assert (unknown.low, unknown.high) == (0, 2)


@pytest.mark.parametrize(
    ("lines", "interval"),
    [
        ([], 3),
        (["check_val_every_n_epoch: 2"], 6),
        (["val_check_interval: 8"], 2),
        (["val_check_interval: 3"], None),
    ],
    ids=str,
)
def test_eval_interval_is_in_optimizer_steps(lines: list[str], interval: int | None) -> None:
    """Ten batches by four: three steps an epoch; three batches are no whole number of steps."""
    run = run_of(
        cli("devices: 1", "max_epochs: 4", "accumulate_grad_batches: 4", *lines), dataset_size=40
    )
    assert value(run, "eval_interval") == interval


def test_evaluations_are_bounded_without_the_data() -> None:
    """An interval beyond the run never comes, however long an epoch is."""
    run = run_of(cli("max_steps: 100", "val_check_interval: 500", "check_val_every_n_epoch: null"))
    assert quantity(run, "evaluations").high == 0


def test_one_batch_between_validations_depends_on_the_version() -> None:
    """Before 2.6 LightningCLI may read 1 as 1.0; Hydra never does."""
    text = cli("devices: 1", "max_epochs: 1", "val_check_interval: 1")
    told = {"dataset_size": 40, "eval_dataset_size": 8}
    assert value(run_of(text, "lightning==2.6.6", **told), "evaluations") == 10
    assert value(run_of(text, "lightning==2.5.6", **told), "evaluations") is None
    assert value(run_of(text, "pytorch-lightning==2.6.6", **told), "evaluations") == 10
    made = hydra("devices: 1", "max_epochs: 1", "val_check_interval: 1")
    assert value(run_of(made, "lightning==2.5.6", **told), "evaluations") == 5


@pytest.mark.parametrize(
    ("lines", "version", "fits"),
    [
        (["val_check_interval: 10"], "2.6.6", True),
        (["val_check_interval: 11"], "2.6.6", False),
        (["val_check_interval: 11", "check_val_every_n_epoch: null"], "2.6.6", True),
        (["val_check_interval: 11", "limit_val_batches: 0"], "2.6.6", True),
        (["val_check_interval: 11", "limit_val_batches: 0"], "2.5.6", False),
        (["val_check_interval: 4", "limit_train_batches: 3"], "2.6.6", False),
    ],
    ids=str,
)
def test_the_interval_must_fit_into_an_epoch(lines: list[str], version: str, fits: bool) -> None:
    """`fit_loop.setup_data` raises; without validation only before 2.6.4."""
    run = run_of(
        cli("devices: 1", "max_epochs: 1", *lines), f"lightning=={version}", dataset_size=40
    )
    assert bool(run.scenarios[0].contradictions) is not fits


def walk(total: int, batches: int, accumulation: int, interval: int, every: int | None) -> int:
    """Count validations batch by batch, as the training loop does, until the steps are reached."""
    count = done = epoch = all_batches = 0
    while done < total:
        epoch += 1
        for batch in range(1, batches + 1):
            all_batches += 1
            done += batch % accumulation == 0 or batch == batches
            if every is None:
                count += all_batches % interval == 0
            elif epoch % every == 0:
                count += batch % interval == 0
            if done == total:
                break
    return count


@given(
    st.integers(0, 40), st.integers(1, 15), st.integers(1, 6), st.integers(1, 20), st.integers(1, 4)
)
def test_evaluations_are_those_of_the_loop(
    total: int, batches: int, accumulation: int, interval: int, every: int
) -> None:
    """Both formulas give what a walk through all batches counts, cut epochs included."""
    per_epoch = -(-batches // accumulation)
    shape = (total, per_epoch, batches, accumulation, interval)
    within = events.evaluations_within_epochs
    assert within.formula(*shape, every) == walk(total, batches, accumulation, interval, every)
    most = events.most_evaluations.formula(total, accumulation, interval)
    assert within.formula(*shape, every) <= most
    across = events.evaluations_across_epochs.formula(*shape)
    assert across == walk(total, batches, accumulation, interval, None)
    assert across <= most


# Checkpoints.


def saving(arguments: str) -> tuple[str, ...]:
    """The lines of one ModelCheckpoint."""
    return ("callbacks:", "  - class_path: ModelCheckpoint", f"    init_args: {{{arguments}}}")


@pytest.mark.parametrize(
    ("lines", "count"),
    [
        (["max_epochs: 3"], 3),
        (["max_steps: 25"], 3),
        (["max_epochs: 2", "val_check_interval: 3"], 6),
        (["max_epochs: 6", "check_val_every_n_epoch: 4"], 1),
        (["max_epochs: 2", "val_check_interval: 3", "accumulate_grad_batches: 4"], None),
        (["max_epochs: 2", "enable_checkpointing: false"], 0),
        (["max_epochs: 2", "fast_dev_run: true"], 0),
        (["max_epochs: 2", *saving("every_n_train_steps: 6")], 3),
        (["max_epochs: 2", *saving("every_n_train_steps: 21")], 0),
        (["max_epochs: 5", *saving("every_n_epochs: 2")], 2),
        (["max_epochs: 5", *saving("every_n_epochs: 0")], 0),
        (["max_epochs: 5", *saving("save_top_k: 0")], 0),
        (["max_epochs: 5", *saving("save_top_k: -1")], 5),
        (["max_epochs: 5", *saving("save_top_k: 0, save_last: true")], None),
        (["max_epochs: 5", *saving("monitor: val_loss, save_top_k: 2")], None),
        (["max_epochs: 5", *saving("train_time_interval: {hours: 1}")], None),
        (
            ["max_epochs: 2", "val_check_interval: 3", *saving("save_on_train_epoch_end: true")],
            2,
        ),
        (
            ["max_epochs: 12", "check_val_every_n_epoch: 3", *saving("every_n_epochs: 2")],
            2,
        ),
    ],
    ids=str,
)
def test_checkpoints(lines: list[str], count: int | None) -> None:
    """Ten steps an epoch: every epoch by default, with validation where that is not once each."""
    run = run_of(cli("devices: 1", *lines), dataset_size=40, eval_dataset_size=8)
    assert value(run, "checkpoints") == count


def test_the_more_frequent_of_two_checkpoints_counts() -> None:
    """Every fifth step holds every tenth."""
    both = (*saving("every_n_train_steps: 5"), *saving("every_n_train_steps: 10")[1:])
    run = run_of(cli("max_steps: 20", *both))
    assert value(run, "save_interval") == 5
    assert value(run, "checkpoints") == 4


def test_callbacks_of_a_script_are_not_known() -> None:
    """A file that is no CLI's leaves its callbacks to the code, unless it names one."""
    told = {"dataset_size": 80, "eval_dataset_size": 8}
    assert value(run_of(hydra("devices: 1", "max_epochs: 2"), **told), "checkpoints") is None
    more = "callbacks:\n  best:\n    _target_: lightning.pytorch.callbacks.ModelCheckpoint\n"
    run = run_of(hydra("devices: 1", "max_epochs: 2", more=more), **told)
    assert value(run, "checkpoints") == 2


# Schedule and the rest.


def schedule(kind: str, arguments: str) -> str:
    """A CLI's schedule."""
    path = f"torch.optim.lr_scheduler.{kind}"
    return f"lr_scheduler:\n  class_path: {path}\n  init_args: {{{arguments}}}\n"


def test_the_schedule_of_the_cli_counts_epochs() -> None:
    """T_max 20 is twenty epochs of ten steps."""
    text = cli("devices: 1", "max_epochs: 2", more=schedule("CosineAnnealingLR", "T_max: 20"))
    run = run_of(text, dataset_size=40)
    assert value(run, "decay_steps") == 200
    assert fact(run, "scheduler") == "CosineAnnealingLR"
    assert fact(run, "scheduler_interval") == "epoch"


def test_a_schedule_of_steps_counts_steps() -> None:
    """`interval: step` with frequency 1 advances at each optimizer step."""
    section = (
        "lr_scheduler:\n  scheduler: {_target_: torch.optim.lr_scheduler.CosineAnnealingLR, "
        "T_max: 20}\n  interval: step\n"
    )
    assert value(run_of(hydra("max_epochs: 2", more=section)), "decay_steps") == 20
    more = f"{section}  frequency: 3\n"
    assert value(run_of(hydra("max_epochs: 2", more=more)), "decay_steps") is None


def test_milestones_are_a_fact() -> None:
    """Their unit is that of the schedule."""
    text = cli("max_epochs: 9", more=schedule("MultiStepLR", "milestones: [3, 6]"))
    assert fact(run_of(text), "milestones") is not None


@pytest.mark.parametrize(
    ("precision", "name", "half"),
    [
        ("16", "16-mixed", "fp16"),
        ("bf16", "bf16-mixed", "bf16"),
        ("16-mixed", "16-mixed", "fp16"),
        ("bf16-true", "bf16-true", None),
        ("32", "32-true", None),
    ],
)
def test_precision(precision: str, name: str, half: str | None) -> None:
    """Short names are mixed precision; `true` precision is not mixed."""
    run = run_of(cli("max_epochs: 1", f"precision: {precision}"))
    assert fact(run, "precision") == name
    assert [each for each in ("fp16", "bf16") if fact(run, each)] == ([half] if half else [])


def test_half_precision_of_a_cpu_is_bfloat16() -> None:
    """`_check_and_init_precision` changes it with a warning."""
    text = cli("max_epochs: 1", "precision: 16-mixed").replace("gpu", "cpu")
    assert fact(run_of(text), "precision") == "bf16-mixed"


def test_patience_and_log_lines() -> None:
    """EarlyStopping waits for three checks by default, log lines come every 50 steps."""
    run = run_of(
        cli("max_epochs: 1", "callbacks:", "  - class_path: EarlyStopping", "    init_args: {}")
    )
    assert fact(run, "early_stopping_patience") == 3
    assert value(run, "log_interval") == 50


# What is refused or found.


def found(tmp_path: Path, text: str, *packages: str, **told: object) -> list[str]:
    """The codes of all findings."""
    path = tmp_path / "c.yaml"
    path.write_text(text, encoding="utf-8")
    return [each.code for each in check([path], assume=told, packages=packages or NEWEST)]


@pytest.mark.parametrize(
    "line",
    [
        "limit_train_batches: 1.5",
        "limit_val_batches: -1",
        "val_check_interval: 1.5",
        "max_steps: null",
        "max_steps: 1e1",
        "accumulate_grad_batches: null",
        "accumulate_grad_batches: {0: 4}",
        "check_val_every_n_epoch: 0",
        "precision: fp16",
        "max_time: 60",
    ],
)
def test_refused_values(tmp_path: Path, line: str) -> None:
    """Each stops the run at its start."""
    assert "SL704" in found(tmp_path, cli(line))


@pytest.mark.parametrize(
    "arguments",
    ["every_n_train_steps: 2, every_n_epochs: 1", "save_top_k: 3", "save_top_k: -2", "mode: high"],
)
def test_refused_checkpoints(tmp_path: Path, arguments: str) -> None:
    """`__validate_init_configuration` raises."""
    assert "SL704" in found(tmp_path, cli("max_epochs: 2", *saving(arguments)))


@pytest.mark.parametrize(
    "more",
    [
        "  interval: batch\n",
        "  frequency: 0\n",
    ],
)
def test_refused_schedules(tmp_path: Path, more: str) -> None:
    """`_configure_schedulers_automatic_opt` raises, or the first step does."""
    section = f"lr_scheduler:\n  scheduler: {{_target_: torch.optim.lr_scheduler.StepLR}}\n{more}"
    assert "SL704" in found(tmp_path, hydra("max_epochs: 2", more=section))


def test_removed_arguments(tmp_path: Path) -> None:
    """2.0 has no `gpus`; 1.9 has."""
    text = "trainer: {gpus: 1, max_epochs: 1}\n"
    assert "SL705" in found(tmp_path, text, "lightning==2.0")
    assert "SL705" not in found(tmp_path, text, "pytorch-lightning==1.9.5")


@pytest.mark.parametrize(
    "text",
    [
        cli("devices: 8", "max_epochs: 10", "precision: bf16-mixed", "gradient_clip_val: 1.0"),
        cli("devices: 8", "max_epochs: 100", "max_steps: 1000", "val_check_interval: 0.25"),
        cli("max_epochs: 2", *saving("monitor: val_loss, save_top_k: 3, mode: min")),
        cli("max_epochs: 6", more=schedule("CosineAnnealingLR", "T_max: 6")),
        hydra("devices: 1", "max_epochs: 10", "limit_train_batches: 0.5"),
    ],
)
def test_sane_configs_are_silent(tmp_path: Path, text: str) -> None:
    """Nothing is said of what is fine, with the data known and without."""
    assert found(tmp_path, text) == []
    assert found(tmp_path, text, dataset_size=10_000, eval_dataset_size=100) == []


def test_accumulation_in_the_deepspeed_file(tmp_path: Path) -> None:
    """DeepSpeedStrategy sets it itself, and refuses a file that has it."""
    strategy = (
        "strategy:",
        "  class_path: lightning.pytorch.strategies.DeepSpeedStrategy",
        "  init_args: {config: ds.json}",
    )
    text = cli("devices: 8", "max_epochs: 2", *strategy)
    zero = '{"zero_optimization": {"stage": 2}%s}'
    (tmp_path / "ds.json").write_text(zero % "", encoding="utf-8")
    assert found(tmp_path, text) == []
    more = zero % ', "gradient_accumulation_steps": 4'
    (tmp_path / "ds.json").write_text(more, encoding="utf-8")
    assert found(tmp_path, text) == ["SL704"]


def test_a_switch_that_is_filled_in_tells_nothing() -> None:
    """An interpolated `fast_dev_run` may change every limit."""
    run = run_of(hydra("devices: 1", "max_epochs: 2", "fast_dev_run: ${debug}"), dataset_size=80)
    assert value(run, "total_steps") is None
    assert value(run, "evaluations") is None
