"""The signed configuration of a cluster's receiver."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from protocol import topics
from protocol.messages import Config
from server.areas.models import Station
from server.bus import outbox
from server.clusters import store
from server.clusters.models import Cluster
from server.wiring import Wiring

STATUS_INTERVAL_S = 60.0


def config_of(cluster: Cluster, station: Station, *, addresses: tuple[str, ...]) -> Config:
    return Config(
        cluster=cluster.id,
        station=station.id,
        name=cluster.name,
        time_zone=station.time_zone,
        language_plan=tuple(cluster.language_plan),
        volume=cluster.volume,
        output_latency_ms=cluster.output_latency_ms,
        alignment_delay_ms=cluster.alignment_delay_ms,
        status_interval_s=STATUS_INTERVAL_S,
        addresses=addresses,
    )


async def publish(session: AsyncSession, parts: Wiring, cluster: Cluster, station: Station, *, now: datetime) -> None:
    config = config_of(cluster, station, addresses=parts.settings.advertised)
    await outbox.put(session, parts.signer, topics.config(cluster.id), config, now=now)


async def publish_all(session: AsyncSession, parts: Wiring, *, now: datetime) -> None:
    """What changed with the settings or is soon over; the rest stays as it is."""
    for cluster, station in await store.enrolled(session):
        await publish(session, parts, cluster, station, now=now)
