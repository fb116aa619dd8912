"""SL705 key-is-gone."""

from __future__ import annotations

from collections.abc import Iterator

from schedlint.rules import (
    Example,
    Finding,
    Fix,
    Rule,
    Scenario,
    Setting,
    Severity,
    removal,
    renaming,
)
from schedlint_rules.values.unknown_key import SEVERITY, WITHOUT


class KeyIsGone(Rule):
    """A key that the version in force does not know any more.

    **What.** The framework has renamed or removed the key.

    **Why it costs you.** It refuses the config at start, or, where unknown keys pass, goes on with
    the default as if the line were not there.

    **What to do.** Use the key that the message names.

    **Fix.** Safe: the new name, where the value means the same there, or the new value is known;
    without a key that is passed over and has no new name. Unsafe where a line has been passed over
    and would count from then on, or where a key that is refused can only be removed.

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
base_model: m
datasets: [{path: p, type: alpaca}]
micro_batch_size: 2
gradient_accumulation_steps: 1
gptq_groupsize: 128
""",
            line=5,
            column=1,
            message="which passes it over in silence: remove it",
            packages=("axolotl==0.18.0",),
            fixed="""\
base_model: m
datasets: [{path: p, type: alpaca}]
micro_batch_size: 2
gradient_accumulation_steps: 1
""",
        ),
        Example(
            """\
trainer:
  gpus: 2  # both
  max_epochs: 3
  accumulate_grad_batches: 1
""",
            line=2,
            column=3,
            message="use accelerator: gpu and devices",
            packages=("lightning==2.2.0",),
            fixed="""\
trainer:
  devices: 2  # both
  accelerator: gpu
  max_epochs: 3
  accumulate_grad_batches: 1
""",
        ),
        Example(
            """\
output_dir: out
per_device_train_batch_size: 8
warmup_ratio: 0.10
""",
            line=3,
            column=1,
            message="warmup_steps below 1 is the fraction",
            packages=("transformers==5.20.0",),
            fixed="""\
output_dir: out
per_device_train_batch_size: 8
warmup_steps: 0.10
""",
        ),
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
            fixed="""\
output_dir: out
per_device_train_batch_size: 8
eval_strategy: epoch
""",
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
            fixed="""\
output_dir: out
per_device_train_batch_size: 8
""",
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
        told = {refused.setting.place for refused in run.refusals}
        for setting, gone in run.gone_keys:
            told.add(setting.place)
            since = f"{gone.change.package} {gone.change.version}"
            message = f"{setting.key} is gone since {since}: {gone.instead}"
            yield self.found(run, message, setting, fix=_fix(run, setting))
        for setting, gone in run.going_keys:
            since = f"{gone.change.package} {gone.change.version}"
            message = f"{setting.key} is on its way out and gone in {since}: {gone.instead}"
            fix = _fix(run, setting)
            yield self.found(run, message, setting, severity=Severity.WARNING, fix=fix)
        for use in run.uses:
            if use.setting.place not in told and (ended := use.ended) is not None:
                message = (
                    f"{use.setting.key} is gone since {ended.package} {ended.until}, which "
                    f"{WITHOUT[use.fate.unknown]}: {use.fate.instead}"
                )
                severity, fix = SEVERITY[use.fate.unknown], _fix(run, use.setting)
                yield self.found(run, message, use.setting, severity=severity, fix=fix)


def _fix(run: Scenario, setting: Setting) -> Fix | None:
    """The key that says the same today; where there is none, without the key.

    A line that has been passed over so far would count from now on: that is not safe. To remove it
    is.
    """
    use = next((use for use in run.uses if use.setting.place == setting.place), None)
    framework = run.framework if use is None else use.framework
    refused = [gone.place for gone, _ in run.gone_keys]
    refused += [refusal.setting.place for refusal in run.refusals]
    ignored = use is not None and use.fate.unknown == "ignored"
    passed_over = ignored and setting.place not in refused
    instead = framework.instead_of(setting)
    if instead is None:
        return removal(setting, safe=passed_over and use is not None and use.fate.certain)
    name, value, beside = instead
    return renaming(setting, name, value, beside, safe=not passed_over)
