"""SL305 horizon-counts-unpacked-rows."""

from __future__ import annotations

from collections.abc import Iterator

from schedlint.rules import Example, Finding, Rule, Scenario, Severity


class HorizonCountsUnpackedRows(Rule):
    """The schedule is laid out over the samples before packing, the run ends after packing.

    **What.** TRL before 0.7.5 packs while it trains: the steps are planned from the rows of the
    data set, and the packed data is used up long before.

    **Why it costs you.** The run ends in the middle of the schedule, at a high learning rate, and
    warm-up by a ratio takes several times as long as meant.

    **What to do.** Give `max_steps`, counted from the packed rows, or take TRL 0.7.5 or later.

    **Silent** where `max_steps` is given.
    """

    code = "SL305"
    name = "horizon-counts-unpacked-rows"
    severity = Severity.WARNING
    needs = ("unpacked_horizon",)
    sources = ("https://github.com/huggingface/alignment-handbook/issues/31",)
    bad = (
        Example(
            """\
model_name_or_path: m
dataset_mixer: {d: 1.0}
output_dir: out
max_seq_length: 2048
packing: true
per_device_train_batch_size: 32
num_train_epochs: 1
""",
            line=5,
            column=1,
            message="steps are planned from the rows before packing",
            packages=("trl==0.7.4",),
        ),
    )
    good = (
        Example(
            """\
model_name_or_path: m
dataset_mixer: {d: 1.0}
output_dir: out
max_seq_length: 2048
packing: true
per_device_train_batch_size: 32
max_steps: 272
""",
            packages=("trl==0.7.4",),
        ),
        Example(
            """\
model_name_or_path: m
dataset_mixer: {d: 1.0}
output_dir: out
max_seq_length: 2048
packing: true
per_device_train_batch_size: 32
num_train_epochs: 1
""",
            packages=("trl==0.8.1",),
        ),
    )

    def check(self, run: Scenario) -> Iterator[Finding]:
        packing = run.fact("unpacked_horizon")
        if packing is not None:
            message = (
                "steps are planned from the rows before packing, and the packed data ends first: "
                "give max_steps"
            )
            yield self.found(run, message, packing, packing)
