"""The broker that the server keeps running: a nats-server child with MQTT over TLS, every connection decided by us."""

import asyncio
from contextlib import suppress

from runtime.clock import Clock
from runtime.supervision import Backoff
from server.bus import configuration
from server.bus.child import Child, child
from server.bus.configuration import BrokerSettings
from server.bus.doorkeeper import READY_WITHIN_S, Door, Doorkeeper, Identities, first
from server.bus.errors import BrokerLost
from server.bus.outage import Outage
from server.bus.permits import CredentialLookup
from server.bus.probe import Login


class Broker:
    """Give `run` a task of its own, wait for `ready`, connect with `login`.

    The broker is never told to reload its configuration: nats-server then drops every connection
    and, its users being decided elsewhere, forgets every retained message. `restart` does what a
    reload would.
    """

    def __init__(self, settings: BrokerSettings, lookup: CredentialLookup, *, clock: Clock) -> None:
        """`lookup` is asked at every connection: None means unknown or revoked."""
        self._settings = settings
        self._clock = clock
        self._ports = configuration.choose_ports(settings)
        self._identities = Identities()
        self._doorkeeper = Doorkeeper(self._identities, lookup, clock=clock)
        self._outage = Outage("broker")
        self._restart = asyncio.Event()
        self.pid: int | None = None

    @property
    def host(self) -> str:
        return "127.0.0.1" if self._settings.host == "0.0.0.0" else self._settings.host  # noqa: S104 -- Read, not bound.

    @property
    def port(self) -> int:
        """Of the MQTT listener (TLS)."""
        return self._ports.mqtt

    @property
    def login(self) -> Login:
        return self._doorkeeper.login

    async def ready(self) -> None:
        """Wait until the broker accepts an MQTT login over TLS."""
        await self._doorkeeper.ready.wait()

    async def run(self) -> None:
        """Keep the broker running until cancelled; it is stopped in order before this returns.

        Raises BrokerMissing at once where there is nothing to run, OSError where its folder refuses.
        """
        program = configuration.find_program()
        waits = Backoff()
        while True:
            started = self._clock.monotonic()
            lost = await self._live(program)
            if lost is None:
                continue
            self._outage.begins(lost)
            if self._clock.monotonic() - started > READY_WITHIN_S:
                waits.succeeded()
            await self._clock.sleep(waits.failed())

    async def restart(self) -> None:
        """Stop the child in order and start it again: after a new certificate. Devices come back by themselves."""
        self._doorkeeper.ready.clear()
        self._restart.set()
        await self.ready()

    async def disconnect(self, client_id: str) -> int:
        """See Doorkeeper.disconnect. A broker that is down holds no connections."""
        return await self._doorkeeper.disconnect(client_id)

    async def _live(self, program: str) -> BrokerLost | None:
        """One life of the child; how it was lost, None where a restart was asked for."""
        lost: BrokerLost | None = None
        try:
            await self._serve_until_end(program)
        except* _Restart:
            pass
        except* BrokerLost as group:
            lost = first(group)
        return lost

    async def _serve_until_end(self, program: str) -> None:
        self._restart.clear()
        names = self._identities
        path = configuration.write(
            self._settings, self._ports, operator=names.operator.public, issuer=names.issuer.public
        )
        output = self._settings.folder / "nats.out"
        async with child([program, "--config", str(path)], output=output) as process:
            self.pid = process.pid
            try:
                async with asyncio.TaskGroup() as tasks:
                    tasks.create_task(self._watch(process), name="bus: watch the broker")
                    tasks.create_task(self._until_restart(), name="bus: wait for a restart")
                    serving = self._doorkeeper.serve(self._door(), opened=self._outage.ends, just_started=True)
                    tasks.create_task(serving, name="bus: decide who connects")
            finally:
                self.pid = None

    def _door(self) -> Door:
        settings, ports = self._settings, self._ports
        return Door(self.host, ports.control, ports.mqtt, ca=settings.ca, name=settings.name)

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
