"""What an endpoint is given: the wiring, a transaction, who is asking."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy.ext.asyncio import AsyncSession

from server.accounts import store as accounts
from server.accounts.models import Account
from server.clusters import store as clusters
from server.clusters.models import Cluster
from server.errors import Unauthorised
from server.trust.tokens import fits, token_sha256
from server.wiring import Wiring

COOKIE = "loa_session"
SAFE_METHODS = ("GET", "HEAD")


def wiring(request: Request) -> Wiring:
    found = request.app.state.wiring
    assert isinstance(found, Wiring)
    return found


Parts = Annotated[Wiring, Depends(wiring)]


def now(parts: Parts) -> datetime:
    return parts.clock.now()


async def writing(parts: Parts) -> AsyncIterator[AsyncSession]:
    """Committed before the answer is sent: the dependency's scope is the function, not the request."""
    async with parts.work() as session:
        yield session
    parts.outbox_nudge.set()


async def reading(parts: Parts) -> AsyncIterator[AsyncSession]:
    async with parts.reading() as session:
        yield session


Now = Annotated[datetime, Depends(now)]
Writing = Annotated[AsyncSession, Depends(writing, scope="function")]
Reading = Annotated[AsyncSession, Depends(reading, scope="function")]


def bearer(request: Request) -> str | None:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token.strip() else None


def person_token(request: Request) -> str | None:
    """A bearer token, or for what only reads the page's cookie: so no other site can make a browser act."""
    if token := bearer(request):
        return token
    return request.cookies.get(COOKIE) if request.method in SAFE_METHODS else None


async def person(request: Request, parts: Parts) -> Account:
    """Who is logged in (REQ-48). Raises Unauthorised."""
    token = person_token(request)
    if token:
        async with parts.reading() as session:
            account = await accounts.by_token(session, token_sha256(token), now=parts.clock.now())
        if account:
            return account
    raise Unauthorised("not-logged-in", "Hãy đăng nhập để tiếp tục.", "Log in to go on.")


async def receiver(request: Request, parts: Parts) -> Cluster:
    """The cluster whose receiver asks. Raises Unauthorised (REQ-26: unknown clusters get nothing)."""
    name, _, secret = (bearer(request) or "").partition(".")
    if name and secret:
        async with parts.reading() as session:
            found = await clusters.with_credential(session, name)
        if found:
            cluster, credential = found
            if fits(secret, credential.secret_sha256):
                return cluster
    raise Unauthorised("unknown-receiver", "Máy chủ không biết bộ thu này.", "This receiver is not known here.")


Person = Annotated[Account, Depends(person)]
Receiver = Annotated[Cluster, Depends(receiver)]
