"""Holding schedlint against a row tells what is wrong, and nothing that is right."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.oracles.agreement import Tally, compare
from tests.oracles.table import Row, Table

FIVE_EPOCHS = "output_dir: out\nper_device_train_batch_size: 8\nnum_train_epochs: 5\n"
"""19 samples make 3 batches an epoch of 8, 8 and 3: 15 steps."""
TWO_HALVES = FIVE_EPOCHS + "fp16: true\nbf16: true\n"
"""What every version refuses."""


def tally_of(folder: Path, config: str, **row: object) -> Tally:
    """What comes of one row of a run on 19 samples in one process."""
    tally = Tally()
    assume = {"world_size": 1, "dataset_size": 19}
    packages = ("transformers==4.57.6",)
    compare(Row("row", "train.yaml", config, packages, assume, **row), folder, tally)  # type: ignore[arg-type]
    return tally


def test_right_numbers_are_exact(tmp_path: Path) -> None:
    """A row whose numbers are all derived counts as exact and as nothing else."""
    tally = tally_of(tmp_path, FIVE_EPOCHS, ran={"total_steps": 15, "steps_per_epoch": 3})
    assert str(tally) == "1/1 exact, 0 wrong, 0 unknown"


def test_a_wrong_number_is_told(tmp_path: Path) -> None:
    """The message names the row, the quantity, what schedlint says and what really happened."""
    tally = tally_of(tmp_path, FIVE_EPOCHS, ran={"total_steps": 16, "steps_per_epoch": 3})
    assert tally.wrong == ["row: total_steps: schedlint 15, really 16"]
    assert tally.exact == 0


def test_every_wrong_number_of_a_row_is_told(tmp_path: Path) -> None:
    """Two numbers that differ are both in the message."""
    tally = tally_of(tmp_path, FIVE_EPOCHS, ran={"total_steps": 16, "steps_per_epoch": 4})
    assert len(tally.wrong) == 1
    assert "total_steps" in tally.wrong[0]
    assert "steps_per_epoch" in tally.wrong[0]


def test_a_fraction_that_is_nearly_right_is_wrong(tmp_path: Path) -> None:
    """Ten steps of three an epoch are 10/3 epochs, which only double precision may round."""
    config = FIVE_EPOCHS.replace("num_train_epochs: 5", "max_steps: 10")
    assert tally_of(tmp_path, config, ran={"total_epochs": 10 / 3}).exact == 1
    assert tally_of(tmp_path, config, ran={"total_epochs": 3.3333}).wrong


def test_an_unknown_number_is_counted_by_its_name(tmp_path: Path) -> None:
    """Tokens cannot be told without a length; the row is neither exact nor wrong."""
    tally = tally_of(tmp_path, FIVE_EPOCHS, ran={"total_steps": 15, "tokens_seen": 100})
    assert tally.unknown == {"tokens_seen": 1}
    assert str(tally) == "0/1 exact, 0 wrong, 1 unknown"


def test_an_unknown_number_that_cannot_be_is_wrong(tmp_path: Path) -> None:
    """A bound of schedlint's is held against what happened as well."""
    tally = tally_of(tmp_path, FIVE_EPOCHS, ran={"tokens_seen": -1})
    assert "tokens_seen" in tally.wrong[0]


@pytest.mark.parametrize("sane", [True, False])
def test_an_error_on_what_is_accepted_is_wrong(tmp_path: Path, sane: bool) -> None:
    """Only for a row that is not sane may schedlint report an error all the same."""
    tally = tally_of(tmp_path, TWO_HALVES, ran={"total_steps": 15}, sane=sane)
    if sane:
        assert tally.wrong[0].startswith("row: accepted, but SL601")
    else:
        assert str(tally) == "1/1 exact, 0 wrong, 0 unknown"


def test_a_warning_on_what_is_accepted_is_right(tmp_path: Path) -> None:
    """An evaluation that never comes is accepted and a warning."""
    config = FIVE_EPOCHS + "eval_strategy: steps\neval_steps: 500\n"
    assert tally_of(tmp_path, config, ran={"evaluations": 0}).exact == 1


def test_a_refused_row_is_exact_when_it_is_an_error(tmp_path: Path) -> None:
    """What the framework refuses schedlint has to refuse."""
    assert tally_of(tmp_path, TWO_HALVES, refused="At most one of fp16 and bf16").exact == 1


def test_a_refused_row_without_an_error_is_counted_by_its_message(tmp_path: Path) -> None:
    """The framework's message says what schedlint does not see."""
    tally = tally_of(tmp_path, FIVE_EPOCHS, refused="no")
    assert tally.unknown == {"refused: no": 1}


def test_the_table_tells_sane_rows_from_others(tmp_path: Path) -> None:
    """A row is sane unless it says otherwise."""
    path = tmp_path / "1.0.jsonl"
    row = '{"config": "a: 1", "ran": {}'
    path.write_text(
        f'{{"packages": ["transformers==1.0"]}}\n{row}}}\n{row}, "sane": false}}\n',
        encoding="utf-8",
    )
    assert [each.sane for each in Table("transformers", "1.0", path).rows()] == [True, False]
