"""Hugging Face transformers: configs of `TrainingArguments`.

Sources: transformers `training_args.py:TrainingArguments`, `__post_init__`, `_validate_args`;
`hf_argparser.py`. The arithmetic stands in `trainer.py`.
"""

from __future__ import annotations

from typing import ClassVar

from schedlint.frameworks.transformers import refusals as transformers_refusals
from schedlint.frameworks.transformers import resume, short_groups, trainer
from schedlint.frameworks.transformers.cadence import Cadence
from schedlint.frameworks.transformers.changes import (
    CHANGES,
    EPOCHS_COUNT_ANEW,
    GONE,
    MAX_STEPS_FROM_ZERO,
    PACKAGE,
    RENAMED,
    STEPS_ROUND_UP,
    WARMUP_FRACTION,
    WARMUP_RATIO_GONE,
)
from schedlint.plan import Interval, Word
from schedlint.reading.config import Config, Gone, Instead, Remedy, Setting
from schedlint.reading.framework import Named
from schedlint.reading.versions import Change
from schedlint.source import UNKNOWN, Document, Mapping, Scalar

WITHOUT_WARMUP = {"constant", "reduce_lr_on_plateau"}
"""Schedules that ignore warm-up (transformers optimization.py:get_scheduler)."""
WITHOUT_END = {"constant", "constant_with_warmup", "inverse_sqrt", "reduce_lr_on_plateau", "greedy"}
"""Schedules that do not depend on the run's length."""
WITH_FLOOR = {"cosine_with_min_lr", "cosine_warmup_with_min_lr", "reduce_lr_on_plateau"}
"""Schedules that take a `min_lr`."""


