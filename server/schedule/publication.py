"""Compile a station's week and put it in the outbox, within the transaction that changed it."""

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from protocol import topics
from protocol.messages import Rundown
from protocol.rundown import pack
from server.areas import store as areas
from server.areas.models import Station
from server.bus import outbox
from server.clusters import store as clusters
from server.schedule import store
from server.schedule.occurrences import week
from server.schedule.rundown import Overlap, compiled, overlaps
from server.wiring import Wiring

MARGIN = timedelta(days=1)
"""Slots are looked up by wall time: a day on either side is more than any zone or broadcast takes."""


async def rundown_of(session: AsyncSession, station: Station, *, now: datetime) -> Rundown:
    covers_from, covers_until = week(now, time_zone=station.time_zone)
    return await rundown_between(session, station, covers_from, covers_until)


async def rundown_between(
    session: AsyncSession, station: Station, covers_from: datetime, covers_until: datetime
) -> Rundown:
    slots = await store.placed(
        session,
        station.id,
        from_local=(covers_from - MARGIN).replace(tzinfo=None).isoformat(),
        until_local=(covers_until + MARGIN).replace(tzinfo=None).isoformat(),
    )
    plans = {found.id: tuple(found.language_plan) for found in await clusters.of_station(session, station.id)}
    return compiled(
        station.id, slots, plans, time_zone=station.time_zone, covers_from=covers_from, covers_until=covers_until
    )


async def compile_station(session: AsyncSession, parts: Wiring, station: Station, *, now: datetime) -> None:
    await areas.hold(session, station.id)
    head, packed = pack(await rundown_of(session, station, now=now))
    parts.content.put_bytes(packed)
    await outbox.put(session, parts.signer, topics.rundown(station.id), head, now=now)


async def compile_stations_of_item(
    session: AsyncSession, parts: Wiring, item: str, *, now: datetime
) -> list[tuple[Station, Overlap]]:
    """What overlaps now in the stations' weeks: a longer version may reach into what was placed behind it."""
    found = []
    for identifier in await store.stations_with_item(session, item):
        station = await areas.station(session, identifier)
        await compile_station(session, parts, station, now=now)
        found += [(station, pair) for pair in overlaps((await rundown_of(session, station, now=now)).occurrences)]
    return found


async def compile_all(session: AsyncSession, parts: Wiring, *, now: datetime) -> None:
    """Each day brings a new week; what has not changed stays as it is."""
    for station in await areas.stations(session):
        await compile_station(session, parts, station, now=now)
