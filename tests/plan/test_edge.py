"""From which value on a question changes its answer."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from schedlint.plan import Edge, edge


@given(st.integers(0, 1000), st.integers(1, 10**9))
def test_edge_is_found_exactly(least: int, distance: int) -> None:
    """The two neighbours are the last value with one answer and the first with the other."""
    turn = least + distance
    assert edge(lambda value: value >= turn, least) == Edge(turn - 1, turn, False)
    assert edge(lambda value: value < turn, least) == Edge(turn - 1, turn, True)


def test_no_edge_where_the_answer_never_changes() -> None:
    """Always and never have no edge."""
    assert edge(lambda value: True, 1) is None
    assert edge(lambda value: False, 0) is None


def test_last_change_counts() -> None:
    """A run without samples is no run: the answer there says nothing about the others."""
    assert edge(lambda value: 0 < value < 4000, 0) == Edge(3999, 4000, True)
    assert edge(lambda value: not 1000 <= value < 2_000_000, 1) == Edge(1_999_999, 2_000_000, False)


def test_no_edge_where_the_answer_never_settles() -> None:
    """What depends on a remainder changes its answer for ever."""
    assert edge(lambda value: value % 7 == 0, 0) is None
    assert edge(lambda value: value % 32 != 0, 1) is None


def test_no_edge_beyond_what_training_counts() -> None:
    """A change at 10^20 is none that a reader could reach."""
    assert edge(lambda value: value >= 10**20, 1) is None


def test_edge_asks_few_questions() -> None:
    """Each question may be a whole plan: doubling and halving, not counting."""
    asked: list[int] = []

    def holds(value: int) -> bool:
        asked.append(value)
        return value >= 123_456_789

    assert edge(holds, 1) == Edge(123_456_788, 123_456_789, False)
    assert len(asked) < 70
