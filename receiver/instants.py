"""Instants as indices of samples since 1970, so that positions are whole numbers that can be compared and added.

Index 0 is 1970-01-01T00:00:00Z and 48,000 indices are a second; the nearest index to an instant is at most half a
sample (10.4 µs) away.
"""

from datetime import UTC, datetime, timedelta

from protocol.units import SAMPLE_RATE_HZ, Samples

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def microseconds(instant: datetime) -> int:
    return (instant - EPOCH) // _MICROSECOND


def index_at(microseconds_since_epoch: float) -> Samples:
    return Samples(round(microseconds_since_epoch * SAMPLE_RATE_HZ / 1_000_000))


def index_of(instant: datetime) -> Samples:
    return index_at(microseconds(instant))


def instant_of(index: int) -> datetime:
    """To the nearest microsecond."""
    return EPOCH + timedelta(microseconds=round(index * 1_000_000 / SAMPLE_RATE_HZ))
