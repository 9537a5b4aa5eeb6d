"""Logging in and out."""

from datetime import datetime, timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from server.accounts import store
from server.accounts.models import Account, Login
from server.accounts.passwords import fits, hashed, new_password
from server.db.base import new_id
from server.errors import TooManyAttempts, Unauthorised
from server.trust.tokens import new_token, token_sha256
from server.wiring import Wiring

log = structlog.get_logger()


async def create_first_administrator(session: AsyncSession, *, now: datetime) -> str | None:
    """The password of account `admin` where there is no account yet; it is kept nowhere (REQ-55)."""
    if await store.count(session):
        return None
    password = new_password()
    session.add(Account(id=new_id("u"), name="admin", password_hash=hashed(password), created=now))
    return password


async def log_in(parts: Wiring, *, name: str, password: str, address: str) -> tuple[str, datetime]:
    """A token and when it ends. Raises Unauthorised, or TooManyAttempts after several wrong passwords."""
    now_s = parts.clock.monotonic()
    if wait_s := parts.attempts.wait_s(address, name, now_s=now_s):
        raise TooManyAttempts(
            "too-many-attempts",
            f"Sai mật khẩu nhiều lần. Hãy thử lại sau {wait_s:.0f} giây.",
            f"Too many wrong passwords. Try again in {wait_s:.0f} seconds.",
            headers={"Retry-After": str(int(wait_s) + 1)},
        )
    async with parts.reading() as session:
        account = await store.by_name(session, name)
    if not await fits(password, account.password_hash if account else None) or account is None:
        parts.attempts.failed(address, name, now_s=now_s)
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
