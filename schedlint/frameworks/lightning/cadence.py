"""When a Lightning run validates and when it writes checkpoints.

Sources: lightning `pytorch/loops/training_epoch_loop.py:_should_check_val_fx`;
`loops/fit_loop.py:setup_data`; `callbacks/model_checkpoint.py:__init_triggers`,
`_should_save_on_train_epoch_end`, `on_train_batch_end`, `on_train_epoch_end`, `on_validation_end`.
"""

from __future__ import annotations

from math import inf
from typing import NamedTuple

from schedlint.frameworks.lightning import events, steps
from schedlint.frameworks.lightning.changes import since_any
from schedlint.frameworks.lightning.layout import Kind, Layout
from schedlint.frameworks.lightning.limits import batch_limit, fast_dev_run, overfit_batches
from schedlint.plan import Interval
from schedlint.reading.config import Config, Setting
from schedlint.reading.versions import Change
from schedlint.source import UNKNOWN, Mapping

AT_LEAST_ONE = Interval(1, inf)

WITHOUT_VALIDATION = "limit_val_batches 0 exempts val_check_interval from fitting into an epoch"
EXEMPT = (
    Change("lightning", "2.6.4", WITHOUT_VALIDATION),
    Change("pytorch-lightning", "2.6.4", WITHOUT_VALIDATION),
)
OWN_TYPE = "val_check_interval has a type of its own, so that LightningCLI keeps a 1 as it is"
INTERVAL_STAYS = (
    Change("lightning", "2.6", OWN_TYPE),
    Change("pytorch-lightning", "2.6", OWN_TYPE),
)
CHANGES = (*EXEMPT, *INTERVAL_STAYS)


class Run(NamedTuple):
    """What evaluations and checkpoints need to know of the run's end."""

    by_epochs_alone: bool
    """Only the epochs end it."""
    sized: bool
    """Somebody tells of the data, so that there might be no batch."""
    timed: bool
    """It may end at any moment."""


class Validation(NamedTuple):
    """When validation happens: `interval` 1.0 is at the end of an epoch."""

    every_epochs: Setting
    """None where the batches are counted across epochs."""
    interval: Setting
    off: Setting | None
    """The setting that switches it off."""

    @property
    def at_epoch_end(self) -> bool:
        """Whether it waits for the end of the epoch."""
        value = self.interval.value
        return isinstance(value, float) and value == 1.0

    @property
    def batches(self) -> int | float | None:
        """Batches between two, or a share of the epoch; None where it is not known."""
        return batch_limit(self.interval)


def validation(layout: Layout) -> Validation:
    """The three arguments about validation; `fast_dev_run` sets two of them aside."""
    every = layout.setting("check_val_every_n_epoch", default=1)
    interval = layout.setting("val_check_interval", default=1.0)
    switches = [each for each in (overfit_batches(layout), fast_dev_run(layout)) if each]
    if any(each.number is None for each in switches) or _may_be_share(layout, interval):
        interval = interval._replace(value=UNKNOWN)
    elif fast_dev_run(layout):
        every, interval = every._replace(value=1), interval._replace(value=1.0)
    return Validation(every, interval, _switched_off(layout))


def _may_be_share(layout: Layout, interval: Setting) -> bool:
    """Whether jsonargparse may read the number as a share of the epoch; see `may_be_all`."""
    small = isinstance(interval.value, int) and interval.value in (0, 1)
    if layout.kind is Kind.HYDRA or not small:
        return False
    return not since_any(layout.config, INTERVAL_STAYS)


def _switched_off(layout: Layout) -> Setting | None:
    if overfit_batches(layout) or fast_dev_run(layout):
        return None
    limit = layout.real("limit_val_batches", default=1.0)
    return limit if limit.number == 0 else None


