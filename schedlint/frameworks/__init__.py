"""The frameworks: one file each for its keys, formulas and versions.

Only the module of the framework that a config belongs to is imported.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING

from schedlint.frameworks.signatures import SIGNATURES, recognise
from schedlint.reading.framework import Framework
from schedlint.source import Document
from schedlint.source.dialect import dialect

if TYPE_CHECKING:
    from schedlint.frameworks.plain.house import HouseFramework


class UnknownFramework(ValueError):
    """No framework has that name."""

    def __init__(self, name: str, known: Sequence[str] = ()) -> None:
        from difflib import get_close_matches

        known = known or names()
        near = get_close_matches(name, known, n=1)
        hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}"
        super().__init__(f"there is no framework {name!r}; {hint}")


def names() -> list[str]:
    """The names of all frameworks, sorted."""
    return sorted(signature.framework for signature in SIGNATURES if signature.alone)


def by_name(name: str, house: Sequence[HouseFramework] = ()) -> Framework:
    """The framework of that name, in the house or in the box.

    Raises UnknownFramework, with the nearest known name.
    """
    for own in house:
        if own.name == name:
            return own
    for signature in SIGNATURES:
        if signature.framework == name:
            return _load(signature.module)
    raise UnknownFramework(name, [*(own.name for own in house), *names()])


def recognised(document: Document, house: Sequence[HouseFramework] = ()) -> Framework | None:
    """The framework that a document is a config of, or None.

    A framework of the house comes first; of several, the one that asks for the most keys.
    """
    fitting = [own for own in house if own.fits(document)]
    if fitting:
        return max(fitting, key=lambda own: len(own.recognise))
    signature = recognise(document)
    return None if signature is None else _load(signature.module)


def set_dialect(document: Document, framework: Framework) -> None:
    """From now on, scalars mean what the framework's own loader makes of them.

    PyYAML knows no `${…}`: a file that holds one goes through OmegaConf, or through a script that
    nobody here knows; both read no fewer numbers than OmegaConf does.
    """
    name = framework.dialect
    interpolated = name == "yaml11" and "${" in document.text
    document.dialect = dialect("omegaconf" if interpolated else name)


def _load(module: str) -> Framework:
    framework = import_module(f"schedlint.frameworks.{module}").FRAMEWORK
    assert isinstance(framework, Framework)
    return framework
