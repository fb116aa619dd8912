"""The rules that come with schedlint: one file a rule, in a folder a family.

They reach schedlint only through `schedlint.rules`, as anybody else's rules do.
"""

MODULES = {
    "SL101": "steps.no_optimizer_step",
    "SL102": "steps.max_steps_overrides_epochs",
    "SL103": "steps.steps_disagree",
    "SL201": "batch.batch_sizes_disagree",
    "SL202": "batch.files_disagree",
    "SL203": "batch.generations_do_not_fill_a_batch",
    "SL204": "batch.evaluation_does_not_fill_groups",
    "SL301": "schedule.warmup_outlasts_training",
    "SL302": "schedule.horizon_is_not_the_run",
    "SL303": "schedule.schedule_stands_still",
    "SL304": "schedule.decay_is_replaced",
    "SL305": "schedule.horizon_counts_unpacked_rows",
    "SL306": "schedule.milestone_beyond_the_end",
    "SL307": "schedule.warmup_passes_a_milestone",
    "SL401": "cadence.evaluation_never_runs",
    "SL402": "cadence.no_checkpoint_before_the_end",
    "SL403": "cadence.best_model_does_not_fit",
    "SL404": "cadence.evaluation_without_data",
    "SL405": "cadence.evaluation_has_no_batch",
    "SL406": "cadence.interval_of_one",
    "SL407": "cadence.best_model_is_not_loaded",
    "SL408": "cadence.patience_outlasts_the_run",
    "SL501": "processes.processes_disagree",
    "SL601": "precision.two_half_precisions",
    "SL602": "precision.precision_not_on_this_gpu",
    "SL701": "values.number_is_text",
    "SL702": "values.auto_is_not_filled",
    "SL703": "values.impossible_value",
    "SL704": "values.value_is_refused",
    "SL705": "values.key_is_gone",
    "SL706": "values.unknown_key",
    "SL707": "values.key_is_not_there_yet",
    "SL708": "values.boolean_is_text",
    "SL709": "values.value_of_another_type",
    "SL802": "file.key_is_given_twice",
}
"""Code → module. A rule that is not selected is never imported."""
