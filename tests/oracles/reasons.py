"""Why schedlint cannot tell some numbers of the tables: framework → what is unknown → why."""

from __future__ import annotations

REASONS: dict[str, dict[str, str]] = {}

_NO_PADDING = (
    "a time in tokens: Composer leaves padding out, and how much the data has no file says"
)
_SCALED = "scale_schedule_ratio stretches the run and its schedule: nothing is counted in it yet"
_OWN_LOADER = "a loader of the project's own may make batches of any size"
REASONS["composer"] = {
    "evaluations": _NO_PADDING,
    "checkpoints": _NO_PADDING,
    "total_steps, samples_seen, tokens_seen, evaluations, warmup_steps": _NO_PADDING,
    "total_steps, samples_seen, tokens_seen, evaluations, checkpoints, warmup_steps": _NO_PADDING,
    "decay_steps": _SCALED,
    "warmup_steps": _SCALED,
    "batches_per_epoch": "without device_train_microbatch_size LLM Foundry takes auto, which a "
    "GPU fits by itself, and the loader's batch follows from it",
    "samples_seen, tokens_seen, batches_per_epoch": _OWN_LOADER,
    "samples_seen, tokens_seen, evaluations, batches_per_epoch": _OWN_LOADER,
    "refused: Can only use adaptive device_train_microbatch_size on GPU. Please set "
    "device_train_microbatch_size >= 1.": "no file says that there is no GPU",
}

_A_PART = "what stands in no file here may stand in another: such a file is taken for a part"

_OWN = "a class of the project's own stands there, which may do otherwise"
_BEST = "how often the score is a new best, and what hooks of the project save, no file says"
_BATCHES = "a sampler of batches decides for itself how many there are"

REASONS["mmengine"] = {
    "checkpoints": _BEST,
    "evaluations": "of the dynamic intervals whole numbers are counted, 1.0 is not",
    "evaluations, eval_interval": _OWN,
    "warmup_steps": "an end between two steps, and a by_epoch that is text, are not read",
    "total_steps, samples_seen, evaluations, checkpoints, total_epochs, eval_interval, "
    "save_interval": _OWN,
    "total_steps, samples_seen, evaluations, checkpoints, total_epochs, save_interval": "a "
    "by_epoch that is text is not read",
    "total_steps, steps_per_epoch, global_batch_size": _OWN,
    "total_steps, samples_seen, batches_per_epoch, steps_per_epoch, save_interval": _BATCHES,
    "refused: Each value of `param_scheduler` should be a dict or a list, but got 2 with type "
    "<class 'type'>": "a mapping without a type may hold the schedules of several optimizers",
    "total_steps, samples_seen, evaluations, checkpoints, batches_per_epoch, steps_per_epoch, "
    "save_interval, global_batch_size, warmup_steps": _A_PART,
    "total_steps, samples_seen, checkpoints, batches_per_epoch, steps_per_epoch, eval_interval, "
    "save_interval, global_batch_size, warmup_steps": _A_PART,
    "total_steps, samples_seen, evaluations, checkpoints, batches_per_epoch, steps_per_epoch, "
    "total_epochs, global_batch_size, warmup_steps": _A_PART,
    "total_steps, samples_seen, evaluations, checkpoints, batches_per_epoch, steps_per_epoch, "
    "global_batch_size, warmup_steps": _A_PART,
    "refused: train_dataloader, train_cfg, and optim_wrapper should be either all None or not "
    "None, but got train_dataloader={'batch_size': 3, 'dataset': {'size': 1": _A_PART,
    "refused: train_dataloader, train_cfg, and optim_wrapper should be either all None or not "
    "None, but got train_dataloader=None, train_cfg={'by_epoch': True, 'max": _A_PART,
    "refused: 'WarmupLR is not in the mmengine::parameter scheduler registry. Please check whether "
    "the value of `WarmupLR` is correct or it was registered as expect": "a project may register "
    "schedules of its own",
    "refused: Tried to step 7 times. The specified number of total steps is 5": "it stops in the "
    "middle of the run; that the horizon is not the run is a warning",
}

