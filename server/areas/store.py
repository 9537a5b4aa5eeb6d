"""Queries for areas and stations."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from server.areas.models import Area, Station
from server.errors import not_found


async def areas(session: AsyncSession) -> Sequence[Area]:
    return list(await session.scalars(select(Area).order_by(Area.id)))


async def stations(session: AsyncSession) -> Sequence[Station]:
    return list(await session.scalars(select(Station).order_by(Station.name, Station.id)))


async def area(session: AsyncSession, identifier: str) -> Area:
    found = await session.get(Area, identifier)
    if found is None:
        raise not_found("địa bàn", "area", identifier)
    return found


async def station(session: AsyncSession, identifier: str) -> Station:
    found = await session.get(Station, identifier)
    if found is None:
        raise not_found("đài", "station", identifier)
    return found


async def paths(session: AsyncSession) -> dict[str, str]:
    """Each area with all above it, from the highest: `Lai Châu › Than Uyên › Tà Hừa`."""
    by_id = {found.id: found for found in await areas(session)}

    def path(found: Area) -> list[str]:
        above = by_id.get(found.parent_id or "")
        return [*(path(above) if above else []), found.name]

    return {identifier: " › ".join(path(found)) for identifier, found in by_id.items()}
