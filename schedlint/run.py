"""From files to a run: read, recognise, find what belongs to it, follow every version.

`load` is the way in for programs:

    run = schedlint.load("train.yaml", assume={"world_size": 8, "dataset_size": 10_000})
    run.plan["total_steps"].value
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from schedlint import frameworks
from schedlint.directives import DirectiveProblem, directives
from schedlint.files import Files
from schedlint.outlook import Outlook
from schedlint.plan import Origin
from schedlint.project import find_named
from schedlint.reading.config import Config
from schedlint.reading.facts import Fact
from schedlint.reading.framework import Companion, Framework, Named
from schedlint.reading.versions import branches, parse_pin
from schedlint.scenario import Scenario, distinct
from schedlint.schemas.requirements import with_requirements
from schedlint.settings import SettingsFiles
from schedlint.source import Document, ReadError, Texts, read, read_text
from schedlint.told import NOTHING_TOLD, Told, told

if TYPE_CHECKING:
    from schedlint.frameworks.plain.house import HouseFramework


@dataclass
class Run:
    """One training run: a config, the files that belong to it, and all that they imply."""

    document: Document
    framework: Framework
    companions: tuple[Companion, ...] = ()
    told: Told = field(default_factory=Told)
    problems: tuple[DirectiveProblem, ...] = ()
    missing: list[Named] = field(default_factory=list)
    """Companion files that the config names and that are not in the project."""
    unreadable: list[ReadError] = field(default_factory=list)
    """Companion files that the config names and that cannot be read."""
    texts: Texts = field(default_factory=Texts)
    """Where its companions are read from."""

    @property
    def path(self) -> str:
        """The config's own file."""
        return self.document.path

    @property
    def files(self) -> tuple[str, ...]:
        """The config first, then its companions."""
        return (self.path, *(companion.document.path for companion in self.companions))

    @cached_property
    def scenarios(self) -> list[Scenario]:
        """What the files say under each class of versions that is possible, the newest first."""
        claims = tuple(assumption.claim() for assumption in self.told.assumptions)
        numbers = {assumption.quantity: assumption.value for assumption in self.told.assumptions}
        parts = [(self.framework, self.document)]
        parts += [(frameworks.by_name(kind), document) for kind, document in self.companions]
        found: list[Scenario] = []
        files: Files | None = None
        name, packages = self.framework.name, self.framework.packages
        for branch in branches(with_requirements(name, packages, self.told.pins)):
            config = Config(self.document, branch, self.companions, told=numbers)
            self.framework.read(config)
            config.find_gone(self.framework.gone)
            if self.told.gpu is not None:
                gpu = Fact("gpu", self.told.gpu, Origin.ASSUMED, f"gpu={self.told.gpu}")
                config.reading.facts["gpu"] = gpu
            files = files or Files(parts, branch.told)
            found.append(Scenario(self.framework, config.reading, claims, branch.ranges, files))
        return distinct(found)

    @cached_property
    def plan(self) -> Outlook:
        """Every quantity, as far as it is known for all possible versions."""
        return Outlook(self.scenarios)


def load(
    path: str | os.PathLike[str] | None = None,
    *,
    text: str | None = None,
    filename: str | None = None,
    assume: Mapping[str, object] | None = None,
    packages: Sequence[str] = (),
    companions: Sequence[str | os.PathLike[str]] = (),
    framework: str | None = None,
    config: str | None = None,
    isolated: bool = False,
) -> Run:
    """Read one config and all that belongs to it.

    Give a `path`, or `text` with a `filename` for messages. `assume` holds facts that the files do
    not (`{"world_size": 8}`), `packages` versions in force (`"transformers==4.57.6"`), `companions`
    further files of the run. The nearest settings above the file count, or those of `config`, or
    none where `isolated`.

    Raises ReadError for a file that cannot be read, NotRecognised for one that is no training
    config, SettingsError for settings that cannot be understood, FactError, SpecError and
    UnknownFramework for facts, versions and a framework that make no sense.
    """
    if text is None:
        if path is None:
            raise TypeError("load() needs a path or a text")
        source = read(path)
    else:
        source = read_text(text, filename or "config.yaml")
    known = Told(
        told(assume or {}).assumptions,
        tuple(parse_pin(spec, "--package") for spec in packages),
        framework,
        told(assume or {}).gpu,
    )
    beside = read_companions(companions)
    settings = SettingsFiles(config, isolated).above(source.path)
    facts = settings.facts_for(source.path)
    for document in source.documents:
        run = run_of(document, known, beside, settings.frameworks, facts)
        if run is not None:
            return run
    raise NotRecognised(source.path)


