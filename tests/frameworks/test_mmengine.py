"""MMEngine: what its keys mean, checked against what its own Runner did."""

from __future__ import annotations

from pathlib import Path

import pytest

from schedlint import api, discover
from schedlint.frameworks.mmengine.cadence import checkpoints, evaluations
from schedlint.frameworks.signatures import recognise
from schedlint.run import Run, load
from schedlint.source import UNKNOWN, read_text

MODEL = "model = dict(type='Tiny')\n"
LOADER = "train_dataloader = dict(batch_size=3, sampler=dict(type='DefaultSampler'))\n"
WRAPPER = "optim_wrapper = dict(type='OptimWrapper', optimizer=dict(type='SGD', lr=0.1))\n"
EPOCHS = "train_cfg = dict(by_epoch=True, max_epochs=6)\n"
ITERATIONS = "train_cfg = dict(by_epoch=False, max_iters=24)\n"
VALIDATION = (
    "val_dataloader = dict(batch_size=1)\nval_cfg = dict()\nval_evaluator = dict(type='A')\n"
)
ONE_RANK = {"world_size": 1, "dataset_size": 12}


def run(*lines: str, name: str = "config.py", **told: int) -> Run:
    """The run of some lines, on one rank with 12 samples unless told otherwise."""
    return load(text="\n".join(lines), filename=name, assume={**ONE_RANK, **told})


def whole(*lines: str, **told: int) -> Run:
    """The run of a config that needs no other; the last of two equal names counts."""
    return run(MODEL, LOADER, WRAPPER, EPOCHS, *lines, **told)


def value(found: Run, name: str) -> object:
    """The value of a quantity, MMEngine's own words included."""
    return found.scenarios[0].plan[name].value


def fact(found: Run, name: str) -> object:
    """The value of a fact; "absent" where it is not there."""
    there = found.scenarios[0].fact(name)
    return "absent" if there is None else there.value


# Loops, batches, steps.


def test_epochs_and_iterations() -> None:
    """Four batches an epoch; by iterations the data does not matter."""
    assert value(whole(), "total_steps") == 24
    assert value(whole(ITERATIONS, dataset_size=100), "total_steps") == 24
    assert (
        value(whole("train_cfg = dict(type='IterBasedTrainLoop', max_iters=7)"), "max_steps") == 7
    )


def test_a_loop_without_a_word_is_one_by_iterations() -> None:
    """`ConfigDict.pop` gives None for the `by_epoch` that is not there."""
    assert value(whole("train_cfg = dict(max_iters=7)"), "total_steps") == 7


def test_a_loop_of_its_own_is_not_guessed() -> None:
    """What a custom loop counts is its own affair."""
    assert value(whole("train_cfg = dict(type='MyLoop', max_epochs=6)"), "total_steps") is None


@pytest.mark.parametrize(
    ("accumulation", "steps", "each"), [(1, 24, 4), (2, 12, 2), (3, 8, None), (40, 1, None)]
)
def test_accumulation_goes_on_across_epochs(accumulation: int, steps: int, each: object) -> None:
    """24 iterations in so many groups; an epoch has a number of steps only where it divides."""
    wrapper = f"optim_wrapper = dict(optimizer=dict(lr=0.1), accumulative_counts={accumulation})"
    found = whole(wrapper)
    assert value(found, "total_steps") == steps
    assert value(found, "steps_per_epoch") == each


def test_drop_last_counts_a_rank_s_share() -> None:
    """25 samples are seven a rank, which hold two batches of three, and three with the rest."""
    loader = (
        "train_dataloader = dict(batch_size=3, sampler=dict(type='DefaultSampler'), drop_last={})"
    )
    found = whole(loader.format(True), world_size=4, dataset_size=25)
    assert (value(found, "batches_per_epoch"), value(found, "samples_seen")) == (2, 6 * 24)
    found = whole(loader.format(False), world_size=4, dataset_size=25)
    assert (value(found, "batches_per_epoch"), value(found, "samples_seen")) == (3, 6 * 28)


def test_an_endless_sampler_has_the_length_of_all_the_data() -> None:
    """Its loader claims ceil(12 / 3) batches on every rank; an epoch over it never ends."""
    loader = "train_dataloader = dict(batch_size=3, sampler=dict(type='InfiniteSampler'))"
    by_iterations = whole(loader, ITERATIONS, world_size=4)
    assert value(by_iterations, "epoch_length") == 4
    assert value(by_iterations, "samples_seen") == 24 * 12
    assert value(by_iterations, "total_epochs") == 24
    assert value(whole(loader), "total_steps") is None


