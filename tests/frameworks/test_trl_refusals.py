"""What TRL's parser and config classes refuse, as they did when they were run."""

from __future__ import annotations

import pytest

from schedlint.run import load

HEAD = """\
model_name_or_path: some-org/some-model
dataset_name: some-org/prompts
output_dir: out
per_device_train_batch_size: 4
max_completion_length: 200
"""


ROWS = """\
model_name_or_path: some-org/some-model
dataset_name: some-org/pairs
output_dir: out
max_length: 64
"""
CLIP = "vllm_importance_sampling_clip"
MIXTURE = "datasets:\n- path: a\n- path: b\n"


def refused(more: str, trl: str = "1.16.0", head: str = HEAD) -> list[str]:
    """The keys that are refused."""
    run = load(text=f"{head}{more}\n", filename="c.yaml", packages=(f"trl=={trl}",))
    return sorted({each.setting.key for run in run.scenarios for each in run.refusals})


def test_a_round_has_one_size() -> None:
    """Both keys of a round are refused together, from the version on that knows them."""
    both = "num_generations: 4\ngeneration_batch_size: 8\nsteps_per_generation: 2"
    assert refused(both) == ["steps_per_generation"]
    assert refused(both, "0.17.0") == []


def test_one_completion_has_nothing_to_be_compared_with() -> None:
    """Two completions of a prompt are the least."""
    assert refused("num_generations: 1") == ["num_generations"]
    assert refused("num_generations: 2") == []


def test_the_batch_may_not_shrink() -> None:
    """Refused by 1.16.0, accepted by 1.8.0."""
    finds = "num_generations: 4\nauto_find_batch_size: true"
    assert refused(finds) == ["auto_find_batch_size"]
    assert refused(finds, "1.8.0") == []


@pytest.mark.parametrize(
    ("number", "stops"), [("1e3", True), ('"8"', False), ("1000", False), ("${STEPS}", False)]
)
def test_the_parser_takes_integers(number: str, stops: bool) -> None:
    """`int("1e3")` fails where YAML 1.1 reads text; what may yet be filled in is left alone."""
    assert refused(f"num_generations: 2\nmax_steps: {number}") == ["max_steps"] * stops


@pytest.mark.parametrize(
    ("size", "stops"),
    [("0.1", False), ("30", False), ("0", True), ("1.0", True), ("-2", True), ('"30"', True)],
)
def test_a_test_split_is_a_count_or_a_fraction(size: str, stops: bool) -> None:
    """The parser makes 30.0 of the text, which is no fraction and no count."""
    keys = f"{MIXTURE}test_split_size: {size}"
    assert refused(keys, head=ROWS) == ["test_split_size"] * stops


def test_all_datasets_have_a_share_or_none() -> None:
    """A fraction of one dataset beside another without is refused."""
    assert refused(f"{MIXTURE}  fraction: 0.5", head=ROWS) == ["datasets"]
    assert refused(MIXTURE, head=ROWS) == []


@pytest.mark.parametrize(
    ("more", "trl", "stops"),
    [
        ("loss_weights: [0.5]", "1.16.0", False),
        ("loss_weights: [0.5, 0.5]", "1.16.0", True),
        ("loss_type: [sigmoid, hinge]\nloss_weights: [0.5, 0.5]", "1.16.0", False),
        ("loss_type: [sigmoid, hinge]\nloss_weights: [0.5]", "0.20.0", True),
        ("loss_weights: [0.5, 0.5]", "0.19.0", False),
    ],
)
def test_each_loss_has_a_weight(more: str, trl: str, stops: bool) -> None:
    """The key came with 0.20."""
    assert refused(more, trl, ROWS) == ["loss_weights"] * stops


@pytest.mark.parametrize(
    ("more", "stops"),
    [
        ("per_device_train_batch_size: 1\ndesirable_weight: 1.0", True),
        ("per_device_train_batch_size: 2\ndesirable_weight: 1.0", False),
        ("per_device_train_batch_size: 1\nbeta: 0.1", False),
        (
            "per_device_train_batch_size: 1\nundesirable_weight: 1.0\nloss_type: apo_zero_unpaired",
            False,
        ),
    ],
)
def test_kto_takes_two_samples(more: str, stops: bool) -> None:
    """One sample has no other to be compared with, and only one loss does without."""
    assert refused(more, head=ROWS) == ["per_device_train_batch_size"] * stops


