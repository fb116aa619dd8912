"""SL802 key-is-given-twice."""

from __future__ import annotations

from collections.abc import Iterator

from schedlint.rules import Example, Finding, Related, Rule, Scenario, Severity, removal


class KeyIsGivenTwice(Rule):
    """A key stands twice in one object.

    **What.** Readers of YAML and JSON mostly keep the last of two equal keys and say nothing; some
    stop there (OmegaConf, DeepSpeed).

    **Why it costs you.** The line that you see first, and may change, has no effect.

    **What to do.** Remove the line that is not meant.

    Where both say the same it is worth knowing, no more.

    **Fix.** Safe: removes the earlier one, which nobody reads. Unsafe where both differ and are
    refused, or may be: under Hydra, or in a training loop of one's own.

    **Silent** about a key that overrides one that comes through a merge (`<<`): that is what merges
    are for.
    """

    code = "SL802"
    name = "key-is-given-twice"
    severity = Severity.WARNING
    needs = ()
    sources = (
        "https://github.com/snowflakedb/ArcticTraining/issues/85",
        "https://github.com/yaml/pyyaml/issues/165",
        "deepspeed runtime/config_utils.py:dict_raise_error_on_duplicate_keys",
    )
    bad = (
        Example(
            """\
output_dir: out
per_device_train_batch_size: 8
learning_rate: 1.0e-4
warmup_steps: 100
learning_rate: 2.0e-5
""",
            line=3,
            column=1,
            message="learning_rate: 2.0e-5 in line 5 wins",
            fixed="""\
output_dir: out
per_device_train_batch_size: 8
warmup_steps: 100
learning_rate: 2.0e-5
""",
        ),
        Example(
            """\
{"train_micro_batch_size_per_gpu": 4,
 "gradient_accumulation_steps": 2,
 "gradient_accumulation_steps": 4}
""",
            line=2,
            column=2,
            message="which DeepSpeed refuses",
            file="ds.json",
            fixed="""\
{"train_micro_batch_size_per_gpu": 4,
 "gradient_accumulation_steps": 4}
""",
        ),
    )
    good = (
        Example(
            """\
defaults: &defaults
  learning_rate: 1.0e-4
output_dir: out
per_device_train_batch_size: 8
<<: *defaults
learning_rate: 2.0e-5
"""
        ),
    )

    def check(self, run: Scenario) -> Iterator[Finding]:
        for lost, winner, framework in run.duplicates:
            again = winner.place
            assert again is not None, "what stands twice has a place"
            same = lost.written is not None and lost.written == winner.written
            if framework.refuses_duplicates:
                message = f"{lost.key} is given twice, which {framework.title} refuses"
                severity = Severity.ERROR
            else:
                message = f"{lost.key} is given twice: {winner.text} in line {again.line} wins"
                severity = Severity.INFO if same else self.severity
            related = (Related(again, "the same key again"),)
            stops = framework.refuses_duplicates or framework.may_refuse_duplicates
            dead = same or not stops
            fix = removal(lost, f"line {again.line} stays", safe=dead)
            yield self.found(run, message, lost, related=related, severity=severity, fix=fix)
