"""How keys are read from source, and their lives from several releases; no network."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import pytest
from packaging.version import Version

from tests.schemas import history
from tests.schemas.classes import NO_DEFAULT, Key, arguments, fields, options, parse
from tests.schemas.history import Framework
from tests.schemas.releases import Release, Source

CLASS = '''
class Arguments(Base):
    """Doc."""
    first: int = 8
    second: Optional[float] = field(default=None, metadata={"help": "x"})
    third: list[str] | str | None = field(default_factory=list)
    fourth: Literal["a", "b"] = "a"
    fifth: Annotated[bool, Field(alias="number_five")] = Field(default=True, alias="number_5")
    sixth: Strange = Strange.DEFAULT
    shared: ClassVar[int] = 3
    _hidden: int = 1
'''


def test_fields_of_a_class() -> None:
    """Types, defaults and aliases; what is not known means anything."""
    found = fields(parse(CLASS), "Arguments")
    assert found == {
        "first": Key({"type": "integer"}, 8),
        "second": Key({"type": ["number", "null"]}, None),
        "third": Key(
            {
                "anyOf": [
                    {"type": "array", "items": {"type": "string"}},
                    {"type": "string"},
                    {"type": "null"},
                ]
            },
            NO_DEFAULT,
        ),
        "fourth": Key({"enum": ["a", "b"]}, "a"),
        "fifth": Key({"type": "boolean"}, True, ("number_5",)),
        "sixth": Key({}, NO_DEFAULT),
    }


def test_types_of_the_project_s_own() -> None:
    """They stand for what the caller says, also in unions."""
    types: dict[str, dict[str, Any]] = {"Strange": {"enum": ["x"]}}
    (key,) = fields(parse("class A:\n    s: Strange | None = None\n"), "A", types).values()
    assert key.schema == {"enum": ["x", None]}


def test_arguments_and_options() -> None:
    """Of a constructor, and of a parser."""
    tree = parse("class T:\n    def __init__(self, a, b: int = 2, *, c: bool = False): ...\n")
    assert arguments(tree, "T.__init__") == {
        "a": Key({}),
        "b": Key({"type": "integer"}, 2),
        "c": Key({"type": "boolean"}, False),
    }
    tree = parse(
        "p.add_argument('-b', '--batch-size', type=int, default=128)\n"
        "p.add_argument('--amp', action='store_true')\n"
        "p.add_argument('--steps', type=int, nargs='+')\n"
        "p.add_argument('folder')\n"
    )
    assert options(tree) == {
        "batch_size": Key({"type": "integer"}, 128),
        "amp": Key({"type": "boolean"}, False),
        "steps": Key({"type": "array", "items": {"type": "integer"}}),
    }


RELEASES = {
    "1.0.0": "class A:\n    old: int = 1\n    kept: int = 1\n",
    "1.1.0": "class A:\n    old: int = 1\n    kept: int = 1\n    new: int = 1\n",
    "1.2.0": "class A:\n    kept: float = 2.0\n    new: int = 1\n",
}


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, Any]:
    """The schema of three releases of which the index knows one more, between the first two."""
    every = [
        Release("p", Version(v), "", f"p-{v}.whl") for v in ("1.0.0", "1.0.5", "1.1.0", "1.2.0")
    ]
    monkeypatch.setattr(history, "releases", lambda package: tuple(every))
    for version, text in RELEASES.items():
        with zipfile.ZipFile(tmp_path / f"p-{version}.whl", "w") as archive:
            archive.writestr("p/a.py", text)

    def read(source: Source) -> dict[str, Key]:
        text = source.text("p/a.py")
        assert text is not None
        return fields(parse(text), "A")

    framework = Framework(
        name="p",
        title="P",
        packages={"p": read},
        sampled=lambda package: [each for each in every if str(each.version) in RELEASES],
        unknown={"": history.REFUSED},
        values={"": history.RAW},
    )
    said = {"old": "An old key.", "kept": "A kept key.", "new": "A new key."}
    return history.schema(framework, lambda release: Source(release, tmp_path), said)


def test_the_life_of_a_key(made: dict[str, Any]) -> None:
    """It may have come with the first release after the last without it; as the newest has it."""
    assert made["x-packages"] == {"p": ["1.0.0", "1.2.0"]}
    assert (made["x-unknown"], made["x-values"]) == ("refused", "raw")
    assert made["properties"]["new"]["x-since"] == "1.0.5"
    assert made["properties"]["old"]["x-until"] == "1.2.0"
    assert made["properties"]["old"]["deprecated"] is True
    assert made["properties"]["kept"] == {
        "description": "A kept key.",
        "type": "number",
        "default": 2.0,
    }
