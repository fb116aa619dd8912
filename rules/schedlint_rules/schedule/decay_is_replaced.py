"""SL304 decay-is-replaced."""

from __future__ import annotations

from collections.abc import Iterator

from schedlint.rules import Example, Finding, Related, Rule, Scenario, Severity

DECAYING = {"linear", "cosine", "cosine_with_restarts", "polynomial", "cosine_with_min_lr"}


class DecayIsReplaced(Rule):
    """The trainer's config asks for a decaying learning rate, and the DeepSpeed file stops it.

    **What.** A `scheduler` section in the DeepSpeed file takes the place of `lr_scheduler_type`.
    `WarmupLR` warms up and then stays where it is.

    **Why it costs you.** The rate never comes down, whatever the trainer's config says, and nothing
    tells so: the curve in the logs is the only sign.

    **What to do.** Use `WarmupDecayLR` (linear) or `WarmupCosineLR` in the DeepSpeed file, or
    remove its `scheduler` section and let the trainer's own schedule run.

    **Silent** where the trainer's config does not state a schedule, or states one without decay.
    """

    code = "SL304"
    name = "decay-is-replaced"
    severity = Severity.WARNING
    needs = ("replaced_scheduler",)
    sources = (
        "https://github.com/huggingface/transformers/issues/15508",
        "transformers integrations/deepspeed.py:deepspeed_optim_sched",
    )
    bad = (
        Example(
            """\
output_dir: out
per_device_train_batch_size: 4
lr_scheduler_type: cosine
deepspeed: ds.json
""",
            line=3,
            column=1,
            message="WarmupLR",
            files={
                "ds.json": '{"zero_optimization": {}, "scheduler": {"type": "WarmupLR", "params": '
                '{"warmup_num_steps": "auto"}}}'
            },
        ),
    )
    good = (
        Example(
            """\
output_dir: out
per_device_train_batch_size: 4
lr_scheduler_type: linear
deepspeed: ds.json
""",
            files={
                "ds.json": '{"zero_optimization": {}, "scheduler": {"type": "WarmupDecayLR", '
                '"params": {"warmup_num_steps": "auto", "total_num_steps": "auto"}}}'
            },
        ),
    )

    def check(self, run: Scenario) -> Iterator[Finding]:
        asked, runs = run.fact("replaced_scheduler"), run.fact("scheduler")
        if asked is None or runs is None or asked.place is None or runs.value != "WarmupLR":
            return
        if asked.value in DECAYING:
            message = (
                f"{asked.text} does not run: the DeepSpeed file's WarmupLR takes its place "
                "and never comes down"
            )
            related = (Related(runs.place, runs.text),) if runs.place else ()
            yield self.found(run, message, asked, asked, runs, related=related)
