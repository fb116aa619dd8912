"""What Axolotl refuses when it reads its file, beyond the table of keys in `combinations.py`.

Sources: axolotl `utils/schemas/validation.py` (the validators named below),
`utils/schemas/config.py:AxolotlInputConfig`, `utils/data/shared.py:create_train_validation_split`.
"""

from __future__ import annotations

import re

from schedlint.frameworks.axolotl import combinations, groups
from schedlint.frameworks.axolotl.cadence import every
from schedlint.frameworks.axolotl.fields import (
    accumulation,
    count,
    epochs,
    eval_data,
    max_steps,
    shares_model,
    streaming,
    validation,
)
from schedlint.frameworks.axolotl.optimizers import OPTIMIZERS
from schedlint.frameworks.axolotl.terms import is_given
from schedlint.frameworks.axolotl.versions import (
    ATTENTION_BY_NAME,
    COUNTS_STEPS,
    ONE_ATTENTION,
    PATTERNS,
    UNSLOTH_GONE,
    certainly_lacks,
    has,
)
from schedlint.frameworks.transformers.refusals import SCHEDULES, STRATEGIES, choose
from schedlint.plan import Number
from schedlint.reading.config import Config, Remedy, Setting
from schedlint.source import UNKNOWN, Mapping, Sequence, value_of

EVENTS = ("save", "eval")
OWN_SCHEDULES = ("one_cycle", "rex")
"""What `lr_scheduler` may be beside the schedules of transformers."""
LISTS = ("datasets", "pretraining_dataset", "test_datasets")
NEEDED = ("learning_rate", "num_epochs", "output_dir", "sequence_len")
"""Fields that take no null."""
ATTENTIONS = (
    "eager",
    "sdpa",
    "flash_attention_2",
    "flash_attention_3",
    "flash_attention_4",
    "flash_attention_torch",
    "flex_attention",
    "varlen",
    "xformers",
    "sage",
    "fp8",
)
"""`schemas/enums.py:CANONICAL_ATTN_IMPLS`, of all versions."""
UNSLOTH = (
    "unsloth_cross_entropy_loss",
    "unsloth_lora_mlp",
    "unsloth_lora_qkv",
    "unsloth_lora_o",
    "unsloth_rms_norm",
    "unsloth_rope",
)
OTHER_STEPS = (
    "batch_size",
    "ddp",
    "max_steps",
    "pretraining_dataset",
    "rl",
    "streaming",
    "test_datasets",
    "val_set_size",
)
"""With these the steps are not counted from all tokens and the processes alone."""
ATTENTION_FLAGS = (
    "xformers_attention",
    "sdp_attention",
    "flash_attention",
    "flex_attention",
    "sage_attention",
    "eager_attention",
)


def read(config: Config) -> None:
    """Record every setting that Axolotl would stop at."""
    combinations.read(config)
    refuse_strategies(config)
    refuse_evaluation_without_data(config)
    refuse_best(config)
    refuse_unsloth(config)
    refuse_choices(config)
    refuse_types(config)
    refuse_patterns(config)
    refuse_sizes(config)
    refuse_attention(config)
    refuse_data_sets(config)
    groups.refuse(config)
    refuse_estimate(config)


def given(config: Config, key: str) -> Setting | None:
    """The setting, where the file gives it a value other than null, 0 and false."""
    setting = config.setting(key)
    return setting if is_given(setting) else None


def refuse_strategies(config: Config) -> None:
    """`check_saves`, `check_evals`: an interval in steps goes with the strategy steps only."""
    for kind, intervals in (("save", ("save_steps",)), ("eval", ("eval_steps", "evals_per_epoch"))):
        strategy = config.setting(f"{kind}_strategy")
        if strategy.value is False or strategy.value is True:
            remedy = None if strategy.value else Remedy(strategy, "no", only=True)
            config.refuse(strategy, "YAML reads it as a boolean: write it in quotes", remedy)
        elif given(config, strategy.key) and strategy.value != "steps":
            clash = next(filter(None, (given(config, key) for key in intervals)), None)
            if clash is not None:
                why = f"with {clash.text} it must be steps or left out"
                config.refuse(strategy, why, Remedy(clash, None))


