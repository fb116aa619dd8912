"""LLM Foundry: what it refuses by itself, each with the nearest config that it takes."""

from __future__ import annotations

from pathlib import Path

import pytest

from schedlint import check
from schedlint.rules import Finding

NEWEST = ("llm-foundry==0.22.0",)
FILE = """\
model: {%s}
train_loader: {%s}
global_train_batch_size: 8
device_train_microbatch_size: 8
max_duration: 2ep
%s
"""
MODEL = "name: mpt_causal_lm"
LOADER = "name: finetuning, dataset: {max_seq_len: 8}"


def findings(
    tmp_path: Path,
    *lines: str,
    model: str = MODEL,
    loader: str = LOADER,
    packages: tuple[str, ...] = NEWEST,
) -> list[Finding]:
    """All findings on a config with some lines more."""
    path = tmp_path / "train.yaml"
    path.write_text(FILE % (model, loader, "\n".join(lines)), encoding="utf-8")
    return check([path], packages=packages)


def codes(tmp_path: Path, *lines: str, **parts: str) -> list[str]:
    """Their codes, under the newest version."""
    return [each.code for each in findings(tmp_path, *lines, **parts)]  # type: ignore[arg-type]


INVERSE = "scheduler: {name: inv_sqrt_with_warmup, t_warmup: 1ep, t_scale: %s, t_cooldown: %s}"
FLOORS = "scheduler: {name: inv_sqrt_with_warmup, t_warmup: 1ep, alpha_f_decay: %s, %s}"
ICL = "icl_tasks: [{label: a, dataset_uri: b, icl_task_type: c, num_fewshot: [0], %s}]"


@pytest.mark.parametrize(
    ("bad", "good"),
    [
        # `make_dataclass_and_log_config`
        ("eval_loader: {name: text}\neval_loaders: []", "eval_loader: {name: text}"),
        ("icl_tasks: a.yaml\nicl_tasks_str: a.yaml", "icl_tasks: a.yaml"),
        ("eval_gauntlet: a.yaml\neval_gauntlet_str: a", "eval_gauntlet: a.yaml"),
        # `validate_config`, `train`
        ("eval_loader: [{name: text}]", "eval_loader: [{name: text, label: a}]"),
        ("metadata: {seed: 1}\nseed: 3", "metadata: {seed: 1}\nseed: 3\nflatten_metadata: false"),
        ("metadata: {max_duration: 1}", "metadata: {max_duration_of_ours: 1}"),
        ("only_hf_checkpoint: true", "only_hf_checkpoint: false"),
        (
            "only_hf_checkpoint: true\ncallbacks: {lr_monitor: {}}",
            "only_hf_checkpoint: true\ncallbacks: {hf_checkpointer: {save_interval: 1ep}}",
        ),
        # `builders.py`
        ("optimizer: {name: a, params: []}", "optimizer: {name: a}"),
        (ICL % "num_beams: 3", ICL % "generation_kwargs: {num_beams: 3}"),
        (f"{ICL % 'a: b'}\ndevice_eval_batch_size: 0.5", "device_eval_batch_size: 0.5"),
        # `process_init_device`
        ("tp_config: {strategy: ffn}", "tp_config: {strategy: ffn, tensor_parallel_degree: 2}"),
        # `optim/scheduler.py:InverseSquareRootWithWarmupScheduler`
        (INVERSE % ("0.1dur", "0ep"), INVERSE % ("1ep", "0ep")),
        (INVERSE % ("1ep", "10ba"), INVERSE % ("1ep", "1ep")),
        (FLOORS % (0, "alpha_f_cooldown: 0.1"), FLOORS % (0.1, "alpha_f_cooldown: 0.1")),
        # Composer's `core/precision.py`
        ("precision: bf16", "precision: AMP_BF16"),
    ],
)
def test_refused(tmp_path: Path, bad: str, good: str) -> None:
    """Each stops the run at its start, or before its first step."""
    assert "SL704" in codes(tmp_path, bad)
    assert "SL704" not in codes(tmp_path, good)


@pytest.mark.parametrize(
    ("bad", "good"),
    [
        ("init_device: cuda", "init_device: meta"),
        ("init_device: mixed", "init_device: cpu"),
        ("load_in_8bit: true", "load_in_8bit: false"),
        ("master_weights_dtype: amp_bf16", "master_weights_dtype: bf16"),
    ],
)
def test_refused_models(tmp_path: Path, bad: str, good: str) -> None:
    """`process_init_device`, `validate_config`, `build_composer_model`."""
    assert codes(tmp_path, model=f"{MODEL}, {bad}") == ["SL704"]
    assert codes(tmp_path, model=f"{MODEL}, {good}") == []


