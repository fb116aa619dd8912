"""What MMEngine stops at: in `Runner()`, while it builds loops and optimizer wrapper.

Only what this file shows counts: a key that is missing may stand in the config that it builds on.

Sources: mmengine `config/config.py:Config.__init__`; `runner/runner.py:Runner.__init__`,
`build_train_loop`, `scale_lr`, `_maybe_compile`; `runner/loops.py`;
`runner/utils.py:calc_dynamic_intervals`;
`optim/optimizer/optimizer_wrapper.py:OptimWrapper.__init__`,
`amp_optimizer_wrapper.py:AmpOptimWrapper.__init__`,
`default_constructor.py:DefaultOptimWrapperConstructor._validate_cfg`.
"""

from __future__ import annotations

from collections.abc import Iterator

from schedlint.frameworks.mmengine.changes import COMPILE, RESERVED_VARIABLES, has_key
from schedlint.frameworks.mmengine.parts import OURS, Loop, Parts, refuse_others, type_of
from schedlint.frameworks.mmengine.refused_hooks import read_refused_hooks
from schedlint.frameworks.mmengine.refused_schedules import read_refused_schedules
from schedlint.reading.config import Config, Setting
from schedlint.source import UNKNOWN, Mapping, Sequence
from schedlint.source.python import TUPLE_TAG

_LOOP = OURS | {"by_epoch", "val_begin", "val_interval", "dynamic_intervals"}
_WRAPPER = OURS | {"optimizer", "accumulative_counts", "clip_grad", "constructor", "paramwise_cfg"}
_WRAPPERS = {
    "OptimWrapper": _WRAPPER,
    "AmpOptimWrapper": _WRAPPER | {"loss_scale", "dtype", "use_fsdp"},
}
_TRIOS = (
    ("train_dataloader", "train_cfg", "optim_wrapper"),
    ("val_dataloader", "val_cfg", "val_evaluator"),
    ("test_dataloader", "test_cfg", "test_evaluator"),
)
"""Loader, loop and what works on them: all three or none."""
_PRECISIONS = ("float16", "bfloat16", "float32", "float64")


def read_refusals(parts: Parts, loop: Loop) -> None:
    """Record every key and value that is refused, for itself or for its neighbour."""
    _refuse_names(parts.config)
    _refuse_loop(parts, loop)
    _refuse_wrapper(parts)
    if parts.config.setting("runner_type", default="Runner").value in ("Runner", "FlexibleRunner"):
        _refuse_parts(parts)
    read_refused_hooks(parts, loop)
    scaling = parts.config.setting("auto_scale_lr.enable")
    missing = not parts.config.has("auto_scale_lr.base_batch_size")
    if scaling.value is True and missing and not parts.open("auto_scale_lr"):
        parts.config.refuse(scaling, "base_batch_size is missing beside it")
    read_refused_schedules(parts, loop)


def _refuse_names(config: Config) -> None:
    """Names that a config object has for itself, and a value that is no switch."""
    for name in ("filename", "text", "pretty_text", "env_variables"):
        own = config.setting(name, default=UNKNOWN)
        if own.value is UNKNOWN:  # perhaps a function or a module, which is left out
            continue
        if name != "env_variables" or config.since(RESERVED_VARIABLES):
            config.refuse(own, "the config has this name for itself; rename it")
    switch = config.setting("compile")
    other = isinstance(switch.value, (str, Sequence)) or type(switch.value) in (int, float)
    if other and has_key(config, COMPILE):
        config.refuse(switch, "it is true, false or the arguments of torch.compile")


def _refuse_loop(parts: Parts, loop: Loop) -> None:
    config = parts.config
    by_epoch = config.setting("train_cfg.by_epoch")
    if by_epoch.stated and config.has("train_cfg.type"):
        config.refuse(
            by_epoch, "train_cfg has a type as well, and only one of the two may be there"
        )
        return
    if loop is not Loop.UNKNOWN:
        length = "max_epochs" if loop is Loop.EPOCHS else "max_iters"
        refuse_others(config, "train_cfg", _LOOP | {length}, f"the loop by {loop.value}")
        if not config.has(f"train_cfg.{length}") and not parts.open("train_cfg"):
            config.refuse(config.setting("train_cfg"), f"{length} is missing")
    dynamic = config.setting("train_cfg.dynamic_intervals")
    pairs = dynamic.value.items if isinstance(dynamic.value, Sequence) else []
    if any(isinstance(p.value, Sequence) and p.value.tag != TUPLE_TAG for p in pairs):
        config.refuse(dynamic, "it must be a list of tuples, and these are lists")
    elif isinstance(dynamic.value, Sequence) and dynamic.value.tag == TUPLE_TAG:
        config.refuse(dynamic, "it must be a list of tuples, and this is a tuple")