def refuse_evaluation_without_data(config: Config) -> None:
    """`check_evals`: only an explicit `val_set_size: 0` is refused, not a missing one."""
    size = config.setting("val_set_size")
    if not size.stated or size.value != 0 or size.value is False or given(config, "test_datasets"):
        return
    asked = given(config, "eval_steps") or given(config, "eval_strategy")
    if asked is not None and config.setting("eval_strategy").value != "no":
        config.refuse(asked, f"{size.text} leaves nothing to evaluate")


def refuse_best(config: Config) -> None:
    """`check_save_strategy_best_requires_metric`, `check_early_stopping`."""
    strategy = config.setting("save_strategy")
    if strategy.value == "best" and not config.has("metric_for_best_model"):
        config.refuse(strategy, "it needs metric_for_best_model")
    patience = given(config, "early_stopping_patience")
    every_save, every_eval = (config.real(f"{kind}_steps", text_counts=True) for kind in EVENTS)
    if patience is None or UNKNOWN in (every_save.value, every_eval.value):
        return
    if every_save.number and every_eval.number and every_save.number % every_eval.number != 0:
        fits = max(1, round(every_save.number / every_eval.number)) * every_eval.number
        why = f"{every_save.text} is no multiple of {every_eval.text}"
        config.refuse(patience, why, Remedy(every_save, fits))
    elif not every_save.number or not every_eval.number:
        why = "it needs both save_steps and eval_steps"
        config.refuse(patience, why, Remedy(patience, None))


def refuse_unsloth(config: Config) -> None:
    """`check_deprecated_unsloth_fields`: what is off is passed over."""
    for setting in filter(None, (given(config, key) for key in UNSLOTH)):
        if config.since(UNSLOTH_GONE):
            why = "write lora_mlp_kernel, lora_qkv_kernel and lora_o_kernel instead"
            config.refuse(setting, why)


def refuse_choices(config: Config) -> None:
    """Words that `TrainingArguments` does not know (`core/builders/base.py:TrainerBuilderBase`)."""
    choose(config, "lr_scheduler", ("", *SCHEDULES, *OWN_SCHEDULES))
    optimizer = given(config, "optimizer")
    if optimizer and isinstance(optimizer.value, str) and optimizer.value not in OPTIMIZERS:
        config.refuse(optimizer, "neither Axolotl nor transformers has an optimizer of that name")
    if (
        isinstance(config.setting("save_strategy").value, str)
        and every(config, "save").value is None
    ):
        choose(config, "save_strategy", ("", *STRATEGIES, "best"))
    evaluates = eval_data(config).value is True and every(config, "eval").value is None
    if evaluates and isinstance(config.setting("eval_strategy").value, str):
        choose(config, "eval_strategy", ("", *STRATEGIES))


def refuse_types(config: Config) -> None:
    """What the fields of `AxolotlInputConfig` take beyond their types."""
    bf16, test = config.setting("bf16"), config.setting("test_datasets")
    if isinstance(bf16.value, str) and bf16.value == "full":
        config.refuse(bf16, "it is auto, true or false")
    if isinstance(test.value, Mapping):
        config.refuse(test, "it is a list of at least one data set")
    for setting in map(config.setting, LISTS):
        if isinstance(setting.value, Sequence) and not setting.value.items:
            config.refuse(setting, "it is a list of at least one data set")
    for setting in map(config.setting, NEEDED):
        if setting.stated and setting.value is None:
            config.refuse(setting, "it cannot be null: give a value, or remove the key")
    noise = config.real("neftune_noise_alpha", text_counts=True)
    if noise.number is not None and noise.number <= 0:
        config.refuse(noise, "it is above 0")


def refuse_patterns(config: Config) -> None:
    """`check_lora_target_modules_regex`: each name of a module is a regular expression."""
    modules = config.setting("lora_target_modules")
    names = modules.value.items if isinstance(modules.value, Sequence) else ()
    for name in (value_of(item.value) for item in names):
        if isinstance(name, str) and not _is_pattern(name) and has(config, PATTERNS):
            config.refuse(modules, f"{name} is no regular expression")


