"""The schemas as they are stored: valid, complete, described, and known by the frameworks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from typer.testing import CliRunner

from schedlint.cli.app import app
from schedlint.reading.config import Config
from schedlint.run import load
from schedlint.schemas import FOLDER, bundled, frameworks, section
from schedlint.source import Entry
from tests.oracles.table import tables

NAMES = frameworks()


def properties(schema: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every key of a schema with its dotted path."""
    for name, stands in schema.get("properties", {}).items():
        yield path + name, stands
        yield from properties(stands, f"{path}{name}.")
        yield from properties(stands.get("items", {}), f"{path}{name}[].")


@pytest.mark.parametrize("name", NAMES)
def test_a_schema_is_valid_and_says_what_it_is(name: str) -> None:
    """By the draft's own schema; alone, and with what it builds on inside."""
    schema = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    Draft202012Validator.check_schema(bundled(name))
    assert schema["$schema"] == Draft202012Validator.META_SCHEMA["$id"]
    assert schema["x-packages"]
    assert set(schema.get("x-builds-on", ())) <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_every_key_is_described_in_a_line(name: str) -> None:
    """In words of our own; what a section is made of may speak for itself."""
    schema = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    for path, stands in properties(schema):
        said = stands.get("description", "")
        assert said or "properties" in stands, path
        assert len(said) <= 110, path
        assert "\n" not in said, path


@pytest.mark.parametrize("name", NAMES)
def test_defaults_are_what_the_key_takes(name: str) -> None:
    """A default that does not validate is a type that was read wrongly; null stands for none."""
    schema = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    for path, stands in properties(schema):
        if stands.get("default") is not None:
            validator = Draft202012Validator(
                {k: v for k, v in stands.items() if k in ("type", "enum", "anyOf")}
            )
            assert validator.is_valid(stands["default"]), path


def test_references_of_a_bundle_lead_somewhere() -> None:
    """What TRL's schema builds on is held within."""
    schema = bundled("trl")
    assert schema is not None
    assert Draft202012Validator(schema).is_valid({"learning_rate": 0.1})
    assert not Draft202012Validator(schema).is_valid({"learning_rate": [0.1]})


@pytest.mark.parametrize("name", NAMES)
def test_the_command_prints_it(name: str) -> None:
    """`schedlint schema NAME` is the bundle."""
    done = CliRunner().invoke(app, ["schema", name])
    assert done.exit_code == 0
    assert json.loads(done.stdout) == bundled(name)


@pytest.mark.parametrize(("name", "said"), [("generic", "there is no schema"), ("trk", "trl")])
def test_what_has_no_schema_is_told(name: str, said: str) -> None:
    """With the names of those that have one, or the nearest framework."""
    done = CliRunner().invoke(app, ["schema", name])
    assert done.exit_code == 2
    assert said in done.stderr


_OLD_OR_ELSEWHERE = {
    "deepspeed": {"quantize_training"},
    "axolotl": {
        "fsdp_config.fsdp_sharding_strategy",
        "fsdp_config.sharding_strategy",
        "split_batches",
    },
}
"""Keys that are asked for so that they can be refused, or that no release declares."""


@pytest.mark.parametrize("name", sorted(set(NAMES) & {table.framework for table in tables()}))
def test_what_a_framework_asks_for_is_known(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where unknown keys are reported, the schema has all that the framework's files read."""
    asked: set[str] = set()
    entry = Config.entry

    def note(self: Config, key: str) -> Entry | None:
        if self.root is self.document.root:
            asked.add(key)
        return entry(self, key)

    monkeypatch.setattr(Config, "entry", note)
    for table in tables():
        for row in list(table.rows())[::5] if table.framework == name else []:
            assert load(text=row.config, filename=row.file, framework=name).scenarios
    assert asked
    assert set(_unknown(name, asked)) <= _OLD_OR_ELSEWHERE.get(name, set())


def _unknown(name: str, asked: set[str]) -> Iterator[str]:
    for key in asked:
        here = section(name)
        for part in key.split("."):
            if here is None or here.unknown not in ("refused", "ignored"):
                break
            if here.get(part) is None:
                yield key
                break
            here = here.below(part)
