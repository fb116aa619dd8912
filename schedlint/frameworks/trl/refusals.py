"""What TRL's parser, config classes and trainers refuse.

What GRPO and RLOO refuse of their rounds stands in `rounds.py`.

Sources: trl `scripts/utils.py:TrlParser`; `dpo_config.py:__post_init__`;
`kto_trainer.py:KTOTrainer.__init__`; `sft_trainer.py:SFTTrainer.__init__`, `_prepare_dataset`;
`grpo_config.py:__post_init__`; `gkd_config.py:__post_init__`; `model_config.py:__post_init__`;
transformers `trainer.py:Trainer.__init__` (data without a length); before 0.29
`ppo_trainer.py:PPOTrainer.__init__`; before 0.22 `rloo_trainer.py:RLOOTrainer.__init__`.
"""

from __future__ import annotations

from schedlint.frameworks.trl import launch, rounds
from schedlint.reading.config import Config, Setting
from schedlint.reading.versions import Change
from schedlint.source import Sequence

LOSS_WEIGHTS = Change("trl", "0.20", "loss_weights is known, a weight for each loss of DPO")
ROLLOUT_OF_ACCUMULATION = Change(
    "trl", "0.17", "num_mini_batches divides the accumulated batch of PPO, before it multiplied it"
)
UNPADDED_ROWS_WHOLE = Change(
    "trl", "1.0", "padding_free without packing is refused with a max_length, which it ignores"
)
STREAMING = Change("trl", "0.19", "dataset_streaming is known")
LOSSES = Change("trl", "0.23", "loss_type of SFT is known")
LOG_ON_HUB = Change("trl", "0.28", "log_completions_hub_repo is known")
CLIPPED_BELOW = Change("trl", "1.6", "vllm_importance_sampling_clip_min and _max are known")
CHANGES = (
    LOSS_WEIGHTS,
    ROLLOUT_OF_ACCUMULATION,
    UNPADDED_ROWS_WHOLE,
    STREAMING,
    LOSSES,
    LOG_ON_HUB,
    CLIPPED_BELOW,
)

COUNTS = (
    "max_steps",
    "per_device_train_batch_size",
    "per_device_eval_batch_size",
    "gradient_accumulation_steps",
    *rounds.COUNTS,
)
"""Keys that the parser converts from text by `int`."""
LOSSES_OF_SFT = ("nll", "dft", "chunked_nll")
"""Of all versions; `chunked_nll` came with 1.4 and went with 1.15."""
OF_KTO = ("desirable_weight", "undesirable_weight")
"""Keys that only KTO has."""
OF_PPO = ("vf_coef", "cliprange_value", "kl_estimator")
"""Keys that PPO has and RLOO has not."""


def read(config: Config) -> None:
    """Record what is refused, whichever trainer it is."""
    refuse_counts(config)
    refuse_weights(config)
    refuse_single_samples(config)
    refuse_rollouts(config)
    refuse_two_quantizations(config)
    refuse_endless_data(config)
    refuse_of_sft(config)
    refuse_of_rounds(config)
    refuse_of_distillation(config)


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


def refuse_weights(config: Config) -> None:
    """DPO sums several losses, each with its weight; `loss_type` is a word or a list of words."""
    weights, losses = config.setting("loss_weights"), config.setting("loss_type").value
    if not isinstance(weights.value, Sequence) or not config.since(LOSS_WEIGHTS):
        return
    count = len(losses.items) if isinstance(losses, Sequence) else 1
    if len(weights.value.items) != count:
        config.refuse(weights, "each loss of loss_type has one weight")


def refuse_single_samples(config: Config) -> None:
    """KTO compares a sample with the others of its batch, but for one of its losses."""
    micro = config.setting("per_device_train_batch_size")
    alone = config.setting("loss_type").value == "apo_zero_unpaired"
    if micro.value == 1 and not alone and any(config.has(key) for key in OF_KTO):
        config.refuse(micro, "KTO compares the samples of a batch: it takes 2 or more")


def refuse_endless_packing(config: Config, length: Setting) -> None:
    """Rows are packed up to a length, which must be there."""
    packing = config.flag("packing").value
    if packing is True and length.stated and length.value is None:
        config.refuse(length, "packing fills rows up to this length")


def refuse_rollouts(config: Config) -> None:
    """PPO cuts a rollout into `num_mini_batches`, the first RLOO into groups of `rloo_k`."""
    micro = config.whole("per_device_train_batch_size", default=8, text_counts=True).number
    steps = config.whole("gradient_accumulation_steps", default=1, text_counts=True).number
    parts = config.whole("num_mini_batches", default=1, text_counts=True)
    group = config.whole("rloo_k", text_counts=True)
    if not micro or not steps or not parts.number:
        return
    if group.number and micro * steps * parts.number % group.number:
        config.refuse(group, "the completions of a rollout are cut into groups of this size")
    of_ppo = any(config.has(key) for key in OF_PPO)
    if of_ppo and micro * steps % parts.number and config.since(ROLLOUT_OF_ACCUMULATION):
        config.refuse(parts, "it must divide the samples of a rollout")


def refuse_two_quantizations(config: Config) -> None:
    eight, four = config.flag("load_in_8bit"), config.flag("load_in_4bit")
    if eight.value is True and four.value is True:
        config.refuse(eight, "load_in_4bit is on as well, and only one of the two may be")


def refuse_endless_data(config: Config) -> None:
    """Streamed data has no length: the Trainer needs another end. PPO counts episodes."""
    streaming = config.flag("dataset_streaming")
    limit = config.setting("max_steps", default=-1).value
    endless = isinstance(limit, int) and limit < 0 and not config.has("total_episodes")
    if streaming.value is True and endless and config.since(STREAMING):
        config.refuse(streaming, "a stream has no length: it needs max_steps")


def refuse_of_sft(config: Config) -> None:
    if not launch.is_sft(config):
        return
    loss = config.setting("loss_type").value
    known = not isinstance(loss, str) or loss in LOSSES_OF_SFT or "$" in loss
    if not known and config.since(LOSSES):
        config.refuse(config.setting("loss_type"), "SFT knows nll and dft")
    unpadded, packing = config.flag("padding_free"), config.flag("packing")
    if unpadded.value is not True or packing.value is not False:
        return
    limit = config.whole("max_length", default=1024, text_counts=True).number
    if limit is not None and config.since(UNPADDED_ROWS_WHOLE):
        config.refuse(unpadded, "without packing rows are not cut: give packing or max_length null")


def refuse_of_rounds(config: Config) -> None:
    """Of GRPO: where samples of the log go, and the bounds of its weights."""
    place = config.setting("log_completions_hub_repo")
    unlogged = isinstance(place.value, str) and config.flag("log_completions").value is False
    if unlogged and config.since(LOG_ON_HUB):
        config.refuse(place, "it needs log_completions: true")
    low = config.real("vllm_importance_sampling_clip_min", text_counts=True)
    high = config.real("vllm_importance_sampling_clip_max", text_counts=True)
    if low.number is None or high.number is None or low.number < high.number:
        return
    if config.since(CLIPPED_BELOW):
        config.refuse(low, f"it must lie below {high.key}, which is {high.value}")


def refuse_of_distillation(config: Config) -> None:
    """GKD mixes by two fractions; without its own one, `beta` is another trainer's."""
    for key in ("lmbda", "beta") if config.has("lmbda") else ():
        share = config.real(key, text_counts=True)
        if share.number is not None and not 0 <= share.number <= 1:
            config.refuse(share, "it must lie between 0 and 1")
