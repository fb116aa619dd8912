"""The first settings of a project, as commented text for somebody who has never seen any."""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from collections.abc import Iterator

from schedlint.plan import WORDS
from schedlint.setting_up.addition import Addition, ByHand, line_end_of
from schedlint.setting_up.survey import Survey

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

__all__ = ["addition_of_settings", "settings_text"]

_FOLDERS = 5
"""How many folders get a table of their own; a page of them would be read by nobody."""


def addition_of_settings(folder: str, found: Survey) -> Addition:
    """The table in `pyproject.toml` where there is that file, else a `schedlint.toml`.

    Only for a project without settings. Raises ByHand where `pyproject.toml` cannot be added to.
    """
    path = os.path.normpath(os.path.join(folder, "pyproject.toml"))
    if not os.path.lexists(path):
        own = os.path.normpath(os.path.join(folder, "schedlint.toml"))
        text = settings_text(found)
        return Addition(own, "the settings", text, None, text.encode())
    text = settings_text(found, "tool.schedlint")
    try:
        with open(path, "rb") as file:
            before = file.read()
        after = _appended(before.decode(), text)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise ByHand(path, f"it cannot be read ({_words(error)})", text) from None
    if after is None:
        raise ByHand(path, "a table [tool.schedlint] does not fit at its end", text)
    return Addition(path, "the table [tool.schedlint]", text, before, after.encode())


def _words(error: Exception) -> str:
    if isinstance(error, UnicodeDecodeError):
        return "it is not UTF-8"
    if isinstance(error, OSError):
        return error.strerror or str(error)
    return str(error) or type(error).__name__


def _appended(before: str, text: str) -> str | None:
    """A TOML text with a table at its end; None where that changes anything else.

    Raises TOMLDecodeError where it was no TOML before.
    """
    old = tomllib.loads(before)
    end = line_end_of(before)
    between = "" if before.endswith("\n") or not before else end
    between += end if before.strip() else ""
    after = f"{before}{between}{text.replace(chr(10), end)}"
    try:
        new = tomllib.loads(after)
    except tomllib.TOMLDecodeError:
        return None
    if not isinstance(old.get("tool", {}), dict):
        return None
    new["tool"].pop("schedlint")
    return after if new == {"tool": {}, **old} else None


def settings_text(found: Survey, table: str = "") -> str:
    """The settings with what could be told of the project; nearly all of it in comments.

    `table` is where they stand in a file that holds other things, too.
    """
    return "\n".join(_lines(found, table)) + "\n"


def _lines(found: Survey, table: str) -> Iterator[str]:
    yield "# Settings of schedlint. What stands in a comment is an example, or waits for a number."
    if table:
        yield f"[{table}]"
    yield "# The lowest severity that fails a check: error, warning, info or never."
    yield 'fail-on = "warning"'
    yield "# Rules that are not for this project, by code, prefix (SL4) or name."
    yield "# ignore = []"
    yield "# Files that are not looked at, with patterns as in .gitignore."
    yield "# exclude = []"
    yield from _packages(found)
    yield from _overrides(found, f"{table}.overrides" if table else "overrides")


def _packages(found: Survey) -> Iterator[str]:
    """A line that asks for the versions which nothing in the project tells."""
    if not found.unpinned:
        return
    pins = ", ".join(json.dumps(f"{name}==VERSION") for name in found.unpinned)
    yield "# The versions in force. Formulas, defaults and keys change with them."
    yield f"# packages = [{pins}]"


def _overrides(found: Survey, table: str) -> Iterator[str]:
    """For each folder, the facts that its configs lack."""
    if not found.needs:
        return
    yield ""
    yield "# What the configs do not say. Of several tables about a file the last counts."
    for number, (folder, needs) in enumerate(found.needs.items()):
        if number == _FOLDERS:
            yield f"# ... and so on, for {len(found.needs) - number} more folders"
            break
        yield from _override(folder, needs, table)


def _override(folder: str, needs: Counter[str], table: str) -> Iterator[str]:
    yield "#"
    yield f"# [[{table}]]"
    yield f"# files = [{_quoted(f'{folder}/*' if folder else '*')}]"
    names = [name for name in WORDS if needs[name]]
    width = max(map(len, names))
    for name in names:
        count = f"{needs[name]} check" + "s" * (needs[name] != 1)
        yield f"# {name:{width}} = N  # {WORDS[name].meaning}; {count} could be decided"


def _quoted(pattern: str) -> str:
    """A text as TOML has it; what is no sign of Unicode in a file's name matches any."""
    known = pattern.encode("utf-8", "replace").decode()
    return json.dumps(known, ensure_ascii=False).replace("\x7f", "\\u007f")
