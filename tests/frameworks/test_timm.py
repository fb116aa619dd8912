"""timm's `train.py`: expected numbers by hand from its scheduler factory, loader and loop."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedlint.frameworks import by_name, recognised
from schedlint.frameworks.timm import steps as timm_steps
from schedlint.frameworks.timm.epochs import growing_horizon
from schedlint.run import Run, load
from schedlint.source import UNKNOWN, read_text

CONFIG = """\
model: resnet50
sched: cosine
opt: sgd
epochs: 10
batch_size: 4
warmup_epochs: 2
"""
NEW = "timm==1.0.31"
OLD = "timm==1.0.28"


def run_of(extra: str = "", package: str = NEW, base: str = CONFIG, **assume: object) -> Run:
    """The run of the base config with further lines; without facts, 22 samples on one process."""
    facts = assume or {"world_size": 1, "dataset_size": 22}
    return load(text=base + extra, filename="args.yaml", assume=facts, packages=[package])


def value(run: Run, name: str) -> object:
    """What the plan says of a quantity."""
    return run.plan[name].value


def fact(run: Run, name: str) -> object:
    """A fact's value in the newest scenario; None where there is none."""
    found = run.scenarios[0].fact(name)
    return None if found is None else found.value


def errors(extra: str, package: str = NEW, base: str = CONFIG) -> list[str]:
    """The messages of all errors."""
    run = run_of(extra, package, base)
    return [f"{each.setting.text}: {each.why}" for each in run.scenarios[0].refusals]


# Recognition.


@pytest.mark.parametrize(
    "text",
    [
        "sched: cosine\nsched_on_updates: false\n",
        "sched: step\nwarmup_prefix: true\n",
        "sched: cosine\nlr_base: 0.1\nepochs: 10\n",
        "sched: cosine\nepochs: 10\nrecovery_interval: 0\nnative_amp: true\n",
        CONFIG,
    ],
)
def test_own_configs_are_recognised(text: str) -> None:
    """Hand-written configs and dumps, old ones too."""
    found = recognised(read_text(text, "args.yaml").documents[0])
    assert found is not None
    assert found.name == "timm"


@pytest.mark.parametrize(
    "text",
    [
        CONFIG + "data_set: IMNET\nrepeated_aug: true\n",
        CONFIG + "update_freq: 2\n",
        "epochs: 10\nbatch_size: 4\nlr: 0.1\nwarmup_epochs: 5\n",
        "sched: cosine\n",
    ],
)
def test_other_loops_are_not(text: str) -> None:
    """Forks with loops of their own, plain loops, a single key."""
    found = recognised(read_text(text, "args.yaml").documents[0])
    assert found is None or found.name != "timm"


# Batches and data.


def test_defaults_of_the_parser() -> None:
    """300 epochs of 128 samples, five of them warm-up, no accumulation."""
    run = run_of(base="sched: cosine\nwarmup_prefix: false\n", world_size=2, dataset_size=1000)
    assert value(run, "micro_batch_size") == 128
    assert value(run, "gradient_accumulation_steps") == 1
    assert value(run, "batches_per_epoch") == 3  # 500 a rank
    assert value(run, "total_epochs") == 300
    assert value(run, "warmup_steps") == 15
    assert value(run, "log_interval") == 50
    assert value(run, "samples_seen") == 300 * 3 * 256


def test_rank_share_is_rounded_up_first() -> None:
    """22 samples over 3 ranks are 8 each: two batches of 4."""
    run = run_of(world_size=3, dataset_size=22)
    assert value(run, "batches_per_epoch") == 2
    assert value(run, "global_batch_size") == 12


@pytest.mark.parametrize("name", ["wds/imagenet", "TFDS/imagenet", "hfids/some/set"])
def test_streams_have_no_known_length(name: str) -> None:
    """How many batches a stream makes depends on its workers."""
    run = run_of(f"dataset: {name}\n")
    assert value(run, "batches_per_epoch") is None
    assert fact(run, "streaming") is True
    assert value(run, "total_epochs") == 10


def test_data_set_by_index_has() -> None:
    """`hfds/` reads by index, and a name that is filled in later is unknown."""
    assert value(run_of("dataset: hfds/some/set\n"), "batches_per_epoch") == 5


