"""What a framework's file reads from: one config, asked key by key.

    config.state("micro_batch_size", config.whole("per_device_train_batch_size", default=8))

A `Config` answers what a key says under the framework's own loader and collects what the framework
makes of it: claims, relations and facts. What cannot be known from the file (an interpolation, text
where a number is needed) is `UNKNOWN` and claims nothing: never a guess.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from collections.abc import Mapping as MappingABC
from dataclasses import dataclass, field
from math import inf
from typing import TYPE_CHECKING, NamedTuple

from schedlint.plan import Claim, Interval, Number, Origin, Relation
from schedlint.reading.facts import Fact
from schedlint.reading.place import Place, place_of
from schedlint.reading.versions import Branch, Change
from schedlint.source import UNKNOWN, Document, Entry, Mapping, Node, Scalar, value_of

if TYPE_CHECKING:
    from schedlint.reading.framework import Companion

AUTO = "auto"
"""What a DeepSpeed file says where the trainer is to fill a value in."""


class Setting(NamedTuple):
    """What a config says under one key.

    `value` is what the loader reads, the default where the key is absent, or `UNKNOWN`.
    """

    key: str
    value: object
    entry: Entry | None = None
    default: bool = False

    @property
    def stated(self) -> bool:
        """Whether the file holds the key."""
        return self.entry is not None

    @property
    def known(self) -> bool:
        """Whether there is a value that can be told from the file."""
        return self.value is not UNKNOWN and self.value is not None

    @property
    def number(self) -> Number | None:
        """The value where it is a known number."""
        value = self.value
        return value if isinstance(value, (int, float)) and not isinstance(value, bool) else None

    @property
    def written(self) -> str | None:
        """What the file says word for word, where that is a single value."""
        node = None if self.entry is None else self.entry.value
        return node.source if isinstance(node, Scalar) else None

    @property
    def text(self) -> str:
        """The line for a reader: `warmup_steps: 100`, or the default in words."""
        if self.entry is None:
            return f"{self.key} is not given: {_shown(self.value)} by default"
        return f"{self.key}: {_shown_source(self.entry)}"

    @property
    def place(self) -> Place | None:
        """Where it stands; None for a default."""
        return None if self.entry is None else place_of(self.entry)


class Misreading(NamedTuple):
    """A value that the framework's loader reads as something else than the framework needs."""

    setting: Setting
    needed: str
    read: str


class Remedy(NamedTuple):
    """What would end a refusal: a setting of the same file, and the value that it should have."""

    setting: Setting
    value: bool | int | float | str | None
    """The value; None where the key should go."""
    only: bool = False
    """Whether nothing else fits the rest of the file."""


class Refusal(NamedTuple):
    """A value that the framework refuses at its start, and why."""

    setting: Setting
    why: str
    remedy: Remedy | None = None


class Gone(NamedTuple):
    """A key that the framework has not known since a change, and what to write instead.

    `renamed`: from when on the new key is there as well.
    """

    key: str
    change: Change
    instead: str
    renamed: Change | None = None


class Instead(NamedTuple):
    """What says today what a key that is gone has said: one of another name."""

    key: str
    value: bool | int | float | str | None = None
    """Its value; None: the same as before."""
    beside: tuple[tuple[str, bool | int | float | str], ...] = ()
    """Keys that have to stand beside it, with their values."""


class Automatic(NamedTuple):
    """An `auto` of a DeepSpeed file, and which key of the trainer fills it, if one does."""

    setting: Setting
    filled_by: str | None


@dataclass
class Reading:
    """All that a framework made of a run's files."""

    claims: list[Claim] = field(default_factory=list)
    relations: list[Relation] = field(default_factory=list)
    facts: dict[str, Fact] = field(default_factory=dict)
    misreadings: list[Misreading] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    automatics: list[Automatic] = field(default_factory=list)
    fillable: list[Setting] = field(default_factory=list)
    """Values of a DeepSpeed file that its trainer would fill in, and compares with its own."""
    gone_keys: list[tuple[Setting, Gone]] = field(default_factory=list)
    going_keys: list[tuple[Setting, Gone]] = field(default_factory=list)
    documents: list[Document] = field(default_factory=list)


NumbersByName = MappingABC[str, Number]


