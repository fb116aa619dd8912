"""Another reader's word on an edited text: it must see the same tree and comments as ours does.

ruamel.yaml's round trip for YAML, tomlkit for TOML, Python's json for JSON. They are imported only
here: a check without a fix does not pay for them.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from schedlint.fixes.refusal import EditRefused
from schedlint.source import Mapping, Node, Scalar, Sequence, SourceFile, nodes

__all__ = ["agree"]


def agree(old: SourceFile, new: SourceFile) -> None:
    """Raise EditRefused where the other reader does not see in the new text what ours does, or
    does not see all the comments of the old.
    """
    try:
        _READERS[new.format](old, new)
    except RecursionError as error:
        raise EditRefused("nested too deep for a second reader") from error


def _agree_yaml(old: SourceFile, new: SourceFile) -> None:
    roots, comments = _seen_by_ruamel(new)
    ours = [document.root for document in new.documents if document.root is not None]
    ours = [each for each in ours if not (isinstance(each, Scalar) and not each.text)]
    if len(roots) != len(ours):
        raise EditRefused("ruamel.yaml sees another number of documents")
    _same_nodes(ours, roots)
    # Our comments are those of the old text. Where ruamel.yaml never sees some of them, its own
    # view of the old one has to do.
    if comments != _our_comments(new) and comments != _seen_by_ruamel(old)[1]:
        raise EditRefused("ruamel.yaml sees other comments in the new text")


def _seen_by_ruamel(file: SourceFile) -> tuple[list[Any], Counter[str]]:
    """The roots of the documents that are not empty, and the lines of the comments."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError
    from ruamel.yaml.scanner import RoundTripScanner

    hung: dict[int, Any] = {}  # by identity: the parser passes comments from token to token

    class Scanner(RoundTripScanner):
        def get_token(self) -> Any:
            token = super().get_token()
            comments = getattr(token, "_comment", None)
            hung.update((id(each), each) for each in _flat(comments))
            return token

    reader = YAML(typ="rt", pure=True)
    reader.Scanner = Scanner
    try:
        roots = list(reader.compose_all(_without_tabs(file).removeprefix("\ufeff")))
    except (YAMLError, ValueError) as error:
        problem = getattr(error, "problem", None) or error
        raise EditRefused(f"ruamel.yaml cannot read it ({problem})") from error
    return [each for each in roots if not _is_empty(each)], _lines(hung.values())


def _flat(comments: Any) -> Iterator[Any]:
    """The comments that hang on a token of ruamel.yaml, out of the lists that they stand in."""
    if isinstance(comments, (list, tuple)):
        for each in comments:
            yield from _flat(each)
    elif comments is not None:
        yield comments


def _lines(comments: Iterable[Any]) -> Counter[str]:
    texts = (each if isinstance(each, str) else each.value for each in comments)
    return Counter(line.strip() for text in texts for line in text.splitlines() if line.strip())


def _our_comments(file: SourceFile) -> Counter[str]:
    return Counter(f"#{text}".strip() for _, _, text in file.comments())


def _without_tabs(file: SourceFile) -> str:
    """The text with blanks for the tabs that part values and comments: ruamel.yaml takes none."""
    if "\t" not in file.text:
        return file.text
    roots = [document.root for document in file.documents if document.root is not None]
    spans = [(start, end) for start, end, _ in file.comments()]
    spans += [(n.start, n.end) for root in roots for n in nodes(root) if isinstance(n, Scalar)]
    parts, done = [], 0
    for start, end in sorted(spans):
        parts += [file.text[done:start].replace("\t", " "), file.text[max(start, done) : end]]
        done = max(done, end)
    return "".join([*parts, file.text[done:].replace("\t", " ")])


def _without_mark(file: SourceFile) -> str:
    return file.text.removeprefix("\ufeff")


def _is_empty(root: Any) -> bool:
    return root is None or root.value == ""


def _same_nodes(ours: list[Node], theirs: list[Any]) -> None:
    """Compare our trees with those of ruamel.yaml, each pair of nodes once."""
    pending = list(zip(ours, theirs, strict=True))
    seen: set[tuple[int, int]] = set()
    while pending:
        one, other = pending.pop()
        if (id(one), id(other)) in seen:
            continue
        seen.add((id(one), id(other)))
        pairs = _pairs(one, other)
        if pairs is None:
            line, column = one.position
            raise EditRefused(f"ruamel.yaml sees something else at {line}:{column}")
        pending += pairs


def _pairs(one: Node, other: Any) -> list[tuple[Node, Any]] | None:
    """What stands below two nodes, side by side; None where they differ."""
    kind = type(other).__name__
    if isinstance(one, Scalar):
        # The round trip marks the folds of a text with \a.
        if kind != "ScalarNode":
            return None
        text = other.value.replace("\a", "") if one.style == "folded" else other.value
        return [] if text == one.text else None
    if isinstance(one, Sequence):
        if kind != "SequenceNode" or len(other.value) != len(one.items):
            return None
        return [(item.value, each) for item, each in zip(one.items, other.value, strict=True)]
    assert isinstance(one, Mapping), "there are three kinds of nodes"
    if kind != "MappingNode" or len(other.value) != len(one.entries):
        return None
    both = list(zip(one.entries, other.value, strict=True))
    keys = [(entry.key, key) for entry, (key, _) in both]
    return [*keys, *((entry.value, value) for entry, (_, value) in both)]


def _agree_toml(old: SourceFile, new: SourceFile) -> None:
    from tomlkit import parse
    from tomlkit.exceptions import ParseError

    try:
        seen = parse(_without_mark(new)).unwrap()
    except (ParseError, ValueError) as error:
        raise EditRefused(f"tomlkit cannot read it ({error})") from error
    root = new.documents[0].root
    if root is None or _sorted(seen) != _sorted(_data(root)):
        raise EditRefused("tomlkit sees something else in the new text")


def _sorted(data: object) -> str:
    """Data in one form whatever the order of its tables; 1, 1.0 and true are told apart."""
    if isinstance(data, _Pairs):
        return _sorted(dict(data))
    if isinstance(data, dict):
        inner = sorted((str(name), _sorted(value)) for name, value in data.items())
        return f"{{{inner}}}"
    if isinstance(data, list):
        return f"[{', '.join(map(_sorted, data))}]"
    return f"{type(data).__name__} {data}"


def _agree_json(old: SourceFile, new: SourceFile) -> None:
    """What lenient readers allow is blanked or put in quotes first, for Python's own does not."""
    text = list(new.text)
    for start, end, what in new.deviations:
        if what == "a key without quotes":
            text[start] = f'"{text[start]}'
            text[end - 1] += '"'
        else:
            text[start:end] = " " * (end - start)
    try:
        seen = json.loads("".join(text).removeprefix("\ufeff"), object_pairs_hook=_Pairs)
    except ValueError as error:
        raise EditRefused(f"Python's json cannot read it ({error})") from error
    root = new.documents[0].root
    if root is None or repr(_data(root)) != repr(seen):
        raise EditRefused("Python's json sees something else in the new text")


class _Pairs(list[tuple[str, object]]):
    """An object with its keys in order, those given twice included."""

    def __repr__(self) -> str:
        return f"{{{super().__repr__()}}}"


def _data(node: Node) -> object:
    if isinstance(node, Mapping):
        return _Pairs((entry.name, _data(entry.value)) for entry in node.entries)
    if isinstance(node, Sequence):
        return [_data(item.value) for item in node.items]
    assert isinstance(node, Scalar), "there are three kinds of nodes"
    return node.value


_READERS = {"yaml": _agree_yaml, "toml": _agree_toml, "json": _agree_json}