def test_batches_that_cap_an_epoch() -> None:
    """`num_batch_per_epoch` is the epoch, whatever the data."""
    loader = "train_dataloader = dict(batch_size=3, num_batch_per_epoch=2, sampler=dict())"
    assert value(whole(loader, dataset_size=1000), "total_steps") == 12


def test_a_batch_sampler_of_its_own_is_not_guessed() -> None:
    """MMDetection's keeps every sample; others may count otherwise."""
    loader = "train_dataloader = dict(batch_size=3, sampler=dict(type='DefaultSampler'), {})"
    kept = "batch_sampler=dict(type='AspectRatioBatchSampler')"
    assert value(whole(loader.format(kept)), "batches_per_epoch") == 4
    assert value(whole(loader.format("batch_sampler=dict(type='Mine')")), "total_steps") is None


def test_the_rate_is_scaled_by_the_batch_without_accumulation() -> None:
    """0.1 × 3 × 8 / 16, as Runner.scale_lr logs it."""
    found = whole(
        "optim_wrapper = dict(optimizer=dict(lr=0.1), accumulative_counts=4)",
        "auto_scale_lr = dict(enable=True, base_batch_size=16)",
        world_size=8,
    )
    assert value(found, "scaled_learning_rate") == pytest.approx(0.15)
    assert fact(found, "lr_scaling") is True
    off = whole("auto_scale_lr = dict(base_batch_size=16)")
    assert fact(off, "lr_scaling") is False
    assert value(off, "scaled_learning_rate") is None


@pytest.mark.parametrize(
    ("wrapper", "fp16", "bf16"),
    [
        ("type='OptimWrapper'", False, False),
        ("type='AmpOptimWrapper'", True, False),
        ("type='AmpOptimWrapper', dtype='bfloat16'", False, True),
        ("type='Mine'", "absent", "absent"),
    ],
)
def test_precision(wrapper: str, fp16: object, bf16: object) -> None:
    """Without a type, autocast takes float16."""
    found = whole(f"optim_wrapper = dict(optimizer=dict(lr=0.1), {wrapper})")
    assert (fact(found, "fp16"), fact(found, "bf16")) == (fp16, bf16)


# Other files.


@pytest.mark.parametrize("base", ["_base_ = ['a.py']", "with read_base():\n    from .a import *"])
def test_what_a_base_may_say_has_no_default(base: str) -> None:
    """Accumulation, cadence and warm-up may stand there; what is here counts."""
    child = run(base, "train_cfg = dict(max_epochs=24)", LOADER, WRAPPER)
    assert value(child, "epochs") == 24
    assert value(child, "micro_batch_size") == 3
    for name in ("gradient_accumulation_steps", "total_steps", "evaluations", "warmup_steps"):
        assert value(child, name) is None, name


def test_a_part_of_a_config_has_no_defaults_either() -> None:
    """A schedule alone is meant for configs that build on it."""
    assert value(run(EPOCHS, WRAPPER), "gradient_accumulation_steps") is None


def test_a_section_that_replaces_its_base_has_defaults() -> None:
    """`_delete_` leaves nothing of the base's section."""
    wrapper = "optim_wrapper = dict(_delete_=True, optimizer=dict(type='SGD', lr=0.1))"
    assert value(run("_base_ = 'a.py'", wrapper, EPOCHS), "gradient_accumulation_steps") == 1


# Evaluations, checkpoints, log lines.


def test_evaluations_need_a_loader() -> None:
    """Without one there are none; with one, every epoch, or the end of a short run."""
    assert fact(whole(), "eval_strategy") == "no"
    assert value(whole(), "evaluations") == 0
    assert value(whole(VALIDATION), "evaluations") == 6
    assert value(whole(VALIDATION, ITERATIONS), "evaluations") == 1


