"""What a terminal is asked for is what it is known to understand and the user wants.

The table follows what `supports-hyperlinks` knows; NO_COLOR and FORCE_COLOR are as their pages
(no-color.org, force-color.org) and Python's own traceback have them.
"""

from __future__ import annotations

import ctypes
import io
import sys

import pytest

from schedlint.reports.style import PLAIN, Style
from schedlint.reports.terminal import style_for

COLOURED = Style(colours=True)
LINKED = Style(colours=True, links=True)


class Terminal(io.StringIO):
    """A stream that says that it is a terminal."""

    def isatty(self) -> bool:
        """It is one."""
        return True

    def fileno(self) -> int:
        """The number of a standard stream."""
        return 2


@pytest.mark.parametrize(
    ("environ", "style"),
    [
        ({}, COLOURED),
        ({"TERM": "xterm-256color"}, COLOURED),
        ({"TERM": "dumb"}, PLAIN),
        ({"NO_COLOR": "1"}, PLAIN),
        ({"NO_COLOR": ""}, COLOURED),
        ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, PLAIN),
        ({"TERM": "dumb", "FORCE_COLOR": "1"}, COLOURED),
        ({"FORCE_COLOR": "0"}, PLAIN),
        ({"FORCE_COLOR": "false"}, PLAIN),
        ({"FORCE_COLOR": ""}, COLOURED),
        ({"FORCE_HYPERLINK": "1"}, LINKED),
        ({"FORCE_HYPERLINK": "1", "NO_COLOR": "1"}, PLAIN),
        ({"FORCE_HYPERLINK": "0", "WT_SESSION": "x"}, COLOURED),
        ({"WT_SESSION": "x"}, LINKED),
        ({"WT_SESSION": "x", "CI": "true"}, COLOURED),
        ({"WT_SESSION": "x", "TEAMCITY_VERSION": "2024"}, COLOURED),
        ({"TERM_PROGRAM": "iTerm.app", "TERM_PROGRAM_VERSION": "3.0.15"}, COLOURED),
        ({"TERM_PROGRAM": "iTerm.app", "TERM_PROGRAM_VERSION": "3.1.0"}, LINKED),
        ({"TERM_PROGRAM": "iTerm.app", "TERM_PROGRAM_VERSION": "4"}, LINKED),
        ({"TERM_PROGRAM": "iTerm.app"}, COLOURED),
        ({"TERM_PROGRAM": "WezTerm", "TERM_PROGRAM_VERSION": "20200608-110940"}, COLOURED),
        ({"TERM_PROGRAM": "WezTerm", "TERM_PROGRAM_VERSION": "20240203-110809"}, LINKED),
        ({"TERM_PROGRAM": "vscode", "TERM_PROGRAM_VERSION": "1.71.2"}, COLOURED),
        ({"TERM_PROGRAM": "vscode", "TERM_PROGRAM_VERSION": "1.72.0"}, LINKED),
        ({"TERM_PROGRAM": "vscode", "TERM_PROGRAM_VERSION": "x" * 99}, COLOURED),
        ({"TERM_PROGRAM": "ghostty"}, LINKED),
        ({"TERM_PROGRAM": "Apple_Terminal", "TERM_PROGRAM_VERSION": "455"}, COLOURED),
        ({"VTE_VERSION": "4801"}, COLOURED),
        ({"VTE_VERSION": "5000"}, COLOURED),
        ({"VTE_VERSION": "5002"}, LINKED),
        ({"VTE_VERSION": "7600"}, LINKED),
        ({"VTE_VERSION": "seven"}, COLOURED),
        ({"VTE_VERSION": "7600", "TERM": "tmux-256color"}, COLOURED),
        ({"VTE_VERSION": "7600", "TERM": "screen"}, COLOURED),
        ({"TERM": "xterm-kitty"}, LINKED),
        ({"TERM": "alacritty"}, LINKED),
        ({"TERM": "linux"}, COLOURED),
    ],
)
def test_terminal(environ: dict[str, str], style: Style) -> None:
    """On a terminal there are colours unless somebody minds, and links where it shows them."""
    assert style_for(Terminal(), environ, no_color=False) == style
    assert style_for(Terminal(), environ, no_color=True) == PLAIN


@pytest.mark.parametrize(
    ("environ", "style"),
    [
        ({}, PLAIN),
        ({"WT_SESSION": "x", "TERM": "xterm-kitty"}, PLAIN),
        ({"FORCE_HYPERLINK": "1"}, PLAIN),
        ({"FORCE_COLOR": "1"}, COLOURED),
        ({"FORCE_COLOR": "3", "WT_SESSION": "x"}, COLOURED),
        ({"FORCE_COLOR": "1", "FORCE_HYPERLINK": "1"}, LINKED),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, PLAIN),
        ({"FORCE_COLOR": "0"}, PLAIN),
    ],
)
def test_no_terminal(environ: dict[str, str], style: Style) -> None:
    """A file or a pipe gets plain text unless colours are forced."""
    assert style_for(io.StringIO(), environ, no_color=False) == style
    assert style_for(None, environ, no_color=False) == style
    assert style_for(io.StringIO(), environ, no_color=True) == PLAIN


class Kernel:
    """The console of Windows: whether it has a mode, and whether it takes another."""

    def __init__(self, *, has: bool = True, takes: bool = True) -> None:
        self.has, self.takes, self.asked = has, takes, 0
        self.kernel32 = self

    def get_osfhandle(self, number: int) -> int:
        """The handle of a stream."""
        assert number == 2, "the stream that is asked about"
        return 7

    def GetConsoleMode(self, handle: ctypes.c_void_p, mode: object) -> int:
        """What the console does now."""
        assert handle.value == 7
        ctypes.cast(mode, ctypes.POINTER(ctypes.c_uint32))[0] = 0x0003
        return int(self.has)

    def SetConsoleMode(self, handle: ctypes.c_void_p, mode: int) -> int:
        """Ask the console for something else."""
        assert handle.value == 7
        self.asked = mode
        return int(self.takes)


@pytest.mark.parametrize(
    ("kernel", "style"),
    [
        (Kernel(), COLOURED),
        (Kernel(has=False), PLAIN),
        (Kernel(takes=False), PLAIN),
    ],
)
def test_windows(monkeypatch: pytest.MonkeyPatch, kernel: Kernel, style: Style) -> None:
    """A console of Windows is asked to obey, its other modes kept; one that cannot gets plain
    text."""
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(ctypes, "windll", kernel, raising=False)
    monkeypatch.setitem(sys.modules, "msvcrt", kernel)
    assert style_for(Terminal(), {}, no_color=False) == style
    assert kernel.asked == (0x0007 if kernel.has else 0)
