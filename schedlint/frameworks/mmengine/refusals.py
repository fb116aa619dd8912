"""What MMEngine stops at: in `Runner()`, while it builds loops and schedulers, at the first step.

Only what this file shows counts: a key that is missing may stand in the config that it builds on.

Sources: mmengine `runner/runner.py:Runner.__init__`, `build_train_loop`, `scale_lr`;
`runner/loops.py`; `runner/utils.py:calc_dynamic_intervals`;
`optim/optimizer/optimizer_wrapper.py:OptimWrapper.__init__`;
`optim/scheduler/param_scheduler.py`; `registry/build_functions.py:build_scheduler_from_cfg`;
`hooks/checkpoint_hook.py:CheckpointHook`.
"""

from __future__ import annotations

from collections.abc import Iterator

from schedlint.frameworks.mmengine.parts import Loop, Parts, type_of
from schedlint.plan import Number
from schedlint.reading.config import Config, Setting
from schedlint.source import UNKNOWN, Mapping, Sequence
from schedlint.source.python import TUPLE_TAG

_OURS = frozenset({"type", "_delete_", "_scope_"})
"""Keys that the config's own machinery takes out before a class is built."""
_LOOP = _OURS | {"by_epoch", "val_begin", "val_interval", "dynamic_intervals"}
_WRAPPER = _OURS | {"optimizer", "accumulative_counts", "clip_grad", "constructor", "paramwise_cfg"}
_WRAPPERS = {
    "OptimWrapper": _WRAPPER,
    "AmpOptimWrapper": _WRAPPER | {"loss_scale", "dtype", "use_fsdp"},
}
_CHECKPOINT = _OURS | {
    *("interval", "by_epoch", "save_optimizer", "save_param_scheduler", "out_dir", "save_last"),
    *("max_keep_ckpts", "save_best", "rule", "greater_keys", "less_keys", "file_client_args"),
    *("filename_tmpl", "backend_args", "published_keys", "save_begin", "priority"),
}
_ANY_SCHEDULER = _OURS | {
    *("begin", "end", "last_step", "by_epoch", "verbose", "convert_to_iter_based")
}
_SCHEDULERS = {
    "ConstantLR": "factor",
    "CosineAnnealingLR": "T_max eta_min eta_min_ratio",
    "CosineRestartLR": "periods restart_weights eta_min eta_min_ratio",
    "ExponentialLR": "gamma",
    "LinearLR": "start_factor end_factor",
    "MultiStepLR": "milestones gamma",
    "OneCycleLR": "eta_max total_steps pct_start anneal_strategy div_factor final_div_factor "
    "three_phase",
    "PolyLR": "eta_min power",
    "StepLR": "step_size gamma",
}
"""What each schedule takes beside the keys that all take."""
_NEEDED = {
    "MultiStepLR": "milestones",
    "StepLR": "step_size",
    "ExponentialLR": "gamma",
    "CosineRestartLR": "periods",
}


def read_refusals(parts: Parts, loop: Loop) -> None:
    """Record every key and value that is refused, for itself or for its neighbour."""
    _refuse_loop(parts, loop)
    _refuse_wrapper(parts)
    _refuse_validation(parts)
    _refuse_hook(parts)
    scaling = parts.config.setting("auto_scale_lr.enable")
    missing = not parts.config.has("auto_scale_lr.base_batch_size")
    if scaling.value is True and missing and not parts.open("auto_scale_lr"):
        parts.config.refuse(scaling, "base_batch_size is missing beside it")
    # MMPose has a ConstantLR of its own, which takes any factor; a base may set its scope.
    scope = parts.config.setting("default_scope", default="mmengine").value
    plain = scope == "mmengine" and not parts.open("")
    for entry in _schedulers(parts.config):
        _refuse_scheduler(entry, _run_length(entry, loop, parts.config), plain)


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
        _refuse_others(config, "train_cfg", _LOOP | {length}, f"the loop by {loop.value}")
        if not config.has(f"train_cfg.{length}") and not parts.open("train_cfg"):
            config.refuse(config.setting("train_cfg"), f"{length} is missing")
    dynamic = config.setting("train_cfg.dynamic_intervals")
    pairs = dynamic.value.items if isinstance(dynamic.value, Sequence) else []
    if any(isinstance(p.value, Sequence) and p.value.tag != TUPLE_TAG for p in pairs):
        config.refuse(dynamic, "it must be a list of tuples, and these are lists")
    elif isinstance(dynamic.value, Sequence) and dynamic.value.tag == TUPLE_TAG:
        config.refuse(dynamic, "it must be a list of tuples, and this is a tuple")


def _refuse_others(config: Config, section: str, known: frozenset[str], who: str) -> None:
    """Refuse the keys of a section that the class behind it does not take."""
    node = config.setting(section).value if section else config.root
    for name in node.effective() if isinstance(node, Mapping) else ():
        if name not in known:
            key = f"{section}.{name}" if section else name
            config.refuse(config.setting(key), f"{who} does not take it")


