"""Names for findings by which a forge knows them again in the next report.

A name rests on the rule, the file, the key and what stands there, and on the stated values behind
the finding: it stays when lines move, and changes with the numbers. Whatever a default or a flag
says is left out, and so is the arithmetic: another version of a package does not make all findings
new.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from hashlib import sha256

from schedlint.reports.paths import from_top
from schedlint.rules import Finding, Place
from schedlint.same import key_path


def fingerprints(findings: Sequence[Finding]) -> list[str]:
    """One for each finding, in their order. Those that nothing else tells apart are numbered."""
    seen: Counter[str] = Counter()
    names = []
    for finding in findings:
        basis = _basis(finding)
        seen[basis] += 1
        names.append(sha256(f"{basis}{seen[basis]}".encode("ascii")).hexdigest())
    return names


def _basis(finding: Finding) -> str:
    place = finding.place
    claims = (step.claim for step in finding.because if step.claim is not None)
    stated = {claim.text for claim in claims if isinstance(claim.place, Place)}
    source = place.document.text[place.start : place.end]
    where = (from_top(finding.path), place.document.index, *key_path(place))
    return json.dumps([finding.code, where, source, sorted(stated)])