def test_intervals_in_steps() -> None:
    """Two epochs of four batches are eight steps; six iterations are three where two make one."""
    train = "train_cfg = dict(by_epoch=True, max_epochs=6, val_interval=2)"
    assert value(whole(VALIDATION, train), "eval_interval") == 8
    train = "train_cfg = dict(by_epoch=False, max_iters=24, val_interval=6)"
    wrapper = "optim_wrapper = dict(optimizer=dict(lr=0.1), accumulative_counts=2)"
    assert value(whole(VALIDATION, train, wrapper), "eval_interval") == 3


@pytest.mark.parametrize("begin", [0, 1, 2, 5, 9])
@pytest.mark.parametrize("every", [1, 2, 3, 7])
@pytest.mark.parametrize("changes", [(), ((3, 1),), ((2, 4), (5, 2))])
def test_evaluations_are_counted_as_the_loop_counts(
    begin: int, every: int, changes: tuple[tuple[int, int], ...]
) -> None:
    """Against the loop itself, written as in EpochBasedTrainLoop.run, for runs of any length."""
    counted = evaluations("max_epochs", "eval_epochs", begin, changes)
    for total in range(12):
        really = 0
        for epoch in range(1, total + 1):
            now = every
            for milestone, later in changes:
                now = later if milestone <= epoch + 1 else now
            really += epoch >= begin and (epoch % now == 0 or epoch == total)
        assert counted.formula(total, every) == really, total


@pytest.mark.parametrize("begin", [0, 1, 2, 5])
@pytest.mark.parametrize("every", [1, 2, 3, 7])
@pytest.mark.parametrize("last", [True, False])
def test_checkpoints_are_counted_as_the_hook_counts(begin: int, every: int, last: bool) -> None:
    """Against Hook.every_n_epochs and CheckpointHook.after_train_epoch."""
    counted = checkpoints("max_epochs", "save_epochs", begin, last, "checkpoints")
    for total in range(12):
        due = [e >= begin and (e - begin) % every == 0 for e in range(1, total + 1)]
        really = sum(due) + (last and total > 0 and not due[-1])
        assert counted.formula(total, every) == really, total


@pytest.mark.parametrize(
    ("hook", "count", "strategy"),
    [
        ("", 6, "epoch"),
        ("dict(type='CheckpointHook')", 1, "epoch"),
        ("dict(type='CheckpointHook', interval=4)", 2, "epoch"),
        ("dict(type='CheckpointHook', interval=4, save_last=False)", 1, "epoch"),
        ("dict(type='CheckpointHook', interval=10, by_epoch=False)", 3, "steps"),
        ("dict(type='CheckpointHook', interval=-1, save_last=False)", 0, "epoch"),
        ("dict(type='Mine', interval=4)", None, "absent"),
        ("None", 0, "no"),
    ],
)
def test_checkpoints(hook: str, count: object, strategy: str) -> None:
    """The runner's own hook saves each epoch, the class's default interval is none."""
    found = whole(f"default_hooks = dict(checkpoint={hook})" if hook else "")
    assert (value(found, "checkpoints"), fact(found, "save_strategy")) == (count, strategy)


def test_a_best_checkpoint_may_come_on_top() -> None:
    """How often the score is beaten nobody knows; six are sure."""
    hook = "default_hooks = dict(checkpoint=dict(type='CheckpointHook', interval=1, save_best='a'))"
    quantity = whole(VALIDATION, hook).plan["checkpoints"]
    assert (quantity.value, quantity.low) == (None, 6)


def test_an_epoch_hook_sees_one_epoch_in_a_run_by_iterations() -> None:
    """Its only epoch ends with the run."""
    hook = "default_hooks = dict(checkpoint=dict(type='CheckpointHook', interval=2{}))"
    assert value(whole(ITERATIONS, hook.format("")), "checkpoints") == 1
    assert value(whole(ITERATIONS, hook.format(", save_last=False")), "checkpoints") == 0
    assert value(whole(ITERATIONS, hook.format(", by_epoch=False")), "checkpoints") == 12


def test_log_lines() -> None:
    """Every ten iterations by default; in epochs a short one has a line at its end."""
    assert value(whole(ITERATIONS), "log_interval") == 10
    assert whole().plan["log_interval"].high == 10


def test_early_stopping() -> None:
    """Its patience is five evaluations where none is given."""
    found = whole(VALIDATION, "custom_hooks = [dict(type='EarlyStoppingHook', monitor='a')]")
    assert fact(found, "early_stopping_patience") == 5


# Schedules.


