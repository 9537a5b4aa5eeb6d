"""The broker that the server keeps running: a nats-server child with MQTT over TLS, every connection decided by us."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from contextlib import suppress

from protocol.topics import ROOT
from runtime.clock import Clock
from runtime.supervision import Backoff
from server.bus import claims, configuration
from server.bus.callout import Callout, control_connection
from server.bus.child import Child, child
from server.bus.configuration import BrokerSettings
from server.bus.errors import BrokerLost, BusUnavailable
from server.bus.outage import Outage
from server.bus.permits import Credential, CredentialLookup, hashed
from server.bus.probe import Login, knock, trust

READY_WITHIN_S = 20.0
_LOOK_EVERY_S = 0.01
_SETTLE_S = 0.5
_SERVER, _PROBE = "server", "probe"


class Broker:
    """Give `run` a task of its own, wait for `ready`, connect with `login`.

    The broker is never told to reload its configuration: nats-server then drops every connection
    and, its users being decided elsewhere, forgets every retained message. `restart` does what a
    reload would.
    """

    def __init__(self, settings: BrokerSettings, lookup: CredentialLookup, *, clock: Clock) -> None:
        """`lookup` is asked at every connection: None means unknown or revoked."""
        self._settings = settings
        self._lookup = lookup
        self._clock = clock
        self._ports = configuration.choose_ports(settings)
        self._operator = claims.Identity(claims.USER)
        self._issuer = claims.Identity(claims.ACCOUNT)
        self._probe = Login(_PROBE, secrets.token_hex(32))
        self.login = Login(_SERVER, secrets.token_hex(32))
        everything = (f"{ROOT}/#",)
        self._own = {
            _SERVER: Credential(_SERVER, _SERVER, hashed(self.login.secret), everything, everything),
            _PROBE: Credential(_PROBE, _PROBE, hashed(self._probe.secret), (), ()),
        }
        self._outage = Outage("broker")
        self._ready = asyncio.Event()
        self._restart = asyncio.Event()
        self._callout: Callout | None = None
        self.pid: int | None = None

    @property
    def port(self) -> int:
        """Of the MQTT listener (TLS)."""
        return self._ports.mqtt

    async def ready(self) -> None:
        """Wait until the broker accepts an MQTT login over TLS."""
        await self._ready.wait()

    async def run(self) -> None:
        """Keep the broker running until cancelled; it is stopped in order before this returns.

        Raises BrokerMissing at once where there is nothing to run, OSError where its folder refuses.
        """
        program = configuration.find_program()
        waits = Backoff()
        async with asyncio.TaskGroup() as lives:
            while True:
                started = self._clock.monotonic()
                life = lives.create_task(self._live(program), name="bus: a life of the broker")
                lost = await asyncio.shield(life)  # So that no failing group can swallow our own cancellation.
                if lost is None:
                    continue
                self._outage.begins(lost)
                if self._clock.monotonic() - started > READY_WITHIN_S:
                    waits.succeeded()
                await self._clock.sleep(waits.failed())

    async def restart(self) -> None:
        """Stop the child in order and start it again: after a new certificate. Devices come back by themselves."""
        self._ready.clear()
        self._restart.set()
        await self.ready()

    async def disconnect(self, client_id: str) -> int:
        """End the live connections of a client id whose credential was revoked; how many there were.

        Revoke first, then call this: a connection that was granted a moment before is caught by a
        second look. A broker that is down holds no connections. Raises BusUnavailable where it
        is up and does not answer.
        """
        if self._callout is None:
            return 0
        try:
            count = await self._callout.disconnect(client_id)
            await self._clock.sleep(_SETTLE_S)
            return count + await self._callout.disconnect(client_id)
        except BrokerLost as error:
            raise BusUnavailable(str(error)) from error

    async def _live(self, program: str) -> BrokerLost | None:
        """One life of the child; how it was lost, None where a restart was asked for."""
        lost: BrokerLost | None = None
        try:
            await self._serve_until_end(program)
        except* _Restart:
            pass
        except* BrokerLost as group:
            lost = _first(group)
        return lost

    async def _serve_until_end(self, program: str) -> None:
        self._restart.clear()
        path = configuration.write(
            self._settings, self._ports, operator=self._operator.public, issuer=self._issuer.public
        )
        output = self._settings.folder / "nats.out"
        async with child([program, "--config", str(path)], output=output) as process:
            self.pid = process.pid
            try:
                async with asyncio.TaskGroup() as tasks:
                    tasks.create_task(self._watch(process), name="bus: watch the broker")
                    tasks.create_task(self._until_restart(), name="bus: wait for a restart")
                    tasks.create_task(self._serve(), name="bus: decide who connects")
            finally:
                self._ready.clear()
                self._callout = self.pid = None

    async def _serve(self) -> None:
        await self._until(self._control_port_answers)
        async with control_connection(self._ports.control, self._operator) as client:
            callout = Callout(client, issuer=self._issuer, own=self._own, lookup=self._lookup)
            async with asyncio.TaskGroup() as tasks:
                questions = await callout.listen()
                tasks.create_task(callout.run(questions), name="bus: answer the broker")
                await callout.send_away_the_early()
                await self._until(self._mqtt_answers)
                self._callout = callout
                self._outage.ends()
                self._ready.set()

    async def _until(self, answers: Callable[[], Awaitable[None]]) -> None:
        end = self._clock.monotonic() + READY_WITHIN_S
        while True:
            try:
                return await answers()
            except (BusUnavailable, OSError) as error:
                if self._clock.monotonic() > end:
                    raise BrokerLost(f"not ready after {READY_WITHIN_S:.0f} s: {error}") from error
            await self._clock.sleep(_LOOK_EVERY_S)

    async def _control_port_answers(self) -> None:
        _, writer = await asyncio.open_connection("127.0.0.1", self._ports.control)
        writer.close()
        await writer.wait_closed()

    async def _mqtt_answers(self) -> None:
        context = trust(self._settings.ca)
        host = "127.0.0.1" if self._settings.host == "0.0.0.0" else self._settings.host  # noqa: S104 -- Read, not bound.
        await knock(host, self.port, name=self._settings.name, tls=context, login=self._probe)

    async def _watch(self, process: Child) -> None:
        status = await asyncio.shield(process.ended)
        raise BrokerLost(f"nats-server ended with {status}: {self._last_words()}")

    async def _until_restart(self) -> None:
        await self._restart.wait()
        raise _Restart

    def _last_words(self) -> str:
        """What the child said of its end: on standard error before its log was open, in the log after."""
        for name in ("nats.out", "nats.log"):
            with suppress(FileNotFoundError):
                text = (self._settings.folder / name).read_text(errors="replace")
                lines = [line for line in text.splitlines() if line and (name == "nats.out" or "[FTL]" in line)]
                if lines:
                    return lines[-1]
        return "nothing was said"


class _Restart(Exception):  # noqa: N818 -- Not an error: how one life of the child is told to end.
    pass


def _first(group: BaseExceptionGroup[BrokerLost]) -> BrokerLost:
    inner = group.exceptions[0]
    return _first(inner) if isinstance(inner, BaseExceptionGroup) else inner
