"""The brokers that the bus's contract is held against, each with a lever for an outage."""

import asyncio
import shutil
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import psutil
import pytest

from runtime.clock import SystemClock
from server.bus.configuration import BrokerSettings, choose_ports
from server.bus.link import Address
from server.bus.memory import MemoryBroker, MemoryBus
from server.bus.mqtt import MqttBus
from server.bus.port import Bus
from server.bus.probe import Login
from tests.bus.station import Station, papers, running_station


class Subject(Protocol):
    """A bus, and what cuts it from its broker and brings it back."""

    @property
    def bus(self) -> Bus: ...

    async def cut(self) -> None: ...

    async def mend(self) -> None: ...


@dataclass
class InMemory:
    bus: MemoryBus

    async def cut(self) -> None:
        self.bus.cut()

    async def mend(self) -> None:
        self.bus.mend()


@dataclass
class OnNats:
    bus: MqttBus
    station: Station

    async def cut(self) -> None:
        psutil.Process(self.station.broker.pid).kill()
        await until_cut(self.bus)

    async def mend(self) -> None:
        await self.bus.until_connected()


@dataclass
class OnMosquitto:
    bus: MqttBus
    program: list[str]
    process: asyncio.subprocess.Process | None = None

    async def cut(self) -> None:
        assert self.process
        self.process.send_signal(signal.SIGTERM)
        await self.process.wait()
        await until_cut(self.bus)

    async def mend(self) -> None:
        silence = asyncio.subprocess.DEVNULL
        self.process = await asyncio.create_subprocess_exec(*self.program, stdout=silence, stderr=silence)
        await self.bus.until_connected()


async def until_cut(bus: Bus) -> None:
    async with asyncio.timeout(10):
        while bus.connected:  # noqa: ASYNC110 -- Only the gaining of a connection is told.
            await asyncio.sleep(0.01)


@asynccontextmanager
async def in_memory(_folder: Path) -> AsyncIterator[Subject]:
    yield InMemory(MemoryBroker().client())


@asynccontextmanager
async def on_nats(folder: Path) -> AsyncIterator[Subject]:
    async with running_station(folder) as station, server_bus(station) as bus:
        yield OnNats(bus, station)


@asynccontextmanager
async def on_mosquitto(folder: Path) -> AsyncIterator[Subject]:
    found = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin")
    if found is None:
        pytest.fail("mosquitto is missing: sudo apt-get install mosquitto")
    made = papers(folder)
    port = choose_ports(BrokerSettings(folder=folder, certificate=made.certificate, key=made.key, ca=made.ca, port=0))
    lines = [
        f"listener {port.mqtt} 127.0.0.1",
        f"certfile {made.certificate}",
        f"keyfile {made.key}",
        "allow_anonymous true",
        "persistence true",
        f"persistence_location {folder}/",
        "user root",
    ]
    (folder / "mosquitto.conf").write_text("\n".join(lines) + "\n")
    async with running(
        MqttBus(Address("localhost", port.mqtt, made.ca), Login("server", ""), clock=SystemClock())
    ) as bus:
        subject = OnMosquitto(bus, [found, "-c", str(folder / "mosquitto.conf")])
        await subject.mend()
        try:
            yield subject
        finally:
            assert subject.process
            if subject.process.returncode is None:
                subject.process.kill()
                await subject.process.wait()


@asynccontextmanager
async def server_bus(station: Station) -> AsyncIterator[MqttBus]:
    address = Address("localhost", station.port, station.ca)
    async with running(MqttBus(address, station.broker.login, clock=SystemClock())) as bus:
        await bus.until_connected()
        yield bus


@asynccontextmanager
async def running(bus: MqttBus) -> AsyncIterator[MqttBus]:
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(bus.run())
        yield bus
        task.cancel()
