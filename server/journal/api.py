"""The journal: `POST /api/receiver/journal` from receivers, `GET /api/v1/journal` for people."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel

from protocol.messages import AsRun, Event, JournalUpload, Result
from server.journal import store
from server.web.context import Now, Person, Reading, Receiver, Writing

receiver_router = APIRouter(prefix="/api/receiver", tags=["receivers"])
router = APIRouter(prefix="/api/v1", tags=["people"])
Limit = Annotated[int, Query(ge=1, le=1000)]


class ClusterRef(BaseModel):
    id: str
    name: str
    station_name: str


class AsRunOut(AsRun):
    cluster: ClusterRef
    received: datetime


class Journal(BaseModel):
    items: list[AsRunOut]


class EventOut(Event):
    cluster: str
    cluster_name: str


class Events(BaseModel):
    items: list[EventOut]


class Taken(BaseModel):
    as_run: int
    events: int


@receiver_router.post("/journal", summary="Rows are durable when this answers 200")
async def upload(body: JournalUpload, session: Writing, cluster: Receiver, now: Now) -> Taken:
    await store.take(session, cluster.id, body, now=now)
    return Taken(as_run=len(body.as_run), events=len(body.events))


@router.get("/journal", summary="What really played, the latest first")
async def journal(
    session: Reading, _: Person, occurrence: str | None = None, cluster: str | None = None, limit: Limit = 100
) -> Journal:
    rows = await store.as_run(session, occurrence=occurrence, cluster=cluster, limit=limit)
    return Journal(
        items=[
            AsRunOut(
                id=row.id,
                occurrence=row.occurrence,
                title=row.title,
                language=row.language,
                sha256=row.sha256,
                planned_start=row.planned_start,
                planned_end=row.planned_end,
                started=row.started,
                ended=row.ended,
                result=Result(row.result),
                volume=row.volume,
                reason=row.reason,
                received=row.received,
                cluster=ClusterRef(id=at.id, name=at.name, station_name=station.name),
            )
            for row, at, station in rows
        ]
    )


@router.get("/receiver-events", summary="What happened to receivers, the latest first")
async def receiver_events(session: Reading, _: Person, cluster: str | None = None, limit: Limit = 100) -> Events:
    rows = await store.events(session, cluster=cluster, limit=limit)
    return Events(
        items=[
            EventOut(id=row.id, at=row.at, kind=row.kind, detail=row.detail, cluster=at.id, cluster_name=at.name)
            for row, at in rows
        ]
    )
