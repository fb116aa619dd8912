"""How a forge names a file: from the top of the repository, with slashes."""

from __future__ import annotations

import os
from functools import lru_cache


def from_top(path: str) -> str:
    """A path from the top of the repository around the working directory, or from the working
    directory where there is no repository; an absolute path where the file lies outside.
    """
    top = _top(os.getcwd())
    for whole in (os.path.abspath, os.path.realpath):
        try:
            below = os.path.relpath(whole(path), top)
        except ValueError:  # another drive
            continue
        if below.split(os.sep)[0] != os.pardir:
            return below.replace(os.sep, "/")
    return os.path.abspath(path).replace(os.sep, "/")


@lru_cache(maxsize=1)
def _top(here: str) -> str:
    folder = here
    while not os.path.exists(os.path.join(folder, ".git")):
        above = os.path.dirname(folder)
        if above == folder:
            return here
        folder = above
    return folder
