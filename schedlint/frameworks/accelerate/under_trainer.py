"""The launcher's file against a Trainer's: what must be the same, and which of both counts.

The launcher hands its precision on in the environment. `TrainingArguments` puts its own half type
in its place; where it has none, the launcher's stands. With DeepSpeed the engine's is then compared
with the Trainer's switches.

Sources: transformers `training_args.py:TrainingArguments.__post_init__`,
`trainer.py:propagate_args_to_deepspeed` (since 5.x in `integrations/deepspeed.py`),
`integrations/deepspeed.py:HfTrainerDeepSpeedConfig.trainer_config_process`; accelerate
`utils/dataclasses.py:DeepSpeedPlugin.__post_init__`, `set_mixed_precision`,
`_deepspeed_config_checks`.
"""

from __future__ import annotations

from schedlint.frameworks.accelerate.refusals import refuse_doubled
from schedlint.frameworks.deepspeed.refusals import HALVES, trains_in
from schedlint.reading.config import Config, Setting

OF_ARGUMENTS = ("per_device_train_batch_size", "num_train_epochs", "lr_scheduler_type")
"""Keys of `TrainingArguments` that Axolotl has not, which sets the launcher's precision itself."""


def read_against_trainer(config: Config, owner: Config) -> None:
    """Compare with the Trainer's file, whose facts have been read."""
    deepspeed = config.setting("distributed_type").value == "DEEPSPEED"
    if owner.setting("deepspeed").value is not None:
        if deepspeed:
            refuse_doubled(
                config, "the trainer's file names a DeepSpeed file: it belongs into that"
            )
        return
    named = config.has("deepspeed_config.deepspeed_config_file")
    if deepspeed and named:
        return
    if deepspeed:
        _read_clipping(config, owner)
    if any(owner.has(key) for key in OF_ARGUMENTS):
        _read_precision(config, owner, compared=deepspeed)


def _read_clipping(config: Config, owner: Config) -> None:
    """The norm must be the Trainer's; 0 is not handed on, and `auto` takes the Trainer's."""
    norm = config.real("deepspeed_config.gradient_clipping", text_counts=True)
    if norm.number:
        config.state("max_grad_norm", norm)
        config.state("max_grad_norm", owner.setting("max_grad_norm", default=1.0))


def _read_precision(config: Config, owner: Config, *, compared: bool) -> None:
    """`compared`: whether the launcher's own DeepSpeed engine runs."""
    asked = config.setting("mixed_precision")
    word = asked.value.lower() if isinstance(asked.value, str) else None
    trained = {half: trains_in(owner, half) for half in HALVES}
    if word not in (*HALVES, "fp8") or None in trained.values():
        return
    used = next((half for half in HALVES if trained[half]), None)
    if used is not None and used != word:
        there = config.reading.facts[used].text
        why = f"the trainer's own half precision takes its place ({there})"
        config.fact("unused_precision", asked._replace(value=why))
    elif used is None and word in HALVES:
        _read_without_half(config, owner, asked, word, compared=compared)


def _read_without_half(
    config: Config, owner: Config, asked: Setting, word: str, *, compared: bool
) -> None:
    switch = owner.setting(word)
    if compared:
        there = config.reading.facts[word].text
        config.refuse(asked, f"the trainer's must be the same ({there})")
    elif switch.value is False:
        why = f"where both are off, the launcher's {asked.text} counts"
        config.fact("unused_precision", switch._replace(value=why))
