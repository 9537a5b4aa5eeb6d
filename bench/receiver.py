"""The receiver's figures: start, memory, processor, and two of them in step, beside a real server.

    python -m bench.receiver

Both write what they play to WAV files on one machine's clock: this shows playout and clock reading, not two crystals.
"""

import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt
import psutil

from bench.figures import figure, say
from tests.server.sounds import recording
from tests.system.hearing import recording as recorded
from tests.system.station import Village, until, world
from tests.system.test_broadcast import fetched, wait_for

PLAY_S = 40.0
RATE_HZ = 48_000
Samples = npt.NDArray[np.float64]


def start_to_link_s(village: Village, is_online: Callable[[], bool]) -> float:
    started = time.monotonic()
    village.start()
    until(is_online, what="online")
    return time.monotonic() - started


def cpu_share(process: psutil.Process, seconds: float) -> float:
    """Per cent of one core over `seconds`."""
    before = process.cpu_times()
    time.sleep(seconds)
    after = process.cpu_times()
    return 100 * (after.user + after.system - before.user - before.system) / seconds


def skew_ms(one: Path, other: Path) -> Samples:
    """Differences in ms between two recordings, in half-second windows where both sound."""
    a, a_first = recorded(one)
    b, b_first = recorded(other)
    shift = round((b_first - a_first).total_seconds() * RATE_HZ)
    a, b = (a[shift:], b) if shift >= 0 else (a, b[-shift:])
    rest = ((b_first - a_first).total_seconds() * RATE_HZ - shift) / RATE_HZ * 1e3
    count, window = min(len(a), len(b)), RATE_HZ // 2
    found = []
    for at in range(0, count - window, window):
        x, y = a[at : at + window], b[at : at + window]
        if min(np.abs(x).max(), np.abs(y).max()) < 0.01:
            continue
        size = 1 << (2 * window).bit_length()
        products = np.fft.irfft(np.fft.rfft(x, size) * np.conj(np.fft.rfft(y, size)), size)
        lag = int(np.argmax(products))
        found.append((lag if lag < size // 2 else lag - size) / RATE_HZ * 1e3 - rest)
    return np.asarray(np.abs(np.array(found[1:-1])))


def main() -> None:
    with tempfile.TemporaryDirectory() as name, world(Path(name)) as loa:
        say("a server and two receivers")
        server = loa.server()
        server.start()
        station = server.station()
        villages = {n: loa.village(server, station, n, "vi") for n in ("ban-1", "ban-2")}
        item = server.item(vi=recording(Path(name), seconds=PLAY_S))

        def online(village: Village) -> bool:
            return bool(server.get(f"/clusters/{village.cluster}")["connection"] == "online")

        links = [start_to_link_s(v, partial(online, v)) for v in villages.values()]
        processes = [psutil.Process(v.program.pid) for v in villages.values()]
        time.sleep(5)
        idle = [cpu_share(p, 10) for p in processes]
        starts = server.place(station, str(item["id"]), in_seconds=6)
        fetched(villages)
        say(f"playing for {PLAY_S:.0f} s")
        wait_for(starts, and_seconds=3)
        playing = [cpu_share(p, 12) for p in processes]
        memory = [p.memory_info().rss / 1e6 for p in processes]
        wait_for(starts, and_seconds=PLAY_S + 1)
        one, other = (v.folder / "heard.wav" for v in villages.values())
        skew = skew_ms(one, other)
    kept = figure("receiver: process start to link", max(links), "s", "<= 2", runs=2)
    kept &= figure("receiver: memory while playing", max(memory), "MB", "<= 100", runs=2)
    kept &= figure("receiver: processor while playing", max(playing), "% of a core", "<= 5", runs=2)
    kept &= figure("receiver: processor at rest", max(idle), "% of a core", "<= 1", runs=2)
    kept &= figure(
        "two receivers, files, one clock: skew p95", float(np.percentile(skew, 95)), "ms", "<= 1", runs=len(skew)
    )
    kept &= figure("two receivers, files, one clock: skew max", float(skew.max()), "ms", "<= 2", runs=len(skew))
    sys.exit(not kept)


if __name__ == "__main__":
    main()
