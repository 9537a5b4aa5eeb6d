"""`/api/v1/areas` and `/api/v1/stations`."""

from zoneinfo import ZoneInfo

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, field_validator

from server.areas import store
from server.areas.models import Area, Level, Station
from server.db.base import new_id
from server.web.context import Person, Reading, Writing

router = APIRouter(prefix="/api/v1", tags=["people"])


class NewArea(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=120, examples=["Tà Hừa"])
    level: Level
    parent: str | None = Field(None, description="The area that it lies in.")
    code: str | None = Field(None, max_length=40, description="The official code, where known.")
    aliases: list[str] = Field(default_factory=list, max_length=20, description="Other spellings in documents.")
    tags: list[str] = Field(default_factory=list, max_length=20)


class AreaOut(NewArea):
    id: str


class NewStation(BaseModel):
    model_config = ConfigDict(extra="forbid")

    area: str
    name: str = Field(min_length=1, max_length=120, examples=["Đài truyền thanh xã Tà Hừa"])
    time_zone: str = Field("Asia/Ho_Chi_Minh", description="IANA time zone of the station's wall clock.")
    kind: str = Field("ip", pattern="^(ip|fm|wired|none)$")

    @field_validator("time_zone")
    @classmethod
    def known(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError) as error:
            raise ValueError("not an IANA time zone") from error
        return value


class StationOut(NewStation):
    id: str


class Areas(BaseModel):
    items: list[AreaOut]


class Stations(BaseModel):
    items: list[StationOut]


def area_out(row: Area) -> AreaOut:
    return AreaOut(
        id=row.id,
        name=row.name,
        level=Level(row.level),
        parent=row.parent_id,
        code=row.code,
        aliases=row.aliases,
        tags=row.tags,
    )


def station_out(row: Station) -> StationOut:
    return StationOut(id=row.id, area=row.area_id, name=row.name, time_zone=row.time_zone, kind=row.kind)


@router.get("/areas", summary="Every area")
async def list_areas(session: Reading, _: Person) -> Areas:
    return Areas(items=[area_out(row) for row in await store.areas(session)])


@router.post("/areas", status_code=201, summary="Add an area")
async def add_area(body: NewArea, session: Writing, _: Person) -> AreaOut:
    if body.parent:
        await store.area(session, body.parent)
    row = Area(id=new_id("a"), parent_id=body.parent, **body.model_dump(exclude={"parent"}))
    session.add(row)
    return area_out(row)


@router.get("/stations", summary="Every station")
async def list_stations(session: Reading, _: Person) -> Stations:
    return Stations(items=[station_out(row) for row in await store.stations(session)])


@router.post("/stations", status_code=201, summary="Add a station")
async def add_station(body: NewStation, session: Writing, _: Person) -> StationOut:
    await store.area(session, body.area)
    row = Station(id=new_id("s"), area_id=body.area, **body.model_dump(exclude={"area"}))
    session.add(row)
    return station_out(row)
