"""What Axolotl's validators refuse, as its own `validate_config` did when it was run."""

from __future__ import annotations

import pytest

from schedlint.run import load

HEAD = """\
base_model: some-org/some-model
datasets: [{path: rows.jsonl, type: completion}]
micro_batch_size: 2
gradient_accumulation_steps: 2
num_epochs: 2
"""


def refused(more: str) -> list[str]:
    """The keys that are refused."""
    run = load(text=f"{HEAD}{more}\n", filename="c.yaml", packages=("axolotl==0.18.0",))
    return [refusal.setting.key for refusal in run.scenarios[0].refusals]


@pytest.mark.parametrize(
    ("more", "key"),
    [
        ("batch_size: 4", "batch_size"),
        ("warmup_steps: 2\nwarmup_ratio: 0.1", "warmup_ratio"),
        ("save_steps: 2\nsave_strategy: epoch", "save_strategy"),
        ('save_steps: 2\nsave_strategy: "no"', "save_strategy"),
        ("save_steps: 2\nsaves_per_epoch: 1", "saves_per_epoch"),
        ("eval_steps: 2\neval_strategy: epoch\nval_set_size: 2", "eval_strategy"),
        ("eval_steps: 2\nval_set_size: 0", "eval_steps"),
        ("evals_per_epoch: 2\neval_steps: 2\nval_set_size: 2", "evals_per_epoch"),
        ("eval_strategy: no", "eval_strategy"),
        ("save_strategy: best", "save_strategy"),
        ("early_stopping_patience: 2\nval_set_size: 2", "early_stopping_patience"),
        ("bf16: full", "bf16"),
        ("unsloth_lora_mlp: true", "unsloth_lora_mlp"),
        ("lr_scheduler: cosinee", "lr_scheduler"),
        ("save_strategy: sometimes", "save_strategy"),
        ("eval_strategy: sometimes\nval_set_size: 2", "eval_strategy"),
        ("test_datasets: []", "test_datasets"),
        ("test_datasets: {path: rows.jsonl}", "test_datasets"),
        ("val_set_size: 1", "val_set_size"),
        ("val_set_size: -1", "val_set_size"),
        ("val_set_size: -1\nstreaming: null", "val_set_size"),
        ("val_set_size: 2\nrl: dpo", "val_set_size"),
        ("val_set_size: 2\nstreaming: true\nmax_steps: 4", "val_set_size"),
        ("streaming: true\nmax_steps: -1", "max_steps"),
        ("sample_packing: true\nrl: dpo", "sample_packing"),
        ("rl: grpo\ntrl: {num_generations: 1}", "trl.num_generations"),
    ],
)
def test_settings_that_exclude_each_other(more: str, key: str) -> None:
    """Each of these stopped Axolotl 0.18.0 before training."""
    assert refused(more) == [key]


@pytest.mark.parametrize(
    "more",
    [
        "warmup_steps: 0\nwarmup_ratio: 0.1",
        "save_steps: 2\nsave_strategy: steps",
        'eval_strategy: "no"\nval_set_size: 0',
        "eval_steps: 3",
        "eval_strategy: sometimes",
        "save_strategy: sometimes\nsaves_per_epoch: 2",
        "lr_scheduler: rex",
        "max_steps: -1",
        "early_stopping_patience: 2\nval_set_size: 2\nsave_steps: 4\neval_steps: 2",
        "val_set_size: 0.1",
        "save_steps: ${EVERY}\nsave_strategy: steps",
    ],
)
def test_what_goes_together(more: str) -> None:
    """A zero counts as not given, and only an explicit `val_set_size: 0` forbids evaluation."""
    assert refused(more) == []
