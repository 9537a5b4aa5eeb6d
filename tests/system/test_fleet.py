"""After a power cut a thousand devices come back in the same second, to the real server with its database."""

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from server.db.engine import create_engine, unit_of_work
from server.db.tables import Area, Cluster, Credential, Station
from server.trust.tokens import token_sha256
from tests.bus.fleet import STATIONS, cluster_of, station_of
from tests.bus.station import secret_of
from tests.server.world import NOW
from tests.system.station import Server, World, until

DEVICES = 1_000
ROOT = Path(__file__).parents[2]


async def enrolled(data: Path) -> None:
    """A thousand clusters as if each had been enrolled with its secret."""
    engine = create_engine(f"sqlite+aiosqlite:///{data / 'loa.sqlite3'}")
    async with unit_of_work(engine)() as session:
        session.add(Area(id="a-0000", level="province", name="Lai Châu", aliases=[], tags=[]))
        await session.flush()
        for number in range(STATIONS):
            station = Station(
                id=station_of(number), area_id="a-0000", name=f"{number}", kind="ip", time_zone="Asia/Ho_Chi_Minh"
            )
            session.add(station)
        await session.flush()
        for number in range(DEVICES):
            cluster = Cluster(
                id=cluster_of(number),
                station_id=station_of(number),
                area_id="a-0000",
                code=f"{number:04}",
                name=f"cụm {number}",
                type="Cụm loa truyền thanh",
                language_plan=["vi"],
                volume=70,
            )
            session.add(cluster)
        await session.flush()
        for number in range(DEVICES):
            secret = token_sha256(secret_of(cluster_of(number)))
            session.add(Credential(cluster_id=cluster_of(number), secret_sha256=secret, created=NOW))
    await engine.dispose()


def delivered(server: Server) -> bool:
    with closing(sqlite3.connect(server.data / "loa.sqlite3")) as database:
        [[count]] = database.execute("SELECT count(*) FROM published_state WHERE delivered")
    return bool(count == DEVICES + STATIONS)


@pytest.mark.slow
async def test_a_thousand_devices_are_back_in_step_with_the_real_server_within_5_s(loa: World) -> None:
    server = loa.server()
    server.secrets = json.loads(server.command("init", "--data", str(server.data), "--json"))
    await enrolled(server.data)
    server.start()
    until(lambda: delivered(server), seconds=60, what="every configuration is at the broker")
    ca = server.data / "tls" / "ca.pem"
    fleet = subprocess.run(  # noqa: ASYNC221 -- Nothing else runs in this loop.
        [sys.executable, "-m", "tests.bus.fleet", str(server.ports.mqtt), str(ca), str(DEVICES), "3"],
        capture_output=True,
        cwd=ROOT,
        check=True,
        timeout=100,
    )
    outcomes = [json.loads(line) for line in fleet.stdout.splitlines()]
    print(*outcomes, sep="\n")
    for outcome in outcomes:
        assert (outcome["in_step"], outcome["refused_filters"], outcome["hung_up"]) == (DEVICES, 0, 0)
    assert min(outcome["last_s"] for outcome in outcomes) <= 5.0
