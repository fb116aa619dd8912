"""What a YAML parser says is wrong, in plain words."""

from __future__ import annotations

import re

import yaml

from schedlint.source.document import SourceFile
from schedlint.source.errors import ReadError
from schedlint.source.limits import MAX_DEPTH

__all__ = ["read_error"]

_UNPRINTABLE = re.compile(r"[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

# libyaml's words (scanner.c, parser.c) to ours; {line} is the line where the construct starts.
_PLAIN_WORDS = {
    "mapping values are not allowed in this context": "a ':' is not allowed here: check the "
    "indentation, or quote the text if the colon belongs to it",
    "found character that cannot start any token": "{found} cannot start a value: quote the text",
    "found a tab character that violates indentation": "a tab in the indentation: use spaces",
    "found a tab character where an indentation space is expected": "a tab in the indentation: "
    "use spaces",
    "did not find expected key": "this fits no key of the mapping that starts on line {line}: "
    "check the indentation and the quotes",
    "did not find expected '-' indicator": "expected '-' to go on with the list that starts on "
    "line {line}: check the indentation",
    "could not find expected ':'": "expected ':' after the key on line {line}",
    "found unexpected end of stream": "the quote opened on line {line} is never closed",
    "found unexpected document indicator": "the quote opened on line {line} is never closed",
    "did not find expected ',' or ']'": "expected ',' or ']' in the list that starts on line "
    "{line}, found {found}",
    "did not find expected ',' or '}'": "expected ',' or '}}' in the mapping that starts on line "
    "{line}, found {found}",
    "did not find expected node content": "expected a value, found {found}",
    "found unknown escape character": "unknown escape in double quotes: double the backslash or "
    "use single quotes",
    "found undefined tag handle": "the tag uses a prefix that no %TAG line defines",
    "did not find expected <document start>": "expected '---' or the end of the file, found "
    "{found}",
    "block sequence entries are not allowed in this context": "a '-' is not allowed here: start "
    "the list on a line of its own",
    # The C reader's own limit (since libyaml 0.2.6), which lies above ours.
    "exceeded maximum nesting depth": f"nested deeper than {MAX_DEPTH} levels",
    "found incompatible YAML document": "this version of YAML is not supported",
}


def read_error(file: SourceFile, error: Exception, shift: int) -> ReadError:
    """The ReadError for a parser's exception; `shift` is added to its marks (byte order mark)."""
    if not isinstance(error, yaml.MarkedYAMLError):
        return _unprintable(file)
    mark = error.problem_mark or error.context_mark
    if mark is None:
        return ReadError(file.path, f"not YAML: {error}")
    offset = mark.index + shift
    start = offset if error.context_mark is None else error.context_mark.index + shift
    words = _PLAIN_WORDS.get(error.problem or "")
    if words is None:
        said = [each for each in (error.context, error.problem) if each]
        message = "not YAML: " + ", ".join(said)
    else:
        line = file.lines.position(start).line
        message = words.format(line=line, found=_found(file.text, offset))
    return ReadError(file.path, message, *file.lines.position(offset))


def _unprintable(file: SourceFile) -> ReadError:
    match = _UNPRINTABLE.search(file.text, 1 if file.had_bom else 0)
    if match is None:
        return ReadError(file.path, "not YAML: a character that YAML does not allow")
    message = f"the character U+{ord(match[0]):04X} is not allowed in YAML"
    return ReadError(file.path, message, *file.lines.position(match.start()))


def _found(text: str, offset: int) -> str:
    character = text[offset : offset + 1]
    if not character:
        return "the end of the file"
    if character == "\t":
        return "a tab"
    return "the end of the line" if character in "\r\n" else repr(character)
