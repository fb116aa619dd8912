"""Versions: reading them, what a change decides, and the ways that they leave open."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedlint.reading.versions import (
    Branch,
    Change,
    Range,
    SpecError,
    branches,
    describe,
    normalised,
    parse_pin,
    release,
)


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("4.57.6", (4, 57, 6)),
        ("5", (5,)),
        ("5.0.0", (5,)),
        ("0.20", (0, 20)),
        ("4.50.0rc1", (4, 50)),
        ("5.0.0.dev0", (5,)),
        ("2.1.0+cu118", (2, 1)),
        ("v4.57", (4, 57)),
        ("", ()),
        ("main", ()),
    ],
)
def test_release(version: str, expected: tuple[int, ...]) -> None:
    """Trailing zeros and whatever follows the numbers do not count."""
    assert release(version) == expected


CHANGE = Change("trl", "0.20", "something")


@pytest.mark.parametrize(
    ("versions", "answer"),
    [
        (Range(), None),
        (Range((0, 20)), True),
        (Range((0, 21)), True),
        (Range((0, 19)), None),
        (Range(end=(0, 20)), False),
        (Range(end=(0, 20, 1)), None),
        (Range((0, 20), (0, 20, 0)), True),
        (Range((0, 19, 9), (0, 19, 9, 0)), False),
    ],
)
def test_since(versions: Range, answer: bool | None) -> None:
    """A change is in all versions of a range, in none, or in some."""
    assert versions.since(CHANGE) is answer


# For each specification, versions that it allows and versions that it does not.
SPECS = [
    ("==4.57.6", ["4.57.6", "4.57.6.0"], ["4.57.5", "4.57.7", "4.57.6.1", "4.57"]),
    ("===4.57.6", ["4.57.6"], ["4.57.7"]),
    ("==4.57.*", ["4.57", "4.57.6"], ["4.56.9", "4.58"]),
    ("==5.0.*", ["5.0", "5.0.1", "5"], ["5.1", "4.99"]),
    ("~=4.57", ["4.57", "4.60"], ["4.56", "5.0"]),
    ("~=4.57.1", ["4.57.1", "4.57.9"], ["4.57.0", "4.58"]),
    ("~=5.0.0", ["5.0", "5.0.7"], ["5.1", "4.9"]),
    ("~=0.15", ["0.15", "0.29"], ["0.14.9", "1.0"]),
    ("~=1.4.5a4", ["1.4.5", "1.4.9"], ["1.4.4", "1.5"]),
    (">=0.15", ["0.15", "0.15.0", "7"], ["0.14.9"]),
    (">4.57", ["4.57.1", "4.58"], ["4.57", "4.57.0", "4.56"]),
    ("<0.20", ["0.19.9", "0.1"], ["0.20", "0.20.1"]),
    ("<=4.57", ["4.57", "4.57.0", "4.1"], ["4.57.1", "5"]),
    (">=0.15,<0.20", ["0.15", "0.19.4"], ["0.14", "0.20"]),
    (">=4.50,!=4.52.0", ["4.50", "4.53"], ["4.49"]),
]


@pytest.mark.parametrize(("spec", "inside", "outside"), SPECS, ids=[spec for spec, *_ in SPECS])
def test_every_operator(spec: str, inside: list[str], outside: list[str]) -> None:
    """The range of a specification holds the versions that packaging lets it install."""
    known = parse_pin(f"transformers{spec}", "test").range
    for version in inside:
        assert known.first <= release(version) < known.end, version
    for version in outside:
        assert not known.first <= release(version) < known.end, version


def test_pin_knows_its_package() -> None:
    """Names are compared as indexes compare them; extras and markers make no difference."""
    pin = parse_pin("Huggingface_Hub.x[extra]>=0.20; python_version>'3'", "uv.lock")
    assert (pin.package, pin.spec, pin.origin) == ("huggingface-hub-x", ">=0.20", "uv.lock")
    assert normalised("A__b-.c") == "a-b-c"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("transformers", "names no version; write transformers==VERSION"),
        ("transformers=4.5", "is no version specification"),
        ("transformers==four", "is no version specification"),
        ("==4.5", "is no version specification"),
        ("", "is no version specification"),
        ("trl>=0.20,<0.15", "leaves no version"),
        ("trl>0.20,<0.20.0", "leaves no version"),
    ],
)
def test_what_is_no_pin(text: str, message: str) -> None:
    """One line that quotes what cannot be understood."""
    with pytest.raises(SpecError) as raised:
        parse_pin(text, "test")
    assert message in str(raised.value)
    assert repr(text) in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("versions", "words"),
    [
        (Range(), "any version"),
        (Range((4, 52)), "4.52 and later"),
        (Range((5,)), "5.0 and later"),
        (Range(end=(4, 52)), "before 4.52"),
        (Range((4, 52), (5,)), "4.52 to before 5.0"),
        (Range((4, 57, 6), (4, 57, 6, 0)), "4.57.6"),
        (Range((4, 57, 0)), "after 4.57"),
        (Range(end=(4, 57, 0)), "up to 4.57"),
        (Range((4, 52), (4, 57, 0)), "4.52 up to 4.57"),
    ],
)
def test_ranges_in_words(versions: Range, words: str) -> None:
    """As a changelog would say it."""
    assert str(versions) == words


PACKAGES = ("transformers", "trl")
NUMBERS = [(0,), (1,), (1, 1), (2,), (2, 5), (3,)]
changes = st.builds(
    Change, st.sampled_from(PACKAGES), st.sampled_from(["1.0", "1.1", "2.0", "2.5"]), st.just("")
)
pins = st.sampled_from(
    [(), ("trl>=1.1",), ("trl<2", "transformers==1.1"), ("trl>=1", "trl<2.5"), ("transformers>2",)]
)


@st.composite
def questions(draw: st.DrawFn) -> dict[tuple[bool, ...], Change]:
    """A framework's file: which change it asks about after which answers."""
    depth = draw(st.integers(0, 4))
    histories = [h for n in range(depth) for h in itertools.product((True, False), repeat=n)]
    return {history: draw(changes) for history in histories}


