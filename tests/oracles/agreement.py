"""Holding schedlint against a row of an oracle's table."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import schedlint
from schedlint.plan import Quantity
from tests.oracles.table import Row


@dataclass
class Tally:
    """What came of the rows of one table.

    `exact`: every number that the row holds is what schedlint derives. `unknown`: schedlint says of
    one that it cannot tell (and why); `wrong`: one differs, or schedlint reports an error on a sane
    row that the framework accepts. Refused rows are `exact` when schedlint reports an error.
    """

    exact: int = 0
    unknown: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    @property
    def rows(self) -> int:
        """All rows of the table."""
        return self.exact + sum(self.unknown.values()) + len(self.wrong)

    def __str__(self) -> str:
        return (
            f"{self.exact}/{self.rows} exact, {len(self.wrong)} wrong, "
            f"{sum(self.unknown.values())} unknown"
        )


def write(row: Row, folder: Path) -> tuple[str, list[str]]:
    """Write a row's files; the config's path and those of its companions."""
    for name, text in {**row.files, row.file: row.config}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return str(folder / row.file), [str(folder / name) for name in row.beside]


def compare(row: Row, folder: Path, tally: Tally) -> None:
    """Derive a row's numbers and add the outcome to the tally."""
    path, beside = write(row, folder)
    errors = _errors(row, path, beside)
    if row.refused is not None:
        if errors:
            tally.exact += 1
        else:
            tally.unknown[f"refused: {row.refused}"] += 1
        return
    run = schedlint.load(path, assume=row.assume, packages=row.packages, companions=beside)
    derived = {name: run.plan[name] for name in row.ran}
    wrong = [
        f"{name}: schedlint {quantity}, really {row.ran[name]}"
        for name, quantity in derived.items()
        if not _possible(quantity, row.ran[name])
    ]
    wrong += [f"accepted, but {error}" for error in errors if row.sane]
    unknown = [name for name, quantity in derived.items() if quantity.value is None]
    if wrong:
        tally.wrong.append(f"{row.id}: {'; '.join(wrong)}")
    elif unknown:
        tally.unknown[", ".join(unknown)] += 1
    else:
        tally.exact += 1


def _errors(row: Row, path: str, beside: list[str]) -> list[str]:
    """What schedlint says the framework will refuse, or train otherwise than the file says."""
    findings = schedlint.check([path], assume=row.assume, packages=row.packages, companions=beside)
    return [f"{each.code} {each.message}" for each in findings if each.severity == "error"]


def _possible(quantity: Quantity, really: int | float) -> bool:
    """Whether what happened is what is derived, or within what is still possible."""
    value = quantity.value
    if value is None:
        return really in quantity.interval
    return value == really or float(Fraction(value)) == really
