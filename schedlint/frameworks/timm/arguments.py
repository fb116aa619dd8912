"""The arguments of timm's `train.py` as its config file gives them, and how versions differ.

Sources: pytorch-image-models `train.py:_parse_args`; timm's release notes (`README.md`).
"""

from __future__ import annotations

from schedlint.reading.config import Config, Setting
from schedlint.reading.versions import Change
from schedlint.source import UNKNOWN, Sequence, value_of

PACKAGE = "timm"
AMP = Change(PACKAGE, "0.9", "amp takes the place of native_amp and apex_amp")
PREFIX_LENGTHENS = Change(
    PACKAGE, "1.0.12", "warmup_prefix adds the warm-up to the epochs that are trained"
)
SHORT_GROUP_IS_ONE_STEP = Change(
    PACKAGE,
    "1.0.31",
    "a short last accumulation makes one step, before that at times two "
    "(huggingface/pytorch-image-models#2821)",
)
CROP_MODE = Change(PACKAGE, "0.9.16", "the argument train_crop_mode is new")
NAFLEX = Change(PACKAGE, "1.0.16", "the arguments naflex_… are new")
SCHEDULED_SIZES = Change(PACKAGE, "1.0.29", "the arguments train_img_sizes and others are new")
MODEL_DTYPE = Change(PACKAGE, "1.0.13", "the argument model_dtype is new")
DISTILLATION = Change(PACKAGE, "1.0.23", "the arguments kd_… are new")
VAL_INTERVAL = Change(PACKAGE, "1.0.23", "the argument val_interval is new")
SMALL_SETS_ARE_REPEATED = Change(PACKAGE, "1.0.31", "aug_repeats works with fewer than 256 samples")
STOP_EPOCH = Change(PACKAGE, "1.0.31", "the arguments stop_epoch and save_epochs are new")
NEW_SCHEDULES = Change(PACKAGE, "1.0.31", "the schedules wsd, rsqrt, constant and none are new")
VALUES_ARE_VALIDATED = Change(
    PACKAGE, "1.0.31", "values of the config file are held against the arguments' types"
)


CHANGES = (
    AMP,
    CROP_MODE,
    PREFIX_LENGTHENS,
    MODEL_DTYPE,
    NAFLEX,
    VAL_INTERVAL,
    DISTILLATION,
    SCHEDULED_SIZES,
    SHORT_GROUP_IS_ONE_STEP,
    SMALL_SETS_ARE_REPEATED,
    STOP_EPOCH,
    NEW_SCHEDULES,
    VALUES_ARE_VALIDATED,
)

CYCLES = {"cosine", "tanh", "poly"}
"""Schedules with a length, cycles and a cool-down."""
STABLE = {"wsd", "rsqrt"}
"""Schedules of warm-up, plateau and decay, which end with the epochs."""
ENDLESS = {"step", "multistep", "constant", "plateau", "none"}
"""Schedules without a length of their own: cool-down and cycles do not count."""

NEWER = {"wsd", "rsqrt", "constant", "none"}
"""Schedules that 1.0.31 brought."""


def has_argument(config: Config, change: Change) -> bool:
    """Whether the script has an argument that a change brought; a file with it says so itself."""
    return not config.decides(change) or config.since(change)


def count(config: Config, key: str, default: int | None = None) -> Setting:
    """A whole number; whether a fraction passes is known before 1.0.31 only."""
    setting = config.whole(key, default=default, text_counts=True)
    if isinstance(setting.value, float) and config.since(VALUES_ARE_VALIDATED):
        return setting._replace(value=UNKNOWN)
    return setting


def is_on(config: Config, key: str) -> bool:
    """Whether a switch is certainly on."""
    return config.flag(key).value is True


def is_off(config: Config, key: str) -> bool:
    """Whether a switch is certainly off."""
    return config.flag(key).value in (False, None)


def items(setting: Setting) -> list[object]:
    """The items of a list; none where it is no list."""
    listed = setting.value
    return [value_of(each.value) for each in listed.items] if isinstance(listed, Sequence) else []


def is_other(setting: Setting, *known: str) -> bool:
    """Whether it is a text beside some known ones, and none that somebody may fill in."""
    text = setting.value
    return isinstance(text, str) and text not in known and not any(sign in text for sign in "${<")
