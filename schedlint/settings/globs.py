"""Which paths a pattern of the settings means, as in `.gitignore` files.

`*` and `?` stop at a slash, `**` does not, `[ab]` is one of some characters. A pattern without a
slash inside means names in any folder, any other stands from the settings file's folder on. What
matches a folder matches all that is in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

_TOKEN = re.compile(r"\*\*/|/\*\*$|\*\*|\*|\?|\[!?\]?[^\]/]*\]|[^*?\[]+|\[")
_MEANING = {"**/": "(?:[^/]+/)*", "/**": "/.*", "**": ".*", "*": "[^/]*", "?": "[^/]", "[": r"\["}


def matches(path: str, patterns: Iterable[str]) -> bool:
    """Whether a path, relative to the settings' folder and with slashes, matches any pattern."""
    return any(_compiled(pattern).fullmatch(path) for pattern in patterns)


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> re.Pattern[str]:
    stem = pattern.removeprefix("./").rstrip("/")
    anywhere = "" if "/" in stem else "(?:.*/)?"
    parts = "".join(map(_translated, _TOKEN.findall(stem.removeprefix("/"))))
    return re.compile(f"{anywhere}{parts}(?:/.*)?", re.DOTALL)


def _translated(token: str) -> str:
    if token.startswith("[") and len(token) > 1:
        inside = token[1:-1].replace("\\", r"\\")
        return f"[^{inside[1:]}]" if inside.startswith("!") else f"[{inside}]"
    return _MEANING.get(token) or re.escape(token)
