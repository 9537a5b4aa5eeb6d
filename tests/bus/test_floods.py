"""Whatever one device does to the broker's store, the others and the server still connect and are served."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest
import structlog.testing

from tests.bus.station import Station, running_station, secret_of
from tests.bus.wire import Device, Gone, Received, device

STORE_BYTES = 4 * 2**20
PAYLOAD = bytes(60_000)
COUNT = 400
"""24 MB: six times the store."""
RUNDOWN = "loa/v1/station/s-1/rundown"
STATUS = "loa/v1/cluster/c-1/status"


@pytest.fixture
async def small(tmp_path: Path) -> AsyncIterator[Station]:
    async with running_station(tmp_path, max_file_store_bytes=STORE_BYTES) as one:
        one.add("c-1", "c-2")
        yield one


async def of_server(station: Station) -> Device:
    login = station.broker.login
    return await Device.connect(station.port, station.tls, client_id=login.user, secret=login.secret)


async def served(station: Station) -> None:
    async with asyncio.timeout(10):
        server = await of_server(station)
        await server.keep(RUNDOWN, b"the week")
        server.die()
        async with device(station.port, station.tls, "c-2", secret=secret_of("c-2")) as another:
            assert await another.subscribe(RUNDOWN) == [0]
            assert await another.settled() == [Received(RUNDOWN, b"the week", retained=True)]


@pytest.mark.parametrize("retain", [False, True], ids=["said", "retained"])
@pytest.mark.parametrize("qos", [0, 1, 2])
async def test_a_flood_from_one_device_leaves_the_others_connected(small: Station, qos: int, retain: bool) -> None:
    async with device(small.port, small.tls, "c-1", secret=secret_of("c-1")) as one:
        with suppress(Gone):
            await one.flood(STATUS, PAYLOAD, count=COUNT, qos=qos, retain=retain)
        await served(small)


async def test_a_publication_at_qos_2_ends_its_sender(small: Station) -> None:
    async with device(small.port, small.tls, "c-1", secret=secret_of("c-1")) as one:
        with suppress(Gone):
            await one.flood(STATUS, PAYLOAD, count=COUNT, qos=2, retain=False)
        async with asyncio.timeout(5):
            await one.until_gone()


@pytest.mark.parametrize("stays", [True, False], ids=["silent", "absent"])
async def test_a_device_that_never_acknowledges_does_not_fill_the_store(small: Station, stays: bool) -> None:
    hoarder = await Device.connect(
        small.port, small.tls, client_id="c-1", secret=secret_of("c-1"), persistent=True, keepalive_s=300
    )
    assert await hoarder.subscribe(RUNDOWN, "loa/v1/cluster/c-1/config", "loa/v1/server/state", qos=1) == [1, 1, 1]
    if not stays:
        hoarder.die()
    server = await of_server(small)
    for _ in range(COUNT):
        await server.publish(RUNDOWN, PAYLOAD, retain=True)
    server.die()
    await served(small)
    hoarder.die()


async def test_the_limit_of_what_waits_holds_in_the_next_life_too(tmp_path: Path) -> None:
    for stays in (True, False):
        async with running_station(tmp_path, max_file_store_bytes=STORE_BYTES) as station:
            station.add("c-1", "c-2")
            await test_a_device_that_never_acknowledges_does_not_fill_the_store(station, stays)


async def test_a_store_that_an_earlier_life_left_full_is_set_aside(tmp_path: Path) -> None:
    for life in (1, 2):
        async with running_station(tmp_path, max_file_store_bytes=STORE_BYTES) as station:
            await fill(station)
        with structlog.testing.capture_logs() as logs:
            async with running_station(tmp_path, max_file_store_bytes=STORE_BYTES) as station:
                station.add("c-2")
                await served(station)
        said = [line for line in logs if line["event"] == "the broker starts with an empty store"]
        assert len(said) == 1
        assert "insufficient resources" in said[0]["detail"]
        assert [path.name for path in (tmp_path / "broker").glob("jetstream.*")] == [f"jetstream.{life}"]


async def fill(station: Station) -> None:
    """By the one login that may: ours."""
    for size in (60_000, 1_000, 1):
        with suppress(Gone):
            server = await of_server(station)
            for number in range(STORE_BYTES):
                await server.publish(f"loa/v1/filler/{size}/{number}", bytes(size), retain=True)
