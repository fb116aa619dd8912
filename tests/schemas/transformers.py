"""transformers: the fields of `TrainingArguments` (`training_args.py`)."""

from __future__ import annotations

from tests.schemas.classes import Keys, fields, members, parse
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


def training_arguments(source: Source) -> Keys:
    """The arguments of one release; an enum's member may stand for its value."""
    text = source.text("transformers/training_args.py")
    assert text is not None
    types = {}
    for name, file in _ENUMS.items():
        types[name] = members(parse(source.text(f"transformers/{file}") or ""), name)
    # An enum's name alone says nothing of its default, which a file writes as text.
    return fields(parse(text), "TrainingArguments", types)


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
