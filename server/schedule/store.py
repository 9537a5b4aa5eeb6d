"""Queries for slots."""

from collections.abc import Sequence

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from protocol.messages import Asset, Priority
from server.errors import not_found
from server.programmes import store as programmes
from server.programmes.models import Item
from server.schedule.models import Slot
from server.schedule.rundown import PlacedItem, PlacedSlot


async def slots(session: AsyncSession, *, station: str | None = None, limit: int = 500) -> Sequence[Slot]:
    query = select(Slot).order_by(Slot.starts_local.desc(), Slot.id).limit(limit)
    return list(await session.scalars(query.where(Slot.station_id == station) if station else query))


async def slot(session: AsyncSession, identifier: str) -> Slot:
    found = await session.get(Slot, identifier)
    if found is None:
        raise not_found("khung giờ", "slot", identifier)
    return found


async def remove(session: AsyncSession, identifier: str) -> None:
    await session.execute(delete(Slot).where(Slot.id == identifier))


async def stations_with_item(session: AsyncSession, item: str) -> Sequence[str]:
    return list(await session.scalars(select(Slot.station_id).where(Slot.item_id == item).distinct()))


async def placed(session: AsyncSession, station: str, *, from_local: str, until_local: str) -> list[PlacedSlot]:
    """The slots of `station` between two wall times, with all that compiling needs."""
    query = (
        select(Slot, Item)
        .join(Item, Item.id == Slot.item_id)
        .where(Slot.station_id == station, Slot.starts_local >= from_local, Slot.starts_local < until_local)
    )
    rows = (await session.execute(query)).all()
    versions = await programmes.versions(session, {item.id for _, item in rows})
    items = {
        item.id: PlacedItem(
            id=item.id,
            title=item.title,
            original_language=item.original_language,
            assets={
                version.language: Asset(
                    sha256=version.asset_sha256, bytes=version.asset_bytes, samples=version.asset_samples
                )
                for version in versions.get(item.id, [])
            },
        )
        for _, item in rows
    }
    return [
        PlacedSlot(
            id=slot.id,
            starts_local=slot.starts_local,
            fold=slot.fold,
            item=items[slot.item_id],
            priority=Priority(slot.priority),
            clusters=tuple(slot.clusters) if slot.clusters is not None else None,
        )
        for slot, _ in rows
    ]
