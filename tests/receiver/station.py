"""A station that really runs: HTTPS desk, real broker, and receivers as processes of their own."""

import asyncio
import json
import os
import signal
import ssl
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from protocol import topics
from protocol.messages import Config, ConnectionState, Occurrence, Presence, Rundown, Status
from protocol.rundown import pack
from receiver.home import Home
from server.bus.permits import Credential, hashed
from tests.bus.station import Papers, Station, running_station
from tests.bus.wire import Device
from tests.receiver import factories
from tests.receiver.desk import Desk
from tests.receiver.factories import CLUSTER, STATION

SERVER_SECRET = "f" * 64
PROGRAM = str(Path(sys.executable).with_name("loa-receiver"))


@dataclass
class Running:
    """A receiver process with its folder and its recording."""

    folder: Path
    wav: Path
    process: subprocess.Popen[bytes]

    def status(self) -> dict[str, Any]:
        shown = subprocess.run(
            [PROGRAM, "status", "--data", str(self.folder), "--json"], capture_output=True, check=False
        )
        return dict(json.loads(shown.stdout))

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(20)


def receiver(folder: Path, *, name: str = "out") -> Running:
    wav = folder / f"{name}.wav"
    log = (folder / f"{name}.log").open("wb")
    command = [PROGRAM, "run", "--data", str(folder), "--output", f"wav:{wav}"]
    process = subprocess.Popen(command, stderr=log, stdout=log, env={**os.environ})
    log.close()
    return Running(folder, wav, process)


def enrolled(folder: Path, desk: Desk, *, mqtt_port: int) -> Path:
    """The folder of a receiver that was enrolled earlier."""
    home = Home(folder)
    home.prepare()
    home.keep_identity(desk.identity(mqtt_port=mqtt_port))
    return folder


@dataclass
class OnAir:
    """The server's voice on the broker, and its ear."""

    desk: Desk
    bus: Station
    device: Device
    heard: list[tuple[str, bytes, bool]] = field(default_factory=list)
    _sequence: int = 0

    async def publish(self, topic: str, payload: bytes) -> None:
        await self.device.publish(topics.on_wire(topic), payload, retain=True)

    async def configure(self, **fields: Any) -> None:
        self._sequence += 1
        address = f"127.0.0.1:{self.desk.port}:{self.bus.port}"
        config: Config = factories.config(**{"addresses": (address,), **fields})
        topic = topics.config(CLUSTER)
        await self.publish(topic, self.desk.office.sign(config, topic, sequence=self._sequence, issued=_now()))

    async def order(self, *occurrences: Occurrence) -> None:
        self._sequence += 1
        now = _now()
        plan = Rundown(
            station=STATION,
            covers_from=now - timedelta(days=1),
            covers_until=now + timedelta(days=7),
            occurrences=occurrences,
        )
        head, packed = pack(plan)
        self.desk.keep(packed)
        topic = topics.rundown(STATION)
        await self.publish(topic, self.desk.office.sign(head, topic, sequence=self._sequence, issued=now))

    async def until(self, true: Callable[[], bool], *, seconds: float = 20.0) -> None:
        async with asyncio.timeout(seconds):
            while not true():
                self.heard += [(m.topic, m.payload, m.retained) for m in await self.device.settled()]
                self.device.inbox.clear()
                await asyncio.sleep(0.05)

    def statuses(self) -> list[Status]:
        topic = topics.on_wire(topics.status(CLUSTER))
        return [Status.model_validate_json(payload) for name, payload, _ in self.heard if name == topic]

    def presences(self) -> list[tuple[int, ConnectionState]]:
        topic = topics.on_wire(topics.presence(CLUSTER))
        said = [Presence.model_validate_json(payload) for name, payload, _ in self.heard if name == topic]
        return [(presence.session, presence.state) for presence in said]


@asynccontextmanager
async def on_air(folder: Path) -> AsyncIterator[OnAir]:
    """A desk and a broker that know the one cluster of tests.receiver.factories."""
    async with running_station(folder) as bus:
        made = Papers(ca=bus.ca, certificate=folder / "server.pem", key=folder / "server.key")
        desk = Desk(made)
        with desk.open():
            bus.devices[CLUSTER] = _credential(CLUSTER, desk.secret)
            bus.devices["office"] = _server_credential(SERVER_SECRET)
            tls = ssl.create_default_context(cafile=str(bus.ca))
            device = await Device.connect(bus.port, tls, client_id="office", secret=SERVER_SECRET)
            await device.subscribe(*(topics.on_wire(topic) for topic in topics.upward(cluster=CLUSTER)))
            yield OnAir(desk, bus, device)
            device.die()


def _credential(cluster: str, secret: str) -> Credential:
    up, down = topics.upward(cluster=cluster), topics.downward(station=STATION, cluster=cluster)
    return Credential(
        user=cluster,
        client_id=cluster,
        secret_sha256=hashed(secret),
        publish=tuple(map(topics.on_wire, up)),
        subscribe=tuple(map(topics.on_wire, down)),
    )


def _server_credential(secret: str) -> Credential:
    up, down = topics.upward(cluster=CLUSTER), topics.downward(station=STATION, cluster=CLUSTER)
    return Credential(
        user="office",
        client_id="office",
        secret_sha256=hashed(secret),
        publish=tuple(map(topics.on_wire, down)),
        subscribe=tuple(map(topics.on_wire, up)),
    )


def _now() -> datetime:
    return datetime.now(UTC)
