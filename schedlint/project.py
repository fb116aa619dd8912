"""The project that a config belongs to, and the files in it that the config names."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

_MARKS = (".git", "pyproject.toml", "schedlint.toml", ".schedlint.toml")


def project_root(path: str) -> Path:
    """The nearest folder above a file that looks like a project's top.

    Without one: the working directory where the file lies below it, else the file's own folder.
    """
    return root_above(Path(os.path.realpath(path)).parent)


def root_above(folder: Path) -> Path:
    """The project's top for the files of a folder, which is taken as it is spelled."""
    for candidate in (folder, *folder.parents):
        if any((candidate / mark).exists() for mark in _MARKS):
            return candidate
    here = Path(os.path.realpath("."))
    return here if here in (folder, *folder.parents) else folder


def find_named(named: str, config: str) -> str | None:
    """The file that a config names, where it exists inside the project; None otherwise.

    Trainers take the path from the directory in which they are started, which nobody can know: the
    config's own folder and the folders above it up to the project's root are tried in turn. Nothing
    outside the project is looked at, whatever the path or a symbolic link says.
    """
    return _find(named, config, os.path.isfile)


def find_folder(named: str, config: str) -> str | None:
    """As `find_named`, for a folder."""
    return _find(named, config, os.path.isdir)


def _find(named: str, config: str, is_there: Callable[[Path], bool]) -> str | None:
    root = project_root(config)
    folder = Path(os.path.realpath(config)).parent
    bases = [base for base in (folder, *folder.parents) if base == root or root in base.parents]
    for base in bases:
        try:
            target = Path(os.path.realpath(base / named))
        except ValueError:  # characters that no path can hold
            return None
        if root in target.parents and is_there(target):
            return os.path.relpath(target) if not os.path.isabs(config) else str(target)
    return None
