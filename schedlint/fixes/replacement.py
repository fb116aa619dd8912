"""A value in the place of another one."""

from __future__ import annotations

import re

from schedlint.fixes.block import is_block, refuse_comments_behind
from schedlint.fixes.edits import Value, holder_of, items_of
from schedlint.fixes.flow import is_flow
from schedlint.fixes.lines import Stretch, end_of, line_start
from schedlint.fixes.refusal import EditRefused
from schedlint.fixes.spelling import spelled
from schedlint.fixes.statements import is_table
from schedlint.source import Document, Entry, Item, Mapping, Node, Scalar
from schedlint.source.tree import merge_sources

__all__ = ["replacement"]

_GAP = r"(?:\s|#[^\r\n]*)*"
_BEHIND_GAP = re.compile(_GAP)
_BEHIND_SIGN = {sign: re.compile(_GAP + sign) for sign in (":", "-", ",")}
_HEADER = re.compile(r"[|>][-+0-9]*([ \t]+#[^\r\n]*)")
_LEAD = re.compile(r"([ \t]*)(?:[&!]\S*[ \t]*)*(#[^\r\n]*)?")


def replacement(item: Item, value: Value, document: Document) -> list[Stretch]:
    """The stretches that change where an item gets another value.

    A tag goes with the value that it was on; an anchor stays, and so does the comment on the line.
    """
    node, name = item.value, document.file.format
    if isinstance(item, Entry) and merge_sources(item):
        raise EditRefused("a merge is not replaced by a value")
    if item.alias is not None:
        return [(item.start, item.end, _at_alias(item, value, document))]
    if name == "toml" and is_table(node):
        raise EditRefused("a table is not replaced by a value")
    if name == "toml" and value is None:
        raise EditRefused("TOML has no null")
    text = spelled(value, document, node if isinstance(node, Scalar) else None)
    in_lines = is_block(node) and is_block(holder_of(item, document)[0])
    if name != "yaml" or (node.tag is None and node.start < node.end and not in_lines):
        return _in_place(node, text)
    text = text if node.anchor is None else f"&{node.anchor} {text}"
    sign = _behind_sign(item, document)
    if sign is None:
        return [_without_sign(item, text)]
    return _from_block(item, sign, text) if in_lines else _from_properties(node, sign, text)


def _at_alias(item: Item, value: Value, document: Document) -> str:
    """In the style of the anchored value, if that could stand here as well."""
    node = item.value
    if not isinstance(node, Scalar) or node.style in ("literal", "folded"):
        return spelled(value, document)
    return spelled(value, document, node if "\n" not in node.source else None)


def _in_place(node: Node, text: str) -> list[Stretch]:
    header = _HEADER.match(node.source)
    if header is None or not isinstance(node, Scalar) or node.style not in ("literal", "folded"):
        return [(node.start, node.end, text)]
    # A text over several lines may have a comment behind its sign.
    start, end = (node.start + offset for offset in header.span(1))
    return [(node.start, start, text), (end, node.end, "")]


def _from_properties(node: Node, sign: int, text: str) -> list[Stretch]:
    """From the tag or the anchor, for what has one and for what is empty."""
    whole = node.document.text
    gap = _BEHIND_GAP.match(whole, sign, node.start)
    assert gap is not None, "it matches nothing, too"
    start = gap.end() if node.tag is not None or node.anchor is not None else node.start
    blank = " " if whole[start - 1] in ":-" else ""
    (_, end, _), *more = _in_place(node, text)
    return [(start, end, blank + text), *more]


def _from_block(item: Item, sign: int, text: str) -> list[Stretch]:
    """From behind the sign, for a collection in lines of its own: the value moves up there."""
    node, whole = item.value, item.value.document.text
    first = item.key if isinstance(item, Entry) else node
    refuse_comments_behind(item, first.start - line_start(node.document, first.start))
    lead = _LEAD.match(whole, sign, node.start)
    assert lead is not None, "it matches nothing, too"
    blank = (lead[1] if lead.end() == node.start else "") or " "
    if lead[2] is None:
        return [(sign, node.end, blank + text)]
    start = len(whole[sign : lead.start(2)].rstrip()) + sign
    return [(sign, start, blank + text), (lead.end(2), node.end, "")]


def _without_sign(item: Item, text: str) -> Stretch:
    """For a key between braces that has no value at all."""
    holder, _ = holder_of(item, item.value.document)
    if isinstance(item, Entry) and isinstance(holder, Mapping) and is_flow(holder):
        return item.key.end, item.value.end, f": {text}"
    raise EditRefused("there is no sign that a value could stand behind")


def _behind_sign(item: Item, document: Document) -> int | None:
    """Right behind the colon, dash, comma or bracket that a value belongs to."""
    if isinstance(item, Entry):
        start, pattern = item.key.end, _BEHIND_SIGN[":"]
    else:
        holder, index = holder_of(item, document)
        flow = document.text.startswith("[", holder.start)
        if index == 0 and flow:
            return holder.start + 1
        start = end_of(items_of(holder)[index - 1]) if index else holder.start
        pattern = _BEHIND_SIGN["," if flow else "-"]
    match = pattern.match(document.text, start)
    return None if match is None else match.end()
