"""Which batch a learning rate is meant for, where nothing scales it to the real one.

`auto_scale_lr.base_batch_size` states that batch; without `enable` it scales nothing. MMDetection's
own configs have rates for 8 GPUs of 2 samples each ("the learning rate in the config files is for 8
GPUs and 2 images per GPU", docs 1_exist_data_model.md); the tables hold what its two-stage and
dense detectors are shipped with.

Sources: mmengine `runner/runner.py:Runner.scale_lr`; mmdet 2.28 `apis/train.py:auto_scale_lr`,
`configs/` of mmdet 2.28 and 3.3.
"""

from __future__ import annotations

from schedlint.frameworks.mmengine.parts import Parts, type_of
from schedlint.plan import Origin
from schedlint.reading.config import Config
from schedlint.reading.facts import Fact

_BASE = 16
_DECAYS = (1e-4, 5e-5)
"""Weight decays of MMDetection's SGD."""
_TWO_STAGE_RATE = 0.02
_TWO_STAGE = {
    **dict.fromkeys(("FastRCNN", "CascadeRCNN", "GridRCNN", "MaskScoringRCNN"), (0.02,)),
    **dict.fromkeys(("HybridTaskCascade", "PanopticFPN", "PointRend", "RPN"), (0.02,)),
    **dict.fromkeys(("SCNet", "TridentFasterRCNN"), (0.02,)),
    **dict.fromkeys(("FasterRCNN", "MaskRCNN"), (0.02, 0.01)),
}
_DENSE = {
    **dict.fromkeys(("ATSS", "AutoAssign", "DDOD", "FOVEA", "FSAF", "GFL", "NASFCOS"), (0.01,)),
    **dict.fromkeys(("PAA", "RepPointsDetector", "SOLO", "SOLOv2", "TOOD", "VFNet"), (0.01,)),
    "FCOS": (0.01, 0.04),
    "RetinaNet": (0.01, 0.02),
}
_RATES = {**_TWO_STAGE, **_DENSE}
"""Rates of SGD that each detector is shipped with for a batch of 16."""


def read_recipe(parts: Parts, optimizer: str) -> None:
    """Record the batch that the rate is meant for, where the config scales nothing.

    Without a stated one, that of a detector with exactly the optimizer that MMDetection ships.
    """
    config = parts.config
    if parts.flag("auto_scale_lr", "enable", False).value is not False:
        return
    base, rates = config.whole("auto_scale_lr.base_batch_size"), _shipped(config, optimizer)
    if isinstance(base.value, int) and base.value > 0:
        config.fact("recipe_base_batch", base)
        _record(config, "recipe_rates", rates if base.value == _BASE else (), "rates as shipped")
    elif not base.stated and not parts.open("auto_scale_lr"):
        rate = config.real(f"{optimizer}.lr").number
        if type_of(config, "model") in _TWO_STAGE and rate == _TWO_STAGE_RATE and rates:
            why = f"MMDetection's learning rates are for 8 GPUs × 2 samples = {_BASE}"
            _record(config, "recipe_base_batch", _BASE, why)
            _record(config, "recipe_rates", rates, "rates as shipped")


def _shipped(config: Config, optimizer: str) -> tuple[float, ...]:
    """The rates for a batch of 16 of the config's detector under the optimizer that it names."""
    decay = config.real(f"{optimizer}.weight_decay").number
    if type_of(config, optimizer) != "SGD" or decay not in _DECAYS:
        return ()
    return _RATES.get(type_of(config, "model") or "", ())


def _record(config: Config, name: str, value: object, why: str) -> None:
    config.reading.facts[name] = Fact(name, value, Origin.DEFAULT, why)
