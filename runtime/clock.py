"""The only place that reads the real clock.

Code takes `now` as an argument, or waits on a `Clock` that its caller gives it; so weeks
pass in milliseconds in the tests.
"""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    def now(self) -> datetime:
        """The wall clock as an aware datetime in UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds that never step backwards, from an arbitrary origin."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait; zero or less only yields to the other tasks."""
        ...


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)  # noqa: TID251 -- This is the place.

    def monotonic(self) -> float:
        return time.monotonic()  # noqa: TID251 -- This is the place.

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(max(0.0, seconds))  # noqa: TID251 -- This is the place.


class ManualClock:
    """A clock that moves only when told to.

    `advance` wakes the sleepers in the order of their times, and lets each run until it waits again.
    """

    def __init__(self, now: datetime) -> None:
        self._start = now
        self._elapsed = 0.0
        self._sleepers: list[tuple[float, int, asyncio.Event]] = []
        self._count = 0

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self._elapsed)

    def monotonic(self) -> float:
        return self._elapsed

    def step_wall_clock(self, by: timedelta) -> None:
        """Set the wall clock as an operator or NTP would; monotonic time goes on as before."""
        self._start += by

    async def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            await asyncio.sleep(0)  # noqa: TID251 -- Yields only; no time passes.
            return
        self._count += 1
        sleeper = (self._elapsed + seconds, self._count, asyncio.Event())
        self._sleepers.append(sleeper)
        try:
            await sleeper[2].wait()
        finally:
            if sleeper in self._sleepers:
                self._sleepers.remove(sleeper)

    async def advance(self, seconds: float) -> None:
        end = self._elapsed + seconds
        await self._settle()
        while due := sorted(s for s in self._sleepers if s[0] <= end):
            wake, _, event = due[0]
            self._elapsed = max(self._elapsed, wake)
            self._sleepers.remove(due[0])
            event.set()
            await self._settle()
        self._elapsed = end

    @staticmethod
    async def _settle() -> None:
        for _ in range(20):
            await asyncio.sleep(0)  # noqa: TID251 -- Yields only; no time passes.
