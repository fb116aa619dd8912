"""What `schedlint check` does with `--fix`, `--unsafe-fixes` and `--diff`."""

from __future__ import annotations

from collections.abc import Sequence

from schedlint.cli import options
from schedlint.cli.output import print_bytes
from schedlint.engine import Report
from schedlint.fixing import Mended, mend
from schedlint.policy import Policy
from schedlint.reports.text import counted


def show_patch(
    paths: Sequence[str], policy: Policy, report: Report, *, unsafe: bool, stdin: bool
) -> tuple[Report, int]:
    """Print what would change and write nothing.

    What would be left, and the exit code: 1 where something would change.
    """
    from schedlint.reports.patch import patch

    mended = mend(paths, policy, report, unsafe=unsafe, alone=paths[0] if stdin else None)
    for part in patch(mended.before, mended.after):
        print_bytes(part)
    for line in (*mended.unsettled, *_unwritten(mended)):
        options.say(line)
    if line := _summary(mended):
        options.say(line)
    return mended.left, 2 if _in_trouble(mended) else int(bool(mended.after))


def fix(
    paths: Sequence[str], policy: Policy, report: Report, *, unsafe: bool, stdin: bool
) -> tuple[Report, bool]:
    """Make the fixes and write the files; what is in the way is said on standard error.

    The text of standard input is printed instead, whether it has changed or not. What is left, and
    whether something was in the way.
    """
    alone = paths[0] if stdin else None
    mended = mend(paths, policy, report, unsafe=unsafe, to_disk=not stdin, alone=alone)
    if alone is not None:
        file = mended.after.get(alone)
        print_bytes(policy.texts.bytes_for(alone) if file is None else file.encode(file.text))
    for line in (*mended.unsettled, *_unwritten(mended)):
        options.say(line)
    return mended.left, _in_trouble(mended)


def _in_trouble(mended: Mended) -> bool:
    left = mended.left
    return bool(mended.unsettled or mended.unwritten or left.unreadable or left.crashed)


def _unwritten(mended: Mended) -> list[str]:
    """A line for each file that was not written, unless it is told already that it is not there."""
    told = {error.path for error in mended.left.unreadable}
    return [str(error) for error in mended.unwritten if error.path not in told]


def _summary(mended: Mended) -> str:
    """`would fix 2 findings in 1 file, 1 more with --unsafe-fixes`."""
    fixed, parts = len(mended.left.fixed), []
    if fixed:
        parts = [f"would fix {counted(fixed, 'finding')} in {counted(len(mended.after), 'file')}"]
    fixes = [each.fix for each in mended.left.findings if not each.not_fixed]
    if unsafe := sum(each is not None and not each.safe for each in fixes):
        more = f"{unsafe} more" if fixed else f"would fix {counted(unsafe, 'finding')}"
        parts.append(f"{more} with --unsafe-fixes")
    return ", ".join(parts)
