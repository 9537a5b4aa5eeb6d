"""What the running server does besides answering: deliver the outbox, renew what is soon over, shut out the revoked."""

from datetime import timedelta

import structlog

from protocol import topics
from server.bus import outbox
from server.bus.broker import Broker
from server.bus.errors import BusUnavailable
from server.bus.port import Bus
from server.clusters import config
from server.schedule import publication
from server.wiring import Wiring

log = structlog.get_logger()
RENEWAL_S = timedelta(minutes=10).total_seconds()
RETRY_S = 1.0


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


async def renew(parts: Wiring) -> None:
    """At the start and every ten minutes: a new day brings a new week, and nothing signed runs out."""
    while True:
        async with parts.work() as session:
            now = parts.clock.now()
            await publication.compile_all(session, parts, now=now)
            await config.publish_all(session, parts, now=now)
        parts.outbox_nudge.set()
        await parts.clock.sleep(RENEWAL_S)


async def shut_out(parts: Wiring, broker: Broker) -> None:
    while True:
        cluster = await parts.revoked.get()
        await broker.disconnect(cluster)
        log.info("receiver shut out", cluster=cluster)
