"""Findings and reports that are made up, with whatever a file or its name could hold."""

from __future__ import annotations

from hypothesis import strategies as st

from schedlint.engine import Report
from schedlint.plan import Claim, Interval, Origin, Step
from schedlint.rules import Finding, Fix, Place, Related, SetValue, Severity
from schedlint.source import Document, Mapping, SourceFile, read_text
from schedlint.source.dialect import dialect

MALICE = (
    "::set-output name=x::y",
    " ::add-mask::e",
    "::stop-commands::",
    "##[add-path]/tmp",
    "###[group]",
    "##vso[task.setvariable variable=PATH]/tmp",
    "##teamcity[publishArtifacts '/']",
    "]]>",
    "<![CDATA[",
    "<!--",
    "&amp;",
    "%0A",
    "%25",
    '"',
    "'",
    "\\",
    "\n",
    "\r",
    "\r\n",
    "\n::error::injected",
    "\x1b[2J",
    "\x1b]8;;http://x\x1b\\",
    "\x9b31m",
    "\x7f",
    "\u2028",
    "\u202e",
    "\ud800",
    "\udce9",
    "\uffff",
    "{0}",
    "}",
    "[here](0)",
    "](",
    "=",
    ",",
    ":",
    "日本",
    "🙂",
)

TEXTS = st.lists(
    st.one_of(st.sampled_from(MALICE), st.text(st.characters(), max_size=4)), max_size=6
).map("".join)
"""What a file may contain, and so a message: hostile parts and any others."""

NAMES = TEXTS.map(lambda text: text.replace("\0", "").replace("/", "")).filter(
    lambda name: name not in ("", ".", "..")
)
"""Names that a file may have."""


def document(text: str, path: str = "train.yaml", encoding: str = "utf-8") -> Document:
    """A document of a file with a text, which need not be valid."""
    return Document(SourceFile(path, text, "yaml", encoding), 0, dialect("yaml11"))


def found(
    message: str = "it is so",
    path: str = "train.yaml",
    text: str = "lr: 1\n",
    *,
    code: str = "SL301",
    severity: Severity = Severity.ERROR,
    span: tuple[int, int] = (0, 0),
    because: tuple[Step, ...] = (),
    related: tuple[Related, ...] = (),
    fix: Fix | None = None,
) -> Finding:
    """A finding at a stretch of a text."""
    place = Place(document(text, path), *span)
    return Finding(code, "a-name", severity, message, place, "", because, related, fix)


def mending(title: str = "", *, safe: bool = False) -> Fix:
    """A fix, with an edit of a file of its own."""
    root = read_text("lr: 1\n", "train.yaml").documents[0].root
    assert isinstance(root, Mapping)
    return Fix(title, (SetValue(root.entries[0], 2),), safe)


def hostile(words: str, name: str) -> Report:
    """A report in which everything that comes from outside says the same."""
    place = Place(document(words, name), 0, len(words))
    claim = Claim("max_steps", Interval(1, 1), Origin.STATED, words, place)
    told = Claim("world_size", Interval(1, 1), Origin.ASSUMED, words)
    steps = (
        Step("max_steps", words, claim.interval, claim),
        Step("world_size", words, told.interval, told),
        Step("total_steps", words, Interval(1, 2)),
    )
    finding = Finding(
        "SL301",
        "a-name",
        Severity.ERROR,
        words,
        place,
        "plain",
        steps,
        (Related(place, words),),
        not_fixed=words,
    )
    return Report(findings=[finding], checked=[name])
