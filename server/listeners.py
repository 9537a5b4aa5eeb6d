"""Where the server is reached over HTTP: its sockets, and how long a connection may keep us waiting."""

import asyncio
import errno
import os
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.h11_impl import H11Protocol

from runtime.clock import Clock
from server.errors import Problem
from server.settings import Settings
from server.trust.authority import Authority

GRACE_S = 2
"""How long open answers may go on when the server stops."""
HEAD_WITHIN_S = 15.0
BODY_PAUSE_S = 30.0
KEEP_ALIVE_S = 5
MOST_AT_ONCE = 400
"""Connections of one listener; above it the answer is 503. Of the usual 1024 open files, two listeners leave enough for
the database, the content and the broker."""
MOST_OPEN = MOST_AT_ONCE + 50
"""Above this a connection is ended unheard."""
CHILD_ENDS_WITHIN_S = 5.0
"""The broker of a server that was killed is ended by the kernel, but may hold its port for a moment."""


class PortTaken(Problem):
    status = 503
    title = "Cổng đã có chương trình khác dùng"


class Patient(H11Protocol):
    """HTTP/1.1 from clients that may never finish what they begin.

    Covered: a connection that says nothing or only a part of a request's head within 15 s of its beginning, however
    slowly it drips; a body of which no byte comes for 30 s while we are ready to read; a client that stays connected
    for nothing (uvicorn's `timeout_keep_alive`). Not covered: a body that drips, which holds one of MOST_AT_ONCE
    connections; a client that does not read its answer, which TCP gives up; a TLS handshake that is not finished, for
    uvicorn hands no `ssl_handshake_timeout` on: asyncio's own 60 s hold there.
    """

    _due: asyncio.TimerHandle | None = None
    _on_body = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # As in H11Protocol.
        super().connection_made(transport)
        if len(self.connections) > MOST_OPEN:
            transport.abort()
        else:
            self._wait_for_head()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._wait_for_more()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._wait_for_more()

    def connection_lost(self, exc: Exception | None) -> None:
        self._wait_no_more()
        super().connection_lost(exc)

    def _wait_for_more(self) -> None:
        """What is waited for now, as h11 sees the client."""
        if self.transport.is_closing():
            self._wait_no_more()
            return
        state = str(self.conn.their_state)
        if state == "SEND_BODY":
            self._wait_for_body()
        elif state == "IDLE" and self.timeout_keep_alive_task is None:
            if self._on_body or self._due is None:
                self._wait_for_head()
        else:
            self._wait_no_more()

    def _wait_for_head(self) -> None:
        self._wait_no_more()
        self._due = self.loop.call_later(HEAD_WITHIN_S, self._give_up)

    def _wait_for_body(self) -> None:
        self._wait_no_more()
        self._on_body = True
        self._due = self.loop.call_later(BODY_PAUSE_S, self._give_up)

    def _wait_no_more(self) -> None:
        self._on_body = False
        if self._due is not None:
            self._due.cancel()
            self._due = None

    def _give_up(self) -> None:
        if self._on_body and self.flow.read_paused:
            self._wait_for_body()  # It is we who do not read.
        else:
            self.transport.abort()


class Listener(uvicorn.Server):
    """Uvicorn as one task among others: the process's signals are ours."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Who still sends or reads after the grace is cut off, before uvicorn cancels with a traceback."""
        cut = asyncio.get_running_loop().call_later(GRACE_S, self._cut_off)
        try:
            await super().shutdown(sockets)
        finally:
            cut.cancel()

    def _cut_off(self) -> None:
        for connection in list(self.server_state.connections):
            connection.transport.abort()


def listeners_of(settings: Settings, app: FastAPI, authority: Authority) -> list[Listener]:
    """Plain on loopback for the page and a proxy, with TLS for everyone else."""
    common: dict[str, Any] = {
        "lifespan": "off",
        "http": Patient,
        "ws": "none",
        "log_config": None,
        "access_log": False,
        "server_header": False,
        "proxy_headers": bool(settings.trusted_proxies),
        "forwarded_allow_ips": settings.trusted_proxies,
        "limit_concurrency": MOST_AT_ONCE,
        "timeout_keep_alive": KEEP_ALIVE_S,
        "timeout_graceful_shutdown": GRACE_S + 1,
    }
    plain = uvicorn.Config(app, host=settings.http_host, port=settings.http_port, **common)
    secure = uvicorn.Config(
        app,
        host=settings.https_host,
        port=settings.https_port,
        ssl_certfile=authority.certificate,
        ssl_keyfile=authority.key,
        **common,
    )
    return [Listener(plain), Listener(secure)]


async def open_sockets(settings: Settings, clock: Clock) -> list[list[socket.socket]]:
    """For the plain listener and the one with TLS; that of the broker is tried. Raises PortTaken."""
    with ExitStack() as on_failure:
        found = []
        for name in ("HTTP", "HTTPS"):
            one = _bound(settings, name)
            on_failure.callback(_close, one)
            found.append(one)
        if not settings.broker_url:
            await _try_broker_port(settings, clock)
        on_failure.pop_all()
        return found


async def _try_broker_port(settings: Settings, clock: Clock) -> None:
    until = clock.monotonic() + CHILD_ENDS_WITHIN_S
    while True:
        try:
            _close(_bound(settings, "MQTT"))
        except PortTaken:
            if clock.monotonic() > until:
                raise
            await clock.sleep(0.25)
        else:
            return


def _bound(settings: Settings, name: str) -> list[socket.socket]:
    """Listening already: Linux lets two sockets be bound to one port as long as none listens."""
    host: str = getattr(settings, f"{name.lower()}_host")
    port: int = getattr(settings, f"{name.lower()}_port")
    made: list[socket.socket] = []
    try:
        for family, kind, protocol, _, address in _addresses(host, port):
            one = socket.socket(family, kind, protocol)
            made.append(one)
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            one.setblocking(False)
            one.bind(address)
            one.listen()
    except OSError as error:
        _close(made)
        raise _refused(name, host, port, error) from error
    return made


def _addresses(host: str, port: int) -> list[Any]:
    return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)


def _close(sockets: list[socket.socket]) -> None:
    for one in sockets:
        one.close()


def _refused(name: str, host: str, port: int, error: OSError) -> PortTaken:
    if error.errno == errno.EADDRINUSE:
        return PortTaken(
            "port-taken",
            f"Cổng {port} đã có chương trình khác dùng: hãy dừng chương trình đó hoặc đổi LOA_{name}_PORT.",
            f"Port {port} is taken by another program: stop it or change LOA_{name}_PORT.",
        )
    reason = os.strerror(error.errno) if error.errno and error.errno > 0 else str(error)
    return PortTaken(
        "cannot-listen",
        f"Không mở được {host}, cổng {port} ({reason}): hãy xem lại LOA_{name}_HOST và LOA_{name}_PORT.",
        f"Cannot listen on {host}, port {port} ({reason}): look at LOA_{name}_HOST and LOA_{name}_PORT.",
    )
