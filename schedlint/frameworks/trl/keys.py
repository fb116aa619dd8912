"""TRL: configs of its trainers for SFT, DPO, KTO, reward models, GRPO and RLOO.

All train with the Hugging Face Trainer. GRPO and RLOO count completions where the others count
rows, and draw prompts in rounds; that arithmetic stands in `rounds.py`.

Sources: trl `trainer/base_config.py`, `sft_config.py`, `dpo_config.py`; before 0.19 each trainer's
own config.
"""

from __future__ import annotations

from copy import copy
from typing import ClassVar

from schedlint.frameworks.transformers import held_out, trainer
from schedlint.frameworks.transformers.changes import PACKAGE as TRANSFORMERS
from schedlint.frameworks.transformers.keys import Transformers
from schedlint.frameworks.trl import launch, mixture, refusals
from schedlint.frameworks.trl import rounds as trl_rounds
from schedlint.reading.config import Config, Gone, Setting
from schedlint.reading.framework import Named
from schedlint.reading.versions import Change
from schedlint.source import UNKNOWN, Document, Mapping, Scalar

PACKAGE = trl_rounds.PACKAGE
PACKS_BEFORE_TRAINING = Change(
    PACKAGE, "0.7.5", "rows are packed before training, before that the steps count unpacked rows"
)
OWN_DEFAULTS = Change(PACKAGE, "0.19", "logging_steps is 10 and bf16 is on by default")
SFT_MAX_LENGTH = Change(PACKAGE, "0.16", "SFT knows max_length, before that only max_seq_length")
MAX_LENGTH_ONLY = Change(PACKAGE, "0.20", "max_seq_length is gone: max_length")
SCRIPTS_RESUME = Change(
    PACKAGE, "1.14.2", "the scripts hand resume_from_checkpoint on, before that it does nothing"
)
COMPLETIONS_ARE_ONLINE = Change(PACKAGE, "0.29", "DPO has no max_completion_length any more")

ROUNDS = (
    "num_generations",
    "num_generations_eval",
    "steps_per_generation",
    "generation_batch_size",
    "num_iterations",
    "scale_rewards",
    "reward_weights",
    "reward_clip_range",
    "epsilon_high",
    "log_completions",
    "mask_truncated_completions",
)
"""Keys that only GRPO and RLOO have."""
ROWS = ("max_length", "max_seq_length", "packing", "loss_weights", "truncation_mode")
"""Keys that GRPO and RLOO do not have."""
PAIRS = (
    "beta",
    "label_smoothing",
    "loss_type",
    "max_completion_length",
    "max_prompt_length",
    "precompute_ref_log_probs",
    "center_rewards_coefficient",
    *refusals.OF_KTO,
)
"""Keys that SFT did not have when it did not know `max_length`."""
OWN_LOOP = (
    "num_ppo_epochs",
    "total_episodes",
    "num_mini_batches",
    "num_sample_generations",
    "local_rollout_forward_batch_size",
    "response_length",
    "sft_model_path",
    "stop_token",
    "stop_token_id",
    "whiten_rewards",
    "kl_coef",
    "kl_estimator",
    "cliprange",
    "cliprange_value",
    "vf_coef",
    "rloo_k",
    "normalize_advantage",
    "normalize_reward",
    "token_level_kl",
)
"""Keys that only PPO has, and RLOO before 0.22, which do not train in the Trainer's loop: there
`num_train_epochs` counts and `max_steps` does not (`ppo_trainer.py:PPOTrainer.__init__`).
"""


