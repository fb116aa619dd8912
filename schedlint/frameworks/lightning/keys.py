"""PyTorch Lightning: configs of `LightningCLI` and of everything else that fills in a `Trainer`.

The arithmetic stands in `lightning_steps.py` and `lightning_events.py`, where the keys are in
`lightning_layout.py`, evaluations and checkpoints in `lightning_cadence.py`.

Sources: lightning `pytorch/trainer/trainer.py:Trainer.__init__`; `trainer/setup.py:
_init_debugging_flags`, `_determine_batch_limits`; `loops/utilities.py:_parse_loop_limits`;
`trainer/connectors/accelerator_connector.py`; `cli.py:LightningCLI.configure_optimizers`.
"""

from __future__ import annotations

from typing import ClassVar, NamedTuple

from schedlint.frameworks.lightning import cadence, processes, steps
from schedlint.frameworks.lightning.changes import CHANGES
from schedlint.frameworks.lightning.layout import Kind, Layout, Made
from schedlint.frameworks.lightning.limits import (
    batch_limit,
    fast_dev_run,
    may_be_all,
    train_limit,
)
from schedlint.frameworks.lightning.refusals import ACCELERATORS, RENAMED, SHARES, read_refusals
from schedlint.frameworks.lightning.refused_devices import DEEPSPEED_CONFIG
from schedlint.frameworks.transformers import trainer as hf_trainer
from schedlint.plan import Word
from schedlint.reading.config import Config, Instead, Setting
from schedlint.reading.framework import Framework, Named, Unknown
from schedlint.reading.milestones import read_milestones
from schedlint.reading.versions import Branch, Change
from schedlint.source import UNKNOWN, Document, Mapping, Scalar, Sequence

ENDLESS = -1
"""What `max_epochs` and `max_steps` say where they are no limit."""

_PRECISIONS = {"64": "64-true", "32": "32-true", "16": "16-mixed", "bf16": "bf16-mixed"}
"""Short names (lightning `fabric/connector.py:_convert_precision_to_unified_args`)."""

_HORIZONS = {
    "CosineAnnealingLR": "T_max",
    "OneCycleLR": "total_steps",
    "PolynomialLR": "total_iters",
}
"""Schedules of torch with an end, and the argument that tells it."""

_TOLD_BATCHES = ("dataset_size", "loader_batches", "batches_per_epoch", "steps_per_epoch")


def _share_of_batches(name: str, gone: Setting) -> Instead | None:
    """The limit that says what a share said to every version that knew it.

    A share of 1 was all batches up to 0.7 and one batch from 0.8 on. `overfit_pct` left validation
    its own data up to 0.7 and not from 0.8 on: only 0 is the same to both.
    """
    share = gone.number
    if share is None or not 0 <= share <= 1 or (isinstance(share, int) and share):
        return None
    return Instead(SHARES[name], float(share)) if not share or name != "overfit_pct" else None


def _names_devices(name: str, value: object) -> bool:
    """Whether `devices` takes the value, and as the same devices.

    A list of TPU cores was counted from 1 and is counted from 0 since 2.1.
    """
    if isinstance(value, bool):
        return False
    if name == "tpu_cores":
        return value in (1, 8)
    some = isinstance(value, int) and (value > 0 or value == -1)
    return some or (isinstance(value, Sequence) and bool(value.items))


class Limits(NamedTuple):
    """What ends the run."""

    epochs: bool
    steps: bool
    time: bool