def followed(branch: Branch, asked: dict[tuple[bool, ...], Change]) -> tuple[bool, ...]:
    """Ask one question after the other, each depending on the answers so far."""
    history: tuple[bool, ...] = ()
    while history in asked:
        history += (branch.since(asked[history]),)
    return history


def truth(versions: dict[str, tuple[int, ...]], asked: dict[tuple[bool, ...], Change]) -> object:
    """The answers of a framework whose versions are known."""
    history: tuple[bool, ...] = ()
    while history in asked:
        change = asked[history]
        history += (versions[change.package] >= change.release,)
    return history


@given(pins, questions())
def test_branches_cover_everything_once(
    specs: tuple[str, ...], asked: dict[tuple[bool, ...], Change]
) -> None:
    """Every version that the pins allow is in exactly one branch, with the answers it has; no
    branch is about a version that they do not allow."""
    known = [parse_pin(spec, "test") for spec in specs]
    found = [(dict(branch.ranges), branch, followed(branch, asked)) for branch in branches(known)]
    regions = [(branch.ranges, answers) for _, branch, answers in found]
    for numbers in itertools.product(NUMBERS, repeat=len(PACKAGES)):
        versions = dict(zip(PACKAGES, numbers, strict=True))
        allowed = all(pin.range.first <= versions[pin.package] < pin.range.end for pin in known)
        holding = [
            answers
            for ranges, answers in regions
            if all(known.first <= versions[name] < known.end for name, known in ranges.items())
        ]
        assert holding == ([truth(versions, asked)] if allowed else [])


@given(questions())
def test_newest_versions_come_first(asked: dict[tuple[bool, ...], Change]) -> None:
    """The first branch is that of the newest versions: the wording of findings is theirs."""
    first = next(branches([]))
    assert followed(first, asked) == truth(dict.fromkeys(PACKAGES, (99,)), asked)


@given(questions())
def test_all_branches_together_are_any_version(asked: dict[tuple[bool, ...], Change]) -> None:
    """Regions that touch are told as one: all of them together need no words."""
    regions = []
    for branch in branches([]):
        followed(branch, asked)
        regions.append(branch.ranges)
    if len({change.package for change in asked.values()}) == 1:
        assert describe(regions) == ""


def test_branch_that_decides() -> None:
    """A pinned version answers without making a branch."""
    (branch,) = branches([parse_pin("trl==0.21", "test")])
    assert branch.decides(CHANGE)
    assert branch.since(CHANGE) is True
    assert not branch.others
    assert not next(branches([])).decides(CHANGE)


def test_describe_merges_what_touches() -> None:
    """Two regions that differ in one package and touch there are one."""
    one = {"trl": Range((0, 20))}
    other = {"trl": Range((0, 15), (0, 20))}
    third = {"trl": Range(end=(0, 10))}
    assert describe([one, other]) == "trl 0.15 and later"
    assert describe([other, one]) == "trl 0.15 and later"
    assert describe([one, third]) == "trl 0.20 and later or trl before 0.10"
    assert describe([{}]) == ""


def test_describe_of_two_packages() -> None:
    """Regions that differ in two packages are not merged; one that differs in one is."""
    new = {"transformers": Range((5,)), "trl": Range((0, 20))}
    mixed = {"transformers": Range((5,)), "trl": Range(end=(0, 20))}
    old = {"transformers": Range(end=(5,)), "trl": Range(end=(0, 20))}
    assert describe([new, mixed]) == "transformers 5.0 and later"
    assert describe([new, old]) == (
        "transformers 5.0 and later, trl 0.20 and later or transformers before 5.0, trl before 0.20"
    )
