"""What a rule says: findings with their severity and proof, fixes, and examples."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple

from schedlint.fixes import Edit
from schedlint.fixes.edits import document_of
from schedlint.plan import Step
from schedlint.reading.place import Place

__all__ = ["Example", "Finding", "Fix", "Related", "Severity"]


class Severity(str, Enum):
    """How bad it is. A style opinion is no finding."""

    ERROR = "error"
    """It will be refused, crash, or train something else than the file says."""
    WARNING = "warning"
    """A waste or a trap that holds for certain."""
    INFO = "info"
    """Worth knowing."""

    __str__ = str.__str__

    @property
    def weight(self) -> int:
        """A number to compare severities by; the worst is the largest."""
        return {"info": 1, "warning": 2, "error": 3}[self.value]


class Related(NamedTuple):
    """Another place that a finding is about, and what it is."""

    place: Place
    message: str


@dataclass(frozen=True, slots=True)
class Fix:
    """Edits that would mend a finding.

    Safe: the framework would do the same as before, or would have refused the file and only one
    value fits the rest. Unsafe: it changes what is trained, or picks one of several ways out.

    `title` says what it does, as in "write 2.0e-5". All edits are of one file, so that it is made
    as a whole or not at all.
    """

    title: str
    edits: tuple[Edit, ...]
    safe: bool = False

    def __post_init__(self) -> None:
        """Raises ValueError for no edits, and for edits of several files."""
        files = {id(document_of(edit).file) for edit in self.edits}
        if len(files) != 1:
            raise ValueError(f"a fix is of one file, {self.title!r} is of {len(files)}")


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that a rule found, where, and its proof."""

    code: str
    name: str
    severity: Severity
    message: str
    place: Place
    framework: str = ""
    because: tuple[Step, ...] = ()
    related: tuple[Related, ...] = ()
    fix: Fix | None = None
    versions: str = ""
    """The versions that it is about, where it does not hold for all that are possible."""
    not_fixed: str = ""
    """Why its fix was tried and not made."""

    @property
    def path(self) -> str:
        """The file in which it stands."""
        return self.place.path


@dataclass(frozen=True, slots=True)
class Example:
    """A config with what a rule says of it: the documentation's example and the rule's test.

    For a bad example, `line`, `column` and `message` (a part of it) are what must be reported; for
    a good one nothing must be. `files` are companions by name, `flags` facts such as `world_size`.
    """

    config: str
    line: int = 0
    column: int = 0
    message: str = ""
    file: str = "train.yaml"
    found_in: str = ""
    """The file in which the finding stands, where it is not the config itself."""
    files: Mapping[str, str] = field(default_factory=dict)
    beside: tuple[str, ...] = ()
    """Which of `files` are given with `--with`."""
    flags: Mapping[str, object] = field(default_factory=dict)
    packages: tuple[str, ...] = ()
    fixed: str = ""
    """The text of the file after the finding's fix, where the rule offers one."""
