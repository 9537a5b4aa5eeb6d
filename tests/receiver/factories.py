"""Valid values by default; a test names only what matters to it."""

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

from protocol.freshness import Mark
from protocol.messages import Asset, Config, Occurrence, Rundown, Version
from protocol.signing import Signer, Trust, certify, generate_key, public
from protocol.units import duration
from receiver import agenda
from receiver.agenda import Cue
from receiver.state import State

CLUSTER = "cluster-aaaa"
STATION = "station-aaaa"
NOON = datetime(2026, 11, 21, 5, 0, tzinfo=UTC)
"""Twelve o'clock in Vietnam."""
SECOND = 48_000


def asset(name: str = "tin", *, samples: int = 10 * SECOND, size: int = 1_000) -> Asset:
    return Asset(sha256=hashlib.sha256(name.encode()).hexdigest(), bytes=size, samples=samples)


def version(language: str = "vi", *, offset: int = 0, of: Asset | None = None) -> Version:
    return Version(language=language, offset_samples=offset, asset=of or asset())


def occurrence(name: str = "sang@2026-11-21", *, start: datetime = NOON, **fields: Any) -> Occurrence:
    versions: tuple[Version, ...] = fields.pop("versions", (version(),))
    last = max(each.offset_samples + each.asset.samples for each in versions)
    given = {"title": "Giảm nghèo bền vững", "original": versions[0].language, **fields}
    return Occurrence(id=name, start=start, end=start + duration(last), versions=versions, **given)


def rundown(*occurrences: Occurrence) -> Rundown:
    return Rundown(
        station=STATION,
        covers_from=NOON - timedelta(days=1),
        covers_until=NOON + timedelta(days=7),
        occurrences=occurrences,
    )


def config(**fields: Any) -> Config:
    given = {
        "cluster": CLUSTER,
        "station": STATION,
        "name": "Bản Tà Hừa",
        "time_zone": "Asia/Ho_Chi_Minh",
        "language_plan": ("vi",),
        "volume": 100,
        "addresses": ("127.0.0.1:8443:8883",),
    }
    return Config.model_validate(given | fields)


def cues(*occurrences: Occurrence, **config_fields: Any) -> tuple[Cue, ...]:
    return agenda.cues(rundown(*occurrences), config(**config_fields))


class Office:
    """A station's keys: what signs, and what receivers pin."""

    def __init__(self, *, epoch: int = 1, root: Any = None) -> None:
        self.root = root or generate_key()
        key = generate_key()
        self.signer = Signer(key, certify(self.root, key, epoch=epoch, issued=NOON), epoch)

    @property
    def roots(self) -> tuple[dict[str, Any], ...]:
        return (public(self.root),)

    def sign(self, body: Any, audience: str, *, sequence: int = 1, issued: datetime = NOON, **life: float) -> bytes:
        expires = issued + timedelta(**(life or {"days": 14}))
        return self.signer.sign(body, audience=audience, sequence=sequence, issued=issued, expires=expires)

    def successor(self, *, epoch: int) -> "Office":
        return Office(epoch=epoch, root=self.root)


def state(office: Office | None = None, **fields: Any) -> State:
    given: dict[str, Any] = {
        "cluster": CLUSTER,
        "station": STATION,
        "trust": Trust((office or Office()).roots),
        "since": NOON - timedelta(days=30),
        "started": NOON - timedelta(hours=1),
    }
    return State(**(given | fields))


def mark(epoch: int = 1, sequence: int = 1) -> Mark:
    return Mark(epoch, sequence)