def _refuse_wrapper(parts: Parts) -> None:
    config, section = parts.config, "optim_wrapper"
    kind = type_of(config, section)
    if kind is None and not parts.open(section):
        kind = "OptimWrapper"
    built_in = not config.has(f"{section}.constructor")
    if kind in _WRAPPERS and built_in:
        refuse_others(config, section, _WRAPPERS[kind], kind)
    if kind in (*_WRAPPERS, "ApexOptimWrapper"):
        _refuse_clipping(parts)
    if kind == "AmpOptimWrapper":
        _refuse_precision(config)
    if built_in and not parts.open(section):
        _refuse_decay(parts)


def _refuse_clipping(parts: Parts) -> None:
    """What `clip_grad_norm_` or `clip_grad_value_` takes, in a mapping with something in it."""
    config, section = parts.config, "optim_wrapper.clip_grad"
    clip = config.setting(section)
    if isinstance(clip.value, (bool, int, float, str, Sequence)):
        config.refuse(clip, "it is a mapping such as max_norm: 1.0")
    elif isinstance(clip.value, Mapping):
        names = set(clip.value.effective()) - {"_delete_"}
        if names <= {"type"} and not parts.open(section):
            config.refuse(clip, "it holds nothing to clip by, such as max_norm")
        kind = config.setting(f"{section}.type")
        if isinstance(kind.value, str) and kind.value not in ("norm", "value"):
            config.refuse(kind, "it is norm or value")


def _refuse_precision(config: Config) -> None:
    """`AmpOptimWrapper` takes a scale as a float only: 512 is none."""
    scale, half = (config.setting(f"optim_wrapper.{name}") for name in ("loss_scale", "dtype"))
    text = isinstance(scale.value, str) and scale.value != "dynamic"
    null = scale.stated and scale.value is None
    if type(scale.value) is int:
        config.refuse(scale, f"a fixed scale is a float; write {float(scale.value)}")
    elif text or null or isinstance(scale.value, (bool, Sequence)):
        config.refuse(scale, "it is dynamic, a float or a mapping")
    if isinstance(half.value, str) and half.value not in _PRECISIONS:
        config.refuse(half, f"it is one of {', '.join(_PRECISIONS)}")


def _refuse_decay(parts: Parts) -> None:
    """`DefaultOptimWrapperConstructor._validate_cfg`: a factor needs a weight decay to multiply."""
    config = parts.config
    base = config.setting("optim_wrapper.optimizer.weight_decay")
    optimizer = config.setting("optim_wrapper.optimizer").value
    if base.value is not None or not isinstance(optimizer, Mapping):
        return
    if parts.open("optim_wrapper.optimizer"):
        return
    for factor in _decay_factors(config, "optim_wrapper.paramwise_cfg"):
        config.refuse(factor, "the optimizer has no weight_decay that it could multiply")
        return


def _decay_factors(config: Config, section: str) -> Iterator[Setting]:
    for name in ("bias_decay_mult", "norm_decay_mult", "dwconv_decay_mult"):
        if config.has(f"{section}.{name}"):
            yield config.setting(f"{section}.{name}")
    keys = config.setting(f"{section}.custom_keys").value
    for entry in keys.effective().values() if isinstance(keys, Mapping) else ():
        if isinstance(entry.value, Mapping):
            inner = config.within(config.document, entry.value)
            if inner.has("decay_mult"):
                yield inner.setting("decay_mult")


def _refuse_parts(parts: Parts) -> None:
    """Trios of which only a part is there."""
    if parts.open(""):
        return
    for names in _TRIOS:
        settings = [parts.config.setting(name) for name in names]
        missing = [each.key for each in settings if each.value is None]
        if 0 < len(missing) < len(names):
            there = next(each for each in settings if each.value is not None)
            parts.config.refuse(there, f"{' and '.join(missing)} must be there as well")
