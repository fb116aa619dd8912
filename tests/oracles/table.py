"""The tables that oracles write: one JSON line a row, what went in and what came out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Row:
    """One run of a framework's own code.

    `config` is the text of the config file called `file`; `files` lie beside it, `beside` names
    those of them that are given as companions. `assume` are the facts of the run, `ran` the numbers
    that the framework got, in schedlint's words; or `refused` is the message with which it stopped.
    Not `sane` is a config that is accepted though it trains something else than it says, such as a
    warm-up longer than the run.
    """

    id: str
    file: str
    config: str
    packages: tuple[str, ...]
    assume: dict[str, Any] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    beside: tuple[str, ...] = ()
    ran: dict[str, int | float] = field(default_factory=dict)
    refused: str | None = None
    sane: bool = True


@dataclass(frozen=True)
class Table:
    """All rows of one framework at one version."""

    framework: str
    version: str
    path: Path

    def rows(self) -> Iterator[Row]:
        """The rows, in the order of the file; its first line says how it was made."""
        lines = self.path.read_text(encoding="utf-8").splitlines()
        for number, line in enumerate(lines[1:], 1):
            row = json.loads(line)
            config = row["config"]
            text = config if isinstance(config, str) else json.dumps(config, indent=1)
            yield Row(
                id=f"{self.framework}-{self.version}-{number}",
                file=row.get("file", "train.yaml"),
                config=text,
                packages=tuple(row.get("packages", self.made_with()["packages"])),
                assume=row.get("assume", {}),
                files=row.get("files", {}),
                beside=tuple(row.get("beside", ())),
                ran=row.get("ran", {}),
                refused=row.get("refused"),
                sane=row.get("sane", True),
            )

    def made_with(self) -> dict[str, Any]:
        """The first line: the packages with their versions, the seed, the command."""
        with self.path.open(encoding="utf-8") as file:
            made: dict[str, Any] = json.loads(file.readline())
        return made


def tables() -> list[Table]:
    """Every table in the repository, sorted."""
    return [
        Table(path.parent.parent.name, path.stem, path)
        for path in sorted(FOLDER.glob("*/tables/*.jsonl"))
    ]
