"""MMCV 1.x, which runs MMDetection 2, MMSegmentation 0 and their siblings.

A config is a Python, YAML or JSON file; most build on others (`_base_`). What such a file, or one
that is itself only a part (a schedule, a data set), does not say may stand in another: no default
is assumed there. How many batches an epoch has is the affair of the project that builds the loader:
it is known for MMDetection alone.

Sources: mmcv `runner/base_runner.py`, `epoch_based_runner.py`, `iter_based_runner.py`;
`runner/hooks/optimizer.py`; mmdet 2.28 `apis/train.py:train_detector`, `utils/compat_config.py`,
`datasets/builder.py:build_dataloader`.
"""

from __future__ import annotations

from schedlint.frameworks.mmcv import steps
from schedlint.frameworks.mmcv.changes import CHANGES
from schedlint.frameworks.mmcv.hooks import read_checkpoints, read_evaluations, read_logs
from schedlint.frameworks.mmcv.parts import CUMULATIVE, MMCVParts
from schedlint.frameworks.mmcv.refusals import read_refusals
from schedlint.frameworks.mmcv.schedule import read_schedule
from schedlint.frameworks.mmengine import steps as mmengine
from schedlint.frameworks.mmengine.parts import Loop, type_of
from schedlint.frameworks.mmengine.recipe import read_recipe
from schedlint.frameworks.transformers import trainer
from schedlint.plan import WORDS
from schedlint.reading.config import Config
from schedlint.reading.framework import Framework
from schedlint.source import UNKNOWN, Mapping

_NOT_MEANT = {
    *("dataset_rows", "eval_dataset_size", "sequence_length", "mean_sample_length"),
    *("tokens_per_step", "tokens_seen"),
}
_EVERY_ITERATION = ("OptimizerHook", "Fp16OptimizerHook")


class MMCV(Framework):
    """A config of `tools/train.py` in MMDetection 2 and the other projects on MMCV 1."""

    name = "mmcv"
    title = "MMCV 1.x (OpenMMLab)"
    packages = ("mmcv", "mmcv-full")
    versions = "1.0 to 1.7.2"
    changes = CHANGES
    words = steps.WORDS
    applies = tuple(name for name in WORDS if name not in _NOT_MEANT)
    home = "https://mmcv.readthedocs.io/en/v1.7.2/"

    def read(self, config: Config) -> None:
        parts = MMCVParts(config)
        self.read_batches(parts)
        self.read_optimizer(parts)
        self.read_duration(parts)
        read_evaluations(parts)
        read_checkpoints(parts)
        read_logs(parts)
        read_schedule(parts)
        read_refusals(parts)

    def read_batches(self, parts: MMCVParts) -> None:
        """`imgs_per_gpu` takes the place of `samples_per_gpu`, which must not stand twice."""
        config = parts.config
        config.relate(trainer.every_process, trainer.loader_batch_size, trainer.global_batch_size)
        places = ("data.train_dataloader.samples_per_gpu", "data.samples_per_gpu")
        if not all(map(config.has, places)):
            config.state("micro_batch_size", config.whole("data.imgs_per_gpu", *places))
        config.relate(mmengine.steps_per_epoch)
        sampler = config.setting("data.train_dataloader.class_aware_sampler").value
        if parts.detector and sampler is None and parts.loop is Loop.EPOCHS:
            config.relate(steps.batches_per_epoch)

    def read_optimizer(self, parts: MMCVParts) -> None:
        """Accumulation, precision, and the learning rate with its scaling."""
        config = parts.config
        self.read_accumulation(parts)
        half = config.setting("fp16", default=parts.default("", None)).value
        casts = type_of(config, "optimizer_config") in ("Fp16OptimizerHook", CUMULATIVE[1])
        if half is not UNKNOWN:
            stated = config.setting("fp16" if config.has("fp16") else "optimizer_config.type")
            config.fact("fp16", stated._replace(value=casts or isinstance(half, Mapping)))
        for name in ("weight_decay", "momentum", "eps"):
            config.real(f"optimizer.{name}")
        config.state("learning_rate", config.real("optimizer.lr"))
        scaling = config.fact("lr_scaling", parts.flag("auto_scale_lr", "enable", False))
        base = config.state("base_batch_size", config.whole("auto_scale_lr.base_batch_size"))
        if scaling.value is True and base.number:
            config.relate(mmengine.scaled_learning_rate)
        read_recipe(parts, "optimizer")

    def read_accumulation(self, parts: MMCVParts) -> None:
        """Only the gradient-cumulative hooks accumulate; all others step at every iteration.

        With `fp16`, MMDetection builds a hook of its own, whatever type is given.
        """
        config = parts.config
        hook, kind = config.setting("optimizer_config"), type_of(config, "optimizer_config")
        if kind in CUMULATIVE and config.setting("fp16").value is None:
            accumulation = parts.whole("optimizer_config", "cumulative_iters", 1)
            config.state("gradient_accumulation_steps", accumulation)
        elif kind in _EVERY_ITERATION or (
            kind is None
            and parts.loop is not Loop.UNKNOWN
            and not parts.open("optimizer_config")
            and (not hook.stated or isinstance(hook.value, Mapping))
        ):
            why = "optimizer_config has no gradient-cumulative hook: a step each iteration"
            config.default("gradient_accumulation_steps", 1, why)

    def read_duration(self, parts: MMCVParts) -> None:
        """Epochs of so many batches, or iterations whatever the data."""
        config = parts.config
        if parts.loop is Loop.ITERATIONS:
            config.state("iterations", parts.length)
            config.relate(mmengine.max_steps, mmengine.total_steps)
            if parts.detector:  # InfiniteGroupBatchSampler: no batch is short
                config.relate(mmengine.samples_of_full_batches, mmengine.epochs_of_samples)
        elif parts.loop is Loop.EPOCHS:
            total = config.whole("total_epochs")
            if not total.stated or total.value == parts.length.value:
                config.state("max_epochs", parts.length)
            config.relate(mmengine.asked_epochs, mmengine.complete_epochs, mmengine.whole_epochs)
            config.relate(mmengine.iterations, mmengine.total_steps)


FRAMEWORK = MMCV()
