"""What LLM Foundry stops at by itself, whatever Composer would take.

Composer reads no file: another script may hold the same keys and treat them otherwise. So all of
this is about files that name a loader and a model of LLM Foundry's own and no `code_paths`, from
which a project's own transforms could come (`utils/config_utils.py:apply_transforms_to_config`).

Sources: llm-foundry `utils/config_utils.py:make_dataclass_and_log_config`, `process_init_device`;
`command_utils/train.py:validate_config`, `train` (until 0.10 `scripts/train/train.py` of the
repository); `utils/builders.py:build_composer_model`, `build_optimizer`, `build_evaluators`,
`build_icl_evaluators`; `data/finetuning/dataloader.py:_validate_config`; composer
`core/precision.py:Precision`.
"""

from __future__ import annotations

from collections.abc import Iterator

from schedlint.reading.config import Config, Setting
from schedlint.reading.versions import Change
from schedlint.source import UNKNOWN, Mapping, Sequence

TEXT, FINETUNING = "text", "finetuning"
"""The loaders of LLM Foundry."""
_MODELS = ("mpt_causal_lm", "hf_causal_lm", "hf_prefix_lm", "hf_t5")
"""Its models that are trained."""


def _since(version: str, what: str) -> Change:
    return Change("llm-foundry", version, what)


NOT_IN_8BIT = _since("0.3", "model.load_in_8bit is refused in training")
LABELLED = _since("0.4", "each of several eval_loader has a label")
BEAMS = _since("0.6", "num_beams of an ICL task belongs under generation_kwargs")
BUILT = _since("0.7", "optimizer.params and unknown names of master_weights_dtype are refused")
STRUCTURED = _since("0.9", "the file is read into a dataclass, lists and paths under other keys")
STRICT = _since("0.10", "keys that TrainConfig does not have are refused")
FLATTENED = _since("0.11", "metadata is laid beside the other keys; only_hf_checkpoint")
CHANGES = (NOT_IN_8BIT, LABELLED, BEAMS, BUILT, STRUCTURED, STRICT, FLATTENED)

_PRECISIONS = ("fp32", "amp_fp16", "amp_bf16", "amp_fp8")
_MASTER = ("f16", "float16", "bf16", "bfloat16")
_PARTED = {
    "eval_loader": "eval_loaders",
    "icl_tasks": "icl_tasks_str",
    "eval_gauntlet": "eval_gauntlet_str",
}
"""Key → what its other form becomes; not meant to be written in a file."""


def is_foundry(config: Config) -> bool:
    """Whether the file is certainly one for LLM Foundry as it is released."""
    loader, model = config.word("train_loader.name").value, config.word("model.name").value
    return loader in (TEXT, FINETUNING) and model in _MODELS and not config.has("code_paths")


def read_refusals(config: Config) -> None:
    """Record every value that is refused, for itself or for its neighbour."""
    if not is_foundry(config):
        return
    _refuse_forms(config)
    _refuse_device(config)
    _refuse_model(config)
    _refuse_loaders(config)
    _refuse_tasks(config)
    _refuse_metadata(config)
    precision = config.word("precision")
    if _given(precision) and str(precision.value).lower() not in _PRECISIONS:
        config.refuse(precision, f"it is one of {', '.join(_PRECISIONS)}")


def _given(setting: Setting) -> bool:
    """Whether the file holds the key, with a value that is known and not null."""
    return setting.stated and setting.known


def _refuse_forms(config: Config) -> None:
    """`forbid_config_key`; an empty `eval_loader` forbids nothing."""
    for key, other in _PARTED.items():
        there = config.has(key) and (key != "eval_loader" or _given(config.setting(key)))
        if there and config.has(other) and config.since(STRUCTURED):
            config.refuse(config.setting(other), f"it excludes {key}, which becomes it")


