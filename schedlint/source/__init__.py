"""Text in, documents out: a tree of nodes with exact spans, whatever the format.

Knows text and positions and nothing of training.
"""

from schedlint.source.dialect import (
    JSON,
    OMEGACONF,
    TOML,
    YAML11,
    YAML12,
    Dialect,
    Malformed,
    dialect,
)
from schedlint.source.document import (
    Deviation,
    Document,
    Entry,
    Item,
    Mapping,
    Node,
    Position,
    Scalar,
    Sequence,
    SourceFile,
)
from schedlint.source.errors import ReadError
from schedlint.source.interpolation import UNKNOWN, follow, value_of
from schedlint.source.read import format_of, read, read_text
from schedlint.source.texts import Texts
from schedlint.source.tree import nodes

__all__ = [
    "JSON",
    "OMEGACONF",
    "TOML",
    "UNKNOWN",
    "YAML11",
    "YAML12",
    "Deviation",
    "Dialect",
    "Document",
    "Entry",
    "Item",
    "Malformed",
    "Mapping",
    "Node",
    "Position",
    "ReadError",
    "Scalar",
    "Sequence",
    "SourceFile",
    "Texts",
    "dialect",
    "follow",
    "format_of",
    "nodes",
    "read",
    "read_text",
    "value_of",
]
