"""LLaMA-Factory's second trainer: expected numbers by hand from its BatchGenerator and fit loop."""

from __future__ import annotations

from schedlint.run import Run, load

CONFIG = """\
model: some-org/some-model
model_class: llm
train_dataset: data/demo.yaml
output_dir: out
micro_batch_size: 2
cutoff_len: 2048
"""


def run_of(extra: str = "", **assume: object) -> Run:
    """The run of the base config with further lines."""
    return load(text=CONFIG + extra, filename="train.yaml", assume=assume)


def test_batch_defaults_to_one_micro_batch_a_rank() -> None:
    """Without global_batch_size every rank takes one micro-batch a step, and full steps only."""
    plan = run_of(world_size=4, dataset_size=103).plan
    assert plan["global_batch_size"].value == 8
    assert plan["steps_per_epoch"].value == 12
    assert plan["total_steps"].value == 36
    assert plan["samples_seen"].value == 288
    assert plan["tokens_per_step"].value == 8 * 2048


def test_global_batch_gives_the_accumulation() -> None:
    """32 samples over 4 ranks by 2 are 4 micro-batches."""
    plan = run_of("global_batch_size: 32\n", world_size=4, dataset_size=1000).plan
    assert plan["gradient_accumulation_steps"].value == 4
    assert plan["steps_per_epoch"].value == 31


def test_indivisible_global_batch_is_a_contradiction() -> None:
    """BatchGenerator refuses 30 samples over 4 ranks by 2."""
    plan = run_of("global_batch_size: 30\n", world_size=4).plan
    (contradiction,) = plan.contradictions
    assert "global_batch_size: 30" in [claim.text for claim in contradiction.claims]


def test_max_steps_wins() -> None:
    """A positive max_steps is the length; epochs do not count."""
    plan = run_of("max_steps: 10\nnum_train_epochs: 5\n", world_size=1, dataset_size=100).plan
    assert plan["total_steps"].value == 10
    assert plan["epoch_steps"].value == 250


def test_context_parallel_ranks_share_samples() -> None:
    """dp = world // cp."""
    plan = run_of("cp_size: 2\n", world_size=8).plan
    assert plan["data_parallel_size"].value == 4
    assert plan["global_batch_size"].value == 8


def test_checkpoints_by_steps_and_by_epochs() -> None:
    """save_steps counts multiples; save_epochs is max(1, int(steps x epochs)); none by default."""
    by_steps = run_of("save_steps: 10\nmax_steps: 35\n").plan
    assert by_steps["checkpoints"].value == 3
    by_epochs = run_of("save_epochs: 0.5\n", world_size=1, dataset_size=51).plan
    assert by_epochs["save_interval"].value == 12
    assert by_epochs["checkpoints"].value == 6
    assert run_of().plan["checkpoints"].value == 0


def test_other_batching_strategies_have_no_known_length() -> None:
    """padding_free and dynamic batches depend on the lengths of the samples."""
    plan = run_of("batching_strategy: padding_free\n", world_size=1, dataset_size=100).plan
    assert plan["total_steps"].value is None
