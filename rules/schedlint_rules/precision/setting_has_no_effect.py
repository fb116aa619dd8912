"""SL605 setting-has-no-effect."""

from __future__ import annotations

from collections.abc import Iterator

from schedlint.rules import Example, Finding, Rule, Scenario, Severity

FACTS = ("unused_rate", "unused_precision", "unused_sharding", "unused_offload")
"""Each says why something is not used."""


class SettingHasNoEffect(Rule):
    """A precision, a learning rate, sharding or an offload is asked for, and something else runs.

    **What.** The value is accepted and then not used: another file's takes its place, a default of
    DeepSpeed's schedule does, or the section counts under another `distributed_type` only.

    **Why it costs you.** Nothing is refused. A schedule without `warmup_max_lr` rises to 0.001,
    which is too much for most fine-tuning; a model that was to be sharded or offloaded runs out of
    memory; a run in another precision is found by its speed, if at all.

    **What to do.** State the value where the message says, or remove the line that does nothing.

    **Silent** where both values are the same, and about `auto`.
    """

    code = "SL605"
    name = "setting-has-no-effect"
    severity = Severity.WARNING
    needs = ("|".join(FACTS),)
    sources = (
        "https://github.com/deepspeedai/DeepSpeed/issues/7303",
        "deepspeed runtime/lr_schedules.py:WarmupDecayLR.__init__",
        "transformers training_args.py:TrainingArguments.__post_init__",
        "accelerate commands/launch.py:launch_command",
    )
    bad = (
        Example(
            """\
{
  "train_micro_batch_size_per_gpu": 4,
  "optimizer": {"type": "AdamW", "params": {"lr": 2e-5}},
  "scheduler": {"type": "WarmupDecayLR", "params": {"total_num_steps": 5000}}
}
""",
            line=3,
            column=45,
            message="WarmupDecayLR rises to 0.001 where it has no warmup_max_lr",
            file="ds.json",
        ),
        Example(
            """\
output_dir: out
per_device_train_batch_size: 8
bf16: true
""",
            line=4,
            column=1,
            message="the trainer's own half precision takes its place (bf16: true)",
            found_in="accelerate.yaml",
            files={
                "accelerate.yaml": """\
compute_environment: LOCAL_MACHINE
distributed_type: MULTI_GPU
main_training_function: main
mixed_precision: fp8
num_processes: 8
"""
            },
            beside=("accelerate.yaml",),
        ),
        Example(
            """\
compute_environment: LOCAL_MACHINE
deepspeed_config: {zero_stage: 3}
distributed_type: MULTI_GPU
main_training_function: main
num_processes: 8
""",
            line=2,
            column=1,
            message="it counts under distributed_type: DEEPSPEED only",
            file="accelerate.yaml",
        ),
    )
    good = (
        Example(
            """\
{
  "train_micro_batch_size_per_gpu": 4,
  "optimizer": {"type": "AdamW", "params": {"lr": 2e-5}},
  "scheduler": {
    "type": "WarmupDecayLR", "params": {"total_num_steps": 5000, "warmup_max_lr": 2e-5}
  }
}
""",
            file="ds.json",
        ),
        Example(
            """\
compute_environment: LOCAL_MACHINE
deepspeed_config: {zero_stage: 3}
distributed_type: DEEPSPEED
main_training_function: main
num_processes: 8
""",
            file="accelerate.yaml",
        ),
    )

    def check(self, run: Scenario) -> Iterator[Finding]:
        for name in FACTS:
            fact = run.fact(name)
            if fact is not None:
                yield self.found(run, f"{fact.text} has no effect: {fact.value}", fact, fact)
