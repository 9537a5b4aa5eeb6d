"""What every bus does: the fake in memory, our own broker, and Debian's mosquitto."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from protocol.topics import MAX_PAYLOAD_BYTES
from server.bus.errors import BusUnavailable
from server.bus.port import Message
from tests.bus.brokers import Subject, in_memory, on_mosquitto, on_nats
from tests.bus.reader import keep, reading

WEEK = "loa/v1/station/s-1/rundown"
KINDS = [in_memory, on_nats, pytest.param(on_mosquitto, marks=pytest.mark.slow)]


@pytest.fixture(params=KINDS, ids=["memory", "nats", "mosquitto"])
async def subject(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Subject]:
    async with request.param(tmp_path) as one:
        yield one


async def test_a_reader_gets_what_is_retained_and_then_what_is_said(subject: Subject) -> None:
    bus = subject.bus
    await keep(bus, WEEK, b"old")
    await keep(bus, WEEK, b"week")
    async with reading(bus, WEEK) as reader:
        await reader.until(lambda got: len(got) == 1)
        await bus.publish(WEEK, b"next", retain=True)
        await bus.publish("loa/v1/station/s-2/rundown", b"another's")
        await bus.publish(WEEK, b"once", qos=0)
        got = await reader.until(lambda got: len(got) == 3)
    assert got == [Message(WEEK, b"week", True), Message(WEEK, b"next", False), Message(WEEK, b"once", False)]


async def test_what_is_not_retained_is_not_kept(subject: Subject) -> None:
    await subject.bus.publish("loa/v1/cluster/c-1/status", b"said")
    await keep(subject.bus, "loa/v1/cluster/c-2/status", b"kept")
    async with reading(subject.bus, "loa/v1/cluster/+/status") as reader:
        await reader.of("loa/v1/cluster/c-2/status")
        assert [one.payload for one in reader.got] == [b"kept"]


async def test_nothing_retained_ends_what_was(subject: Subject) -> None:
    await keep(subject.bus, "loa/v1/cluster/c-1/config", b"gone")
    await subject.bus.publish("loa/v1/cluster/c-1/config", b"", retain=True)
    await keep(subject.bus, "loa/v1/cluster/c-2/config", b"kept")
    async with reading(subject.bus, "loa/v1/cluster/#") as reader:
        await reader.of("loa/v1/cluster/c-2/config")
        assert [one.payload for one in reader.got] == [b"kept"]


@pytest.mark.parametrize(
    ("topic_filter", "takes", "leaves"),
    [
        ("loa/v1/cluster/+/status", "loa/v1/cluster/c-1/status", "loa/v1/cluster/c-1/presence"),
        ("loa/v1/cluster/+/status", "loa/v1/cluster/c-1/status", "loa/v1/cluster/c-1/x/status"),
        ("loa/v1/cluster/#", "loa/v1/cluster/c-1/status", "loa/v1/station/s-1/rundown"),
        ("loa/v1/cluster/#", "loa/v1/cluster", "loa/v1/clusters"),
        ("loa/v1/+/+/rundown", "loa/v1/station/s-1/rundown", "loa/v1/station/s-1/air"),
    ],
)
async def test_wildcards(subject: Subject, topic_filter: str, takes: str, leaves: str) -> None:
    await keep(subject.bus, leaves, b"no")
    await keep(subject.bus, takes, b"yes")
    async with reading(subject.bus, topic_filter) as reader:
        await reader.of(takes)
        await subject.bus.publish(leaves, b"no")
        await subject.bus.publish(takes, b"again")
        got = await reader.until(lambda got: len(got) == 2)
    assert {one.topic for one in got} == {takes}


async def test_an_outage_is_a_clear_error_to_who_publishes_and_a_pause_to_who_reads(subject: Subject) -> None:
    bus = subject.bus
    number = await bus.until_connected()
    await keep(bus, WEEK, b"week")
    async with reading(bus, WEEK) as reader:
        await reader.of(WEEK)
        await subject.cut()
        assert not bus.connected
        with pytest.raises(BusUnavailable):
            await bus.publish(WEEK, b"lost", retain=True)
        later = asyncio.create_task(bus.until_connected(after=number))
        await asyncio.sleep(0)
        assert not later.done()
        await subject.mend()
        assert await later > number
        got = await reader.until(lambda got: len(got) == 2)
        assert got[1] == Message(WEEK, b"week", retained=True)
        await bus.publish(WEEK, b"next", retain=True)
        assert (await reader.until(lambda got: len(got) == 3))[2] == Message(WEEK, b"next", retained=False)


async def test_who_begins_to_read_during_an_outage_gets_all_after_it(subject: Subject) -> None:
    await keep(subject.bus, WEEK, b"week")
    await subject.cut()
    async with reading(subject.bus, WEEK) as reader:
        await asyncio.sleep(0)
        await subject.mend()
        assert await reader.of(WEEK) == Message(WEEK, b"week", retained=True)


async def test_a_payload_of_the_largest_size_passes_and_one_byte_more_does_not(subject: Subject) -> None:
    await keep(subject.bus, WEEK, bytes(MAX_PAYLOAD_BYTES))
    with pytest.raises(ValueError, match="64001 bytes"):
        await subject.bus.publish(WEEK, bytes(MAX_PAYLOAD_BYTES + 1), retain=True)
    async with reading(subject.bus, WEEK) as reader:
        assert len((await reader.of(WEEK)).payload) == MAX_PAYLOAD_BYTES
