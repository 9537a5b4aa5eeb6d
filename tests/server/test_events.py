"""The stream of changes: one read for all who watch, an end when the server stops or the log-in is over."""

import asyncio
from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import Any

import pytest

from server.clusters import api
from server.clusters.api import look, watch
from server.clusters.views import ClusterOut
from server.errors import Unauthorised
from tests.server.world import World


async def welcome() -> None:
    """Whoever watches may."""


async def collect(watching: AsyncIterator[list[ClusterOut]], into: list[int]) -> None:
    async for changed in watching:
        into.append(len(changed))  # noqa: PERF401 -- What has come so far is looked at while it goes on.


async def until(happened: Callable[[], bool]) -> None:
    while not happened():  # noqa: ASYNC110 -- The database's thread decides when.
        await asyncio.sleep(0.01)


async def until_done(loa: World, *tasks: "asyncio.Task[Any]") -> None:
    async with asyncio.timeout(20):
        while not all(task.done() for task in tasks):
            await loa.clock.advance(5)
            loa.parts.board.ring()
            await asyncio.sleep(0.01)


async def test_a_change_is_read_once_for_all_who_watch(loa: World, monkeypatch: pytest.MonkeyPatch) -> None:
    station = await loa.station()
    await loa.cluster(station)
    reads, seen = 0, [list[int]() for _ in range(5)]

    async def counted(parts: Any) -> list[ClusterOut]:
        nonlocal reads
        reads += 1
        return await look(parts)

    monkeypatch.setattr(api, "look", counted)
    async with asyncio.timeout(20), asyncio.TaskGroup() as tasks:
        for one in seen:
            tasks.create_task(collect(watch(loa.parts, admitted=welcome), one), name="watcher")
        await until(lambda: all(one == [1] for one in seen))
        await loa.clock.advance(1)
        before = reads
        await loa.cluster(station, "cụm 02")
        loa.parts.board.ring()
        await until(lambda: all(one == [1, 1] for one in seen))
        assert reads == before + 1
        loa.parts.stopping.set()
        await loa.clock.advance(1)
        loa.parts.board.ring()


async def test_a_stream_ends_with_the_server(loa: World) -> None:
    await loa.cluster(await loa.station())
    async with asyncio.timeout(20), asyncio.TaskGroup() as tasks:
        watching = tasks.create_task(collect(watch(loa.parts, admitted=welcome), []), name="watcher")
        await loa.clock.advance(1)
        loa.parts.stopping.set()
        await until_done(loa, watching)


async def test_a_stream_ends_within_half_a_minute_of_its_login(loa: World) -> None:
    await loa.cluster(await loa.station())
    ended = False

    async def admitted() -> None:
        if ended:
            raise Unauthorised("not-logged-in", "Hãy đăng nhập.", "Log in.")

    async with asyncio.timeout(20), asyncio.TaskGroup() as tasks:
        watching = tasks.create_task(collect(watch(loa.parts, admitted=admitted), []), name="watcher")
        for _ in range(10):
            await loa.clock.advance(5)
            loa.parts.board.ring()
            await asyncio.sleep(0.02)
        assert not watching.done()
        ended, since = True, loa.clock.monotonic()
        await until_done(loa, watching)
        assert loa.clock.monotonic() - since <= 30


async def test_who_is_no_longer_logged_in_hears_no_more(loa: World) -> None:
    """The door of the stream is the same as everyone's, asked again."""
    await loa.cluster(await loa.station())
    app: Any = loa.client._transport.app  # type: ignore[attr-defined]  # The application under test.
    token = loa.client.headers["Authorization"].encode()
    said: list[dict[str, Any]] = []
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http",
        "path": "/api/v1/events", "raw_path": b"/api/v1/events", "root_path": "", "query_string": b"",
        "headers": [(b"authorization", token)], "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 8000),
    }  # fmt: skip
    asked = False

    async def receive() -> dict[str, Any]:
        nonlocal asked
        if asked:
            await asyncio.Event().wait()
        asked = True
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        said.append(message)

    async with asyncio.timeout(30), asyncio.TaskGroup() as tasks:
        stream = tasks.create_task(partial(app, scope, receive, send)(), name="stream")
        await until(lambda: any(b"event: clusters" in message.get("body", b"") for message in said))
        await loa.clock.advance(loa.parts.settings.session_hours * 3600 + 1)
        await until_done(loa, stream)
    assert said[-1] == {"type": "http.response.body", "body": b"", "more_body": False}
