"""DeepSpeed's JSON config, on its own and as a part of a Hugging Face Trainer's run.

Sources: deepspeed `runtime/config.py:DeepSpeedConfig._set_batch_related_parameters`,
`_batch_assertion`; `runtime/lr_schedules.py:WarmupLR`, `OneCycle`; transformers
`integrations/deepspeed.py:HfTrainerDeepSpeedConfig`; accelerate
`utils/dataclasses.py:DeepSpeedPlugin`.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from schedlint.frameworks.deepspeed import arithmetic
from schedlint.frameworks.deepspeed import elasticity as deepspeed_elasticity
from schedlint.frameworks.deepspeed.auto import read_automatics, read_fillable
from schedlint.frameworks.deepspeed.refusals import (
    CHANGES,
    GONE,
    read_refusals,
    read_refusals_under_trainer,
)
from schedlint.frameworks.deepspeed.refused_schedules import POSITIVE_WARMUP
from schedlint.frameworks.deepspeed.refused_sections import PRECISION_MODELS
from schedlint.frameworks.deepspeed.zero import PACKAGE, zero_stage
from schedlint.frameworks.transformers import trainer
from schedlint.plan import Interval, Relation
from schedlint.reading.config import AUTO, Config, Setting
from schedlint.reading.framework import Framework, Unknown
from schedlint.reading.versions import Change
from schedlint.source import Document

FILLED_AT_LEAST_ONE = Change(
    "transformers",
    "5.18",
    "a DeepSpeed file gets at least one step of warm-up, before that as computed",
)

WARMING_UP = ("WarmupLR", "WarmupDecayLR", "WarmupCosineLR")
"""Schedules with a warm-up of `warmup_num_steps`."""
DECAYING = ("WarmupDecayLR", "WarmupCosineLR")
"""Schedules with a horizon of `total_num_steps`."""


class DeepSpeed(Framework):
    """The engine's own config. What the script sets (data, epochs) is not in it."""

    name = "deepspeed"
    title = "DeepSpeed"
    refuses_duplicates = True  # config_utils.py:dict_raise_error_on_duplicate_keys
    packages = (PACKAGE,)
    versions = "0.17 to 0.19.8"
    changes = CHANGES
    gone = GONE
    words = arithmetic.WORDS
    applies = (
        "sequence_length",
        "world_size",
        "data_parallel_size",
        "micro_batch_size",
        "gradient_accumulation_steps",
        "global_batch_size",
        "tokens_per_step",
        "warmup_steps",
        "decay_steps",
        "log_interval",
    )
    home = "https://www.deepspeed.ai/docs/config-json/"

    def read(self, config: Config) -> None:
        """Batch sizes, schedule, precision and log interval."""
        for_trainer = read_automatics(config)
        if self.read_ranks(config):
            if not deepspeed_elasticity.read_elasticity(config):
                self.read_batches(config, for_trainer)
            config.relate(trainer.global_batch_size)
        self.read_schedule(config)
        read_precision(config, "fp16", "bf16")
        config.fact("drop_last", config.flag("dataloader_drop_last"))
        interval = config.whole("steps_per_print")
        if (interval.number or 0) > 0:
            config.state("log_interval", interval)
        config.relate(trainer.tokens_per_step)
        read_refusals(config)

    def unknown(self, document: Document, section: str, by_schema: str | None) -> Unknown:
        """Both half types have become models that refuse what they do not know; `bfloat16` counts
        where there is no `bf16` (`precision_config.py:get_bfloat16_config`).
        """
        if section in ("fp16", "bf16") or (section == "bfloat16" and not document.find("bf16")):
            return Unknown("refused", PRECISION_MODELS, before="ignored")
        return super().unknown(document, section, by_schema)

    def read_ranks(self, config: Config) -> bool:
        """Relate the ranks; False where more share a sample than the batch size counts."""
        if config.whole("tensor_parallel.autotp_size", default=1).number not in (0, 1):
            return False
        if not config.has("sequence_parallel_size"):
            config.relate(trainer.every_process)
            return True
        config.state("sequence_parallel_size", config.whole("sequence_parallel_size"))
        config.state("data_parallel_size", config.whole("data_parallel_size"))
        config.relate(arithmetic.data_parallel_size)
        return True

    def read_batches(self, config: Config, for_trainer: bool) -> None:
        """Of one number alone, nothing is accumulated; a trainer may still fill in the others."""
        total, micro, accumulation = state_batches(config)
        self.relate_remainders(config, total, micro, accumulation)
        one_given = (total.value is None) != (micro.value is None)
        if one_given and accumulation.value is None and not for_trainer:
            why = "gradient_accumulation_steps is not given: 1 by default"
            config.default("gradient_accumulation_steps", 1, why)

    def relate_remainders(
        self, config: Config, total: Setting, micro: Setting, accumulation: Setting
    ) -> None:
        """What the product of the three implies as well, and shows in one line where it fails."""
        if total.known:
            config.relate(arithmetic.samples_per_rank)
        if total.known and micro.known:
            config.relate(arithmetic.micro_batches_per_step)
        if total.known and accumulation.known:
            config.relate(arithmetic.samples_per_forward)

    def read_schedule(self, config: Config) -> None:
        """The section `scheduler`; without it the script brings its own schedule, or none."""
        scheduler = config.word("scheduler.type")
        if not config.has("scheduler"):
            return
        config.fact("scheduler", scheduler)
        if scheduler.value in WARMING_UP:
            self.read_warmup(config)
        if scheduler.value in DECAYING:
            config.state("decay_steps", config.whole("scheduler.params.total_num_steps"))
        if scheduler.value == "OneCycle":
            self.read_cycle(config)

    def read_warmup(self, config: Config) -> None:
        """The warm-up that is asked for, of which two steps are the least."""
        steps = config.whole("scheduler.params.warmup_num_steps", default=1000)
        number = steps.number
        if number is not None and number < 1 and not config.since(POSITIVE_WARMUP):
            config.claim("warmup_steps", Interval.exactly(2), steps)
        else:
            config.state("warmup_num_steps", steps)
            config.relate(arithmetic.warmup_steps)

    def read_cycle(self, config: Config) -> None:
        """The learning rate rises and falls once, then stays, or decays without an end."""
        rising = config.whole("scheduler.params.cycle_first_step_size", default=2000)
        falling = config.whole("scheduler.params.cycle_second_step_size")
        if falling.value is None:
            falling = falling._replace(value=rising.value)
        if not (isinstance(rising.value, int) and isinstance(falling.value, int)):
            return
        config.state("cycle_first_step_size", rising)
        config.state("cycle_second_step_size", falling)
        config.relate(arithmetic.rising_steps)
        decay_steps = config.real("scheduler.params.decay_step_size", default=0)
        decay_rate = config.real("scheduler.params.decay_lr_rate", default=0)
        if decay_steps.number == 0 or decay_rate.number == 0:
            config.relate(arithmetic.cycle_steps)


