"""Queries for items and versions."""

from collections.abc import Iterable, Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from server.errors import not_found
from server.programmes.models import Item, ItemVersion


async def items(session: AsyncSession, *, limit: int = 200) -> Sequence[Item]:
    return list(await session.scalars(select(Item).order_by(Item.created.desc(), Item.id).limit(limit)))


async def item(session: AsyncSession, identifier: str) -> Item:
    found = await session.get(Item, identifier)
    if found is None:
        raise not_found("tin bài", "item", identifier)
    return found


async def versions(session: AsyncSession, items: Iterable[str]) -> dict[str, list[ItemVersion]]:
    """The versions of each of `items`, by language."""
    query = select(ItemVersion).where(ItemVersion.item_id.in_(list(items))).order_by(ItemVersion.language)
    found: dict[str, list[ItemVersion]] = {}
    for version in await session.scalars(query):
        found.setdefault(version.item_id, []).append(version)
    return found


async def version(session: AsyncSession, item: str, language: str) -> ItemVersion | None:
    query = select(ItemVersion).where(ItemVersion.item_id == item, ItemVersion.language == language)
    return await session.scalar(query)
