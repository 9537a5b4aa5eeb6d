"""Queries for accounts and log-ins."""

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from server.accounts.models import Account, Login


async def by_name(session: AsyncSession, name: str) -> Account | None:
    return await session.scalar(select(Account).where(Account.name == name))


async def by_token(session: AsyncSession, token_sha256: str, *, now: datetime) -> Account | None:
    query = select(Account).join(Login, Login.account_id == Account.id)
    return await session.scalar(query.where(Login.token_sha256 == token_sha256, Login.expires > now))


async def remove_login(session: AsyncSession, token_sha256: str) -> None:
    await session.execute(delete(Login).where(Login.token_sha256 == token_sha256))


async def remove_logins_of(session: AsyncSession, account: str) -> None:
    await session.execute(delete(Login).where(Login.account_id == account))


async def remove_expired_logins(session: AsyncSession, *, now: datetime) -> None:
    await session.execute(delete(Login).where(Login.expires <= now))
