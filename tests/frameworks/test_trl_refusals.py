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


def refused(more: str, trl: str = "1.16.0") -> list[str]:
    """The keys that are refused."""
    run = load(text=f"{HEAD}{more}\n", filename="c.yaml", packages=(f"trl=={trl}",))
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
