"""A device reduced to the bytes of MQTT 3.1.1, so that tests see return codes and can die without a word."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Self

REFUSED = 0x80


class Gone(Exception):  # noqa: N818 -- What happened, not an error of ours.
    """The broker hung up."""


@dataclass(frozen=True)
class Received:
    topic: str
    payload: bytes
    retained: bool


@dataclass(frozen=True)
class Will:
    topic: str
    payload: bytes


@dataclass
class Device:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    inbox: list[Received] = field(default_factory=list)
    _packet_id: int = 0

    @classmethod
    async def connect(
        cls,
        port: int,
        tls: ssl.SSLContext,
        *,
        client_id: str,
        user: str | None = None,
        secret: str,
        will: Will | None = None,
        keepalive_s: int = 30,
        persistent: bool = False,
    ) -> Self:
        """Raises Gone with the CONNACK's code, or where there is none."""
        reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=tls, server_hostname="localhost")
        device = cls(reader, writer)
        flags = 0b1100_0000 | (0 if persistent else 0b10) | (0b0010_1100 if will else 0)
        fields = [client_id.encode(), *([will.topic.encode(), will.payload] if will else [])]
        fields += [(user or client_id).encode(), secret.encode()]
        body = b"\x00\x04MQTT\x04" + bytes([flags]) + keepalive_s.to_bytes(2, "big")
        device._send(0x10, body + b"".join(len(part).to_bytes(2, "big") + part for part in fields))
        try:
            kind, answer = await device._packet()
        except Gone:
            device.die()
            raise
        if kind != 0x20 or answer[1]:
            device.die()
            raise Gone(f"CONNACK {answer[1]}")
        return device

    async def subscribe(self, *filters: str, qos: int = 0) -> list[int]:
        """The return codes; what arrives meanwhile goes to the inbox."""
        self._packet_id += 1
        body = b"".join(len(name).to_bytes(2, "big") + name.encode() + bytes([qos]) for name in filters)
        self._send(0x82, self._packet_id.to_bytes(2, "big") + body)
        return list((await self._until(0x90))[2:])

    async def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        """At QoS 1; returns with the PUBACK, which a broker may send for what it throws away too."""
        self._packet_id += 1
        name = len(topic).to_bytes(2, "big") + topic.encode()
        self._send(0x32 | retain, name + self._packet_id.to_bytes(2, "big") + payload)
        await self._until(0x40)

    async def flood(self, topic: str, payload: bytes, *, count: int, qos: int, retain: bool) -> None:
        """As fast as the broker reads, with no acknowledgement of an acknowledgement. Raises Gone."""
        name = len(topic).to_bytes(2, "big") + topic.encode()
        acknowledged = asyncio.create_task(self.until_gone())
        try:
            for number in range(count):
                packet_id = (number % 65_535 + 1).to_bytes(2, "big") if qos else b""
                self._send(0x30 | qos << 1 | retain, name + packet_id + payload)
                await self.writer.drain()
                await asyncio.sleep(0)  # Or the loop never gets to hear of a hang-up.
                if acknowledged.done():
                    raise Gone("the broker hung up")
        except OSError as error:
            raise Gone("the broker hung up") from error
        finally:
            acknowledged.cancel()
            await asyncio.gather(acknowledged, return_exceptions=True)

    async def keep(self, topic: str, payload: bytes) -> None:
        """Publish retained state, and wait until a subscription gets it.

        nats-server acknowledges a little before it hands the state to new subscribers.
        """
        await self.publish(topic, payload, retain=True)
        while Received(topic, payload, retained=True) not in self.inbox:
            await self.subscribe(topic)
            await self.settled()
        self.inbox.clear()

    async def settled(self) -> list[Received]:
        """All that the broker had to say until it answered a ping."""
        self._send(0xC0, b"")
        await self._until(0xD0)
        return self.inbox

    async def next(self) -> Received:
        while not self.inbox:
            await self._take()
        return self.inbox.pop(0)

    async def until_gone(self) -> None:
        try:
            while True:
                await self._take()
        except Gone:
            self.die()

    def die(self) -> None:
        """As when the power fails: no DISCONNECT."""
        self.writer.transport.abort()

    async def _until(self, kind: int) -> bytes:
        while True:
            got, body = await self._take()
            if got == kind:
                return body

    async def _take(self) -> tuple[int, bytes]:
        kind, body = await self._packet()
        if kind & 0xF0 == 0x30:
            end = 2 + int.from_bytes(body[:2], "big")
            start = end + (2 if kind & 0x06 else 0)
            self.inbox.append(Received(body[2:end].decode(), body[start:], bool(kind & 1)))
        return kind, body

    async def _packet(self) -> tuple[int, bytes]:
        try:
            kind = (await self.reader.readexactly(1))[0]
            length = shift = 0
            while True:
                digit = (await self.reader.readexactly(1))[0]
                length |= (digit & 0x7F) << shift
                shift += 7
                if digit < 0x80:
                    return kind, await self.reader.readexactly(length)
        except (OSError, asyncio.IncompleteReadError) as error:
            raise Gone("the broker hung up") from error

    def _send(self, kind: int, body: bytes) -> None:
        length, digits = len(body), bytearray()
        while True:
            length, digit = divmod(length, 128)
            digits.append(digit | (0x80 if length else 0))
            if not length:
                break
        self.writer.write(bytes([kind]) + bytes(digits) + body)


@asynccontextmanager
async def device(
    port: int,
    tls: ssl.SSLContext,
    client_id: str,
    *,
    secret: str,
    user: str | None = None,
    will: Will | None = None,
) -> AsyncIterator[Device]:
    one = await Device.connect(port, tls, client_id=client_id, user=user, secret=secret, will=will)
    try:
        yield one
    finally:
        one.die()
