"""The settings of a project: `[tool.schedlint]` of `pyproject.toml`, or `schedlint.toml`.

    settings = SettingsFiles().above("configs/train.yaml")
    settings.facts_for("configs/train.yaml")

`files.py` finds the nearest file and reads it, `table.py` reads typed values with their positions,
`globs.py` matches paths.
"""

from schedlint.settings.errors import SettingsError
from schedlint.settings.files import SettingsFiles
from schedlint.settings.model import Override, Settings

__all__ = ["Override", "Settings", "SettingsError", "SettingsFiles"]
