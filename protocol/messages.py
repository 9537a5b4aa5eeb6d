"""What is inside the messages (docs/protocol.md). Frozen; unknown fields are ignored, so that N speaks with N−1."""

from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from protocol import languages
from protocol.units import (
    MAX_OCCURRENCE_SAMPLES,
    Count,
    Identifier,
    LanguageTag,
    Ordinal,
    Sha256,
    Utc,
    Volume,
    duration,
)

MAX_ASSET_BYTES = 500_000_000
OPUS = "audio/ogg; codecs=opus"


class Message(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)


class Priority(StrEnum):
    """REQ-01: exactly three."""

    EMERGENCY = "emergency"
    PRIORITY = "priority"
    NORMAL = "normal"


class Asset(Message):
    """One encoded file, named by its content."""

    sha256: Sha256
    bytes: int = Field(gt=0, le=MAX_ASSET_BYTES)
    samples: int = Field(gt=0, le=MAX_OCCURRENCE_SAMPLES)
    """Decoded samples at 48 kHz after the pre-skip."""
    media_type: str = OPUS


class Version(Message):
    """An item in one language, at its place within the occurrence."""

    language: LanguageTag
    offset_samples: int = Field(ge=0, le=MAX_OCCURRENCE_SAMPLES)
    """From the start of the occurrence; the same at every cluster of the station."""
    asset: Asset


class LatePolicy(StrEnum):
    """What a receiver does that could not begin on time (REQ-33)."""

    JOIN = "join"
    SKIP = "skip"


class Occurrence(Message):
    """One broadcast at one instant (lượt phát)."""

    id: str = Field(min_length=1, max_length=100)
    """Stable over every new compilation: `slot@local-date`."""
    title: str = Field(max_length=200)
    start: Utc
    end: Utc
    """When the last of its versions is over."""
    priority: Priority = Priority.NORMAL
    late: LatePolicy = LatePolicy.JOIN
    targets: tuple[Identifier, ...] | None = None
    """The clusters that play it; None: every cluster of the station."""
    original: LanguageTag
    versions: tuple[Version, ...] = Field(min_length=1)

    def versions_of(self, cluster: str, plan: tuple[str, ...]) -> tuple[Version, ...]:
        """What `cluster` plays of it, by start."""
        if self.targets is not None and cluster not in self.targets:
            return ()
        by_language = {version.language: version for version in self.versions}
        chosen = languages.chosen(plan, by_language, original=self.original)
        return tuple(sorted((by_language[language] for language in chosen), key=lambda version: version.offset_samples))

    def starts(self, version: Version) -> datetime:
        return self.start + duration(version.offset_samples)


class Rundown(Message):
    """The week of a station: the body that a RundownHead names."""

    station: Identifier
    covers_from: Utc
    covers_until: Utc
    occurrences: tuple[Occurrence, ...]


class RundownHead(Message):
    """`station/{id}/rundown`, signed and retained."""

    station: Identifier
    sha256: Sha256
    bytes: int = Field(gt=0, le=8_000_000)


class Config(Message):
    """`cluster/{id}/config`, signed and retained."""

    cluster: Identifier
    station: Identifier
    name: str
    time_zone: str
    language_plan: tuple[LanguageTag, ...] = Field(min_length=1)
    volume: Volume
    output_latency_ms: float = Field(0.0, ge=0.0, le=5_000.0)
    """Measured: how much earlier the receiver must start for the sound to leave its horns on time."""
    alignment_delay_ms: float = Field(0.0, ge=0.0, le=2_000.0)
    """Chosen: how much later this cluster starts, against echo with its neighbours."""
    status_interval_s: float = Field(60.0, ge=1.0, le=60.0)
    """REQ-27: at least every 60 s."""
    addresses: tuple[str, ...] = Field(min_length=1)
    """Where the station's server is or may come back, as `host:https-port:mqtt-port`."""


class ConnectionState(StrEnum):
    ONLINE = "online"
    OFFLINE = "offline"
    """Said by the receiver before it stops."""
    LOST = "lost"
    """Said by the broker in its name: the will."""


class Presence(Message):
    """`cluster/{id}/presence`, retained: birth, goodbye and will of one session."""

    session: Ordinal
    """Higher at each connect; a will of an older session is ignored."""
    state: ConnectionState
    at: Utc | None = None
    software_version: str | None = None


class PlayState(StrEnum):
    """REQ-28: as the sound really is."""

    PLAYING = "playing"
    PAUSED = "paused"
    STOPPED = "stopped"


class Playing(Message):
    occurrence: str
    title: str
    language: LanguageTag
    sha256: Sha256
    position_samples: Count


class ClockReading(Message):
    offset_ms: float
    """Server time minus the receiver's wall clock; already applied to everything that sounds."""
    error_ms: float = Field(ge=0)
    """The bound: half the lowest round trip."""


class Cache(Message):
    files: Count
    bytes: Count
    missing: Count
    """Assets that the rundown names for this cluster and that are not there yet."""


class Status(Message):
    """`cluster/{id}/status`: on change and at least every minute. What was not measured is absent (REQ-29)."""

    session: Ordinal
    at: Utc
    state: PlayState
    playing: Playing | None = None
    volume: Volume
    """In force."""
    clock: ClockReading | None = None
    cache: Cache
    rundown_epoch: Ordinal | None = None
    rundown_sequence: Ordinal | None = None
    refused: dict[str, Count] = Field(default_factory=dict)
    """Messages refused since the start, by reason."""
    software_version: str


class ServerState(Message):
    """`server/state`, retained: birth and will of the server."""

    state: ConnectionState
    at: Utc | None = None


class Result(StrEnum):
    COMPLETE = "complete"
    JOINED_LATE = "joined-late"
    INTERRUPTED = "interrupted"
    MISSED = "missed"


class AsRun(Message):
    """What a cluster really played of one version."""

    id: str = Field(pattern=r"^[0-9a-f]{32}$")
    occurrence: str = Field(max_length=100)
    title: str = Field(max_length=200)
    language: LanguageTag
    sha256: Sha256
    planned_start: Utc
    planned_end: Utc
    started: Utc | None = None
    """When its first sample left, by the corrected clock; absent when it never sounded."""
    ended: Utc | None = None
    result: Result
    volume: Volume
    reason: str = Field("", max_length=500)


class Event(Message):
    """Something that happened to a receiver: a refusal, a fault, a start."""

    id: str = Field(pattern=r"^[0-9a-f]{32}$")
    at: Utc
    kind: str = Field(max_length=60)
    detail: str = Field("", max_length=500)


class JournalUpload(Message):
    """`POST /api/receiver/journal`. A 200 says that every row is on the server's disk; ids make it idempotent."""

    as_run: tuple[AsRun, ...] = Field((), max_length=500)
    events: tuple[Event, ...] = Field((), max_length=500)


class TimeReply(Message):
    """`GET /api/receiver/time`, signed with the audience `time/{nonce}`."""

    received: Utc
    sent: Utc
