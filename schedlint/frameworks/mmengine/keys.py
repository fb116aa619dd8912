"""MMEngine, which runs MMDetection 3, MMSegmentation 1 and their siblings.

A config is a Python, YAML or JSON file; most build on others (`_base_`, `read_base()`). What such a
file, or one that is itself only a part (a schedule, a data set), does not say may stand in another:
no default is assumed there.

Sources: mmengine `runner/runner.py:Runner.build_train_loop`, `build_dataloader`, `scale_lr`,
`register_default_hooks`; `runner/loops.py`; `config/config.py:Config._file2dict`.
"""

from __future__ import annotations

from itertools import pairwise

from schedlint.frameworks.mmengine import cadence, steps
from schedlint.frameworks.mmengine.changes import CHANGES, PACKAGE
from schedlint.frameworks.mmengine.hooks import read_checkpoints, read_custom_hooks, read_logs
from schedlint.frameworks.mmengine.parts import Loop, Parts, type_of
from schedlint.frameworks.mmengine.recipe import read_recipe
from schedlint.frameworks.mmengine.refusals import read_refusals
from schedlint.frameworks.mmengine.schedule import read_schedule
from schedlint.frameworks.transformers import trainer
from schedlint.plan import WORDS
from schedlint.reading.config import Config, Setting
from schedlint.reading.framework import Framework
from schedlint.source import UNKNOWN, Sequence, value_of
from schedlint.source.python import TUPLE_TAG

_NOT_MEANT = {
    *("dataset_rows", "eval_dataset_size", "sequence_length", "mean_sample_length"),
    *("tokens_per_step", "tokens_seen"),
}
_WRAPPERS = ("OptimWrapper", "AmpOptimWrapper", "ApexOptimWrapper")
"""Optimizer wrappers that accumulate as the base class does."""