_SWITCH = "text under a switch is not read, though the script takes any as a yes"

REASONS["timm"] = {
    "checkpoints": "recovery checkpoints under accumulation are not counted",
    "warmup_steps": "a fraction of an epoch, counted in updates where a short group steps twice",
    "batches_per_epoch, total_steps, samples_seen, warmup_steps, steps_per_epoch, decay_steps": (
        "before 1.0.31 less than one repetition of a sample is not counted"
    ),
    "total_epochs, total_steps, samples_seen, evaluations, checkpoints": _SWITCH,
    "total_epochs, total_steps, samples_seen, evaluations, checkpoints, decay_steps": _SWITCH,
    "total_epochs, total_steps, samples_seen, evaluations, checkpoints, warmup_steps": _SWITCH,
    "refused: ValueError: math domain error": "a cycle that shrinks to nothing stops the schedule "
    "only behind the warm-up",
    "refused: OverflowError: (34, 'Numerical result out of range')": "lengths that no machine's "
    "floats hold count as endless",
    "decay_steps": "cycles that grow, counted in updates, where a short group steps twice: the "
    "schedule's end falls into the middle of an epoch",
}

_SCRIPT = "a script may fill in what the file leaves out"
_TRAINER = "on its own the file may be meant for a trainer, which fills in its auto"
_ELASTIC = "what the section elasticity asks of itself is not checked: 0.19.8 refuses all of it"

REASONS["deepspeed"] = {
    "refused: AssertionError: Either train_batch_size or train_micro_batch_size_per_gpu needs to "
    "be provided": _SCRIPT,
    "refused: TypeError: WarmupDecayLR.__init__() missing 1 required positional argument: "
    "'total_num_steps'": _SCRIPT,
    "refused: TypeError: WarmupCosineLR.__init__() missing 1 required positional argument: "
    "'total_num_steps'": _SCRIPT,
    "refused: TypeError: OneCycle.__init__() missing 2 required positional arguments: "
    "'cycle_min_lr' and 'cycle_max_lr'": _SCRIPT,
    "refused: AssertionError: DeepSpeed does not recognize LR scheduler LinearWarmup": "any "
    "schedule of the torch at hand has a name that DeepSpeed takes",
    "refused: TypeError: unsupported operand type(s) for //: 'int' and 'str'": _TRAINER,
    "refused: TypeError: '>' not supported between instances of 'str' and 'int'": _TRAINER,
    "refused: ValueError: warmup_num_steps must be a positive integer, got auto": _TRAINER,
    "micro_batch_size, gradient_accumulation_steps": _TRAINER,
    "global_batch_size": "without gradient_accumulation_steps in the file accelerate writes 1: "
    "whether the engine then steps after each micro-batch differs between its versions",
    "global_batch_size, micro_batch_size, gradient_accumulation_steps": "elasticity 0.2 chooses by "
    "the ranks at hand; where the common multiple is above the limit, by the version of DeepSpeed",
    "refused: ValueError: All micro batches must be less than             or equal to "
    "max_acceptable_batch_size: 4": _ELASTIC,
    "refused: TypeError: '<' not supported between instances of 'str' and 'int'": _ELASTIC,
    "refused: ElasticityConfigError: Elasticity V0.1 does not support model-parallel "
    "training. Given model-parallel size: 2": _ELASTIC,
    "refused: ElasticityConfigError: Attempting to run elasticity version 0.3 but runtime "
    "only supports up to 0.2": _ELASTIC,
}

_SIZE = "a size of parallelism_config that is no whole number counts as not known"

REASONS["accelerate"] = {
    "refused: ValueError: FSDP is enabled but the parallelism config has no dimension for FSDP to "
    "shard across (both `dp_shard_size` and `cp_size` are 1). This usua": "from which version on "
    "it is refused is not known",
    "refused: ValueError: You need to manually pass in `--num_processes` using this config "
    "yaml.": "the command line may give the number",
    "refused: ValueError: invalid literal for int() with base 10: '2.0'": _SIZE,
    "refused: ValueError: invalid literal for int() with base 10: 'None'": _SIZE,
}