def _refuse_wrapper(parts: Parts) -> None:
    config = parts.config
    kind = type_of(config, "optim_wrapper")
    if kind is None and not parts.open("optim_wrapper"):
        kind = "OptimWrapper"
    if kind in _WRAPPERS and not config.has("optim_wrapper.constructor"):
        _refuse_others(config, "optim_wrapper", _WRAPPERS[kind], kind)


def _refuse_validation(parts: Parts) -> None:
    """Loader, loop and evaluator: all three or none."""
    names = ("val_dataloader", "val_cfg", "val_evaluator")
    settings = [parts.config.setting(name) for name in names]
    missing = [each.key for each in settings if each.value is None]
    if 0 < len(missing) < len(names) and not parts.open(""):
        there = next(each for each in settings if each.value is not None)
        parts.config.refuse(there, f"{' and '.join(missing)} must be there as well")


def _refuse_hook(parts: Parts) -> None:
    section = "default_hooks.checkpoint"
    begin = parts.config.whole(f"{section}.save_begin")
    if begin.number is not None and begin.number < 0:
        parts.config.refuse(begin, "it cannot be below 0")
    if type_of(parts.config, section) == "CheckpointHook":
        _refuse_others(parts.config, section, _CHECKPOINT, "CheckpointHook")


def _schedulers(config: Config) -> Iterator[Config]:
    """Each entry of `param_scheduler`; one of a list without a type stops the runner."""
    listed = config.setting("param_scheduler")
    entries = listed.value.items if isinstance(listed.value, Sequence) else []
    nodes: list[object] = [item.value for item in entries] or [listed.value]
    for node in nodes:
        if not isinstance(node, Mapping):
            continue
        if node.get("type") is not None:
            yield config.within(config.document, node)
        elif entries:
            config.refuse(listed, "each entry needs a type")


def _run_length(entry: Config, loop: Loop, config: Config) -> Number | None:
    """The run in the unit of a scheduler, where the config states it."""
    by_epoch = entry.flag("by_epoch", default=True).value
    if by_epoch is True and loop is Loop.EPOCHS:
        return config.whole("train_cfg.max_epochs").number
    if by_epoch is False and loop is Loop.ITERATIONS:
        return config.whole("train_cfg.max_iters").number
    return None


def _refuse_scheduler(entry: Config, run: Number | None, plain: bool) -> None:
    kind = type_of(entry, "") or ""
    if kind in _SCHEDULERS:
        known = _ANY_SCHEDULER | frozenset(_SCHEDULERS[kind].split())
        _refuse_others(entry, "", known, kind)
        needed = _NEEDED.get(kind)
        if needed is not None and not entry.has(needed):
            entry.refuse(entry.setting("type"), f"{needed} is missing")
    by_epoch = entry.flag("by_epoch", default=True)
    if entry.flag("convert_to_iter_based").value is True and by_epoch.value is False:
        entry.refuse(by_epoch, "only a schedule by epochs can be converted")
    _refuse_range(entry, run)
    _refuse_factors(entry, kind, plain)
    if kind == "OneCycleLR":
        _refuse_one_cycle(entry, run)


def _refuse_range(entry: Config, run: Number | None) -> None:
    begin, end = entry.real("begin", default=0), entry.real("end")
    last = run if end.value is None else end.number
    if begin.number is not None and last is not None and last <= begin.number:
        where = end if end.stated else begin
        if where.stated:
            entry.refuse(where, f"it ends at {last}, which must lie behind its begin")


def _refuse_factors(entry: Config, kind: str, plain: bool) -> None:
    names = {"LinearLR": ("start_factor", "end_factor"), "ConstantLR": ("factor",)}
    for name in names.get(kind, ()) if kind != "ConstantLR" or plain else ():
        factor = entry.real(name)
        if factor.number is not None and not 0 <= factor.number <= 1:
            entry.refuse(factor, "it must lie between 0 and 1")
    start, end = entry.real("start_factor"), entry.real("end")
    if kind == "LinearLR" and start.number == 0 and end.value is not UNKNOWN and end.number != 1:
        entry.refuse(start, "the second step divides by it")
    if kind.startswith("Cosine"):
        floor, share = entry.setting("eta_min"), entry.setting("eta_min_ratio")
        if floor.value is not None and share.value is not None:
            entry.refuse(share, "eta_min is given as well, and only one of the two may be")
    if kind == "CosineRestartLR":
        periods, weights = entry.setting("periods"), entry.setting("restart_weights")
        lengths = [_length(periods), 1 if weights.value is None else _length(weights)]
        if None not in lengths and lengths[0] != lengths[1]:
            entry.refuse(periods, "restart_weights must be as many, and is 1 by default")


def _length(setting: Setting) -> int | None:
    return len(setting.value.items) if isinstance(setting.value, Sequence) else None


def _refuse_one_cycle(entry: Config, run: Number | None) -> None:
    """`OneCycleParamScheduler._get_value` raises at the first step behind its total."""
    total, end, begin = (
        entry.whole("total_steps"),
        entry.real("end"),
        entry.real("begin", default=0),
    )
    if run is None or total.number is None or begin.number is None or end.value is UNKNOWN:
        return
    last = min(run, (run if end.number is None else end.number) - 1)
    if last - begin.number > total.number:
        entry.refuse(total, f"the run has {run}, and a step behind the total raises")
