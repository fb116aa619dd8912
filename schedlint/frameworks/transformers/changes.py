"""The differences between versions of transformers that the formulas know."""

from __future__ import annotations

from schedlint.frameworks.transformers import resume, sharding
from schedlint.reading.config import Gone
from schedlint.reading.versions import Change

PACKAGE = "transformers"
MAX_STEPS_FROM_ZERO = Change(
    PACKAGE, "4.47", "max_steps 0 counts as given, before that as not given"
)
EPOCHS_COUNT_ANEW = Change(
    PACKAGE, "4.47", "an incomplete accumulation does not go on in the next epoch"
)
EVAL_STRATEGY = Change(PACKAGE, "4.41", "evaluation_strategy is called eval_strategy as well")
EVAL_STRATEGY_ONLY = Change(PACKAGE, "4.51", "evaluation_strategy is gone: eval_strategy")
STEPS_ROUND_UP = Change(
    PACKAGE,
    "4.52",
    "steps per epoch are rounded up, before that down (huggingface/transformers#37923)",
)
WARMUP_FRACTION = Change(
    PACKAGE, "5.0", "warmup_steps below 1 is a fraction; a given warmup_ratio beats warmup_steps"
)
FINAL_EVALUATION = Change(PACKAGE, "5.4", "one more evaluation at the last step (strategy steps)")
WARMUP_RATIO_GONE = Change(PACKAGE, "5.15", "warmup_ratio is gone: give warmup_steps below 1")
SAVE_BEST = Change(PACKAGE, "4.47", "save_strategy best")
BEST_NOT_LOADED = Change(
    PACKAGE, "4.50", "save_strategy best forgets which checkpoint it was: none is loaded in the end"
)
BEST_LOADED_AGAIN = Change(PACKAGE, "5.4", "save_strategy best remembers its checkpoint again")
STABLE_STEPS_OPTIONAL = Change(
    PACKAGE, "4.47", "warmup_stable_decay fills in a missing num_stable_steps"
)

CHANGES = (
    MAX_STEPS_FROM_ZERO,
    EPOCHS_COUNT_ANEW,
    EVAL_STRATEGY,
    EVAL_STRATEGY_ONLY,
    STEPS_ROUND_UP,
    WARMUP_FRACTION,
    FINAL_EVALUATION,
    WARMUP_RATIO_GONE,
    SAVE_BEST,
    BEST_NOT_LOADED,
    BEST_LOADED_AGAIN,
    STABLE_STEPS_OPTIONAL,
    *resume.CHANGES,
    *sharding.CHANGES,
)

GONE = (
    Gone("evaluation_strategy", EVAL_STRATEGY_ONLY, "eval_strategy takes its place", EVAL_STRATEGY),
    Gone(
        "warmup_ratio", WARMUP_RATIO_GONE, "warmup_steps below 1 is the fraction", WARMUP_FRACTION
    ),
)

RENAMED = {
    "evaluation_strategy": "eval_strategy",
    "no_cuda": "use_cpu",
    "per_gpu_eval_batch_size": "per_device_eval_batch_size",
    "per_gpu_train_batch_size": "per_device_train_batch_size",
    "push_to_hub_token": "hub_token",
}
"""Old names that `TrainingArguments.__post_init__` handed on to the new ones as they were."""
