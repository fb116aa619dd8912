"""How a text report looks on a terminal: colours, and links on the codes of rules."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

from schedlint.reports.links import page_url
from schedlint.rules import Severity

__all__ = ["PLAIN", "Part", "Style"]

_RUN = re.compile(r"\^+|─+")


class Part(Enum):
    """A part of a report that has a colour; the value is what SGR, the terminal's command, takes.

    Of the eight colours that every terminal has, none is used that a light or a dark background
    swallows.
    """

    ERROR = "1;31"
    WARNING = "1;33"
    INFO = "1;36"
    PATH = "1"
    FRAME = "34"
    MARK = "36"
    """What underlines the places that a finding rests on."""
    FIX = "32"


_PART_OF = {
    Severity.ERROR: Part.ERROR,
    Severity.WARNING: Part.WARNING,
    Severity.INFO: Part.INFO,
}


@dataclass(frozen=True, slots=True)
class Style:
    """What the terminal is asked for. The text itself is the same whatever the style."""

    colours: bool = False
    links: bool = False

    def painted(self, text: str, part: Part) -> str:
        """Harmless text in the colour of its part."""
        return f"\x1b[{part.value}m{text}\x1b[0m" if self.colours and text else text

    def rated(self, text: str, severity: Severity) -> str:
        """Harmless text in the colour of a severity."""
        return self.painted(text, _PART_OF[severity])

    def code(self, code: str) -> str:
        """A rule's code, linked to its page where there is one."""
        url = page_url(code) if self.links else None
        return code if url is None else f"\x1b]8;;{url}\x1b\\{code}\x1b]8;;\x1b\\"

    def underline(self, marks: str, severity: Severity) -> str:
        """Carets in the colour of the severity, lines in one of their own."""
        if not self.colours:
            return marks

        def painted(run: re.Match[str]) -> str:
            caret = run[0].startswith("^")
            return self.rated(run[0], severity) if caret else self.painted(run[0], Part.MARK)

        return _RUN.sub(painted, marks)


PLAIN = Style()
