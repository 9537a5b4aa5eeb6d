"""Logging in and out."""

from datetime import datetime, timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from server.accounts import store
from server.accounts.models import Account, Login
from server.accounts.passwords import fits, hashed, new_password
from server.db.base import new_id
from server.errors import Unauthorised, not_found
from server.trust.tokens import new_token, token_sha256
from server.wiring import Wiring

log = structlog.get_logger()
ADMINISTRATOR = "admin"
MAX_NAME = 80


async def give_administrator_a_password(session: AsyncSession, *, now: datetime) -> str:
    """A new password of account `admin`, which is made where it is not there; it is kept nowhere (REQ-55)."""
    password = new_password()
    account = await store.by_name(session, ADMINISTRATOR)
    if account is None:
        account = Account(id=new_id("u"), name=ADMINISTRATOR, created=now)
        session.add(account)
    account.password_hash = hashed(password)
    return password


async def reset_password(session: AsyncSession, name: str) -> str:
    """A new password for an account, whose log-ins end with it. Raises NotFound."""
    account = await store.by_name(session, name)
    if account is None:
        raise not_found("tài khoản", "account", name)
    password = new_password()
    account.password_hash = hashed(password)
    await store.remove_logins_of(session, account.id)
    return password


async def log_in(parts: Wiring, *, name: str, password: str, address: str) -> tuple[str, datetime]:
    """A token and when it ends. Raises Unauthorised, or TooManyAttempts after several wrong passwords."""
    name = name[:MAX_NAME]
    parts.attempts.begin(address, name, now_s=parts.clock.monotonic())
    async with parts.reading() as session:
        account = await store.by_name(session, name)
    if not await fits(password, account.password_hash if account else None) or account is None:
        log.warning("log-in refused", account=name, address=address)
        raise Unauthorised("wrong-password", "Tên hoặc mật khẩu không đúng.", "The name or the password is not right.")
    parts.attempts.succeeded(address, name)
    token, now = new_token(), parts.clock.now()
    expires = now + timedelta(hours=parts.settings.session_hours)
    async with parts.work() as session:
        await store.remove_expired_logins(session, now=now)
        session.add(Login(token_sha256=token_sha256(token), account_id=account.id, created=now, expires=expires))
    log.info("logged in", account=name, address=address)
    return token, expires
