"""The judge of YAML: PyYAML's composed nodes, all that any loader of it knows of a text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import yaml

from schedlint.fixes import Value
from tests.fixes.judge import Change, Judge, Path, Place, Token, Wanted

__all__ = ["YamlJudge"]

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_SOLID = (yaml.ScalarToken, yaml.AliasToken, yaml.AnchorToken, yaml.TagToken)
_COMMENT = re.compile(r"#[^\r\n]*")
_HEADER = re.compile(r"[|>][-+0-9]*([^\r\n]*)")


class YamlJudge(Judge):
    """What PyYAML makes of a text before and after."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.loads = _loads(text)

    def places(self) -> list[Place]:
        """All that can be edited, in the order of the text."""
        found: list[Place] = []
        for number, root in enumerate(_composed(self.text)):
            _walk(root, (number, ()), found, {id(root)})
        return found

    def verdict(self, change: Change, after: str) -> str:
        """What is wrong with the nodes of a new text."""
        expected = _composed(self.text)
        _make(change, expected[change.place.document])
        try:
            got = _composed(after)
        except yaml.YAMLError as error:
            return f"PyYAML cannot read it: {error}"
        if self.loads and not _loads(after):
            return "PyYAML cannot load it any more"
        return _compared(expected, got)

    def tokens(self, text: str) -> Iterator[Token]:
        """PyYAML's tokens; between them are comments, and behind the sign of a long text."""
        shift = int(text.startswith("\ufeff"))
        done = shift
        for token in yaml.scan(text[shift:], Loader=_LOADER):
            start, end = (mark.index + shift for mark in (token.start_mark, token.end_mark))
            yield from _comments(text, done, start)
            done = max(done, end)
            if isinstance(token, _SOLID) and end > start:
                yield Token(start, start + len(text[start:end].rstrip()), is_comment=False)
            if isinstance(token, yaml.ScalarToken) and token.style in ("|", ">"):
                header = _HEADER.match(text, start)
                assert header is not None
                yield from _comments(text, *header.span(1))
        yield from _comments(text, done, len(text))


def _comments(text: str, start: int, end: int) -> Iterator[Token]:
    for match in _COMMENT.finditer(text, start, end):
        yield Token(*match.span(), is_comment=True)


def _composed(text: str) -> list[Any]:
    return list(yaml.compose_all(text, Loader=_LOADER))


def _loads(text: str) -> bool:
    """Whether PyYAML's safe loader takes a text."""
    try:
        list(yaml.load_all(text, Loader=_LOADER))
    except (yaml.YAMLError, ValueError, TypeError):
        return False
    return True


def _walk(node: Any, at: tuple[int, Path], found: list[Place], seen: set[int]) -> int:
    """Add the places below a node. How many tokens it has at most, a tag included."""
    if isinstance(node, yaml.ScalarNode):
        return 2
    tokens, (number, path), is_entry = 1, at, isinstance(node, yaml.MappingNode)
    for index in range(len(node.value)):
        value, here, place = _value(node, index), (*path, index), len(found)
        found.append(Place(number, here, is_entry, is_alias=id(value) in seen, tokens=1))
        if id(value) not in seen:
            seen.add(id(value))
            inner = _walk(value, (number, here), found, seen)
            found[place] = found[place]._replace(tokens=inner)
        tokens += found[place].tokens + 3
    return tokens


def _value(holder: Any, index: int) -> Any:
    item = holder.value[index]
    return item[1] if isinstance(holder, yaml.MappingNode) else item


def _make(change: Change, root: Any) -> None:
    """Make an edit on nodes. One that aliases share changes for all of them."""
    *around, index = map(int, change.place.path)
    holder = root
    for step in around:
        holder = _value(holder, step)
    if change.kind == "delete":
        del holder.value[index]
    elif change.kind == "rename":
        holder.value[index] = (_scalar(change.name), _value(holder, index))
    elif change.kind == "insert":
        holder.value.insert(index + 1, (_scalar(change.name), _scalar(change.value)))
    elif not change.place.is_alias:
        _value(holder, index).wanted = Wanted(change.value)
    elif change.place.is_entry:
        holder.value[index] = (holder.value[index][0], _scalar(change.value))
    else:
        holder.value[index] = _scalar(change.value)


def _scalar(value: Value) -> Any:
    node: Any = yaml.ScalarNode("", "")
    node.wanted = Wanted(value)
    return node


def _compared(expected: list[Any], got: list[Any]) -> str:
    """What differs between two lists of nodes. What is shared must be shared in both."""
    if len(expected) != len(got):
        return "another number of documents"
    pending = list(zip(expected, got, strict=True))
    there: dict[int, int] = {}
    back: set[int] = set()
    while pending:
        one, other = pending.pop()
        if id(one) in there or id(other) in back:
            if there.get(id(one)) != id(other):
                return f"an alias stands for something else, {other.start_mark}"
            continue
        there[id(one)] = id(other)
        back.add(id(other))
        if not _same(one, other):
            return f"other data, {other.start_mark}"
        pending += _below(one, other)
    return ""


def _same(one: Any, other: Any) -> bool:
    """Whether two nodes are the same, what is below them aside."""
    wanted = getattr(one, "wanted", None)
    if wanted is not None:
        constructed = yaml.SafeLoader("").construct_object(other)
        return isinstance(other, yaml.ScalarNode) and wanted.is_met_by(constructed)
    if type(one) is not type(other) or one.tag != other.tag:
        return False
    if isinstance(one, yaml.ScalarNode):
        return bool((one.value, one.style) == (other.value, other.style))
    return one.flow_style == other.flow_style and len(one.value) == len(other.value)


def _below(one: Any, other: Any) -> list[tuple[Any, Any]]:
    if hasattr(one, "wanted") or isinstance(one, yaml.ScalarNode):
        return []
    both = zip(one.value, other.value, strict=True)
    if isinstance(one, yaml.SequenceNode):
        return list(both)
    return [pair for old, new in both for pair in zip(old, new, strict=True)]
