"""Comments: parsers drop them, but everything outside of scalars is either syntax or a comment."""

from __future__ import annotations

import re
from collections.abc import Iterator

from schedlint.source.document import SourceFile
from schedlint.source.tree import Scalar, nodes

__all__ = ["find_comments"]

# libyaml ends a comment at NEL, LS and PS too (scanner.c:yaml_parser_scan_to_next_token).
_YAML_COMMENT = re.compile(r"#([^\r\n\x85\u2028\u2029]*)")
_TOML_COMMENT = re.compile(r"#([^\r\n]*)")
_BLOCK_HEADER = re.compile(r"[|>][-+0-9]*")
_LINE_END = re.compile(r"[\r\n]")
_JSON_TEXT = re.compile(r"(?://|#)(.*)|/\*(.*)\*/", re.S)


def find_comments(file: SourceFile) -> list[tuple[int, int, str]]:
    """Start, end and text without the comment sign of each comment, in file order."""
    if file.format == "json":
        return _json_comments(file)
    if file.format == "python":
        return _python_comments(file)
    pattern = _YAML_COMMENT if file.format == "yaml" else _TOML_COMMENT
    return [
        (*match.span(), match[1])
        for start, end in _gaps(file)
        for match in pattern.finditer(file.text, start, end)
    ]


def _gaps(file: SourceFile) -> Iterator[tuple[int, int]]:
    """The stretches of text between scalars."""
    start = 0
    for scalar_start, scalar_end in sorted(_scalar_spans(file)):
        yield start, scalar_start
        start = scalar_end
    yield start, len(file.text)


def _scalar_spans(file: SourceFile) -> Iterator[tuple[int, int]]:
    for document in file.documents:
        for node in nodes(document.root) if document.root is not None else ():
            if not isinstance(node, Scalar):
                continue
            if node.style in ("literal", "folded"):
                yield from _block_scalar_spans(node)
            else:
                yield node.start, node.end


def _block_scalar_spans(node: Scalar) -> Iterator[tuple[int, int]]:
    """The indicator and the content: between them may be a comment."""
    header = _BLOCK_HEADER.match(node.source)
    line_end = _LINE_END.search(node.source)
    if header is not None and line_end is not None:
        yield node.start, node.start + header.end()
        yield node.start + line_end.start(), node.end


def _python_comments(file: SourceFile) -> list[tuple[int, int, str]]:
    """Python's own tokens: a string may stand in code that the tree does not hold."""
    from io import StringIO
    from tokenize import COMMENT, generate_tokens

    from schedlint.source.python import filled_in

    tokens = generate_tokens(StringIO(filled_in(file.text), newline=None).readline)
    found = [(token.start, token.string) for token in tokens if token.type == COMMENT]
    starts = [file.lines.offset(line, column + 1) for (line, column), _ in found]
    return [
        (start, start + len(string), string[1:])
        for start, (_, string) in zip(starts, found, strict=True)
    ]


def _json_comments(file: SourceFile) -> list[tuple[int, int, str]]:
    comments = []
    for start, end, what in sorted(file.deviations):
        match = _JSON_TEXT.fullmatch(file.text, start, end) if what == "a comment" else None
        if match is not None:
            comments.append((start, end, match[1] if match[1] is not None else match[2]))
    return comments
