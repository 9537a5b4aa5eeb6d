"""A broker in memory, for tests and for what needs none: retained state, wildcards, and outages on demand."""

from collections.abc import AsyncGenerator

from protocol.topics import MAX_PAYLOAD_BYTES
from server.bus.connections import Connections
from server.bus.errors import BusUnavailable
from server.bus.inbox import Inbox
from server.bus.port import Message, Qos


class MemoryBroker:
    def __init__(self) -> None:
        self.retained: dict[str, bytes] = {}
        self._clients: list[MemoryBus] = []

    def client(self) -> "MemoryBus":
        """A connection of its own, up until its lever `cut` is pulled."""
        made = MemoryBus(self)
        self._clients.append(made)
        return made

    def take(self, message: Message, *, retain: bool) -> None:
        if retain and message.payload:
            self.retained[message.topic] = message.payload
        elif retain:
            self.retained.pop(message.topic, None)
        for client in self._clients:
            client.hear(message)


class MemoryBus:
    """A client of a MemoryBroker. Levers: `cut`, `mend`."""

    def __init__(self, broker: MemoryBroker) -> None:
        self._broker = broker
        self._inboxes: list[Inbox] = []
        self._connections = Connections()
        self._connections.begins()

    @property
    def connected(self) -> bool:
        return self._connections.up

    def cut(self) -> None:
        self._connections.ends()

    def mend(self) -> None:
        """Connect again: every subscription gets what is retained."""
        self._connections.begins()
        for inbox in self._inboxes:
            self._replay(inbox)

    async def until_connected(self, *, after: int = 0) -> int:
        return await self._connections.later_than(after)

    async def publish(self, topic: str, payload: bytes, *, retain: bool = False, qos: Qos = 1) -> None:  # noqa: ARG002 -- Memory loses nothing.
        if len(payload) > MAX_PAYLOAD_BYTES:
            raise ValueError(f"{len(payload)} bytes for {topic}")
        if not self.connected:
            raise BusUnavailable("no connection to the broker")
        self._broker.take(Message(topic, payload, retained=False), retain=retain)

    async def subscribe(self, topic_filter: str) -> AsyncGenerator[Message, None]:
        inbox = Inbox(topic_filter)
        self._inboxes.append(inbox)
        try:
            if self.connected:
                self._replay(inbox)
            while True:
                yield await inbox.next()
        finally:
            self._inboxes.remove(inbox)

    def hear(self, message: Message) -> None:
        if self.connected:
            for inbox in self._inboxes:
                inbox.put(message)

    def _replay(self, inbox: Inbox) -> None:
        for topic, payload in self._broker.retained.items():
            inbox.put(Message(topic, payload, retained=True))
