"""GRPO and GDPO under Axolotl: prompts drawn in rounds, as TRL cuts them.

GDPO's steps are counted by prompts all the same, as those of preferences are. The keys stand under
`trl`; of those that cut a round only `generation_batch_size` is handed on.

Sources: axolotl `core/trainers/grpo/__init__.py:GRPOStrategy.set_training_args_kwargs`,
`core/trainers/grpo/sampler.py:SequenceParallelRepeatRandomSampler`,
`utils/data/rl.py:prepare_preference_datasets`; trl as `trl/rounds.py` says.
"""

from __future__ import annotations

from schedlint.frameworks.axolotl.fields import count, eval_data, shares_model
from schedlint.frameworks.transformers import trainer
from schedlint.frameworks.trl import rounds
from schedlint.reading.config import Config
from schedlint.source import UNKNOWN


def are_drawn(config: Config) -> bool:
    """Whether completions are generated in rounds."""
    return config.word("rl").value in ("grpo", "gdpo")


def read(config: Config) -> None:
    """How large a round is, and how many completions of a prompt it holds."""
    group = count(config, "trl.num_generations")
    if group.value in (None, 0):
        config.default("num_generations", 8, "trl.num_generations is not given: 8 by default")
    config.state("num_generations", group._replace(value=group.number or None))
    size = config.state("generation_batch_size", count(config, "trl.generation_batch_size"))
    if size.value is None:
        config.relate(rounds.generation_batch_size, rounds.steps_of_accumulation)
    elif size.value is not UNKNOWN:
        config.relate(rounds.steps_per_generation)
    if eval_data(config).value is True:
        read_evaluation(config)


def read_evaluation(config: Config) -> None:
    """The evaluation batch, which must hold whole groups; it is the micro-batch by default."""
    micro = count(config, "micro_batch_size", default=1)
    size = count(config, "eval_batch_size")
    config.state("eval_micro_batch_size", micro if size.value is None else size)
    config.relate(rounds.eval_loader_batch_size, rounds.num_generations_eval)


def relate(config: Config) -> None:
    """How many batches of completions one pass over the prompts makes.

    Processes that share a model bring a sampler of their own.
    """
    if shares_model(config):
        return
    repeats = count(config, "trl.num_iterations", default=1)
    config.state("num_iterations", repeats._replace(value=1) if repeats.value is None else repeats)
    config.relate(
        rounds.prompts_per_round,
        rounds.completions_per_epoch,
        rounds.batches_of_rounds,
        trainer.samples_of_full_batches,
    )
