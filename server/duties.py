"""What the running server does besides answering: deliver the outbox, renew what is soon over, shut out the revoked."""

from contextlib import suppress
from datetime import timedelta

import structlog

from protocol import topics
from protocol.messages import ConnectionState, ServerState
from server.bus import outbox
from server.bus.errors import BusUnavailable
from server.bus.port import Bus
from server.bus.standing import AnyBroker
from server.clusters import config
from server.schedule import publication
from server.wiring import Wiring

log = structlog.get_logger()
RENEWAL_S = timedelta(minutes=10).total_seconds()
RETRY_S = 1.0
LOOK_AGAIN_S = 15.0


async def deliver(parts: Wiring, bus: Bus) -> None:
    """Publish what the outbox holds, in batches; what the broker does not take stays there."""
    while True:
        parts.outbox_nudge.clear()
        try:
            while await _deliver_batch(parts, bus):
                pass
        except BusUnavailable:
            await parts.clock.sleep(RETRY_S)
            continue
        await parts.outbox_nudge.wait()


async def _deliver_batch(parts: Wiring, bus: Bus) -> int:
    async with parts.reading() as session:
        rows = await outbox.undelivered(session)
    for row in rows:
        await bus.publish(topics.on_wire(row.topic), row.payload, retain=True, qos=1)
    if rows:
        async with parts.work() as session:
            for row in rows:
                await outbox.mark_delivered(session, row)
    return len(rows)


async def deliver_all_when_linked(parts: Wiring, bus: Bus) -> None:
    """The broker may have come back without its store: tell it everything."""
    number = 0
    while True:
        number = await bus.until_connected(after=number)
        async with parts.work() as session:
            await outbox.deliver_all_again(session)
        parts.outbox_nudge.set()


async def watch_silence(parts: Wiring) -> None:
    """A receiver that falls silent says nothing more: whoever watches the clusters looks again by the clock."""
    while True:
        await parts.clock.sleep(LOOK_AGAIN_S)
        parts.board.ring()


async def say_goodbye(parts: Wiring, bus: Bus) -> None:
    """A clean stop says so first; the will speaks only for a server that was lost."""
    goodbye = ServerState(state=ConnectionState.OFFLINE, at=parts.clock.now())
    with suppress(BusUnavailable):
        await bus.publish(topics.on_wire(topics.server_state()), goodbye.model_dump_json().encode(), retain=True)


async def renew(parts: Wiring) -> None:
    """At the start and every ten minutes: a new day brings a new week, and nothing signed runs out."""
    while True:
        async with parts.work() as session:
            now = parts.clock.now()
            await publication.compile_all(session, parts, now=now)
            await config.publish_all(session, parts, now=now)
        parts.outbox_nudge.set()
        await parts.clock.sleep(RENEWAL_S)


async def shut_out(parts: Wiring, broker: AnyBroker) -> None:
    """Revoked already, so it cannot come back; here the connection that it has is ended."""
    while True:
        cluster = await parts.revoked.get()
        try:
            await broker.disconnect(cluster)
        except BusUnavailable:
            parts.revoked.put_nowait(cluster)
            raise
        log.info("receiver shut out", cluster=cluster)
