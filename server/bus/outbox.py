"""State to be published: signed in the transaction that changes it, delivered after the commit."""

from datetime import datetime, timedelta

from pydantic import BaseModel
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from protocol.signing import Signer
from server.bus.models import PublishedState

LIFE = timedelta(days=14)
RENEW_BEFORE = timedelta(days=7)


async def put(session: AsyncSession, signer: Signer, topic: str, body: BaseModel, *, now: datetime) -> bool:
    """Make `body` what `topic` says; False where it says so already, in this epoch, for long enough."""
    content = body.model_dump(mode="json", exclude_none=True)
    row = await session.get(PublishedState, topic)
    if row and row.body == content and row.epoch == signer.epoch and row.expires - now > RENEW_BEFORE:
        return False
    sequence = row.sequence + 1 if row else 1
    expires = now + LIFE
    payload = signer.sign(body, audience=topic, sequence=sequence, issued=now, expires=expires)
    if row is None:
        row = PublishedState(topic=topic)
        session.add(row)
    row.epoch, row.sequence, row.body, row.payload = signer.epoch, sequence, content, payload
    row.issued, row.expires, row.delivered = now, expires, False
    return True


async def undelivered(session: AsyncSession, *, limit: int = 200) -> list[PublishedState]:
    query = select(PublishedState).where(PublishedState.delivered.is_(False)).order_by(PublishedState.topic)
    return list(await session.scalars(query.limit(limit)))


async def mark_delivered(session: AsyncSession, row: PublishedState) -> None:
    """Only the very message that was published: a newer one may have come meanwhile."""
    await session.execute(
        update(PublishedState)
        .where(PublishedState.topic == row.topic, PublishedState.sequence == row.sequence)
        .values(delivered=True)
    )


async def deliver_all_again(session: AsyncSession) -> None:
    """The broker may have lost its store: tell it everything; who knows it already takes no notice."""
    await session.execute(update(PublishedState).values(delivered=False))
