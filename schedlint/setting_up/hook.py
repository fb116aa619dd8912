"""The entry for pre-commit: a file of its own, or lines in the one that is there.

The lines go behind the last hook of the list, as text; every other byte stays. Reading the file
before and after proves that nothing else has changed.
"""

from __future__ import annotations

import json
import os
import re
from typing import Any, NamedTuple

import yaml

from schedlint.setting_up.addition import Addition, ByHand, line_end_of

__all__ = ["FILE", "Source", "addition_of_hook", "has_hook", "installed_from"]

FILE = ".pre-commit-config.yaml"

_OWN = """\
- repo: {url}
  rev: {revision}
  hooks:
    - id: schedlint
"""
_LOCAL = """\
- repo: local
  hooks:
    - id: schedlint
      name: schedlint
      # The schedlint that is installed where the commit is made.
      entry: schedlint check
      language: system
      types_or: [yaml, json, toml]
      require_serial: true
"""


class Source(NamedTuple):
    """The git repository that schedlint was installed from."""

    url: str
    revision: str


def installed_from() -> Source | None:
    """Where pip has installed schedlint from, if that was a git repository that others reach."""
    from importlib.metadata import PackageNotFoundError, distribution  # dear, and only for this

    try:
        told = distribution("schedlint").read_text("direct_url.json")
        origin = json.loads(told or "{}")
        url, info = origin["url"], origin["vcs_info"]
        asked, commit = info.get("requested_revision") or "", info["commit_id"]
    except (PackageNotFoundError, ValueError, KeyError, TypeError, AttributeError):
        return None
    if not re.fullmatch(r"(?:https|ssh)://[\w.@:/~+-]+", url):
        return None
    # A branch moves on, and pre-commit would not notice.
    return Source(url, asked if re.fullmatch(r"v?\d+(?:\.\d+)+\w*", asked) else commit)


def addition_of_hook(folder: str, source: Source | None = None) -> Addition:
    """The entry in the file of pre-commit, for the top folder of a git repository.

    Raises ByHand where the file is laid out in a way that no line can be added to.
    """
    path = os.path.normpath(os.path.join(folder, FILE))
    entry = _LOCAL if source is None else _OWN.format(**source._asdict())
    if not os.path.lexists(path):
        text = f"repos:\n{entry}"
        return Addition(path, "the hook", text, None, text.encode())
    before = _read(path, entry)
    try:
        after, text = _inserted(before.decode().removeprefix("\ufeff"), entry)
    except (_Unusual, yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise ByHand(path, _words(error), entry) from None
    sign = b"\xef\xbb\xbf" if before.startswith(b"\xef\xbb\xbf") else b""
    return Addition(path, "the hook", text, before, sign + after.encode())


def has_hook(folder: str) -> bool:
    """Whether pre-commit runs schedlint already. A file that cannot be read has none."""
    try:
        with open(os.path.join(folder, FILE), "rb") as file:
            read = yaml.safe_load(file.read().decode())
    except (OSError, UnicodeDecodeError, yaml.YAMLError, RecursionError):
        return False
    repos = read.get("repos") if isinstance(read, dict) else None
    listed = repos if isinstance(repos, list) else []
    return any("schedlint" in _shown(each) for each in listed if isinstance(each, dict))


def _shown(repository: dict[str, Any]) -> str:
    """What a repository and its hooks are called."""
    hooks = repository.get("hooks")
    listed = hooks if isinstance(hooks, list) else []
    named = [hook.get("id") for hook in listed if isinstance(hook, dict)]
    return " ".join(map(str, [repository.get("repo"), *named]))


def _read(path: str, entry: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        raise ByHand(path, f"it cannot be read ({error.strerror})", entry) from None


class _Unusual(Exception):
    """The file is valid, and no place in it is certain to be the right one."""


def _words(error: Exception) -> str:
    if isinstance(error, _Unusual):
        return str(error)
    if isinstance(error, UnicodeDecodeError):
        return "it is not UTF-8"
    problem = getattr(error, "problem", None) or type(error).__name__
    return f"it cannot be read ({problem})"


def _inserted(before: str, entry: str) -> tuple[str, str]:
    """A text with the entry behind its last hook, and the lines that were added."""
    old = yaml.safe_load(before)
    end = line_end_of(before)
    if old is None:
        at, text = len(before), f"repos:\n{entry}"
    else:
        at, indent = _place(before)
        text = "".join(f"{' ' * indent}{line}" for line in entry.splitlines(keepends=True))
    start = "" if before[:at].endswith("\n") or not before[:at] else end
    after = f"{before[:at]}{start}{text.replace(chr(10), end)}{before[at:]}"
    if not _holds(after, {**(old or {}), "repos": [*_repos(old), *yaml.safe_load(entry)]}):
        raise _Unusual("no place for the lines was found in it")
    return after, text


def _repos(read: Any) -> list[Any]:
    return list((read or {}).get("repos") or ())


def _holds(text: str, expected: dict[str, Any]) -> bool:
    try:
        return bool(yaml.safe_load(text) == expected)
    except yaml.YAMLError:
        return False


def _place(text: str) -> tuple[int, int]:
    """Where the list of repositories ends, and how far its dashes are indented."""
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    repos = _value(root, "repos")
    if not isinstance(repos, yaml.SequenceNode) or repos.flow_style or not repos.value:
        raise _Unusual("its repos are no list of dashes")
    last = _end(repos)
    line_end = text.find("\n", last)
    at = last if text[:last].endswith("\n") else len(text) if line_end < 0 else line_end + 1
    return at, repos.start_mark.column


def _value(root: yaml.Node | None, key: str) -> yaml.Node | None:
    pairs = root.value if isinstance(root, yaml.MappingNode) and not root.flow_style else []
    return next((value for name, value in pairs if name.value == key), None)


def _end(node: yaml.Node) -> int:
    """Where the last sign of a node stands. A block's own end mark lies behind the comments that
    follow it.
    """
    if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        return _end(last[1] if isinstance(node, yaml.MappingNode) else last)
    return int(node.end_mark.index)
