"""What timm's `train.py` stops at: in its parser, in the scheduler factory, in the loader.

Sources: pytorch-image-models `train.py:_parse_args`, `main` (amp, aug_splits); timm
`scheduler/scheduler_factory.py:create_scheduler_v2`, `scheduler/cosine_lr.py`,
`scheduler/wsd_lr.py:WSDLRScheduler.__init__`, `data/loader.py:create_loader`.
"""

from __future__ import annotations

from schedlint.frameworks.timm.arguments import (
    AMP,
    CYCLES,
    ENDLESS,
    NEW_SCHEDULES,
    NEWER,
    STABLE,
    VALUES_ARE_VALIDATED,
    count,
)
from schedlint.reading.config import Config, Gone, Setting

_WHOLE = (
    *("batch_size", "validation_batch_size", "grad_accum_steps", "epochs", "start_epoch"),
    *("warmup_epochs", "cooldown_epochs", "patience_epochs", "lr_cycle_limit", "lr_base_size"),
    *("log_interval", "val_interval", "recovery_interval", "checkpoint_hist", "seed", "workers"),
)
_REAL = (
    *("lr", "lr_base", "warmup_lr", "min_lr", "weight_decay", "momentum", "decay_rate"),
    *("decay_epochs", "lr_cycle_mul", "lr_cycle_decay", "lr_k_decay", "opt_eps", "clip_grad"),
    *("smoothing", "mixup", "cutmix", "drop", "drop_path", "reprob", "aug_repeats"),
)


def read_refusals(config: Config, kind: Setting, iterable: bool) -> None:
    """Record every value that is refused, for itself or for its neighbour."""
    _refuse_text(config)
    _refuse_fractions(config, kind)
    _refuse_schedule(config, kind)
    _refuse_stable(config, kind)
    _refuse_repeats(config, iterable)
    _refuse_precision(config)


def _refuse_text(config: Config) -> None:
    for keys, kind in ((_WHOLE, int), (_REAL, float)):
        for key in keys:
            setting = config.setting(key)
            if isinstance(setting.value, str) and not _converts(setting.value, kind):
                config.refuse(
                    setting, f"the argument is {'a whole' if kind is int else 'a'} number"
                )
    milestones = config.setting("decay_milestones")
    if isinstance(milestones.value, str) and not _converts(milestones.value, int):
        config.refuse(milestones, "it is a list of whole numbers")


def _converts(text: str, kind: type[int] | type[float]) -> bool:
    """Whether the argument's type takes the text; true as well where somebody may fill it in."""
    try:
        kind(text)
    except ValueError:
        return any(sign in text for sign in "${<")
    return True


def _refuse_fractions(config: Config, kind: Setting) -> None:
    """Fractions of an epoch, where the number of epochs that are run is made of them."""
    keys = ["epochs", "start_epoch"]
    keys += ["cooldown_epochs"] * (kind.value in CYCLES | STABLE)
    prefixed = config.flag("warmup_prefix").value is True or kind.value in STABLE
    keys += ["warmup_epochs"] * prefixed
    for key in keys:
        setting = config.setting(key)
        if isinstance(setting.value, float) and not config.since(VALUES_ARE_VALIDATED):
            config.refuse(setting, "epochs are run whole")


def _refuse_schedule(config: Config, kind: Setting) -> None:
    if kind.value is None or (isinstance(kind.value, str) and not _is_schedule(config, kind)):
        known = ", ".join(sorted(CYCLES | ENDLESS | STABLE))
        config.refuse(kind, f"there is no such schedule; there are {known}")
    if kind.value == "plateau" and config.flag("sched_on_updates").value is True:
        config.refuse(config.setting("sched_on_updates"), "plateau advances by epochs only")
    lowest = config.real("min_lr", default=0.0, text_counts=True)
    if kind.value in CYCLES | STABLE and (lowest.number or 0) < 0:
        config.refuse(lowest, "the lowest learning rate is at least 0")


def _is_schedule(config: Config, kind: Setting) -> bool:
    if kind.value in NEWER:
        return not config.decides(NEW_SCHEDULES) or config.since(NEW_SCHEDULES)
    return kind.value in CYCLES | ENDLESS


def _refuse_stable(config: Config, kind: Setting) -> None:
    """Warm-up, plateau and decay must fit into the epochs, and rsqrt needs a scale of time."""
    if kind.value not in STABLE:
        return
    warmup, epochs = count(config, "warmup_epochs", 5), count(config, "epochs", 300)
    if kind.value == "rsqrt" and warmup.number == 0 and not config.has("lr_stable_timescale"):
        config.refuse(warmup, "rsqrt takes its scale of time from the warm-up")
    inside = config.flag("warmup_prefix").value in (False, None)
    if not inside or warmup.number is None or epochs.number is None:
        return
    if warmup.number >= epochs.number:
        spot = warmup if warmup.stated else epochs
        config.refuse(spot, f"{kind.value} needs epochs beyond its warm-up")


def _refuse_repeats(config: Config, iterable: bool) -> None:
    repeats = config.real("aug_repeats", default=0, text_counts=True)
    if repeats.number and (iterable or config.told.get("world_size") == 1):
        why = "samples are repeated among several processes that read a data set by index"
        config.refuse(repeats, why)


def _refuse_precision(config: Config) -> None:
    splits = count(config, "aug_splits", 0)
    if splits.number == 1:
        config.refuse(splits, "it is 0 or at least 2")
    if config.flag("amp").value is not True:
        return
    kind, model = config.word("amp_dtype", default="float16"), config.word("model_dtype")
    if isinstance(kind.value, str) and kind.value not in ("float16", "bfloat16"):
        config.refuse(kind, "mixed precision is float16 or bfloat16")
    if model.value in ("float16", "bfloat16"):
        config.refuse(model, "with amp the model stays float32")


def find_gone(config: Config) -> None:
    """Switches of mixed precision that newer scripts pass over without a word."""
    for key in ("native_amp", "apex_amp"):
        if config.flag(key).value is True:
            config.find_gone([Gone(key, AMP, "it is passed over; write amp: true")])
