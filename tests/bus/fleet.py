"""Devices in a process of their own, all coming back at once. Arguments: port, CA file, how many.

Prints one JSON line: how long after the start the last device had all of its retained state, and
what was refused on the way.
"""

import asyncio
import json
import ssl
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from server.bus.probe import trust
from tests.bus.station import secret_of
from tests.bus.wire import REFUSED, Device, Gone

STATIONS = 15


@dataclass
class Outcome:
    in_step: int
    refused_filters: int
    hung_up: int
    median_s: float
    last_s: float
    client_cpu_s: float


def station_of(number: int) -> str:
    return f"s-{number % STATIONS}"


def cluster_of(number: int) -> str:
    return f"c-{number}"


async def come_back(port: int, tls: ssl.SSLContext, number: int) -> tuple[Device, bool]:
    """A device and whether a filter was refused; returns once both retained messages have arrived."""
    cluster = cluster_of(number)
    one = await Device.connect(port, tls, client_id=cluster, secret=secret_of(cluster))
    codes = await one.subscribe(f"loa/v1/station/{station_of(number)}/rundown", f"loa/v1/cluster/{cluster}/config")
    if REFUSED in codes:
        return one, True
    got = {(await one.next()).topic.split("/")[2] for _ in codes}
    assert got == {"station", "cluster"}
    return one, False


async def all_at_once(port: int, tls: ssl.SSLContext, count: int) -> tuple[Outcome, list[Device]]:
    took: list[float] = []
    devices: list[Device] = []
    refused = hung_up = 0
    cpu, start = time.process_time(), time.monotonic()

    async def one(number: int) -> None:
        nonlocal refused, hung_up
        try:
            device, was_refused = await come_back(port, tls, number)
        except (Gone, OSError):
            hung_up += 1
            return
        devices.append(device)
        refused += was_refused
        took.append(time.monotonic() - start)

    await asyncio.gather(*(one(number) for number in range(count)))
    took.sort()
    outcome = Outcome(len(took) - refused, refused, hung_up, took[len(took) // 2], took[-1], time.process_time() - cpu)
    return outcome, devices


async def main(port: int, ca: Path, count: int) -> None:
    tls = trust(ca)
    _, devices = await all_at_once(port, tls, count)
    for device in devices:
        device.die()
    outcome, devices = await all_at_once(port, tls, count)
    print(json.dumps(asdict(outcome)), flush=True)
    for device in devices:
        device.die()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])))
