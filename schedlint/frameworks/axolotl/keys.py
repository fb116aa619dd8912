"""Axolotl: one flat YAML file that becomes `TrainingArguments`.

The step arithmetic stands in `axolotl_steps.py`; evaluations, checkpoints and epochs are those of
the Hugging Face Trainer underneath.

Sources: axolotl `utils/schemas/config.py:AxolotlInputConfig`,
`utils/config/__init__.py:normalize_config`, `core/builders/base.py:TrainerBuilderBase`,
`core/builders/causal.py:HFCausalTrainerBuilder`, `core/builders/rl.py:HFRLTrainerBuilder`.
"""

from __future__ import annotations

from math import inf
from typing import ClassVar

from schedlint.frameworks.axolotl import cadence, rounds, steps
from schedlint.frameworks.axolotl import refusals as axolotl_refusals
from schedlint.frameworks.axolotl.cadence import PINS_FINAL_EVALUATION
from schedlint.frameworks.axolotl.fields import (
    Data,
    accumulation,
    count,
    data,
    drop_last,
    epochs,
    eval_data,
    finds_batch_size,
    max_steps,
    shares_model,
    streaming,
)
from schedlint.frameworks.axolotl.plugins import all_known
from schedlint.frameworks.axolotl.rows import read_rows
from schedlint.frameworks.axolotl.versions import (
    ATTENTION_BY_NAME,
    COUNTS_STEPS,
    GROUPS_FILL_A_BATCH,
    GROUPS_FILL_ALL_BATCHES,
    ONE_ATTENTION,
    PACKAGE,
    PARALLEL_DIVIDES,
    PATTERNS,
    UNSLOTH_GONE,
    ZERO_IS_NO_WARMUP,
    certainly_lacks,
)
from schedlint.frameworks.transformers import trainer
from schedlint.frameworks.transformers.changes import FINAL_EVALUATION
from schedlint.frameworks.transformers.keys import WITHOUT_END, WITHOUT_WARMUP, Transformers
from schedlint.plan import WORDS, Interval
from schedlint.reading.config import Config, Setting
from schedlint.reading.framework import Unknown
from schedlint.reading.versions import Branch
from schedlint.source import UNKNOWN, Document

FLOATS = (
    "learning_rate",
    "weight_decay",
    "adam_beta1",
    "adam_beta2",
    "adam_epsilon",
    "max_grad_norm",
)
"""Keys that no quantity is read from but that must be numbers all the same."""


