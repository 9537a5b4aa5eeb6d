"""Queries for clusters, codes, credentials and states."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from server.areas.models import Station
from server.clusters.models import Cluster, ClusterState, Credential, EnrolmentCode
from server.errors import not_found


@dataclass(frozen=True, slots=True)
class Registered:
    """A cluster with what belongs to it."""

    cluster: Cluster
    station: Station
    state: ClusterState | None
    enrolled: bool


async def registered(
    session: AsyncSession, *, station: str | None = None, cluster: str | None = None
) -> Sequence[Registered]:
    query = (
        select(Cluster, Station, ClusterState, Credential.cluster_id)
        .join(Station, Station.id == Cluster.station_id)
        .outerjoin(ClusterState, ClusterState.cluster_id == Cluster.id)
        .outerjoin(Credential, Credential.cluster_id == Cluster.id)
        .order_by(Station.name, Cluster.code)
    )
    if station:
        query = query.where(Cluster.station_id == station)
    if cluster:
        query = query.where(Cluster.id == cluster)
    rows = await session.execute(query)
    return [Registered(cluster, at, state, enrolled is not None) for cluster, at, state, enrolled in rows]


async def one(session: AsyncSession, identifier: str) -> Registered:
    found = await registered(session, cluster=identifier)
    if not found:
        raise not_found("cụm loa", "cluster", identifier)
    return found[0]


async def of_station(session: AsyncSession, station: str) -> Sequence[Cluster]:
    return list(await session.scalars(select(Cluster).where(Cluster.station_id == station).order_by(Cluster.id)))


async def count_of_station(session: AsyncSession, station: str) -> int:
    return await session.scalar(select(func.count()).where(Cluster.station_id == station)) or 0


async def with_credential(session: AsyncSession, identifier: str) -> tuple[Cluster, Credential] | None:
    query = select(Cluster, Credential).join(Credential, Credential.cluster_id == Cluster.id)
    row = (await session.execute(query.where(Cluster.id == identifier))).first()
    return (row[0], row[1]) if row else None


async def enrolled(session: AsyncSession) -> Sequence[tuple[Cluster, Station]]:
    query = select(Cluster, Station).join(Station, Station.id == Cluster.station_id)
    rows = await session.execute(query.join(Credential, Credential.cluster_id == Cluster.id))
    return [(cluster, station) for cluster, station in rows]


async def code(session: AsyncSession, code_id: str, *, hold: bool = False) -> EnrolmentCode | None:
    """`hold`: nobody else uses it until the commit."""
    return await session.get(EnrolmentCode, code_id, with_for_update=hold)


async def give_up_codes(session: AsyncSession, cluster: str, *, now: datetime) -> None:
    """A newer code makes the older ones of its cluster worthless; those long over are forgotten."""
    await session.execute(delete(EnrolmentCode).where(EnrolmentCode.cluster_id == cluster))
    await session.execute(delete(EnrolmentCode).where(EnrolmentCode.expires <= now))


async def revoke(session: AsyncSession, cluster: str) -> None:
    await session.execute(delete(Credential).where(Credential.cluster_id == cluster))
