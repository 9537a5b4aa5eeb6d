"""The control link: MQTT over TLS. It brings state down and says up what is; sound does not need it.

A clean session and QoS 0 subscriptions: nothing queues for the absent, a reconnect is a resync from retained state.
"""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from datetime import datetime

import aiomqtt
import structlog

from protocol import topics
from protocol.enrolment import Identity
from protocol.messages import ConnectionState, Presence, Status
from receiver.addresses import Address, Rotation
from receiver.errors import StoreFailed
from receiver.events import LinkChanged, MessageCame
from receiver.server_api import tls_context
from receiver.software import VERSION
from runtime.clock import Clock
from runtime.supervision import Backoff

KEEPALIVE_S = 30
GOODBYE_S = 2.0
REFUSED = 0x80
"""SUBACK's word for a topic that the broker does not give."""

log = structlog.get_logger()


class Link:
    """`ready` is awaited between the connection and the subscriptions: the clock is asked first."""

    def __init__(
        self,
        identity: Identity,
        rotation: Rotation,
        *,
        clock: Clock,
        now: Callable[[], datetime],
        next_session: Callable[[], int],
        ready: Callable[[], Awaitable[None]],
        report: Callable[[LinkChanged | MessageCame], None],
    ) -> None:
        self._identity, self._rotation = identity, rotation
        self._clock, self._now, self._next_session = clock, now, next_session
        self._ready, self._report = ready, report
        self._tls = tls_context(identity.ca_pem)
        self._client: aiomqtt.Client | None = None
        self._session = 0
        self._session_used = True
        # Many receivers that lost the same server must not come back in the same instant.
        self._spread = int(hashlib.sha256(identity.cluster.encode()).hexdigest()[:4], 16) / 0xFFFF

    async def run(self) -> None:
        waits = Backoff(first_s=0.5, longest_s=30.0)
        said = False
        while True:
            address = self._rotation.current
            try:
                await self._connected(address, waits)
            except (aiomqtt.MqttError, OSError, StoreFailed) as error:
                if not said:
                    log.warning("link-lost", host=address.host, port=address.mqtt_port, detail=str(error))
                said = self._client is None
            if self._client is None:
                self._rotation.failed(address)
            else:
                self._client = None
                said = False
                self._report(LinkChanged(up=False, session=self._session))
            await self._clock.sleep(waits.failed() * (0.5 + self._spread))

    async def _connected(self, address: Address, waits: Backoff) -> None:
        """One session, from its birth to its loss."""
        if self._session_used:
            # Attempts that reached nobody do not count, so that days without a server wear no flash memory.
            self._session, self._session_used = self._next_session(), False
        cluster = self._identity.cluster
        client = aiomqtt.Client(
            address.host,
            address.mqtt_port,
            identifier=cluster,
            username=cluster,
            password=self._identity.secret,
            clean_session=True,
            keepalive=KEEPALIVE_S,
            tls_context=self._tls,
            will=aiomqtt.Will(self._presence_topic, self._presence(ConnectionState.LOST), qos=1, retain=True),
        )
        async with client:
            self._session_used = True
            await self._ready()
            await client.publish(
                self._presence_topic, self._presence(ConnectionState.ONLINE, self._now()), qos=1, retain=True
            )
            await self._subscribe(client)
            self._client = client
            waits.succeeded()
            log.info("link-up", host=address.host, session=self._session)
            self._report(LinkChanged(up=True, session=self._session))
            async for message in client.messages:
                self._report(MessageCame(_name(str(message.topic)), _bytes(message.payload)))

    async def _subscribe(self, client: aiomqtt.Client) -> None:
        for topic in topics.downward(station=self._identity.station, cluster=self._identity.cluster):
            granted = await client.subscribe(topics.on_wire(topic), qos=0)
            if any(_code(grant) >= REFUSED for grant in granted):
                log.error("subscription-refused", topic=topic)

    async def tell(self, status: Status) -> None:
        """Send a status, when there is a link; the next one says it all again."""
        if self._client is None:
            return
        topic = topics.on_wire(topics.status(self._identity.cluster))
        try:
            await self._client.publish(topic, status.model_dump_json(exclude_none=True), qos=0)
        except aiomqtt.MqttError as error:
            log.info("status-not-sent", detail=str(error))

    async def goodbye(self) -> None:
        """Say that this receiver stops on purpose."""
        if self._client is None:
            return
        try:
            async with asyncio.timeout(GOODBYE_S):
                offline = self._presence(ConnectionState.OFFLINE, self._now())
                await self._client.publish(self._presence_topic, offline, qos=1, retain=True)
        except (aiomqtt.MqttError, TimeoutError) as error:
            log.info("goodbye-not-sent", detail=str(error))

    @property
    def _presence_topic(self) -> str:
        return topics.on_wire(topics.presence(self._identity.cluster))

    def _presence(self, state: ConnectionState, at: datetime | None = None) -> str:
        presence = Presence(session=self._session, state=state, at=at, software_version=VERSION)
        return presence.model_dump_json(exclude_none=True)


def _name(topic: str) -> str:
    try:
        return topics.from_wire(topic)
    except ValueError:
        return topic


def _bytes(payload: object) -> bytes:
    return payload if isinstance(payload, bytes) else b""


def _code(grant: object) -> int:
    return grant if isinstance(grant, int) else int(getattr(grant, "value", 0))
