"""SL701 number-is-text."""

from __future__ import annotations

from collections.abc import Iterator

from schedlint.rules import Example, Finding, Rule, Scenario, Setting, Severity, Use


class NumberIsText(Rule):
    """A number that the framework's loader reads as text.

    **What.** YAML 1.1, which PyYAML reads, needs a dot in a number with an exponent: `1e-5` is
    text, `1.0e-5` is a number. The same goes for a number in quotes.

    **Why it costs you.** The config parser often lets it pass; training dies when the optimizer
    first compares it with a number ("'<=' not supported between instances of 'float' and 'str'").

    **What to do.** Write `1.0e-5`, without quotes.

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
        ),
        Example(
            """\
output_dir: out
per_device_train_batch_size: "8"
""",
            line=2,
            column=1,
            message="write 8",
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
            written = _as_number(str(setting.value))
            message = f"{setting.text} is text to the loader, {needed} is needed: write {written}"
            # Which reader a house's own loop uses is not known for certain.
            severity = Severity.ERROR if run.framework.packages else Severity.WARNING
            yield self.found(run, message, setting, severity=severity)


def _by_schema(run: Scenario) -> Iterator[tuple[Setting, str, str]]:
    """Text under keys that take numbers only, where the framework takes values as they are read."""
    for use in run.uses:
        if is_number_as_text(use):
            yield use.setting, "a number", "text"


def is_number_as_text(use: Use) -> bool:
    """Whether text stands under a key that takes numbers only, and is one."""
    value = use.setting.value
    return use.is_raw("integer", "number") and isinstance(value, str) and _is_number(value)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return any(sign.isdigit() for sign in text)


def _as_number(text: str) -> str:
    """The text as YAML 1.1 reads a number: `1e-5` as `1.0e-5`, `1e5` as `1.0e+5`."""
    mantissa, e, exponent = text.strip().lower().partition("e")
    if not e:
        return mantissa
    if "." not in mantissa:
        mantissa += ".0"
    return f"{mantissa}e{exponent if exponent[0] in '+-' else '+' + exponent}"
