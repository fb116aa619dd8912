"""The parts of an MMEngine config, and which of them may stand in another file."""

from __future__ import annotations

from enum import Enum

from schedlint.plan import Interval
from schedlint.reading.config import Config, Setting
from schedlint.source import UNKNOWN, Mapping, Scalar, Sequence, value_of
from schedlint.source.python import BASES

OURS = frozenset({"type", "_delete_", "_scope_"})
"""Keys that the config's own machinery takes out before a class is built."""
_WHOLE_RUN = ("model", "train_dataloader", "train_cfg", "optim_wrapper")
"""What every run needs (mmengine runner/runner.py:Runner.__init__)."""


class Loop(Enum):
    """What a train loop counts."""

    EPOCHS = "epochs"
    ITERATIONS = "iterations"
    UNKNOWN = "unknown"


class Parts:
    """One config, asked section by section; see `default`."""

    def __init__(self, config: Config) -> None:
        self.config = config
        bases = any(config.has(name) for name in ("_base_", BASES))
        self._alone = not bases and self._is_whole()
        self.loop = self._loop()
        self.sampler = type_of(config, "train_dataloader.sampler")

    def _is_whole(self) -> bool:
        """Whether every section that a run needs stands in this file."""
        return all(self.config.has(name) for name in _WHOLE_RUN)

    def open(self, section: str) -> bool:
        """Whether something of a section may stand in a file that this one does not show."""
        node = self.config.root
        for name in section.split(".") if section else ():
            entry = node.get(name) if isinstance(node, Mapping) else None
            if entry is None:
                return not self._alone
            node = entry.value
            if not isinstance(node, Mapping):
                return True
            if self._replaces(node):
                return False
        return not self._alone

    def _replaces(self, node: Mapping) -> bool:
        """`_delete_=True`: nothing of the base's section is left."""
        return self.config.within(self.config.document, node).flag("_delete_").value is True

    def default(self, section: str, value: object) -> object:
        """What holds where a section does not say: the value, or UNKNOWN where it is open."""
        return UNKNOWN if self.open(section) else value

    def whole(self, section: str, key: str, value: int) -> Setting:
        """A whole number of a section, with the framework's default."""
        setting = self.config.whole(f"{section}.{key}", default=value)
        return setting if setting.stated else setting._replace(value=self.default(section, value))

    def flag(self, section: str, key: str, value: bool) -> Setting:
        """Yes or no, with the framework's default."""
        setting = self.config.flag(f"{section}.{key}", default=value)
        return setting if setting.stated else setting._replace(value=self.default(section, value))

    def drop_last(self) -> Setting:
        """Whether the loader drops a short last batch; a batch sampler decides for itself."""
        if self.config.setting("train_dataloader.batch_sampler").value is None:
            return self.flag("train_dataloader", "drop_last", False)
        # mmdet datasets/samplers/batch_sampler.py:AspectRatioBatchSampler keeps every sample.
        dropped = self.flag("train_dataloader.batch_sampler", "drop_last", False)
        kept = type_of(self.config, "train_dataloader.batch_sampler") == "AspectRatioBatchSampler"
        return dropped if kept and dropped.value is False else dropped._replace(value=UNKNOWN)

    @property
    def accumulation(self) -> int | None:
        """Micro-batches per optimizer step, where the config or somebody else tells."""
        for claim in self.config.reading.claims:
            if claim.quantity == "gradient_accumulation_steps" and claim.interval.known:
                return int(claim.interval.low) or None
        told = self.config.told.get("gradient_accumulation_steps")
        return None if told is None else int(told)

    def claim_in_steps(self, quantity: str, setting: Setting) -> None:
        """Claim an interval in iterations as one in optimizer steps, as near as it comes."""
        iterations, accumulation = setting.number, self.accumulation
        if isinstance(iterations, int) and iterations > 0 and accumulation is not None:
            low, high = iterations // accumulation, -(-iterations // accumulation)
            self.config.claim(quantity, Interval(max(low, 1), high), setting)

    def _loop(self) -> Loop:
        """`by_epoch`, or the type; a part of a config shows it by what it counts."""
        config = self.config
        kind, by_epoch = type_of(config, "train_cfg"), config.setting("train_cfg.by_epoch").value
        if kind in ("EpochBasedTrainLoop", "IterBasedTrainLoop"):
            return Loop.EPOCHS if kind == "EpochBasedTrainLoop" else Loop.ITERATIONS
        if kind is not None or config.has("train_cfg.type"):
            return Loop.UNKNOWN
        if isinstance(by_epoch, bool):
            return Loop.EPOCHS if by_epoch else Loop.ITERATIONS
        if by_epoch is not None:
            return Loop.UNKNOWN
        if not self.open("train_cfg"):
            return Loop.ITERATIONS  # `ConfigDict.pop` gives None for what is not there
        counts = [config.has(f"train_cfg.{name}") for name in ("max_epochs", "max_iters")]
        if counts == [True, False]:
            return Loop.EPOCHS
        return Loop.ITERATIONS if counts == [False, True] else Loop.UNKNOWN


def type_of(config: Config, section: str) -> str | None:
    """The class that a section names, without scope or module; None where it names none."""
    entry = config.entry(f"{section}.type" if section else "type")
    if entry is None or not isinstance(entry.value, Scalar):
        return None
    return entry.value.text.rpartition(".")[2]


def refuse_others(config: Config, section: str, known: frozenset[str], who: str) -> None:
    """Refuse the keys of a section that the class behind it does not take."""
    node = config.setting(section).value if section else config.root
    for name in node.effective() if isinstance(node, Mapping) else ():
        if name not in known:
            key = f"{section}.{name}" if section else name
            config.refuse(config.setting(key), f"{who} does not take it")


def length_of(setting: Setting) -> int | None:
    """How many items a list has."""
    return len(setting.value.items) if isinstance(setting.value, Sequence) else None


def words_of(setting: Setting) -> list[object]:
    """The items of a list, or the one value; nothing where it is a mapping."""
    if isinstance(setting.value, Sequence):
        return [value_of(item.value) for item in setting.value.items]
    return [] if isinstance(setting.value, Mapping) else [setting.value]
