"""Another reader's word on an edited text: it must see the same tree and comments as ours does.

ruamel.yaml's round trip for YAML, tomlkit for TOML, Python's json for JSON. They are imported only
here: a check without a fix does not pay for them.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import Any
from warnings import catch_warnings, simplefilter

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
    # Where the two disagree on what a line is, its own view of the old text has to do.
    if comments != _our_comments(new) and comments != _seen_by_ruamel(old)[1]:
        raise EditRefused("ruamel.yaml sees other comments in the new text")


def _seen_by_ruamel(file: SourceFile) -> tuple[list[Any], Counter[str]]:
    """The roots of the documents that are not empty, and the lines of the comments."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import ReusedAnchorWarning, YAMLError
    from ruamel.yaml.scanner import RoundTripScanner

    found: list[str] = []

    class Scanner(RoundTripScanner):
        """Keeps what it passes: not all of it hangs on a token in the end."""

        def scan_to_next_token(self) -> Any:
            comment = super().scan_to_next_token()
            found.extend(comment[:1] if comment is not None else ())
            return comment

        def scan_block_scalar_ignored_line(self, start_mark: Any) -> Any:
            comment = super().scan_block_scalar_ignored_line(start_mark)
            found.extend([comment] if comment is not None else ())
            return comment

    reader = YAML(typ="rt", pure=True)
    reader.Scanner = Scanner
    try:
        with catch_warnings():
            simplefilter("ignore", ReusedAnchorWarning)
            roots = list(reader.compose_all(_without_tabs(file).removeprefix("\ufeff")))
    except (YAMLError, ValueError) as error:
        problem = getattr(error, "problem", None) or error
        raise EditRefused(f"ruamel.yaml cannot read it ({problem})") from error
    lines = (line.strip() for text in found for line in text.splitlines())
    return [each for each in roots if not _is_empty(each)], Counter(filter(None, lines))


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
        # To tomllib, and so to us, all line ends are one.
        seen = parse(_without_mark(new).replace("\r\n", "\n")).unwrap()
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