class Axolotl(Transformers):
    """Keys of `AxolotlInputConfig`."""

    name = "axolotl"
    title = "Axolotl"
    packages = (PACKAGE, "transformers")
    versions = "0.13 to 0.19"
    renamed: ClassVar[dict[str, str]] = {}
    gone = ()  # evaluation_strategy is taken over, and the others never were its keys
    changes = (
        COUNTS_STEPS,
        ZERO_IS_NO_WARMUP,
        PARALLEL_DIVIDES,
        ONE_ATTENTION,
        PATTERNS,
        UNSLOTH_GONE,
        ATTENTION_BY_NAME,
        GROUPS_FILL_A_BATCH,
        GROUPS_FILL_ALL_BATCHES,
        PINS_FINAL_EVALUATION,
        FINAL_EVALUATION,
    )
    words = steps.WORDS
    applies = tuple(name for name in WORDS if name != "mean_sample_length")
    home = "https://docs.axolotl.ai/docs/config-reference.html"

    text_counts = True

    def read(self, config: Config) -> None:
        config.state("sequence_length", count(config, "sequence_len", default=512))
        self.read_batches(config)
        self.read_processes(config)
        if rounds.are_drawn(config):
            rounds.read(config)
        self.read_data_facts(config)
        if self.counts_as_known(config):
            self.read_counted_batch(config)
            read_rows(config)
            self.read_data(config)
            self.read_duration(config)
            self.read_schedule(config)
            self.read_cadence(config)
        else:
            self.read_older(config)
        self.read_precision(config)
        self.read_companions(config)
        axolotl_refusals.read(config)
        config.relate(trainer.tokens_per_step, trainer.tokens_seen)

    def unknown(self, document: Document, section: str, by_schema: str | None) -> Unknown:
        """A plugin of somebody else's may bring keys of its own, at the top of the file only."""
        config = Config(document, Branch({}))
        brings_own = not section and not all_known(config)
        return Unknown(None if brings_own else by_schema)

    def counts_as_known(self, config: Config) -> bool:
        """Whether the steps are counted as here.

        Before 0.13 they were counted in other ways; an unknown version is taken to be a later one.
        """
        return not certainly_lacks(config, COUNTS_STEPS)

    def read_older(self, config: Config) -> None:
        """From 0.10 to 0.12 the steps and the warm-up of unpacked rows, which are counted as later.

        The processes multiply the batch without `ddp` only; 0.12 looks at FSDP as well.
        """
        if not config.since(ZERO_IS_NO_WARMUP):
            return
        plain = data(config) is Data.ROWS and config.flag("ddp", default=None).value in (True, None)
        if plain and not shares_model(config):
            self.read_counted_batch(config)
            read_rows(config)
            self.read_data(config)
            self.read_duration(config)
        self.read_schedule(config)

    # Batches and processes.

    def read_batches(self, config: Config) -> None:
        micro = count(config, "micro_batch_size", default=1)
        if self.split_batches(config).value is False:
            if finds_batch_size(config):
                config.at_most("micro_batch_size", micro)
            else:
                config.state("micro_batch_size", micro)
        if accumulation(config).number != 0:
            config.state("gradient_accumulation_steps", accumulation(config))
        config.relate(trainer.global_batch_size, trainer.loader_batch_size)

    def read_processes(self, config: Config) -> None:
        """Context and tensor parallelism; other kinds do not enter Axolotl's batch."""
        context = count(config, "context_parallel_size", "sequence_parallel_degree")
        tensor = count(config, "tensor_parallel_size")
        given = [size for size in (context, tensor) if size.value is UNKNOWN or size.number]
        if any(size.value is UNKNOWN for size in given):
            config.claim("model_parallel_size", Interval(1, inf), given[0])
        elif len(given) == 2:
            both = tensor._replace(key=f"{context.text} × {tensor.key}")
            product = (context.number or 1) * (tensor.number or 1)
            config.claim("model_parallel_size", Interval.exactly(product), both)
        elif given:
            config.state("model_parallel_size", given[0])

    def read_counted_batch(self, config: Config) -> None:
        """The batch that the steps are counted by: not always the one that is trained with."""
        batch = count(config, "batch_size")
        if config.flag("use_ray").value is not False or batch.value is UNKNOWN:
            return
        if batch.number:
            config.state("rank_batch_size", batch)
            if accumulation(config).number == 0:
                config.relate(steps.accumulation_of_batch_size)
        elif not finds_batch_size(config):
            config.relate(steps.rank_batch_size)
        self.read_counted_ranks(config)

    def read_counted_ranks(self, config: Config) -> None:
        ddp = config.flag("ddp", default=None).value
        fsdp = [config.setting(key).value for key in ("fsdp", "fsdp_config")]
        if ddp in (True, None):
            config.relate(steps.counted_batch_size)
        elif ddp is False and UNKNOWN not in fsdp:
            sharded = any(fsdp)
            config.relate(steps.counted_batch_size if sharded else steps.counted_batch_of_one_rank)

    # Data.

    def read_data_facts(self, config: Config) -> None:
        config.fact("packing", config.flag("sample_packing"))
        config.fact("streaming", streaming(config))
        config.fact("eval_data", eval_data(config))
        config.fact("drop_last", drop_last(config))

    def read_data(self, config: Config) -> None:
        """How many batches one pass over the data makes."""
        kind, leaves_out = data(config), drop_last(config).value
        if kind is Data.PACKED:
            config.relate(
                steps.packed_batches, steps.packed_batches_of_rank, trainer.samples_of_full_batches
            )
            config.relate(steps.pass_steps, steps.total_passes, steps.samples_seen_packed)
        elif kind in (Data.ROWS, Data.PREFERENCES) or rounds.are_drawn(config):
            config.relate(trainer.steps_rounded_up, trainer.total_epochs, trainer.samples_seen)
            if rounds.are_drawn(config):
                rounds.relate(config)
            elif leaves_out is True:
                config.relate(trainer.full_batches, trainer.samples_of_full_batches)
            elif leaves_out is False:
                config.relate(trainer.all_batches, trainer.samples_per_epoch)

    # Duration.

    def read_duration(self, config: Config) -> None:
        kind, limit = data(config), max_steps(config)
        config.state("epochs", epochs(config))
        if kind is None or limit.number is None:
            return
        self.count_epochs(config, kind)
        if limit.number > 0:
            config.state("max_steps", limit)
            config.relate(trainer.steps_of_max_steps)
        elif kind in (Data.ROWS, Data.PACKED, Data.PREFERENCES) or rounds.are_drawn(config):
            self.run_for_epochs(config, kind, limit)
        self.count_shares(config, kind, limit)

    def count_epochs(self, config: Config, kind: Data) -> None:
        """How many steps the epochs make, as Axolotl counts them."""
        if kind in (Data.ROWS, Data.PREFERENCES):
            config.relate(steps.steps_of_samples)
        elif kind is Data.PACKED and self.packing_is_counted(config):
            config.relate(steps.packed_steps_per_epoch)
            if drop_last(config).value is True:
                config.relate(steps.packed_epoch_steps_less_last)
            elif drop_last(config).value is not UNKNOWN:
                config.relate(steps.packed_epoch_steps)

    def packing_is_counted(self, config: Config) -> bool:
        """Whether packed batches are counted; an efficiency estimate goes by tokens instead."""
        if not self.packer_counts(config):
            return False
        return not shares_model(config) or config.since(PARALLEL_DIVIDES)

    def packer_counts(self, config: Config) -> bool:
        return config.setting("sample_packing_eff_est").value in (None, 0)

    def has_count(self, config: Config) -> bool:
        """Whether there is a count of steps, other than the zero that means "no count"."""
        kind = data(config)
        if kind is not Data.PACKED:
            return kind not in (None, Data.PROMPTS)
        whole = (epochs(config).number or 0) >= 1 and drop_last(config).value is False
        return whole and self.packer_counts(config)

    def lacks_count(self, config: Config) -> bool:
        """Whether there certainly is none: nothing is counted, or a count of zero."""
        kind = data(config)
        if kind in (None, Data.STREAM) or self.negative_count(config):
            return False
        return kind is Data.PROMPTS or epochs(config).number == 0

    def run_for_epochs(self, config: Config, kind: Data, limit: Setting) -> None:
        if limit.number or kind is Data.PROMPTS:
            # Without a count, or with a negative max_steps, the Trainer counts the epochs itself.
            packed = kind is Data.PACKED
            config.relate(steps.steps_of_passes if packed else trainer.steps_of_epochs)
        elif self.has_count(config):
            config.relate(steps.steps_of_epochs)
        else:
            config.relate(steps.steps_of_epochs_or_passes)

    def count_shares(self, config: Config, kind: Data, limit: Setting) -> None:
        """Which count warm-up and log interval are shares of."""
        number = limit.number or 0
        if not self.has_count(config):
            return
        if kind is Data.PREFERENCES or (kind is not Data.STREAM and number == 0):
            config.relate(steps.counted_of_epochs)
        elif number > 0:
            stream = kind is Data.STREAM
            config.relate(steps.counted_of_max_steps if stream else steps.counted_of_smaller)

    def negative_count(self, config: Config) -> int:
        """A negative max_steps takes the place of the count, where the smaller of both is taken."""
        smaller = data(config) in (Data.ROWS, Data.PACKED, Data.STREAM)
        return int(min(max_steps(config).number or 0, 0)) if smaller else 0

    # Learning-rate schedule.

    def read_schedule(self, config: Config) -> None:
        scheduler = config.word("lr_scheduler", default="cosine")
        if scheduler.value in (None, ""):
            scheduler = scheduler._replace(value="cosine")
        config.fact("scheduler", scheduler)
        self.read_warmup(config)
        if scheduler.value in WITHOUT_WARMUP:
            config.fact("warmup_ignored", scheduler)
        shaped = any(map(config.has, ("jagged_restart_steps", "cosine_constant_lr_ratio")))
        if isinstance(scheduler.value, str) and scheduler.value not in WITHOUT_END and not shaped:
            config.relate(trainer.decay_steps)

    def read_warmup(self, config: Config) -> None:
        given = count(config, "warmup_steps")
        share = config.real("warmup_ratio", text_counts=True)
        if certainly_lacks(config, COUNTS_STEPS):
            given, share = self.without_zeros(config, given, share)
        if UNKNOWN in (given.value, share.value) and given.number is None:
            return
        if given.number == 1:
            config.state("asked_warmup_steps", given)
            config.relate(steps.warmup_as_asked)
        elif given.known:
            config.state("warmup_steps", given)
        elif self.lacks_count(config):
            self.warm_up_without_count(config, share)
        elif self.has_count(config):
            self.warm_up_by_count(config, share)

    def without_zeros(
        self, config: Config, given: Setting, share: Setting
    ) -> tuple[Setting, Setting]:
        """From 0.10 to 0.12 a zero is passed over (`_configure_warmup_and_logging`)."""
        zero = given if given.number == 0 else share if share.number == 0 else None
        if zero is not None and given.value in (None, 0):
            by_ratio = zero is given and share.number
            instead = share.text if by_ratio else "the default, 3% of the steps and at most 100"
            config.fact("zero_as_unset", zero._replace(value=instead))
        given = given._replace(value=None) if given.number == 0 else given
        return given, share._replace(value=None) if share.number == 0 else share

    def warm_up_by_count(self, config: Config, share: Setting) -> None:
        negative = self.negative_count(config)
        if share.number is not None and (share.number <= 0 or negative):
            config.state("warmup_steps", share._replace(value=0))
        elif share.number is not None:
            config.state("warmup_ratio", share)
            config.relate(steps.warmup_of_share)
        elif negative:
            text = "no warm-up is given: 0.03 of max_steps by default"
            config.default("warmup_steps", min(int(0.03 * negative), 100), text)
        else:
            config.relate(steps.warmup_by_default)

    def warm_up_without_count(self, config: Config, share: Setting) -> None:
        """Where no steps are counted beforehand, the Trainer itself takes the fraction."""
        if share.number is None:
            config.default("warmup_ratio", 0.03, "no warm-up is given: 0.03 by default")
            config.relate(trainer.warmup_of_ratio)
        elif share.number <= 0:
            config.state("warmup_steps", share._replace(value=0))
        elif share.number < 1:
            config.state("warmup_ratio", share)
            config.relate(trainer.warmup_of_ratio)

    # Evaluations, checkpoints, log lines.

    def read_cadence(self, config: Config) -> None:
        self.read_logging(config)
        cadence.read_evaluation(self, config)
        cadence.read_saving(self, config)
        cadence.read_best_model(config)

    def read_logging(self, config: Config) -> None:
        given = count(config, "logging_steps")
        if given.value is not None:
            config.state("log_interval", given)
        elif self.lacks_count(config):
            config.default("log_interval", 500, "logging_steps is not given: 500 by default")
        elif self.negative_count(config):
            config.default("log_interval", 1, "logging_steps is not given: 1 for this max_steps")
        elif self.has_count(config):
            config.relate(steps.log_interval_by_default)

    # Precision.

    def read_precision(self, config: Config) -> None:
        """bf16 beats fp16; `auto`, the default, gives way to fp16 (`resolve_dtype`)."""
        for key in FLOATS:
            config.real(key, text_counts=True)
        bf16, fp16 = config.setting("bf16", default="auto"), config.flag("fp16", default=None)
        by_machine = bf16.value == "auto" and fp16.value is not True
        if by_machine or bf16.value not in ("auto", None, True, False):
            bf16 = bf16._replace(value=UNKNOWN)
        elif bf16.value is not True:
            bf16 = bf16._replace(value=False)
        if bf16.value is True:
            fp16 = fp16._replace(value=False)
        elif fp16.value is None:
            fp16 = fp16._replace(value=UNKNOWN if by_machine else False)
        config.fact("bf16", bf16)
        config.fact("fp16", fp16)


FRAMEWORK = Axolotl()
