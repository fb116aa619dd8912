"""SL601 two-half-precisions."""

from __future__ import annotations

from collections.abc import Iterator

from schedlint.rules import Example, Finding, Related, Rule, Scenario, Severity, change


class TwoHalfPrecisions(Rule):
    """float16 and bfloat16 are both switched on.

    **What.** Mixed precision has one half type. Both flags are true.

    **Why it costs you.** transformers and DeepSpeed refuse at start; a framework that does not
    takes one of the two without a word.

    **What to do.** Keep `bf16` on hardware that has it (compute capability 8.0 and later), else
    `fp16`.

    **Fix.** Unsafe: bfloat16 stays, float16 goes off.
    """

    code = "SL601"
    name = "two-half-precisions"
    severity = Severity.ERROR
    needs = ("fp16", "bf16")
    sources = (
        "https://github.com/Eiztrips/ai-responder/issues/7",
        "transformers training_args.py:TrainingArguments.__post_init__",
        "deepspeed runtime/config.py:DeepSpeedConfig._do_error_check",
    )
    bad = (
        Example(
            """\
output_dir: out
per_device_train_batch_size: 8
fp16: true
bf16: true
""",
            line=4,
            column=1,
            message="both",
            fixed="""\
output_dir: out
per_device_train_batch_size: 8
fp16: false
bf16: true
""",
        ),
        Example(
            """\
{
  "train_micro_batch_size_per_gpu": 1,
  "fp16": {"enabled": true},
  "bf16": {"enabled": true}
}
""",
            line=4,
            column=12,
            message="both",
            file="ds.json",
            fixed="""\
{
  "train_micro_batch_size_per_gpu": 1,
  "fp16": {"enabled": false},
  "bf16": {"enabled": true}
}
""",
        ),
    )
    good = (
        Example(
            """\
output_dir: out
per_device_train_batch_size: 8
fp16: false
bf16: true
"""
        ),
    )

    def check(self, run: Scenario) -> Iterator[Finding]:
        fp16, bf16 = run.fact("fp16"), run.fact("bf16")
        if fp16 is None or bf16 is None or fp16.value is not True or bf16.value is not True:
            return
        spot, other = (bf16, fp16) if bf16.place else (fp16, bf16)
        related = (Related(other.place, other.text),) if other.place else ()
        message = f"{fp16.text} and {bf16.text} are both on: only one half precision can be"
        fix = change(fp16, False, "bfloat16 stays")
        yield self.found(run, message, spot, fp16, bf16, related=related, fix=fix)
