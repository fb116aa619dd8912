"""What MMEngine stops at in `param_scheduler`: while it builds the schedulers, or at a later step.

Sources: mmengine `optim/scheduler/param_scheduler.py`;
`registry/build_functions.py:build_scheduler_from_cfg`.
"""

from __future__ import annotations

from collections.abc import Iterator

from schedlint.frameworks.mmengine.parts import OURS, Loop, Parts, length_of, refuse_others, type_of
from schedlint.plan import Number
from schedlint.reading.config import Config, Setting
from schedlint.source import UNKNOWN, Mapping, Sequence

_ANY_SCHEDULER = OURS | {
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
    "ReduceOnPlateauLR": "monitor rule factor patience threshold threshold_rule cooldown min_value "
    "eps",
    "StepLR": "step_size gamma",
}
"""What each schedule takes beside the keys that all take."""
_NEEDED = {
    "MultiStepLR": "milestones",
    "StepLR": "step_size",
    "ExponentialLR": "gamma",
    "CosineRestartLR": "periods",
}


def read_refused_schedules(parts: Parts, loop: Loop) -> None:
    """Record what is refused of the entries of `param_scheduler`."""
    config = parts.config
    # MMPose has a ConstantLR of its own, which takes any factor; a base may set its scope.
    scope = config.setting("default_scope", default="mmengine").value
    plain = scope == "mmengine" and not parts.open("")
    for entry in _schedulers(config):
        _refuse_scheduler(entry, _run_length(entry, loop, config), plain)


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
        refuse_others(entry, "", known, kind)
        needed = _NEEDED.get(kind)
        if needed is not None and not entry.has(needed):
            entry.refuse(entry.setting("type"), f"{needed} is missing")
    by_epoch = entry.flag("by_epoch", default=True)
    if entry.flag("convert_to_iter_based").value is True and by_epoch.value is False:
        entry.refuse(by_epoch, "only a schedule by epochs can be converted")
    _refuse_range(entry, run)
    _refuse_factors(entry, kind, plain)
    if kind == "OneCycleLR":
        _refuse_shape(entry)
        _refuse_one_cycle(entry, run)
    if kind == "ReduceOnPlateauLR":
        _refuse_plateau(entry, by_epoch)


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
        lengths = [length_of(periods), 1 if weights.value is None else length_of(weights)]
        if None not in lengths and lengths[0] != lengths[1]:
            entry.refuse(periods, "restart_weights must be as many, and is 1 by default")


def _refuse_shape(entry: Config) -> None:
    """`OneCycleParamScheduler.__init__` looks at types as well: a 1 is no 1.0 to it."""
    total, start = entry.setting("total_steps"), entry.setting("pct_start")
    if isinstance(total.value, float) or (isinstance(total.value, int) and total.value <= 0):
        entry.refuse(total, "it is a whole number above 0")
    if isinstance(start.value, int):
        entry.refuse(start, f"it is a float between 0 and 1; write {float(start.value)}")
    elif isinstance(start.value, float) and not 0 <= start.value <= 1:
        entry.refuse(start, "it is a float between 0 and 1")
    _refuse_word(entry, "anneal_strategy", ("cos", "linear"))


def _refuse_plateau(entry: Config, by_epoch: Setting) -> None:
    if by_epoch.value is False:
        entry.refuse(by_epoch, "it waits for evaluations, and takes by_epoch true only")
    factor, threshold = entry.real("factor"), entry.real("threshold")
    if factor.number is not None and factor.number >= 1:
        entry.refuse(factor, "it must be below 1")
    if threshold.number is not None and threshold.number < 0:
        entry.refuse(threshold, "it cannot be below 0")
    _refuse_word(entry, "rule", ("less", "greater"))
    _refuse_word(entry, "threshold_rule", ("rel", "abs"))


def _refuse_word(entry: Config, key: str, words: tuple[str, ...]) -> None:
    setting = entry.setting(key)
    if isinstance(setting.value, str) and setting.value not in words:
        entry.refuse(setting, f"it is {' or '.join(words)}")


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
