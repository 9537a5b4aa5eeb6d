"""A cluster as people see it."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field
from sqlalchemy.ext.asyncio import AsyncSession

from server.areas import store as areas
from server.clusters import store
from server.clusters.config import STATUS_INTERVAL_S
from server.clusters.liveness import connection


class StationRef(BaseModel):
    id: str
    name: str


class AreaRef(BaseModel):
    id: str
    name: str
    path: str = Field(description="From the highest area down; a name alone is never enough.")


class ClusterOut(BaseModel):
    id: str
    code: str
    name: str
    station: StationRef
    area: AreaRef
    type: str
    vendor: str | None
    latitude: float | None
    longitude: float | None
    language_plan: list[str]
    volume: int = Field(description="0 to 100, as configured; the status has the one in force.")
    enrolled: bool
    software_version: str | None
    connection: str = Field(description="`online`, `offline` (said goodbye), `lost`, or `never`.")
    last_heard: datetime | None
    status: dict[str, Any] | None = Field(description="The receiver's newest status (docs/protocol.md).")


async def clusters(
    session: AsyncSession, *, now: datetime, station: str | None = None, cluster: str | None = None
) -> list[ClusterOut]:
    paths = await areas.paths(session)
    return [
        cluster_out(found, paths, now=now)
        for found in await store.registered(session, station=station, cluster=cluster)
    ]


def cluster_out(found: store.Registered, paths: dict[str, str], *, now: datetime) -> ClusterOut:
    cluster, state = found.cluster, found.state
    path = paths[cluster.area_id]
    return ClusterOut(
        id=cluster.id,
        code=cluster.code,
        name=cluster.name,
        station=StationRef(id=found.station.id, name=found.station.name),
        area=AreaRef(id=cluster.area_id, name=path.rsplit(" › ", 1)[-1], path=path),
        type=cluster.type,
        vendor=cluster.vendor,
        latitude=cluster.latitude,
        longitude=cluster.longitude,
        language_plan=cluster.language_plan,
        volume=cluster.volume,
        enrolled=found.enrolled,
        software_version=state.software_version if state else None,
        connection=connection(
            state.connection if state else None,
            state.last_heard if state else None,
            interval_s=STATUS_INTERVAL_S,
            now=now,
        ),
        last_heard=state.last_heard if state else None,
        status=state.status if state else None,
    )