@pytest.mark.parametrize(
    ("entry", "steps"),
    [
        ("by_epoch=False, end=5", 4),
        ("by_epoch=False", 23),
        ("by_epoch=False, end=1", 24),
        ("end=3", 8),
        ("end=3, convert_to_iter_based=True", 11),
        ("end=1", 24),
        ("by_epoch=False, end=5, start_factor=1.0", 0),
        ("by_epoch=False, begin=3, end=5", None),
        ("by_epoch=False, end=2.5", None),
    ],
)
def test_warmup_is_what_is_below_the_full_rate(entry: str, steps: object) -> None:
    """The last value of a schedule comes one step before its end."""
    found = whole(f"param_scheduler = [dict(type='LinearLR', {entry})]")
    assert value(found, "warmup_steps") == steps


def test_warmup_in_optimizer_steps() -> None:
    """Nine iterations below the full rate hold three steps of three."""
    wrapper = "optim_wrapper = dict(optimizer=dict(lr=0.1), accumulative_counts=3)"
    entry = "param_scheduler = [dict(type='LinearLR', by_epoch=False, end=10)]"
    assert value(whole(wrapper, entry), "warmup_steps") == 3


def test_schedules_by_epoch_stand_still_in_a_run_by_iterations() -> None:
    """Their only step comes with the end of the run."""
    found = whole(ITERATIONS, "param_scheduler = [dict(type='MultiStepLR', milestones=[8, 11])]")
    assert isinstance(fact(found, "schedule_stands_still"), str)
    assert fact(whole(), "schedule_stands_still") == "absent"


@pytest.mark.parametrize(
    ("lines", "part"),
    [
        ("param_scheduler = [dict(type='ReduceOnPlateauLR', monitor='a')]", "there are none"),
        (VALIDATION + "param_scheduler = [dict(type='ReduceOnPlateauLR', monitor='a')]", None),
        (
            ITERATIONS
            + VALIDATION
            + "param_scheduler = [dict(type='ReduceOnPlateauLR', monitor='a')]",
            None,
        ),
        ("param_scheduler = [dict(type='OneCycleLR')]", "eta_max is 0"),
        ("param_scheduler = [dict(type='OneCycleLR', eta_max=0.1)]", None),
    ],
)
def test_schedules_that_nothing_moves(lines: str, part: str | None) -> None:
    """A plateau waits for evaluations, whatever the loop counts; a peak of nothing is nothing."""
    still = fact(whole(lines), "schedule_stands_still")
    assert part in str(still) if part else still == "absent"


@pytest.mark.parametrize(
    ("train", "entry", "first", "last", "unit"),
    [
        (EPOCHS, "type='StepLR', step_size=2", 2, 4, "_epoch"),
        (EPOCHS, "type='StepLR', step_size=8", 8, 8, "_epoch"),
        (EPOCHS, "type='StepLR', step_size=2, end=4", 2, 2, "_epoch"),
        (EPOCHS, "type='StepLR', step_size=2, end=9", 2, 4, "_epoch"),
        (ITERATIONS, "type='StepLR', step_size=5, by_epoch=False", 5, 20, ""),
        (EPOCHS, "type='MultiStepLR', milestones=[3, 5]", 3, 5, "_epoch"),
        (EPOCHS, "type='StepLR', step_size=2, begin=1", None, None, "_epoch"),
    ],
)
def test_stepwise_schedules(train: str, entry: str, first: object, last: object, unit: str) -> None:
    """Where the rate first and last falls."""
    found = whole(train, f"param_scheduler = [dict({entry})]")
    assert value(found, f"first_milestone{unit}") == first
    assert value(found, f"last_milestone{unit}") == last


@pytest.mark.parametrize(
    ("train", "entry", "steps"),
    [
        (ITERATIONS, "type='CosineAnnealingLR', by_epoch=False, T_max=20", 20),
        (ITERATIONS, "type='CosineAnnealingLR', by_epoch=False, begin=4, T_max=20", 24),
        (ITERATIONS, "type='PolyLR', by_epoch=False, end=18", 18),
        (ITERATIONS, "type='PolyLR', by_epoch=False", 24),
        (ITERATIONS, "type='CosineRestartLR', by_epoch=False, periods=[6, 4]", 10),
        (EPOCHS, "type='CosineAnnealingLR', T_max=5", 20),
        (ITERATIONS, "type='MultiStepLR', by_epoch=False, milestones=[3]", None),
        (EPOCHS, "type='Mine', end=5", None),
    ],
)
def test_the_horizon_of_the_decay(train: str, entry: str, steps: object) -> None:
    """`T_max` and `periods` count from `begin`; without an end the run is the horizon."""
    assert value(whole(train, f"param_scheduler = [dict({entry})]"), "decay_steps") == steps