_LOADER = "the loader is in the code: whether it drops a short last batch no file here says"
_ONE = "LightningCLI may read 1 as 1.0 (before 2.6 also as an interval, and 0 as 0.0): it depends "
_ONE += "on which library was imported first"
_ACROSS = "refused: MisconfigurationException: `val_check_interval` should be an integer when "
_ACROSS += "`check_val_every_n_epoch=None`, found "

_COMPOSED = "a Hydra config that is composed of parts may get the rest from another part, and its "
_COMPOSED += "data's class is the project's own"
_NO_DATA = "neither the file nor a flag tells the data's size or batch"

REASONS["lightning"] = {
    "total_steps, evaluations, checkpoints, samples_seen, batches_per_epoch, global_batch_size": (
        f"{_COMPOSED}; {_NO_DATA}"
    ),
    "total_steps, evaluations, checkpoints, samples_seen, batches_per_epoch, steps_per_epoch, "
    "global_batch_size": _COMPOSED,
    "evaluations, checkpoints, samples_seen, batches_per_epoch, steps_per_epoch, "
    "global_batch_size": _COMPOSED,
    "total_steps, evaluations, samples_seen, batches_per_epoch, steps_per_epoch": _NO_DATA,
    "total_steps, samples_seen, steps_per_epoch, global_batch_size": (
        "GradientAccumulationScheduler changes the accumulation from epoch to epoch"
    ),
    'refused: error: Parser key "trainer.val_check_interval": Does not validate against any of '
    "the Union subtypes Subtypes: [<class 'float'>, <class 'int'>, <class ": (
        "2.6 takes text there, for a time; the finding would stand for older versions alone"
    ),
    "samples_seen, batches_per_epoch": _LOADER,
    "total_steps, samples_seen, batches_per_epoch, steps_per_epoch": _LOADER,
    "total_steps, samples_seen, batches_per_epoch, steps_per_epoch, decay_steps": _LOADER,
    "total_steps, checkpoints, samples_seen, batches_per_epoch, steps_per_epoch": _LOADER,
    "evaluations, checkpoints, samples_seen, batches_per_epoch": _LOADER,
    "total_steps, evaluations, checkpoints, samples_seen, batches_per_epoch, steps_per_epoch": (
        f"{_LOADER}; {_ONE}"
    ),
    "evaluations": _ONE,
    "evaluations, checkpoints": _ONE,
    "checkpoints": "several evaluations between two steps save once, and of epochs that are "
    "evaluated several times only some are saved: neither is counted",
    "decay_steps": "a frequency of the schedule counts micro-batches of the epoch",
    "total_steps, evaluations, checkpoints, samples_seen": "max_time may end the run at any moment",
    f"{_ACROSS}3.0.": _ONE,
    f"{_ACROSS}10.0.": _ONE,
    f"{_ACROSS}99.0.": _ONE,
    "refused: MisconfigurationException: You requested to check 0.2 of the `val_dataloader` but "
    "0.2 * 2 < 1. Please increase the `limit_val_batches` argument. Try a": "the batches of the "
    "validation loader are in the code",
    "refused: ValueError: You selected an invalid strategy name: `strategy='nothing'`. It must be "
    "either a string or an instance of `lightning.pytorch.strategies.St": "a project may register "
    "strategies of its own",
    "refused: ValueError: Tried to step 3 times. The specified number of total steps is 2": "it "
    "stops in the middle of the run; that the horizon is not the run is a warning",
}