def test_mixed_with_sharding(tmp_path: Path) -> None:
    """Only FSDP loads on one rank and hands on."""
    assert codes(tmp_path, "fsdp_config: {}", model=f"{MODEL}, init_device: mixed") == []


@pytest.mark.parametrize(
    ("bad", "good"),
    [
        ("hf_name: a, local: b", "hf_name: a"),
        ("hf_name: a, remote: b", "hf_name: null, remote: b, local: c"),
        ("remote: b, local: c, preprocessing_fn: d", "hf_name: b, preprocessing_fn: d"),
    ],
)
def test_two_sources_of_data(tmp_path: Path, bad: str, good: str) -> None:
    """`data/finetuning/dataloader.py:_validate_config`."""
    loader = "name: finetuning, dataset: {%s}"
    assert codes(tmp_path, loader=loader % bad) == ["SL704"]
    assert codes(tmp_path, loader=loader % good) == []


def test_encoders_and_decoders(tmp_path: Path) -> None:
    """T5 takes neither the text loader nor ICL tasks."""
    model = "name: hf_t5"
    assert codes(tmp_path, model=model) == []
    assert codes(tmp_path, "icl_tasks: a.yaml", model=model) == ["SL704"]
    assert codes(tmp_path, model=model, loader="name: text, drop_last: true") == ["SL704"]


@pytest.mark.parametrize(
    ("line", "version"),
    [
        ("eval_loader: [{name: text}]", "0.3.0"),
        ("eval_loader: {name: text}\neval_loaders: []", "0.8.0"),
        ("metadata: {max_duration: 1}", "0.10.0"),
        ("optimizer: {name: a, params: []}", "0.6.0"),
    ],
)
def test_what_older_versions_take(tmp_path: Path, line: str, version: str) -> None:
    """While the version is not told it is worth knowing, no more."""
    old = findings(tmp_path, line, packages=(f"llm-foundry=={version}",))
    assert "SL704" not in [each.code for each in old]
    (finding,) = (each for each in findings(tmp_path, line, packages=()) if each.code == "SL704")
    assert finding.severity.value == "info"


@pytest.mark.parametrize(
    ("model", "lines"),
    [("name: our_model", ()), (MODEL, ("code_paths: [ours.py]",)), ("name: '${name}'", ())],
)
def test_what_others_do_is_not_known(tmp_path: Path, model: str, lines: tuple[str, ...]) -> None:
    """Another script, and code of a project's own that may take keys of its own."""
    keys = ("of_our_own: 1", "precision: bf16", "metadata: {max_duration: 1}", *lines)
    assert codes(tmp_path, *keys, model=model) == []


# Unknown keys.


def test_unknown_keys(tmp_path: Path) -> None:
    """Refused since 0.10, also where other lines take their values from them."""
    lines = ("length: 8", "max_seq_len: ${length}")
    (found,) = findings(tmp_path, *lines)
    assert (found.code, found.severity.value) == ("SL706", "warning")
    assert "refuses it at start: put it under variables" in found.message
    assert findings(tmp_path, *lines, packages=("llm-foundry==0.9.1",)) == []
    (found,) = findings(tmp_path, *lines, packages=())
    assert (found.severity.value, found.versions) == ("info", "llm-foundry 0.10 and later")
    assert codes(tmp_path, "variables: {length: 8}", "max_seq_len: ${variables.length}") == []


def test_a_slip_is_one_in_any_version(tmp_path: Path) -> None:
    """A known key is near: no version takes what is written."""
    for packages, severity in (((), "warning"), (NEWEST, "error")):
        (found,) = findings(tmp_path, "eval_intervall: 1ep", packages=packages)
        assert (found.code, found.severity.value) == ("SL706", severity)
        assert "did you mean eval_interval?" in found.message


def test_keys_that_are_gone(tmp_path: Path) -> None:
    """0.9 took them for variables."""
    (found,) = findings(tmp_path, "global_seed: 17", "seed: ${global_seed}")
    assert found.code == "SL705"
    assert "put it under variables" in found.message