class Lightning(Framework):
    """Arguments of the Trainer; what is in the code (loaders, schedules) is not in the file."""

    name = "lightning"
    title = "PyTorch Lightning"
    dialect = "omegaconf"
    may_refuse_duplicates = True  # under Hydra, not in LightningCLI
    packages: ClassVar[tuple[str, ...]] = ("lightning", "pytorch-lightning")
    versions = "2.5.6 and 2.6.6"
    changes: ClassVar[tuple[Change, ...]] = (*cadence.CHANGES, *CHANGES)
    renamed = RENAMED
    words: ClassVar[tuple[Word, ...]] = steps.WORDS
    applies = (
        "dataset_size",
        "eval_dataset_size",
        "world_size",
        "data_parallel_size",
        "micro_batch_size",
        "gradient_accumulation_steps",
        "global_batch_size",
        "batches_per_epoch",
        "steps_per_epoch",
        "epochs",
        "max_steps",
        "total_steps",
        "total_epochs",
        "samples_seen",
        "decay_steps",
        "eval_interval",
        "save_interval",
        "log_interval",
        "evaluations",
        "checkpoints",
    )
    home = "https://lightning.ai/docs/pytorch/stable/common/trainer.html"

    def instead_of(self, gone: Setting) -> Instead | None:
        """2.0 takes the accelerator and how many of them apart."""
        name = gone.key.rpartition(".")[2]
        if name in SHARES:
            return _share_of_batches(name, gone)
        if name in ACCELERATORS:
            beside = (("accelerator", ACCELERATORS[name]),)
            return Instead("devices", beside=beside) if _names_devices(name, gone.value) else None
        if name == "checkpoint_callback" and not isinstance(gone.value, bool):
            return None  # before 1.3 it could be the callback itself
        if name == "nb_sanity_val_steps" and (gone.number or 0) < 0:
            return None  # none at that time, all since 0.9
        return super().instead_of(gone)

    def read(self, config: Config) -> None:
        layout = Layout(config)
        processes.read_processes(layout)
        self.read_batch(layout)
        if self.trains(layout):
            self.read_batches(layout)
            limits = self.read_duration(layout)
            sized = any(name in config.told for name in _TOLD_BATCHES)
            if self.read_steps_per_epoch(layout):
                run = cadence.Run(limits == Limits(True, False, False), sized, limits.time)
                cadence.read_evaluations(layout, run)
                cadence.read_checkpoints(layout, run)
        self.read_schedule(layout)
        self.read_precision(layout)
        self.read_other_cadence(layout)
        read_refusals(layout)

    def names(self, document: Document) -> tuple[Named, ...]:
        """The JSON file of DeepSpeedStrategy."""
        node = document.root
        for key in ("trainer", *DEEPSPEED_CONFIG.split(".")):
            entry = node.get(key) if isinstance(node, Mapping) else None
            node = None if entry is None else entry.value
        path = node.value if isinstance(node, Scalar) else None
        return (Named("deepspeed", path, "config"),) if isinstance(path, str) else ()

    def unknown(self, document: Document, section: str, by_schema: str | None) -> Unknown:
        """A script that makes the Trainer itself may keep keys of its own beside the arguments."""
        layout = Layout(Config(document, Branch({})))
        own = section.endswith("trainer") and not layout.direct
        return Unknown("elsewhere" if own else by_schema)

    # The batch.

    def read_batch(self, layout: Layout) -> None:
        """The data module's `batch_size` by convention; the accumulation is the Trainer's."""
        config = layout.config
        batch = layout.batch_size()
        alone = processes.one_process(layout) or config.told.get("world_size") == 1
        if batch is not None and layout.kind is Kind.HYDRA and not alone:
            config.state("module_batch_size", batch)
            config.relate(steps.batch_of_each_or_all)
        elif batch is not None:
            config.state("micro_batch_size", batch)
        if not any(made.name == "GradientAccumulationScheduler" for made in layout.callbacks()):
            accumulation = layout.whole("accumulate_grad_batches", default=1)
            if isinstance(accumulation.value, int):
                config.state("gradient_accumulation_steps", accumulation)
        config.relate(hf_trainer.global_batch_size)

    # Batches of an epoch.

    def trains(self, layout: Layout) -> bool:
        """False where a limit of 0 skips training; that is then all there is to say."""
        limit = train_limit(layout)
        if limit.number != 0:
            return True
        for quantity in ("total_steps", "samples_seen", "evaluations", "checkpoints"):
            layout.config.state(quantity, limit._replace(value=0))
        return False

    def read_batches(self, layout: Layout) -> None:
        config = layout.config
        limit = train_limit(layout)
        own_sampler = layout.flag("use_distributed_sampler", True).value is not True
        if not own_sampler or processes.one_process(layout):
            self.read_loader(layout, batch_limit(limit) == 1.0 and not isinstance(limit.value, int))
        count = batch_limit(limit)
        if limit.value is not None and may_be_all(layout, limit):
            config.fact("limit_of_one", limit)
            config.relate(steps.limited_batches)
        elif isinstance(count, int):
            config.state("limit_batches", limit._replace(value=count))
            config.relate(steps.limited_batches)
        elif count is not None and count < 1:
            config.state("limit_share", limit)
            config.relate(steps.share_of_batches)
            config.claim("batches_per_epoch", cadence.AT_LEAST_ONE, limit)

    def read_loader(self, layout: Layout, whole: bool) -> None:
        """Whether a short last batch counts stands in the code, unless the data module is told."""
        config = layout.config
        drop_last = layout.drop_last()
        if drop_last is not None:
            config.fact("drop_last", drop_last)
            if isinstance(drop_last.value, bool):
                config.state("short_batches", drop_last._replace(value=int(not drop_last.value)))
        config.relate(steps.all_batches if whole else steps.loader_batches)
        config.relate(steps.samples_per_epoch, hf_trainer.samples_seen)

    # Steps.

    def read_steps_per_epoch(self, layout: Layout) -> bool:
        """Relate steps and batches; False where evaluations do not follow from them."""
        config = layout.config
        name = processes.strategy(layout)
        accumulation = layout.whole("accumulate_grad_batches", default=1).number
        if name is None:
            return False
        if name.lower().startswith("deepspeed") and accumulation != 1:
            config.relate(steps.steps_of_deepspeed)
            config.reading.relations[:] = [
                rel for rel in config.reading.relations if rel is not hf_trainer.samples_seen
            ]
            return False
        config.relate(hf_trainer.steps_rounded_up)
        return True

    def read_duration(self, layout: Layout) -> Limits:
        """The first limit that is reached ends the run; without any it takes 1,000 epochs."""
        config = layout.config
        fast = fast_dev_run(layout)
        epochs, max_steps = layout.whole("max_epochs"), layout.whole("max_steps", default=ENDLESS)
        if fast is not None:
            epochs, max_steps = fast._replace(value=UNKNOWN if fast.number is None else 1), fast
        time = layout.setting("max_time")
        limits = Limits(
            epochs.value not in (None, ENDLESS),
            max_steps.value not in (None, ENDLESS),
            time.value is not None,
        )
        if epochs.value is None and not limits.steps and not limits.time:
            why = "neither max_epochs nor max_steps is given: 1,000 epochs"
            config.default("epochs", 1000, why)
            limits = limits._replace(epochs=True)
        elif isinstance(epochs.value, int) and limits.epochs:
            config.state("epochs", epochs)
        if isinstance(max_steps.value, int) and limits.steps:
            config.state("max_steps", max_steps)
        self.relate_duration(layout, limits)
        return limits

    def relate_duration(self, layout: Layout, limits: Limits) -> None:
        config = layout.config
        config.relate(steps.steps_of_max_epochs)
        sized = any(name in config.told for name in _TOLD_BATCHES)
        if limits.epochs and limits.steps:
            total = steps.total_of_both_in_time if limits.time else steps.total_of_both
        elif limits.epochs:
            total = steps.total_of_epochs_in_time if limits.time else steps.total_of_epochs
        elif limits.steps and limits.time:
            total = steps.total_of_max_steps_in_time
        elif limits.steps:
            total = steps.total_if_batches if sized else steps.total_of_max_steps
        else:
            return
        config.relate(total)

    # The schedule.

    def read_schedule(self, layout: Layout) -> None:
        """`lr_scheduler` at the top of a CLI config advances once an epoch."""
        found = layout.schedule()
        if found is None:
            return
        config, (made, section) = layout.config, found
        named = section.setting("class_path", "_target_", "scheduler")
        config.fact("scheduler", named._replace(value=made.name))
        by_lightning = layout.kind is Kind.CLI or section.has("scheduler")
        interval = section.word("interval", default="epoch" if by_lightning else None)
        if interval.value is None:
            return
        config.fact("scheduler_interval", interval)
        horizon = made.arguments.whole(_HORIZONS.get(made.name, ""), text_counts=layout.converts)
        frequency = section.whole("frequency", default=1)
        self.read_floor(layout, made)
        milestones = made.arguments.setting("milestones")
        if milestones.stated and frequency.number == 1 and interval.value in ("epoch", "step"):
            read_milestones(config, milestones, in_epochs=interval.value == "epoch")
        if interval.value == "epoch":
            config.state("schedule_epochs", horizon)
            config.state("scheduler_frequency", frequency)
            config.relate(steps.decay_of_epochs)
        elif interval.value == "step" and frequency.number == 1:
            config.state("decay_steps", horizon)

    def read_floor(self, layout: Layout, made: Made) -> None:
        """`eta_min` of torch's cosine, beside the optimizer that the same file makes."""
        floor = made.arguments.real("eta_min", text_counts=layout.converts)
        rate = layout.config.real("optimizer.init_args.lr", text_counts=layout.converts)
        if made.name == "CosineAnnealingLR" and floor.number is not None:
            layout.config.fact("min_learning_rate", floor)
            layout.config.fact("learning_rate", rate)

    # Precision.

    def read_precision(self, layout: Layout) -> None:
        """16-bit mixed precision on a CPU is bfloat16 (`_check_and_init_precision`)."""
        setting = layout.setting("precision", default="32-true")
        if setting.value is None:
            setting = setting._replace(value="32-true")
        if setting.value is UNKNOWN or not isinstance(setting.value, (str, int)):
            return
        name = _PRECISIONS.get(str(setting.value), str(setting.value))
        if name == "16-mixed" and layout.setting("accelerator").value == "cpu":
            name = "bf16-mixed"
        config = layout.config
        config.fact("precision", setting._replace(value=name))
        config.fact("fp16", setting._replace(value=name == "16-mixed"))
        config.fact("bf16", setting._replace(value=name == "bf16-mixed"))

    # Log lines and early stopping.

    def read_other_cadence(self, layout: Layout) -> None:
        interval = layout.whole("log_every_n_steps", default=50)
        if (interval.number or 0) > 0:
            layout.config.state("log_interval", interval)
        for made in layout.callbacks():
            if made.name == "EarlyStopping":
                patience = made.arguments.whole("patience", default=3)
                layout.config.fact("early_stopping_patience", patience)


FRAMEWORK = Lightning()
