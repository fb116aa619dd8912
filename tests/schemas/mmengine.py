"""mmengine: the config that `runner/runner.py:Runner.from_cfg` reads.

Most sections are the arguments of the class that their `type` names, which may be a project's own:
such a section holds the arguments of all classes of MMEngine itself that may stand there, and says
nothing of other keys.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from tests.schemas.classes import NO_DEFAULT, Key, Keys, Schema, arguments, parse
from tests.schemas.history import IGNORED, RAW, REFUSED, Framework
from tests.schemas.releases import Source, ends_of_minors

_FLAG: Schema = {"type": ["boolean", "integer", "null"]}
_NUMBERS: Schema = {"type": "array", "items": {"type": "number"}}

_LAX: dict[str, Schema] = {"bool": _FLAG, "int": {"type": "number"}}
"""What passes where nothing looks at the type: whatever is true or false, and 2.0 or 2.5 for 2."""

_OURS = {
    "type": Key({}),
    "_scope_": Key({"type": "string"}),
    "_delete_": Key(_FLAG),
}
"""Keys that `registry/build_functions.py:build_from_cfg` and `config/config.py:Config` take out."""

_LOOPS = {
    "train_cfg": ("EpochBasedTrainLoop", "IterBasedTrainLoop"),
    "val_cfg": ("ValLoop",),
    "test_cfg": ("TestLoop",),
}
_HOOKS = {
    "runtime_info": ("runtime_info_hook", "RuntimeInfoHook"),
    "timer": ("iter_timer_hook", "IterTimerHook"),
    "sampler_seed": ("sampler_seed_hook", "DistSamplerSeedHook"),
    "logger": ("logger_hook", "LoggerHook"),
    "param_scheduler": ("param_scheduler_hook", "ParamSchedulerHook"),
    "checkpoint": ("checkpoint_hook", "CheckpointHook"),
}
"""What `Runner.register_default_hooks` puts there by itself."""
_WRAPPERS = {
    "optimizer_wrapper": "OptimWrapper",
    "amp_optimizer_wrapper": "AmpOptimWrapper",
    "apex_optimizer_wrapper": "ApexOptimWrapper",
}
_LOADER: dict[str, Schema] = {
    # Arguments of torch's own `DataLoader`; `Runner.build_dataloader` hands the rest on to it.
    "batch_size": {"type": "integer"},
    "shuffle": _FLAG,
    "num_workers": {"type": "integer"},
    "pin_memory": _FLAG,
    "pin_memory_device": {"type": "string"},
    "drop_last": _FLAG,
    "timeout": {"type": "number"},
    "prefetch_factor": {"type": ["integer", "null"]},
    "persistent_workers": _FLAG,
    "multiprocessing_context": {"type": ["string", "null"]},
    "in_order": _FLAG,
}

_LOADERS = ("train_dataloader", "val_dataloader", "test_dataloader")
_PARTS = ("dataset", "sampler", "batch_sampler", "worker_init_fn", "collate_fn")

_TYPES: dict[str, Schema] = {
    "log_level": {"type": ["string", "integer"]},
    "work_dir": {"type": ["string", "null"]},
    # `Runner.__init__` turns one hook, and `default_hooks` takes null for a hook that is to go.
    "custom_hooks": {"type": ["array", "null"]},
    **{f"default_hooks.{name}": {"type": ["object", "null"]} for name in _HOOKS},
    # Both loops compare with the whole number that `int` makes: 2.0 passes, 2.5 and text do not.
    "train_cfg.max_epochs": {"type": "integer"},
    "train_cfg.max_iters": {"type": "integer"},
    "train_cfg.dynamic_intervals": {"type": ["array", "null"]},
    "auto_scale_lr.enable": _FLAG,
    "auto_scale_lr.base_batch_size": {"type": "number"},
    "env_cfg.cudnn_benchmark": _FLAG,
    "env_cfg.mp_cfg": {"type": "object"},
    "env_cfg.dist_cfg": {"type": "object"},
    "env_cfg.resource_limit": {"type": "integer"},
    "env_cfg.dist_cfg.backend": {"type": "string"},
    "env_cfg.dist_cfg.init_backend": {"type": "string"},
    "env_cfg.mp_cfg.mp_start_method": {"type": ["string", "null"]},
    "env_cfg.mp_cfg.opencv_num_threads": {"type": "integer"},
    "randomness.seed": {"type": ["integer", "null"]},
    # `optim/scheduler/param_scheduler.py`: ranges may be fractions of epochs that become
    # iterations, and one class takes what another does not.
    "param_scheduler[].begin": {"type": "number"},
    "param_scheduler[].end": {"type": "number"},
    "param_scheduler[].milestones": _NUMBERS,
    "param_scheduler[].periods": _NUMBERS,
    "param_scheduler[].restart_weights": _NUMBERS,
    "param_scheduler[].eta_min": {"type": ["number", "null"]},
    "param_scheduler[].min_value": {"anyOf": [{"type": "number"}, _NUMBERS]},
    "param_scheduler[].last_step": {"type": "integer"},
    "param_scheduler[].convert_to_iter_based": _FLAG,
    "optim_wrapper.loss_scale": {"type": ["number", "string", "object", "null"]},
    "optim_wrapper.dtype": {"type": ["string", "null"]},
    "optim_wrapper.clip_grad": {"type": ["object", "null"]},
    "optim_wrapper.paramwise_cfg": {"type": ["object", "null"]},
    "optim_wrapper.optimizer": {"type": ["object", "null"]},
    # `hooks/logger_hook.py:LoggerHook.__init__` refuses other types.
    "default_hooks.logger.interval": {"type": "integer"},
    "default_hooks.logger.interval_exp_name": {"type": "integer"},
    "default_hooks.logger.ignore_last": {"type": "boolean"},
    "default_hooks.logger.keep_local": {"type": "boolean"},
    "log_processor.window_size": {"type": "integer"},
    "log_processor.by_epoch": _FLAG,
    "log_processor.mean_pattern": {"type": "string"},
    **{f"{each}.{part}": {"type": ["object", "null"]} for each in _LOADERS for part in _PARTS},
    **{f"{each}.num_batch_per_epoch": {"type": ["integer", "null"]} for each in _LOADERS},
    **{f"{each}.disable_subprocess_warning": _FLAG for each in _LOADERS},
    **{
        f"optim_wrapper.paramwise_cfg.{name}": {"type": ["number", "null"]}
        for name in (
            *("bias_lr_mult", "bias_decay_mult", "norm_decay_mult", "dwconv_decay_mult"),
            *("flat_decay_mult", "dcn_offset_lr_mult"),
        )
    },
    "optim_wrapper.paramwise_cfg.custom_keys": {"type": "object"},
    "optim_wrapper.paramwise_cfg.bypass_duplicate": _FLAG,
    "init_weights_for_test_or_val": _FLAG,
    "launcher": {"type": ["string", "null"]},
    "find_unused_parameters": _FLAG,
    "compile": {"type": ["object", "boolean", "null"]},
    "sync_bn": {"type": ["string", "null"]},
    "_base_": {"type": ["string", "array"]},
    "custom_imports": {"type": ["object", "null"]},
    "activation_checkpointing": {"type": ["array", "null"]},
    "efficient_conv_bn_eval": {"type": ["array", "null"]},
}


def config(source: Source) -> Keys:
    """The keys of one release, of the whole file and of its sections."""
    runner = _tree(source, "runner/runner.py")
    found: Keys = dict(arguments(runner, "Runner.__init__", _LAX))
    del found["cfg"]
    for name in _asked(runner, "self.cfg"):
        found.setdefault(name, Key({}))
    # `runner/_flexible_runner.py:FlexibleRunner.from_cfg` reads a few more.
    for name in _asked(_tree(source, "runner/_flexible_runner.py"), "cfg", "self.cfg"):
        found.setdefault(name, Key({}))
    found |= {"_base_": Key({}), "custom_imports": Key({})}
    found |= {f"default_hooks.{name}": Key({}) for name in _HOOKS}
    for section, keys in _sections(source, runner):
        found |= {f"{section}.{name}": key for name, key in keys.items()}
    # The two loops differ in it.
    found["train_cfg.val_interval"] = found["train_cfg.val_interval"]._replace(default=NO_DEFAULT)
    return {path: key._replace(schema=_TYPES.get(path, key.schema)) for path, key in found.items()}


def _sections(source: Source, runner: ast.Module) -> Iterator[tuple[str, Mapping[str, Key]]]:
    """Each section with its keys."""
    loops = _tree(source, "runner/loops.py")
    for section, names in _LOOPS.items():
        keys = {k: v for name in names for k, v in _built(loops, name, "runner", "dataloader")}
        keys.pop("evaluator", None)
        yield section, _OURS | keys | ({"by_epoch": Key(_FLAG)} if section == "train_cfg" else {})
    yield "auto_scale_lr", {"_delete_": Key(_FLAG), **_keys(_asked(runner, "auto_scale_lr"))}
    yield (
        "randomness",
        {"_delete_": Key(_FLAG), **dict(_built(runner, "Runner", of="set_randomness"))},
    )
    yield from _environment(source, runner)
    yield (
        "log_processor",
        _OURS | dict(_built(_tree(source, "runner/log_processor.py"), "LogProcessor")),
    )
    for name, (file, hook) in _HOOKS.items():
        keys = dict(_built(_tree(source, f"hooks/{file}.py"), hook))
        yield (
            f"default_hooks.{name}",
            _OURS | {"priority": Key({"type": ["string", "integer"]})} | keys,
        )
    yield "param_scheduler[]", _schedulers(source)
    yield "optim_wrapper", _wrapper(source)
    yield (
        "optim_wrapper.paramwise_cfg",
        _keys(
            _asked(_tree(source, "optim/optimizer/default_constructor.py"), "self.paramwise_cfg")
        ),
    )
    loader = _keys(_asked(runner, "dataloader_cfg"))
    loader |= {name: Key(schema) for name, schema in _LOADER.items()}
    samplers = _tree(source, "dataset/sampler.py")
    sampler = {
        name: key
        for each in ("DefaultSampler", "InfiniteSampler")
        for name, key in _built(samplers, each, "dataset")
    }
    for section in _LOADERS:
        yield section, {"_delete_": Key(_FLAG), **loader}
        yield f"{section}.sampler", _OURS | sampler


def _environment(source: Source, runner: ast.Module) -> Iterator[tuple[str, Mapping[str, Key]]]:
    delete = {"_delete_": Key(_FLAG)}
    yield "env_cfg", delete | _keys(_asked(runner, "env_cfg"))
    setup = _tree(source, "utils/dl_utils/setup_env.py")
    keys = dict(arguments(setup, "set_multi_processing"))
    del keys["distributed"]
    yield "env_cfg.mp_cfg", delete | keys
    # What else stands there goes on to torch's `init_process_group`.
    keys = dict(arguments(_tree(source, "dist/utils.py"), "init_dist"))
    del keys["launcher"]
    more = {
        "timeout": Key({"type": "number"}),
        "port": Key({"type": ["integer", "string", "null"]}),
    }
    yield "env_cfg.dist_cfg", delete | keys | more


def _schedulers(source: Source) -> Keys:
    """The arguments of all schedulers, whose classes share them out among their bases."""
    tree = _tree(source, "optim/scheduler/param_scheduler.py")
    found: Keys = dict(_OURS)
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and node.name.endswith("ParamScheduler"):
            found |= {k: v for k, v in _built(tree, node.name, "optimizer") if k not in found}
    return found | {"convert_to_iter_based": Key(_FLAG, False)}


def _wrapper(source: Source) -> Keys:
    """The arguments of all optimizer wrappers, and what is taken out before one is built."""
    found: Keys = dict(_OURS)
    for file, name in _WRAPPERS.items():
        found |= dict(_built(_tree(source, f"optim/optimizer/{file}.py"), name))
    found |= _keys(_asked(_tree(source, "optim/optimizer/builder.py"), "optim_wrapper_cfg"))
    return found


def _built(
    tree: ast.Module, name: str, *given: str, of: str = "__init__"
) -> Iterator[tuple[str, Key]]:
    """The arguments of a class without those that its builder gives."""
    for argument, key in arguments(tree, f"{name}.{of}", _LAX).items():
        if argument not in given:
            yield argument, key


def _keys(names: Mapping[str, Schema] | Iterator[str]) -> Keys:
    return {name: Key({}) for name in names}


def _asked(tree: ast.Module, *variables: str) -> Iterator[str]:
    """What is read of a dictionary by name: `x.get("…")`, `x.pop("…")`, `x["…"]`, `"…" in x`."""
    for node in ast.walk(tree):
        holder, key = None, None
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
            if node.func.attr in ("get", "pop"):
                holder, key = node.func.value, node.args[0]
        elif isinstance(node, ast.Subscript):
            holder, key = node.value, node.slice
        elif isinstance(node, ast.Compare) and isinstance(node.ops[0], (ast.In, ast.NotIn)):
            holder, key = node.comparators[0], node.left
        if holder is None or not isinstance(key, ast.Constant):
            continue
        if ast.unparse(holder) in variables and isinstance(key.value, str):
            yield key.value


def _tree(source: Source, path: str) -> ast.Module:
    return parse(source.text(f"mmengine/{path}") or "")


FRAMEWORK = Framework(
    name="mmengine",
    title="MMEngine: the config of a runner",
    packages={"mmengine": config},
    sampled=lambda package: ends_of_minors(package, "0.1.0"),
    # The whole file is not told of: a config may hold any name (`config/config.py:Config`).
    unknown={
        # `runner.py:Runner.scale_lr` asks for two keys by name.
        "auto_scale_lr": IGNORED,
        # `runner.py:Runner.setup_env` asks for keys by name; `_strategy/base.py:BaseStrategy.
        # _setup_env`, which the flexible runner calls, takes them as arguments and no others.
        "env_cfg": IGNORED,
        # `runner.py:Runner.setup_env`: arguments of `set_multi_processing`, TypeError.
        "env_cfg.mp_cfg": REFUSED,
        # `runner.py:Runner.__init__`: arguments of `set_randomness`, TypeError.
        "randomness": REFUSED,
    },
    # `config/config.py:Config._file2dict`: as Python or the file's reader made them.
    values={"": RAW},
)
