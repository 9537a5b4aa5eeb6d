"""What receivers say over the bus: presence and status, checked and stored."""

from collections.abc import Awaitable, Callable

import structlog
from pydantic import ValidationError

from protocol import topics
from protocol.messages import Presence, Status
from server.bus.port import Bus
from server.clusters.liveness import after
from server.clusters.models import Cluster, ClusterState
from server.wiring import Wiring

log = structlog.get_logger()


async def listen(parts: Wiring, bus: Bus, kind: str, take: Callable[[Wiring, str, bytes], Awaitable[None]]) -> None:
    """`kind` is the last part of the topic: the cluster stands before it."""
    async for message in bus.subscribe(topics.on_wire(f"cluster/+/{kind}")):
        cluster = message.topic.split("/")[-2]
        try:
            await take(parts, cluster, message.payload)
        except ValidationError as error:
            log.warning("receiver said nonsense", cluster=cluster, kind=kind, errors=error.error_count())


async def take_presence(parts: Wiring, cluster: str, payload: bytes) -> None:
    presence = Presence.model_validate_json(payload)
    async with parts.work() as session:
        state = await session.get(ClusterState, cluster)
        if await session.get(Cluster, cluster) is None or (state and not after(state.session, presence)):
            return
        state = state or ClusterState(cluster_id=cluster)
        state.session, state.connection, state.last_heard = presence.session, presence.state, parts.clock.now()
        if presence.software_version:
            state.software_version = presence.software_version[:40]
        session.add(state)
    parts.board.ring()
    log.info("receiver", cluster=cluster, state=presence.state, session=presence.session)


async def take_status(parts: Wiring, cluster: str, payload: bytes) -> None:
    status = Status.model_validate_json(payload)
    async with parts.work() as session:
        state = await session.get(ClusterState, cluster)
        if state is None or status.session < state.session:
            return
        state.last_heard = parts.clock.now()
        state.status = status.model_dump(mode="json", exclude_none=True)
    parts.board.ring()