class Config:
    """One document of a run, as its framework reads it. See the module's docstring.

    `told` holds the quantities that somebody tells from outside the files (`--world-size`).
    """

    def __init__(
        self,
        document: Document,
        branch: Branch,
        companions: Iterable[Companion] = (),
        reading: Reading | None = None,
        root: Node | None = None,
        told: NumbersByName | None = None,
    ) -> None:
        self.document = document
        self.told: NumbersByName = {} if told is None else told
        self.root = document.root if root is None else root
        self.companions = tuple(companions)
        self.reading = Reading() if reading is None else reading
        if document not in self.reading.documents:
            self.reading.documents.append(document)
        self._branch = branch

    def within(self, document: Document, root: Node | None = None) -> Config:
        """Another document (or a part of one) of the same run, read into the same reading."""
        return Config(document, self._branch, (), self.reading, root, self.told)

    def companion(self, framework: str) -> Config | None:
        """The companion file of that kind, where the run has one."""
        for companion in self.companions:
            if companion.framework == framework:
                return self.within(companion.document)
        return None

    def since(self, change: Change) -> bool:
        """Whether the version in force has the change."""
        return self._branch.since(change)

    def decides(self, change: Change) -> bool:
        """Whether the known versions answer `since` without making a branch."""
        return self._branch.decides(change)

    # What the file says.

    def has(self, key: str) -> bool:
        """Whether the file holds a dotted key."""
        return self.entry(key) is not None

    def entry(self, key: str) -> Entry | None:
        """The entry under a dotted key, where the file has one."""
        node = self.root
        found: Entry | None = None
        for name in key.split("."):
            found = node.get(name) if isinstance(node, Mapping) else None
            if found is None:
                return None
            node = found.value
        return found

    def setting(self, *keys: str, default: object = None) -> Setting:
        """What the first present of some keys says, as the loader reads it.

        A mapping or a list is its node. Without the key, the default.
        """
        for key in keys:
            entry = self.entry(key)
            if entry is not None:
                return Setting(key, value_of(entry.value), entry)
        return Setting(keys[0], default, None, default=True)

    def whole(self, *keys: str, default: int | None = None, text_counts: bool = False) -> Setting:
        """A whole number. `text_counts`: the framework converts text such as `"8"` itself."""
        setting = self.real(*keys, default=default, text_counts=text_counts, needed="whole number")
        value = setting.value
        if isinstance(value, float) and value.is_integer():
            return setting._replace(value=int(value))
        return setting

    def real(
        self,
        *keys: str,
        default: float | None = None,
        text_counts: bool = False,
        needed: str = "number",
    ) -> Setting:
        """A number, as the framework gets it: a float stays one. Never nan or infinite."""
        setting = self.setting(*keys, default=default)
        value = setting.value
        if isinstance(value, str) and text_counts:
            value = _number(value)
            if isinstance(value, int) or (value is not None and math.isfinite(value)):
                return setting._replace(value=value)
        if isinstance(setting.value, (str, bool)):
            if setting.value != AUTO:
                self._misread(setting, f"a {needed}")
            return setting._replace(value=UNKNOWN)
        if value is None or isinstance(value, int):
            return setting
        if isinstance(value, float) and math.isfinite(value):
            return setting
        return setting._replace(value=UNKNOWN)

    def flag(self, *keys: str, default: bool | None = False) -> Setting:
        """Yes or no."""
        setting = self.setting(*keys, default=default)
        if setting.value is None or isinstance(setting.value, bool):
            return setting
        return setting._replace(value=UNKNOWN)

    def word(self, *keys: str, default: str | None = None) -> Setting:
        """A word of the framework's own, such as a strategy; YAML's `no` is read as false."""
        setting = self.setting(*keys, default=default)
        if setting.value is None or isinstance(setting.value, str):
            return setting
        return setting._replace(value=UNKNOWN)

    def _misread(self, setting: Setting, needed: str) -> None:
        read = "text" if isinstance(setting.value, str) else "a boolean"
        misreading = Misreading(setting, needed, read)
        if misreading not in self.reading.misreadings:
            self.reading.misreadings.append(misreading)

    # What the framework makes of it.

    def state(self, quantity: str, setting: Setting) -> Setting:
        """Claim that a quantity is what the setting says, if that is known."""
        number = setting.number
        if number is not None:
            self.claim(quantity, Interval.exactly(number), setting)
        return setting

    def at_most(self, quantity: str, setting: Setting) -> None:
        """Claim that a quantity is no more than the setting says."""
        number = setting.number
        if number is not None:
            self.claim(quantity, Interval(-inf, number), setting)

    def claim(self, quantity: str, interval: Interval, setting: Setting) -> None:
        """Claim what a setting says; a default gives way to what was told from outside."""
        if not setting.stated and quantity in self.told:
            return
        origin = Origin.STATED if setting.stated else Origin.DEFAULT
        claim = Claim(quantity, interval, origin, setting.text, setting.place)
        self.reading.claims.append(claim)

    def default(self, quantity: str, value: Number, why: str) -> None:
        """Claim what holds where nothing says otherwise; `why` is the line for a reader."""
        if quantity in self.told:
            return
        claim = Claim(quantity, Interval.exactly(value), Origin.DEFAULT, why)
        self.reading.claims.append(claim)

    def relate(self, *relations: Relation) -> None:
        """Say that these formulas hold between the quantities."""
        self.reading.relations.extend(relations)

    def fact(self, name: str, setting: Setting) -> Setting:
        """Record a fact as the setting says it."""
        origin = Origin.STATED if setting.stated else Origin.DEFAULT
        fact = Fact(name, setting.value, origin, setting.text, setting.place)
        self.reading.facts[name] = fact
        return setting

    def refuse(self, setting: Setting, why: str, remedy: Remedy | None = None) -> None:
        """Record that the framework refuses what the setting says; `why` is the line for a
        reader.
        """
        self.reading.refusals.append(Refusal(setting, why, remedy))

    def find_gone(self, gone: Iterable[Gone]) -> None:
        """Record the keys of the file that the version in force does not know any more, and those
        that it knows by two names where another version that is possible knows but one.
        """
        for each in gone:
            if not self.has(each.key):
                continue
            if self.since(each.change):
                self.reading.gone_keys.append((self.setting(each.key), each))
            elif self._branch.may_have(each.change) and each.renamed and self.since(each.renamed):
                self.reading.going_keys.append((self.setting(each.key), each))

    def claims_on(self, quantity: str) -> bool:
        """Whether anything has been claimed of a quantity so far."""
        return any(claim.quantity == quantity for claim in self.reading.claims)


def _number(text: str) -> int | float | None:
    try:
        return int(text)
    except ValueError:
        pass
    try:
        return float(text)
    except ValueError:
        return None


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "nothing" if value is None else str(value)


def _shown_source(entry: Entry) -> str:
    node = entry.value
    if isinstance(node, Scalar):
        source = " ".join(node.source.split())
        return (source if len(source) <= 60 else source[:57] + "…") or "(nothing)"
    return "{…}" if isinstance(node, Mapping) else "[…]"
