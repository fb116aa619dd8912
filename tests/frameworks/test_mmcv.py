"""MMCV 1.x: what its keys mean, checked against what mmcv 1.7.2's own runners and hooks did.

The numbers of steps, rates, evaluations and checkpoints, and each refusal of `mmcv`, come from runs
of EpochBasedRunner and IterBasedRunner on a CPU, with four batches an epoch unless said otherwise.
What MMDetection does with a config (`train_detector`, its sampler) is read from its code.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from schedlint import api, discover
from schedlint.frameworks.mmcv.steps import evaluations
from schedlint.frameworks.signatures import recognise
from schedlint.run import Run, load
from schedlint.source import UNKNOWN, read_text

MODEL = "model = dict(type='Tiny')\n"
DATA = "data = dict(samples_per_gpu=3)\n"
OPTIMIZER = "optimizer = dict(type='SGD', lr=0.1)\n"
SCHEDULE = "lr_config = dict(policy='fixed')\n"
EPOCHS = "runner = dict(type='EpochBasedRunner', max_epochs=6)\n"
ITERATIONS = "runner = dict(type='IterBasedRunner', max_iters=10)\n"
DETECTOR = "model = dict(type='FasterRCNN')\n"


def run(*lines: str, packages: tuple[str, ...] = (), **told: int) -> Run:
    """The run of some lines on one rank, four batches an epoch unless told otherwise."""
    known = {"world_size": 1, **told}
    if "dataset_size" not in told:
        known.setdefault("batches_per_epoch", 4)
    return load(text="\n".join(lines), filename="config.py", assume=known, packages=packages)


def whole(*lines: str, packages: tuple[str, ...] = (), **told: int) -> Run:
    """The run of a config that needs no other; the last of two equal names counts."""
    parts = (MODEL, DATA, OPTIMIZER, SCHEDULE, EPOCHS, *lines)
    return run(*parts, packages=packages, **told)


def value(found: Run, name: str) -> object:
    """The value of a quantity, MMCV's own words included."""
    return found.scenarios[0].plan[name].value


def fact(found: Run, name: str) -> object:
    """The value of a fact; "absent" where it is not there."""
    there = found.scenarios[0].fact(name)
    return "absent" if there is None else there.value


def cumulative(every: object) -> str:
    """An optimizer hook that steps every so many iterations."""
    return (
        "optimizer_config = dict(type='GradientCumulativeOptimizerHook', "
        f"cumulative_iters={every})\n"
    )


# Recognition.


@pytest.mark.parametrize(
    "text",
    [
        "data = dict(samples_per_gpu=2)\noptimizer = dict(type='SGD', lr=0.02)",
        "data = dict(imgs_per_gpu=2)\ntotal_epochs = 12",
        "_base_ = 'a.py'\ndata = dict(train_dataloader=dict(samples_per_gpu=2))",
        "lr_config = dict(policy='step', step=[8, 11])\nrunner = dict(max_epochs=12)",
        "_base_ = ['a.py']\nlr_config = dict(step=[16, 22])",
        "runner = dict(type='IterBasedRunner', max_iters=80000)",
        "checkpoint_config = dict(interval=1)\nworkflow = [('train', 1)]",
        "_base_ = 'a.py'\noptimizer_config = dict(grad_clip=None)",
        "data = dict(samples_per_gpu=2)\ntotal_epochs = 1\nauto_scale_lr = dict(base_batch_size=8)",
    ],
)
def test_what_is_recognised(text: str) -> None:
    """A whole config, a schedule, a runtime, and a child that changes one section."""
    found = recognise(read_text(text, "config.py").documents[0])
    assert found is not None
    assert found.framework == "mmcv"


def test_what_is_not_recognised() -> None:
    """MMEngine's configs are its own; a model alone is nobody's."""
    ours = "runner = dict(type='EpochBasedRunner')\n"
    for more in ("train_dataloader = dict()", "optim_wrapper = dict()", "default_hooks = dict()"):
        found = recognise(read_text(ours + more, "config.py").documents[0])
        assert found is None or found.framework == "mmengine"
    assert recognise(read_text(MODEL, "config.py").documents[0]) is None
    other = recognise(read_text("auto_scale_lr = dict(base_batch_size=16)", "a.py").documents[0])
    assert other is not None
    assert other.framework == "mmengine"


