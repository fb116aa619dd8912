"""`schedlint derive`: the table, the proof of one number, and several values side by side."""

from __future__ import annotations

import json
from pathlib import Path

from schedlint.plan import WORDS
from tests.cli.conftest import Schedlint

FACTS = ("--world-size", "8", "--dataset-size", "52000", "--package", "transformers==4.57.6")


def rows(out: str) -> dict[str, list[str]]:
    """The cells of a table by the name at the start of each row."""
    cells = [
        [cell.strip() for cell in line.strip().split("  ") if cell.strip()]
        for line in out.splitlines()
        if line.startswith("  ")
    ]
    return {row[0]: row[1:] for row in cells}


def test_table(schedlint: Schedlint, open_config: Path) -> None:
    """Every number that is known, its unit, and where it comes from."""
    outcome = schedlint("derive", open_config, *FACTS)
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out.startswith("open.yaml · transformers 4.57.6 (--package)\n\n")
    table = rows(outcome.out)
    assert table["dataset_size"] == ["52,000", "samples", "--dataset-size 52000"]
    assert table["world_size"] == ["8", "processes", "--world-size 8"]
    assert table["data_parallel_size"] == ["8", "ranks", "--world-size 8"]
    assert table["micro_batch_size"] == ["4", "samples", "line 2"]
    assert table["global_batch_size"] == ["128", "samples", "4 × 4 × 8"]
    assert table["batches_per_epoch"] == ["1,625", "micro-batches", "ceil(52,000 / 32)"]
    assert table["steps_per_epoch"] == ["407", "optimizer steps", "ceil(1,625 / 4)"]
    assert table["total_steps"] == ["1,221", "optimizer steps", "ceil(3.0 × 407)"]
    assert table["warmup_steps"] == ["2,000", "optimizer steps", "line 5"]


def test_table_is_straight(schedlint: Schedlint, open_config: Path) -> None:
    """Numbers end and units start in one column; no line ends in blanks."""
    lines = schedlint("derive", open_config, *FACTS).out.splitlines()
    body = [line for line in lines[2:] if any(line.startswith(f"  {word} ") for word in WORDS)]
    units = {line.index(f"  {WORDS[line.split()[0]].unit}  ", 20) for line in body}
    assert len(body) > 10
    assert len(units) == 1
    assert all(line == line.rstrip() for line in lines)


def test_table_says_what_is_missing(schedlint: Schedlint, open_config: Path) -> None:
    """What would tell more is named; what is known without it is shown."""
    outcome = schedlint("derive", open_config)
    table = rows(outcome.out)
    assert table["global_batch_size"][0] == "at least 16"
    assert "total_steps" not in table
    assert outcome.out.splitlines()[-1] == (
        "  Not known, would tell more: dataset_size, sequence_length, world_size"
    )


def test_version_that_would_tell_more(schedlint: Schedlint, open_config: Path) -> None:
    """Where versions give different numbers, each is shown with the versions that have it."""
    outcome = schedlint("derive", open_config, *FACTS[:4])
    table = rows(outcome.out)
    assert table["total_steps"] == [
        "1,218 to 1,221",
        "optimizer steps",
        "1,221 (transformers 4.52 and later); 1,218 (transformers before 4.52)",
    ]
    assert "the version of transformers (--package)" in outcome.out.splitlines()[-1]


def test_package_that_would_tell_more(schedlint: Schedlint, folder: Path) -> None:
    """The package is named on whose version it depends, which need not be the framework's own."""
    (folder / "x.yaml").write_text(
        "stage: sft\nfinetuning_type: lora\ndo_train: true\ntemplate: qwen\ncutoff_len: 512\n"
        "per_device_train_batch_size: 4\ngradient_accumulation_steps: 4\nnum_train_epochs: 3.0\n"
    )
    outcome = schedlint("derive", "x.yaml", "--world-size", "8", "--dataset-size", "52000")
    assert outcome.out.startswith("x.yaml · llama-factory\n")
    assert "the version of transformers (--package)" in outcome.out.splitlines()[-1]
    assert "llamafactory" not in outcome.out


def test_contradiction(schedlint: Schedlint, open_config: Path) -> None:
    """Claims that cannot all be true are shown together, none is taken for granted."""
    outcome = schedlint("derive", open_config, "--assume", "micro_batch_size=2")
    assert "micro_batch_size" not in rows(outcome.out)
    tail = outcome.out.split("These cannot all be true (micro_batch_size)")[1].splitlines()
    assert tail[1].split("  ")[-1] == "open.yaml:2"
    assert "per_device_train_batch_size: 4" in tail[1]
    assert tail[2].strip() == "--assume micro_batch_size=2"


