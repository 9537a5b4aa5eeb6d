"""What strangers do to the listeners: half requests, forwarded addresses. Real sockets, times made short."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
from fastapi import FastAPI, Request

from server import listeners
from server.listeners import listeners_of
from server.settings import Settings
from tests.deploy.serving import free_ports
from tests.server.world import World

HEAD = b"POST /whole HTTP/1.1\r\nHost: loa\r\nContent-Length: 10\r\n\r\n"


def application() -> FastAPI:
    app = FastAPI()

    @app.get("/who")
    async def who(request: Request) -> str:
        return request.client.host if request.client else "?"

    @app.post("/whole")
    async def whole(request: Request) -> int:
        return len(await request.body())

    return app


@asynccontextmanager
async def plain_listener(loa: World, **settings: Any) -> AsyncIterator[int]:
    [port] = free_ports(1)
    chosen = Settings(data=loa.parts.settings.data, http_port=port, **settings)
    listener, _ = listeners_of(chosen, application(), loa.parts.authority)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(listener.serve(), name="listener")
        while not listener.started:  # noqa: ASYNC110 -- Uvicorn's own flag.
            await asyncio.sleep(0.01)
        try:
            yield port
        finally:
            listener.should_exit = True


async def ends_within(seconds: float, port: int, *sent: bytes, every_s: float = 0.0) -> bytes:
    """What came back before the connection was ended; TimeoutError where it was not."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        async with asyncio.timeout(seconds):
            for part in sent:
                writer.write(part)
                with suppress(ConnectionError):
                    await writer.drain()
                await asyncio.sleep(every_s)
            with suppress(ConnectionError):
                return await reader.read()
            return b""
    finally:
        writer.close()


async def answer(port: int, path: str, *headers: str) -> bytes:
    lines = [f"GET {path} HTTP/1.1", "Host: loa", "Connection: close", *headers, "", ""]
    return await ends_within(5, port, "\r\n".join(lines).encode())


@pytest.fixture
def short_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listeners, "HEAD_WITHIN_S", 0.4)
    monkeypatch.setattr(listeners, "BODY_PAUSE_S", 0.4)


@pytest.mark.usefixtures("short_patience")
@pytest.mark.parametrize("sent", [b"", b"GET /who HTTP/1.1\r\nHost: l", HEAD, HEAD + b"12345"])
async def test_half_a_request_does_not_live_for_ever(loa: World, sent: bytes) -> None:
    async with plain_listener(loa) as port:
        assert await ends_within(3, port, sent) == b""


@pytest.mark.usefixtures("short_patience")
async def test_a_head_that_drips_is_ended_and_a_body_that_comes_slowly_is_heard(loa: World) -> None:
    async with plain_listener(loa) as port:
        drops = [b"GET /who HTTP/1.1\r\n", *[b"A: b\r\n"] * 12]
        assert await ends_within(5, port, *drops, every_s=0.1) == b""
        head = HEAD.replace(b"Host: loa", b"Host: loa\r\nConnection: close")
        assert (await ends_within(5, port, head, *[b"1"] * 10, every_s=0.1)).endswith(b"\r\n\r\n10")


@pytest.mark.usefixtures("short_patience")
async def test_a_connection_that_is_kept_may_ask_again(loa: World) -> None:
    async with plain_listener(loa) as port:
        again = b"GET /who HTTP/1.1\r\nHost: loa\r\n\r\n"
        last = b"GET /who HTTP/1.1\r\nHost: loa\r\nConnection: close\r\n\r\n"
        found = await ends_within(5, port, again, again, last, every_s=0.7)
        assert found.count(b"200 OK") == 3


async def test_more_connections_than_we_hold_are_refused(loa: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listeners, "MOST_AT_ONCE", 3)
    monkeypatch.setattr(listeners, "MOST_OPEN", 5)
    async with plain_listener(loa) as port:
        held = [await asyncio.open_connection("127.0.0.1", port) for _ in range(4)]
        await asyncio.sleep(0.1)
        assert b" 503 " in await answer(port, "/who")
        held += [await asyncio.open_connection("127.0.0.1", port)]
        await asyncio.sleep(0.1)
        assert await answer(port, "/who") == b""
        for _, writer in held:
            writer.close()
        await asyncio.sleep(0.1)
        assert b" 200 " in await answer(port, "/who")


async def test_nobody_is_believed_who_says_that_he_comes_from_elsewhere(loa: World) -> None:
    forwarded = "X-Forwarded-For: 203.0.113.9"
    async with plain_listener(loa) as port:
        assert (await answer(port, "/who", forwarded)).endswith(b'"127.0.0.1"')
    async with plain_listener(loa, trusted_proxies=["127.0.0.1"]) as port:
        assert (await answer(port, "/who", forwarded)).endswith(b'"203.0.113.9"')
    async with plain_listener(loa, trusted_proxies=["192.0.2.0/24"]) as port:
        assert (await answer(port, "/who", forwarded)).endswith(b'"127.0.0.1"')
