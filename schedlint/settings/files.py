"""Finds the settings file nearest above a config, and reads it."""

from __future__ import annotations

import os

from schedlint.settings.errors import SettingsError
from schedlint.settings.model import Settings

_OWN = (".schedlint.toml", "schedlint.toml")
_SHARED = "pyproject.toml"


class SettingsFiles:
    """The settings of every file, each settings file read once.

    `config` names the one settings file of all (`--config`); `isolated` uses none.
    """

    def __init__(self, config: str | None = None, isolated: bool = False) -> None:
        self._everywhere: Settings | None = None
        if isolated:
            self._everywhere = Settings()
        elif config is not None:
            self._everywhere = _read(config) or _nothing_in(config)
        self._by_folder: dict[str, Settings] = {}

    def above(self, path: str) -> Settings:
        """The settings in the nearest folder above a file; the defaults where there are none.

        Raises SettingsError for a settings file that cannot be understood.
        """
        if self._everywhere is not None:
            return self._everywhere
        return self._in(os.path.dirname(os.path.abspath(path)))

    def _in(self, folder: str) -> Settings:
        passed = []
        settings = None
        while settings is None:
            settings = self._by_folder.get(folder) or _in_folder(folder)
            passed.append(folder)
            folder, below = os.path.dirname(folder), folder
            if folder == below:
                break
        found = settings or Settings()
        self._by_folder.update(dict.fromkeys(passed, found))
        return found


def _in_folder(folder: str) -> Settings | None:
    for name in (*_OWN, _SHARED):
        path = os.path.join(folder, name)
        if os.path.isfile(path):
            settings = _read(_as_named(path))
            if settings is not None:
                return settings
    return None


def _as_named(path: str) -> str:
    """A path as messages show it: from the working directory where it lies below that."""
    shown = os.path.relpath(path)
    return path if shown.startswith(os.pardir) else shown


def _nothing_in(path: str) -> Settings:
    raise SettingsError(path, "has no table [tool.schedlint]")


def _read(path: str) -> Settings | None:
    """The settings in a file, or None where it has none."""
    if os.path.basename(path) == _SHARED and not _mentions_us(path):
        return None
    from schedlint.settings.reading import read_settings  # a project without settings reads none

    return read_settings(path)


def _mentions_us(path: str) -> bool:
    """Whether a `pyproject.toml` is worth parsing."""
    try:
        with open(path, "rb") as file:
            return b"schedlint" in file.read()
    except OSError as error:
        raise SettingsError(path, f"cannot be read: {error.strerror}") from None