class MMEngine(Framework):
    """A config of `tools/train.py` in MMDetection 3 and the other projects on MMEngine."""

    name = "mmengine"
    title = "MMEngine"
    packages = (PACKAGE,)
    versions = "0.10"
    changes = CHANGES
    words = steps.WORDS
    applies = tuple(name for name in WORDS if name not in _NOT_MEANT)
    home = "https://mmengine.readthedocs.io"

    def read(self, config: Config) -> None:
        parts = Parts(config)
        loop = parts.loop
        self.read_batches(parts)
        self.read_optimizer(parts)
        self.read_duration(parts, loop)
        self.read_evaluations(parts, loop)
        read_checkpoints(parts, loop)
        read_logs(parts, loop)
        read_custom_hooks(config)
        read_schedule(parts, loop)
        read_refusals(parts, loop)

    def read_batches(self, parts: Parts) -> None:
        """The loader's batch is a process's own; the sampler decides how many there are."""
        config = parts.config
        config.relate(trainer.every_process, trainer.loader_batch_size, trainer.global_batch_size)
        batch = parts.whole("train_dataloader", "batch_size", 1)
        config.state("micro_batch_size", batch)
        drop_last = config.fact("drop_last", parts.drop_last())
        capped = config.whole("train_dataloader.num_batch_per_epoch")
        config.relate(steps.steps_per_epoch)
        if capped.stated:
            config.state("batches_per_epoch", capped)
            config.relate(steps.epoch_length, steps.full_samples_per_epoch)
            return
        full = drop_last.value is True
        if parts.sampler == "DefaultSampler":
            self.relate_shares(config, drop_last)
        elif drop_last.value is UNKNOWN:
            return
        elif parts.sampler == "InfiniteSampler":
            config.relate(steps.endless_full_epoch_length if full else steps.endless_epoch_length)
        elif parts.sampler is None and not parts.open("train_dataloader"):
            config.relate(steps.epoch_length)
            if full:
                config.relate(steps.full_batches_of_all, steps.full_samples_per_epoch)
            else:
                config.relate(steps.batches_of_all, steps.samples_of_all)

    def relate_shares(self, config: Config, drop_last: Setting) -> None:
        """`DefaultSampler` gives every rank the same number of samples."""
        config.relate(steps.epoch_length)
        if drop_last.value is True:
            config.relate(steps.full_batches, steps.full_samples_per_epoch)
        elif drop_last.value is not UNKNOWN:
            config.relate(trainer.all_batches, steps.samples_per_epoch)

    def read_optimizer(self, parts: Parts) -> None:
        """Accumulation, precision, and the learning rate with its scaling."""
        config = parts.config
        kind = type_of(config, "optim_wrapper")
        accumulation = parts.whole("optim_wrapper", "accumulative_counts", 1)
        plain = config.has("optim_wrapper.optimizer") and kind in (None, *_WRAPPERS)
        if plain or accumulation.stated:
            config.state("gradient_accumulation_steps", accumulation)
        self.read_precision(config, kind)
        for name in ("weight_decay", "momentum", "eps"):
            config.real(f"optim_wrapper.optimizer.{name}")
        config.state("learning_rate", config.real("optim_wrapper.optimizer.lr"))
        scaling = config.fact("lr_scaling", parts.flag("auto_scale_lr", "enable", False))
        config.state("base_batch_size", config.whole("auto_scale_lr.base_batch_size"))
        if scaling.value is True:
            config.relate(steps.scaled_learning_rate)
        read_recipe(parts, "optim_wrapper.optimizer")

    def read_precision(self, config: Config, kind: str | None) -> None:
        """`AmpOptimWrapper` casts to float16 where it is given no type, on a GPU."""
        if kind not in _WRAPPERS:
            return
        mixed = config.setting("optim_wrapper.type")
        half = config.word("optim_wrapper.dtype", default="float16")
        for name, dtype in (("fp16", "float16"), ("bf16", "bfloat16")):
            setting = half if half.stated else mixed
            known = half.value is not UNKNOWN
            value = kind == "AmpOptimWrapper" and half.value == dtype if known else UNKNOWN
            config.fact(name, setting._replace(value=value))

    def read_duration(self, parts: Parts, loop: Loop) -> None:
        """Epochs of so many batches, or iterations whatever the data."""
        config = parts.config
        if loop is Loop.UNKNOWN:
            return
        endless = parts.sampler == "InfiniteSampler"
        if loop is Loop.ITERATIONS:
            config.state("iterations", config.whole("train_cfg.max_iters"))
            config.relate(steps.max_steps, steps.total_steps)
            if endless:
                config.relate(steps.samples_of_full_batches, steps.epochs_of_samples)
            else:
                config.relate(steps.samples_of_iterations, steps.epochs_of_iterations)
            return
        config.state("max_epochs", config.whole("train_cfg.max_epochs"))
        config.relate(steps.asked_epochs, steps.complete_epochs)
        if not endless:  # an epoch over an endless sampler never ends
            config.relate(steps.iterations, steps.total_steps)
            config.relate(steps.whole_epochs, steps.samples_of_epochs)

    def read_evaluations(self, parts: Parts, loop: Loop) -> None:
        """Evaluations need a loader, a loop and an evaluator; then `val_interval` counts."""
        config = parts.config
        data = config.setting("val_dataloader", default=parts.default("", None))
        there = UNKNOWN if data.value is UNKNOWN else data.value is not None
        config.fact("eval_data", data._replace(value=there))
        if there is UNKNOWN or loop is Loop.UNKNOWN:
            return
        if there is False:
            config.fact("eval_strategy", data._replace(value="no"))
            config.default("evaluations", 0, f"{data.key} is not given: no evaluation")
            return
        in_epochs = loop is Loop.EPOCHS
        config.fact("eval_strategy", data._replace(value="epoch" if in_epochs else "steps"))
        if type_of(config, "val_cfg") in (None, "ValLoop"):
            self.relate_evaluations(parts, in_epochs)

    def relate_evaluations(self, parts: Parts, in_epochs: bool) -> None:
        config = parts.config
        every = parts.whole("train_cfg", "val_interval", 1 if in_epochs else 1000)
        begin = parts.whole("train_cfg", "val_begin", 1)
        word = "eval_epochs" if in_epochs else "eval_iterations"
        config.state(word, every)
        changes = _dynamic_intervals(config)
        if changes is None or not isinstance(begin.value, int):
            return
        if begin.value > 1:
            config.state("eval_begin", begin)
        unit = "max_epochs" if in_epochs else "iterations"
        if parts.sampler != "InfiniteSampler" or not in_epochs:
            config.relate(cadence.evaluations(unit, word, begin.value, changes))
        if changes:
            return  # no one interval
        if in_epochs:
            config.relate(cadence.eval_interval)
        else:
            parts.claim_in_steps("eval_interval", every)


def _dynamic_intervals(config: Config) -> tuple[tuple[int, int], ...] | None:
    """The milestones and intervals, rising; None where they are not known to be such.

    A list of tuples, which only Python and YAML's own tag for tuples can express.
    """
    setting = config.setting("train_cfg.dynamic_intervals")
    if setting.value is None:
        return ()
    if not isinstance(setting.value, Sequence):
        return None
    found: list[tuple[int, int]] = []
    for item in setting.value.items:
        pair = item.value
        if not isinstance(pair, Sequence) or pair.tag != TUPLE_TAG or len(pair.items) != 2:
            return None
        milestone, interval = (value_of(each.value) for each in pair.items)
        if not isinstance(milestone, int) or not isinstance(interval, int):
            return None
        found.append((milestone, interval))
    rising = all(one[0] <= other[0] for one, other in pairwise(found))
    return tuple(found) if rising and all(pair[1] >= 1 for pair in found) else None


FRAMEWORK = MMEngine()
