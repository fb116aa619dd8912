"""Findings that no rule can make: about the file itself, and about schedlint.

They are rules in all but `check`: code, page and severity, so that they can be looked up, selected
and ignored like the others.
"""

from __future__ import annotations

from schedlint.rules import Finding, Place, Rule, Severity
from schedlint.source import Document, ReadError
from schedlint.source.dialect import dialect


class CannotBeParsed(Rule):
    """The file is not valid YAML, JSON or TOML.

    The framework's own reader stops here, too. The position is where the reader notices; the
    mistake is often a line above it: a missing quote, bracket or comma, a tab, a wrong indent.

    It stays silent about files that were not named on the command line and show no sign of being a
    training config, or that hold placeholders for something else to fill in: templates of all kinds
    end in `.yaml`.
    """

    code = "SL801"
    name = "cannot-be-parsed"
    severity = Severity.ERROR

    def of(self, error: ReadError) -> Finding:
        """The finding for an error with a position."""
        place = _place_in_unread(error)
        return Finding(self.code, self.name, self.severity, error.message, place)


class RuleCrashed(Rule):
    """A rule has failed with an exception: a mistake in the rule, not in your config.

    All other rules were applied. Please report it with the config, or with the plugin's authors if
    the rule is not one of schedlint's own. The exit code is 2.
    """

    code = "SL901"
    name = "rule-crashed"
    severity = Severity.ERROR

    def of(self, rule: Rule, problem: Exception, document: Document) -> Finding:
        """The finding for an exception that a rule raised."""
        what = _summary(problem)
        message = f"rule {rule.code} {rule.name} failed with {what}; its answer is missing"
        return Finding(self.code, self.name, self.severity, message, _top(document))


class FrameworkCrashed(Rule):
    """The part of schedlint that knows the framework has failed with an exception.

    The file was not checked at all; all others were. It is no mistake in your config: whatever a
    file holds, schedlint should read it or say what is wrong. Please report it with the config, or
    with the plugin's authors if the framework is not one of schedlint's own. The exit code is 2.
    """

    code = "SL903"
    name = "framework-crashed"
    severity = Severity.ERROR

    def of(self, problem: Exception, document: Document) -> Finding:
        """The finding for an exception while a document was read or its arithmetic solved."""
        message = f"reading it failed with {_summary(problem)}; it was not checked"
        return Finding(self.code, self.name, self.severity, message, _top(document))


class CommentNotUnderstood(Rule):
    """A comment speaks to schedlint but says nothing that it understands.

    `# schedlint: world_size=8 transformers==4.57.6` states facts about the file: a quantity of the
    word list, the version of a package, `framework=NAME` or `gpu=NAME`. A word that is none of
    these has no effect, which is not what its author wanted.
    """

    code = "SL902"
    name = "comment-not-understood"
    severity = Severity.WARNING

    def of(self, place: Place, message: str) -> Finding:
        """The finding for a comment."""
        return Finding(self.code, self.name, self.severity, message, place)


CANNOT_BE_PARSED = CannotBeParsed()
RULE_CRASHED = RuleCrashed()
COMMENT_NOT_UNDERSTOOD = CommentNotUnderstood()
FRAMEWORK_CRASHED = FrameworkCrashed()
BUILT_IN = (CANNOT_BE_PARSED, RULE_CRASHED, COMMENT_NOT_UNDERSTOOD, FRAMEWORK_CRASHED)


def _summary(problem: Exception) -> str:
    """An exception in one line."""
    return " ".join(f"{type(problem).__name__}: {problem}".rstrip(": ").split())


def _top(document: Document) -> Place:
    start = 0 if document.root is None else document.root.start
    return Place(document, start, start)


def _place_in_unread(error: ReadError) -> Place:
    """The place of an error in a file of which no document could be made."""
    file = error.file
    assert file is not None, "only an error with a text has a place"
    offset = file.lines.offset(error.line or 1, error.column or 1)
    return Place(Document(file, 0, dialect("yaml11")), offset, offset)
