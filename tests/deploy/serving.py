"""A server started as a process, waited for and stopped by its process id."""

import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx2


def free_ports(count: int) -> list[int]:
    """Different from each other, and free a moment ago."""
    probes = [socket.socket() for _ in range(count)]
    try:
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [int(probe.getsockname()[1]) for probe in probes]
    finally:
        for probe in probes:
            probe.close()


@contextmanager
def process(command: Sequence[str], *, environment: Mapping[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Ends by SIGTERM, or by SIGKILL where that does not help."""
    with log.open("ab") as sink:
        started = subprocess.Popen(
            list(command), env=dict(environment), stdin=subprocess.DEVNULL, stdout=sink, stderr=sink
        )
    try:
        yield started
    finally:
        started.terminate()
        try:
            started.wait(20)
        except subprocess.TimeoutExpired:
            started.kill()
            started.wait()


def until_healthy(port: int, *, of: subprocess.Popen[bytes], log: Path, seconds: float = 60) -> dict[str, object]:
    """What /healthz says once it says ok; fails with the end of the log."""
    end = time.monotonic() + seconds
    while time.monotonic() < end and of.poll() is None:
        try:
            answer = httpx2.get(f"http://127.0.0.1:{port}/healthz", timeout=2)
        except httpx2.TransportError:
            answer = None
        if answer is not None and answer.status_code == 200:
            return dict(answer.json())
        time.sleep(0.2)
    raise AssertionError(f"not healthy: {log.read_text()[-3000:]}")
