from __future__ import annotations

from pathlib import Path

from schedlint import frameworks
from schedlint.frameworks.plain.house import HouseFramework
from schedlint.run import Run, run_of
from schedlint.settings import SettingsFiles
from schedlint.source import read_text
from schedlint.told import Told, told

HOUSE = HouseFramework(
    "house-trainer",
    ("trainer.total_iters", "data.batch"),
    {
        "micro_batch_size": "data.batch",
        "max_steps": "trainer.total_iters",
        "warmup_steps": "optim.warmup",
        "dataset_size": "data.count",
        "epochs": "trainer.passes",
        "mean_sample_length": "data.mean_length",
    },
)
TEXT = """\
data: {batch: 32, count: 3200}
trainer: {total_iters: 500}
optim: {warmup: 50}
"""


def run(text: str, known: Told | None = None, *house: HouseFramework) -> Run:
    """The run of a text with a framework of the house."""
    document = read_text(text, "config.yaml").documents[0]
    found = run_of(document, known or Told(), house=house or (HOUSE,))
    assert found is not None
    return found


def test_house_keys_fill_in_the_words() -> None:
    """Each mapped key states its word, and a plain loop's arithmetic follows from them."""
    found = run(TEXT)
    assert found.framework is HOUSE
    plan = found.plan
    numbers = {name: plan[name].value for name in ("micro_batch_size", "warmup_steps")}
    assert numbers == {"micro_batch_size": 32, "warmup_steps": 50}
    assert plan["total_steps"].value == 500
    assert plan["total_epochs"].value == 5
    assert plan["samples_seen"].value == 16_000


def test_numbers_stand_where_the_file_states_them() -> None:
    """A stated number cites the house's own key and its line."""
    claim = run(TEXT).plan["max_steps"].claim
    assert claim is not None
    assert claim.text == "trainer.total_iters: 500"
    assert claim.place.line == 2


def test_told_facts_count_for_a_house_framework() -> None:
    """A told world size beats the default of one process."""
    plan = run(TEXT, told({"world_size": 4})).plan
    assert not plan.contradictions
    assert plan["global_batch_size"].value == 128


def test_no_limit_leaves_the_epochs() -> None:
    """A limit of -1 says nothing: the epochs count."""
    text = "data: {batch: 32, count: 3200}\ntrainer: {total_iters: -1, passes: 2}\n"
    plan = run(text).plan
    assert not plan.contradictions
    assert plan["total_steps"].value == 200


def test_unknown_values_claim_nothing() -> None:
    """An interpolation, null and an absent key leave their quantities unknown."""
    plan = run("data: {batch: '${b}', count: null}\ntrainer: {total_iters: 500}\n").plan
    for name in ("micro_batch_size", "dataset_size", "warmup_steps"):
        assert plan[name].value is None
    assert plan["total_steps"].value == 500


def test_text_in_place_of_a_number_is_noted() -> None:
    """A quoted number under a mapped key is a misreading of that key."""
    (misreading,) = run(TEXT.replace("batch: 32", "batch: '32'")).scenarios[0].misreadings
    assert misreading.setting.key == "data.batch"


def test_a_mapped_word_applies() -> None:
    """A word that a plain loop does not have is shown when the mapping holds it."""
    assert "mean_sample_length" in HOUSE.applies
    assert "evaluations" not in HOUSE.applies


def test_all_keys_must_be_there() -> None:
    """A document with only some of the keys is not the house's."""
    text = "data: {batch: 32}\nsteps: 3\n"
    assert frameworks.recognised(read_text(text, "a.yaml").documents[0], (HOUSE,)) is None


def test_house_comes_before_the_box() -> None:
    """A house framework wins over one of the box that fits as well."""
    text = TEXT + "per_device_train_batch_size: 4\nnum_train_epochs: 1\noutput_dir: out\n"
    document = read_text(text, "a.yaml").documents[0]
    assert frameworks.recognised(document, (HOUSE,)) is HOUSE
    box = frameworks.recognised(document)
    assert box is not None
    assert box.name == "transformers"


def test_more_keys_win() -> None:
    """Of two house frameworks that fit, the one that asks for more keys is meant."""
    wide = HouseFramework("wide", ("data.batch",), {})
    assert run(TEXT, None, wide, HOUSE).framework is HOUSE
    assert run(TEXT, None, HOUSE, wide).framework is HOUSE


def test_found_by_name() -> None:
    """`--framework` and settings can name a house framework; another name offers the nearest."""
    assert frameworks.by_name("house-trainer", (HOUSE,)) is HOUSE
    try:
        frameworks.by_name("house-trainr", (HOUSE,))
    except frameworks.UnknownFramework as error:
        assert "did you mean house-trainer?" in str(error)
    else:
        raise AssertionError("an unknown name was accepted")


def test_settings_make_a_house_framework(tmp_path: Path) -> None:
    """The table of the settings is all that a framework of the house needs."""
    (tmp_path / "schedlint.toml").write_text(
        "[frameworks.house-trainer]\n"
        'recognise = ["trainer.total_iters", "data.batch"]\n'
        'micro_batch_size = "data.batch"\n'
        'max_steps = "trainer.total_iters"\n',
        encoding="utf-8",
    )
    settings = SettingsFiles().above(str(tmp_path / "a.yaml"))
    found = run(TEXT, None, *settings.frameworks)
    assert found.framework.name == "house-trainer"
    assert found.plan["total_steps"].value == 500
