"""timm: the options of `train.py`, which its releases do not hold.

The script stands beside the package in its repository (huggingface/pytorch-image-models), so the
options are written down here: names, types and defaults of `train.py` at the tags v0.2.1 to v1.0.28
(0.2.1 is the first with a config file), before 1.0.29 at commit aa4b5850, before 1.0.31 at commit
3c467449. What 1.0.31 has beyond that commit is what the tests in its source archive hand to the
script (`tests/test_train_resume.py`, `tests/test_sweep.py`).

A few keys more are read by name out of all arguments, whether the script has such an option or not:
those the package itself shows, release by release.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from packaging.version import Version

from tests.schemas.classes import NO_DEFAULT, Key, Keys, Schema
from tests.schemas.history import ARGPARSE, IGNORED, Framework
from tests.schemas.releases import Release, Source, releases

_ADDED = {
    "0.2.1": """
        data str None
        model str 'resnet101'
        pretrained flag False
        initial_checkpoint str ''
        resume str ''
        no_resume_opt flag False
        num_classes int 1000
        gp str 'avg'
        img_size int None
        crop_pct float None
        mean floats None
        std floats None
        interpolation str ''
        batch_size int 32
        validation_batch_size_multiplier int 1
        opt str 'sgd'
        opt_eps float 1e-08
        momentum float 0.9
        weight_decay float 0.0001
        sched str 'step'
        lr float 0.01
        lr_noise floats None
        lr_noise_pct float 0.67
        lr_noise_std float 1.0
        lr_cycle_mul float 1.0
        lr_cycle_limit int 1
        warmup_lr float 0.0001
        min_lr float 1e-05
        epochs int 200
        start_epoch int None
        decay_epochs float 30
        warmup_epochs int 3
        cooldown_epochs int 10
        patience_epochs int 10
        decay_rate float 0.1
        no_aug flag False
        scale floats [0.08, 1.0]
        ratio floats [0.75, 1.3333333333333333]
        hflip float 0.5
        vflip float 0.0
        color_jitter float 0.4
        aa str None
        aug_splits int 0
        jsd flag False
        reprob float 0.0
        remode str 'const'
        recount int 1
        resplit flag False
        mixup float 0.0
        cutmix float 0.0
        cutmix_minmax floats None
        mixup_prob float 1.0
        mixup_switch_prob float 0.5
        mixup_elem flag False
        mixup_off_epoch int 0
        smoothing float 0.1
        train_interpolation str 'random'
        drop float 0.0
        drop_connect float None
        drop_path float None
        drop_block float None
        bn_tf flag False
        bn_momentum float None
        bn_eps float None
        sync_bn flag False
        dist_bn str ''
        split_bn flag False
        model_ema flag False
        model_ema_force_cpu flag False
        model_ema_decay float 0.9998
        seed int 42
        log_interval int 50
        recovery_interval int 0
        workers int 4
        num_gpu int 1
        save_images flag False
        amp flag False
        pin_mem flag False
        no_prefetcher flag False
        output str ''
        eval_metric str 'top1'
        tta int 0
        local_rank int 0
        use_multi_epochs_loader flag False
    """,
    "0.3.3": """
        gp str None
        opt_eps float None
        opt_betas floats None
        clip_grad float None
        mixup_mode str 'batch'
        apex_amp flag False
        native_amp flag False
        channels_last flag False
        torchscript flag False
    """,
    "0.3.4": """
        input_size ints None
    """,
    "0.4.5": """
        data_dir str None
        dataset str ''
        train_split str 'train'
        val_split str 'validation'
        num_classes int None
        clip_mode str 'norm'
        checkpoint_hist int 10
    """,
    "0.4.9": """
        epoch_repeats float 0.0
        experiment str ''
        log_wandb flag False
    """,
    "0.5.4": """
        dataset_download flag False
        class_map str ''
        model str 'resnet50'
        batch_size int 128
        validation_batch_size int None
        weight_decay float 2e-05
        sched str 'cosine'
        lr float 0.05
        lr_cycle_decay float 0.5
        lr_k_decay float 1.0
        min_lr float 1e-06
        epochs int 300
        decay_epochs float 100
        aug_repeats int 0
        jsd_loss flag False
        bce_loss flag False
        bce_target_thresh float None
        remode str 'pixel'
        dist_bn str 'reduce'
        worker_seeding str 'all'
        no_ddp_bb flag False
    """,
    "0.6.5": """
        aot_autograd flag False
        fuser str ''
        grad_checkpointing flag False
        layer_decay float None
        decay_milestones ints [30, 60]
        aug_repeats float 0
    """,
    "0.6.11": """
        fast_norm flag False
    """,
    "0.9.0": """
        data str None
        in_chans int None
        grad_accum_steps int 1
        model_kwargs mapping {}
        head_init_scale float None
        head_init_bias float None
        torchcompile str None
        opt_kwargs mapping {}
        sched_on_updates flag False
        lr float None
        lr_base float 0.1
        lr_base_size int 256
        lr_base_scale str ''
        warmup_lr float 1e-05
        min_lr float 0
        decay_milestones ints [90, 180, 270]
        decay_epochs float 90
        warmup_epochs int 5
        warmup_prefix flag False
        cooldown_epochs int 0
        amp_dtype str 'float16'
        amp_impl str 'native'
        synchronize_step flag False
    """,
    "0.9.16": """
        train_num_samples int None
        val_num_samples int None
        input_img_mode str None
        input_key str None
        target_key str None
        pretrained_path str None
        device str 'cuda'
        device_modules strs None
        train_crop_mode str None
        color_jitter_prob float None
        grayscale_prob float None
        gaussian_blur_prob float None
        bce_sum flag False
        bce_pos_weight float None
        model_ema_warmup flag False
    """,
    "1.0.10": """
        torchcompile_mode str None
    """,
    "1.0.12": """
        wandb_tags strs []
        wandb_resume_id str ''
    """,
    "1.0.13": """
        dataset_trust_remote_code flag False
        model_dtype str None
        wandb_project str None
    """,
    "1.0.16": """
        naflex_loader flag False
        naflex_train_seq_lens ints [128, 256, 576, 784, 1024]
        naflex_max_seq_len int 576
        naflex_patch_sizes ints None
        naflex_patch_size_probs floats None
        naflex_loss_scale str 'linear'
    """,
    "1.0.17": """
        layer_decay_min_scale float 0
        layer_decay_no_opt_scale float None
    """,
    "1.0.23": """
        val_interval int 1
        kd_model_name str None
        kd_distill_type str 'logit'
        kd_loss_type str 'kl'
        distill_loss_weight float None
        task_loss_weight float None
        kd_temperature float 4.0
        kd_student_feature_dim int None
        kd_teacher_feature_dim int None
    """,
    "1.0.25": """
        kd_token_distill_type str 'soft'
    """,
    "1.0.27": """
        naflex_patchify_channels_first flag False
    """,
    "1.0.29": """
        train_img_sizes ints None
        train_batch_sizes ints None
        train_size_probs floats None
        train_size_schedule str 'constant'
        train_size_schedule_spread float 0.65
        train_size_random_mix float 0.1
        train_batches_per_epoch int None
        variable_batch_loss_scale str 'none'
    """,
    # Perhaps 1.0.31: between the two commits nothing tells.
    "1.0.30": """
        persistent_workers flag True
    """,
    "1.0.31": """
        task str 'classification'
        target_format str None
        pretrained_cfg_overlay mapping {}
        lr_decay_fn str None
        lr_stable_timescale float None
        decay_epochs float None
        loss str None
        class_stats str None
        loss_pos_weight str None
        loss_class_weight str None
        loss_weight_power float 1.0
        loss_weight_beta float 0.999
        loss_weight_max float None
        asl_gamma_pos float 1.0
        asl_gamma_neg float 4.0
        asl_clip float 0.05
        asl_reduction str 'batchmean'
        poly_epsilon float 2.0
        poly_gamma float 0.0
        poly_alpha float None
        twoway_tp float 4.0
        twoway_tn float 1.0
        db_neg_scale float 2.0
        db_init_bias float 0.05
        db_focal_gamma float 2.0
        smoothing float None
        model_ema_force_fp32 flag False
        eval_metric str None
        multilabel_threshold float 0.5
        stop_epoch int None
        save_epochs ints None
        sweep_locks strs None
        sweep_attempt strs None
    """,
}
"""Release → the options that it adds or gives another type or default: name, kind, default."""

_REMOVED = {
    "0.3.3": "mixup_elem num_gpu",
    "0.4.5": "data",
    "0.5.4": "validation_batch_size_multiplier jsd bn_tf",
    "0.9.0": "aot_autograd apex_amp native_amp",
    "1.0.23": "amp_impl",
}
"""Release → the options that it drops."""

_BY_NAME = {
    "chans": ("data/config.py", {"type": ["integer", "null"]}),
    "crop_mode": ("data/config.py", {"type": ["string", "null"]}),
    "opt_args": ("optim/*optim_factory.py", {"type": ["object", "null"]}),
    "opt_foreach": ("optim/*optim_factory.py", {"type": ["boolean", "integer", "null"]}),
    "dist_backend": ("utils/distributed.py", {"type": ["string", "null"]}),
    "dist_url": ("utils/distributed.py", {"type": ["string", "null"]}),
}
"""Keys that no option stands for: `resolve_data_config(vars(args))`, `optimizer_kwargs` and
`init_distributed_device` ask the arguments for them."""

_TYPES = {"int": "integer", "float": "number", "str": "string"}

_NEVER_NULL = {
    *("batch_size", "epochs", "grad_accum_steps", "workers", "seed", "log_interval"),
    *("mixup", "cutmix", "aug_splits", "checkpoint_hist", "model", "opt", "sched"),
}
"""Options that the script counts or compares with at once. Null passes for all others, at least
where nothing needs them."""

_PARTS = {
    *("warmup_epochs", "cooldown_epochs", "patience_epochs", "lr_cycle_limit", "lr_base_size"),
    *("log_interval", "recovery_interval", "val_interval", "mixup_off_epoch", "tta"),
    *("checkpoint_hist", "validation_batch_size_multiplier"),
}
"""Whole numbers on the command line that a file may give as fractions: a default is not checked."""

_NUMBERS: Schema = {"type": ["array", "null"], "items": {"type": "number"}}

_FALSY = {
    *("resume", "initial_checkpoint", "class_map", "val_split", "interpolation", "fuser", "aa"),
    *("train_interpolation", "lr_base_scale", "experiment", "output", "dist_bn", "model_dtype"),
}
"""Text that the script only asks whether there is any: `false` is none."""

_OTHERWISE: dict[str, Schema] = {
    # `scheduler_factory.py:create_scheduler_v2` takes one share of the epochs as well.
    "lr_noise": {"anyOf": [_NUMBERS, {"type": "number"}]},
    # `data/transforms_factory.py:transforms_imagenet_train` hands a list on as it is.
    "color_jitter": {"anyOf": [_NUMBERS, {"type": "number"}]},
    "decay_milestones": _NUMBERS,
    # `data/loader.py:create_loader`: a side, height and width, or the channels before them.
    "train_img_sizes": {"type": ["array", "null"]},
    # `models/_input.py:_spatial_size`, since 1.0.31.
    "img_size": {"type": ["integer", "array", "null"]},
    # `loss/class_weights.py:resolve_class_weights`.
    "loss_pos_weight": {"type": ["string", "number", "array", "null"]},
    "loss_class_weight": {"type": ["string", "number", "array", "null"]},
}

_CHOICES = {
    # `train.py:_parse_args` and `loss/_loss_factory.py:create_classification_loss` refuse others.
    # Older options with choices are not held against them where a file gives the value.
    "task": ["classification", "multilabel"],
    "target_format": ["indices", "multihot", None],
    "loss": ["ce", "bce", "asl", "poly", "jsd", "twoway", "zlpr", "db", None],
    "asl_reduction": ["batchmean", "sum", "mean"],
}


def arguments(source: Source) -> Keys:
    """The options of `train.py` at one release, and the keys that are read without one."""
    found: Keys = {}
    for version in sorted({*_ADDED, *_REMOVED}, key=Version):
        if Version(version) <= source.release.version:
            for name in _REMOVED.get(version, "").split():
                del found[name]
            for line in _ADDED.get(version, "").strip().splitlines():
                name, kind, default = line.split(maxsplit=2)
                found[name] = Key(_schema(name, kind), ast.literal_eval(default))
    return found | dict(_read_by_name(source))


def _schema(name: str, kind: str) -> Schema:
    if name in _CHOICES:
        return {"enum": _CHOICES[name]}
    if name in _OTHERWISE:
        return _OTHERWISE[name]
    if name in _FALSY:
        return {"type": ["string", "boolean", "null"]}
    if kind == "flag":  # whatever is true or false
        return {"type": ["boolean", "integer", "null"]}
    if kind == "mapping":
        return {"type": ["object", "null"]}
    base = "float" if name in _PARTS else kind
    item = {"type": _TYPES[base.removesuffix("s")]}
    if kind.endswith("s"):
        return {"type": ["array", "null"], "items": item}
    return item if name in _NEVER_NULL else {"type": [item["type"], "null"]}


def _read_by_name(source: Source) -> Iterator[tuple[str, Key]]:
    for name, (path, schema) in _BY_NAME.items():
        # The factory of optimizers got its underscore later.
        text = "".join(source.text(f"timm/{path.replace('*', sign)}") or "" for sign in ("", "_"))
        if f"'{name}'" in text:
            yield name, Key(schema, NO_DEFAULT)


def around_changes(package: str) -> tuple[Release, ...]:
    """The releases in which an option came or went, and the one before each of them."""
    every = [each for each in releases(package) if each.version >= Version("0.2.1")]
    # Nothing is known of the script at these.
    seen = [each for each in every if str(each.version) not in ("0.3.0", "0.3.1", "0.3.2")]
    changes = {Version(version) for version in (*_ADDED, *_REMOVED)}
    marked = {n for n, each in enumerate(seen) if each.version in changes}
    wanted = marked | {n - 1 for n in marked if n} | {len(seen) - 1}
    return tuple(seen[n] for n in sorted(wanted))


FRAMEWORK = Framework(
    name="timm",
    title="timm: arguments of train.py",
    packages={"timm": arguments},
    sampled=around_changes,
    # `train.py:_parse_args` hands the file to `ArgumentParser.set_defaults`, which takes any name;
    # from 1.0.31 on a line of the log names those that are no arguments, and training goes on.
    unknown={"": IGNORED},
    # `ArgumentParser.parse_args` converts a default that is text by the option's type, and checks
    # no choices; 1.0.31 refuses what does not fit (`tests/test_train_resume.py` in its archive).
    values={"": ARGPARSE},
)
