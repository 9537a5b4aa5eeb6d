"""State to be published: signed with the change, delivered after the commit."""

from datetime import timedelta

import pytest

from protocol import topics
from protocol.messages import RundownHead
from protocol.signing import Trust
from server.bus import outbox
from server.bus.models import PublishedState
from tests.server.world import World

TOPIC = topics.rundown("s-00000000")


def head(sha: str = "0") -> RundownHead:
    return RundownHead(station="s-00000000", sha256=sha * 64, bytes=10)


async def put(loa: World, body: RundownHead) -> bool:
    async with loa.parts.work() as session:
        return await outbox.put(session, loa.parts.signer, TOPIC, body, now=loa.clock.now())


async def state(loa: World) -> PublishedState:
    async with loa.parts.reading() as session:
        found = await session.get(PublishedState, TOPIC)
    assert found
    return found


async def test_the_same_body_is_not_signed_again_until_it_is_soon_over(loa: World) -> None:
    assert await put(loa, head())
    assert not await put(loa, head())
    assert (await state(loa)).sequence == 1
    await loa.clock.advance(timedelta(days=7, seconds=1).total_seconds())
    assert await put(loa, head())
    assert (await state(loa)).sequence == 2


async def test_a_changed_body_has_the_next_sequence_and_is_to_be_delivered(loa: World) -> None:
    await put(loa, head())
    async with loa.parts.work() as session:
        await outbox.mark_delivered(session, await state(loa))
    await put(loa, head("1"))
    found = await state(loa)
    assert (found.sequence, found.delivered) == (2, False)
    trust = Trust(loa.parts.keys.roots())
    assert trust.verify(found.payload, RundownHead, audience=TOPIC, now=loa.clock.now()).body == head("1")


async def test_what_changed_while_it_was_published_stays_to_be_delivered(loa: World) -> None:
    await put(loa, head())
    published = await state(loa)
    await put(loa, head("1"))
    async with loa.parts.work() as session:
        await outbox.mark_delivered(session, published)
    assert not (await state(loa)).delivered


async def test_a_change_that_is_rolled_back_leaves_nothing_to_publish(loa: World) -> None:
    async def change_and_fail() -> None:
        async with loa.parts.work() as session:
            await outbox.put(session, loa.parts.signer, TOPIC, head(), now=loa.clock.now())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await change_and_fail()
    async with loa.parts.reading() as session:
        assert await session.get(PublishedState, TOPIC) is None
