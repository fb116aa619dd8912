"""Values in the other sections of a DeepSpeed file that its own checks refuse.

Sources: deepspeed `runtime/precision_config.py:DeepSpeedFP16Config`;
`runtime/config.py:DeepSpeedConfig._do_error_check`, `get_communication_data_type`,
`get_gradient_allreduce_op`, `get_torch_autocast_dtype`, `get_checkpoint_tag_validation_mode`,
`_initialize_params`; `runtime/engine.py:DeepSpeedEngine._do_sanity_check`.
"""

from __future__ import annotations

from schedlint.frameworks.deepspeed.zero import PACKAGE, zero_stage
from schedlint.reading.config import AUTO, Config, Setting
from schedlint.reading.versions import Change

PRECISION_MODELS = Change(PACKAGE, "0.17.1", "fp16 and bf16 refuse keys that they do not know")
POSITIVE_SCALE = Change(
    PACKAGE, "0.18.9", "a negative loss_scale is refused (seen from here on, not in 0.18.0)"
)
POSITIVE_WINDOW = Change(PACKAGE, "0.19.3", "loss_scale_window and min_loss_scale are checked")
MASTER_WEIGHTS = Change(
    PACKAGE, "0.18.9", "bf16_master_weights_and_grads is checked (seen from here on, not in 0.18.0)"
)
MANAGED = Change(PACKAGE, "0.19.4", "managed_gradient_accumulation is a key")
ALLREDUCE_OP = Change(PACKAGE, "0.19.6", "gradient_allreduce_op is a key")
KEPT_MODULES = Change(PACKAGE, "0.19.8", "keep_in_fp32_modules is a key")
AUTOCAST_TYPES = Change(PACKAGE, "0.17.2", "torch_autocast is a section (seen from here on)")
CHANGES = (
    *(PRECISION_MODELS, POSITIVE_SCALE, POSITIVE_WINDOW, MASTER_WEIGHTS, MANAGED),
    *(ALLREDUCE_OP, KEPT_MODULES, AUTOCAST_TYPES),
)

_WORDS = {
    "communication_data_type": ("fp16", "bf16", "bfp16", "fp32"),
    "seq_parallel_communication_data_type": ("fp16", "bf16", "bfp16", "fp32"),
    "checkpoint.tag_validation": ("warn", "ignore", "fail"),
}
"""Words that are compared without case. Up to 0.15 bf16 was spelt bfp16."""
_TYPES = (
    *("fp16", "float16", "half", "fp32", "float32", "float", "int8", "bf16", "bfloat16"),
    *("torch.float16", "torch.float32", "torch.int8", "torch.bfloat16"),
)
"""`DtypeEnum`."""


def read_sections(config: Config) -> None:
    """Record what these sections are refused for, whoever hands the file to DeepSpeed."""
    stage = zero_stage(config)
    _read_loss_scale(config)
    _read_master_weights(config, stage)
    _read_words(config)
    _read_reduction(config, stage)
    _read_managed(config, stage)


def _read_loss_scale(config: Config) -> None:
    scale = config.setting("fp16.loss_scale", default=0)
    if (scale.number or 0) < 0 and config.since(POSITIVE_SCALE):
        config.refuse(scale, "it is 0 (for a dynamic scale) or above")
    dynamic = scale.number == 0 or scale.value == AUTO
    if config.setting("fp16.enabled").value is not True or not dynamic:
        return
    for name in ("loss_scale_window", "min_loss_scale"):
        limit = config.setting(f"fp16.{name}")
        if limit.number is not None and limit.number <= 0 and config.since(POSITIVE_WINDOW):
            config.refuse(limit, "it must be above 0 while the loss scale is dynamic")


def _read_master_weights(config: Config, stage: Setting) -> None:
    """Without a stage there is no ZeRO; an unknown one may be any."""
    without = stage.number == 0 or stage.value is None
    halved = config.setting("fp16.fp16_master_weights_and_grads")
    if without and halved.value is True:
        config.refuse(halved, "it needs ZeRO stage 1, 2 or 3")
    section = "bf16" if config.setting("bf16").value is not None else "bfloat16"
    weights = config.setting(f"{section}.bf16_master_weights_and_grads")
    states = config.setting(f"{section}.bf16_optimizer_states")
    for each in (weights, states):
        if without and each.value is True and config.since(MASTER_WEIGHTS):
            config.refuse(each, "it needs ZeRO stage 1, 2 or 3")
    alone = states.value is True and weights.value in (None, False, AUTO)
    if alone and not without and config.since(MASTER_WEIGHTS):
        config.refuse(states, "it needs bf16_master_weights_and_grads: true as well")


def _read_words(config: Config) -> None:
    for key, words in _WORDS.items():
        given = config.setting(key)
        if _is_word(given) and str(given.value).lower() not in words:
            known = ", ".join(word for word in words if word != "bfp16")
            config.refuse(given, f"it is one of {known}")
    kind = config.setting("torch_autocast.dtype")
    if _is_word(kind) and kind.value not in _TYPES and config.since(AUTOCAST_TYPES):
        config.refuse(kind, "write bfloat16 or float16")
    kept = config.setting("data_types.keep_in_fp32_modules")
    if _is_word(kept) and kept.value != AUTO and config.since(KEPT_MODULES):
        config.refuse(kept, 'it is "auto" or a list of names')


def _read_reduction(config: Config, stage: Setting) -> None:
    way = config.setting("gradient_allreduce_op")
    if not _is_word(way):
        return
    name = str(way.value).lower()
    if name not in ("mean", "sum") and config.since(ALLREDUCE_OP):
        config.refuse(way, "it is mean or sum")
    elif name == "sum" and stage.number == 3 and config.since(ALLREDUCE_OP):
        config.refuse(way, "ZeRO stage 3 takes the mean only")


def _read_managed(config: Config, stage: Setting) -> None:
    managed = config.setting("managed_gradient_accumulation")
    overlap = config.setting("zero_optimization.overlap_comm")
    wrong = managed.value is False and overlap.value is True and stage.number in (0, 1)
    if wrong and config.since(MANAGED):
        config.refuse(managed, "overlap_comm is on, which then needs ZeRO stage 2")


def read_both_halves(config: Config) -> None:
    """Both half types on, in a file that is a part of a run (of one alone, a rule speaks)."""
    bf16 = config.setting("bf16.enabled", "bfloat16.enabled")
    if config.setting("fp16.enabled").value is True and bf16.value is True:
        config.refuse(bf16, "fp16 is enabled as well: only one half precision can be")


def _is_word(setting: Setting) -> bool:
    """Whether it is text that the file settles; an interpolation is not."""
    return isinstance(setting.value, str) and setting.value.replace(".", "").isalnum()