# What all readers of such a file share.


def state_batches(config: Config) -> tuple[Setting, Setting, Setting]:
    """Claim what the file says of train batch, micro batch and accumulation."""
    return (
        config.state("global_batch_size", config.whole("train_batch_size")),
        config.state("micro_batch_size", config.whole("train_micro_batch_size_per_gpu")),
        config.state("gradient_accumulation_steps", config.whole("gradient_accumulation_steps")),
    )


def read_precision(config: Config, fp16: str, bf16: str) -> None:
    """Precision, memory and clipping, under the names of facts that the caller chooses."""
    config.fact(fp16, config.flag("fp16.enabled"))
    config.fact(bf16, config.flag("bf16.enabled", "bfloat16.enabled"))
    config.fact("zero_stage", zero_stage(config))
    clipping = config.real("gradient_clipping")
    if clipping.stated:
        config.fact("gradient_clipping", clipping)


# As a part of a Trainer's run.


MATCHED = (
    ("gradient_clipping", "max_grad_norm"),
    ("optimizer.params.lr", "learning_rate"),
    ("scheduler.params.warmup_max_lr", "learning_rate"),
    ("optimizer.params.eps", "adam_epsilon"),
    ("optimizer.params.weight_decay", "weight_decay"),
)
"""Numbers that must be the Trainer's own; its keys are the quantities' names."""

DEFAULTS: dict[str, float] = {"max_grad_norm": 1.0, "adam_epsilon": 1e-8, "weight_decay": 0.0}
"""What `TrainingArguments` has for them. Each trainer has a learning rate of its own."""


def read_under_trainer(config: Config, defaults: dict[str, float] = DEFAULTS) -> None:
    """Read a DeepSpeed file as a part of a Hugging Face Trainer's run.

    A number in it must be the one that the Trainer computes, or the run is refused at its start: it
    is one more claim on the same quantity. An `auto` takes the Trainer's number; a key that is not
    there is neither filled nor compared (transformers `HfTrainerDeepSpeedConfig.fill_match`).
    `defaults`: the trainer's own, where they are not those of `TrainingArguments`.
    """
    read_automatics(config)
    read_fillable(config)
    owner = config.within(config.reading.documents[0])
    if _per_device_is_micro(owner):
        config.state("train_batch_size", config.whole("train_batch_size"))
        config.state("micro_batch_size", config.whole("train_micro_batch_size_per_gpu"))
        config.relate(arithmetic.train_batch_size)
    shared = config.whole("tensor_parallel.autotp_size")
    if (shared.number or 0) > 1:
        config.state("model_parallel_size", shared)
    _read_accumulation(config, owner)
    _read_matched(config, owner, defaults)
    read_precision(config, "deepspeed_fp16", "deepspeed_bf16")
    read_refusals_under_trainer(config, owner)
    if config.has("scheduler"):
        _read_replaced_schedule(config)


def _per_device_is_micro(owner: Config) -> bool:
    """Whether the Trainer's batch per device is the micro batch, and no smaller one is tried."""
    if owner.flag("auto_find_batch_size").value is not False:
        return False
    split = owner.flag("accelerator_config.split_batches", "split_batches").value
    return split is False and not isinstance(owner.setting("accelerator_config").value, str)


