"""Whole processes, timed: wall clock, processor time and the most memory they held."""

import os
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Cost:
    wall_s: float
    cpu_s: float
    peak_mb: float


def cost(command: list[str], *, cwd: Path | None = None) -> Cost:
    """Run a command to its end. Raises CalledProcessError with what it said."""
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd=cwd) as child:
        begun = time.monotonic()
        assert child.stderr is not None
        said = child.stderr.read()
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        wall = time.monotonic() - begun
    if child.returncode:
        raise subprocess.CalledProcessError(child.returncode, command, stderr=said)
    return Cost(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1000)
