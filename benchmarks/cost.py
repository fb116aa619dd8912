"""Run a command once and print its exit code, CPU seconds and peak memory in bytes.

The peak that the system reports for a process is never below that of the process which started
it, so this one imports next to nothing.
"""

import os
import sys


def main(command: list[str]) -> None:
    """Run `command` with its output discarded and print what it cost."""
    discard = [(os.POSIX_SPAWN_OPEN, stream, os.devnull, os.O_WRONLY, 0) for stream in (1, 2)]
    pid = os.posix_spawn(command[0], command, os.environ, file_actions=discard)
    _, status, usage = os.wait4(pid, 0)
    peak = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    print(os.waitstatus_to_exitcode(status), usage.ru_utime + usage.ru_stime, peak)


if __name__ == "__main__":
    main(sys.argv[1:])
