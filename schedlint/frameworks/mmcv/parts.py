"""The parts of an MMCV 1.x config, and which of them may stand in another file.

Sources: mmcv `runner/base_runner.py`, `runner/builder.py`; mmdet
`utils/compat_config.py:compat_runner_args`, `apis/train.py:train_detector`.
"""

from __future__ import annotations

from schedlint.frameworks.mmengine.parts import Loop, Parts, type_of
from schedlint.reading.config import Config, Setting
from schedlint.source import Sequence, value_of

_WHOLE_RUN = ("model", "data", "optimizer", "lr_config")
"""What every run needs, beside its length."""
_RUNNERS = {"EpochBasedRunner": Loop.EPOCHS, "IterBasedRunner": Loop.ITERATIONS}
CUMULATIVE = ("GradientCumulativeOptimizerHook", "GradientCumulativeFp16OptimizerHook")
"""Optimizer hooks that accumulate."""
_MODELS = (
    "ATSS AutoAssign CascadeRCNN CenterNet CornerNet DDOD DETR DeformableDETR FCOS FOVEA FSAF "
    "FastRCNN FasterRCNN GFL GridRCNN HybridTaskCascade LAD Mask2Former MaskFormer MaskRCNN "
    "MaskScoringRCNN NASFCOS PAA PanopticFPN PointRend QueryInst RPN RepPointsDetector RetinaNet "
    "SCNet SOLO SOLOv2 SingleStageDetector SparseRCNN TOOD TridentFasterRCNN VFNet YOLACT YOLOF "
    "YOLOV3 YOLOX"
)
DETECTORS = frozenset(_MODELS.split())
"""Models of MMDetection 2: a config with one of them is trained by its `train_detector`."""


class MMCVParts(Parts):
    """One config, asked section by section."""

    def __init__(self, config: Config) -> None:
        super().__init__(config)
        self.detector = type_of(config, "model") in DETECTORS

    def _is_whole(self) -> bool:
        has = self.config.has
        return all(map(has, _WHOLE_RUN)) and (has("runner") or has("total_epochs"))

    @property
    def length(self) -> Setting:
        """How long the run is, in what its runner counts."""
        if self.loop is Loop.ITERATIONS:
            return self.config.whole("runner.max_iters")
        return self.config.whole("runner.max_epochs" if self._has_runner else "total_epochs")

    @property
    def _has_runner(self) -> bool:
        return self.config.has("runner")

    def by_epoch(self, section: str) -> Setting:
        """What a hook counts: as stated, else epochs, but iterations under `IterBasedRunner`.

        mmcv runner/iter_based_runner.py:IterBasedRunner.register_training_hooks.
        """
        if self.loop is Loop.UNKNOWN:
            return self.config.flag(f"{section}.by_epoch", default=None)
        return self.flag(section, "by_epoch", self.loop is Loop.EPOCHS)

    def _loop(self) -> Loop:
        """The runner's type, or `total_epochs` where there is no runner; the workflow must train
        once.
        """
        if not self._trains_once():
            return Loop.UNKNOWN
        if not self._has_runner:
            whole = not self.open("") and self.config.has("total_epochs")
            return Loop.EPOCHS if whole else Loop.UNKNOWN
        if self.config.has("runner.type"):
            return _RUNNERS.get(type_of(self.config, "runner") or "", Loop.UNKNOWN)
        counts = [self.config.has(f"runner.{name}") for name in ("max_epochs", "max_iters")]
        if counts == [True, False]:
            return Loop.EPOCHS
        return Loop.ITERATIONS if counts == [False, True] else Loop.UNKNOWN

    def _trains_once(self) -> bool:
        """Whether at most one phase of the workflow trains, each of them with a loader of its
        own.
        """
        workflow = self.config.setting("workflow")
        if workflow.value is None:
            return True
        if not isinstance(workflow.value, Sequence):
            return False
        phases = [phase.value for phase in workflow.value.items]
        modes = [
            value_of(phase.items[0].value)
            for phase in phases
            if isinstance(phase, Sequence) and phase.items
        ]
        return len(modes) == len(phases) and modes.count("train") == 1
