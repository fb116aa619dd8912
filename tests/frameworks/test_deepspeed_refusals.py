"""What a DeepSpeed file is refused for, alone and as a part of a run, and what comes to nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest

import schedlint
from schedlint.run import Run

NEWEST = "0.19.8"


def load(config: dict[str, Any], version: str = NEWEST) -> Run:
    """Read a file that stands alone."""
    text = json.dumps({"train_micro_batch_size_per_gpu": 8, **config})
    return schedlint.load(text=text, filename="ds.json", packages=(f"deepspeed=={version}",))


def refused(run: Run) -> list[str]:
    """The keys of what is refused, in one class of versions."""
    (scenario,) = run.scenarios
    return [each.setting.key for each in scenario.refusals]


def zero(**keys: object) -> dict[str, Any]:
    """The section of ZeRO."""
    return {"zero_optimization": keys}


def fp16(**keys: object) -> dict[str, Any]:
    """The section of float16, switched on."""
    return {"fp16": {"enabled": True, **keys}}


def bf16(**keys: object) -> dict[str, Any]:
    """The section of bfloat16, switched on."""
    return {"bf16": {"enabled": True, **keys}}


def schedule(kind: str, **params: object) -> dict[str, Any]:
    """A schedule with its parameters."""
    return {"scheduler": {"type": kind, "params": params}}


CPU = {"device": "cpu"}
OPTIMIZER = "zero_optimization.offload_optimizer"


@pytest.mark.parametrize(
    ("config", "keys"),
    [
        (zero(stage="4"), ["stage"]),
        (zero(stage="2"), []),
        (zero(stage=2, reduce_bucket_size=-1), ["reduce_bucket_size"]),
        (zero(stage=2, reduce_bucket_size=0), ["reduce_bucket_size"]),
        (zero(stage=2, reduce_bucket_size=5e8), []),
        (zero(stage=2, reduce_bucket_size="auto"), []),
        (zero(stage=2, allgather_bucket_size=0), []),
        (zero(stage=3, stage3_max_live_parameters=-1), ["stage3_max_live_parameters"]),
        (zero(stage=3, offload_param={"buffer_size": -1}), ["offload_param.buffer_size"]),
        (zero(stage=2, offload_optimizer={**CPU, "ratio": 0.5}), ["offload_optimizer.ratio"]),
        (zero(offload_optimizer={**CPU, "ratio": 0.5}), ["offload_optimizer.ratio"]),
        (zero(stage=3, offload_optimizer={**CPU, "ratio": 0.5}), []),
        (zero(stage="auto", offload_optimizer={**CPU, "ratio": 0.5}), []),
        (zero(stage=2, offload_optimizer={**CPU, "ratio": 1}), []),
        (zero(stage=3, offload_optimizer={**CPU, "ratio": 1.5}), ["offload_optimizer.ratio"]),
        (zero(stage=3, compute_grad_norm=False), ["compute_grad_norm"]),
        (zero(stage=2, compute_grad_norm=False), []),
        (zero(stage=2, cpu_offload=True, offload_optimizer=CPU), ["cpu_offload"]),
        (zero(stage=2, cpu_offload=None, offload_optimizer=CPU), ["cpu_offload"]),
        (zero(stage=2, cpu_offload="auto", offload_optimizer=CPU), []),
        (zero(stage=2, cpu_offload=True), []),
        (zero(stage=3, cpu_offload_param=True, offload_param=CPU), ["cpu_offload_param"]),
        ({"zero_optimization": True}, []),
    ],
)
def test_zero(config: dict[str, Any], keys: list[str]) -> None:
    """The models of the section check each number, and some by the stage."""
    assert refused(load(config)) == [f"zero_optimization.{key}" for key in keys]


@pytest.mark.parametrize(
    ("config", "keys"),
    [
        (fp16(loss_scale=-1), ["fp16.loss_scale"]),
        (fp16(loss_scale=128, loss_scale_window=0), []),
        (fp16(loss_scale_window=0), ["fp16.loss_scale_window"]),
        (fp16(min_loss_scale=0), ["fp16.min_loss_scale"]),
        (fp16(enabled=False, min_loss_scale=0), []),
        (fp16(enabled="auto", min_loss_scale=0), []),
        (fp16(fp16_master_weights_and_grads=True), ["fp16.fp16_master_weights_and_grads"]),
        ({**fp16(fp16_master_weights_and_grads=True), **zero(stage=1)}, []),
        ({**fp16(fp16_master_weights_and_grads=True), **zero(stage="auto")}, []),
        (bf16(bf16_master_weights_and_grads=True), ["bf16.bf16_master_weights_and_grads"]),
        ({**bf16(bf16_optimizer_states=True), **zero(stage=1)}, ["bf16.bf16_optimizer_states"]),
        (
            {
                **bf16(bf16_optimizer_states=True, bf16_master_weights_and_grads=True),
                **zero(stage=1),
            },
            [],
        ),
        ({"communication_data_type": "float16"}, ["communication_data_type"]),
        ({"communication_data_type": "FP16"}, []),
        ({"communication_data_type": None}, []),
        ({"checkpoint": {"tag_validation": "error"}}, ["checkpoint.tag_validation"]),
        ({"checkpoint": {"tag_validation": "Fail"}}, []),
        ({"gradient_allreduce_op": "avg"}, ["gradient_allreduce_op"]),
        ({"gradient_allreduce_op": "sum", **zero(stage=3)}, ["gradient_allreduce_op"]),
        ({"gradient_allreduce_op": "SUM", **zero(stage=2)}, []),
        ({"torch_autocast": {"dtype": "float15"}}, ["torch_autocast.dtype"]),
        ({"torch_autocast": {"dtype": "bf16"}}, []),
        ({"data_types": {"keep_in_fp32_modules": "norm"}}, ["data_types.keep_in_fp32_modules"]),
        ({"data_types": {"keep_in_fp32_modules": ["norm"]}}, []),
        (
            {"managed_gradient_accumulation": False, **zero(stage=1, overlap_comm=True)},
            ["managed_gradient_accumulation"],
        ),
        ({"managed_gradient_accumulation": False, **zero(stage=2, overlap_comm=True)}, []),
        ({"communication_data_type": "${TYPE}", "gradient_allreduce_op": "${WAY}"}, []),
    ],
)
def test_sections(config: dict[str, Any], keys: list[str]) -> None:
    """Words and numbers that its own checks stop at, beside those that pass."""
    assert refused(load(config)) == keys


@pytest.mark.parametrize(
    ("config", "version", "keys"),
    [
        (zero(stage=2, reduce_bucket_size=0), "0.19.5", []),
        (zero(stage=2, offload_optimizer={"ratio": 0.5}), "0.12.0", []),
        (fp16(loss_scale=-1), "0.18.0", []),
        (fp16(min_loss_scale=0), "0.19.2", []),
        (bf16(bf16_master_weights_and_grads=True), "0.18.0", []),
        ({"gradient_allreduce_op": "avg"}, "0.19.5", []),
        (schedule("LRRangeTest", lr_range_test_step_size=-5), "0.19.3", []),
    ],
)
def test_older_versions_do_not_check(config: dict[str, Any], version: str, keys: list[str]) -> None:
    """What the release before the check lets pass."""
    assert refused(load(config)) != []
    assert refused(load(config, version)) == keys


@pytest.mark.parametrize(
    ("config", "keys"),
    [
        (schedule("WarmupLr", warmup_num_steps=5), ["type"]),
        (schedule("StepLR", step_size=5), []),
        (schedule("OneCycle", cycle_min_lr=0, cycle_max_lr=1, cycle_steps=3), ["cycle_steps"]),
        (schedule("OneCycle", cycle_second_step_size=-1), ["cycle_second_step_size"]),
        (schedule("OneCycle", cycle_second_step_size=0), []),
        (schedule("LRRangeTest", lr_range_test_step_size=0), ["lr_range_test_step_size"]),
        (schedule("LRRangeTest", lr_range_test_step_size=10), []),
        (schedule("WarmupLR", warmup_num_steps=10.0), []),
    ],
)
def test_schedules(config: dict[str, Any], keys: list[str]) -> None:
    """Names in another case, and step sizes; hjson makes an integer of 10.0."""
    full = [f"scheduler.{'' if key == 'type' else 'params.'}{key}" for key in keys]
    assert refused(load(config)) == full


@pytest.mark.parametrize(
    ("section", "more", "keys"),
    [
        ({}, {}, []),
        ({"max_gpus": 1, "min_gpus": 2}, {}, ["elasticity.min_gpus"]),
        ({"micro_batch_sizes": [3, -5]}, {}, ["elasticity.micro_batch_sizes"]),
        ({"micro_batch_sizes": 3}, {}, ["elasticity.micro_batch_sizes"]),
        ({}, {"train_batch_size": 8}, ["train_batch_size"]),
        ({"ignore_non_elastic_batch_info": True}, {"train_batch_size": 8}, []),
        ({"enabled": False}, {"train_batch_size": 8}, []),
    ],
)
def test_elasticity(section: dict[str, Any], more: dict[str, Any], keys: list[str]) -> None:
    """The section chooses the batch, and takes no other beside it; since 0.19.8 it is gone."""
    base = {"enabled": True, "max_train_batch_size": 100, "micro_batch_sizes": [2, 3]}
    text = json.dumps({"elasticity": {**base, **section}, **zero(stage=1), **more})
    old, new = (
        schedlint.load(text=text, filename="ds.json", packages=(f"deepspeed=={version}",))
        for version in ("0.19.7", NEWEST)
    )
    assert refused(old) == keys
    assert refused(new) == []


@pytest.mark.parametrize("section", ["fp16", "bf16", "bfloat16"])
def test_unknown_keys_of_the_half_types(section: str, tmp_path: Any) -> None:
    """Refused since 0.17.1, passed over before; `bfloat16` is not looked at beside `bf16`."""
    path = tmp_path / "ds.json"

    def found(version: str, **more: object) -> list[str]:
        path.write_text(json.dumps({**AUTO, section: {"enabld": True}, **more}))
        findings = schedlint.check([path], packages=(f"deepspeed=={version}",))
        return [str(each.severity) for each in findings if each.code == "SL706"]

    assert found("0.17.1") == ["error"]
    assert found("0.17.0") == ["warning"]
    if section == "bfloat16":
        assert found("0.17.1", bf16={"enabled": True}) == ["warning"]


# As a part of a Trainer's run.

TRAINER = {"output_dir": "out", "per_device_train_batch_size": 8, "learning_rate": 1e-4}
AUTO = {
    "train_micro_batch_size_per_gpu": "auto",
    "gradient_accumulation_steps": "auto",
    "zero_optimization": {"stage": 2},
}


def train(deepspeed: dict[str, Any], **keys: object) -> Run:
    """Read a Trainer's config with a DeepSpeed section in it."""
    text = json.dumps({**TRAINER, **keys, "deepspeed": {**AUTO, **deepspeed}})
    packages = ("transformers==5.23.0", f"deepspeed=={NEWEST}", "accelerate==1.15.0")
    return schedlint.load(text=text, filename="train.json", packages=packages)


