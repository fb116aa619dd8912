"""Comments in a config that state facts."""

from __future__ import annotations

import pytest

from schedlint.directives import Directives, directives
from schedlint.source import read_text
from schedlint.told import Told, told


def spoken(text: str, path: str = "train.yaml") -> Directives:
    """What the comments of a text tell."""
    return directives(read_text(text, path).documents[0])


def problems(found: Directives) -> list[tuple[int, str, str]]:
    """Each problem with its line and the word that it is about."""
    return [
        (place.line, place.document.text[place.start : place.end], message)
        for place, message in found.problems
    ]


COMMENT = (
    "# schedlint: framework=axolotl axolotl==0.18.0 world_size=8 dataset_size=1_000_000 gpu=V100"
)


@pytest.mark.parametrize(
    ("text", "path"),
    [
        (f"{COMMENT}\na: 1\n", "a.yaml"),
        (f"a: 1  {COMMENT}\n", "a.yaml"),
        (f"a:\n  - 1\n  {COMMENT}\n", "a.yaml"),
        (f"a: 1\n{COMMENT}", "a.yaml"),
        (f"a: 1\r\n{COMMENT}\r\nb: 2\r\n", "a.yaml"),
        (f"{COMMENT.replace('# s', '#s')}\na: 1\n", "a.yaml"),
        (f"{COMMENT}\na = 1\n", "a.toml"),
        (f"a = 1 {COMMENT}\n", "a.toml"),
    ],
)
def test_facts(text: str, path: str) -> None:
    """Above the config, below it, behind a value; in YAML and in TOML."""
    found = spoken(text, path)
    assert found.problems == ()
    assert {each.quantity: each.value for each in found.told.assumptions} == {
        "world_size": 8,
        "dataset_size": 1_000_000,
    }
    assert [(pin.package, pin.spec) for pin in found.told.pins] == [("axolotl", "==0.18.0")]
    assert (found.told.framework, found.told.gpu) == ("axolotl", "V100")


def test_facts_of_several_comments_add_up() -> None:
    """Each comment may tell a part."""
    found = spoken("# schedlint: world_size=8\na: 1 # schedlint: dataset_size=10\n")
    assert {each.quantity for each in found.told.assumptions} == {"world_size", "dataset_size"}


def test_place_of_a_fact() -> None:
    """A fact knows its word: the line of a proof."""
    found = spoken("a: 1\n# schedlint: world_size=8\n")
    (fact,) = found.told.assumptions
    assert fact.text == "comment: world_size=8"
    assert fact.place is not None
    assert (fact.place.line, fact.place.start) == (2, len("a: 1\n# schedlint: "))


@pytest.mark.parametrize(
    "text",
    [
        'a: "# schedlint: world_size=8"\n',
        "a: x#schedlint:world_size=8\n",
        "a: |\n  # schedlint: world_size=8\n",
        "# see schedlint: world_size=8\n",
        "# schedlint: ignore[SL301]\n",
        "# schedlint: ignore-file[SL3, no-optimizer-step]\n",
        "# schedlint:\n",
        "a: 1\n",
        "# schedlint is fine: world_size=8\n",
    ],
)
def test_what_speaks_of_something_else(text: str) -> None:
    """Text that is no comment, other comments and suppressions state no facts."""
    found = spoken(text + "b: 2\n")
    assert (found.told, found.problems) == (Told(), ())


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("world-size=8", "'world-size' is not a quantity; did you mean world_size?"),
        ("world_size=eight", "world_size needs a whole number, found 'eight'"),
        ("world_size=8,", "world_size needs a whole number, found '8,'"),
        ("world_size=0", "world_size is at least 1, found 0"),
        ("world_size=", "'world_size=' is not a fact; write NAME=VALUE or PACKAGE==VERSION"),
        ("fast", "'fast' is not a fact; write NAME=VALUE or PACKAGE==VERSION"),
        ("framework=axolotle", "there is no framework 'axolotle'; did you mean axolotl?"),
        ("trl>=0.20,<0.10", "'trl>=0.20,<0.10' leaves no version"),
    ],
)
@pytest.mark.parametrize(("path", "line"), [("a.yaml", "a: 1"), ("a.toml", "a = 1")])
def test_problems(word: str, message: str, path: str, line: str) -> None:
    """What cannot be understood is a problem at its own word; the other words count."""
    found = spoken(f"{line}\n# schedlint: dataset_size=7 {word} gpu=A100\n", path)
    assert problems(found) == [(2, word, message)]
    assert found.told.gpu == "A100"
    assert [each.value for each in found.told.assumptions] == [7]


def test_fact_told_twice() -> None:
    """The first of two counts, and the second is a problem."""
    found = spoken("# schedlint: world_size=8\n# schedlint: world_size=16 gpu=A100\na: 1\n")
    assert [each.value for each in found.told.assumptions] == [8]
    assert problems(found) == [(2, "world_size=16", "told twice in this file; the first counts")]


def test_stronger_facts_win() -> None:
    """What somebody tells from outside counts before the comments; the rest is kept."""
    comments = spoken("# schedlint: world_size=8 dataset_size=10 trl==0.20 gpu=V100\na: 1\n").told
    both = told({"world_size": 2}).over(comments)
    assert {each.quantity: each.value for each in both.assumptions} == {
        "world_size": 2,
        "dataset_size": 10,
    }
    assert both.gpu == "V100"
    assert told({"gpu": "A100"}).over(comments).gpu == "A100"
