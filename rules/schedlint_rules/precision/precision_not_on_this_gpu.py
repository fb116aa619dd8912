"""SL602 precision-not-on-this-gpu."""

from __future__ import annotations

from collections.abc import Iterator

from schedlint.rules import (
    Example,
    Fact,
    Finding,
    Fix,
    Rule,
    Scenario,
    Severity,
    change,
    entry_around,
    entry_of,
    renaming,
)

WITHOUT_BF16 = {
    "K80": "3.7",
    "M40": "5.2",
    "M60": "5.2",
    "P4": "6.1",
    "P40": "6.1",
    "P100": "6.0",
    "GTX1080": "6.1",
    "GTX1080TI": "6.1",
    "TITANXP": "6.1",
    "V100": "7.0",
    "V100S": "7.0",
    "TITANV": "7.0",
    "T4": "7.5",
    "RTX2060": "7.5",
    "RTX2070": "7.5",
    "RTX2080": "7.5",
    "RTX2080TI": "7.5",
    "TITANRTX": "7.5",
    "RTX6000": "7.5",
    "RTX8000": "7.5",
}
"""Accelerators of compute capability below 8.0, which have no bfloat16 arithmetic."""


_NEEDS = {"bf16": "bfloat16", "deepspeed_bf16": "bfloat16", "tf32": "TF32"}
"""Facts that ask for an arithmetic of compute capability 8.0, and what it is called."""


class PrecisionNotOnThisGpu(Rule):
    """bfloat16 or TF32 is on, and the accelerator that was told does not have it.

    **What.** Both need compute capability 8.0 (Ampere) or later. The command line, a comment
    or the settings say that the run goes to an older one (`gpu=V100`).

    **Why it costs you.** The trainer refuses at start ("Your setup doesn't support bf16/gpu"), once
    the machine has been waited for.

    **What to do.** Use `fp16` there; where a DeepSpeed file says it too, change both.

    **Fix.** Unsafe: float16 in its place; TF32 goes off.

    **Silent** while no accelerator is told, and about names that are not in the list.
    """

    code = "SL602"
    name = "precision-not-on-this-gpu"
    severity = Severity.ERROR
    needs = ("bf16",)
    sources = (
        "https://github.com/lm-sys/FastChat/issues/1191",
        "transformers training_args.py:TrainingArguments._validate_args",
        "https://developer.nvidia.com/cuda-gpus",
    )
    bad = (
        Example(
            """\
output_dir: out
per_device_train_batch_size: 8
tf32: true
""",
            line=3,
            column=1,
            message="a V100 has no TF32",
            flags={"gpu": "V100"},
            fixed="""\
output_dir: out
per_device_train_batch_size: 8
tf32: false
""",
        ),
        Example(
            """\
output_dir: out
per_device_train_batch_size: 8
bf16: true
""",
            line=3,
            column=1,
            message="compute capability 7.0",
            flags={"gpu": "V100"},
            fixed="""\
output_dir: out
per_device_train_batch_size: 8
fp16: true
""",
        ),
    )
    good = (
        Example(
            """\
output_dir: out
per_device_train_batch_size: 8
tf32: true
""",
            flags={"gpu": "A100"},
        ),
        Example(
            """\
output_dir: out
per_device_train_batch_size: 8
bf16: true
""",
            flags={"gpu": "A100"},
        ),
        Example(
            """\
output_dir: out
per_device_train_batch_size: 8
fp16: true
""",
            flags={"gpu": "V100"},
        ),
    )

    def check(self, run: Scenario) -> Iterator[Finding]:
        gpu = run.fact("gpu")
        capability = None if gpu is None else WITHOUT_BF16.get(_plain(str(gpu.value)))
        if gpu is None or capability is None:
            return
        for name, arithmetic in _NEEDS.items():
            fact = run.fact(name)
            if fact is not None and fact.value is True and fact.place is not None:
                message = (
                    f"{fact.text}, but a {gpu.value} has no {arithmetic}: it is of compute "
                    f"capability {capability}, 8.0 is needed"
                )
                yield self.found(run, message, fact, gpu, fix=_fix(fact))


def _fix(fact: Fact) -> Fix | None:
    """float16 instead of bfloat16, under whatever name the switch has; TF32 goes off."""
    entry = entry_of(fact)
    if entry is None:
        return None
    if entry.name == "tf32":
        return change(fact, False)
    section = entry if entry.name == "bf16" else entry_around(entry)
    is_switch = section is not None and section.name == "bf16"
    return renaming(section, "fp16") if is_switch else None


def _plain(name: str) -> str:
    """`Tesla V100-SXM2-32GB` as `V100`."""
    words = (
        name.upper().replace("NVIDIA", "").replace("TESLA", "").replace("GEFORCE", "").split("-")
    )
    return words[0].replace(" ", "").replace("_", "")
