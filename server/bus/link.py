"""One connection to an MQTT 3.1.1 broker over TLS, with one pinned CA."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiomqtt

from server.bus.errors import BusUnavailable, SubscriptionRefused
from server.bus.port import Life, Message
from server.bus.probe import Login

ANSWER_WITHIN_S = 5.0
_KEEPALIVE_S = 15
_IN_FLIGHT = 200
_REFUSED = 0x80


@dataclass(frozen=True, slots=True)
class Address:
    """Of a broker; its certificate must hold for `host` and come from the CA in the PEM file `ca`."""

    host: str
    port: int
    ca: Path


class Link:
    """Whoever waits on it is let go at once when it ends; aiomqtt alone would wait its timeout out."""

    def __init__(self, client: aiomqtt.Client) -> None:
        self._client = client
        self._waiting: set[asyncio.Timeout] = set()

    async def publish(self, topic: str, payload: bytes, *, qos: int, retain: bool) -> None:
        """Raises BusUnavailable."""
        async with self._answer():
            await self._client.publish(topic, payload, qos=qos, retain=retain)

    async def subscribe(self, topic_filter: str) -> None:
        """At QoS 0. Raises BusUnavailable, SubscriptionRefused."""
        async with self._answer():
            codes = await self._client.subscribe(topic_filter, qos=0)
        if any((code if isinstance(code, int) else code.value) >= _REFUSED for code in codes):
            raise SubscriptionRefused(f"the broker refused {topic_filter}")

    async def unsubscribe(self, topic_filter: str) -> None:
        """Raises BusUnavailable."""
        async with self._answer():
            await self._client.unsubscribe(topic_filter)

    async def messages(self) -> AsyncIterator[Message]:
        """Raises BusUnavailable when the connection ends."""
        try:
            async for one in self._client.messages:
                yield Message(one.topic.value, bytes(one.payload), bool(one.retain))
        except aiomqtt.MqttError as error:
            raise BusUnavailable(str(error)) from error

    def ends(self) -> None:
        for limit in self._waiting:
            limit.reschedule(0)

    @asynccontextmanager
    async def _answer(self) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(ANSWER_WITHIN_S) as limit:
                self._waiting.add(limit)
                try:
                    yield
                finally:
                    self._waiting.discard(limit)
        except (aiomqtt.MqttError, TimeoutError) as error:
            raise BusUnavailable(str(error) or "the broker did not answer") from error


@asynccontextmanager
async def connection(
    address: Address, login: Login, *, tls: ssl.SSLContext, life: Life | None = None
) -> AsyncIterator[Link]:
    """A clean session as `login`, whose will is that of `life`. Raises BusUnavailable."""
    client = aiomqtt.Client(
        address.host,
        address.port,
        identifier=login.user,
        username=login.user,
        password=login.secret,
        clean_session=True,
        keepalive=_KEEPALIVE_S,
        tls_context=tls,
        timeout=ANSWER_WITHIN_S,
        max_inflight_messages=_IN_FLIGHT,
        max_concurrent_outgoing_calls=_IN_FLIGHT,
        will=aiomqtt.Will(life.topic, life.will, qos=1, retain=True) if life else None,
    )
    client.pending_calls_threshold = _IN_FLIGHT
    try:
        async with client:
            link = Link(client)
            try:
                yield link
            finally:
                link.ends()
    except aiomqtt.MqttError as error:
        raise BusUnavailable(str(error)) from error
