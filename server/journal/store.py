"""Queries for as-run rows and events."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Insert, Table, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from protocol.messages import AsRun, Event, JournalUpload
from server.areas.models import Station
from server.clusters.models import Cluster
from server.journal.models import AsRunRow, ReceiverEvent


async def take(session: AsyncSession, cluster: str, upload: JournalUpload, *, now: datetime) -> None:
    """Store what is new; a row that came before is left as it is."""
    as_run = [{**_storable(row), "cluster_id": cluster, "received": now} for row in upload.as_run]
    events = [{**_storable(row), "cluster_id": cluster, "received": now} for row in upload.events]
    for table, rows in ((AsRunRow.__table__, as_run), (ReceiverEvent.__table__, events)):
        if rows:
            assert isinstance(table, Table)
            await session.execute(_insert_new(session, table), rows)


def _storable(row: AsRun | Event) -> dict[str, Any]:
    """A row that is refused would come again for ever, so the one character that no database holds is shown as lost."""
    fields = row.model_dump().items()
    return {name: value.replace("\0", "\ufffd") if isinstance(value, str) else value for name, value in fields}


def _insert_new(session: AsyncSession, table: Table) -> Insert:
    dialect: Any = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    statement: Insert = dialect.insert(table).on_conflict_do_nothing(index_elements=["cluster_id", "id"])
    return statement


async def as_run(
    session: AsyncSession, *, occurrence: str | None, cluster: str | None, limit: int
) -> Sequence[tuple[AsRunRow, Cluster, Station]]:
    query = (
        select(AsRunRow, Cluster, Station)
        .join(Cluster, Cluster.id == AsRunRow.cluster_id)
        .join(Station, Station.id == Cluster.station_id)
        .order_by(AsRunRow.planned_start.desc(), Cluster.code)
        .limit(limit)
    )
    if occurrence:
        query = query.where(AsRunRow.occurrence == occurrence)
    if cluster:
        query = query.where(AsRunRow.cluster_id == cluster)
    return [(row, at, station) for row, at, station in (await session.execute(query))]


async def events(session: AsyncSession, *, cluster: str | None, limit: int) -> Sequence[tuple[ReceiverEvent, Cluster]]:
    query = select(ReceiverEvent, Cluster).join(Cluster, Cluster.id == ReceiverEvent.cluster_id)
    query = query.order_by(ReceiverEvent.at.desc(), ReceiverEvent.id).limit(limit)
    if cluster:
        query = query.where(ReceiverEvent.cluster_id == cluster)
    return [(row, at) for row, at in (await session.execute(query))]
