"""What MMEngine's hooks stop at: while the runner registers them, or before the first step.

Only what this file shows counts: a key that is missing may stand in the config that it builds on.

Sources: mmengine `runner/runner.py:Runner.register_default_hooks`, `register_hook`;
`hooks/checkpoint_hook.py:CheckpointHook.__init__`, `_init_rule`;
`hooks/logger_hook.py:LoggerHook.__init__`; `hooks/early_stopping_hook.py:EarlyStoppingHook`;
`hooks/ema_hook.py:EMAHook.__init__`, `before_train`; `runner/log_processor.py:LogProcessor`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from schedlint.frameworks.mmengine.changes import (
    BACKEND_ARGS,
    LOGGER_HOOK_CHECKS,
    PUBLISHED_KEYS,
    has_key,
)
from schedlint.frameworks.mmengine.hooks import custom
from schedlint.frameworks.mmengine.parts import (
    OURS,
    Loop,
    Parts,
    length_of,
    refuse_others,
    type_of,
    words_of,
)
from schedlint.plan import Number
from schedlint.reading.config import Config, Setting
from schedlint.source import UNKNOWN, Mapping, Sequence

_DEFAULT = {"runtime_info", "timer", "sampler_seed", "logger", "param_scheduler", "checkpoint"}
_CHECKPOINT = OURS | {
    *("interval", "by_epoch", "save_optimizer", "save_param_scheduler", "out_dir", "save_last"),
    *("max_keep_ckpts", "save_best", "rule", "greater_keys", "less_keys", "file_client_args"),
    *("filename_tmpl", "backend_args", "published_keys", "save_begin", "priority"),
}
_GREATER = ("acc", "top", "ar@", "auc", "precision", "map", "mdice", "miou", "macc", "aacc")
_LESS = ("loss",)
"""Parts of a metric's name that tell whether more or less of it is better, in lower case."""


class _Hook(NamedTuple):
    """One hook, and whether some of its keys may stand in another file."""

    config: Config
    kind: str | None
    open: bool

    def setting(self, key: str) -> Setting:
        """What the hook says; UNKNOWN where another file may say it."""
        return self.config.setting(key, default=UNKNOWN if self.open else None)


def read_refused_hooks(parts: Parts, loop: Loop) -> None:
    """Record what a hook refuses, for itself or for its neighbour."""
    begin = parts.config.whole("default_hooks.checkpoint.save_begin")
    if begin.number is not None and begin.number < 0:
        parts.config.refuse(begin, "it cannot be below 0")
    for hook in (*_defaults(parts), *_custom(parts.config)):
        if hook.kind == "CheckpointHook":
            refuse_others(hook.config, "", _CHECKPOINT, "CheckpointHook")
            _refuse_checkpoint(hook)
        elif hook.kind == "LoggerHook":
            _refuse_logger(hook.config)
        elif hook.kind == "EarlyStoppingHook":
            _refuse_early_stopping(hook.config)
        elif hook.kind == "EMAHook":
            _refuse_average(hook.config, loop, parts.config)
    _refuse_log_processor(parts.config)


def _defaults(parts: Parts) -> Iterator[_Hook]:
    """Those of `default_hooks`. One that is no mapping, or has no type, cannot be registered."""
    config = parts.config
    hooks = config.setting("default_hooks").value
    for name, entry in hooks.effective().items() if isinstance(hooks, Mapping) else ():
        section = f"default_hooks.{name}"
        setting, is_open = config.setting(section), parts.open(section)
        if setting.value is None and name not in _DEFAULT:
            known = ", ".join(sorted(_DEFAULT))
            config.refuse(setting, f"null takes away a default hook ({known}); remove the line")
        if isinstance(entry.value, Mapping) and name != "_delete_":
            if not config.has(f"{section}.type") and not is_open:
                config.refuse(setting, "it takes the place of the default, and its type is missing")
            yield _Hook(
                config.within(config.document, entry.value), type_of(config, section), is_open
            )


def _custom(config: Config) -> Iterator[_Hook]:
    """Those of `custom_hooks`, a list that no other file adds to."""
    for hook in custom(config):
        if not hook.has("type"):
            config.refuse(config.setting("custom_hooks"), "each hook needs a type")
        yield _Hook(hook, type_of(hook, ""), open=False)


