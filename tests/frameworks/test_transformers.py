"""transformers: what its keys mean where its own runs have shown it; numbers worked by hand."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedlint.engine import Report, check_run
from schedlint.frameworks import recognised
from schedlint.frameworks.transformers import short_groups
from schedlint.rulebook import in_the_box
from schedlint.run import Run, load
from schedlint.source import read_text

NEWEST = "5.23.0"


def run(more: str, version: str = NEWEST, **told: int) -> Run:
    """A run of one process with further lines."""
    text = f"output_dir: out\nlr_scheduler_type: linear\nlearning_rate: 0.001\n{more}\n"
    if more.startswith("lr_scheduler_type"):
        text = f"output_dir: out\nlearning_rate: 0.001\n{more}\n"
    packages = (f"transformers=={version}",)
    return load(text=text, filename="c.yaml", assume={"world_size": 1, **told}, packages=packages)


def value(run: Run, name: str) -> object:
    """The value of a quantity under the version in force."""
    return run.plan[name].value


def test_a_delay_between_two_steps_is_waited_for() -> None:
    """Steps 2, 3, 4 and 5 are not before a delay of 1.4 steps."""
    delayed = run("max_steps: 5\neval_strategy: steps\neval_steps: 1\neval_delay: 1.4", "4.57.6")
    assert value(delayed, "evaluations") == 4
    assert not delayed.plan.contradictions


def test_epochs_are_counted_in_micro_batches() -> None:
    """Four steps of two of five batches are an epoch (2, 2 and 1) and two batches."""
    four = run(
        "per_device_train_batch_size: 1\ngradient_accumulation_steps: 2\nmax_steps: 4",
        dataset_size=5,
    )
    assert value(four, "total_epochs") == Fraction(7, 5)


def test_a_delay_in_epochs_is_compared_in_double_precision() -> None:
    """1 + 1/10 is not below 1.1 in double precision, though 11/10 is below the double 1.1."""
    lines = "per_device_train_batch_size: 1\nmax_steps: 11\neval_strategy: epoch\neval_delay: 1.1"
    assert value(run(lines, dataset_size=10), "evaluations") == 1


@pytest.mark.parametrize(("stable", "horizon"), [("", 20), (", num_stable_steps: 3", 7)])
def test_the_parts_of_a_schedule_make_its_horizon(stable: str, horizon: int) -> None:
    """Only a stable part that is not given makes warmup_stable_decay as long as the run."""
    schedule = run(
        "lr_scheduler_type: warmup_stable_decay\n"
        f"lr_scheduler_kwargs: {{num_decay_steps: 2{stable}}}\nwarmup_steps: 2\nmax_steps: 20"
    )
    assert value(schedule, "decay_steps") == horizon


@pytest.mark.parametrize("steps", [0, -1])
def test_without_a_save_interval_only_the_end_is_saved(steps: int) -> None:
    """`save_steps` of 0 and less never divides a step, but the last step is saved all the same."""
    assert value(run(f"max_steps: 5\nsave_steps: {steps}"), "checkpoints") == 1


def test_a_run_without_steps_has_no_contradiction() -> None:
    """Half of no steps is no interval, and no reason to doubt the number of steps."""
    nothing = run("max_steps: 0\nsave_steps: 0.5")
    assert value(nothing, "total_steps") == 0
    assert not nothing.plan.contradictions


@pytest.mark.parametrize(
    ("version", "epochs", "evaluations"),
    [("4.51.3", 3 + Fraction(5, 12), 4), ("4.46.3", 4 + Fraction(2, 12), 5), ("4.57.6", 5, 5)],
)
def test_epochs_before_steps_were_rounded_up(
    version: str, epochs: Fraction, evaluations: int
) -> None:
    """12 batches in groups of 5 are planned as 2 steps an epoch up to 4.51, 10 in all; 4.51 makes 3
    an epoch, 4.46 goes on counting (50 batches), and later versions plan the 3.
    """
    lines = "per_device_train_batch_size: 8\ngradient_accumulation_steps: 5\nnum_train_epochs: 5"
    five = run(f"{lines}\neval_strategy: epoch", version, dataset_size=92)
    assert value(five, "total_epochs") == epochs
    assert value(five, "evaluations") == evaluations


@given(
    steps=st.integers(1, 60),
    samples=st.integers(1, 60),
    batches=st.integers(1, 20),
    group=st.integers(2, 8),
)
def test_short_groups_are_those_of_the_loop(
    steps: int, samples: int, batches: int, group: int
) -> None:
    """The closed formulas end where going through the loop batch by batch ends."""
    used = int(short_groups.used_batches.formula(samples, batches, group))
    for counting_on, formula in (
        (False, short_groups.reached),
        (True, short_groups.reached_counting_on),
    ):
        looped = loop(steps, used, batches, group, counting_on=counting_on)
        if looped is not None:
            assert formula(steps, used, batches, group) == looped


def loop(
    steps: int, used: int, batches: int, group: int, *, counting_on: bool
) -> tuple[int, int] | None:
    """Where the last step is made; None where the planned epochs are over before."""
    done = seen = 0
    planned = -(-steps // max(batches // group, 1))
    for epoch in range(1, planned + 1):
        for batch in range(1, used + 1):
            seen += 1
            last = batch == batches and (batches <= group or not counting_on)
            count = seen if counting_on else batch
            done += last or count % group == 0
            if done == steps:
                return epoch, batch
    return None


REFUSED = [
    ("eval_strategy: no", NEWEST, 'write "no" in quotes'),
    ("eval_strategy: stepz", NEWEST, "none of no, steps, epoch"),
    ("save_strategy: best\nmetric_for_best_model: loss", "4.46.3", "none of no, steps, epoch"),
    ("save_strategy: best", NEWEST, "needs metric_for_best_model"),
    ("logging_steps: 0", NEWEST, "needs a number of steps"),
    ("logging_strategy: epoch\nlogging_steps: 0\neval_strategy: steps", NEWEST, "eval_steps"),
    ("lr_scheduler_type: linaer", NEWEST, "none of linear"),
    ("lr_scheduler_type: reduce_lr_on_plateau", NEWEST, "follows the evaluations"),
    ("lr_scheduler_type: cosine_with_min_lr", NEWEST, "one of min_lr and min_lr_rate"),
    ("lr_scheduler_type: warmup_stable_decay", NEWEST, "needs num_decay_steps in"),
    ("lr_scheduler_type: warmup_stable_decay", "4.46.3", "num_decay_steps and num_stable_steps"),
    ("lr_scheduler_type: cosine\nlr_scheduler_kwargs: {min_lr: 0.1}", NEWEST, "takes no min_lr"),
    ("lr_scheduler_type: polynomial\nlr_scheduler_kwargs: {lr_end: 0.01}", NEWEST, "ends below"),
    (
        "gradient_accumulation_steps: 2\n"
        "accelerator_config: {gradient_accumulation_kwargs: {num_steps: 2}}",
        NEWEST,
        "above 1 as well",
    ),
    ("dataloader_prefetch_factor: 2", NEWEST, "dataloader_num_workers"),
    ("max_steps: 10.0", NEWEST, "must be an integer"),
    ("warmup_steps: 10.0", "4.57.6", "must be an integer"),
    ("num_train_epochs: null", NEWEST, "null takes the default's place"),
    ("seed:", "4.46.3", "null takes the default's place"),
    ("warmup_steps:", "4.57.6", "null takes the default's place"),
    ("warmup_steps:", NEWEST, "null takes the default's place"),
    ("warmup_ratio: 10", "4.57.6", "a number from 0 to 1"),
    ("warmup_ratio:", "4.46.3", "a number from 0 to 1"),
    ("fp16_full_eval: true\nbf16_full_eval: true", NEWEST, "bf16_full_eval is on as well"),
    ("fsdp: full_shard,auto_wrap", NEWEST, "full_shard,auto_wrap is none of full_shard, "),
    ("fsdp: full_shard,auto_wrap", "4.46.3", "(with blanks between)"),
    ("fsdp: offload", "4.57.6", "needs full_shard or shard_grad_op"),
    ("fsdp: full_shard shard_grad_op", "4.57.6", "exclude each other"),
    (
        "fsdp: full_shard auto_wrap\n"
        "fsdp_config: {min_num_params: 100, transformer_layer_cls_to_wrap: Block}",
        "4.57.6",
        "transformer_layer_cls_to_wrap is given as well",
    ),
    (
        "fsdp: full_shard\n"
        "fsdp_config: {cpu_ram_efficient_loading: true, sync_module_states: false}",
        "4.57.6",
        "needs it to be true",
    ),
    ("fsdp: hybrid_shard auto_wrap", NEWEST, "needs fsdp_config.version 1"),
    ("fsdp: full_shard\nfsdp_config: {auto_wrap_policy: WRAP}", NEWEST, "TRANSFORMER_BASED_WRAP"),
]


@pytest.mark.parametrize(("more", "version", "why"), REFUSED)
def test_what_stops_the_trainer_is_refused(more: str, version: str, why: str) -> None:
    """Each of these stopped the real Trainer; it is refused once, with its reason."""
    ((_, told, _),) = run(more, version).scenarios[0].refusals
    assert why in told


ACCEPTED = [
    ('eval_strategy: "no"', NEWEST),
    ("eval_strategy: ${strategy}", NEWEST),
    ("save_strategy: best\nmetric_for_best_model: loss", NEWEST),
    ("save_strategy: best\neval_strategy: epoch\nload_best_model_at_end: true", NEWEST),
    ("logging_strategy: epoch\nlogging_steps: 0", NEWEST),
    ("lr_scheduler_type: reduce_lr_on_plateau\neval_strategy: epoch", NEWEST),
    ("lr_scheduler_type: cosine_with_min_lr\nlr_scheduler_kwargs: {min_lr: 0.0001}", NEWEST),
    ('lr_scheduler_type: cosine_with_min_lr\nlr_scheduler_kwargs: "{}"', NEWEST),
    ("lr_scheduler_type: polynomial\nlr_scheduler_kwargs: {power: 2.0}", NEWEST),
    ("accelerator_config: {gradient_accumulation_kwargs: {num_steps: 2}}", NEWEST),
    ("dataloader_prefetch_factor: 2\ndataloader_num_workers: 1", NEWEST),
    ("max_steps: -1.0", NEWEST),
    ("warmup_steps: 10.0", NEWEST),
    ("eval_delay: null", NEWEST),
    ("save_total_limit: null", NEWEST),
    ("warmup_ratio: 1.0", "4.57.6"),
    ("warmup_ratio: 10", "5.8.0"),
    ("warmup_ratio:", "5.8.0"),
    ("fp16_full_eval: true", NEWEST),
    ("fsdp: full_shard offload auto_wrap", "4.46.3"),
    ("fsdp: ${fsdp}", "4.57.6"),
    ("fsdp: [full_shard, auto_wrap]", "4.57.6"),
    ("fsdp: offload", NEWEST),
    ("fsdp: full_shard auto_wrap\nfsdp_config: {transformer_layer_cls_to_wrap: Block}", "4.57.6"),
    ("fsdp: full_shard\nfsdp_config: {cpu_ram_efficient_loading: true}", "4.57.6"),
    ("fsdp: hybrid_shard\nfsdp_config: {fsdp_version: 1}", NEWEST),
    ("fsdp: hybrid_shard", "4.57.6"),
]


@pytest.mark.parametrize(("more", "version"), ACCEPTED)
def test_what_the_trainer_takes_is_not_refused(more: str, version: str) -> None:
    """The nearest lines that do not stop it."""
    assert run(more, version).scenarios[0].refusals == ()


def test_hydra_s_own_files_are_no_arguments() -> None:
    """A trainer of the house that Hydra composes uses the same names for other things."""
    text = "defaults: [_self_]\nhydra: {}\noutput_dir: out\nper_device_train_batch_size: 8\n"
    (document,) = read_text(text, "c.yaml").documents
    framework = recognised(document)
    assert framework is None or framework.name == "generic"


@pytest.mark.parametrize(("more", "misread"), [("", 1), ("run_name: ${name}", 0)])
def test_pyyaml_knows_no_interpolation(more: str, misread: int) -> None:
    """With one in the file another reader is at work, which reads 1e-8 as a number."""
    found = run(f"adam_epsilon: 1e-8\n{more}")
    assert len([m for m in check_rules(found) if m == "SL701"]) == misread


def check_rules(found: Run) -> list[str]:
    """The codes of what all rules say of a run."""
    report = Report()
    check_run(found, [listed.load() for listed in in_the_box()], report)
    return [each.code for each in report.findings]
