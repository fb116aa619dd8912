"""Values that refer to other values: `${a.b}` (OmegaConf) and `!ref <a.b>` (HyperPyYAML).

Only a reference that is the whole value and stays within its document is followed. Whatever
else is filled in before or while loading (`${oc.env:X}`, `{{ x }}`, `$X`, `lr_${lr}`) is unknown.
"""

from __future__ import annotations

import re
from typing import Final, NoReturn

from schedlint.source.limits import MAX_STEPS
from schedlint.source.tree import Mapping, Node, Scalar

__all__ = ["UNKNOWN", "Unknown", "follow", "value_of"]

_OMEGACONF = re.compile(r"\$\{\s*(\.*)([^\s${}:,]*)\s*\}")
_HYPERPYYAML = re.compile(r"<([^<>\s]+)>")
_TEMPLATE = re.compile(r"\$\{|\{\{|\$[A-Za-z_]\w*\Z")
_BRACKETS = re.compile(r"\[([^\[\]]+)\]")
_CORE = "tag:yaml.org,2002:"


class Unknown:
    """The type of UNKNOWN: a value that only shows when the config is loaded."""

    __slots__ = ()

    def __bool__(self) -> NoReturn:
        raise TypeError("an unknown value is neither true nor false: compare with `is UNKNOWN`")

    def __repr__(self) -> str:
        return "unknown"


UNKNOWN: Final = Unknown()
"""Stands for a value that the file does not hold."""


def value_of(node: Node) -> object:
    """What a node stands for: a scalar's value, references followed; UNKNOWN where it cannot tell.

    A collection is returned as the node that it is; a `Malformed` value as such.
    """
    target = follow(node)
    if target is not None:
        node = target
    if not isinstance(node, Scalar):
        return UNKNOWN if _is_template(node) else node
    if _has_foreign_tag(node):
        return UNKNOWN
    value = node.value
    if isinstance(value, str) and (_TEMPLATE.search(value) or value == "???"):
        return UNKNOWN  # "???" is OmegaConf's mark of a value that is still to come
    return value


def follow(node: Node) -> Node | None:
    """The node that a plain reference leads to in the same document, over several steps.

    None when `node` is no such reference, when nothing is there, and when it leads in a circle
    or over more than MAX_STEPS others.
    """
    target = _step(node)
    for _ in range(MAX_STEPS):
        further = None if target is None else _step(target)
        if further is None:
            return target
        target = further
    return None


def _step(node: Node) -> Node | None:
    """One reference further."""
    if not isinstance(node, Scalar):
        return None
    if node.tag in ("!ref", "!copy"):
        match = _HYPERPYYAML.fullmatch(node.text)
        return None if match is None else _target(node, 0, match[1])
    match = None if _has_foreign_tag(node) else _OMEGACONF.fullmatch(node.text)
    return None if match is None else _target(node, len(match[1]), match[2])


def _target(node: Scalar, dots: int, path: str) -> Node | None:
    """What `path` names: from the root without dots, else from the collection `dots` levels up.

    Source: omegaconf basecontainer.py:_resolve_interpolation_from_parse_tree; one dot is the
    collection that holds the value.
    """
    document = node.document
    path = _BRACKETS.sub(r".\1", path).removeprefix(".")
    base: Node | None = node if dots else document.root
    for _ in range(dots):
        base = None if base is None else document.parent(base)
    found = None if base is None else document.find(path, base)
    return None if found is None else found.value


def _has_foreign_tag(node: Scalar) -> bool:
    """Whether only the framework, or a loader that runs code, knows what to make of the tag."""
    tag = node.tag
    if tag is None or tag == "!":
        return False
    return not tag.startswith(_CORE) or tag.startswith(_CORE + "python/")


def _is_template(node: Node) -> bool:
    """Whether this is `{{ x }}` without quotes, which YAML reads as a mapping in a mapping."""
    if not isinstance(node, Mapping) or len(node.entries) != 1:
        return False
    return isinstance(node.entries[0].key, Mapping)