def _refuse_checkpoint(hook: _Hook) -> None:
    config = hook.config
    best, rule = config.setting("save_best"), hook.setting("rule")
    names = words_of(best)
    if isinstance(best.value, Sequence) and len(names) > 1:
        if "auto" in names:
            config.refuse(best, "auto stands alone")
        elif _doubled(names):
            config.refuse(best, f"{_doubled(names)} stands in it twice")
        rules = length_of(rule)
        if rules is not None and rules not in (1, len(names)):
            config.refuse(rule, f"it must be one, or as many as save_best has ({len(names)})")
    known = [word for word in names if isinstance(word, str)]
    if known:
        _refuse_rules(hook, best, rule, known)
    published = config.setting("published_keys")
    twice = _doubled(words_of(published))
    if twice is not None and has_key(config, PUBLISHED_KEYS):
        config.refuse(published, f"{twice} stands in it twice")
    new, old = config.setting("backend_args"), config.setting("file_client_args")
    both = isinstance(new.value, Mapping) and isinstance(old.value, Mapping)
    if both and has_key(config, BACKEND_ARGS):
        config.refuse(old, "backend_args is given as well, and only one of the two may be")


def _refuse_rules(hook: _Hook, best: Setting, rule: Setting, names: list[str]) -> None:
    for word in words_of(rule):
        if isinstance(word, str) and word not in ("greater", "less"):
            hook.config.refuse(rule, "it is greater or less")
    keys = [hook.setting(name).value for name in ("greater_keys", "less_keys")]
    if rule.value is None and keys == [None, None]:
        for name in names:
            if name != "auto" and not _tells_its_rule(name):
                hook.config.refuse(best, f"{name} does not tell what is better; add rule")


def _tells_its_rule(metric: str) -> bool:
    return any(part in metric.lower() for part in (*_GREATER, *_LESS))


def _doubled(words: list[object]) -> str | None:
    """The first text that stands in a list twice."""
    texts = [word for word in words if isinstance(word, str)]
    return next((word for word in texts if texts.count(word) > 1), None)


def _refuse_logger(config: Config) -> None:
    """Since 0.7.3 the hook looks at its arguments; before, 0 meant no line at all."""
    for name in ("interval", "interval_exp_name"):
        setting = config.setting(name)
        wrong = setting.known and not isinstance(setting.value, int)
        low = isinstance(setting.value, (int, float)) and setting.value <= 0
        if (wrong or low or _is_null(setting)) and config.since(LOGGER_HOOK_CHECKS):
            config.refuse(setting, "it is a whole number above 0")
    for name in ("ignore_last", "keep_local"):
        setting = config.setting(name)
        wrong = setting.known and not isinstance(setting.value, bool)
        if (wrong or _is_null(setting)) and config.since(LOGGER_HOOK_CHECKS):
            config.refuse(setting, "it is true or false")


def _is_null(setting: Setting) -> bool:
    return setting.stated and setting.value is None


def _refuse_early_stopping(config: Config) -> None:
    rule, monitor = config.setting("rule"), config.setting("monitor")
    if isinstance(rule.value, str) and rule.value not in ("greater", "less"):
        config.refuse(rule, "it is greater or less")
    name = monitor.value
    if rule.value is None and isinstance(name, str) and not _tells_its_rule(name):
        config.refuse(monitor, f"{name} does not tell what is better; add rule")
    if not monitor.stated:
        config.refuse(config.setting("type"), "monitor is missing")


def _refuse_average(config: Config, loop: Loop, whole: Config) -> None:
    """A running average that begins after so many iterations or epochs."""
    iterations, epochs = config.real("begin_iter", default=0), config.real("begin_epoch", default=0)
    for begin in (iterations, epochs):
        if begin.number is not None and begin.number < 0:
            config.refuse(begin, "it cannot be below 0")
    if iterations.number and epochs.number:
        config.refuse(epochs, "begin_iter is given as well, and only one of the two may be")
    elif (epochs.number or 0) > 0:
        _refuse_late(config, epochs, _epochs(loop, whole), "epochs")
    elif loop is Loop.ITERATIONS:
        run = whole.whole("train_cfg.max_iters").number
        _refuse_late(config, iterations, run, "iterations")


def _epochs(loop: Loop, whole: Config) -> Number | None:
    """`Runner.max_epochs`: a run by iterations is one epoch."""
    if loop is Loop.ITERATIONS:
        return 1
    return whole.whole("train_cfg.max_epochs").number if loop is Loop.EPOCHS else None


def _refuse_late(config: Config, begin: Setting, run: Number | None, unit: str) -> None:
    if run is not None and begin.number is not None and begin.number > run:
        has = f"the run has {run} {unit}" if run != 1 else "a run by iterations is one epoch"
        config.refuse(begin, f"{has}, and it must begin within them")


def _refuse_log_processor(config: Config) -> None:
    """Averages over an epoch, where nothing counts epochs."""
    if config.flag("log_processor.by_epoch", default=True).value is not False:
        return
    if type_of(config, "log_processor") not in (None, "LogProcessor"):
        return
    listed = config.setting("log_processor.custom_cfg")
    for item in listed.value.items if isinstance(listed.value, Sequence) else ():
        if isinstance(item.value, Mapping):
            entry = config.within(config.document, item.value)
            window = entry.setting("window_size")
            if window.value == "epoch":
                entry.refuse(window, "log_processor has by_epoch false: it knows no epochs")