def test_a_last_constant_stretch_is_part_of_the_schedule() -> None:
    """YOLOX ends its cosine before the run, and holds the rate on purpose."""
    entries = """param_scheduler = [
        dict(type='CosineAnnealingLR', begin=0, end=5, T_max=5),
        dict(type='ConstantLR', factor=1, begin=5, end=6)]"""
    assert value(whole(entries), "schedule_epochs") == 6


def test_an_interval_of_iterations_is_not_told_in_steps() -> None:
    """Five, ten, fifteen iterations are three, five and eight steps of two."""
    wrapper = "optim_wrapper = dict(optimizer=dict(lr=0.1), accumulative_counts=2)"
    entry = "param_scheduler = [dict(type='StepLR', step_size=5, by_epoch=False)]"
    assert value(whole(ITERATIONS, wrapper, entry), "first_milestone") is None


def test_schedulers_of_several_optimizers_are_not_read() -> None:
    """A dict without a type holds a list for each optimizer."""
    found = whole("param_scheduler = dict(a=[dict(type='LinearLR', end=3)])")
    assert value(found, "warmup_steps") is None


# Recognition.


@pytest.mark.parametrize(
    "text",
    [
        "train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=3)",
        "from mmengine.runner import IterBasedTrainLoop\n"
        "train_cfg = dict(type=IterBasedTrainLoop, max_iters=3)",
        "_base_ = 'a.py'\ntrain_cfg = dict(max_epochs=3)",
        "optim_wrapper = dict(optimizer=dict(type='SGD'))",
        "default_hooks = dict(checkpoint=dict(type='CheckpointHook'))",
    ],
)
def test_recognised_by_its_keys(text: str) -> None:
    """Each part of a config is known for what it is, as a Python file."""
    signature = recognise(read_text(text, "config.py").documents[0])
    assert signature is not None
    assert signature.framework == "mmengine"


@pytest.mark.parametrize(
    "text",
    [
        "batch_size = 32\nepochs = 10\n",
        "per_device_train_batch_size = 8\noutput_dir = 'out'\n",
        "_base_ = 'a.py'\ntrain_cfg = dict(rcnn=dict())\n",
        "lr_config = dict(step=[8, 11])\nmax_epochs = 12\n",
    ],
)
def test_a_program_is_no_config(text: str) -> None:
    """Names that a YAML config would be known by mean nothing in a Python file."""
    assert recognise(read_text(text, "train.py").documents[0]) is None


def test_a_walk_takes_python_files_that_look_like_configs(tmp_path: Path) -> None:
    """Below a folder only those; a file that is named always."""
    (tmp_path / "config.py").write_text(EPOCHS)
    (tmp_path / "program.py").write_text("def f(train_cfg):\n    train_cfg = 1\n")
    found = [candidate.path for candidate in discover.configs([str(tmp_path)])]
    assert found == [str(tmp_path / "config.py")]
    named = str(tmp_path / "program.py")
    assert [candidate.path for candidate in discover.configs([named])] == [named]


def test_yaml_and_json_are_the_same_config() -> None:
    """A dump in another format gives the same numbers; a tuple has its tag in YAML."""
    text = """\
model: {type: Tiny}
train_dataloader: {batch_size: 3, sampler: {type: DefaultSampler}}
optim_wrapper: {optimizer: {type: SGD, lr: 0.1}}
val_dataloader: {batch_size: 1}
val_cfg: {}
val_evaluator: {type: A}
train_cfg:
  by_epoch: true
  max_epochs: 6
  val_interval: 4
  dynamic_intervals:
  - !!python/tuple [3, 1]
"""
    found = run(text, name="config.yaml")
    assert value(found, "total_steps") == 24
    assert value(found, "evaluations") == 5
    json = '{"train_cfg": {"by_epoch": false, "max_iters": 9}, "optim_wrapper": {"optimizer": {}}}'
    assert value(run(json, name="config.json"), "iterations") == 9


