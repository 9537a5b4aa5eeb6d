"""Become another program that ends when its parent does.

Run as a script: `python -I tether.py PARENT_PID PROGRAM ARGUMENT…`. The kernel's parent-death
signal is asked for here, in a process that has one thread and then turns into the program,
because code between fork and exec of a program with threads may lock for ever. The signal
outlasts exec. The kernel ties it to the parent's *thread*, so start it from one that lives as
long as the process. Where there is no prctl (not Linux) the program runs without it.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main(parent: int, program: list[str]) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:  # It died before the signal was asked for.
            sys.exit("the parent is gone")
    os.execv(program[0], program)  # noqa: S606 -- A fixed argument list, no shell.


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