def _refuse_device(config: Config) -> None:
    device = config.word("model.init_device")
    if _given(device) and device.value not in ("meta", "cpu", "mixed"):
        config.refuse(device, "it is meta, cpu or mixed; the Trainer moves the model to the device")
    sharding = config.setting("fsdp_config")
    if device.value == "mixed" and sharding.value is None:
        config.refuse(device, "mixed needs an fsdp_config")
    tensor = config.setting("tp_config")
    missing = ("strategy", "tensor_parallel_degree")
    if isinstance(tensor.value, Mapping):
        for name in missing:
            if not config.has(f"tp_config.{name}"):
                config.refuse(tensor, f"it needs {' and '.join(missing)}")
                break


def _refuse_model(config: Config) -> None:
    eight = config.flag("model.load_in_8bit")
    if eight.value is True and config.since(NOT_IN_8BIT):
        config.refuse(eight, "that is for evaluation; a model is not trained in 8 bits")
    master = config.word("model.master_weights_dtype")
    if _given(master) and master.value not in _MASTER and config.since(BUILT):
        config.refuse(master, f"it is one of {', '.join(_MASTER)}")
    if config.has("optimizer.params") and config.since(BUILT):
        config.refuse(config.setting("optimizer.params"), "they are taken from the model")
    alone = config.setting("only_hf_checkpoint")
    open_ = config.setting("callbacks").value is UNKNOWN or config.has("callbacks.hf_checkpointer")
    if alone.value is True and not open_ and config.since(FLATTENED):
        config.refuse(alone, "it needs callbacks.hf_checkpointer, which writes the checkpoint")


def _refuse_loaders(config: Config) -> None:
    listed = config.setting("eval_loader").value
    loaders = [config.within(config.document, node) for node in _mappings(listed)]
    if isinstance(listed, Sequence):
        for loader in loaders:
            if loader.setting("label").value is None and config.since(LABELLED):
                first = loader.setting("name", "dataset")
                config.refuse(first, "each of several eval_loader needs a label")
    train = config.setting("train_loader").value
    loaders += [config.within(config.document, node) for node in _mappings(train)]
    for loader in loaders:
        name = loader.word("name")
        if name.value == TEXT and config.word("model.name").value == "hf_t5":
            config.refuse(name, "hf_t5 is trained with the loader finetuning alone")
        if name.value == FINETUNING:
            _refuse_sources(config, loader)


def _refuse_sources(config: Config, loader: Config) -> None:
    """Either a set of Hugging Face, or shards."""
    hub, remote = loader.setting("dataset.hf_name"), loader.setting("dataset.remote")
    if _given(hub):
        for shards in (loader.setting("dataset.local"), remote):
            if _given(shards):
                config.refuse(shards, "that is for shards; hf_name asks for a Hugging Face set")
    elif hub.value is None and _given(remote):
        for key in ("dataset.hf_kwargs", "dataset.preprocessing_fn"):
            if _given(asked := loader.setting(key)):
                config.refuse(asked, "that is for a Hugging Face set; remote asks for shards")


def _mappings(value: object) -> Iterator[Mapping]:
    if isinstance(value, Mapping):
        yield value
    elif isinstance(value, Sequence):
        yield from (item.value for item in value.items if isinstance(item.value, Mapping))


def _refuse_tasks(config: Config) -> None:
    tasks = config.setting("icl_tasks")
    if not _given(tasks):
        return
    if config.word("model.name").value == "hf_t5":
        config.refuse(tasks, "hf_t5 cannot be evaluated on ICL tasks")
    batch = config.setting("device_eval_batch_size")
    if isinstance(batch.value, float) and config.since(STRICT):
        config.refuse(batch, "for icl_tasks it is a whole number")
    for node in _mappings(tasks.value):
        beams = config.within(config.document, node).setting("num_beams")
        if beams.stated and config.since(BEAMS):
            config.refuse(beams, "it belongs under generation_kwargs")


def _refuse_metadata(config: Config) -> None:
    """Each of its keys becomes one of the whole config, in the log."""
    metadata = config.setting("metadata").value
    if not isinstance(metadata, Mapping) or not isinstance(config.root, Mapping):
        return
    if config.setting("flatten_metadata", default=True).value is not True:
        return
    for name in metadata.effective():
        if name != "metadata" and config.root.get(name) and config.since(FLATTENED):
            setting = config.setting(f"metadata.{name}")
            config.refuse(setting, f"{name} is a key of the config already: give it another name")