# What is refused.


_WRAPPER = "optim_wrapper = dict(optimizer=dict(lr=0.1), {})"
_AMP = "optim_wrapper = dict(type='AmpOptimWrapper', optimizer=dict(lr=0.1), {})"
_HOOK = "default_hooks = dict(checkpoint=dict(type='CheckpointHook', interval=1, {}))"


def check(folder: Path, *lines: str) -> list[str]:
    """The errors of a whole config with further lines."""
    path = folder / "config.py"
    path.write_text("\n".join((MODEL, LOADER, WRAPPER, EPOCHS, *lines)))
    return [f.message for f in api.check([str(path)], assume=ONE_RANK) if f.severity == "error"]


@pytest.mark.parametrize(
    ("line", "part"),
    [
        ("train_cfg = dict(type='EpochBasedTrainLoop', by_epoch=True, max_epochs=3)", "as well"),
        ("train_cfg = dict(by_epoch=True)", "max_epochs is missing"),
        ("train_cfg = dict(by_epoch=True, max_epochs=3, val_intervall=2)", "val_intervall"),
        ("train_cfg = dict(by_epoch=True, max_epochs=3, dynamic_intervals=[[2, 1]])", "tuples"),
        ("train_cfg = dict(by_epoch=True, max_epochs='3')", "write 3"),
        ("optim_wrapper = dict(optimizer=dict(lr=0.1), accumulate=2)", "accumulate: 2"),
        ("optim_wrapper = dict(optimizer=dict(lr=-0.1))", "at least 0"),
        ("auto_scale_lr = dict(enable=True)", "base_batch_size is missing"),
        ("val_dataloader = dict(batch_size=1)", "val_cfg and val_evaluator"),
        ("default_hooks = dict(checkpoint=dict(type='CheckpointHook', interval_=1))", "interval_"),
        ("param_scheduler = [dict(end=2)]", "needs a type"),
        ("param_scheduler = [dict(type='MultiStepLR')]", "milestones is missing"),
        ("param_scheduler = [dict(type='PolyLR', gamma=2)]", "PolyLR does not take it"),
        ("param_scheduler = [dict(type='PolyLR', begin=6)]", "behind its begin"),
        ("param_scheduler = [dict(type='LinearLR', start_factor=0, end=3)]", "divides by it"),
        ("param_scheduler = [dict(type='ConstantLR', factor=2, end=3)]", "between 0 and 1"),
        ("param_scheduler = [dict(type='OneCycleLR', eta_max=1, total_steps=4)]", "raises"),
        ("param_scheduler = [dict(type='OneCycleLR', eta_max=1, pct_start=1)]", "write 1.0"),
        ("param_scheduler = [dict(type='OneCycleLR', eta_max=1, pct_start=1.5)]", "0 and 1"),
        ("param_scheduler = [dict(type='OneCycleLR', eta_max=1, total_steps=9.5)]", "above 0"),
        ("param_scheduler = [dict(type='OneCycleLR', eta_max=1, anneal_strategy='lin')]", "cos"),
        ("param_scheduler = [dict(type='ReduceOnPlateauLR', factor=1.0)]", "below 1"),
        ("param_scheduler = [dict(type='ReduceOnPlateauLR', by_epoch=False)]", "evaluations"),
        ("param_scheduler = [dict(type='ReduceOnPlateauLR', threshold=-1)]", "below 0"),
        ("param_scheduler = [dict(type='ReduceOnPlateauLR', rule='max')]", "less or greater"),
        ("param_scheduler = [dict(type='ReduceOnPlateauLR', threshold_rule='r')]", "rel or abs"),
        ("test_dataloader = dict(batch_size=1)", "test_cfg and test_evaluator"),
        ("optim_wrapper = None", "optim_wrapper must be there"),
        ("filename = 'a'", "for itself"),
        ("compile = 'inductor'", "torch.compile"),
        (_WRAPPER.format("clip_grad=35"), "a mapping"),
        (_WRAPPER.format("clip_grad=dict()"), "nothing to clip by"),
        (_WRAPPER.format("clip_grad=dict(type='norm')"), "nothing to clip by"),
        (_WRAPPER.format("clip_grad=dict(type='agc', clip=1)"), "norm or value"),
        (_WRAPPER.format("paramwise_cfg=dict(norm_decay_mult=0.)"), "no weight_decay"),
        (
            _WRAPPER.format("paramwise_cfg=dict(custom_keys=dict(a=dict(decay_mult=0)))"),
            "no weight",
        ),
        (_AMP.format("loss_scale=512"), "write 512.0"),
        (_AMP.format("loss_scale='512'"), "dynamic, a float"),
        (_AMP.format("loss_scale=None"), "dynamic, a float"),
        (_AMP.format("dtype='fp16'"), "float16, bfloat16"),
        (_HOOK.format("save_best=['auto', 'acc']"), "stands alone"),
        (_HOOK.format("save_best=['acc', 'acc']"), "twice"),
        (_HOOK.format("save_best='PSNR'"), "add rule"),
        (_HOOK.format("save_best='acc', rule='max'"), "greater or less"),
        (_HOOK.format("save_best=['a', 'b', 'c'], rule=['less', 'less']"), "as many as"),
        (_HOOK.format("published_keys=['meta', 'meta']"), "twice"),
        (_HOOK.format("backend_args=dict(), file_client_args=dict()"), "only one of the two"),
        ("default_hooks = dict(visualization=None)", "null takes away"),
        ("default_hooks = dict(logger=dict(interval=50))", "its type is missing"),
        ("custom_hooks = [dict(interval=1)]", "needs a type"),
        ("custom_hooks = [dict(type='EarlyStoppingHook', monitor='PSNR')]", "add rule"),
        ("custom_hooks = [dict(type='EarlyStoppingHook', monitor='a', rule='max')]", "or less"),
        ("custom_hooks = [dict(type='EarlyStoppingHook')]", "monitor is missing"),
        ("custom_hooks = [dict(type='EMAHook', begin_iter=1, begin_epoch=1)]", "only one"),
        ("custom_hooks = [dict(type='EMAHook', begin_iter=-1)]", "below 0"),
        ("custom_hooks = [dict(type='EMAHook', begin_epoch=7)]", "the run has 6 epochs"),
        (ITERATIONS + "custom_hooks = [dict(type='EMAHook', begin_epoch=2)]", "is one epoch"),
        (ITERATIONS + "custom_hooks = [dict(type='EMAHook', begin_iter=25)]", "24 iterations"),
        (
            "log_processor = dict(by_epoch=False, custom_cfg=["
            "dict(data_src='loss', method_name='mean', window_size='epoch')])",
            "knows no epochs",
        ),
    ],
)
def test_what_the_runner_refuses_is_an_error(tmp_path: Path, line: str, part: str) -> None:
    """One error, which names the cause."""
    found = check(tmp_path, line)
    assert len(found) == 1
    assert part in found[0]