@pytest.mark.parametrize("extra", ["naflex_loader: true\n", "train_img_sizes: [128, 224]\n"])
def test_scheduled_batches_vary(extra: str) -> None:
    """Where batch sizes are scheduled, `batch_size` is not the batch."""
    run = run_of(extra)
    assert value(run, "micro_batch_size") is None
    assert value(run, "batches_per_epoch") is None
    assert value(run, "total_epochs") == 10


def test_repeated_augmentation() -> None:
    """A rank selects floor(700 // 256 x 256 / 3) = 170 samples of 700; 22 make 11 each for two."""
    big = {"world_size": 3, "dataset_size": 700}
    small = {"world_size": 2, "dataset_size": 22}
    assert value(run_of("aug_repeats: 3\n", NEW, **big), "batches_per_epoch") == 42
    assert value(run_of("aug_repeats: 3\n", OLD, **big), "batches_per_epoch") == 42
    assert value(run_of("aug_repeats: 3\n", NEW, **small), "batches_per_epoch") == 2
    assert value(run_of("aug_repeats: 3\n", OLD, **small), "batches_per_epoch") == 0


# Optimizer steps.


def _really(batches: int, accumulation: int) -> int:
    """Steps of `train_one_epoch` before 1.0.31, batch by batch."""
    size, short, steps = accumulation, batches % accumulation, 0
    for index in range(batches):
        steps += index == batches - 1 or (index + 1) % size == 0
        if index >= batches - short:
            size = short
    return steps