# Batches, epochs, steps.


def test_epochs_and_iterations() -> None:
    """Six epochs of four batches; by iterations the data does not matter."""
    assert value(whole(), "total_steps") == 24
    assert value(whole(), "total_epochs") == 6
    assert value(whole(ITERATIONS), "total_steps") == 10
    assert value(whole(ITERATIONS), "max_steps") == 10


def test_total_epochs_where_there_is_no_runner() -> None:
    """`compat_runner_args` makes an EpochBasedRunner of it."""
    found = run(MODEL, DATA, OPTIMIZER, SCHEDULE, "total_epochs = 5")
    assert value(found, "total_steps") == 20


def test_a_runner_of_its_own_is_not_guessed() -> None:
    """What a project's own runner counts is its own affair; so are two phases of training."""
    assert value(whole("runner = dict(type='MyRunner', max_epochs=6)"), "total_steps") is None
    assert value(whole("workflow = [('train', 1), ('train', 2)]"), "total_steps") is None
    assert value(whole("workflow = [('train', 1), ('val', 1)]"), "total_steps") == 24


@pytest.mark.parametrize(
    ("every", "steps", "each"), [(1, 24, 4), (2, 12, 2), (3, 8, None), (5, 5, None), (40, 1, None)]
)
def test_accumulation_goes_on_across_epochs(every: int, steps: int, each: object) -> None:
    """24 iterations in so many groups; an epoch has a number of steps only where it divides."""
    found = whole(cumulative(every))
    assert value(found, "total_steps") == steps
    assert value(found, "steps_per_epoch") == each
    assert value(found, "global_batch_size") == 3 * every
    assert value(whole(ITERATIONS, cumulative(4)), "total_steps") == 3


@pytest.mark.parametrize(
    ("hook", "steps"),
    [
        ("optimizer_config = dict(grad_clip=None)", 24),
        ("optimizer_config = dict(type='Fp16OptimizerHook')", 24),
        ("optimizer_config = dict(type='MyHook')", None),
        ("optimizer_config = None", None),
    ],
)
def test_only_known_hooks_step_at_every_iteration(hook: str, steps: object) -> None:
    """A hook of the project's own, or none, steps when it likes."""
    assert value(whole(hook), "total_steps") == steps


def test_where_the_batch_stands() -> None:
    """`imgs_per_gpu` counts before `samples_per_gpu`; two places at once are refused or not."""
    loader = "data = dict(train_dataloader=dict(samples_per_gpu=5))"
    assert value(whole(loader), "micro_batch_size") == 5
    assert value(whole("data = dict(imgs_per_gpu=4, samples_per_gpu=2)"), "micro_batch_size") == 4
    both = "data = dict(samples_per_gpu=2, train_dataloader=dict(samples_per_gpu=5))"
    assert value(whole(both), "micro_batch_size") is None


def test_a_detector_s_epoch() -> None:
    """Wide and tall samples fill their batches apart: 25 of three are nine batches, or ten."""
    found = whole(DETECTOR, dataset_size=25).scenarios[0].plan["batches_per_epoch"]
    assert (found.low, found.high) == (9, 10)
    found = whole(DETECTOR, dataset_size=25, world_size=2).scenarios[0].plan["batches_per_epoch"]
    assert (found.low, found.high) == (5, 6)
    assert value(whole(dataset_size=25), "batches_per_epoch") is None


def test_a_detector_s_iterations_are_whole_batches() -> None:
    """`InfiniteGroupBatchSampler` yields none that is short."""
    found = whole(DETECTOR, ITERATIONS, dataset_size=60)
    assert (value(found, "samples_seen"), value(found, "total_epochs")) == (30, 0.5)
    assert value(whole(ITERATIONS, dataset_size=60), "samples_seen") is None