@pytest.mark.parametrize(
    "line",
    [
        "train_cfg = dict(max_iters=6)",
        "param_scheduler = [dict(type='LinearLR', start_factor=0.1, end=6)]",
        "param_scheduler = [dict(type='OneCycleLR', eta_max=1, total_steps=5)]",
        "param_scheduler = [dict(type='Mine', anything=1)]",
        "optim_wrapper = dict(type='Mine', optimizer=dict(lr=0.1), anything=1)",
        "default_scope = 'mmpose'\nparam_scheduler = [dict(type='ConstantLR', factor=2.5, end=3)]",
        "lr_config = dict(policy='step')",
        VALIDATION,
        "param_scheduler = [dict(type='OneCycleLR', eta_max=1, pct_start=1.0)]",
        VALIDATION + "param_scheduler = [dict(type='ReduceOnPlateauLR', factor=0.5, rule='less')]",
        "runner_type = 'Mine'\ntest_dataloader = dict(batch_size=1)",
        "compile = dict(backend='inductor')",
        "compile = True",
        "file_name = 'a'\ntext = 1\ndel text",
        _WRAPPER.format("clip_grad=dict(max_norm=35, norm_type=2)"),
        _WRAPPER.format("clip_grad=None"),
        _WRAPPER.format("paramwise_cfg=dict(bias_lr_mult=2.)"),
        _WRAPPER.format("constructor='Mine', paramwise_cfg=dict(norm_decay_mult=0.)"),
        _WRAPPER.replace("lr=0.1", "lr=0.1, weight_decay=0.").format(
            "paramwise_cfg=dict(norm_decay_mult=0.)"
        ),
        _AMP.format("loss_scale=512."),
        _AMP.format("loss_scale='dynamic', dtype='bfloat16'"),
        _AMP.format("loss_scale=dict(init_scale=512)"),
        _AMP.format("dtype=torch.bfloat16"),
        _HOOK.format("save_best='auto'"),
        _HOOK.format("save_best='coco/bbox_mAP_50'"),
        _HOOK.format("save_best='PSNR', rule='greater'"),
        _HOOK.format("save_best='PSNR', greater_keys=['psnr']"),
        _HOOK.format("save_best=['acc', 'loss'], rule=['greater', 'less']"),
        _HOOK.format("published_keys='meta'"),
        "default_hooks = dict(timer=None, logger=dict(type='LoggerHook', interval=50))",
        "default_hooks = dict(logger=dict(type='MyLogger', interval=0))",
        "custom_hooks = [dict(type='EarlyStoppingHook', monitor='val_loss')]",
        "custom_hooks = [dict(type='EMAHook', begin_epoch=6)]",
        ITERATIONS + "custom_hooks = [dict(type='EMAHook', begin_iter=24)]",
        "log_processor = dict(custom_cfg=[dict(data_src='loss', window_size='epoch')])",
        "def text():\n    pass\nfilename = make()",
    ],
)
def test_what_the_runner_takes_is_no_error(tmp_path: Path, line: str) -> None:
    """Classes of a project's own, and values at the edge."""
    assert check(tmp_path, line) == []