@given(st.integers(0, 120), st.integers(1, 20))
def test_short_groups_of_old_versions(batches: int, accumulation: int) -> None:
    """The formula steps as often as the loop does."""
    updates = -(-batches // accumulation)
    steps = timm_steps.steps_with_short_group.formula(batches, accumulation, updates)
    assert steps == _really(batches, accumulation)


def test_short_group_of_three() -> None:
    """Seven batches by four: two steps, three before 1.0.31, and either where nobody knows."""
    base = CONFIG.replace("batch_size: 4", "batch_size: 1") + "grad_accum_steps: 4\n"
    facts = {"world_size": 1, "dataset_size": 7}
    assert value(run_of(base=base, **facts), "total_steps") == 20
    assert value(run_of("", OLD, base, **facts), "total_steps") == 30
    unpinned = load(text=base, filename="args.yaml", assume=facts)
    assert unpinned.plan["total_steps"].interval == (20, 30)


def test_short_group_puts_the_schedule_ahead() -> None:
    """By updates the warm-up of two epochs ends before the last step of the second."""
    base = CONFIG.replace("batch_size: 4", "batch_size: 1") + "grad_accum_steps: 4\n"
    run = run_of("sched_on_updates: true\n", OLD, base, world_size=1, dataset_size=7)
    assert value(run, "warmup_steps") == 5
    assert value(run, "decay_steps") == 29


# Epochs and schedules.


@pytest.mark.parametrize(
    ("extra", "epochs"),
    [
        ("", 10),
        ("cooldown_epochs: 3\n", 13),
        ("warmup_prefix: true\n", 12),
        ("lr_cycle_limit: 3\n", 30),
        ("lr_cycle_limit: 0\n", 10),
        ("lr_cycle_limit: 2\nlr_cycle_mul: 2.0\ncooldown_epochs: 1\n", 31),
        ("lr_cycle_limit: 2\nlr_cycle_mul: 1.5\nsched_on_updates: true\n", 25),
    ],
)
@pytest.mark.parametrize("kind", ["cosine", "tanh", "poly"])
def test_cycles(kind: str, extra: str, epochs: int) -> None:
    """`get_cycle_length` and cool-down."""
    assert value(run_of(extra, base=CONFIG.replace("cosine", kind)), "total_epochs") == epochs


@pytest.mark.parametrize("kind", ["step", "multistep", "plateau", "constant", "none"])
def test_endless_schedules_have_no_cooldown(kind: str) -> None:
    """Neither cool-down nor cycles lengthen them; a warm-up before them does."""
    base = CONFIG.replace("cosine", kind) + "cooldown_epochs: 3\nlr_cycle_limit: 2\n"
    assert value(run_of(base=base), "total_epochs") == 10
    assert value(run_of("warmup_prefix: true\n", base=base), "total_epochs") == 12
    assert value(run_of("warmup_prefix: true\n", "timm==1.0.11", base), "total_epochs") == 10
    assert fact(run_of(base=base), "cooldown_ignored") == kind
    assert value(run_of(base=base), "decay_steps") is None


@pytest.mark.parametrize("kind", ["wsd", "rsqrt"])
def test_stable_schedules_end_with_the_epochs(kind: str) -> None:
    """Warm-up, plateau and decay share the epochs; cool-down and a prefix come on top."""
    base = CONFIG.replace("cosine", kind) + "decay_epochs: 3\nlr_cycle_limit: 4\n"
    assert value(run_of(base=base), "total_epochs") == 10
    assert value(run_of(base=base), "stable_epochs") == 5
    run = run_of("warmup_prefix: true\ncooldown_epochs: 1\n", base=base)
    assert value(run, "total_epochs") == 13
    assert value(run, "decay_steps") == 60


def test_cycles_beyond_all_bounds() -> None:
    """Whatever an unknown number of cycles is bisected to, no number overflows."""
    growing = "lr_cycle_limit: ${CYCLES}\nlr_cycle_mul: 2\n"
    run = run_of(growing, world_size=1, dataset_size=22, total_epochs=70)
    assert value(run, "cycles") == 3  # 10 + 20 + 40


def test_prefix_before_1_0_12() -> None:
    """The schedule was shifted, training not lengthened."""
    for growth, epochs in (("", 10), ("lr_cycle_limit: 2\nlr_cycle_mul: 2.0\n", 30)):
        run = run_of("warmup_prefix: true\n" + growth, "timm==1.0.11")
        assert value(run, "total_epochs") == epochs
        assert value(run, "decay_steps") == (epochs + 2) * 5


def test_prefix_of_nothing_needs_no_version() -> None:
    """Without a warm-up nothing is put before the schedule."""
    base = CONFIG.replace("warmup_epochs: 2", "warmup_epochs: 0") + "warmup_prefix: true\n"
    run = load(text=base, filename="args.yaml")
    assert len(run.scenarios) == 1
    assert value(run, "total_epochs") == 10


@pytest.mark.parametrize("on", ["true", "false"])
def test_warmup_by_epochs_and_by_updates(on: str) -> None:
    """Two epochs of three steps; half of the third epoch is a whole one where epochs count."""
    base = CONFIG + f"grad_accum_steps: 2\nsched_on_updates: {on}\n"
    assert value(run_of(base=base), "warmup_steps") == 6
    base = base.replace("warmup_epochs: 2", "warmup_epochs: 2.5")
    assert value(run_of("", OLD, base), "warmup_steps") == (8 if on == "true" else 9)
    assert value(run_of(base=base), "warmup_steps") is None


def test_no_schedule_has_no_warmup() -> None:
    """`none` leaves the learning rate alone."""
    run = run_of(base=CONFIG.replace("cosine", "none"))
    assert value(run, "warmup_steps") == 0
    assert fact(run, "warmup_ignored") == "none"


def test_unknown_schedule_or_unit_claims_nothing() -> None:
    """What a placeholder leaves open is open; what does not depend on it is not."""
    unknown = run_of(base=CONFIG.replace("sched: cosine", "sched: ${SCHED}"))
    assert fact(unknown, "scheduler") in (UNKNOWN, "${SCHED}")
    assert value(unknown, "total_epochs") is None
    assert value(unknown, "steps_per_epoch") == 5
    assert value(run_of("sched_on_updates: maybe\n"), "warmup_steps") is None
    assert value(run_of("warmup_prefix: maybe\n"), "total_epochs") is None


def test_decays_in_epochs() -> None:
    """The last milestone, and the interval of a schedule by steps."""
    multistep = run_of("decay_milestones: [3, 7]\n", base=CONFIG.replace("cosine", "multistep"))
    assert value(multistep, "last_milestone_epoch") == 7
    assert fact(multistep, "milestones") is not None
    step = run_of("decay_epochs: 2.4\n", base=CONFIG.replace("cosine", "step"))
    assert float(step.plan["decay_epochs"].low) == 2.4
    assert value(step, "first_milestone_epoch") is None


@pytest.mark.parametrize(
    ("extra", "first", "last"),
    [
        ("", 90, 270),
        ("decay_milestones: [3, 7]\n", 3, 7),
        ("decay_milestones: [3, 7]\nwarmup_prefix: true\n", None, None),
    ],
)
def test_milestones(extra: str, first: object, last: object) -> None:
    """Those of the parser where none are given; a warm-up before the schedule moves them."""
    run = run_of(extra, base=CONFIG.replace("cosine", "multistep"))
    assert value(run, "first_milestone_epoch") == first
    assert value(run, "last_milestone_epoch") == last


@pytest.mark.parametrize(
    ("extra", "first", "last"),
    [
        ("", 90, 90),
        ("decay_epochs: 3\n", 3, 9),
        ("decay_epochs: 5\n", 5, 5),
        ("decay_epochs: 10\n", 10, 10),
    ],
)
def test_interval_of_decays(extra: str, first: object, last: object) -> None:
    """The last one comes before the end of the ten epochs, if any does."""
    run = run_of(extra, base=CONFIG.replace("cosine", "step"))
    assert value(run, "first_milestone_epoch") == first
    assert value(run, "last_milestone_epoch") == last


# Where a run starts and ends.


def test_start_epoch_leaves_the_rest() -> None:
    """Epochs 3 to 9 run, and validate at 4, 6, 8 and 10; the warm-up is over."""
    run = run_of("start_epoch: 3\nval_interval: 2\n")
    assert value(run, "total_epochs") == 7
    assert value(run, "evaluations") == 4
    assert value(run, "warmup_steps") == 0
    assert value(run_of("start_epoch: 1\n"), "warmup_steps") == 5
    assert value(run_of("start_epoch: 1\nsched_on_updates: true\n"), "warmup_steps") == 5
    assert value(run_of("start_epoch: 12\n"), "total_steps") == 0


def test_resumed_run_starts_where_nobody_knows() -> None:
    """At most all epochs; nothing is said against its warm-up."""
    run = run_of("resume: last.pth.tar\n")
    assert run.plan["total_epochs"].interval == (0, 10)
    assert value(run, "evaluations") is None
    assert value(run_of("resume: ''\n"), "total_epochs") == 10
    assert value(run_of("resume: last.pth.tar\nstart_epoch: 4\n"), "total_epochs") == 6


def test_stop_epoch() -> None:
    """From 1.0.31 on a run may stop early; its warm-up may go on in a later one."""
    base = CONFIG.replace("warmup_epochs: 2", "warmup_epochs: 5") + "stop_epoch: 3\n"
    run = run_of(base=base)
    assert value(run, "total_epochs") == 3
    assert value(run, "evaluations") == 3
    assert value(run, "warmup_steps") is None
    assert value(run_of("", OLD, base), "total_epochs") == 10


# Validations, checkpoints, log lines.


def test_validation_and_checkpoints() -> None:
    """Every third epoch and the last one; before 1.0.23 every epoch, whatever the file says."""
    run = run_of("val_interval: 3\nlog_interval: 7\n")
    assert value(run, "evaluations") == 4
    assert value(run, "checkpoints") == 4
    assert value(run, "eval_interval") == 15
    assert value(run, "save_interval") == 15
    assert value(run, "log_interval") == 7
    assert value(run_of("val_interval: 3\n", "timm==1.0.11"), "evaluations") == 10


def test_no_validation_split() -> None:
    """Checkpoints are written all the same."""
    run = run_of("val_split: ''\n")
    assert value(run, "evaluations") == 0
    assert value(run, "checkpoints") == 10
    assert fact(run, "eval_strategy") == "no"
    assert fact(run_of(), "eval_strategy") == "epoch"
    assert fact(run_of("checkpoint_hist: 3\n"), "save_total_limit") == 3


def test_recovery_checkpoints_count_in_every_epoch() -> None:
    """Five steps an epoch hold two multiples of two; with accumulation nothing is said."""
    assert value(run_of("recovery_interval: 2\n"), "checkpoints") == 30
    run = run_of("recovery_interval: 2\ngrad_accum_steps: 2\n")
    assert value(run, "checkpoints") is None


def test_save_epochs_adds_validations() -> None:
    """From 1.0.31 on; an empty list adds none."""
    assert value(run_of("save_epochs: [1, 4]\nval_interval: 3\n"), "evaluations") is None
    assert value(run_of("save_epochs: []\n"), "evaluations") == 10
    assert value(run_of("save_epochs: [1, 4]\n", OLD), "evaluations") == 10


# Learning rate and precision.


@pytest.mark.parametrize(
    ("extra", "rate"),
    [
        ("lr: 5e-2\n", 0.05),
        ("lr_base: 0.1\ngrad_accum_steps: 2\n", 0.003125),
        ("lr: 0\nlr_base_size: 100\n", 0.004),
        ("lr_base: 0.001\nlr_base_scale: sqrt\n", 0.000125),
        ("", 0.0015625),
    ],
)
def test_learning_rate(extra: str, rate: float) -> None:
    """`lr` counts; nothing or 0 is the base rate, scaled."""
    run = run_of(extra)
    learning_rate = value(run, "learning_rate")
    assert isinstance(learning_rate, float)
    assert learning_rate == pytest.approx(rate, rel=1e-12)


@pytest.mark.parametrize(
    ("optimizer", "scale"), [("adamw", "sqrt"), ("LAMB", "sqrt"), ("sgd", "linear")]
)
def test_scaling_follows_the_optimizer(optimizer: str, scale: str) -> None:
    """`ada` or `lamb` in the name makes it the square root."""
    run = run_of(base=CONFIG.replace("opt: sgd", f"opt: {optimizer}"))
    assert fact(run, "lr_base_scale") == scale
    assert fact(run, "lr_base") == 0.1
    assert fact(run, "lr_base_size") == 256
    assert fact(run, "learning_rate") is None


@pytest.mark.parametrize(
    ("extra", "fp16", "bf16"),
    [
        ("", False, False),
        ("amp: true\n", True, False),
        ("amp: true\namp_dtype: bfloat16\n", False, True),
        ("amp_dtype: bfloat16\n", False, False),
    ],
)
def test_mixed_precision(extra: str, fp16: bool, bf16: bool) -> None:
    """One switch and a type."""
    run = run_of(extra)
    assert fact(run, "fp16") is fp16
    assert fact(run, "bf16") is bf16


# Refusals.


@pytest.mark.parametrize(
    ("extra", "package", "message"),
    [
        ("lr: fast\n", NEW, "lr: fast: the argument is a number"),
        ("log_interval: '1.5'\n", NEW, "whole number"),
        ("decay_milestones: 30-60\n", NEW, "list of whole numbers"),
        ("start_epoch: 1.5\n", OLD, "epochs are run whole"),
        ("cooldown_epochs: 0.5\n", OLD, "epochs are run whole"),
        ("min_lr: -1.0\n", NEW, "at least 0"),
        ("aug_repeats: 3\n", NEW, "several processes"),
        ("aug_splits: 1\n", NEW, "at least 2"),
        ("amp: true\namp_dtype: fp16\n", NEW, "float16 or bfloat16"),
        ("amp: true\nmodel_dtype: bfloat16\n", NEW, "float32"),
        ("model_dtype: bf16\n", OLD, "one of float32, float16, bfloat16"),
        ("split_bn: true\n", OLD, "aug_splits of 2 or more, or resplit"),
        ("jsd_loss: true\n", OLD, "aug_splits of 2 or more"),
        ("aug_splits: 3\nmixup: 0.2\n", OLD, "no_prefetcher: true"),
        ("aug_splits: 3\ncutmix_minmax: [0.2, 0.8]\n", OLD, "no_prefetcher: true"),
        ("torchscript: true\ntorchcompile: inductor\n", OLD, "only one of the two"),
        ("torchscript: true\nsync_bn: true\n", OLD, "under torchscript"),
        ("clip_grad: 1.0\nclip_mode: adaptive\n", OLD, "norm, value or agc"),
        ("train_crop_mode: center\n", OLD, "rrc, rkrc or rkrr"),
        ("worker_seeding: none\n", OLD, "all or part"),
        ("reprob: 0.25\nremode: noise\n", OLD, "const, rand or pixel"),
        ("input_size: 224\n", OLD, "channels, height and width"),
        ("input_size: [224, 224]\n", OLD, "channels, height and width"),
        ("kd_model_name: resnet18\nkd_distill_type: logits\n", NEW, "logit, feature or token"),
        ("decay_milestones: [1, x]\n", NEW, "list of whole numbers"),
        ("naflex_loader: true\naug_splits: 2\n", OLD, "takes no splits"),
        ("naflex_loader: true\ntrain_img_sizes: [128, 224]\n", NEW, "which has its own"),
        ("naflex_loader: true\nuse_multi_epochs_loader: true\n", NEW, "does not go with it"),
        ("naflex_loader: true\nnaflex_loss_scale: log\n", NEW, "none, sqrt or linear"),
        (
            "naflex_loader: true\nnaflex_patch_sizes: [8, 16]\nnaflex_patch_size_probs: [1]\n",
            NEW,
            "there are 2 naflex_patch_sizes",
        ),
        ("train_img_sizes: [128, 224]\ntrain_batch_sizes: [8]\n", NEW, "2 train_img_sizes"),
        ("train_img_sizes: [128, 224]\ntrain_size_probs: [1]\n", NEW, "2 train_img_sizes"),
        ("train_img_sizes: [128, 224]\ntrain_batch_sizes: [8, 0]\n", NEW, "above 0"),
        ("train_img_sizes: [128, 224]\naug_splits: 2\n", NEW, "takes no splits"),
        ("train_img_sizes: [128]\ntrain_size_schedule: progressive\n", NEW, "two sizes"),
        ("train_img_sizes: [128, 224]\ntrain_size_schedule: up\n", NEW, "constant or"),
        ("train_img_sizes: [128]\nvariable_batch_loss_scale: log\n", NEW, "none, sqrt"),
        ("train_img_sizes: [128]\nuse_multi_epochs_loader: true\n", NEW, "excludes it"),
        ("train_img_sizes: [128]\ndataset: wds/some\n", NEW, "read by index"),
        ("train_img_sizes: []\n", NEW, "holds no size"),
        ("stop_epoch: 11\n", NEW, "the run has 10 epochs"),
        ("loss: bcee\n", NEW, "one of ce, bce"),
        ("loss: zlpr\n", NEW, "needs task: multilabel"),
        ("loss: ce\ntask: multilabel\n", NEW, "does not go with task: multilabel"),
        ("loss: asl\nmixup: 0.2\n", NEW, "mixup or cutmix"),
    ],
)
def test_refused_values(extra: str, package: str, message: str) -> None:
    """One refusal for each, with its reason."""
    (told,) = errors(extra, package)
    assert message in told


@pytest.mark.parametrize(
    ("extra", "package"),
    [
        ("model_dtype: bfloat16\n", NEW),
        ("model_dtype: bf16\n", "timm==1.0.12"),
        ("split_bn: true\nresplit: true\n", OLD),
        ("split_bn: true\naug_splits: 2\njsd_loss: true\n", OLD),
        ("split_bn: true\naug_splits: ${SPLITS}\n", OLD),
        ("split_bn: true\naug_splits: 2\nsync_bn: true\n", OLD),
        ("aug_splits: 3\nmixup: 0.2\nno_prefetcher: true\n", OLD),
        ("aug_splits: 3\nmixup: 0.0\n", OLD),
        ("torchscript: true\ntorchcompile: ''\n", OLD),
        ("clip_mode: adaptive\n", OLD),
        ("train_crop_mode: center\nno_aug: true\n", OLD),
        ("train_crop_mode: rkrc\nworker_seeding: part\n", OLD),
        ("worker_seeding: none\nworkers: 0\n", OLD),
        ("train_crop_mode: center\n", "timm==0.9.12"),
        ("remode: noise\n", OLD),
        ("remode: Pixel\nreprob: 0.25\n", OLD),
        ("input_size: [3, 224, 224]\n", OLD),
        ("kd_distill_type: logits\n", NEW),
        ("decay_milestones: [1, x]\n", OLD),
        ("decay_milestones: ['1', '2']\n", NEW),
        ("naflex_loader: true\nuse_multi_epochs_loader: true\n", OLD),
        ("naflex_loader: true\nnaflex_loss_scale: log\n", OLD),
        ("train_img_sizes: [128, 224]\ntrain_batch_sizes: [8, 4]\n", NEW),
        ("train_img_sizes: [128, 224]\ntrain_size_schedule: progressive\n", NEW),
        ("train_img_sizes: [128]\ntrain_batch_sizes: [8, 4]\n", OLD),
        ("stop_epoch: 10\n", NEW),
        ("stop_epoch: 12\ncooldown_epochs: 3\n", NEW),
        ("stop_epoch: 11\n", OLD),
        ("loss: zlpr\ntask: multilabel\n", NEW),
        ("loss: asl\nmixup: 0\n", NEW),
        ("loss: ${LOSS}\nclip_mode: ${MODE}\nclip_grad: 1\n", NEW),
    ],
)
def test_accepted_values(extra: str, package: str) -> None:
    """The nearest that the script takes, or another version does."""
    assert errors(extra, package) == []


def test_sync_and_split_normalisation() -> None:
    """Several processes cannot have both."""
    run = run_of("split_bn: true\naug_splits: 2\nsync_bn: true\n", world_size=2, dataset_size=22)
    ((setting, why, _),) = run.scenarios[0].refusals
    assert (setting.key, why) == ("sync_bn", "it does not go with split_bn")


@pytest.mark.parametrize("listed", ["7", "[3, x]"])
def test_milestones_of_a_schedule_that_counts_them(listed: str) -> None:
    """In every version."""
    base = CONFIG.replace("cosine", "multistep") + f"decay_milestones: {listed}\n"
    assert "list of whole numbers" in errors("", OLD, base)[0]


def test_shape_of_a_decay() -> None:
    """Only the schedules with a decay of their own look at it."""
    stable = CONFIG.replace("cosine", "wsd") + "decay_epochs: 2\n"
    assert "1-sqrt" in errors("lr_decay_fn: sqrt\n", base=stable)[0]
    assert errors("lr_decay_fn: cosine\n", base=stable) == []
    assert errors("lr_decay_fn: sqrt\n") == []


@pytest.mark.parametrize(
    ("kind", "extra", "package", "refused"),
    [
        ("cosin", "", NEW, True),
        ("null", "", NEW, True),
        ("wsd", "", OLD, True),
        ("wsd", "", NEW, False),
        ("wsd", "warmup_prefix: true\nepochs: 2\n", NEW, False),
        ("plateau", "sched_on_updates: true\n", NEW, True),
        ("plateau", "", NEW, False),
        ("step", "min_lr: -1.0\ncooldown_epochs: 0.5\n", OLD, False),
        ("rsqrt", "lr_stable_timescale: 4\n", NEW, False),
    ],
)
def test_refused_schedules(kind: str, extra: str, package: str, refused: bool) -> None:
    """What depends on the schedule and on the version."""
    base = CONFIG.replace("cosine", kind)
    if "epochs: 2\n" in extra:
        base = base.replace("epochs: 10\n", "", 1)
    assert bool(errors(extra, package, base)) is refused


def test_stable_schedule_without_room() -> None:
    """A warm-up of all epochs, and a decay longer than the rest of them."""
    base = CONFIG.replace("cosine", "wsd").replace("warmup_epochs: 2", "warmup_epochs: 10")
    assert "beyond its warm-up" in errors("", base=base)[0]
    base = CONFIG.replace("cosine", "wsd") + "decay_epochs: 9\n"
    (contradiction,) = run_of(base=base).plan.contradictions
    assert "decay_epochs: 9" in [claim.text for claim in contradiction.claims]


@pytest.mark.parametrize("extra", ["lr: ${LR}\n", "lr: 5e-4\nweight_decay: '0.05'\n"])
def test_text_that_may_be_a_number_passes(extra: str) -> None:
    """Placeholders, and text that the argument's type takes."""
    assert errors(extra) == []


def test_sane_config_has_no_findings() -> None:
    """Nothing is found in a usual recipe, whatever the version."""
    text = CONFIG + "lr: 5e-4\namp: true\nwarmup_prefix: true\ngrad_accum_steps: 4\n"
    run = load(text=text, filename="args.yaml", assume={"world_size": 8, "dataset_size": 50_000})
    assert not any(each.contradictions or each.refusals for each in run.scenarios)


def test_old_switch_of_mixed_precision() -> None:
    """`native_amp: true` is passed over from 0.9 on; `false` is no news."""
    assert run_of("native_amp: true\n").scenarios[0].gone_keys
    assert not run_of("native_amp: false\n").scenarios[0].gone_keys
    assert not run_of("native_amp: true\n", "timm==0.6.13").scenarios[0].gone_keys


def test_framework_says_what_it_was_checked_against() -> None:
    """Its package comes first, and every change is of it."""
    framework = by_name("timm")
    assert framework.packages[0] == "timm"
    assert {change.package for change in framework.changes} == {"timm"}


def test_cycles_beyond_all_floats_are_endless() -> None:
    """The growth is held by a float, its product with the length is not."""
    assert growing_horizon.formula(10**308, 100, 1.5, 0) == float("inf")