def test_packing_fills_up_to_a_length() -> None:
    """Without a length no row is ever full."""
    head = ROWS.replace("max_length: 64\n", "")
    assert refused("packing: true\nmax_length: null", head=head) == ["max_length"]
    assert refused("packing: false\nmax_length: null", head=head) == []
    assert refused("packing: true", head=head) == []


@pytest.mark.parametrize(
    ("more", "trl", "keys"),
    [
        ("vf_coef: 0.1\nnum_mini_batches: 3", "0.20.0", ["num_mini_batches"]),
        ("vf_coef: 0.1\nnum_mini_batches: 3", "0.16.0", []),
        ("vf_coef: 0.1\nnum_mini_batches: 4", "0.20.0", []),
        ("num_mini_batches: 3", "0.20.0", []),
        ("rloo_k: 3", "0.20.0", ["rloo_k"]),
        ("rloo_k: 3\nnum_mini_batches: 3", "0.20.0", []),
        ("rloo_k: 4\nnum_mini_batches: 0", "0.20.0", []),
    ],
)
def test_a_rollout_is_cut_evenly(more: str, trl: str, keys: list[str]) -> None:
    """Eight samples by default: PPO cuts them, RLOO multiplies them first."""
    assert refused(more, trl, ROWS) == keys


SFT = """\
model_name_or_path: some-org/some-model
dataset_name: some-org/rows
output_dir: out
packing: false
"""


@pytest.mark.parametrize(
    ("more", "before", "key"),
    [
        ("padding_free: true", "0.29.1", "padding_free"),
        ("loss_type: sigmoid", "0.22.2", "loss_type"),
        ("dataset_streaming: true", "0.18.2", "dataset_streaming"),
    ],
)
def test_what_sft_does_not_take(more: str, before: str, key: str) -> None:
    """Before a key was known it was passed over, or refused as unknown."""
    assert refused(more, head=SFT) == [key]
    assert refused(more, before, head=SFT) == []


@pytest.mark.parametrize(
    "more",
    [
        "padding_free: true\nmax_length: null",
        "padding_free: true\nmax_length: ${LENGTH}",
        "loss_type: dft",
        "loss_type: chunked_nll",
        "dataset_streaming: true\nmax_steps: 100",
        "load_in_4bit: true",
    ],
)
def test_what_sft_takes(more: str) -> None:
    """The nearest lines that are not refused."""
    assert refused(more, head=SFT) == []


def test_a_model_is_quantized_once() -> None:
    """In 4 bits or in 8."""
    both = "load_in_8bit: true\nload_in_4bit: true"
    assert refused(both, head=SFT) == ["load_in_8bit"]
    assert refused(both, "0.15.2", head=SFT) == ["load_in_8bit"]


@pytest.mark.parametrize(
    ("more", "stops"),
    [
        ("log_completions_hub_repo: a/b", True),
        ("log_completions_hub_repo: a/b\nlog_completions: true", False),
        (f"{CLIP}_min: 2.0\n{CLIP}_max: 2.0", True),
        (f"{CLIP}_min: 0.5\n{CLIP}_max: 2.0", False),
    ],
)
def test_what_belongs_together_in_grpo(more: str, stops: bool) -> None:
    """Refused by 1.16.0, unknown to 0.20.0."""
    keys = [more.split(":")[0]] if stops else []
    assert refused(f"num_generations: 4\n{more}") == keys
    assert refused(f"num_generations: 4\n{more}", "0.20.0") == []


@pytest.mark.parametrize(("share", "stops"), [("0.5", False), ("1", False), ("1.5", True)])
def test_distillation_mixes_by_fractions(share: str, stops: bool) -> None:
    """`lmbda` is the share of the student's own answers."""
    assert refused(f"lmbda: {share}", head=ROWS) == ["lmbda"] * stops
