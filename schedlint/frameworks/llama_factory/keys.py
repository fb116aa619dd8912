"""LLaMA-Factory: the flat config of `llamafactory-cli train`.

The Hugging Face Trainer works underneath; what is its own is how rows become samples, one
evaluation more after training, and a PPO loop and two Megatron backends with an arithmetic apart.

Sources: llamafactory `hparams/parser.py:read_args`, `get_train_args`; `hparams/data_args.py`;
`data/loader.py:_load_single_dataset`; `data/data_utils.py:split_dataset`, `merge_dataset`;
`data/processor/{pretrain,supervised}.py`; `train/sft/workflow.py:run_sft`;
`train/ppo/trainer.py`, `train/megatron_bridge/config_builder.py:_compute_train_schedule`.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from math import inf
from typing import ClassVar

from schedlint.frameworks.llama_factory import data as llama_factory_data
from schedlint.frameworks.llama_factory import refusals as llama_factory_refusals
from schedlint.frameworks.llama_factory import v1 as llama_factory_v1
from schedlint.frameworks.transformers import held_out, resume, trainer
from schedlint.frameworks.transformers.changes import PACKAGE as TRANSFORMERS
from schedlint.frameworks.transformers.changes import WARMUP_RATIO_GONE
from schedlint.frameworks.transformers.keys import Transformers
from schedlint.plan import Claim, Interval, Number, Origin, Relation, Word, relation
from schedlint.plan.arithmetic import times
from schedlint.reading.config import Config, Misreading, Remedy, Setting
from schedlint.reading.framework import Named
from schedlint.reading.versions import Change
from schedlint.source import UNKNOWN, YAML11, Document, Scalar, Sequence, value_of

PACKAGE = "llamafactory"
LOADER_READS_EXPONENTS = Change(
    PACKAGE, "0.9.4", "1e-5 is read as a number (OmegaConf), before that as text (PyYAML)"
)

TRAINED_BY_TRAINER = ("pt", "sft", "rm", "dpo", "kto")
"""Stages that the Hugging Face Trainer's loop runs; `ppo` has its own."""
MODEL_PARALLEL = (
    "tensor_model_parallel_size",
    "pipeline_model_parallel_size",
    "context_parallel_size",
)
"""Keys of both Megatron backends; each also names the quantity."""
EXPERT_PARALLEL = "expert_model_parallel_size"
HELD_OUT_FROM = 1e-6
"""A `val_size` up to this holds nothing out."""
NUMBERS = (
    "adam_beta1",
    "adam_beta2",
    "adam_epsilon",
    "eval_steps",
    "learning_rate",
    "logging_steps",
    "max_grad_norm",
    "max_steps",
    "num_train_epochs",
    "save_steps",
    "val_size",
    "warmup_ratio",
    "warmup_steps",
    "weight_decay",
)
"""Keys that every training run calculates with; text there stops it."""

WORDS = (
    Word("max_samples", "rows", "rows taken of a dataset at most"),
    Word("rows_joined", "rows", "rows that are held out, dropped, or joined to others by packing"),
    *(
        Word(key, "processes", "processes among which a part is divided", 1)
        for key in MODEL_PARALLEL
    ),
    Word(EXPERT_PARALLEL, "processes", "processes that experts take from data parallelism", 1),
    Word("evaluations_in_training", "times", "evaluations before the one after training"),
)


@relation("++", says="min({dataset_rows}, {max_samples})", output="kept_rows")
def capped_rows(dataset_rows: Number, max_samples: Number) -> Number:
    return min(dataset_rows, max_samples)


@relation("+-", says="{kept_rows} - {rows_joined} (packed)", output="dataset_size")
def packed_rows(kept_rows: Number, rows_joined: Number) -> Number:
    return inf if kept_rows == inf else max(kept_rows - rows_joined, 0)


@relation("+", says="{evaluations_in_training} + 1 after training", output="evaluations")
def evaluations_and_one(evaluations_in_training: Number) -> Number:
    return evaluations_in_training + 1


