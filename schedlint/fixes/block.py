"""Keys on lines of their own, in YAML."""

from __future__ import annotations

import re

from schedlint.fixes.beside import written_beside
from schedlint.fixes.edits import Value, around, items_of
from schedlint.fixes.lines import Stretch, line_start, new_lines, newline_before, rest_of_line
from schedlint.fixes.refusal import EditRefused
from schedlint.source import Entry, Item, Mapping, Node, Scalar, Sequence

__all__ = ["insertion", "is_block", "refuse_comments_behind", "without"]

# Before a key that leads its line may stand the signs of list items, and its own properties.
_LEAD = re.compile(r"([ \t]*|[ ]*(?:- +)+)(?:[&!]\S*[ \t]+)*")
_KEPT_BLANKS = re.compile(r"[|>][0-9]?\+")
_OPEN_END = re.compile(r"[|>][0-9]?(?!-)")
_BLANK_LINES = re.compile(r"(?:[ \t]*(?:\r\n|\n|\r))*")
_COMMENT_LINE = re.compile(r"([ \t]*)#[^\r\n]*(?:\r\n|\n|\r|\Z)")


def is_block(node: Node) -> bool:
    """Whether a node is a collection whose items stand on lines of their own."""
    return not isinstance(node, Scalar) and node.source[:1] not in ("[", "{")


def insertion(holder: Mapping, index: int, pairs: list[tuple[str, Value]]) -> list[Stretch]:
    """A line for each key and value, below all that belongs to an entry."""
    entry, text = holder.entries[index], holder.document.text
    within = around(holder)
    if within is not None and not is_block(within):
        raise EditRefused(f"{entry.name} stands in brackets without braces: there is no other key")
    indent = " " * len(_lead(entry))
    end = _behind_comments(text, _end_of_lines(entry), len(indent))
    if _OPEN_END.match(_last(entry)) and not newline_before(text, end):
        raise EditRefused(f"the text of {entry.name} would gain a line end")
    lines = [indent + written_beside(holder, index, *pair) for pair in pairs]
    return [new_lines(holder.document, end, lines)]


def without(holder: Mapping, index: int) -> list[Stretch]:
    """The stretch that goes with an entry."""
    entry = holder.entries[index]
    if len(holder.entries) == 1:
        raise EditRefused(f"{entry.name} is the only key of its object")
    lead, end = _lead(entry), _end_of_lines(entry)
    refuse_comments_behind(entry, len(lead))
    start = line_start(holder.document, entry.key.start)
    comment = rest_of_line(entry).comment
    if comment is not None:
        return [(start + len(lead), comment, "")]
    return [(start, end, "")] if not lead.strip() else [_first_of_item(holder, index, lead, end)]


def _first_of_item(holder: Mapping, index: int, lead: str, end: int) -> Stretch:
    """The stretch of a key behind the sign of a list item: the next key moves there, unless there
    are comments on it.
    """
    text = holder.document.text
    start = line_start(holder.document, holder.entries[index].key.start)
    following = line_start(holder.document, holder.entries[index + 1].key.start)
    if text[end:following].strip():
        return start + len(lead.rstrip()), end - len(newline_before(text, end)), ""
    return start + len(lead), following + len(lead), ""


def refuse_comments_behind(item: Item, column: int) -> None:
    """Raise EditRefused where there are comments on the last of what an item holds."""
    rest = rest_of_line(item)
    below = _behind_comments(item.value.document.text, rest.end, column) != rest.end
    on_last = rest.comment is not None and item.alias is None and is_block(item.value)
    if below or on_last:
        name = item.name if isinstance(item, Entry) else "the item"
        raise EditRefused(f"a comment on what {name} holds would be left without it")


def _lead(entry: Entry) -> str:
    """What stands before an entry on its line, its key's own properties aside."""
    document = entry.key.document
    start = line_start(document, entry.key.start)
    lead = _LEAD.fullmatch(document.text, start, entry.key.start)
    if lead is None:
        raise EditRefused(f"{entry.name} does not have a line of its own")
    return lead[1]


def _end_of_lines(entry: Entry) -> int:
    """Where the next line begins after an entry, and after the blank lines that are its own."""
    text, end = entry.key.document.text, rest_of_line(entry).end
    if _KEPT_BLANKS.match(_last(entry)):
        blank = _BLANK_LINES.match(text, end)
        assert blank is not None, "it matches nothing, too"
        return blank.end()
    return end


def _last(entry: Entry) -> str:
    """The last value in what an entry holds, as it is written; empty for an alias."""
    item: Item = entry
    while item.alias is None:
        node = item.value
        if not isinstance(node, (Mapping, Sequence)) or not items_of(node):
            return node.source
        item = items_of(node)[-1]
    return ""


def _behind_comments(text: str, end: int, column: int) -> int:
    """Behind the comments below an entry that stand further to the right than it: they are on what
    it holds.
    """
    while True:
        blank = _BLANK_LINES.match(text, end)
        assert blank is not None, "it matches nothing, too"
        comment = _COMMENT_LINE.match(text, blank.end())
        if comment is None or len(comment[1]) <= column:
            return end
        end = comment.end()
