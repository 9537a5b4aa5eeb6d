"""What every broker of ours is to the rest of the server, whoever runs it: a door that we keep."""

from runtime.clock import Clock
from server.bus.doorkeeper import Door, Doorkeeper, Identities
from server.bus.outage import Outage
from server.bus.permits import CredentialLookup
from server.bus.probe import Login


class GuardedBroker:
    """Give `run` a task of its own, wait for `ready`, connect with `login`."""

    def __init__(self, door: Door, identities: Identities, lookup: CredentialLookup, *, clock: Clock) -> None:
        """`lookup` is asked at every connection: None means unknown or revoked."""
        self._door = door
        self._clock = clock
        self._doorkeeper = Doorkeeper(identities, lookup, clock=clock)
        self._outage = Outage("broker")

    @property
    def host(self) -> str:
        return self._door.host

    @property
    def port(self) -> int:
        """Of the MQTT listener (TLS)."""
        return self._door.mqtt_port

    @property
    def login(self) -> Login:
        return self._doorkeeper.login

    async def ready(self) -> None:
        """Wait until the broker accepts an MQTT login over TLS."""
        await self._doorkeeper.ready.wait()

    async def disconnect(self, client_id: str) -> int:
        """See Doorkeeper.disconnect. A broker that is down holds no connections."""
        return await self._doorkeeper.disconnect(client_id)
