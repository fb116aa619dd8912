"""SL709 value-of-another-type."""

from __future__ import annotations

from collections.abc import Iterator

from schedlint.rules import Example, Finding, Rule, Scenario, Severity
from schedlint_rules.values.number_is_text import is_number_as_text

_NAMES = {
    "integer": "a whole number",
    "number": "a number",
    "string": "text",
    "boolean": "true or false",
    "array": "a list",
    "object": "a mapping",
}


class ValueOfAnotherType(Rule):
    """A value of a kind that the key does not take.

    **What.** The framework declares what goes under the key: a number, a list, one of some words.
    What stands there is none of it, and nothing that the framework converts makes it so.

    **Why it costs you.** The config is refused at start; or, where nothing checks it, training
    stops at the first line that computes with it.

    **What to do.** Give a value of the kind that the message names.

    **Silent** about values that are known only when the config is loaded (`${…}`), about what the
    framework converts itself, and where number-is-text or value-is-refused say more.
    """

    code = "SL709"
    name = "value-of-another-type"
    severity = Severity.ERROR
    needs = ("schema",)
    sources = (
        "https://github.com/axolotl-ai-cloud/axolotl/pull/1840",
        "https://github.com/axolotl-ai-cloud/axolotl/blob/main/src/axolotl/utils/schemas/config.py",
    )
    bad = (
        Example(
            """\
base_model: m
datasets: [{path: p, type: alpaca}]
micro_batch_size: 2
lora_r: sixteen
""",
            line=4,
            column=1,
            message="lora_r: sixteen is not what goes there: a whole number is needed",
        ),
        Example(
            """\
output_dir: out
per_device_train_batch_size: 8
save_total_limit: [2]
""",
            line=3,
            column=1,
            message="a whole number is needed",
        ),
        Example(
            """\
output_dir: out
per_device_train_batch_size: 8
hub_strategy: each_save
""",
            line=3,
            column=1,
            message="one of end, every_save, checkpoint, all_checkpoints is needed",
        ),
    )
    good = (
        Example(
            """\
base_model: m
datasets: [{path: p, type: alpaca}]
micro_batch_size: 2
lora_r: "16"
lora_alpha: ${alpha}
"""
        ),
        Example(
            """\
output_dir: out
per_device_train_batch_size: 8
save_total_limit: 2
hub_strategy: every_save
"""
        ),
    )

    def check(self, run: Scenario) -> Iterator[Finding]:
        told = _told(run)
        for use in run.uses:
            if use.known is None or use.setting.place in told or is_number_as_text(use):
                continue
            if use.misfits():
                message = (
                    f"{use.setting.text} is not what goes there: {_needed(use.known.schema)} "
                    "is needed"
                )
                yield self.found(run, message, use.setting)


def _told(run: Scenario) -> set[object]:
    """The places of values of which number-is-text and others speak."""
    settings = [*(each.setting for each in run.refusals), *(m.setting for m in run.misreadings)]
    impossible = (each.claims for each in run.contradictions if len(each.claims) == 1)
    return {*(each.place for each in settings), *(claim.place for (claim,) in impossible)}


def _needed(schema: dict[str, object]) -> str:
    """`a whole number`, `one of no, steps, epoch`."""
    listed = schema.get("enum")
    if isinstance(listed, list):
        words = [str(each) for each in listed if each is not None]
        return f"one of {', '.join(words)}" if len(words) > 1 else words[0]
    parts = schema.get("anyOf")
    if isinstance(parts, list):
        return " or ".join(dict.fromkeys(_needed(p) for p in parts if p != {"type": "null"}))
    types = schema.get("type")
    names = [types] if isinstance(types, str) else list(types) if isinstance(types, list) else []
    return " or ".join(_NAMES[str(each)] for each in names if each != "null")
