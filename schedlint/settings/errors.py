"""What can be wrong with a settings file: one error, one line, with its place."""

from __future__ import annotations


class SettingsError(ValueError):
    """Settings that cannot be understood: `schedlint.toml:3:1: unknown setting …`.

    `line` and `column` are 1-based, and None where the trouble has no place in the text.
    """

    def __init__(
        self, path: str, message: str, line: int | None = None, column: int | None = None
    ) -> None:
        self.path = path
        self.message = message
        self.line = line
        self.column = column
        where = "" if line is None else f":{line}:{column}"
        super().__init__(f"{path}{where}: {message}")
