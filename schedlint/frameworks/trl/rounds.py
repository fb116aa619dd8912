"""GRPO and RLOO in TRL: prompts drawn in rounds, batches counted in completions.

A round holds `generation_batch_size` completions, `num_generations` of each of its prompts; it is
trained on in `steps_per_generation` micro-batches, `num_iterations` times. `dataset_size` counts
prompts, `micro_batch_size` and `global_batch_size` count completions. The completions of a prompt
must fit a round: where `num_generations` does not divide `generation_batch_size`, or the stated
`generation_batch_size` is no multiple of `loader_batch_size`, TRL refuses the config.

Sources: trl `grpo_config.py:__post_init__`, `grpo_trainer.py:get_train_dataloader`,
`_get_train_sampler`, `RepeatSampler.__len__`; the same in `rloo_config.py`, `rloo_trainer.py`.
"""

from __future__ import annotations

from schedlint.frameworks.transformers import trainer
from schedlint.plan import Number, Word, relation
from schedlint.plan.arithmetic import ceil_div, floor_div, times
from schedlint.reading.config import Config, Setting
from schedlint.reading.versions import Change
from schedlint.source import UNKNOWN

PACKAGE = "trl"
ITERATIONS = Change(PACKAGE, "0.16", "num_iterations trains on a round several times")
ACCUMULATION_COUNTS = Change(
    PACKAGE, "0.17", "a round fills all accumulated micro-batches, before that one of them"
)
GENERATION_KEYS = Change(
    PACKAGE, "0.18", "generation_batch_size and steps_per_generation are known"
)
WHOLE_ROUNDS = Change(PACKAGE, "0.20", "dropped prompts do not count as steps any more")
EVALUATION_GROUPS = Change(
    PACKAGE, "0.22", "the evaluation batch must hold whole groups, as it had to before 0.20"
)
EVALUATION_GENERATIONS = Change(PACKAGE, "0.26", "num_generations_eval is known")
FIXED_BATCH = Change(PACKAGE, "1.10", "auto_find_batch_size is refused")
CHANGES = (
    ITERATIONS,
    ACCUMULATION_COUNTS,
    GENERATION_KEYS,
    WHOLE_ROUNDS,
    EVALUATION_GROUPS,
    EVALUATION_GENERATIONS,
    FIXED_BATCH,
)

COUNTS = (
    "num_generations",
    "num_generations_eval",
    "steps_per_generation",
    "generation_batch_size",
    "num_iterations",
)
"""Keys of rounds that are integers."""
OF_RLOO = ("reward_clip_range", "normalize_advantages")
"""Keys that RLOO has and GRPO has not."""

WORDS = (
    Word("num_generations", "completions", "completions of each prompt", 1),
    Word("generation_batch_size", "completions", "completions of a round, all ranks", 1),
    Word("steps_per_generation", "micro-batches", "micro-batches that a round is cut into", 1),
    Word("num_iterations", "times", "how often a round is trained on", 1),
    Word("prompts_per_round", "prompts", "prompts that a round holds"),
    Word("completions_per_epoch", "completions", "completions that one pass is planned to hold"),
    Word("eval_micro_batch_size", "samples", "samples per rank and evaluation batch", 1),
    Word("eval_loader_batch_size", "samples", "samples per evaluation batch, all ranks", 1),
    Word("num_generations_eval", "completions", "completions of each prompt in evaluations", 1),
)


@relation("++", says="{loader_batch_size} × {steps_per_generation}")
def generation_batch_size(loader_batch_size: Number, steps_per_generation: Number) -> Number:
    return times(loader_batch_size, steps_per_generation)


@relation("+", says="{loader_batch_size} (one micro-batch)", output="generation_batch_size")
def generation_of_micro_batch(loader_batch_size: Number) -> Number:
    return loader_batch_size


@relation("+-", says="{generation_batch_size} / {loader_batch_size}")
def steps_per_generation(generation_batch_size: Number, loader_batch_size: Number) -> Number:
    return floor_div(generation_batch_size, loader_batch_size)


@relation("+", says="{gradient_accumulation_steps}", output="steps_per_generation")
def steps_of_accumulation(gradient_accumulation_steps: Number) -> Number:
    return gradient_accumulation_steps


@relation("+-", says="{generation_batch_size} / {num_generations}")
def prompts_per_round(generation_batch_size: Number, num_generations: Number) -> Number:
    return floor_div(generation_batch_size, num_generations)


@relation(
    "+-++",
    says="floor({dataset_size} / {prompts_per_round}) × {num_iterations} × {steps_per_generation}",
    output="batches_per_epoch",
)
def batches_of_rounds(
    dataset_size: Number,
    prompts_per_round: Number,
    num_iterations: Number,
    steps_per_generation: Number,
) -> Number:
    rounds = floor_div(dataset_size, prompts_per_round)
    return times(rounds, num_iterations, steps_per_generation)