_SMALLER = "auto_find_batch_size may take a smaller micro-batch than the file says"
_LOST = (
    "before TRL 0.20 an epoch may lose completions of its last batch, and makes fewer steps than "
    "planned"
)
_AS_TEXT = "a switch that is text is not read"
_NO_NAME = "max_completion_length alone does not tell GRPO from what DPO was before 0.29"
_SPLIT = "how split_batches divides a round is not derived"
_SCRIPT_KEYS = "which keys exist is not checked, and the shipped scripts accept others"
REASONS["trl"] = {
    "total_steps, batches_per_epoch, checkpoints": (
        f"how many rows packing makes depends on their tokens; {_AS_TEXT}; {_SPLIT}; {_NO_NAME}"
    ),
    "total_steps, batches_per_epoch, generation_batch_size, steps_per_generation, checkpoints": (
        f"{_SPLIT}; {_NO_NAME}"
    ),
    "total_steps, batches_per_epoch, sequence_length, checkpoints": _NO_NAME,
    "total_steps, batches_per_epoch, checkpoints, dataset_size": "the shares of a mixture follow "
    "from the rows of each dataset, which no file says",
    "sequence_length": "before 0.16 SFT does not know max_length, and nothing in the file tells "
    "which trainer it is for",
    "refused: the parser: argument --max_steps/--max-steps: invalid int value: 'four'": "text that "
    "is no number may be filled in before it is read",
    "refused: ValueError: Actual (not effective) batch size must be > 1. KTO will not work "
    "properly because the KL term will be equivalent to the implied reward.": "without a key of "
    "KTO's own the file may be for another trainer",
    "refused: KeyError: 'test'": "which splits are evaluated a script decides",
    "refused: ZeroDivisionError: division by zero": "shares of a mixture that are all zero are not "
    "looked at",
    "refused: TypeError: 'NoneType' object is not iterable": "null is taken for a key that is not "
    "given",
    "refused: ValueError: Accelerate config nothing is neither a file nor a valid config in the "
    "`trl` package. Please provide a valid config name or a path to a con": "a file of that name "
    "may lie where the command is started",
    "refused: ValueError: `batch_size` must be a multiple of `num_mini_batches`, inexact division: "
    "4 / 3 = 1.3333333333333333": "without a key of PPO's own the file may be for the first RLOO, "
    "whose batch the number multiplies",
    "refused: ValueError: Unknown arguments from config file: ['--datasets', \"[{'path': 'json', "
    "'data_files': 'a.jsonl'}]\", '--test_split_size', '3']. Please remove": _SCRIPT_KEYS,
    "refused: ValueError: Unknown arguments from config file: ['--num_processes', '2']. Please "
    "remove them, add them to the dataclass, or set `fail_with_unknown_arg": _SCRIPT_KEYS,
    "refused: RuntimeError: shape '[-1, 4]' is invalid for input of size 6": "0.20 and 0.21 do not "
    "check the evaluation batch and crash only where a batch is really cut",
    "refused: ValueError: Unknown arguments from config file: ['--learning_rat', '0.001']. Please "
    "remove them, add them to the dataclass, or set `fail_with_unknown_": _SCRIPT_KEYS,
    "refused: RuntimeError: shape '[-1, 3]' is invalid for input of size 4": "0.20 and 0.21 do not "
    "check the evaluation batch and crash only where a batch is really cut",
    "total_steps, batches_per_epoch, global_batch_size": _SMALLER,
    "total_steps, batches_per_epoch, global_batch_size, generation_batch_size, checkpoints": (
        _SMALLER
    ),
    "evaluations": _LOST,
    "checkpoints": _LOST,
    "evaluations, checkpoints": _LOST,
}

_ESTIMATE = "with sample_packing_eff_est the steps follow from tokens, which no file counts"
_NO_COUNT = (
    "they are shares of a count that may be zero, which stands for no count, or an estimate from "
    "tokens (sample_packing_eff_est)"
)
_COMMAND_LINE = "what the file leaves out may be given on the command line"
_FILLED_IN = "text that is no number may be a place that somebody fills in"
_AS_TEXT = "text under a switch is not read, though pydantic takes some words for a yes or a no"
_TRIED = "auto_find_batch_size may take a smaller micro-batch than the file says"
_SPLIT = "with split_batches the ranks share the micro-batch: it is not followed further"
_FEWER = "how many rows deduplication or a shard leaves no file says"
_BACKWARDS = "an interval below 0 is accepted and counts like its opposite: it is not followed"
_OUT_OF_TURN = "how many batches a stream has, how often the score is a new best, and what "
_OUT_OF_TURN += "save_first_step and dynamic_checkpoint add, is not counted"
_PACKED_EVAL = "how many packed batches the evaluation data makes depends on its tokens"

