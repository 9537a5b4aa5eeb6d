"""The bus on a real broker, connected again whenever it is lost."""

import asyncio
import ssl
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import suppress

from protocol.topics import MAX_PAYLOAD_BYTES
from runtime.clock import Clock
from runtime.supervision import Backoff
from server.bus.connections import Connections
from server.bus.errors import BusUnavailable, SubscriptionRefused
from server.bus.inbox import Inbox
from server.bus.link import Address, Link, connection
from server.bus.outage import Outage
from server.bus.port import Life, Message, Qos
from server.bus.probe import Login, trust

LONGEST_WAIT_S = 5.0
"""Short, for the broker is most often our own child on this machine."""


class MqttBus:
    """Give `run` a task of its own; everything else may be called at any time."""

    def __init__(
        self,
        address: Address,
        login: Login,
        *,
        clock: Clock,
        life: Callable[[], Life] | None = None,
        linked: asyncio.Event | None = None,
    ) -> None:
        """`life` is asked at every connection. `linked` is kept set while there is one."""
        self._address = address
        self._login = login
        self._clock = clock
        self._life = life
        self._connections = Connections(linked)
        self._outage = Outage("bus")
        self._inboxes: list[Inbox] = []
        self._link: Link | None = None

    @property
    def connected(self) -> bool:
        return self._connections.up

    async def until_connected(self, *, after: int = 0) -> int:
        return await self._connections.later_than(after)

    async def run(self) -> None:
        """Connect, and connect again with growing waits, until cancelled; then say good-bye (no will).

        Raises OSError where the CA cannot be read.
        """
        tls = trust(self._address.ca)
        waits = Backoff(longest_s=LONGEST_WAIT_S)
        while True:
            try:
                await self._serve(tls, waits)
            except (BusUnavailable, SubscriptionRefused) as error:
                self._outage.begins(error)
            await self._clock.sleep(waits.failed())

    async def publish(self, topic: str, payload: bytes, *, retain: bool = False, qos: Qos = 1) -> None:
        if len(payload) > MAX_PAYLOAD_BYTES:
            raise ValueError(f"{len(payload)} bytes for {topic}")  # The broker would hang up on us.
        if self._link is None:
            raise BusUnavailable("no connection to the broker")
        await self._link.publish(topic, payload, qos=qos, retain=retain)

    async def subscribe(self, topic_filter: str) -> AsyncGenerator[Message, None]:
        inbox = Inbox(topic_filter)
        self._inboxes.append(inbox)
        try:
            await self._ask(Link.subscribe, topic_filter)
            while True:
                yield await inbox.next()
        finally:
            self._inboxes.remove(inbox)
            if topic_filter not in self._filters():
                await self._ask(Link.unsubscribe, topic_filter)

    async def _ask(self, what: Callable[[Link, str], Awaitable[None]], topic_filter: str) -> None:
        """Now where there is a connection; the next one begins with the filters that it finds."""
        if self._link is not None:
            with suppress(BusUnavailable):
                await what(self._link, topic_filter)

    async def _serve(self, tls: ssl.SSLContext, waits: Backoff) -> None:
        """One connection; always ends by raising."""
        life = self._life() if self._life else None
        async with connection(self._address, self._login, tls=tls, life=life) as link:
            self._link = link
            try:
                if life:
                    await link.publish(life.topic, life.birth, qos=1, retain=True)
                for topic_filter in self._filters():
                    await link.subscribe(topic_filter)
                waits.succeeded()
                self._outage.ends()
                self._connections.begins()
                async for message in link.messages():
                    for inbox in self._inboxes:
                        inbox.put(message)
            finally:
                self._link = None
                self._connections.ends()

    def _filters(self) -> list[str]:
        return list(dict.fromkeys(inbox.topic_filter for inbox in self._inboxes))