@relation("+++", says="{dataset_size} × {num_generations} × {num_iterations}")
def completions_per_epoch(
    dataset_size: Number, num_generations: Number, num_iterations: Number
) -> Number:
    return times(dataset_size, num_generations, num_iterations)


@relation(
    "+-",
    says="ceil({completions_per_epoch} / {loader_batch_size})",
    output="batches_per_epoch",
)
def all_batches(completions_per_epoch: Number, loader_batch_size: Number) -> Number:
    return ceil_div(completions_per_epoch, loader_batch_size)


@relation(
    "+-",
    says="floor({completions_per_epoch} / {loader_batch_size}) (drop_last)",
    output="batches_per_epoch",
)
def full_batches(completions_per_epoch: Number, loader_batch_size: Number) -> Number:
    return floor_div(completions_per_epoch, loader_batch_size)


@relation("++", says="{eval_micro_batch_size} × {data_parallel_size}")
def eval_loader_batch_size(eval_micro_batch_size: Number, data_parallel_size: Number) -> Number:
    return times(eval_micro_batch_size, data_parallel_size)


@relation("+", says="{num_generations}")
def num_generations_eval(num_generations: Number) -> Number:
    return num_generations


def read(config: Config, accumulation: Setting) -> None:
    """The rounds of a config, from its keys to the batches of an epoch."""
    if config.flag("accelerator_config.split_batches", "split_batches").value is not False:
        return
    drop_last = config.fact("drop_last", config.flag("dataloader_drop_last"))
    whole_rounds = config.since(WHOLE_ROUNDS)
    of_rloo = any(config.has(key) for key in OF_RLOO)
    config.state("num_generations", _whole(config, "num_generations", 2 if of_rloo else 8))
    config.state("num_iterations", iterations(config))
    read_generation(config, accumulation)
    refuse(config)
    config.relate(prompts_per_round, completions_per_epoch)
    if whole_rounds:
        config.relate(batches_of_rounds, trainer.samples_of_full_batches)
    elif drop_last.value is True:
        config.relate(full_batches)
    elif drop_last.value is False:
        config.relate(all_batches)


def refuse(config: Config) -> None:
    """Record what `GRPOConfig.__post_init__` stops at, whatever the sizes are."""
    size, steps = _whole(config, "generation_batch_size"), _whole(config, "steps_per_generation")
    if size.known and steps.known and config.since(GENERATION_KEYS):
        config.refuse(steps, "generation_batch_size is given as well, and only one may be")
    group = _whole(config, "num_generations")
    if group.number == 1:
        config.refuse(group, "the completions of a prompt are compared: it takes 2 or more")
    finds = config.flag("auto_find_batch_size")
    if finds.value is True and config.since(FIXED_BATCH):
        config.refuse(finds, "a smaller batch might not hold all completions of a prompt")


def iterations(config: Config) -> Setting:
    """`num_iterations`; one where the version does not know the key."""
    setting = _whole(config, "num_iterations", 1)
    if setting.stated and setting.value != 1 and not config.since(ITERATIONS):
        return Setting("num_iterations", 1, default=True)
    return setting


def read_generation(config: Config, accumulation: Setting) -> None:
    """How large a round is; both keys together are refused and relate nothing."""
    size = _whole(config, "generation_batch_size")
    steps = _whole(config, "steps_per_generation")
    if (size.value, steps.value) != (None, None) and config.since(GENERATION_KEYS):
        config.state("generation_batch_size", size)
        config.state("steps_per_generation", steps)
        if size.value is None:
            config.relate(generation_batch_size)
        elif steps.value is None:
            config.relate(steps_per_generation)
    elif accumulation.number == 1 or config.since(ACCUMULATION_COUNTS):
        config.relate(steps_of_accumulation, generation_batch_size)
    else:
        config.relate(generation_of_micro_batch)


def read_evaluation(config: Config) -> None:
    """The evaluation batch and its groups, for the versions that want whole groups there."""
    if config.since(WHOLE_ROUNDS) and not config.since(EVALUATION_GROUPS):
        return
    config.state("eval_micro_batch_size", _whole(config, "per_device_eval_batch_size", 8))
    config.relate(eval_loader_batch_size)
    own = _whole(config, "num_generations_eval")
    if own.value not in (None, UNKNOWN, 0) and config.since(EVALUATION_GENERATIONS):
        config.state("num_generations_eval", own)
    elif own.value is not UNKNOWN:
        config.relate(num_generations_eval)


def _whole(config: Config, key: str, default: int | None = None) -> Setting:
    return config.whole(key, default=default, text_counts=True)
