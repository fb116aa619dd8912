"""What a DeepSpeed file is refused for, alone and in a run, and sections that are gone.

Sources: deepspeed `runtime/config.py:_reject_removed_config_keys`;
`runtime/engine.py:DeepSpeedEngine._configure_basic_optimizer`, `_do_optimizer_sanity_check`;
accelerate `utils/dataclasses.py:DeepSpeedPlugin.__post_init__`, `set_mixed_precision`,
`accelerator.py:Accelerator._prepare_deepspeed`; transformers
`integrations/deepspeed.py:HfTrainerDeepSpeedConfig.trainer_config_process`.
"""

from __future__ import annotations

from schedlint.frameworks.deepspeed import refused_schedules, refused_sections, zero
from schedlint.frameworks.deepspeed.refused_elasticity import ELASTICITY_GONE, read_elasticity
from schedlint.reading.config import Config, Gone, Setting
from schedlint.reading.versions import Change
from schedlint.source import Sequence, value_of

FIRST_GONE = Change("deepspeed", "0.19.7", "nebula and other old sections are refused")
MORE_GONE = ELASTICITY_GONE
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
CHANGES = (
    FIRST_GONE,
    MORE_GONE,
    *zero.CHANGES,
    *refused_schedules.CHANGES,
    *refused_sections.CHANGES,
)

_UNTESTED = ("SGD", "RMSprop", "Adadelta", "Adamax", "NAdam", "RAdam")
"""Optimizers of torch that ZeRO has been tried with in no version, as torch writes them."""
HALVES = ("fp16", "bf16")


def read_refusals(config: Config) -> None:
    """Record what DeepSpeed itself refuses, whoever hands the file to it."""
    zero.read_zero(config)
    refused_sections.read_sections(config)
    read_elasticity(config)
    refused_schedules.read_schedule(config)


def read_refusals_under_accelerate(config: Config, named: Setting) -> None:
    """Record what a run with accelerate refuses; `named` is where the file is told.

    An optimizer in the file is DeepSpeed's to make: the script may bring none beside it.
    """
    read_refusals(config)
    if not config.has("zero_optimization") and config.since(SECTION_NEEDED):
        config.refuse(named, "accelerate needs a section zero_optimization in it")
    refused_sections.read_both_halves(config)
    refused_schedules.read_schedule_under_accelerate(config)
    steps = config.setting("gradient_accumulation_steps")
    multiplied = config.setting("train_micro_batch_size_per_gpu").value is not None
    if steps.stated and steps.value is None and multiplied:
        config.refuse(steps, "accelerate multiplies with it: give a number or auto")
    norm = config.setting("optimizer.params.max_grad_norm")
    if norm.stated:
        config.refuse(norm, "it is no argument of an optimizer: write gradient_clipping")
    _read_untested(config)


def _read_untested(config: Config) -> None:
    kind = config.word("optimizer.type")
    if not isinstance(kind.value, str) or zero.zero_stage(config).number not in (1, 2, 3):
        return
    untested = kind.value in _UNTESTED or kind.value.lower() == "lamb"
    if untested and config.setting("zero_allow_untested_optimizer").value in (None, False):
        why = "under ZeRO it needs zero_allow_untested_optimizer: true as well"
        config.refuse(kind, why)


def read_refusals_under_trainer(config: Config, owner: Config) -> None:
    """Record what a Trainer's run refuses: here no script can fill in what the file leaves out."""
    named = owner.setting("deepspeed")
    named = named if named.stated else config.setting("zero_optimization")
    read_refusals_under_accelerate(config, named)
    if not _given(config, "train_batch_size", "train_micro_batch_size_per_gpu"):
        why = "it needs train_batch_size or train_micro_batch_size_per_gpu, as a number or auto"
        config.refuse(named, why)
    refused_schedules.read_missing(config)
    _read_betas(config, owner)
    if not all(config.setting(f"{half}.enabled").value is True for half in HALVES):
        for half in HALVES:
            _read_half(config, owner, half)
    rate = owner.real("learning_rate", text_counts=True)
    refused_schedules.read_replaced_rate(config, rate)


def _read_half(config: Config, owner: Config, half: str) -> None:
    """A half type that is on or off here must be so there; `auto` takes what is there."""
    switch = config.setting(f"{half}.enabled")
    trained = trains_in(owner, half)
    if isinstance(switch.value, bool) and trained is not None and switch.value is not trained:
        there = config.reading.facts[half].text
        why = f"the trainer's must be the same ({there}): write auto"
        config.refuse(switch, why)


def trains_in(owner: Config, half: str) -> bool | None:
    """Whether a Trainer is told to use that half type; None where that cannot be known."""
    fact = owner.reading.facts.get(half)
    evaluates = owner.flag(f"{half}_full_eval").value
    elsewhere = owner.has("half_precision_backend") or owner.has("fp16_backend")
    if fact is None or not isinstance(fact.value, bool) or elsewhere or evaluates is not False:
        return None
    return fact.value


def _read_betas(config: Config, owner: Config) -> None:
    """Both must be the Trainer's; only numbers are compared."""
    node = config.setting("optimizer.params.betas").value
    betas = [value_of(item.value) for item in node.items] if isinstance(node, Sequence) else []
    trained = [
        owner.real(key, default=default, text_counts=True).number
        for key, default in (("adam_beta1", 0.9), ("adam_beta2", 0.999))
    ]
    known = all(isinstance(each, (int, float)) for each in (*betas, *trained))
    if betas and known and betas != trained:
        beta1, beta2 = trained
        why = f"the trainer's must be the same (adam_beta1 {beta1}, adam_beta2 {beta2}): write auto"
        config.refuse(config.setting("optimizer.params.betas"), why)


def _given(config: Config, *keys: str) -> bool:
    return any(config.setting(key).value is not None for key in keys)