class Trl(Transformers):
    """Keys of TRL's configs, which extend `TrainingArguments`."""

    name = "trl"
    title = "TRL"
    packages = (PACKAGE, TRANSFORMERS)
    versions = "0.15.2 to 1.16"
    changes = (
        *Transformers.changes,
        *trl_rounds.CHANGES,
        *launch.CHANGES,
        *refusals.CHANGES,
        mixture.MIXTURES,
        PACKS_BEFORE_TRAINING,
        OWN_DEFAULTS,
        SFT_MAX_LENGTH,
        MAX_LENGTH_ONLY,
        COMPLETIONS_ARE_ONLINE,
        SCRIPTS_RESUME,
    )
    gone = (
        *Transformers.gone,
        Gone("max_seq_length", MAX_LENGTH_ONLY, "max_length takes its place"),
    )
    renamed: ClassVar[dict[str, str]] = {
        **Transformers.renamed,
        "max_seq_length": "max_length",
    }
    words = (*trainer.WORDS, *held_out.WORDS, *trl_rounds.WORDS)
    home = "https://huggingface.co/docs/trl"

    text_counts = True

    def read(self, config: Config) -> None:
        if any(config.has(key) for key in OWN_LOOP):
            self.read_batches(config)
            self.read_precision(config)
            self.read_companions(config)
            config.reading.fillable.clear()  # only the Trainer's loop compares them
        else:
            super().read(config)
            self.read_length(config)
        refusals.read(config)

    def names(self, document: Document) -> tuple[Named, ...]:
        """A DeepSpeed file, and the launcher's file where `accelerate_config` is a path."""
        root = document.root
        entry = root.get("accelerate_config") if isinstance(root, Mapping) else None
        path = entry.value.value if entry and isinstance(entry.value, Scalar) else None
        if not isinstance(path, str) or not path.endswith((".yaml", ".yml", ".json")):
            return super().names(document)
        return (*super().names(document), Named("accelerate", path, "accelerate_config"))

    def in_rounds(self, config: Config) -> bool | None:
        """Whether it is GRPO or RLOO; None where the version would have to tell."""
        if any(config.has(key) for key in ROUNDS):
            return True
        if not config.has("max_completion_length") or any(config.has(key) for key in ROWS):
            return False
        return True if config.since(COMPLETIONS_ARE_ONLINE) else None

    # Data.

    def read_data(self, config: Config) -> None:
        in_rounds = self.in_rounds(config)
        if in_rounds is False:
            super().read_data(config)
            self.read_packing(config)
            self.read_rows(config)
        elif in_rounds:
            self.read_rows(config)
            trl_rounds.read(config, self.accumulation(config))

    def read_rows(self, config: Config) -> None:
        """Stored rows become samples, unless they are packed or sampled from a mixture first."""
        config.fact("streaming", config.flag("dataset_streaming", "streaming"))
        if config.flag("packing").value is not False:
            return
        mixture.read(config)

    def read_packing(self, config: Config) -> None:
        packing = config.fact("packing", config.flag("packing"))
        limited = (config.whole("max_steps", default=-1, text_counts=True).number or 0) > 0
        old = config.has("max_seq_length") and not limited
        if packing.value is True and old and not config.since(PACKS_BEFORE_TRAINING):
            config.fact("unpacked_horizon", packing)

    def read_length(self, config: Config) -> None:
        """`max_length`; GRPO and RLOO have none."""
        if self.in_rounds(config) is not False:
            return
        length = self.length(config)
        if length is not None:
            config.state("sequence_length", length)
            refusals.refuse_endless_packing(config, length)

    def length(self, config: Config) -> Setting | None:
        """What stands for the length; None where `max_length` counts for some trainers only."""
        keys = ["max_length"]
        if config.has("max_seq_length"):
            if not config.since(MAX_LENGTH_ONLY):
                keys.insert(0, "max_seq_length")
        elif config.has("max_length") and not self.knows_max_length(config):
            if not launch.is_sft(config):
                return None
            keys = ["max_seq_length"]
        return config.whole(*keys, default=1024, text_counts=True)

    def knows_max_length(self, config: Config) -> bool:
        """Whether every trainer that it may be knows `max_length`."""
        return any(config.has(key) for key in PAIRS) or config.since(SFT_MAX_LENGTH)

    # Duration.

    def read_steps_per_epoch(self, config: Config) -> None:
        """The steps planned; an epoch that loses incomplete rounds makes no more than these."""
        if self.in_rounds(config) and not config.since(trl_rounds.WHOLE_ROUNDS):
            rounds_up = super().epochs_are_whole(config)
            config.relate(trainer.steps_rounded_up if rounds_up else trainer.steps_rounded_down)
        else:
            super().read_steps_per_epoch(config)

    def epochs_are_whole(self, config: Config) -> bool:
        """In rounds since 0.20, which needs a transformers that rounds up (4.53.2)."""
        if self.in_rounds(config):
            return config.since(trl_rounds.WHOLE_ROUNDS)
        return super().epochs_are_whole(config)

    # Evaluations, log lines, precision.

    def read_cadence(self, config: Config) -> None:
        super().read_cadence(config)
        if self.in_rounds(config) and self.eval_strategy(config).value in ("steps", "epoch"):
            trl_rounds.read_evaluation(config)

    def log_steps(self, config: Config) -> Setting:
        stated = config.has("logging_steps")
        default = 10 if stated or config.since(OWN_DEFAULTS) else 500
        return config.real("logging_steps", default=default, text_counts=True)

    def read_precision(self, config: Config) -> None:
        """`bf16` is on unless `fp16` is, where neither says otherwise."""
        fp16 = config.fact("fp16", config.flag("fp16"))
        bf16 = config.flag("bf16", default=None)
        if bf16.value is None:
            by_default = fp16.value is not True and config.since(OWN_DEFAULTS)
            bf16 = bf16._replace(value=UNKNOWN if fp16.value is UNKNOWN else by_default)
        config.fact("bf16", bf16)

    # Processes.

    def read_companions(self, config: Config) -> None:
        """The launcher's file counts where the command hands its name on."""
        if config.has("accelerate_config") and not launch.hands_on(config):
            config = copy(config)
            config.companions = tuple(
                each for each in config.companions if each.framework != "accelerate"
            )
        super().read_companions(config)
        if launch.hands_on(config):
            launch.read(config)

    def resumes(self, config: Config) -> bool:
        return super().resumes(config) and config.since(SCRIPTS_RESUME)


FRAMEWORK = Trl()
