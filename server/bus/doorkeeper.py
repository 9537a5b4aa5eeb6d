"""Decides who connects to a broker, for as long as one life of that broker holds."""

import asyncio
import secrets
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

from protocol.topics import ROOT
from runtime.clock import Clock
from server.bus import claims
from server.bus.callout import Callout, control_connection
from server.bus.errors import BrokerLost, BusUnavailable, LoginRefused, Unwelcome
from server.bus.permits import Credential, CredentialLookup, hashed
from server.bus.probe import Login, knock, trust

READY_WITHIN_S = 20.0
REFUSED_FOR_S = 5.0
"""A broker that is only starting refuses nobody for so long."""
_LOOK_EVERY_S = 0.01
_SETTLE_S = 0.5
_SERVER, _PROBE = "server", "probe"


@dataclass(frozen=True, slots=True)
class Identities:
    """Whom a broker's configuration names: who may answer its questions, and whose signature it believes."""

    operator: claims.Identity = field(default_factory=lambda: claims.Identity(claims.USER))
    issuer: claims.Identity = field(default_factory=lambda: claims.Identity(claims.ACCOUNT))


@dataclass(frozen=True, slots=True)
class Door:
    """Where a broker is reached: its control port, with TLS beyond loopback, and its MQTT listener."""

    host: str
    control_port: int
    mqtt_port: int
    ca: Path
    name: str
    """What the certificate must hold for."""
    control_tls: bool = False

    def control_trust(self) -> ssl.SSLContext | None:
        return trust(self.ca) if self.control_tls else None


class Doorkeeper:
    def __init__(self, identities: Identities, lookup: CredentialLookup, *, clock: Clock) -> None:
        """`lookup` is asked at every connection: None means unknown or revoked."""
        self._identities = identities
        self._lookup = lookup
        self._clock = clock
        self._probe = Login(_PROBE, secrets.token_hex(32))
        self.login = Login(_SERVER, secrets.token_hex(32))
        everything = (f"{ROOT}/#",)
        self._own = {
            _SERVER: Credential(_SERVER, _SERVER, hashed(self.login.secret), everything, everything),
            _PROBE: Credential(_PROBE, _PROBE, hashed(self._probe.secret), (), ()),
        }
        self._callout: Callout | None = None
        self.ready = asyncio.Event()
        """Set while the broker accepts an MQTT login over TLS."""

    async def serve(self, door: Door, *, opened: Callable[[], None], just_started: bool) -> None:
        """Answer until the broker is lost (BrokerLost, in a group); `opened` is called when it accepts a login.

        Of a broker that has just started, whoever is connected was never decided and waits in vain: it is sent away, to
        come back at once. A broker that stood before keeps those whom it let in.
        """
        cancellations = _cancellations()
        try:
            await self._until(lambda: _control_port_answers(door))
            async with control_connection(
                door.host, door.control_port, self._identities.operator, tls=door.control_trust(), name=door.name
            ) as client:
                callout = Callout(client, issuer=self._identities.issuer, own=self._own, lookup=self._lookup)
                async with asyncio.TaskGroup() as tasks:
                    questions = await callout.listen()
                    tasks.create_task(callout.run(questions), name="bus: answer the broker")
                    if just_started:
                        await callout.send_away_the_early()
                    await self._until(lambda: self._mqtt_answers(door))
                    await callout.keep_only_the_latest()
                    if _cancellations() > cancellations:
                        # nats-py waits with asyncio.wait_for, which before Python 3.12 may return where it was
                        # cancelled: a server that stops at that very moment would wait here for ever.
                        raise asyncio.CancelledError
                    self._callout = callout
                    opened()
                    self.ready.set()
        finally:
            self.ready.clear()
            self._callout = None

    async def disconnect(self, client_id: str) -> int:
        """End the live connections of a client id whose credential was revoked; how many there were.

        Revoke first, then call this: a connection that was granted a moment before is caught by a
        second look. Raises BusUnavailable where the broker is up and does not answer.
        """
        if self._callout is None:
            return 0
        try:
            count = await self._callout.disconnect(client_id)
            await self._clock.sleep(_SETTLE_S)
            return count + await self._callout.disconnect(client_id)
        except BrokerLost as error:
            raise BusUnavailable(str(error)) from error

    async def _until(self, answers: Callable[[], Awaitable[None]]) -> None:
        end = self._clock.monotonic() + READY_WITHIN_S
        refused: float | None = None
        while True:
            try:
                return await answers()
            except Unwelcome as error:
                now = self._clock.monotonic()
                refused = refused or now
                if now - refused > REFUSED_FOR_S:
                    raise LoginRefused(f"refused for {REFUSED_FOR_S:.0f} s: {error}") from error
            except (BusUnavailable, OSError) as error:
                if self._clock.monotonic() > end:
                    raise BrokerLost(f"not ready after {READY_WITHIN_S:.0f} s: {error}") from error
            await self._clock.sleep(_LOOK_EVERY_S)

    async def _mqtt_answers(self, door: Door) -> None:
        await knock(door.host, door.mqtt_port, name=door.name, tls=trust(door.ca), login=self._probe)


def _cancellations() -> int:
    task = asyncio.current_task()
    return task.cancelling() if task else 0


async def _control_port_answers(door: Door) -> None:
    _, writer = await asyncio.open_connection(door.host, door.control_port)
    writer.close()
    await writer.wait_closed()


def first(group: BaseExceptionGroup[BrokerLost]) -> BrokerLost:
    """Of a group that may hold groups."""
    inner = group.exceptions[0]
    return first(inner) if isinstance(inner, BaseExceptionGroup) else inner