def test_why(schedlint: Schedlint, open_config: Path) -> None:
    """A proof: the lines of the file with their numbers, and the arithmetic, premises first."""
    outcome = schedlint("derive", open_config, *FACTS, "--why", "total_steps")
    assert outcome.code == 0
    lines = [line.strip() for line in outcome.out.splitlines()]
    assert lines[0] == "open.yaml · transformers 4.57.6 (--package)"
    assert lines[2] == "total_steps: 1,221 optimizer steps"
    proof = lines[4:]
    assert proof[-1] == "total_steps = ceil(3.0 × 407) = 1,221"
    assert "steps_per_epoch = ceil(1,625 / 4) = 407" in proof
    assert proof.index("batches_per_epoch = ceil(52,000 / 32) = 1,625") < proof.index(
        "steps_per_epoch = ceil(1,625 / 4) = 407"
    )
    assert [line.split()[-1] for line in proof if "num_train_epochs" in line] == ["open.yaml:4"]


def test_why_under_several_versions(schedlint: Schedlint, open_config: Path) -> None:
    """Each class of versions has its own proof."""
    out = schedlint("derive", open_config, *FACTS[:4], "--why", "steps_per_epoch").out
    newer, older = out.split("\n\n")[2:]
    assert newer.startswith("  transformers 4.52 and later: 407\n")
    assert newer.rstrip().endswith("steps_per_epoch = ceil(1,625 / 4) = 407")
    assert older.startswith("  transformers before 4.52: 406\n")
    assert older.rstrip().endswith("= 406")


def test_why_of_what_is_not_known(schedlint: Schedlint, open_config: Path) -> None:
    """Without a number: what is missing, or that nothing speaks of it."""
    out = schedlint("derive", open_config, "--why", "total_steps").out
    assert out.splitlines()[2:] == [
        "total_steps: unknown",
        "",
        "  Not known, would tell more: dataset_size, world_size",
    ]
    out = schedlint("derive", open_config, "--why", "max_steps").out
    assert out.splitlines()[-1] == "  Nothing in the files says anything about it."


def test_why_of_a_word_of_the_framework(schedlint: Schedlint, open_config: Path) -> None:
    """The quantities between keys and common words, which proofs speak of, can be asked for."""
    out = schedlint("derive", open_config, *FACTS, "--why", "loader_batch_size").out
    assert "\n  loader_batch_size = 4 × 8 = 32\n" in out


def test_sweep(schedlint: Schedlint, open_config: Path) -> None:
    """One column a value, one row for each number that changes."""
    outcome = schedlint("derive", open_config, *FACTS[2:], "--sweep", "world_size=1,2,8")
    table = rows(outcome.out)
    assert table["world_size"] == ["1", "2", "8"]
    assert table["global_batch_size"] == ["16", "32", "128"]
    # ceil(52,000 / (4 × ranks)) micro-batches, 4 a step, 3 epochs
    assert table["batches_per_epoch"] == ["13,000", "6,500", "1,625"]
    assert table["total_steps"] == ["9,750", "4,875", "1,221"]
    assert "micro_batch_size" not in table


def test_sweep_of_what_the_file_states(schedlint: Schedlint, open_config: Path) -> None:
    """A swept value takes the place of the one in the file."""
    outcome = schedlint("derive", open_config, *FACTS, "--sweep", "micro_batch_size=2,4")
    table = rows(outcome.out)
    assert table["micro_batch_size"] == ["2", "4"]
    assert table["global_batch_size"] == ["64", "128"]
    assert "cannot all be true" not in outcome.out


def test_sweep_of_what_a_flag_tells(schedlint: Schedlint, open_config: Path) -> None:
    """A swept value takes the place of the one on the command line."""
    outcome = schedlint("derive", open_config, *FACTS, "--sweep", "world_size=1,2")
    assert rows(outcome.out)["global_batch_size"] == ["16", "32"]


def test_sweep_of_fractions(schedlint: Schedlint, open_config: Path) -> None:
    """A value that may be a fraction is shown as it was written."""
    outcome = schedlint("derive", open_config, *FACTS, "--sweep", "epochs=1,2.5")
    table = rows(outcome.out)
    assert table["epochs"] == ["1", "2.5"]
    assert table["total_steps"] == ["407", "1,018"]  # ceil(2.5 × 407)


def test_sweep_without_effect(schedlint: Schedlint, clean: Path) -> None:
    """Where nothing depends on it, that is said."""
    outcome = schedlint("derive", clean, "--sweep", "eval_dataset_size=1,2")
    assert "Nothing else changes, as far as is known." in outcome.out


