"""The reference material that some tests compare with; it lies beside the checkout, if at all."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings

# No test depends on how fast the machine is.
settings.register_profile("any-machine", deadline=None)
settings.load_profile("any-machine")


@pytest.fixture(scope="session")
def shared() -> Path:
    """Return the folder with the `cases` and the `corpus`; skip the test where it is absent."""
    path = Path(__file__).resolve().parents[1].parent / "shared"
    if not all((path / part).is_dir() for part in ("cases", "corpus")):
        pytest.skip(f"needs the cases and the corpus in {path}")
    return path
