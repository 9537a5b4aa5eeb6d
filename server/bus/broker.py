"""The broker that the server keeps running: a nats-server child with MQTT over TLS, every connection decided by us."""

import asyncio
from contextlib import suppress

import structlog

from runtime.clock import Clock
from runtime.supervision import Backoff
from server.bus import configuration, storage
from server.bus.child import Child, child
from server.bus.configuration import BrokerSettings, Ports
from server.bus.doorkeeper import READY_WITHIN_S, Door, Identities, first
from server.bus.errors import BrokerLost, LoginRefused
from server.bus.guarded import GuardedBroker
from server.bus.permits import CredentialLookup

log = structlog.get_logger()


class Broker(GuardedBroker):
    """Keeps the broker running.

    It is never told to reload its configuration: nats-server then drops every connection
    and, its users being decided elsewhere, forgets every retained message. `restart` does what a
    reload would.
    """

    def __init__(self, settings: BrokerSettings, lookup: CredentialLookup, *, clock: Clock) -> None:
        self._settings = settings
        self._ports = configuration.choose_ports(settings)
        self._identities = Identities()
        super().__init__(_door(settings, self._ports), self._identities, lookup, clock=clock)
        self._restart = asyncio.Event()
        self.pid: int | None = None

    async def run(self) -> None:
        """Keep the broker running until cancelled; it is stopped in order before this returns.

        Raises BrokerMissing at once where there is nothing to run, OSError where its folder refuses.
        """
        program = configuration.find_program()
        waits = Backoff()
        async with asyncio.TaskGroup() as lives:
            while True:
                started, had_store = self._clock.monotonic(), storage.exists(self._settings.folder)
                life = lives.create_task(self._live(program), name="bus: a life of the broker")
                lost = await asyncio.shield(life)  # So that no failing group can swallow our own cancellation.
                if lost is None:
                    continue
                self._outage.begins(lost)
                if had_store and isinstance(lost, LoginRefused):
                    await self._without_store(lost)
                if self._clock.monotonic() - started > READY_WITHIN_S:
                    waits.succeeded()
                await self._clock.sleep(waits.failed())

    async def restart(self) -> None:
        """Stop the child in order and start it again: after a new certificate. Devices come back by themselves."""
        self._doorkeeper.ready.clear()
        self._restart.set()
        await self.ready()

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

    async def _without_store(self, why: LoginRefused) -> None:
        aside = await asyncio.to_thread(storage.set_aside, self._settings.folder)
        log.warning(
            "the broker starts with an empty store", set_aside=str(aside), detail=f"{why}: {self._last_words('[ERR]')}"
        )

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
                    serving = self._doorkeeper.serve(self._door, opened=self._outage.ends, just_started=True)
                    tasks.create_task(serving, name="bus: decide who connects")
            finally:
                self.pid = None

    async def _watch(self, process: Child) -> None:
        status = await asyncio.shield(process.ended)
        raise BrokerLost(f"nats-server ended with {status}: {self._last_words('[FTL]')}")

    async def _until_restart(self) -> None:
        await self._restart.wait()
        raise _Restart

    def _last_words(self, mark: str) -> str:
        """What the child said of its trouble: on standard error before its log was open, in the log after."""
        for name in ("nats.out", "nats.log"):
            with suppress(FileNotFoundError):
                text = (self._settings.folder / name).read_text(errors="replace")
                lines = [line for line in text.splitlines() if line and (name == "nats.out" or mark in line)]
                if lines:
                    return lines[-1]
        return "nothing was said"


def _door(settings: BrokerSettings, ports: Ports) -> Door:
    host = "127.0.0.1" if settings.host == "0.0.0.0" else settings.host  # noqa: S104 -- Read, not bound.
    return Door(host, ports.control, ports.mqtt, ca=settings.ca, name=settings.name)


class _Restart(Exception):  # noqa: N818 -- Not an error: how one life of the child is told to end.
    pass
