"""How a config is recognised: by the keys that it holds, never by its file's name.

Each framework has a signature. A config is the framework's when any of its `sure` groups is there
whole, or enough of its `hints`, and none of what `never` stands in such a file. A more special
framework that builds on another one wins over it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from schedlint.frameworks.plain.names import is_plain
from schedlint.source import Document, Mapping, Node, Scalar, Sequence

Keys = frozenset[str]


class Signature(NamedTuple):
    """What tells a framework's configs from all other files.

    Keys are dotted paths. A group is a string of keys, all of which must be there; `key=value` asks
    for the value too, and `key=a|b` for one of several; `!key` asks that it be absent. `hints` are
    keys of which `enough` must be there. `before` names frameworks that this one specialises,
    `formats` are those that its configs come in: a Python file that sets `batch_size` is a program
    to all frameworks whose configs are not Python files.
    """

    framework: str
    module: str
    sure: tuple[str, ...] = ()
    hints: str = ""
    enough: int = 0
    never: str = ""
    before: tuple[str, ...] = ()
    formats: tuple[str, ...] = ("yaml", "json", "toml")
    otherwise: Callable[[Document], bool] | None = None
    alone: bool = True
    """Whether such a file is a config; else it only belongs to one that names it."""


_NOT_A_TRAINER = "jobs on runs steps.0.uses apiVersion kind build-system packages.0.repo"
"""Keys of workflows, manifests and packages: whatever else such a file holds, it trains nothing."""

_LIGHTNING_ARGUMENT = (
    "trainer.accelerator|trainer.devices|trainer.gpus|trainer.num_nodes|trainer.strategy"
    "|trainer.precision|trainer.check_val_every_n_epoch|trainer.val_check_interval"
    "|trainer.limit_train_batches|trainer.limit_val_batches|trainer.accumulate_grad_batches"
    "|trainer.num_sanity_val_steps|trainer.log_every_n_steps|trainer.gradient_clip_val"
    "|trainer.deterministic|trainer.fast_dev_run|trainer.overfit_batches"
    "|trainer.enable_checkpointing"
)
"""Any argument of Lightning's Trainer beside the length of the run."""

