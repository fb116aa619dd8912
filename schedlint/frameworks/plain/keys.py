"""Configs of hand-written training loops: plain names, a plain loop's arithmetic.

The names stand in `plain.py`, the arithmetic in `loop.py`. What a plain name leaves open (a period
in steps or epochs, a batch per process or for all) claims only what holds either way.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import inf

from schedlint.frameworks.plain import loop
from schedlint.frameworks.plain import names as plain
from schedlint.plan import WORDS, Interval, Number
from schedlint.reading.config import Config, Setting
from schedlint.reading.framework import Framework
from schedlint.reading.milestones import read_milestones
from schedlint.source import UNKNOWN, Mapping, Scalar

RATES = frozenset(
    {"lr", "learning_rate", "base_lr", "max_lr", "min_lr", "peak_lr", "init_lr", "initial_lr"}
    | {"lr_min", "eta_min", "warmup_lr", "weight_decay", "eps", "epsilon", "adam_epsilon"}
)
"""Names of numbers that people write as `1e-4`."""

_WHERE_UNITS_DIFFER = ("steps_per_epoch", "iterations")
"""What loops count in micro-batches or in optimizer steps."""


class Generic(Framework):
    """A config of no known framework whose names speak for themselves."""

    name = "generic"
    title = "plain training loop"
    may_refuse_duplicates = True
    versions = "any: plain names have no versions"
    words = loop.WORDS
    applies = loop.APPLIES
    home = "https://docs.pytorch.org/docs/stable/data.html"

    def read(self, config: Config) -> None:
        told = plain.settings(config.root)
        _settle_batches(told)
        _settle_units(told)
        _settle_processes(told)
        given: dict[str, Number | None] = {
            name: setting.number for name, setting in told.items() if name in WORDS
        }
        for name, setting in told.items():
            if name in WORDS and name != "warmup_steps":
                config.state(name, setting)
        drop_last = told.get("drop_last", Setting("drop_last", None, default=True))
        config.fact(
            "drop_last", drop_last._replace(value=False) if drop_last.default else drop_last
        )
        loop.relate(config, {**given, **config.told}, drop_last)
        _read_limits(config, told)
        _read_engine(config, told)
        _read_warmup(config, told)
        _read_periods(config, told, {**given, **config.told})
        _read_scheduler(config)
        _read_rates(config)


def _settle_batches(told: dict[str, Setting]) -> None:
    """Whether `batch_size` is a process's own batch: not beside another name for that one.

    A number of samples smaller than the batch is no size of a training set.
    """
    loose = told.pop("batch_size", None)
    whole = told.get("global_batch_size")
    if loose is not None and (whole is None or whole.value != loose.value):
        told.setdefault("micro_batch_size", loose)
    samples, batch = told.get("dataset_size"), told.get("micro_batch_size")
    if samples is not None and batch is not None and (samples.number or inf) < (batch.number or 0):
        told["dataset_size"] = samples._replace(value=UNKNOWN)


def _settle_units(told: dict[str, Setting]) -> None:
    """Iterations are optimizer steps where one micro-batch makes one."""
    accumulation = told.get("gradient_accumulation_steps")
    if accumulation is not None and accumulation.number != 1:
        for name in _WHERE_UNITS_DIFFER:
            if name in told:
                told[name] = told[name]._replace(value=UNKNOWN)
    iterations = told.pop("iterations", None)
    if iterations is not None:
        told.setdefault("max_steps", iterations)


def _settle_processes(told: dict[str, Setting]) -> None:
    """On several nodes, a number of GPUs may be one node's own; `world_size` is everybody's."""
    nodes, world = told.pop("nodes", None), told.get("world_size")
    if nodes is None or nodes.number == 1:
        return
    if world is None or plain.plain(world.key.rpartition(".")[2]) != "world_size":
        told["world_size"] = (world or nodes)._replace(value=UNKNOWN)


def _read_limits(config: Config, told: dict[str, Setting]) -> None:
    """Scripts of Hugging Face's kind count `max_train_steps`, whatever `num_train_epochs` says."""
    both = (told.get("max_steps"), told.get("epochs"))
    names = [plain.plain(each.key.rpartition(".")[2]) for each in both if each is not None]
    if names == ["max_train_steps", "num_train_epochs"]:
        config.default("limit_wins", 1, "max_train_steps counts, whatever num_train_epochs says")


