"""How much input is too much. Far above any real config, far below what hurts a machine."""

from __future__ import annotations

__all__ = [
    "MAX_BYTES",
    "MAX_DEPTH",
    "MAX_DIGITS",
    "MAX_MERGED",
    "MAX_PATH",
    "MAX_SEPARATORS",
    "MAX_STEPS",
]

MAX_BYTES = 10_000_000
"""Size of a file."""

MAX_SEPARATORS = 1_000_000
"""Commas, colons and line ends: no value goes without one, and each value takes memory."""

MAX_DEPTH = 200
"""Collections within each other."""

MAX_DIGITS = 4300
"""Digits of an integer: Python's own limit (sys.int_info.default_max_str_digits)."""

MAX_MERGED = 1_000_000
"""Entries that the merge keys (`<<`) of a file bring in all together."""

MAX_PATH = 1000
"""Characters of a dotted path to a value."""

MAX_STEPS = 100
"""References that lead to each other before they reach a value."""
