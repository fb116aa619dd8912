"""What timm's `train.py` stops at while it makes its loaders and augmentations.

Sources: pytorch-image-models `train.py:main`; timm `data/loader.py:create_loader`, `_worker_init`,
`data/scheduled_sampler.py:ScheduledBatchSampler.__init__`,
`data/transforms_factory.py:transforms_imagenet_train`, `data/config.py:resolve_data_config`,
`data/random_erasing.py:RandomErasing.__init__`.
"""

from __future__ import annotations

from schedlint.frameworks.timm.arguments import (
    CROP_MODE,
    NAFLEX,
    SCHEDULED_SIZES,
    count,
    has_argument,
    is_off,
    is_on,
    is_other,
    items,
)
from schedlint.reading.config import Config, Setting
from schedlint.source import Sequence

_SCALES = ("", "none", "sqrt", "linear")
_FILLINGS = ("", "const", "rand", "pixel")


def read_refused_data(config: Config, iterable: bool) -> None:
    """Record every value that is refused, for itself or for its neighbour."""
    naflex = is_on(config, "naflex_loader") and has_argument(config, NAFLEX)
    sizes = config.setting("train_img_sizes")
    scheduled = isinstance(sizes.value, Sequence) and has_argument(config, SCHEDULED_SIZES)
    _refuse_splits(config)
    if naflex:
        _refuse_naflex(config, scheduled)
    elif is_off(config, "naflex_loader"):
        _refuse_augmentation(config)
    if scheduled:
        _refuse_sizes(config, sizes, iterable)
    _refuse_input_size(config)


def _refuse_splits(config: Config) -> None:
    """Several augmented copies of a batch: who needs them, and who does not go with them."""
    splits = count(config, "aug_splits", 0)
    if splits.number == 1:
        config.refuse(splits, "it is 0 or at least 2")
    elif splits.number == 0:
        if is_on(config, "split_bn") and is_off(config, "resplit"):
            config.refuse(
                config.setting("split_bn"), "it needs aug_splits of 2 or more, or resplit"
            )
        if is_on(config, "jsd_loss"):
            config.refuse(config.setting("jsd_loss"), "it needs aug_splits of 2 or more")
    elif splits.number is not None and splits.number > 1:
        mixed = mixes(config)
        if mixed is not None and is_off(config, "no_prefetcher"):
            config.refuse(mixed, "with aug_splits it needs no_prefetcher: true")
    processes = config.told.get("world_size")
    if is_on(config, "sync_bn") and is_on(config, "split_bn") and (processes or 0) > 1:
        config.refuse(config.setting("sync_bn"), "it does not go with split_bn")


def mixes(config: Config) -> Setting | None:
    """What mixes the images of a batch, where something does."""
    for name in ("mixup", "cutmix"):
        setting = config.real(name, default=0, text_counts=True)
        if (setting.number or 0) > 0:
            return setting
    ratios = config.setting("cutmix_minmax")
    return ratios if isinstance(ratios.value, Sequence) else None


def _refuse_naflex(config: Config, scheduled: bool) -> None:
    splits = count(config, "aug_splits", 0)
    if (splits.number or 0) > 1:
        config.refuse(splits, "naflex_loader takes no splits")
    if scheduled:
        config.refuse(config.setting("train_img_sizes"), "naflex_loader is on, which has its own")
    loader = "use_multi_epochs_loader"
    if is_on(config, loader) and config.since(SCHEDULED_SIZES):
        config.refuse(config.setting(loader), "naflex_loader does not go with it")
    chances, sizes = config.setting("naflex_patch_size_probs"), config.setting("naflex_patch_sizes")
    if items(sizes) and items(chances) and len(items(sizes)) != len(items(chances)):
        config.refuse(chances, f"there are {len(items(sizes))} naflex_patch_sizes")
    scale = config.setting("naflex_loss_scale")
    if is_other(scale, *_SCALES) and config.since(SCHEDULED_SIZES):
        config.refuse(scale, "it is none, sqrt or linear")


def _refuse_augmentation(config: Config) -> None:
    seeding = config.setting("worker_seeding", default="all")
    workers = count(config, "workers", 4)
    if is_other(seeding, "all", "part") and (workers.number or 0) > 0:
        config.refuse(seeding, "it is all or part")
    if not is_off(config, "no_aug"):
        return
    crop = config.setting("train_crop_mode")
    if is_other(crop, "", "rrc", "rkrc", "rkrr") and has_argument(config, CROP_MODE):
        config.refuse(crop, "it is rrc, rkrc or rkrr")
    erase, kind = config.real("reprob", default=0, text_counts=True), config.setting("remode")
    plain = kind.value.lower() if isinstance(kind.value, str) else kind.value
    if (erase.number or 0) > 0 and is_other(kind._replace(value=plain), *_FILLINGS):
        config.refuse(kind, "it is const, rand or pixel")


def _refuse_sizes(config: Config, sizes: Setting, iterable: bool) -> None:
    """Sizes of the images that change between batches."""
    splits = count(config, "aug_splits", 0)
    if iterable:
        config.refuse(sizes, "sizes can change with a data set that is read by index only")
    if is_on(config, "use_multi_epochs_loader"):
        config.refuse(config.setting("use_multi_epochs_loader"), "train_img_sizes excludes it")
    if (splits.number or 0) > 1 and is_off(config, "naflex_loader"):
        config.refuse(splits, "train_img_sizes takes no splits")
    if not items(sizes):
        config.refuse(sizes, "it holds no size")
        return
    for name in ("train_batch_sizes", "train_size_probs"):
        others = config.setting(name)
        if isinstance(others.value, Sequence) and len(items(others)) != len(items(sizes)):
            config.refuse(others, f"there are {len(items(sizes))} train_img_sizes")
    batches = config.setting("train_batch_sizes")
    numbers = [each for each in items(batches) if isinstance(each, (int, float))]
    if any(each <= 0 or each % 1 for each in numbers):
        config.refuse(batches, "each is a whole number above 0")
    _refuse_order(config, len(items(sizes)))
    scale = config.setting("variable_batch_loss_scale")
    if is_other(scale, *_SCALES):
        config.refuse(scale, "it is none, sqrt or linear")


def _refuse_order(config: Config, sizes: int) -> None:
    order = config.setting("train_size_schedule", default="constant")
    if is_other(order, "constant", "progressive"):
        config.refuse(order, "it is constant or progressive")
    elif order.value == "progressive":
        if sizes < 2:
            config.refuse(order, "it needs two sizes or more")
        spread = config.real("train_size_schedule_spread", text_counts=True)
        if (spread.number or 0) < 0:
            config.refuse(spread, "it is at least 0")
        share = config.real("train_size_random_mix", text_counts=True)
        if share.number is not None and not 0 <= share.number <= 1:
            config.refuse(share, "it lies between 0 and 1")


def _refuse_input_size(config: Config) -> None:
    size = config.setting("input_size")
    shape = "it is a list: channels, height and width"
    is_list = isinstance(size.value, Sequence)
    if type(size.value) in (int, float) or (is_list and len(items(size)) != 3):
        config.refuse(size, shape)
