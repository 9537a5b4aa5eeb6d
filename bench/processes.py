"""Whole processes, timed: wall clock, processor time and the most memory they held."""

import json
import subprocess
import sys
from dataclasses import dataclass

# A small process starts and measures the command: Linux counts what a starting process holds as its child's peak.
_STARTER = """
import json, resource, subprocess, sys, time
begun = time.monotonic()
status = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL).returncode
wall = time.monotonic() - begun
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps([status, wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1000]))
"""


@dataclass(frozen=True)
class Cost:
    wall_s: float
    cpu_s: float
    peak_mb: float


def cost(command: list[str]) -> Cost:
    """Run a command to its end. Raises CalledProcessError with what it said."""
    done = subprocess.run([sys.executable, "-S", "-c", _STARTER, *command], capture_output=True, check=True)
    status, wall, cpu, peak = json.loads(done.stdout)
    if status:
        raise subprocess.CalledProcessError(status, command, stderr=done.stderr)
    return Cost(wall, cpu, peak)
