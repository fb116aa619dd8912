"""Values of a DeepSpeed file that are refused at the start, and sections that are gone.

Sources: deepspeed `runtime/zero/config.py:DeepSpeedZeroConfig`, `runtime/zero/offload_config.py`;
`runtime/lr_schedules.py:WarmupLR`, `WarmupDecayLR`, `WarmupCosineLR`;
`runtime/config.py:_reject_removed_config_keys`; accelerate
`utils/dataclasses.py:DeepSpeedPlugin.__post_init__`.
"""

from __future__ import annotations

from schedlint.reading.config import AUTO, Config, Gone, Setting
from schedlint.reading.versions import Change
from schedlint.source import Mapping

FIRST_GONE = Change("deepspeed", "0.19.7", "nebula and other old sections are refused")
MORE_GONE = Change("deepspeed", "0.19.8", "elasticity, amp and other old sections are refused")
_SECTIONS = {
    FIRST_GONE: ("nebula", "compression_training", "quantize_training", "sparse_attention"),
    MORE_GONE: (
        *("elasticity", "amp", "sparse_gradients", "eigenvalue", "graph_harvesting"),
        *("curriculum_learning", "progressive_layer_drop"),
    ),
}
GONE = tuple(
    Gone(section, change, "remove the section, which is refused even where it is off")
    for change, sections in _SECTIONS.items()
    for section in sections
)
"""Sections that a version has removed."""

SECTION_NEEDED = Change(
    "accelerate", "1.1", "a DeepSpeed file without zero_optimization is refused (seen from here on)"
)

_DEVICES = ("none", "cpu", "nvme", AUTO)
_RISE = {"warmup_num_steps", "warmup_type", "last_batch_iteration"}
_RATES = {"warmup_min_lr", "warmup_max_lr"}
PARAMETERS = {
    "WarmupLR": _RISE | _RATES,
    "WarmupDecayLR": _RISE | _RATES | {"total_num_steps"},
    "WarmupCosineLR": _RISE | {"total_num_steps", "warmup_min_ratio", "cos_min_ratio"},
}
"""What the schedules with a warm-up take."""
WITH_HORIZON = ("WarmupDecayLR", "WarmupCosineLR")


def read_refusals(config: Config) -> None:
    """Record what DeepSpeed itself refuses, whoever hands the file to it."""
    stage = config.whole("zero_optimization.stage")
    if stage.number is not None and stage.number not in (0, 1, 2, 3):
        config.refuse(stage, "the stages are 0, 1, 2 and 3")
    for section in ("offload_optimizer", "offload_param"):
        device = config.word(f"zero_optimization.{section}.device")
        known = device.value in _DEVICES or not str(device.value).isalnum()
        if isinstance(device.value, str) and not known:
            config.refuse(device, "the devices are none, cpu and nvme")
    _read_schedule(config)


def _read_schedule(config: Config) -> None:
    """A schedule is called with exactly the parameters that the file has."""
    kind = config.word("scheduler.type")
    taken = PARAMETERS.get(kind.value) if isinstance(kind.value, str) else None
    params = config.setting("scheduler.params")
    if taken is None or not isinstance(params.value, Mapping):
        return
    for name in params.value.effective():
        if name not in taken:
            config.refuse(config.setting(f"scheduler.params.{name}"), f"{kind.value} has no such")
    steps = config.setting("scheduler.params.warmup_num_steps")
    if steps.stated and steps.value is None:
        config.refuse(steps, "it must be a positive whole number, or left out")


def read_refusals_under_accelerate(config: Config, named: Setting) -> None:
    """Record what a run with accelerate refuses; `named` is where the file is told."""
    read_refusals(config)
    if not config.has("zero_optimization") and config.since(SECTION_NEEDED):
        config.refuse(named, "accelerate needs a section zero_optimization in it")


def read_refusals_under_trainer(config: Config, owner: Config) -> None:
    """Record what a Trainer's run refuses: here no script can fill in what the file leaves out."""
    named = owner.setting("deepspeed")
    named = named if named.stated else config.setting("zero_optimization")
    read_refusals_under_accelerate(config, named)
    if not _given(config, "train_batch_size", "train_micro_batch_size_per_gpu"):
        why = "it needs train_batch_size or train_micro_batch_size_per_gpu, as a number or auto"
        config.refuse(named, why)
    kind = config.word("scheduler.type")
    if kind.value in WITH_HORIZON and not config.has("scheduler.params.total_num_steps"):
        config.refuse(kind, "it needs total_num_steps, as a number or auto")


def _given(config: Config, *keys: str) -> bool:
    return any(config.setting(key).value is not None for key in keys)
