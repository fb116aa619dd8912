"""What the terminal behind a stream understands, as far as the environment tells.

The variables are those that other programs go by: NO_COLOR (https://no-color.org), FORCE_COLOR
(https://force-color.org), FORCE_HYPERLINK, and those in which terminals give their names.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from typing import TextIO

from schedlint.reports.style import PLAIN, Style

_OFF = ("0", "false")

_SINCE: Mapping[str, tuple[int, ...]] = {
    "iTerm.app": (3, 1),
    "WezTerm": (20200620,),
    "vscode": (1, 72),
    "WarpTerminal": (),
    "ghostty": (),
    "zed": (),
}
"""The version from which on the program of TERM_PROGRAM shows links."""

_LINKING_TERMS = ("alacritty", "xterm-ghostty", "xterm-kitty")

_OBEY = 0x0004
"""ENABLE_VIRTUAL_TERMINAL_PROCESSING of the Windows console."""

_VTE_CRASHES = 5000
"""The version of VTE that crashes on a link; the later ones show it."""


def style_for(stream: TextIO | None, environ: Mapping[str, str], *, no_color: bool) -> Style:
    """The style for what is printed to a stream; `no_color` is the user's last word."""
    terminal = stream is not None and stream.isatty()
    if no_color or not _colours(environ, terminal):
        return PLAIN
    if stream is not None and terminal and not _console_obeys(stream):
        return PLAIN
    return Style(colours=True, links=_links(environ, terminal))


def _colours(environ: Mapping[str, str], terminal: bool) -> bool:
    if environ.get("NO_COLOR"):
        return False
    if forced := environ.get("FORCE_COLOR"):
        return forced.lower() not in _OFF
    return terminal and environ.get("TERM") != "dumb"


def _links(environ: Mapping[str, str], terminal: bool) -> bool:
    """Whether links are understood: a terminal that is not known to do so gets none."""
    if forced := environ.get("FORCE_HYPERLINK"):
        return forced.lower() not in _OFF
    term = environ.get("TERM", "")
    # The variables of the terminal around it reach into a multiplexer that may not pass links on.
    if not terminal or term.startswith(("screen", "tmux")):
        return False
    if environ.get("CI") or environ.get("TEAMCITY_VERSION"):
        return False
    if "WT_SESSION" in environ:  # Windows Terminal
        return True
    return _program_links(environ) or _vte_links(environ) or term in _LINKING_TERMS


def _program_links(environ: Mapping[str, str]) -> bool:
    since = _SINCE.get(environ.get("TERM_PROGRAM", ""))
    return since is not None and _version(environ.get("TERM_PROGRAM_VERSION", "")) >= since


def _vte_links(environ: Mapping[str, str]) -> bool:
    version = environ.get("VTE_VERSION", "")
    return version.isdecimal() and len(version) < 9 and int(version) > _VTE_CRASHES


def _version(text: str) -> tuple[int, ...]:
    """`3.4.19` and `20240203-110809-5046fc22` as numbers, up to what is none."""
    found = re.match(r"\d{1,9}(\.\d{1,9})*", text, re.ASCII)
    return tuple(map(int, found[0].split("."))) if found else ()


def _console_obeys(stream: TextIO) -> bool:
    """Whether the console takes commands: one of Windows must be asked to, and may be too old."""
    if sys.platform == "win32":
        import ctypes
        import msvcrt

        kernel, mode = ctypes.windll.kernel32, ctypes.c_uint32()
        handle = ctypes.c_void_p(msvcrt.get_osfhandle(stream.fileno()))
        if not kernel.GetConsoleMode(handle, ctypes.byref(mode)):
            return False
        return bool(kernel.SetConsoleMode(handle, mode.value | _OBEY))
    return True
