"""SL202 files-disagree."""

from __future__ import annotations

from collections.abc import Iterator

from schedlint.rules import Example, Finding, Rule, Scenario, Severity
from schedlint_rules.contradiction import contradictions, finding


class FilesDisagree(Rule):
    """Two files of one run give different values for the same number.

    **What.** The trainer's config and its DeepSpeed or launcher file both state, or imply, a batch
    size, an accumulation, a number of processes or a length, and they differ.

    **Why it costs you.** transformers stops at train start ("Please correct the following DeepSpeed
    config values"); where nobody compares, one file wins in silence and the global batch is another
    one than the other file says.

    **What to do.** State the number in one file. In a DeepSpeed file under transformers or
    accelerate, `"auto"` takes the trainer's value.

    **Fix.** Safe: `auto` in a DeepSpeed file, where the trainer fills it in.

    **Silent** about `"auto"`, and while a fact is missing that could make the files agree.
    """

    code = "SL202"
    name = "files-disagree"
    severity = Severity.ERROR
    needs = ("contradictions",)
    sources = (
        "https://github.com/huggingface/transformers/issues/27830",
        "transformers integrations/deepspeed.py:HfTrainerDeepSpeedConfig.ds_match",
    )
    bad = (
        Example(
            """\
output_dir: out
per_device_train_batch_size: 8
deepspeed: ds.json
""",
            line=1,
            column=27,
            message="per_gpu: 1 (ds.json), but per_device_train_batch_size: 8 (train.yaml)",
            found_in="ds.json",
            files={"ds.json": '{"zero_optimization": {}, "train_micro_batch_size_per_gpu": 1}'},
            fixed='{"zero_optimization": {}, "train_micro_batch_size_per_gpu": "auto"}',
        ),
    )
    good = (
        Example(
            """\
output_dir: out
per_device_train_batch_size: 8
deepspeed: ds.json
""",
            files={
                "ds.json": '{"zero_optimization": {}, "train_micro_batch_size_per_gpu": "auto"}'
            },
        ),
    )

    def check(self, run: Scenario) -> Iterator[Finding]:
        for each in contradictions(run, "files"):
            yield finding(self, run, each)