def test_the_rate_is_scaled_by_the_batch_without_accumulation() -> None:
    """0.1 × 3 × 8 / 16, as `auto_scale_lr` logs it; without a base it does nothing."""
    scaling = "auto_scale_lr = dict(enable=True, base_batch_size=16)"
    found = whole(scaling, cumulative(4), world_size=8)
    assert value(found, "scaled_learning_rate") == pytest.approx(0.15)
    bare = whole("auto_scale_lr = dict(enable=True)", world_size=8)
    assert value(bare, "scaled_learning_rate") is None


@pytest.mark.parametrize(
    ("lines", "fp16"),
    [
        ("", False),
        ("fp16 = dict(loss_scale=512.)", True),
        ("fp16 = None", False),
        ("optimizer_config = dict(type='Fp16OptimizerHook')", True),
    ],
)
def test_precision(lines: str, fp16: bool) -> None:
    """The `fp16` section makes a hook that casts; so does the hook by its own name."""
    assert fact(whole(lines), "fp16") is fp16


# Other files.


def test_what_a_base_may_say_has_no_default() -> None:
    """Accumulation, warm-up and scaling may stand there; what is here counts."""
    child = run("_base_ = 'a.py'", "runner = dict(max_epochs=24)", DATA, OPTIMIZER)
    assert value(child, "epochs") == 24
    assert value(child, "micro_batch_size") == 3
    for name in ("gradient_accumulation_steps", "total_steps", "evaluations", "warmup_steps"):
        assert value(child, name) is None, name
    assert fact(child, "fp16") == "absent"
    assert fact(child, "lr_scaling") is UNKNOWN


def test_a_part_of_a_config_has_no_defaults_either() -> None:
    """A schedule alone is meant for configs that build on it; its epochs may be another's."""
    part = run(OPTIMIZER, "lr_config = dict(policy='step', step=[8])", "total_epochs = 12")
    assert value(part, "gradient_accumulation_steps") is None
    assert value(part, "epochs") is None


# Evaluations, checkpoints, log lines.


@pytest.mark.parametrize(
    ("section", "count"),
    [("interval=2", 3), ("interval=4", 1), ("interval=9", 0), ("interval=2, start=3", 2), ("", 6)],
)
def test_evaluations_of_epochs(section: str, count: int) -> None:
    """At the multiples in six epochs, and none at the end; from the third on at 3 and 5."""
    found = whole(f"evaluation = dict({section})")
    assert value(found, "evaluations") == count
    assert fact(found, "eval_strategy") == "epoch"


def test_evaluations_of_iterations() -> None:
    """Every four of ten are two."""
    found = whole(ITERATIONS, "evaluation = dict(interval=4)")
    assert value(found, "evaluations") == 2
    assert value(found, "eval_interval") == 4
    assert fact(found, "eval_strategy") == "steps"


@pytest.mark.parametrize("start", [None, 0, 1, 2, 5, 9])
@pytest.mark.parametrize("every", [1, 2, 3, 9])
def test_evaluations_are_counted_as_the_hook_counts(every: int, start: int | None) -> None:
    """Against EvalHook's `before_train_epoch` and `_should_evaluate`, for runs of any length."""

    def due(current: int) -> bool:
        if start is None:
            return (current + 1) % every == 0
        return current + 1 >= start and (current + 1 - start) % every == 0

    counted = evaluations("max_epochs", "eval_epochs", start)
    for total in range(12):
        really = sum(map(due, range(total)))
        really += total > 0 and start is not None and start <= 0 and due(0)
        assert counted.formula(total, every) == really


def test_evaluations_that_are_not_known() -> None:
    """Intervals that change, a project's own hook, and a section that the file does not show."""
    moved = "evaluation = dict(interval=2, dynamic_intervals=[(4, 1)])"
    own = "evaluation = dict(type='EvalIterHook', interval=2)"
    for line in (moved, own, "evaluation = dict(interval=2, by_epoch=False)", ""):
        assert value(whole(line), "evaluations") is None, line