class NotRecognised(ValueError):
    """A file is no config of a framework that schedlint knows."""

    def __init__(self, path: str) -> None:
        self.path = path
        super().__init__(f"{path}: not recognised as a training config; name it with --framework")


def run_of(
    document: Document,
    known: Told,
    beside: Sequence[Companion] = (),
    house: Sequence[HouseFramework] = (),
    fallback: Told = NOTHING_TOLD,
    texts: Texts | None = None,
) -> Run | None:
    """The run of a document, or None when it is no training config.

    `known` is what the command line tells, which counts before the comments in the file; `fallback`
    what the settings tell, which counts after them. `house` are the frameworks of the settings,
    `texts` is where companions are read from: the disk, unless told otherwise.
    """
    comments = directives(document, house)
    known = known.over(comments.told).over(fallback)
    framework = (
        frameworks.recognised(document, house)
        if known.framework is None
        else frameworks.by_name(known.framework, house)
    )
    if framework is None:
        return None
    frameworks.set_dialect(document, framework)
    run = Run(document, framework, tuple(beside), known, comments.problems, texts=texts or Texts())
    _add_named_companions(run)
    return run


def read_companions(
    paths: Sequence[str | os.PathLike[str]], texts: Texts | None = None
) -> tuple[Companion, ...]:
    """The files that were given as part of every run, read from `texts`.

    Raises ReadError, and NotRecognised for a file of no known kind.
    """
    texts = texts or Texts()
    found = []
    for path in paths:
        document = texts.read(path).documents[0]
        framework = frameworks.recognised(document)
        if framework is None:
            raise NotRecognised(document.path)
        frameworks.set_dialect(document, framework)
        found.append(Companion(framework.name, document))
    return tuple(found)


COMPANIONS = ("accelerate", "deepspeed")
"""Kinds of files that belong to a trainer's config: how it is launched, and its engine."""


def join(runs: Sequence[Run]) -> list[Run]:
    """Files that were given together as one run, where that is what they are.

    That is one config with at most one companion of each kind, all in one folder. Anything else
    stays as it is.
    """
    mains = [run for run in runs if run.framework.name not in COMPANIONS]
    others = [run for run in runs if run.framework.name in COMPANIONS]
    kinds = [run.framework.name for run in others]
    folders = {os.path.dirname(os.path.abspath(run.path)) for run in runs}
    if len(mains) != 1 or len(set(kinds)) != len(kinds) or len(folders) != 1:
        return list(runs)
    (main,) = mains
    known = {companion.framework for companion in main.companions}
    added = [run for run in others if run.framework.name not in known]
    main.companions += tuple(Companion(run.framework.name, run.document) for run in added)
    kinds = [companion.framework for companion in main.companions]
    main.missing = [named for named in main.missing if named.framework not in kinds]
    _follow(main, [(run.framework, run.document) for run in added])
    return [main, *(run for run in others if run not in added)]


def _add_named_companions(run: Run) -> None:
    """Read the companions that the config names, and those that they name in turn.

    A file given beside the config takes the place of one of its kind that is named.
    """
    given = [(frameworks.by_name(kind), document) for kind, document in run.companions]
    _follow(run, [(run.framework, run.document), *given])


def _follow(run: Run, pending: list[tuple[Framework, Document]]) -> None:
    """Read what some files of a run name, and what those name in turn."""
    while pending:
        framework, document = pending.pop(0)
        for named in framework.names(document):
            if named.framework not in {companion.framework for companion in run.companions}:
                companion = _read_named(run, named, document.path)
                if companion is not None:
                    run.companions += (companion,)
                    pending.append((frameworks.by_name(named.framework), companion.document))


def _read_named(run: Run, named: Named, by: str) -> Companion | None:
    path = find_named(named.path, by)
    if path is None:
        run.missing += [named] if named.expected else []
        return None
    try:
        document = run.texts.read(path).documents[0]
    except ReadError as error:
        run.unreadable += [error] if named.expected else []
        return None
    frameworks.set_dialect(document, frameworks.by_name(named.framework))
    return Companion(named.framework, document)