@pytest.mark.parametrize(
    "line",
    [
        "optim_wrapper = dict(paramwise_cfg=dict(norm_decay_mult=0.))",
        "optim_wrapper = dict(clip_grad=dict(type='norm'))",
        "default_hooks = dict(logger=dict(interval=50))",
        "default_hooks = dict(checkpoint=dict(type='CheckpointHook', save_best='PSNR'))",
        "test_dataloader = dict(batch_size=1)",
    ],
)
def test_what_a_base_may_add_is_no_error(tmp_path: Path, line: str) -> None:
    """The rest of a section may stand in the config that this one builds on."""
    path = tmp_path / "config.py"
    path.write_text("_base_ = ['a.py']\ntrain_cfg = dict(max_epochs=6)\n" + line)
    assert [f.message for f in api.check([str(path)], assume=ONE_RANK)] == []


@pytest.mark.parametrize(
    ("line", "version"),
    [
        ("default_hooks = dict(logger=dict(type='LoggerHook', interval=0))", "0.7.2"),
        ("default_hooks = dict(logger=dict(type='LoggerHook', interval=50.0))", "0.7.2"),
        ("default_hooks = dict(logger=dict(type='LoggerHook', ignore_last=1))", "0.7.2"),
        ("compile = 'inductor'", "0.6"),
        (_HOOK.format("published_keys=['meta', 'meta']"), "0.7"),
        (_HOOK.format("backend_args=dict(), file_client_args=dict()"), "0.1"),
        ("env_variables = dict()", "0.5"),
    ],
)
def test_what_older_runners_take(line: str, version: str) -> None:
    """Neither the check nor the key was there."""
    text = "\n".join((MODEL, LOADER, WRAPPER, EPOCHS, line))
    old = load(text=text, filename="config.py", packages=[f"mmengine=={version}"])
    new = load(text=text, filename="config.py", packages=["mmengine==0.10.7"])
    assert not old.scenarios[0].refusals
    assert new.scenarios[0].refusals


def test_the_rate_as_text_is_an_error(tmp_path: Path) -> None:
    """MMEngine reads YAML with PyYAML, to which `1e-3` is text."""
    path = tmp_path / "config.yaml"
    path.write_text("optim_wrapper: {optimizer: {type: SGD, lr: 1e-3}}\n")
    assert [finding.code for finding in api.check([str(path)])] == ["SL701"]


def test_unknown_values_claim_nothing() -> None:
    """What only the loader fills in is not guessed."""
    found = whole("optim_wrapper = dict(optimizer=dict(lr=0.1), accumulative_counts='{{$N:2}}')")
    assert value(found, "gradient_accumulation_steps") is None
    assert value(found, "total_steps") is None
    found = whole(VALIDATION, "train_dataloader = dict(batch_size=3, drop_last=later, sampler=1)")
    assert fact(found, "drop_last") is UNKNOWN
