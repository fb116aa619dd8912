"""SL702 auto-is-not-filled."""

from __future__ import annotations

from collections.abc import Iterator

from schedlint.rules import Example, Finding, Rule, Scenario, Severity


class AutoIsNotFilled(Rule):
    """A DeepSpeed file says `"auto"` where nothing fills a value in.

    **What.** transformers replaces `"auto"` under the keys that it has a value for. Under any other
    key the text stays, or DeepSpeed drops it and takes its default.

    **Why it costs you.** `"stage": "auto"` ends as stage 0: no ZeRO, and the job runs out of memory
    or trains slower than planned without a word.

    **What to do.** State the value.

    **Silent** about a DeepSpeed file on its own: it may be meant for a trainer that is not here.
    """

    code = "SL702"
    name = "auto-is-not-filled"
    severity = Severity.WARNING
    sources = ("transformers integrations/deepspeed.py:HfTrainerDeepSpeedConfig",)
    bad = (
        Example(
            """\
output_dir: out
per_device_train_batch_size: 8
deepspeed: ds.json
""",
            line=1,
            column=24,
            message="nothing fills",
            found_in="ds.json",
            files={"ds.json": '{"zero_optimization": {"allgather_bucket_size": "auto"}}'},
        ),
    )
    good = (
        Example(
            """\
output_dir: out
per_device_train_batch_size: 8
deepspeed: ds.json
""",
            files={"ds.json": '{"zero_optimization": {"stage": 2}, "train_batch_size": "auto"}'},
        ),
        Example('{"zero_optimization": {"allgather_bucket_size": "auto"}}', file="ds.json"),
    )

    def check(self, run: Scenario) -> Iterator[Finding]:
        if len(run.documents) == 1 and run.framework.name == "deepspeed":
            return
        for setting, filled_by in run.automatics:
            if filled_by is None:
                message = f'{setting.key} is "auto", and nothing fills it in: state the value'
                yield self.found(run, message, setting)
