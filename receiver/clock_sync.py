"""Asks the server for its time, in bursts of signed questions (the arithmetic is in receiver.offset)."""

import asyncio
import secrets
from collections.abc import Callable
from datetime import UTC, datetime

import structlog

from protocol.errors import MessageRefused
from protocol.messages import TimeReply
from protocol.signing import Trust
from receiver import offset
from receiver.errors import ServerRefused, Unreachable
from receiver.instants import microseconds
from receiver.offset import Estimate, Exchange
from receiver.server_api import ServerApi
from receiver.station_clock import StationClock
from runtime.clock import Clock
from runtime.supervision import Backoff

BURST = 8
INTERVAL_S = 600.0
_UNDATED = datetime.min.replace(tzinfo=UTC)

log = structlog.get_logger()


class ClockSync:
    """`epoch_floor` says which epoch of the server's key is in force; an older one has no say."""

    def __init__(
        self, api: ServerApi, trust: Trust, *, clock: Clock, station: StationClock, epoch_floor: Callable[[], int]
    ) -> None:
        self._api, self._trust, self._clock, self._station = api, trust, clock, station
        self._epoch_floor = epoch_floor
        self._asked_again = asyncio.Event()
        self.tried = asyncio.Event()
        """Set once the first burst has come back, or failed."""

    def ask_again(self) -> None:
        """The link is up: the path may be another one."""
        self._asked_again.set()

    async def run(self) -> None:
        waits = Backoff(first_s=1.0, longest_s=60.0)
        while True:
            self._asked_again.clear()
            if estimate := await asyncio.to_thread(self.burst):
                self._station.correct(offset.chosen(self._station.estimate, estimate))
                waits.succeeded()
                wait_s = INTERVAL_S
            else:
                wait_s = waits.failed()
            self.tried.set()
            await self._waited(wait_s)

    async def _waited(self, seconds: float) -> None:
        async with asyncio.TaskGroup() as group:
            timer = group.create_task(self._clock.sleep(seconds), name="clock-interval")
            again = group.create_task(self._asked_again.wait(), name="clock-again")
            await asyncio.wait({timer, again}, return_when=asyncio.FIRST_COMPLETED)
            timer.cancel()
            again.cancel()

    def burst(self) -> Estimate | None:
        """None when nothing usable came back."""
        exchanges: list[Exchange] = []
        try:
            for _ in range(BURST):
                exchanges.append(self._exchange())  # noqa: PERF401 -- What came before a failure counts.
        except (Unreachable, ServerRefused, MessageRefused) as error:
            log.info("time-not-answered", detail=str(error), answers=len(exchanges))
        return offset.best(exchanges)

    def _exchange(self) -> Exchange:
        """Raises MessageRefused for an answer that is not by the server's key, or to another question."""
        nonce = secrets.token_hex(16)
        asked = self._clock.monotonic()
        payload = self._api.time(nonce)
        heard = self._clock.monotonic()
        # The nonce makes it fresh; its expiry cannot be judged by the clock that it is to correct.
        signed = self._trust.verify(payload, TimeReply, audience=f"time/{nonce}", now=_UNDATED)
        if signed.epoch < self._epoch_floor():
            raise Unreachable(f"time of epoch {signed.epoch}, which is over")
        return Exchange(
            asked_s=self._station.wall_microseconds_at(asked) / 1_000_000,
            received_s=microseconds(signed.body.received) / 1_000_000,
            answered_s=microseconds(signed.body.sent) / 1_000_000,
            heard_s=self._station.wall_microseconds_at(heard) / 1_000_000,
        )
