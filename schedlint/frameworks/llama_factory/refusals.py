"""What LLaMA-Factory refuses at its start: parts of the config that exclude each other.

Sources: llamafactory `hparams/data_args.py:DataArguments.__post_init__`,
`finetuning_args.py:FinetuningArguments.__post_init__`, `parser.py:get_train_args`,
`_verify_model_args`; `train/tuner.py:_training_function`; transformers
`trainer_callback.py:EarlyStoppingCallback.on_train_begin`. Read in all releases since 0.7.1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from schedlint.frameworks.transformers.refusals import WAITING_FOR_METRIC, choose
from schedlint.reading.config import Config, Setting
from schedlint.reading.versions import Change
from schedlint.source import Mapping, Sequence

if TYPE_CHECKING:
    from schedlint.frameworks.llama_factory.keys import LlamaFactory

PACKAGE = "llamafactory"
MIXING_CHECKED = Change(PACKAGE, "0.8.3", "interleave_probs are compared with the datasets")
LORA_ONLY = Change(PACKAGE, "0.8.3", "use_dora, use_rslora and pissa_init are refused without LoRA")
BADAM_WITHOUT_LORA = Change(PACKAGE, "0.8", "use_badam is refused with LoRA")
SFT_ONLY = Change(
    PACKAGE, "0.9", "train_on_prompt and mask_history are refused together and outside sft"
)
ZERO3_CHECKED = Change(PACKAGE, "0.9", "what ZeRO-3 cannot do is refused")
CHANGES = (MIXING_CHECKED, LORA_ONLY, BADAM_WITHOUT_LORA, SFT_ONLY, ZERO3_CHECKED)

STAGES = ("pt", "sft", "rm", "ppo", "dpo", "kto")
TYPES = ("lora", "oft", "freeze", "full")
NOT_WITH_ZERO3 = ("predict_with_generate", "pure_bf16", "use_unsloth", "pissa_init")


def read(framework: LlamaFactory, config: Config) -> None:
    """Record what is refused, by the dataclass that refuses it."""
    choose(config, "stage", STAGES)
    choose(config, "finetuning_type", TYPES)
    read_data(config)
    read_mixing(config)
    read_stage(framework, config)
    read_method(config)
    read_quantization(config)
    read_engine(config)
    if framework.trained_by_trainer(config):
        read_patience(framework, config)


def on(config: Config, key: str) -> bool:
    """Whether a key that is off by default is on."""
    return config.flag(key).value is True


def exclude(config: Config, key: str, other: str) -> None:
    """Refuse two switches that are on together."""
    if on(config, key) and on(config, other):
        config.refuse(config.setting(key), f"{other} is on as well, and only one of the two may be")


def read_data(config: Config) -> None:
    size = config.real("val_size", default=0.0)
    held_out = (size.number or 0) > 1e-6
    if held_out and config.setting("eval_dataset").known:
        config.refuse(size, "eval_dataset is given as well, and only one of the two may be")
    streaming = config.flag("streaming")
    if streaming.value is True:
        _read_stream(config, streaming, size)
    elif streaming.value is False and config.setting("tokenized_path").value is None:
        _read_whole_fraction(config, size)
    both = on(config, "mask_history") and on(config, "train_on_prompt")
    if both and config.since(SFT_ONLY):
        exclude(config, "mask_history", "train_on_prompt")


def _read_whole_fraction(config: Config, size: Setting) -> None:
    """`data/data_utils.py:split_dataset` makes no count of it, and all rows are too many."""
    if isinstance(size.value, float) and size.value == 1:
        config.refuse(size, "as a fraction it must be below 1, as a count of rows a whole 1")


def _read_stream(config: Config, streaming: Setting, size: Setting) -> None:
    number = size.number
    if number is not None and 1e-6 < number < 1:
        config.refuse(size, "of a stream it must be a count of rows")
    cap = config.setting("max_samples")
    if cap.known:
        config.refuse(cap, "a stream cannot be cut: use max_steps, or no streaming")
    limit = config.setting("max_steps", default=-1).value
    if isinstance(limit, int) and limit < 0:
        config.refuse(streaming, "a stream has no length: it needs max_steps")


def read_mixing(config: Config) -> None:
    chances = config.setting("interleave_probs")
    count = _count(chances)
    if count is None or not config.since(MIXING_CHECKED):
        return
    if config.word("mix_strategy", default="concat").value == "concat":
        config.refuse(chances, "it needs mix_strategy interleave_under or interleave_over")
        return
    for key in ("dataset", "eval_dataset"):
        names = _count(config.setting(key))
        if names not in (None, count):
            config.refuse(chances, f"it has {count} numbers, {key} has {names} names")


def _count(setting: Setting) -> int | None:
    """How many parts a list or a text with commas has."""
    if isinstance(setting.value, Sequence):
        return len(setting.value.items)
    return setting.value.count(",") + 1 if isinstance(setting.value, str) else None


def read_stage(framework: LlamaFactory, config: Config) -> None:
    """What only some stages can do."""
    stage = framework.stage(config).value
    if not isinstance(stage, str):
        return
    only_sft = ["predict_with_generate", "neat_packing"]
    if any(on(config, key) for key in ("mask_history", "train_on_prompt")):
        only_sft += ["mask_history", "train_on_prompt"] if config.since(SFT_ONLY) else []
    for key in only_sft if stage != "sft" else ():
        if on(config, key):
            config.refuse(config.setting(key), f"only stage sft has it, not {stage}")
    generating = config.flag("predict_with_generate").value
    if stage == "sft" and on(config, "do_predict") and generating is False:
        config.refuse(config.setting("do_predict"), "it needs predict_with_generate: true")
    if stage in ("rm", "ppo") and on(config, "load_best_model_at_end"):
        best = config.setting("load_best_model_at_end")
        config.refuse(best, f"stage {stage} cannot load the best model")
    if stage == "ppo":
        read_ppo(config)
    if stage == "dpo":
        read_preference(config)
    exclude(config, "predict_with_generate", "compute_accuracy")


def read_ppo(config: Config) -> None:
    method = config.word("finetuning_type", default="lora")
    kind = config.word("reward_model_type", default="lora")
    if kind.value == "lora" and method.value in TYPES and method.value != "lora":
        config.refuse(
            kind if kind.stated else method, "reward_model_type lora needs finetuning_type lora"
        )
    if not config.setting("reward_model").stated:
        config.refuse(config.setting("stage"), "it needs reward_model")


def read_preference(config: Config) -> None:
    loss, smoothing = (
        config.word("pref_loss", default="sigmoid"),
        config.real("dpo_label_smoothing"),
    )
    if (smoothing.number or 0) > 1e-6 and loss.known and loss.value != "sigmoid":
        config.refuse(smoothing, f"it belongs to pref_loss sigmoid, not {loss.value}")


def read_method(config: Config) -> None:
    """What only one way of fine-tuning has."""
    method = config.word("finetuning_type", default="lora").value
    if method not in TYPES:
        return
    if method == "full" and on(config, "use_llama_pro"):
        config.refuse(config.setting("use_llama_pro"), "finetuning_type full has no such layers")
    for key in ("adapter_name_or_path", "loraplus_lr_ratio"):
        setting = config.setting(key)
        if method != "lora" and setting.known:
            config.refuse(setting, f"it needs finetuning_type lora, not {method}")
    for key in ("use_rslora", "use_dora", "pissa_init"):
        if method != "lora" and on(config, key) and config.since(LORA_ONLY):
            config.refuse(config.setting(key), f"it needs finetuning_type lora, not {method}")
    for key in ("use_galore", "use_apollo", "use_badam") if method == "lora" else ():
        if on(config, key) and (key != "use_badam" or config.since(BADAM_WITHOUT_LORA)):
            config.refuse(config.setting(key), "finetuning_type lora does not go with it")
    exclude(config, "use_galore", "use_badam")
    exclude(config, "use_apollo", "use_galore")
    exclude(config, "use_apollo", "use_badam")
    _read_pissa(config)


def _read_pissa(config: Config) -> None:
    stage = config.word("stage", default="sft").value
    own_reference = config.word("pref_loss", default="sigmoid").value in ("orpo", "simpo")
    compared = stage == "dpo" and not own_reference
    beginning = on(config, "pissa_init") and (stage in ("ppo", "kto") or compared)
    if beginning and config.since(LORA_ONLY):
        config.refuse(config.setting("pissa_init"), f"stage {stage} cannot begin with PiSSA")


def read_quantization(config: Config) -> None:
    bits = config.setting("quantization_bit")
    for key in ("ref_model_quantization_bit", "reward_model_quantization_bit"):
        setting = config.setting(key)
        if setting.known and setting.value not in (4, 8):
            config.refuse(setting, "it must be 4 or 8")
    if not bits.known:
        return
    method = config.word("finetuning_type", default="lora").value
    if method in ("full", "freeze"):
        config.refuse(bits, f"quantized weights cannot be trained: {method} needs whole ones")
    for key in ("pissa_init", "resize_vocab", "fp8"):
        if on(config, key):
            config.refuse(config.setting(key), "a quantized model (quantization_bit) cannot do it")
    adapter = config.setting("adapter_name_or_path")
    if adapter.known and on(config, "create_new_adapter"):
        config.refuse(config.setting("create_new_adapter"), "not upon a quantized model")
    if isinstance(adapter.value, str) and "," in adapter.value:
        config.refuse(adapter, "a quantized model takes one adapter: merge them first")


def read_engine(config: Config) -> None:
    """What DeepSpeed, or its third stage, cannot do."""
    named = config.setting("deepspeed")
    if not named.known:
        return
    for key in ("use_galore", "use_apollo"):
        if on(config, key):
            config.refuse(config.setting(key), "DeepSpeed does not go with it")
    inline = named.value if isinstance(named.value, Mapping) else None
    engine = config.within(config.document, inline) if inline else config.companion("deepspeed")
    if engine is None or engine.setting("zero_optimization.stage").value != 3:
        return
    for key in NOT_WITH_ZERO3:
        if on(config, key) and config.since(ZERO3_CHECKED):
            config.refuse(config.setting(key), "ZeRO-3 (the DeepSpeed file's stage 3) cannot do it")


def read_patience(framework: LlamaFactory, config: Config) -> None:
    """The callback asks for a metric and for evaluations when training begins."""
    patience = config.setting("early_stopping_steps")
    if not patience.known or not on(config, "do_train"):
        return
    waiting = config.word("lr_scheduler_type", default="linear").value in WAITING_FOR_METRIC
    metric = config.setting("metric_for_best_model").value
    best = config.flag("load_best_model_at_end").value
    if framework.eval_strategy(config).value == "no":
        config.refuse(patience, "it counts evaluations, and eval_strategy is no")
    elif metric is None and best is False and not waiting:
        config.refuse(patience, "it needs load_best_model_at_end or metric_for_best_model")
