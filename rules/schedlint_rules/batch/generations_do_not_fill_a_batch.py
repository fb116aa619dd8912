"""SL203 generations-do-not-fill-a-batch."""

from __future__ import annotations

from collections.abc import Iterator
from math import gcd

from schedlint.plan import Quantity
from schedlint.rules import Example, Finding, Fix, Rule, Scenario, Severity, change_number


class GenerationsDoNotFillABatch(Rule):
    """The completions of a generation round do not split into whole groups.

    **What.** GRPO and RLOO compare the `num_generations` completions of one prompt with each other.
    A round holds `generation_batch_size` completions, so that must be a multiple of the group.

    **Why it costs you.** The trainer refuses at start. `per_device_train_batch_size` counts
    completions, not prompts, which most people read the other way round.

    **What to do.** Choose the batch, the accumulation or the group so that the round is a multiple
    of the group. Before TRL 0.17 the accumulation does not count.

    A stated `generation_batch_size` must also be a multiple of the micro-batch over all ranks.

    **Fix.** Unsafe: the largest group that divides the round; where there is none, the batch that
    the group divides.

    **Silent** while the number of processes is not known.
    """

    code = "SL203"
    name = "generations-do-not-fill-a-batch"
    severity = Severity.ERROR
    needs = ("num_generations",)
    sources = (
        "trl trainer/grpo_config.py:GRPOConfig.__post_init__",
        "https://github.com/huggingface/trl/issues/3204",
    )
    bad = (
        Example(
            """\
model_name_or_path: some-org/some-model
dataset_name: some-org/prompts
output_dir: out
per_device_train_batch_size: 1
gradient_accumulation_steps: 4
num_generations: 8
max_completion_length: 200
""",
            line=6,
            column=1,
            message="a round of 4 completions",
            flags={"world_size": 1},
            packages=("trl==1.16.0",),
            fixed="""\
model_name_or_path: some-org/some-model
dataset_name: some-org/prompts
output_dir: out
per_device_train_batch_size: 1
gradient_accumulation_steps: 4
num_generations: 4
max_completion_length: 200
""",
        ),
        Example(
            """\
model_name_or_path: some-org/some-model
dataset_name: some-org/prompts
output_dir: out
per_device_train_batch_size: 1
gradient_accumulation_steps: 8
num_generations: 8
max_completion_length: 200
""",
            line=6,
            column=1,
            message="a round of 4 completions",
            flags={"world_size": 4},
            packages=("trl==0.15.2",),
            fixed="""\
model_name_or_path: some-org/some-model
dataset_name: some-org/prompts
output_dir: out
per_device_train_batch_size: 1
gradient_accumulation_steps: 8
num_generations: 4
max_completion_length: 200
""",
        ),
        Example(
            """\
model_name_or_path: some-org/some-model
dataset_name: some-org/prompts
output_dir: out
per_device_train_batch_size: 8
generation_batch_size: 60
num_generations: 2
max_completion_length: 200
""",
            line=5,
            column=1,
            message="does not split into micro-batches of 8",
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
per_device_train_batch_size: 1
gradient_accumulation_steps: 8
num_generations: 8
max_completion_length: 200
""",
            flags={"world_size": 4},
            packages=("trl==1.16.0",),
        ),
        Example(
            """\
model_name_or_path: some-org/some-model
dataset_name: some-org/prompts
output_dir: out
per_device_train_batch_size: 1
num_generations: 8
max_completion_length: 200
"""
        ),
    )

    def check(self, run: Scenario) -> Iterator[Finding]:
        if not {"num_generations", "generation_batch_size"} <= run.words:
            return
        group, batch = run["num_generations"], run["generation_batch_size"]
        if group.known and run.certainly(~group.divides(batch)):
            message = f"a round of {batch} completions does not split into groups of {group}"
            yield self.found(run, message, group, batch, group, fix=_fix(run, group, batch))
        micro = run["loader_batch_size"]
        if batch.stated and run.certainly(~micro.divides(batch)):
            message = f"a round of {batch} completions does not split into micro-batches of {micro}"
            yield self.found(run, message, batch, batch, micro)


def _fix(run: Scenario, group: Quantity, batch: Quantity) -> Fix | None:
    """The largest group that fits the batch; none of one, for which the batch has to grow."""
    if not batch.known or batch.stated:
        return None
    size, micro = int(batch.low), run["micro_batch_size"]
    fitting = [n for n in range(2, int(group.low)) if size % n == 0]
    if fitting:
        return change_number(group, fitting[-1], f"divides the round of {size}")
    if not micro.known or size % int(micro.low):
        return None
    others = size // int(micro.low)
    least = int(group.low) // gcd(int(group.low), others)
    return change_number(micro, least, f"a round of {least * others} completions")
