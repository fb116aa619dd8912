"""What schedlint needs to know of a framework: the class that each framework's file fills in.

A framework's file says which keys mean what (`read`), which formulas hold between the quantities
(its relations), and from which versions on they changed (`changes`). How a config is recognised
stands in `signatures.py`, so that recognising one does not import all the others.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, NamedTuple

from schedlint.plan import WORDS, Word
from schedlint.reading.config import Config, Gone, Instead, Setting
from schedlint.reading.versions import Change
from schedlint.source import Document


class Companion(NamedTuple):
    """A file that belongs to the same run, and the framework that it was recognised as."""

    framework: str
    document: Document


class Named(NamedTuple):
    """A companion that a config names by path: where, and what kind of file it should be."""

    framework: str
    path: str
    key: str
    expected: bool = True
    """Whether it is worth a word that the file is not there, or cannot be read."""


class Unknown(NamedTuple):
    """What becomes of a key that the framework does not know, in one section of a config.

    That is `refused`, `ignored`, `elsewhere` (a script may take it) or None: not told.
    """

    becomes: str | None
    since: Change | None = None
    """From which version on, where that is not always so."""
    before: str | None = None
    """What became of it before."""
    instead: str = "remove it"
    certain: bool = True
    """Whether nothing that is installed could take such a key, unseen."""


class Framework:
    """A training framework. Subclasses fill in the class variables and `read`."""

    name: str
    title: str
    """The name as its makers write it."""
    dialect: ClassVar[str] = "yaml11"
    """Which reader its YAML goes through; see `schedlint.source.dialect`."""
    refuses_duplicates: ClassVar[bool] = False
    """Whether its reader stops at a key that stands twice; else the last one wins in silence."""
    may_refuse_duplicates: ClassVar[bool] = False
    """Whether there are several readers of its configs, of which some stop there (OmegaConf)."""
    packages: ClassVar[tuple[str, ...]] = ()
    """The Python packages whose versions matter, as the index names them; its own comes first."""
    versions: ClassVar[str] = ""
    """Which versions the formulas have been checked against, in words."""
    changes: ClassVar[tuple[Change, ...]] = ()
    """The differences between versions that the formulas know."""
    gone: ClassVar[tuple[Gone, ...]] = ()
    """Keys that a version has removed or renamed."""
    renamed: ClassVar[Mapping[str, str]] = {}
    """Keys that have another name today, under which every value but null means the same."""
    words: ClassVar[tuple[Word, ...]] = ()
    """Quantities of its own, between its keys and the common words."""
    applies: tuple[str, ...] = tuple(WORDS)
    """The common words that mean something for it."""
    home: ClassVar[str] = ""
    """Where its documentation is."""

    def read(self, config: Config) -> None:
        """Claim, relate and record what the config says. Called once for each branch of
        versions.
        """
        raise NotImplementedError

    def names(self, document: Document) -> tuple[Named, ...]:
        """The companion files that a config names itself."""
        return ()

    def unknown(self, document: Document, section: str, by_schema: str | None) -> Unknown:
        """What becomes of unknown keys in a section (a dotted path; empty for the top) of this
        config; by default what the schema says of any.
        """
        return Unknown(by_schema)

    def instead_of(self, gone: Setting) -> Instead | None:
        """What says today what a key of a file that is gone has said, where that is certain.

        A null stood for the default of the old name; it may be a value of its own today.
        """
        name = self.renamed.get(gone.key.rpartition(".")[2])
        return None if name is None or gone.value is None else Instead(name)

    def vocabulary(self) -> dict[str, Word]:
        """The common words and its own."""
        return {**WORDS, **{word.name: word for word in self.words}}
