"""The words that schedlint speaks: every quantity, its unit and what it means.

These names are used in code, messages, JSON, settings and documentation alike. A "step" without an
adjective is an optimizer step. A framework may declare further words of its own for what lies
between its keys and these (`generation_batch_size`, say); such a word explains itself the same way.
"""

from __future__ import annotations

from typing import NamedTuple


class Word(NamedTuple):
    """A quantity's name, unit and meaning, and which values can exist at all."""

    name: str
    unit: str
    meaning: str
    least: int = 0
    """No value below this can exist: a batch holds at least one sample."""
    whole: bool = True
    """Whether it counts things (integers only) or may be a fraction."""


_WORDS = (
    Word("dataset_rows", "rows", "rows of the training data, before split, cap and packing"),
    Word("dataset_size", "samples", "training samples in one pass over the data"),
    Word("eval_dataset_size", "samples", "evaluation samples; 0 where there are none"),
    Word("sequence_length", "tokens", "tokens per sample that the model sees", 1),
    Word("world_size", "processes", "all training processes (devices)", 1),
    Word("data_parallel_size", "ranks", "processes that see different data", 1),
    Word("micro_batch_size", "samples", "samples per data-parallel rank and forward pass", 1),
    Word("gradient_accumulation_steps", "micro-batches", "micro-batches per optimizer step", 1),
    Word("global_batch_size", "samples", "samples per optimizer step, all ranks", 1),
    Word("mean_sample_length", "tokens", "tokens per sample before packing", 0, whole=False),
    Word("tokens_per_step", "tokens", "tokens per optimizer step", 1),
    Word("batches_per_epoch", "micro-batches", "micro-batches per rank and epoch"),
    Word("steps_per_epoch", "optimizer steps", "optimizer steps per epoch"),
    Word("epochs", "epochs", "epochs asked for", 0, whole=False),
    Word("max_steps", "optimizer steps", "optimizer steps asked for"),
    Word("total_steps", "optimizer steps", "optimizer steps that will run"),
    Word("total_epochs", "epochs", "epochs that will run", 0, whole=False),
    Word("samples_seen", "samples", "samples over the whole run"),
    Word("tokens_seen", "tokens", "tokens over the whole run"),
    Word("warmup_steps", "optimizer steps", "steps of learning-rate warm-up"),
    Word("decay_steps", "optimizer steps", "horizon of the rate schedule, warm-up included"),
    Word("eval_interval", "optimizer steps", "steps between two evaluations", 1),
    Word("save_interval", "optimizer steps", "steps between two checkpoints", 1),
    Word("log_interval", "optimizer steps", "steps between two log lines", 1),
    Word("evaluations", "times", "evaluations over the whole run"),
    Word("checkpoints", "times", "checkpoints written over the whole run"),
)

WORDS: dict[str, Word] = {word.name: word for word in _WORDS}
"""The public word list, in the order in which a plan is shown."""
