"""MosaicML Composer: LLM Foundry's training YAML, and house YAML with the keys of its Trainer.

Sources: llm-foundry `utils/config_utils.py:TrainConfig`, `calculate_batch_size_info`;
`command_utils/train.py:train`; `data/finetuning/dataloader.py`, `data/text_data.py`; composer
`trainer/trainer.py:Trainer`. Times are read in `clock.py`; what LLM Foundry refuses by itself is in
`foundry.py`.
"""

from __future__ import annotations

from schedlint.frameworks.composer import cadence, data, foundry
from schedlint.frameworks.composer import time as formulas
from schedlint.frameworks.composer.clock import Clock, read_time, refuse_share
from schedlint.frameworks.composer.foundry import FINETUNING, TEXT
from schedlint.frameworks.composer.schedule import read_schedule
from schedlint.frameworks.composer.time import DURATION, EVALUATION, LOG, SAVE, Time
from schedlint.frameworks.transformers import trainer
from schedlint.plan import Interval
from schedlint.reading.config import Config, Setting
from schedlint.reading.framework import Framework, Unknown
from schedlint.reading.versions import Branch
from schedlint.source import UNKNOWN, Document


class Composer(Framework):
    """A batch of the loader is an optimizer step; micro-batches are parts of it."""

    name = "composer"
    title = "MosaicML Composer and LLM Foundry"
    dialect = "omegaconf"
    refuses_duplicates = True  # omegaconf/_utils.py:OmegaConfLoader.construct_mapping
    packages = ("mosaicml", "llm-foundry")
    versions = "mosaicml 0.32.1, llm-foundry 0.22.0"
    changes = foundry.CHANGES
    words = (
        *data.WORDS,
        *formulas.WORDS,
        *(
            word
            for word in trainer.WORDS
            if word.name in ("timed_evaluations", "extra_evaluations", "learning_rate")
        ),
    )
    applies = (
        "dataset_size",
        "sequence_length",
        "world_size",
        "data_parallel_size",
        "micro_batch_size",
        "gradient_accumulation_steps",
        "global_batch_size",
        "tokens_per_step",
        "batches_per_epoch",
        "steps_per_epoch",
        "epochs",
        "max_steps",
        "total_steps",
        "total_epochs",
        "samples_seen",
        "tokens_seen",
        "warmup_steps",
        "decay_steps",
        "eval_interval",
        "save_interval",
        "log_interval",
        "evaluations",
        "checkpoints",
    )
    home = "https://docs.mosaicml.com/projects/composer/en/stable/"

    def read(self, config: Config) -> None:
        """Batches, data, duration, schedule, cadence and precision."""
        loader = config.word("train_loader.name").value
        drop_last = self.read_drop_last(config, loader)
        self.read_batches(config)
        self.read_data(config, loader, drop_last)
        scale = self.schedule_scale(config)
        full = drop_last.value is True and self.samples_are_counted(config)
        run = Clock(self.read_duration(config, scale), full)
        self.relate_duration(config, run, drop_last)
        read_schedule(config, run, scale)
        self.read_evaluation(config, run)
        self.read_saving(config, run)
        self.read_logging(config, run)
        self.read_precision(config)
        foundry.read_refusals(config)

    def unknown(self, document: Document, section: str, by_schema: str | None) -> Unknown:
        """LLM Foundry refuses them since 0.10, those as well that other lines take values from.

        A transform that an installed package registers may take keys of its own.
        """
        if section or not foundry.is_foundry(Config(document, Branch({}))):
            return Unknown(by_schema)
        instead = "put it under variables if other lines refer to it, or remove it"
        return Unknown("refused", foundry.STRICT, by_schema, instead, certain=False)

    # Batches and processes.

    def read_batches(self, config: Config) -> None:
        config.state("global_batch_size", config.whole("global_train_batch_size"))
        if not config.has("global_train_batch_size"):
            config.state("device_batch_size", config.whole("device_train_batch_size"))
        micro = config.setting("device_train_microbatch_size")
        if micro.value != "auto":
            config.state("asked_micro_batch_size", config.real("device_train_microbatch_size"))
            if micro.stated:
                config.relate(data.micro_batches, data.micro_batch_size)
        config.relate(data.global_batch_size)
        if not _ranks_share_samples(config):
            config.relate(trainer.every_process)

    # Data.

    def read_drop_last(self, config: Config, loader: object) -> Setting:
        """The text loader wants it stated; the one for finetuning keeps the last batch."""
        default = False if loader == FINETUNING else None
        return config.fact("drop_last", config.flag("train_loader.drop_last", default=default))

    def read_data(self, config: Config, loader: object, drop_last: Setting) -> None:
        packing = config.setting("train_loader.dataset.packing_ratio")
        ratio = packing.value
        packed = ratio if ratio is UNKNOWN else ratio not in (None, 1)
        config.fact("packing", packing._replace(value=packed))
        self.read_loader_batch(config)
        self.read_loader_length(config, loader, drop_last)
        self.read_subset(config)
        if self.samples_are_counted(config):
            self.relate_samples(config, loader, drop_last)
        self.read_tokens(config, loader)

    def read_loader_batch(self, config: Config) -> None:
        """With packing, a batch of rows takes more samples from the data (`build_collate_fn`)."""
        ratio = config.setting("train_loader.dataset.packing_ratio")
        if ratio.value is None or ratio.value == 1:
            config.relate(data.batch_of_samples)
        elif ratio.value != "auto":
            config.state("packing_ratio", config.real("train_loader.dataset.packing_ratio"))
            config.relate(data.batch_of_packed_samples)

    def read_loader_length(self, config: Config, loader: object, drop_last: Setting) -> None:
        if drop_last.value is False:
            config.relate(data.all_batches)
        elif drop_last.value is not True:
            config.relate(data.some_batches)
        elif not _streams(config, loader):
            config.relate(data.full_batches)
        elif self.samples_are_counted(config):
            config.relate(data.full_batches_of_a_stream)

    def read_subset(self, config: Config) -> None:
        """`train_subset_num_batches` counts where it is less than the loader has."""
        subset = config.whole("train_subset_num_batches", default=-1)
        number = subset.number
        if number is None or number >= 0:
            config.state("subset_batches", subset)
            config.relate(data.subset_of_batches)
        else:
            config.relate(data.every_batch)

    def samples_are_counted(self, config: Config) -> bool:
        """Whether a sample of the data is one of the batch: not where rows are packed."""
        return config.setting("train_loader.dataset.packing_ratio").value in (None, 1)

    def relate_samples(self, config: Config, loader: object, drop_last: Setting) -> None:
        """A stream whose last batch is kept repeats samples; how many is not known."""
        if drop_last.value is True:
            config.relate(data.samples_of_full_batches, data.samples_of_full_steps)
            config.relate(data.parts_of_full_batches)
        elif drop_last.value is False and not _streams(config, loader):
            config.relate(data.samples_of_all_batches, data.samples_seen)
            config.relate(data.parts_of_all_batches)

    def read_tokens(self, config: Config, loader: object) -> None:
        """Composer counts tokens that are no padding (`get_tokens_per_batch_func`)."""
        length = config.whole("train_loader.dataset.max_seq_len", "max_seq_len")
        config.state("sequence_length", length)
        if loader == TEXT and "mean_sample_length" not in config.told:
            config.relate(data.tokens_per_sample)
        else:
            config.at_most("tokens_per_sample", length)
        config.relate(trainer.tokens_per_step, trainer.tokens_seen)

    # Duration.

    def schedule_scale(self, config: Config) -> float | None:
        """`scale_schedule_ratio`, which stretches the run and its schedule."""
        scale = config.real("scale_schedule_ratio", default=1.0).number
        return None if scale is None else float(scale)

    def read_duration(self, config: Config, scale: float | None) -> Time | None:
        setting, time = read_time(config, "max_duration", default=None, whole="ep")
        if time is None or scale is None:
            return None
        if time.unit in ("sec", "dur"):
            config.refuse(setting, "a run is counted in epochs, batches, samples or tokens")
            return None
        return time.scaled(scale)

    def relate_duration(self, config: Config, run: Clock, drop_last: Setting) -> None:
        config.relate(data.total_epochs)
        time = run.duration
        if time is None:
            return
        run.relate(config, DURATION, config.setting("max_duration"), time)
        if time.unit == "ba":
            empty = drop_last.value is not False and "dataset_size" in config.told
            config.relate(data.steps_unless_empty if empty else data.steps_asked_for)

    # Evaluations, checkpoints, log lines.

    def read_evaluation(self, config: Config, run: Clock) -> None:
        """Without data to evaluate on there is no evaluation, whatever the interval."""
        if config.has("callbacks.async_eval"):
            return  # evaluated in another run
        first = config.flag("eval_first")
        data_key = self.evaluation_data(config)
        setting, time = read_time(config, "eval_interval", default=1, whole="ep")
        if not data_key.stated:
            self.evaluate_never(config, data_key)
            return
        if time is None or refuse_share(config, setting, time):
            return
        if time.value <= 0:
            config.fact("eval_strategy", setting._replace(value="no"))
            config.claim("timed_evaluations", Interval.exactly(0), setting)
        else:
            by = "epoch" if time.unit == "ep" else "steps"
            config.fact("eval_strategy", setting._replace(value=by))
            run.relate_interval(config, EVALUATION, setting, time)
        self.read_first_evaluation(config, first)

    def evaluation_data(self, config: Config) -> Setting:
        """The key that names evaluation data; an empty one names none."""
        keys = ("eval_loader", "eval_loaders", "icl_tasks")
        stated = (config.setting(key) for key in keys if config.setting(key).value is not None)
        return config.fact("eval_data", next(stated, Setting(keys[0], None, default=True)))

    def evaluate_never(self, config: Config, absent: Setting) -> None:
        """LLM Foundry knows no other key for the data; a house's own script may."""
        if config.word("train_loader.name").value in (TEXT, FINETUNING):
            config.fact("eval_strategy", absent._replace(value="no"))
            config.default("evaluations", 0, "there is neither eval_loader nor icl_tasks")

    def read_first_evaluation(self, config: Config, first: Setting) -> None:
        if first.value is True:
            config.claim("extra_evaluations", Interval.exactly(1), first)
        if isinstance(first.value, bool):
            config.relate(cadence.ONE_MORE[first.value])

    def read_saving(self, config: Config, run: Clock) -> None:
        """Nothing is saved without `save_folder`, whatever the interval."""
        config.fact("save_total_limit", config.whole("save_num_checkpoints_to_keep", default=-1))
        folder = config.fact("save_folder", config.setting("save_folder"))
        foundry = config.word("train_loader.name").value in (TEXT, FINETUNING)
        default = "1000ba" if foundry else "1ep"
        setting, time = read_time(config, "save_interval", default=default, whole="ep")
        if folder.value is None:
            config.fact("save_strategy", folder._replace(value="no"))
            config.default("checkpoints", 0, "save_folder is not given: nothing is saved")
        elif time is None or refuse_share(config, setting, time):
            return
        elif time.value > 0:
            by = "epoch" if time.unit == "ep" else "steps"
            config.fact("save_strategy", setting._replace(value=by))
            run.relate_interval(config, SAVE, setting, time)
        else:
            config.fact("save_strategy", setting._replace(value="no"))
            config.claim("checkpoints", Interval.exactly(0), setting)

    def read_logging(self, config: Config, run: Clock) -> None:
        setting, time = read_time(config, "console_log_interval", default="1ba", whole="ep")
        if time is not None and time.value > 0 and time.unit in ("ba", "ep"):
            run.relate_interval(config, LOG, setting, time)

    # Precision.

    numbers = (
        "optimizer.lr",
        "optimizer.eps",
        "optimizer.weight_decay",
        "scheduler.alpha_f",
        "algorithms.gradient_clipping.clipping_threshold",
    )
    """Keys that no quantity is read from but that must be numbers all the same."""

    def read_precision(self, config: Config) -> None:
        for key in self.numbers:
            config.real(key)
        precision = config.fact("precision", config.word("precision", default="amp_bf16"))
        for fact in ("fp16", "bf16"):
            value = precision.value
            on = value if value is UNKNOWN else value == f"amp_{fact}"
            config.fact(fact, precision._replace(value=on))


def _streams(config: Config, loader: object) -> bool:
    """Whether the data comes from shards: always for text, for finetuning where it says so."""
    section = "train_loader.dataset"
    return loader == TEXT or any(config.has(f"{section}.{key}") for key in ("remote", "streams"))


def _ranks_share_samples(config: Config) -> bool:
    """Whether several ranks see the same data (tensor or sequence parallelism)."""
    keys = ("replication", "seq_parallel_replication")
    return config.has("tp_config") or any(
        config.setting(f"train_loader.dataset.{key}", default=1).value not in (None, 1)
        for key in keys
    )


FRAMEWORK = Composer()
