"""The time by which sound is played: steady, corrected by what the server's signed time says.

It runs on the monotonic clock, so a step of the machine's wall clock moves nothing that is measured against the
server. Until the server was asked, it follows the wall clock and its steps.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from protocol.messages import ClockReading
from receiver.instants import EPOCH, microseconds
from receiver.offset import Estimate
from runtime.clock import Clock

STEP_S = 0.05
"""A wall clock that is further off than this was set, not slewed."""


@dataclass(frozen=True, slots=True)
class _Anchor:
    """One instant by both clocks; replaced as a whole, so that other threads never see half of it."""

    monotonic_s: float
    wall_us: int
    offset_us: int


class StationClock:
    """Read by the output's thread, set by the event loop."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._estimate: Estimate | None = None
        self._anchor = self._anchored(0)

    def microseconds_at(self, monotonic_s: float) -> int:
        """Microseconds since 1970 by the station's time at an instant of the monotonic clock."""
        return self.wall_microseconds_at(monotonic_s) + self._anchor.offset_us

    def wall_microseconds_at(self, monotonic_s: float) -> int:
        """The same by this machine's own clock."""
        anchor = self._anchor
        return anchor.wall_us + round((monotonic_s - anchor.monotonic_s) * 1_000_000)

    def now(self) -> datetime:
        return EPOCH + timedelta(microseconds=self.microseconds_at(self._clock.monotonic()))

    def correct(self, estimate: Estimate) -> None:
        """From now on the station's time is as `estimate` says; its own side was read by `wall_microseconds_at`."""
        anchor = self._anchor
        self._estimate = estimate
        self._anchor = _Anchor(anchor.monotonic_s, anchor.wall_us, round(estimate.offset_s * 1_000_000))

    def heed_wall_clock(self) -> bool:
        """Follow a wall clock that was set, as long as the server was never asked; True when it was."""
        if self._estimate is not None:
            return False
        ours = self.wall_microseconds_at(self._clock.monotonic())
        if abs(microseconds(self._clock.now()) - ours) < STEP_S * 1_000_000:
            return False
        self._anchor = self._anchored(0)
        return True

    @property
    def estimate(self) -> Estimate | None:
        return self._estimate

    def reading(self) -> ClockReading | None:
        """What the status tells: the offset from the machine's wall clock as it is now; None when not measured."""
        if self._estimate is None:
            return None
        station_us = self.microseconds_at(self._clock.monotonic())
        offset_ms = (station_us - microseconds(self._clock.now())) / 1_000
        return ClockReading(offset_ms=round(offset_ms, 3), error_ms=round(self._estimate.error_s * 1_000, 3))

    def _anchored(self, offset_us: int) -> _Anchor:
        return _Anchor(self._clock.monotonic(), microseconds(self._clock.now()), offset_us)
