"""What only the real bus does: it lives and dies by the connection."""

import asyncio
import itertools
import os
import signal
from pathlib import Path

import psutil
import pytest
import structlog.testing

from runtime.clock import SystemClock
from server.bus.errors import BusUnavailable, SubscriptionRefused
from server.bus.link import Address
from server.bus.mqtt import MqttBus
from server.bus.port import Life
from server.bus.probe import Login
from tests.bus.brokers import running, server_bus, until_cut
from tests.bus.station import Station, papers, secret_of
from tests.bus.wire import Received, device

STATE = "loa/v1/server/state"


async def test_the_server_says_its_birth_at_every_connection_and_its_will_when_lost(station: Station) -> None:
    station.add("c-1")
    count = itertools.count(1)

    def life() -> Life:
        number = next(count)
        return Life(STATE, birth=f"birth {number}".encode(), will=f"will {number}".encode())

    bus = MqttBus(Address("localhost", station.port, station.ca), station.broker.login, clock=SystemClock(), life=life)
    async with (
        running(bus),
        device(station.port, station.tls, "c-1", secret=secret_of("c-1")) as one,
        asyncio.timeout(10),
    ):
        number = await bus.until_connected()
        await one.subscribe(STATE)
        assert await one.next() == Received(STATE, b"birth 1", retained=True)
        assert await station.broker.disconnect("server") == 1
        assert (await one.next()).payload == b"will 1"
        assert (await one.next()).payload == b"birth 2"
        assert await bus.until_connected(after=number) == number + 1


async def test_a_clean_stop_leaves_no_will(station: Station) -> None:
    station.add("c-1")
    address = Address("localhost", station.port, station.ca)
    bus = MqttBus(
        address, station.broker.login, clock=SystemClock(), life=lambda: Life(STATE, birth=b"birth", will=b"will")
    )
    async with running(bus):
        await bus.until_connected()
    async with device(station.port, station.tls, "c-1", secret=secret_of("c-1")) as one:
        await one.subscribe(STATE)
        assert await one.settled() == [Received(STATE, b"birth", retained=True)]


async def test_a_filter_that_the_login_may_not_read_is_an_error_to_its_reader(station: Station) -> None:
    async with server_bus(station) as bus:
        with pytest.raises(SubscriptionRefused):
            await anext(bus.subscribe("#"))
        await bus.publish(STATE, b"still here")


async def test_who_waits_for_the_broker_is_let_go_when_the_connection_ends(station: Station) -> None:
    pid = station.broker.pid
    assert pid is not None
    async with server_bus(station) as bus:
        os.kill(pid, signal.SIGSTOP)
        while psutil.Process(pid).status() != psutil.STATUS_STOPPED:  # noqa: ASYNC110 -- The kernel tells no event.
            await asyncio.sleep(0.01)
        publishing = asyncio.create_task(bus.publish(STATE, b"into the ice"))
        await asyncio.sleep(0.1)
        os.kill(pid, signal.SIGKILL)
        async with asyncio.timeout(1):
            with pytest.raises(BusUnavailable):
                await publishing


async def test_a_loss_is_said_once_and_so_is_the_return(station: Station) -> None:
    pid = station.broker.pid
    assert pid is not None
    async with server_bus(station) as bus:
        with structlog.testing.capture_logs() as logs:
            os.kill(pid, signal.SIGKILL)
            await until_cut(bus)
            async with asyncio.timeout(20):
                await bus.until_connected()
    assert [line["event"] for line in logs if line.get("what") == "bus"] == ["lost", "back"]


# paho leaves the socket of a failed TLS handshake to the garbage collector, which warns.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("wrong", ["ca", "secret"])
async def test_a_broker_that_is_not_ours_or_does_not_know_us_is_an_outage(
    station: Station, tmp_path: Path, wrong: str
) -> None:
    strange = tmp_path / "strange"
    strange.mkdir()
    ca = papers(strange).ca if wrong == "ca" else station.ca
    login = Login("server", "guessed") if wrong == "secret" else station.broker.login
    with structlog.testing.capture_logs() as logs:
        async with running(MqttBus(Address("localhost", station.port, ca), login, clock=SystemClock())) as bus:
            async with asyncio.timeout(10):
                while not any(line.get("what") == "bus" for line in logs):  # noqa: ASYNC110 -- A log tells no event.
                    await asyncio.sleep(0.01)
            with pytest.raises(BusUnavailable):
                await bus.publish(STATE, b"to whom")
