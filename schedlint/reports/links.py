"""Where the documentation is on the web."""

from __future__ import annotations

import re

DOCUMENTATION: str | None = None
"""The documentation's address with a slash at its end, or None while it has none: the
`project.urls.Documentation` of pyproject.toml, which an installed package could look up only at the
price of a slower start.
"""

_OWN = re.compile(r"SL\d{3}")


def page_url(code: str) -> str | None:
    """The address of a rule's page; None for a plugin's rule, and while there are no pages."""
    if DOCUMENTATION is None or not _OWN.fullmatch(code):
        return None
    return f"{DOCUMENTATION}rules/{code}/"
