"""The code frame: the lines that a finding rests on, with the arithmetic under the line that
completes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby, zip_longest
from typing import NamedTuple

from schedlint.plan import Claim, Origin, Step
from schedlint.reports.escape import harmless, width
from schedlint.reports.style import PLAIN, Part, Style
from schedlint.rules import Finding, Place

_LONGEST = 100


def frame(finding: Finding, style: Style = PLAIN) -> Iterator[str]:
    """The lines of the frame, then the facts from outside the files, then what rests only on
    those.
    """
    marks = _marks(finding)
    arithmetic = [step for step in finding.because if step.claim is None and not step.passes_on]
    notes = _attach(arithmetic, list(marks))
    gutter = max(len(str(place.line)) for place in marks)
    related = dict(finding.related)
    path = finding.path
    margin = f"  {' ' * gutter} {style.painted('│', Part.FRAME)} "
    for (at, number, text), shared in groupby(marks, _shown):
        if at != path:
            path = at
            yield f"  {' ' * gutter} {style.painted('┌', Part.FRAME)} {harmless(path)}"
        yield f"  {style.painted(f'{number:>{gutter}} │', Part.FRAME)} {text}".rstrip()
        under = ""
        for place in shared:
            under = _beside(under, _excerpt(place).underline(marks[place]))
            said = [related[place]] if related.get(place) else []
            told = [harmless(each) for each in (*said, *map(str, notes.get(place, [])))]
            if told:
                yield from _under(
                    style.underline(under, finding.severity), len(under), told, margin
                )
                under = ""
        if under:
            yield f"{margin}{style.underline(under, finding.severity)}"
    yield from _outside(finding.because, notes.get(None, []))


def _shown(place: Place) -> tuple[str, int, str]:
    """What is shown for a place: places on one line share it."""
    return place.path, place.line, _excerpt(place).text


def _beside(under: str, another: str) -> str:
    """Two underlines in one; where they overlap, the carets are seen."""
    pairs = zip_longest(under, another, fillvalue=" ")
    return "".join("^" if "^" in pair else max(pair) for pair in pairs)


def _marks(finding: Finding) -> dict[Place, str]:
    """The places to show with the sign to underline them: the finding's own file first, by line."""
    signs = {finding.place: "^"}
    claims = [step.claim for step in finding.because if step.claim is not None]
    for place in (*_places(claims), *(related.place for related in finding.related)):
        signs.setdefault(place, "─")
    order = sorted(signs, key=lambda place: (place.path != finding.path, place.path, place.start))
    return {place: signs[place] for place in order}


def _places(claims: Iterable[Claim]) -> Iterator[Place]:
    return (claim.place for claim in claims if isinstance(claim.place, Place))


def _attach(arithmetic: list[Step], places: list[Place]) -> dict[Place | None, list[Step]]:
    """Each step under the last shown line that it rests on; under None where it rests on none."""
    notes: dict[Place | None, list[Step]] = {}
    for step in arithmetic:
        needed = [place for place in _places(step.rests_on) if place in places]
        last = max(needed, key=places.index) if needed else None
        notes.setdefault(last, []).append(step)
    return notes


class _Excerpt(NamedTuple):
    """What is shown of a line: the marked part, what stands before it and behind."""

    before: str
    marked: str
    after: str

    @property
    def text(self) -> str:
        return self.before + self.marked + self.after

    def underline(self, sign: str) -> str:
        """Signs below the marked part; one below an empty one, which is the end of a line."""
        return " " * width(self.before) + sign * max(1, width(self.marked))


def _excerpt(place: Place) -> _Excerpt:
    """The line of a place, or the part of a long line around it."""
    line, column = place.document.position(place.start)
    text = place.document.line_text(line)
    start = min(column - 1, len(text))
    first = max(0, start - _LONGEST // 3) if len(text) > _LONGEST else 0
    last = first + _LONGEST
    end = min(start + place.end - place.start, last)
    before = "…" * (first > 0) + harmless(text[first:start])
    after = harmless(text[end:last]) + "…" * (last < len(text))
    return _Excerpt(before, harmless(text[start:end]), after)


def _under(underline: str, columns: int, notes: list[str], margin: str) -> Iterator[str]:
    """The underline, so many columns wide, with the first note behind it, the others below that."""
    first, *more = notes
    yield f"{margin}{underline} {first}"
    for note in more:
        yield f"{margin}{' ' * columns} {note}"


def _outside(because: Iterable[Step], rest: list[Step]) -> Iterator[str]:
    """What was told on the command line or is a default, and the arithmetic on nothing else."""
    told = [step.claim for step in because if step.claim is not None and step.claim.place is None]
    assumed = [claim.text for claim in told if claim.origin is not Origin.DEFAULT]
    defaults = [claim.text for claim in told if claim.origin is Origin.DEFAULT]
    lines = [", ".join(dict.fromkeys(assumed)), *dict.fromkeys(defaults), *map(str, rest)]
    lines = [harmless(line) for line in lines if line]
    if lines:
        yield ""
        yield from (f"  with {lines[0]}", *(f"       {line}" for line in lines[1:]))