def on(half: str, switch: object = True) -> dict[str, Any]:
    """A section of a half type."""
    return {half: {"enabled": switch}}


def optimizer(kind: str = "AdamW", **params: object) -> dict[str, Any]:
    """An optimizer with its parameters."""
    return {"optimizer": {"type": kind, "params": params}}


@pytest.mark.parametrize(
    ("deepspeed", "trainer", "keys"),
    [
        (on("bf16"), {}, ["bf16.enabled"]),
        (on("bf16"), {"bf16": True}, []),
        (on("bf16", switch=False), {"bf16": True}, ["bf16.enabled"]),
        (on("bf16", "auto"), {"bf16": True}, []),
        (on("bf16"), {"bf16_full_eval": True}, []),
        (on("bfloat16"), {}, []),
        (on("fp16"), {"fp16": False}, ["fp16.enabled"]),
        (on("fp16"), {"fp16": "${HALF}"}, []),
        ({**on("fp16"), **on("bf16", "auto")}, {"fp16": True}, []),
        ({**on("fp16"), **on("bf16")}, {"fp16": True}, ["bf16.enabled"]),
        (optimizer(max_grad_norm=1.0), {}, ["optimizer.params.max_grad_norm"]),
        (optimizer(betas=[0.9, 0.999]), {}, []),
        (optimizer(betas=[0.8, 0.99]), {}, ["optimizer.params.betas"]),
        (optimizer(betas=[0.8, 0.99]), {"adam_beta1": 0.8, "adam_beta2": 0.99}, []),
        (optimizer(betas="auto"), {}, []),
        (optimizer("SGD"), {}, ["optimizer.type"]),
        ({**optimizer("SGD"), "zero_allow_untested_optimizer": True}, {}, []),
        ({**optimizer("SGD"), **zero(stage=0)}, {}, []),
        ({"gradient_accumulation_steps": None}, {}, ["gradient_accumulation_steps"]),
        (schedule("WarmupLR", warmup_num_steps=10.0), {}, ["scheduler.params.warmup_num_steps"]),
        (schedule("OneCycle", cycle_min_lr=0), {}, ["scheduler.type"]),
        ({"scheduler": {"type": "WarmupLR"}}, {}, ["scheduler.type"]),
        (schedule("WarmupLR"), {}, []),
    ],
)
def test_trainer(deepspeed: dict[str, Any], trainer: dict[str, Any], keys: list[str]) -> None:
    """What must be the Trainer's, and what no script can add or make itself."""
    assert refused(train(deepspeed, **trainer)) == keys