def _read_accumulation(config: Config, owner: Config) -> None:
    """Without the key accelerate writes 1 into it, whatever the Trainer accumulates.

    Where the file has both batch sizes, DeepSpeed then refuses them. Else, whether it steps after
    each micro-batch differs between versions of accelerate
    (`utils/deepspeed.py:DeepSpeedEngineWrapper.backward`): how many samples a step takes is open.
    """
    reading = config.reading
    if config.has("gradient_accumulation_steps"):
        steps = config.whole("gradient_accumulation_steps")
        config.state("gradient_accumulation_steps", steps)
    elif not all(
        claim.interval == Interval.exactly(1)
        for claim in reading.claims
        if claim.quantity == "gradient_accumulation_steps"
    ):
        reading.relations[:] = [r for r in reading.relations if r.output != "global_batch_size"]
        _refuse_accumulation(config, owner)


def _refuse_accumulation(config: Config, owner: Config) -> None:
    """Claim that nothing is accumulated, where both batch sizes are the Trainer's, filled or given.

    `DeepSpeedConfig._batch_assertion` multiplies them with the 1 that accelerate writes
    (`utils/dataclasses.py:DeepSpeedPlugin.__post_init__`).
    """
    total = config.setting("train_batch_size")
    micro = config.setting("train_micro_batch_size_per_gpu")
    tries_smaller = owner.flag("auto_find_batch_size").value is not False
    if None in (total.value, micro.value) or tries_smaller or config.has("tensor_parallel"):
        return
    key = "no gradient_accumulation_steps (accelerate writes 1) beside train_batch_size"
    config.claim("gradient_accumulation_steps", Interval.exactly(1), total._replace(key=key))


def _read_matched(config: Config, owner: Config, defaults: dict[str, float]) -> None:
    for key, quantity in MATCHED:
        number = config.real(key)
        if number.number is not None:
            config.state(quantity, number)
            config.state(quantity, owner.setting(quantity, default=defaults.get(quantity)))


def _read_replaced_schedule(config: Config) -> None:
    """DeepSpeed's own schedule takes the place of the Trainer's.

    The warm-up that the Trainer computes is only what fills `warmup_num_steps`, or is compared with
    it; without the key DeepSpeed's default holds.
    """
    reading = config.reading
    if (own := reading.facts.get("scheduler")) is not None:
        reading.facts["replaced_scheduler"] = own._replace(name="replaced_scheduler")
    scheduler = config.fact("scheduler", config.word("scheduler.type"))
    reading.facts.pop("warmup_ignored", None)
    reading.claims[:] = [
        replace(claim, quantity="trainer_warmup_steps")
        if claim.quantity == "warmup_steps"
        else claim
        for claim in reading.claims
        if claim.quantity != "decay_steps"
    ]
    reading.relations[:] = [
        _of_trainer(rel) if rel.output == "warmup_steps" else rel
        for rel in reading.relations
        if rel.output != "decay_steps"
    ]
    if scheduler.value in WARMING_UP:
        _read_filled_warmup(config)
    total = config.whole("scheduler.params.total_num_steps")
    if scheduler.value in DECAYING and total.value is not None:
        config.state("decay_steps", total)
        config.relate(trainer.decay_steps)


@cache
def _of_trainer(rel: Relation) -> Relation:
    """The Trainer's own formula for its warm-up, which is no longer the run's."""
    return replace(rel, output="trainer_warmup_steps")


def _read_filled_warmup(config: Config) -> None:
    _refuse_filled_zero(config)
    config.relate(arithmetic.warmup_steps)
    steps = config.whole("scheduler.params.warmup_num_steps", default=1000)
    if steps.stated:
        config.relate(arithmetic.filled_warmup)
    number = steps.number
    if number is not None and number <= 1 and not config.since(FILLED_AT_LEAST_ONE):
        config.state("trainer_warmup_steps", steps)
    else:
        config.state("warmup_num_steps", steps)


def _refuse_filled_zero(config: Config) -> None:
    """A Trainer without warm-up wrote its 0 for an `auto`, or asked for it, where DeepSpeed takes
    positive numbers only. Few pairs of versions do that: it is told of those that are known.
    """
    steps = config.setting("scheduler.params.warmup_num_steps")
    claims = [each for each in config.reading.claims if each.quantity == "trainer_warmup_steps"]
    without = any(each.interval == Interval.exactly(0) for each in claims)
    if steps.value not in (AUTO, 0) or not without:
        return
    if not (config.decides(POSITIVE_WARMUP) and config.decides(FILLED_AT_LEAST_ONE)):
        return
    if config.since(POSITIVE_WARMUP) and not config.since(FILLED_AT_LEAST_ONE):
        filled = "the trainer fills in its warmup_steps of 0, and " * (steps.value == AUTO)
        config.refuse(steps, f"{filled}DeepSpeed needs a positive number")


FRAMEWORK = DeepSpeed()
