"""After a power cut the whole district comes back in the same second."""

import asyncio
import json
import sys
from pathlib import Path

import psutil

from tests.bus.fleet import STATIONS, cluster_of, station_of
from tests.bus.station import Station
from tests.bus.wire import Device

DEVICES = 1_000
ROOT = Path(__file__).parents[2]


async def test_a_thousand_devices_come_back_at_once_and_are_in_step_within_5_s(station: Station) -> None:
    for number in range(DEVICES):
        station.add(cluster_of(number), station=station_of(number))
    login = station.broker.login
    server = await Device.connect(station.port, station.tls, client_id=login.user, secret=login.secret)
    for number in range(STATIONS):
        await server.publish(f"loa/v1/station/{station_of(number)}/rundown", bytes(1_000), retain=True)
    for number in range(DEVICES):
        await server.publish(f"loa/v1/cluster/{cluster_of(number)}/config", bytes(2_000), retain=True)
    fleet = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.bus.fleet", str(station.port), str(station.ca), str(DEVICES)),
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
    )
    async with asyncio.timeout(60):
        printed, _ = await fleet.communicate()
    outcome = json.loads(printed)
    print(outcome, "broker", psutil.Process(station.broker.pid).cpu_times(), "us", psutil.Process().cpu_times())
    assert (outcome["in_step"], outcome["refused_filters"], outcome["hung_up"]) == (DEVICES, 0, 0)
    assert outcome["last_s"] <= 5.0
    server.die()
