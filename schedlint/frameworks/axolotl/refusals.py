"""What Axolotl refuses when it reads its file: settings that exclude each other.

A setting that is missing is not spoken of here: an option of the command line may give it.

Sources: axolotl `utils/schemas/validation.py` (the validators named below),
`utils/schemas/config.py:AxolotlInputConfig`, `utils/data/shared.py:create_train_validation_split`.
"""

from __future__ import annotations

from schedlint.frameworks.axolotl.cadence import every
from schedlint.frameworks.axolotl.fields import count, eval_data, max_steps, streaming, validation
from schedlint.frameworks.transformers.refusals import SCHEDULES, STRATEGIES, choose
from schedlint.reading.config import Config, Setting
from schedlint.source import UNKNOWN, Mapping, Sequence

BOTH = (
    ("batch_size", "gradient_accumulation_steps"),  # check_gas_bsz
    ("warmup_ratio", "warmup_steps"),  # check_warmup
    ("saves_per_epoch", "save_steps"),  # check_saves
    ("evals_per_epoch", "eval_steps"),  # check_evals
    ("val_set_size", "test_datasets"),  # check_val_w_test_datasets
    ("val_set_size", "pretraining_dataset"),  # check_pretraining_w_val_set_size
    ("val_set_size", "streaming"),  # check_streaming_w_val_set_size
    ("sample_packing", "rl"),  # check_sample_packing_w_rl
)
"""Pairs of which only one may be given; null and 0 count as not given."""
EVENTS = ("save", "eval")
OWN_SCHEDULES = ("one_cycle", "rex")
"""What `lr_scheduler` may be beside the schedules of transformers."""


def read(config: Config) -> None:
    """Record every setting that Axolotl would stop at."""
    for key, other in BOTH:
        setting = given(config, key)
        if setting is not None and given(config, other):
            config.refuse(setting, f"{other} is given as well, and only one may be")
    refuse_strategies(config)
    refuse_evaluation_without_data(config)
    refuse_best(config)
    refuse_choices(config)
    refuse_types(config)
    refuse_sizes(config)
    refuse_single_completions(config)


def given(config: Config, key: str) -> Setting | None:
    """The setting, where the file gives it a value other than null, 0 and false."""
    setting = config.setting(key)
    is_given = setting.stated and setting.value is not UNKNOWN and bool(setting.value)
    return setting if is_given else None


def refuse_strategies(config: Config) -> None:
    """`check_saves`, `check_evals`: an interval in steps goes with the strategy steps only."""
    for kind, intervals in (("save", ("save_steps",)), ("eval", ("eval_steps", "evals_per_epoch"))):
        strategy = config.setting(f"{kind}_strategy")
        if strategy.value is False or strategy.value is True:
            config.refuse(strategy, "YAML reads it as a boolean: write it in quotes")
        elif given(config, strategy.key) and strategy.value != "steps":
            clash = next(filter(None, (given(config, key) for key in intervals)), None)
            if clash is not None:
                config.refuse(strategy, f"with {clash.text} it must be steps or left out")


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
        config.refuse(patience, f"{every_save.text} is no multiple of {every_eval.text}")
    elif not every_save.number or not every_eval.number:
        config.refuse(patience, "it needs both save_steps and eval_steps")


def refuse_choices(config: Config) -> None:
    """Words that `TrainingArguments` does not know (`core/builders/base.py:TrainerBuilderBase`)."""
    choose(config, "lr_scheduler", ("", *SCHEDULES, *OWN_SCHEDULES))
    if (
        isinstance(config.setting("save_strategy").value, str)
        and every(config, "save").value is None
    ):
        choose(config, "save_strategy", ("", *STRATEGIES, "best"))
    evaluates = eval_data(config).value is True and every(config, "eval").value is None
    if evaluates and isinstance(config.setting("eval_strategy").value, str):
        choose(config, "eval_strategy", ("", *STRATEGIES))


def refuse_types(config: Config) -> None:
    bf16, test = config.setting("bf16"), config.setting("test_datasets")
    if isinstance(bf16.value, str) and bf16.value == "full":
        config.refuse(bf16, "it is auto, true or false")
    if isinstance(test.value, Mapping) or (
        isinstance(test.value, Sequence) and not test.value.items
    ):
        config.refuse(test, "it is a list of at least one data set")


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


def refuse_single_completions(config: Config) -> None:
    """`check_grpo_batch_size_divisibility`."""
    group = count(config, "trl.num_generations")
    if config.word("rl").value == "grpo" and group.number is not None and group.number < 2:
        config.refuse(group, "the completions of a prompt are compared: it takes 2 or more")
