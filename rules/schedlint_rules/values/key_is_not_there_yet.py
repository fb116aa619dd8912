"""SL707 key-is-not-there-yet."""

from __future__ import annotations

from collections.abc import Iterator

from schedlint.rules import Example, Finding, Rule, Scenario, Severity
from schedlint_rules.values.unknown_key import SEVERITY, WITHOUT


class KeyIsNotThereYet(Rule):
    """A key that came with a later version than the one in force.

    **What.** The framework knows the key, but only from a later release on.

    **Why it costs you.** The version in force refuses the config at start, or passes the line over
    in silence and trains without what it asks for.

    **What to do.** Install a release that has the key, or leave it out.

    **Silent** while the version is not told (`--package`, settings), and where a version that is
    still possible has the key. Where a script shares the file it is worth knowing, no more: the
    script may have had the key before the framework.
    """

    code = "SL707"
    name = "key-is-not-there-yet"
    severity = Severity.ERROR
    needs = ("schema",)
    sources = (
        "https://github.com/hiyouga/LLaMA-Factory/issues/5328",
        "https://github.com/huggingface/transformers/blob/main/src/transformers/training_args.py",
    )
    bad = (
        Example(
            """\
output_dir: out
per_device_train_batch_size: 8
evaluation_strategy: steps
""",
            line=3,
            column=1,
            message="evaluation_strategy came with transformers 3.2.0",
            packages=("transformers==3.1.0",),
        ),
    )
    good = (
        Example(
            """\
output_dir: out
per_device_train_batch_size: 8
evaluation_strategy: steps
""",
            packages=("transformers==4.40.2",),
        ),
        Example(
            """\
output_dir: out
per_device_train_batch_size: 8
eval_on_start: true
"""
        ),
    )

    def check(self, run: Scenario) -> Iterator[Finding]:
        for use in run.uses:
            if (to_come := use.to_come) is not None:
                message = (
                    f"{use.setting.key} came with {to_come.package} {to_come.since}; the version "
                    f"in force {WITHOUT[use.fate.unknown]}"
                )
                script = use.fate.unknown == "elsewhere"  # it may have had the key before
                severity = Severity.INFO if script else SEVERITY[use.fate.unknown]
                yield self.found(run, message, use.setting, severity=severity)
