"""The broker that somebody else runs elsewhere: a nats-server with the configuration that we wrote."""

from runtime.supervision import Backoff
from server.bus.broker import Broker
from server.bus.doorkeeper import READY_WITHIN_S, first
from server.bus.errors import BrokerLost
from server.bus.guarded import GuardedBroker

LONGEST_WAIT_S = 5.0


class StandingBroker(GuardedBroker):
    """As Broker, without the child: `run` only decides who connects.

    While no server is there to be asked, devices that are connected stay so, and others are refused until one is back.
    The identities must be those that the broker's configuration names, at every start of the server. A store of it that
    is full is for whoever runs it to empty.
    """

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


AnyBroker = Broker | StandingBroker
