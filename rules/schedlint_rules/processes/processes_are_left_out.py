"""SL503 processes-are-left-out."""

from __future__ import annotations

from collections.abc import Iterator

from schedlint.rules import Example, Finding, Rule, Scenario, Severity


class ProcessesAreLeftOut(Rule):
    """Fewer processes start than the launcher's file says.

    **What.** `num_processes` counts the processes of all machines. Each machine starts the whole
    part of its share; what is left over starts nowhere. Under `distributed_type: NO` one process
    starts, whatever the number says.

    **Why it costs you.** GPUs that are paid for stand idle, the global batch is smaller than
    planned, and no log line says so.

    **What to do.** Make `num_processes` a multiple of `num_machines`, or choose the type that
    starts them (`MULTI_GPU`, `FSDP`, `DEEPSPEED`).

    **Silent** where a hostfile or MPI counts the processes. No more than info under
    `distributed_type: NO`, where the number may be left from another file.
    """

    code = "SL503"
    name = "processes-are-left-out"
    severity = Severity.WARNING
    needs = ("left_out_processes",)
    sources = (
        "https://github.com/huggingface/accelerate/issues/3894",
        "accelerate utils/launch.py:prepare_multi_gpu_env",
        "accelerate commands/launch.py:launch_command",
    )
    bad = (
        Example(
            """\
compute_environment: LOCAL_MACHINE
distributed_type: MULTI_GPU
main_training_function: main
num_machines: 4
num_processes: 10
""",
            line=5,
            column=1,
            message="each of the 4 machines starts 2, in all 8",
            file="accelerate.yaml",
        ),
        Example(
            """\
compute_environment: LOCAL_MACHINE
distributed_type: 'NO'
main_training_function: main
num_machines: 1
num_processes: 8
""",
            line=5,
            column=1,
            message="one process starts",
            file="accelerate.yaml",
        ),
    )
    good = (
        Example(
            """\
compute_environment: LOCAL_MACHINE
distributed_type: MULTI_GPU
main_training_function: main
num_machines: 4
num_processes: 8
""",
            file="accelerate.yaml",
        ),
    )

    def check(self, run: Scenario) -> Iterator[Finding]:
        left_out = run.fact("left_out_processes")
        if left_out is None:
            return
        by_type = run.fact_is("distributed_type", "NO", False)
        divided = run.fact("distributed_type" if by_type else "num_machines")
        message = f"{left_out.text}, but {left_out.value}"
        because = (left_out,) if divided is None else (left_out, divided)
        severity = Severity.INFO if by_type else self.severity
        yield self.found(run, message, left_out, *because, severity=severity)