def _read_engine(config: Config, told: dict[str, Setting]) -> None:
    """What DeepSpeed's file says again of the accumulation must be the same."""
    engine = config.companion("deepspeed")
    if engine is not None and "gradient_accumulation_steps" in told:
        engine.state("gradient_accumulation_steps", engine.whole("gradient_accumulation_steps"))


def _read_warmup(config: Config, told: dict[str, Setting]) -> None:
    """Warm-up in one unit; where a config gives several, which one counts is unknown."""
    given = [name for name in ("warmup_steps", "warmup_epochs", "warmup_ratio") if name in told]
    if len(given) == 1:
        config.state(given[0], told[given[0]])
        if given[0] == "warmup_epochs":
            config.relate(loop.warmup_of_epochs)
        elif given[0] == "warmup_ratio":
            config.relate(loop.warmup_of_ratio)


def _read_periods(config: Config, told: dict[str, Setting], given: loop.Given) -> None:
    """`save_every: 10` is at least 10 steps, whether it counts steps or epochs."""
    if given.get("gradient_accumulation_steps", 1) != 1:
        return
    for kind in ("eval", "save", "log"):
        period = told.get(f"{kind}_period")
        if period is not None and period.number is not None and f"{kind}_interval" not in told:
            config.claim(f"{kind}_interval", Interval(period.number, inf), period)


def _read_scheduler(config: Config) -> None:
    """The schedule's name, and its horizon where the config says that it advances by steps."""
    for key, _ in _sections(config.root):
        if not _is_schedule(key):
            continue
        kind = config.word(f"{key}.type", f"{key}.name", f"{key}.class")
        if kind.stated:
            config.fact("scheduler", kind)
        _read_milestones(config, key)
        if config.setting(f"{key}.interval", f"{key}.step_on").value in ("step", "batch"):
            _read_horizon(config, kind, key)
        return
    plain_kind = config.word("lr_scheduler", "scheduler", "lr_schedule")
    if plain_kind.stated:
        config.fact("scheduler", plain_kind)


def _read_milestones(config: Config, section: str) -> None:
    """Milestones in steps or epochs: a run that has fewer steps than that has fewer epochs, too."""
    inside = f"{section}.args" if config.has(f"{section}.args") else section
    milestones = config.setting(f"{inside}.milestones")
    if milestones.stated:
        read_milestones(config, milestones, in_epochs=False)


def _is_schedule(key: str) -> bool:
    return plain.plain(key) in ("lr_scheduler", "scheduler", "lr_schedule")


def _read_horizon(config: Config, kind: Setting, key: str) -> None:
    """The steps after which a schedule of torch's `optim/lr_scheduler.py` is over."""
    inside = f"{key}.args" if config.has(f"{key}.args") else key
    if kind.value == "OneCycleLR":
        total = config.whole(f"{inside}.total_steps")
        epochs, steps = (config.whole(f"{inside}.{n}") for n in ("epochs", "steps_per_epoch"))
        if total.known:
            config.state("decay_steps", total)
        elif epochs.number is not None and steps.number is not None:
            config.claim("decay_steps", Interval.exactly(epochs.number * steps.number), steps)
    elif kind.value == "CosineAnnealingLR":
        config.state("decay_steps", config.whole(f"{inside}.T_max"))


def _sections(root: object, prefix: str = "", depth: int = 1) -> Iterator[tuple[str, Mapping]]:
    """The mappings below, to a depth, with their dotted keys."""
    for entry in root.effective().values() if isinstance(root, Mapping) else ():
        if isinstance(entry.value, Mapping):
            yield prefix + entry.name, entry.value
            if depth > 1:
                yield from _sections(entry.value, f"{prefix}{entry.name}.", depth - 1)


def _read_rates(config: Config) -> None:
    """Note each rate that PyYAML reads as text (`1e-4` without a dot).

    A file with interpolations goes through another reader, which reads a number.
    """
    if config.document.file.format != "yaml" or "${" in config.document.text:
        return
    for prefix, section in (("", config.root), *_sections(config.root, depth=2)):
        for entry in section.effective().values() if isinstance(section, Mapping) else ():
            if plain.plain(entry.name) in RATES and _is_bare_number(entry.value):
                config.real(f"{prefix}.{entry.name}" if prefix else entry.name)


def _is_bare_number(node: object) -> bool:
    """Whether text without quotes would be a number to Python."""
    if not isinstance(node, Scalar) or node.style != "plain":
        return False
    try:
        float(node.text)
    except ValueError:
        return False
    return True


FRAMEWORK = Generic()
