"""The broker that somebody else runs elsewhere: a nats-server with the configuration that we wrote."""

from runtime.clock import Clock
from runtime.supervision import Backoff
from server.bus.broker import Broker
from server.bus.doorkeeper import READY_WITHIN_S, Door, Doorkeeper, Identities, first
from server.bus.errors import BrokerLost
from server.bus.outage import Outage
from server.bus.permits import CredentialLookup
from server.bus.probe import Login

LONGEST_WAIT_S = 5.0


class StandingBroker:
    """As Broker, without the child: `run` only decides who connects.

    While no server is there to be asked, devices that are connected stay so, and others are refused until one is back.
    """

    def __init__(self, door: Door, identities: Identities, lookup: CredentialLookup, *, clock: Clock) -> None:
        """`identities` must be those that the broker's configuration names, at every start of the server."""
        self._door = door
        self._clock = clock
        self._doorkeeper = Doorkeeper(identities, lookup, clock=clock)
        self._outage = Outage("broker")

    @property
    def host(self) -> str:
        return self._door.host

    @property
    def port(self) -> int:
        return self._door.mqtt_port

    @property
    def login(self) -> Login:
        return self._doorkeeper.login

    async def ready(self) -> None:
        """Wait until the broker accepts an MQTT login over TLS."""
        await self._doorkeeper.ready.wait()

    async def run(self) -> None:
        """Decide who connects, until cancelled; a broker that is lost is waited for."""
        waits = Backoff(longest_s=LONGEST_WAIT_S)
        while True:
            started = self._clock.monotonic()
            try:
                await self._doorkeeper.serve(self._door, opened=self._outage.ends, just_started=False)
            except* BrokerLost as group:
                self._outage.begins(first(group))
            if self._clock.monotonic() - started > READY_WITHIN_S:
                waits.succeeded()
            await self._clock.sleep(waits.failed())

    async def disconnect(self, client_id: str) -> int:
        """See Doorkeeper.disconnect."""
        return await self._doorkeeper.disconnect(client_id)


AnyBroker = Broker | StandingBroker
