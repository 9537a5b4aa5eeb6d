"""How far the server's clock is from ours, from questions and answers with their four times. Pure; all in seconds."""

from collections.abc import Iterable
from dataclasses import dataclass

DRIFT = 50e-6
"""How fast two uncompensated crystals may run apart."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One question: sent and heard by our clock, received and answered by the server's."""

    asked_s: float
    received_s: float
    answered_s: float
    heard_s: float

    @property
    def round_trip_s(self) -> float:
        """Time on the way, both ways; the server's own time is taken out."""
        return max(0.0, (self.heard_s - self.asked_s) - (self.answered_s - self.received_s))

    @property
    def offset_s(self) -> float:
        return ((self.received_s - self.asked_s) + (self.answered_s - self.heard_s)) / 2


@dataclass(frozen=True, slots=True)
class Estimate:
    """The server's clock minus ours is `offset_s`, give or take `error_s`."""

    offset_s: float
    error_s: float
    measured_s: float
    """When, by our clock."""

    def error_at(self, now_s: float) -> float:
        return self.error_s + abs(now_s - self.measured_s) * DRIFT


def best(burst: Iterable[Exchange]) -> Estimate | None:
    """By the exchange with the lowest round trip: whatever delays a packet, nothing makes it faster."""
    exchange = min(burst, key=lambda exchange: exchange.round_trip_s, default=None)
    if exchange is None:
        return None
    return Estimate(exchange.offset_s, exchange.round_trip_s / 2, exchange.heard_s)


def chosen(before: Estimate | None, after: Estimate) -> Estimate:
    """The later one, unless the earlier one, aged by the drift that may be, is still the better bound."""
    if before is None or after.error_s <= before.error_at(after.measured_s):
        return after
    return before