# What comes to nothing.


def unused(run: Run) -> dict[str, str]:
    """What has no effect: the fact and its line."""
    (scenario,) = run.scenarios
    facts = scenario.reading.facts
    return {name: fact.text for name, fact in facts.items() if name.startswith("unused_")}


DECAYING = schedule("WarmupDecayLR", total_num_steps=10)
LR = {"unused_rate": "optimizer.params.lr: 2e-05"}


@pytest.mark.parametrize(
    ("config", "version", "found"),
    [
        ({**DECAYING, **optimizer(lr=2e-5)}, NEWEST, LR),
        ({**DECAYING, **optimizer(lr=1e-3)}, NEWEST, {}),
        ({**DECAYING, **optimizer(lr="auto")}, NEWEST, {}),
        ({**DECAYING, **optimizer()}, NEWEST, {}),
        ({**schedule("WarmupDecayLR", warmup_max_lr=2e-5), **optimizer(lr=2e-5)}, NEWEST, {}),
        ({**schedule("WarmupLR"), **optimizer(lr=2e-5)}, NEWEST, {}),
        ({**schedule("WarmupLR"), **optimizer(lr=2e-5)}, "0.17.1", LR),
        ({**schedule("WarmupCosineLR"), **optimizer(lr=2e-5)}, NEWEST, {}),
        (
            zero(stage=2, offload_param=CPU),
            NEWEST,
            {"unused_offload": 'zero_optimization.offload_param.device: "cpu"'},
        ),
        (zero(stage=3, offload_param=CPU), NEWEST, {}),
        (zero(stage="auto", offload_param=CPU), NEWEST, {}),
        (zero(stage=2, offload_optimizer=CPU), NEWEST, {}),
    ],
)
def test_what_has_no_effect(config: dict[str, Any], version: str, found: dict[str, str]) -> None:
    """A rate that the schedule replaces, and parameters that stay where they are."""
    assert unused(load(config, version)) == found


def test_rate_of_the_trainer_is_replaced_as_well() -> None:
    """An absent `warmup_max_lr` is not filled."""
    params = {"total_num_steps": "auto", "warmup_num_steps": "auto"}
    run = train(schedule("WarmupDecayLR", **params))
    assert unused(run) == {"unused_rate": "learning_rate: 0.0001"}
    assert unused(train(schedule("WarmupDecayLR", **params, warmup_max_lr="auto"))) == {}
