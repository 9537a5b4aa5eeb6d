"""Every connection is decided by us: what a device may do at the real broker, and what it may not."""

import asyncio

import pytest

from server.bus.probe import Login
from tests.bus.station import Station, secret_of
from tests.bus.wire import REFUSED, Device, Gone, Received, Will, device

OWN = "loa/v1/cluster/c-1/presence"
OTHERS = "loa/v1/cluster/c-2/presence"


async def of_server(station: Station) -> Device:
    login: Login = station.broker.login
    return await Device.connect(station.port, station.tls, client_id=login.user, secret=login.secret)


async def test_a_device_reads_its_station_and_itself_and_no_one_else(station: Station) -> None:
    station.add("c-1", "c-2")
    async with device(station.port, station.tls, "c-1", secret=secret_of("c-1")) as one:
        codes = await one.subscribe("loa/v1/station/s-1/rundown", "loa/v1/cluster/c-1/config", "loa/v1/server/state")
        assert codes == [0, 0, 0]
        foreign = ["loa/v1/station/s-2/rundown", "loa/v1/cluster/c-2/config", "loa/v1/cluster/+/config", "loa/v1/#"]
        assert await one.subscribe(*foreign) == [REFUSED] * 4
        assert await one.subscribe("#", "+/+/+/+/+", "$MQTT/#", "$SYS/#", "$JS/#") == [REFUSED] * 5


async def test_what_a_device_publishes_for_another_goes_nowhere(station: Station) -> None:
    station.add("c-1", "c-2")
    server = await of_server(station)
    await server.subscribe("loa/v1/#")
    async with device(station.port, station.tls, "c-1", secret=secret_of("c-1")) as one:
        await one.publish(OTHERS, b"forged", retain=True)
        await one.publish("loa/v1/station/s-1/rundown", b"forged", retain=True)
        await one.publish("$SYS/REQ/SERVER/PING", b"forged")
        await one.publish(OWN, b"here", retain=True)
    assert await server.next() == Received(OWN, b"here", retained=False)
    server.die()
    again = await of_server(station)
    await again.keep("loa/v1/server/state", b"later")  # What came before it is in place too.
    await again.subscribe("loa/v1/cluster/#", "loa/v1/station/#")
    assert await again.settled() == [Received(OWN, b"here", retained=True)]
    again.die()


async def test_a_will_for_another_is_not_delivered(station: Station) -> None:
    station.add("c-1")
    server = await of_server(station)
    await server.subscribe("loa/v1/#")
    async with device(station.port, station.tls, "c-1", secret=secret_of("c-1"), will=Will(OTHERS, b"forged")):
        pass
    async with device(station.port, station.tls, "c-1", secret=secret_of("c-1"), will=Will(OWN, b"gone")):
        pass
    assert await server.next() == Received(OWN, b"gone", retained=False)
    server.die()


@pytest.mark.parametrize(
    ("client_id", "user", "secret"),
    [
        ("c-2", "c-1", secret_of("c-1")),
        ("server", "c-1", secret_of("c-1")),
        ("c-1", "c-2", secret_of("c-1")),
        ("c-1", "c-1", secret_of("c-2")),
        ("c-1", "c-1", ""),
        ("c-9", "c-9", secret_of("c-9")),
        ("server", "server", ""),
        ("", "c-1", secret_of("c-1")),
    ],
    ids=["another's id", "server's id", "another's user", "wrong secret", "none", "unknown", "as server", "no id"],
)
async def test_who_is_not_whom_it_says_is_refused(station: Station, client_id: str, user: str, secret: str) -> None:
    station.add("c-1", "c-2")
    with pytest.raises(Gone):
        await Device.connect(station.port, station.tls, client_id=client_id, user=user, secret=secret)


async def test_an_impostor_does_not_throw_out_the_device_it_names(station: Station) -> None:
    station.add("c-1", "c-2")
    async with device(station.port, station.tls, "c-1", secret=secret_of("c-1")) as one:
        with pytest.raises(Gone):
            await Device.connect(station.port, station.tls, client_id="c-1", user="c-2", secret=secret_of("c-2"))
        assert await one.settled() == []


async def test_a_device_that_comes_back_while_its_old_connection_hangs_takes_its_place(station: Station) -> None:
    station.add("c-1")
    old = await Device.connect(station.port, station.tls, client_id="c-1", secret=secret_of("c-1"))
    async with device(station.port, station.tls, "c-1", secret=secret_of("c-1")) as new, asyncio.timeout(5):
        await old.until_gone()
        assert await new.subscribe("loa/v1/station/s-1/rundown") == [0]


async def test_a_device_is_added_without_a_restart(station: Station) -> None:
    process = station.broker.pid
    with pytest.raises(Gone):
        await Device.connect(station.port, station.tls, client_id="c-1", secret=secret_of("c-1"))
    station.add("c-1")
    async with device(station.port, station.tls, "c-1", secret=secret_of("c-1")) as one:
        assert await one.subscribe("loa/v1/station/s-1/rundown") == [0]
    assert station.broker.pid == process


async def test_a_revoked_device_is_thrown_out_and_does_not_return(station: Station) -> None:
    station.add("c-1", "c-2")
    process = station.broker.pid
    async with (
        device(station.port, station.tls, "c-1", secret=secret_of("c-1")) as one,
        device(station.port, station.tls, "c-2", secret=secret_of("c-2")) as two,
    ):
        del station.devices["c-1"]
        assert await station.broker.disconnect("c-1") == 1
        async with asyncio.timeout(2):
            await one.until_gone()
        with pytest.raises(Gone):
            await Device.connect(station.port, station.tls, client_id="c-1", secret=secret_of("c-1"))
        assert await two.settled() == []
    assert station.broker.pid == process


async def test_a_payload_over_the_limit_ends_only_its_sender(station: Station) -> None:
    station.add("c-1", "c-2")
    async with (
        device(station.port, station.tls, "c-1", secret=secret_of("c-1")) as one,
        device(station.port, station.tls, "c-2", secret=secret_of("c-2")) as two,
    ):
        await two.publish(OTHERS, bytes(64_000), retain=True)
        with pytest.raises(Gone):
            await one.publish(OWN, bytes(100_000), retain=True)
        assert await two.settled() == []
