"""SL708 boolean-is-text."""

from __future__ import annotations

from collections.abc import Iterator

from schedlint.rules import Example, Finding, Rule, Scenario, Severity, change

_NO = frozenset({"false", "no", "off", "n", "f", "none", "0"})


class BooleanIsText(Rule):
    """A switch is turned off with text, and text counts as on.

    **What.** In quotes, `"false"` is text. A framework that takes values as they are read asks
    whether there is any, and every text but the empty one counts as yes.

    **Why it costs you.** The run does the opposite of what the line says, and nothing tells.

    **What to do.** Write `false`, without quotes.

    **Fix.** Unsafe: `false`. The run has had it on so far.

    **Silent** where the framework reads such text as a boolean itself (pydantic, argparse,
    jsonargparse), and about text that does not say no.
    """

    code = "SL708"
    name = "boolean-is-text"
    severity = Severity.ERROR
    needs = ("schema",)
    sources = ("transformers hf_argparser.py:HfArgumentParser.parse_dict",)
    bad = (
        Example(
            """\
output_dir: out
per_device_train_batch_size: 8
gradient_checkpointing: "false"
""",
            line=3,
            column=1,
            message="counts as true: write false",
            fixed="""\
output_dir: out
per_device_train_batch_size: 8
gradient_checkpointing: false
""",
        ),
    )
    good = (
        Example(
            """\
output_dir: out
per_device_train_batch_size: 8
gradient_checkpointing: false
run_name: "no"
"""
        ),
        Example(
            """\
base_model: m
datasets: [{path: p, type: alpaca}]
micro_batch_size: 2
gradient_checkpointing: "false"
"""
        ),
    )

    def check(self, run: Scenario) -> Iterator[Finding]:
        for use in run.uses:
            value = use.setting.value
            if use.is_raw("boolean") and isinstance(value, str) and value.lower() in _NO:
                message = f"{use.setting.text} is text, which counts as true: write false"
                yield self.found(run, message, use.setting, fix=change(use.setting, False))
