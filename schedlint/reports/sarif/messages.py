"""Messages as SARIF writes them."""

from __future__ import annotations

import re

from schedlint.reports.json import JsonObject

_LINK = re.compile(r"(?<!\\)((?:\\\\)*)\]\(")
"""What ends the text of a link: no backslash before the bracket, or some that escape each other."""


def message(text: str) -> JsonObject:
    """A message object that shows harmless text as it is."""
    return {"text": literal(text)}


def literal(text: str) -> str:
    """Text without placeholders (3.11.5), and of which no quotation becomes a link (3.11.6)."""
    return _LINK.sub(r"\1\\](", text.replace("{", "{{").replace("}", "}}"))
