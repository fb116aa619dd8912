"""The command line: thin, one module a command."""

from __future__ import annotations

import sys


def main() -> None:
    """Run `schedlint`. Exit codes: 0 nothing found, 1 findings, 2 wrong usage or unreadable
    files.
    """
    from schedlint.cli.app import app

    for stream in (sys.stdout, sys.stderr):
        # A console that cannot show a sign gets a stand-in for it, not a traceback.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    app(prog_name="schedlint")