class Transformers(Cadence):
    """Keys of `TrainingArguments`; frameworks built on it override the parts that differ."""

    name = "transformers"
    title = "Hugging Face transformers"
    packages: ClassVar[tuple[str, ...]] = (PACKAGE,)
    versions = "4.46 to 5.23"
    changes: ClassVar[tuple[Change, ...]] = CHANGES
    gone: ClassVar[tuple[Gone, ...]] = GONE
    renamed = RENAMED
    words: ClassVar[tuple[Word, ...]] = trainer.WORDS
    home = "https://huggingface.co/docs/transformers/main_classes/trainer"

    default_bf16: bool | None = False

    def read(self, config: Config) -> None:
        self.read_batches(config)
        self.read_data(config)
        self.read_duration(config)
        self.read_schedule(config)
        self.read_cadence(config)
        self.read_precision(config)
        self.read_companions(config)
        self.read_checkpoint(config)
        transformers_refusals.read(self, config)
        config.relate(trainer.tokens_per_step, trainer.tokens_seen)

    def names(self, document: Document) -> tuple[Named, ...]:
        """A DeepSpeed file, and the state of a checkpoint."""
        root = document.root
        entry = root.get("deepspeed") if isinstance(root, Mapping) else None
        path = entry.value.value if entry and isinstance(entry.value, Scalar) else None
        engine = (Named("deepspeed", path, "deepspeed"),) if isinstance(path, str) else ()
        return (*engine, *resume.names(document))

    # Batches and processes.

    def read_batches(self, config: Config) -> None:
        self.read_micro_batch(config)
        config.state("gradient_accumulation_steps", self.accumulation(config))
        config.relate(trainer.global_batch_size, trainer.loader_batch_size)

    def read_micro_batch(self, config: Config) -> None:
        """The batch per rank; with `split_batches` the ranks share the one that the key gives."""
        micro = self.micro_batch(config)
        split = self.split_batches(config).value
        if split is UNKNOWN or split is None:
            return
        quantity = "loader_batch_size" if split else "micro_batch_size"
        if config.flag("auto_find_batch_size").value is False:
            config.state(quantity, micro)
        else:
            config.at_most(quantity, micro)

    def micro_batch(self, config: Config) -> Setting:
        key = "per_device_train_batch_size"
        micro = config.whole(
            "per_gpu_train_batch_size", key, default=8, text_counts=self.text_counts
        )
        return micro._replace(key=key) if micro.default else micro

    def split_batches(self, config: Config) -> Setting:
        split = config.flag("accelerator_config.split_batches", "split_batches")
        if isinstance(config.setting("accelerator_config").value, str):
            return split._replace(value=UNKNOWN)  # a path to a JSON file
        return split

    def accumulation(self, config: Config) -> Setting:
        """`gradient_accumulation_steps`; where that is 1, the accelerator's own number counts."""
        own = config.whole("gradient_accumulation_steps", default=1, text_counts=self.text_counts)
        inner = config.whole("accelerator_config.gradient_accumulation_kwargs.num_steps")
        return inner if own.value == 1 and inner.known else own

    # Data.

    def read_data(self, config: Config) -> None:
        """How many batches one pass over the data makes."""
        drop_last = config.fact("drop_last", config.flag("dataloader_drop_last"))
        if drop_last.value is True:
            config.relate(trainer.full_batches, trainer.samples_of_full_batches)
            self.read_eval_batches(config)
        elif drop_last.value is False:
            config.relate(trainer.all_batches)
            self.read_last_batch(config)

    def read_last_batch(self, config: Config) -> None:
        """With several ranks it is filled up, but for `even_batches: false`."""
        even = config.flag("accelerator_config.even_batches", default=True)
        if isinstance(config.setting("accelerator_config").value, str):
            return  # a path to a JSON file
        if even.value is False:
            config.relate(trainer.every_sample_once)
        elif even.value is True:
            config.relate(trainer.samples_per_epoch)

    def read_eval_batches(self, config: Config) -> None:
        """`dataloader_drop_last` drops the last evaluation batch as well."""
        batch = config.whole(
            "per_gpu_eval_batch_size",
            "per_device_eval_batch_size",
            default=8,
            text_counts=self.text_counts,
        )
        if batch.default:
            batch = batch._replace(key="per_device_eval_batch_size")
        if self.split_batches(config).value is False:
            config.state("eval_batch_size", batch)
            config.relate(trainer.full_eval_batches)

    # Duration.

    def read_duration(self, config: Config) -> None:
        self.read_steps_per_epoch(config)
        epochs = self.epochs(config)
        max_steps = config.whole("max_steps", default=-1, text_counts=self.text_counts)
        limit = max_steps.number
        if max_steps.value is UNKNOWN or max_steps.value is None:
            return
        if not max_steps.stated and config.told.get("max_steps"):
            config.relate(trainer.steps_of_max_steps)
            return
        if limit is not None and (limit > 0 or (limit == 0 and config.since(MAX_STEPS_FROM_ZERO))):
            config.state("max_steps", max_steps)
            config.relate(trainer.steps_of_max_steps)
            if epochs.stated:
                config.relate(trainer.epoch_steps)
        else:
            config.relate(trainer.steps_of_epochs)

    def epochs(self, config: Config) -> Setting:
        epochs = config.real("num_train_epochs", default=3.0, text_counts=self.text_counts)
        number = epochs.number
        if number is not None:
            config.claim("epochs", Interval.exactly(max(number, 0)), epochs)
        return epochs

    def read_steps_per_epoch(self, config: Config) -> None:
        if self.epochs_are_whole(config):
            config.relate(trainer.steps_rounded_up, trainer.total_epochs, trainer.samples_seen)
        else:
            config.relate(trainer.steps_rounded_down)
            per_epoch = config.since(EPOCHS_COUNT_ANEW)
            config.relate(*short_groups.EPOCHS if per_epoch else short_groups.EPOCHS_COUNTING_ON)

    def epochs_are_whole(self, config: Config) -> bool:
        """Whether every epoch makes the planned number of steps.

        Where the planned number is rounded down, an epoch makes more steps than planned, and the
        run ends within fewer epochs than asked for.
        """
        return self.accumulation(config).number == 1 or config.since(STEPS_ROUND_UP)

    # Learning-rate schedule.

    def read_schedule(self, config: Config) -> None:
        scheduler = config.fact("scheduler", config.word("lr_scheduler_type", default="linear"))
        self.read_warmup(config)
        self.read_floor(config, scheduler)
        if scheduler.value in WITHOUT_WARMUP:
            config.fact("warmup_ignored", scheduler)
        if isinstance(scheduler.value, str) and scheduler.value not in WITHOUT_END:
            self.read_horizon(config, scheduler.value)

    def read_horizon(self, config: Config, scheduler: str) -> None:
        """The run, unless the length of each part of `warmup_stable_decay` is given."""
        if scheduler != "warmup_stable_decay":
            config.relate(trainer.decay_steps)
            return
        if isinstance(config.setting("lr_scheduler_kwargs").value, str):
            return  # JSON in a text
        stable = config.whole("lr_scheduler_kwargs.num_stable_steps")
        if stable.value is None:
            config.relate(trainer.decay_steps)
            return
        config.state("num_stable_steps", stable)
        config.state("num_decay_steps", config.whole("lr_scheduler_kwargs.num_decay_steps"))
        config.relate(trainer.horizon_of_parts)

    def read_floor(self, config: Config, scheduler: Setting) -> None:
        """The least rate, for the schedules that take one; DeepSpeed may have one of its own."""
        if scheduler.value not in WITH_FLOOR or config.has("deepspeed"):
            return
        peak = config.real("learning_rate", text_counts=self.text_counts)
        least = config.real("lr_scheduler_kwargs.min_lr")
        share = config.real("lr_scheduler_kwargs.min_lr_rate")
        if share.number is not None and peak.number is not None:
            least = share._replace(value=share.number * peak.number)
        config.fact("learning_rate", peak)
        config.fact("min_learning_rate", least)

    def instead_of(self, gone: Setting) -> Instead | None:
        """`warmup_steps` below 1 is the fraction that `warmup_ratio` was (5.0).

        A `per_gpu_…_batch_size` of 0 was as good as not given.
        """
        if gone.key == "warmup_ratio":
            is_fraction = gone.number is not None and 0 <= gone.number < 1
            return Instead("warmup_steps") if is_fraction else None
        if gone.key == "adafactor" and gone.value is True:
            return Instead("optim", "adafactor")
        if gone.key.startswith("per_gpu_") and gone.number == 0:
            return None
        return super().instead_of(gone)

    def read_warmup(self, config: Config) -> None:
        steps = config.real("warmup_steps", default=0, text_counts=self.text_counts)
        fraction = config.real("warmup_ratio", text_counts=self.text_counts)
        if UNKNOWN in (steps.value, fraction.value):
            return
        if steps.default and not fraction.known:
            config.state("warmup_steps", steps)
        elif config.since(WARMUP_FRACTION):
            given = fraction.known and not self.ratio_is_gone(config)
            self.warm_up_by(config, fraction if given else steps)
            if given and (fraction.number or 0) >= 1:
                config.fact("ratio_counts_steps", fraction)
            if given and fraction.number and steps.number:
                which = f"{fraction.text} counts, {steps.text} does not"
                config.fact("warmup_twice", fraction._replace(value=which))
                config.fact("warmup_not_counted", steps)
        elif (steps.number or 0) > 0 or not fraction.known:
            if isinstance(steps.value, float) and steps.stated:
                whole = Remedy(steps, int(steps.value), only=True)
                why = "it must be an integer before transformers 5.0"
                config.refuse(steps, why, whole if steps.value.is_integer() else None)
            config.state("warmup_steps", steps)
            if fraction.number:
                which = f"{steps.text} counts, {fraction.text} does not"
                config.fact("warmup_twice", fraction._replace(value=which))
                config.fact("warmup_not_counted", fraction)
        else:
            self.warm_up_by(config, fraction, always_ratio=True)

    def ratio_is_gone(self, config: Config) -> bool:
        """Whether `warmup_ratio` is no key any more."""
        return config.since(WARMUP_RATIO_GONE)

    def warm_up_by(self, config: Config, given: Setting, *, always_ratio: bool = False) -> None:
        """A number below 1 is a fraction of the steps; from 1 on (5.x) it is a count."""
        number = given.number
        if number is None:
            return
        if always_ratio or 0 < number < 1:
            config.state("warmup_ratio", given)
            config.relate(trainer.warmup_of_ratio)
        else:
            config.claim("warmup_steps", Interval.exactly(int(number)), given)

    # Precision.

    numbers = (
        "learning_rate",
        "weight_decay",
        "adam_beta1",
        "adam_beta2",
        "adam_epsilon",
        "max_grad_norm",
        "per_device_eval_batch_size",
        "save_total_limit",
    )
    """Keys that no quantity is read from but that must be numbers all the same."""

    def read_precision(self, config: Config) -> None:
        for key in self.numbers:
            config.real(key, text_counts=self.text_counts)
        config.fact("fp16", config.flag("fp16"))
        config.fact("tf32", config.flag("tf32", default=None))
        config.fact("bf16", config.flag("bf16", default=self.default_bf16))

    # Other files.

    def read_companions(self, config: Config) -> None:
        inline = config.setting("deepspeed").value
        if isinstance(inline, Mapping):
            _read_engine(config.within(config.document, inline))
        elif (companion := config.companion("deepspeed")) is not None:
            _read_engine(companion)
        launcher = config.companion("accelerate")
        if launcher is not None:
            from schedlint.frameworks.accelerate import keys as accelerate

            accelerate.read_launcher(launcher)
        shared = config.claims_on("model_parallel_size")
        config.relate(trainer.data_parallel_size if shared else trainer.every_process)

    # A checkpoint that the run goes on from.

    def resumes(self, config: Config) -> bool:
        """Whether `resume_from_checkpoint` is handed on to the Trainer."""
        return config.setting(resume.KEY).value not in (None, False)

    def read_checkpoint(self, config: Config) -> None:
        if config.companion(resume.STATE) is None or not self.resumes(config):
            return
        as_long = trainer.decay_steps in config.reading.relations
        own = as_long and "replaced_scheduler" not in config.reading.facts
        schedule = config.word("lr_scheduler_type", default="linear") if own else None
        resume.read(config, self.micro_batch(config), schedule)


def _read_engine(engine: Config) -> None:
    """DeepSpeed's arithmetic is loaded where a run has its file, or its section."""
    from schedlint.frameworks.deepspeed import keys as deepspeed

    deepspeed.read_under_trainer(engine)


FRAMEWORK = Transformers()
