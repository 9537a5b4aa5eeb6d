"""Units as types, and the one sample rate of everything that sounds."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, NewType

from pydantic import AfterValidator, AwareDatetime, Field, StringConstraints

Samples = NewType("Samples", int)
"""A count of mono samples at SAMPLE_RATE_HZ."""

SAMPLE_RATE_HZ = 48_000
"""Opus decodes at 48 kHz whatever went in (RFC 7845, 5.1)."""

Utc = Annotated[AwareDatetime, AfterValidator(lambda value: value.astimezone(UTC))]
"""An instant; on the wire ISO 8601 with its zone, here always UTC."""

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
