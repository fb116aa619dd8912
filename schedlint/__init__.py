"""A linter for training configs: works out what a config implies and finds what cannot be true.

run = schedlint.load("train.yaml", assume={"world_size": 8, "dataset_size": 10_000})
run.plan["total_steps"].value
schedlint.check(["configs"], assume={"world_size": 8})
"""

from __future__ import annotations

from typing import TYPE_CHECKING

__version__ = "0.1.0"

__all__ = ["Finding", "NotRecognised", "ReadError", "Run", "__version__", "check", "load"]

if TYPE_CHECKING:
    from schedlint.api import check
    from schedlint.rules import Finding
    from schedlint.run import NotRecognised, Run, load
    from schedlint.source import ReadError

_HOMES = {
    "Finding": "schedlint.rules",
    "NotRecognised": "schedlint.run",
    "ReadError": "schedlint.source",
    "Run": "schedlint.run",
    "check": "schedlint.api",
    "load": "schedlint.run",
}


def __getattr__(name: str) -> object:
    """Import what is asked for when it is asked for: a part of schedlint does not pay for the
    rest.
    """
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)