SIGNATURES: tuple[Signature, ...] = (
    Signature(
        "transformers",
        "transformers.keys",
        sure=(
            "per_device_train_batch_size",
            "per_gpu_train_batch_size",
            "num_train_epochs output_dir",
            "lr_scheduler_type learning_rate",
            "eval_strategy|evaluation_strategy save_strategy",
        ),
        # The last are keys of ms-swift, which has defaults of its own, of Hydra, which composes
        # configs of trainers of the house, and of scripts that have a loop of their own.
        never="micro_batch_size train_micro_batch_size_per_gpu global_step rlhf_type "
        "tuner_type train_type split_dataset_ratio hydra defaults.0 max_train_steps",
    ),
    Signature(
        "trl",
        "trl.keys",
        sure=(
            "num_generations max_completion_length|per_device_train_batch_size",
            "steps_per_generation per_device_train_batch_size|max_completion_length",
            "generation_batch_size per_device_train_batch_size|max_completion_length",
            "dataset_mixture.datasets model_name_or_path",
            "dataset_mixer model_name_or_path",
            "datasets.0.path model_name_or_path "
            "per_device_train_batch_size|num_train_epochs|max_steps",
            "dataset_name model_name_or_path max_length|max_completion_length|max_prompt_length"
            "|packing|use_peft|lora_r|dataset_train_split|dataset_test_split|dataset_text_field"
            "|loss_type",
            # The example scripts of transformers want do_train, which TRL's do not know.
            "dataset_name model_name_or_path max_seq_length !do_train",
            "packing_strategy|completion_only_loss|assistant_only_loss per_device_train_batch_size",
            # Its loops of its own (PPO).
            "num_ppo_epochs|total_episodes|local_rollout_forward_batch_size|num_sample_generations"
            "|response_length|kl_coef|cliprange|vf_coef|whiten_rewards|rloo_k"
            " per_device_train_batch_size|model_name_or_path|sft_model_path",
        ),
        never="finetuning_type cutoff_len micro_batch_size rlhf_type doc_stride pad_to_max_length "
        "max_source_length max_train_samples block_size tuner_type hydra defaults.0",
        before=("transformers",),
    ),
    Signature(
        "llama-factory",
        "llama_factory.keys",
        sure=(
            "stage=pt|sft|rm|ppo|dpo|kto finetuning_type do_train|output_dir",
            "stage=pt|sft|rm|ppo|dpo|kto cutoff_len",
            "cutoff_len template per_device_train_batch_size|num_train_epochs",
            "finetuning_type template per_device_train_batch_size",
            # Its other schema (USE_V1).
            "model train_dataset micro_batch_size|cutoff_len|dist_config|kernel_config",
        ),
        never="infer_backend export_dir",
        before=("transformers", "trl"),
    ),
    Signature(
        "axolotl",
        "axolotl.keys",
        sure=(
            "base_model datasets micro_batch_size|batch_size|num_epochs|sequence_len",
            "base_model sequence_len micro_batch_size",
            "base_model pretraining_dataset max_steps",
            "base_model rl micro_batch_size",
            "micro_batch_size sequence_len val_set_size",
        ),
        never="per_device_train_batch_size merge_method provider",
    ),
    Signature(
        "deepspeed",
        "deepspeed.keys",
        sure=(
            "train_micro_batch_size_per_gpu",
            "zero_optimization",
            "train_batch_size fp16.enabled|bf16.enabled",
            "zero_allow_untested_optimizer",
            "train_batch_size steps_per_print",
            "train_batch_size optimizer.type",
        ),
        never="train-iters train_iters num_layers model base_model per_device_train_batch_size "
        "hidden_size hidden-size num-layers",
    ),
    Signature(
        "accelerate",
        "accelerate.keys",
        sure=(
            "compute_environment distributed_type",
            "main_training_function",
            "machine_rank num_machines num_processes",
            "distributed_type num_processes",
            "distributed_type fsdp_config|deepspeed_config|megatron_lm_config",
            "downcast_bf16 num_processes",
        ),
        never="base_model per_device_train_batch_size",
    ),
    Signature(
        "timm",
        "timm.keys",
        sure=(
            "sched sched_on_updates",
            "sched warmup_prefix",
            "sched lr_base|lr_base_size|lr_base_scale batch_size|epochs",
            "sched grad_accum_steps epochs",
            "sched checkpoint_hist|recovery_interval|validation_batch_size epochs|batch_size",
            "sched opt model epochs batch_size",
        ),
        # DeiT, ConvNeXt, Swin and MAE took their arguments from it, not their loops.
        never="data_set repeated_aug distillation_type teacher_path update_freq accum_iter "
        "ThreeAugment dist_eval inat_category",
    ),
    Signature(
        "lightning",
        "lightning.keys",
        sure=(
            "trainer._target_=lightning.pytorch.Trainer|lightning.pytorch.trainer.Trainer"
            "|lightning.pytorch.trainer.trainer.Trainer|lightning.Trainer"
            "|pytorch_lightning.Trainer|pytorch_lightning.trainer.Trainer",
            "seed_everything trainer.max_epochs|trainer.max_steps|trainer.accelerator",
            "fit.trainer fit.model|fit.data",
            "lightning.trainer data.target|data.params",
            "trainer.callbacks.0.class_path",
            f"trainer.max_epochs {_LIGHTNING_ARGUMENT}",
            f"trainer.max_steps {_LIGHTNING_ARGUMENT}",
            "trainer.max_epochs trainer.max_steps",
        ),
        # Keys of NeMo, verl and Ludwig.
        never="exp_manager model.optim trainer.n_gpus_per_node trainer.total_epochs "
        "trainer.nnodes input_features model.train_ds "
        "tensor_model_parallel_size max_time_per_run",
    ),
    Signature(
        "mmengine",
        "mmengine.keys",
        sure=(
            "train_cfg.by_epoch",
            "train_cfg.type=EpochBasedTrainLoop|IterBasedTrainLoop",
            "train_cfg.max_epochs|train_cfg.max_iters|train_cfg.val_interval "
            "train_dataloader|optim_wrapper|param_scheduler|default_hooks|_base_|read_base()",
            "optim_wrapper.optimizer",
            "param_scheduler.0.type "
            "optim_wrapper|train_dataloader|default_hooks|_base_|read_base()",
            "default_hooks.checkpoint.type=CheckpointHook",
            "train_dataloader.sampler.type=DefaultSampler|InfiniteSampler",
            # MMDetection 2 has it too.
            "auto_scale_lr.base_batch_size !lr_config !checkpoint_config !log_config "
            "!optimizer_config !data.samples_per_gpu !runner.max_epochs !total_epochs",
        ),
        never="per_device_train_batch_size",
        formats=("yaml", "json", "python"),
    ),
    Signature(
        "mmcv",
        "mmcv.keys",
        sure=(
            "data.samples_per_gpu|data.imgs_per_gpu lr_config|optimizer|runner|total_epochs|_base_",
            "data.train_dataloader.samples_per_gpu",
            "lr_config.policy optimizer|optimizer_config|runner|total_epochs",
            "lr_config.step _base_|runner",
            "runner.type=EpochBasedRunner|IterBasedRunner",
            "checkpoint_config.interval log_config|workflow|dist_params",
            "optimizer_config.grad_clip optimizer|_base_",
        ),
        # MMEngine took its place, with names of its own.
        never="optim_wrapper train_dataloader param_scheduler default_hooks "
        "per_device_train_batch_size",
        formats=("yaml", "json", "python"),
    ),
    Signature(
        "composer",
        "composer.keys",
        sure=(
            "train_loader max_duration global_train_batch_size|device_train_microbatch_size",
            "train_loader.name=text|finetuning max_duration|max_seq_len|global_train_batch_size",
            "max_duration scheduler.t_warmup",
            "max_duration device_train_microbatch_size",
        ),
        # OLMo took the names of its durations and batches from it, not its data or its optimizer.
        never="model.max_sequence_length optimizer.learning_rate "
        "scheduler.units data.paths fsdp.wrapping_strategy",
    ),
    Signature("trainer-state", "transformers.state", alone=False),
    Signature("generic", "plain.keys", otherwise=is_plain),
)
"""All frameworks in the box, and the kinds of files that only their configs name."""


