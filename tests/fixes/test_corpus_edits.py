"""Edits at random places of some 1,500 real configs, where they are at hand, judged by others."""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from schedlint.source import ReadError, SourceFile, read
from tests.fixes.random_edits import JUDGES, KINDS, NAMES, VALUES, Outcome, change_at, tried

SEED = int(os.environ.get("SCHEDLINT_SEED", "1"))

EDITS = int(os.environ.get("SCHEDLINT_EDITS", "1"))
"""Edits of a YAML file: each run of the second reader over all of them takes half a minute."""

OTHER_EDITS = 20 * EDITS
"""Edits of a JSON or TOML file: there are fewer of them, and readers are faster."""

LARGE = 20_000
"""Characters of a file that gets one edit: the second reader takes as long as for ten others."""


def files(corpus: Path) -> Iterator[SourceFile]:
    """The files of the corpus that can be read."""
    for path in sorted(corpus.rglob("*")):
        if path.suffix in (".yaml", ".yml", ".json", ".toml"):
            try:
                yield read(path)
            except ReadError:
                continue


def outcomes(file: SourceFile, rng: random.Random, edits: int) -> Iterator[tuple[str, Outcome]]:
    """What became of some edits, each with the words to find it again."""
    judge = JUDGES[file.format](file.text)
    places = judge.places()
    for _ in range(edits if places else 0):
        name, value = rng.choice(NAMES), rng.choice(VALUES)
        change = change_at(rng.choice(places), rng.choice(KINDS), name, value)
        yield f"{file.path}: {change}", tried(file, judge, change)


def test_edits_on_real_configs(shared: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Every edit is made as it was meant, or refused before anything is written: none is wrong."""
    rng = random.Random(SEED)
    refused, wrong, proved = Counter[str](), [], 0
    for file in files(shared / "corpus"):
        edits = EDITS if file.format == "yaml" else OTHER_EDITS
        edits = edits if len(file.text) < LARGE else 1
        for what, outcome in outcomes(file, rng, edits):
            if outcome.refused:
                refused[outcome.refused] += 1
            elif outcome.faults:
                wrong.append(f"{what}: {outcome.faults}")
            else:
                proved += 1
    tried_ = proved + refused.total() + len(wrong)
    with capsys.disabled():
        print(f"\n{tried_:,} edits (seed {SEED}): {proved:,} proved, {len(wrong)} wrong, ", end="")
        print(f"{refused.total()} refused")
        for reason, count in refused.most_common():
            print(f"  {count:4} {reason}")
    assert wrong == []
    assert refused.total() < 0.1 * tried_