@relation(
    "++++",
    says="{tensor_model_parallel_size} × {pipeline_model_parallel_size} × {context_parallel_size}"
    " × {expert_model_parallel_size}",
)
def model_parallel_size(
    tensor_model_parallel_size: Number,
    pipeline_model_parallel_size: Number,
    context_parallel_size: Number,
    expert_model_parallel_size: Number,
) -> Number:
    return times(
        tensor_model_parallel_size,
        pipeline_model_parallel_size,
        context_parallel_size,
        expert_model_parallel_size,
    )


@cache
def in_training(evaluations: Relation) -> Relation:
    """The Trainer's count of evaluations, as a part of all."""
    return replace(evaluations, output="evaluations_in_training")


class LlamaFactory(Transformers):
    """Keys of its dataclasses for data, training and fine-tuning."""

    name = "llama-factory"
    title = "LLaMA-Factory"
    dialect = "omegaconf"
    refuses_duplicates = True  # omegaconf/_utils.py:OmegaConfLoader.construct_mapping
    packages = (PACKAGE, TRANSFORMERS)
    versions = "0.9.3 to 0.9.6.dev0"
    changes = (*Transformers.changes, *llama_factory_refusals.CHANGES, LOADER_READS_EXPONENTS)
    renamed: ClassVar[dict[str, str]] = {
        **Transformers.renamed,
        "dpo_beta": "pref_beta",
        "dpo_ftx": "pref_ftx",
        "dpo_loss": "pref_loss",
        "name_module_trainable": "freeze_trainable_modules",
        "num_layer_trainable": "freeze_trainable_layers",
    }
    gone = tuple(each for each in Transformers.gone if each.key != "warmup_ratio")
    words = (*trainer.WORDS, *held_out.WORDS, *WORDS, *llama_factory_v1.WORDS)
    home = "https://llamafactory.readthedocs.io"

    def read(self, config: Config) -> None:
        if llama_factory_v1.is_v1(config):
            llama_factory_v1.read(config)
            return
        if self.trained_by_trainer(config):
            super().read(config)
        else:
            self.read_other_loop(config)
        self.read_sequences(config)
        self.read_exponents(config)
        self.read_attention(config)
        llama_factory_refusals.read(self, config)

    def read_attention(self, config: Config) -> None:
        """`model/model_utils/attention.py:configure_attn_implementation` takes words only."""
        kind = config.setting("flash_attn")
        if isinstance(kind.value, bool):
            why = "YAML reads it as a boolean: write disabled, auto, sdpa or fa2"
            config.refuse(kind, why, None if kind.value else Remedy(kind, "disabled"))

    def stage(self, config: Config) -> Setting:
        return config.word("stage", default="sft")

    def trained_by_trainer(self, config: Config) -> bool:
        stage = self.stage(config).value
        return stage in TRAINED_BY_TRAINER and not self.on_megatron(config)

    # PPO and Megatron.

    def read_other_loop(self, config: Config) -> None:
        """Batches only: PPO counts rollouts as steps, the Megatron backends round on their own."""
        self.read_batches(config)
        self.read_precision(config)
        if self.on_megatron(config):
            self.read_model_parallel(config)
        else:
            self.read_companions(config)
            config.reading.fillable.clear()  # only the Trainer's loop compares them

    def on_megatron(self, config: Config) -> bool:
        return any(config.has(key) for key in (*MODEL_PARALLEL, EXPERT_PARALLEL))

    def read_model_parallel(self, config: Config) -> None:
        """Experts divide the data-parallel size under Megatron Bridge, not under mcore_adapter."""
        for key in MODEL_PARALLEL:
            config.state(key, config.whole(key, default=1))
        experts = config.whole(EXPERT_PARALLEL, default=1)
        if experts.number is not None:
            config.claim(EXPERT_PARALLEL, Interval(1, max(experts.number, 1)), experts)
        config.relate(model_parallel_size, trainer.data_parallel_size)

    # From rows to samples.

    def read_data(self, config: Config) -> None:
        super().read_data(config)
        config.fact("streaming", config.flag("streaming"))
        config.fact("eval_data", self.eval_data(config))
        self.read_held_out(config)
        self.read_rows(config)

    def eval_data(self, config: Config) -> Setting:
        given = config.setting("eval_dataset")
        if given.value is not None:
            return given if given.value is UNKNOWN else given._replace(value=True)
        size = config.real("val_size", default=0.0)
        return size if size.number is None else size._replace(value=size.number > HELD_OUT_FROM)

    def read_held_out(self, config: Config) -> None:
        """Rows of `val_size` are not trained on; predictions are made of them as well."""
        size = config.real("val_size", default=0.0)
        elsewhere = [config.setting(key).value for key in ("eval_dataset", "tokenized_path")]
        if (size.number or 0) <= HELD_OUT_FROM or elsewhere != [None, None]:
            return
        if config.flag("do_predict").value is False and config.flag("do_train").value is True:
            config.fact("held_out", size._replace(value=True))

    def read_rows(self, config: Config) -> None:
        """What becomes of the stored rows; tokenized data on disk may replace them all."""
        if self.eval_data(config).value is False:
            nothing = config.real("val_size", default=0.0)
            config.claim("eval_dataset_size", Interval.exactly(0), nothing)
        if config.setting("tokenized_path").value is not None:
            return
        self.read_kept_rows(config)
        packing = self.packing(config)
        if packing.value is False:
            self.read_split(config)
        elif packing.value is True and self.stage(config).value == "sft":
            config.relate(packed_rows)

    def read_kept_rows(self, config: Config) -> None:
        names = dataset_names(config)
        cap = config.whole("max_samples")
        mixing = config.word("mix_strategy", default="concat")
        if cap.value is UNKNOWN or not names or (len(names) > 1 and mixing.value != "concat"):
            return
        if self.count_local_rows(config, names, cap):
            return
        if cap.number is None:
            config.relate(held_out.kept_rows)
        elif len(names) == 1:
            config.state("max_samples", cap)
            config.relate(capped_rows)
        else:
            config.claim("kept_rows", Interval(0, times(len(names), cap.number)), cap)

    def count_local_rows(self, config: Config, names: list[str], cap: Setting) -> bool:
        """Claim the rows of datasets that lie in the project; whether they do."""
        folder = config.word("dataset_dir", default="data").value
        most = None if cap.number is None else int(cap.number)
        if not isinstance(folder, str) or config.flag("streaming").value is not False:
            return False
        rows = llama_factory_data.kept_rows(names, folder, config.document.path, most)
        if rows is None:
            return False
        limit = "" if most is None else f", at most {most:,} of each"
        text = f"{rows:,} rows in the files of {', '.join(names)}{limit}"
        claim = Claim("kept_rows", Interval.exactly(rows), Origin.MEASURED, text)
        config.reading.claims.append(claim)
        return True

    def read_split(self, config: Config) -> None:
        size = config.real("val_size", default=0.0)
        number = size.number
        if number is None:
            return
        if number <= HELD_OUT_FROM:
            config.relate(held_out.all_rows_train)
        else:
            held_out.split(config, size._replace(value=int(number)) if number > 1 else size)

    # Sequences.

    def packing(self, config: Config) -> Setting:
        """Whether rows are packed: in `sft` if asked for, in `pt` unless told not to."""
        stage = self.stage(config).value
        neat = config.flag("neat_packing")
        asked = neat if neat.value is True else config.flag("packing", default=None)
        if stage is UNKNOWN:
            return asked._replace(value=UNKNOWN)
        if stage not in ("pt", "sft"):
            return asked._replace(value=False)
        return asked if asked.value is not None else asked._replace(value=stage == "pt")

    def read_sequences(self, config: Config) -> None:
        """`cutoff_len`, of which an explicit `packing` takes one away; sft fills it up again."""
        config.fact("packing", self.packing(config))
        cutoff = config.whole("cutoff_len", default=2048)
        shortened = True in (config.flag("packing").value, config.flag("neat_packing").value)
        if cutoff.number is not None and shortened and self.stage(config).value != "sft":
            cutoff = cutoff._replace(value=cutoff.number - 1)
        config.state("sequence_length", cutoff)

    # Checkpoints.

    def names(self, document: Document) -> tuple[Named, ...]:
        """Without a word it goes on from the last checkpoint in `output_dir`."""
        said = [resume.said(document, key) for key in ("do_train", "overwrite_output_dir")]
        goes_on = said[0] is True and said[1] in (None, False)
        if goes_on and resume.said(document, resume.KEY) is None:
            return (*super().names(document), *resume.latest(document))
        return super().names(document)

    def resumes(self, config: Config) -> bool:
        """`get_train_args` drops the checkpoint where a whole reward model is trained."""
        dropped = self.stage(config).value == "rm"
        dropped &= config.word("finetuning_type", default="lora").value not in ("lora", "oft")
        return config.setting(resume.KEY).value is not False and not dropped

    # Warm-up.

    def ratio_is_gone(self, config: Config) -> bool:
        """No release allows a transformers without `warmup_ratio` (0.9.6: up to 5.8)."""
        return config.decides(WARMUP_RATIO_GONE) and super().ratio_is_gone(config)

    # Evaluations.

    def read_cadence(self, config: Config) -> None:
        super().read_cadence(config)
        config.fact("early_stopping_patience", config.whole("early_stopping_steps"))

    def read_evaluation(self, config: Config) -> None:
        """As the Trainer does, and once more after training where evaluation is on."""
        after_training = config.flag("do_eval")
        if self.eval_strategy(config).value != "no":
            super().read_evaluation(config)
            self.count_one_more(config)
        elif after_training.value is True:
            config.fact("eval_strategy", self.eval_strategy(config))
            config.claim("evaluations", Interval.exactly(1), after_training)
        elif after_training.value is False:
            super().read_evaluation(config)

    def count_one_more(self, config: Config) -> None:
        relations = config.reading.relations
        counted = [each for each in relations if each.output == "evaluations"]
        for each in counted:
            relations[relations.index(each)] = in_training(each)
        if counted:
            config.relate(evaluations_and_one)

    # What the loader makes of `1e-5`.

    def read_exponents(self, config: Config) -> None:
        """Numbers that older versions read as text, and then stop at."""
        settings = [config.setting(key) for key in self.calculated_with(config)]
        texts = [setting for setting in settings if is_text_in_yaml11(setting)]
        if texts and not config.since(LOADER_READS_EXPONENTS):
            misread = (Misreading(setting, "a number", "text") for setting in texts)
            config.reading.misreadings.extend(misread)

    def calculated_with(self, config: Config) -> tuple[str, ...]:
        loraplus = config.has("loraplus_lr_ratio")
        return (*NUMBERS, "loraplus_lr_ratio", "loraplus_lr_embedding") if loraplus else NUMBERS


def dataset_names(config: Config) -> list[str]:
    """The names under `dataset`: a list, or one text with commas. Empty where not all are known."""
    value = config.setting("dataset").value
    if isinstance(value, Sequence):
        names = [value_of(item.value) for item in value.items]
        known = [name for name in names if isinstance(name, str)]
        return known if len(known) == len(names) else []
    return [name.strip() for name in value.split(",")] if isinstance(value, str) else []


def is_text_in_yaml11(setting: Setting) -> bool:
    """Whether PyYAML reads as text what OmegaConf reads as a number."""
    node = None if setting.entry is None else setting.entry.value
    if not isinstance(node, Scalar) or node.style != "plain" or setting.number is None:
        return False
    return isinstance(YAML11.resolve(node), str)


FRAMEWORK = LlamaFactory()
