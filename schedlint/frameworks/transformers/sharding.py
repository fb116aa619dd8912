"""What the Trainer refuses of `fsdp` and `fsdp_config`.

Sources: transformers `training_args.py:TrainingArguments.__post_init__`, `_process_fsdp_args`
(since 5.10 `_apply_legacy_fsdp_to_config`); `trainer_utils.py:FSDPOption`.
"""

from __future__ import annotations

from schedlint.reading.config import Config, Setting
from schedlint.reading.versions import Change

FSDP_BY_CONFIG = Change(
    "transformers", "5.10", "fsdp words only fill in fsdp_config, and may contradict each other"
)
EFFICIENT_LOADING = Change(
    "transformers", "4.41", "cpu_ram_efficient_loading without sync_module_states is refused"
)
CHANGES = (FSDP_BY_CONFIG, EFFICIENT_LOADING)

WORDS = (
    "full_shard",
    "shard_grad_op",
    "no_shard",
    "hybrid_shard",
    "hybrid_shard_zero2",
    "offload",
    "auto_wrap",
)
ONLY_FIRST = ("no_shard", "hybrid_shard", "hybrid_shard_zero2")
"""Words that FSDP2 does not know."""
POLICIES = ("TRANSFORMER_BASED_WRAP", "SIZE_BASED_WRAP", "NO_WRAP")


def read(config: Config) -> None:
    """Record what is refused of both keys."""
    fsdp = config.setting("fsdp")
    words = fsdp.value.split() if isinstance(fsdp.value, str) else []
    unknown = [word for word in words if word.lower() not in WORDS]
    if any("$" in word or "{" in word for word in unknown):
        return
    if unknown or not words:
        known = ", ".join(WORDS)
        for word in unknown[:1]:
            config.refuse(fsdp, f"{word} is none of {known} (with blanks between)")
        return
    if not config.since(FSDP_BY_CONFIG):
        _read_words(config, fsdp, words)
    elif not isinstance(config.setting("fsdp_config").value, str):
        _read_second_version(config, fsdp, words)


def _read_words(config: Config, fsdp: Setting, words: list[str]) -> None:
    """Before 5.10 the words say what is done, and must go together."""
    if words == ["offload"]:
        config.refuse(fsdp, "offload needs full_shard or shard_grad_op beside it")
    if {"full_shard", "shard_grad_op"} <= set(words):
        config.refuse(fsdp, "full_shard and shard_grad_op exclude each other")
    smallest = config.whole("fsdp_config.min_num_params")
    layer = config.setting("fsdp_config.transformer_layer_cls_to_wrap")
    if (smallest.number or 0) > 0 and layer.known:
        config.refuse(smallest, f"{layer.key} is given as well, and only one of the two may be")
    sparing = config.setting("fsdp_config.cpu_ram_efficient_loading")
    synced = config.setting("fsdp_config.sync_module_states")
    alone = str(sparing.value).lower() == "true" and str(synced.value).lower() == "false"
    if alone and config.flag("fsdp_config.xla").value is False and config.since(EFFICIENT_LOADING):
        config.refuse(synced, "cpu_ram_efficient_loading: true needs it to be true")


def _read_second_version(config: Config, fsdp: Setting, words: list[str]) -> None:
    """FSDP2 is the default, and shards the parameters and the gradients, or the gradients alone."""
    version = config.setting("fsdp_config.version", "fsdp_config.fsdp_version", default=2)
    only_first = [word for word in words if word in ONLY_FIRST]
    if only_first and version.value in (2, "2"):
        config.refuse(fsdp, f"FSDP2 has no {only_first[0]}: it needs fsdp_config.version 1")
    policy = config.setting("fsdp_config.auto_wrap_policy", "fsdp_config.fsdp_auto_wrap_policy")
    if isinstance(policy.value, str) and policy.value not in POLICIES and "$" not in policy.value:
        config.refuse(policy, f"it is none of {', '.join(POLICIES)}")
