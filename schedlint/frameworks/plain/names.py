"""The plain names that hand-written training loops give to their numbers, and where they stand.

A config without a framework calls things `batch_size`, `epochs` and `max_steps`, at its top or one
level down (`train.epochs`, `data.batch_size`). A section that is about something else (evaluation,
sampling, another stage) is passed over, and a number that two places give differently is unknown.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple, TypeGuard

from schedlint.plan.words import WORDS
from schedlint.reading.config import Setting
from schedlint.source import UNKNOWN, Document, Entry, Mapping, Node, value_of

_NAMES = {
    "dataset_size": "num_samples n_samples num_train_samples num_training_samples num_examples "
    "num_train_examples train_dataset_size",
    "micro_batch_size": "per_device_batch_size per_device_train_batch_size per_gpu_batch_size "
    "device_batch_size local_batch_size micro_train_batch_size batch_size_per_gpu "
    "batch_size_per_device batch_size_per_rank",
    "batch_size": "batch_size train_batch_size training_batch_size",
    "global_batch_size": "total_batch_size effective_batch_size global_train_batch_size",
    "gradient_accumulation_steps": "gradient_accumulation accumulate_grad_batches "
    "grad_accum_steps grad_accumulation_steps grad_accum accumulation_steps accum_steps accum_iter",
    "world_size": "num_processes num_gpus n_gpus ngpus n_gpu gpus num_devices",
    "nodes": "num_nodes nnodes n_nodes",
    "sequence_length": "seq_length seq_len context_length block_size",
    "batches_per_epoch": "num_batches_per_epoch",
    "steps_per_epoch": "train_steps_per_epoch updates_per_epoch iterations_per_epoch "
    "iters_per_epoch",
    "epochs": "num_epochs n_epochs max_epochs max_epoch num_train_epochs train_epochs total_epochs",
    "total_steps": "steps num_steps train_steps training_steps num_train_steps "
    "num_training_steps total_train_steps total_training_steps",
    "max_steps": "max_train_steps",
    "iterations": "max_iters max_iter max_iterations num_iters num_iterations total_iters",
    "warmup_steps": "num_warmup_steps lr_warmup_steps",
    "warmup_epochs": "num_warmup_epochs lr_warmup_epochs",
    "warmup_ratio": "warmup_fraction warmup_proportion",
    "eval_interval": "eval_every_steps eval_every_n_steps eval_interval_steps val_every_steps",
    "save_interval": "save_steps save_every_steps save_every_n_steps save_interval_steps "
    "checkpoint_steps checkpoint_every_steps checkpoint_every_n_steps",
    "log_interval": "log_steps logging_steps log_every_steps log_every_n_steps",
    "eval_period": "eval_every eval_freq val_interval val_every val_freq validate_every "
    "eval_interval",
    "save_period": "save_every save_freq checkpoint_interval checkpoint_every checkpoint_freq "
    "snapshot_interval snapshot_every snapshot_freq save_interval",
    "log_period": "log_every log_freq print_every print_freq log_interval",
    "drop_last": "dataloader_drop_last",
}
"""What plain configs call each quantity, besides its own word. `batch_size` is a batch of which
only the other names tell whether it is a process's own or everybody's; `iterations` count
micro-batches or optimizer steps; a `period` counts steps or epochs.
"""

_PERIODS = {"eval_interval", "save_interval", "log_interval"}
"""Plain configs use these words without telling the unit."""

QUANTITY_OF = {
    name: quantity
    for quantity, names in _NAMES.items()
    for name in (*names.split(), *(() if quantity in _PERIODS else (quantity,)))
}

DURATIONS = frozenset({"epochs", "total_steps", "max_steps", "iterations"})
_BATCHES = frozenset({"micro_batch_size", "batch_size", "global_batch_size"})
_SIGNS_OF_TRAINING = _BATCHES | {"dataset_size"}
_SIGNS_OF_A_RUN = DURATIONS | {"steps_per_epoch"}
_CADENCES = frozenset(name for name in _NAMES if name.endswith(("_interval", "_period")))
_WARMUPS = frozenset({"warmup_steps", "warmup_epochs", "warmup_ratio"})
_EVERYTHING = frozenset(_NAMES)


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_ELSEWHERE = _words(
    "val valid validation validate eval evals evaluation evaluator test tests testing infer "
    "inference predict prediction predictions sample samples sampling sampler generate generation "
    "demo export deploy serve serving teacher student distill distillation pretrain pretraining "
    "finetune finetuning stage phase warmstart calibration quantization benchmark profile profiler "
    "augment augmentation aug transform transforms tokenizer vocab env environment ppo rl actor "
    "critic policy reward buffer replay discriminator generator gan diffusion noise search hpo "
    "sweep tune tuner tuning swa ema parameters jobs job services service api server client cache "
    "queue db database retry matrix"
)
"""What a section is about whose numbers are not those of the training loop."""
_RECORDS = _words(
    "log logs logging logger checkpoint checkpoints checkpointing ckpt save saving saver snapshot "
    "snapshots callback callbacks hooks"
)
_SCHEDULES = _words("scheduler schedulers sched lr warmup")
_MODELS = _words("model network net encoder decoder backbone architecture arch")

_FOREIGN_MARKS = re.compile(
    r"_component_|_target_|class_path|!(?:new|name|apply|include|obj):|_BASE_|_base_"
)
"""How frameworks with an arithmetic of their own name classes and other files."""
_FOREIGN_NAMES = _words(
    "_name max_update max_tokens batch_accumulation_per_replica base_emb_dim "
    "base_output_directory kernel_config dist_config cutoff_len base_model sample_packing "
    "packing padding_free lora_r lora_rank peft_config tuner_type partial_pretrain "
    "n_gpus_per_node zero_optimization zero_stage exp_manager input_features output_features "
    "max_steps_per_epoch max_duration actor_rollout_ref limit_train_batches val_check_interval "
    "check_val_every_n_epoch num_envs n_envs num_timesteps total_timesteps timesteps "
    "beta_schedule noise_schedule"
)
"""Names of frameworks and of kinds of training whose batches and steps are not the plain ones."""


class Found(NamedTuple):
    """A plain name in a config: what it means, the dotted key and the entry."""

    quantity: str
    key: str
    entry: Entry


def found(root: Node | None) -> Iterator[Found]:
    """Every plain name at the top and one level down, in the order of the file."""
    if isinstance(root, Mapping):
        for entry in root.effective().values():
            if isinstance(entry.value, Mapping):
                yield from _found_in(entry.value, entry.name, means(entry.name))
            else:
                yield from _named(entry, entry.name, _EVERYTHING)


def _found_in(section: Mapping, name: str, allowed: frozenset[str]) -> Iterator[Found]:
    for entry in section.effective().values():
        if plain(entry.name) == "size" and plain(name) in ("dataset", "data", "train_dataset"):
            yield Found("dataset_size", f"{name}.{entry.name}", entry)
        elif allowed:
            yield from _named(entry, f"{name}.{entry.name}", allowed)


def _named(entry: Entry, key: str, allowed: frozenset[str]) -> Iterator[Found]:
    quantity = QUANTITY_OF.get(plain(entry.name))
    if quantity in allowed and not isinstance(entry.value, Mapping):
        assert quantity is not None
        yield Found(quantity, key, entry)


def plain(name: str) -> str:
    """A name as it is compared: `--Batch-Size` is `batch_size`."""
    return name.lstrip("-").replace("-", "_").lower()


def means(section: str) -> frozenset[str]:
    """Which quantities a section of that name can hold."""
    words = set(re.findall("[a-z]+", section.lower()))
    if words & _ELSEWHERE:
        return frozenset()
    if words & _RECORDS:
        return _CADENCES
    if words & _SCHEDULES:
        return _WARMUPS
    return frozenset({"sequence_length"}) if words & _MODELS else _EVERYTHING


def settings(root: Node | None) -> dict[str, Setting]:
    """What a config says of each quantity that it names; UNKNOWN where that is no single number."""
    told: dict[str, Setting] = {}
    for quantity, key, entry in found(root):
        setting = _setting(quantity, key, entry)
        if setting is not None:
            first = told.setdefault(quantity, setting)
            if not _same(first.value, setting.value):
                told[quantity] = first._replace(value=UNKNOWN)
    return told


def _setting(quantity: str, key: str, entry: Entry) -> Setting | None:
    """What one entry says; None for nothing, and for the 0 or -1 that stands for "no limit"."""
    value = value_of(entry.value)
    if quantity == "drop_last":
        return Setting(key, value if isinstance(value, bool) else UNKNOWN, entry)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if value is None or (quantity in DURATIONS and _number(value) and value <= 0):
        return None
    return Setting(key, value if _can_be(quantity, value) else UNKNOWN, entry)


def _can_be(quantity: str, value: object) -> bool:
    if not _number(value):
        return False
    word = WORDS.get(quantity)
    whole = quantity != "warmup_ratio" if word is None else word.whole
    least = 1 if word is None and whole else 0 if word is None else word.least
    return least <= value < float("inf") and (isinstance(value, int) or not whole)


def _number(value: object) -> TypeGuard[int | float]:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _same(one: object, other: object) -> bool:
    return one is not UNKNOWN and other is not UNKNOWN and one == other


def is_plain(document: Document) -> bool:
    """Whether a document that no framework knows is a config of a plain training loop.

    It is when it has a batch or a number of samples and a duration, both of them numbers, and
    nothing that marks a framework with an arithmetic of its own.
    """
    given = {quantity for quantity, _, _ in found(document.root)}
    if not _enough(given) or _FOREIGN_MARKS.search(document.text):
        return False
    numbers = {q for q, setting in settings(document.root).items() if setting.number is not None}
    return _enough(numbers) and not any(_foreign(document.root))


def _enough(given: set[str]) -> bool:
    return bool(given & _SIGNS_OF_TRAINING and given & _SIGNS_OF_A_RUN)


def _foreign(root: Node | None) -> Iterator[bool]:
    """Whether each name at the top and one level down is one that no plain loop has."""
    for entry in root.effective().values() if isinstance(root, Mapping) else ():
        below = entry.value.effective() if isinstance(entry.value, Mapping) else ()
        for name in map(plain, (entry.name, *below)):
            yield name in _FOREIGN_NAMES or "parallel" in name
