"""SL705 key-is-gone."""

from __future__ import annotations

from collections.abc import Iterator

from schedlint.rules import Example, Finding, Rule, Scenario, Severity
from schedlint_rules.values.unknown_key import SEVERITY, WITHOUT


class KeyIsGone(Rule):
    """A key that the version in force does not know any more.

    **What.** The framework has renamed or removed the key.

    **Why it costs you.** It refuses the config at start, or, where unknown keys pass, goes on with
    the default as if the line were not there.

    **What to do.** Use the key that the message names.

    **Silent** under versions that still know the key. While the version is not known the finding is
    no more than worth knowing, and says from which version on it holds; it is a warning where all
    versions that are possible know the new key, and some of them no other.
    """

    code = "SL705"
    name = "key-is-gone"
    severity = Severity.ERROR
    needs = ("gone keys",)
    sources = (
        "https://github.com/lavis-nlp/jerex/issues/19",
        "transformers training_args.py:TrainingArguments",
    )
    bad = (
        Example(
            """\
output_dir: out
per_device_train_batch_size: 8
evaluation_strategy: epoch
""",
            line=3,
            column=1,
            message="eval_strategy",
            packages=("transformers==4.57.6",),
        ),
        Example(
            """\
output_dir: out
per_device_train_batch_size: 8
jit_mode_eval: true
""",
            line=3,
            column=1,
            message="jit_mode_eval is gone since transformers 5.0.0",
            packages=("transformers==5.23.0",),
        ),
    )
    good = (
        Example(
            """\
output_dir: out
per_device_train_batch_size: 8
evaluation_strategy: epoch
""",
            packages=("transformers==4.46.3",),
        ),
        Example(
            """\
output_dir: out
per_device_train_batch_size: 8
eval_strategy: epoch
""",
            packages=("transformers==4.57.6",),
        ),
    )

    def check(self, run: Scenario) -> Iterator[Finding]:
        told = set()
        for setting, gone in run.gone_keys:
            told.add(setting.place)
            since = f"{gone.change.package} {gone.change.version}"
            message = f"{setting.key} is gone since {since}: {gone.instead}"
            yield self.found(run, message, setting)
        for setting, gone in run.going_keys:
            since = f"{gone.change.package} {gone.change.version}"
            message = f"{setting.key} is on its way out and gone in {since}: {gone.instead}"
            yield self.found(run, message, setting, severity=Severity.WARNING)
        for use in run.uses:
            if use.setting.place not in told and (ended := use.ended) is not None:
                message = (
                    f"{use.setting.key} is gone since {ended.package} {ended.until}, which "
                    f"{WITHOUT[use.fate.unknown]}: {use.fate.instead}"
                )
                yield self.found(run, message, use.setting, severity=SEVERITY[use.fate.unknown])
