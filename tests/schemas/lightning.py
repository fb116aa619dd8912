"""lightning: the arguments of `Trainer` (`trainer/trainer.py`) and LightningCLI's sections."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.schemas.classes import NO_DEFAULT, Key, Keys, Schema, arguments, parse
from tests.schemas.history import ELSEWHERE, JSONARGPARSE, REFUSED, Framework
from tests.schemas.releases import Release, Source, ends_of_minors, releases

_FOLDERS = ("lightning/pytorch", "pytorch_lightning")

_METHODS = ("fit", "validate", "test", "predict")
_IN_CODE = {"model", "datamodule", "dataloaders"}
"""Arguments of these that LightningCLI fills in itself (`cli.py:LightningCLI.subcommands`)."""

_PRECISIONS = (
    *("64-true", "32-true", "16-true", "bf16-true", "16-mixed", "bf16-mixed"),
    *("transformer-engine", "transformer-engine-float16"),
)
_SHORT = (64, 32, 16, "64", "32", "16", "bf16", None)
"""See `fabric/connector.py:_convert_precision_to_unified_args`, which refuses all others."""

_TEXT: Schema = {"type": ["string", "null"]}
_MADE: Schema = {"type": ["string", "object", "null"]}
"""A name, or a class with its arguments (`class_path`, `_target_`)."""
_NUMBER: Schema = {"type": ["number", "null"]}
_SWITCH: Schema = {"type": ["boolean", "null"]}
_DEVICES: Schema = {"type": ["integer", "string", "array", "null"]}
_TIME: Schema = {"type": ["string", "object", "null"]}

_TYPES: dict[str, Schema] = {
    "accelerator": _MADE,
    "strategy": _MADE,
    "distributed_backend": _TEXT,
    "devices": _DEVICES,
    "gpus": _DEVICES,
    "tpu_cores": _DEVICES,
    "num_tpu_cores": _DEVICES,
    "precision": {"enum": [*_PRECISIONS, *_SHORT]},
    "logger": {},
    "callbacks": {},
    "plugins": {},
    "checkpoint_callback": {},
    "early_stop_callback": {},
    "progress_bar_callback": {},
    "cluster_environment": {},
    "profiler": {"type": ["string", "object", "boolean", "null"]},
    "fast_dev_run": {"type": ["integer", "boolean"]},
    # A float that is whole is taken by the Trainer itself, for all but the epochs.
    "max_steps": _NUMBER,
    "min_steps": _NUMBER,
    "log_every_n_steps": _NUMBER,
    "num_sanity_val_steps": _NUMBER,
    # The dict of epochs was taken until 2.0.
    "accumulate_grad_batches": {"type": ["number", "object", "null"]},
    "max_time": _TIME,
    "val_check_interval": {"type": ["number", "string", "object", "null"]},
    "limit_train_batches": _NUMBER,
    "limit_val_batches": _NUMBER,
    "limit_test_batches": _NUMBER,
    "limit_predict_batches": _NUMBER,
    "overfit_batches": {"type": "number"},
    "gradient_clip_val": _NUMBER,
    "deterministic": {"type": ["boolean", "string", "null"]},
    "default_root_dir": _TEXT,
    "weights_save_path": _TEXT,
    "weights_summary": _TEXT,
    "auto_lr_find": {"type": ["boolean", "string"]},
    "auto_scale_batch_size": {"type": ["boolean", "string", "null"]},
    "track_grad_norm": {"type": ["number", "string"]},
    "automatic_optimization": _SWITCH,
    "resume_from_checkpoint": _TEXT,
    "model_registry": _TEXT,
    "log_gpu_memory": _TEXT,
}
"""What the annotations do not tell, or tell too narrowly."""

_HYDRA = ("_target_", "_convert_", "_recursive_", "_partial_", "_args_")
"""Keys that Hydra takes for itself (`hydra/_internal/instantiate/_instantiate2.py`)."""

_APPENDED = ("callbacks+", "logger+", "plugins+")
"""Lists that jsonargparse appends to (`_core.py:_apply_actions`)."""

_TOP: dict[str, Key] = {
    "seed_everything": Key({"type": ["boolean", "integer", "null"]}),
    "trainer": Key({}),
    "model": Key({}),
    "data": Key({}),
    "optimizer": Key({}),
    "lr_scheduler": Key({}),
    **{method: Key({}) for method in _METHODS},
    "lightning": Key({}),
}
"""The sections of a file; which arguments they have, the project decides."""


def keys(source: Source) -> Keys:
    """The Trainer's arguments in one release, and the arguments of the subcommands."""
    texts = (source.text(f"{folder}/trainer/trainer.py") for folder in _FOLDERS)
    tree = parse(next(text for text in texts if text is not None))
    own = arguments(tree, "Trainer.__init__")
    assert own
    found = dict(_TOP)
    for method in _METHODS:
        found |= {
            name: key._replace(default=NO_DEFAULT)
            for name, key in arguments(tree, f"Trainer.{method}").items()
            if name not in _IN_CODE and "dataloader" not in name
        }
    own = {name: _typed(name, key) for name, key in own.items()}
    own |= {name: Key({}) for name in (*_HYDRA, *_APPENDED)}
    return found | {f"trainer.{name}": key for name, key in own.items()}


def _typed(name: str, key: Key) -> Key:
    schema = _TYPES.get(name, key.schema)
    return key._replace(schema=_plain(schema))


def _plain(schema: dict[str, Any]) -> Schema:
    """A number may be whole: that is said twice where an annotation says both."""
    types = schema.get("type")
    if isinstance(types, list) and {"integer", "number"} <= set(types):
        types = [each for each in types if each != "integer"]
        return schema | {"type": types[0] if len(types) == 1 else types}
    return schema


def sampled(package: str) -> Iterator[Release]:
    """The same code under two names: `lightning` goes on from what the other one had before it."""
    for release in _ends("pytorch-lightning"):
        if package == "pytorch-lightning" or release.version < _ends(package)[0].version:
            yield release
    if package != "pytorch-lightning":
        yield from _ends(package)


def _ends(package: str) -> tuple[Release, ...]:
    """Of late, arguments come with any release."""
    late = {each for each in releases(package) if each.version.release >= (2, 5)}
    return tuple(
        sorted(late.union(ends_of_minors(package, "0.7.6")), key=lambda each: each.version)
    )


FRAMEWORK = Framework(
    name="lightning",
    title="PyTorch Lightning: Trainer and LightningCLI",
    packages={
        "lightning": keys,
        "pytorch-lightning": keys,
    },
    sampled=sampled,
    unknown={
        # LightningCLI: `cli.py:LightningArgumentParser.add_lightning_class_args` makes an option of
        # each argument, and jsonargparse refuses all else (`_core.py:check_values`, "is not
        # accepted"; "does not accept nested key" in older releases). Of Hydra and of a script that
        # hands the section over: Python's call. Only in 0.7 `Trainer.__init__` took `**kwargs`.
        "trainer": REFUSED,
        "fit.trainer": REFUSED,
        # A script's own section: until 2.0 many went through `utilities/argparse.py:
        # from_argparse_args`, which passes over what it does not know.
        "lightning.trainer": ELSEWHERE,
    },
    # LightningCLI converts text; Hydra and scripts hand values on as they are. A file does not
    # always tell which of them reads it, so the one that takes more counts.
    values={
        "trainer": JSONARGPARSE,
        "fit.trainer": JSONARGPARSE,
        "lightning.trainer": JSONARGPARSE,
    },
    repeats={"fit.trainer": "trainer", "lightning.trainer": "trainer"},
)
