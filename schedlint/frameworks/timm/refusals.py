"""What timm's `train.py` stops at: in its parser, in the scheduler factory, before the first step.

Sources: pytorch-image-models `train.py:_parse_args`, `main`; timm
`scheduler/scheduler_factory.py:create_scheduler_v2`, `scheduler/cosine_lr.py`,
`scheduler/wsd_lr.py:WSDLRScheduler.__init__`, `data/loader.py:create_loader`,
`loss/_loss_factory.py:create_classification_loss`, `utils/clip_grad.py:dispatch_clip_grad`.
"""

from __future__ import annotations

from schedlint.frameworks.timm.arguments import (
    AMP,
    CYCLES,
    DISTILLATION,
    ENDLESS,
    MODEL_DTYPE,
    NEW_SCHEDULES,
    NEWER,
    STABLE,
    STOP_EPOCH,
    VALUES_ARE_VALIDATED,
    count,
    has_argument,
    is_off,
    is_on,
    is_other,
    items,
)
from schedlint.frameworks.timm.refused_data import mixes, read_refused_data
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

_DTYPES = ("float32", "float16", "bfloat16")
_DECAYS = ("linear", "1-sqrt", "cosine", "power", "exp")
_LOSSES = ("ce", "bce", "asl", "poly", "jsd", "twoway", "zlpr", "db")
_CHOICES = {
    "task": ("classification", "multilabel"),
    "target_format": ("indices", "multihot"),
    "loss": _LOSSES,
    "asl_reduction": ("batchmean", "sum", "mean"),
}
"""What the newest arguments take."""


def read_refusals(config: Config, kind: Setting, iterable: bool) -> None:
    """Record every value that is refused, for itself or for its neighbour."""
    _refuse_text(config)
    _refuse_fractions(config, kind)
    _refuse_schedule(config, kind)
    _refuse_stable(config, kind)
    _refuse_repeats(config, iterable)
    _refuse_precision(config)
    _refuse_milestones(config, kind)
    _refuse_stop(config, kind)
    _refuse_scripting(config)
    _refuse_loss(config)
    read_refused_data(config, iterable)


def _refuse_text(config: Config) -> None:
    for keys, kind in ((_WHOLE, int), (_REAL, float)):
        for key in keys:
            setting = config.setting(key)
            if isinstance(setting.value, str) and not _converts(setting.value, kind):
                config.refuse(
                    setting, f"the argument is {'a whole' if kind is int else 'a'} number"
                )


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
    shape = config.word("lr_decay_fn")
    if is_other(shape, "", *_DECAYS):
        config.refuse(shape, f"it is one of {', '.join(_DECAYS)}")
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
    model = config.word("model_dtype")
    if is_other(model, "", *_DTYPES):
        if has_argument(config, MODEL_DTYPE):
            config.refuse(model, f"it is one of {', '.join(_DTYPES)}")
        return
    if config.flag("amp").value is not True:
        return
    kind = config.word("amp_dtype", default="float16")
    if isinstance(kind.value, str) and kind.value not in ("float16", "bfloat16"):
        config.refuse(kind, "mixed precision is float16 or bfloat16")
    if model.value in ("float16", "bfloat16"):
        config.refuse(model, "with amp the model stays float32")


def _refuse_milestones(config: Config, kind: Setting) -> None:
    """A list of whole numbers: the schedule counts them, and newer scripts look whatever it is."""
    milestones, counts = config.setting("decay_milestones"), kind.value == "multistep"
    texts = [each for each in items(milestones) if isinstance(each, str)]
    wrong = any(not _converts(each, int) for each in texts)
    if isinstance(milestones.value, str):
        refused = not _converts(milestones.value, int)
    elif counts:
        refused = wrong or type(milestones.value) in (int, float)
    else:
        refused = wrong and config.since(VALUES_ARE_VALIDATED)
    if refused:
        config.refuse(milestones, "it is a list of whole numbers")


def _refuse_stop(config: Config, kind: Setting) -> None:
    """The run cannot stop behind its end; what lengthens it is left aside."""
    stop, epochs = count(config, "stop_epoch"), count(config, "epochs", 300)
    if stop.number is None or epochs.number is None or not has_argument(config, STOP_EPOCH):
        return
    cycles, growth = count(config, "lr_cycle_limit", 1), count(config, "cooldown_epochs", 0)
    plain = kind.value in ENDLESS or (cycles.number == 1 and growth.number == 0)
    if stop.number > epochs.number and plain and is_off(config, "warmup_prefix"):
        config.refuse(stop, f"the run has {epochs.number} epochs")


def _refuse_scripting(config: Config) -> None:
    """A scripted model is not compiled as well; a gradient is clipped in one of three ways."""
    compiled = config.setting("torchcompile")
    if is_on(config, "torchscript"):
        named = isinstance(compiled.value, str) and compiled.value != ""
        if (named or compiled.value is True) and has_argument(config, AMP):
            config.refuse(compiled, "torchscript is on as well, and only one of the two may be")
        if is_on(config, "sync_bn"):
            config.refuse(config.setting("sync_bn"), "a model under torchscript does not take it")
    clip, mode = config.real("clip_grad", text_counts=True), config.setting("clip_mode")
    if clip.number is not None and is_other(mode, "norm", "value", "agc"):
        config.refuse(mode, "it is norm, value or agc")


def _refuse_loss(config: Config) -> None:
    """What is learnt from: a teacher, or labels of which one or several hold."""
    teacher = config.word("kd_model_name")
    kind = config.word("kd_distill_type")
    wrong = teacher.known and is_other(kind, "logit", "feature", "token")
    if wrong and has_argument(config, DISTILLATION):
        config.refuse(kind, "it is logit, feature or token")
    if not has_argument(config, VALUES_ARE_VALIDATED):
        return
    for name, known in _CHOICES.items():
        setting = config.word(name)
        if is_other(setting, *known):
            config.refuse(setting, f"it is one of {', '.join(known)}")
    loss, task = config.word("loss"), config.word("task", default="classification")
    if task.value == "multilabel" and loss.value in ("ce", "jsd"):
        config.refuse(loss, "it does not go with task: multilabel")
    elif task.value == "classification":
        if loss.value in ("twoway", "zlpr", "db"):
            config.refuse(loss, "it needs task: multilabel")
        elif loss.value == "asl" and mixes(config) is not None:
            config.refuse(loss, "with one label an image it does not go with mixup or cutmix")


def find_gone(config: Config) -> None:
    """Switches of mixed precision that newer scripts pass over without a word."""
    for key in ("native_amp", "apex_amp"):
        if config.flag(key).value is True:
            config.find_gone([Gone(key, AMP, "it is passed over; write amp: true")])
