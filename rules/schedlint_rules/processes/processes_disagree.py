"""SL501 processes-disagree."""

from __future__ import annotations

from collections.abc import Iterator

from schedlint.rules import Example, Finding, Rule, Scenario, Severity
from schedlint_rules.contradiction import contradictions, finding


class ProcessesDisagree(Rule):
    """Numbers of processes and parallel sizes that do not multiply up.

    **What.** Every process belongs to one data-parallel rank; the processes that share a model
    (tensor, pipeline, context parallelism) make one rank together. The sizes that are given leave
    no such division of the processes that there are.

    **Why it costs you.** The launch fails once all machines are there; or, where the framework
    derives one size from the others, it trains with another global batch than was planned.

    **What to do.** Start as many processes as the sizes multiply up to, or change a size.

    **Fix.** Unsafe: the number that the others leave, where that is one.

    **Silent** while the number of processes is not known.
    """

    code = "SL501"
    name = "processes-disagree"
    severity = Severity.ERROR
    needs = ("model_parallel_size",)
    sources = (
        "https://github.com/huggingface/finetrainers/issues/408",
        "accelerate parallelism_config.py:ParallelismConfig.validate_accelerator",
    )
    bad = (
        Example(
            """\
compute_environment: LOCAL_MACHINE
distributed_type: MULTI_GPU
num_machines: 1
num_processes: 2
""",
            line=4,
            column=1,
            message="num_processes: 2, but world_size=8",
            flags={"world_size": 8},
            fixed="""\
compute_environment: LOCAL_MACHINE
distributed_type: MULTI_GPU
num_machines: 1
num_processes: 8
""",
        ),
        Example(
            """\
base_model: m
datasets: [{path: p, type: alpaca}]
sequence_len: 2048
micro_batch_size: 2
num_epochs: 1
tensor_parallel_size: 4
""",
            line=6,
            column=1,
            message="does not divide the 6 processes",
            flags={"world_size": 6},
        ),
    )
    good = (
        Example(
            """\
base_model: m
datasets: [{path: p, type: alpaca}]
sequence_len: 2048
micro_batch_size: 2
num_epochs: 1
tensor_parallel_size: 4
""",
            flags={"world_size": 8},
        ),
    )

    def check(self, run: Scenario) -> Iterator[Finding]:
        for each in contradictions(run, "processes"):
            yield finding(self, run, each)
        if "model_parallel_size" not in run.words:
            return
        world, shared = run["world_size"], run["model_parallel_size"]
        if shared.stated and run.certainly(~shared.divides(world)):
            message = (
                f"{shared} processes share one copy of the model, which does not divide the "
                f"{world} processes that there are"
            )
            yield self.found(run, message, shared, shared, world)
