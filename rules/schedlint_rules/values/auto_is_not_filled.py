"""SL702 auto-is-not-filled."""

from __future__ import annotations

from collections.abc import Iterator

from schedlint.rules import Example, Finding, Rule, Scenario, Severity, removal


class AutoIsNotFilled(Rule):
    """A DeepSpeed file says `"auto"` where nothing fills a value in.

    **What.** transformers and accelerate replace `"auto"` under the keys that they have a value
    for. Under any other key there is nothing to put in its place.

    **Why it costs you.** accelerate stops when it prepares the engine, after the model has been
    loaded ("not found in kwargs. Please specify … without `auto`").

    **What to do.** State the value, or leave the key out for DeepSpeed's default.

    **Fix.** Unsafe: removes the key, for DeepSpeed's default.

    **Silent** about a DeepSpeed file on its own: it may be meant for a trainer that is not here.
    """

    code = "SL702"
    name = "auto-is-not-filled"
    severity = Severity.ERROR
    needs = ("automatics",)
    sources = (
        "https://github.com/deepspeedai/DeepSpeed/issues/1270",
        "accelerate utils/dataclasses.py:DeepSpeedPlugin.fill_match",
    )
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
            fixed='{"zero_optimization": {}}',
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
                yield self.found(run, message, setting, fix=removal(setting, "the default"))
