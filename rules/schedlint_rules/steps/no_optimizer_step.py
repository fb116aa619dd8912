"""SL101 no-optimizer-step."""

from __future__ import annotations

from collections.abc import Iterator

from schedlint.rules import Example, Finding, Rule, Scenario, Severity


class NoOptimizerStep(Rule):
    """The run makes no optimizer step: nothing is trained.

    **What.** The data does not fill a single batch and `drop_last` throws the rest away, or the
    epochs or steps asked for come to nothing.

    **Why it costs you.** Some trainers stop with a message that names another cause ("max_steps
    must be set … dataloader does not have a length"); others train for zero steps, save a
    checkpoint and exit with success.

    **What to do.** Make the batch over all ranks smaller than the data, or keep the last batch.

    **Silent** while the size of the data or the number of processes is not known.
    """

    code = "SL101"
    name = "no-optimizer-step"
    severity = Severity.ERROR
    needs = ("total_steps",)
    sources = (
        "https://github.com/NVIDIA-NeMo/Megatron-Bridge/issues/4926",
        "transformers trainer.py:Trainer.set_initial_training_values",
    )
    bad = (
        Example(
            """\
output_dir: out
per_device_train_batch_size: 16
dataloader_drop_last: true
num_train_epochs: 3
""",
            line=3,
            column=1,
            message="100 samples do not fill one batch of 128",
            flags={"world_size": 8, "dataset_size": 100},
        ),
        Example(
            """\
output_dir: out
per_device_train_batch_size: 16
num_train_epochs: 0
""",
            line=3,
            column=1,
            message="num_train_epochs: 0: the run makes 0 optimizer steps",
            flags={"world_size": 1, "dataset_size": 100},
        ),
    )
    good = (
        Example(
            """\
output_dir: out
per_device_train_batch_size: 16
dataloader_drop_last: true
num_train_epochs: 3
""",
            flags={"world_size": 8, "dataset_size": 128},
        ),
        Example(
            """\
output_dir: out
per_device_train_batch_size: 16
dataloader_drop_last: true
num_train_epochs: 3
""",
            flags={"dataset_size": 100},
        ),
    )

    def check(self, run: Scenario) -> Iterator[Finding]:
        batches, total = run["batches_per_epoch"], run["total_steps"]
        data, micro, ranks = run["dataset_size"], run["micro_batch_size"], run["data_parallel_size"]
        if run.certainly(batches < 1):
            size = run["loader_batch_size"] if "loader_batch_size" in run.words else micro
            message = f"{data} samples do not fill one batch of {size}, and the rest is dropped"
            drop_last = run.fact("drop_last")
            yield self.found(run, message, drop_last or micro, data, micro, ranks, batches)
        elif run.certainly(total < 1):
            asked = (run["max_steps"], run["epochs"])
            none = next((each for each in asked if each.stated and each.high == 0), None)
            asks = f"{none.text}: " if none else ""
            yield self.found(run, f"{asks}the run makes 0 optimizer steps", none or total, total)
