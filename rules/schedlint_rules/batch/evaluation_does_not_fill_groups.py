"""SL204 evaluation-does-not-fill-groups."""

from __future__ import annotations

from collections.abc import Iterator

from schedlint.rules import Example, Finding, Rule, Scenario, Severity


class EvaluationDoesNotFillGroups(Rule):
    """A batch of evaluation cannot be split into whole groups of completions.

    **What.** GRPO and RLOO compare the completions of a prompt with each other in evaluations too:
    the evaluation batch over all ranks must be a multiple of `num_generations_eval`, which is
    `num_generations` where it is not given.

    **Why it costs you.** The trainer refuses at start, after the job has waited for its machine.

    **What to do.** Make `per_device_eval_batch_size` fit, or evaluate with fewer completions.

    **Silent** while the number of processes could still make it fit, and for the versions that did
    not check it.
    """

    code = "SL204"
    name = "evaluation-does-not-fill-groups"
    severity = Severity.ERROR
    needs = ("num_generations_eval",)
    sources = (
        "https://github.com/huggingface/trl/issues/3566",
        "trl trainer/grpo_config.py:GRPOConfig.__post_init__",
        "trl 0.15 trainer/grpo_trainer.py:GRPOTrainer.__init__",
    )
    bad = (
        Example(
            """\
model_name_or_path: some-org/some-model
dataset_name: some-org/prompts
output_dir: out
per_device_train_batch_size: 8
per_device_eval_batch_size: 4
eval_strategy: steps
eval_steps: 50
num_generations: 8
max_completion_length: 200
""",
            line=5,
            column=1,
            message="an evaluation batch of 4 completions does not split into groups of 8",
            flags={"world_size": 1},
            packages=("trl==1.16.0",),
        ),
    )
    good = (
        Example(
            """\
model_name_or_path: some-org/some-model
dataset_name: some-org/prompts
output_dir: out
per_device_train_batch_size: 8
per_device_eval_batch_size: 4
eval_strategy: steps
eval_steps: 50
num_generations: 8
max_completion_length: 200
""",
            flags={"world_size": 2},
            packages=("trl==1.16.0",),
        ),
        Example(
            """\
model_name_or_path: some-org/some-model
dataset_name: some-org/prompts
output_dir: out
per_device_train_batch_size: 8
per_device_eval_batch_size: 4
num_generations: 8
max_completion_length: 200
""",
            flags={"world_size": 1},
            packages=("trl==1.16.0",),
        ),
    )

    def check(self, run: Scenario) -> Iterator[Finding]:
        if not {"num_generations_eval", "eval_loader_batch_size"} <= run.words:
            return
        group, batch = run["num_generations_eval"], run["eval_loader_batch_size"]
        if run.certainly(~group.divides(batch)):
            message = (
                f"an evaluation batch of {batch} completions does not split into groups of {group}"
            )
            micro = run["eval_micro_batch_size"]
            yield self.found(run, message, micro if micro.stated else group, batch, group)