def read_evaluations(layout: Layout, run: Run) -> None:
    """Claim and relate how often validation runs, where there is data for it."""
    config, when = layout.config, validation(layout)
    _relate_epochs(config, run)
    if not when.off or not since_any(config, EXEMPT):
        _require_interval(config, when)
    if when.off:
        config.fact("eval_strategy", when.off._replace(value="no"))
        config.claim("evaluations", Interval.exactly(0), when.off)
        return
    _record_strategy(config, when)
    interval = layout.trainer.setting("val_check_interval")
    if _is_of_one(interval) and not fast_dev_run(layout):
        what = "validates after every batch; once an epoch is 1.0"
        config.fact("interval_of_one", interval._replace(value=what))
    config.relate(events.evaluations)
    if when.every_epochs.value is not None:
        if isinstance(when.every_epochs.value, int):
            config.state("check_every_epochs", when.every_epochs)
        _relate_within_epochs(layout, when, run)
    elif when.at_epoch_end and not when.interval.stated:
        config.state("check_every_epochs", when.every_epochs._replace(value=1))
        _relate_within_epochs(layout, when, run)
    elif isinstance(when.batches, int):
        config.state("eval_batches", when.interval._replace(value=when.batches))
        _relate_interval(layout, when.batches)
        if not run.timed:
            config.relate(events.evaluations_across_epochs)


def _is_of_one(interval: Setting) -> bool:
    """A share of nothing is made one batch (`loops/fit_loop.py:setup_data`)."""
    value = interval.value
    return value == (1 if isinstance(value, int) else 0.0) and isinstance(value, (int, float))


def _relate_epochs(config: Config, run: Run) -> None:
    if run.by_epochs_alone:
        config.relate(steps.epochs_if_batches if run.sized else steps.every_epoch_is_complete)
        config.relate(steps.whole_epochs)
    elif not run.timed:
        config.relate(steps.complete_epochs, steps.epochs_and_a_part)


def _require_interval(config: Config, when: Validation) -> None:
    """A whole number of batches must fit into an epoch, or the run stops at its start."""
    if when.every_epochs.value in (None, UNKNOWN):
        return
    if isinstance(when.batches, int) and when.batches > 0:
        config.claim("batches_per_epoch", Interval(when.batches, inf), when.interval)


def _record_strategy(config: Config, when: Validation) -> None:
    """Only where validation is asked for: by default it depends on the code alone."""
    rarely = when.every_epochs.stated and when.every_epochs.value not in (None, 1)
    first, second = when.interval, when.every_epochs
    asked = next((each for each in (first, second) if each.stated), None)
    if config.told.get("eval_dataset_size", 0) > 0:
        asked = asked or when.interval
    if asked is not None and when.batches is not None:
        strategy = "epoch" if when.at_epoch_end else "steps"
        config.fact("eval_strategy", (second if rarely else asked)._replace(value=strategy))


def _relate_within_epochs(layout: Layout, when: Validation, run: Run) -> None:
    config, count = layout.config, when.batches
    if count is None:
        return
    if when.at_epoch_end:
        config.relate(events.evaluate_at_epoch_ends)
        config.relate(*[events.evaluations_at_epoch_ends] * (not run.timed))
        return
    if isinstance(count, int):
        config.state("eval_batches", when.interval._replace(value=count))
        if when.every_epochs.value == 1:
            _relate_interval(layout, count)
    else:
        config.state("eval_share", when.interval)
        config.relate(events.eval_batches_of_share)
        if layout.whole("accumulate_grad_batches", default=1).value == 1:
            config.relate(events.evaluate_after_batches)
    config.relate(*[events.evaluations_within_epochs] * (not run.timed))


def _relate_interval(layout: Layout, batches: int) -> None:
    """In optimizer steps only where an accumulation ends with the interval."""
    accumulation = layout.whole("accumulate_grad_batches", default=1).value
    if isinstance(accumulation, int) and accumulation > 0 and batches % accumulation == 0:
        layout.config.relate(events.evaluate_after_batches)


# Checkpoints.


def read_checkpoints(layout: Layout, run: Run) -> None:
    """Claim and relate the checkpoints of the one ModelCheckpoint that the run has."""
    config = layout.config
    off = layout.flag("enable_checkpointing", True)
    fast = fast_dev_run(layout)
    if fast is not None and fast.value is not UNKNOWN:
        off = fast._replace(value=False)
    if off.value is False:
        config.fact("save_strategy", off._replace(value="no"))
        config.claim("checkpoints", Interval.exactly(0), off)
    if off.value not in (True, None):
        return
    saving = [made.arguments for made in layout.callbacks() if "Checkpoint" in made.name]
    if not saving and layout.kind is Kind.CLI and not layout.composed:
        nothing = Mapping(config.document, 0, 0)
        saving = [config.within(config.document, nothing)]
    if len(saving) > 1:
        saving = _most_frequent(saving)
    if len(saving) == 1:
        _read_saving(layout, saving[0], run)


