"""What the server needs of an MQTT broker; see mqtt.py for the real one and memory.py for the honest fake."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol

Qos = Literal[0, 1]


class Message(NamedTuple):
    topic: str
    payload: bytes
    retained: bool
    """Whether it is the broker's answer to a subscription, not something said now."""


@dataclass(frozen=True, slots=True)
class Life:
    """What a client says of itself at one topic, retained: `birth` when it connects, `will` when it is lost."""

    topic: str
    birth: bytes
    will: bytes


class Bus(Protocol):
    """Topics are as on the wire. An outage never raises but from `publish`."""

    @property
    def connected(self) -> bool: ...

    async def until_connected(self, *, after: int = 0) -> int:
        """Wait for a connection later than the one numbered `after`, and return its number.

        `while True: number = await bus.until_connected(after=number)` sees each: the place to
        publish all state again, for the broker may have come back without its store.
        """
        ...

    async def publish(self, topic: str, payload: bytes, *, retain: bool = False, qos: Qos = 1) -> None:
        """At QoS 1 this returns when the broker has it; who subscribes in that very moment may yet miss it (NATS).

        Raises BusUnavailable where it cannot say so, and the message may have gone out all the
        same; ValueError for a payload over protocol.topics.MAX_PAYLOAD_BYTES.
        """
        ...

    def subscribe(self, topic_filter: str) -> AsyncGenerator[Message, None]:
        """What is retained, then what is said, for as long as the iterator is read.

        It begins with the first `anext`, and ends with `aclose`. After an outage what is retained comes again, and what
        was said meanwhile is gone: a reconnect is a resync. Filters of one bus that overlap bring
        messages twice. Raises SubscriptionRefused where the login may not read the filter.
        """
        ...
