"""What `schedlint check` does with `--fix`, `--unsafe-fixes` and `--diff`."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from schedlint.cli import options
from schedlint.engine import Report
from schedlint.fixing import Mended, mend
from schedlint.policy import Policy
from schedlint.reports.text import counted


def show_patch(paths: Sequence[str], policy: Policy, report: Report, *, unsafe: bool) -> int:
    """Print what would change and write nothing. The exit code: 1 where something would."""
    from schedlint.reports.patch import patch

    mended = mend(paths, policy, report, unsafe=unsafe)
    for part in patch(mended.before, mended.after):
        write_bytes(part)
    for line in mended.unsettled:
        options.say(line)
    if mended.left.fixed:
        findings = counted(len(mended.left.fixed), "finding")
        options.say(f"would fix {findings} in {counted(len(mended.after), 'file')}")
    return 2 if mended.unsettled or report.unreadable or report.crashed else int(bool(mended.after))


def fix(
    paths: Sequence[str], policy: Policy, report: Report, *, unsafe: bool, stdin: bool
) -> Mended:
    """Make the fixes and write the files; what is in the way is said on standard error.

    The text of standard input is printed instead, whether it has changed or not.
    """
    mended = mend(paths, policy, report, unsafe=unsafe, to_disk=not stdin)
    if stdin:
        (name,) = paths
        file = mended.after.get(name) or policy.texts.read(name)
        write_bytes(file.encode(file.text))
    for line in (*mended.unsettled, *map(str, mended.unwritten)):
        options.say(line)
    return mended


def write_bytes(data: bytes) -> None:
    """Bytes as they are, line ends included."""
    sys.stdout.flush()
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()