@pytest.mark.parametrize(
    ("section", "count", "before"),
    [("interval=2", 3, 3), ("interval=4", 2, 1), ("interval=9", 1, 0), ("", 1, 0)],
)
def test_checkpoints(section: str, count: int, before: int) -> None:
    """At the multiples in six epochs, and at the end since mmcv 1.3.0."""
    line = f"checkpoint_config = dict({section})"
    assert value(whole(line, packages=("mmcv==1.7.2",)), "checkpoints") == count
    for pin in ("mmcv==1.2.7", "mmcv-full==1.2.7"):
        assert value(whole(line, packages=(pin,)), "checkpoints") == before


def test_checkpoints_by_iteration() -> None:
    """Ten iterations have those at 3, 6, 9 and the last; by epoch, that runner saves none."""
    now = ("mmcv-full==1.7.2",)
    found = whole(ITERATIONS, "checkpoint_config = dict(interval=3)", packages=now)
    assert (value(found, "checkpoints"), value(found, "save_interval")) == (4, 3)
    assert fact(found, "save_strategy") == "steps"
    stated = "checkpoint_config = dict(interval=1, by_epoch=True)"
    assert value(whole(ITERATIONS, stated, packages=now), "checkpoints") == 0
    assert value(whole("checkpoint_config = None"), "checkpoints") == 0


def test_best_checkpoints_come_on_top() -> None:
    """A new best score is saved at its own time."""
    lines = ("checkpoint_config = dict(interval=2)", "evaluation = dict(save_best='bbox_mAP')")
    found = whole(*lines, packages=("mmcv==1.7.2",))
    assert (value(found, "timed_checkpoints"), value(found, "checkpoints")) == (3, None)


def test_log_lines() -> None:
    """Iterations of an epoch; half as many steps where two make one."""
    line = "log_config = dict(interval=50, hooks=[])"
    assert value(whole(ITERATIONS, line, cumulative(2)), "log_interval") == 25
    assert whole(line).scenarios[0].plan["log_interval"].high == 50


# Warm-up and decay.


@pytest.mark.parametrize(
    ("warmup", "every", "steps"),
    [
        ("", 1, 0),
        ("warmup=None, warmup_iters=5", 1, 0),
        ("warmup='linear', warmup_iters=5", 1, 5),
        ("warmup='linear', warmup_iters=5", 2, 2),
        ("warmup='constant', warmup_iters=6", 2, 3),
        ("warmup='exp', warmup_iters=2, warmup_by_epoch=True", 1, 8),
        ("warmup='linear', warmup_iters=5, warmup_ratio=1.0", 1, 0),
    ],
)
def test_warmup(warmup: str, every: int, steps: int) -> None:
    """The optimizer steps below the full rate, whatever the policy counts."""
    found = whole(f"lr_config = dict(policy='step', step=[5], {warmup})", cumulative(every))
    assert value(found, "warmup_steps") == steps


@pytest.mark.parametrize(
    ("lines", "unit", "first", "last"),
    [
        (("step=[2, 4]", EPOCHS), "_epoch", 2, 4),
        (("step=[4, 2]", EPOCHS), "_epoch", None, None),
        (("step=2", EPOCHS), "_epoch", 2, None),
        (("step=[4, 8]", ITERATIONS), "", 4, 8),
        (("step=[4, 9]", ITERATIONS, cumulative(2)), "", 2, 5),
        (("step=[4, 8], by_epoch=False", EPOCHS), "", 4, 8),
        (("step=[2, 4]", "runner = dict(type='Mine')"), "_epoch", None, None),
    ],
)
def test_milestones(lines: tuple[str, ...], unit: str, first: object, last: object) -> None:
    """In what the policy counts; a list that does not rise lowers the rate elsewhere."""
    found = whole(f"lr_config = dict(policy='step', {lines[0]})", *lines[1:])
    assert value(found, f"first_milestone{unit}") == first
    assert value(found, f"last_milestone{unit}") == last