def test_sweep_that_contradicts(schedlint: Schedlint, folder: Path) -> None:
    """A value that the files rule out is told under the table."""
    (folder / "ds.json").write_text(
        '{"train_batch_size": 32, "train_micro_batch_size_per_gpu": 4,\n'
        ' "gradient_accumulation_steps": 4}\n'
    )
    outcome = schedlint("derive", "ds.json", "--sweep", "world_size=2,3")
    assert "With world_size = 3, these cannot all be true" in outcome.out
    assert "With world_size = 2" not in outcome.out


def test_several_files(schedlint: Schedlint, folder: Path, clean: Path, open_config: Path) -> None:
    """Each file has its own table under its name, once."""
    (folder / "other.yaml").write_text("- a\n")
    outcome = schedlint("derive", clean, open_config, "other.yaml", clean)
    heads = [line for line in outcome.out.splitlines() if line[:1].strip()]
    assert heads == [
        "clean.yaml · transformers",
        "open.yaml · transformers",
        "other.yaml: not recognised as a training config; name its framework with --framework",
    ]
    assert outcome.code == 0


def test_companions_that_cannot_be_read(schedlint: Schedlint, folder: Path, clean: Path) -> None:
    """A named companion that is not there is a notice; one that is broken makes the code 2."""
    text = clean.read_text()
    clean.write_text(text + "deepspeed: ds.json\n")
    outcome = schedlint("derive", clean)
    assert outcome.code == 0
    assert outcome.err == (
        "schedlint: clean.yaml: deepspeed: ds.json is not in the project and was not read\n"
    )
    (folder / "ds.json").write_text("{")
    outcome = schedlint("derive", clean)
    assert outcome.code == 2
    assert outcome.err.startswith("schedlint: ds.json:1:2: ")
    assert "micro_batch_size" in outcome.out


def test_json(schedlint: Schedlint, open_config: Path) -> None:
    """A list with one object a file; every word that applies is there."""
    (report,) = json.loads(schedlint("derive", open_config, "--output-format", "json").out)
    assert (report["file"], report["framework"]) == ("open.yaml", "transformers")
    assert report["files"] == ["open.yaml"]
    quantities = report["quantities"]
    assert set(WORDS) - set(quantities) <= {"dataset_rows"}
    assert quantities["micro_batch_size"] == {
        "value": 4,
        "low": 4,
        "high": 4,
        "unit": "samples",
        "origin": "stated",
        "because": [{"text": "per_device_train_batch_size: 4", "file": "open.yaml", "line": 2}],
    }
    assert quantities["global_batch_size"]["low"] == 16
    assert quantities["global_batch_size"]["high"] is None
    assert quantities["global_batch_size"]["value"] is None
    unknown = quantities["total_steps"]
    assert (unknown["value"], unknown["high"]) == (None, None)
    assert (unknown["origin"], unknown["because"]) == ("unknown", [])
    assert "contradictions" not in report


def test_json_of_derived_numbers(schedlint: Schedlint, open_config: Path) -> None:
    """A derived number carries its proof; fractions are JSON numbers."""
    arguments = ("derive", open_config, *FACTS, "--output-format", "json")
    (report,) = json.loads(schedlint(*arguments).out)
    total = report["quantities"]["total_steps"]
    assert (total["value"], total["low"], total["high"]) == (1221, 1221, 1221)
    assert (total["origin"], total["unit"]) == ("derived", "optimizer steps")
    assert total["because"][-1] == {"text": "total_steps = ceil(3.0 × 407) = 1,221"}
    assert report["quantities"]["world_size"]["origin"] == "assumed"
    assert report["quantities"]["save_interval"]["origin"] == "stated"


def test_json_of_other_files(schedlint: Schedlint, folder: Path) -> None:
    """A file that is not recognised has no framework and no quantities."""
    (folder / "x.yaml").write_text("- a\n")
    assert json.loads(schedlint("derive", "x.yaml", "--output-format", "json").out) == [
        {"file": "x.yaml", "framework": None, "files": ["x.yaml"], "quantities": {}}
    ]


def test_json_of_contradictions(schedlint: Schedlint, open_config: Path) -> None:
    """A contradiction lists the claims that cannot all be true, with their lines."""
    arguments = ("--assume", "micro_batch_size=2", "--output-format", "json")
    (report,) = json.loads(schedlint("derive", open_config, *arguments).out)
    (contradiction,) = report["contradictions"]
    assert contradiction["because"] == [
        {"text": "per_device_train_batch_size: 4", "file": "open.yaml", "line": 2},
        {"text": "--assume micro_batch_size=2"},
    ]
