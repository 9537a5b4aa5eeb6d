"""`/api/v1/slots`, and the rundown as it was published."""

from datetime import datetime
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from protocol import topics
from protocol.messages import Priority, Rundown, RundownHead
from protocol.rundown import unpack
from server.areas import store as areas
from server.areas.models import Station
from server.bus.models import PublishedState
from server.errors import NotFound
from server.schedule import store, use_cases
from server.schedule.models import Slot
from server.schedule.occurrences import resolve
from server.web.context import Now, Parts, Person, Reading, Writing

router = APIRouter(prefix="/api/v1", tags=["people"])


class NewSlot(BaseModel):
    model_config = ConfigDict(extra="forbid")

    station: str
    item: str
    starts: datetime = Field(
        description="The station's wall time (no offset), or an instant (with one).", examples=["2026-11-23T05:30:00"]
    )
    clusters: list[str] | None = Field(None, min_length=1, max_length=500, description="Left out: every cluster.")
    priority: Priority = Field(Priority.NORMAL, description="`emergency`, `priority` or `normal` (REQ-01).")


class SlotOut(BaseModel):
    id: str
    station: str
    item: str
    starts_local: str
    starts: datetime
    ends: datetime | None = Field(None, description="When its last version is over; known once it was placed.")
    priority: str
    clusters: list[str] | None


class Slots(BaseModel):
    items: list[SlotOut]


class Head(BaseModel):
    epoch: int
    sequence: int
    sha256: str
    bytes: int
    issued: datetime
    expires: datetime


class RundownOut(BaseModel):
    head: Head
    rundown: Rundown


def slot_out(row: Slot, station: Station, *, ends: datetime | None = None) -> SlotOut:
    starts = resolve(row.starts_local, fold=row.fold, time_zone=station.time_zone)
    fields: dict[str, Any] = {"starts_local": row.starts_local, "priority": row.priority, "clusters": row.clusters}
    return SlotOut(id=row.id, station=row.station_id, item=row.item_id, starts=starts, ends=ends, **fields)


@router.get("/slots", summary="Slots, the latest first")
async def list_slots(session: Reading, _: Person, station: str | None = None) -> Slots:
    stations = {found.id: found for found in await areas.stations(session)}
    rows = await store.slots(session, station=station)
    return Slots(items=[slot_out(row, stations[row.station_id]) for row in rows])


@router.post("/slots", status_code=201, summary="Place a broadcast")
async def add_slot(body: NewSlot, session: Writing, parts: Parts, now: Now, _: Person) -> SlotOut:
    row, station, occurrence = await use_cases.add_slot(
        session,
        parts,
        station=body.station,
        item=body.item,
        starts=body.starts,
        targets=body.clusters,
        priority=body.priority,
        now=now,
    )
    return slot_out(row, station, ends=occurrence.end)


@router.delete("/slots/{identifier}", status_code=204, summary="Take a broadcast out of the schedule")
async def remove_slot(identifier: str, session: Writing, parts: Parts, now: Now, _: Person) -> None:
    await use_cases.remove_slot(session, parts, await store.slot(session, identifier), now=now)


@router.get("/stations/{identifier}/rundown", summary="The rundown that its receivers have")
async def show_rundown(identifier: str, session: Reading, parts: Parts, _: Person) -> RundownOut:
    await areas.station(session, identifier)
    state = await session.get(PublishedState, topics.rundown(identifier))
    if state is None:
        raise NotFound("no-rundown", "Đài chưa có lịch phát.", "The station has no rundown yet.")
    head = RundownHead.model_validate(state.body)
    file = parts.content.path(head.sha256)
    if file is None:
        raise NotFound("no-rundown", "Tệp lịch phát đã mất.", "The rundown's file is gone.")
    return RundownOut(
        head=Head(
            epoch=state.epoch,
            sequence=state.sequence,
            sha256=head.sha256,
            bytes=head.bytes,
            issued=state.issued,
            expires=state.expires,
        ),
        rundown=unpack(file.read_bytes(), head),
    )
