"""What the schemas are asked at check time: slips, conversions, what releases ask for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedlint.reading.versions import Range, parse_pin
from schedlint.schemas import Known, section
from schedlint.schemas.conversion import misfits
from schedlint.schemas.requirements import with_requirements
from schedlint.schemas.slips import count_slips

WORD = st.text("abc_", max_size=7)


def by_definition(one: str, other: str) -> int:
    """Optimal string alignment, as its recurrence says it."""
    table = {(i, 0): i for i in range(len(one) + 1)} | {(0, j): j for j in range(len(other) + 1)}
    for i in range(1, len(one) + 1):
        for j in range(1, len(other) + 1):
            wrong = one[i - 1] != other[j - 1]
            ways = [table[i - 1, j] + 1, table[i, j - 1] + 1, table[i - 1, j - 1] + wrong]
            if i > 1 and j > 1 and one[i - 2 : i] == other[j - 2 : j][::-1]:
                ways.append(table[i - 2, j - 2] + 1)
            table[i, j] = min(ways)
    return table[len(one), len(other)]


@given(WORD, WORD, st.integers(1, 3))
def test_slips_are_counted_as_far_as_they_matter(one: str, other: str, enough: int) -> None:
    """Up to `enough` it is the number of slips, above it more than that."""
    slips, wanted = count_slips(one, other, enough), by_definition(one, other)
    assert slips == wanted if wanted <= enough else slips > enough


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("warmup_step", "warmup_steps"),
        ("learning-rate", "learning_rate"),
        ("learningRate", "learning_rate"),
        ("sede", "seed"),
        ("model_name_or_path", None),
        ("warm_up", None),
    ],
)
def test_the_nearest_key(name: str, near: str | None) -> None:
    """One slip of the hand, or another way to write the same word."""
    whole = section("transformers")
    assert whole is not None
    assert whole.nearest(name, within=1) == near


@pytest.mark.parametrize(
    ("name", "near", "slip"),
    [
        ("warmup_step", "warmup_steps", True),
        ("learing_rate", "learning_rate", True),
        ("wramup_steps", "warmup_steps", True),
        ("Learning-Rate", "learning_rate", True),
        ("use_lora", "use_dora", False),
        ("adam_betas", "adam_beta1", False),
    ],
)
def test_another_word_is_no_slip(name: str, near: str, slip: bool) -> None:
    """Where a script may have keys of its own, one sign in place of another makes another word."""
    whole = section("trl")
    assert whole is not None
    assert whole.is_slip(name, near) is slip


NUMBER = {"type": ["integer", "null"]}
WORDS = {"enum": ["steps", "epoch", None]}


@pytest.mark.parametrize(
    ("schema", "value", "values", "wrong"),
    [
        (NUMBER, 3, "pydantic", False),
        (NUMBER, 3.0, "pydantic", False),
        (NUMBER, "3", "pydantic", False),
        (NUMBER, True, "pydantic", False),
        (NUMBER, 3.5, "pydantic", True),
        (NUMBER, float("inf"), "pydantic", True),
        (NUMBER, float("nan"), "pydantic", True),
        (NUMBER, "three", "pydantic", True),
        (NUMBER, "three", "argparse", True),
        (NUMBER, 3.5, "argparse", False),
        (NUMBER, 3.5, "raw", False),
        (NUMBER, "three", "raw", True),
        (NUMBER, "auto", "raw", False),
        (NUMBER, "three", None, False),
        (NUMBER, None, "pydantic", False),
        ({"type": "boolean"}, "yes", "pydantic", False),
        ({"type": "boolean"}, 1, "pydantic", False),
        ({"type": "boolean"}, 2, "pydantic", False),
        ({"type": "boolean"}, "maybe", "pydantic", True),
        (WORDS, "steps", "raw", False),
        (WORDS, "step", "raw", True),
        (WORDS, False, "raw", False),
        ({}, "anything", "pydantic", False),
    ],
)
def test_what_cannot_be_made_to_fit(
    schema: dict[str, object], value: object, values: str | None, wrong: bool
) -> None:
    """Only what no reading of the framework's could make right."""
    assert misfits(Known("k", schema, ()), value, values) is wrong


def test_what_a_release_asks_for() -> None:
    """LLaMA-Factory 0.9.3 asks for transformers 4.45.0 to 4.52.4 in its metadata."""
    pins = with_requirements(
        "llama-factory", ("llamafactory",), [parse_pin("llamafactory==0.9.3", "flag")]
    )
    (found,) = [pin for pin in pins if pin.package == "transformers"]
    assert found.range == Range((4, 45), (4, 52, 4, 0))


@pytest.mark.parametrize(
    "told", [[], ["transformers==4.57.6"], ["llamafactory==0.9.3", "transformers==4.57.6"]]
)
def test_what_is_told_stays(told: list[str]) -> None:
    """Without the framework's own version nothing follows, and what is told itself counts."""
    pins = [parse_pin(each, "flag") for each in told]
    assert with_requirements("llama-factory", ("llamafactory",), pins) == pins
