"""Units as types, and the one sample rate of everything that sounds."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, NewType

from pydantic import AfterValidator, AwareDatetime, Field, StringConstraints

Samples = NewType("Samples", int)
"""A count of mono samples at SAMPLE_RATE_HZ."""

SAMPLE_RATE_HZ = 48_000
"""Opus decodes at 48 kHz whatever went in (RFC 7845, 5.1)."""


def _in_utc(value: datetime) -> datetime:
    try:
        return value.astimezone(UTC)
    except OverflowError as error:
        # Year 1 east of Greenwich: pydantic turns only a ValueError into a refusal.
        raise ValueError("an instant outside the calendar") from error


Utc = Annotated[AwareDatetime, AfterValidator(_in_utc)]
"""An instant; on the wire ISO 8601 with its zone, here always UTC."""

MAX_COUNT = 2**53 - 1
"""The largest integer that every JSON reader keeps exactly (RFC 8259, 6); databases hold it too."""

Count = Annotated[int, Field(ge=0, le=MAX_COUNT)]
Ordinal = Annotated[int, Field(ge=1, le=MAX_COUNT)]

MAX_OCCURRENCE_SAMPLES = 24 * 3_600 * SAMPLE_RATE_HZ
"""A day: no version is longer, and none begins later within its occurrence."""

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Identifier = Annotated[str, StringConstraints(pattern=r"^[a-z]+-[0-9a-z]{4,40}$")]
LanguageTag = Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$", max_length=35)]
"""BCP 47 (RFC 5646); the well-formed shape only."""
Volume = Annotated[int, Field(ge=0, le=100)]
"""REQ-24: 0 to 100, 100 being the output's full scale."""


def duration(samples: int) -> timedelta:
    return timedelta(microseconds=round(samples * 1_000_000 / SAMPLE_RATE_HZ))


def samples_between(start: datetime, end: datetime) -> Samples:
    """Samples from `start` to `end`, to the nearest; negative when `end` is earlier."""
    return Samples(round((end - start) / timedelta(microseconds=1) * SAMPLE_RATE_HZ / 1_000_000))
