"""SL706 unknown-key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from schedlint.rules import Example, Finding, Rule, Scenario, Severity, Use, renaming

WITHOUT: Mapping[str | None, str] = {
    "refused": "refuses it at start",
    "ignored": "passes it over in silence",
    "elsewhere": "does not take it",
    None: "does not know it",
}
"""What becomes of a key that is not known."""

SEVERITY: Mapping[str | None, Severity] = {
    "refused": Severity.ERROR,
    "ignored": Severity.WARNING,
    "elsewhere": Severity.ERROR,
    None: Severity.WARNING,
}
"""How bad it is that a version does not have a key of the framework's own."""


class UnknownKey(Rule):
    """A key that no release of the framework knows.

    **What.** The key is not among those that the framework's own classes declare, in any release;
    often it is a slip of the hand, and a known key is near.

    **Why it costs you.** Some frameworks stop at their start. Others pass the line over in silence:
    the run trains with the default, and nobody is told.

    **What to do.** Write the key that the message names, or remove the line.

    Where no known key is near it is a warning while the version is not told: a release that came
    after schedlint's list of keys may have it.

    **Fix.** Unsafe: the known key that is near.

    **Silent** where a key may belong to a script that reads the same file and no known key is near,
    and in sections that take free content.
    """

    code = "SL706"
    name = "unknown-key"
    severity = Severity.ERROR
    needs = ("schema",)
    sources = (
        "https://github.com/facebookresearch/detectron2/issues/2787",
        "https://github.com/huggingface/transformers/blob/main/src/transformers/hf_argparser.py",
    )
    bad = (
        Example(
            """\
output_dir: out
per_device_train_batch_size: 8
warmup_step: 100
""",
            line=3,
            column=1,
            message="did you mean warmup_steps?",
            fixed="""\
output_dir: out
per_device_train_batch_size: 8
warmup_steps: 100
""",
        ),
        Example(
            """\
compute_environment: LOCAL_MACHINE
distributed_type: MULTI_GPU
num_processes: 2
of_our_own: 1
""",
            line=4,
            column=1,
            message="of_our_own is no key of Hugging Face accelerate, which refuses it at start",
            packages=("accelerate==1.10.0",),
        ),
    )
    good = (
        Example(
            """\
output_dir: out
per_device_train_batch_size: 8
warmup_steps: 100
dataset_of_our_own: here
"""
        ),
    )

    def check(self, run: Scenario) -> Iterator[Finding]:
        for use in run.uses:
            if use.known is None and use.fate.unknown is not None:
                yield from self._unknown(run, use)

    def _unknown(self, run: Scenario, use: Use) -> Iterator[Finding]:
        near = use.nearest()
        refused = use.fate.unknown == "refused"
        if near is None and not refused:
            return
        always = near is not None or not use.fate.versions  # a slip is one in any version
        told = use.fate.unknown != "elsewhere" and not (near and use.fate.versions)
        what = f", which {WITHOUT[use.fate.unknown]}" if told else ""
        hint = use.fate.instead if near is None else f"did you mean {near}?"
        read = use.covered and use.fate.certain
        certain = refused and not use.fate.versions and (near is not None or read)
        severity = Severity.ERROR if certain else Severity.WARNING
        message = f"{use.setting.key} is no key of {use.framework.title}{what}: {hint}"
        fix = None if near is None else renaming(use.setting, near)
        finding = self.found(run, message, use.setting, severity=severity, fix=fix)
        if always:
            yield finding
        else:
            yield replace(finding, severity=Severity.INFO, versions=use.fate.versions)
