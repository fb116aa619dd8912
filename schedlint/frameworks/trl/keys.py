"""TRL: configs of its trainers for SFT, DPO, KTO, reward models, GRPO and RLOO.

All train with the Hugging Face Trainer. GRPO and RLOO count completions where the others count
rows, and draw prompts in rounds; that arithmetic stands in `trl_rounds.py`.

Sources: trl `scripts/utils.py:TrlParser`, `get_dataset`; `trainer/base_config.py`, `sft_config.py`,
`dpo_config.py`; before 0.19 each trainer's own config.
"""

from __future__ import annotations

from schedlint.frameworks.transformers import held_out, trainer
from schedlint.frameworks.transformers.changes import PACKAGE as TRANSFORMERS
from schedlint.frameworks.transformers.keys import Transformers
from schedlint.frameworks.trl import rounds as trl_rounds
from schedlint.reading.config import Config, Gone, Setting
from schedlint.reading.framework import Named
from schedlint.reading.versions import Change
from schedlint.source import UNKNOWN, Document, Mapping, Node, Scalar, Sequence, value_of

PACKAGE = trl_rounds.PACKAGE
PACKS_BEFORE_TRAINING = Change(
    PACKAGE, "0.7.5", "rows are packed before training, before that the steps count unpacked rows"
)
OWN_DEFAULTS = Change(PACKAGE, "0.19", "logging_steps is 10 and bf16 is on by default")
MAX_LENGTH_ONLY = Change(PACKAGE, "0.20", "max_seq_length is gone: max_length")
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
OWN_LOOP = (
    "num_ppo_epochs",
    "total_episodes",
    "num_mini_batches",
    "local_rollout_forward_batch_size",
    "rloo_k",
)
"""Keys of PPO and of RLOO before 0.22, which do not train in the Trainer's loop."""


class Trl(Transformers):
    """Keys of TRL's configs, which extend `TrainingArguments`."""

    name = "trl"
    title = "TRL"
    packages = (PACKAGE, TRANSFORMERS)
    versions = "0.15.2 to 1.16"
    changes = (
        *Transformers.changes,
        *trl_rounds.CHANGES,
        PACKS_BEFORE_TRAINING,
        OWN_DEFAULTS,
        MAX_LENGTH_ONLY,
        COMPLETIONS_ARE_ONLINE,
    )
    gone = (
        *Transformers.gone,
        Gone("max_seq_length", MAX_LENGTH_ONLY, "max_length takes its place"),
    )
    words = (*trainer.WORDS, *held_out.WORDS, *trl_rounds.WORDS)
    home = "https://huggingface.co/docs/trl"

    text_counts = True

    def read(self, config: Config) -> None:
        if any(config.has(key) for key in OWN_LOOP):
            self.read_batches(config)
            self.read_precision(config)
            self.read_companions(config)
        else:
            super().read(config)
            self.read_length(config)
        refuse_counts(config)

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

    # Batches and processes.

    def read_batches(self, config: Config) -> None:
        """`trl sft` hands `num_processes` on to the launcher."""
        super().read_batches(config)
        config.state("world_size", config.whole("num_processes", text_counts=True))

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
        mixture = mixture_prefix(config)
        if mixture is None:
            config.relate(held_out.all_rows_train)
        else:
            size = config.real(f"{mixture}test_split_size", text_counts=True)
            if size.value is None:
                config.relate(held_out.all_rows_train)
            held_out.split(config, size)
        if not is_sampled(config, mixture):
            config.relate(held_out.kept_rows)

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
        renamed = config.has("max_seq_length") and config.since(MAX_LENGTH_ONLY)
        keys = ("max_length",) if renamed else ("max_seq_length", "max_length")
        length = config.whole(*keys, default=1024, text_counts=True)
        if length.default:
            length = length._replace(key="max_length")
        config.state("sequence_length", length)

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


COUNTS = (
    "max_steps",
    "per_device_train_batch_size",
    "per_device_eval_batch_size",
    "gradient_accumulation_steps",
    *trl_rounds.COUNTS,
)
"""Keys that the parser converts from text by `int`."""


def refuse_counts(config: Config) -> None:
    """Text that is a number but no integer: YAML 1.1 reads `1e3` as text, and `int` stops at it.

    Other text (`${BATCH}`) may be filled in before it is read.
    """
    for key in COUNTS:
        setting = config.setting(key)
        if isinstance(setting.value, str) and is_number_but_no_integer(setting.value):
            config.refuse(setting, "the parser takes an integer here")


def is_number_but_no_integer(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    try:
        int(text)
    except ValueError:
        return True
    return False


def mixture_prefix(config: Config) -> str | None:
    """Where a mixture of datasets stands in the config; None where there is none."""
    prefixes = ("dataset_mixture.", "")
    return next((prefix for prefix in prefixes if config.has(f"{prefix}datasets")), None)


def is_sampled(config: Config, mixture: str | None) -> bool:
    """Whether only a part of some dataset is taken.

    The alignment handbook's `weight` and `dataset_mixer` take that part of each; TRL's `fraction`
    takes shares of the whole.
    """
    if mixture is None:
        return config.has("dataset_mixer")
    datasets = config.setting(f"{mixture}datasets").value
    if not isinstance(datasets, Sequence):
        return True
    return not all(is_whole(item.value) for item in datasets.items)


def is_whole(dataset: Node) -> bool:
    """Whether a dataset of a mixture is taken whole."""
    if not isinstance(dataset, Mapping) or dataset.get("fraction") is not None:
        return False
    weight = dataset.get("weight")
    return weight is None or value_of(weight.value) in (None, 1)


FRAMEWORK = Trl()
