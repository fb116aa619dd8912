"""Every `auto` of a DeepSpeed file, and what fills it.

DeepSpeed itself knows no `auto`: the word stands where transformers or accelerate put a number in
before DeepSpeed sees the file.
"""

from __future__ import annotations

from collections.abc import Iterator

from schedlint.reading.config import AUTO, Automatic, Config, Setting
from schedlint.source import Mapping, Node, Scalar

FILLED_BY = {
    "train_batch_size": "per_device_train_batch_size",
    "train_micro_batch_size_per_gpu": "per_device_train_batch_size",
    "gradient_accumulation_steps": "gradient_accumulation_steps",
    "gradient_clipping": "max_grad_norm",
    "optimizer.params.lr": "learning_rate",
    "optimizer.params.betas": "adam_beta1",
    "optimizer.params.eps": "adam_epsilon",
    "optimizer.params.weight_decay": "weight_decay",
    "scheduler.params.warmup_min_lr": "0, whatever the trainer's keys say",
    "scheduler.params.warmup_max_lr": "learning_rate",
    "scheduler.params.warmup_num_steps": "warmup_steps",
    "scheduler.params.total_num_steps": "max_steps",
    "fp16.enabled": "fp16",
    "bf16.enabled": "bf16",
    "zero_optimization.stage": "zero_stage",
    "zero_optimization.offload_optimizer.device": "offload_optimizer_device",
    "zero_optimization.offload_optimizer.nvme_path": "offload_optimizer_nvme_path",
    "zero_optimization.offload_param.device": "offload_param_device",
    "zero_optimization.offload_param.nvme_path": "offload_param_nvme_path",
    "zero_optimization.stage3_gather_16bit_weights_on_model_save": "zero3_save_16bit_model",
    "zero_optimization.reduce_bucket_size": "the model's hidden_size",
    "zero_optimization.stage3_prefetch_bucket_size": "the model's hidden_size",
    "zero_optimization.stage3_param_persistence_threshold": "the model's hidden_size",
}
"""What fills an `auto`: a key of the Trainer, of accelerate's `deepspeed_config`, or the model.

Sources: transformers `trainer_config_process`, `trainer_config_finalize`; accelerate
`DeepSpeedPlugin.__post_init__`. No other key is ever filled.
"""


def read_automatics(config: Config) -> bool:
    """Record every `auto`; whether there is one: then a trainer or accelerate reads the file."""
    found = [
        Automatic(setting, FILLED_BY.get(setting.key))
        for setting in _settings(config.root, "")
        if setting.value == AUTO
    ]
    config.reading.automatics.extend(found)
    return bool(found)


COMPARED = tuple(key for key in FILLED_BY if not key.startswith("zero_optimization"))
"""What the Trainer fills in where it says `auto`, and else compares with its own keys."""


def read_fillable(config: Config) -> None:
    """Record the numbers that the Trainer would fill in were they `auto`."""
    stated = (config.setting(key) for key in COMPARED)
    config.reading.fillable += [each for each in stated if each.number is not None]


def _settings(node: Node | None, prefix: str) -> Iterator[Setting]:
    """All scalars below, with their dotted keys. A mapping that holds itself ends the walk."""
    pending = [(node, prefix)]
    seen: set[int] = set()
    while pending:
        node, prefix = pending.pop()
        if not isinstance(node, Mapping) or id(node) in seen:
            continue
        seen.add(id(node))
        for name, entry in node.effective().items():
            if isinstance(entry.value, Scalar):
                yield Setting(prefix + name, entry.value.value, entry)
            pending.append((entry.value, f"{prefix}{name}."))
