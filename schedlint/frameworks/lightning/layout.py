"""Where a Lightning config keeps what: the Trainer's arguments, the data's, the callbacks'.

Three kinds of files reach `Trainer(...)`: those of `LightningCLI` (parsed by jsonargparse, a class
with `class_path` and `init_args`), those that Hydra instantiates (`_target_`), and those that a
script hands over itself. They differ in what they do with a number in quotes, with a limit of 1,
and with a callback that is not there.

Sources: lightning `pytorch/cli.py:LightningCLI.instantiate_trainer`; jsonargparse `_typehints.py`;
Stability-AI/generative-models `main.py` (`lightning.trainer`, `lightning.modelcheckpoint`).
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from typing import NamedTuple

from schedlint.reading.config import Config, Setting
from schedlint.source import UNKNOWN, Mapping, Node, Sequence

_CLASS = ("class_path", "_target_", "target")
_OWN = ("lightning.", "pytorch_lightning.")
"""How the names of Lightning's own classes begin."""
_ARGUMENTS = ("init_args", "params")
_BATCH_SIZES = ("train_batch_size", "batch_size")
_DATA = ("data", "datamodule", "data_module", "fit.data")
_SIGNS_OF_THE_CLI = (
    "seed_everything",
    "fit.trainer",
    "model.class_path",
    "data.class_path",
    "optimizer.class_path",
    "lr_scheduler.class_path",
)


class Kind(Enum):
    """Who makes the Trainer of the config."""

    CLI = "LightningCLI"
    HYDRA = "Hydra"
    SCRIPT = "a script"


class Made(NamedTuple):
    """An object that the config describes: the last part of its class's name, its arguments."""

    name: str
    arguments: Config
    named: Setting | None = None
    """The line with its class."""

    @property
    def own(self) -> bool:
        """Whether it is a class of Lightning itself; LightningCLI takes the bare name as well."""
        path = None if self.named is None else self.named.value
        return isinstance(path, str) and (path.startswith(_OWN) or path == self.name)


class Layout:
    """The parts of a config, each asked in its own words.

    Of a config that Hydra composes from several files, what is not in this one is not known.
    """

    def __init__(self, config: Config) -> None:
        self.config = config
        where = ("trainer", "fit.trainer", "lightning.trainer")
        self.trainer = next((part for key in where if (part := _part(config, key))), config)
        self.kind = _kind(config, self.trainer)
        self.composed = isinstance(config.setting("defaults").value, Sequence)

    def whole(self, key: str, default: int | None = None) -> Setting:
        """A whole number among the Trainer's arguments."""
        return self._known(self.trainer.whole(key, default=default, text_counts=self.converts))

    def real(self, key: str, default: float | None = None) -> Setting:
        """A number among the Trainer's arguments; 1 and 1.0 are not the same to it."""
        return self._known(self.trainer.real(key, default=default, text_counts=self.converts))

    def setting(self, key: str, default: object = None) -> Setting:
        """Any of the Trainer's arguments."""
        return self._known(self.trainer.setting(key, default=default))

    def flag(self, key: str, default: bool | None) -> Setting:
        """A yes or no among the Trainer's arguments."""
        return self._known(self.trainer.flag(key, default=default))

    @property
    def direct(self) -> bool:
        """Whether Lightning's own Trainer gets the section as it stands, with no script between."""
        if self.kind is Kind.HYDRA:
            target = self.trainer.setting("_target_").value
            return isinstance(target, str) and target.startswith(_OWN)
        return self.kind is Kind.CLI

    @property
    def converts(self) -> bool:
        """Whether a number in quotes counts: jsonargparse parses it once more."""
        return self.kind is Kind.CLI

    def _known(self, setting: Setting) -> Setting:
        return setting._replace(value=UNKNOWN) if self.composed and setting.default else setting

    def made(self, key: str) -> Made | None:
        """The object that one of the Trainer's arguments describes."""
        section = _part(self.trainer, key)
        return None if section is None else _made(section)

    # The data.

    def batch_size(self) -> Setting | None:
        """What the data module is told, under the names that are usual; None without it."""
        for data in self._data():
            if any(map(data.has, _BATCH_SIZES)):
                return data.whole(*_BATCH_SIZES, text_counts=self.converts)
        return None

    def drop_last(self) -> Setting | None:
        """Whether the data module is told to drop a short last batch; None where it is not."""
        for data in self._data():
            if data.has("drop_last"):
                return data.flag("drop_last")
        return None

    def _data(self) -> Iterator[Config]:
        for key in _DATA:
            for arguments in (".init_args", ".params", ".params.train.loader", ""):
                part = _part(self.config, key + arguments)
                if part is not None:
                    yield part

    # Callbacks.

    def callbacks(self) -> Iterator[Made]:
        """Every callback that the config names."""
        for node in self._callback_nodes():
            if isinstance(node, Mapping):
                made = _made(self.config.within(self.config.document, node))
                if made is not None:
                    yield made
        own = _part(self.config, "lightning.modelcheckpoint.params")
        if own is not None:
            yield Made("ModelCheckpoint", own)

    def listed(self) -> list[Made]:
        """The callbacks in the Trainer's own section, where it gets them as they stand."""
        given = self.trainer.setting("callbacks").value if self.direct else None
        nodes: list[Node | None] = [given] if isinstance(given, Mapping) else []
        if isinstance(given, Sequence):
            nodes = [item.value for item in given.items]
        parts = (
            self.config.within(self.config.document, n) for n in nodes if isinstance(n, Mapping)
        )
        return [made for made in map(_made, parts) if made is not None and made.own]

    def _callback_nodes(self) -> Iterator[Node | None]:
        for owner, key in (
            (self.trainer, "callbacks"),
            (self.config, "callbacks"),
            (self.config, "lightning.callbacks"),
        ):
            section = owner.setting(key).value
            if isinstance(section, Sequence):
                yield from (item.value for item in section.items)
            elif isinstance(section, Mapping) and any(map(section.get, _CLASS)):
                yield section
            elif isinstance(section, Mapping):
                yield from (entry.value for entry in section.effective().values())

    # The schedule.

    def schedule(self) -> tuple[Made, Config] | None:
        """The scheduler, and the section with its `interval` and `frequency`."""
        for key in ("lr_scheduler", "fit.lr_scheduler"):
            section = _part(self.config, key)
            if section is not None:
                made = _made(_part(section, "scheduler") or section)
                return None if made is None else (made, section)
        return None


def _kind(config: Config, trainer: Config) -> Kind:
    if trainer.has("_target_"):
        return Kind.HYDRA
    if any(map(config.has, _SIGNS_OF_THE_CLI)) or config.has("trainer.callbacks.class_path"):
        return Kind.CLI
    callbacks = trainer.setting("callbacks").value
    if isinstance(callbacks, Sequence) and callbacks.items:
        first = callbacks.items[0].value
        if isinstance(first, Mapping) and first.get("class_path") is not None:
            return Kind.CLI
    return Kind.SCRIPT


def _part(config: Config, key: str) -> Config | None:
    section = config.setting(key).value
    return config.within(config.document, section) if isinstance(section, Mapping) else None


def _made(section: Config) -> Made | None:
    """Without a class's name, a section of arguments for checkpoints is taken as such."""
    named = section.word(*_CLASS)
    path = named.value
    arguments = next((part for key in _ARGUMENTS if (part := _part(section, key))), section)
    if isinstance(path, str):
        return Made(path.rpartition(".")[2], arguments, named)
    checkpoint = arguments.has("every_n_train_steps") or arguments.has("every_n_epochs")
    return Made("ModelCheckpoint", arguments) if checkpoint else None
