"""SL701 number-is-text."""

from __future__ import annotations

import math
from collections.abc import Iterator

from schedlint.rules import (
    Example,
    Finding,
    Fix,
    Rule,
    Scenario,
    Setting,
    SetValue,
    Severity,
    Use,
    spelled,
)


class NumberIsText(Rule):
    """A number that the framework's loader reads as text.

    **What.** YAML 1.1, which PyYAML reads, needs a dot in a number with an exponent: `1e-5` is
    text, `1.0e-5` is a number. The same goes for a number in quotes.

    **Why it costs you.** The config parser often lets it pass; training dies when the optimizer
    first compares it with a number ("'<=' not supported between instances of 'float' and 'str'").

    **What to do.** Write `1.0e-5`, without quotes.

    **Fix.** Safe: writes the number as the loader reads it, with the digits that are there. Unsafe
    for plain training loops, which may want the text.

    **Silent** where the framework converts text itself or reads YAML in another way (TRL's command
    line, OmegaConf), and about text that is no number at all: somebody may fill it in.
    """

    code = "SL701"
    name = "number-is-text"
    severity = Severity.ERROR
    needs = ("misreadings",)
    sources = ("https://github.com/yaml/pyyaml/issues/173",)
    bad = (
        Example(
            """\
output_dir: out
per_device_train_batch_size: 8
learning_rate: 2e-5
""",
            line=3,
            column=1,
            message="write 2.0e-5",
            fixed="""\
output_dir: out
per_device_train_batch_size: 8
learning_rate: 2.0e-5
""",
        ),
        Example(
            """\
output_dir: out
per_device_train_batch_size: "8"
""",
            line=2,
            column=1,
            message="write 8",
            fixed="""\
output_dir: out
per_device_train_batch_size: 8
""",
        ),
        Example(
            """\
output_dir: out
per_device_train_batch_size: 8
adam_epsilon: 1e-8
""",
            line=3,
            column=1,
            message="write 1.0e-8",
            fixed="""\
output_dir: out
per_device_train_batch_size: 8
adam_epsilon: 1.0e-8
""",
        ),
    )
    good = (
        Example(
            """\
output_dir: out
per_device_train_batch_size: 8
learning_rate: 2.0e-5
"""
        ),
        Example(
            """\
output_dir: out
per_device_train_batch_size: 8
learning_rate: ${LR}
"""
        ),
    )

    def check(self, run: Scenario) -> Iterator[Finding]:
        told = set()
        for setting, needed, read in (*run.misreadings, *_by_schema(run)):
            if read != "text" or not _is_number(str(setting.value)) or setting.place in told:
                continue
            told.add(setting.place)
            value = _as_number(str(setting.value), needed)
            assert setting.entry is not None, "only what a file says can be text"
            written = spelled(value, setting.entry.value)
            message = f"{setting.text} is text to the loader, {needed} is needed: write {written}"
            # Which reader a house's own loop uses is not known for certain.
            certain = bool(run.framework.packages)
            severity = Severity.ERROR if certain else Severity.WARNING
            fix = Fix(f"write {written}", (SetValue(setting.entry, value),), safe=certain)
            yield self.found(run, message, setting, severity=severity, fix=fix)


def _by_schema(run: Scenario) -> Iterator[tuple[Setting, str, str]]:
    """Text under keys that take numbers only, where the framework takes values as they are read."""
    for use in run.uses:
        if is_number_as_text(use):
            needed = "a whole number" if use.is_raw("integer") else "a number"
            yield use.setting, needed, "text"


def is_number_as_text(use: Use) -> bool:
    """Whether text stands under a key that takes numbers only, and is one."""
    value = use.setting.value
    return use.is_raw("integer", "number") and isinstance(value, str) and _is_number(value)


def _is_number(text: str) -> bool:
    try:
        number = float(text)
    except ValueError:
        return False
    return math.isfinite(number) and any(sign.isdigit() for sign in text)


def _as_number(text: str, needed: str) -> int | float:
    """The number that a text is; whole where a whole one is needed and it is one."""
    try:
        return int(text)
    except ValueError:
        number = float(text)
    return int(number) if needed == "a whole number" and number.is_integer() else number
