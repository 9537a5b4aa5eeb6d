"""The broker outlives what kills it, and never the server."""

import asyncio
import json
import os
import signal
import stat
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import structlog.testing

from runtime.clock import SystemClock
from server.bus import configuration
from server.bus.broker import Broker
from server.bus.configuration import BrokerSettings
from server.bus.probe import trust
from tests.bus.station import Station, credential, papers, running_station, secret_of
from tests.bus.wire import Device, Gone, Received, device

RUNDOWN = "loa/v1/station/s-1/rundown"
ROOT = Path(__file__).parents[2]


async def of_server(station: Station) -> Device:
    login = station.broker.login
    return await Device.connect(station.port, station.tls, client_id=login.user, secret=login.secret)


async def publish(station: Station, payload: bytes) -> None:
    server = await of_server(station)
    await server.keep(RUNDOWN, payload)
    server.die()


async def read(station: Station) -> list[Received]:
    async with device(station.port, station.tls, "c-1", secret=secret_of("c-1")) as one:
        await one.subscribe(RUNDOWN)
        return await one.settled()


async def until_another(broker: Broker, pid: int | None) -> None:
    async with asyncio.timeout(20):
        await until(lambda: broker.pid not in {pid, None})
        await broker.ready()


async def until(happened: Callable[[], bool]) -> None:
    while not happened():  # noqa: ASYNC110 -- The world outside tells no event.
        await asyncio.sleep(0.02)


async def test_retained_state_survives_the_broker_being_killed(station: Station) -> None:
    station.add("c-1")
    await publish(station, b"the week")
    pid = station.broker.pid
    assert pid is not None
    with structlog.testing.capture_logs() as logs:
        os.kill(pid, signal.SIGKILL)
        await until_another(station.broker, pid)
    assert [line["event"] for line in logs if line.get("what") == "broker"] == ["lost", "back"]
    assert await read(station) == [Received(RUNDOWN, b"the week", retained=True)]


async def test_devices_that_come_before_the_broker_can_ask_us_are_not_left_waiting(station: Station) -> None:
    names = [f"c-{number}" for number in range(30)]
    station.add(*names)
    pid = station.broker.pid
    assert pid is not None

    async def come_back(name: str) -> None:
        while True:
            try:
                one = await Device.connect(station.port, station.tls, client_id=name, secret=secret_of(name))
                await one.settled()
            except (Gone, OSError):
                await asyncio.sleep(0.02)
            else:
                return one.die()

    os.kill(pid, signal.SIGKILL)
    async with asyncio.timeout(configuration.DECIDE_WITHIN_S / 2):
        await asyncio.gather(*(come_back(name) for name in names))


async def test_a_restart_for_a_new_certificate_keeps_port_and_state(station: Station, tmp_path: Path) -> None:
    station.add("c-1")
    await publish(station, b"the week")
    pid = station.broker.pid
    new = papers(tmp_path)
    await station.broker.restart()
    assert station.broker.pid != pid
    station.tls = trust(new.ca)
    assert await read(station) == [Received(RUNDOWN, b"the week", retained=True)]


async def test_retained_state_survives_the_server_being_started_anew(tmp_path: Path) -> None:
    async with running_station(tmp_path) as station:
        await publish(station, b"the week")
        child = psutil.Process(station.broker.pid)
    assert not child.is_running()
    async with running_station(tmp_path) as station:
        station.devices["c-1"] = credential("c-1")
        assert await read(station) == [Received(RUNDOWN, b"the week", retained=True)]


async def test_the_broker_ends_when_the_server_is_killed(tmp_path: Path) -> None:
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bus.keep_broker", str(tmp_path), stdout=asyncio.subprocess.PIPE, cwd=ROOT
    )
    assert parent.stdout is not None
    async with asyncio.timeout(30):
        child = psutil.Process(int(await parent.stdout.readline()))
    assert "nats-server" in child.name()
    parent.kill()
    await parent.communicate()
    try:
        await asyncio.to_thread(child.wait, 5)
    finally:
        if child.is_running():
            child.kill()


async def test_nothing_secret_is_written_and_only_the_owner_may_read(station: Station, tmp_path: Path) -> None:
    path = tmp_path / "broker" / "nats.conf"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    text = path.read_text()
    assert "pass" not in text
    assert station.broker.login.secret not in text


async def test_the_control_port_is_on_loopback_and_takes_no_one_else(station: Station) -> None:
    listening = psutil.Process(station.broker.pid).net_connections(kind="inet")
    others = {one.laddr.port for one in listening if one.status == psutil.CONN_LISTEN} - {station.port}
    assert {one.laddr.ip for one in listening if one.laddr.port in others} == {"127.0.0.1"}
    assert len(others) == 1
    station.add("c-1")
    for login in ({}, {"user": "c-1", "pass": secret_of("c-1")}):
        reader, writer = await asyncio.open_connection("127.0.0.1", min(others))
        writer.write(f"CONNECT {json.dumps(login)}\r\nPING\r\n".encode())
        assert (await reader.readline()).startswith(b"INFO ")
        assert await reader.readline() == b"-ERR 'Authorization Violation'\r\n"
        writer.close()
        await writer.wait_closed()


async def test_a_broker_that_cannot_start_says_why(tmp_path: Path) -> None:
    made = papers(tmp_path)
    made.key.write_text("no key")
    settings = BrokerSettings(
        folder=tmp_path / "broker", certificate=made.certificate, key=made.key, ca=made.ca, port=0
    )

    async def nobody(_user: str) -> None:
        return None

    broker = Broker(settings, nobody, clock=SystemClock())
    with structlog.testing.capture_logs() as logs:
        running = asyncio.create_task(broker.run())
        async with asyncio.timeout(10):
            await until(lambda: bool(logs))
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    assert "failed to find any PEM data" in logs[0]["detail"]