@pytest.mark.parametrize(
    ("policy", "horizon"),
    [
        ("policy='CosineAnnealing', min_lr=0", 24),
        ("policy='poly', power=0.9, by_epoch=False", 24),
        ("policy='FlatCosineAnnealing', min_lr_ratio=0.05", 24),
        ("policy='CosineRestart', periods=[3, 5], restart_weights=[1, 1], min_lr=0", 32),
        ("policy='step', step=[4]", None),
        ("policy='Mine'", None),
    ],
)
def test_decay(policy: str, horizon: object) -> None:
    """Most policies end with the run; restarts after their periods of four batches each."""
    assert value(whole(f"lr_config = dict({policy})"), "decay_steps") == horizon


def test_a_policy_by_epochs_stands_still_by_iterations() -> None:
    """Ten steps at 0.1, warm-up or not: the runner calls no hook at the start of an epoch."""
    line = "lr_config = dict(policy='step', step=[1, 2], warmup='linear', warmup_iters=3, {})"
    found = whole(ITERATIONS, line.format("by_epoch=True"))
    assert "never begins an epoch" in str(fact(found, "schedule_stands_still"))
    assert value(found, "last_milestone") is None
    assert fact(whole(ITERATIONS, line.format("")), "schedule_stands_still") == "absent"
    assert fact(whole(line.format("by_epoch=True")), "schedule_stands_still") == "absent"


# Recipes.

SHIPPED = "optimizer = dict(type='SGD', lr=0.02, momentum=0.9, weight_decay=0.0001)\n"


@pytest.mark.parametrize(
    ("lines", "base"),
    [
        ((DETECTOR, SHIPPED), 16),
        ((DETECTOR, SHIPPED, "auto_scale_lr = dict(base_batch_size=64)"), 64),
        ((DETECTOR, SHIPPED, "auto_scale_lr = dict(enable=True, base_batch_size=16)"), "absent"),
        ((MODEL, SHIPPED), "absent"),
        (("model = dict(type='RetinaNet')", SHIPPED), "absent"),
        ((DETECTOR, SHIPPED.replace("0.02", "0.01")), "absent"),
        ((DETECTOR, SHIPPED.replace("SGD", "AdamW")), "absent"),
        ((DETECTOR, SHIPPED.replace("0.0001", "0.0005")), "absent"),
        ((DETECTOR, SHIPPED, "_base_ = 'a.py'"), "absent"),
    ],
)
def test_which_batch_the_rate_is_for(lines: tuple[str, ...], base: object) -> None:
    """As stated, or MMDetection's 8 × 2 for exactly the optimizer of its two-stage detectors."""
    assert fact(whole(*lines), "recipe_base_batch") == base


def test_mmengine_s_detectors_have_the_same_recipe() -> None:
    """MMDetection 3 ships its two-stage detectors with the same rate for the same batch."""
    optimizer = f"optim_wrapper = dict({SHIPPED.strip()})\n"
    loop = "train_cfg = dict(by_epoch=True, max_epochs=12)\n"
    found = run(DETECTOR, "train_dataloader = dict(batch_size=2)", loop, optimizer)
    assert found.framework.name == "mmengine"
    assert fact(found, "recipe_base_batch") == 16
    assert fact(run(DETECTOR, loop, optimizer), "recipe_base_batch") == "absent"


@pytest.mark.parametrize(
    ("world", "scaled"), [(1, "0.0025"), (2, "0.005"), (4, "0.01"), (32, "0.08")]
)
def test_the_rate_of_another_batch(tmp_path: Path, world: int, scaled: str) -> None:
    """The recipe's rate beside another batch; linear scaling is 0.02 × world × 2 / 16."""
    config = tmp_path / "config.py"
    config.write_text(f"{DETECTOR}data = dict(samples_per_gpu=2)\n{SHIPPED}{SCHEDULE}{EPOCHS}")
    (found,) = api.check([config], assume={"world_size": world})
    assert found.code == "SL205"
    assert found.place.line == 3
    assert f"linear scaling gives {scaled}" in found.message
    assert [each.place.line for each in found.related] == [2]


