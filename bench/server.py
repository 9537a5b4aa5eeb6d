"""The server's figures: a district that comes back at once, and the compiling of a week.

    python -m bench.server

The rival is Debian's Mosquitto with the same devices, the same TLS, a password file and the same rights.
"""

import asyncio
import json
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from bench.figures import figure, median, say
from protocol.messages import Asset, Priority
from protocol.rundown import pack
from server.bus.configuration import BrokerSettings, choose_ports
from server.bus.probe import trust
from server.schedule.occurrences import week
from server.schedule.rundown import PlacedItem, PlacedSlot, compiled
from tests.bus.fleet import STATIONS, cluster_of, station_of
from tests.bus.station import papers, running_station, secret_of
from tests.bus.wire import Device

DEVICES = 1_000
RUNS = 5
ROOT = Path(__file__).parents[1]
SERVER_SECRET = secret_of("server")


class Ready(NamedTuple):
    """A broker that knows the devices: where it is, whom it trusts, and the server's login."""

    port: int
    ca: Path
    user: str
    secret: str


@asynccontextmanager
async def ours(folder: Path) -> AsyncIterator[Ready]:
    async with running_station(folder) as station:
        for number in range(DEVICES):
            station.add(cluster_of(number), station=station_of(number))
        login = station.broker.login
        yield Ready(station.port, station.ca, login.user, login.secret)


@asynccontextmanager
async def mosquitto(folder: Path) -> AsyncIterator[Ready]:
    made = papers(folder)
    settings = BrokerSettings(folder=folder, certificate=made.certificate, key=made.key, ca=made.ca, port=0)
    port = choose_ports(settings).mqtt
    users = {"server": SERVER_SECRET} | {cluster_of(n): secret_of(cluster_of(n)) for n in range(DEVICES)}
    passwords, rights = folder / "passwords", folder / "rights"
    passwords.write_text("".join(f"{user}:{secret}\n" for user, secret in users.items()))
    await (await asyncio.create_subprocess_exec("mosquitto_passwd", "-U", passwords)).wait()
    own = [f"user {cluster_of(n)}\ntopic read loa/v1/station/{station_of(n)}/rundown\n" for n in range(DEVICES)]
    rights.write_text("pattern read loa/v1/cluster/%u/config\nuser server\ntopic loa/v1/#\n" + "".join(own))
    configuration = folder / "mosquitto.conf"
    configuration.write_text(
        f"listener {port} 127.0.0.1\ncertfile {made.certificate}\nkeyfile {made.key}\nallow_anonymous false\n"
        f"password_file {passwords}\nacl_file {rights}\nmax_connections -1\nuser root\nlog_dest none\n"
    )
    process = await asyncio.create_subprocess_exec("mosquitto", "-c", configuration)
    try:
        await asyncio.sleep(1)
        yield Ready(port, made.ca, "server", SERVER_SECRET)
    finally:
        process.send_signal(signal.SIGTERM)
        await process.wait()


async def come_back(broker: Callable[[Path], AbstractAsyncContextManager[Ready]]) -> list[float]:
    """Seconds until the last of the devices had all of its retained state, for each run."""
    took = []
    with tempfile.TemporaryDirectory() as folder:
        async with broker(Path(folder)) as ready:
            server = await Device.connect(ready.port, trust(ready.ca), client_id=ready.user, secret=ready.secret)
            for number in range(STATIONS):
                await server.publish(f"loa/v1/station/{station_of(number)}/rundown", bytes(1_000), retain=True)
            for number in range(DEVICES):
                await server.publish(f"loa/v1/cluster/{cluster_of(number)}/config", bytes(2_000), retain=True)
            fleet = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "tests.bus.fleet", str(ready.port), str(ready.ca), str(DEVICES), str(RUNS)),
                stdout=asyncio.subprocess.PIPE,
                cwd=ROOT,
            )
            printed, _ = await fleet.communicate()
            for line in printed.splitlines():
                say(f"  {line.decode()}")
                outcome = json.loads(line)
                if outcome["in_step"] != DEVICES or outcome["refused_filters"] or outcome["hung_up"]:
                    raise SystemExit(f"not every device was in step: {outcome}")
                took.append(outcome["last_s"])
            server.die()
    return took


def compile_week() -> float:
    """Milliseconds to compile and pack the week of a station: 11 clusters, 12 broadcasts a day in three languages."""
    now = datetime(2026, 11, 21, 3, tzinfo=UTC)
    covers_from, covers_until = week(now, time_zone="Asia/Ho_Chi_Minh")
    assets = {
        tag: Asset(sha256=f"{n}" * 64, bytes=1_500_000, samples=48_000 * 360)
        for n, tag in enumerate(("vi", "blt", "hmn"))
    }
    item = PlacedItem(id="i-00000000", title="Giảm nghèo bền vững", original_language="vi", assets=assets)
    slots = [
        PlacedSlot(
            id=f"t-{day}{place:07}",
            starts_local=(datetime(2026, 11, 21, 5) + timedelta(days=day, hours=place)).isoformat(),  # noqa: DTZ001 -- Wall time.
            fold=0,
            item=item,
            priority=Priority.NORMAL,
            clusters=None,
        )
        for day in range(8)
        for place in range(12)
    ]
    plans = {f"c-{n:08}": (("vi",), ("blt", "vi"), ("hmn", "vi"))[n % 3] for n in range(11)}
    started = time.perf_counter()
    pack(
        compiled(
            "s-00000000", slots, plans, time_zone="Asia/Ho_Chi_Minh", covers_from=covers_from, covers_until=covers_until
        )
    )
    return (time.perf_counter() - started) * 1e3


def main() -> None:
    if shutil.which("mosquitto") is None:
        say("installing the rival: mosquitto")
        subprocess.run(
            ["apt-get", "install", "-y", "-q", "--no-install-recommends", "mosquitto"], check=True, stdout=sys.stderr
        )
    say(f"{DEVICES} devices come back at once to our broker")
    own = median(asyncio.run(come_back(ours)))
    say(f"{DEVICES} devices come back at once to Mosquitto")
    rival = median(asyncio.run(come_back(mosquitto)))
    kept = figure(
        "1,000 devices back with all retained state, TLS, every login decided",
        own,
        "s",
        "<= 5",
        rival="Mosquitto, TLS, password file",
        rival_value=rival,
        ratio=own / rival,
        runs=RUNS,
    )
    say("compiling a station's week")
    kept &= figure(
        "compiling and packing a station's week", median([compile_week() for _ in range(20)]), "ms", "<= 20", runs=20
    )
    sys.exit(not kept)


if __name__ == "__main__":
    main()
