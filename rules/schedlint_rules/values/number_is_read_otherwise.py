"""SL710 number-is-read-otherwise."""

from __future__ import annotations

import re
from collections.abc import Iterator

from schedlint.rules import Example, Finding, Fix, Rule, Scenario, Setting, Severity, change

_OCTAL = re.compile(r"[-+]?0[0-7_]+")
_SIXTIES = re.compile(r"[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?")


class NumberIsReadOtherwise(Rule):
    """A number that the loader reads as another one than it looks like.

    **What.** YAML 1.1, which PyYAML reads, takes a leading zero for octal digits and colons for
    base 60: `010` is 8, `1:30` is 90.

    **Why it costs you.** The run is computed with a number that nobody has written.

    **What to do.** Write the number without the zero, or the whole number of what is counted.

    **Fix.** Unsafe: the number that the digits say, without the leading zero.

    **Silent** where the digits mean the same either way (`007`), and where the framework's own
    reader takes them as they look.
    """

    code = "SL710"
    name = "number-is-read-otherwise"
    severity = Severity.WARNING
    needs = ("schema",)
    sources = (
        "https://github.com/yaml/pyyaml/issues/107",
        "https://yaml.org/type/int.html",
    )
    bad = (
        Example(
            """\
output_dir: out
per_device_train_batch_size: 010
""",
            line=2,
            column=1,
            message="is read as 8",
            fixed="""\
output_dir: out
per_device_train_batch_size: 10
""",
        ),
        Example(
            """\
output_dir: out
per_device_train_batch_size: 8
max_steps: 1:30
""",
            line=3,
            column=1,
            message="is read as 90",
        ),
    )
    good = (
        Example(
            """\
output_dir: out
per_device_train_batch_size: 08
max_steps: 1_000
seed: 007
"""
        ),
    )

    def check(self, run: Scenario) -> Iterator[Finding]:
        for use in run.uses:
            if use.known is not None and _differs(use.setting):
                setting = use.setting
                message = f"{setting.text} is read as {setting.value}: write the number itself"
                yield self.found(run, message, setting, fix=_fix(setting))


def _differs(setting: Setting) -> bool:
    """Whether what was read is not what the digits say to a person."""
    written, value = setting.written, setting.number
    if written is None or value is None:
        return False
    if _SIXTIES.fullmatch(written):
        return True
    return bool(_OCTAL.fullmatch(written)) and int(written.replace("_", ""), 10) != value


def _fix(setting: Setting) -> Fix | None:
    """The number that the digits say; what colons were meant for, nobody can tell."""
    written = setting.written or ""
    if not _OCTAL.fullmatch(written):
        return None
    return change(setting, int(written.replace("_", ""), 10), f"it has been {setting.value}")