def keys_of(document: Document, depth: int = 3) -> Keys:
    """The dotted paths of a document's mappings, to a depth; scalars also as `path=text`."""
    return frozenset(_paths(document.root, "", depth))


def _paths(node: Node | None, prefix: str, depth: int) -> Iterator[str]:
    if isinstance(node, Mapping) and depth:
        for name, entry in node.effective().items():
            path = prefix + name
            yield path
            value = entry.value
            if isinstance(value, Scalar):
                if len(value.text) < 40:
                    yield f"{path}={value.text}"
            else:
                yield from _paths(value, path + ".", depth - 1)
    elif isinstance(node, Sequence) and prefix and depth and node.items:
        yield from _paths(node.items[0].value, prefix + "0.", depth - 1)


def recognise(document: Document) -> Signature | None:
    """The framework that a document is a config of, or None.

    None as well where two frameworks fit and neither builds on the other: silence is right there.
    """
    if not isinstance(document.root, Mapping):
        return None
    keys = keys_of(document)
    possible = [each for each in SIGNATURES if document.file.format in each.formats]
    fitting = [signature for signature in possible if fits(signature, keys)] or [
        signature for signature in possible if fits_otherwise(signature, document, keys)
    ]
    beaten = {name for signature in fitting for name in signature.before}
    left = [signature for signature in fitting if signature.framework not in beaten]
    return left[0] if len(left) == 1 else None


def fits(signature: Signature, keys: Keys) -> bool:
    """Whether a document with these keys can be the framework's."""
    if _never(signature, keys):
        return False
    if any(all(_there(key, keys) for key in group.split()) for group in signature.sure):
        return True
    hints = sum(_there(key, keys) for key in signature.hints.split())
    return bool(signature.enough) and hints >= signature.enough


def fits_otherwise(signature: Signature, document: Document, keys: Keys) -> bool:
    """Whether a document that fits no signature by its keys can be the framework's all the same."""
    asked = signature.otherwise
    return asked is not None and not _never(signature, keys) and asked(document)


def _never(signature: Signature, keys: Keys) -> bool:
    return any(key in keys for key in (*_NOT_A_TRAINER.split(), *signature.never.split()))


def _there(key: str, keys: Keys) -> bool:
    if key.startswith("!"):
        return key[1:] not in keys
    if "|" in key or "=" in key:
        name, _, values = key.partition("=")
        if values:
            return any(f"{name}={value}" in keys for value in values.split("|"))
        return any(alternative in keys for alternative in key.split("|"))
    return key in keys
