"""transformers: the fields of `TrainingArguments` (`training_args.py`)."""

from __future__ import annotations

from tests.schemas.classes import Keys, Schema, fields, members, parse
from tests.schemas.history import ELSEWHERE, RAW, Framework
from tests.schemas.releases import Source, ends_of_minors

_ENUMS = {
    "IntervalStrategy": "trainer_utils.py",
    "EvaluationStrategy": "trainer_utils.py",
    "SaveStrategy": "trainer_utils.py",
    "HubStrategy": "trainer_utils.py",
    "SchedulerType": "trainer_utils.py",
    "OptimizerNames": "training_args.py",
}

_GONE = {"OptimizerNames": ["adamw_hf", "adamw_apex_fused"]}
"""Members that newer releases do not have any more."""

_CHOSEN = {
    "eval_strategy": "IntervalStrategy",
    "evaluation_strategy": "IntervalStrategy",
    "logging_strategy": "IntervalStrategy",
    "save_strategy": "SaveStrategy",
    "hub_strategy": "HubStrategy",
    "lr_scheduler_type": "SchedulerType",
    "optim": "OptimizerNames",
}
"""Keys whose text `training_args.py:TrainingArguments.__post_init__` makes a member, or stops."""

_NOT_OR = {"anyOf": [{"type": ["object", "string", "null"]}, {"enum": [False]}]}

_TYPES: dict[str, Schema] = {
    # `__post_init__` splits text; before 4.6 it was a switch.
    "debug": {"anyOf": [{"type": ["string", "boolean", "null"]}, {"type": "array"}]},
    # `__post_init__`: true, a text of options or a list of them.
    "fsdp": {"anyOf": [{"type": ["string", "boolean", "null"]}, {"type": "array"}]},
    # Tested for truth only, as long as it is not a file or its content.
    "deepspeed": _NOT_OR,
    # A switch before 4.4, then text or a list.
    "sharded_ddp": {"anyOf": [{"type": ["string", "boolean", "null"]}, {"type": "array"}]},
    # `trainer.py:Trainer.train` looks for the newest checkpoint where it is true.
    "resume_from_checkpoint": {"type": ["string", "boolean", "null"]},
    # What huggingface_hub takes as a token.
    "hub_token": {"type": ["string", "boolean", "null"]},
    # `trainer.py:Trainer._inner_training_loop` clips where there is a number above 0.
    "max_grad_norm": {"type": ["number", "null"]},
    # They go to `timedelta` and to DistributedDataParallel, which take any number.
    "ddp_timeout": {"type": "number"},
    "ddp_bucket_cap_mb": {"type": ["number", "null"]},
    # Its own classes; nothing says what a file may hold there.
    "parallelism_config": {},
    # Names may look like numbers.
    "run_name": {"type": ["string", "number", "null"]},
    "hub_revision": {"type": ["string", "number", "null"]},
    # Only text before 4.40, a list or one name since.
    "report_to": {
        "anyOf": [
            {"type": ["string", "null"]},
            {"type": "array", "items": {"type": "string"}},
        ]
    },
    "include_for_metrics": {"type": "array", "items": {"type": "string"}},
    "include_num_input_tokens_seen": {"type": ["string", "boolean", "null"]},
}
"""What is taken in spite of the annotation, or in some releases only."""


def training_arguments(source: Source) -> Keys:
    """The arguments of one release."""
    text = source.text("transformers/training_args.py")
    assert text is not None
    types = {name: _members(source, name) for name in _ENUMS}
    keys = lenient(fields(parse(text), "TrainingArguments", types))
    for name, key in keys.items():
        if name in _CHOSEN:
            chosen = types[_CHOSEN[name]] or types["IntervalStrategy"]
            keys[name] = key._replace(schema=chosen or {"type": "string"})
        keys[name] = keys[name]._replace(schema=_TYPES.get(name, keys[name].schema))
    if "evaluation_strategy" in keys:
        old = keys["evaluation_strategy"]
        keys["evaluation_strategy"] = old._replace(schema={"enum": ["no", "steps", "epoch", None]})
    return keys


def lenient(keys: Keys) -> Keys:
    """The keys as a dataclass takes them that checks nothing: null for false where it is a switch.

    Enumerations stand for the types of their values.
    """
    return {name: key._replace(schema=_lenient(key.schema)) for name, key in keys.items()}


def _lenient(schema: Schema) -> Schema:
    if "enum" in schema:
        kinds = {bool: "boolean", int: "integer", float: "number", str: "string"}
        found = [kinds.get(type(value), "null") for value in schema["enum"]]
        schema = {"type": list(dict.fromkeys(found))}
    if schema.get("type") == "boolean" or schema.get("type") == ["boolean"]:
        return {"type": ["boolean", "null"]}
    if isinstance(schema.get("type"), list) and len(schema["type"]) == 1:
        return {"type": schema["type"][0]}
    return schema


def _members(source: Source, name: str) -> Schema:
    """The values of an Enum, in whatever release."""
    found = members(parse(source.text(f"transformers/{_ENUMS[name]}") or ""), name)
    gone = [value for value in _GONE.get(name, []) if value not in found.get("enum", [])]
    return {"enum": [*found["enum"], *gone]} if found else {}


FRAMEWORK = Framework(
    name="transformers",
    title="transformers: TrainingArguments",
    packages={"transformers": training_arguments},
    sampled=lambda package: ends_of_minors(package, "3.0.0"),
    # HfArgumentParser shares the file out to the script's own dataclasses.
    unknown={"": ELSEWHERE},
    # `hf_argparser.py:HfArgumentParser.parse_dict` hands values on to the dataclass as they are.
    values={"": RAW},
)
