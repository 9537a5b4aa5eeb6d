"""Placing a broadcast."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from protocol.messages import Occurrence, Priority
from server.areas import store as areas
from server.areas.models import Station
from server.clusters import store as clusters
from server.db.base import new_id
from server.errors import Conflict, Invalid
from server.programmes import store as programmes
from server.schedule import publication, store
from server.schedule.models import Slot
from server.schedule.occurrences import occurrence_id, placed
from server.schedule.rundown import overlap
from server.wiring import Wiring

LONGEST = timedelta(days=1)
"""Longer than any broadcast: what is further away cannot overlap."""
FARTHEST = timedelta(days=2 * 365)


async def add_slot(
    session: AsyncSession,
    parts: Wiring,
    *,
    station: str,
    item: str,
    starts: datetime,
    targets: list[str] | None,
    priority: Priority,
    now: datetime,
) -> tuple[Slot, Station, Occurrence]:
    """Raises NotFound, Invalid (past, no version, foreign cluster) or Conflict (something plays there then)."""
    at = await areas.station(session, station)
    await areas.hold(session, station)
    await programmes.item(session, item)
    starts_local, fold, instant = placed(starts, time_zone=at.time_zone)
    if instant <= now:
        raise Invalid("in-the-past", "Giờ phát đã qua. Hãy chọn giờ sau.", "That time is over. Choose a later one.")
    if instant - now > FARTHEST:
        vi, en = "Chỉ xếp được lịch trong hai năm tới.", "Broadcasts can be placed at most two years ahead."
        raise Invalid("too-far-ahead", vi, en)
    await _check_targets(session, station, targets)
    row = Slot(
        id=new_id("t"),
        station_id=station,
        item_id=item,
        starts_local=starts_local,
        fold=fold,
        clusters=targets,
        priority=priority,
        created=now,
    )
    session.add(row)
    await session.flush()
    near = await publication.rundown_between(session, at, instant - LONGEST, instant + LONGEST)
    mine = occurrence_id(row.id, starts_local)
    occurrence = next((found for found in near.occurrences if found.id == mine), None)
    if occurrence is None:
        raise Invalid(
            "nothing-to-play",
            "Tin bài chưa có bản nào mà các cụm loa này phát được. Hãy tải tệp âm thanh lên trước.",
            "The item has no version that these clusters could play. Upload a recording first.",
        )
    _check_free(occurrence, near.occurrences, zone=ZoneInfo(at.time_zone))
    await publication.compile_station(session, parts, at, now=now)
    return row, at, occurrence


async def _check_targets(session: AsyncSession, station: str, targets: list[str] | None) -> None:
    if targets is None:
        return
    own = {cluster.id for cluster in await clusters.of_station(session, station)}
    if foreign := [target for target in targets if target not in own]:
        names = ", ".join(foreign)
        raise Invalid(
            "foreign-cluster",
            f"Các cụm loa này không thuộc đài: {names}.",
            f"These clusters do not belong to the station: {names}.",
        )


def _check_free(mine: Occurrence, others: tuple[Occurrence, ...], *, zone: ZoneInfo) -> None:
    for other in others:
        if other.id != mine.id and overlap(mine, other):
            raise Conflict("slot-conflict", *overlap_sentences(other, zone=zone))


def overlap_sentences(other: Occurrence, *, zone: ZoneInfo) -> tuple[str, str]:
    """What stands in the way, in Vietnamese and English, by the station's clock."""
    start, end = other.start.astimezone(zone), other.end.astimezone(zone)
    return (
        f"Trùng với “{other.title}” phát từ {start:%H:%M:%S} đến {end:%H:%M:%S} ngày {start:%d/%m/%Y}.",
        f"Overlaps with {other.title!r}, on air from {start:%H:%M:%S} to {end:%H:%M:%S} on {start:%Y-%m-%d}.",
    )


async def remove_slot(session: AsyncSession, parts: Wiring, slot: Slot, *, now: datetime) -> None:
    await store.remove(session, slot.id)
    await publication.compile_station(session, parts, await areas.station(session, slot.station_id), now=now)