@pytest.mark.parametrize(("rate", "world"), [("0.02", 8), ("0.0025", 1), ("0.01", 4), ("0.04", 16)])
def test_the_rate_of_this_batch(tmp_path: Path, rate: str, world: int) -> None:
    """Scaled by hand, whether the base is stated or not; 0.02 is for eight ranks of two."""
    text = f"{DETECTOR}data = dict(samples_per_gpu=2)\n{SHIPPED}{SCHEDULE}{EPOCHS}"
    for more in ("", "auto_scale_lr = dict(enable=False, base_batch_size=16)"):
        config = tmp_path / "config.py"
        config.write_text(text.replace("0.02", rate) + more)
        assert not api.check([config], assume={"world_size": world})


# Refusals.


@pytest.mark.parametrize(
    ("lines", "key", "why"),
    [
        (("lr_config = dict(step=[1])",), "lr_config", "policy is missing"),
        (("lr_config = dict(policy='step')",), "lr_config.policy", "step is missing"),
        (("lr_config = dict(policy='exp')",), "lr_config.policy", "gamma is missing"),
        (("lr_config = dict(policy='OneCycle')",), "lr_config.policy", "max_lr is missing"),
        (("lr_config = dict(policy='step', step=[8.0])",), "lr_config.step", "whole numbers"),
        (("lr_config = dict(policy='step', step=[0, 1])",), "lr_config.step", "above 0"),
        (("lr_config = dict(policy='step', step=8.0)",), "lr_config.step", "whole number"),
        (("lr_config = dict(policy='step', step='8')",), "lr_config.step", "whole number"),
        (("lr_config = dict(policy='step', step=(8, 11))",), "lr_config.step", "a tuple"),
        (
            ("lr_config = dict(policy='fixed', warmup='cosine', warmup_iters=1)",),
            "lr_config.warmup",
            "constant, linear, exp",
        ),
        (
            ("lr_config = dict(policy='fixed', warmup='linear')",),
            "lr_config.warmup",
            "warmup_iters is missing",
        ),
        (
            ("lr_config = dict(policy='fixed', warmup='linear', warmup_iters=-1)",),
            "lr_config.warmup_iters",
            "above 0",
        ),
        (
            ("lr_config = dict(policy='fixed', warmup='exp', warmup_iters=2, warmup_ratio=1.5)",),
            "lr_config.warmup_ratio",
            "not above 1",
        ),
        (
            (
                ITERATIONS,
                "lr_config = dict(policy='fixed', warmup='exp', warmup_iters=2, "
                "warmup_by_epoch=True)",
            ),
            "lr_config.warmup_by_epoch",
            "never begins an epoch",
        ),
        (("lr_config = dict(policy='CosineAnnealing')",), "lr_config.policy", "min_lr_ratio"),
        (
            ("lr_config = dict(policy='LinearAnnealing', min_lr=0, min_lr_ratio=0.1)",),
            "lr_config.min_lr_ratio",
            "only one of the two",
        ),
        (
            ("lr_config = dict(policy='FlatCosineAnnealing', min_lr=0, start_percent=1)",),
            "lr_config.start_percent",
            "a float between 0 and 1",
        ),
        (
            ("lr_config = dict(policy='OneCycle', max_lr=0.1, pct_start=1)",),
            "lr_config.pct_start",
            "a float between 0 and 1",
        ),
        (
            (ITERATIONS, "lr_config = dict(policy='OneCycle', max_lr=0.1, total_steps=9)"),
            "lr_config.total_steps",
            "10 iterations",
        ),
        (
            ("lr_config = dict(policy='cyclic', by_epoch=True)",),
            "lr_config.by_epoch",
            "iterations only",
        ),
        (
            ("lr_config = dict(policy='cyclic', target_ratio=[10, 1e-4])",),
            "lr_config.target_ratio",
            "a list",
        ),
        (
            ("lr_config = dict(policy='CosineRestart', periods=[3, 3], min_lr=0)",),
            "lr_config.periods",
            "as many",
        ),
        (
            ("lr_config = dict(policy='CosineRestart', periods=[4], min_lr=0)",),
            "lr_config.periods",
            "end after 4, and the run of 6 epochs",
        ),
        (
            ("runner = dict(type='EpochBasedRunner', max_epochs=2, max_iters=3)",),
            "runner.max_iters",
            "only one of the two",
        ),
        ((DETECTOR, "total_epochs = 12"), "total_epochs", "runner.max_epochs, which is 6"),
        (
            ("optimizer_config = dict(cumulative_iters=2)",),
            "optimizer_config.cumulative_iters",
            "GradientCumulativeOptimizerHook",
        ),
        ((cumulative(0),), "optimizer_config.cumulative_iters", "above 0"),
        ((cumulative(2.0),), "optimizer_config.cumulative_iters", "whole number"),
        ((DETECTOR, "evaluation = dict(interval=0)"), "evaluation.interval", "above 0"),
        (("log_config = dict(hooks=[])",), "log_config", "interval is missing"),
    ],
)
def test_what_is_refused(lines: tuple[str, ...], key: str, why: str) -> None:
    """Each raises in mmcv 1.7.2 (or in MMDetection's `train_detector`), at start or in the run."""
    (refusal,) = whole(*lines).scenarios[0].reading.refusals
    assert refusal.setting.key == key
    assert why in refusal.why


