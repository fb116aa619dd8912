"""The settings as the rest of the program asks them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from schedlint.settings.globs import matches
from schedlint.told import Told

if TYPE_CHECKING:
    from schedlint.frameworks.plain.house import HouseFramework
    from schedlint.reading.versions import Pin


@dataclass(frozen=True, slots=True)
class Override:
    """Facts and ignored rules for the files that match some patterns.

    `folder` is where the patterns stand from: the folder of the settings file that holds them.
    """

    folder: str
    files: tuple[str, ...]
    told: Told = field(default_factory=Told)
    ignore: tuple[str, ...] = ()

    def is_about(self, path: str) -> bool:
        """Whether a file matches one of the patterns."""
        return matches(_below(path, self.folder), self.files)


@dataclass(frozen=True, slots=True)
class Settings:
    """What a settings file says; without one, the defaults.

    `path` is the file, None without one; `select` is None where it is not given. Codes and names of
    rules are as written: which there are is known where rules are.
    """

    path: str | None = None
    packages: tuple[Pin, ...] = ()
    select: tuple[str, ...] | None = None
    ignore: tuple[str, ...] = ()
    extend_select: tuple[str, ...] = ()
    fail_on: str = "warning"
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    severity: Mapping[str, str] = field(default_factory=dict)
    plugins: tuple[str, ...] = ()
    baseline: str | None = None
    """The baseline file, as a path from the working directory or absolute."""
    overrides: tuple[Override, ...] = ()
    frameworks: tuple[HouseFramework, ...] = ()

    @property
    def folder(self) -> str:
        """Where relative paths and patterns stand from."""
        return os.path.dirname(os.path.abspath(self.path or "schedlint.toml"))

    def facts_for(self, path: str) -> Told:
        """What the settings tell of a file; of several overrides about it, the last wins."""
        told = Told(pins=self.packages)
        for override in self.overrides:
            if override.is_about(path):
                told = override.told.over(told)
        return told

    def ignored_for(self, path: str) -> tuple[str, ...]:
        """The rules that are ignored in a file, everywhere or by an override."""
        about = (override for override in self.overrides if override.is_about(path))
        return self.ignore + tuple(code for override in about for code in override.ignore)

    def excludes(self, path: str) -> bool:
        """Whether `exclude` leaves a path out."""
        return bool(self.exclude) and matches(_below(path, self.folder), self.exclude)

    def includes(self, path: str) -> bool:
        """Whether `include`, where it is given, asks for a path."""
        return not self.include or matches(_below(path, self.folder), self.include)


def _below(path: str, folder: str) -> str:
    """A path as seen from a folder, with slashes."""
    return os.path.relpath(path, folder).replace(os.sep, "/")
