"""What several tests of the tree need: the plain Python value that a tree stands for."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from schedlint.source import Mapping, Node, Scalar, Sequence


def construct(node: Node | None, built: dict[int, object] | None = None) -> object:
    """Build what a loader would: dicts with merges applied, lists, and resolved scalars."""
    built = {} if built is None else built
    if node is None or isinstance(node, Scalar):
        return None if node is None else node.value
    if id(node) in built:
        return built[id(node)]
    if isinstance(node, Sequence):
        items: list[object] = []
        built[id(node)] = items
        items.extend(construct(item.value, built) for item in node.items)
        return items
    assert isinstance(node, Mapping)
    pairs: dict[object, object] = {}
    built[id(node)] = pairs
    for entry in node.effective().values():
        pairs[construct(entry.key, built)] = construct(entry.value, built)
    return pairs


@pytest.fixture(scope="session", name="construct")
def construct_fixture() -> Callable[[Node | None], object]:
    """Give tests the function above."""
    return construct