def _most_frequent(saving: list[Config]) -> list[Config]:
    """Of several that save by steps, the one whose steps hold those of all others."""
    every = [each.whole("every_n_train_steps").number or 0 for each in saving]
    least = min(every)
    if least > 0 and all(number % least == 0 for number in every):
        return [saving[every.index(least)]]
    return []


def _read_saving(layout: Layout, saving: Config, run: Run) -> None:
    """The three triggers exclude each other; without any it is every epoch."""
    config = layout.config
    by_steps = saving.whole("every_n_train_steps", text_counts=layout.converts)
    by_epochs = saving.whole("every_n_epochs", text_counts=layout.converts)
    by_time = saving.setting("train_time_interval")
    if UNKNOWN in (by_steps.value, by_epochs.value) or by_time.value is not None:
        return
    if by_steps.value is None and by_epochs.value is None:
        by_epochs = by_epochs._replace(value=1)
    if saving.whole("save_top_k", default=1).value == 0:
        _save_none(config, saving)
    elif by_steps.value and not by_epochs.value:
        config.fact("save_strategy", by_steps._replace(value="steps"))
        config.state("save_interval", by_steps)
        config.relate(*[events.checkpoints] * (_every_one(saving) and not run.timed))
    elif by_epochs.value and not by_steps.value:
        config.fact("save_strategy", by_epochs._replace(value="epoch"))
        config.state("save_every_epochs", by_epochs)
        _save_by_epoch(layout, saving, by_epochs, run)
    elif not by_steps.value:
        off = by_steps if by_steps.stated else by_epochs
        config.fact("save_strategy", off._replace(value="no"))
        config.claim("checkpoints", Interval.exactly(0), off)


def _save_none(config: Config, saving: Config) -> None:
    """`save_top_k: 0` keeps nothing; what `save_last` then writes differs between versions."""
    off = saving.whole("save_top_k")
    if saving.setting("save_last").value in (None, False):
        config.fact("save_strategy", off._replace(value="no"))
        config.claim("checkpoints", Interval.exactly(0), off)


def _every_one(saving: Config) -> bool:
    """Whether each trigger writes one: no metric chooses among them."""
    if saving.setting("monitor").value is not None:
        return False
    return saving.whole("save_top_k", default=1).value in (1, -1)


def _save_by_epoch(layout: Layout, saving: Config, by_epochs: Setting, run: Run) -> None:
    config, when = layout.config, validation(layout)
    waits = _waits_for_validation(config, saving, when)
    counted = _every_one(saving) and not run.timed
    if waits is False:
        config.relate(events.save_at_epoch_ends)
        if counted and run.by_epochs_alone:
            config.relate(events.checkpoints_of_epochs)
        elif counted:
            config.relate(events.checkpoints_at_epoch_ends)
    elif waits and counted and when.at_epoch_end:
        config.relate(events.checkpoints_of_evaluated_epochs)
    elif waits and counted and by_epochs.value == 1:
        apart = _apart(layout, when)
        config.relate(
            events.checkpoints_with_evaluations
            if apart
            else events.checkpoints_with_some_evaluations
        )


def _waits_for_validation(config: Config, saving: Config, when: Validation) -> bool | None:
    """Whether it saves after each validation instead of after each epoch; None: it depends."""
    at_epoch_end = saving.flag("save_on_train_epoch_end", default=None)
    if at_epoch_end.value is UNKNOWN:
        return None
    if at_epoch_end.value is not None:
        return not at_epoch_end.value
    if isinstance(when.interval.value, (str, Mapping)):
        return True
    if when.every_epochs.value is UNKNOWN or when.batches is None:
        return None
    if when.every_epochs.value != 1:
        return True
    if when.off or when.batches == 1:
        return False
    held_out = config.told.get("eval_dataset_size")
    return None if held_out is None else held_out > 0


def _apart(layout: Layout, when: Validation) -> bool:
    """Whether every validation comes at an optimizer step of its own: one step, one checkpoint."""
    accumulation = layout.whole("accumulate_grad_batches", default=1).value
    if not isinstance(accumulation, int):
        return False
    return accumulation == 1 or (isinstance(when.batches, int) and when.batches >= accumulation)
