"""`/api/v1/clusters` for people."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import BaseModel, ConfigDict, Field

from protocol.units import LanguageTag
from server.areas import store as areas
from server.clusters import enrolment, store, views
from server.clusters.models import Cluster
from server.clusters.views import ClusterOut
from server.db.base import new_id
from server.errors import Unauthorised, Unavailable, not_found
from server.schedule import publication
from server.web.context import Now, Parts, Person, Reading, Writing, person
from server.wiring import Wiring

router = APIRouter(prefix="/api/v1", tags=["people"])
PAUSE_S = 0.25
"""Changes within this time reach a page together."""
ASK_AGAIN_S = 14.0
"""How long a watcher's log-in is taken to hold."""


class NewCluster(BaseModel):
    model_config = ConfigDict(extra="forbid")

    station: str
    area: str | None = Field(None, description="Where it stands; the station's area when left out.")
    name: str = Field(min_length=1, max_length=120, examples=["Tà Hừa, cụm 01"])
    type: str = Field("Cụm loa truyền thanh", max_length=80)
    vendor: str | None = Field(None, max_length=80)
    latitude: float | None = Field(None, ge=-90, le=90)
    longitude: float | None = Field(None, ge=-180, le=180)
    language_plan: list[LanguageTag] = Field(min_length=1, max_length=10, examples=[["hmn", "vi"]])
    volume: int = Field(70, ge=0, le=100)


class Clusters(BaseModel):
    items: list[ClusterOut]


class CodeOut(BaseModel):
    code: str = Field(description="Shown once.", examples=["7K3M-9Q2X-HJ4T-0B8C"])
    expires: datetime
    address: str = Field(description="What the technician types before the code.", examples=["203.0.113.5:8443"])


@router.get("/clusters", summary="Every cluster with its newest state")
async def list_clusters(session: Reading, now: Now, _: Person, station: str | None = None) -> Clusters:
    return Clusters(items=await views.clusters(session, now=now, station=station))


@router.get("/clusters/{identifier}", summary="One cluster")
async def show_cluster(identifier: str, session: Reading, now: Now, _: Person) -> ClusterOut:
    found = await views.clusters(session, now=now, cluster=identifier)
    if not found:
        raise not_found("cụm loa", "cluster", identifier)
    return found[0]


@router.post("/clusters", status_code=201, summary="Register a cluster")
async def add_cluster(body: NewCluster, session: Writing, parts: Parts, now: Now, _: Person) -> ClusterOut:
    station = await areas.station(session, body.station)
    area = await areas.area(session, body.area or station.area_id)
    await areas.hold(session, station.id)  # Its clusters are numbered one after the other.
    number = await store.count_of_station(session, station.id) + 1
    row = Cluster(
        id=new_id("c"),
        station_id=station.id,
        area_id=area.id,
        code=f"{station.id.removeprefix('s-')}-{number:02}",
        **body.model_dump(exclude={"station", "area"}),
    )
    session.add(row)
    await session.flush()
    await publication.compile_station(session, parts, station, now=now)
    return (await views.clusters(session, now=now, cluster=row.id))[0]


@router.post("/clusters/{identifier}/enrolment-code", status_code=201, summary="A one-time code for its receiver")
async def add_code(identifier: str, session: Writing, parts: Parts, now: Now, _: Person) -> CodeOut:
    code, expires = await enrolment.new_code(session, parts, identifier, now=now)
    host, https_port, _mqtt = parts.settings.advertised[0].rsplit(":", 2)
    return CodeOut(code=code, expires=expires, address=f"{host}:{https_port}")


@router.delete("/clusters/{identifier}/credential", status_code=204, summary="Shut its receiver out")
async def revoke(identifier: str, parts: Parts, _: Person) -> None:
    """The receiver is disconnected at once and gets nothing any more; a new code lets one in again."""
    async with parts.work() as session:
        await store.one(session, identifier)
        await store.revoke(session, identifier)
    parts.revoked.put_nowait(identifier)


@router.get("/events", summary="Changes as they happen", response_class=EventSourceResponse)
async def events(
    request: Request, parts: Parts, _: Annotated[object, Depends(person, scope="function")]
) -> AsyncIterator[ServerSentEvent]:
    """Server-sent events `clusters`: first every cluster, then those that changed, as in `GET /api/v1/clusters`."""
    async for changed in watch(parts, admitted=partial(person, request, parts)):
        yield ServerSentEvent(event="clusters", data=Clusters(items=changed))


async def watch(parts: Wiring, *, admitted: Callable[[], Awaitable[object]]) -> AsyncIterator[list[ClusterOut]]:
    """Ends when the server stops, when `admitted` raises Unauthorised, and when the database is away.

    The page then asks again, and is told what is the matter. The board is rung at least every `duties.LOOK_AGAIN_S`,
    so a log-in that has ended is seen within twice that.
    """
    seen, known, asked = -1, dict[str, ClusterOut](), parts.clock.monotonic()
    while not parts.stopping.is_set():
        try:
            if parts.clock.monotonic() - asked >= ASK_AGAIN_S:
                await admitted()
                asked = parts.clock.monotonic()
            seen, found = await parts.board.newest(seen, partial(look, parts))
        except (Unauthorised, Unavailable):
            return
        if changed := [cluster for identifier, cluster in found.items() if known.get(identifier) != cluster]:
            known = found
            yield changed
        await parts.clock.sleep(PAUSE_S)
        await parts.board.changed(seen)


async def look(parts: Wiring) -> list[ClusterOut]:
    async with parts.reading() as session:
        return await views.clusters(session, now=parts.clock.now())
