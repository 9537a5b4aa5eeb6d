"""Whether an MQTT broker really accepts a login over TLS: one CONNECT, one CONNACK, one DISCONNECT."""

import asyncio
import ssl
from dataclasses import dataclass
from pathlib import Path

from server.bus.errors import BusUnavailable, Unwelcome

_CONNACK, _DISCONNECT = 0x20, b"\xe0\x00"


@dataclass(frozen=True, slots=True)
class Login:
    """A user, who is also the client id, and the secret."""

    user: str
    secret: str


def trust(ca: Path) -> ssl.SSLContext:
    """TLS that believes only our own CA. Raises OSError where the file cannot be read."""
    context = ssl.create_default_context(ssl.Purpose.SERVER_AUTH, cafile=ca)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


async def knock(host: str, port: int, *, name: str, tls: ssl.SSLContext, login: Login) -> None:
    """Raises BusUnavailable where the broker is not there or not ours, Unwelcome where it refuses the login."""
    try:
        reader, writer = await asyncio.open_connection(host, port, ssl=tls, server_hostname=name)
    except OSError as error:
        raise BusUnavailable(str(error)) from error
    try:
        writer.write(connect_packet(login))
        head = await reader.readexactly(4)
        writer.write(_DISCONNECT)
    except (OSError, asyncio.IncompleteReadError) as error:
        raise Unwelcome("the broker hung up") from error
    finally:
        writer.transport.abort()
    if head[0] != _CONNACK or head[3] != 0:
        raise Unwelcome(f"the broker answered {head.hex()}")


def connect_packet(login: Login, *, keepalive_s: int = 30) -> bytes:
    """MQTT 3.1.1 CONNECT with a clean session."""
    fields = b"".join(_text(field) for field in (login.user, login.user, login.secret))
    body = b"\x00\x04MQTT\x04\xc2" + keepalive_s.to_bytes(2, "big") + fields
    return b"\x10" + _length(len(body)) + body


def _text(value: str) -> bytes:
    data = value.encode()
    return len(data).to_bytes(2, "big") + data


def _length(count: int) -> bytes:
    digits = bytearray()
    while True:
        count, digit = divmod(count, 128)
        digits.append(digit | (0x80 if count else 0))
        if not count:
            return bytes(digits)
