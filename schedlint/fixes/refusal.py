"""Why an edit is not made."""

from __future__ import annotations

__all__ = ["EditRefused"]


class EditRefused(Exception):
    """An edit cannot be made, or cannot be proved: the text, in words, says why. Nothing has been
    written.
    """