def _is_pattern(text: str) -> bool:
    try:
        re.compile(text)
    except re.error:
        return False
    return True


def refuse_sizes(config: Config) -> None:
    """`create_train_validation_split`, which preference data gives the number as it is."""
    size, limit = validation(config), max_steps(config)
    number, streams = size.number or 0, streaming(config).value
    if streams is True and (limit.number or 0) < 0 and not given(config, "rl"):
        config.refuse(limit, "a stream has no epochs to go by instead")
    if streams not in (False, None):
        return
    if number == 1:
        config.refuse(size, "1 is neither a fraction below 1 nor a count above 1")
    elif number < 0:
        config.refuse(size, "it is less than no rows")
    elif number > 1 and given(config, "rl"):
        config.refuse(size, "of preferences and prompts it takes a fraction, not a count")


def refuse_attention(config: Config) -> None:
    """`check_attention_fields`; since 0.17 `normalize_attn_implementation`,
    `validate_attn_implementation`.
    """
    name = given(config, "attn_implementation")
    flags = [flag for key in ATTENTION_FLAGS if (flag := given(config, key)) is not None]
    unknown = (
        name is not None
        and isinstance(name.value, str)
        and name.value not in ATTENTIONS
        and "/" not in name.value
    )
    if name is not None and (unknown or flags) and has(config, ATTENTION_BY_NAME):
        if unknown:
            config.refuse(name, f"it is one of {', '.join(ATTENTIONS)}, or a kernel's path")
        for flag in flags:
            config.refuse(flag, f"it does not go with {name.text}: remove it")
    elif certainly_lacks(config, ATTENTION_BY_NAME) and has(config, ONE_ATTENTION):
        counted = [flag for flag in flags if flag.key != "eager_attention"]
        for flag in counted[1:]:
            config.refuse(flag, f"it does not go with {counted[0].text}")


def refuse_data_sets(config: Config) -> None:
    """`deprecate_sharegpt_datasets`, `check_streaming_w_multiple_datasets`."""
    data_sets = config.setting("datasets")
    if not isinstance(data_sets.value, Sequence):
        return
    for item in data_sets.value.items:
        entry = item.value.get("type") if isinstance(item.value, Mapping) else None
        kind = None if entry is None else value_of(entry.value)
        if isinstance(kind, str) and kind.startswith("sharegpt"):
            config.refuse(Setting("type", kind, entry), "it is gone: take chat_template")
    streams, packing = given(config, "streaming"), given(config, "sample_packing")
    if streams and packing and len(data_sets.value.items) > 1 and has(config, COUNTS_STEPS):
        config.refuse(packing, f"{streams.text} with several datasets is not packed")


def refuse_estimate(config: Config) -> None:
    """`calculate_total_num_steps`: an estimate of the packing makes the steps a float, which the
    Trainer cannot count to. Only a count below one step is left to the Trainer.
    """
    estimate, rank = given(config, "sample_packing_eff_est"), rank_batch(config)
    rows, tokens, ranks = map(config.told.get, ("dataset_rows", "mean_sample_length", "world_size"))
    if estimate is None or rank is None or not (rows and tokens and ranks):
        return
    share, length = (config.real(key, default=512).number for key in (estimate.key, "sequence_len"))
    if given(config, "sample_packing") and share and length and (epochs(config).number or 0) > 0:
        steps = 0.99 * float(rows * tokens) / share / length // (rank * ranks) - 1
        if steps > 0:
            why = "its estimate of the steps is a float, at which the Trainer stops"
            config.refuse(estimate, f"{why}: remove it, or give max_steps")


def rank_batch(config: Config) -> Number | None:
    """The batch of one process, where nothing but it and all processes makes the steps."""
    micro, steps = count(config, "micro_batch_size").number, accumulation(config).number
    if shares_model(config) or any(map(config.has, OTHER_STEPS)):
        return None
    return micro * steps if micro and steps else None