REASONS["axolotl"] = {
    "refused: TypeError: 'float' object cannot be interpreted as an integer": _ESTIMATE,
    "refused: TypeError: unsupported operand type(s) for *: 'float' and 'NoneType'": _ESTIMATE,
    "refused: IndexError: list index out of range": _PACKED_EVAL,
    "refused: ValueError: eval dataset split is too small for sample_packing. You should set "
    "`eval_sample_packing: False` in your config.": _PACKED_EVAL,
    "total_steps, warmup_steps, log_interval, save_interval": _ESTIMATE,
    "total_steps, log_interval, save_interval": _ESTIMATE,
    "total_steps, warmup_steps, log_interval, checkpoints": f"epochs below 0 cannot be; {_AS_TEXT}",
    "warmup_steps, log_interval": _NO_COUNT,
    "warmup_steps": f"{_NO_COUNT}; a ratio of 1 or more, where nothing is counted, becomes steps",
    "batches_per_epoch, checkpoints": _AS_TEXT,
    "batches_per_epoch, total_steps, warmup_steps, log_interval, checkpoints": _AS_TEXT,
    "counted_batch_size, total_steps, warmup_steps": _AS_TEXT,
    "counted_batch_size, global_batch_size, batches_per_epoch, total_steps, checkpoints": _SPLIT,
    "counted_batch_size, global_batch_size, batches_per_epoch, total_steps, warmup_steps, "
    "checkpoints": _TRIED,
    "global_batch_size, batches_per_epoch": _TRIED,
    "dataset_size, batches_per_epoch, total_steps, warmup_steps, log_interval, checkpoints": _FEWER,
    "checkpoints": _OUT_OF_TURN,
    "eval_interval, evaluations": _BACKWARDS,
    "save_interval, checkpoints": _BACKWARDS,
    "refused: AssertionError: EarlyStoppingCallback requires metric_for_best_model to be defined": (
        f"it lacks evaluation data: {_COMMAND_LINE}"
    ),
    "refused: TypeError: unsupported operand type(s) for /: 'float' and 'NoneType'": "under Ray "
    "the workers count, not the process that reads the file",
    "refused: Value error, context_parallel_size > 1 requires flash attention "
    "(attn_implementation: flash_attention_2 or flash_attention_3).": "which attention is at hand "
    "depends on the machine",
    "refused: ValueError: Your setup doesn't support bf16/gpu. You need to assign use_cpu if you "
    "want to train the model on CPU.": "which precision the machine has no file says",
    "refused: Value error, invalid literal for int() with base 10: 'many'": _FILLED_IN,
}
_NOT_PARSED = "unable to parse string as"
REASONS["axolotl"] |= {
    f"refused: {key} Input should be a valid integer, {_NOT_PARSED} an integer": _FILLED_IN
    for key in (
        "batch_size",
        "context_parallel_size",
        "early_stopping_patience",
        "eval_steps.int",
        "max_steps",
        "save_steps.int",
        "saves_per_epoch",
    )
} | {
    f"refused: {key} Input should be a valid number, {_NOT_PARSED} a number": _FILLED_IN
    for key in ("val_set_size", "warmup_ratio")
}

_KEYS_OF_SCRIPT = "a script's own keys may stand in the same file"


REASONS["transformers"] = {
    "evaluations": "an eval_delay in epochs before 4.52: an epoch ends where its last step is, "
    "at a fraction that need not be whole",
    "refused: AttributeError: 'NoneType' object has no attribute 'get'": "an evaluation that "
    "drop_last leaves without a batch stops some versions of accelerate (1.1 and 1.6 here), which "
    "are not known from transformers' own: it is a warning",
    "checkpoints": "save_strategy best: how often the metric improves no file says",
    "refused: ValueError: Some keys are not used by the HfArgumentParser: ['warmup_step']": (
        _KEYS_OF_SCRIPT
    ),
}