@pytest.mark.parametrize(
    "lines",
    [
        ("lr_config = dict(policy='step', step=[8, 11], min_lr=0.1)",),
        ("lr_config = dict(policy='step', step=8)",),
        ("lr_config = dict(policy='fixed', warmup=None, warmup_iters=0)",),
        ("lr_config = dict(policy='fixed', warmup='linear', warmup_iters=2, warmup_ratio=1)",),
        ("lr_config = dict(policy='CosineAnnealing', min_lr=0)",),
        ("lr_config = dict(policy='FlatCosineAnnealing', min_lr=0, start_percent=0.5)",),
        ("lr_config = dict(policy='OneCycle', max_lr=0.1, pct_start=0.3)",),
        (ITERATIONS, "lr_config = dict(policy='OneCycle', max_lr=0.1, total_steps=10)"),
        ("lr_config = dict(policy='cyclic', target_ratio=(10, 1e-4))",),
        ("lr_config = dict(policy='CosineRestart', periods=[6], min_lr=0)",),
        (DETECTOR, "total_epochs = 6"),
        (MODEL, "total_epochs = 12"),
        (cumulative(2),),
        ("evaluation = dict(interval=0)",),
        ("log_config = dict(interval=50, hooks=[])",),
        ("_base_ = 'a.py'", "lr_config = dict(step=[1])"),
        ("_base_ = 'a.py'", "lr_config = dict(policy='CosineAnnealing', warmup='linear')"),
        ("_base_ = 'a.py'", "optimizer_config = dict(cumulative_iters=2)"),
    ],
)
def test_what_is_not_refused(lines: tuple[str, ...]) -> None:
    """The nearest that is accepted, or that a base or a project's own script may make good."""
    assert not whole(*lines).scenarios[0].reading.refusals


def test_periods_may_end_one_earlier_before_1_2() -> None:
    """`get_position_from_periods` compared with `<=` then."""
    line = "lr_config = dict(policy='CosineRestart', periods=[5], min_lr=0)"
    for pin, refused in (("mmcv==1.1.6", 0), ("mmcv-full==1.1.6", 0), ("mmcv-full==1.2.0", 1)):
        assert len(whole(line, packages=(pin,)).scenarios[0].reading.refusals) == refused


# Other formats.


def test_yaml_is_read_as_mmcv_reads_it(tmp_path: Path) -> None:
    """PyYAML's loader takes 1e-3 for text, and the optimizer gets it so."""
    config = tmp_path / "config.yaml"
    config.write_text("data: {samples_per_gpu: 2}\noptimizer: {type: SGD, lr: 1e-3}\n")
    assert [each.code for each in api.check([config])] == ["SL701"]
    assert [each.path for each in discover.configs([str(tmp_path)])] == [str(config)]
